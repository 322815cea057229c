// Graph over time: nodes at fixed places, a slider over the steps; nodes enter and fade, edges are new, renewed or fading.
(() => {
  const { el, svg, setText, register, compact, isolated, facts, hoverable, say, roving, TONES } = pgPanels;
  const WORDS = {
    zh: { step: "步", back: "上一步", next: "下一步", play: "播放", pause: "暂停", label: "图，方向键在节点间移动", size: "大小", linked: "相连", entered: "新节点", fresh: "新边", future: "未来（预测时没有看到）", past: "过去", none: "无", list: "、", renewed: "实线：刚出现或刚加强的边；虚线：在衰减的边" },
    en: { step: "step", back: "Back one step", next: "Next step", play: "Play", pause: "Pause", label: "Graph; arrow keys move between nodes", size: "size", linked: "linked to", entered: "new nodes", fresh: "new edges", future: "future (unseen by the predictions)", past: "past", none: "none", list: ", ", renewed: "solid: edges new or renewed now; dashed: edges fading" },
  };

  function create(host, context) {
    const words = WORDS[context.language];
    const { language } = context;
    const button = (name, text) => el("button", { type: "button", class: `pg-button pg-time-${name}`, "aria-label": words[name], title: words[name], text });
    const [back, play, next] = [button("back", "‹"), button("play", "▶"), button("next", "›")];
    const slider = el("input", { type: "range", class: "pg-time-slider", min: "0", step: "1", "aria-label": words.step });
    const name = el("b", { class: "pg-time-name" });
    const when = el("span", { class: "pg-time-when" });
    const note = el("p", { class: "pg-time-note", dir: "auto" });
    const said = el("p", { class: "pg-time-said", role: "status" });
    const stage = el("div", { class: "pg-graph-stage" });
    const legend = el("div", { class: "pg-tree-legend" });
    host.append(el("div", { class: "pg-time-bar" }, back, play, next, slider, name, when), note, stage, said, legend);
    let panel = null;
    let drawn = "";
    let at = 0;
    let items = [];
    let timer = 0;

    const label = (id) => say(panel.nodes.find((node) => node.id === id)?.name, language);
    const alive = (node) => node.sizes[at] != null;
    const isFresh = (weights) => weights[at] != null && (!at || weights[at - 1] == null);
    const grew = (edge) => isFresh(edge.weights) || (at > 0 && edge.weights[at] > edge.weights[at - 1]);

    function stop() {
      clearInterval(timer);
      timer = 0;
      setText(play, "▶");
      play.setAttribute("aria-label", words.play);
      play.title = words.play;
    }
    function go(step) {
      at = Math.max(0, Math.min(panel.steps.length - 1, step));
      paint();
    }
    back.addEventListener("click", () => { stop(); go(at - 1); });
    next.addEventListener("click", () => { stop(); go(at + 1); });
    slider.addEventListener("input", () => { stop(); go(Number(slider.value)); });
    play.addEventListener("click", () => {
      if (timer) return stop();
      if (at === panel.steps.length - 1) go(0);
      setText(play, "❚❚");
      play.setAttribute("aria-label", words.pause);
      play.title = words.pause;
      timer = setInterval(() => {
        if (!host.isConnected || at >= panel.steps.length - 1) return stop();
        go(at + 1);
      }, 900);
    });

    function details(node) {
      const rows = panel.edges.filter((edge) => edge.weights[at] != null && (edge.source === node.id || edge.target === node.id))
        .sort((one, other) => other.weights[at] - one.weights[at]).slice(0, 6)
        .map((edge) => [label(edge.source === node.id ? edge.target : edge.source), compact(edge.weights[at], language)]);
      return facts(isolated(say(node.name, language)), [[words.size, compact(node.sizes[at], language)], ["", say(node.group, language)], ...rows]);
    }

    function paint() {
      if (!panel || !stage.clientWidth) return;
      const focused = items.findIndex(({ item }) => item === document.activeElement);
      const focusedId = focused >= 0 ? items[focused].node.id : null;
      const last = panel.steps.length - 1;
      slider.max = String(last);
      slider.value = String(at);
      const title = say(panel.steps[at], language);
      const ahead = panel.future != null && at >= panel.future;
      slider.setAttribute("aria-valuetext", `${title}${panel.future == null ? "" : `, ${ahead ? words.future : words.past}`}`);
      back.disabled = at === 0;
      next.disabled = at === last;
      setText(name, title);
      setText(when, panel.future == null ? "" : ahead ? words.future : words.past);
      when.classList.toggle("pg-time-ahead", ahead);
      note.replaceChildren(isolated(say(panel.notes[at], language)));

      const width = stage.clientWidth;
      const height = Math.max(300, Math.min(480, width * 0.62));
      const side = Math.min(52, width * 0.1);
      const place = (node) => ({ x: side + node.x * (width - 2 * side), y: 22 + node.y * (height - 56) });
      const most = Math.max(1e-9, ...panel.nodes.flatMap((node) => node.sizes.filter((size) => size != null)));
      const heaviest = Math.max(1e-9, ...panel.edges.flatMap((edge) => edge.weights.filter((weight) => weight != null)));
      const groups = [...new Set(panel.nodes.map((node) => say(node.group, language)))];
      const byId = new Map(panel.nodes.map((node) => [node.id, node]));
      const radius = (node) => 3 + (width < 480 ? 9 : 12) * Math.sqrt(Math.max(0, node.sizes[at]) / most);
      const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": words.label });
      const lines = panel.edges.filter((edge) => edge.weights[at] != null && byId.has(edge.source) && byId.has(edge.target)).map((edge) => {
        const [from, to] = [place(byId.get(edge.source)), place(byId.get(edge.target))];
        const share = edge.weights[at] / heaviest;
        const now = grew(edge);
        const line = svg("g", { class: `pg-graph-edge${now ? " pg-time-now" : ""}` }, svg("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y,
          "stroke-width": (0.7 + 3.5 * share).toFixed(2), "stroke-dasharray": now ? null : "4 3", opacity: (now ? 0.9 : 0.15 + 0.6 * share).toFixed(2) }));
        picture.append(line);
        return { edge, line };
      });
      items = panel.nodes.filter(alive).map((node, order) => {
        const { x, y } = place(node);
        const text = say(node.name, language);
        const entered = isFresh(node.sizes);
        const item = svg("g", { class: `pg-graph-node${entered ? " pg-time-entered" : ""}`, transform: `translate(${x} ${y})`, tabindex: order ? "-1" : "0", role: "img",
          "aria-label": `${text}, ${words.size} ${compact(node.sizes[at], language)}${entered ? `, ${words.entered}` : ""}`, style: { "--tone": TONES[groups.indexOf(say(node.group, language)) % TONES.length] } },
          svg("circle", { r: radius(node), opacity: (0.18 + 0.82 * node.strengths[at]).toFixed(2) }),
          svg("text", { y: radius(node) + 13, "text-anchor": "middle", opacity: (0.5 + 0.5 * node.strengths[at]).toFixed(2), text: text.length > 14 ? `${text.slice(0, 13)}…` : text }));
        const light = () => {
          const touching = lines.filter(({ edge }) => edge.source === node.id || edge.target === node.id);
          const close = new Set([node.id, ...touching.flatMap(({ edge }) => [edge.source, edge.target])]);
          picture.classList.add("pg-graph-lit");
          items.forEach((other) => other.item.classList.toggle("pg-on", close.has(other.node.id)));
          lines.forEach(({ edge, line }) => line.classList.toggle("pg-on", edge.source === node.id || edge.target === node.id));
        };
        const dim = () => {
          picture.classList.remove("pg-graph-lit");
        };
        hoverable(item, () => details(node), light, dim);
        picture.append(item);
        return { node, item };
      });
      stage.replaceChildren(picture);
      const fresh = panel.edges.filter((edge) => isFresh(edge.weights)).length;
      const entered = panel.nodes.filter((node) => isFresh(node.sizes)).map((node) => say(node.name, language));
      setText(said, `${words.entered}: ${entered.join(words.list) || words.none} · ${words.fresh}: ${fresh}`);
      const shown = groups.filter(Boolean);
      legend.replaceChildren(...(shown.length > 1 ? shown.map((group) => el("span", { class: "pg-graph-key" },
        svg("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", style: { "--tone": TONES[groups.indexOf(group) % TONES.length] } }, svg("circle", { r: 5 })), isolated(group))) : []),
        el("span", { text: words.renewed }));
      if (focusedId != null) {
        const again = items.find(({ node }) => node.id === focusedId);
        if (again) again.item.focus({ preventScroll: true });
      }
    }
    roving(stage, () => items.map(({ item }) => item));
    pgPanels.onLook(stage, () => paint());
    return {
      update(value) {
        const now = JSON.stringify(value);
        if (now === drawn) return;
        drawn = now;
        stop();
        panel = value;
        at = Math.max(0, Math.min(panel.steps.length - 1, panel.start));
        paint();
      },
    };
  }

  register("graph_over_time", { create });
})();
