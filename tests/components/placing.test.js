// Lines of a text read as points: as the lab reads them, tested from Python in playground/topics/meta_learning/test_points.py.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");

globalThis.pgPanels = {};
require("../../components/panels/placing.js");
const at = (text) => globalThis.pgPanels.linesOf(text).map((one) => one.at);

test("two numbers a line are a point, however they are parted", () => {
  assert.deepEqual(at("1.5 2\n-1,2\n(3; 4)\n１、−２\n.5\t1e1"), [[1.5, 2], [-1, 2], [3, 4], [1, -2], [0.5, 10]]);
});
test("what the lab refuses is no point and keeps its line", () => {
  const refused = ["buy 3 apples, 4 pears", "3-4", "1.5.2", "1e999 2", "1 2 3", "1", "a b", "1 2x"];
  assert.deepEqual(at(refused.join("\n")), refused.map(() => null));
  assert.deepEqual(globalThis.pgPanels.linesOf("3-4\n\n1 2").map((one) => one.line), ["3-4", "1 2"]);
});
