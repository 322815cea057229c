// The rail beside a wide page, a drawer over a narrow one: every topic by group, a dot where there is a result, and the panels of the open topic's result,
// with the one in sight marked. `page` is what page.js lets it ask for. Text is only ever set as textContent.
window.pgRail = (page) => {
  "use strict";
  const { el } = page;
  // A panel is in sight once its head is above this share of the window.
  const IN_SIGHT = 0.35;
  // As in page.css: from here on the rail is beside the page.
  const WIDE = "(min-width: 1200px)";

  function rail(element) {
    const words = page.words();
    const tabs = page.topics().map(({ place, title }) =>
      el("button", { type: "button", role: "tab", id: `pg-rail-${place}`, class: "pg-rail-topic", on: { click: () => choose(place), keydown: keyed } },
        el("span", { text: title }), el("i", { class: "pg-rail-dot", "aria-hidden": "true" })));
    const inside = el("ul", { class: "pg-rail-panels", "aria-label": words.rail_panels });
    const list = el("div", { role: "tablist", "aria-orientation": "vertical", "aria-label": words.rail, "aria-owns": tabs.map(({ id }) => id).join(" ") });
    const box = el("nav", { class: "pg-rail-box", "aria-label": words.rail }, list);
    const placeOf = (tab) => tab.id.slice("pg-rail-".length);
    let group = "";
    for (const tab of tabs) {
      const own = page.groupOf(placeOf(tab));
      if (own.name !== group && own.size > 1) box.append(el("h2", { class: "pg-rail-group", text: own.title }));
      group = own.name;
      box.append(tab);
    }
    const drawer = el("dialog", { class: "pg-rail-drawer", "aria-label": words.rail, on: { click: ({ target }) => target === drawer && drawer.close(), close: () => element.prepend(box) } },
      el("button", { type: "button", class: "pg-rail-close", "aria-label": words.rail_close, title: words.rail_close, text: "✕", on: { click: () => drawer.close() } }));
    element.append(box, drawer);
    const wide = matchMedia(WIDE);
    wide.addEventListener("change", () => drawer.close());
    addEventListener("pg-rail-drawer", () => {
      if (wide.matches || drawer.open) return;
      drawer.append(box);
      drawer.showModal();
      const tab = tabs.find(({ tabIndex }) => tabIndex === 0);
      tab?.focus();
      tab?.scrollIntoView({ block: "center" });
    });
    /** Opens a topic; from the drawer at its beginning. */
    function choose(place) {
      page.open(place);
      if (!drawer.open) return;
      drawer.close();
      page.bring(document.body);
    }

    /** Arrows go from topic to topic, as in any list of tabs. */
    function keyed(event) {
      const at = tabs.indexOf(event.currentTarget);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to == null) return;
      event.preventDefault();
      const tab = tabs[(to + tabs.length) % tabs.length];
      page.open(placeOf(tab));
      tab.focus();
    }
    let open = null;
    function drawTabs() {
      for (const tab of tabs) {
        const place = placeOf(tab);
        const current = place === page.current();
        tab.setAttribute("aria-selected", String(current));
        tab.tabIndex = current ? 0 : -1;
        tab.classList.toggle("pg-rail-result", page.hasResult(place));
        if (current && open !== place) {
          open = place;
          tab.after(inside);
          reveal(tab);
        }
      }
      drawPanels();
    }
    /** Scrolls the rail, and it alone, to a topic. */
    function reveal(tab) {
      const { offsetTop: top, offsetHeight: height } = tab;
      const room = height * 3;
      if (top - room < box.scrollTop) box.scrollTop = top - room;
      else if (top + height + room > box.scrollTop + box.clientHeight) box.scrollTop = top + height + room - box.clientHeight;
    }
    let names = "";
    function drawPanels() {
      const found = page.drawn(open);
      const now = `${open}:${found.map(([name]) => name).join()}`;
      if (now !== names) {
        names = now;
        inside.replaceChildren(
          ...found.map(([name, title]) =>
            el("li", {}, el("a", { href: `#pg-panel-${open}-${name}`, "data-panel": name, text: title, on: { click: go } }))),
        );
      }
      mark(found);
    }
    function go(event) {
      event.preventDefault();
      if (drawer.open) drawer.close();
      page.showPanel(open, event.currentTarget.dataset.panel);
    }
    function mark(found) {
      const above = found.filter(([name]) => page.frame(open, name).getBoundingClientRect().top < IN_SIGHT * innerHeight);
      const seen = above.length ? above[above.length - 1][0] : null;
      for (const link of inside.querySelectorAll("a"))
        if (link.dataset.panel === seen) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
    }
    let asked = 0;
    const soon = () => (asked ||= requestAnimationFrame(() => ((asked = 0), drawPanels())));
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon);
    page.onPage(drawTabs);
    for (const tab of tabs) page.listen(placeOf(tab), "rail", () => (drawTabs(), setTimeout(soon, 200)));
    drawTabs();
  }
  return { rail };
};
