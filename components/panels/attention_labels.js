// What the drawings of attention say, in both languages.
(pgPanels.attention ??= {}).LABELS = (() => {
  /** The name of a head, or of a mean: one past the last layer or head stands for the mean of all. Counted from 0. */
  const titled = (names) => (layer, head, { layers, heads }) => {
    if (layer >= layers && head >= heads) return names.all;
    if (layer >= layers) return names.overLayers(head + 1, layers);
    return head >= heads ? names.overHeads(layer + 1, heads) : names.one(layer + 1, head + 1);
  };
  return {
    zh: {
      full: "全局", window: "窗口", mass: "累计质量", hide: "隐藏首词元", arcs: "弧线", matrix: "矩阵", view: "画法", average: "均",
      title: titled({
        one: (layer, head) => `第 ${layer} 层 · 第 ${head} 头`, overHeads: (layer, count) => `第 ${layer} 层 · ${count} 个头的均值`,
        overLayers: (head, count) => `${count} 层的均值 · 第 ${head} 头`, all: "所有层、所有头的均值",
      }),
      hidden: "首词元", hiddenMean: (value, hidden) => `首词元平均占 ${value}${hidden ? "（已隐藏）" : ""}`,
      keys: "方向键换头，末行末列是均值", difference: "A 与 B 之差", otherText: "两侧的文本不同，无法逐格相减。", wordsLabel: "文本的单元：选一个，看它读了哪里，或谁读了它",
      matrixLabel: "注意力矩阵：每行一个查询，每列一个键，按文本顺序", matrixKeys: "方向键：沿着框逐格读数，横过框换一个词", none: "没有可画的权重", axes: "行：查询 · 列：键 · 权重",
      direction: "方向", reads: "读谁", readBy: "被谁读", readsHint: "选中的词作查询：它把注意力分给了谁", readByHint: "选中的词作键：哪些词把注意力分给它",
      same: "这个头在 A 与 B 中完全相同", mean: "平均相差", massHint: "每个词只画累计到这一份额的最重的几条",
      reading: "A 更大为实线，B 更大为虚线", farthest: "相差最大：",
    },
    en: {
      full: "full", window: "window", mass: "cumulative mass", hide: "hide first token", arcs: "arcs", matrix: "matrix", view: "View", average: "avg",
      title: titled({
        one: (layer, head) => `Layer ${layer} · head ${head}`, overHeads: (layer, count) => `Layer ${layer} · mean of ${count} heads`,
        overLayers: (head, count) => `Mean of ${count} layers · head ${head}`, all: "Mean of all layers and heads",
      }),
      hidden: "first token", hiddenMean: (value, hidden) => `first token holds ${value} on average${hidden ? " (hidden)" : ""}`,
      keys: "Arrow keys change the head; the last row and column are means", difference: "A against B", otherText: "The two sides read different texts, so they can't be subtracted cell by cell.", wordsLabel: "Units of the text: choose one to see what it reads, or what reads it",
      matrixLabel: "Attention matrix: a row per query, a column per key, in the order of the text", matrixKeys: "Arrow keys: along the outline from cell to cell, across it to another word", none: "No weight to draw", axes: "row: query · column: key · weight",
      direction: "Direction", reads: "reads", readBy: "read by", readsHint: "the chosen word as the query: what it attends to", readByHint: "the chosen word as the key: what attends to it",
      same: "This head is the same in A and B", mean: "mean difference", massHint: "Each word draws only its heaviest lines, up to this share",
      reading: "solid: more in A; dashed: more in B", farthest: "furthest apart:",
    },
  };
})();
