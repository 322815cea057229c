// The page's state and what becomes of it: a pure function (state, event) -> {state, effects}. Knows no document, no timer
// and no Gradio; page.js turns what happens into events and carries the effects out. States are never altered.
//
// Every event carries `at`, the page's clock in milliseconds. Effects: {do: "draw-page"}, {do: "write-link", soon},
// {do: "ask-server"}, {do: "open-tab"}, {do: "draw-stage"}, {do: "keep-runs"}, {do: "draw-note", text}, {do: "apply", place}, {do: "click-run", place},
// {do: "click-stop", place}, {do: "ask-earlier", place}, {do: "keep-panels", place, link},
// {do: "show-kept", place, link, now}, {do: "let-go", place}, {do: "show-results", place}, {do: "ask-example", place}, {do: "send", inputs},
// {do: "after", ms, event}.
(() => {
  "use strict";
  const reads = typeof module === "undefined" ? globalThis.playgroundReads : require("./page_state_reads.js");
  const { same, fieldsOf, textField, textOf, underWay, linkOf, fragment } = reads;

  // Most clicks are answered within this time, and painting all panels twice takes longer than the answer.
  const FIRST_MOMENT = 400;
  // A run whose end isn't heard of, as after a lost connection, counts as over so long after its last status.
  const UNHEARD_END = 3000;
  // Runs that a place remembers.
  const MOST_RUNS = 8;
  // Should the server not have answered for the link.
  const LINK_IS_LATE = 8000;

  /** The state of a fresh page. `facts`: what components/page.py says of it: language, words, places with their fields. */
  function initial(facts) {
    const places = Object.fromEntries(Object.entries(facts.places).map(([name, { fields }]) => [name, placeOf(fields)]));
    return {
      facts,
      places,
      current: Object.keys(places)[0], // the open topic's place
      opened: {}, // group -> the topic last opened in it
      restoring: true, // while a link is read, only what the visitor changes meanwhile is written to the address
      reading: 0, // the number of the last reading of a link that the server was asked for; null: it is to be asked for a newer one
      left: false, // whether the visitor has opened another topic since
      presented: null, // the panel that fills the window, as {place, panel}; it may not be drawn yet
    };
  }
  function placeOf(fields) {
    return {
      values: fields.map((field) => field.value), // of its controls, in the order of its fields
      early: [], // the fields changed while a link is read, by index: they stay when it has been read
      drawn: false, // whether its controls can be set
      taking: null, // values on their way to the controls
      asked: null, // values that the next run takes, whatever the controls show
      again: false, // whether the next run is computed anew, whatever is remembered
      ran: null, // values of the last run
      runs: [], // the last runs that ended with a result, each as {link, said, figures}: the link without a panel, the verdict, some figures
      compared: null, // the earlier run that is shown behind the last one, as {link, now, answer}; answer null: not heard yet
      shows: null, // the link of the run whose result all panels show
      replay: null, // values of an earlier run that is to be run again once the controls are drawn
      since: 0, // when the last run was started
      busy: null, // when the run was started whose event isn't over
      waiting: null, // the move that waits for a run to end
      status: null, // the last one
      fresh: null, // the panels that aren't an earlier run's; null: nothing has run
    };
  }

  // ---- steps that several events share; each gives {state, effects}

  const only = (state, ...effects) => ({ state, effects });
  const withPlace = (state, name, changes) => ({
    ...state,
    places: { ...state.places, [name]: { ...state.places[name], ...changes } },
  });
  /** One step after another; `next` is given the state and gives a step. */
  function then(first, next) {
    const second = next(first.state);
    return { state: second.state, effects: [...first.effects, ...second.effects] };
  }
  const linkSoon = (state, name) => (name === state.current ? [{ do: "write-link", soon: true }] : []);

  /** Values with those that only panels write as they are here: the controls needn't know them. */
  function withPanels(state, name, values) {
    const { values: now } = state.places[name];
    return values.map((value, index) => (fieldsOf(state, name)[index].panel ? now[index] : value));
  }
  /** The controls hold `values`. */
  function take(state, name, values) {
    const { values: before, early } = state.places[name];
    const changed = values.map((_, index) => index).filter((index) => !same(values[index], before[index]));
    const noted = state.restoring ? [...new Set([...early, ...changed])] : early;
    return only(withPlace(state, name, { values, early: noted }), ...linkSoon(state, name));
  }
  /** Puts values into a place's controls: now, or once they are drawn. */
  function put(state, name, values) {
    const { drawn } = state.places[name];
    const after = withPlace(state, name, { values });
    if (!drawn && same(values, fieldsOf(state, name).map((field) => field.value))) return only(after);
    return only(withPlace(after, name, { taking: values }), ...(drawn ? [{ do: "apply", place: name }] : []));
  }
  const starting = (state, name) => ({ place: name, state: "running", text: state.facts.words.starting, fraction: null, fresh: [] });
  /** A status: the panels of an earlier run are paler from then on, though not in a run's first moment. */
  function tell(state, name, status, at) {
    const { effects, state: after } = look(withPlace(state, name, { status }), name, at);
    const { busy } = after.places[name];
    if (busy == null || underWay(status)) return only(after, ...effects);
    return only(after, ...effects, { do: "after", ms: UNHEARD_END, event: { type: "unheard", place: name, run: busy } });
  }
  function look(state, name, at) {
    const { status, since } = state.places[name];
    const wait = since + FIRST_MOMENT - at;
    if (status.state === "running" && wait > 0)
      return only(state, { do: "after", ms: wait + 10, event: { type: "looked", place: name } });
    return only(withPlace(state, name, { fresh: status.state === "idle" ? null : status.fresh || [] }));
  }
  /** What a panel's click asks for: values into the controls, then a run. One that is under way is stopped first, and its end
   * awaited: Gradio loses the first messages of a run that begins while another's stream is being closed. */
  function move(state, name, asked) {
    const { values: changes, runs, again = false } = asked;
    const { values, status, busy, taking } = state.places[name];
    if (runs && busy != null)
      return only(
        withPlace(state, name, { waiting: asked }),
        ...(underWay(status) ? [{ do: "click-stop", place: name }] : []),
      );
    const fields = fieldsOf(state, name);
    const now = fields.map((field, index) => changes[field.path] ?? values[index]);
    const free = withPlace(state, name, { waiting: null });
    // Gradio takes a tenth of a second to set the controls of a place: not where none of them changes.
    const sets = fields.some((field, index) => !field.panel && !same(now[index], values[index]));
    const moved = sets
      ? then(put(free, name, now), (after) => only(after, ...linkSoon(after, name)))
      : // What is on its way to the controls comes back as it is now.
        take(taking ? withPlace(free, name, { taking: now }) : free, name, now);
    return then(moved, (after) =>
      runs
        ? only(withPlace(after, name, { asked: now, again }), { do: "click-run", place: name })
        : only(withPlace(after, name, { ran: now })),
    );
  }
  /** A run ended with a result: it is the last of the place's runs. */
  function remember(state, name, { verdict, figures }) {
    const { ran, runs } = state.places[name];
    if (!ran || name === state.facts.fold) return only(state);
    const link = linkOf(state, name, ran);
    const others = runs.filter((run) => run.link !== link);
    const last = { runs: [...others, { link, said: verdict || "", figures: figures || [] }].slice(-MOST_RUNS), shows: link };
    return only(withPlace(state, name, last), { do: "keep-runs" }, { do: "let-go", place: name });
  }
  /** No earlier run is shown behind a place's results. */
  const alone = (state, name) => (state.places[name].compared ? withPlace(state, name, { compared: null }) : state);
  /** An earlier run once more: its result is remembered. */
  function replayed(state, name, values) {
    const { drawn, runs, ran } = state.places[name];
    const known = runs.some(({ link }) => link === linkOf(state, name, values));
    if (!known || same(ran, values)) return only(state);
    if (!drawn) return only(withPlace(state, name, { replay: values }));
    const changes = Object.fromEntries(fieldsOf(state, name).map((field, index) => [field.path, values[index]]));
    return move(state, name, { values: changes, runs: true });
  }
  /** A run's event is over. */
  function over(state, name) {
    const { waiting } = state.places[name];
    const free = withPlace(state, name, { busy: null });
    return waiting ? move(free, name, waiting) : only(free);
  }

  /** Should the server not answer for the link that it was asked to read. */
  const late = (read) => ({ do: "after", ms: LINK_IS_LATE, event: { type: "linkLate", read } });
  /** A panel fills the window, or none does. */
  const front = (state, presented) =>
    same(state.presented, presented) ? only(state) : only({ ...state, presented }, { do: "draw-stage" });

  // ---- the events

  const EVENTS = {
    // of the page
    begun: (state) =>
      only(state, { do: "draw-page" }, late(0)),
    opened(state, { group, slug }) {
      const { places } = state.facts;
      const first = Object.keys(places).find((name) => places[name].group === group);
      const opened = slug ? { ...state.opened, [group]: slug } : state.opened;
      const current = slug || opened[group] || first || state.current;
      const left = state.left || current !== state.current;
      const stays = current === state.current;
      const after = stays ? only({ ...state, opened, left }) : front({ ...alone(state, state.current), opened, current, left }, null);
      return then(after, (now) => only(now, { do: "draw-page" }, { do: "write-link", soon: false }));
    },
    /** A panel is to fill the window; none: the page is as before. */
    presented: (state, { shown }) =>
      then(front(state, shown), (after) => only(after, { do: "write-link", soon: false })),
    /** A topic is chosen by its name: it opens as by its tab, with what its controls hold. */
    chosen(state, { place }) {
      const { group } = state.facts.places[place];
      return then(EVENTS.opened(state, { group, slug: place }), (after) => only(after, { do: "open-tab" }));
    },
    /** The runs of earlier, by place, as the browser kept them. */
    kept: (state, { runs }) =>
      only(Object.keys(runs).reduce((after, name) => (after.places[name] ? withPlace(after, name, { runs: runs[name] }) : after), state)),
    /** A pin's run is one of the place's again, so that its link shows its result and not its settings alone. */
    recalled(state, { place, link, said }) {
      const { runs } = state.places[place];
      if (runs.some((run) => run.link === link)) return only(state);
      return only(withPlace(state, place, { runs: [...runs, { link, said }].slice(-MOST_RUNS) }));
    },
    /** The server is asked to read the link, for the `number`th time. */
    asked: (state, { number }) => only({ ...state, reading: number, left: false }, late(number)),
    /** The server has read the link. `values` by dotted name; without a place it named none. An answer that is overtaken by
     * another link says nothing; one that comes after the visitor has opened another topic sets the controls alone. */
    linkRead(state, { read: number, text, place: name, group, values, panel }) {
      if (number !== state.reading) return only(state);
      const done = (after) =>
        only({ ...after, restoring: false }, { do: "draw-note", text }, { do: "draw-page" }, { do: "write-link", soon: false });
      if (!state.places[name]) return done(state);
      const { early, values: now } = state.places[name];
      const kept = state.restoring ? early : [];
      const read = fieldsOf(state, name).map((field, index) => (kept.includes(index) ? now[index] : values[field.path]));
      if (state.left) return then(put(state, name, read), done);
      const there = { ...state, current: name, opened: { ...state.opened, [group]: name } };
      const presented = panel ? { place: name, panel } : null;
      const opens = then(then(put(there, name, read), (after) => front(after, presented)), done);
      return then(then(opens, (after) => only(after, { do: "open-tab" })), (after) => replayed(after, name, read));
    },
    linkLate: (state, { read: number }) =>
      number === state.reading && state.restoring ? only({ ...state, restoring: false }, { do: "write-link", soon: false }) : only(state),
    /** The address is another, as after a link was pasted or Back was pressed. It is kept until it is read: a run that ends meanwhile
     * doesn't write its own. What was changed before gives way to it. */
    addressed(state, { hash }) {
      if (!hash || (hash === fragment(state) && !state.restoring)) return only(state);
      // A place that changes is drawn anew: the others stay what they are.
      const places = Object.fromEntries(Object.entries(state.places).map(([name, place]) => [name, place.early.length ? { ...place, early: [] } : place]));
      const after = { ...state, places, restoring: true, reading: null };
      const name = Object.keys(places).find((place) => places[place].runs.some(({ link }) => link === hash));
      const asks = [{ do: "ask-server" }, late(null)];
      if (!name) return only(after, ...asks);
      return only(alone(after, name), { do: "show-kept", place: name, link: hash, now: places[name].shows }, ...asks);
    },
    /** The connection to the server is lost, or the server refuses what it was asked; `text` says it, and is of no run that the server
     * has told of. Where there is no other, a note says it. `full`: for want of a place; the server is asked for an example's result. */
    lost(state, { at, text, full }) {
      const running = Object.entries(state.places).filter(([, { status }]) => underWay(status) && !(text && status.run));
      if (text && !running.length) return only(state, { do: "draw-note", text });
      return running.reduce(
        (step, [name, { status }]) =>
          then(step, (after) => {
            const told = { ...status, state: "error", text: text || state.facts.words.lost, fraction: null };
            const step = tell(after, name, told, at);
            return full ? then(step, (refused) => only(refused, { do: "ask-example", place: name })) : step;
          }),
        only(state),
      );
    },

    // of a place's controls
    changed: (state, { place, values }) => take(state, place, withPanels(state, place, values)),
    /** What is typed counts at once: Gradio tells of it later, and a click may come between. */
    typed(state, { id, value }) {
      for (const name of Object.keys(state.places)) {
        const index = fieldsOf(state, name).findIndex((field) => field.id === id);
        if (index >= 0) return EVENTS.changed(state, { place: name, values: state.places[name].values.with(index, value) });
      }
      return only(state);
    },
    put: (state, { place, values }) => put(state, place, values),
    /** A panel's own sliders set some of the controls, by dotted name; nothing runs. */
    tuned(state, { place, changes }) {
      const { values } = state.places[place];
      const now = fieldsOf(state, place).map((field, index) => changes[field.path] ?? values[index]);
      return then(put(state, place, now), (after) => only(after, ...linkSoon(after, place)));
    },
    /** The controls fetch what was put into them. */
    taken(state, { place }) {
      const { taking, values } = state.places[place];
      return take(state, place, taking || values);
    },
    /** The controls are there. The page hears a component only once it is wholly there. */
    drawn(state, { place }) {
      const after = withPlace(state, place, { drawn: true });
      const { taking, replay } = state.places[place];
      const settles = taking ? [{ do: "after", ms: 0, event: { type: "settled", place } }] : [];
      const runs = replay ? [{ do: "after", ms: 0, event: { type: "replayed", place } }] : [];
      return only(after, ...settles, ...runs);
    },
    replayed(state, { place }) {
      const { replay } = state.places[place];
      return replay ? replayed(withPlace(state, place, { replay: null }), place, replay) : only(state);
    },
    settled: (state, { place }) => only(state, { do: "apply", place }),

    // of a place's runs
    /** Run is clicked: the dock says so at once, though Gradio takes a while to gather what it sends. */
    clicked(state, { place: name, at }) {
      if (underWay(state.places[name].status)) return only(state);
      return tell(withPlace(state, name, { since: at }), name, starting(state, name), at);
    },
    /** Gradio sends `inputs`: the fields, perhaps the guess, and last whether to compute anew. A move's values may still be on
     * their way to the controls. */
    started(state, { place: name, inputs, at }) {
      const { asked, again, shows } = state.places[name];
      const count = fieldsOf(state, name).length;
      const values = asked || withPanels(state, name, inputs.slice(0, count));
      const text = name === state.facts.fold ? textField(state, name) : -1;
      const ran = text < 0 ? values : values.with(text, textOf(state, state.current));
      const begun = withPlace(state, name, { ran, shows: null, compared: null, asked: null, again: false, since: at, busy: at });
      const keeps = shows ? [{ do: "keep-panels", place: name, link: shows }] : [];
      return then(tell(begun, name, starting(state, name), at), (after) =>
        only(after, ...keeps, { do: "send", inputs: [...ran, ...inputs.slice(count, -1), again] }, { do: "show-results", place: name }),
      );
    },
    /** Keys: a run isn't begun twice, and only one that is under way is stopped; else no earlier run is compared any more. */
    runPressed: (state, { place }) =>
      underWay(state.places[place].status) ? only(state) : only(state, { do: "click-run", place }),
    stopPressed: (state, { place }) =>
      underWay(state.places[place].status) ? only(state, { do: "click-stop", place }) : only(Object.keys(state.places).reduce(alone, state)),
    /** An earlier run is to be shown behind the results of the last one, or, as it is already, no more. */
    compared(state, { place: name, link }) {
      const { ran, status, compared } = state.places[name];
      if (compared?.link === link) return only(alone(state, name));
      const now = ran && linkOf(state, name, ran);
      if (status?.state !== "done" || !now || now === link) return only(state);
      return only(withPlace(state, name, { compared: { link, now, answer: null } }), { do: "ask-earlier", place: name });
    },
    /** What the server says of it: {panels, said}. An answer about another pair of runs says nothing. */
    earlierTold(state, { place: name, link, now, answer }) {
      const { compared } = state.places[name];
      return compared?.link === link && compared.now === now ? only(withPlace(state, name, { compared: { link, now, answer } })) : only(state);
    },
    told(state, { place, status, at }) {
      const before = state.places[place].status;
      const isNew = status.state === "done" && (before?.state !== "done" || before.run !== status.run);
      return then(tell(state, place, status, at), (after) => (isNew ? remember(after, place, status) : only(after)));
    },
    looked: (state, { place, at }) => look(state, place, at),
    ended: (state, { place }) => over(state, place),
    unheard: (state, { place, run }) => (state.places[place].busy === run ? over(state, place) : only(state)),
    moved: (state, { place, move: asked }) => move(state, place, asked),
    /** The run once more, though its result is remembered. Of a move that waits already, the values count. */
    again(state, { place }) {
      const { waiting } = state.places[place];
      return move(state, place, { values: {}, ...waiting, runs: true, again: true });
    },
  };

  /** What becomes of a state by an event, and what is to be done about it. Events of a place that isn't there change nothing. */
  function reduce(state, event) {
    const named = event.type !== "linkRead" && event.place != null;
    if (named && !state.places[event.place]) return only(state);
    return EVENTS[event.type](state, event);
  }

  const playgroundState = { initial, reduce, ...reads };
  globalThis.playgroundState = playgroundState;
  if (typeof module !== "undefined") module.exports = playgroundState;
})();
