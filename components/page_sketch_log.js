// A sketch is an ordered log of events; what is seen is a fold of it, so that several people could write one. A pure function:
// knows no document. Events: {id, by, type: "draw", tool, points | at, text, pressed?}, {id, by, type: "erase" | "undo", of}, {id, by, type: "clear"}.
(() => {
  "use strict";

  const undone = (log) => new Set(log.filter(({ type }) => type === "undo").map(({ of }) => of));

  /** The strokes that are seen, the oldest first. */
  function fold(log) {
    const without = undone(log);
    let seen = [];
    for (const event of log) {
      if (without.has(event.id)) continue;
      if (event.type === "draw") seen.push(event);
      else if (event.type === "erase") seen = seen.filter(({ id }) => id !== event.of);
      else if (event.type === "clear") seen = [];
    }
    return seen;
  }
  /** The event that somebody's next undo takes back: their last one that isn't taken back yet; null where there is none. */
  function undoable(log, by) {
    const without = undone(log);
    return log.findLast((event) => event.by === by && event.type !== "undo" && !without.has(event.id)) ?? null;
  }

  const playgroundSketch = { fold, undoable };
  globalThis.playgroundSketch = playgroundSketch;
  if (typeof module !== "undefined") module.exports = playgroundSketch;
})();
