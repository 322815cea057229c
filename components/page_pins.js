// Pins: panels as they are now, each with its settings and a note of the visitor's, in a drawer; all of them as one file that needs
// nothing else, one of them as a picture. They stay in this browser. Text is only ever set as textContent.
window.pgPins = (page) => {
  "use strict";
  const { el } = page;
  const PICTURE_WIDTH = 1100;
  const stored = page.kept("localStorage", "playground-pins");
  let pins = stored.read([]);
  let full = false; // whether the browser would take no more of them
  const keep = () => (full = !stored.keep(pins));

  // ---- a panel as it is now

  /** A panel's frame without what can be clicked, its canvases as pictures. */
  function still(frame) {
    const copy = frame.cloneNode(true);
    const pictures = [...frame.querySelectorAll("canvas")].map((canvas) => {
      // Its place is a rule for canvases.
      const { position, left, top, display } = getComputedStyle(canvas);
      const style = `position:${position};left:${left};top:${top};display:${display};max-width:none;width:${canvas.offsetWidth}px;height:${canvas.offsetHeight}px`;
      return el("img", { src: canvas.toDataURL(), alt: canvas.getAttribute("aria-label") || "", style });
    });
    [...copy.querySelectorAll("canvas")].forEach((canvas, at) => canvas.replaceWith(pictures[at]));
    // Of Gradio's own: a fold's arrow has nothing to open, and the rules that hide a chart's label and status stay behind.
    const gradios = ".pg-panel-fold > button > .icon,[data-testid=block-label],[data-testid=status-tracker]";
    for (const gone of copy.querySelectorAll(`.pg-head-button,.pg-panel-controls,.pg-live,.modebar-container,${gradios}`)) gone.remove();
    // Charts name their own parts by the page's address.
    return copy.outerHTML.replace(/url\((&quot;|["']?)[^)#]*#/g, "url($1#");
  }
  /** The elements of a kept panel, without anything that could run, be focused or be found by another's name: a chart's own parts, such as
   * where it is clipped, are named anew, since another pin may be of the same chart at another width. `name` begins the new ones. */
  function parsed(html, name) {
    const { body } = new DOMParser().parseFromString(html, "text/html");
    const ids = new Set([...body.querySelectorAll("svg [id]")].map(({ id }) => id));
    const renamed = (text) => text.replace(/(url\(["']?#|^#)([^)"']+)/g, (whole, before, id) => (ids.has(id) ? `${before}${name}${id}` : whole));
    for (const node of body.querySelectorAll("svg, svg *"))
      for (const attribute of node.attributes) attribute.value = attribute.name === "id" && ids.has(attribute.value) ? `${name}${attribute.value}` : renamed(attribute.value);
    for (const gone of body.querySelectorAll("script,iframe,object,embed,link,meta")) gone.remove();
    for (const node of body.querySelectorAll("*"))
      for (const { name: own } of [...node.attributes]) if (/^on|^tabindex$/.test(own) || (own === "id" && !node.closest("svg"))) node.removeAttribute(own);
    return [...body.children].map((child) => document.importNode(child, true));
  }
  function pin(element) {
    const { place, panel } = pgPanels.panelOf(element.closest(".pg-frame"));
    const title = page.panels(place).find(([name]) => name === panel)[1];
    pins.push({
      place, panel, title, topic: page.titleOf(place), at: new Date().toISOString(), link: page.lastLink(place), note: "",
      sides: document.querySelector(`#pg-lab-${place} .pg-sides`)?.innerText ?? "", verdict: page.status(place)?.verdict ?? "",
      html: still(element.closest(".pg-frame")), width: element.closest(".pg-frame").offsetWidth,
    });
    keep();
    redraw();
  }

  // ---- what leaves the page

  /** The rules of the page's style that panels need, wherever they come from. */
  function style() {
    const rules = [];
    for (const sheet of document.styleSheets) {
      try {
        for (const rule of sheet.cssRules) if (/pg-|plotly|:root|\.dark|gradio-container|svg|html\[lang/.test(rule.cssText)) rules.push(rule.cssText);
      } catch {
        // a sheet of the browser's own
      }
    }
    return rules.join("\n").replaceAll("</", "<\\/");
  }
  const box = () => document.querySelector(".gradio-container");
  /** A pin as part of a document: heading, settings, verdict, the panel, the note. */
  function part(one) {
    return el("article", { class: "pg-pinned", style: "margin:0 0 36px" },
      el("h2", { style: "font:650 18px/1.4 var(--pg-font);margin:0 0 4px", text: `${one.topic} · ${one.title}` }),
      one.sides && el("p", { style: "margin:0 0 4px;font-size:13px;color:var(--pg-ink-2)", text: one.sides.replace(/\s+/g, " ") }),
      one.verdict && el("p", { style: "margin:0 0 10px;font-size:15px", text: one.verdict }),
      el("div", { style: `max-width:${Math.max(320, one.width)}px` }, ...parsed(one.html, `pin${pins.indexOf(one)}-`)),
      one.note && el("p", { class: "pg-pinned-note", style: "margin:10px 0 0;padding-left:12px;border-left:3px solid var(--pg-line);font-size:15px;white-space:pre-wrap", text: one.note }),
      el("p", { style: "margin:8px 0 0;font:12px var(--pg-mono);color:var(--pg-ink-3);overflow-wrap:anywhere", text: `${one.at.slice(0, 16).replace("T", " ")} · ${one.link}` }),
    );
  }
  function dressed(...parts) {
    return el("div", { class: box().className, style: "padding:28px !important;background:var(--pg-paper);font-family:var(--pg-font)" }, el("div", { class: "contain" }, ...parts));
  }
  /** One file with every pin; it asks nobody for anything, and nothing in it runs. */
  function file() {
    const words = page.words();
    const out = document.implementation.createHTMLDocument(`${words.pins} · ${words.title}`);
    out.documentElement.lang = document.documentElement.lang;
    const policy = out.createElement("meta");
    policy.httpEquiv = "Content-Security-Policy";
    policy.content = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    const charset = out.createElement("meta");
    charset.setAttribute("charset", "utf-8");
    const rules = out.createElement("style");
    rules.textContent = style();
    out.head.prepend(charset, policy);
    out.head.append(rules);
    out.body.className = document.body.className;
    out.body.style.cssText = "margin:0;background:var(--pg-paper)";
    out.body.append(out.importNode(dressed(...pins.map(part)), true));
    return `<!doctype html>\n${out.documentElement.outerHTML}`;
  }
  /** A pin as a picture, drawn by the browser from the same elements. */
  async function picture(one) {
    const shown = dressed(part(one));
    shown.style.width = `${PICTURE_WIDTH}px`;
    const beside = el("div", { style: "position:absolute;left:-99999px;top:0" }, shown);
    document.body.append(beside);
    const height = shown.offsetHeight;
    beside.remove();
    const wrapped = el("div", { class: document.body.className }, el("style", { text: style() }), shown);
    const xml = new XMLSerializer().serializeToString(wrapped);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${PICTURE_WIDTH}" height="${height}"><foreignObject width="100%" height="100%">${xml}</foreignObject></svg>`;
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    await image.decode();
    const canvas = el("canvas", { width: 2 * PICTURE_WIDTH, height: 2 * height });
    const pen = canvas.getContext("2d");
    pen.scale(2, 2);
    pen.drawImage(image, 0, 0);
    return new Promise((take) => canvas.toBlob(take, "image/png"));
  }
  function download(blob, name) {
    const link = el("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
  const named = (one) => `${one.place}-${one.panel}`;

  // ---- the drawer

  let drawer = null;
  let list = null;
  let redraw = () => {};
  function open() {
    if (!drawer) build();
    draw();
    drawer.showModal();
  }
  function build() {
    const words = page.words();
    list = el("ol", { class: "pg-pins-list" });
    drawer = el("dialog", { class: "pg-pins", "aria-label": words.pins, on: { click: (event) => event.target === drawer && drawer.close() } },
      el("header", {}, el("b", { text: words.pins }), el("span", { class: "pg-space" }),
        el("button", { type: "button", class: "pg-chip pg-pins-file", text: words.pins_file, on: { click: () => download(new Blob([file()], { type: "text/html" }), "pins.html") } }),
        el("button", { type: "button", class: "pg-chip pg-pins-close", "aria-label": words.present_end, text: "✕", on: { click: () => drawer.close() } })),
      el("p", { class: "pg-pins-said", role: "status" }), list);
    box().querySelector(".contain").append(drawer);
  }
  function draw() {
    const words = page.words();
    const [said] = drawer.querySelectorAll(".pg-pins-said");
    said.textContent = full ? words.pins_full : pins.length ? "" : words.pins_none;
    drawer.querySelector(".pg-pins-file").disabled = !pins.length;
    list.replaceChildren(...pins.map(row));
  }
  function row(one, at) {
    const words = page.words();
    const button = (text, label, act, off = false) => el("button", { type: "button", class: "pg-chip", text, title: label, "aria-label": `${label}: ${one.title}`, disabled: off, on: { click: act } });
    const note = el("textarea", { rows: "2", placeholder: words.pin_note, "aria-label": `${words.pin_note}: ${one.title}`, on: { input: () => ((one.note = note.value), keep()) } });
    note.value = one.note;
    return el("li", {},
      el("div", { class: "pg-pins-title" }, el("b", { text: one.title }), el("small", { text: one.topic })),
      el("p", { text: one.verdict || one.sides }), note,
      el("div", { class: "pg-chips" },
        button(words.pin_again, words.pin_again, () => (drawer.close(), page.recall(one.place, one.link, one.verdict))),
        button("PNG", words.pin_picture, async () => download(await picture(one), `${named(one)}.png`)),
        button("↑", words.pin_up, () => swap(at, at - 1), at === 0),
        button("↓", words.pin_down, () => swap(at, at + 1), at === pins.length - 1),
        button("✕", words.pin_remove, () => change(pins.filter((other) => other !== one)))));
  }
  function swap(at, to) {
    const next = [...pins];
    [next[at], next[to]] = [next[to], next[at]];
    change(next);
  }
  function change(next) {
    pins = next;
    keep();
    redraw();
    draw();
  }
  /** The header's button: how many there are. */
  function opener() {
    const words = page.words();
    const count = el("span", { class: "pg-pins-count" });
    redraw = () => (count.textContent = pins.length ? ` ${pins.length}` : "");
    redraw();
    return el("button", { type: "button", class: "pg-link pg-pins-open", on: { click: open } }, words.pins, count);
  }
  return { pin, opener };
};
