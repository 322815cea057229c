// Waterfall: one decoding step from raw logits through every stage to probabilities. One table for both sides: a row per candidate
// of either, a line per side in it, and one scale with zero at the same place.
(() => {
  const { el, register, number, isolated, hoverable, facts, setText, visiblePiece, isBlank, probability } = pgPanels;
  const WORDS = {
    zh: {
      step: (at, all) => `第 ${at} 步 / 共 ${all} 步`, before: "上一步", after: "下一步", slider: "生成的步", candidate: "候选", filtered: "被滤掉", chosen: "选中",
      remaining: (n, about) => `还有 ${about ? "约 " : ""}${number(n, 0)} 个词元在候选之列`, unchanged: "这一步里没有作用", cause: "触发惩罚的前文", formula: "公式", context: "上文",
      apart: "B − A", all: (n) => `全部 ${n} 个候选`, fewer: "只看最可能的", ran: "运行时", stays: "没有这一级", unknown: "不在此侧的候选里", table: "从 logit 到概率，逐级",
      pick: "把光标移到或用方向键走到一格，看它的数字代入公式；移到候选，看它为何被罚。",
      preview: "预览", previewHint: (what) => `这一步在同一上文下换用：${what}。运行后才算数：此前的词元也可能不同。`,
    },
    en: {
      step: (at, all) => `step ${at} of ${all}`, before: "Previous", after: "Next", slider: "Step of the generation", candidate: "candidate", filtered: "filtered out", chosen: "chosen",
      remaining: (n, about) => `${about ? "about " : ""}${number(n, 0)} tokens still in the running`, unchanged: "no effect at this step", cause: "earlier occurrences that caused the penalty", formula: "formula", context: "context",
      apart: "B − A", all: (n) => `all ${n} candidates`, fewer: "likeliest only", ran: "in the run", stays: "no such stage", unknown: "not among this side's candidates", table: "From logit to probability, stage by stage",
      pick: "Point at a cell, or walk there with the arrow keys, to see its numbers in the formula; at a candidate, for what it was penalised for.",
      preview: "preview", previewHint: (what) => `This step, with the same context, under: ${what}. Run makes it real: earlier tokens may differ then.`,
    },
  };
  const SHOWN_CONTEXT = 60;
  // Candidates shown at once: two lines of each fill a window.
  const FEW = 10;
  // Half of the last digit shown: what differs less looks equal.
  const SAME = { probability: 5e-4, logit: 5e-3 };

  const shownPiece = (text) => (isBlank(text) ? visiblePiece(text) || "∅" : visiblePiece(text));
  const nearly = (unit) => SAME[unit] ?? SAME.logit;
  const shown = (unit, value) => (unit === "probability" ? probability(value) : number(value, 2));
  /** Whether two values of a stage look the same, None included. */
  const same = (unit, one, other) => one === other || (one != null && other != null && Math.abs(one - other) < nearly(unit));

  function create(host, context) {
    const words = WORDS[context.language];
    const { shared, say } = context;
    const { sideOf, candidatesOf, columnsOf, scalesOf, quiet } = waterfallSides;
    const texts = el("div", { class: "pg-fall-contexts" });
    const told = el("div", { class: "pg-fall-told", role: "status" });
    const table = el("table", { class: "pg-fall-grid", "aria-label": words.table });
    const scroller = el("div", { class: "pg-fall-scroll" }, table);
    const formula = el("div", { class: "pg-fall-formula", "aria-live": "polite" });
    const remaining = el("div", { class: "pg-fall-remaining" });
    const more = el("button", { type: "button", class: "pg-button pg-fall-more", on: { click: () => shared.set({ all: !shared.get().all }) } });
    const preview = waterfallPreview(context, redraw);
    host.append(texts, told, scroller, more, formula, remaining, preview.node);
    let panels = [];
    let sides = [];
    let pieces = [];

    const nameOf = (key) => {
      const recorded = sides.map((side) => side.recorded[key]).find(Boolean);
      return recorded ? say(recorded.name) : preview.name(key);
    };
    const candidate = (side, id) => side.step.candidates[side.rows.get(id)];
    const letter = ({ role }) => (role ? el("b", { class: `pg-fall-letter pg-role-${role}`, text: role.toUpperCase() }) : "");

    /** Marks the context tokens for which a candidate was penalized, or any candidate if none is hovered. */
    function causes(id) {
      for (const { side, node, index } of pieces) {
        const strong = id == null ? [] : candidate(side, id)?.causes ?? [];
        node.classList.toggle("pg-cause", strong.includes(index));
        node.classList.toggle("pg-cause-faint", !strong.length && side.step.candidates.some((one) => one.causes.includes(index)));
      }
    }
    function drawContexts() {
      pieces = [];
      const one = (side) => {
        const { step } = side;
        const start = Math.min(Math.max(0, step.context.length - SHOWN_CONTEXT), ...step.candidates.flatMap((each) => each.causes), step.context.length);
        const nodes = step.context.slice(start).map((piece, place) => {
          const node = el("span", { class: isBlank(piece) ? "pg-invisible" : null }, isolated(isBlank(piece) ? visiblePiece(piece) : piece.replace(/\n/g, "↵")));
          pieces.push({ side, node, index: start + place });
          return node;
        });
        return el("div", { class: `pg-fall-context${side.role ? ` pg-role-${side.role}` : ""}`, dir: "auto", "aria-label": `${words.context} ${side.role.toUpperCase()}` },
          letter(side), start ? "…" : "", ...nodes, el("span", { class: "pg-fall-next", text: "▁" }));
      };
      texts.replaceChildren(...sides.map(one));
      causes(null);
    }

    /** The numbers of a cell in its stage's formula, and what the other side has there. */
    function numbers(side, key, id) {
      const row = side.rows.get(id);
      const place = side.at[key];
      if (row == null) return [[words.unknown, ""]];
      if (place == null) return [[words.stays, ""]];
      const stage = side.stages[place];
      const value = stage.values[row];
      const text = waterfallFold.substituted(side.stages, place, row, candidate(side, id).count, { number, probability });
      const other = sides.find((one) => one !== side);
      const theirs = other && other.at[key] != null && other.rows.has(id) ? other.stages[other.at[key]].values[other.rows.get(id)] : null;
      const before = side.tried && side.recorded[key] ? side.recorded[key].values[row] : undefined;
      const apart = value != null && theirs != null ? (side.role === "b" ? value - theirs : theirs - value) : null;
      return [[nameOf(key), text || (value == null ? "✕" : shown(stage.unit, value))],
        [before === undefined ? "" : words.ran, before == null ? "✕" : shown(stage.unit, before)],
        [apart == null || Math.abs(apart) < nearly(stage.unit) ? "" : words.apart, apart == null ? "" : (apart > 0 ? "+" : "") + number(apart, stage.unit === "probability" ? 3 : 2)]]
        .filter(([name]) => name);
    }
    function sayCell(side, key, id) {
      const [first, ...more] = numbers(side, key, id);
      formula.replaceChildren(letter(side), isolated(shownPiece(candidate(side, id)?.text ?? String(id))), el("span", { text: first[0] }), el("code", { text: first[1] }),
        ...more.map(([name, text]) => el("small", { text: `${name} ${text}` })));
    }
    function sayStage(key) {
      const recorded = sides.map((side) => side.recorded[key]).find(Boolean);
      formula.replaceChildren(el("b", { text: nameOf(key) }), recorded ? el("code", { text: recorded.formula }) : "", sides.every((side) => quiet(side, key)) ? el("small", { text: words.unchanged }) : "");
    }

    function head(key) {
      const still = sides.every((side) => quiet(side, key));
      const cell = el("th", { scope: "col", class: still ? "pg-quiet" : null, tabindex: "0" }, el("span", { text: nameOf(key) }));
      hoverable(cell, () => facts(document.createTextNode(nameOf(key)), sides.map((side) => [side.role.toUpperCase() || words.formula, side.tried ? "" : side.recorded[key]?.formula ?? words.stays])), () => sayStage(key));
      return cell;
    }
    function bar(stage, value, before, scale) {
      const span = scale.high - scale.low || 1;
      const at = (number_) => `${((number_ - scale.low) / span * 100).toFixed(2)}%`;
      return el("span", { class: `pg-fall-bar${stage.unit === "probability" ? " pg-fall-chance" : ""}`, style: { "--zero": at(0) } },
        el("i", { style: { left: at(Math.min(0, value)), width: `${(Math.abs(value) / span * 100).toFixed(2)}%` } }),
        before != null ? el("u", { style: { left: at(before) } }) : null);
    }
    function cell(side, key, id, scales) {
      const row = side.rows.get(id);
      const place = side.at[key];
      const stage = side.stages[place];
      const classes = [];
      const node = el("td", { tabindex: "-1" });
      const value = row == null || place == null ? undefined : stage.values[row];
      const other = sides.find((one) => one !== side);
      const theirs = other?.at[key] != null && other.rows.has(id) ? other.stages[other.at[key]].values[other.rows.get(id)] : undefined;
      if (other && value !== theirs && value !== undefined && theirs !== undefined && !same(stage.unit, value, theirs)) classes.push("pg-differs");
      if (value === undefined) {
        classes.push("pg-quiet");
        node.textContent = "–";
      } else if (sides.every((one) => quiet(one, key))) {
        classes.push("pg-quiet");
        node.textContent = value == null ? "·" : "=";
      } else {
        const before = place ? side.stages[place - 1].values[row] : null;
        if (value == null) {
          classes.push("pg-out");
          node.append(before != null && stage.unit !== "probability" ? el("s", { text: number(before, 2) }) : "", el("span", { class: "pg-fall-cut", text: before != null ? "✕" : stage.unit === "probability" ? "0" : "·" }));
        } else {
          const moved = place && side.stages[place - 1].unit === stage.unit && before != null && Math.abs(value - before) > 5e-3 ? value - before : 0;
          node.append(el("span", { class: "pg-fall-line" }, bar(stage, value, moved ? before : null, scales[stage.unit]),
            el("span", { class: "pg-fall-value" }, shown(stage.unit, value), moved ? el("small", { class: moved < 0 ? "pg-fall-down" : "pg-fall-up", text: `${moved < 0 ? "▼" : "▲"}${number(Math.abs(moved), Math.abs(moved) < 0.05 ? 2 : 1)}` }) : null)));
        }
      }
      node.className = classes.join(" ");
      hoverable(node, () => facts(isolated(`${side.role.toUpperCase()} “${shownPiece(candidate(side, id)?.text ?? "")}”`), numbers(side, key, id)), () => {
        sayCell(side, key, id);
        causes(id);
      }, () => causes(null));
      return node;
    }
    function drawGrid() {
      const keys = columnsOf(sides);
      const scales = scalesOf(sides);
      const every = candidatesOf(sides);
      const { all } = shared.get();
      const listed = all ? every : every.filter(({ id }, place) => place < FEW || sides.some((side) => candidate(side, id)?.chosen));
      more.hidden = every.length <= FEW + 1;
      setText(more, all ? words.fewer : words.all(every.length));
      const groups = listed.map(({ id, text }) => {
        const out = (side) => side.rows.has(id) && side.stages.at(-1).values[side.rows.get(id)] == null;
        const chosen = sides.filter((side) => candidate(side, id)?.chosen);
        const count = Math.max(...sides.map((side) => candidate(side, id)?.causes.length ?? 0));
        const name = el("th", { scope: "rowgroup", rowspan: String(sides.length), tabindex: "0", class: `${chosen.length ? "pg-fall-chosen" : ""}${sides.every(out) ? " pg-fall-gone" : ""}` },
          isolated(shownPiece(text)), ...chosen.map((side) => el("em", { class: side.role ? `pg-role-${side.role}` : null, text: `◀${side.role.toUpperCase()}`, title: words.chosen })),
          count ? el("small", { class: "pg-fall-mark", text: `×${count}`, title: words.cause }) : null);
        hoverable(name, () => facts(isolated(`“${shownPiece(text)}”`), sides.flatMap((side) => [
          [`${side.role.toUpperCase()} ${words.chosen}`, candidate(side, id)?.chosen ? "✓" : ""], [`${side.role.toUpperCase()} ${words.filtered}`, out(side) ? "✕" : ""],
          [`${side.role.toUpperCase()} ${words.cause}`, candidate(side, id)?.causes.length ? String(candidate(side, id).causes.length) : ""]])), () => causes(id), () => causes(null));
        const lines = sides.map((side, place) => el("tr", { class: `${side.role ? `pg-role-${side.role}` : ""}${out(side) ? " pg-fall-gone" : ""}` }, place === 0 ? name : null,
          sides.length > 1 ? el("th", { scope: "row", class: "pg-fall-side" }, letter(side)) : null, ...keys.map((key) => cell(side, key, id, scales))));
        return el("tbody", {}, ...lines);
      });
      table.replaceChildren(el("thead", {}, el("tr", {}, el("th", { scope: "col", colspan: sides.length > 1 ? "2" : null, class: "pg-fall-corner", text: words.candidate }), ...keys.map(head))), ...groups);
      const first = table.querySelector("td");
      if (first) first.tabIndex = 0;
      formula.replaceChildren(el("small", { text: words.pick }));
      remaining.replaceChildren(...sides.filter((side) => side.remaining != null).map((side) => el("span", {}, letter(side), ` ${words.remaining(side.remaining, side.about)}`)));
    }
    /** Arrow keys walk from cell to cell. */
    table.addEventListener("keydown", (event) => {
      const here = event.target.closest("td");
      const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
      if (!here || !by) return;
      const lines = [...table.querySelectorAll("tbody tr")];
      const cellsOf = (line) => [...line.querySelectorAll("td")];
      const line = lines.indexOf(here.parentElement);
      const next = cellsOf(lines[line + by[0]] ?? here.parentElement)[cellsOf(here.parentElement).indexOf(here) + by[1]];
      event.preventDefault();
      if (!next) return;
      here.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });

    function redraw() {
      if (!panels.length || panels.some((panel) => !panel.steps.length)) return host.classList.add("pg-fall-empty");
      const roles = panels.length > 1 ? ["a", "b"] : [""];
      const tried = panels.map((panel, place) => preview.tried(panel, roles[place]));
      sides = panels.map((panel, place) => sideOf(roles[place], panel, shared.get().step, tried[place]?.settings));
      host.classList.toggle("pg-fall-trying", tried.some(Boolean));
      told.replaceChildren(...tried.map((one, place) => one && el("p", {}, el("span", { class: "pg-fall-preview", text: words.preview }), " ", letter(sides[place]), ` ${words.previewHint(one.said)}`)).filter(Boolean));
      drawContexts();
      drawGrid();
    }
    shared.on((state, patch) => ("step" in patch || "all" in patch) && redraw());

    let drawn = "";
    return {
      update(a, b) {
        const now = JSON.stringify([a, b]);
        if (now === drawn) return;
        drawn = now;
        panels = b ? [a, b] : [a];
        const count = Math.max(...panels.map(({ steps }) => steps.length));
        const state = shared.get();
        shared.set({ count });
        if (state.opened !== a.opened || state.step >= count) shared.set({ opened: a.opened, step: Math.max(0, Math.min(a.opened, count - 1)) });
        preview.draw(panels);
        redraw();
      },
    };
  }

  function controls(slot, context) {
    const words = WORDS[context.language];
    const { shared } = context;
    const move = (by) => {
      const { step, count } = shared.get();
      shared.set({ step: Math.max(0, Math.min(count - 1, step + by)) });
    };
    const before = el("button", { type: "button", class: "pg-button", text: "‹", "aria-label": words.before, title: words.before, on: { click: () => move(-1) } });
    const after = el("button", { type: "button", class: "pg-button", text: "›", "aria-label": words.after, title: words.after, on: { click: () => move(1) } });
    const slider = el("input", { type: "range", min: "0", step: "1", value: "0", "aria-label": words.slider });
    slider.addEventListener("input", () => shared.set({ step: Number(slider.value) }));
    const label = el("span", { class: "pg-fall-step" });
    slot.replaceChildren(before, slider, after, label);
    const follow = () => {
      const { step, count } = shared.get();
      slider.max = String(Math.max(0, count - 1));
      slider.value = String(step);
      slider.setAttribute("aria-valuetext", words.step(step + 1, count));
      setText(label, words.step(step + 1, count));
      before.disabled = step <= 0;
      after.disabled = step >= count - 1;
    };
    shared.on(follow);
    follow();
  }

  register("waterfall", { together: true, create, controls, shared: { step: 0, count: 1, opened: null, all: false } });
})();
