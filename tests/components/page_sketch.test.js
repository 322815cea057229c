// What a sketch's log shows. Run by test_page_state.py with node's own test runner.
"use strict";
const assert = require("node:assert/strict");
const { describe, test } = require("node:test");
const { fold, undoable } = require("../../components/page_sketch_log.js");

const drawn = (id, by = "me") => ({ id, by, type: "draw", tool: "pen", points: [[0, 0]] });
const seen = (log) => fold(log).map(({ id }) => id).join("");

describe("a sketch", () => {
  test("shows what was drawn, in its order", () => assert.equal(seen([drawn("a"), drawn("b")]), "ab"));
  test("loses a stroke that is erased, and all that was there when it was cleared", () => {
    assert.equal(seen([drawn("a"), drawn("b"), { id: "e", type: "erase", of: "a" }]), "b");
    assert.equal(seen([drawn("a"), { id: "c", type: "clear" }, drawn("b")]), "b");
  });
  test("takes back a stroke, an eraser's touch and a clearing", () => {
    const log = [drawn("a"), { id: "e", by: "me", type: "erase", of: "a" }];
    assert.equal(seen([...log, { id: "u", by: "me", type: "undo", of: "e" }]), "a");
    assert.equal(seen([drawn("a"), { id: "c", by: "me", type: "clear" }, { id: "u", by: "me", type: "undo", of: "c" }]), "a");
    assert.equal(seen([drawn("a"), { id: "u", by: "me", type: "undo", of: "a" }]), "");
  });
  test("undo goes back step by step, through one's own events alone", () => {
    const log = [drawn("a"), drawn("x", "you"), drawn("b")];
    const steps = [];
    for (let event = undoable(log, "me"); event; event = undoable(log, "me")) {
      steps.push(event.id);
      log.push({ id: `u${event.id}`, by: "me", type: "undo", of: event.id });
    }
    assert.deepEqual(steps, ["b", "a"]);
    assert.equal(seen(log), "x");
  });
  test("what erases a stroke that isn't there changes nothing", () => assert.equal(seen([drawn("a"), { id: "e", type: "erase", of: "z" }]), "a"));
});
