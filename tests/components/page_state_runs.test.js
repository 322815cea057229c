// The page's state through runs: start, status, end, a panel's click, running again. Run by test_page_state.py.
"use strict";
const assert = require("node:assert/strict");
const { describe, test } = require("node:test");
const { changedSince, link, runsOf } = require("../../components/page_state.js");
const { DEFAULTS, Visit, soon, clickRun, clickStop, apply } = require("./page_visit.js");

describe("a run", () => {
  test("sends the fields, the guess and the flag", () => {
    const visit = Visit.at("counting").started("counting", ["typed", 3, 4, "none", "", "long", null]);
    assert.deepEqual(visit.inputs, ["typed", 3, 4, "none", "", "long", false]);
    assert.equal(visit.place("counting").status.text, "Starting");
    assert.equal(visit.place("counting").status.state, "running");
    assert.equal(visit.place("counting").busy, visit.now);
  });
  test("sends what panels wrote, not what their control shows", () => {
    const visit = Visit.at("counting").send("moved", { place: "counting", move: { values: { chosen: "clicked" }, runs: false } });
    visit.started("counting", [...DEFAULTS, null, false]);
    assert.equal(visit.inputs[4], "clicked");
  });
  test("is begun by keys only while none is under way, and stopped only then", () => {
    const visit = Visit.at("counting");
    assert.deepEqual(visit.send("stopPressed", { place: "counting" }).done, []);
    assert.deepEqual(visit.send("runPressed", { place: "counting" }).done, [clickRun("counting")]);
    visit.started("counting", [...DEFAULTS, null, false]);
    assert.deepEqual(visit.send("runPressed", { place: "counting" }).done, []);
    assert.deepEqual(visit.send("stopPressed", { place: "counting" }).done, [clickStop("counting")]);
  });
  test("says that it begins at the click, before anything is sent, and no second click says so again", () => {
    const visit = Visit.at("counting").send("clicked", { place: "counting" });
    assert.equal(visit.place("counting").status.text, "Starting");
    assert.equal(visit.place("counting").status.state, "running");
    assert.deepEqual(visit.done, []);
    visit.started("counting", [...DEFAULTS, null, false]).told("counting", "running", { text: "half" }).send("clicked", { place: "counting" });
    assert.equal(visit.place("counting").status.text, "half");
  });
  test("keeps what the panels show of the one before, if that came to its end", () => {
    const kept = (visit) => visit.done.filter(({ do: name }) => name === "keep-panels");
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    assert.deepEqual(kept(visit), []);
    visit.told("counting", "done", { run: 1, verdict: "" }).send("ended", { place: "counting" });
    const [, ...rest] = DEFAULTS;
    visit.started("counting", ["second", ...rest, null, false]);
    assert.deepEqual(kept(visit), [{ do: "keep-panels", place: "counting", link: "#counting" }]);
    visit.told("counting", "stopped", { run: 2 }).send("ended", { place: "counting" }).started("counting", [...DEFAULTS, null, false]);
    assert.deepEqual(kept(visit), [], "the panels of a run that was stopped are of two runs");
  });
  test("of before is shown at once when its address comes again", () => {
    const [, ...rest] = DEFAULTS;
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "done", { run: 1, verdict: "" }).send("ended", { place: "counting" });
    visit.send("changed", { place: "counting", values: ["second", ...rest] }).started("counting", ["second", ...rest, null, false]);
    visit.told("counting", "done", { run: 2, verdict: "" }).send("ended", { place: "counting" });
    assert.deepEqual(visit.send("addressed", { hash: "#counting" }).done, [
      { do: "show-kept", place: "counting", link: "#counting", now: "#counting?text=second" },
      { do: "ask-server" },
    ]);
  });
  test("comes again without a change of any place, each of which would be drawn anew", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "done", { run: 1, verdict: "" }).send("ended", { place: "counting" });
    const before = visit.state.places;
    visit.send("addressed", { hash: "#counting?text=else" }).send("addressed", { hash: "#counting" });
    for (const name of Object.keys(before)) assert.equal(visit.place(name), before[name], name);
  });
  test("brings its results into sight", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    assert.ok(visit.done.some(({ do: name, place }) => name === "show-results" && place === "counting"));
  });
  test("of the bench in the fold takes the open topic's text, and there is no guess", () => {
    const visit = Visit.at("counting").send("typed", { id: "pg-counting--text", value: "to the bench" });
    visit.started("fold", ["hello", 1.2, false]);
    assert.deepEqual(visit.inputs, ["to the bench", 1.2, false]);
    assert.ok(!changedSince(visit.state, "fold"));
  });
  test("its settings changed since, and back", () => {
    const visit = Visit.at("counting");
    assert.ok(!changedSince(visit.state, "counting"), "nothing has run");
    visit.started("counting", [...DEFAULTS, null, false]).told("counting", "done");
    assert.ok(!changedSince(visit.state, "counting"));
    visit.send("typed", { id: "pg-counting--text", value: "else" });
    assert.ok(changedSince(visit.state, "counting"));
    visit.send("typed", { id: "pg-counting--text", value: "fine" });
    assert.ok(!changedSince(visit.state, "counting"));
  });
  test("leaves an earlier run's panels as they are in its first moment, then shows them paler", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    visit.told("counting", "done", { fresh: ["words", "bars"] });
    assert.deepEqual(visit.place("counting").fresh, ["words", "bars"]);
    visit.now += 1000;
    visit.started("counting", [...DEFAULTS, null, false]);
    assert.deepEqual(visit.place("counting").fresh, ["words", "bars"]);
    const [{ ms, event }] = visit.later;
    assert.equal(ms, 410);
    visit.now += 100;
    visit.told("counting", "running", { fresh: ["words"] });
    assert.deepEqual(visit.place("counting").fresh, ["words", "bars"]);
    visit.now += ms;
    visit.send(event.type, event);
    assert.deepEqual(visit.place("counting").fresh, ["words"]);
  });
  test("that is over within that moment shows its own panels at once", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    visit.now += 100;
    visit.told("counting", "done", { fresh: ["words"] });
    assert.deepEqual(visit.place("counting").fresh, ["words"]);
  });
  test("a place where nothing has run has no panels to be paler", () => {
    assert.equal(Visit.at("counting").told("counting", "idle").place("counting").fresh, null);
  });
  test("is over when its event ends", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "done");
    assert.notEqual(visit.place("counting").busy, null, "its stream may still be open");
    visit.send("ended", { place: "counting" });
    assert.equal(visit.place("counting").busy, null);
  });
  test("whose end isn't heard of is over a while after its last status, unless another began", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    assert.deepEqual(visit.later.filter(({ event }) => event.type === "unheard"), [], "it goes on");
    visit.now += 500;
    visit.told("counting", "error");
    const [{ ms, event }] = visit.later;
    assert.equal(ms, 3000);
    visit.now += 100;
    visit.started("counting", [...DEFAULTS, null, false]);
    visit.send(event.type, event);
    assert.notEqual(visit.place("counting").busy, null, "the other run's end is still to come");
    visit.now += 500;
    visit.told("counting", "done");
    visit.send(visit.later[0].event.type, visit.later[0].event);
    assert.equal(visit.place("counting").busy, null);
  });
  test("under way when the connection is lost ends in words", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "running", { fraction: 0.4 });
    visit.started("slow", [0, false]).told("slow", "done", { text: "1 s" });
    visit.send("lost");
    const { status } = visit.place("counting");
    assert.deepEqual([status.state, status.text, status.fraction], ["error", "The connection was lost", null]);
    assert.equal(visit.place("slow").status.text, "1 s");
    assert.equal(visit.later.at(-1).event.type, "unheard");
  });
});

