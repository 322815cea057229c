// The page's state, event by event: controls, tabs, the link. Run by test_page_state.py with node's own test runner.
"use strict";
const assert = require("node:assert/strict");
const { describe, test } = require("node:test");
const { initial, reduce, valuesOf, textOf, hidden, fragment, differences, link, runsOf } = require("../../components/page_state.js");
const { DEFAULTS, Visit, soon, atOnce, apply, clickRun } = require("./page_visit.js");

describe("a fresh page", () => {
  test("holds the defaults of every place, and the first is open", () => {
    const { state } = new Visit();
    assert.deepEqual(state.places.counting.values, DEFAULTS);
    assert.equal(state.current, "bench");
    assert.ok(state.restoring);
    assert.equal(state.places.counting.fresh, null);
  });
  test("begins by drawing itself, and gives the link up after a while", () => {
    const visit = new Visit().send("begun");
    assert.deepEqual(visit.done, [{ do: "draw-page" }]);
    const [{ ms, event }] = visit.later;
    assert.equal(ms, 8000);
    visit.send(event.type, event);
    assert.ok(!visit.state.restoring);
    assert.deepEqual(visit.done, [atOnce]);
    assert.deepEqual(visit.send(event.type, event).effects, [], "once");
  });
  test("an event of a place that isn't there changes nothing", () => {
    const visit = new Visit();
    for (const [type, event] of [
      ["changed", { values: [1] }], ["moved", { move: { values: {}, runs: true } }], ["told", { status: { state: "done" } }],
      ["ended", {}], ["again", {}],
    ]) {
      const before = visit.state;
      visit.send(type, { place: "gone", ...event });
      assert.equal(visit.state, before);
      assert.deepEqual(visit.effects, []);
    }
  });
});

describe("reading a state", () => {
  test("values by name, text, hidden controls", () => {
    const visit = Visit.at("counting");
    assert.deepEqual(valuesOf(visit.state, "counting"), { text: "fine", times: 2, bits: 4, kind: "none", chosen: "" });
    assert.equal(textOf(visit.state, "counting"), "fine");
    assert.equal(textOf(visit.state, "slow"), "", "a topic without a text");
    assert.deepEqual(hidden(visit.state, "counting"), ["pg-counting--bits"]);
    visit.send("changed", { place: "counting", values: ["fine", 2, 4, "simulated", ""] });
    assert.deepEqual(hidden(visit.state, "counting"), []);
  });
  test("a link has what differs from the defaults, written for an address", () => {
    const visit = Visit.at("counting");
    assert.equal(fragment(visit.state), "#counting");
    visit.send("changed", { place: "counting", values: ["a b&=#?好", 2, 4, "none", ""] });
    assert.equal(fragment(visit.state), "#counting?text=a+b%26%3D%23%3F%E5%A5%BD");
    assert.equal(fragment(visit.state, "slow"), "#slow");
    assert.equal(link(visit.state, "#whatever"), fragment(visit.state));
  });
});

