// Common functions of native drawings: elements, colours, shared state, the unit switch. See core_frames.js, core_numbers.js, core_tips.js.
// Text is only set as textContent; no drawing builds markup from a value.
(() => {
  "use strict";
  if (window.pgPanels) return;

  const WORDS = {
    zh: {
      present: "放大到全屏（F）", pin: "钉住这个面板", measured: "实测", measuredHint: "此刻在这台机器上量出的时间，再跑一次会略有不同", caveat: "注意", note: "说明", unit: "单位",
      simulated: "模拟", simulatedHint: "由实测的时间推算，没有真的运行；再跑一次会略有不同",
      character: "字", word: "词", token: "词元", firstDifference: "与另一侧首次不同", was: "此前", space: "空格", newline: "换行",
      empty: "还没有数据", copy: "复制", copied: "已复制", difference: "A 与 B 之差",
      underLoad: "本次运行的部分时间是在负载下测得，毫秒数偏大；各面板的占比见“实测”的提示。",
    },
    en: {
      present: "Fill the window (F)", pin: "Pin this panel", measured: "measured", measuredHint: "A time taken on this machine just now; another run differs a little", caveat: "Caveat", note: "Note", unit: "Unit",
      simulated: "simulated", simulatedHint: "Worked out from measured times, not run; another run differs a little",
      character: "character", word: "word", token: "token", firstDifference: "first difference from the other side", was: "was", space: "space", newline: "newline",
      empty: "No data yet", copy: "Copy", copied: "Copied", difference: "A against B",
      underLoad: "Some times of this run were taken under load and are too long; “measured” on each panel has its share.",
    },
  };

  // ---- elements

  /** An element; `attributes` may hold class, text, style (object), dataset, on (listeners), and plain attributes. */
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    fill(node, attributes);
    for (const child of children) if (child != null) node.append(child);
    return node;
  }

  const SVG = "http://www.w3.org/2000/svg";
  function svg(tag, attributes = {}, ...children) {
    const node = document.createElementNS(SVG, tag);
    fill(node, attributes);
    for (const child of children) if (child != null) node.append(child);
    return node;
  }

  function fill(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value == null || value === false) continue;
      if (name === "text") node.textContent = value;
      else if (name === "style") for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
      else if (name === "on") for (const [key, v] of Object.entries(value)) node.addEventListener(key, v);
      else node.setAttribute(name, value === true ? "" : value);
    }
  }

  /** Sets text only if it differs, to avoid flicker. */
  function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  /** The language of a text with Chinese characters, which is neither read out nor set as English; null where letters don't say. */
  const languageOf = (text) => (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) ? "ja" : /\p{Script=Han}/u.test(text) ? "zh-CN" : null);
  /** A visitor's or a model's text, isolated from the surrounding text direction and language. */
  const isolated = (text, className = "") => el("bdi", { class: className || null, lang: languageOf(String(text)), text });

  /** A piece with whitespace made visible: "␣" for a piece of only spaces, "↵" for every line break. */
  function visiblePiece(text) {
    if (text === "") return "";
    if (/^[ \t\u3000]+$/.test(text)) return "␣".repeat(Math.min(text.length, 8));
    return text.replace(/\n/g, "↵").replace(/\t/g, "⇥");
  }
  const isBlank = (text) => /^\s*$/.test(text);

  // ---- words

  /** A Label (string, or {zh, en}) in the page's language. */
  const say = (label, language) =>
    label == null ? "" : typeof label === "object" ? label[language] ?? label.en ?? "" : String(label);

  // ---- colours: CSS variables, resolved for canvases

  const COLOURS = ["a", "b", "pos", "neg", "warn", "ink", "ink-2", "ink-3", "line", "card", "paper", "soft"];
  function colours(node) {
    const style = getComputedStyle(node);
    const found = { font: style.getPropertyValue("--f") || "sans-serif", mono: style.getPropertyValue("--m") || "monospace" };
    for (const name of COLOURS) found[name] = style.getPropertyValue(`--${name}`).trim();
    return found;
  }

  /** The colours of groups, as in figures.py. */
  const TONES = ["#1d7f80", "#c17cb0", "#998e0e", "#2497fd", "#bb326d", "#759a6d", "#725aad", "#8b633b"];

  // ---- keyboard navigation inside a drawing

  /** One tab stop for a row of nodes; arrow keys move inside it. `move(index, key)` may return another index. */
  function roving(container, nodes, move) {
    container.addEventListener("keydown", (event) => {
      const list = nodes();
      const index = list.indexOf(document.activeElement);
      if (index < 0) return;
      let next = move ? move(index, event.key, list) : undefined;
      if (next === undefined) {
        if (event.key === "ArrowRight" || event.key === "ArrowDown") next = index + 1;
        else if (event.key === "ArrowLeft" || event.key === "ArrowUp") next = index - 1;
        else if (event.key === "Home") next = 0;
        else if (event.key === "End") next = list.length - 1;
        else return;
      }
      if (next == null || next < 0 || next >= list.length) return;
      event.preventDefault();
      list[index].setAttribute("tabindex", "-1");
      list[next].setAttribute("tabindex", "0");
      list[next].focus();
    });
  }

  // ---- state shared by drawings

  /** A small observable record. */
  function record(initial) {
    const listeners = new Set();
    const state = { ...initial };
    return {
      get: () => state,
      set(patch) {
        let changed = false;
        for (const [name, value] of Object.entries(patch))
          if (state[name] !== value) {
            state[name] = value;
            changed = true;
          }
        if (changed) for (const listener of [...listeners]) listener(state, patch);
      },
      on(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  }

  /** Calls back while `node` is in the page; unsubscribes once it is removed. */
  function whileShown(node, target, event, callback) {
    let seen = false;
    const heard = (detail) => {
      if (node.isConnected) seen = true;
      else if (seen) return target.removeEventListener(event, heard);
      callback(detail);
    };
    target.addEventListener(event, heard);
  }

  // The unit of text is a state of the whole page: "character", "word" or "token".
  const UNITS = ["character", "word", "token"];
  const unit = {
    get() {
      try {
        const stored = sessionStorage.getItem("pg-unit");
        if (UNITS.includes(stored)) return stored;
      } catch {
        /* storage may be disabled; the setting then lasts as long as the page */
      }
      return unit.last;
    },
    last: "token",
    set(value) {
      unit.last = value;
      try {
        sessionStorage.setItem("pg-unit", value);
      } catch {
        /* as above */
      }
      dispatchEvent(new CustomEvent("pg-unit", { detail: value }));
    },
    on: (node, callback) => whileShown(node, window, "pg-unit", (event) => callback(event.detail)),
  };

  /** A row of buttons, one pressed. `onPick(value)`; returns {node, press(value)}. */
  function segmented(label, options, onPick) {
    const node = el("span", { class: "pg-seg", role: "radiogroup", "aria-label": label });
    const buttons = options.map(([value, text, hint]) =>
      el("button", { type: "button", role: "radio", "data-value": value, text, title: hint, on: { click: () => onPick(value) } }));
    node.append(...buttons);
    roving(node, () => buttons);
    node.addEventListener("focusin", (event) => event.target.matches("button:not([aria-checked=true])") &&
      event.target.matches(":focus-visible") && event.target.click());
    return {
      node,
      press(value) {
        for (const button of buttons) {
          const on = button.dataset.value === String(value);
          button.setAttribute("aria-checked", on);
          button.setAttribute("tabindex", on ? "0" : "-1");
        }
      },
    };
  }

  function unitSwitch(language) {
    const words = WORDS[language];
    const control = segmented(words.unit, UNITS.map((name) => [name, words[name]]), (value) => unit.set(value));
    control.press(unit.get());
    unit.on(control.node, (value) => control.press(value));
    return control.node;
  }

  // Dark and light: Gradio sets a class on the body.
  const theme = new EventTarget();
  const watchTheme = () => {
    const observer = new MutationObserver(() => theme.dispatchEvent(new Event("change")));
    for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true, attributeFilter: ["class"] });
  };
  if (document.body) watchTheme();
  else addEventListener("DOMContentLoaded", watchTheme);

  /** Redraws when the node's width, the theme or the pixel ratio changes. */
  function onLook(node, redraw) {
    let width = -1;
    new ResizeObserver(() => {
      const now = Math.round(node.clientWidth);
      if (now === width || now === 0) return;
      width = now;
      redraw();
    }).observe(node);
    whileShown(node, theme, "change", () => requestAnimationFrame(redraw));
  }

  /** Where an element lies in the window, and how many of the window's pixels one of its own takes: more in front of everybody. */
  function lies(element) {
    const { left, top, width } = element.getBoundingClientRect();
    return { left, top, scale: width / element.offsetWidth || 1 };
  }

  window.pgPanels = {
    WORDS, el, svg, fill, setText, isolated, visiblePiece, isBlank, say, colours, TONES,
    roving, record, whileShown, unit, unitSwitch, segmented, theme, onLook, lies,
  };
})();
