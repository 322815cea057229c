// The selected head as a matrix: a row per query, a column per key, in the order of the text.
(pgPanels.attention ??= {}).matrixView = (host, { onHover, onPin, describe }) => {
  const { el, colours, onLook, lies, tip, visiblePiece } = pgPanels;
  const canvas = el("canvas", { class: "pg-matrix", role: "img" });
  host.append(canvas);
  let state = null;
  let grid = null;

  function draw() {
    if (!state || !host.clientWidth) return;
    const count = state.units.length;
    const look = colours(host);
    const ratio = window.devicePixelRatio || 1;
    const room = host.clientWidth;
    const brush = canvas.getContext("2d");
    const named = count <= 48;
    brush.font = `12px ${look.font}`;
    const names = state.units.map(({ text }) => visiblePiece(text.trim() || text) || "·");
    const side = named ? Math.min(90, Math.max(...names.map((name) => brush.measureText(name).width)) + 8) : 4;
    const cell = Math.max(2, Math.min(20, (room - side - 4) / count));
    grid = { side, cell, count };
    const width = side + cell * count + 2;
    const height = cell * count + 2;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    brush.scale(ratio, ratio);
    brush.textAlign = "right";
    brush.textBaseline = "middle";
    for (let query = 0; query < count; query++) {
      const row = state.row(query);
      brush.globalAlpha = 1;
      if (named && cell >= 9) {
        brush.font = `${query === state.focus ? "700 " : ""}${Math.min(12, cell)}px ${look.font}`;
        brush.fillStyle = query === state.focus ? look.ink : look["ink-2"];
        brush.fillText(names[query], side - 5, (query + 0.5) * cell + 1, side - 6);
      }
      brush.fillStyle = look.line;
      brush.globalAlpha = 0.35;
      brush.fillRect(side, query * cell + 1, cell * (query + 1) - 0.5, cell - 0.5);
      for (let key = state.first; key < count; key++) {
        if (Math.abs(row[key]) < 0.004) continue;
        brush.globalAlpha = Math.min(1, Math.sqrt(Math.abs(row[key])));
        brush.fillStyle = look[state.tone(row[key])];
        brush.fillRect(side + key * cell, query * cell + 1, cell - 0.5, cell - 0.5);
      }
    }
    brush.globalAlpha = 1;
    brush.strokeStyle = look.ink;
    brush.lineWidth = 1.2;
    brush.strokeRect(side - 0.5, state.focus * cell + 0.5, cell * (state.focus + 1) + 1, cell);
    canvas.setAttribute("aria-label", describe.matrix);
  }

  function placeOf(event) {
    const { left, top, scale } = lies(canvas);
    const key = Math.floor(((event.clientX - left) / scale - grid.side) / grid.cell);
    const query = Math.floor((event.clientY - top) / scale / grid.cell);
    return query >= 0 && query < grid.count && key < grid.count ? { query, key } : null;
  }
  canvas.addEventListener("pointermove", (event) => {
    const place = grid && placeOf(event);
    if (!place) return;
    onHover(place.query);
    if (place.key < 0) return tip.hide(canvas);
    const anchor = { left: event.clientX - 1, width: 2, top: event.clientY - 6, bottom: event.clientY + 12 };
    tip.show(anchor, describe.cell(place.query, place.key, state.row(place.query)[place.key]), canvas);
  });
  canvas.addEventListener("pointerleave", () => {
    tip.hide(canvas);
    onHover(null);
  });
  canvas.addEventListener("click", (event) => {
    const place = grid && placeOf(event);
    if (place) onPin(place.query);
  });
  onLook(host, draw);
  return {
    draw(next) {
      state = next;
      draw();
    },
  };
};
