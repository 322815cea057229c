// The earlier runs of a topic as chips, and one of them shown in grey behind the last one's results: what the server finds under the same
// names. Panels draw it themselves (see `was` in panels/core_frames.js), figures are given its traces. Text is only ever set as textContent.
window.pgRuns = (page) => {
  "use strict";
  const { el } = page;
  // The name of an earlier run's traces, as components/panels/figures.py has it.
  const EARLIER = "pg-earlier";
  const observers = {}; // place -> what gives a chart its traces when it is drawn later, as in a fold that is opened

  /** The last runs, once there are two: a click shows one again, as its link does; with Shift, or by its second button, it is compared. */
  function runs(element, props) {
    const { place } = props.value;
    let last = "";
    const said = ([side, name, value]) => [side.toUpperCase(), name, value].filter(Boolean).join(" ");
    /** A figure of a run: its name, unless the one before is of the same row, that of its row; A's value and B's where there are both. */
    function figure({ of, label, a, b, unit, digits }, before) {
      const { say, number } = window.pgPanels;
      const write = (value) => (typeof value === "number" ? number(value, digits, page.language()) : say(value, page.language()));
      const row = JSON.stringify(of) === JSON.stringify(before?.of) ? "" : write(of);
      const side = (role, value) => el("bdi", { class: `pg-run-${role}` }, el("span", { class: "pg-sr", text: `${role.toUpperCase()} ` }), write(value));
      const values = b == null ? [el("bdi", { text: write(a) })] : [side("a", a), " · ", side("b", b)];
      return el("span", { class: "pg-run-figure" }, `${[row, write(label)].filter(Boolean).join(" · ")} `, ...values, write(unit) && ` ${write(unit)}`);
    }
    function pair(run, compared, may) {
      const words = page.words();
      const text = run.words.map(said).join(" · ") || words.runs_default;
      const compares = may && !run.last;
      const compare = () => page.compare(place, run.link);
      const chip = el("button", { type: "button", class: "pg-chip pg-run-chip", title: run.said, "aria-current": run.last ? "true" : null, "aria-keyshortcuts": compares ? "Shift+Enter" : null,
        on: {
          click: ({ shiftKey }) => (shiftKey && compares ? compare() : page.go(run.link)),
          keydown: (event) => {
            if (event.key !== "Enter" || !event.shiftKey || !compares) return;
            event.preventDefault();
            compare();
          },
        } },
        el("span", { class: "pg-run-words", text }),
        run.figures.length ? " " : null,
        run.figures.length ? el("small", { class: "pg-run-figures" }, ...run.figures.flatMap((one, at) => [at ? " " : null, figure(one, run.figures[at - 1])])) : null);
      const button = el("button", { type: "button", class: "pg-chip pg-run-compare", title: words.compare_hint, "aria-label": `${words.compare}: ${text}`, "aria-pressed": String(compared), text: "⇄", on: { click: compare } });
      return el("span", { class: "pg-run-pair" }, chip, ...(compares ? [button] : []));
    }
    function draw() {
      const found = page.runs(place);
      const compared = page.compared(place);
      const may = page.hasResult(place);
      const now = JSON.stringify([found, may, compared?.link, compared?.answer?.said, Boolean(compared?.answer)]);
      if (now === last) return;
      last = now;
      if (found.length < 2) return element.replaceChildren();
      const words = page.words();
      // The keyboard stays at the run that it was at.
      const held = [...element.querySelectorAll("button")].indexOf(document.activeElement);
      const chips = el("div", { class: "pg-chips", role: "group", "aria-label": words.runs }, el("span", { class: "pg-runs-label", text: words.runs }),
        ...found.map((run) => pair(run, run.link === compared?.link, may)));
      const line = el("p", { class: "pg-compared", role: "status" });
      element.replaceChildren(chips, line);
      if (held >= 0) element.querySelectorAll("button")[held]?.focus({ preventScroll: true });
      const run = found.find(({ link }) => link === compared?.link);
      if (!run || !compared.answer) return;
      const { answer } = compared;
      const name = run.words.map(said).join(" · ") || words.runs_default;
      const count = Object.keys(answer.panels).length;
      line.append(el("span", { text: answer.said || words.compared.replace("{run}", () => name).replace("{count}", count) }), " ",
        el("button", { type: "button", class: "pg-again", "aria-keyshortcuts": "Escape", text: words.compared_end, on: { click: () => page.compare(place, run.link) } }));
    }
    page.listen(place, "runs", draw);
    draw();
  }

  /** Asks the server what the run compared had. */
  async function ask(place) {
    const { link, now } = page.compared(place);
    let answer = { panels: {}, said: page.words().compare_failed };
    try {
      const body = JSON.stringify({ language: page.language(), now, earlier: link });
      const response = await fetch(`${page.root()}/compare`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      if (response.ok) answer = await response.json();
    } catch {
      // the sentence says so
    }
    page.earlierTold(place, { link, now, answer });
  }

  /** A chart has the traces of an earlier run behind its own, or none. A curve lies behind the curves, a bar's outline before the bars. The
   * axis has ticks for both, which the first of the traces knows. */
  function trace(plot, traces) {
    const old = plot.data.map(({ name }, index) => (name === EARLIER ? index : -1)).filter((index) => index >= 0);
    if (!old.length && !traces.length) return;
    const own = plot.data.filter(({ name }) => name !== EARLIER);
    const copies = structuredClone(traces);
    const data = copies[0]?.type === "bar" ? [...own, ...copies] : [...copies, ...own];
    const ticks = [...copies, ...plot.data].find(({ name, meta }) => name === EARLIER && meta)?.meta[copies.length ? "joint" : "own"] ?? {};
    const layout = { ...plot.layout };
    for (const [axis, settings] of Object.entries(ticks)) layout[axis] = { ...layout[axis], ...settings };
    window.Plotly.react(plot, data, layout);
  }
  /** Shows what a place's state says: in the panels that have it, and in no other. */
  function draw(place) {
    const panels = page.compared(place)?.answer?.panels ?? {};
    observers[place]?.disconnect();
    delete observers[place];
    for (const [name] of page.panels(place)) {
      const frame = page.frame(place, name);
      for (const root of frame?.querySelectorAll(".pg-panel") ?? []) root.pgDraw?.();
      for (const plot of page.plots(frame)) trace(plot, panels[name]?.traces ?? []);
    }
    const charts = Object.keys(panels).filter((name) => panels[name].traces);
    if (!charts.length) return;
    const later = new MutationObserver(() => {
      for (const name of charts)
        for (const plot of page.plots(page.frame(place, name))) if (!plot.data.some((one) => one.name === EARLIER)) trace(plot, panels[name].traces);
    });
    for (const name of charts) if (page.frame(place, name)) later.observe(page.frame(place, name), { childList: true, subtree: true });
    observers[place] = later;
  }

  /** What an earlier run had in a panel, null for nothing. */
  const was = ({ place, panel }) => page.compared(place)?.answer?.panels[panel] ?? null;

  return { runs, was, askEarlier: ask, drawEarlierRun: draw };
};