describe("controls", () => {
  test("a change counts and is written to the link when the typing rests", () => {
    const visit = Visit.at("counting").send("changed", { place: "counting", values: ["new", 3, 4, "none", ""] });
    assert.deepEqual(visit.place("counting").values, ["new", 3, 4, "none", ""]);
    assert.deepEqual(visit.place("counting").early, [], "the link has been read");
    assert.deepEqual(visit.effects, [soon]);
  });
  test("a change in a place that isn't open is not written to the link", () => {
    const visit = Visit.at("slow").send("changed", { place: "counting", values: ["new", 3, 4, "none", ""] });
    assert.deepEqual(visit.effects, []);
  });
  test("what a panel wrote stays when a control tells of all values", () => {
    const visit = Visit.at("counting").send("moved", { place: "counting", move: { values: { chosen: "clicked" }, runs: false } });
    visit.send("changed", { place: "counting", values: ["typed", 2, 4, "none", ""] });
    assert.deepEqual(visit.place("counting").values, ["typed", 2, 4, "none", "clicked"]);
  });
  test("what is typed counts at once, by the id of its box", () => {
    const visit = Visit.at("counting").send("typed", { id: "pg-counting--text", value: "typ" });
    assert.deepEqual(visit.place("counting").values, ["typ", 2, 4, "none", ""]);
    assert.deepEqual(visit.effects, [soon]);
    const before = visit.state;
    visit.send("typed", { id: "pg-guess-counting", value: "12" });
    assert.equal(visit.state, before, "a box that is no control");
  });
  test("values put into drawn controls are fetched by Gradio", () => {
    const visit = Visit.at("counting");
    const values = ["example", 9, 4, "none", ""];
    visit.send("put", { place: "counting", values });
    assert.deepEqual(visit.effects, [apply("counting")]);
    // What the controls held before may still be told.
    visit.send("changed", { place: "counting", values: DEFAULTS });
    visit.send("taken", { place: "counting" });
    assert.deepEqual(visit.place("counting").values, values);
    assert.deepEqual(visit.effects, [soon]);
  });
  test("controls that aren't drawn yet get them once they are", () => {
    const visit = new Visit().send("linkRead");
    visit.send("put", { place: "counting", values: ["later", 2, 4, "none", ""] });
    assert.deepEqual(visit.effects, []);
    visit.send("drawn", { place: "counting" });
    assert.deepEqual(visit.done, [], "the page hears a component only once it is wholly there");
    const [{ ms, event }] = visit.later;
    assert.equal(ms, 0);
    visit.send(event.type, event);
    assert.deepEqual(visit.effects, [apply("counting")]);
    visit.send("taken", { place: "counting" });
    assert.equal(visit.place("counting").values[0], "later");
  });
  test("a panel's sliders set some of the controls, and nothing runs", () => {
    const visit = Visit.at("counting").send("drawn", { place: "counting" });
    visit.send("tuned", { place: "counting", changes: { times: 7, kind: "simulated", gone: 1 } });
    assert.deepEqual(visit.state.places.counting.values, ["fine", 7, 4, "simulated", ""]);
    assert.deepEqual(visit.done, [apply("counting"), soon]);
    assert.equal(visit.state.places.counting.ran, null);
  });
  test("the defaults needn't be set in controls that will be drawn with them", () => {
    const visit = new Visit().send("put", { place: "counting", values: DEFAULTS });
    assert.equal(visit.place("counting").taking, null);
    visit.send("drawn", { place: "counting" });
    assert.deepEqual(visit.effects, []);
    visit.send("put", { place: "counting", values: DEFAULTS });
    assert.deepEqual(visit.effects, [apply("counting")], "drawn ones may hold something else");
  });
});

describe("tabs", () => {
  test("a topic that is opened is the current one, and is in the link at once", () => {
    const visit = new Visit().send("linkRead").send("opened", { group: "language", slug: "slow" });
    assert.equal(visit.state.current, "slow");
    assert.deepEqual(visit.effects, [{ do: "draw-page" }, atOnce]);
  });
  test("a group shows the topic last opened in it, else its first", () => {
    const visit = new Visit().send("linkRead").send("opened", { group: "language", slug: null });
    assert.equal(visit.state.current, "counting");
    visit.send("opened", { group: "language", slug: "slow" }).send("opened", { group: "bench", slug: null });
    assert.equal(visit.state.current, "bench");
    visit.send("opened", { group: "language", slug: null });
    assert.equal(visit.state.current, "slow");
  });
});

