// Prose: a short paragraph of plain text.
pgPanels.register("prose", {
  create(host, context) {
    const { el, setText } = pgPanels;
    const text = el("p", { class: "pg-prose-text", dir: "auto" });
    host.append(text);
    return { update: (panel) => setText(text, context.say(panel.text)) };
  },
});
