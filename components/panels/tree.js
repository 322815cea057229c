// Tree: the search as an SVG, steps from left to right, pruned branches dashed and faded, rank and score at the leaves.
(() => {
  const { el, svg, register, number, probability, isolated, facts, tip, visiblePiece, isBlank } = pgPanels;
  const WORDS = {
    zh: { cut: "被剪掉", finished: "已结束", path: "路径的对数概率", probability: "接在父节点后的概率", score: "得分", rank: "名次", group: "组", ranked: "名次依据：", kept: "保留", best: "最佳", label: "搜索树，方向键在节点间移动", step: "步", empty: "（空）", start: "起点" },
    en: { cut: "pruned", finished: "finished", path: "log-probability of the path", probability: "probability after its parent", score: "score", rank: "rank", group: "group", ranked: "ranked by ", kept: "kept", best: "best", label: "Search tree; arrow keys move between nodes", step: "step", empty: "(empty)", start: "start" },
  };
  // A pruned branch ends in a lower row than a kept one.
  const ROW = 30;
  const CUT_ROW = 23;
  const GROUPS = ["side", "pos", "warn", "neg"];

  const shownPiece = ({ text, parent }, words) =>
    text === "" ? (parent == null ? words.start : words.empty) : isBlank(text) ? visiblePiece(text) : visiblePiece(text.trim());

  /** Children by parent, in the order of their path's log-probability, kept ones first. */
  function family(nodes) {
    const children = new Map();
    let root = null;
    for (const node of nodes) {
      if (node.parent == null) root = root || node;
      else (children.get(node.parent) || children.set(node.parent, []).get(node.parent)).push(node);
    }
    for (const list of children.values())
      list.sort((one, other) => other.kept - one.kept || (other.log_probability ?? 0) - (one.log_probability ?? 0));
    return { root, children: (id) => children.get(id) || [] };
  }

  function create(host, context) {
    const words = WORDS[context.language];
    const { say } = context;
    const legend = el("div", { class: "pg-tree-legend" });
    const scroller = el("div", { class: "pg-tree-scroll" });
    host.append(legend, scroller);
    let drawn = "";

    const measure = document.createElement("canvas").getContext("2d");

    function path(node, byId) {
      const steps = [];
      for (let at = node; at; at = at.parent == null ? null : byId.get(at.parent)) steps.unshift(at);
      return steps;
    }

    function details(node, byId) {
      const text = path(node, byId).map(({ text }) => visiblePiece(text)).join("");
      const box = facts(isolated(text.length > 120 ? `…${text.slice(-120)}` : text), [
        [words.probability, node.probability == null ? "" : probability(node.probability)],
        [words.path, node.log_probability == null ? "" : number(node.log_probability, 3)],
        [words.rank, node.rank == null ? "" : `#${node.rank}`],
        [words.score, node.score == null ? "" : number(node.score, 3)],
      ]);
      const states = [node.kept ? "" : `✕ ${words.cut}`, node.finished ? `■ ${words.finished}` : ""].filter(Boolean);
      if (states.length) box.append(el("div", { class: "pg-tip-note", text: states.join(" · ") }));
      return box;
    }

    function draw(panel) {
      const byId = new Map(panel.nodes.map((node) => [node.id, node]));
      const { root, children } = family(panel.nodes);
      if (!root) return scroller.replaceChildren();
      const look = pgPanels.colours(host);
      measure.font = `14px ${look.font}`;
      const places = new Map();
      const widest = new Map();
      // A node's first child is placed in the same row, and so on; other branches are placed directly below, as high as their
      // columns are free. Deeper branches go first, so that a shallower one doesn't cut through them.
      const free = [];
      (function place(start, depth, least) {
        const chain = [];
        for (let node = start; node; node = children(node.id)[0]) chain.push(node);
        const y = Math.max(least, ...chain.map((_, place) => free[depth + place] || 0));
        chain.forEach((node, place) => {
          const width = Math.min(150, measure.measureText(shownPiece(node, words)).width);
          widest.set(depth + place, Math.max(widest.get(depth + place) || 0, width, 30));
          places.set(node.id, { depth: depth + place, y });
          free[depth + place] = y + (node.kept ? ROW : CUT_ROW);
        });
        for (let at = chain.length - 1; at >= 0; at--) for (const child of children(chain[at].id).slice(1)) place(child, depth + at + 1, y);
      })(root, 0, 0);
      const lefts = [8];
      const depths = Math.max(...widest.keys());
      for (let depth = 0; depth <= depths; depth++) lefts.push(lefts[depth] + widest.get(depth) + 64);
      const height = Math.max(...free.map((bottom) => bottom || 0)) + 34;
      const width = lefts[depths] + widest.get(depths) + 120;
      const groups = new Set(panel.nodes.map((node) => node.group)).size > 1;
      const best = panel.nodes.find((node) => node.rank === 1);
      const onBest = new Set(best ? path(best, byId).map(({ id }) => id) : []);
      const tone = (node) => (groups ? GROUPS[node.group % GROUPS.length] : "side");

      const edges = svg("g", { class: "pg-tree-edges" });
      const marks = svg("g");
      const drawnEdges = new Map();
      const drawnNodes = new Map();
      for (const node of panel.nodes) {
        const at = places.get(node.id);
        if (!at) continue;
        const x = lefts[at.depth];
        const y = at.y + 30;
        const wide = Math.min(150, measure.measureText(shownPiece(node, words)).width);
        if (node.parent != null && places.has(node.parent)) {
          const up = places.get(node.parent);
          const parentWide = Math.min(150, measure.measureText(shownPiece(byId.get(node.parent), words)).width);
          const from = lefts[up.depth] + parentWide + 8;
          const fromY = up.y + 30;
          const middle = from + (x - 7 - from) * 0.55;
          const edge = svg("path", {
            d: `M${from},${fromY} C${middle},${fromY} ${middle},${y} ${x - 7},${y}`,
            class: `pg-tree-edge${node.kept ? "" : " pg-tree-cut"}${onBest.has(node.id) ? " pg-tree-best" : ""}`,
            style: { "--tone": `var(--${tone(node)})`, "stroke-width": `${(0.8 + 4 * (node.probability ?? 0.3)).toFixed(2)}px` },
          });
          edges.append(edge);
          drawnEdges.set(node.id, edge);
          if (node.probability != null)
            marks.append(svg("text", { x: x - 10, y: y - 5, class: `pg-tree-chance${node.kept ? "" : " pg-tree-cut"}`, "text-anchor": "end", text: number(node.probability, 2) }));
        }
        const shown = svg("g", { class: `pg-tree-node${node.kept ? "" : " pg-tree-cut"}${onBest.has(node.id) ? " pg-tree-best" : ""}`, tabindex: node === root ? "0" : "-1", role: "treeitem", "data-id": node.id, style: { "--tone": `var(--${tone(node)})` } },
          svg("rect", { x: x - 5, y: y - 12, width: wide + 11, height: 24, rx: 5 }),
          svg("text", { x, y: y + 5, text: clipped(shownPiece(node, words), measure) }));
        let after = x + wide + 12;
        if (!node.kept) {
          shown.append(svg("text", { x: after, y: y + 4, class: "pg-tree-end", text: "✕" }));
          after += 16;
        }
        if (node.finished) {
          shown.append(svg("text", { x: after, y: y + 4, class: "pg-tree-end", text: "■" }));
          after += 16;
        }
        if (node.rank != null)
          shown.append(svg("text", { x: after, y: y + 4, class: "pg-tree-rank", text: `#${node.rank}${node.score == null ? "" : `  ${number(node.score, 3)}`}${groups ? `  ${words.group} ${node.group + 1}` : ""}` }));
        shown.setAttribute("aria-label", `${shownPiece(node, words)}, ${words.step} ${node.step}${node.probability == null ? "" : `, ${probability(node.probability)}`}${node.kept ? "" : `, ${words.cut}`}${node.rank == null ? "" : `, ${words.rank} ${node.rank}`}`);
        marks.append(shown);
        drawnNodes.set(node.id, shown);
      }
      for (let depth = 1; depth <= depths; depth++) marks.append(svg("text", { x: lefts[depth], y: 10, class: "pg-tree-step", text: depth }));
      const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "tree", "aria-label": words.label }, edges, marks);

      const light = (node) => {
        const on = new Set(node ? path(node, byId).map(({ id }) => id) : []);
        picture.classList.toggle("pg-tree-lit", on.size > 0);
        for (const [id, edge] of drawnEdges) edge.classList.toggle("pg-on", on.has(id));
        for (const [id, shown] of drawnNodes) shown.classList.toggle("pg-on", on.has(id));
      };
      for (const [id, shown] of drawnNodes) {
        const node = byId.get(id);
        const enter = () => {
          tip.show(shown.querySelector("rect"), details(node, byId), shown);
          light(node);
        };
        const leave = () => {
          tip.hide(shown);
          light(null);
        };
        shown.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && enter());
        shown.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && leave());
        shown.addEventListener("click", enter);
        shown.addEventListener("focus", enter);
        shown.addEventListener("blur", leave);
        shown.addEventListener("keydown", (event) => {
          const siblings = node.parent == null ? [node] : children(node.parent);
          const at = siblings.indexOf(node);
          const next = { ArrowLeft: byId.get(node.parent), ArrowRight: children(id)[0], ArrowUp: siblings[at - 1], ArrowDown: siblings[at + 1] }[event.key];
          if (!next) return;
          event.preventDefault();
          shown.setAttribute("tabindex", "-1");
          drawnNodes.get(next.id).setAttribute("tabindex", "0");
          drawnNodes.get(next.id).focus();
        });
      }
      scroller.replaceChildren(picture);
      legend.replaceChildren(
        el("span", { class: "pg-tree-key" }, el("i"), words.kept), el("span", { class: "pg-tree-key pg-tree-key-cut" }, el("i"), `${words.cut} ✕`),
        ...(best ? [el("span", { class: "pg-tree-key pg-tree-key-best" }, el("i"), `${words.best} #1`)] : []),
        ...(say(panel.score_label) ? [el("span", { class: "pg-tree-score" }, words.ranked, isolated(say(panel.score_label)))] : []));
    }

    function clipped(text, brush) {
      if (brush.measureText(text).width <= 150) return text;
      let end = text.length;
      while (end > 1 && brush.measureText(`${text.slice(0, end)}…`).width > 150) end--;
      return `${text.slice(0, end)}…`;
    }

    return {
      update(panel) {
        const now = JSON.stringify(panel);
        if (now === drawn) return;
        drawn = now;
        draw(panel);
      },
    };
  }

  register("tree", { create });
})();