describe("what the server refuses", () => {
  test("is said by the run that it refuses", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    visit.send("lost", { text: "The server is too busy" });
    const { status } = visit.place("counting");
    assert.deepEqual([status.state, status.text], ["error", "The server is too busy"]);
  });
  test("for want of a place asks for an example in the place of the run that it refuses, and nowhere else", () => {
    const asks = (visit) => visit.done.filter(({ do: name }) => name === "ask-example");
    const visit = Visit.at("counting").started("slow", [0, false]).told("slow", "running", { run: 7 });
    visit.started("counting", [...DEFAULTS, null, false]).send("lost", { text: "The server is too busy", full: true });
    assert.deepEqual(asks(visit), [{ do: "ask-example", place: "counting" }]);
    visit.send("lost", { text: "The server is too busy", full: true });
    assert.deepEqual(asks(visit), []);
    visit.started("counting", [...DEFAULTS, null, false]).send("lost", { text: "Please reload", full: false });
    assert.deepEqual(asks(visit), []);
    visit.started("counting", [...DEFAULTS, null, false]).send("lost");
    assert.deepEqual(asks(visit), []);
  });
  test("is said by no run that was taken in before", () => {
    const visit = Visit.at("counting").started("slow", [0, false]).told("slow", "running", { run: 7 });
    visit.started("counting", [...DEFAULTS, null, false]).send("lost", { text: "The server is too busy" });
    assert.deepEqual([visit.place("counting").status.state, visit.place("slow").status.state], ["error", "running"]);
    visit.send("lost", { text: "Please reload" });
    assert.deepEqual(visit.effects, [{ do: "draw-note", text: "Please reload" }]);
    assert.equal(visit.place("slow").status.state, "running");
  });
  test("is a note where nothing runs, as when a tab can't be drawn", () => {
    const visit = Visit.at("counting");
    visit.send("lost", { text: "Please reload" });
    assert.deepEqual(visit.effects, [{ do: "draw-note", text: "Please reload" }]);
    assert.equal(visit.place("counting").status?.state, Visit.at("counting").place("counting").status?.state);
  });
});

