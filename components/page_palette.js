// Ctrl+K: finds a topic, a panel, an example, a failure, a follow-up or a term and goes to it, of a term to the topic that has it most. `page` is what page.js lets it ask for.
// Text is only ever set as textContent.
(() => {
  "use strict";
  const KINDS = ["topic", "term", "panel", "example", "failure", "question"];
  const MOST = 40;
  const folded = (text) => text.normalize("NFKC").toLowerCase();

  /** How well a word fits a text: 3 at its beginning, 2 at the beginning of a word, 1 within, 0 not. */
  function fit(text, word) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    return at === 0 ? 3 : /\s/.test(text[at - 1]) || text.includes(` ${word}`) ? 2 : 1;
  }
  /** The entries that have every word of a query, in their own words or, but for one, in those of their topic; the best first.
   * Without a query, the topics. */
  function search(entries, query) {
    const words = folded(query).split(/\s+/).filter(Boolean);
    if (!words.length) return entries.filter(({ kind }) => kind === "topic");
    const topics = new Map(entries.filter(({ kind }) => kind === "topic").map((topic) => [topic.place, topic]));
    const own = (entry, word) => Math.max(2 * fit(folded(entry.title), word), fit(entry.find, word));
    return entries
      .map((entry, index) => {
        const fits = words.map((word) => own(entry, word));
        const around = entry.kind === "topic" ? null : topics.get(entry.place);
        const all = fits.some(Boolean) && words.every((word, at) => fits[at] || (around && own(around, word)));
        return { entry, index, score: all ? fits.reduce((sum, one) => sum + one, 0) : 0 };
      })
      .filter(({ score }) => score)
      .sort((a, b) => b.score - a.score || KINDS.indexOf(a.entry.kind) - KINDS.indexOf(b.entry.kind) || a.index - b.index)
      .slice(0, MOST)
      .map(({ entry }) => entry);
  }

  globalThis.playgroundPalette = { search };
  if (typeof module !== "undefined") module.exports = { search };
  else
    window.pgPalette = (page) => {
      const { el } = page;
      const WAIT = 10_000;

      /** The first element that `find` finds in sight, once it is there. */
      async function seen(find) {
        for (const end = performance.now() + WAIT; performance.now() < end; await new Promise((next) => setTimeout(next, 50))) {
          const found = find();
          if (found?.offsetParent) return found;
        }
        return null;
      }
      const lab = (place) => document.getElementById(`pg-lab-${place}`);
      /** Opens an entry's topic and brings to sight what it names. */
      async function go({ kind, place, at }) {
        page.open(place);
        const there = await seen(() => lab(place));
        if (!there) return;
        if (kind === "panel") {
          // Before a run there is only its name among those of the panels to come.
          const panel = page.frame(place, at);
          page.unfold(panel);
          page.bring(page.seen(panel) ? panel : there);
        } else if (kind === "example" || kind === "failure") {
          const chip = await seen(() => there.querySelectorAll(".pg-examples .pg-chip")[at]);
          if (!chip) return;
          chip.click();
          chip.focus({ preventScroll: true });
          page.bring(chip, "center");
        } else if (kind === "question") {
          const fold = await seen(() => there.querySelector(".pg-fold-followups"));
          if (!fold) return;
          fold.open = true;
          const question = fold.querySelectorAll(".pg-question")[at];
          question.open = true;
          question.querySelector("summary").focus({ preventScroll: true });
          page.bring(question, "center");
        } else {
          page.bring(document.body);
          const heading = [...document.querySelectorAll(".pg-question-head h1")].find((one) => one.offsetParent);
          heading?.focus({ preventScroll: true });
        }
      }

      function palette(element, props, watch, ask) {
        let asked = false;
        let shown = [];
        let chosen = 0;
        const words = page.words();
        const list = el("ul", { id: "pg-palette-list", role: "listbox", "aria-label": words.find });
        const none = el("p", { class: "pg-palette-none", role: "status" });
        const input = el("input", {
          type: "search", role: "combobox", "aria-expanded": "true", "aria-controls": list.id, "aria-label": words.find,
          placeholder: words.find_hint, autocomplete: "off", spellcheck: "false",
          on: { input: () => draw(), keydown: keyed },
        });
        const box = el("dialog", { class: "pg-palette-box", "aria-label": words.find, on: { click: (event) => event.target === box && box.close() } }, input, list, none);
        element.append(box);

        const entries = () => props.value?.entries || page.topics();
        function draw() {
          shown = search(entries(), input.value);
          const names = Object.fromEntries(page.topics().map(({ place, title }) => [place, title]));
          list.replaceChildren(
            ...shown.map((entry, index) =>
              el("li", { id: `pg-palette-${index}`, role: "option", class: `pg-palette-${entry.kind}`, on: { click: () => choose(index), pointermove: () => mark(index) } },
                el("span", { text: entry.told ?? entry.title }),
                el("small", { text: entry.kind === "topic" ? "" : `${names[entry.place]} · ${words.find_kinds[entry.kind]}` })),
            ),
          );
          none.textContent = shown.length ? "" : words.find_none;
          mark(0);
        }
        function mark(index) {
          chosen = index;
          [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
          const item = list.children[chosen];
          if (item) input.setAttribute("aria-activedescendant", item.id);
          else input.removeAttribute("aria-activedescendant");
          item?.scrollIntoView({ block: "nearest" });
        }
        function choose(index) {
          const entry = shown[index];
          box.close();
          if (entry) go(entry);
        }
        function keyed(event) {
          if (event.isComposing) return;
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step && shown.length) mark((chosen + step + shown.length) % shown.length);
          else if (event.key === "Enter") choose(chosen);
          else return;
          event.preventDefault();
        }
        function open() {
          if (!asked) ask();
          asked = true;
          if (box.open) return;
          input.value = "";
          box.showModal();
          draw();
          input.focus();
        }
        // What was chosen among the topics stays chosen when everything else arrives.
        watch("value", () => {
          if (!box.open) return;
          const before = shown[chosen];
          draw();
          mark(Math.max(0, shown.findIndex(({ kind, place, title }) => before && kind === before.kind && place === before.place && title === before.title)));
        });
        addEventListener("pg-palette", open);
        addEventListener("keydown", (event) => {
          if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
          event.preventDefault();
          open();
        });
      }
      return { palette };
    };
})();
