// What can be read off the page's state (see page_state.js): values, text, differences, links, earlier runs. Pure functions.
(() => {
  "use strict";

  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const fieldsOf = (state, place) => state.facts.places[place].fields;
  const underWay = (status) => status != null && (status.state === "running" || status.state === "waiting");

  /** What a place's controls hold, by dotted name. */
  function valuesOf(state, place) {
    return Object.fromEntries(fieldsOf(state, place).map((field, index) => [field.path, state.places[place].values[index]]));
  }
  /** The text that a topic would put on the bench. */
  function textOf(state, place) {
    const index = textField(state, place);
    return index < 0 ? "" : String(state.places[place].values[index] ?? "");
  }
  function textField(state, place) {
    const { fields, text } = state.facts.places[place];
    return fields.findIndex((field) => field.path === text);
  }
  /** Whether the controls differ from what the last run took. */
  function changedSince(state, place) {
    const { values, ran } = state.places[place];
    return place !== state.facts.fold && ran != null && !same(values, ran);
  }
  /** The ids of controls that are shown with other values of a sibling only. */
  function hidden(state, place) {
    const values = valuesOf(state, place);
    return fieldsOf(state, place)
      .filter(({ shown }) => shown && !shown[1].includes(values[shown[0]]))
      .map((field) => field.id);
  }
  /** What a setting is called beside its side: nothing where the side is the setting, as the method that is drawn as A. */
  const nameOf = ({ name, path, sided }) => (sided && !path.includes(".") ? "" : name);
  /** The settings that A and B each had in the last run, before one has in the controls, and that differ: [name, A's words, B's words];
   * null if none has two sides. One that neither side's controls show plays no part. */
  function differences(state, place) {
    const { ran: last, values } = state.places[place];
    const ran = last ?? values;
    const fields = fieldsOf(state, place);
    if (!fields.some((field) => field.sided)) return null;
    const at = Object.fromEntries(fields.map((field, index) => [field.path, index]));
    const counts = (index) => {
      const { shown } = fields[index];
      return !shown || shown[1].includes(ran[at[shown[0]]]);
    };
    const said = (index) => (counts(index) ? String(fields[index].options?.[ran[index]] ?? ran[index]) : "–");
    return fields
      .filter(({ sided, path }) => sided && path[0] === "a")
      .map((field) => [nameOf(field), said(at[field.path]), said(at[`b${field.path.slice(1)}`])])
      .filter(([, a, b]) => a !== b);
  }
  const written = (value) => encodeURIComponent(String(value)).replace(/%20/g, "+");
  /** The link to a place with these values: what differs from the defaults. */
  function linkOf(state, place, values, ...more) {
    const parts = fieldsOf(state, place)
      .map((field, index) => (same(values[index], field.value) ? "" : `${field.path}=${written(values[index])}`))
      .concat(more)
      .filter(Boolean);
    return `#${place}${parts.length ? `?${parts.join("&")}` : ""}`;
  }
  /** A place's link: its values, and the panel that fills the window. */
  function fragment(state, place = state.current) {
    const { presented } = state;
    return linkOf(state, place, state.places[place].values, presented?.place === place ? `panel=${presented.panel}` : "");
  }
  /** Two figures of each run, for those that have any: the same of all, first those in which the runs differ; times differ anyway. */
  function twoFigures(runs) {
    const nameOf = ({ of, label }) => JSON.stringify([of, label]);
    const kept = runs.map(({ figures }) => new Map((Array.isArray(figures) ? figures : []).map((one) => [nameOf(one), one])));
    const names = [...new Set([...kept].reverse().flatMap((figures) => [...figures.keys()]))];
    const having = kept.filter((figures) => figures.size);
    const values = (name) => having.map((figures) => figures.get(name)).map((one) => one && JSON.stringify([one.a, one.b]));
    const differ = names.filter((name) => new Set(values(name)).size > 1 && !having.some((figures) => figures.get(name)?.measured));
    const order = [...new Set([...differ, ...names])];
    return kept.map((figures) => order.filter((name) => figures.has(name)).slice(0, 2).map((name) => figures.get(name)));
  }
  /** The last runs of a place, the oldest first: link, verdict, two figures, whether it is the last one, and what differs from the
   * defaults, in words: [side, name, value] each. */
  function runsOf(state, place) {
    const { runs, ran } = state.places[place];
    const figures = twoFigures(runs);
    const fields = Object.fromEntries(fieldsOf(state, place).map((field) => [field.path, field]));
    const last = ran && linkOf(state, place, ran);
    return runs.map(({ link, said }, index) => {
      const changed = [...new URLSearchParams(link.split("?")[1] || "")].filter(([path]) => fields[path]);
      const words = changed.map(([path, value]) => {
        const { sided, options } = fields[path];
        return [sided ? path[0] : "", path === state.facts.places[place].text ? "" : nameOf(fields[path]), String(options?.[value] ?? value)];
      });
      return { link, said, figures: figures[index], words, last: link === last };
    });
  }
  /** What the address should be while it is `hash`; null: as it is. A link not read yet stays, with what was changed since. */
  function link(state, hash) {
    if (!state.restoring) return fragment(state);
    if (!Object.values(state.places).some((place) => place.early.length)) return null;
    const [name, query = ""] = hash.slice(1).split("?");
    const opened = state.places[name] ? name : state.current;
    const { early, values } = state.places[opened];
    const parts = new URLSearchParams(query);
    for (const index of early) parts.set(fieldsOf(state, opened)[index].path, String(values[index]));
    const text = parts.toString();
    return `#${opened}${text ? `?${text}` : ""}`;
  }

  const playgroundReads = { same, fieldsOf, underWay, valuesOf, textOf, textField, changedSince, hidden, differences, linkOf, fragment, runsOf, link };
  globalThis.playgroundReads = playgroundReads;
  if (typeof module !== "undefined") module.exports = playgroundReads;
})();