describe("a panel's click", () => {
  const moved = (visit, values, runs = true) => visit.send("moved", { place: "counting", move: { values, runs } });

  test("sets the controls that change, then runs", () => {
    const visit = moved(Visit.at("counting"), { text: "moved", chosen: "x" });
    assert.deepEqual(visit.effects, [apply("counting"), soon, clickRun("counting")]);
    assert.deepEqual(visit.place("counting").values, ["moved", 2, 4, "none", "x"]);
  });
  test("runs with its values, whatever the controls still show, and so once", () => {
    const visit = moved(Visit.at("counting"), { text: "moved" }).started("counting", [...DEFAULTS, "long", false]);
    assert.deepEqual(visit.inputs, ["moved", 2, 4, "none", "", "long", false]);
    visit.send("ended", { place: "counting" });
    visit.started("counting", ["typed since", 2, 4, "none", "", "long", false]);
    assert.equal(visit.inputs[0], "typed since");
  });
  test("doesn't set controls of which none changes", () => {
    const visit = moved(Visit.at("counting"), { chosen: "x", times: 2 });
    assert.deepEqual(visit.effects, [soon, clickRun("counting")]);
    assert.equal(visit.place("counting").values[4], "x");
  });
  test("its values come back with those that are on their way to the controls", () => {
    const visit = Visit.at("counting").send("put", { place: "counting", values: ["example", 9, 4, "none", ""] });
    moved(visit, { chosen: "x" }).send("taken", { place: "counting" });
    assert.deepEqual(visit.place("counting").values, ["example", 9, 4, "none", "x"]);
  });
  test("without a run counts as what was run", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "done");
    moved(visit, { text: "moved" }, false);
    assert.deepEqual(visit.effects, [apply("counting"), soon]);
    assert.ok(!changedSince(visit.state, "counting"));
    assert.equal(visit.place("counting").asked, null);
  });
  test("before the link is read keeps its values from it", () => {
    const visit = moved(new Visit(), { chosen: "x" });
    assert.equal(link(visit.state, "#counting"), "#counting?chosen=x");
  });
  test("stops the run under way and waits for its end", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "running");
    moved(visit, { text: "moved" });
    assert.deepEqual(visit.effects, [clickStop("counting")]);
    assert.deepEqual(visit.place("counting").values, DEFAULTS);
    visit.told("counting", "stopped");
    assert.deepEqual(visit.done, [], "Gradio still closes its stream");
    visit.send("ended", { place: "counting" });
    assert.deepEqual(visit.effects, [apply("counting"), soon, clickRun("counting")]);
    assert.equal(visit.place("counting").waiting, null);
    assert.equal(visit.started("counting", [...DEFAULTS, null, false]).inputs[0], "moved");
  });
  test("waits for a run in the line, too, and stops none that is done", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "waiting");
    assert.deepEqual(moved(visit, { times: 3 }).effects, [clickStop("counting")]);
    visit.told("counting", "done");
    assert.deepEqual(moved(visit, { times: 4 }).effects, []);
    visit.send("ended", { place: "counting" });
    assert.equal(visit.place("counting").values[1], 4, "the last click counts");
  });
  test("goes on after a run whose end isn't heard of", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    moved(visit, { text: "moved" });
    visit.now += 500;
    visit.told("counting", "stopped");
    const { event } = visit.later.at(-1);
    visit.send(event.type, event);
    assert.deepEqual(visit.done.at(-1), clickRun("counting"));
  });
  test("without a run waits for none", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "running");
    moved(visit, { chosen: "x" }, false);
    assert.equal(visit.place("counting").values[4], "x");
    assert.equal(visit.place("counting").waiting, null);
  });
});

