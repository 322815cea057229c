// A decoding step computed again in the browser. That it equals the lab's own pipeline is tested from Python, in test_waterfall_fold.py.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const { fold, substituted, NEUTRAL } = require("../../components/panels/waterfall_fold.js");

const { sideOf, candidatesOf, columnsOf, scalesOf, quiet } = require("../../components/panels/waterfall_sides.js");

const pack = (array) => Buffer.from(array.buffer).toString("base64");
/** A vocabulary of five: three tokens by themselves, two in one bin. Token 1 occurred twice. */
const STEP = {
  stages: [],
  distribution: {
    head: pack(Float32Array.from([3, 2, -1])), counts: pack(Uint16Array.from([0, 2, 1])), banned: pack(Uint8Array.from([0, 0, 0])), places: [0, 1, 2],
    tail_logits: pack(Float32Array.from([-2])), tail_counts: pack(Uint32Array.from([2])),
  },
};
const under = (settings) => fold(STEP, { strategy: "sample", ...NEUTRAL, ...settings });
const near = (found, wanted) => found.forEach((value, at) => assert.ok(Math.abs(value - wanted[at]) < 1e-6, `${found} is not ${wanted}`));
const SHOW = { number: (value, digits) => value.toFixed(digits).replace("-", "−"), probability: (value) => value.toFixed(3) };

test("without settings only raw logits and probabilities, over all five tokens", () => {
  const { stages, remaining, approximate } = under({});
  assert.deepEqual(stages.map(({ key }) => key), ["raw", "probability"]);
  const total = Math.exp(3) + Math.exp(2) + Math.exp(-1) + 2 * Math.exp(-2);
  near(stages[1].values, [3, 2, -1].map((x) => Math.exp(x) / total));
  assert.equal(remaining, 5);
  assert.equal(approximate, false);
});

test("penalties change what occurred, by sign and by count", () => {
  const { stages } = under({ repetition_penalty: 2, presence_penalty: 0.5, frequency_penalty: 0.25 });
  near(stages[1].values, [3, 1, -2]);
  near(stages[2].values, [3, 0.5, -2.5]);
  near(stages[3].values, [3, 0, -2.75]);
  assert.equal(substituted(stages, 1, 1, 2, SHOW), "2.00 / 2 = 1.00");
  assert.equal(substituted(stages, 1, 2, 1, SHOW), "−1.00 × 2 = −2.00");
  assert.equal(substituted(stages, 3, 1, 2, SHOW), "0.50 − 0.25 × 2 = 0.00");
});

test("truncation filters, and says why", () => {
  const two = under({ top_k: 2 });
  assert.deepEqual(two.stages[1].values, [3, 2, null]);
  assert.equal(two.remaining, 2);
  assert.equal(substituted(two.stages, 1, 2, 1, SHOW), "#3 > 2");
  const mass = under({ top_p: 0.7 });
  assert.deepEqual(mass.stages[1].values, [3, null, null]);
  assert.equal(substituted(mass.stages, 1, 1, 2, SHOW), "Σp = 0.714 ≥ 0.7");
  const share = under({ min_p: 0.3 });
  assert.deepEqual(share.stages[1].values, [3, 2, null]);
  near(share.stages[2].values.slice(0, 2), [1 / (1 + Math.exp(-1)), 1 / (1 + Math.exp(1))]);
  assert.equal(substituted(share.stages, 2, 0, 0, SHOW), "e^3.00 / Σ = e^(3.00 − 3.31) = 0.731");
});

test("greedy search and the settings of sampling: they don't act", () => {
  const { stages } = fold(STEP, { ...NEUTRAL, strategy: "greedy", temperature: 0.5, top_k: 1 });
  assert.deepEqual(stages.map(({ key }) => key), ["raw", "probability"]);
});

test("a cut inside a bin says that the number is approximate", () => {
  const { remaining, approximate } = under({ top_p: 0.995 });
  assert.equal(approximate, true);
  assert.equal(remaining, 4);
});

// ---- two sides as one table

const stage = (key, values, unit = "logit") => ({ key, name: key, formula: "", values, unit, setting: null });
const panelOf = (tokens, stages) => ({ settings: null, steps: [{ context: [], candidates: tokens.map((token) => ({ token, text: `t${token}`, causes: [], count: 0 })), stages, distribution: null, remaining: null }] });
const A = panelOf([7, 8], [stage("", [4, 2]), stage("probability", [0.9, 0.1], "probability")]);
const B = panelOf([8, 9], [stage("", [2, -3]), stage("presence_penalty", [1, -3]), stage("temperature", [1, -3]), stage("probability", [0.98, 0.02], "probability")]);
const both = () => [sideOf("a", A, 0, null), sideOf("b", B, 5, null)];

test("rows are the candidates of both, the likeliest of either side first", () => {
  assert.deepEqual(candidatesOf(both()).map(({ id }) => id), [8, 7, 9]);
});

test("columns are the stages of both in the lab's order, the probability last", () => {
  assert.deepEqual(columnsOf(both()), ["raw", "presence_penalty", "temperature", "probability"]);
});

test("one scale for each unit over both sides, with zero in it", () => {
  assert.deepEqual(scalesOf(both()), { logit: { low: -3, high: 4 }, probability: { low: 0, high: 0.98 } });
});

test("a stage that changes nothing is quiet, and so is one that a side lacks", () => {
  const [a, b] = both();
  assert.deepEqual(["raw", "presence_penalty", "temperature"].map((key) => quiet(b, key)), [false, false, true]);
  assert.equal(quiet(a, "temperature"), true);
});
