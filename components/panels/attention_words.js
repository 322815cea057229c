// The selected head over the words: horizontal text, wrapped if necessary, with arcs from each query to its heaviest keys, and from the
// chosen word to what it reads or to what reads it.
(pgPanels.attention ??= {}).wordArcs = (host, { onHover, onPin, onStrike, label, describe }) => {
  const { el, colours, onLook, visiblePiece, isBlank, roving, tip } = pgPanels;
  const canvas = el("canvas", { "aria-hidden": "true" });
  const flow = el("div", { class: "pg-words", role: "listbox", "aria-label": label, dir: "ltr" });
  host.append(el("div", { class: "pg-arcs" }, canvas, flow));
  let state = null; // {units, values, line(i, direction) -> Float32Array, direction, mass, first, focus, tone(value) -> colour name, dashed(value)}
  let nodes = [];
  let texts = "";
  let tinted = [];

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
      node.addEventListener("click", (event) => {
        // A finger has no hover: its first tap chooses the word, the second strikes it out.
        const chosen = event.pointerType !== "touch" || state.focus === index;
        onPin(index);
        if (chosen) onStrike?.(index);
      });
      node.addEventListener("keydown", (event) => event.key === "Enter" && onStrike?.(index));
      node.addEventListener("focus", () => node.matches(":focus-visible") && onPin(index));
      node.addEventListener("blur", () => tip.hide(node));
      return node;
    });
    tinted = [];
    flow.replaceChildren(...nodes);
  }
  /** What is struck out, and whether a click does so. */
  function strike() {
    nodes.forEach((node, index) => {
      const unit = state.strikes ? state.strikes(index) : null;
      node.classList.toggle("pg-strikes", unit != null);
      node.classList.toggle("pg-struck-out", Boolean(unit?.struck));
    });
  }
  roving(flow, () => nodes);

  // The layout of the words, and the faint lines of all queries as an image, cached while only the focus changes.
  let kept = { key: null };
  function settle() {
    const ratio = window.devicePixelRatio || 1;
    const look = colours(host);
    const key = [texts, flow.clientWidth, ratio, state.mass, state.first, state.focusOnly, look.ink, look["ink-3"]].join("\u0000");
    if (kept.key === key && kept.values === state.values) return;
    // Lines of text need space for arcs above them; a single line may have more.
    flow.style.setProperty("--room", "44px");
    const countLines = () => new Set(nodes.map((node) => node.offsetTop)).size;
    // The widest spacing that needs no more lines than a tighter one; the tightest only if it fits one line.
    const linesAt = (pad) => {
      flow.style.setProperty("--pad", `${pad}px`);
      return countLines();
    };
    const tried = [4, 3, 2].map((pad) => [pad, linesAt(pad)]);
    let [pad, lines] = tried.find(([, count]) => count === tried[2][1]);
    if (lines > 1 && linesAt(1.5) === 1) [pad, lines] = [1.5, 1];
    flow.style.setProperty("--pad", `${pad}px`);
    const reach = lines > 1 ? (state.focusOnly ? 32 : 46) : Math.min(state.focusOnly ? 60 : 96, 34 + flow.clientWidth / 8);
    flow.style.setProperty("--room", `${Math.round(reach)}px`);
    const { clientWidth: width, offsetHeight: height } = flow;
    const places = nodes.map((node) => ({ x: node.offsetLeft + node.offsetWidth / 2, top: node.offsetTop, bottom: node.offsetTop + node.offsetHeight }));
    const image = el("canvas", { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    kept = { key, values: state.values, ratio, look, width, height, places, reach, image };
    if (state.focusOnly) return;
    const brush = image.getContext("2d");
    brush.scale(ratio, ratio);
    for (let query = 0; query < nodes.length; query++)
      for (const [place, weight] of pgPanels.attention.carriers(state.line(query), state.mass, state.first)) arc(brush, query, place, weight, false);
  }

  function draw() {
    if (!state || !flow.clientWidth) return;
    layWords();
    strike();
    settle();
    const { image, ratio, width, height } = kept;
    if (canvas.width !== image.width || canvas.height !== image.height) {
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const brush = canvas.getContext("2d");
    brush.setTransform(1, 0, 0, 1, 0, 0);
    brush.clearRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(image, 0, 0);
    brush.scale(ratio, ratio);
    const carriers = pgPanels.attention.carriers(state.line(state.focus, state.direction), state.mass, state.first);
    for (const [key, weight] of [...carriers].reverse()) arc(brush, state.focus, key, weight, true);
    tint(carriers);
  }

  function arc(brush, query, key, weight, strong) {
    const { look, places, reach } = kept;
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
      // A token that attends to itself: a small loop above it.
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

  function tint(carriers) {
    for (const node of tinted) {
      node.style.removeProperty("--w");
      node.style.removeProperty("--tone");
      node.classList.remove("pg-word-focus");
      node.setAttribute("tabindex", "-1");
      node.setAttribute("aria-selected", "false");
    }
    tinted = [nodes[state.focus], ...carriers.map(([key]) => nodes[key])];
    for (const [key, weight] of carriers) {
      nodes[key].style.setProperty("--w", Math.min(1, Math.abs(weight)).toFixed(3));
      nodes[key].style.setProperty("--tone", `var(--${state.tone(weight)})`);
      nodes[key].setAttribute("aria-description", describe(weight));
    }
    const focus = nodes[state.focus];
    focus.classList.add("pg-word-focus");
    focus.setAttribute("tabindex", "0");
    focus.setAttribute("aria-selected", "true");
    nodes.forEach((node, index) => node.classList.toggle("pg-word-hidden", index < state.first && index !== state.focus));
  }

  onLook(flow, draw);
  return {
    draw(next) {
      state = next;
      draw();
    },
  };
};
