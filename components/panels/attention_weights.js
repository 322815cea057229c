// Computations on attention weights: unpack, extract one head or a mean of heads, aggregate tokens to units, select keys by mass.
pgPanels.attention = Object.assign(pgPanels.attention ?? {}, (() => {
  /** `packed`: base64 of little-endian uint16, lower triangles in row-major order, [layer][head][query][key <= query]. */
  function unpack(packed, layers, heads, length) {
    const text = atob(packed);
    const values = new Float32Array(text.length / 2);
    for (let place = 0; place < values.length; place++) values[place] = (text.charCodeAt(2 * place) | (text.charCodeAt(2 * place + 1) << 8)) / 65535;
    const triangle = (length * (length + 1)) / 2;
    if (values.length !== layers * heads * triangle) throw new Error("attention: packed weights don't fit the shape");
    return { layers, heads, length, triangle, values, means: new Map() };
  }

  /** The highest index of layers or heads: where there are several, one past the last stands for their mean. */
  const mostIndex = (count) => (count > 1 ? count : 0);

  /** The lower triangle of one head, as a view into the weights; of a mean over heads, layers or both, computed once. */
  function triangleOf(weights, layer, head) {
    const one = (l, h) => {
      const start = (l * weights.heads + h) * weights.triangle;
      return weights.values.subarray(start, start + weights.triangle);
    };
    if (layer < weights.layers && head < weights.heads) return one(layer, head);
    const key = `${layer}/${head}`;
    if (!weights.means.has(key)) {
      const all = (index, count) => (index < count ? [index] : Array.from({ length: count }, (_, each) => each));
      const parts = all(layer, weights.layers).flatMap((l) => all(head, weights.heads).map((h) => one(l, h)));
      const mean = new Float32Array(weights.triangle);
      for (const part of parts) for (let place = 0; place < mean.length; place++) mean[place] += part[place] / parts.length;
      weights.means.set(key, mean);
    }
    return weights.means.get(key);
  }

  /** One head as a full matrix in row-major order. */
  function matrix(weights, layer, head) {
    const { length } = weights;
    const full = new Float32Array(length * length);
    const triangle = triangleOf(weights, layer, head);
    let place = 0;
    for (let query = 0; query < length; query++) for (let key = 0; key <= query; key++) full[query * length + key] = triangle[place++];
    return full;
  }

  /** Each token as its own unit. */
  const tokensAsUnits = (pieces) => pieces.map((text, token) => ({ text, shares: [[token, 1]] }));

  /** The units, plus one for each token that belongs to none (the beginning-of-text token). */
  function completed(units, pieces) {
    const held = new Float32Array(pieces.length);
    for (const { shares } of units) for (const [token, share] of shares) held[token] += share;
    const all = units.filter(({ shares }) => shares.length);
    pieces.forEach((text, token) => {
      if (held[token] < 1e-6) all.push({ text, shares: [[token, 1]] });
    });
    return all.sort((one, other) => one.shares[0][0] - other.shares[0][0]);
  }

  /** Weights between units: a key's weights are summed by share, a query's rows are averaged by share. */
  function grouped(full, length, units) {
    const count = units.length;
    const columns = new Float32Array(length * count);
    for (let query = 0; query < length; query++)
      units.forEach(({ shares }, unit) => {
        let sum = 0;
        for (const [token, share] of shares) sum += share * full[query * length + token];
        columns[query * count + unit] = sum;
      });
    const out = new Float32Array(count * count);
    units.forEach(({ shares }, unit) => {
      let total = 0;
      for (const [, share] of shares) total += share;
      for (const [token, share] of shares)
        for (let key = 0; key < count; key++) out[unit * count + key] += (share / total) * columns[token * count + key];
    });
    return out;
  }

  /** What the unit `focus` reads (its row), or how much each unit reads of it (its column), in a matrix in row-major order. */
  function lineOf(values, count, focus, direction) {
    if (direction === "reads") return values.subarray(focus * count, (focus + 1) * count);
    return Float32Array.from({ length: count }, (_, query) => values[query * count + focus]);
  }

  /** The smallest set of a row's keys with `mass` of its absolute weight, heaviest first, as [key, weight]. `first`: first key. */
  function carriers(row, mass, first = 0) {
    const keys = [];
    let total = 0;
    for (let key = first; key < row.length; key++)
      if (Math.abs(row[key]) > 1e-5) {
        keys.push([key, row[key]]);
        total += Math.abs(row[key]);
      }
    keys.sort((one, other) => Math.abs(other[1]) - Math.abs(one[1]));
    let carried = 0;
    const kept = keys.findIndex(([, weight]) => (carried += Math.abs(weight)) >= mass * total - 1e-9);
    return kept < 0 ? keys : keys.slice(0, kept + 1);
  }

  return { unpack, mostIndex, triangleOf, matrix, tokensAsUnits, completed, grouped, lineOf, carriers };
})());
