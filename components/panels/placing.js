// Points that clicks place in a figure: on a point one takes it away, elsewhere it adds one, as a line "x y" of a setting. Nothing runs.
(() => {
  const { svg } = pgPanels;
  const NEAR = 12; // pixels from a point within which a click is on it
  const STILL = { mouse: 4, pen: 8, touch: 12 }; // pixels that the pointer may move in a click
  const GRAIN = 10; // tenths are placed
  const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

  /** The lines of a text with their points; what can't be read as one, the lab's to refuse, stays as it is. */
  function linesOf(text) {
    const lines = String(text).split(/\r?\n/).filter((line) => line.trim());
    return lines.map((line) => {
      const plain = line.normalize("NFKC").replaceAll("−", "-").replaceAll("、", ",").replace(/^["' (),;]+|["' (),;]+$/g, "");
      const cells = plain.split(/[\s,;]+/).map((cell) => cell.replace(/^["' ()]+|["' ()]+$/g, ""));
      const isPoint = cells.length === 2 && cells.every((cell) => NUMBER.test(cell) && Number.isFinite(Number(cell)));
      return { line, at: isPoint ? cells.map(Number) : null };
    });
  }
  // Marks come in single precision.
  const alike = (one, other) => one.every((value, index) => Math.abs(value - other[index]) < 1e-4);
  const rounded = (value) => Math.round(value * GRAIN) / GRAIN || 0;
  const within = (value, [low, high]) => value >= low && value <= high;

  /** Hears the clicks in the figure below a heading; returns a function that takes a new value's `placing`, null where clicks place nothing. */
  function placePoints(host, context) {
    let placing = null;
    let down = null;
    const heard = new WeakSet();
    const frame = () => host.closest("[id^=pg-panel-]");
    function figure() {
      const plot = frame()?.querySelector(".js-plotly-plot");
      return plot?._fullLayout?.xaxis ? plot : null;
    }
    const text = () => context.values()?.[placing.setting] ?? "";

    /** A pointer's place in a figure, in pixels from the corner of its axes; null outside of them. */
    function spot(plot, event) {
      const { left, top, width } = plot.getBoundingClientRect();
      const { _size: size, width: own } = plot._fullLayout;
      const scale = own / width;
      const found = [(event.clientX - left) * scale - size.l, (event.clientY - top) * scale - size.t];
      return within(found[0], [0, size.w]) && within(found[1], [0, size.h]) ? found : null;
    }
    const pixels = ({ _fullLayout: { xaxis, yaxis } }, [x, y]) => [xaxis.d2p(x), yaxis.d2p(y)];
    const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);

    function click(plot, at) {
      const lines = linesOf(text());
      const points = lines.filter((one) => one.at);
      const distance = (one) => apart(pixels(plot, one.at), at);
      const nearest = points.reduce((best, one) => (best && distance(best) <= distance(one) ? best : one), null);
      let after = lines.map((one) => one.line);
      if (nearest && distance(nearest) <= NEAR) after = after.filter((_, index) => lines[index] !== nearest);
      else {
        const { xaxis, yaxis } = plot._fullLayout;
        const [x, y] = [rounded(xaxis.p2d(at[0])), rounded(yaxis.p2d(at[1]))];
        if (!within(x, placing.x) || !within(y, placing.y)) return;
        // A function has one y for an x.
        const same = lines.findIndex((one) => one.at?.[0] === x);
        if (same >= 0) after[same] = `${x} ${y}`;
        else if (points.length < placing.most) after.push(`${x} ${y}`);
        else return;
      }
      context.tune({ [placing.setting]: after.join("\n") });
      draw();
    }
    function pressed(event) {
      const plot = placing && event.button === 0 && context.values() && figure();
      down = plot && spot(plot, event) && [event.clientX, event.clientY];
      // The figure covers the page while a button is down.
      if (!down) return;
      document.addEventListener("pointerup", released, { capture: true, once: true });
      // A finger that scrolls the page ends so.
      document.addEventListener("pointercancel", cancelled, { capture: true, once: true });
    }
    function cancelled() {
      down = null;
      document.removeEventListener("pointerup", released, true);
    }
    function released(event) {
      document.removeEventListener("pointercancel", cancelled, true);
      const still = down && apart(down, [event.clientX, event.clientY]) <= (STILL[event.pointerType] ?? STILL.mouse);
      down = null;
      const plot = still && figure();
      const at = plot && spot(plot, event);
      if (at) click(plot, at);
    }

    /** Draws the setting's points over the figure where they aren't those that it was computed for: new ones filled, former ones crossed out. */
    function draw() {
      const plot = placing && figure();
      if (!plot) return;
      if (!heard.has(plot)) {
        heard.add(plot);
        plot.on("plotly_afterplot", draw);
      }
      const marks = placing.marks;
      const points = context.values() ? linesOf(text()).flatMap((one) => (one.at ? [one.at] : [])) : marks;
      const lacks = (some) => (one) => !some.some((other) => alike(one, other));
      const fresh = points.filter(lacks(marks));
      const gone = marks.filter(lacks(points));
      const { _size: size } = plot._fullLayout;
      const inside = ([x, y]) => within(x, [0, size.w]) && within(y, [0, size.h]);
      const places = (some) => some.map((one) => pixels(plot, one)).filter(inside);
      plot.querySelector(":scope > .pg-placed")?.remove();
      if (!fresh.length && !gone.length) return;
      plot.append(svg("svg", { class: "pg-placed pg-live", width: size.w, height: size.h, style: { left: `${size.l}px`, top: `${size.t}px` }, "aria-hidden": "true" },
        ...places(gone).map(([x, y]) => svg("path", { d: `M${x - 8} ${y - 8}l16 16m0-16l-16 16` })),
        ...places(fresh).map(([x, y]) => svg("circle", { cx: x, cy: y, r: 6 }))));
    }

    return (wanted) => {
      if (!placing && wanted) {
        frame()?.addEventListener("pointerdown", pressed, true);
        context.follow("placing", draw);
      }
      placing = wanted ?? null;
      frame()?.classList.toggle("pg-places", Boolean(placing));
      draw();
    };
  }

  Object.assign(pgPanels, { placePoints, linesOf });
})();