describe("run again", () => {
  const REMEMBERED = { text: "remembered from today", again: "Run again" };
  const remembered = () =>
    Visit.at("counting").started("counting", [...DEFAULTS, "long", false])
      .told("counting", "done", { remembered: REMEMBERED }).send("ended", { place: "counting" });

  test("the status says what is remembered, and a start takes it away", () => {
    const visit = remembered();
    assert.deepEqual(visit.place("counting").status.remembered, REMEMBERED);
    visit.started("counting", [...DEFAULTS, "long", false]);
    assert.equal(visit.place("counting").status.remembered, undefined);
  });
  test("starts a run with the flag, and the next is without", () => {
    const visit = remembered().send("again", { place: "counting" });
    assert.deepEqual(visit.done.at(-1), clickRun("counting"));
    assert.deepEqual(visit.started("counting", [...DEFAULTS, "long", false]).inputs, [...DEFAULTS, "long", true]);
    assert.deepEqual(visit.started("counting", [...DEFAULTS, "long", true]).inputs, [...DEFAULTS, "long", false]);
  });
  test("sets no controls and leaves the guess", () => {
    const visit = remembered().send("again", { place: "counting" });
    assert.ok(!visit.effects.some((effect) => effect.do === "apply"));
  });
  test("in the fold the flag comes right after the fields", () => {
    const visit = Visit.at("counting").send("again", { place: "fold" });
    assert.deepEqual(visit.started("fold", ["hello", 1, false]).inputs, ["fine", 1, true]);
  });
  test("waits for the end of the run's event", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "done", { remembered: REMEMBERED });
    assert.deepEqual(visit.send("again", { place: "counting" }).effects, []);
    visit.send("ended", { place: "counting" });
    assert.deepEqual(visit.done.at(-1), clickRun("counting"));
    assert.equal(visit.started("counting", [...DEFAULTS, null, false]).inputs.at(-1), true);
  });
  test("keeps the values of a click that waits already", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", "done");
    visit.send("moved", { place: "counting", move: { values: { times: 9 }, runs: true } });
    visit.send("again", { place: "counting" }).send("ended", { place: "counting" });
    assert.deepEqual(visit.started("counting", [...DEFAULTS, null, false]).inputs, ["fine", 9, 4, "none", "", null, true]);
  });
  test("a panel's click asks for no such thing", () => {
    const visit = remembered().send("moved", { place: "counting", move: { values: { times: 9 }, runs: true } });
    assert.equal(visit.started("counting", [...DEFAULTS, null, false]).inputs.at(-1), false);
  });
  test("in one place is none in another", () => {
    const visit = remembered().send("again", { place: "counting" });
    assert.equal(visit.started("slow", [0, false]).inputs.at(-1), false);
    assert.equal(visit.started("counting", [...DEFAULTS, null, false]).inputs.at(-1), true);
  });
});

