// What every native drawing shares: elements, tooltips, numbers, colours, the unit switch, frames, A beside B.
// Text is only ever set as textContent; no drawing builds markup from a value.
(() => {
  "use strict";
  if (window.pgPanels) return;

  const kinds = {};
  const WORDS = {
    zh: {
      measured: "实测", measuredHint: "此刻在这台机器上量出的时间，再跑一次会略有不同", caveat: "注意", unit: "单位",
      character: "字", word: "词", token: "词元", firstDifference: "与另一侧首次不同", space: "空格", newline: "换行",
      empty: "还没有数据", copy: "复制", copied: "已复制", difference: "A 与 B 之差",
    },
    en: {
      measured: "measured", measuredHint: "A time taken on this machine just now; another run differs a little", caveat: "Caveat", unit: "Unit",
      character: "character", word: "word", token: "token", firstDifference: "first difference from the other side", space: "space", newline: "newline",
      empty: "No data yet", copy: "Copy", copied: "Copied", difference: "A against B",
    },
  };

  // ---- elements

  /** An element; `attributes` may hold class, text, style (object), dataset, on (listeners), and plain attributes. */
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    fill(node, attributes);
    for (const child of children) if (child != null) node.append(child);
    return node;
  }

  const SVG = "http://www.w3.org/2000/svg";
  function svg(tag, attributes = {}, ...children) {
    const node = document.createElementNS(SVG, tag);
    fill(node, attributes);
    for (const child of children) if (child != null) node.append(child);
    return node;
  }

  function fill(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value == null || value === false) continue;
      if (name === "text") node.textContent = value;
      else if (name === "style") for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
      else if (name === "on") for (const [key, v] of Object.entries(value)) node.addEventListener(key, v);
      else node.setAttribute(name, value === true ? "" : value);
    }
  }

  /** Sets text only where it differs, so that an update in place doesn't flicker. */
  function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  /** A visitor's or a model's text, isolated from the direction of what stands around it. */
  const isolated = (text, className = "") => el("bdi", { class: className || null, text });

  /** A piece with whitespace made visible: "␣" for a piece of spaces alone, "↵" for every line break. */
  function visiblePiece(text) {
    if (text === "") return "";
    if (/^[ \t\u3000]+$/.test(text)) return "␣".repeat(Math.min(text.length, 8));
    return text.replace(/\n/g, "↵").replace(/\t/g, "⇥");
  }
  const isBlank = (text) => /^\s*$/.test(text);

  // ---- words and numbers

  /** A Label (string, or {zh, en}) in the page's language. */
  const say = (label, language) =>
    label == null ? "" : typeof label === "object" ? label[language] ?? label.en ?? "" : String(label);

  const minus = (text) => text.replace(/^-/, "−");
  /** `digits` decimals, thousands separated, a true minus sign; "—" where there is no value. */
  function number(value, digits = 2) {
    if (value == null || !Number.isFinite(value)) return "—";
    const shown = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return minus(/^-0(\.0*)?$/.test(shown) ? shown.slice(1) : shown);
  }
  const signed = (value, digits = 2) => {
    const shown = number(value, digits);
    return value > 0 && !/^0(\.0*)?$/.test(shown) ? `+${shown}` : shown;
  };
  /** Few digits that still tell values apart, whatever their size. */
  function compact(value) {
    if (value == null) return "—";
    if (Number.isInteger(value)) return number(value, 0);
    const size = Math.abs(value);
    if (size >= 1000) return number(value, 0);
    if (size >= 100) return number(value, 1);
    if (size >= 1) return number(value, 2);
    if (size >= 0.001 || size === 0) return number(value, 3);
    return minus(value.toExponential(1));
  }
  function probability(value) {
    if (value == null) return "—";
    if (value > 0 && value < 0.0005) return "<0.001";
    return number(value, 3);
  }

  // ---- colours: CSS variables, read where a canvas needs them

  const COLOURS = ["a", "b", "pos", "neg", "warn", "ink", "ink-2", "ink-3", "line", "card", "paper", "soft"];
  function colours(node) {
    const style = getComputedStyle(node);
    const found = { font: style.getPropertyValue("--f") || "sans-serif", mono: style.getPropertyValue("--m") || "monospace" };
    for (const name of COLOURS) found[name] = style.getPropertyValue(`--${name}`).trim();
    return found;
  }
  /** "#rrggbb" (or rgb()) with an opacity. */
  function faded(colour, opacity) {
    const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
    if (hex) return `rgba(${hex.slice(1).map((part) => parseInt(part, 16)).join(",")},${opacity})`;
    const rgb = /^rgba?\(([^)]+)\)/.exec(colour);
    return rgb ? `rgba(${rgb[1].split(/[,\s/]+/).slice(0, 3).join(",")},${opacity})` : colour;
  }

  // ---- one tooltip for the page

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

  /** Shows `content()` on hover, focus and tap. `enter` and `leave` tell the drawing. */
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

  /** Lines of name and value for a tooltip. */
  function facts(title, rows) {
    const box = el("div", { class: "pg-facts" });
    if (title) box.append(el("div", { class: "pg-facts-title" }, title));
    for (const [name, value] of rows)
      if (value != null && value !== "")
        box.append(el("div", { class: "pg-fact" }, el("span", { text: name }), value instanceof Node ? value : el("b", { text: value })));
    return box;
  }

  /** One tab stop for a row of nodes, arrow keys move inside it. `move(index, key)` may name another index. */
  function roving(container, nodes, move) {
    container.addEventListener("keydown", (event) => {
      const list = nodes();
      const index = list.indexOf(document.activeElement);
      if (index < 0) return;
      let next = move ? move(index, event.key, list) : undefined;
      if (next === undefined) {
        if (event.key === "ArrowRight" || event.key === "ArrowDown") next = index + 1;
        else if (event.key === "ArrowLeft" || event.key === "ArrowUp") next = index - 1;
        else if (event.key === "Home") next = 0;
        else if (event.key === "End") next = list.length - 1;
        else return;
      }
      if (next == null || next < 0 || next >= list.length) return;
      event.preventDefault();
      list[index].setAttribute("tabindex", "-1");
      list[next].setAttribute("tabindex", "0");
      list[next].focus();
    });
  }

  // ---- state that several drawings share

  /** A small observable record. */
  function record(initial) {
    const listeners = new Set();
    const state = { ...initial };
    return {
      get: () => state,
      set(patch) {
        let changed = false;
        for (const [name, value] of Object.entries(patch))
          if (state[name] !== value) {
            state[name] = value;
            changed = true;
          }
        if (changed) for (const listener of [...listeners]) listener(state, patch);
      },
      on(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  }

  /** Calls back while `node` is in the page; forgets it once it has been taken out. */
  function whileShown(node, target, event, callback) {
    let seen = false;
    const heard = (detail) => {
      if (node.isConnected) seen = true;
      else if (seen) return target.removeEventListener(event, heard);
      callback(detail);
    };
    target.addEventListener(event, heard);
  }

  // The unit of text is one state of the whole page: "character", "word" or "token".
  const UNITS = ["character", "word", "token"];
  const unit = {
    get() {
      try {
        const stored = sessionStorage.getItem("pg-unit");
        if (UNITS.includes(stored)) return stored;
      } catch {
        /* storage may be forbidden; the switch then lasts as long as the page */
      }
      return unit.last;
    },
    last: "token",
    set(value) {
      unit.last = value;
      try {
        sessionStorage.setItem("pg-unit", value);
      } catch {
        /* as above */
      }
      dispatchEvent(new CustomEvent("pg-unit", { detail: value }));
    },
    on: (node, callback) => whileShown(node, window, "pg-unit", (event) => callback(event.detail)),
  };

  /** A row of choices, one pressed. `onPick(value)`; returns {node, press(value)}. */
  function segmented(label, options, onPick) {
    const node = el("span", { class: "pg-seg", role: "radiogroup", "aria-label": label });
    const buttons = options.map(([value, text, hint]) =>
      el("button", { type: "button", role: "radio", "data-value": value, text, title: hint, on: { click: () => onPick(value) } }));
    node.append(...buttons);
    roving(node, () => buttons);
    node.addEventListener("focusin", (event) => event.target.matches("button:not([aria-checked=true])") &&
      event.target.matches(":focus-visible") && event.target.click());
    return {
      node,
      press(value) {
        for (const button of buttons) {
          const on = button.dataset.value === String(value);
          button.setAttribute("aria-checked", on);
          button.setAttribute("tabindex", on ? "0" : "-1");
        }
      },
    };
  }

  function unitSwitch(language) {
    const words = WORDS[language];
    const control = segmented(words.unit, UNITS.map((name) => [name, words[name]]), (value) => unit.set(value));
    control.press(unit.get());
    unit.on(control.node, (value) => control.press(value));
    return control.node;
  }

  // Dark and light: Gradio sets a class on the body.
  const theme = new EventTarget();
  const watchTheme = () => {
    const observer = new MutationObserver(() => theme.dispatchEvent(new Event("change")));
    for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true, attributeFilter: ["class"] });
  };
  if (document.body) watchTheme();
  else addEventListener("DOMContentLoaded", watchTheme);

  /** Redraws when the node's width, the theme or the pixel ratio changes. */
  function onLook(node, redraw) {
    let width = -1;
    new ResizeObserver(() => {
      const now = Math.round(node.clientWidth);
      if (now === width || now === 0) return;
      width = now;
      redraw();
    }).observe(node);
    whileShown(node, theme, "change", () => requestAnimationFrame(redraw));
  }

  // ---- frames

  function register(kind, definition) {
    kinds[kind] = definition;
  }

  function measuredMark(language) {
    const words = WORDS[language];
    return el("span", { class: "pg-measured", title: words.measuredHint, text: words.measured });
  }

  function notes(panel, language) {
    if (!panel || !panel.caveat) return null;
    return el("div", { class: "pg-caveat", role: "note" },
      el("span", { class: "pg-caveat-mark", "aria-hidden": "true", text: "!" }),
      el("span", {}, el("span", { class: "pg-sr", text: `${WORDS[language].caveat}: ` }), say(panel.caveat, language)));
  }

  /** A side's tag: its letter in its colour and what its settings are. */
  function sideTag(role, label, language) {
    return el("div", { class: "pg-tag" }, el("b", { text: role.toUpperCase() }), el("small", {}, isolated(say(label, language))));
  }

  /** Builds or updates the drawing of `value` = {language, panel, title?, hint?} inside `root`. */
  function show(root, value) {
    if (!value || !value.panel) {
      root.replaceChildren();
      root.pgFrame = null;
      return;
    }
    const { panel, language } = value;
    const paired = panel.kind === "side_by_side";
    const kind = paired ? panel.a.kind : panel.kind;
    const signature = `${kind}/${paired}/${language}`;
    if (!root.pgFrame || root.pgFrame.signature !== signature) root.pgFrame = build(root, kind, paired, language, signature);
    root.pgFrame.update(value);
  }

  function build(root, kind, paired, language, signature) {
    const definition = kinds[kind] || kinds.missing;
    const title = el("h3", { class: "pg-title" });
    const hint = el("small", { class: "pg-hint" });
    const mark = el("span");
    const controls = el("span", { class: "pg-controls" });
    const head = el("div", { class: "pg-head" }, title, hint, mark, el("span", { class: "pg-space" }), controls);
    const notice = el("div");
    const body = el("div", { class: `pg-body pg-${kind}${paired ? " pg-two" : ""}` });
    root.replaceChildren(head, notice, body);
    root.setAttribute("lang", language === "zh" ? "zh-CN" : "en");
    const shared = record({ ...(definition.shared || {}) });
    const context = (role) => ({ language, words: WORDS[language], say: (label) => say(label, language), role, paired, shared, controls });
    const sides = paired
      ? ["a", "b"].map((role) => {
          const tag = el("div");
          const own = el("div");
          const host = el("div", { class: "pg-host" });
          const column = el("section", { class: `pg-col pg-side-${role}`, "aria-label": role.toUpperCase() }, tag, own, host);
          body.append(column);
          return { role, tag, own, host, view: definition.create(host, context(role)) };
        })
      : [{ role: "", view: definition.create(definition.bare ? body : body.appendChild(el("div", { class: "pg-col pg-host" })), context("")) }];
    let between = null;
    if (paired && definition.between) {
      const host = el("div", { class: "pg-between" });
      body.append(host);
      between = definition.between(host, context(""));
    }
    if (definition.controls) definition.controls(controls, context(""));
    return {
      signature,
      update(value) {
        const { panel } = value;
        setText(title, value.title || "");
        setText(hint, value.hint || "");
        const measured = panel.measured || (paired && (panel.a.measured || panel.b.measured));
        mark.replaceChildren(...(measured ? [measuredMark(language)] : []));
        head.hidden = !value.title && !value.hint && !measured && !definition.controls;
        const note = notes(panel, language) || (paired ? null : null);
        notice.replaceChildren(...(note ? [note] : []));
        if (!paired) {
          sides[0].view.update(panel, null);
          return;
        }
        for (const side of sides) {
          const mine = panel[side.role];
          const other = panel[side.role === "a" ? "b" : "a"];
          side.tag.replaceChildren(sideTag(side.role, panel[`${side.role}_label`], language));
          const own = notes(mine, language);
          side.own.replaceChildren(...(own ? [own] : []));
          side.view.update(mine, other);
        }
        if (between) between.update(panel.a, panel.b);
      },
    };
  }

  register("missing", {
    create: (host, context) => ({ update: (panel) => setText(host, `${context.words.empty} (${panel.kind})`) }),
  });

  // A heading for what is drawn beside it (a plotly figure): title, notes and side tags, no body.
  register("heading", {
    bare: true,
    create: (host, context) => ({
      update(panel) {
        host.replaceChildren();
        if (!panel.a_label && !panel.b_label) return;
        for (const role of ["a", "b"])
          host.append(el("span", { class: `pg-key pg-side-${role}` }, sideTag(role, panel[`${role}_label`], context.language)));
      },
    }),
  });

  function mount(element, props, watch) {
    const root = element.querySelector(".pg-panel");
    const draw = () => show(root, props.value);
    watch("value", draw);
    draw();
  }

  window.pgPanels = {
    WORDS, el, svg, fill, setText, isolated, visiblePiece, isBlank, say, number, signed, compact, probability, colours, faded, tip, hoverable,
    facts, roving, record, whileShown, unit, unitSwitch, segmented, theme, onLook, register, show, mount, kinds,
  };
})();
