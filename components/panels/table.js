// Table: cells with right-aligned numbers; the rows of this run's settings are highlighted.
pgPanels.register("table", {
  create(host, context) {
    const { el, number } = pgPanels;
    const { say, words } = context;
    const table = el("table", { class: "pg-table-grid" });
    const scroller = el("div", { class: "pg-table-scroll", tabindex: "0", role: "region" }, table);
    host.append(scroller);
    let drawn = "";
    const SHORT = 16; // letters of a word that may stand in a column of figures, such as “broken (> 10⁶)”
    const isNumber = (value) => typeof value === "number";
    const written = (value, digits) => number(value, digits, context.language);
    const shown = (value, digits) => (value == null ? "—" : isNumber(value) ? written(value, Number.isInteger(value) ? 0 : digits) : say(value));

    // Figures with their interval, or two of them with a stroke: they need no room for words, and a line ends before an interval or a
    // pair, never within it.
    const isFigures = (cell) => cell != null && !isNumber(cell) && !/\p{L}/u.test(say(cell));
    const whole = (cell, text) =>
      isFigures(cell) ? text.split(/(\[[^\]]*\]|\S+ \/ \S+)/).filter(Boolean).map((part) => (/^\[| \/ /.test(part) ? el("span", { class: "pg-whole", text: part }) : part)) : [text];

    /** What an earlier run had in a cell; null for nothing. */
    const earlier = (value, own, otherwise) =>
      value == null ? null : el("small", { class: "pg-was" }, `${words.was} ${written(value, Number.isInteger(value) ? own : Math.max(own, otherwise))}`);

    return {
      update(panel, _, was) {
        const now = JSON.stringify([panel, was]);
        if (now === drawn) return;
        drawn = now;
        scroller.setAttribute("aria-label", panel.columns.map(say).join(", "));
        const cellsOf = (place) => panel.rows.map((row) => row[place]).filter((cell) => cell != null && cell !== "");
        // A column is numeric if all its non-empty cells are numbers; integer columns show no decimals.
        const numeric = panel.columns.map((_, place) => cellsOf(place).length > 0 && cellsOf(place).every(isNumber));
        // Figures with their intervals are aligned as numbers are, also where a word stands for one.
        const aligned = panel.columns.map((_, place) => {
          const cells = cellsOf(place);
          const words = cells.filter((cell) => !isNumber(cell) && !isFigures(cell));
          return numeric[place] || (cells.length > 0 && 2 * words.length <= cells.length && words.every((cell) => place > 0 && say(cell).length <= SHORT));
        });
        const classOf = (cell, place) => {
          if (isNumber(cell) || (cell == null && numeric[place])) return "pg-table-number";
          return [isFigures(cell) ? "pg-figures" : say(cell).length > 14 && !aligned[place] ? "pg-long" : "", aligned[place] ? "pg-table-end" : ""].filter(Boolean).join(" ") || null;
        };
        const digits = panel.columns.map((_, place) =>
          panel.rows.every((row) => row[place] == null || Number.isInteger(row[place])) ? 0 : panel.digits);
        const head = el("tr", {}, ...panel.columns.map((column, place) => el("th", { scope: "col", class: numeric[place] ? "pg-table-number" : aligned[place] ? "pg-table-end" : null }, say(column))));
        const rows = panel.rows.map((row, index) =>
          el("tr", { class: panel.highlight.includes(index) ? "pg-row-on" : null, "aria-current": panel.highlight.includes(index) ? "true" : null },
            ...row.map((cell, place) =>
              el("td", { class: classOf(cell, place) },
                el("bdi", {}, ...whole(cell, isNumber(cell) && numeric[place] ? written(cell, digits[place]) : shown(cell, panel.digits))), earlier(was?.[index]?.[place], digits[place], panel.digits)))));
        table.replaceChildren(el("thead", {}, head), el("tbody", {}, ...rows));
      },
    };
  },
});
