// Graph: nodes and weighted edges, placed by a force layout with a fixed start.
(() => {
  const { el, svg, register, compact, isolated, facts, hoverable, say, roving, TONES } = pgPanels;
  const WORDS = {
    zh: { size: "大小", group: "组", edges: "相连", weight: "权重", label: "图，方向键在节点间移动" },
    en: { size: "size", group: "group", edges: "linked to", weight: "weight", label: "Graph; arrow keys move between nodes" },
  };
  const SHAPES = ["circle", "square", "diamond", "triangle"];

  /** Fruchterman and Reingold's layout (1991) from a sunflower start, in the unit square. */
  function layout(nodes, edges) {
    const count = nodes.length;
    const at = nodes.map((_, index) => {
      const angle = index * 2.399963;
      const radius = 0.45 * Math.sqrt((index + 0.5) / count);
      return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
    });
    const index = new Map(nodes.map((node, place) => [node.id, place]));
    const heaviest = Math.max(1e-9, ...edges.map((edge) => Math.abs(edge.weight)));
    const links = edges.map((edge) => [index.get(edge.source), index.get(edge.target), 0.4 + 0.6 * (Math.abs(edge.weight) / heaviest)]).filter(([a, b]) => a != null && b != null && a !== b);
    const ideal = 0.75 / Math.sqrt(count);
    for (let round = 0; round < 220; round++) {
      const heat = 0.12 * (1 - round / 220) ** 1.5;
      const push = at.map(() => ({ x: 0, y: 0 }));
      for (let one = 0; one < count; one++)
        for (let two = one + 1; two < count; two++) {
          const dx = at[one].x - at[two].x || 1e-4;
          const dy = at[one].y - at[two].y || 1e-4;
          const force = (ideal * ideal) / (dx * dx + dy * dy + 1e-6);
          push[one].x += dx * force; push[one].y += dy * force;
          push[two].x -= dx * force; push[two].y -= dy * force;
        }
      for (const [one, two, weight] of links) {
        const dx = at[one].x - at[two].x;
        const dy = at[one].y - at[two].y;
        const force = (Math.hypot(dx, dy) / ideal) * weight;
        push[one].x -= dx * force; push[one].y -= dy * force;
        push[two].x += dx * force; push[two].y += dy * force;
      }
      for (let one = 0; one < count; one++) {
        push[one].x -= at[one].x * 0.6; push[one].y -= at[one].y * 0.6;
        const length = Math.hypot(push[one].x, push[one].y) || 1;
        at[one].x += (push[one].x / length) * Math.min(length, heat);
        at[one].y += (push[one].y / length) * Math.min(length, heat);
      }
    }
    const fit = (name) => {
      const values = at.map((place) => place[name]);
      const low = Math.min(...values);
      const span = Math.max(...values) - low || 1;
      for (const place of at) place[name] = count === 1 ? 0.5 : (place[name] - low) / span;
    };
    fit("x");
    fit("y");
    return at;
  }

  function outline(shape, radius) {
    if (shape === "square") return svg("rect", { x: -radius * 0.88, y: -radius * 0.88, width: radius * 1.76, height: radius * 1.76, rx: 2 });
    if (shape === "diamond") return svg("path", { d: `M0,${-radius * 1.2} L${radius * 1.2},0 L0,${radius * 1.2} L${-radius * 1.2},0 Z` });
    if (shape === "triangle") return svg("path", { d: `M0,${-radius * 1.2} L${radius * 1.15},${radius * 0.85} L${-radius * 1.15},${radius * 0.85} Z` });
    return svg("circle", { r: radius });
  }

  function create(host, context) {
    const words = WORDS[context.language];
    const legend = el("div", { class: "pg-tree-legend" });
    const stage = el("div", { class: "pg-graph-stage" });
    host.append(legend, stage);
    let drawn = "";
    let panel = null;
    let at = [];
    let shown = [];

    function draw() {
      if (!panel || !stage.clientWidth) return;
      const width = stage.clientWidth;
      const height = Math.max(240, Math.min(440, width * 0.6));
      const place = (index) => ({ x: 52 + at[index].x * (width - 104), y: 26 + at[index].y * (height - 60) });
      const groups = [...new Set(panel.nodes.map((node) => say(node.group, context.language)))];
      const most = Math.max(1e-9, ...panel.nodes.map((node) => node.size));
      const heaviest = Math.max(1e-9, ...panel.edges.map((edge) => Math.abs(edge.weight)));
      const index = new Map(panel.nodes.map((node, place) => [node.id, place]));
      const radius = (node) => 4 + 11 * Math.sqrt(Math.max(0, node.size) / most);
      const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": words.label });
      const lines = panel.edges.filter((edge) => index.has(edge.source) && index.has(edge.target)).map((edge) => {
        const from = place(index.get(edge.source));
        const to = place(index.get(edge.target));
        const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
        const stop = radius(panel.nodes[index.get(edge.target)]) + 3;
        const end = { x: to.x - ((to.x - from.x) / length) * stop, y: to.y - ((to.y - from.y) / length) * stop };
        const share = Math.abs(edge.weight) / heaviest;
        const line = svg("g", { class: "pg-graph-edge" }, svg("line", { x1: from.x, y1: from.y, x2: end.x, y2: end.y, "stroke-width": (0.8 + 3 * share).toFixed(2), opacity: (0.3 + 0.5 * share).toFixed(2) }));
        if (panel.directed) {
          const angle = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
          line.append(svg("path", { d: "M0,0 L-8,-3.5 L-8,3.5 Z", transform: `translate(${end.x} ${end.y}) rotate(${angle})`, opacity: (0.4 + 0.5 * share).toFixed(2) }));
        }
        picture.append(line);
        return { edge, line };
      });
      const near = (id) => new Set([id, ...panel.edges.flatMap((edge) => (edge.source === id ? [edge.target] : edge.target === id ? [edge.source] : []))]);
      shown = panel.nodes.map((node, order) => {
        const { x, y } = place(order);
        const group = groups.indexOf(say(node.group, context.language));
        const name = say(node.name, context.language);
        const item = svg("g", { class: "pg-graph-node", transform: `translate(${x} ${y})`, tabindex: order ? "-1" : "0", role: "img", "aria-label": `${name}, ${words.size} ${compact(node.size, context.language)}`, style: { "--tone": TONES[group % TONES.length] } },
          outline(SHAPES[group % SHAPES.length], radius(node)), svg("text", { y: radius(node) + 14, "text-anchor": "middle", text: name.length > 14 ? `${name.slice(0, 13)}…` : name }));
        const details = () => {
          const linked = panel.edges.filter((edge) => edge.source === node.id || edge.target === node.id);
          const rows = linked.slice(0, 6).map((edge) => [say(panel.nodes[index.get(edge.source === node.id ? edge.target : edge.source)]?.name, context.language), compact(edge.weight, context.language)]);
          return facts(isolated(name), [[words.size, compact(node.size, context.language)], [words.group, say(node.group, context.language)], ...rows]);
        };
        const light = () => {
          const close = near(node.id);
          picture.classList.add("pg-graph-lit");
          shown.forEach((other, place) => other.classList.toggle("pg-on", close.has(panel.nodes[place].id)));
          lines.forEach(({ edge, line }) => line.classList.toggle("pg-on", edge.source === node.id || edge.target === node.id));
        };
        const dim = () => {
          picture.classList.remove("pg-graph-lit");
        };
        hoverable(item, details, light, dim);
        picture.append(item);
        return item;
      });
      stage.replaceChildren(picture);
      legend.replaceChildren(...(groups.length > 1 ? groups.map((group, order) => el("span", { class: "pg-graph-key" },
        svg("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", style: { "--tone": TONES[order % TONES.length] } }, outline(SHAPES[order % SHAPES.length], 5)), isolated(group))) : []));
    }
    roving(stage, () => shown);
    pgPanels.onLook(stage, draw);
    return {
      update(next) {
        const now = JSON.stringify(next);
        if (now === drawn) return;
        drawn = now;
        panel = next;
        at = layout(panel.nodes, panel.edges);
        draw();
      },
    };
  }

  register("graph", { create });
})();
