// How the page's script writes numbers, by the table that the one in Python is held to. Run by test_page_state.py with node's own test runner.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const { significant, number, signed, compact, probability } = require("../../components/panels/core_numbers.js");

for (const { value, digits, ...shown } of require("../lab/numbers.json"))
  for (const language of ["en", "zh"])
    test(`${value} in ${language}`, () => assert.equal(significant(value, digits, language), shown[language]));

test("decimals are as many as asked, and never zeros alone where there is something", () => {
  assert.equal(number(1234.5, 2), "1,234.50");
  assert.equal(number(0.003, 2), "0.003");
  assert.equal(number(-0.00004, 3), "−4×10⁻⁵");
  assert.equal(number(0.4, 0), "0.4");
  assert.equal(number(0, 2), "0.00");
  assert.equal(number(-0, 2), "0.00");
  assert.equal(number(-1.005, 1), "−1.0");
});
test("what nobody reads the digits of has three, in the page's language", () => {
  assert.equal(number(201948897077.784, 3), "2.02×10¹¹");
  assert.equal(number(201948897077.784, 3, "zh"), "2019 亿");
  assert.equal(number(9980047.46, 2), "9.98×10⁶");
  assert.equal(number(268098176, 0), "268,098,176");
  assert.equal(number(2019488970, 0, "zh"), "20.2 亿");
});
test("a sign is shown where there is a difference", () => {
  assert.deepEqual([0.5, -0.5, 0, 0.0004].map((value) => signed(value, 2)), ["+0.50", "−0.50", "0.00", "+0.0004"]);
});
test("no value is a dash", () => {
  for (const write of [number, compact, probability]) assert.equal(write(null), "—");
  for (const write of [number, signed, compact]) assert.equal(write(NaN), "—");
  assert.equal(number(Infinity), "—");
});
test("a probability that three decimals don't show is below them", () => {
  assert.deepEqual([0, 0.0004, 0.0005, 0.25, 1].map(probability), ["0.000", "<0.001", "0.001", "0.250", "1.000"]);
});
