"""A topic's tab: question, answer, prediction, lab, and the sections below it. Knows the contract, no topic by name."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import gradio as gr

from components import controls, panels, prose, words
from components.lab_view import LabView, PanelPlace, drawn_by_script
from playground.cards import Card
from playground.lab.panels import PanelField
from playground.lab.text import Language, say
from playground.lab.topic import AnyTopic, Prediction


def build(topic: AnyTopic, card: Card, language: Language, *, at_once: bool) -> None:
    """Builds the tab's content, inside its Blocks context; the place on the page is named by the slug.

    Unless `at_once`, only the question is there until a visitor first opens the tab: a page with every control and
    panel of thirty topics takes seconds to start.
    """
    gr.HTML(_question(card, language), apply_default_css=False, elem_classes="pg-question-head")
    if at_once:
        _lab(topic, card, language)
    else:
        when_seen(lambda: _lab(topic, card, language))


def when_seen(draw: Callable[[], None]) -> None:
    """Draws a part of the page, for each visitor, once it first comes into sight."""
    spot = drawn_by_script("spot", elem_classes="pg-spot")

    @gr.render(inputs=[], triggers=[spot.apply], queue=False, show_progress="hidden")
    def build_now() -> None:
        draw()


def _lab(topic: AnyTopic, card: Card, language: Language) -> None:
    place = topic.slug
    guess, outcome = _prediction(topic.prediction, language, place)
    with gr.Row(elem_classes="pg-lab", elem_id=f"pg-lab-{place}"):
        with gr.Column(elem_classes="pg-controls", min_width=0):
            examples: list[gr.HTML] = []
            widgets = controls.build(
                topic.settings, language, place,
                after_text=lambda: examples.append(_examples(topic, language, place)),
            )  # fmt: skip
            run, stop, status = run_buttons(language, place)
        with gr.Column(elem_classes="pg-results", min_width=0):
            drawn_by_script("runs", {"place": place}, elem_classes="pg-runs")
            spoken_of = {"label": words.VERDICT_PANELS.in_(language), "panels": list(topic.verdict_panels)}
            drawn_by_script("verdict", {"place": place} | spoken_of, elem_classes="pg-verdict")
            sides(place)
            gr.HTML(
                _empty(topic, language), apply_default_css=False, elem_classes="pg-empty", elem_id=f"pg-empty-{place}"
            )
            places = panel_places(topic, language, place)
            with gr.Column(elem_classes="pg-below", min_width=0):
                gr.HTML(_wrong(card, language), apply_default_css=False)
                after = drawn_by_script("after", elem_classes="pg-after")
                gr.HTML(_rest(topic, card, language), apply_default_css=False)
    view = LabView(topic, language, place, widgets, status, places, guess, outcome, after)
    view.connect(run, stop)
    follow(view)
    examples[0].apply(
        None, outputs=widgets.components, js=f"() => window.playground.taken('{place}')", show_progress="hidden"
    )


def follow(view: LabView) -> None:
    """Tells the page's script of every change of a control: for the link, and for controls shown with others."""
    gr.on(
        [component.change for component in view.widgets.components], None, inputs=view.widgets.components,
        js=f"(...values) => {{ window.playground.changed('{view.place}', values); return []; }}", show_progress="hidden",
        trigger_mode="multiple",
    )  # fmt: skip


def run_buttons(language: Language, place: str) -> tuple[gr.Button, gr.Button, gr.HTML]:
    """Builds the run dock, which stays in sight: Run, how long it would take, Stop, and the status of the run below
    them.
    """
    with gr.Column(elem_classes="pg-dock", min_width=0):
        with gr.Row(elem_classes="pg-run", elem_id=f"pg-run-{place}"):
            run = gr.Button(
                words.RUN.in_(language), variant="primary", scale=1, min_width=0, elem_classes="pg-run-button"
            )
            drawn_by_script("estimate", {"place": place}, elem_classes="pg-estimate")
            stop = gr.Button(words.STOP.in_(language), scale=0, min_width=64, elem_classes="pg-stop-button")
        idle = {"place": place, "state": "idle", "text": words.KEYS.in_(language)}
        status = drawn_by_script("status", idle, elem_classes="pg-status")
    return run, stop, status


def sides(place: str) -> None:
    """Adds a line above the panels: in what A and B differ, where there are the two."""
    drawn_by_script("sides", {"place": place}, elem_classes="pg-sides")


def panel_places(topic: AnyTopic, language: Language, place: str) -> tuple[PanelPlace, ...]:
    """Adds a place for each field of the topic's Result, in page order; after them what is to come."""
    places = []
    halves = in_halves(topic)
    for item in topic.panels:
        classes = ["pg-frame", *(["pg-half"] if item.name in halves else [])]
        with gr.Column(
            visible=False, elem_classes=classes, elem_id=f"pg-panel-{place}-{item.name}", min_width=0
        ) as frame:
            drawing = panels.make(item.title, item.type, language) if item in topic.leading else _fold(item, language)
        places.append(PanelPlace(item.name, frame, drawing))
    drawn_by_script("coming", {"place": place}, elem_classes="pg-coming")
    return tuple(places)


