// Metrics: a strip of figures, A's in its colour, then B's, then B relative to A.
pgPanels.register("metrics", {
  create(host, context) {
    const { el, number, signed, hoverable } = pgPanels;
    const { words, say } = context;
    const strip = el("div", { class: "pg-strip", role: "list" });
    host.append(strip);
    let drawn = "";

    const shownValue = (value, item) => (typeof value === "number" ? number(value, item.digits, context.language) : say(value));

    /** B relative to A: a ratio if both are well above zero, else a difference. */
    function difference(item) {
      const { a, b } = item;
      if (typeof a !== "number" || typeof b !== "number") return null;
      if (number(a, item.digits) === number(b, item.digits)) return { text: "=", sense: "" };
      const ratio = a > 0 && b > 0 && (b / a >= 1.5 || b / a <= 0.67) ? `×${number(b / a, b / a >= 10 ? 0 : b / a >= 1 ? 1 : 2)}` : signed(b - a, item.digits, context.language);
      const better = item.better ? (item.better === "lower") === b < a : null;
      return { text: ratio, sense: better == null ? "" : better ? "better" : "worse" };
    }

    /** What an earlier run had, A's and B's; null for nothing. */
    function earlier(item, was) {
      if (!was) return null;
      const shown = [was.a, ...(item.b != null ? [was.b] : [])].map((value) => (value == null ? "—" : shownValue(value, item)));
      return el("small", { class: "pg-was" }, `${words.was} `, el("bdi", { text: shown.join(" · ") }));
    }

    function cell(item, was) {
      const unit = [say(item.unit), item.interval].filter(Boolean).join(" ");
      const both = item.b != null;
      const label = el("span", { class: "pg-strip-label" }, say(item.label));
      if (item.measured) label.append(el("span", { class: "pg-strip-measured", title: words.measuredHint, text: words.measured }));
      const side = (value, role) =>
        el("span", { class: `pg-strip-value${typeof value === "number" ? "" : " pg-strip-word"}${role ? ` pg-role-${role}` : ""}` },
          !role ? null : el("span", { class: "pg-sr", text: `${role.toUpperCase()} ` }),
          el("bdi", { text: value == null ? "—" : shownValue(value, item) }));
      const values = el("span", { class: "pg-strip-values" }, side(item.a, both ? "a" : ""), both ? side(item.b, "b") : null);
      if (unit) values.append(el("small", { class: "pg-strip-unit", text: unit }));
      const off = both ? difference(item) : null;
      if (off) values.append(el("small", {
        class: `pg-strip-off${off.sense ? ` pg-strip-${off.sense}` : ""}`,
        text: off.sense ? `${off.text} ${off.sense === "better" ? "✓" : "✗"}` : off.text,
        title: off.sense ? { zh: { better: "B 更好", worse: "B 更差" }, en: { better: "B is better", worse: "B is worse" } }[context.language][off.sense] : words.difference,
      }));
      const node = el("div", { class: "pg-strip-cell", role: "listitem" }, label, values, earlier(item, was));
      if (item.hint) {
        node.tabIndex = 0;
        node.classList.add("pg-strip-hinted");
        node.setAttribute("aria-description", say(item.hint));
        hoverable(node, () => el("div", { text: say(item.hint) }));
      }
      return node;
    }

    return {
      update(panel, _, was) {
        const now = JSON.stringify([panel.items, was]);
        if (now === drawn) return;
        drawn = now;
        strip.replaceChildren(...panel.items.map((item, index) => cell(item, was?.[index])));
        // Balanced rows: eight figures are four and four, not seven and one.
        strip.style.setProperty("--columns", Math.ceil(panel.items.length / Math.ceil(panel.items.length / 7)));
      },
    };
  },
});
