// The waterfall's preview: which settings the lab's controls hold now, where they differ from the run's, and sliders of the same
// settings beside the drawing. What is dragged is computed in the browser at once and put into the controls when it is let go.
window.waterfallPreview = (context, redraw) => {
  "use strict";
  const { el, setText } = pgPanels;
  const WORDS = {
    zh: {
      title: "拖动设置，立即预览", back: "恢复运行时的设置", greedy: "贪心", sample: "采样",
      names: { repetition_penalty: "重复惩罚", presence_penalty: "存在惩罚", frequency_penalty: "频率惩罚", temperature: "温度", top_k: "top-k", top_p: "top-p", min_p: "min-p" },
      samples: "温度与截断属于采样：拖动它们即改为采样。", beam: "束搜索不能预览：它的路径取决于整个搜索。",
    },
    en: {
      title: "Drag settings for a preview", back: "Back to the run's settings", greedy: "greedy", sample: "sampling",
      names: { repetition_penalty: "repetition penalty", presence_penalty: "presence penalty", frequency_penalty: "frequency penalty", temperature: "temperature", top_k: "top-k", top_p: "top-p", min_p: "min-p" },
      samples: "Temperature and truncation belong to sampling: dragging one switches to it.", beam: "A beam search has no preview: its path depends on the whole search.",
    },
  };
  const words = WORDS[context.language];
  const { NEUTRAL, SAMPLING } = waterfallFold;
  const pathOf = (role, name) => (role ? `${role}.${name}` : name);
  let dragged = {}; // by path, until it is let go
  const table = el("div", { class: "pg-fall-sliders" });
  const back = el("button", { type: "button", class: "pg-button", text: words.back });
  const hint = el("small");
  const node = el("details", { class: "pg-fall-try pg-live" }, el("summary", { text: words.title }), table, el("p", {}, hint, " ", back));
  let sides = []; // [role, panel] of those that can be previewed
  let inputs = [];

  /** What the controls of a side hold now, what is being dragged included; the run's settings where there is no page. */
  function now(panel, role) {
    const held = context.values() || {};
    const at = (name) => dragged[pathOf(role, name)] ?? held[pathOf(role, name)] ?? panel.settings[name];
    return { ...Object.fromEntries(Object.keys(NEUTRAL).map((name) => [name, Number(at(name))])), strategy: at("strategy") };
  }
  /** {settings, said} where they differ from the run's in what shows; null: nothing to preview. */
  function tried(panel, role) {
    if (!panel.settings || !panel.steps[0]?.distribution) return null;
    const settings = now(panel, role);
    if (settings.strategy === "beam") return null;
    const before = panel.settings;
    const acts = (of, name) => !SAMPLING.includes(name) || of.strategy === "sample";
    const value = (of, name) => (acts(of, name) ? of[name] : NEUTRAL[name]);
    const changed = Object.keys(NEUTRAL).filter((name) => Number.isFinite(settings[name]) && Math.abs(value(settings, name) - value(before, name)) > 1e-9);
    const parts = changed.map((name) => `${words.names[name]} ${value(settings, name)}`);
    if (settings.strategy !== before.strategy && parts.length) parts.unshift(words[settings.strategy]);
    return parts.length ? { settings, said: parts.join(context.language === "zh" ? "，" : ", ") } : null;
  }

  /** Values by path that a drag of one setting asks for: temperature and truncation only act in sampling. */
  function asked(role, name, value) {
    const changes = { [pathOf(role, name)]: value };
    if (SAMPLING.includes(name)) changes[pathOf(role, "strategy")] = "sample";
    return changes;
  }
  function slider(role, panel, name) {
    const bounds = context.field(pathOf(role, name));
    if (!bounds) return null;
    const input = el("input", { type: "range", min: String(bounds.low), max: String(bounds.high), step: String(bounds.step), "aria-label": `${role.toUpperCase()} ${words.names[name]}` });
    const output = el("output");
    const follow = () => {
      const settings = now(panel, role);
      input.value = String(settings[name]);
      setText(output, String(settings[name]).replace("-", "−"));
      output.classList.toggle("pg-fall-moved", settings[name] !== panel.settings[name]);
    };
    input.addEventListener("input", () => {
      dragged = { ...dragged, ...asked(role, name, Number(input.value)) };
      follow();
      redraw();
    });
    input.addEventListener("change", () => {
      const changes = dragged;
      dragged = {};
      context.tune(changes);
    });
    inputs.push(follow);
    return el("span", { class: `pg-label${role ? ` pg-role-${role}` : ""}` }, input, output);
  }
  /** Draws the sliders of a result's sides: none where the page has no such controls. */
  function draw(panels) {
    inputs = [];
    const roles = panels.length > 1 ? ["a", "b"] : [""];
    sides = panels.map((panel, place) => [roles[place], panel]).filter(([, panel]) => panel.settings && panel.steps[0]?.distribution);
    const rows = Object.keys(NEUTRAL).map((name) => [name, ...sides.map(([role, panel]) => slider(role, panel, name))]).filter(([, ...cells]) => cells.some(Boolean));
    node.hidden = !rows.length;
    table.style.setProperty("--columns", String(sides.length));
    table.replaceChildren(...rows.flatMap(([name, ...cells]) => [el("span", { text: words.names[name] }), ...cells.map((cell) => cell || el("span"))]));
    setText(hint, sides.length < panels.length ? `${words.samples} ${words.beam}` : words.samples);
    for (const follow of inputs) follow();
  }
  back.addEventListener("click", () => {
    dragged = {};
    const names = [...Object.keys(NEUTRAL), "strategy"];
    context.tune(Object.fromEntries(sides.flatMap(([role, panel]) => names.map((name) => [pathOf(role, name), panel.settings[name]]))));
  });
  let last = "";
  context.follow("preview", () => {
    const held = JSON.stringify(sides.map(([role, panel]) => now(panel, role)));
    if (held === last) return;
    last = held;
    for (const follow of inputs) follow();
    redraw();
  });
  return { node, draw, tried, name: (key) => words.names[key] ?? key };
};
