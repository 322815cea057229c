// What the drawings of attention read off a panel: its weights by head and unit, and the state that A, B and their difference share.
Object.assign((pgPanels.attention ??= {}), (() => {
  "use strict";
  const { el, isolated, visiblePiece, facts } = pgPanels;
  // Past so many units arcs are too many to follow: the matrix is shown unless the visitor chooses.
  const MOST_FOR_ARCS = 40;
  const asUnits = (units) => units.map(({ text, shares }) => ({ text, shares }));

  /** Caches a panel's unpacked weights and values computed from them while the panel is unchanged. */
  function reading(panel) {
    const weights = pgPanels.attention.unpack(panel.packed, panel.layers, panel.heads, panel.pieces.length);
    const units = {
      token: pgPanels.attention.tokensAsUnits(panel.pieces),
      word: panel.words.length ? pgPanels.attention.completed(asUnits(panel.words), panel.pieces) : null,
      character: panel.characters.length ? pgPanels.attention.completed(asUnits(panel.characters), panel.pieces) : null,
    };
    const cache = new Map();
    return {
      panel,
      weights,
      units: (name) => units[name] || units.token,
      /** The selected head's weights between units, {matrix, count}. */
      opened(layer, head, name) {
        const key = `${layer}/${head}/${name}`;
        if (!cache.has(key)) {
          if (cache.size > 24) cache.clear();
          const full = pgPanels.attention.matrix(weights, layer, head);
          const all = units[name] || units.token;
          cache.set(key, all === units.token ? full : pgPanels.attention.grouped(full, panel.pieces.length, all));
        }
        return cache.get(key);
      },
      /** Mean weight on the first token of all later queries. */
      firstMass(layer, head) {
        const triangle = pgPanels.attention.triangleOf(weights, layer, head);
        let sum = 0;
        for (let query = 1; query < weights.length; query++) sum += triangle[(query * (query + 1)) / 2];
        return weights.length > 1 ? sum / (weights.length - 1) : triangle[0];
      },
    };
  }

  // Caches decoded panels, so that the two columns and their difference decode each side once.
  const decoded = new Map();
  function readingOf(panel) {
    const key = `${panel.packed.length}/${panel.pieces.join("\u0000")}/${panel.packed.slice(0, 64)}/${panel.packed.slice(-64)}`;
    const known = decoded.get(key);
    if (known && known.panel.packed === panel.packed) return known;
    const made = reading(panel);
    if (decoded.size > 7) decoded.delete(decoded.keys().next().value);
    decoded.set(key, made);
    return made;
  }

  /** The unit with the largest share of a token. */
  function unitOf(units, token) {
    let best = 0;
    let most = -1;
    units.forEach(({ shares }, index) => {
      for (const [held, share] of shares)
        if (held === token && share > most) {
          most = share;
          best = index;
        }
    });
    return best;
  }

  /** The next unit from `focus` that a step of the keyboard can hold: several may share the token that is kept of them. */
  function stepped(units, focus, step) {
    for (let next = focus + step; next >= 0 && next < units.length; next += step)
      if (unitOf(units, units[next].shares[0][0]) === next) return next;
    return focus;
  }

  /** Initializes the shared state from a panel, or keeps the selected head and token if the text is unchanged. */
  function settle(shared, panel) {
    const state = shared.get();
    const text = panel.pieces.join("\u0000");
    const shape = `${panel.layers}/${panel.heads}`;
    if (state.shape !== shape) shared.set({ shape, layer: Math.min(panel.layer, panel.layers - 1), head: Math.min(panel.head, panel.heads - 1) });
    if (state.text !== text) shared.set({ text, pinned: panel.selected || panel.pieces.length - 1, hovered: null });
  }

  /** The head of a panel that the state names; one past the last layer or head is their mean. */
  const headOf = ({ layer, head }, panel) => ({
    layer: Math.min(layer, pgPanels.attention.mostIndex(panel.layers)),
    head: Math.min(head, pgPanels.attention.mostIndex(panel.heads)),
  });
  /** "arcs" or "matrix": what the visitor chose, else by the number of units. */
  const viewOf = (state) => state.view || (state.units > MOST_FOR_ARCS ? "matrix" : "arcs");
  const onlyFocus = (patch) => patch != null && Object.keys(patch).every((name) => name === "hovered" || name === "pinned");

  const shownUnit = ({ text }) => visiblePiece(text.trim() || text) || "·";
  const pair = (units, query, key, value) =>
    facts(el("span", {}, isolated(shownUnit(units[query])), " → ", isolated(shownUnit(units[key]))), [["", value]]);

  /** The units that the focused one reads, or that read it, heaviest first; of what it reads, also the hidden first token's weight. */
  function listing(words, units, line, focus, state, shown) {
    const kept = pgPanels.attention.carriers(line, state.mass, state.hideFirst ? 1 : 0);
    const reads = state.direction === "reads";
    const out = [el("span", { class: "pg-att-from" }, isolated(shownUnit(units[focus])), el("span", { class: "pg-sr", text: reads ? words.reads : words.readBy }), el("span", { "aria-hidden": "true", text: reads ? " →" : " ←" }))];
    kept.slice(0, 6).forEach(([key, value], rank) =>
      out.push(el("span", { class: "pg-att-item" }, el("i", { text: `${rank + 1}` }), isolated(shownUnit(units[key])), el("b", { text: shown(value) }))));
    if (kept.length > 6) out.push(el("span", { class: "pg-att-more", text: `+${kept.length - 6}` }));
    if (!kept.length) out.push(el("span", { class: "pg-att-more", text: words.none }));
    if (state.hideFirst && reads) out.push(el("span", { class: "pg-att-sink" }, `${words.hidden} `, el("b", { text: shown(line[0]) })));
    return out;
  }

  return { readingOf, unitOf, stepped, settle, headOf, viewOf, onlyFocus, shownUnit, pair, listing };
})());
