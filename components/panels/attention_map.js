// The small map: every head of every layer as a thumbnail, with a letter where it is of a known kind, then the means over layers and
// over heads; a click or the arrow keys select one.
(pgPanels.attention ??= {}).headMap = (host, { words, onOpen, describe }) => {
  const { el, colours, onLook, lies, tip, facts } = pgPanels;
  const canvas = el("canvas");
  const box = el("div", { class: "pg-map", tabindex: "0", role: "group" }, canvas);
  host.append(box);
  let state = null; // {source, title, letter(layer, head), layers, heads, length, full, at(layer, head) -> triangle, tone(value), first, layer, head, gain}; `source`: identity of the weights; `gain` amplifies small differences
  let grid = null;
  const { mostIndex } = pgPanels.attention;
  // Between the heads and their means.
  const APART = 5;

  function draw() {
    if (!state || !box.clientWidth) return;
    const { layers, heads } = state;
    const [columns, rows] = [mostIndex(layers) + 1, mostIndex(heads) + 1];
    const ratio = window.devicePixelRatio || 1;
    const left = 22;
    const gap = layers > 24 ? 1 : 3;
    const size = Math.max(4, Math.min(26, Math.floor((box.clientWidth - left - APART) / columns - gap)));
    const tall = Math.max(4, Math.round(size * (heads > 8 ? 0.62 : 0.8)));
    const x = (layer) => left + layer * (size + gap) + (layer === layers ? APART : 0);
    const y = (head) => head * (tall + gap) + (head === heads ? APART : 0);
    grid = { x, y, columns, rows, size, tall, width: x(columns - 1) + size + gap, height: y(rows - 1) + tall + gap + 20 };
    canvas.width = Math.round(grid.width * ratio);
    canvas.height = Math.round(grid.height * ratio);
    canvas.style.width = `${grid.width}px`;
    canvas.style.height = `${grid.height}px`;
    const brush = canvas.getContext("2d");
    const look = colours(host);
    const wide = Math.round(size * ratio);
    const high = Math.round(tall * ratio);
    const place = (layer, head) => [Math.round(x(layer) * ratio), Math.round(y(head) * ratio)];
    brush.fillStyle = look.ink;
    brush.globalAlpha = 0.06;
    for (let layer = 0; layer < columns; layer++) for (let head = 0; head < rows; head++) brush.fillRect(...place(layer, head), wide, high);
    brush.globalAlpha = 1;
    brush.drawImage(thumbnails(look, wide, high, place), 0, 0);
    brush.scale(ratio, ratio);
    brush.font = `10px ${look.mono}`;
    brush.textBaseline = "middle";
    brush.fillStyle = look["ink-3"];
    brush.textAlign = "right";
    for (let head = 0; head < rows; head++)
      if (heads <= 16 || head === heads) brush.fillText(head === heads ? words.average : head + 1, left - 4, y(head) + tall / 2 + 0.5);
    brush.textAlign = "center";
    const every = size + gap >= 17 ? 1 : size + gap >= 11 ? 2 : 4;
    for (let layer = 0; layer < columns; layer++) {
      const middle = x(layer) + size / 2;
      const full = state.full.includes(layer);
      brush.fillStyle = full && state.marked ? look.ink : look["ink-3"];
      brush.font = `${full && state.marked ? "700 " : ""}10px ${look.mono}`;
      // The mean's name is wider than a number: the last number makes way for it on a narrow map.
      const crowded = layer === layers - 1 && columns > layers && size + gap < 12;
      if (layer === layers) brush.fillText(words.average, middle, grid.height - 12);
      else if (!crowded && (layer % every === 0 || full || layer === state.layer)) brush.fillText(layer + 1, middle, grid.height - 12);
      if (full && state.marked) brush.fillRect(middle - size / 2, grid.height - 5, size, 2);
    }
    brush.strokeStyle = look.ink;
    brush.lineWidth = 2;
    brush.strokeRect(x(state.layer) - 1, y(state.head), size + 2, tall + (state.head ? 1 : 0));
    if (state.letter && size >= 17) letters(brush, look);
  }

  /** The kinds' letters in the corner above the diagonal, where a causal head has no weights. */
  function letters(brush, look) {
    brush.textAlign = "right";
    brush.textBaseline = "top";
    for (let layer = 0; layer < state.layers; layer++)
      for (let head = 0; head < state.heads; head++) {
        const { letter, common } = state.letter(layer, head);
        brush.font = `${common ? 400 : 700} 9px ${look.font}`;
        brush.fillStyle = common ? look["ink-3"] : look.ink;
        brush.fillText(letter, grid.x(layer) + grid.size - 1.5, grid.y(head) + 1.5);
      }
  }

  // The thumbnails as an image, cached until weights, sizes or colours change: selecting a head only moves the outline.
  let kept = { key: null, source: null, image: null };
  function thumbnails(look, wide, high, place) {
    const inks = { a: bytes(look.a), b: bytes(look.b) };
    const key = [canvas.width, canvas.height, wide, high, state.first, state.gain, inks.a, inks.b].join();
    if (kept.key === key && kept.source === state.source) return kept.image;
    const image = el("canvas", { width: canvas.width, height: canvas.height });
    const brush = image.getContext("2d");
    for (let layer = 0; layer < grid.columns; layer++)
      for (let head = 0; head < grid.rows; head++) brush.putImageData(thumbnail(inks, layer, head, wide, high), ...place(layer, head));
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
    const at = (place, start, size, count) => Array.from({ length: count }, (_, index) => index).find((index) => place >= start(index) && place < start(index) + size + 3);
    const layer = at((event.clientX - left) / scale, grid.x, grid.size, grid.columns);
    const head = at((event.clientY - top) / scale, grid.y, grid.tall, grid.rows);
    return layer != null && head != null ? { layer, head } : null;
  }

  canvas.addEventListener("pointermove", (event) => {
    if (!grid || event.pointerType === "touch") return;
    const cell = cellAt(event);
    canvas.style.cursor = cell ? "pointer" : "";
    if (!cell) return tip.hide(canvas);
    const at = lies(canvas);
    const left = at.left + at.scale * grid.x(cell.layer);
    const top = at.top + at.scale * grid.y(cell.head);
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
    const bounded = (value, count) => Math.max(0, Math.min(mostIndex(count), value));
    onOpen({ layer: bounded(state.layer + step[0], state.layers), head: bounded(state.head + step[1], state.heads) });
  });
  onLook(box, draw);
  return {
    draw(next) {
      state = next;
      box.setAttribute("aria-label", `${next.title}. ${words.keys}`);
      draw();
    },
  };
};
