// Tokens: a prompt and its continuation, each token underlined by its probability.
// Updates change only tokens that differ, so a streaming text doesn't flicker.
pgPanels.register("tokens", {
  shared: { index: null },
  create(host, context) {
    const { el, setText, visiblePiece, isBlank, probability, hoverable, facts, isolated, roving } = pgPanels;
    const { language, shared } = context;
    const words = {
      zh: {
        probability: "概率", chosen: "处理后的概率", rank: "排名", others: "当时的候选", ended: "结束", writing: "正在生成", prompt: "提示",
        blank: "没有生成任何词元", first: "第一个词元",
      },
      en: {
        probability: "probability", chosen: "after processing", rank: "rank", others: "what could have come", ended: "Ended", writing: "writing", prompt: "prompt",
        blank: "No token was generated", first: "first token",
      },
    }[language];
    const prompt = el("bdi", { class: "pg-tokens-prompt", "aria-label": words.prompt });
    const line = el("span", { class: "pg-tokens-line", role: "list" });
    const caret = el("span", { class: "pg-caret", role: "status", "aria-label": words.writing });
    const ending = el("div", { class: "pg-tokens-ending" });
    host.append(el("div", { class: "pg-tokens-text", dir: "auto" }, prompt, line, caret), ending);

    const nodes = [];
    const drawn = [];
    let panel = null;

    function details(index) {
      const token = panel.tokens[index];
      const differs = token.chosen_probability != null && Math.abs(token.chosen_probability - (token.probability ?? -1)) > 5e-4;
      const box = facts(isolated(`“${visiblePiece(token.text)}”`), [
        [words.probability, token.probability == null ? "" : probability(token.probability)],
        [words.chosen, differs ? probability(token.chosen_probability) : ""],
        [words.rank, token.rank == null ? "" : `${token.rank}`],
      ]);
      if (index === panel.divergence) box.append(el("div", { class: "pg-tip-note", text: `⟂ ${context.words.firstDifference}` }));
      if (token.alternatives.length) {
        box.append(el("div", { class: "pg-tip-note", text: words.others }));
        const most = Math.max(...token.alternatives.map((other) => other.probability), token.probability ?? 0, 1e-9);
        const grid = el("div", { class: "pg-alternatives" });
        for (const other of token.alternatives) {
          const chosen = other.text === token.text;
          grid.append(
            el("bdi", { class: chosen ? "pg-chosen" : null, text: visiblePiece(other.text) || "∅" }),
            el("i", {}, el("u", { style: { width: `${(other.probability / most) * 100}%` } })),
            el("b", { text: probability(other.probability) }));
        }
        box.append(grid);
      }
      return box;
    }

    function add(index) {
      const node = el("span", { class: "pg-token", role: "listitem", tabindex: nodes.length ? "-1" : "0" });
      hoverable(node, () => (panel.tokens[index] ? details(index) : null), () => shared.set({ index }), () => shared.set({ index: null }));
      nodes.push(node);
      line.append(node);
    }

    function paint(index, token, diverges) {
      const signature = `${token.text}\u0000${token.probability}\u0000${diverges}`;
      if (drawn[index] === signature) return;
      drawn[index] = signature;
      const node = nodes[index];
      node.style.setProperty("--p", token.probability ?? 0);
      node.classList.toggle("pg-diverges", diverges);
      node.classList.toggle("pg-unknown", token.probability == null);
      const blank = isBlank(token.text);
      node.classList.toggle("pg-blank", blank);
      // A piece of line breaks shows its symbols and then breaks the line.
      const breaks = (token.text.match(/\n/g) || []).length;
      node.replaceChildren(el("bdi", { text: blank ? visiblePiece(token.text) : token.text.replace(/\n+$/, "") }));
      if (!blank && /\n+$/.test(token.text)) node.append(el("span", { class: "pg-invisible", text: visiblePiece(/\n+$/.exec(token.text)[0]) }));
      if (breaks && /\n$/.test(token.text)) node.append("\n");
      const spoken = [visiblePiece(token.text), token.probability == null ? "" : `${words.probability} ${probability(token.probability)}`, diverges ? context.words.firstDifference : ""];
      node.setAttribute("aria-label", spoken.filter(Boolean).join(", "));
    }

    shared.on(({ index }) => {
      for (const node of line.querySelectorAll(".pg-echo")) node.classList.remove("pg-echo");
      if (index != null && nodes[index]) nodes[index].classList.add("pg-echo");
    });
    roving(line, () => nodes);

    return {
      update(next) {
        panel = next;
        setText(prompt, panel.prompt);
        while (nodes.length > panel.tokens.length) {
          nodes.pop().remove();
          drawn.pop();
        }
        panel.tokens.forEach((token, index) => {
          if (!nodes[index]) add(index);
          paint(index, token, panel.divergence === index);
        });
        caret.hidden = panel.ending != null;
        host.setAttribute("aria-busy", panel.ending == null);
        const end = panel.ending == null ? "" : `${words.ended}${language === "zh" ? "：" : ": "}${context.say(panel.ending)}`;
        setText(ending, panel.tokens.length || panel.ending == null ? end : `${words.blank}${language === "zh" ? "。" : ". "}${end}`);
      },
    };
  },
});