describe("earlier runs", () => {
  const keep = { do: "keep-runs" };
  /** A visit after runs with these texts; each ended with a result. */
  function after(...texts) {
    const visit = Visit.at("counting");
    texts.forEach((text, index) => {
      visit.send("typed", { id: "pg-counting--text", value: text });
      visit.started("counting", [text, ...DEFAULTS.slice(1), null, false]);
      visit.send("told", { place: "counting", status: { state: "done", run: index + 1, verdict: `${text}!` } });
      visit.send("ended", { place: "counting" });
    });
    return visit;
  }
  const linkRead = (visit, values) => {
    const number = visit.state.reading + 1;
    const names = ["text", "times", "bits", "kind", "chosen"];
    const byName = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    return visit.send("asked", { number }).send("linkRead", { read: number, text: "", place: "counting", group: "language", values: byName });
  };
  test("are kept with link, verdict and what differs from the defaults, the last one marked", () => {
    const visit = after("fine", "a b");
    assert.deepEqual(runsOf(visit.state, "counting"), [
      { link: "#counting", said: "fine!", figures: [], words: [], last: false },
      { link: "#counting?text=a+b", said: "a b!", figures: [], words: [["", "", "a b"]], last: true },
    ]);
  });
  /** The figures of each run, as [name, value], after runs with these, each as {name: value}; a name with a ~ is of a time. */
  function figuresAfter(...runs) {
    const visit = Visit.at("counting");
    runs.forEach((figures, index) => {
      visit.started("counting", [`run ${index}`, ...DEFAULTS.slice(1), null, false]);
      const all = figures && Object.entries(figures).map(([label, a]) => ({ of: "", label, a, b: null, unit: "", digits: 1, measured: label.includes("~") }));
      visit.told("counting", "done", { run: index + 1, verdict: "", figures: all ?? undefined }).send("ended", { place: "counting" });
    });
    return runsOf(visit.state, "counting").map(({ figures }) => figures.map(({ label, a }) => [label, a]));
  }
  test("have two figures each, those in which they differ before those in which they don't", () => {
    assert.deepEqual(figuresAfter({ x: 1, y: 2, z: 3 }), [[["x", 1], ["y", 2]]]);
    assert.deepEqual(figuresAfter({ x: 1, y: 2, z: 3 }, { x: 1, y: 2, z: 4 }), [[["z", 3], ["x", 1]], [["z", 4], ["x", 1]]]);
  });
  test("differ by no time, which is another each time", () => {
    assert.deepEqual(figuresAfter({ x: 1, y: 2, "ms~": 3 }, { x: 1, y: 2, "ms~": 4 }), [[["x", 1], ["y", 2]], [["x", 1], ["y", 2]]]);
  });
  test("have the figures that they have", () => {
    assert.deepEqual(figuresAfter({ x: 1 }, null, { y: 2, z: 3 }), [[["x", 1]], [], [["y", 2], ["z", 3]]]);
  });
  test("that were stored without figures have none, and get them when they are run again", () => {
    const visit = new Visit().send("kept", { runs: { counting: [{ link: "#counting?text=one", said: "one!" }, { link: "#counting", said: "", figures: "no list" }] } });
    assert.deepEqual(runsOf(visit.state, "counting").map(({ figures }) => figures), [[], []]);
    visit.send("drawn", { place: "counting" }).started("counting", ["one", ...DEFAULTS.slice(1), null, false]);
    visit.told("counting", "done", { run: 1, figures: [{ of: "", label: "n", a: 3, b: 6, unit: "", digits: 0 }] });
    assert.deepEqual(runsOf(visit.state, "counting").map(({ figures }) => figures.map(({ a, b }) => [a, b])), [[], [[3, 6]]]);
  });
  test("are told to the browser once a run", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    const done = { place: "counting", status: { state: "done", run: 1, verdict: "so" } };
    assert.ok(visit.send("told", done).done.some((effect) => effect.do === keep.do));
    assert.ok(!visit.send("told", done).done.some((effect) => effect.do === keep.do));
  });
  test("count once, however often they were run, and only so many", () => {
    const visit = after("one", "two", "one");
    assert.deepEqual(runsOf(visit.state, "counting").map(({ said }) => said), ["two!", "one!"]);
    assert.equal(runsOf(after(..."abcdefghijk").state, "counting").length, 8);
  });
  test("that failed or were stopped aren't among them", () => {
    for (const state of ["error", "stopped"]) {
      const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).told("counting", state);
      assert.deepEqual(runsOf(visit.state, "counting"), []);
    }
  });
  test("are run again by their link; other links only set the controls", () => {
    const visit = after("one", "two");
    linkRead(visit, ["one", ...DEFAULTS.slice(1)]);
    assert.ok(visit.done.some((effect) => effect.do === "click-run"));
    assert.deepEqual(visit.place("counting").asked, ["one", ...DEFAULTS.slice(1)]);
    const other = linkRead(after("one", "two"), ["new", ...DEFAULTS.slice(1)]);
    assert.ok(!other.done.some((effect) => effect.do === "click-run"));
    const same = linkRead(after("one", "two"), ["two", ...DEFAULTS.slice(1)]);
    assert.ok(!same.done.some((effect) => effect.do === "click-run"), "it is the one that is shown");
  });
  test("of before a reload are run again once the controls are drawn", () => {
    const visit = new Visit().send("kept", { runs: { counting: [{ link: "#counting?text=one", said: "one!" }], gone: [] } });
    linkRead(visit, ["one", ...DEFAULTS.slice(1)]);
    assert.ok(!visit.done.some((effect) => effect.do === "click-run"));
    visit.send("drawn", { place: "counting" });
    const { event } = visit.later.find(({ event }) => event.type === "replayed");
    visit.send("settled", { place: "counting" }).send(event.type, event);
    assert.ok(visit.done.some((effect) => effect.do === "click-run"));
    assert.ok(!visit.send(event.type, event).done.length, "once");
  });
});

