// What the page draws from JSON beside its panels: status, verdict, outcome, examples, follow-ups, banner. `page` is what
// page.js lets them read and ask for. Text is only ever set as textContent.
window.pgDrawings = (page) => {
  "use strict";
  const { el } = page;

  function status(element, props, watch, apply) {
    element.setAttribute("role", "status");
    element.setAttribute("aria-live", "polite");
    const text = el("span");
    const time = el("span", { class: "pg-status-time", "aria-hidden": "true" });
    const jump = el("button", { type: "button", class: "pg-to-field", on: { click: () => page.show(page.status(name).field) } });
    const bar = el("i");
    const track = el("div", { class: "pg-bar", "aria-hidden": "true" }, bar);
    const note = el("p", { class: "pg-status-note" });
    const name = props.value.place;
    const source = el("span");
    const again = el("button", { type: "button", class: "pg-again", on: { click: () => page.again(name) } });
    const remembered = el("p", { class: "pg-status-remembered" }, source, again);
    element.append(track, el("p", { class: "pg-status-text" }, text, time, jump), remembered, note);
    setInterval(clock, 1000);
    /** The seconds of a run under way, once it takes some. */
    function clock() {
      const now = page.status(name);
      const seconds = Math.floor(page.elapsed(name) / 1000);
      const counts = (now.state === "running" || now.state === "waiting") && seconds > 1;
      time.textContent = counts ? ` · ${page.words().elapsed.replace("{seconds}", seconds)}` : "";
    }
    function draw() {
      const now = page.status(name);
      element.className = `pg-status-${now.state}`;
      const words = now.text || "";
      if (text.textContent !== words) text.textContent = words;
      clock();
      jump.hidden = !(now.state === "error" && now.field && document.getElementById(now.field));
      jump.textContent = jump.hidden ? "" : page.words().to_field;
      track.hidden = !(now.state === "running" || now.state === "waiting");
      bar.className = now.fraction == null || now.state === "waiting" || now.fraction === 0 ? "pg-bar-unknown" : "";
      bar.style.width = bar.className ? "" : `${Math.round(100 * now.fraction)}%`;
      remembered.hidden = !now.remembered;
      source.textContent = now.remembered?.text ?? "";
      again.textContent = now.remembered?.again ?? "";
      const stale = now.state === "done" && page.changedSince(name);
      note.textContent = stale ? page.words().changed : "";
    }
    page.listen(name, "status", draw);
    // Figures that an earlier run measured say when.
    element.closest(".pg-lab")?.addEventListener("pointerover", (event) => {
      const badge = event.target.closest(".pg-measured:not(.pg-simulated), .pg-strip-measured");
      if (!badge) return;
      badge.dataset.now ??= badge.title;
      badge.title = page.status(name)?.remembered?.measured ?? badge.dataset.now;
    });
    // Controls stay beside long results; those that are taller than the window stay with their lower end.
    const controls = element.closest(".pg-controls");
    if (controls)
      new ResizeObserver(() =>
        page.sheet(`controls-${name}`, `#pg-lab-${name} > .pg-controls{--top:min(12px, calc(100vh - ${controls.offsetHeight + 12}px))}`),
      ).observe(controls);
    if (controls) page.group(controls);
    page.exampleFrom(name, apply);
    page.tell(name, page.status(name) || props.value);
    // Gradio sends what changed: without the message before it, a value may lack its state until the next one comes.
    watch("value", () => props.value?.state && page.tell(name, props.value));
  }

  /** In what A and B differed in the last run, or before one differ in the controls, and whether a difference of results can be put down
   * to it. */
  function sides(element, props) {
    const { place } = props.value;
    let last = null;
    function draw() {
      const found = page.differences(place);
      if (JSON.stringify(found) === last) return;
      last = JSON.stringify(found);
      if (!found) return element.replaceChildren();
      const { sides_same: same, sides_one: one, sides_several: several } = page.words();
      const side = (which, at) =>
        el("span", { class: `pg-sides-${which}` }, el("b", { text: which.toUpperCase() }), ` ${found.map((words) => `${words[0]} ${words[at]}`.trim()).join(" · ")}`);
      // What one side alone uses, as the bits of a simulated quantization, goes with what it belongs to.
      const count = found.filter((words) => !words.includes("–")).length;
      const words = found.length === 0 ? same : count < 2 ? one : several.replace("{count}", count);
      element.replaceChildren(el("p", {}, ...(found.length ? [side("a", 1), side("b", 2)] : []), el("small", { text: words })));
    }
    page.listen(place, "sides", draw);
    draw();
  }

  /** The titles of the panels that a run under way has still to draw. They show themselves once it takes more than a moment. */
  function coming(element, props) {
    element.setAttribute("aria-hidden", "true");
    const { place } = props.value;
    const panels = page.leads(place);
    let drawn = "";
    const shown = (name) => page.seen(page.frame(place, name));
    function draw() {
      const now = page.status(place);
      const under = now && (now.state === "running" || now.state === "waiting");
      const rest = under ? panels.filter(([name]) => !(now.fresh || []).includes(name) && !shown(name)) : [];
      // Drawn anew they would begin to appear again.
      const names = rest.map(([name]) => name).join();
      if (names === drawn) return;
      drawn = names;
      element.replaceChildren(...rest.map(([, title]) => el("div", { class: "pg-skeleton", text: title })));
    }
    page.listen(place, "coming", draw);
  }

  /** The result in one sentence, as long as its run is the last one, and buttons that lead to the panels that it speaks of. */
  function verdict(element, props) {
    const { place, label, panels = [] } = props.value;
    let drawn = "";
    function draw() {
      const { state, verdict: said = "", fresh } = page.status(place) ?? {};
      const text = state === "done" ? said : "";
      const shown = text ? page.panels(place).filter(([name]) => panels.includes(name) && fresh?.includes(name)) : [];
      const now = JSON.stringify([text, shown]);
      // The keyboard stays at a button that is there already.
      if (now === drawn) return;
      drawn = now;
      const go = ([name, title]) => el("button", { type: "button", class: "pg-verdict-panel", "data-panel": name, text: title, on: { click: () => page.showPanel(place, name) } });
      const links = shown.length ? [el("span", { class: "pg-verdict-panels", role: "group", "aria-label": label }, ...shown.map(go))] : [];
      element.replaceChildren(...(text ? [el("p", { text }), ...links] : []));
    }
    page.listen(place, "verdict", draw);
    draw();
  }

  function outcome(element, props, watch) {
    element.setAttribute("role", "status");
    page.group(element.closest(".pg-prediction"));
    function draw() {
      const now = props.value;
      if (!now) return element.replaceChildren();
      const kind = now.right === true ? "right" : now.right === false ? "wrong" : "open";
      const mark = now.right === true ? "✓ " : now.right === false ? "✗ " : "";
      element.className = `pg-outcome-${kind}`;
      element.replaceChildren(el("b", { text: now.text ? mark + now.lead : "" }), el("span", { text: now.text }));
    }
    draw();
    watch("value", draw);
  }

  function examples(element, props, watch, apply) {
    const { place: name, ...data } = props.value;
    const expect = el("p", { class: "pg-expect", role: "status" });
    const marks = data.failures.map(() => el("small", { class: "pg-chip-seen" }));
    let run = null; // the last one with a result
    let ended = null; // the failure that it was of, as [number, whether it was seen]
    let chosen = null; // the failure whose chip was clicked since
    let clicked = null; // the failure whose chip was the last one clicked
    let drawn = "";
    const said = (seen) => (seen ? data.seen : data.not_seen);
    function draw() {
      const now = page.status(name);
      if (now?.state === "done" && now.run !== run) {
        run = now.run;
        chosen = null;
        // The defaults are run by everybody: they are a failure's for those who clicked it.
        [ended = null] = Object.entries(now.failures ?? {}).filter(([number]) => !data.failures[number].defaults || Number(number) === clicked);
        for (const [number, seen] of Object.entries(now.failures ?? {})) marks[number].textContent = ` · ${said(seen)}`;
      }
      const [number, seen] = chosen != null ? [chosen] : (ended ?? []);
      if (`${number} ${seen}` === drawn) return;
      drawn = `${number} ${seen}`;
      if (number == null) return expect.replaceChildren();
      const mark = seen == null ? null : el("b", { class: seen ? "pg-seen" : "pg-not-seen", text: said(seen) });
      expect.replaceChildren(el("b", { text: data.expect_label }), `${data.failures[number].expect} `, ...(mark ? [mark] : []));
    }
    function chip(example, number) {
      const fails = example.expect != null;
      return el("button", {
        type: "button", class: fails ? "pg-chip pg-chip-fails" : "pg-chip", text: example.label,
        title: fails ? `${data.failures_label} · ${data.expect_label}${example.expect}` : null,
        on: {
          click: () => {
            page.put(name, page.fields(name).map((field) => example.values[field.path]));
            chosen = clicked = fails ? number : null;
            if (!fails) ended = null;
            draw();
          },
        },
      }, fails ? marks[number] : null);
    }
    element.append(el("div", { class: "pg-chips", role: "group", "aria-label": data.examples_label }, ...data.examples.map(chip)));
    if (data.failures.length)
      element.append(
        el("div", { class: "pg-chips", role: "group", "aria-label": data.failures_label },
          el("span", { class: "pg-chips-label", text: data.failures_label }), ...data.failures.map(chip)),
      );
    element.append(expect);
    page.listen(name, "examples", draw);
    draw();
    page.takesFrom(name, apply);
  }

  function after(element, props, watch) {
    function draw() {
      const now = props.value;
      if (!now) return element.replaceChildren();
      // What is often said wrong would give the guess away before the first result.
      const wrong = element.closest(".pg-below")?.querySelector(".pg-fold-wrong");
      if (wrong && !element.childElementCount) wrong.open = true;
      const wasOpen = [...element.querySelectorAll("details")].map((fold) => fold.open);
      const parts = [];
      if (now.questions.length)
        parts.push(
          el("details", { class: "pg-fold", open: wasOpen.length ? wasOpen[0] : true },
            el("summary", {}, `${now.title} `, el("small", { text: now.note })),
            el("div", { class: "pg-fold-body" },
              ...now.questions.map(([question, answer]) =>
                el("details", { class: "pg-question" }, el("summary", { text: question }), el("p", { text: answer })))),
          ),
        );
      const button = el("button", { type: "button", class: "pg-chip", text: now.copy, on: { click: () => page.copy(now.command, button, now.copy, now.copied) } });
      parts.push(
        el("details", { class: "pg-fold" }, el("summary", { text: now.command_title }),
          el("div", { class: "pg-fold-body" }, el("pre", { tabindex: "0" }, el("code", { text: now.command })), button)),
      );
      element.replaceChildren(...parts);
    }
    draw();
    watch("value", draw);
  }

  function banner(element, props, watch) {
    element.setAttribute("role", "status");
    function draw() {
      const now = props.value || { state: "ready" };
      element.className = `pg-banner-${now.state}`;
      element.replaceChildren();
      for (const name of document.querySelectorAll(".pg-model-name")) name.textContent = now.name ? ` · ${now.name}` : "";
      page.modelName = now.name || page.modelName;
      if (now.state === "ready") return;
      const bar = el("i");
      bar.style.width = `${Math.round(100 * (now.fraction || 0))}%`;
      element.append(el("span", { text: now.text }), now.state === "loading" ? el("div", { class: "pg-bar", "aria-hidden": "true" }, bar) : "");
    }
    draw();
    watch("value", draw);
  }

  /** Asks for a part of the page once it is first seen. */
  function spot(element, props, watch, apply) {
    element.style.minHeight = "1px";
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      apply();
    }, { rootMargin: "400px" });
    seen.observe(element);
  }

  function quoted(element, props) {
    const text = el("blockquote", {});
    element.append(el("p", { text: props.value.hint }), text);
    const draw = () => (text.textContent = page.openText());
    page.quotes.push(draw);
    draw();
    // Before it was drawn there was nothing to scroll to.
    setTimeout(() => page.bring(element.closest(".pg-bench-fold")));
  }

  return { status, sides, coming, verdict, outcome, examples, after, banner, spot, quoted };
};
