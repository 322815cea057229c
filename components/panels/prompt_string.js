// Prompt string: the exact prompt, tinted by role; truncated parts are struck out in their original position.
pgPanels.register("prompt_string", {
  create(host, context) {
    const { el, hoverable, facts, number, roving } = pgPanels;
    const words = {
      zh: {
        frame: "示例对话", summary: "摘要", user: "用户", assistant: "助手", label: "角色名与换行", special: "模板标记", reply: "留给回复", free: "空余", dropped: "没有读到",
        tokens: "词元", turn: "轮次", keys: "键和值", kept: "上一轮留下", computed: "这一轮计算", budget: "预算 {n} 个词元", read: "读到 {n} 个", reused: "其中 {n} 个的键和值是上一轮留下的", lost: "框架没有读到",
      },
      en: {
        frame: "example chats", summary: "summary", user: "user", assistant: "assistant", label: "names and line breaks", special: "template marks", reply: "room for the reply", free: "free", dropped: "not read",
        tokens: "tokens", turn: "turn", keys: "keys and values", kept: "kept from the turn before", computed: "computed this turn", budget: "budget of {n} tokens", read: "{n} read", reused: "keys and values of {n} kept from the turn before", lost: "the examples aren't read",
      },
    }[context.language];
    const ROLES = ["frame", "summary", "user", "assistant", "label", "special"];
    const bar = el("div", { class: "pg-prompt-bar", role: "img" });
    const legend = el("div", { class: "pg-prompt-legend" });
    const line = el("div", { class: "pg-prompt-line" });
    const text = el("div", { class: "pg-prompt-text", dir: "auto", tabindex: "0" });
    host.append(line, bar, legend, text);
    let drawn = "";
    let spans = [];
    roving(text, () => spans);

    function stretch(part) {
      const role = ROLES.includes(part.role) ? part.role : "special";
      const node = el(part.dropped ? "del" : "span", { class: `pg-prompt-part pg-prompt-${role}${part.reused ? " pg-prompt-reused" : ""}`, role: "group", tabindex: "-1" });
      const lines = part.text.split("\n");
      lines.forEach((words, index) => {
        if (words) node.append(el("bdi", { text: words }));
        if (index < lines.length - 1) node.append(el("span", { class: "pg-prompt-break", "aria-hidden": "true", text: "↵" }), "\n");
      });
      const told = [words[role], part.turn ? `${words.turn} ${part.turn}` : "", part.dropped ? words.dropped : `${part.tokens} ${words.tokens}`];
      node.setAttribute("aria-label", `${told.filter(Boolean).join(", ")}: ${part.text.trim().slice(0, 80)}`);
      hoverable(node, () => facts(words[role], [
        [words.turn, part.turn ? `${part.turn}` : ""],
        [words.tokens, part.dropped ? words.dropped : number(part.tokens, 0)],
        [words.keys, part.dropped ? "" : part.reused ? words.kept : words.computed],
      ]));
      return node;
    }

    function draw(panel) {
      const kept = panel.parts.filter((part) => !part.dropped);
      const sums = Object.fromEntries(ROLES.map((role) => [role, kept.filter((part) => part.role === role).reduce((sum, part) => sum + part.tokens, 0)]));
      const reused = kept.reduce((sum, part) => sum + (part.reused ? part.tokens : 0), 0);
      const free = Math.max(0, panel.budget - panel.tokens - panel.reply_tokens);
      const shares = [...ROLES.map((role) => [role, sums[role]]), ["reply", panel.reply_tokens], ["free", free]].filter(([, count]) => count > 0);
      const whole = shares.reduce((sum, [, count]) => sum + count, 0) || 1;
      bar.replaceChildren(...shares.map(([role, count]) => el("i", { class: `pg-prompt-${role}`, style: { width: `${(100 * count) / whole}%` }, title: `${words[role]}: ${count} ${words.tokens}` })));
      bar.setAttribute("aria-label", shares.map(([role, count]) => `${words[role]} ${count}`).join(", "));
      line.textContent = [
        words.budget.replace("{n}", number(panel.budget, 0)), words.read.replace("{n}", number(panel.tokens, 0)),
        reused ? words.reused.replace("{n}", number(reused, 0)) : "",
      ].filter(Boolean).join(" · ");
      legend.replaceChildren(...shares.map(([role, count]) => el("span", { class: "pg-prompt-key" }, el("i", { class: `pg-prompt-${role}` }), `${words[role]} `, el("b", { text: number(count, 0) }))));
      spans = panel.parts.map(stretch);
      text.replaceChildren(...spans);
      // The examples are the same at every turn; differences come after them.
      const first = spans.find((_, index) => panel.parts[index].role !== "frame");
      if (first) requestAnimationFrame(() => (text.scrollTop = first.offsetTop - 56));
    }

    return {
      update(panel) {
        const now = JSON.stringify(panel);
        if (now === drawn) return;
        drawn = now;
        draw(panel);
      },
    };
  },
});
