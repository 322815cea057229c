// One tooltip for the page, shown on hover, focus and tap.
(() => {
  "use strict";
  if (pgPanels.tip) return;
  const { el } = pgPanels;

  const tip = (() => {
    let box = null;
    let owner = null;
    function show(anchor, content, who = anchor) {
      if (!box) {
        box = el("div", { class: "pg-tip", role: "tooltip", id: "pg-tip" });
        document.body.append(box);
      }
      owner = who;
      box.replaceChildren(content);
      box.classList.add("pg-tip-on");
      const rect = anchor.getBoundingClientRect ? anchor.getBoundingClientRect() : anchor;
      const { offsetWidth: width, offsetHeight: height } = box;
      const left = Math.max(8, Math.min(rect.left + rect.width / 2 - width / 2, innerWidth - width - 8));
      const above = rect.top - height - 8;
      const top = above >= 8 ? above : Math.min(rect.bottom + 8, innerHeight - height - 8);
      box.style.left = `${left}px`;
      box.style.top = `${Math.max(8, top)}px`;
    }
    function hide(who) {
      if (!box || (who && who !== owner)) return;
      box.classList.remove("pg-tip-on");
      owner = null;
    }
    addEventListener("scroll", () => hide(), { passive: true, capture: true });
    addEventListener("keydown", (event) => event.key === "Escape" && hide());
    addEventListener("pointerdown", (event) => owner && !(owner.contains && owner.contains(event.target)) && hide());
    return { show, hide, owner: () => owner };
  })();

  /** Shows `content()` on hover, focus and tap. `enter` and `leave` notify the drawing. */
  function hoverable(node, content, enter = () => {}, leave = () => {}) {
    const show = () => {
      const body = content();
      if (body) tip.show(node, body);
      enter();
    };
    const hide = () => {
      tip.hide(node);
      leave();
    };
    node.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && show());
    node.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && document.activeElement !== node && hide());
    node.addEventListener("focus", show);
    node.addEventListener("blur", hide);
    node.addEventListener("click", show);
  }

  // The field's terms in the cards, wherever Gradio puts them.
  const term = (event) => event.target.closest?.(".pg-term");
  for (const [event, act] of [
    ["pointerover", (word) => tip.show(word, el("div", { text: word.dataset.told }))],
    ["focusin", (word) => tip.show(word, el("div", { text: word.dataset.told }))],
    ["click", (word) => tip.show(word, el("div", { text: word.dataset.told }))],
    ["pointerout", (word) => document.activeElement !== word && tip.hide(word)],
    ["focusout", (word) => tip.hide(word)],
  ])
    addEventListener(event, (happened) => term(happened) && act(term(happened)));

  /** Lines of name and value for a tooltip. */
  function facts(title, rows) {
    const box = el("div", { class: "pg-facts" });
    if (title) box.append(el("div", { class: "pg-facts-title" }, title));
    for (const [name, value] of rows)
      if (value != null && value !== "")
        box.append(el("div", { class: "pg-fact" }, el("span", { text: name }), value instanceof Node ? value : el("b", { text: value })));
    return box;
  }

  Object.assign(pgPanels, { tip, hoverable, facts });
})();
