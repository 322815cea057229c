// Attention: a small map of all heads, and one head drawn over the words; A, B and their difference share head, token and unit.
(() => {
  const { el, register, number, signed, visiblePiece, isolated, unit, unitSwitch, segmented, facts, setText } = pgPanels;
  const WORDS = {
    zh: {
      full: "全局", window: "窗口", mass: "累计质量", hide: "隐藏首词元", arcs: "弧线", matrix: "矩阵", view: "画法",
      title: (layer, head) => `第 ${layer} 层 · 第 ${head} 头`, hidden: "首词元", hiddenMean: (value, hidden) => `首词元平均占 ${value}${hidden ? "（已隐藏）" : ""}`,
      keys: "方向键换头", difference: "A 与 B 之差", otherText: "两侧的文本不同，无法逐格相减。", wordsLabel: "文本的单元：选一个，看它读了哪里", matrixLabel: "注意力矩阵：每行一个查询，每列一个键，按文本顺序", none: "没有可画的权重",
      same: "这个头在 A 与 B 中完全相同", mean: "平均相差", massHint: "每个查询只画累计到这一份额的最重的几条",
      reading: "A 更大为实线，B 更大为虚线", farthest: "相差最大：",
    },
    en: {
      full: "full", window: "window", mass: "cumulative mass", hide: "hide first token", arcs: "arcs", matrix: "matrix", view: "View",
      title: (layer, head) => `Layer ${layer} · head ${head}`, hidden: "first token", hiddenMean: (value, hidden) => `first token holds ${value} on average${hidden ? " (hidden)" : ""}`,
      keys: "Arrow keys change the head", difference: "A against B", otherText: "The two sides read different texts, so they can't be subtracted cell by cell.", wordsLabel: "Units of the text: choose one to see what it reads", matrixLabel: "Attention matrix: a row per query, a column per key, in the order of the text", none: "No weight to draw",
      same: "This head is the same in A and B", mean: "mean difference", massHint: "Each query draws only its heaviest lines, up to this share",
      reading: "solid: more in A; dashed: more in B", farthest: "furthest apart:",
    },
  };

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
  const onlyFocus = (patch) => patch != null && Object.keys(patch).every((name) => name === "hovered" || name === "pinned");
  const asUnits = (units) => units.map(({ text, shares }) => ({ text, shares }));

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

  /** Initializes the shared state from a panel, or keeps the selected head and token if the text is unchanged. */
  function settle(shared, panel) {
    const state = shared.get();
    const text = panel.pieces.join("\u0000");
    const shape = `${panel.layers}/${panel.heads}`;
    if (state.shape !== shape) shared.set({ shape, layer: Math.min(panel.layer, panel.layers - 1), head: Math.min(panel.head, panel.heads - 1) });
    if (state.text !== text) shared.set({ text, pinned: panel.selected || panel.pieces.length - 1, hovered: null });
  }

  function create(host, context) {
    const words = WORDS[context.language];
    const { shared, role } = context;
    const map = el("div");
    const caption = el("div", { class: "pg-att-caption" });
    const arcs = el("div");
    const matrix = el("div", { class: "pg-att-matrix" });
    const list = el("div", { class: "pg-att-list", "aria-live": "polite" });
    const striking = pgPanels.striking.create(context);
    host.append(map, caption, arcs, matrix, list, striking.node);
    let now = null;
    const tone = () => role || "a";

    const heads = pgPanels.attention.headMap(map, {
      words,
      onOpen: ({ layer, head }) => shared.set({ layer, head }),
      describe: {
        title: (layer, head) => words.title(layer + 1, head + 1),
        rows: (layer, head) => [
          [words.hidden, now ? number(now.firstMass(layer, head), 2) : ""],
          ["", now && now.panel.full_layers.length && now.panel.full_layers.length < now.panel.layers ? (now.panel.full_layers.includes(layer) ? words.full : words.window) : ""],
        ],
      },
    });
    const token = (index) => now.units(unit.get())[index].shares[0][0];
    const onHover = (index) => shared.set({ hovered: index == null ? null : token(index) });
    const onPin = (index) => shared.set({ pinned: token(index), hovered: null });
    /** The unit of the explained text that a word shown belongs to; null where there is none. */
    const struckUnit = (index) => {
      if (!now || !striking.enabled()) return null;
      const unit_ = now.panel.owners[token(index)] ?? -1;
      return unit_ < 0 ? null : unit_;
    };
    const onStrike = (index) => struckUnit(index) != null && striking.click(struckUnit(index));
    const strikes = (index) => (struckUnit(index) == null ? null : { struck: striking.has(struckUnit(index)) });
    const words_ = pgPanels.attention.wordArcs(arcs, { onHover, onPin, onStrike, label: words.wordsLabel, describe: (value) => number(value, 3) });
    const grid = pgPanels.attention.matrixView(matrix, {
      onHover, onPin,
      describe: {
        matrix: words.matrixLabel,
        cell: (query, key, value) => pair(now.units(unit.get()), query, key, number(value, 3)),
      },
    });

    /** `patch`: the changes; a new focused word doesn't redraw the map. */
    function redraw(_, patch) {
      if (!now) return;
      const moved = !onlyFocus(patch);
      const state = shared.get();
      const { panel } = now;
      const layer = Math.min(state.layer, panel.layers - 1);
      const head = Math.min(state.head, panel.heads - 1);
      const marked = panel.full_layers.length > 0 && panel.full_layers.length < panel.layers;
      if (moved) heads.draw({ source: now, layers: panel.layers, heads: panel.heads, length: panel.pieces.length, full: panel.full_layers, marked, tone,
        at: (l, h) => pgPanels.attention.triangleOf(now.weights, l, h), first: state.hideFirst ? 1 : 0, layer, head });
      const kind = marked ? ` · ${panel.full_layers.includes(layer) ? words.full : words.window}` : "";
      caption.replaceChildren(el("b", { text: words.title(layer + 1, head + 1) }), kind, " · ",
        words.hiddenMean(number(now.firstMass(layer, head), 2), state.hideFirst));
      const units = now.units(unit.get());
      const values = now.opened(layer, head, unit.get());
      const row = (index) => values.subarray(index * units.length, (index + 1) * units.length);
      const focus = unitOf(units, Math.min(state.hovered ?? state.pinned, panel.pieces.length - 1));
      const first = state.hideFirst ? 1 : 0;
      const shown = { units, values, row, mass: state.mass, first, focus, tone, dashed: () => false, strikes };
      arcs.hidden = state.view !== "arcs";
      matrix.hidden = state.view !== "matrix";
      (state.view === "arcs" ? words_ : grid).draw(shown);
      list.replaceChildren(...listing(words, units, row(focus), focus, state, (value) => number(value, 3)));
    }

    shared.on(redraw);
    unit.on(host, () => redraw());
    return {
      update(panel) {
        now = { ...readingOf(panel), panel };
        striking.draw(panel, panel.units ?? []);
        settle(shared, panel);
        redraw();
      },
    };
  }

  const shownUnit = ({ text }) => visiblePiece(text.trim() || text) || "·";

  function pair(units, query, key, value) {
    return facts(el("span", {}, isolated(shownUnit(units[query])), " → ", isolated(shownUnit(units[key]))), [["", value]]);
  }

  /** The keys that the focused word attends to, heaviest first, and the hidden first token's weight. */
  function listing(words, units, row, focus, state, shown) {
    const first = state.hideFirst ? 1 : 0;
    const kept = pgPanels.attention.carriers(row, state.mass, first);
    const out = [el("span", { class: "pg-att-from" }, isolated(shownUnit(units[focus])), " →")];
    kept.slice(0, 6).forEach(([key, value], rank) =>
      out.push(el("span", { class: "pg-att-item" }, el("i", { text: `${rank + 1}` }), isolated(shownUnit(units[key])), el("b", { text: shown(value) }))));
    if (kept.length > 6) out.push(el("span", { class: "pg-att-more", text: `+${kept.length - 6}` }));
    if (!kept.length) out.push(el("span", { class: "pg-att-more", text: words.none }));
    if (state.hideFirst) out.push(el("span", { class: "pg-att-sink" }, `${words.hidden} `, el("b", { text: shown(row[0]) })));
    return out;
  }

  function controls(slot, context) {
    const words = WORDS[context.language];
    const { shared } = context;
    const view = segmented(words.view, [["arcs", words.arcs], ["matrix", words.matrix]], (value) => shared.set({ view: value }));
    const slider = el("input", { type: "range", min: "0.1", max: "1", step: "0.05", value: "0.7", "aria-label": words.mass });
    const shown = el("output", { text: "0.70" });
    slider.addEventListener("input", () => shared.set({ mass: Number(slider.value) }));
    const hide = el("input", { type: "checkbox" });
    hide.addEventListener("change", () => shared.set({ hideFirst: hide.checked }));
    slot.replaceChildren(
      unitSwitch(context.language), view.node,
      el("label", { class: "pg-label", title: words.massHint }, words.mass, slider, shown),
      el("label", { class: "pg-label" }, hide, words.hide));
    const follow = () => {
      const state = shared.get();
      view.press(state.view);
      hide.checked = state.hideFirst;
      slider.value = String(state.mass);
      setText(shown, state.mass.toFixed(2));
    };
    shared.on(follow);
    follow();
  }

  /** The difference of the two sides: where A attends more (solid) and where B attends more (dashed). */
  function between(host, context) {
    const words = WORDS[context.language];
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
    const heads = pgPanels.attention.headMap(map, {
      words, onOpen: ({ layer, head }) => shared.set({ layer, head }),
      describe: { title: (layer, head) => words.title(layer + 1, head + 1), rows: (layer, head) => [[words.mean, number(moved(layer, head), 3)]] },
    });
    const arcsView = pgPanels.attention.wordArcs(arcs, { onHover, onPin, label: words.wordsLabel, describe: (value) => signed(value, 3) });
    const grid = pgPanels.attention.matrixView(matrix, { onHover, onPin,
      describe: { matrix: words.matrixLabel, cell: (query, key, value) => pair(sides[0].units(unit.get()), query, key, signed(value, 3)) } });

    let last = {};
    /** A's matrix minus B's, recomputed only for another head or unit. */
    function differences(mine, theirs) {
      if (last.mine !== mine || last.theirs !== theirs) last = { mine, theirs, values: mine.map((value, place) => value - theirs[place]) };
      return last.values;
    }

    function redraw(_, patch) {
      if (!sides) return;
      const headMoved = !onlyFocus(patch);
      const state = shared.get();
      const [a] = sides;
      const layer = Math.min(state.layer, a.panel.layers - 1);
      const head = Math.min(state.head, a.panel.heads - 1);
      const first = state.hideFirst ? 1 : 0;
      if (headMoved) heads.draw({ source: all, layers: a.panel.layers, heads: a.panel.heads, length: a.panel.pieces.length, full: a.panel.full_layers,
        marked: a.panel.full_layers.length < a.panel.layers, at: all, tone, first, layer, head, gain });
      const units = a.units(unit.get());
      const [mine, theirs] = sides.map((side) => side.opened(layer, head, unit.get()));
      const values = differences(mine, theirs);
      const row = (index) => values.subarray(index * units.length, (index + 1) * units.length);
      const focus = unitOf(units, state.hovered ?? state.pinned);
      const apart = moved(layer, head);
      caption.replaceChildren(el("b", { text: words.title(layer + 1, head + 1) }), " · ", apart < 1e-4 ? words.same : `${words.mean} ${number(apart, 3)}`);
      if (farthest && farthest.apart >= 1e-4 && (farthest.layer !== layer || farthest.head !== head))
        caption.append(" · ", el("button", { type: "button", class: "pg-panel-link", text: `${words.farthest} ${words.title(farthest.layer + 1, farthest.head + 1)} (${number(farthest.apart, 3)})`,
          on: { click: () => shared.set({ layer: farthest.layer, head: farthest.head }) } }));
      const shown = { units, values, row, mass: state.mass, first, focus, tone, dashed, focusOnly: true };
      arcs.hidden = state.view !== "arcs";
      matrix.hidden = state.view !== "matrix";
      (state.view === "arcs" ? arcsView : grid).draw(shown);
      list.replaceChildren(...listing(words, units, row(focus), focus, state, (value) => signed(value, 3)));
    }
    shared.on(redraw);
    unit.on(host, () => redraw());

    return {
      update(a, b) {
        const same = a.layers === b.layers && a.heads === b.heads && a.pieces.join("\u0000") === b.pieces.join("\u0000");
        content.hidden = !same;
        setText(note, same ? "" : words.otherText);
        setText(title.querySelector("small"), same ? words.reading : "");
        sides = same ? [readingOf(a), readingOf(b)] : null;
        if (!same) return;
        let most = 0;
        for (let place = 0; place < sides[0].weights.values.length; place++)
          most = Math.max(most, Math.abs(sides[0].weights.values[place] - sides[1].weights.values[place]));
        gain = most > 1e-4 ? 1 / most : 1;
        const cache = new Map();
        all = (layer, head) => {
          const key = layer * a.heads + head;
          if (!cache.has(key)) {
            const mine = pgPanels.attention.triangleOf(sides[0].weights, layer, head);
            const theirs = pgPanels.attention.triangleOf(sides[1].weights, layer, head);
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
  }

  register("attention", { create, controls, between, shared: { mass: 0.7, hideFirst: true, view: "arcs", layer: 0, head: 0, pinned: 0, hovered: null } });
})();
