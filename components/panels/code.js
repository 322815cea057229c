// Code: a listing with a copy button.
pgPanels.register("code", {
  create(host, context) {
    const { el, setText } = pgPanels;
    const { words } = context;
    const code = el("code");
    const name = el("span", { class: "pg-code-name" });
    const copy = el("button", { type: "button", class: "pg-button", text: words.copy });
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        const range = document.createRange();
        range.selectNodeContents(code);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        if (!document.execCommand("copy")) return;
      }
      copy.textContent = words.copied;
      setTimeout(() => (copy.textContent = words.copy), 1200);
    });
    host.append(el("div", { class: "pg-code-head" }, name, copy), el("pre", { class: "pg-code-text", tabindex: "0", dir: "ltr" }, code));
    return {
      update(panel) {
        setText(name, panel.language);
        setText(code, panel.text);
        code.classList.toggle("pg-code-prose", panel.language === "text");
      },
    };
  },
});
