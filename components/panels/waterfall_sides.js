// The waterfall's two sides as one table: which candidates and stages it has, on which scale. Pure: knows no document.
(() => {
  "use strict";
  const identity = (candidate) => (candidate.token >= 0 ? candidate.token : candidate.text);
  /** A side's step with its stages by key; under a preview's settings where there are any. */
  function sideOf(role, panel, at, tried) {
    const { keyOf, fold } = globalThis.waterfallFold;
    const step = panel.steps[Math.min(at, panel.steps.length - 1)];
    const again = step.distribution && panel.settings ? fold(step, tried || panel.settings) : null;
    const recorded = Object.fromEntries(step.stages.map((stage, place) => [keyOf(stage, place), stage]));
    // Without a preview the numbers are the server's; of the fold's only what explains them.
    const stages = tried ? again.stages : step.stages.map((stage, place) => {
      const key = keyOf(stage, place);
      return { ...stage, key, notes: again?.stages.find((one) => one.key === key)?.notes };
    });
    const rows = new Map(step.candidates.map((candidate, row) => [identity(candidate), row]));
    return { role, step, stages, recorded, rows, tried, at: Object.fromEntries(stages.map((stage, place) => [stage.key, place])),
      remaining: tried ? again.remaining : step.remaining, about: Boolean(tried && again.approximate) };
  }
  /** The candidates of all sides, the likeliest in the run first: a preview doesn't move them. */
  function candidatesOf(sides) {
    const found = new Map();
    for (const { step } of sides)
      step.candidates.forEach((candidate, row) => {
        const last = step.stages.at(-1).values[row] ?? -1;
        const first = step.stages[0].values[row] ?? -Infinity;
        const before = found.get(identity(candidate));
        found.set(identity(candidate), { id: identity(candidate), text: candidate.text, last: Math.max(last, before?.last ?? -1), first: Math.max(first, before?.first ?? -Infinity) });
      });
    return [...found.values()].sort((a, b) => b.last - a.last || b.first - a.first);
  }
  const columnsOf = (sides) => {
    const keys = new Set(sides.flatMap(({ stages }) => stages.map(({ key }) => key)));
    const known = globalThis.waterfallFold.ORDER.filter((key) => keys.has(key));
    return [...known.slice(0, -1), ...[...keys].filter((key) => !known.includes(key)), ...known.slice(-1)];
  };
  /** For each unit the range of all sides and stages, with zero in it: a bar of twice the length is twice the value. */
  function scalesOf(sides) {
    const found = {};
    for (const { unit, values } of sides.flatMap(({ stages }) => stages))
      for (const value of values) {
        const one = (found[unit] ??= { low: 0, high: 0 });
        if (value != null) [one.low, one.high] = [Math.min(one.low, value), Math.max(one.high, value)];
      }
    return found;
  }
  /** Whether a stage changes none of a side's candidates. */
  const quiet = (side, key) => {
    const place = side.at[key];
    if (place == null) return true;
    const [stage, before] = [side.stages[place], side.stages[place - 1]];
    return place > 0 && before.unit === stage.unit && stage.values.every((value, row) => value === before.values[row] || (value != null && before.values[row] != null && Math.abs(value - before.values[row]) < 1e-9));
  };

  const waterfallSides = { sideOf, candidatesOf, columnsOf, scalesOf, quiet };
  globalThis.waterfallSides = waterfallSides;
  if (typeof module !== "undefined") module.exports = waterfallSides;
})();
