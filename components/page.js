// The page's own script: turns what Gradio and the browser tell into events of page_state.js, draws the state that comes of
// them and carries its effects out; draws the header. Text is only ever set as textContent.
(() => {
  "use strict";
  if (window.playground) return;

  // Until a frame is on the display: two more of them.
  const DISPLAYED = 40; // ms

  const { initial, reduce, valuesOf, textOf, changedSince, differences, hidden, fragment, link, runsOf } = window.playgroundState;
  let state = null; // until the header gives the page's facts
  const unheard = []; // events of that time
  const appliers = {}; // place -> what makes Gradio fetch values for the place's controls (see `taken`)
  const examples = {}; // place -> what asks the server for the remembered result of an example
  const listeners = {}; // place -> what shows its state, by name
  const quotes = []; // what shows the open topic's text
  const pages = []; // what shows which topic is open
  const notes = []; // where the note of the link is written
  /** What the browser keeps under a name in one of its storages, as plain data. Private windows may have none: it then lasts as long
   * as the page. `keep` returns whether it was kept. */
  const kept = (storage, name) => ({
    read(otherwise) {
      try {
        return JSON.parse(window[storage].getItem(name)) ?? otherwise;
      } catch {
        return otherwise;
      }
    },
    keep(data) {
      try {
        window[storage].setItem(name, JSON.stringify(data));
        return true;
      } catch {
        return false;
      }
    },
  });
  /** The runs of this browser tab before a reload, or on the page's other language. */
  const earlier = kept("sessionStorage", "playground-runs");
  let fires = {}; // fires the header's events, which components/page.py listens to
  let pageOpened = 0; // when the page itself last opened a tab,
  let tabClicked = 0; // and when one was last clicked
  let asked = 0; // how often the server was asked to read the link
  let read = null; // the link that it was asked to read last

  /** What happened, to the state; returns the effects. */
  function dispatch(event) {
    if (!state) {
      unheard.push(event);
      return [];
    }
    const before = state;
    const step = reduce(state, { ...event, at: performance.now() });
    state = step.state;
    for (const name of Object.keys(state.places)) if (state.places[name] !== before.places[name]) drawPlace(name, before.places[name]);
    for (const effect of step.effects) EFFECTS[effect.do](effect);
    return step.effects;
  }
  /** Does later what would keep the display from what has just been drawn: without a GPU, its threads are those that draw. */
  function later(act) {
    if (document.hidden) setTimeout(act); // no frame comes
    else requestAnimationFrame(() => setTimeout(act, DISPLAYED));
  }
  const EFFECTS = {
    "draw-page": drawPage,
    "draw-stage": () => stage.drawStage(),
    "keep-runs": keepRuns,
    "ask-earlier": ({ place }) => earlierRuns.askEarlier(place),
    "keep-panels": (run) => keptPanels.keepPanels(run),
    "show-kept": (run) => keptPanels.showKept(run),
    "let-go": (run) => keptPanels.letGo(run),
    "draw-note": ({ text }) => notes.forEach((element) => (element.textContent = text || "")),
    "write-link": ({ soon }) => {
      clearTimeout(due);
      // Browsers allow a hundred new addresses in half a minute: they are written when the typing rests.
      if (soon) due = setTimeout(writeLink, 250);
      else writeLink();
    },
    "ask-server": () => later(() => fires.restore()),
    "open-tab": () => {
      pageOpened = performance.now();
      fires.open();
    },
    apply: ({ place }) => appliers[place](),
    "click-run": ({ place }) => document.querySelector(`#pg-run-${place} .pg-run-button`)?.click(),
    "click-stop": ({ place }) => document.querySelector(`#pg-run-${place} .pg-stop-button`)?.click(),
    "show-results": ({ place }) => showResults(place),
    "ask-example": ({ place }) => examples[place]?.(),
    send: () => {}, // what `started` gives back to Gradio
    after: ({ ms, event }) => setTimeout(() => dispatch(event), ms),
  };

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

  let due = 0;
  let known = location.hash; // the address as the page wrote it or was told it
  function writeLink() {
    clearTimeout(due);
    if (location.hash !== known) return; // the browser is about to tell of another
    const wanted = link(state, location.hash);
    if (wanted == null) return;
    const address = location.pathname + location.search + wanted;
    // Back goes from topic to topic and from run to run, not through what was typed between.
    const leaves = !state.restoring && (history.state?.ran || slugOf(wanted) !== slugOf(location.hash));
    try {
      if (location.hash !== wanted) history[leaves && location.hash ? "pushState" : "replaceState"]({}, "", address);
    } catch {
      return; // too long for this browser, or too often: the page works without it
    }
    known = location.hash;
    for (const other of document.querySelectorAll(".pg-language")) other.href = otherPage() + wanted;
    tellFrame(wanted);
  }
  /** A hosted Space is in a frame of this one site, which shows the language and the fragment in its own address. */
  function tellFrame(hash) {
    if (window.parent === window) return;
    const query = new URLSearchParams(location.search);
    query.delete("lang");
    if (state.facts.language !== "zh") query.set("lang", state.facts.language);
    window.parent.postMessage({ queryString: `${query}`, hash }, "https://huggingface.co");
  }
  const slugOf = (hash) => hash.slice(1).split("?")[0];
  /** The address is that of a run with a result: the next change leaves it behind in the browser's history. */
  function keepRuns() {
    writeLink();
    const { places, current } = state;
    const runs = Object.fromEntries(Object.entries(places).map(([name, { runs }]) => [name, runs]).filter(([, runs]) => runs.length));
    const run = runsOf(state, current).at(-1);
    if (run?.last && run.link === location.hash) history.replaceState({ ran: true }, "");
    earlier.keep(runs);
  }
  function otherPage() {
    const here = location.pathname.replace(/\/+$/, "");
    const there = state.facts.language === "zh" ? `${here}/en` : here.replace(/\/en$/, "") || "/";
    return there + location.search;
  }
  /** The address that the server's own paths begin with. */
  function root() {
    const here = location.pathname.replace(/\/+$/, "");
    return state.facts.language === "zh" ? here : here.replace(/\/en$/, "");
  }

  // ---- drawing: which controls are shown, which panels are this run's, which field is at fault

  function drawPlace(name, before) {
    const now = state.places[name];
    if (now.values !== before.values) drawFields(name);
    if (now.status !== before.status) drawStatus(name);
    if (now.fresh !== before.fresh) drawEarlier(name);
    if (now.ran !== before.ran || now.status !== before.status) page.sketch.redraw(name);
    for (const redraw of Object.values(listeners[name] || {})) redraw();
    if (now.compared !== before.compared) earlierRuns.drawEarlierRun(name);
    if (name === state.presented?.place) stage.drawStage();
    if (name === state.current) for (const quoted of quotes) quoted();
  }
  function drawFields(name) {
    const ids = hidden(state, name);
    sheet(`fields-${name}`, ids.length ? `${ids.map((id) => `#${id}`).join(",")}{display:none!important}` : "");
  }
  function drawStatus(name) {
    const { status } = state.places[name];
    const rules = [];
    if (status.field) {
      rules.push(`#${status.field} textarea,#${status.field} input,#${status.field} .wrap{border-color:var(--pg-bad)!important;box-shadow:0 0 0 1px var(--pg-bad)!important}`);
      rules.push(`#${status.field} label>span,#${status.field} [data-testid=block-info]{color:var(--pg-bad)!important}`);
    }
    if (status.state !== "idle") {
      rules.push(`#pg-empty-${name}{display:none}`);
    }
    if (status.state === "running" || status.state === "waiting") {
      rules.push(`#pg-run-${name} .pg-stop-button{color:var(--pg-ink);border-color:var(--pg-ink-3)}`);
      rules.push(`#pg-run-${name} .pg-run-button{opacity:.45}`);
    }
    if (status.state === "waiting" && status.ahead > 0) {
      // The button's own word is Gradio's to write.
      const ahead = state.facts.words.ahead.replace("{ahead}", Number(status.ahead));
      rules.push(`#pg-run-${name} .pg-run-button{font-size:0!important}`);
      rules.push(`#pg-run-${name} .pg-run-button::after{content:"${ahead}";font-size:14px}`);
    }
    sheet(`status-${name}`, rules.join("\n"));
    const field = status.field && document.getElementById(status.field);
    for (const input of document.querySelectorAll(`[id^="pg-${name}--"] [aria-invalid]`)) input.removeAttribute("aria-invalid");
    if (field) for (const input of field.querySelectorAll("textarea,input")) input.setAttribute("aria-invalid", "true");
  }
  /** On a phone results lie below the controls: a run brings them up, under the dock's bar and words. */
  function showResults(name) {
    const results = document.querySelector(`#pg-lab-${name} > .pg-results`);
    if (!results || !matchMedia("(max-width: 860px)").matches) return;
    bring(results);
  }
  /** Scrolls to an element, at once where the visitor wants nothing to move. */
  function bring(element, block = "start") {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block, behavior: still ? "auto" : "smooth" });
  }
  /** Gradio names each option's radio by itself, and again at each choice (6.31): those of one control get one name, so that they are one
   * stop of the keyboard and its arrows choose. */
  function group(root) {
    const name = () => {
      for (const radio of root.querySelectorAll("fieldset[id] input[type=radio]")) {
        const { id } = radio.closest("fieldset");
        if (radio.name !== id) radio.name = id;
      }
    };
    name();
    new MutationObserver(name).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["name"] });
  }
  /** The panels of an earlier run are paler. */
  function drawEarlier(name) {
    const { fresh } = state.places[name];
    const others = (fresh || []).map((panel) => `:not(#pg-panel-${name}-${panel})`).join("");
    sheet(`earlier-${name}`, fresh ? `#pg-lab-${name} .pg-frame${others}{opacity:.38}` : "");
  }
  /** The title, and whether the bench is below the open topic. */
  function drawPage() {
    const { facts, current } = state;
    const topic = facts.places[current];
    document.title = topic ? `${topic.title} · ${facts.words.title}` : facts.words.title;
    const wanted = topic && topic.text && current !== facts.bench;
    sheet("fold", wanted ? "" : "#pg-bench-fold{display:none}");
    for (const redraw of [...quotes, ...pages]) redraw();
  }

  // ---- what the events of the page call

  /** What Gradio is to send with a run's click. */
  function started(place, inputs) {
    return dispatch({ type: "started", place, inputs }).find((effect) => effect.do === "send").inputs;
  }
  /** Values for a place's controls, once Gradio fetches them. */
  function taken(place) {
    dispatch({ type: "taken", place });
    const { values } = state.places[place];
    return values.length === 1 ? values[0] : values;
  }
  /** Gradio tells of an open tab, of one that the page opened a while later: meanwhile another may be wanted. */
  function opened(group, slug) {
    const { places } = state.facts;
    const wanted = slug ? slug === state.current : group === places[state.current].group;
    if (wanted || tabClicked >= pageOpened) dispatch({ type: "opened", group, slug });
    return [];
  }
  /** The link, and the number of this reading, for the server. */
  function asking() {
    dispatch({ type: "asked", number: ++asked });
    read = known = location.hash;
    return [read, asked];
  }
  /** What Gradio is to change of each row of tabs, by the row's group ("": the outer one), so that the current topic is open. */
  function selected(rows) {
    const { group } = state.facts.places[state.current];
    const tabs = { "": group, [group]: state.current };
    return rows.map((row) => ({ __type__: "update", ...(tabs[row] && { selected: tabs[row] }) }));
  }
  /** The address is another: a link was pasted, an earlier run chosen, Back pressed. */
  function addressed(hash) {
    known = hash;
    dispatch({ type: "addressed", hash });
  }
  function typed({ target }) {
    const id = target.tagName === "TEXTAREA" && target.closest("[id^=pg-]")?.id;
    if (id) dispatch({ type: "typed", id, value: target.value });
  }
  /** The status shows the run within the click: Gradio's event with what it sends comes tens of milliseconds later. */
  function dispatchClick(button) {
    const place = button?.closest("[id^=pg-run-]")?.id.slice("pg-run-".length);
    if (place) dispatch({ type: "clicked", place });
  }
  /** Brings a control into sight and the keyboard to it; the fold that it is in is opened. */
  function show(id) {
    const field = document.getElementById(id);
    if (!field) return;
    if (!field.offsetParent) field.closest(".pg-more")?.querySelector("button")?.click();
    setTimeout(() => {
      field.scrollIntoView({ block: "center" });
      field.querySelector("textarea,input,button")?.focus({ preventScroll: true });
    });
  }
  /** Ctrl+Enter runs the lab that the keyboard is in, else the open topic's; Escape stops its run. */
  function pressed(event) {
    const runs = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (event.defaultPrevented || event.isComposing || !(runs || event.key === "Escape")) return;
    if (document.querySelector("dialog[open]")) return; // its own keys
    const inside = event.target.closest?.(".pg-lab")?.id.replace("pg-lab-", "");
    const place = state.places[inside] ? inside : state.current;
    dispatch({ type: runs ? "runPressed" : "stopPressed", place });
  }
  /** Gradio tells of a lost connection, in English, and of what the server refuses, in a box of its own; here the run's status says it. */
  function notice() {
    const box = document.querySelector(".toast-body.error");
    if (!box) return;
    const { queue_full: full, expired } = state.facts.words;
    const [before, after] = full.split("{seconds}");
    const start = box.textContent.indexOf(before), end = box.textContent.indexOf(after, start);
    const refused = box.textContent.includes(expired) ? expired : start >= 0 && end >= 0 ? box.textContent.slice(start, end + after.length) : "";
    for (const close of document.querySelectorAll(".toast-body.error .toast-close")) close.click();
    dispatch({ type: "lost", ...(refused && { text: refused, full: refused !== expired }) });
  }

  // ---- note of the link, and header

  function note(element, props, watch) {
    element.setAttribute("role", "status");
    notes.push(element);
    watch("value", () => {
      const { read, text, place, group, values, panel } = props.value || {};
      dispatch({ type: "linkRead", read, text, place, group, values, panel });
    });
  }
  function header(element, props, watch, fire) {
    state = initial(props.value);
    fires = fire;
    const { words, language } = state.facts;
    // The document says so, but Gradio writes the browser's own language over it.
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    for (const name of Object.keys(state.places)) drawFields(name);
    const button = el("button", { type: "button", class: "pg-link", text: words.copy_link,
      on: { click: () => (writeLink(), copy(location.href, button, words.copy_link, words.copied)) } });
    element.append(
      el("button", { type: "button", class: "pg-link pg-drawer-opener", "aria-haspopup": "dialog", "aria-label": words.rail, title: words.rail, text: "☰", on: { click: () => dispatchEvent(new CustomEvent("pg-rail-drawer")) } }),
      el("b", { text: words.title }),
      el("span", { class: "pg-about" }, words.about, el("span", { class: "pg-model-name", text: page.modelName ? ` · ${page.modelName}` : "" })),
      el("span", { class: "pg-space" }),
      el("button", { type: "button", class: "pg-link pg-find", "aria-keyshortcuts": "Control+K", on: { click: () => dispatchEvent(new CustomEvent("pg-palette")) } },
        `${words.find} `, el("kbd", { text: "Ctrl K" })),
      pins.opener(),
      button,
      el("button", { type: "button", class: "pg-link", title: words.theme, "aria-label": words.theme, text: "◐", on: { click: theme.switchTheme } }),
      el("a", { class: "pg-language", href: otherPage() + location.hash, hreflang: language === "zh" ? "en" : "zh-CN",
        lang: language === "zh" ? "en" : "zh-CN", text: words.other_language, on: { pointerdown: writeLink, focus: writeLink } }),
    );
    dispatch({ type: "kept", runs: earlier.read({}) });
    dispatch({ type: "begun" });
    tellFrame(location.hash);
    for (const event of unheard.splice(0)) dispatch(event);
    setInterval(notice, 1000);
    addEventListener("input", typed);
    addEventListener("click", ({ target }) => target.closest?.(".tab-container") && (tabClicked = performance.now()), true);
    addEventListener("click", ({ target }) => dispatchClick(target.closest?.(".pg-run-button")), true);
    addEventListener("keydown", pressed);
    addEventListener("hashchange", () => location.hash !== known && addressed(location.hash));
    // A link may have come after the first was read and before this.
    if (read != null && location.hash !== read) addressed(location.hash);
  }

  const theme = window.pgTheme();
  const page = {
    el, copy, sheet, quotes, kept,
    modelName: "",
    words: () => state.facts.words,
    fields: (name) => state.facts.places[name].fields,
    status: (name) => state && state.places[name].status,
    elapsed: (name) => performance.now() - state.places[name].since,
    show,
    bring,
    group,
    open: (place) => dispatch({ type: "chosen", place }),
    /** The topics in the order of their tabs, as entries of the palette. */
    topics: () =>
      Object.entries(state.facts.places)
        .filter(([name]) => name !== state.facts.fold)
        .map(([place, { title }]) => ({ kind: "topic", place, title, find: place, at: "" })),
    current: () => state.current,
    titleOf: (place) => state.facts.places[place].title,
    panels: (place) => state.facts.places[place].panels,
    /** Those that lead: the others are folded. */
    leads: (place) => state.facts.places[place].panels.slice(0, state.facts.places[place].leads),
    /** The group of a topic, its title, and how many topics it has. */
    groupOf(place) {
      const name = state.facts.places[place].group;
      const size = Object.values(state.facts.places).filter(({ group }) => group === name).length;
      return { name, size, title: state.facts.groups[name] };
    },
    root, later,
    /** Shows what a link stands for, as a click on it would; the page needn't wait until the browser tells of it. */
    go(link) {
      if (location.hash === link) return;
      try {
        // By itself a link is one of the page's base, which is the Chinese page.
        history.pushState({}, "", location.pathname + location.search + link);
      } catch {
        location.hash = link; // too often for this browser: it tells of it if it goes there
        return;
      }
      addressed(location.hash);
    },
    /** A run of what a place's controls hold, as the server is asked about it. */
    question(place) {
      const { facts, current } = state;
      const folded = place === facts.fold;
      const settings = valuesOf(state, place);
      if (folded) settings[facts.places[place].text] = textOf(state, current);
      return { topic: folded ? facts.bench : place, language: facts.language, settings };
    },
    hasResult: (place) => state.places[place].status?.state === "done",
    /** Whether an element takes room on the page. */
    seen: (element) => Boolean(element?.getClientRects().length),
    frame: (place, panel) => document.getElementById(`pg-panel-${place}-${panel}`),
    plots: (frame) => [...(frame?.querySelectorAll(".js-plotly-plot") ?? [])].filter((plot) => plot.data),
    /** The panels of a place that are on the page, as [name, title]. */
    drawn: (place) => state.facts.places[place].panels.filter(([panel]) => page.seen(page.frame(place, panel))),
    /** Opens a panel that is folded. */
    unfold: (frame) => frame?.querySelector(".pg-panel-fold > button:not(.open)")?.click(),
    /** Brings a panel of a place into sight, opened if it is folded. */
    showPanel(place, panel) {
      const frame = page.frame(place, panel);
      page.unfold(frame);
      bring(frame);
    },
    /** The link of a place's last run; without one, that of its controls. */
    lastLink: (name) => runsOf(state, name).findLast(({ last }) => last)?.link ?? fragment(state, name),
    presented: () => state.presented,
    present: (shown) => dispatch({ type: "presented", shown }),
    onPage: (redraw) => pages.push(redraw),
    openText: () => (state ? textOf(state, state.current) : ""),
    changedSince: (name) => changedSince(state, name),
    runs: (name) => runsOf(state, name),
    /** Shows a run that a link stands for, as one of the place's own. */
    recall(place, link, said) {
      dispatch({ type: "recalled", place, link, said });
      if (location.hash !== link) page.go(link);
      else if (!page.hasResult(place) || page.changedSince(place)) dispatch({ type: "runPressed", place });
    },
    language: () => state.facts.language,
    /** The run that is shown behind the last one: {link, now, answer}, null for none. */
    compared: (name) => state?.places[name]?.compared ?? null,
    compare: (place, link) => dispatch({ type: "compared", place, link }),
    earlierTold: (place, told) => dispatch({ type: "earlierTold", place, ...told }),
    differences: (name) => differences(state, name),
    tell: (place, status) => dispatch({ type: "told", place, status }),
    put: (place, values) => dispatch({ type: "put", place, values }),
    again: (place) => dispatch({ type: "again", place }),
    listen: (place, name, redraw) => ((listeners[place] ||= {})[name] = redraw),
    exampleFrom: (place, apply) => (examples[place] = apply),
    takesFrom: (place, apply) => {
      appliers[place] = apply;
      dispatch({ type: "drawn", place });
    },
  };
  page.sketch = window.pgSketch(page);
  const stage = window.pgStage(page);
  const earlierRuns = window.pgRuns(page);
  const keptPanels = window.pgKept(page);
  const pins = window.pgPins(page);
  window.playground = {
    ...window.pgDrawings(page), ...window.pgPalette(page), ...window.pgRail(page), ...window.pgEstimates(page), runs: earlierRuns.runs, was: earlierRuns.was, ...stage, pin: pins.pin, header, note, started, taken, opened, asking, selected,
    changed: (place, values) => dispatch({ type: "changed", place, values }),
    ended: (place) => dispatch({ type: "ended", place }),
    unfolded: () => bring(document.getElementById("pg-bench-fold")),
    move: (place, move) => dispatch({ type: "moved", place, move }),
    valuesOf: (place) => valuesOf(state, place),
    fields: page.fields,
    listen: page.listen,
    tune: (place, changes) => dispatch({ type: "tuned", place, changes }),
  };
})();
