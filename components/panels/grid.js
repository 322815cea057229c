// Grid: numbers by row and column as coloured cells; a click on a cell sets the panel's setting and starts a run.
(() => {
  const { el, register, kinds, number, facts, isolated, hoverable, visiblePiece, roving, onLook } = pgPanels;
  const WORDS = {
    zh: { label: "方格，方向键移动，回车选中", chosen: "已选中", none: "没有值" },
    en: { label: "Grid; arrow keys move, Enter chooses", chosen: "chosen", none: "no value" },
  };
  // Wider grids have no room for numbers.
  const MOST_WRITTEN = 24;
  const digits = (span) => (span >= 50 ? 0 : span >= 5 ? 1 : span >= 0.05 ? 2 : 3);

  /** The ends of the colour scale. */
  function scaleOf(panel) {
    const known = panel.values.flat().filter((value) => value != null);
    const low = panel.low ?? Math.min(...known, 0);
    const high = panel.high ?? Math.max(...known, 0);
    if (!panel.diverging) return { low, high: high > low ? high : low + 1 };
    const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return { low: -reach, high: reach };
  }

  /** Black or white, whichever contrasts more with a colour as getComputedStyle writes it: 4.5 at least (WCAG 2). */
  function inkOn(colour) {
    const scale = colour.startsWith("rgb") ? 255 : 1;
    const [red, green, blue] = colour.replace(/^color\(srgb/, "").match(/[\d.]+(e-?\d+)?/g).map((part) => Number(part) / scale)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? "#000" : "#fff";
  }

  /** A cell's share of the positive or negative colour, and which. */
  function shade(value, panel, { low, high }) {
    if (panel.diverging) return { share: Math.min(1, Math.abs(value) / high), tone: value < 0 ? "neg" : "pos" };
    return { share: Math.min(1, Math.max(0, (value - low) / (high - low))), tone: "pos" };
  }

  function create(host, context) {
    const words = WORDS[context.language];
    const scroller = el("div", { class: "pg-grid-scroll", tabindex: "0", role: "region" });
    const foot = el("div", { class: "pg-grid-foot" });
    const result = el("div", { class: "pg-grid-result" });
    const resultLabel = el("h4", { class: "pg-grid-result-label" });
    const resultHost = el("div");
    result.append(resultLabel, resultHost);
    const table = kinds.table.create(resultHost, context);
    host.append(el("div", { class: "pg-grid-both" }, el("div", { class: "pg-grid-own" }, scroller, foot), result));
    let drawn = "";
    let cells = [];
    let width = 0;
    let wanted = null; // the clicked cell's place, which takes the focus once the result is drawn

    roving(scroller, () => cells, (index, key, list) => {
      const step = { ArrowDown: width, ArrowUp: -width }[key];
      if (step === undefined) return undefined;
      const next = index + step;
      return next >= 0 && next < list.length ? next : null;
    });

    function details(panel, row, column) {
      const value = panel.values[row][column];
      const name = `${context.say(panel.rows[row])} · ${visiblePiece(context.say(panel.columns[column]))}`;
      const text = panel.texts.length ? panel.texts[row][column] : "";
      return facts(isolated(name), [
        [context.say(panel.value_label), value == null ? words.none : number(value, 3)], ...(text ? [["", text]] : []),
        ...(panel.choices.length && panel.choices[row][column] != null && panel.click ? [["", context.say(panel.click)]] : []),
      ]);
    }

    function cell(panel, row, column, scale) {
      const value = panel.values[row][column];
      const choice = panel.choices.length ? panel.choices[row][column] : null;
      const chosen = panel.selected.some(([one, other]) => one === row && other === column);
      const { share, tone } = value == null ? { share: 0, tone: "pos" } : shade(value, panel, scale);
      const named = `${context.say(panel.rows[row])}, ${visiblePiece(context.say(panel.columns[column]))}: ${value == null ? words.none : number(value, 3)}${chosen ? `, ${words.chosen}` : ""}`;
      const node = el("button", {
        type: "button", class: `pg-grid-cell${chosen ? " pg-chosen" : ""}${value == null ? " pg-none" : ""}${choice == null ? " pg-still" : ""}`, tabindex: cells.length ? "-1" : "0",
        "aria-label": named, "aria-pressed": panel.choices.length ? String(chosen) : null, "aria-disabled": choice == null ? "true" : null,
        style: { "--share": `${Math.round(100 * share)}%`, "--tone": `var(--${tone})` },
        on: {
          click: () => {
            if (choice == null) return;
            wanted = cells.indexOf(node);
            host.setAttribute("aria-busy", "true");
            context.move({ values: { ...panel.resets, [panel.setting]: choice }, runs: true });
          },
        },
      }, panel.columns.length > MOST_WRITTEN || value == null ? null : number(value, digits(scale.high - scale.low)));
      hoverable(node, () => details(panel, row, column));
      cells.push(node);
      return el("td", {}, node);
    }

    function draw(panel) {
      const scale = scaleOf(panel);
      cells = [];
      width = panel.columns.length;
      const many = width > MOST_WRITTEN;
      const groups = panel.groups.length
        ? [el("tr", {}, el("td"), ...panel.groups.map((group) => el("th", { class: "pg-grid-group", colspan: group.columns, scope: "colgroup" }, context.say(group.name))))] : [];
      const starts = new Set();
      panel.groups.reduce((at, group) => (starts.add(at), at + group.columns), 0);
      const head = el("tr", {}, el("td"), ...panel.columns.map((column, place) =>
        el("th", { scope: "col", class: starts.has(place) ? "pg-grid-start" : null }, isolated(visiblePiece(context.say(column)) || "·"))));
      const body = panel.rows.map((row, at) => el("tr", {}, el("th", { scope: "row" }, context.say(row)), ...panel.columns.map((_, column) => {
        const node = cell(panel, at, column, scale);
        if (starts.has(column)) node.classList.add("pg-grid-start");
        return node;
      })));
      scroller.setAttribute("aria-label", `${context.say(panel.value_label)}. ${words.label}`);
      scroller.replaceChildren(el("table", { class: `pg-grid-table${many ? " pg-grid-many" : " pg-grid-written"}` }, el("thead", {}, ...groups, head), el("tbody", {}, ...body)));
      const places = digits(scale.high - scale.low);
      foot.replaceChildren(
        el("span", { text: number(scale.low, places) }), el("i", { class: `pg-grid-scale${panel.diverging ? " pg-diverging" : ""}`, "aria-hidden": "true" }),
        el("span", { text: number(scale.high, places) }), el("span", { text: context.say(panel.value_label) }),
        ...(panel.choices.length && panel.click ? [el("span", { class: "pg-grid-click", text: context.say(panel.click) })] : []));
    }

    function ink() {
      for (const node of cells) if (node.textContent) node.style.setProperty("--on", inkOn(getComputedStyle(node).backgroundColor));
    }
    onLook(scroller, ink);

    return {
      update(panel, _, was) {
        const now = JSON.stringify(panel);
        host.removeAttribute("aria-busy");
        if (panel.beside) table.update(panel.beside, null, was);
        if (now !== drawn) {
          drawn = now;
          const held = cells.indexOf(document.activeElement);
          draw(panel);
          ink();
          result.hidden = !panel.beside;
          resultLabel.textContent = context.say(panel.beside_label);
          const focus = wanted ?? held;
          wanted = null;
          if (focus >= 0 && cells[focus]) {
            cells[0].setAttribute("tabindex", "-1");
            cells[focus].setAttribute("tabindex", "0");
            cells[focus].focus({ preventScroll: true });
          }
        }
      },
    };
  }

  register("grid", { create });
})();
