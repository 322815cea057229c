// Lattice: the words that fit into a run of characters, as arcs above it; the best path is thick.
(() => {
  const { el, svg, register, number, isolated, facts, hoverable, say, roving } = pgPanels;
  const WORDS = {
    zh: { label: "词图，方向键在词之间移动", best: "在最优路径上" },
    en: { label: "Word graph; arrow keys move between words", best: "on the best path" },
  };
  const STEP = 62;
  const LEVEL = 40;

  /** The height of every arc: above the arcs that it spans or crosses, one-character words lowest. */
  function levels(arcs) {
    const order = arcs.map((_, index) => index).sort((one, two) => (arcs[one].end - arcs[one].start) - (arcs[two].end - arcs[two].start) || arcs[one].start - arcs[two].start);
    const found = arcs.map(() => 0);
    const placed = [];
    for (const index of order) {
      const near = placed.filter((other) => arcs[other].start < arcs[index].end && arcs[index].start < arcs[other].end).map((other) => found[other]);
      let level = 1;
      while (near.includes(level)) level++;
      found[index] = level;
      placed.push(index);
    }
    return found;
  }

  function create(host, context) {
    const words = WORDS[context.language];
    const stage = el("div", { class: "pg-lattice-stage" });
    host.append(stage);
    let shown = [];
    let drawn = "";
    roving(stage, () => shown);

    function draw(panel) {
      const height = levels(panel.arcs);
      const top = Math.max(1, ...height) * LEVEL + 22;
      const width = panel.characters.length * STEP + 32;
      const x = (border) => 16 + border * STEP;
      const picture = svg("svg", { width, height: top + 40, viewBox: `0 0 ${width} ${top + 40}`, role: "group", "aria-label": words.label });
      panel.characters.forEach((character, index) => picture.append(svg("text", { class: "pg-lattice-char", x: x(index + 0.5), y: top + 28, text: character })));
      for (let border = 0; border <= panel.characters.length; border++) picture.append(svg("circle", { class: "pg-lattice-border", cx: x(border), cy: top, r: 3 }));
      const order = panel.arcs.map((_, index) => index).sort((one, two) => panel.arcs[one].best - panel.arcs[two].best || height[two] - height[one]);
      // Above all arcs, or an arc that crosses would strike a label out.
      const labels = [];
      const items = panel.arcs.map((arc, index) => {
        const rise = top - height[index] * LEVEL;
        const bend = Math.min(18, STEP / 4);
        const value = arc.value == null ? "" : number(arc.value, 1);
        const item = svg("g", { class: `pg-lattice-arc${arc.best ? " pg-best" : ""}`, tabindex: "-1", role: "img", "aria-label": [arc.text, `${say(panel.value_label, context.language)} ${value}`, arc.best ? words.best : ""].filter(Boolean).join(", ") },
          svg("path", { d: `M${x(arc.start)},${top} C${x(arc.start) + 4},${rise + 8} ${x(arc.start) + bend},${rise} ${x(arc.start) + bend + 6},${rise} L${x(arc.end) - bend - 6},${rise} C${x(arc.end) - bend},${rise} ${x(arc.end) - 4},${rise + 8} ${x(arc.end)},${top}` }));
        labels.push(svg("text", { class: `pg-lattice-label${arc.best ? " pg-best" : ""}`, "aria-hidden": "true", x: (x(arc.start) + x(arc.end)) / 2, y: rise - 4, text: arc.end - arc.start > 1 ? `${arc.text} ${value}` : value }));
        hoverable(item, () => facts(isolated(arc.text), [[say(panel.value_label, context.language), arc.value == null ? "" : number(arc.value, 3)], ...(arc.best ? [[words.best, "✓"]] : [])]));
        return item;
      });
      for (const index of order) picture.append(items[index]);
      picture.append(...labels);
      shown = items;
      if (items.length) items[0].setAttribute("tabindex", "0");
      stage.replaceChildren(picture);
    }

    return {
      update(next) {
        const now = JSON.stringify(next);
        if (now === drawn) return;
        drawn = now;
        draw(next);
      },
    };
  }

  register("lattice", { create });
})();