describe("the link", () => {
  const VALUES = { text: "linked", times: 7, bits: 4, kind: "none", chosen: "" };
  const read = (visit, values = VALUES) => visit.send("linkRead", { place: "counting", group: "language", values });
  const drawn = [{ do: "draw-note", text: "" }, { do: "draw-page" }, atOnce];

  test("opens its topic and sets its controls", () => {
    const visit = read(new Visit().send("drawn", { place: "counting" }));
    assert.equal(visit.state.current, "counting");
    assert.deepEqual(visit.place("counting").values, ["linked", 7, 4, "none", ""]);
    assert.deepEqual(visit.effects, [apply("counting"), ...drawn, { do: "open-tab" }]);
    assert.equal(fragment(visit.state), "#counting?text=linked&times=7");
  });
  test("makes its topic the one that its group shows", () => {
    const visit = new Visit().send("linkRead", { place: "slow", group: "language", values: { seed: 0 } });
    visit.send("opened", { group: "bench", slug: null }).send("opened", { group: "language", slug: null });
    assert.equal(visit.state.current, "slow");
  });
  test("one that names no topic of the page only ends the wait", () => {
    for (const place of [undefined, "gone"]) {
      const visit = new Visit().send("linkRead", { place });
      assert.equal(visit.state.current, "bench");
      assert.ok(!visit.state.restoring);
      assert.deepEqual(visit.effects, drawn);
    }
  });
  test("isn't touched before it is read unless the visitor changes something", () => {
    const visit = new Visit();
    assert.equal(link(visit.state, "#counting?times=7"), null);
    visit.send("changed", { place: "counting", values: DEFAULTS });
    assert.equal(link(visit.state, "#counting?times=7"), null, "Gradio tells of the defaults, too");
    visit.send("typed", { id: "pg-counting--text", value: "my own" });
    assert.equal(link(visit.state, "#counting?text=linked&times=7"), "#counting?text=my+own&times=7");
    assert.equal(link(visit.state, ""), "#bench", "without a topic in it, the current one");
  });
  test("leaves alone what the visitor changed before it was read, and nothing else", () => {
    const visit = new Visit().send("typed", { id: "pg-counting--text", value: "my own" });
    read(visit);
    assert.deepEqual(visit.place("counting").values, ["my own", 7, 4, "none", ""]);
    assert.equal(link(visit.state, "#counting?text=linked&times=7"), "#counting?text=my+own&times=7");
  });
  test("a field changed and changed back before it was read stays, too", () => {
    const visit = new Visit().send("typed", { id: "pg-counting--text", value: "x" }).send("typed", { id: "pg-counting--text", value: "fine" });
    assert.equal(read(visit).place("counting").values[0], "fine");
  });
  test("one that is pasted later sets everything", () => {
    const visit = read(new Visit().send("typed", { id: "pg-counting--text", value: "my own" }));
    read(visit, { ...VALUES, text: "pasted" });
    assert.equal(visit.place("counting").values[0], "pasted");
  });
  test("changes after it was given up are lost to it, as to a pasted one", () => {
    const visit = new Visit().send("linkLate", { read: 0 }).send("typed", { id: "pg-counting--text", value: "my own" });
    assert.equal(read(visit).place("counting").values[0], "linked");
  });
  test("an answer that another link has overtaken says nothing", () => {
    const visit = new Visit().send("asked", { number: 1 }).send("asked", { number: 2 });
    visit.send("linkRead", { read: 1, place: "slow", group: "language", values: { seed: 3 } });
    assert.deepEqual(visit.effects, []);
    assert.equal(visit.state.current, "bench");
    assert.ok(visit.state.restoring);
    read(visit);
    assert.equal(visit.state.current, "counting");
  });
  test("an answer that comes after the visitor opened another topic sets the controls and leaves them there", () => {
    const visit = new Visit().send("drawn", { place: "counting" }).send("asked", { number: 1 });
    visit.send("opened", { group: "language", slug: "slow" });
    read(visit);
    assert.equal(visit.state.current, "slow");
    assert.deepEqual(visit.place("counting").values, ["linked", 7, 4, "none", ""]);
    assert.deepEqual(visit.effects, [apply("counting"), ...drawn]);
    read(visit.send("asked", { number: 2 }));
    assert.equal(visit.state.current, "counting", "a link that is pasted afterwards is opened");
  });
  test("the tab that Gradio opens by itself is no choice of the visitor's", () => {
    const visit = new Visit().send("asked", { number: 1 }).send("opened", { group: "bench", slug: null });
    assert.equal(read(visit).state.current, "counting");
  });
  test("an address of another is read by the server, the page's own isn't", () => {
    const visit = Visit.at("counting");
    assert.deepEqual(visit.send("addressed", { hash: "#counting" }).effects, []);
    assert.deepEqual(visit.send("addressed", { hash: "" }).effects, []);
    const [asks] = visit.send("addressed", { hash: "#counting?times=7" }).effects;
    assert.deepEqual(asks, { do: "ask-server" });
  });
  test("an address is kept until it is read, with what is changed meanwhile", () => {
    const visit = Visit.at("counting").send("typed", { id: "pg-counting--text", value: "before" });
    assert.equal(link(visit.state, "#counting?text=before"), "#counting?text=before");
    visit.send("addressed", { hash: "#counting?times=7" });
    assert.equal(link(visit.state, "#counting?times=7"), null, "what was typed before gives way");
    visit.send("typed", { id: "pg-counting--text", value: "since" });
    assert.equal(link(visit.state, "#counting?times=7"), "#counting?times=7&text=since");
    read(visit.send("asked", { number: 1 }));
    assert.equal(visit.place("counting").values[0], "since");
    assert.equal(link(visit.state, "#counting?times=7&text=since"), "#counting?text=since&times=7");
  });
  test("an address that is never read is given up; one that was read isn't", () => {
    const visit = Visit.at("counting").send("addressed", { hash: "#slow" }).send("asked", { number: 1 });
    const [{ ms, event }] = visit.later;
    assert.equal(ms, 8000);
    visit.send("addressed", { hash: "#pair" }).send("asked", { number: 2 });
    assert.ok(visit.send(event.type, event).state.restoring, "another is being read by then");
    const { event: newer } = new Visit().send("asked", { number: 2 }).later[0];
    assert.ok(!visit.send(newer.type, newer).state.restoring);
    assert.deepEqual(visit.done, [atOnce]);
  });
  test("an address that comes back while another is read is read again", () => {
    const visit = Visit.at("counting").send("addressed", { hash: "#slow" });
    const [asks] = visit.send("addressed", { hash: "#counting" }).effects;
    assert.deepEqual(asks, { do: "ask-server" });
  });
  test("the answer about an address that is another by now sets nothing", () => {
    const visit = Visit.at("counting").send("asked", { number: 1 }).send("addressed", { hash: "#slow" });
    visit.send("linkRead", { read: 1, text: "", place: "counting", group: "language", values: VALUES });
    assert.deepEqual(visit.place("counting").values, DEFAULTS);
    assert.equal(link(visit.state, "#slow"), null, "nothing is written over the new one");
  });
  test("an address that nobody reads is given up after a while", () => {
    const visit = Visit.at("counting").send("addressed", { hash: "#slow" });
    const { event } = visit.later.find(({ event }) => event.type === "linkLate");
    assert.deepEqual(visit.send(event.type, event).effects, [atOnce]);
    assert.equal(link(visit.state, "#slow"), "#counting");
  });
});

