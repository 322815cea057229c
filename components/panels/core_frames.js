// The frame of a drawing: title, notes, controls; one side, or A beside B with common parts.
(() => {
  "use strict";
  if (pgPanels.show) return;
  const { WORDS, el, setText, isolated, say, record } = pgPanels;
  const kinds = {};

  function register(kind, definition) {
    kinds[kind] = definition;
  }

  // Values computed from measured times are simulated, not measured.
  function originMark(kind, loaded, language) {
    const words = WORDS[language];
    const title = [words[`${kind}Hint`], say(loaded, language)].filter(Boolean).join("\n");
    return el("span", { class: `pg-measured${kind === "simulated" ? " pg-simulated" : ""}`, title, text: words[kind] });
  }

  /** What is to be known of a panel, beside a grey ⓘ; beside an amber ! where it is simulated or can't be relied on. */
  function note(text, warns, language, className = "") {
    const word = WORDS[language][warns ? "caveat" : "note"];
    return el("div", { class: `pg-caveat${warns ? " pg-caveat-warns" : ""}${className}`, role: "note" },
      el("span", { class: "pg-caveat-mark", "aria-hidden": "true", text: warns ? "!" : "i" }),
      el("span", {}, el("span", { class: "pg-sr", text: `${word}: ` }), say(text, language)));
  }
  function notes(panel, language) {
    if (!panel || !(panel.caveat || panel.loaded)) return null;
    const warns = Boolean(panel.warning || panel.simulated || panel.reliable === false);
    return el("div", {},
      // Only the first of a run is seen: core.css. So it speaks of the run; how much of a panel it was, the title of its mark says.
      panel.loaded ? note(WORDS[language].underLoad, true, language, " pg-loaded") : null,
      panel.caveat ? note(panel.caveat, warns, language) : null);
  }

  /** A side's tag: its letter in its colour, and its settings. */
  function sideTag(role, label, language) {
    return el("div", { class: "pg-tag" }, el("b", { text: role.toUpperCase() }), el("small", {}, isolated(say(label, language))));
  }

  /** Builds or updates the drawing of `value` = {language, panel, title?, hint?, was?} inside `root`. `was`: what an earlier run had in the
   * places of the panel's values, as components/panels/earlier.py finds it. */
  function show(root, value) {
    if (!value || !value.panel) {
      root.replaceChildren();
      root.pgFrame = null;
      return;
    }
    const { panel, language } = value;
    const paired = panel.kind === "side_by_side";
    const kind = paired ? panel.a.kind : panel.kind;
    const signature = `${kind}/${paired}/${language}`;
    if (!root.pgFrame || root.pgFrame.signature !== signature) root.pgFrame = build(root, kind, paired, language, signature);
    root.pgFrame.update(value);
  }

  function build(root, kind, paired, language, signature) {
    const definition = kinds[kind] || kinds.missing;
    const title = el("h3", { class: "pg-title" });
    const hint = el("small", { class: "pg-hint" });
    const mark = el("span");
    const controls = el("span", { class: "pg-panel-controls" });
    const present = el("button", { type: "button", class: "pg-head-button pg-present", title: WORDS[language].present, "aria-label": WORDS[language].present, "aria-keyshortcuts": "F",
      text: "⤢", on: { click: () => window.playground.present(root) } });
    const pin = el("button", { type: "button", class: "pg-head-button pg-pin", title: WORDS[language].pin, "aria-label": WORDS[language].pin, text: "⚲",
      on: { click: () => window.playground.pin(root) } });
    const head = el("div", { class: "pg-head" }, title, hint, mark, controls, el("span", { class: "pg-head-buttons" }, pin, present));
    const notice = el("div");
    const body = el("div", { class: `pg-body pg-${kind}${paired ? " pg-two" : ""}` });
    root.replaceChildren(head, notice, body);
    root.setAttribute("lang", language === "zh" ? "zh-CN" : "en");
    const shared = record({ ...(definition.shared || {}) });
    const place = () => panelOf(root.closest("[id^=pg-panel-]")).place;
    const move = (asked) => window.playground.move(place(), asked);
    // A drawing may be on no page, as in a file of pins.
    const onPage = () => window.playground?.valuesOf && root.closest("[id^=pg-panel-]");
    const values = () => (onPage() ? window.playground.valuesOf(place()) : null);
    const tune = (changes) => window.playground.tune(place(), changes);
    const field = (path) => values() && window.playground.fields(place()).find((one) => one.path === path && one.low != null);
    const follow = (name, redraw) => onPage() && window.playground.listen(place(), `${panelOf(root.closest("[id^=pg-panel-]")).panel}-${name}`, redraw);
    const context = (role) => ({ language, words: WORDS[language], say: (label) => say(label, language), role, paired, shared, controls, move, values, tune, field, follow });
    // One drawing of both sides, under their tags.
    const joint = paired && definition.together ? jointly(body, definition, context(""), language) : null;
    const sides = joint ? [] : paired
      ? ["a", "b"].map((role) => {
          const tag = el("div");
          const own = el("div");
          const host = el("div", { class: "pg-host" });
          const column = el("section", { class: `pg-col pg-role-${role}`, "aria-label": role.toUpperCase() }, tag, own, host);
          body.append(column);
          return { role, tag, own, host, view: definition.create(host, context(role)) };
        })
      : [{ role: "", view: definition.create(definition.bare ? body : body.appendChild(el("div", { class: "pg-col pg-host" })), context("")) }];
    let between = null;
    if (paired && definition.between) {
      const host = el("div", { class: "pg-between" });
      body.append(host);
      between = definition.between(host, context(""));
    }
    if (definition.controls) definition.controls(controls, context(""));
    return {
      signature,
      update(value) {
        const { panel, was } = value;
        setText(title, value.title || "");
        setText(hint, value.hint || "");
        const parts = paired ? [panel, panel.a, panel.b] : [panel];
        const origin = ["simulated", "measured"].find((kind) => parts.some((part) => part[kind]));
        mark.replaceChildren(...(origin ? [originMark(origin, parts.find(({ loaded }) => loaded)?.loaded, language)] : []));
        const said = notes(panel, language);
        notice.replaceChildren(...(said ? [said] : []));
        if (joint) {
          joint(panel);
          return;
        }
        if (!paired) {
          sides[0].view.update(panel, null, was?.values);
          return;
        }
        for (const side of sides) {
          const mine = panel[side.role];
          const other = panel[side.role === "a" ? "b" : "a"];
          side.tag.replaceChildren(sideTag(side.role, panel[`${side.role}_label`], language));
          const own = notes(mine, language);
          side.own.replaceChildren(...(own ? [own] : []));
          side.view.update(mine, other, was?.[side.role]?.values);
        }
        if (between) between.update(panel.a, panel.b);
      },
    };
  }

  /** A drawing that shows A and B in one; returns what updates it. */
  function jointly(body, definition, context, language) {
    body.classList.remove("pg-two");
    const tags = el("div", { class: "pg-joint-tags" });
    const host = el("div", { class: "pg-host" });
    body.append(el("div", { class: "pg-col" }, tags, host));
    const view = definition.create(host, context);
    return (panel) => {
      tags.replaceChildren(...["a", "b"].map((role) => {
        const own = notes(panel[role], language);
        return el("div", { class: `pg-role-${role}` }, sideTag(role, panel[`${role}_label`], language), own || "");
      }));
      view.update(panel.a, panel.b);
    };
  }

  register("missing", {
    create: (host, context) => ({ update: (panel) => setText(host, `${context.words.empty} (${panel.kind})`) }),
  });

  /** Marks a frame with the widths below which its figure's cells, and its columns' names, are left out: narrow.css has these steps. */
  function fits(frame, below) {
    for (const [name, needed] of [["cells", below?.[0]], ["names", below?.[1]]])
      for (const width of [300, 400, 500, 600, 800, 1000])
        frame?.classList.toggle(`pg-${name}-${width}`, needed > width - 1);
  }

  /** Gives the figures of a frame their names, now and whenever Gradio mounts them anew: in the drawing itself a screen reader finds nothing. */
  function naming(host) {
    const frame = host.closest(".pg-frame");
    let names = [];
    const name = () =>
      frame.querySelectorAll(".pg-plot").forEach((plot, at) => {
        if (!names[at] || plot.getAttribute("aria-label") === names[at]) return;
        plot.setAttribute("role", "img");
        plot.setAttribute("aria-label", names[at]);
      });
    if (frame) new MutationObserver(name).observe(frame, { childList: true, subtree: true });
    return (now) => {
      names = now ?? [];
      if (frame) name();
    };
  }

  // A heading for a separate plotly figure: title, notes and side tags, no body.
  register("heading", {
    bare: true,
    create(host, context) {
      const place = pgPanels.placePoints(host, context);
      const call = naming(host);
      return {
        update(panel) {
          host.replaceChildren();
          fits(host.closest(".pg-frame"), panel.crowded_below);
          place(panel.placing);
          call(panel.names);
          if (!panel.a_label && !panel.b_label) return;
          for (const role of ["a", "b"])
            host.append(el("span", { class: `pg-key pg-role-${role}` }, sideTag(role, panel[`${role}_label`], context.language)));
        },
      };
    },
  });

  /** {place, panel} of a panel's frame: a place may contain hyphens, a panel's name doesn't. */
  function panelOf(frame) {
    const id = frame.id.slice("pg-panel-".length);
    const cut = id.lastIndexOf("-");
    return { place: id.slice(0, cut), panel: id.slice(cut + 1) };
  }

  /** Parts a fold's label, its title and its hint by lines, so that a title of several lines on a phone is one title. */
  function labelled(fold) {
    const label = fold?.querySelector(":scope > button > span:first-child");
    if (!label || label.firstElementChild) return;
    const [title, ...hint] = label.textContent.trim().split("\n");
    label.replaceChildren(el("b", { text: title }), "\n", hint.join("\n"));
  }

  function mount(element, props, watch) {
    const root = element.querySelector(".pg-panel");
    const fold = () => root.closest(".pg-panel-fold");
    labelled(fold());
    let waits = null; // while it lies in a closed fold: what hears of its opening
    const draw = () => {
      if (fold() && !root.getClientRects().length) {
        waits ??= new ResizeObserver(() => root.getClientRects().length && draw());
        waits.observe(fold());
        return;
      }
      waits?.disconnect();
      waits = null;
      const frame = root.closest("[id^=pg-panel-]");
      const text = root.pgText();
      const value = text && JSON.parse(text); // as components/panels/drawing.py writes it
      show(root, frame && value ? { ...value, was: window.playground?.was?.(panelOf(frame)) } : value);
    };
    // For the page, when it shows an earlier run or no more: its value instead, until the server sends another.
    root.pgDraw = draw;
    root.pgText = () => root.pgInstead ?? props.value;
    watch("value", () => {
      root.pgInstead = undefined;
      draw();
    });
    draw();
  }

  Object.assign(pgPanels, { register, show, mount, kinds, panelOf });
})();
