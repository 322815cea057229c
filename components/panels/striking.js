// Striking words out: a click on a word of an explained text asks for the value without it; a second click puts it back.
(() => {
  "use strict";
  const { el, number, signed, isolated } = pgPanels;
  const WORDS = {
    zh: {
      hint: "点一个词（或按 Enter）划去它，看模型真实的新概率；再点放回。", without: "划去后", lime: "LIME 预测", limeHint: "截距 + 留下的词的权重", back: "全部放回",
      strike: "划去", putBack: "放回", missed: (gap) => `相差 ${gap}`,
    },
    en: {
      hint: "Click a word (or press Enter) to strike it out and see the model's real new probability; click again to put it back.", without: "without", lime: "LIME predicted", limeHint: "intercept + the weights of the words that stay",
      back: "Put all back", strike: "strike out", putBack: "put back", missed: (gap) => `off by ${gap}`,
    },
  };

  /** The setting's text once a unit is struck out or put back. `names`: of all units; a number and a text each, as the lab reads it. */
  function toggled(struck, unit, names) {
    const now = new Set(struck ? struck.units : []);
    if (!now.delete(unit)) now.add(unit);
    return [...now].sort((a, b) => a - b).map((one) => `${one}:${names[one].replaceAll("|", "")}`).join("|");
  }

  /** What a drawing needs: `node` says what is struck out and what comes of it; `draw(panel, names)`; `has(unit)`; `click(unit)`. */
  function create(context) {
    const words = WORDS[context.language];
    const node = el("div", { class: "pg-struck", role: "status" });
    let panel = null;
    let names = [];
    const set = (written) => context.move({ values: { [panel.strikes]: written }, runs: true });
    return {
      node,
      enabled: () => Boolean(panel && panel.strikes && context.values()),
      has: (unit) => Boolean(panel?.struck?.units.includes(unit)),
      label: (unit) => (panel?.struck?.units.includes(unit) ? words.putBack : words.strike),
      click(unit) {
        set(toggled(panel.struck, unit, names));
      },
      draw(next, all) {
        panel = next;
        names = all;
        node.hidden = !panel.strikes;
        const { struck } = panel;
        if (!struck) return node.replaceChildren(el("small", { text: context.values() ? words.hint : "" }));
        const change = struck.value - struck.whole;
        const parts = [
          el("span", {}, `${words.without} `, ...struck.units.flatMap((unit, place) => [place ? " " : "", el("s", {}, isolated(names[unit] ?? String(unit)))])),
          el("span", { class: "pg-struck-values" }, el("b", { text: number(struck.whole, 3) }), " → ", el("b", { class: "pg-struck-new", text: number(struck.value, 3) }), ` (${signed(change, 3)})`),
        ];
        if (struck.predicted != null)
          parts.push(el("span", { title: words.limeHint }, `${words.lime} `, el("b", { text: number(struck.predicted, 3) }), ` · ${words.missed(number(Math.abs(struck.predicted - struck.value), 3))}`));
        if (context.values()) parts.push(el("button", { type: "button", class: "pg-button pg-live", text: words.back, on: { click: () => set("") } }));
        node.replaceChildren(...parts, el("div", { class: "pg-struck-text" }, isolated(struck.text)));
      },
    };
  }

  pgPanels.striking = { create, toggled };
})();
