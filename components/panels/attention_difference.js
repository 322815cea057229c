// The difference of two sides' attention: where A attends more (solid) and where B does (dashed).
(() => {
  "use strict";
  const { el, number, signed, unit, setText, attention } = pgPanels;

  /** The difference of the two sides: where A attends more (solid) and where B attends more (dashed). */
  pgPanels.attention.difference = (host, context) => {
    const words = attention.LABELS[context.language];
    const { shared } = context;
    const title = el("div", { class: "pg-tag" }, el("b", { text: "A − B" }), el("small"));
    const map = el("div");
    const caption = el("div", { class: "pg-att-caption" });
    const arcs = el("div");
    const matrix = el("div", { class: "pg-att-matrix" });
    const list = el("div", { class: "pg-att-list" });
    const content = el("div", { class: "pg-difference-body" }, el("div", {}, map, caption), el("div", {}, arcs, matrix, list));
    const note = el("div", { class: "pg-att-more" });
    host.append(el("section", { class: "pg-col pg-difference", "aria-label": words.difference }, title, note, content));
    let sides = null;
    let all = null;
    let gain = 1;
    let farthest = null;
    const tone = (value) => (value >= 0 ? "a" : "b");
    const dashed = (value) => value < 0;
    const token = (index) => sides[0].units(unit.get())[index].shares[0][0];
    const onHover = (index) => shared.set({ hovered: index == null ? null : token(index) });
    const onPin = (index) => shared.set({ pinned: token(index), hovered: null });
    /** Mean over queries of half the absolute difference: the total variation distance. */
    const moved = (layer, head) => {
      const triangle = all(layer, head);
      let sum = 0;
      for (const value of triangle) sum += Math.abs(value);
      return sum / 2 / sides[0].weights.length;
    };
    const heads = attention.headMap(map, {
      words, onOpen: ({ layer, head }) => shared.set({ layer, head }),
      describe: { title: (layer, head) => words.title(layer, head, sides[0].panel), rows: (layer, head) => [[words.mean, number(moved(layer, head), 3)]] },
    });
    const arcsView = attention.wordArcs(arcs, { onHover, onPin, label: words.wordsLabel, describe: (value) => signed(value, 3) });
    const grid = attention.matrixView(matrix, { onHover, onPin, signed: true,
      onStep: (focus, step) => onPin(attention.stepped(sides[0].units(unit.get()), focus, step)),
      describe: { label: `${words.matrixLabel}. ${words.matrixKeys}`, axes: words.axes, cell: (query, key, value) => attention.pair(sides[0].units(unit.get()), query, key, signed(value, 3)) } });

    let last = {};
    /** A's matrix minus B's, recomputed only for another head or unit. */
    function differences(mine, theirs) {
      if (last.mine !== mine || last.theirs !== theirs) last = { mine, theirs, values: mine.map((value, place) => value - theirs[place]) };
      return last.values;
    }

    function redraw(_, patch) {
      if (!sides) return;
      const state = shared.get();
      const [a] = sides;
      const { layer, head } = attention.headOf(state, a.panel);
      const first = state.hideFirst ? 1 : 0;
      if (!attention.onlyFocus(patch)) heads.draw({ source: all, layers: a.panel.layers, heads: a.panel.heads, length: a.panel.pieces.length, full: a.panel.full_layers,
        marked: a.panel.full_layers.length < a.panel.layers, at: all, title: words.title(layer, head, a.panel), tone, first, layer, head, gain });
      const units = a.units(unit.get());
      const [mine, theirs] = sides.map((side) => side.opened(layer, head, unit.get()));
      const values = differences(mine, theirs);
      const line = (index, direction = "reads") => attention.lineOf(values, units.length, index, direction);
      const focus = attention.unitOf(units, state.hovered ?? state.pinned);
      const apart = moved(layer, head);
      caption.replaceChildren(el("b", { text: words.title(layer, head, a.panel) }), " · ", apart < 1e-4 ? words.same : `${words.mean} ${number(apart, 3)}`);
      if (farthest && farthest.apart >= 1e-4 && (farthest.layer !== layer || farthest.head !== head))
        caption.append(" ", el("button", { type: "button", class: "pg-panel-link", text: `${words.farthest} ${words.title(farthest.layer, farthest.head, a.panel)} (${number(farthest.apart, 3)})`,
          on: { click: () => shared.set({ layer: farthest.layer, head: farthest.head }) } }));
      const shown = { units, values, line, direction: state.direction, mass: state.mass, first, focus, tone, dashed, focusOnly: true };
      const view = attention.viewOf(state);
      arcs.hidden = view !== "arcs";
      matrix.hidden = view !== "matrix";
      (view === "arcs" ? arcsView : grid).draw(shown);
      list.replaceChildren(...attention.listing(words, units, line(focus, state.direction), focus, state, (value) => signed(value, 3)));
    }
    shared.on(redraw);
    unit.on(host, () => redraw());

    return {
      update(a, b) {
        const same = a.layers === b.layers && a.heads === b.heads && a.pieces.join("\u0000") === b.pieces.join("\u0000");
        content.hidden = !same;
        setText(note, same ? "" : words.otherText);
        setText(title.querySelector("small"), same ? words.reading : "");
        sides = same ? [attention.readingOf(a), attention.readingOf(b)] : null;
        if (!same) return;
        let most = 0;
        for (let place = 0; place < sides[0].weights.values.length; place++)
          most = Math.max(most, Math.abs(sides[0].weights.values[place] - sides[1].weights.values[place]));
        gain = most > 1e-4 ? 1 / most : 1;
        const cache = new Map();
        all = (layer, head) => {
          const key = `${layer}/${head}`;
          if (!cache.has(key)) {
            const mine = attention.triangleOf(sides[0].weights, layer, head);
            const theirs = attention.triangleOf(sides[1].weights, layer, head);
            cache.set(key, mine.map((value, place) => value - theirs[place]));
          }
          return cache.get(key);
        };
        farthest = null;
        for (let layer = 0; layer < a.layers; layer++)
          for (let head = 0; head < a.heads; head++) {
            const apart = moved(layer, head);
            if (!farthest || apart > farthest.apart) farthest = { layer, head, apart };
          }
        redraw();
      },
    };
  };
})();