def in_halves(topic: AnyTopic) -> set[str]:
    """Returns the names of the leading panels that share a row: adjacent halves, two by two; a single one takes a whole
    row.
    """
    found: list[str] = []
    for halves, run in itertools.groupby(topic.leading, key=lambda item: item.title.half):
        names = [item.name for item in run] if halves else []
        found += names[: len(names) // 2 * 2]
    return set(found)


def _fold(item: PanelField, language: Language) -> panels.Drawing:
    """A panel that is folded: its title, and in a second line what it shows. It is drawn once it is opened."""
    said = item.title.hint.in_(language) if item.title.hint else ""
    label = f"{item.title.title.in_(language)}\n{said}".strip()
    with gr.Accordion(label, open=False, elem_classes="pg-panel-fold") as fold:
        drawing = panels.make(item.title, item.type, language, heading=False)
    if drawing.figures:
        # A chart draws itself as soon as it is there: until the fold is open it isn't.
        for event, seen in ((fold.expand, "true"), (fold.collapse, "false")):
            updates = ",".join([f"{{__type__: 'update', visible: {seen}}}"] * len(drawing.figures))
            event(None, None, list(drawing.figures), js=f"() => [{updates}]", show_progress="hidden")
    return drawing


def names_of_panels(topic: AnyTopic) -> list[str]:
    """Returns the names of the topic's panels, in page order."""
    return [item.name for item in topic.panels]


def _question(card: Card, language: Language) -> str:
    answer = prose.fold(words.ANSWER.in_(language), prose.html(card.short, language), name="answer")
    return f'<h1 tabindex="-1">{prose.inline(card.title)}</h1><div class="pg-question-text">{prose.html(card.question, language)}</div>{answer}'


def _prediction(
    prediction: Prediction[Any, Any], language: Language, place: str
) -> tuple[gr.components.Component, gr.HTML]:
    question = words.PREDICT.in_(language) + prediction.question.in_(language)
    common: dict[str, Any] = {
        "label": question, "interactive": True, "elem_id": f"pg-guess-{place}", "value": None, "min_width": 0,
    }  # fmt: skip
    with gr.Row(elem_classes="pg-prediction"):
        if prediction.options:
            options = [(say(label, language), value) for value, label in prediction.options]
            guess: Any = controls.UncheckedRadio(**common, choices=options, elem_classes="pg-guess pg-segments")
        else:
            # A text box, as Gradio's number starts at 0, which would be a guess.
            guess = gr.Textbox(
                **common, elem_classes="pg-guess pg-number", placeholder=f"{prediction.low:g} – {prediction.high:g}",
                max_lines=1, max_length=24,
            )  # fmt: skip
        outcome = drawn_by_script("outcome", elem_classes="pg-outcome")
    return guess, outcome


def _examples(topic: AnyTopic, language: Language, place: str) -> gr.HTML:
    """Chips that fill the controls in; those of failures say what must be seen."""
    defaults = {item.path: item.default(language) for item in controls.fields_of(topic.settings)}
    chips = [
        {"label": example.label.in_(language), "values": defaults | example.in_(language)} for example in topic.examples
    ]
    fails = [
        {
            "label": failure.label.in_(language),
            "values": defaults | failure.in_(language),
            "expect": failure.expect.in_(language),
            "defaults": defaults | failure.in_(language) == defaults,
        }
        for failure in topic.failures
    ]
    return drawn_by_script(
        "examples",
        {
            "place": place,
            "examples": chips,
            "failures": fails,
            "examples_label": words.EXAMPLES.in_(language),
            "failures_label": words.FAILS.in_(language),
            "expect_label": words.MUST_SEE.in_(language),
            "seen": words.SEEN.in_(language),
            "not_seen": words.NOT_SEEN.in_(language),
        },
        elem_classes="pg-examples",
    )


def _empty(topic: AnyTopic, language: Language) -> str:
    """What is shown where the panels will be: their names, so that a visitor knows what a run gives."""
    titles = [item.title for item in topic.panels]
    rows = "".join(
        f"<li><b>{prose.plain(title.title.in_(language))}</b>"
        f"{f'<span>{prose.plain(title.hint.in_(language))}</span>' if title.hint else ''}</li>"
        for title in titles
    )
    return f"<p>{prose.plain(words.FIRST_EXAMPLE.in_(language))}</p><h2>{prose.plain(words.WILL_SEE.in_(language))}</h2><ul>{rows}</ul>"


def _wrong(card: Card, language: Language) -> str:
    return prose.fold(words.WRONG.in_(language), prose.html(card.wrong, language), name="wrong")


def _rest(topic: AnyTopic, card: Card, language: Language) -> str:
    parts: list[tuple[str, str, Callable[[], str]]] = [
        ("followups", words.MORE_FOLLOW_UPS.in_(language), lambda: prose.questions(card.followups, language)),
        ("rubric", words.RUBRIC.in_(language), lambda: prose.levels(card.rubric)),
        ("depth", words.DEPTH.in_(language), lambda: prose.html(card.depth, language)),
        ("code", words.CODE.in_(language), lambda: prose.listing(topic.code)),
        ("references", words.REFERENCES.in_(language), lambda: prose.html(card.references)),
    ]
    return "".join(prose.fold(title, body(), name=name) for name, title, body in parts if name != "code" or topic.code)
