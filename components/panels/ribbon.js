// Ribbon: numbers per piece of a text, one small bar per piece and row; rows of the same unit share a scale in both columns.
pgPanels.register("ribbon", {
  shared: { index: null },
  create(host, context) {
    const { el, visiblePiece, isBlank, compact, hoverable, facts, isolated, roving } = pgPanels;
    const { say, language, shared } = context;
    const legend = el("div", { class: "pg-ribbon-legend" });
    const flow = el("div", { class: "pg-ribbon-flow", role: "list", dir: "auto" });
    host.append(legend, flow);
    let panel = null;
    let drawn = "";
    let nodes = [];

    /** The largest absolute value of all rows of one unit, on both sides. */
    function scales(other) {
      const most = {};
      for (const one of [panel, other])
        for (const row of one ? one.rows : [])
          for (const value of row.values)
            if (value != null) most[say(row.unit)] = Math.max(most[say(row.unit)] || 1e-12, Math.abs(value));
      return most;
    }

    function bar(row, value, most) {
      const cell = el("span", { class: `pg-ribbon-cell${panel.diverging ? " pg-ribbon-diverging" : ""}${row.role ? ` pg-role-${row.role}` : ""}` });
      if (value == null) return cell;
      const share = Math.min(1, Math.abs(value) / most);
      const sign = panel.diverging ? (value < 0 ? "pg-down" : "pg-up") : "pg-plain";
      cell.append(el("i", { class: sign, style: { "--share": share.toFixed(4) } }));
      return cell;
    }

    function column(piece, index, most) {
      const marked = panel.marks.includes(index);
      const node = el("span", { class: `pg-ribbon-piece${marked ? " pg-ribbon-marked" : ""}`, role: "listitem", tabindex: index ? "-1" : "0" },
        el("bdi", { class: `pg-ribbon-text${isBlank(piece) ? " pg-invisible" : ""}`, text: visiblePiece(piece).trim() || (piece === "" ? "·" : "␣") }),
        ...panel.rows.map((row) => bar(row, row.values[index], most[say(row.unit)])));
      const values = panel.rows.map((row) => [say(row.name), `${compact(row.values[index], language)}${say(row.unit) ? ` ${say(row.unit)}` : ""}`]);
      node.setAttribute("aria-label", [visiblePiece(piece), ...values.map((pair) => pair.join(" "))].join(", "));
      hoverable(node, () => {
        const box = facts(isolated(`“${visiblePiece(piece)}” · ${index + 1}`), values);
        if (marked && say(panel.mark)) box.append(el("div", { class: "pg-tip-note", text: `⟂ ${say(panel.mark)}` }));
        return box;
      }, () => shared.set({ index }), () => shared.set({ index: null }));
      return node;
    }

    shared.on(({ index }) => {
      for (const node of nodes) node.classList.remove("pg-echo");
      if (index != null && nodes[index]) nodes[index].classList.add("pg-echo");
    });
    roving(flow, () => nodes);

    return {
      update(next, other) {
        panel = next;
        const now = JSON.stringify([panel, other && other.rows]);
        if (now === drawn) return;
        drawn = now;
        const most = scales(other);
        legend.replaceChildren(...panel.rows.map((row) =>
          el("span", { class: `pg-ribbon-key${row.role ? ` pg-role-${row.role}` : ""}` }, el("i"), el("span", { text: say(row.name) }),
            el("small", { text: `${language === "zh" ? "满格" : "full bar"} ${panel.diverging ? "±" : ""}${compact(most[say(row.unit)], language)}${say(row.unit) ? ` ${say(row.unit)}` : ""}` }))));
        if (panel.marks.length && say(panel.mark)) legend.append(el("span", { class: "pg-ribbon-key" }, el("small", { text: `⟂ ${say(panel.mark)}` })));
        nodes = panel.pieces.map((piece, index) => column(piece, index, most));
        flow.replaceChildren(...nodes);
      },
    };
  },
});
