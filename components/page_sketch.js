// Sketching on the panel in front: pen, highlighter, arrow, box, text, eraser by stroke, undo, clear, and a laser that fades. Strokes are
// in the panel's own measures, so that they stay in place at another width and size. Text is only ever set as textContent.
window.pgSketch = (page) => {
  "use strict";
  const { el } = page;
  const { fold, undoable } = window.playgroundSketch;
  const { getStroke } = window.perfectFreehand;
  const ME = "me";
  const LASER_MS = 900;
  const TOOLS = { pen: "✎", highlighter: "▬", arrow: "↗", box: "▢", text: "T", eraser: "⌫", laser: "◉" };
  const stored = page.kept("sessionStorage", "playground-sketches");
  const logs = stored.read({}); // by link and panel
  let tool = "";

  const nameOf = ({ place, panel }) => `${page.lastLink(place)} ${panel}`;
  const logOf = (at) => (logs[nameOf(at)] ||= []);
  function add(at, event) {
    logOf(at).push({ id: crypto.randomUUID?.() ?? String(Math.random()), by: ME, ...event });
    stored.keep(logs);
    draw(at);
  }

  // ---- drawing

  const svg = (tag, attributes = {}) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const frameOf = ({ place, panel }) => page.frame(place, panel);
  /** The sheet that lies on a panel's content, as large as it. */
  function sheetOf(at) {
    const frame = frameOf(at);
    let sheet = frame.querySelector(":scope > .pg-sketch");
    if (!sheet) {
      sheet = svg("svg", { class: "pg-sketch", role: "img" });
      sheet.setAttribute("aria-label", page.words().sketch);
      frame.append(sheet);
      new ResizeObserver(() => draw(at)).observe(frame);
      listen(sheet, at);
    }
    return sheet;
  }
  function fit(sheet, frame) {
    sheet.style.display = "none";
    const style = getComputedStyle(frame);
    const [left, right, top, bottom] = ["Left", "Right", "Top", "Bottom"].map((side) => parseFloat(style[`padding${side}`]));
    const width = frame.clientWidth - left - right;
    const height = frame.scrollHeight - top - bottom;
    // As wide as the content, however wide that is: a sheet in a file of pins has nobody who would fit it anew.
    Object.assign(sheet.style, { display: "", left: `${left}px`, top: `${top}px`, width: `calc(100% - ${left + right}px)`, height: `${height}px` });
    sheet.setAttribute("viewBox", `0 0 ${width} ${height}`);
    sheet.setAttribute("preserveAspectRatio", "none");
    return (sheet.pgSize = { left, top, width, height });
  }
  /** Draws a panel's sketch; a panel without one gets no sheet unless it is sketched on. */
  function draw(at) {
    const frame = frameOf(at);
    if (!frame || !page.seen(frame)) return;
    const strokes = fold(logOf(at));
    if (!strokes.length && !tool && !frame.querySelector(":scope > .pg-sketch")) return;
    const sheet = sheetOf(at);
    const size = fit(sheet, frame);
    sheet.classList.toggle("pg-sketch-on", Boolean(tool) && same(page.presented(), at));
    sheet.dataset.tool = tool;
    sheet.replaceChildren(...strokes.map((stroke) => shape(stroke, size)));
  }
  const same = (a, b) => a?.place === b?.place && a?.panel === b?.panel;
  function shape(stroke, { width, height }) {
    const px = (stroke.points || [stroke.at]).map(([x, y, force = 0.5]) => [x * width, y * height, force]);
    const [[x0, y0]] = px;
    const [x1, y1] = px.at(-1);
    const common = { "data-stroke": stroke.id, class: `pg-stroke pg-stroke-${stroke.tool}` };
    if (stroke.tool === "text") {
      const text = svg("text", { ...common, x: x0, y: y0 });
      text.textContent = stroke.text;
      return text;
    }
    if (stroke.tool === "box")
      return svg("rect", { ...common, x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0), rx: 6 });
    if (stroke.tool === "arrow") {
      const angle = Math.atan2(y1 - y0, x1 - x0);
      const wing = (turn) => `L${x1 - 14 * Math.cos(angle + turn)} ${y1 - 14 * Math.sin(angle + turn)}`;
      return svg("path", { ...common, d: `M${x0} ${y0}L${x1} ${y1}${wing(0.45)}M${x1} ${y1}${wing(-0.45)}` });
    }
    const outline = getStroke(px, { size: stroke.tool === "highlighter" ? 20 : 5, thinning: stroke.tool === "highlighter" ? 0 : 0.5, simulatePressure: !stroke.pressed });
    return svg("path", { ...common, d: outline.length ? `M${outline.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z` : "" });
  }

  // ---- hands

  function listen(sheet, at) {
    let stroke = null;
    let preview = null;
    const place = (event) => {
      const { left, top, width, height } = sheet.getBoundingClientRect();
      // A pen says how hard it is pressed; what mouse and finger say of it means nothing.
      const force = event.pointerType === "pen" ? event.pressure || 0.5 : 0.5;
      return [(event.clientX - left) / width, (event.clientY - top) / height, force].map((value) => Math.round(value * 1e4) / 1e4);
    };
    let last = null;
    /** Erases the first stroke on the way from where the pointer was: it may cross a thin one between two events. */
    function erase({ clientX: x, clientY: y }) {
      const from = last || { x, y };
      last = { x, y };
      const steps = Math.max(1, Math.ceil(Math.hypot(x - from.x, y - from.y) / 3));
      for (let step = 1; step <= steps; step++) {
        const [px, py] = [from.x + ((x - from.x) * step) / steps, from.y + ((y - from.y) * step) / steps];
        const hit = document.elementsFromPoint(px, py).find((node) => node.dataset?.stroke && sheet.contains(node));
        if (hit) return add(at, { type: "erase", of: hit.dataset.stroke });
      }
    }
    sheet.addEventListener("pointerdown", (event) => {
      if (!tool || event.button) return;
      event.preventDefault();
      if (tool === "text") return write(at, place(event));
      sheet.setPointerCapture(event.pointerId);
      stroke = { tool: tool === "laser" ? "pen" : tool, points: [place(event)] };
      if (event.pointerType === "pen") stroke.pressed = true;
      if (tool === "eraser") erase(event);
    });
    sheet.addEventListener("pointermove", (event) => {
      if (!stroke) return;
      if (tool === "eraser") return erase(event);
      stroke.points.push(place(event));
      const next = shape({ ...stroke, id: "" }, sheet.pgSize);
      if (tool === "laser") next.classList.add("pg-stroke-laser");
      if (preview) preview.replaceWith(next);
      else sheet.append(next);
      preview = next;
    });
    const end = () => {
      if (!stroke) return;
      last = null;
      const done = stroke;
      const shown = preview;
      stroke = preview = null;
      if (tool === "eraser") return;
      if (tool === "laser") {
        shown?.classList.add("pg-stroke-gone");
        setTimeout(() => shown?.remove(), LASER_MS);
      } else if (done.points.length > 1) add(at, { type: "draw", ...done });
      else shown?.remove();
    };
    sheet.addEventListener("pointerup", end);
    sheet.addEventListener("pointercancel", end);
  }
  /** A line to type in, at a place of the panel; Enter keeps it, Escape doesn't. */
  function write(at, [x, y]) {
    const frame = frameOf(at);
    frame.querySelector(".pg-sketch-input")?.remove();
    const sheet = sheetOf(at);
    const input = el("input", {
      type: "text", class: "pg-sketch-input", maxlength: "80", "aria-label": page.words().sketch_text,
      style: `left:${sheet.pgSize.left + x * sheet.pgSize.width}px;top:${sheet.pgSize.top + y * sheet.pgSize.height - 14}px`,
      on: {
        keydown: (event) => {
          if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
          event.stopPropagation();
          const text = input.value.trim();
          input.remove();
          if (event.key === "Enter" && text) add(at, { type: "draw", tool: "text", at: [x, y], text });
        },
      },
    });
    frame.append(input);
    input.focus({ preventScroll: true });
  }

  // ---- tools

  /** The tools of the panel in front, for the line above it. */
  function tools() {
    const words = page.words();
    const button = (name, text, act, pressed) =>
      el("button", { type: "button", class: "pg-stage-button pg-tool", "data-tool": name, title: words[`sketch_${name}`], "aria-label": words[`sketch_${name}`], "aria-pressed": pressed, text, on: { click: act } });
    return el("span", { class: "pg-tools", role: "group", "aria-label": words.sketch },
      ...Object.entries(TOOLS).map(([name, text]) => button(name, text, () => take(tool === name ? "" : name), "false")),
      button("undo", "↶", () => {
        const at = page.presented();
        const last = undoable(logOf(at), ME);
        if (last) add(at, { type: "undo", of: last.id });
      }),
      button("clear", "⨯", () => fold(logOf(page.presented())).length && add(page.presented(), { type: "clear" })));
  }
  function take(name) {
    tool = name;
    for (const button of document.querySelectorAll(".pg-tool[aria-pressed]")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    const at = page.presented();
    if (!at) return;
    draw(at);
    // By the keyboard alone: a line in the middle of what is seen.
    if (tool === "text") {
      const frame = frameOf(at);
      write(at, [0.4, Math.min(0.9, (frame.scrollTop + frame.clientHeight * 0.3) / Math.max(1, frame.scrollHeight))]);
    }
  }
  /** Whether a key is the sketch's: Escape puts the tool down first. */
  function escaped() {
    if (!tool) return false;
    take("");
    return true;
  }
  function redraw(place) {
    for (const [panel] of page.panels(place)) if (frameOf({ place, panel })?.querySelector(":scope > .pg-sketch") || logs[nameOf({ place, panel })]?.length) draw({ place, panel });
  }
  return { tools, escaped, putDown: () => take(""), draw, redraw };
};
