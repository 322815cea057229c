// One panel in front of everybody: it fills the window, half as large again, under a line with the topic, in what A and B differ
// and the guess. Arrows go to the neighbours, Escape back to the same place of the page. Text is only ever set as textContent.
window.pgStage = (page) => {
  "use strict";
  const { el } = page;
  const sketch = page.sketch;
  const LARGER = 1.5;
  const BAR = 56;
  let shown = null; // {place, panel} as drawn
  let before = null; // where the page was scrolled to, and what had the keyboard
  let bar = null;

  const frame = ({ place, panel }) => page.frame(place, panel);
  const drawn = (place) => page.drawn(place).map(([panel]) => panel);

  /** Fills the window with what the state says. The panel may not be there yet: then it does so once it is drawn. */
  function draw() {
    const now = page.presented();
    if (JSON.stringify(now) === JSON.stringify(shown)) return drawBar();
    if (!shown) before = { top: scrollY, focus: document.activeElement };
    if (shown) sketch.putDown();
    shown = now;
    page.sheet("stage", now ? rules(`#pg-panel-${now.place}-${now.panel}`) : "");
    if (now) page.unfold(frame(now));
    drawBar();
    const back = now ? null : before;
    if (back) before = null;
    back?.focus?.focus?.({ preventScroll: true });
    const scroll = () => back && scrollTo({ top: back.top, behavior: "instant" });
    scroll();
    if (now) setTimeout(() => shown && sketch.draw(shown), 150);
    // Charts take their size at the window's event; the page is as high as before only then.
    setTimeout(() => {
      dispatchEvent(new Event("resize"));
      setTimeout(scroll, 60);
    }, 60);
  }
  const rules = (panel) => `
    html:has(${panel}) { overflow: hidden; }
    ${panel} { position: fixed !important; z-index: 200; left: 0; top: ${BAR}px; width: 100vw !important; height: calc(100vh - ${BAR}px); max-width: none !important;
      opacity: 1 !important; overflow: auto; padding: 12px 20px 28px !important; background: var(--pg-paper); }
    ${panel} .pg-loaded { display: flex; }
    @media (min-width: 861px) {
      ${panel} { width: ${100 / LARGER}vw !important; height: calc((100vh - ${BAR}px) / ${LARGER}); transform: scale(${LARGER}); transform-origin: 0 0; }
    }`;
  function drawBar() {
    if (!shown || !page.seen(frame(shown))) {
      bar?.remove();
      bar = null;
      return;
    }
    const words = page.words();
    if (!bar) {
      // A link's panel may be drawn after the link was read.
      page.unfold(frame(shown));
      const button = (text, title, key, act) => el("button", { type: "button", class: "pg-stage-button", title, "aria-label": title, "aria-keyshortcuts": key, text, on: { click: act } });
      bar = el("div", { class: "pg-stage-bar", role: "toolbar", "aria-label": words.present },
        el("b"), el("span", { class: "pg-stage-sides" }), el("span", { class: "pg-stage-guess" }), el("span", { class: "pg-space" }), sketch.tools(), el("span", { class: "pg-stage-count" }),
        button("←", words.present_before, "ArrowLeft", () => step(-1)),
        button("→", words.present_after, "ArrowRight", () => step(1)),
        button("✕", words.present_end, "Escape", () => page.present(null)));
      // Gradio's style sheet reaches no further than this.
      document.querySelector(".gradio-container .contain").append(bar);
      bar.lastChild.focus({ preventScroll: true });
    }
    const all = drawn(shown.place);
    const at = all.indexOf(shown.panel);
    const [title, sides, guess, , , count] = bar.children;
    title.textContent = page.titleOf(shown.place);
    sides.replaceChildren(...[...document.querySelectorAll(`#pg-lab-${shown.place} .pg-sides p > *`)].map((part) => part.cloneNode(true)));
    guess.textContent = document.querySelector(`#pg-lab-${shown.place}`)?.parentElement?.querySelector(".pg-outcome")?.innerText ?? "";
    count.textContent = all.length > 1 ? `${at + 1} / ${all.length}` : "";
  }
  function step(by) {
    const all = drawn(shown.place);
    const at = all.indexOf(shown.panel);
    page.present({ place: shown.place, panel: all[(at + by + all.length) % all.length] });
  }
  /** The panel that a key means: the one under the keyboard or the pointer, else the first in sight. */
  function meant() {
    const focused = document.activeElement?.closest?.(".pg-frame");
    const under = focused || document.querySelector(".pg-frame:hover");
    const place = page.current();
    const first = drawn(place).map((panel) => frame({ place, panel })).find((one) => one.getBoundingClientRect().bottom > 80);
    const found = under || first;
    return found ? pgPanels.panelOf(found) : null;
  }
  function keyed(event) {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.closest?.("input:not([type=range]):not([type=checkbox]):not([type=radio]),textarea,[contenteditable=true]");
    if (typing) return;
    if (event.key === "f" || event.key === "F") {
      if (shown) page.present(null);
      else if (meant()) page.present(meant());
      else return;
    } else if (shown && bar && event.key === "Escape") {
      if (!sketch.escaped()) page.present(null);
    } else if (shown && bar && (event.key === "ArrowLeft" || event.key === "ArrowRight") && !event.target.closest?.("input,[role=slider],[role=grid],.pg-body [tabindex]"))
      step(event.key === "ArrowLeft" ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  // Before the page's own Escape, which stops a run.
  addEventListener("keydown", keyed, true);
  return { drawStage: draw, present: (element) => page.present(pgPanels.panelOf(element.closest(".pg-frame"))) };
};
