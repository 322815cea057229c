// What Ctrl+K finds for what is typed.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const { search } = require("../../components/page_palette.js");

const entry = (kind, place, title, find = "", at = "") => ({ kind, place, title, find, at });
const ENTRIES = [
  entry("topic", "quantization", "量化", "quantization lianghua lh 8 quantization"),
  entry("panel", "quantization", "量化误差", "quantization error lianghuawucha lhwc", "error"),
  entry("example", "quantization", "四位", "four bits siwei sw", 0),
  entry("topic", "decoding", "解码惩罚", "decoding penalties jiemachengfa jmcf 6 decoding"),
  entry("failure", "decoding", "惩罚过重", "penalty too high", 3),
  entry("question", "decoding", "为什么量化会变慢？", "why does quantization slow it down?", 2),
];
const titles = (query) => search(ENTRIES, query).map(({ title }) => title);

test("without words, the topics in their order", () => {
  assert.deepEqual(titles(""), ["量化", "解码惩罚"]);
  assert.deepEqual(titles("  \t "), ["量化", "解码惩罚"]);
});
test("by its own words, the best first: a topic before its panel, a beginning before a middle", () =>
  assert.deepEqual(titles("量化"), ["量化", "量化误差", "为什么量化会变慢？"]));
test("by the other language, whatever the case and the width of letters", () => {
  assert.equal(titles("DECODING")[0], "解码惩罚");
  assert.equal(titles("ｄｅｃｏｄｉｎｇ")[0], "解码惩罚");
});
test("by pinyin, whole or by initials", () => {
  assert.deepEqual(titles("lianghuaw"), ["量化误差"]);
  assert.deepEqual(titles("jmcf"), ["解码惩罚"]);
});
test("by its number", () => assert.deepEqual(titles("6"), ["解码惩罚"]));
test("all words must fit, one of them the entry itself and the others perhaps its topic", () => {
  assert.deepEqual(titles("decoding high"), ["惩罚过重"]);
  assert.deepEqual(titles("量化 四位"), ["四位"]);
  assert.deepEqual(titles("decoding 四位"), []);
});
test("nothing for what isn't there, nor for marks of a pattern", () => {
  assert.deepEqual(titles("nowhere"), []);
  assert.deepEqual(titles(".*"), []);
});
test("no more than can be looked through", () => {
  const many = Array.from({ length: 200 }, (_, at) => entry("panel", "quantization", `面板 ${at}`));
  assert.equal(search([...ENTRIES, ...many], "面板").length, 40);
});
