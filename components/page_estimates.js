// How long a run would take, beside Run. The server says it, asked once the controls rest: it answers while a run computes. Text is only
// ever set as textContent.
window.pgEstimates = (page) => {
  "use strict";
  const { el } = page;
  const REST = 300; // milliseconds without a change

  function estimate(element, props) {
    const { place } = props.value;
    const text = el("span", { class: "pg-estimate-text" });
    let asked = ""; // what the server was asked for last
    let ended = ""; // the last run that ended with a result, by its number
    let due = 0;
    let number = 0; // of the last question: an answer that is overtaken says nothing
    element.append(text);

    async function ask(question) {
      const mine = ++number;
      let answer = {};
      try {
        const response = await fetch(`${page.root()}/estimate`, { method: "POST", headers: { "Content-Type": "application/json" }, body: question });
        if (response.ok) answer = await response.json();
      } catch {
        // the page works without it
      }
      if (mine !== number) return;
      text.textContent = answer.text || "";
      element.className = answer.why ? "pg-estimate-too-long" : "";
      if (answer.why) element.title = answer.why;
      else element.removeAttribute("title");
    }
    function draw() {
      if (place !== page.current() && !page.seen(element)) return;
      const question = JSON.stringify(page.question(place));
      // A run that has ended is remembered, and its time was learned from.
      const status = page.status(place);
      if (status?.state === "done") ended = status.run;
      const now = question + ended;
      if (now === asked) return;
      asked = now;
      clearTimeout(due);
      due = setTimeout(ask, REST, question);
    }
    page.listen(place, "estimate", draw);
    page.onPage(draw);
    draw();
  }

  return { estimate };
};
