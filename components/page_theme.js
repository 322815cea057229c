// The theme, light or dark: the visitor's choice stays on this machine.
window.pgTheme = () => {
  "use strict";
  const stored = (() => {
    try {
      return localStorage.getItem("playground-theme");
    } catch {
      return null;
    }
  })();
  function setTheme(dark) {
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    if (document.body.classList.contains("dark") === dark) return;
    document.body.classList.toggle("dark", dark);
    dispatchEvent(new CustomEvent("pg-theme"));
  }
  function switchTheme() {
    const dark = !document.body.classList.contains("dark");
    setTheme(dark);
    try {
      localStorage.setItem("playground-theme", dark ? "dark" : "light");
    } catch {
      // private windows may have no storage; the choice then lasts as long as the page
    }
  }
  if (stored) {
    // Gradio sets its own theme while it starts; the visitor's is put back until they change it.
    let wanted = stored === "dark";
    addEventListener("pg-theme", () => (wanted = document.body.classList.contains("dark")));
    setTheme(wanted);
    const keep = new MutationObserver(() => document.body.classList.contains("dark") !== wanted && setTheme(wanted));
    keep.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    setTimeout(() => keep.disconnect(), 5000);
  }
  return { switchTheme };
};