describe("in what A and B differ", () => {
  const after = (...values) => differences(Visit.at("pair").started("pair", [...values, null, false]).state, "pair");

  test("is that of the controls before a run", () => {
    const visit = Visit.at("pair");
    assert.deepEqual(differences(visit.state, "pair"), []);
    visit.send("changed", { place: "pair", values: ["none", 4, "simulated", 8] });
    assert.deepEqual(differences(visit.state, "pair"), [["Kind", "nothing", "simulated"], ["Bits", "–", "8"]]);
  });
  test("isn't said where there are no sides", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    assert.equal(differences(visit.state, "counting"), null);
  });
  test("has no name where the side is the setting", () => {
    const sided = (path, value) => ({ path, value, id: path, name: `Drawn as ${path.toUpperCase()}`, sided: true, options: { ewc: "EWC", replay: "replay" } });
    const place = { group: "bench", text: "", fields: [sided("a", "ewc"), sided("b", "replay")] };
    const state = initial({ places: { drawn: place } });
    assert.deepEqual(differences(state, "drawn"), [["", "EWC", "replay"]]);
    state.places.drawn.runs = [{ link: "#drawn?a=replay", said: "" }];
    assert.deepEqual(runsOf(state, "drawn")[0].words, [["a", "", "replay"]]);
  });
  test("leaves out what neither side uses", () => {
    assert.deepEqual(after("none", 4, "none", 8), []);
  });
  test("names each setting with the words of both", () => {
    assert.deepEqual(after("none", 4, "simulated", 8), [["Kind", "nothing", "simulated"], ["Bits", "–", "8"]]);
    assert.deepEqual(after("simulated", 4, "simulated", 8), [["Bits", "4", "8"]]);
  });
  test("is that of the last run, whatever the controls hold since", () => {
    const visit = Visit.at("pair").started("pair", ["none", 4, "none", 8, null, false]);
    visit.send("changed", { place: "pair", values: ["none", 4, "simulated", 8] });
    assert.deepEqual(differences(visit.state, "pair"), []);
  });
});

