// The small map: every head of every layer as a thumbnail; a click or the arrow keys select one.
(pgPanels.attention ??= {}).headMap = (host, { words, onOpen, describe }) => {
  const { el, colours, onLook, lies, tip, facts } = pgPanels;
  const canvas = el("canvas");
  const box = el("div", { class: "pg-map", tabindex: "0", role: "group" }, canvas);
  host.append(box);
  let state = null; // {source, layers, heads, length, full, at(layer, head) -> triangle, tone(value), first, layer, head, gain}; `source`: identity of the weights; `gain` amplifies small differences
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
    const place = (layer, head) => [Math.round((left + layer * (size + gap)) * ratio), Math.round(head * (tall + gap) * ratio)];
    brush.fillStyle = look.ink;
    brush.globalAlpha = 0.06;
    for (let layer = 0; layer < layers; layer++) for (let head = 0; head < heads; head++) brush.fillRect(...place(layer, head), wide, high);
    brush.globalAlpha = 1;
    brush.drawImage(thumbnails(look, wide, high, place), 0, 0);
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

  // The thumbnails as an image, cached until weights, sizes or colours change: selecting a head only moves the outline.
  let kept = { key: null, source: null, image: null };
  function thumbnails(look, wide, high, place) {
    const inks = { a: bytes(look.a), b: bytes(look.b) };
    const key = [canvas.width, canvas.height, wide, high, state.first, state.gain, inks.a, inks.b].join();
    if (kept.key === key && kept.source === state.source) return kept.image;
    const image = el("canvas", { width: canvas.width, height: canvas.height });
    const brush = image.getContext("2d");
    for (let layer = 0; layer < state.layers; layer++)
      for (let head = 0; head < state.heads; head++) brush.putImageData(thumbnail(inks, layer, head, wide, high), ...place(layer, head));
    kept = { key, source: state.source, image };
    return image;
  }

  /** Any CSS colour as [red, green, blue]. */
  function bytes(colour) {
    const brush = el("canvas", { width: 1, height: 1 }).getContext("2d");
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }

  /** A head's triangle, downsampled by the maximum weight per pixel. */
  function thumbnail(inks, layer, head, wide, high) {
    const { length, first, gain = 1 } = state;
    const triangle = state.at(layer, head);
    const pooled = new Float32Array(wide * high);
    for (let query = 0; query < length; query++) {
      const top = Math.floor((query * high) / length);
      const bottom = Math.max(top + 1, Math.floor(((query + 1) * high) / length));
      const start = (query * (query + 1)) / 2;
      for (let key = first; key <= query; key++) {
        const weight = triangle[start + key];
        const size = Math.abs(weight);
        if (size * gain < 0.03) continue;
        const from = Math.floor((key * wide) / length);
        const to = Math.max(from + 1, Math.floor(((key + 1) * wide) / length));
        for (let row = top; row < bottom; row++)
          for (let pixel = row * wide + from; pixel < row * wide + to; pixel++) if (size > Math.abs(pooled[pixel])) pooled[pixel] = weight;
      }
    }
    const image = new ImageData(wide, high);
    for (let pixel = 0; pixel < pooled.length; pixel++) {
      if (!pooled[pixel]) continue;
      const ink = inks[state.tone(pooled[pixel])];
      image.data[4 * pixel] = ink[0];
      image.data[4 * pixel + 1] = ink[1];
      image.data[4 * pixel + 2] = ink[2];
      image.data[4 * pixel + 3] = 255 * Math.min(1, 0.12 + Math.abs(pooled[pixel]) * gain * 1.4);
    }
    return image;
  }

  function cellAt(event) {
    const { left, top, scale } = lies(canvas);
    const layer = Math.floor(((event.clientX - left) / scale - grid.left) / (grid.size + grid.gap));
    const head = Math.floor((event.clientY - top) / scale / (grid.tall + grid.gap));
    return layer >= 0 && layer < state.layers && head >= 0 && head < state.heads ? { layer, head } : null;
  }

  canvas.addEventListener("pointermove", (event) => {
    if (!grid || event.pointerType === "touch") return;
    const cell = cellAt(event);
    canvas.style.cursor = cell ? "pointer" : "";
    if (!cell) return tip.hide(canvas);
    const at = lies(canvas);
    const left = at.left + at.scale * (grid.left + cell.layer * (grid.size + grid.gap));
    const top = at.top + at.scale * cell.head * (grid.tall + grid.gap);
    const anchor = { left, top, width: at.scale * grid.size, bottom: top + at.scale * grid.tall };
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
