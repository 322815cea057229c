// Table: cells with right-aligned numbers; the rows of this run's settings are highlighted.
pgPanels.register("table", {
  create(host, context) {
    const { el, number } = pgPanels;
    const { say, words } = context;
    const table = el("table", { class: "pg-table-grid" });
    const scroller = el("div", { class: "pg-table-scroll", tabindex: "0", role: "region" }, table);
    host.append(scroller);
    let drawn = "";
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
        // A column is numeric if all its non-empty cells are numbers; integer columns show no decimals.
        const numeric = panel.columns.map((_, place) => {
          const cells = panel.rows.map((row) => row[place]).filter((cell) => cell != null);
          return cells.length > 0 && cells.every(isNumber);
        });
        const digits = panel.columns.map((_, place) =>
          panel.rows.every((row) => row[place] == null || Number.isInteger(row[place])) ? 0 : panel.digits);
        const head = el("tr", {}, ...panel.columns.map((column, place) => el("th", { scope: "col", class: numeric[place] ? "pg-table-number" : null }, say(column))));
        const rows = panel.rows.map((row, index) =>
          el("tr", { class: panel.highlight.includes(index) ? "pg-row-on" : null, "aria-current": panel.highlight.includes(index) ? "true" : null },
            ...row.map((cell, place) =>
              el("td", { class: isNumber(cell) || (cell == null && numeric[place]) ? "pg-table-number" : isFigures(cell) ? "pg-figures" : say(cell).length > 14 ? "pg-long" : null },
                el("bdi", {}, ...whole(cell, isNumber(cell) && numeric[place] ? written(cell, digits[place]) : shown(cell, panel.digits))), earlier(was?.[index]?.[place], digits[place], panel.digits)))));
        table.replaceChildren(el("thead", {}, head), el("tbody", {}, ...rows));
      },
    };
  },
});