describe("places and states", () => {
  test("an event in one place leaves every other as the very object it was", () => {
    const visit = Visit.at("counting").send("drawn", { place: "slow" });
    for (const [type, event] of [
      ["changed", { values: ["new", 3, 4, "none", ""] }], ["typed", { id: "pg-counting--text", value: "t" }],
      ["put", { values: ["put", 3, 4, "none", ""] }], ["taken", {}], ["moved", { move: { values: { times: 5 }, runs: true } }],
      ["started", { inputs: [...DEFAULTS, null, false] }], ["told", { status: { state: "running", fresh: [] } }],
      ["looked", {}], ["moved", { move: { values: { times: 6 }, runs: true } }], ["ended", {}], ["again", {}],
      ["unheard", { run: visit.now }], ["drawn", {}], ["settled", {}],
    ]) {
      const { slow, bench, fold } = visit.state.places;
      visit.send(type, { place: "counting", ...event });
      assert.equal(visit.place("slow"), slow, type);
      assert.equal(visit.place("bench"), bench, type);
      assert.equal(visit.place("fold"), fold, type);
    }
  });
  test("runs in two places end each by itself", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]).started("slow", [3, false]);
    visit.send("moved", { place: "slow", move: { values: { seed: 4 }, runs: true } });
    visit.send("ended", { place: "counting" });
    assert.deepEqual(visit.effects, []);
    visit.send("ended", { place: "slow" });
    assert.deepEqual(visit.done.at(-1), clickRun("slow"));
  });
  test("the same state and event give the same, and the state stays what it was", () => {
    const visit = Visit.at("counting");
    const before = structuredClone(visit.state);
    const event = { type: "moved", place: "counting", move: { values: { text: "x" }, runs: true }, at: 1 };
    assert.deepEqual(reduce(visit.state, event), reduce(visit.state, event));
    assert.deepEqual(visit.state, before);
  });
  test("a state and its effects are plain data", () => {
    const visit = Visit.at("counting").started("counting", [...DEFAULTS, null, false]);
    assert.deepEqual(JSON.parse(JSON.stringify(visit.state)), visit.state);
    assert.deepEqual(JSON.parse(JSON.stringify(visit.effects)), visit.effects);
  });
});

describe("the panel that fills the window", () => {
  const shown = { place: "counting", panel: "words" };
  test("is in the link, and leaves with its topic", () => {
    const visit = Visit.at("counting").send("presented", { shown });
    assert.deepEqual(visit.done, [{ do: "draw-stage" }, atOnce]);
    assert.equal(fragment(visit.state), "#counting?panel=words");
    assert.equal(fragment(visit.state, "bench"), "#bench");
    visit.send("presented", { shown: null });
    assert.equal(fragment(visit.state), "#counting");
    visit.send("presented", { shown }).send("opened", { group: "bench", slug: "bench" });
    assert.equal(visit.state.presented, null);
    assert.ok(visit.done.some((effect) => effect.do === "draw-stage"));
  });
  test("comes with a link", () => {
    const visit = new Visit();
    const read = { text: "", place: "counting", group: "language", values: valuesOf(visit.state, "counting"), panel: "words" };
    visit.send("asked", { number: 1 }).send("linkRead", { ...read, read: 1 });
    assert.deepEqual(visit.state.presented, shown);
    visit.send("asked", { number: 2 }).send("linkRead", { ...read, read: 2, panel: "" });
    assert.equal(visit.state.presented, null);
  });
});
