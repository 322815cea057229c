// A decoding step computed again under other settings: penalties, temperature, truncation, softmax, in the lab's order (see
// playground/generation/penalties.py). Pure: knows no document. Values are rounded to float32 after every operation, as torch's
// are, so that ties stay ties. What lies beyond the step's few hundred likeliest tokens is known in bins: only sums take it.
(() => {
  "use strict";
  const ORDER = ["raw", "log_probability", "repetition_penalty", "presence_penalty", "frequency_penalty", "no_repeat_ngram", "regex", "diversity",
    "temperature", "top_k", "top_p", "min_p", "probability"];
  /** The settings that a preview can change, each with the value at which it does nothing. */
  const NEUTRAL = { repetition_penalty: 1, presence_penalty: 0, frequency_penalty: 0, temperature: 1, top_k: 0, top_p: 1, min_p: 0 };
  const SAMPLING = ["temperature", "top_k", "top_p", "min_p"];

  /** Which stage one of a step's is: its key, or that of the first and the last. */
  const keyOf = (stage, place) => stage.key || (place === 0 ? "raw" : stage.unit === "probability" ? "probability" : String(stage.name?.en ?? stage.name));

  function bytes(packed) {
    const text = atob(packed);
    return Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
  }
  const unpacked = new WeakMap(); // a step's distribution is unpacked once, not with every drag
  function unpack(distribution) {
    let found = unpacked.get(distribution);
    if (!found) {
      const sizes = new Uint32Array(bytes(distribution.tail_counts));
      found = {
        head: new Float32Array(bytes(distribution.head)), counts: new Uint16Array(bytes(distribution.counts)), banned: new Uint8Array(bytes(distribution.banned)),
        tail: [...new Float32Array(bytes(distribution.tail_logits))].map((x, place) => ({ x, n: sizes[place] })),
      };
      unpacked.set(distribution, found);
    }
    return found;
  }

  /** log Σ eˣ over the head's values and the tail's bins. */
  function logSum(values, tail) {
    let most = -Infinity;
    for (const x of values) if (x > most) most = x;
    for (const { x } of tail) if (x > most) most = x;
    let sum = 0;
    for (const x of values) sum += Math.exp(x - most);
    for (const { x, n } of tail) sum += n * Math.exp(x - most);
    return most + Math.log(sum);
  }
  /** The head's places that are left, the likeliest first; ties in the order of their ids, as the lab breaks them. */
  const ranked = (values) => [...values.keys()].filter((place) => values[place] > -Infinity).sort((a, b) => values[b] - values[a] || a - b);

  const STEPS = {
    repetition_penalty: (now, penalty) => each(now, (x) => (x < 0 ? x * Math.fround(penalty) : x / Math.fround(penalty))),
    presence_penalty: (now, penalty) => each(now, (x) => x - Math.fround(penalty)),
    frequency_penalty: (now, penalty) => each(now, (x, count) => x - Math.fround(Math.fround(penalty) * count)),
    temperature: (now, value) => ({
      ...now, values: now.values.map((x) => x / Math.fround(value)), tail: now.tail.map(({ x, n }) => ({ x: x / value, n })),
    }),
    /** Keeps the k largest, and ties with the smallest of them. */
    top_k(now, k) {
      const order = ranked(now.values);
      const least = now.values[order[Math.min(k, order.length) - 1]];
      const notes = now.values.length ? [...now.values].map((x) => ({ rank: 1 + order.filter((place) => now.values[place] > x).length })) : [];
      if (order.length < k) return { ...now, notes };
      return { ...now, values: now.values.map((x) => (x >= least ? x : -Infinity)), tail: [], notes };
    },
    /** Keeps the fewest whose probabilities reach p: each before which the sum is below p. */
    top_p(now, p) {
      const total = logSum(now.values, now.tail);
      const parts = [...ranked(now.values).map((place) => ({ place, x: now.values[place], n: 1 })), ...now.tail].sort((a, b) => b.x - a.x);
      const values = now.values.slice().fill(-Infinity);
      const notes = [...now.values].map(() => ({}));
      const tail = [];
      let before = 0;
      let { approximate } = now;
      for (const { place, x, n } of parts) {
        const one = Math.exp(x - total);
        if (place != null) {
          notes[place] = { before };
          if (before < p || before === 0) values[place] = now.values[place];
        } else if (before < p) {
          const kept = Math.min(n, Math.ceil((p - before) / one));
          if (kept < n) approximate = true;
          tail.push({ x, n: kept });
        }
        before += n * one;
      }
      return { ...now, values, tail, notes, approximate };
    },
    /** Keeps what is at least `share` as probable as the likeliest. */
    min_p(now, share) {
      const most = Math.max(...now.values, ...now.tail.map(({ x }) => x));
      const total = logSum(now.values, now.tail);
      const kept = (x) => Math.exp(x - most) >= share;
      const tail = now.tail.filter(({ x }) => kept(x));
      return {
        ...now, values: now.values.map((x) => (kept(x) ? x : -Infinity)), tail, approximate: now.approximate || (tail.length > 0 && tail.length < now.tail.length),
        notes: [...now.values].map((x) => ({ p: Math.exp(x - total), most: Math.exp(most - total) })),
      };
    },
  };
  function each(now, change) {
    return { ...now, values: now.values.map((x, place) => (now.counts[place] ? change(x, now.counts[place]) : x)) };
  }

  /** A step under `settings`: {stages, remaining, approximate}. Each stage: {key, setting, unit, values, notes}, one value for each of
   * the step's candidates, null once it is filtered out. `approximate`: the number that remain is; probabilities are within 0.001. */
  function fold(step, settings) {
    const { head, counts, banned, tail } = unpack(step.distribution);
    const { places } = step.distribution;
    let now = { values: head, counts, tail, notes: null, approximate: false };
    const stages = [];
    const note = (key, setting, gone) =>
      stages.push({
        key, setting, unit: "logit", notes: now.notes && places.map((place) => now.notes[place]),
        values: places.map((place, row) => (gone?.[row] || now.values[place] === -Infinity ? null : now.values[place])),
      });
    note("raw", null);
    const acts = (key) => settings[key] !== NEUTRAL[key] && (!SAMPLING.includes(key) || settings.strategy === "sample");
    for (const key of ORDER) {
      if (STEPS[key]) {
        if (!acts(key)) continue;
        now = STEPS[key]({ ...now, notes: null }, settings[key]);
        note(key, settings[key]);
      } else if (key === "no_repeat_ngram" || key === "regex") {
        // These stay as in the run: what they forbid is recorded.
        const ran = step.stages.find((stage) => stage.key === key);
        if (ran) note(key, ran.setting, ran.values.map((value) => value == null));
      }
      if (key === "regex") now = { ...now, notes: null, values: now.values.map((x, place) => (banned[place] ? -Infinity : x)) };
    }
    const total = logSum(now.values, now.tail);
    stages.push({
      key: "probability", setting: null, unit: "probability", notes: null,
      values: places.map((place) => (now.values[place] === -Infinity ? null : Math.exp(now.values[place] - total))),
    });
    const left = now.values.reduce((sum, x) => sum + (x > -Infinity), 0) + now.tail.reduce((sum, { n }) => sum + n, 0);
    return { stages, remaining: left, approximate: now.approximate };
  }

  /** A cell's own numbers put into its stage's formula; "" where there is nothing to compute. `show`: {number, probability}. */
  function substituted(stages, place, row, count, show) {
    const stage = stages[place];
    const value = stage.values[row];
    const before = place ? stages[place - 1].values[row] : null;
    if (before == null) return "";
    const x = show.number(before, 2);
    const after = value == null ? "−∞" : show.number(value, 2);
    const setting = stage.setting == null ? "" : String(stage.setting).replace("-", "−");
    const kept = value != null;
    const notes = stage.notes?.[row];
    switch (keyOf(stage, place)) {
      case "repetition_penalty":
        return count ? `${x} ${before < 0 ? "×" : "/"} ${setting} = ${after}` : `${x} = ${after}`;
      case "presence_penalty":
        return count ? `${x} − ${setting} = ${after}` : `${x} = ${after}`;
      case "frequency_penalty":
        return `${x} − ${setting} × ${count} = ${after}`;
      case "temperature":
        return `${x} / ${setting} = ${after}`;
      case "top_k":
        return notes ? `#${notes.rank} ${notes.rank <= stage.setting ? "≤" : kept ? "=" : ">"} ${setting}` : `${x} → ${after}`;
      case "top_p":
        return notes && notes.before != null ? `Σp = ${show.probability(notes.before)} ${kept ? "<" : "≥"} ${setting}` : `${x} → ${after}`;
      case "min_p":
        return notes ? `${show.probability(notes.p)} ${kept ? "≥" : "<"} ${setting} × ${show.probability(notes.most)} = ${show.probability(stage.setting * notes.most)}` : `${x} → ${after}`;
      case "log_probability":
        return `${x} − ${show.number(before - value, 2)} = ${after}`;
      case "probability":
        return kept && value > 0 ? `e^${x} / Σ = e^(${x} − ${show.number(before - Math.log(value), 2)}) = ${show.probability(value)}` : "";
      default:
        return `${x} → ${after}`;
    }
  }

  const waterfallFold = { ORDER, NEUTRAL, SAMPLING, keyOf, fold, substituted };
  globalThis.waterfallFold = waterfallFold;
  if (typeof module !== "undefined") module.exports = waterfallFold;
})();
