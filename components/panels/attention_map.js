// The small map: every head of every layer as a thumbnail; a click or the arrow keys open one.
(pgPanels.attention ??= {}).headMap = (host, { words, onOpen, describe }) => {
  const { el, colours, onLook, tip, facts } = pgPanels;
  const canvas = el("canvas");
  const box = el("div", { class: "pg-map", tabindex: "0", role: "group" }, canvas);
  host.append(box);
  let state = null; // {layers, heads, length, full, at(layer, head) -> triangle, tone(value), first, layer, head, gain}; gain makes small differences seen
  let grid = null;

  function draw() {
    if (!state || !box.clientWidth) return;
    const { layers, heads } = state;
    const ratio = window.devicePixelRatio || 1;
    const left = 22;
    const gap = layers > 24 ? 1 : 3;
    const size = Math.max(4, Math.min(26, Math.floor((box.clientWidth - left) / layers - gap)));
    const tall = Math.max(4, Math.round(size * (heads > 8 ? 0.62 : 0.8)));
    grid = { left, gap, size, tall, width: left + layers * (size + gap), height: heads * (tall + gap) + 20 };
    canvas.width = Math.round(grid.width * ratio);
    canvas.height = Math.round(grid.height * ratio);
    canvas.style.width = `${grid.width}px`;
    canvas.style.height = `${grid.height}px`;
    const brush = canvas.getContext("2d");
    const look = colours(host);
    const wide = Math.round(size * ratio);
    const high = Math.round(tall * ratio);
    for (let layer = 0; layer < layers; layer++)
      for (let head = 0; head < heads; head++) {
        const x = Math.round((left + layer * (size + gap)) * ratio);
        const y = Math.round(head * (tall + gap) * ratio);
        brush.fillStyle = look.soft.startsWith("color") ? look.line : look.soft;
        brush.globalAlpha = look.soft.startsWith("color") ? 0.45 : 1;
        brush.fillRect(x, y, wide, high);
        brush.globalAlpha = 1;
        thumbnail(brush, look, layer, head, x, y, wide, high);
      }
    brush.scale(ratio, ratio);
    brush.font = `10px ${look.mono}`;
    brush.textBaseline = "middle";
    brush.fillStyle = look["ink-3"];
    brush.textAlign = "right";
    if (heads <= 16) for (let head = 0; head < heads; head++) brush.fillText(head + 1, left - 6, head * (tall + gap) + tall / 2 + 0.5);
    brush.textAlign = "center";
    const every = size + gap >= 17 ? 1 : size + gap >= 11 ? 2 : 4;
    for (let layer = 0; layer < layers; layer++) {
      const middle = left + layer * (size + gap) + size / 2;
      const full = state.full.includes(layer);
      brush.fillStyle = full && state.marked ? look.ink : look["ink-3"];
      brush.font = `${full && state.marked ? "700 " : ""}10px ${look.mono}`;
      if (layer % every === 0 || full || layer === state.layer) brush.fillText(layer + 1, middle, grid.height - 12);
      if (full && state.marked) brush.fillRect(middle - size / 2, grid.height - 5, size, 2);
    }
    brush.strokeStyle = look.ink;
    brush.lineWidth = 2;
    brush.strokeRect(left + state.layer * (size + gap) - 1, state.head * (tall + gap), size + 2, tall + (state.head ? 1 : 0));
  }

  /** A head's triangle, shrunk by the largest weight that falls on a pixel. */
  function thumbnail(brush, look, layer, head, x, y, wide, high) {
    const { length, first, gain = 1 } = state;
    const triangle = state.at(layer, head);
    const pooled = new Float32Array(wide * high);
    for (let query = 0; query < length; query++) {
      const top = Math.floor((query * high) / length);
      const bottom = Math.max(top + 1, Math.floor(((query + 1) * high) / length));
      const start = (query * (query + 1)) / 2;
      for (let key = first; key <= query; key++) {
        const weight = triangle[start + key];
        if (Math.abs(weight) * gain < 0.03) continue;
        const from = Math.floor((key * wide) / length);
        const to = Math.max(from + 1, Math.floor(((key + 1) * wide) / length));
        for (let row = top; row < bottom; row++)
          for (let column = from; column < to; column++)
            if (Math.abs(weight) > Math.abs(pooled[row * wide + column])) pooled[row * wide + column] = weight;
      }
    }
    for (let row = 0; row < high; row++)
      for (let column = 0; column < wide; column++) {
        const weight = pooled[row * wide + column];
        if (!weight) continue;
        brush.globalAlpha = Math.min(1, 0.12 + Math.abs(weight) * gain * 1.4);
        brush.fillStyle = look[state.tone(weight)];
        brush.fillRect(x + column, y + row, 1, 1);
      }
    brush.globalAlpha = 1;
  }

  function cellAt(event) {
    const rect = canvas.getBoundingClientRect();
    const layer = Math.floor((event.clientX - rect.left - grid.left) / (grid.size + grid.gap));
    const head = Math.floor((event.clientY - rect.top) / (grid.tall + grid.gap));
    return layer >= 0 && layer < state.layers && head >= 0 && head < state.heads ? { layer, head } : null;
  }

  canvas.addEventListener("pointermove", (event) => {
    if (!grid || event.pointerType === "touch") return;
    const cell = cellAt(event);
    canvas.style.cursor = cell ? "pointer" : "";
    if (!cell) return tip.hide(canvas);
    const rect = canvas.getBoundingClientRect();
    const left = rect.left + grid.left + cell.layer * (grid.size + grid.gap);
    const top = rect.top + cell.head * (grid.tall + grid.gap);
    const anchor = { left, top, width: grid.size, bottom: top + grid.tall };
    tip.show(anchor, facts(document.createTextNode(describe.title(cell.layer, cell.head)), describe.rows(cell.layer, cell.head)), canvas);
  });
  canvas.addEventListener("pointerleave", () => tip.hide(canvas));
  canvas.addEventListener("click", (event) => {
    const cell = grid && cellAt(event);
    if (cell) onOpen(cell);
  });
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  box.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || !state) return;
    event.preventDefault();
    const bounded = (value, count) => Math.max(0, Math.min(count - 1, value));
    onOpen({ layer: bounded(state.layer + step[0], state.layers), head: bounded(state.head + step[1], state.heads) });
  });
  onLook(box, draw);
  return {
    draw(next) {
      state = next;
      box.setAttribute("aria-label", `${describe.title(next.layer, next.head)}. ${words.keys}`);
      draw();
    },
  };
};
