// Chat: a conversation with what each side's prompt still includes, replies side by side, and an input for the next message.
// Updates change only differences, so a streaming reply doesn't disturb a turn that is being edited.
pgPanels.register("chat", {
  create(host, context) {
    const { el, setText, isolated } = pgPanels;
    const { language, say, move } = context;
    const words = {
      zh: {
        kept: "读到", part: "只读到一部分", summarised: "已概括为摘要", dropped: "没有读到", edit: "编辑", resend: "从这里重发", cancel: "取消",
        retry: "重试", retryHint: "换一个随机种子，以采样重新回复", placeholder: "接着说……", hint: "Enter 发送，Shift+Enter 换行", send: "发送",
        adopt: "接着这条说", adopted: "对话接着这条", tokens: "个词元", writing: "正在回复", silent: "（没有回复）", log: "对话", message: "新消息", turn: "第 {n} 轮",
      },
      en: {
        kept: "read", part: "read in part", summarised: "summed up", dropped: "not read", edit: "Edit", resend: "Resend from here", cancel: "Cancel",
        retry: "Retry", retryHint: "Reply anew with another seed, by sampling", placeholder: "Go on…", hint: "Enter sends, Shift+Enter breaks the line", send: "Send",
        adopt: "Go on with this", adopted: "The chat goes on with this", tokens: "tokens", writing: "replying", silent: "(no reply)", log: "Chat", message: "New message", turn: "turn {n}",
      },
    }[language];
    const MARKS = { kept: "", part: "½", summarised: "≈", dropped: "✕" };

    const log = el("div", { class: "pg-chat-log", role: "log", "aria-live": "off", "aria-label": words.log, tabindex: "0" });
    const said = el("div");
    const last = el("div");
    log.append(said, last);
    const box = el("textarea", { class: "pg-chat-box", rows: "1", placeholder: words.placeholder, "aria-label": words.message, title: words.hint });
    const send = el("button", { type: "button", class: "pg-chat-send", text: words.send, on: { click: () => speak() } });
    host.append(log, el("div", { class: "pg-chat-composer" }, box, send));
    fits(box);
    entered(box, () => speak());

    let panel = null;
    let adopted = "a";
    let done = ""; // the last `then` executed here
    const nodes = [];

    function speak() {
      const text = box.value.trim();
      if (!text || !panel) return box.focus();
      box.value = "";
      box.dispatchEvent(new Event("resize"));
      move({ values: { [panel.message_field]: text }, runs: true });
    }

    /** Enter calls `sends`, except while an input method is composing. */
    function entered(area, sends) {
      area.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        sends();
      });
    }
    /** Resizes it to its text, up to six lines. */
    function fits(area) {
      const fit = () => {
        area.style.height = "auto";
        area.style.height = `${Math.min(area.scrollHeight + 2, 150)}px`;
      };
      area.addEventListener("input", fit);
      area.addEventListener("resize", fit);
      requestAnimationFrame(fit);
    }

    function badge(role, state) {
      if (!state) return null;
      const told = `${role.toUpperCase()}: ${words[state] || state}`;
      return el("span", { class: `pg-chat-badge pg-role-${role} pg-chat-${state}`, title: told, role: "img", "aria-label": told, text: `${role.toUpperCase()}${MARKS[state] ?? ""}` });
    }

    /** A user turn, which can be edited and sent again. */
    function turn(text, asked, number, badges) {
      const bubble = el("div", { class: "pg-chat-bubble pg-chat-user", dir: "auto" }, isolated(text));
      const edit = asked && el("button", { type: "button", class: "pg-chat-edit", text: words.edit, "aria-label": `${words.edit} · ${words.turn.replace("{n}", number)}`, on: { click: () => open() } });
      const tools = el("div", { class: "pg-chat-tools" }, edit, ...badges);
      const node = el("div", { class: "pg-chat-row pg-chat-row-user" }, tools, bubble);
      function open() {
        const area = el("textarea", { class: "pg-chat-box", rows: "1", maxlength: panel.message_chars, "aria-label": words.message });
        area.value = text;
        const close = () => {
          node.classList.remove("pg-chat-editing");
          node.replaceChildren(tools, bubble);
          edit.focus();
        };
        const again = () => {
          if (!area.value.trim()) return area.focus();
          close();
          move({ values: { ...asked.values, [panel.message_field]: area.value.trim() }, runs: asked.runs });
        };
        node.classList.add("pg-chat-editing");
        node.replaceChildren(area,
          el("div", { class: "pg-chat-buttons" },
            el("button", { type: "button", class: "pg-button", text: words.cancel, on: { click: close } }),
            el("button", { type: "button", class: "pg-button pg-chat-again", text: words.resend, on: { click: again } })));
        fits(area);
        entered(area, again);
        area.addEventListener("keydown", (event) => event.key === "Escape" && close());
        area.focus();
      }
      return node;
    }

    function exchange(one, number) {
      const badges = [badge("a", one.a), badge("b", one.b)];
      const gone = one.a && one.a !== "kept" && (!one.b || one.b !== "kept") ? " pg-chat-gone" : "";
      return el("div", { class: `pg-chat-exchange${gone}` },
        turn(one.user, one.resend, number, badges),
        el("div", { class: "pg-chat-row" }, el("div", { class: "pg-chat-bubble pg-chat-reply", dir: "auto" }, isolated(one.reply))));
    }

    /** Replies side by side; their nodes are reused while streaming. */
    const replies = new Map();
    function reply(one, single) {
      let view = replies.get(one.role);
      if (!view) {
        const text = el("bdi");
        const caret = el("span", { class: "pg-caret", role: "status", "aria-label": words.writing });
        const tag = el("div", { class: "pg-tag" });
        const foot = el("div", { class: "pg-chat-foot" });
        const node = el("section", { class: `pg-chat-answer pg-role-${one.role}` }, tag, el("div", { class: "pg-chat-bubble pg-chat-reply", dir: "auto" }, text, caret), foot);
        replies.set(one.role, (view = { node, text, caret, tag, foot }));
      }
      view.tag.hidden = single;
      view.tag.replaceChildren(el("b", { text: one.role.toUpperCase() }), el("small", {}, isolated(say(one.label))));
      setText(view.text, one.text || (one.ending ? words.silent : ""));
      view.text.classList.toggle("pg-chat-silent", !one.text && !!one.ending);
      view.caret.hidden = !!one.ending;
      const chosen = adopted === one.role;
      view.foot.replaceChildren(
        ...(one.ending ? [el("span", { text: `${say(one.ending)} · ${one.tokens} ${words.tokens}` })] : []),
        ...(one.adopt && !single
          ? [el("button", { type: "button", class: "pg-chat-adopt", "aria-pressed": String(chosen), text: chosen ? `✓ ${words.adopted}` : words.adopt, on: { click: () => adopt(one) } })]
          : []));
      return view.node;
    }
    function adopt(one) {
      adopted = one.role;
      move(one.adopt);
      draw();
    }

    let asked = "";
    let question = null;
    function drawLast() {
      if (!panel.message) {
        last.replaceChildren();
        asked = "";
        return;
      }
      const number = panel.exchanges.length + 1;
      const signature = JSON.stringify([panel.message, panel.resend, number]);
      if (signature !== asked) {
        asked = signature;
        adopted = "a";
        replies.clear();
        question = turn(panel.message, panel.resend, number, []);
      }
      const single = panel.replies.length < 2;
      const row = el("div", { class: `pg-chat-answers${single ? " pg-chat-single" : ""}` }, ...panel.replies.map((one) => reply(one, single)));
      const ended = panel.replies.length && panel.replies.every((one) => one.ending);
      const again = panel.retry && ended
        ? el("button", { type: "button", class: "pg-button pg-chat-retry", title: words.retryHint, text: `↻ ${words.retry}`, on: { click: () => move(panel.retry) } })
        : null;
      if (question.parentNode !== last) last.replaceChildren(question);
      while (question.nextSibling) question.nextSibling.remove();
      last.append(row);
      if (again) last.append(again);
    }

    function drawSaid() {
      panel.exchanges.forEach((one, index) => {
        const signature = JSON.stringify(one);
        if (nodes[index] && nodes[index].signature === signature) return;
        const node = exchange(one, index + 1);
        if (nodes[index]) nodes[index].node.replaceWith(node);
        else said.append(node);
        nodes[index] = { node, signature };
      });
      for (const extra of nodes.splice(panel.exchanges.length)) extra.node.remove();
    }

    function draw() {
      const low = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
      drawSaid();
      drawLast();
      if (low) log.scrollTop = log.scrollHeight;
    }

    /** Executes the panel's `then` once, only if its settings are unchanged since the run began. */
    function follow() {
      const { then, now } = panel;
      const signature = then ? JSON.stringify([then, now]) : "";
      if (signature === done) return;
      done = signature;
      if (!then) return;
      const current = context.values();
      const values = Object.fromEntries(Object.entries(then.values).filter(([name]) => !(name in now) || current[name] === now[name]));
      if (Object.keys(values).length) move({ ...then, values });
    }

    return {
      update(next) {
        panel = next;
        box.maxLength = panel.message_chars;
        draw();
        follow();
      },
    };
  },
});
