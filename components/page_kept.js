// What the runs of this page showed, kept by their links: an earlier run's panels come back at once, and the server's same answer after them.
window.pgKept = (page) => {
  "use strict";
  const MOST = 8; // runs of a place, as many as there are chips
  // The server's answer is there by then, for panels whose values it needn't send too.
  const ANSWERED = 600; // ms
  const due = {}; // place -> the timer after which nothing is shown instead of the server's result
  const showing = {}; // place -> the number of the last showing: what is left of an older one isn't drawn
  const kept = {}; // place -> Map of a link to {panel's name: {texts, figures}}
  const roots = (frame) => [...(frame?.querySelectorAll(".pg-panel") ?? [])].filter((root) => root.pgDraw);
  const figure = ({ data, layout }) => ({ data, layout });
  const drawn = (plot, { data, layout }) => window.Plotly.react(plot, data, layout);

  /** Keeps what a place's panels show, as the result of a run; not what is only shown until the server answers. */
  function keep({ place, link }) {
    const frames = page.panels(place).map(([name]) => [name, page.frame(place, name)]);
    if (frames.some(([, frame]) => roots(frame).some((root) => root.pgInstead !== undefined))) return;
    const runs = (kept[place] ??= new Map());
    runs.delete(link);
    runs.set(link, Object.fromEntries(frames.map(([name, frame]) => [name, { texts: roots(frame).map((root) => root.pgText()), figures: page.plots(frame).map(figure) }])));
    if (runs.size > MOST) runs.delete(runs.keys().next().value);
  }

  /** Shows a run that was kept instead of the one that the panels are of, `now`. */
  function show({ place, link, now }) {
    if (!now) return;
    clearTimeout(due[place]);
    if (now === link) return ownAgain(place);
    keep({ place, link: now });
    const mine = (showing[place] = (showing[place] ?? 0) + 1);
    const runs = Object.entries(kept[place].get(link) ?? {});
    // What is in sight is drawn first: all of a topic's panels take longer than a look.
    const first = runs.filter(([name]) => inSight(page.frame(place, name)));
    const later = runs.filter((run) => !first.includes(run));
    for (const [name, panel] of first) draw(place, name, panel);
    page.later(function next() {
      const [name, panel] = later.shift() ?? [];
      if (!name || showing[place] !== mine) return;
      draw(place, name, panel);
      setTimeout(next);
    });
  }

  const inSight = (frame) => {
    const { top, bottom } = frame?.getBoundingClientRect() ?? {};
    return top < innerHeight && bottom > 0;
  };
  function draw(place, name, { texts, figures }) {
    const frame = page.frame(place, name);
    roots(frame).forEach((root, index) => {
      if (texts[index] === undefined) return;
      root.pgInstead = texts[index];
      root.pgDraw();
    });
    page.plots(frame).forEach((plot, index) => {
      if (!figures[index]) return;
      plot.pgOwn ??= figure(plot);
      drawn(plot, figures[index]);
    });
  }

  /** Nothing is shown instead of the server's result any more. */
  function ownAgain(place) {
    showing[place] = (showing[place] ?? 0) + 1;
    for (const [name] of page.panels(place)) {
      const frame = page.frame(place, name);
      for (const root of roots(frame)) {
        if (root.pgInstead === undefined) continue;
        root.pgInstead = undefined;
        root.pgDraw();
      }
      for (const plot of page.plots(frame)) {
        if (plot.pgOwn) drawn(plot, plot.pgOwn);
        plot.pgOwn = null;
      }
    }
  }

  /** The server's result is there. */
  function letGo({ place }) {
    clearTimeout(due[place]);
    due[place] = setTimeout(() => ownAgain(place), ANSWERED);
  }

  return { keepPanels: keep, showKept: show, letGo };
};
