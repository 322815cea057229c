// A visit to a small page as its state sees it: facts of four places, and events that are sent one after another.
"use strict";
const { initial, reduce } = require("../../components/page_state.js");

const field = (place, path, value, more = {}) => ({ path, id: `pg-${place}--${path}`, value, ...more });
const FACTS = {
  language: "en",
  words: { starting: "Starting", lost: "The connection was lost" },
  places: {
    bench: { group: "bench", text: "text", fields: [field("bench", "text", "hello")] },
    counting: {
      group: "language",
      text: "text",
      fields: [
        field("counting", "text", "fine"),
        field("counting", "times", 2),
        field("counting", "bits", 4, { shown: ["kind", ["simulated"]] }),
        field("counting", "kind", "none"),
        field("counting", "chosen", "", { panel: true }),
      ],
    },
    slow: { group: "language", text: "", fields: [field("slow", "seed", 0)] },
    pair: {
      group: "bench",
      text: "",
      fields: [
        field("pair", "a.kind", "none", { name: "Kind", sided: true, options: { none: "nothing", simulated: "simulated" } }),
        field("pair", "a.bits", 4, { name: "Bits", sided: true, shown: ["a.kind", ["simulated"]] }),
        field("pair", "b.kind", "none", { name: "Kind", sided: true, options: { none: "nothing", simulated: "simulated" } }),
        field("pair", "b.bits", 8, { name: "Bits", sided: true, shown: ["b.kind", ["simulated"]] }),
      ],
    },
    fold: { group: "", text: "text", fields: [field("fold", "text", "hello"), field("fold", "penalty", 1)] },
  },
  fold: "fold",
  bench: "bench",
};
const DEFAULTS = ["fine", 2, 4, "none", ""];

function frozen(value) {
  if (value && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
/** A page that is sent one event after another. No state may be altered by the next event: all are frozen. */
class Visit {
  constructor() {
    this.state = frozen(initial(frozen(structuredClone(FACTS))));
    this.now = 10_000;
    this.effects = [];
  }
  send(type, event = {}) {
    const step = reduce(this.state, frozen({ type, at: this.now, ...(type === "linkRead" && { read: this.state.reading, text: "" }), ...event }));
    this.state = frozen(step.state);
    this.effects = step.effects;
    return this;
  }
  /** What the last event asked for: effects without those of later. */
  get done() {
    return this.effects.filter((effect) => effect.do !== "after");
  }
  get later() {
    return this.effects.filter((effect) => effect.do === "after");
  }
  get inputs() {
    return this.effects.find((effect) => effect.do === "send").inputs;
  }
  place(name) {
    return this.state.places[name];
  }
  /** The same page once the link is read and the place is drawn. */
  static at(name) {
    const group = FACTS.places[name].group;
    return new Visit().send("linkRead").send("opened", { group, slug: name }).send("drawn", { place: name });
  }
  started(place, inputs) {
    return this.send("started", { place, inputs });
  }
  told(place, state, more = {}) {
    return this.send("told", { place, status: { place, state, text: "", fraction: null, field: "", fresh: [], ...more } });
  }
}
const soon = { do: "write-link", soon: true };
const atOnce = { do: "write-link", soon: false };
const clickRun = (place) => ({ do: "click-run", place });
const clickStop = (place) => ({ do: "click-stop", place });
const apply = (place) => ({ do: "apply", place });

module.exports = { FACTS, DEFAULTS, Visit, soon, atOnce, clickRun, clickStop, apply };
