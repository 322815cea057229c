// Attention: a small map of all heads, and one head, or a mean of heads, drawn over the words or as a matrix; A, B and their difference
// share head, token, unit and direction.
(() => {
  "use strict";
  const { el, register, number, probability, unit, unitSwitch, segmented, setText } = pgPanels;
  const attention = (pgPanels.attention ??= {}); // its parts are in the files after this one

  function create(host, context) {
    const words = attention.LABELS[context.language];
    const { shared, role } = context;
    const map = el("div");
    const known = el("div");
    const caption = el("div", { class: "pg-att-caption" });
    const arcs = el("div");
    const matrix = el("div", { class: "pg-att-matrix" });
    const list = el("div", { class: "pg-att-list", "aria-live": "polite" });
    const striking = pgPanels.striking.create(context);
    host.append(map, known, caption, arcs, matrix, list, striking.node);
    let now = null;
    const tone = () => role || "a";

    const onOpen = ({ layer, head }) => shared.set({ layer, head });
    const marked = () => now.panel.full_layers.length > 0 && now.panel.full_layers.length < now.panel.layers;
    /** Whether a layer sees the whole text or a window of it; "" where all layers do the same. */
    const reach = (layer) => (!marked() || layer >= now.panel.layers ? "" : now.panel.full_layers.includes(layer) ? words.full : words.window);
    const kinds = attention.kinds(known, { language: context.language, onOpen });
    const heads = attention.headMap(map, {
      words, onOpen,
      describe: {
        title: (layer, head) => words.title(layer, head, now.panel),
        rows: (layer, head) => [[words.hidden, number(now.firstMass(layer, head), 2)], ["", reach(layer)], ["", kinds.said({ layer, head })]],
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
    const words_ = attention.wordArcs(arcs, { onHover, onPin, onStrike, label: words.wordsLabel, describe: probability });
    const grid = attention.matrixView(matrix, {
      onHover, onPin, onStrike,
      onStep: (focus, step) => onPin(attention.stepped(now.units(unit.get()), focus, step)),
      describe: { label: `${words.matrixLabel}. ${words.matrixKeys}`, axes: words.axes, cell: (query, key, value) => attention.pair(now.units(unit.get()), query, key, probability(value)) },
    });

    /** `patch`: the changes; a new focused word doesn't redraw the map. */
    function redraw(_, patch) {
      if (!now) return;
      const state = shared.get();
      const { panel } = now;
      const { layer, head } = attention.headOf(state, panel);
      const first = state.hideFirst ? 1 : 0;
      kinds.draw(panel, { layer, head });
      if (!attention.onlyFocus(patch)) heads.draw({ source: now, layers: panel.layers, heads: panel.heads, length: panel.pieces.length, full: panel.full_layers, marked: marked(), tone,
        at: (l, h) => attention.triangleOf(now.weights, l, h), letter: kinds.letter, title: words.title(layer, head, panel), first, layer, head });
      const said = [reach(layer), kinds.said({ layer, head }), words.hiddenMean(number(now.firstMass(layer, head), 2), state.hideFirst)].filter(Boolean);
      caption.replaceChildren(el("b", { text: words.title(layer, head, panel) }), ` · ${said.join(" · ")}`);
      const units = now.units(unit.get());
      const values = now.opened(layer, head, unit.get());
      const line = (index, direction = "reads") => attention.lineOf(values, units.length, index, direction);
      const focus = attention.unitOf(units, Math.min(state.hovered ?? state.pinned, panel.pieces.length - 1));
      const shown = { units, values, line, direction: state.direction, mass: state.mass, first, focus, tone, dashed: () => false, strikes };
      const view = attention.viewOf(state);
      arcs.hidden = view !== "arcs";
      matrix.hidden = view !== "matrix";
      (view === "arcs" ? words_ : grid).draw(shown);
      list.replaceChildren(...attention.listing(words, units, line(focus, state.direction), focus, state, probability));
    }
    const counted = () => now && shared.set({ [`units${role}`]: now.units(unit.get()).length });

    shared.on(redraw);
    unit.on(host, () => {
      counted();
      redraw();
    });
    return {
      update(panel) {
        now = { ...attention.readingOf(panel), panel };
        striking.draw(panel, panel.units ?? []);
        attention.settle(shared, panel);
        counted();
        redraw();
      },
    };
  }

  function controls(slot, context) {
    const words = attention.LABELS[context.language];
    const { shared } = context;
    const view = segmented(words.view, [["arcs", words.arcs], ["matrix", words.matrix]], (value) => shared.set({ view: value }));
    const direction = segmented(words.direction, [["reads", words.reads, words.readsHint], ["read by", words.readBy, words.readByHint]], (value) => shared.set({ direction: value }));
    const slider = el("input", { type: "range", min: "0.1", max: "1", step: "0.05", value: "0.7", "aria-label": words.mass });
    const shown = el("output", { text: "0.70" });
    slider.addEventListener("input", () => shared.set({ mass: Number(slider.value) }));
    const hide = el("input", { type: "checkbox" });
    hide.addEventListener("change", () => shared.set({ hideFirst: hide.checked }));
    slot.replaceChildren(
      unitSwitch(context.language), view.node, direction.node,
      el("label", { class: "pg-label", title: words.massHint }, words.mass, slider, shown),
      el("label", { class: "pg-label" }, hide, words.hide));
    const follow = () => {
      const state = shared.get();
      view.press(attention.viewOf(state));
      direction.press(state.direction);
      hide.checked = state.hideFirst;
      slider.value = String(state.mass);
      setText(shown, state.mass.toFixed(2));
    };
    shared.on(follow);
    follow();
  }

  register("attention", {
    create, controls, between: (host, context) => attention.difference(host, context),
    shared: { mass: 0.7, hideFirst: true, view: "", direction: "reads", layer: 0, head: 0, pinned: 0, hovered: null },
  });
})();
