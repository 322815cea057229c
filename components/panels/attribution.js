// Attribution: the sentence with tinted words, signed bars around zero with error bars, and the reliability.
(() => {
  const { el, register, number, signed, compact, isolated, hoverable, facts, setText, roving, visiblePiece } = pgPanels;
  const WORDS = {
    zh: {
      trusted: "可信", untrusted: "不可信", samples: (all, distinct) => `${all} 个样本${distinct == null ? "" : `，${distinct} 个不同`}`, seeds: (n) => `误差条：${n} 个种子`,
      agreement: (name, value) => `与${/^\w/.test(name) ? ` ${name} ` : name}的排名相关 ${value}`, probability: "概率", baseline: "基线", weight: "权重", spread: "范围", perturbed: (n) => `真实的扰动样本（${n}）`,
      without: "去掉它之后", withIt: "保留它的样本", others: "其他样本", all: (n) => `全部 ${n} 个词`, fewer: "只看最重的", opposite: "A、B 方向相反", absent: "这一侧没有这个词",
      raises: "提高", lowers: "降低", of: "的", none: "没有可解释的词", zeroInside: "范围含 0：方向不确定", sentence: "原句，按权重着色",
      deterministic: "确定性方法", fitHint: "R²：线性代理解释了多少方差，0 到 1",
    },
    en: {
      trusted: "Reliable", untrusted: "Not reliable", samples: (all, distinct) => `${all} samples${distinct == null ? "" : `, ${distinct} distinct`}`, seeds: (n) => `error bars: ${n} seeds`,
      agreement: (name, value) => `rank correlation with ${name} ${value}`, probability: "probability", baseline: "baseline", weight: "weight", spread: "spread", perturbed: (n) => `Perturbed texts really tried (${n})`,
      without: "without it", withIt: "with it", others: "other samples", all: (n) => `all ${n} words`, fewer: "heaviest only", opposite: "A and B point opposite ways", absent: "not a word of this side",
      raises: "raises", lowers: "lowers", of: " of ", none: "No word to explain", zeroInside: "the spread holds 0: direction uncertain", sentence: "The sentence, tinted by weight",
      deterministic: "deterministic", fitHint: "R²: share of the variance that the linear surrogate explains, 0 to 1",
    },
  };
  const FEW = 10;

  /** Contributions by word and occurrence, to match words of A and B. */
  function keyed(contributions) {
    const seen = new Map();
    return contributions.map((one, place) => {
      const count = (seen.get(one.text) || 0) + 1;
      seen.set(one.text, count);
      return { ...one, place, key: `${one.text}\u0000${count}` };
    });
  }

  /** Rows in a common order for both sides: by the larger absolute weight. */
  function order(mine, theirs) {
    const weight = new Map();
    const first = new Map();
    for (const side of [mine, theirs])
      side.forEach((one, place) => {
        weight.set(one.key, Math.max(weight.get(one.key) || 0, Math.abs(one.weight)));
        if (!first.has(one.key)) first.set(one.key, place);
      });
    return [...weight.keys()].sort((one, other) => weight.get(other) - weight.get(one) || first.get(one) - first.get(other));
  }

  /** The axis limit: covers all bars and error bars of both sides. */
  const reach = (all) => Math.max(1e-9, ...all.flatMap(({ weight, low, high }) => [Math.abs(weight), Math.abs(low ?? 0), Math.abs(high ?? 0)]));

  /** Whether the interval of a weight leaves its direction open. */
  const unsure = ({ low, high }) => low != null && high != null && low <= 0 && high >= 0;

  function create(host, context) {
    const words = WORDS[context.language];
    const { shared, say } = context;
    const about = el("div", { class: "pg-attr-about" });
    const sentence = el("div", { class: "pg-attr-sentence", dir: "auto", "aria-label": words.sentence });
    const chart = el("div", { class: "pg-attr-rows", role: "list" });
    const more = el("button", { type: "button", class: "pg-button pg-attr-more", on: { click: () => shared.set({ all: !shared.get().all }) } });
    const trust = el("div", { class: "pg-attr-trust" });
    const reason = el("div", { class: "pg-attr-reason" });
    const samples = el("details", { class: "pg-attr-samples" });
    const striking = pgPanels.striking.create(context);
    host.append(about, sentence, striking.node, chart, more, trust, reason, samples);
    let panel = null;
    let other = null;
    let mine = [];
    let nodes = [];
    let tinted = new Map();

    function details(one) {
      const box = facts(isolated(`“${visiblePiece(one.text)}”`), [
        [words.weight, signed(one.weight, 3)],
        [words.spread, one.low == null ? "" : `${signed(one.low, 3)} … ${signed(one.high, 3)}`],
      ]);
      const theirs = other && keyed(other.contributions).find(({ key }) => key === one.key);
      if (theirs && theirs.weight * one.weight < 0) box.append(el("div", { class: "pg-tip-note", text: `± ${words.opposite}` }));
      if (unsure(one)) box.append(el("div", { class: "pg-tip-note", text: words.zeroInside }));
      const lacking = panel.perturbed.filter(({ text }) => !text.includes(one.text)).slice(0, 3);
      const rest = panel.perturbed.filter(({ text }) => text.includes(one.text)).slice(0, lacking.length ? 1 : 3);
      for (const [name, group] of [[words.without, lacking], [words.withIt, rest]]) {
        if (!group.length) continue;
        box.append(el("div", { class: "pg-tip-note", text: name }));
        for (const { text, value } of group) box.append(el("div", { class: "pg-attr-tried" }, isolated(text), el("b", { text: number(value, 3) })));
      }
      return box;
    }

    const echo = (key, on) => shared.set({ key: on ? key : null });

    function row(key, most) {
      const one = mine.find((each) => each.key === key);
      const text = key.split("\u0000")[0];
      const node = el("div", { class: "pg-attr-row", role: "listitem", tabindex: "-1" }, isolated(visiblePiece(text), "pg-attr-word"));
      const bar = el("span", { class: "pg-attr-bar" });
      const value = el("span", { class: "pg-attr-value" });
      node.append(bar, value);
      node.dataset.key = key;
      if (!one) {
        value.textContent = "—";
        node.setAttribute("aria-label", `${text}: ${words.absent}`);
        hoverable(node, () => el("div", { text: words.absent }), () => echo(key, true), () => echo(key, false));
        return node;
      }
      const share = (part) => 50 + (part / most) * 50;
      const from = Math.min(50, share(one.weight));
      bar.append(el("i", { class: one.weight < 0 ? "pg-minus" : "pg-plus", style: { left: `${from}%`, width: `${Math.abs(share(one.weight) - 50)}%` } }));
      if (one.low != null && one.high != null)
        bar.append(el("u", { style: { left: `${share(one.low)}%`, width: `${Math.max(0.4, share(one.high) - share(one.low))}%` } }));
      const theirs = other && keyed(other.contributions).find((each) => each.key === key);
      const opposite = theirs && theirs.weight * one.weight < 0;
      if (opposite) value.append(el("span", { class: "pg-attr-opposite", text: "±", title: words.opposite }));
      value.append(signed(one.weight, most < 0.01 ? 4 : most < 0.1 ? 3 : 2));
      node.classList.toggle("pg-attr-unsure", unsure(one));
      node.setAttribute("aria-label", [`${text}: ${signed(one.weight, 3)}`, opposite && words.opposite, unsure(one) && words.zeroInside].filter(Boolean).join(", "));
      hoverable(node, () => details(one), () => echo(key, true), () => echo(key, false));
      return node;
    }

    /** A word of the sentence as a button that strikes it out. */
    function strikes(node, unit) {
      node.classList.add("pg-strikes");
      node.classList.toggle("pg-struck-out", striking.has(unit));
      node.setAttribute("role", "button");
      node.setAttribute("tabindex", unit ? "-1" : "0");
      node.setAttribute("aria-pressed", String(striking.has(unit)));
      node.setAttribute("aria-label", `${mine[unit].text}: ${striking.label(unit)}`);
      node.addEventListener("click", () => striking.click(unit));
      node.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        striking.click(unit);
      });
    }

    function drawSentence(most) {
      tinted = new Map();
      // Chinese words are joined directly, other words with a space.
      const spaced = mine.some(({ text }) => /[a-z]/i.test(text));
      sentence.replaceChildren();
      mine.forEach((one, place) => {
        const node = el("span", { class: `pg-attr-tint ${one.weight < 0 ? "pg-minus" : "pg-plus"}`, style: { "--w": (Math.abs(one.weight) / most).toFixed(3) } }, isolated(visiblePiece(one.text)));
        hoverable(node, () => details(one), () => echo(one.key, true), () => echo(one.key, false));
        if (striking.enabled()) strikes(node, place);
        tinted.set(one.key, node);
        if (place && spaced) sentence.append(" ");
        sentence.append(node);
      });
      sentence.hidden = !mine.length;
    }

    function drawTrust() {
      const items = [];
      // Only a fit or intervals can speak for weights: a method that has neither, such as attention, isn't called reliable. A fit is a
      // matter of degree: it is shown on its scale; only what is unreliable has a verdict too.
      const intervals = panel.contributions.some(({ low }) => low != null);
      const fitted = panel.fit != null;
      const marked = (name, sign, word) => el("span", { class: name }, el("i", { text: sign, "aria-hidden": "true" }), word);
      if (!panel.reliable) items.push(marked("pg-attr-bad", "!", words.untrusted));
      else if (intervals && !fitted) items.push(marked("pg-attr-good", "✓", words.trusted));
      if (fitted)
        items.push(el("span", { class: "pg-attr-fit", title: words.fitHint }, `R² ${number(panel.fit, 2)}`,
          el("i", { "aria-hidden": "true" }, el("u", { style: { width: `${100 * Math.max(0, Math.min(1, panel.fit))}%` } }))));
      if (!fitted && !intervals) items.push(el("span", { text: words.deterministic }));
      if (panel.samples != null) items.push(el("span", { text: words.samples(panel.samples, panel.distinct) }));
      if (panel.seeds > 1) items.push(el("span", { text: words.seeds(panel.seeds) }));
      if (panel.agreement != null) items.push(el("span", { text: words.agreement(say(panel.agreement_with), number(panel.agreement, 2)) }));
      trust.replaceChildren(...items);
      setText(reason, panel.reason ? say(panel.reason) : "");
      host.classList.toggle("pg-attr-unreliable", !panel.reliable);
    }

    function drawSamples() {
      samples.hidden = !panel.perturbed.length;
      const open = samples.open;
      samples.replaceChildren(el("summary", { text: words.perturbed(panel.perturbed.length) }),
        ...panel.perturbed.map(({ text, value }) => el("div", { class: "pg-attr-tried" }, isolated(text), el("b", { text: number(value, 3) }))));
      samples.open = open;
    }

    function redraw() {
      if (!panel) return;
      mine = keyed(panel.contributions);
      const theirs = other ? keyed(other.contributions) : [];
      const most = reach([...mine, ...theirs]);
      const keys = order(mine, theirs);
      const { all } = shared.get();
      // A target names its value; if it isn't a probability, the name comes first.
      const target = panel.value_label ? `${say(panel.value_label)} · ${say(panel.target)}` : say(panel.target);
      about.replaceChildren(el("b", { text: say(panel.method) }), el("span", {}, isolated(`${target} `), el("b", { text: compact(panel.value, context.language) })));
      if (panel.baseline != null) about.append(el("span", { class: "pg-attr-faint", text: `${words.baseline} ${compact(panel.baseline, context.language)}` }));
      striking.draw(panel, mine.map(({ text }) => text));
      const at = [...tinted.values()].indexOf(document.activeElement);
      drawSentence(most);
      // The keyboard stays on the word while its number comes.
      if (at >= 0) [...tinted.values()][at]?.focus({ preventScroll: true });
      nodes = keys.slice(0, all ? keys.length : FEW).map((key) => row(key, most));
      if (nodes.length) nodes[0].tabIndex = 0;
      const focused = chart.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      chart.replaceChildren(...(nodes.length ? nodes : [el("span", { class: "pg-attr-faint", text: words.none })]));
      const again = focused == null ? null : nodes.find((node) => node.dataset.key === focused);
      if (again) again.focus({ preventScroll: true });
      more.hidden = keys.length <= FEW;
      setText(more, all ? words.fewer : words.all(keys.length));
      drawTrust();
      drawSamples();
    }

    shared.on((state, patch) => {
      if ("all" in patch) redraw();
      for (const node of nodes) node.classList.toggle("pg-echo", node.dataset.key === state.key);
      for (const [key, node] of tinted) node.classList.toggle("pg-echo", key === state.key);
    });
    roving(chart, () => nodes);
    roving(sentence, () => [...tinted.values()]);
    let drawn = "";
    return {
      update(next, next_other) {
        const now = JSON.stringify([next, next_other && next_other.contributions]);
        if (now === drawn) return;
        drawn = now;
        panel = next;
        other = next_other;
        redraw();
      },
    };
  }

  register("attribution", { create, shared: { key: null, all: false } });
})();
