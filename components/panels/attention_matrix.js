// The selected head as a matrix: a row per query, a column per key, in the order of the text, both named, with a scale of the shades.
// The chosen word is outlined as a row, or as a column where the question is what reads it.
(pgPanels.attention ??= {}).matrixView = (host, { onHover, onPin, onStrike, onStep, describe, signed = false }) => {
  const { el, colours, onLook, lies, tip, attention } = pgPanels;
  // Names nearer than this (pixels) run into each other: then every second, third, … unit is named.
  const NAME = 11;
  const LONGEST_NAME = 90;
  const canvas = el("canvas", { class: "pg-matrix", "aria-hidden": "true" });
  const box = el("div", { class: "pg-matrix-box", tabindex: "0", role: "group" }, canvas);
  const said = el("span", { class: "pg-sr", role: "status" });
  host.append(box, said, scale());
  let state = null; // as of `wordArcs`
  let grid = null;
  let cursor = null; // the other unit of the cell that the keyboard is at

  /** The shades' meaning: a weight's shade grows with its square root, so that small ones are seen. */
  function scale() {
    const marks = signed ? [[-1, 0], [-0.25, 25], [0, 50], [0.25, 75], [1, 100]] : [[0, 0], [0.05, 22.4], [0.25, 50], [0.5, 70.7], [1, 100]];
    return el("div", { class: `pg-att-scale${signed ? " pg-diverging" : ""}` }, el("span", { text: describe.axes }),
      el("span", { class: "pg-att-scale-bar" }, el("i", { "aria-hidden": "true" }),
        ...marks.map(([weight, place]) => el("b", { style: { left: `${place}%` }, text: pgPanels.number(weight, weight % 1 ? 2 : 0) }))));
  }

  function draw() {
    if (!state || !box.clientWidth) return;
    const count = state.units.length;
    const look = colours(host);
    const ratio = window.devicePixelRatio || 1;
    const brush = canvas.getContext("2d");
    brush.font = `12px ${look.font}`;
    const names = state.units.map(attention.shownUnit);
    const side = Math.ceil(Math.min(LONGEST_NAME, Math.max(...names.map((name) => brush.measureText(name).width)))) + 9;
    const cell = Math.max(2, Math.min(20, (box.clientWidth - side - 4) / count));
    const every = Math.ceil(NAME / cell);
    const size = cell * count;
    grid = { side, cell, count };
    const [width, height] = [side + size + 2, size + side + 2];
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    brush.scale(ratio, ratio);
    for (let query = 0; query < count; query++) {
      const row = state.line(query);
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
    brush.textAlign = "right";
    brush.textBaseline = "middle";
    // The chosen word's name is always there; its neighbours make way for it.
    const shows = (unit) => unit === state.focus || (unit % every === 0 && (every === 1 || Math.abs(unit - state.focus) >= every));
    for (let unit = 0; unit < count; unit++) {
      if (!shows(unit)) continue;
      const middle = (unit + 0.5) * cell + 1;
      brush.font = `${unit === state.focus ? "700 " : ""}${Math.max(NAME - 1, Math.min(12, cell))}px ${look.font}`;
      brush.fillStyle = unit === state.focus ? look.ink : look["ink-2"];
      brush.fillText(names[unit], side - 5, middle, side - 6);
      if (state.strikes?.(unit)?.struck) brush.fillRect(side - 5 - Math.min(side - 6, brush.measureText(names[unit]).width), middle, Math.min(side - 6, brush.measureText(names[unit]).width), 1);
      brush.save();
      brush.translate(side + (unit + 0.5) * cell, size + 6);
      brush.rotate(-Math.PI / 2);
      brush.fillText(names[unit], 0, 0, side - 6);
      brush.restore();
    }
    brush.strokeStyle = look.ink;
    brush.lineWidth = 1.2;
    const at = state.focus * cell;
    if (state.direction === "reads") brush.strokeRect(side - 0.5, at + 0.5, at + cell + 1, cell);
    else brush.strokeRect(side + at - 0.5, at + 0.5, cell, size - at);
    const other = cursor == null ? null : cellOf(cursor);
    if (other) {
      brush.lineWidth = 2;
      brush.strokeRect(side + other.key * cell - 0.5, other.query * cell + 0.5, cell, cell);
    }
    box.setAttribute("aria-label", `${describe.label}. ${names[state.focus]}`);
  }

  /** The cell of the chosen word and another unit; null above the diagonal, where nothing is read. */
  function cellOf(other) {
    const [query, key] = state.direction === "reads" ? [state.focus, other] : [other, state.focus];
    return other >= 0 && other < state.units.length && (key <= query || state.line(query)[key]) ? { query, key } : null;
  }
  const told = ({ query, key }) => describe.cell(query, key, state.line(query)[key]);

  function placeOf(event) {
    const { left, top, scale } = lies(canvas);
    const key = Math.floor(((event.clientX - left) / scale - grid.side) / grid.cell);
    const query = Math.floor((event.clientY - top) / scale / grid.cell);
    return query >= 0 && query <= grid.count && key < grid.count ? { query, key } : null;
  }
  /** The unit that a place's name or cell stands for; below the rows are the columns' names. */
  const unitAt = ({ query, key }) => (query >= grid.count || (key >= 0 && state.direction !== "reads") ? key : query);
  canvas.addEventListener("pointermove", (event) => {
    const place = grid && placeOf(event);
    if (!place || unitAt(place) < 0 || unitAt(place) >= grid.count) return tip.hide(canvas);
    onHover(unitAt(place));
    if (place.key < 0 || place.query >= grid.count) return tip.hide(canvas);
    const anchor = { left: event.clientX - 1, width: 2, top: event.clientY - 6, bottom: event.clientY + 12 };
    tip.show(anchor, told(place), canvas);
  });
  canvas.addEventListener("pointerleave", () => {
    tip.hide(canvas);
    onHover(null);
  });
  canvas.addEventListener("click", (event) => {
    const place = grid && placeOf(event);
    if (!place || unitAt(place) < 0) return;
    cursor = null;
    onPin(unitAt(place));
    // A row's name is the word: a click on it does what a click on the word does.
    if (place.key < 0) onStrike?.(unitAt(place));
  });

  box.addEventListener("keydown", (event) => {
    if (!state || !grid) return;
    const steps = [{ ArrowUp: -1, ArrowDown: 1 }[event.key], { ArrowLeft: -1, ArrowRight: 1 }[event.key]];
    // Across the outlined row or column to the next word, along it from cell to cell.
    const [along, across] = state.direction === "reads" ? steps : steps.reverse();
    if (event.key === "Enter" && onStrike) onStrike(state.focus);
    else if (along) {
      cursor = null;
      tip.hide(box);
      onStep(state.focus, along);
    } else if (across) {
      const next = (cursor ?? state.focus + (across < 0 ? 1 : -1)) + across;
      if (cellOf(next)) cursor = next;
      if (cursor == null) return;
      draw();
      const { query, key } = cellOf(cursor);
      const at = lies(canvas);
      const left = at.left + at.scale * (grid.side + key * grid.cell);
      const top = at.top + at.scale * query * grid.cell;
      tip.show({ left, top, width: at.scale * grid.cell, bottom: top + at.scale * grid.cell }, told({ query, key }), box);
      said.textContent = told({ query, key }).textContent;
    } else return;
    event.preventDefault();
  });
  box.addEventListener("blur", () => {
    cursor = null;
    tip.hide(box);
    draw();
  });
  onLook(box, draw);
  return {
    draw(next) {
      if (next.focus !== state?.focus || next.direction !== state?.direction) cursor = null;
      state = next;
      draw();
    },
  };
};
