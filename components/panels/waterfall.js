// Waterfall: one decoding step from raw logits through every stage to probabilities, one row per candidate.
(() => {
  const { el, register, number, isolated, hoverable, facts, setText, visiblePiece, isBlank, probability } = pgPanels;
  const WORDS = {
    zh: {
      step: (at, all) => `第 ${at} 步 / 共 ${all} 步`, before: "上一步", after: "下一步", slider: "生成的步", candidate: "候选", filtered: "被滤掉", chosen: "选中",
      remaining: (n) => `还有 ${n.toLocaleString("en-US")} 个词元在候选之列`, unchanged: "这一步里没有作用", cause: "触发惩罚的前文", formula: "公式", context: "上文", change: "变化", pick: "把光标移到某一阶段看公式，移到某个候选看它为何被罚",
    },
    en: {
      step: (at, all) => `step ${at} of ${all}`, before: "Previous", after: "Next", slider: "Step of the generation", candidate: "candidate", filtered: "filtered out", chosen: "chosen",
      remaining: (n) => `${n.toLocaleString("en-US")} tokens still in the running`, unchanged: "no effect at this step", cause: "earlier occurrences that caused the penalty", formula: "formula", context: "context", change: "change", pick: "Point at a stage for its formula, at a candidate for what it was penalised for",
    },
  };
  const SHOWN_CONTEXT = 60;

  const shownPiece = (text) => (isBlank(text) ? visiblePiece(text) || "∅" : visiblePiece(text));
  const unchanged = (stages, place) =>
    place > 0 && stages[place].unit === stages[place - 1].unit && stages[place].values.every((value, row) => value === stages[place - 1].values[row] ||
      (value != null && stages[place - 1].values[row] != null && Math.abs(value - stages[place - 1].values[row]) < 1e-9));

  /** Whether a stage changes nothing at this step on this side and, if there is another, on that side. */
  const quietIn = (step, theirs, place) =>
    unchanged(step.stages, place) && (!theirs || theirs.stages.length !== step.stages.length || unchanged(theirs.stages, place));

  /** For each unit, minimum and maximum over all stages and both sides, so that its bars share a scale. */
  function scales(steps) {
    const found = {};
    for (const step of steps)
      for (const { unit, values } of step ? step.stages : [])
        for (const value of values)
          if (value != null) {
            const one = (found[unit] ??= { low: Infinity, high: -Infinity });
            one.low = Math.min(one.low, value);
            one.high = Math.max(one.high, value);
          }
    // Zero is not meaningful for logits: bars start a little below the smallest one shown.
    for (const [unit, one] of Object.entries(found)) {
      if (unit === "probability") one.low = 0;
      else one.low -= (one.high - one.low || 1) * 0.12;
    }
    return found;
  }

  function create(host, context) {
    const words = WORDS[context.language];
    const { shared, say } = context;
    const text = el("div", { class: "pg-fall-context", dir: "auto", "aria-label": words.context });
    const table = el("table", { class: "pg-fall-grid" });
    const scroller = el("div", { class: "pg-fall-scroll" }, table);
    const formula = el("div", { class: "pg-fall-formula", "aria-live": "polite" });
    const remaining = el("div", { class: "pg-fall-remaining" });
    host.append(text, scroller, formula, remaining);
    let panel = null;
    let other = null;
    let step = null;
    let theirs = null;
    let pieces = [];

    /** Marks the context tokens for which `candidate` was penalized, or any candidate if none is hovered. */
    function causes(candidate) {
      const strong = new Set(candidate ? candidate.causes : []);
      const faint = new Set(step.candidates.flatMap((one) => one.causes));
      pieces.forEach(({ node, index }) => {
        node.classList.toggle("pg-cause", strong.has(index));
        node.classList.toggle("pg-cause-faint", !strong.size && faint.has(index));
      });
    }

    function drawContext() {
      const from = Math.max(0, step.context.length - SHOWN_CONTEXT, 0);
      const needed = Math.min(from, ...step.candidates.flatMap((one) => one.causes), step.context.length);
      const start = Math.min(from, needed);
      pieces = step.context.slice(start).map((piece, place) => ({ index: start + place, node: el("span", { class: isBlank(piece) ? "pg-invisible" : null }, isolated(isBlank(piece) ? visiblePiece(piece) : piece.replace(/\n/g, "↵"))) }));
      text.replaceChildren(start ? "…" : "", ...pieces.map(({ node }) => node), el("span", { class: "pg-fall-next", text: "▁" }));
      causes(null);
    }

    function sayStage(stage, quiet) {
      formula.replaceChildren(el("b", { text: say(stage.name) }), el("code", { text: stage.formula }), quiet ? el("small", { text: words.unchanged }) : "");
    }

    function head(stage, place) {
      const quiet = quietIn(step, theirs, place);
      const cell = el("th", { scope: "col", class: quiet ? "pg-quiet" : null, tabindex: "0" }, el("span", { text: say(stage.name) }));
      const enter = () => {
        sayStage(stage, quiet);
        shared.set({ stage: place });
      };
      hoverable(cell, () => facts(document.createTextNode(say(stage.name)), [[words.formula, stage.formula], ["", quiet ? words.unchanged : ""]]), enter, () => shared.set({ stage: null }));
      return cell;
    }

    function cell(stage, place, row, scale) {
      const value = stage.values[row];
      const before = place ? step.stages[place - 1] : null;
      if (quietIn(step, theirs, place)) return el("td", { class: "pg-quiet", text: value == null ? "" : "=" });
      if (value == null) {
        const now = before && before.values[row] != null;
        return el("td", { class: "pg-out", title: words.filtered }, now ? el("s", { text: stage.unit === "probability" ? "0" : number(before.values[row], 2) }) : "", el("span", { class: "pg-fall-cut", text: now ? "✕" : "·" }));
      }
      const share = Math.max(0, Math.min(1, (value - scale.low) / (scale.high - scale.low || 1)));
      const same = before && before.unit === stage.unit && before.values[row] != null;
      const change = same ? value - before.values[row] : 0;
      const moved = Math.abs(change) > 5e-3;
      return el("td", {},
        el("span", { class: `pg-fall-bar${stage.unit === "probability" ? " pg-fall-chance" : ""}` }, el("i", { style: { width: `${(share * 100).toFixed(2)}%` } }),
          same && moved ? el("u", { style: { left: `${(Math.max(0, Math.min(1, (before.values[row] - scale.low) / (scale.high - scale.low || 1))) * 100).toFixed(2)}%` } }) : null),
        el("span", { class: "pg-fall-value" }, stage.unit === "probability" ? probability(value) : number(value, 2),
          moved ? el("small", { class: change < 0 ? "pg-fall-down" : "pg-fall-up", text: `${change < 0 ? "▼" : "▲"}${number(Math.abs(change), 1)}` }) : null));
    }

    function drawGrid() {
      const scale = scales([step, theirs]);
      const rows = step.candidates.map((candidate, row) => {
        const out = step.stages.length > 0 && step.stages[step.stages.length - 1].values[row] == null;
        const name = el("th", { scope: "row", tabindex: "0", class: `${candidate.chosen ? "pg-fall-chosen" : ""}${out ? " pg-fall-gone" : ""}` },
          isolated(shownPiece(candidate.text)), candidate.chosen ? el("em", { text: "◀", title: words.chosen }) : null,
          candidate.causes.length ? el("small", { class: "pg-fall-mark", text: `×${candidate.causes.length}`, title: words.cause }) : null);
        hoverable(name, () => facts(isolated(`“${shownPiece(candidate.text)}”`), [
          [candidate.chosen ? words.chosen : "", candidate.chosen ? "✓" : ""], [out ? words.filtered : "", out ? "✕" : ""],
          [words.cause, candidate.causes.length ? `${candidate.causes.length}` : ""],
          ...step.stages.map((stage) => [say(stage.name), stage.values[row] == null ? "✕" : stage.unit === "probability" ? probability(stage.values[row]) : number(stage.values[row], 3)])]));
        const node = el("tr", {}, name, ...step.stages.map((stage, place) => cell(stage, place, row, scale[stage.unit])));
        node.addEventListener("pointerenter", () => causes(candidate));
        node.addEventListener("pointerleave", () => causes(null));
        node.addEventListener("focusin", () => causes(candidate));
        node.addEventListener("focusout", () => causes(null));
        return node;
      });
      table.replaceChildren(
        el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "pg-fall-corner", text: words.candidate }), ...step.stages.map(head))),
        el("tbody", {}, ...rows));
      const active = step.stages.findIndex((_, place) => place > 0 && !unchanged(step.stages, place));
      if (step.stages.length) sayStage(step.stages[Math.max(active, 0)], false);
      setText(remaining, step.remaining == null ? "" : words.remaining(step.remaining));
    }

    function redraw() {
      if (!panel || !panel.steps.length) return host.classList.add("pg-fall-empty");
      step = panel.steps[Math.min(shared.get().step, panel.steps.length - 1)];
      theirs = other && other.steps.length ? other.steps[Math.min(shared.get().step, other.steps.length - 1)] : null;
      drawContext();
      drawGrid();
    }
    // Both columns scroll together.
    scroller.addEventListener("scroll", () => shared.set({ scrolled: scroller.scrollLeft }), { passive: true });
    shared.on((state, patch) => {
      if ("step" in patch) redraw();
      if ("scrolled" in patch && Math.abs(scroller.scrollLeft - state.scrolled) > 1) scroller.scrollLeft = state.scrolled;
      if ("stage" in patch)
        for (const row of table.rows) [...row.cells].forEach((each, place) => each.classList.toggle("pg-echo", state.stage != null && place === state.stage + 1));
    });

    let drawn = "";
    return {
      update(next, next_other) {
        const now = JSON.stringify([next, next_other]);
        if (now === drawn) return;
        drawn = now;
        panel = next;
        other = next_other;
        const count = Math.max(next.steps.length, next_other ? next_other.steps.length : 0);
        const state = shared.get();
        shared.set({ count });
        if (state.opened !== next.opened || state.step >= count) shared.set({ opened: next.opened, step: Math.max(0, Math.min(next.opened, count - 1)) });
        redraw();
      },
    };
  }

  function controls(slot, context) {
    const words = WORDS[context.language];
    const { shared } = context;
    const move = (by) => {
      const { step, count } = shared.get();
      shared.set({ step: Math.max(0, Math.min(count - 1, step + by)) });
    };
    const before = el("button", { type: "button", class: "pg-button", text: "‹", "aria-label": words.before, title: words.before, on: { click: () => move(-1) } });
    const after = el("button", { type: "button", class: "pg-button", text: "›", "aria-label": words.after, title: words.after, on: { click: () => move(1) } });
    const slider = el("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": words.slider });
    slider.addEventListener("input", () => shared.set({ step: Number(slider.value) }));
    const shown = el("span", { class: "pg-fall-step" });
    slot.replaceChildren(before, slider, after, shown);
    const follow = () => {
      const { step, count } = shared.get();
      slider.max = String(Math.max(0, count - 1));
      slider.value = String(step);
      slider.setAttribute("aria-valuetext", words.step(step + 1, count));
      setText(shown, words.step(step + 1, count));
      before.disabled = step <= 0;
      after.disabled = step >= count - 1;
    };
    shared.on(follow);
    follow();
  }

  register("waterfall", { create, controls, shared: { step: 0, count: 1, opened: null, stage: null, scrolled: 0 } });
})();
