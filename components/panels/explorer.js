// Step explorer: next-token candidates as buttons, the text so far, and the tree of tried tokens. A click forces a token or
// goes back: it sets the panel's setting and starts a run, whose result is drawn in place with the focus restored.
(() => {
  "use strict";
  const { el, setText, register, number, significant, power, probability, isolated, facts, hoverable, visiblePiece, isBlank, roving, onLook } = pgPanels;
  const WORDS = {
    zh: {
      choices: "下一个词元的候选，方向键选择，回车写下，退格回一步", choice: "第 {rank} 名，概率 {p}", tried: "试过", ends: "结束", part: "字符的一部分，字节 {bytes}",
      completes: "补全为“{character}”", entropy: "熵 {h} nat，相当于在 {n} 个同样可能的词元里选", others: "其余 {n} 个词元", back: "← 退一步", start: "回到提示", cut: "剪掉此处以后",
      clear: "全部清空", tree: "试过的树，方向键移动，回车回到那里", text: "写下的文字，点一个词元回到它之后", root: "提示", here: "当前位置", p: "概率", ppl: "困惑度", path: "路径的 ln p",
      rank: "名次", over: "文本已结束：最后写下的是结束符。退一步可以改走别处。", full: "树已满（{n} 个词元）：剪掉一些分支才能写下新的。", empty: "还没有试过任何词元：点一个候选。",
      said: "现在在“{text}”之后，有 {n} 个候选，最可能的是“{first}”，概率 {p}", next: "下一个词元",
    },
    en: {
      choices: "Candidates for the next token; arrow keys choose, Enter forces, Backspace goes back", choice: "rank {rank}, probability {p}", tried: "tried", ends: "end of text",
      part: "a part of a character, bytes {bytes}", completes: "completes “{character}”", entropy: "entropy {h} nat, like choosing among {n} equally likely tokens", others: "the other {n} tokens", back: "← Back one",
      start: "To the prompt", cut: "Cut from here on", clear: "Clear all", tree: "The tree of what was tried; arrow keys move, Enter goes there", text: "What was written; click a token to go back to right after it",
      root: "prompt", here: "you are here", p: "probability", ppl: "perplexity", path: "ln p of the path", rank: "rank", over: "The text has ended: its last token says so. Go back one to take another way.",
      full: "The tree is full ({n} tokens): cut some branches to force new ones.", empty: "Nothing was tried yet: click a candidate.",
      said: "Now after “{text}”: {n} candidates, the likeliest is “{first}”, probability {p}", next: "next token",
    },
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const ROW = 30;

  /** A token's readable form: its text, or its bytes. */
  const named = ({ text, bytes }) => (bytes ? `⟨${bytes}⟩` : visiblePiece(text));
  /** Formats a possibly tiny probability, also one that is no number any more: 0.123, 3.1×10⁻⁹, 3.1×10⁻⁴⁰⁰. */
  function chance(logProbability) {
    if (logProbability == null) return "—";
    const value = Math.exp(logProbability);
    if (value >= 1e-300) return value >= 0.001 ? number(value, 3) : significant(value, 2);
    const exponent = Math.floor(logProbability / Math.LN10);
    return `${number(Math.exp(logProbability - exponent * Math.LN10), 1)}${power(exponent)}`;
  }

  function create(host, context) {
    const words = WORDS[context.language];
    const text = el("div", { class: "pg-ex-text", dir: "auto", role: "group", "aria-label": words.text });
    const back = el("button", { type: "button", class: "pg-button pg-ex-back", text: words.back, on: { click: () => goBack() } });
    const start = el("button", { type: "button", class: "pg-button pg-ex-start", text: words.start, on: { click: () => go(0) } });
    const cut = el("button", { type: "button", class: "pg-button pg-ex-cut", text: words.cut, on: { click: () => move(panel.without, "choices") } });
    const clear = el("button", { type: "button", class: "pg-button pg-ex-clear", text: words.clear, on: { click: () => move("", "choices") } });
    const note = el("p", { class: "pg-ex-note" });
    const measure = el("p", { class: "pg-ex-measure" });
    const choices = el("div", { class: "pg-ex-choices", role: "group", "aria-label": words.choices });
    const rest = el("div", { class: "pg-ex-choice pg-ex-rest" }, el("span"), el("span", { class: "pg-ex-token" }), el("span"), el("b"));
    const tree = el("div", { class: "pg-ex-tree", role: "tree", "aria-label": words.tree });
    const said = el("p", { class: "pg-sr", role: "status" });
    host.append(
      text, el("div", { class: "pg-ex-buttons" }, back, start, cut, clear), note,
      el("div", { class: "pg-ex-two" }, el("div", { class: "pg-ex-next" }, measure, choices, rest), tree), said);

    let panel = null;
    let byId = new Map();
    let at = 0; // the current node after all pending clicks
    let wanted = null; // focus target after the result is drawn: "choices", "tree", or a node's number among the choices
    const rows = [];
    const chips = new Map();

    // ---- clicks

    function move(value, focus) {
      wanted = focus;
      host.setAttribute("aria-busy", "true");
      context.move({ values: { ...panel.resets, [panel.setting]: value }, runs: true });
    }
    function go(node, focus = "choices") {
      if (node === at) return;
      at = node;
      move(`${panel.stem}!${node}`, focus);
    }
    function goBack(focus) {
      const node = byId.get(at);
      if (node && node.parent != null) go(node.parent, focus ?? node.id);
    }
    function force(index) {
      const choice = panel.choices[index];
      if (at !== panel.current || !choice || choice.value == null) return; // these candidates belong to an earlier node
      at = choice.node ?? -1;
      move(choice.value, "choices");
    }
    host.addEventListener("keydown", (event) => {
      if (event.key !== "Backspace" || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      goBack(tree.contains(document.activeElement) ? "tree" : undefined);
    });

    // ---- candidates

    function addRow() {
      const index = rows.length;
      const row = el("button", { type: "button", class: "pg-ex-choice", tabindex: index ? "-1" : "0", on: { click: () => force(index) } },
        el("span", { class: "pg-ex-rank" }), el("bdi", { class: "pg-ex-token" }), el("i", {}, el("u")), el("b"));
      rows.push(row);
      choices.append(row);
    }
    function paintChoice(row, choice, widest) {
      const [rank, token, bar, value] = row.children;
      setText(rank, `${choice.rank}`);
      token.classList.toggle("pg-ex-bytes", Boolean(choice.bytes));
      setText(token, `${named(choice)}${choice.completes ? ` → ${choice.completes}` : ""}${choice.ends ? ` ${words.ends}` : ""}`);
      bar.firstChild.style.width = `${(100 * choice.probability) / widest}%`;
      setText(value, probability(choice.probability));
      row.classList.toggle("pg-ex-tried", choice.node != null);
      row.disabled = choice.value == null;
      const extra = [choice.bytes && fill(words.part, { bytes: choice.bytes }), choice.completes && fill(words.completes, { character: choice.completes }), choice.node != null && words.tried].filter(Boolean);
      row.title = extra.join(" · ");
      row.setAttribute("aria-label", [named(choice), fill(words.choice, { rank: choice.rank, p: probability(choice.probability) }), ...extra].join(", "));
    }
    function paintChoices() {
      const widest = Math.max(1e-12, ...panel.choices.map((choice) => choice.probability));
      while (rows.length < panel.choices.length) addRow();
      while (rows.length > panel.choices.length) rows.pop().remove();
      panel.choices.forEach((choice, index) => paintChoice(rows[index], choice, widest));
      // One tab stop: the row that has the focus, else the first.
      const focused = rows.indexOf(document.activeElement);
      rows.forEach((row, index) => row.setAttribute("tabindex", index === Math.max(0, focused) ? "0" : "-1"));
      rest.hidden = !panel.choices.length;
      const [, name, , value] = rest.children;
      setText(name, fill(words.others, { n: number(panel.others, 0) }));
      setText(value, probability(panel.rest));
      setText(measure, panel.entropy == null ? words.over : fill(words.entropy, { h: number(panel.entropy, 2), n: number(Math.exp(panel.entropy), Math.exp(panel.entropy) < 10 ? 1 : 0) }));
    }
    roving(choices, () => rows);

    // ---- the text so far

    const line = (id) => {
      const found = [];
      for (let node = byId.get(id); node && node.parent != null; node = byId.get(node.parent)) found.unshift(node);
      return found;
    };
    function details(node) {
      const title = line(node.id).map(named).join("");
      return facts(isolated(title.length > 100 ? `…${title.slice(-100)}` : title || words.root), [
        [words.p, node.probability == null ? "" : probability(node.probability)], [words.rank, node.rank == null ? "" : `${node.rank}`],
        [words.path, node.log_probability == null ? "" : number(node.log_probability, 3)], [words.ppl, node.perplexity == null ? "" : number(node.perplexity, 2)],
        ["", node.bytes ? fill(words.part, { bytes: node.bytes }) : ""],
      ]);
    }
    function paintText() {
      const way = line(panel.current);
      const held = [...text.querySelectorAll("button")].indexOf(document.activeElement);
      const tokens = way.map((node, index) => {
        const shown = panel.written[index];
        const button = el("button", {
          type: "button", class: `pg-ex-written${shown === "" ? " pg-ex-joined" : ""}`, tabindex: index === way.length - 1 ? "0" : "-1", "data-node": node.id,
          style: { "--p": node.probability ?? 0 }, on: { click: () => go(node.id) },
          "aria-label": `${shown || named(node)}, ${words.p} ${probability(node.probability)}`,
        }, el("bdi", { text: isBlank(shown) ? visiblePiece(shown) || "‿" : shown.replace(/\n+$/, "") || visiblePiece(shown) }));
        hoverable(button, () => details(node));
        return button;
      });
      text.replaceChildren(
        el("bdi", { class: "pg-ex-prompt", text: panel.prompt }), ...tokens,
        el("span", { class: "pg-ex-caret", title: words.here }));
      if (held >= 0 && tokens.length) tokens[Math.min(held, tokens.length - 1)].focus();
    }
    roving(text, () => [...text.querySelectorAll("button")]);

    // ---- the tree: one row per branch, directly below its branching point

    function layout() {
      const children = new Map(panel.nodes.map((node) => [node.id, []]));
      for (const node of panel.nodes) if (node.parent != null) children.get(node.parent).push(node);
      const branches = [];
      // Deeper branches first, so that the line to a shallower one crosses none of their tokens.
      const waiting = [[panel.nodes[0], null]];
      while (waiting.length) {
        const [first, from] = waiting.pop();
        const chain = [];
        for (let node = first; node; node = children.get(node.id)[0]) chain.push(node);
        branches.push({ from, chain });
        for (const node of chain) for (const child of children.get(node.id).slice(1).reverse()) waiting.push([child, node.id]);
      }
      return { branches, children };
    }
    function paintTree() {
      const { branches, children } = layout();
      const active = tree.contains(document.activeElement) ? document.activeElement.dataset.node : null;
      const onWay = new Set([0, ...line(panel.current).map((node) => node.id)]);
      chips.clear();
      tree.hidden = panel.nodes.length < 2;
      const head = el("div", { class: "pg-ex-branch pg-ex-head", "aria-hidden": "true" }, el("span", { class: "pg-ex-run" }),
        el("span", { class: "pg-ex-number", text: words.p }), el("span", { class: "pg-ex-number", text: words.ppl }));
      const rowOf = new Map();
      tree.replaceChildren(head, ...branches.map(({ from, chain }, index) => {
        const run = el("span", { class: "pg-ex-run" });
        for (const node of chain) {
          const root = node.parent == null;
          const here = node.id === panel.current;
          const chip = el("button", {
            type: "button", role: "treeitem", class: `pg-ex-chip${onWay.has(node.id) ? " pg-ex-on" : ""}${here ? " pg-ex-here" : ""}${node.bytes ? " pg-ex-bytes" : ""}${root ? " pg-ex-root" : ""}`,
            tabindex: here ? "0" : "-1", "data-node": node.id, "aria-level": line(node.id).length + 1, "aria-selected": here ? "true" : "false", text: root ? words.root : named(node),
            "aria-label": root ? words.root : `${named(node)}, ${words.p} ${probability(node.probability)}${here ? `, ${words.here}` : ""}`,
            on: { click: () => go(node.id, "tree"), keydown: (event) => walk(event, node, children) },
          });
          if (!root) hoverable(chip, () => details(node));
          chips.set(node.id, chip);
          rowOf.set(node.id, index);
          run.append(chip);
        }
        const last = chain[chain.length - 1];
        if (from != null) run.firstChild.classList.add("pg-ex-fork");
        return el("div", { class: "pg-ex-branch", role: "none" }, run,
          el("span", { class: "pg-ex-number", text: last.parent == null ? "" : chance(last.log_probability) }),
          el("span", { class: "pg-ex-number", text: last.perplexity == null ? "" : number(last.perplexity, last.perplexity < 100 ? 2 : 0) }));
      }));
      for (const { from, chain } of branches)
        if (from != null) {
          const chip = chips.get(chain[0].id);
          chip.style.setProperty("--up", `${ROW * (rowOf.get(chain[0].id) - rowOf.get(from))}px`);
        }
      indent(branches);
      if (active != null && wanted == null) (chips.get(Number(active)) || chips.get(panel.current)).focus();
    }
    function indent(branches) {
      for (const { from, chain } of branches) {
        if (from == null) continue;
        const up = chips.get(from);
        chips.get(chain[0].id).parentNode.style.paddingLeft = `${up.offsetLeft + up.offsetWidth + 14}px`;
      }
    }
    function walk(event, node, children) {
      const siblings = node.parent == null ? [node] : children.get(node.parent);
      const place = siblings.indexOf(node);
      const next = { ArrowLeft: byId.get(node.parent), ArrowRight: children.get(node.id)[0], ArrowUp: siblings[place - 1], ArrowDown: siblings[place + 1] }[event.key];
      if (!next) return;
      event.preventDefault();
      chips.get(node.id).setAttribute("tabindex", "-1");
      chips.get(next.id).setAttribute("tabindex", "0");
      chips.get(next.id).focus();
    }

    // ---- a result

    function restoreFocus() {
      const focus = wanted;
      wanted = null;
      host.removeAttribute("aria-busy");
      if (focus == null) return;
      if (focus === "tree") return (chips.get(panel.current) || rows[0] || back).focus({ preventScroll: true });
      const row = typeof focus === "number" ? panel.choices.findIndex((choice) => choice.node === focus) : 0;
      const target = rows[Math.max(0, row)] || back;
      for (const other of rows) other.setAttribute("tabindex", other === target ? "0" : "-1");
      target.focus({ preventScroll: true });
      const first = panel.choices[0];
      setText(said, first ? fill(words.said, { text: line(panel.current).slice(-8).map(named).join("") || words.root, n: panel.choices.length, first: named(first), p: probability(first.probability) }) : words.over);
    }
    let drawn = "";
    onLook(host, () => panel && paintTree());

    return {
      update(next) {
        const now = JSON.stringify(next);
        if (now === drawn) return restoreFocus();
        drawn = now;
        const moved = !panel || panel.current !== next.current || panel.stem !== next.stem;
        panel = next;
        byId = new Map(panel.nodes.map((node) => [node.id, node]));
        if (moved || !byId.has(at)) at = panel.current;
        paintText();
        paintChoices();
        paintTree();
        const full = panel.choices.some((choice) => choice.value == null);
        setText(note, [context.say(panel.note), full ? fill(words.full, { n: panel.nodes.length - 1 }) : "", panel.nodes.length < 2 ? words.empty : ""].filter(Boolean).join(" "));
        for (const button of [back, start, cut]) button.disabled = panel.current === 0;
        clear.disabled = panel.nodes.length < 2;
        restoreFocus();
      },
    };
  }

  register("explorer", { create });
})();
