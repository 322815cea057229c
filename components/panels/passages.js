// Passages: texts side by side, with spans tinted by a score, marked, and explained on hover.
pgPanels.register("passages", {
  shared: {},
  create(host, context) {
    const { el, setText, number, hoverable, facts, isolated, roving } = pgPanels;
    const { say } = context;
    const TONES = ["a", "b", "warn", "faint"];
    const grid = el("div", { class: "pg-passages-grid" });
    host.append(grid);
    let label = "";

    function details(span) {
      const box = facts(null, [[label, span.score == null ? "" : number(span.score, 3)]]);
      if (say(span.note)) box.append(el("div", { class: "pg-tip-note", text: say(span.note) }));
      return box;
    }

    function stretch(span) {
      const tone = TONES.includes(span.tone) ? ` pg-span-${span.tone}` : "";
      const telling = span.score != null || say(span.note) || span.mark;
      const node = el("span", { class: `pg-span${tone}${span.mark ? " pg-span-marked" : ""}${span.score != null ? " pg-span-scored" : ""}` });
      if (span.score != null) node.style.setProperty("--w", Math.max(0, Math.min(1, span.score)).toFixed(3));
      if (span.mark) node.append(el("sup", { class: "pg-span-mark", text: span.mark }));
      node.append(isolated(span.text));
      if (!telling) return { node, telling };
      node.setAttribute("tabindex", "-1");
      const said = [span.text.trim(), span.score == null ? "" : `${label} ${number(span.score, 3)}`, say(span.note)];
      node.setAttribute("aria-label", [span.mark, ...said].filter(Boolean).join(", "));
      node.setAttribute("role", "note");
      hoverable(node, () => details(span));
      return { node, telling };
    }

    function card() {
      const name = el("b");
      const note = el("small");
      const text = el("div", { class: "pg-passage-text", dir: "auto" });
      const node = el("section", { class: "pg-passage" }, el("div", { class: "pg-passage-head" }, name, note), text);
      let drawn = "";
      let telling = [];
      roving(text, () => telling);
      return {
        node,
        update(passage) {
          setText(name, say(passage.name));
          setText(note, say(passage.note));
          node.setAttribute("aria-label", say(passage.name));
          const now = JSON.stringify([passage.spans, label]);
          if (now === drawn) return;
          drawn = now;
          const made = passage.spans.map(stretch);
          telling = made.filter((one) => one.telling).map((one) => one.node);
          if (telling.length) telling[0].tabIndex = 0;
          text.replaceChildren(...made.map((one) => one.node));
        },
      };
    }

    const cards = [];
    return {
      update(panel) {
        label = say(panel.score_label);
        while (cards.length > panel.passages.length) cards.pop().node.remove();
        panel.passages.forEach((passage, index) => {
          if (!cards[index]) {
            cards[index] = card();
            grid.append(cards[index].node);
          }
          cards[index].update(passage);
        });
      },
    };
  },
});
