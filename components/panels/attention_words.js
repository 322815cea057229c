// The opened head over the words: set horizontally, several lines where needed, arcs from each query to the keys that carry its mass.
(pgPanels.attention ??= {}).wordArcs = (host, { onHover, onPin, describe }) => {
  const { el, colours, onLook, visiblePiece, isBlank, roving, tip } = pgPanels;
  const canvas = el("canvas", { "aria-hidden": "true" });
  const flow = el("div", { class: "pg-words", role: "listbox", dir: "ltr" });
  host.append(el("div", { class: "pg-arcs" }, canvas, flow));
  let state = null; // {units, row(i) -> Float32Array, mass, first, focus, tone(value) -> colour name, dashed(value)}
  let nodes = [];
  let texts = "";

  function layWords() {
    const now = state.units.map((unit) => unit.text).join("\u0000");
    if (now === texts) return;
    texts = now;
    nodes = state.units.map((unit, index) => {
      const blank = isBlank(unit.text);
      const node = el("span", { class: `pg-word${blank ? " pg-invisible" : ""}`, role: "option", tabindex: "-1" },
        el("bdi", { text: unit.text === "" ? "·" : blank ? visiblePiece(unit.text) : visiblePiece(unit.text.trim()) }));
      node.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && onHover(index));
      node.addEventListener("pointerleave", (event) => {
        tip.hide(node);
        if (event.pointerType !== "touch") onHover(null);
      });
      node.addEventListener("click", () => onPin(index));
      node.addEventListener("focus", () => node.matches(":focus-visible") && onPin(index));
      node.addEventListener("blur", () => tip.hide(node));
      return node;
    });
    flow.replaceChildren(...nodes);
  }
  roving(flow, () => nodes);

  function draw() {
    if (!state || !flow.clientWidth) return;
    layWords();
    // Lines of text need room for arcs above them; a single line may have more.
    flow.style.setProperty("--room", "44px");
    const countLines = () => new Set(nodes.map((node) => node.offsetTop)).size;
    flow.style.setProperty("--pad", "4px");
    let lines = countLines();
    if (lines > 1) {
      // A little closer, where that makes one line of it.
      flow.style.setProperty("--pad", "1.5px");
      if (countLines() > 1) flow.style.setProperty("--pad", "3px");
      lines = countLines();
    }
    const reach = lines > 1 ? 46 : Math.min(state.focusOnly ? 60 : 96, 34 + flow.clientWidth / 8);
    flow.style.setProperty("--room", `${Math.round(reach)}px`);
    const look = colours(host);
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, offsetHeight: height } = flow;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const brush = canvas.getContext("2d");
    brush.scale(ratio, ratio);
    const places = nodes.map((node) => ({ x: node.offsetLeft + node.offsetWidth / 2, top: node.offsetTop, bottom: node.offsetTop + node.offsetHeight }));
    const { focus } = state;
    if (!state.focusOnly)
      for (let query = 0; query < nodes.length; query++)
        if (query !== focus) for (const [key, weight] of pgPanels.attention.carriers(state.row(query), state.mass, state.first)) arc(brush, look, places, query, key, weight, false, reach);
    const kept = pgPanels.attention.carriers(state.row(focus), state.mass, state.first);
    for (const [key, weight] of [...kept].reverse()) arc(brush, look, places, focus, key, weight, true, reach);
    tint(kept);
  }

  function arc(brush, look, places, query, key, weight, strong, reach) {
    const from = places[query];
    const to = places[key];
    const share = Math.min(1, Math.abs(weight));
    brush.strokeStyle = strong ? look[state.tone(weight)] : look["ink-3"];
    brush.globalAlpha = strong ? 0.4 + 0.6 * Math.sqrt(share) : 0.1 + 0.36 * share;
    brush.lineWidth = strong ? 1.2 + 3.2 * share : 0.6 + 1.2 * share;
    brush.setLineDash(strong && state.dashed(weight) ? [4, 3] : []);
    brush.beginPath();
    if (query === key) {
      if (!strong) brush.globalAlpha *= 0.6;
      // A token that looks at itself: a small loop above it.
      brush.moveTo(from.x - 4, from.top - 1);
      brush.bezierCurveTo(from.x - 9, from.top - 15, from.x + 9, from.top - 15, from.x + 4, from.top - 1);
    } else if (from.top === to.top) {
      const distance = Math.abs(from.x - to.x);
      const rise = Math.min(reach - 8, 10 + distance * 0.42) * 1.33;
      brush.moveTo(from.x, from.top - 1);
      brush.bezierCurveTo(from.x + (to.x - from.x) * 0.12, from.top - rise, to.x - (to.x - from.x) * 0.12, to.top - rise, to.x, to.top - 1);
    } else {
      // A key in a line above (or, between units, below): from the word's upper edge to the other's lower one.
      const up = to.top < from.top;
      const startY = up ? from.top - 1 : from.bottom + 1;
      const endY = up ? to.bottom + 1 : to.top - 1;
      const bend = Math.max(18, Math.abs(startY - endY) * 0.5);
      brush.moveTo(from.x, startY);
      brush.bezierCurveTo(from.x, startY + (up ? -bend : bend), to.x, endY + (up ? bend : -bend), to.x, endY);
    }
    brush.stroke();
    brush.globalAlpha = 1;
    brush.setLineDash([]);
  }

  function tint(kept) {
    const weights = new Map(kept);
    const row = state.row(state.focus);
    nodes.forEach((node, index) => {
      const weight = weights.get(index);
      node.classList.toggle("pg-word-focus", index === state.focus);
      node.classList.toggle("pg-word-hidden", index < state.first && index !== state.focus);
      node.style.setProperty("--w", weight === undefined ? 0 : Math.min(1, Math.abs(weight)).toFixed(3));
      node.style.setProperty("--tone", weight === undefined ? "transparent" : `var(--${state.tone(weight)})`);
      node.setAttribute("tabindex", index === state.focus ? "0" : "-1");
      node.setAttribute("aria-selected", index === state.focus);
      node.setAttribute("aria-label", `${visiblePiece(state.units[index].text) || "·"} ${describe(row[index])}`);
    });
  }

  onLook(flow, draw);
  return {
    draw(next) {
      state = next;
      draw();
    },
  };
};