describe("an earlier run that is compared", () => {
  const counted = (visit, text) => visit.started("counting", [text, 2, 4, "none", "", null, false]).told("counting", "done", { run: text }).send("ended", { place: "counting" });
  const FIRST = "#counting?text=one";
  const two = () => counted(counted(Visit.at("counting"), "one"), "two");
  const compared = (visit) => visit.place("counting").compared;
  test("is asked for beside the last one, and shown once it is heard", () => {
    const visit = two().send("compared", { place: "counting", link: FIRST });
    assert.deepEqual(visit.done, [{ do: "ask-earlier", place: "counting" }]);
    assert.deepEqual(compared(visit), { link: FIRST, now: "#counting?text=two", answer: null });
    const answer = { panels: { counts: {} }, said: "" };
    visit.send("earlierTold", { place: "counting", link: FIRST, now: "#counting?text=two", answer });
    assert.deepEqual(compared(visit).answer, answer);
  });
  test("goes when it is asked for again, by Escape, with the topic and with the next run", () => {
    const shown = () => two().send("compared", { place: "counting", link: FIRST });
    assert.equal(compared(shown().send("compared", { place: "counting", link: FIRST })), null);
    assert.equal(compared(shown().send("stopPressed", { place: "bench" })), null);
    assert.equal(compared(shown().send("opened", { group: "language", slug: "slow" })), null);
    assert.equal(compared(shown().started("counting", [...DEFAULTS, null, false])), null);
    assert.notEqual(compared(shown().send("opened", { group: "language", slug: "counting" })), null);
  });
  test("isn't the last one itself, nor compared while another runs", () => {
    assert.equal(compared(two().send("compared", { place: "counting", link: "#counting?text=two" })), null);
    const running = two().started("counting", [...DEFAULTS, null, false]);
    assert.equal(compared(running.send("compared", { place: "counting", link: FIRST })), null);
    assert.deepEqual(running.done, []);
  });
  test("a late answer about other runs says nothing", () => {
    const visit = two().send("compared", { place: "counting", link: FIRST });
    const late = (link, now) => visit.send("earlierTold", { place: "counting", link, now, answer: { panels: {}, said: "late" } });
    late("#counting", "#counting?text=two");
    late(FIRST, "#counting?text=before");
    assert.equal(compared(visit).answer, null);
    visit.send("stopPressed", { place: "counting" });
    late(FIRST, "#counting?text=two");
    assert.equal(compared(visit), null);
  });
});
