// The page's own script: header, link, examples, status, fields shown with others. Text is only ever set as textContent.
(() => {
  "use strict";
  if (window.playground) return;

  let facts = null; // what components/page.py says of the page: language, words, places with their fields
  let current = null; // the open topic's place
  const innerOf = {}; // group -> the topic last opened in it
  const values = {}; // place -> values of its controls, in the order of its fields
  const ran = {}; // place -> values of the last run, as JSON
  const statuses = {}; // place -> last status
  const since = {}; // place -> when its last run was started
  const moving = {}; // place -> the move that waits for a run to end
  const busy = {}; // place -> when the run was started whose event isn't over
  const asked = {}; // place -> values that the next run takes, whatever the controls show
  const taking = {}; // place -> values on their way to the controls
  const appliers = {}; // place -> what makes the page take them; there once the place is drawn
  let restoring = true; // until the link is read, only what the visitor changed meanwhile is written to the address
  const early = {}; // place -> Set of the fields changed meanwhile, by index: they stay when the link has been read
  let ask = () => {}; // has the server read the link

  // ---- small things

  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value == null || value === false) continue;
      if (name === "text") node.textContent = value;
      else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child != null));
    return node;
  }
  /** Rules that the script keeps, in a sheet of its own: Gradio redraws elements, and with them classes set on them. */
  const sheet = (() => {
    const parts = {};
    let node = null;
    return (name, css) => {
      if (parts[name] === css) return;
      parts[name] = css;
      if (!node) document.head.append((node = document.createElement("style")));
      node.textContent = Object.values(parts).join("\n");
    };
  })();
  const place = (name) => (facts ? facts.places[name] : undefined);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  function fallback(text) {
    const box = el("textarea", { style: "position:fixed;opacity:0" });
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  async function copy(text, button, word, done) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      fallback(text);
    }
    button.textContent = done;
    setTimeout(() => (button.textContent = word), 1600);
  }

  // ---- the link

  const written = (value) => encodeURIComponent(String(value)).replace(/%20/g, "+");
  function fragmentOf(name) {
    const { fields } = place(name);
    const now = values[name];
    const parts = fields
      .map((field, index) => (now && !same(now[index], field.value) ? `${field.path}=${written(now[index])}` : ""))
      .filter(Boolean);
    return `#${name}${parts.length ? `?${parts.join("&")}` : ""}`;
  }
  /** The link as it came, with what the visitor has changed since. */
  function fragmentUnread() {
    const [name, query = ""] = location.hash.slice(1).split("?");
    const opened = place(name) ? name : current;
    const parts = new URLSearchParams(query);
    for (const index of early[opened] || []) parts.set(place(opened).fields[index].path, String(values[opened][index]));
    const text = parts.toString();
    return `#${opened}${text ? `?${text}` : ""}`;
  }
  let due = 0;
  /** Browsers allow a hundred new addresses in half a minute: they are written when the typing rests. */
  function writeLinkSoon() {
    clearTimeout(due);
    due = setTimeout(writeLink, 250);
  }
  function writeLink() {
    clearTimeout(due);
    if (!current || !facts || (restoring && !Object.keys(early).length)) return;
    const fragment = restoring ? fragmentUnread() : fragmentOf(current);
    try {
      if (location.hash !== fragment) history.replaceState(null, "", location.pathname + location.search + fragment);
    } catch {
      return; // too long for this browser, or too often: the page works without it
    }
    for (const link of document.querySelectorAll(".pg-language")) link.href = otherPage() + fragment;
    // A hosted Space stands in a frame of this one site, which shows the fragment in its own address.
    if (window.parent !== window) window.parent.postMessage({ hash: fragment }, "https://huggingface.co");
  }
  function otherPage() {
    const here = location.pathname.replace(/\/+$/, "");
    const there = facts.language === "zh" ? `${here}/en` : here.replace(/\/en$/, "") || "/";
    return there + location.search;
  }

  // ---- which controls are shown, which panels are this run's, which field is at fault

  function show(name) {
    const { fields } = place(name);
    const byPath = Object.fromEntries(fields.map((field, index) => [field.path, values[name][index]]));
    const hidden = fields.filter((field) => field.shown && !field.shown[1].includes(byPath[field.shown[0]]));
    sheet(`fields-${name}`, hidden.length ? `${hidden.map((field) => `#${field.id}`).join(",")}{display:none!important}` : "");
  }
  function markStatus(name) {
    const status = statuses[name];
    const rules = [];
    if (status.field) {
      rules.push(`#${status.field} textarea,#${status.field} input,#${status.field} .wrap{border-color:var(--pg-bad)!important;box-shadow:0 0 0 1px var(--pg-bad)!important}`);
      rules.push(`#${status.field} label>span,#${status.field} [data-testid=block-info]{color:var(--pg-bad)!important}`);
    }
    if (status.state !== "idle") {
      rules.push(`#pg-empty-${name}{display:none}`);
    }
    markEarlier(name);
    if (status.state === "running" || status.state === "waiting") {
      rules.push(`#pg-run-${name} .pg-stop-button{color:var(--pg-ink);border-color:var(--pg-ink-3)}`);
      rules.push(`#pg-run-${name} .pg-run-button{opacity:.45}`);
    }
    sheet(`status-${name}`, rules.join("\n"));
    const field = status.field && document.getElementById(status.field);
    for (const input of document.querySelectorAll(`[id^="pg-${name}--"] [aria-invalid]`)) input.removeAttribute("aria-invalid");
    if (field) for (const input of field.querySelectorAll("textarea,input")) input.setAttribute("aria-invalid", "true");
  }
  /** The panels of an earlier run are paler; not in a run's first moment, as most clicks are answered within it and painting
   * all panels twice takes longer than the answer. */
  function markEarlier(name) {
    const status = statuses[name];
    const wait = (since[name] || 0) + 400 - performance.now();
    if (status.state === "running" && wait > 0) return void setTimeout(() => markEarlier(name), wait + 10);
    const fresh = (status.fresh || []).map((panel) => `:not(#pg-panel-${name}-${panel})`).join("");
    sheet(`earlier-${name}`, status.state === "idle" ? "" : `#pg-lab-${name} .pg-frame${fresh}{opacity:.38}`);
  }
  function foldShown() {
    const topic = place(current);
    document.title = topic ? `${topic.title} · ${facts.words.title}` : facts.words.title;
    const wanted = topic && topic.text && current !== facts.bench;
    sheet("fold", wanted ? "" : "#pg-bench-fold{display:none}");
    for (const quoted of quotes) quoted();
  }
  function textOf(name) {
    const topic = place(name);
    const index = topic ? topic.fields.findIndex((field) => field.path === topic.text) : -1;
    return index < 0 ? "" : String(values[name][index] ?? "");
  }
  const quotes = [];

  // ---- what the events of the page call

  /** Values with those that only panels write as they are here: the controls needn't know them. */
  const withPanels = (name, now) => now.map((value, index) => (place(name).fields[index].panel ? values[name][index] : value));
  function changed(name, now) {
    if (place(name)) take(name, withPanels(name, now));
  }
  function take(name, now) {
    if (restoring) noteEarly(name, now);
    values[name] = now;
    show(name);
    if (redraws[name]) redraws[name]();
    if (name === current) {
      writeLinkSoon();
      for (const quoted of quotes) quoted();
    }
  }
  function noteEarly(name, now) {
    now.forEach((value, index) => {
      if (!same(value, values[name][index])) (early[name] ||= new Set()).add(index);
    });
  }
  /** What is typed counts at once: Gradio tells of it later, and a click may come between. */
  function typed(event) {
    if (!facts || event.target.tagName !== "TEXTAREA") return;
    const id = event.target.closest("[id^=pg-]")?.id;
    for (const [name, { fields }] of Object.entries(facts.places)) {
      const index = fields.findIndex((field) => field.id === id);
      if (index >= 0) changed(name, values[name].with(index, event.target.value));
    }
  }
  function started(name, inputs) {
    const fields = place(name).fields.length;
    // A move's values may still be on their way to the controls.
    inputs.splice(0, fields, ...(asked[name] || withPanels(name, inputs.slice(0, fields))));
    delete asked[name];
    if (name === facts.fold) {
      const index = place(name).fields.findIndex((field) => field.path === place(name).text);
      if (index >= 0) inputs[index] = textOf(current);
    }
    ran[name] = JSON.stringify(inputs.slice(0, fields));
    since[name] = busy[name] = performance.now();
    tell(name, { place: name, state: "running", text: facts.words.starting, fraction: null, fresh: [] });
    return inputs;
  }
  /** A run's event is over. One whose end isn't heard of, as after a lost connection, counts as over soon after its last status. */
  function ended(name) {
    delete busy[name];
    if (moving[name]) move(name, moving[name]);
  }
  /** What a panel's click asks for: values into the controls, then a run. One that is under way is stopped first, and its end
   * awaited: Gradio loses the first messages of a run that begins while another's stream is being closed. */
  function move(name, { values: changes, runs }) {
    if (!place(name)) return;
    const state = statuses[name]?.state;
    if (runs && busy[name]) {
      moving[name] = { values: changes, runs };
      if (state === "running" || state === "waiting") document.querySelector(`#pg-run-${name} .pg-stop-button`).click();
      return;
    }
    delete moving[name];
    const { fields } = place(name);
    const now = fields.map((field, index) => changes[field.path] ?? values[name][index]);
    // Gradio takes a tenth of a second to set the controls of a place: not where none of them changes.
    if (fields.some((field, index) => !field.panel && !same(now[index], values[name][index]))) put(name, now);
    else {
      if (taking[name]) taking[name] = now; // what is on its way to the controls comes back as it is now
      take(name, now);
    }
    if (name === current) writeLinkSoon();
    if (!runs) return void (ran[name] = JSON.stringify(now));
    asked[name] = now;
    document.querySelector(`#pg-run-${name} .pg-run-button`).click();
  }
  /** What a place's controls hold now, by dotted name. */
  function valuesOf(name) {
    return Object.fromEntries(place(name).fields.map((field, index) => [field.path, values[name][index]]));
  }
  function stopping(name) {
    return [];
  }
  /** Put values into a place's controls: now, or once they are drawn. */
  function put(name, now) {
    values[name] = now;
    show(name);
    if (same(now, place(name).fields.map((field) => field.value)) && !appliers[name]) return;
    taking[name] = now;
    if (appliers[name]) appliers[name]();
  }
  function taken(name) {
    const now = taking[name] || values[name];
    take(name, now);
    return now.length === 1 ? now[0] : now;
  }
  function opened(group, slug) {
    if (!facts) return [];
    const inGroup = Object.entries(facts.places).filter(([name, topic]) => topic.group === group && name !== facts.fold);
    if (slug) innerOf[group] = slug;
    current = slug || innerOf[group] || (inGroup.length ? inGroup[0][0] : current);
    foldShown();
    writeLink();
    return [];
  }
  const fragment = () => location.hash;

  // ---- drawings

  const redraws = {}; // place -> what shows its status
  function tell(name, status) {
    statuses[name] = status;
    markStatus(name);
    if (redraws[name]) redraws[name]();
    const run = busy[name];
    if (run && status.state !== "running" && status.state !== "waiting") setTimeout(() => busy[name] === run && ended(name), 3000);
  }


  function note(element, props, watch) {
    element.setAttribute("role", "status");
    watch("value", () => {
      const now = props.value || {};
      element.textContent = now.text || "";
      if (now.place && place(now.place)) {
        const kept = (restoring && early[now.place]) || new Set();
        innerOf[now.group] = current = now.place;
        put(current, place(current).fields.map((field, index) => (kept.has(index) ? values[current][index] : now.values[field.path])));
      }
      restoring = false;
      foldShown();
      writeLink();
    });
  }

  function header(element, props, watch, restore) {
    facts = props.value;
    ask = restore;
    const { words } = facts;
    document.documentElement.lang = facts.language === "zh" ? "zh-CN" : "en";
    for (const [name, { fields }] of Object.entries(facts.places)) {
      values[name] = fields.map((field) => field.value);
      show(name);
    }
    current = Object.keys(facts.places)[0];
    const link = el("button", { type: "button", class: "pg-link", text: words.copy_link,
      on: { click: () => (writeLink(), copy(location.href, link, words.copy_link, words.copied)) } });
    element.append(
      el("b", { text: words.title }),
      el("span", { class: "pg-about" }, words.about, el("span", { class: "pg-model-name", text: page.modelName ? ` · ${page.modelName}` : "" })),
      el("span", { class: "pg-space" }),
      link,
      el("button", { type: "button", class: "pg-link", title: words.theme, "aria-label": words.theme, text: "◐", on: { click: switchTheme } }),
      el("a", { class: "pg-language", href: otherPage() + location.hash, hreflang: facts.language === "zh" ? "en" : "zh-CN",
        lang: facts.language === "zh" ? "en" : "zh-CN", text: words.other_language, on: { pointerdown: writeLink, focus: writeLink } }),
    );
    foldShown();
    setTimeout(() => ((restoring = false), writeLink()), 8000); // should the server not have answered
    setInterval(notice, 1000);
    addEventListener("input", typed);
    addEventListener("hashchange", () => {
      if (location.hash && location.hash !== fragmentOf(current)) ask();
    });
  }

  /** Gradio tells of a lost connection in a box of its own, in English; here it is told where the run is. */
  function notice() {
    if (!document.querySelector(".toast-body.error")) return;
    for (const close of document.querySelectorAll(".toast-body.error .toast-close")) close.click();
    for (const [name, status] of Object.entries(statuses))
      if (status.state === "running" || status.state === "waiting")
        tell(name, { ...status, state: "error", text: facts.words.lost, fraction: null });
  }

  // ---- theme: the visitor's choice stays on this machine

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

  const page = {
    el, copy, sheet, place, put, tell, quotes,
    modelName: "",
    facts: () => facts,
    statusOf: (name) => statuses[name],
    openText: () => textOf(current),
    changedSince: (name) => name !== facts.fold && ran[name] && values[name] && JSON.stringify(values[name]) !== ran[name],
    listen: (name, redraw) => (redraws[name] = redraw),
    takesFrom: (name, apply) => {
      appliers[name] = apply;
      // The page hears a component only once it is wholly there.
      if (taking[name]) setTimeout(apply, 0);
    },
  };
  window.playground = { ...window.pgDrawings(page), header, note, changed, started, ended, stopping, move, valuesOf, taken, opened, fragment };
})();
