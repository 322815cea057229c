"""Builds the page, once per language. Gets the topics from the catalog; knows none by name."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import groupby
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from components import controls, document, endpoints, links, palette, theme, topic_tab, words
from components.comparing import compare
from components.estimating import estimate
from components.gate import Gate
from components.lab_view import LabView, drawn_by_script
from components.loading import LOADING, Loading
from components.presence import PRESENCE
from components.serving import desk
from components.sessions import Sessions
from components.stops import STOPS
from playground import catalog
from playground.cards import Cards
from playground.lab.text import Language
from playground.lab.topic import AnyTopic, Group
from playground.line import LONGEST_LINE

FOLD = "fold"
# Settings of a link that a note names.
MOST_NAMES = 5
# Networks that a Space's own proxy asks from, and nobody outside.
PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7")
# Each keeps what was drawn in it.
MOST_SESSIONS = 200
# Each run keeps one of Gradio's threads until it ends. With another number than Gradio's own of 40 they are none of those that serve
# pages and estimates.
MOST_JOBS = 4 * LONGEST_LINE


def build(
    topics: Sequence[AnyTopic] | None = None, cards: Cards = catalog.card, loading: Loading = LOADING
) -> gr.Blocks:
    """Builds the app: Chinese at `/`, English at `/en`. `topics` and `cards` are the catalog's by default."""
    topics = _in_order_of_tabs(catalog.topics() if topics is None else topics)
    # Gradio would query huggingface.co for its newest version.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    with gr.Blocks(title=words.TITLE.zh, analytics_enabled=False, fill_width=True) as demo:
        # First, so that no event of the page takes their names.
        endpoints.publish()
        _page(demo, topics, cards, Language.ZH, loading)
        demo.unload(_left)
    with demo.route("English", "/en", show_in_navbar=False):
        _page(demo, topics, cards, Language.EN, loading)
    for event in demo.fns.values():
        if event.renderable is not None:  # Gradio would let clients call these
            event.api_visibility = "private"
    # Capacity for every place in the queue, and for short events.
    # Closed is the direct route, by which a call would pass by the queue.
    demo.queue(max_size=MOST_JOBS, default_concurrency_limit=LONGEST_LINE, api_open=False)
    return demo


def _in_order_of_tabs(topics: Sequence[AnyTopic]) -> list[AnyTopic]:
    order = list(Group)
    return sorted(topics, key=lambda topic: (order.index(topic.group), topic.number))


def _left(request: gr.Request) -> None:
    """Stops the runs of a visitor who closed the page."""
    STOPS.stop(str(request.session_hash))


def _page(demo: gr.Blocks, topics: Sequence[AnyTopic], cards: Cards, language: Language, loading: Loading) -> None:
    fold = _folded(topics)
    header = gr.HTML(
        _facts(topics, fold, language), html_template="<div></div>", apply_default_css=False, elem_classes="pg-header",
        js_on_load="window.playground.header(element.firstElementChild, props, watch, "
                   "{restore: () => trigger('restore'), open: () => trigger('open')})",
    )  # fmt: skip
    banner = drawn_by_script("banner", elem_classes="pg-banner")
    note = drawn_by_script("note", elem_classes="pg-note")
    drawn_by_script("rail", elem_classes="pg-rail")
    tabs = _tabs(topics, cards, language)
    if fold is not None:
        _draw_fold(fold, language)
    found = drawn_by_script("palette", elem_classes="pg-palette")
    fragment, number = gr.Textbox(visible=False), gr.Number(visible=False, precision=0)

    def restore(fragment: str, number: int) -> dict[str, Any]:
        return {"read": number} | _read(links.read(fragment, topics, language), language)

    async def follow() -> AsyncIterator[dict[str, Any]]:
        async for state in loading.follow(language):
            yield state

    for trigger in (header.restore, demo.load):
        # Several: Back pressed twice asks for the second address while the first is being read.
        trigger(restore, [fragment, number], note, js="() => window.playground.asking()", queue=False,
                trigger_mode="multiple", show_progress="hidden", api_visibility="private")  # fmt: skip
    header.open(None, None, list(tabs.values()), js=f"() => window.playground.selected({json.dumps(list(tabs))})",
                show_progress="hidden", api_visibility="private")  # fmt: skip
    found.apply(lambda: {"entries": palette.entries(topics, cards, language)}, None, found, queue=False, show_progress="hidden",
                api_visibility="private")  # fmt: skip
    demo.load(follow, None, banner, concurrency_limit=None, show_progress="hidden", api_visibility="private")


def _tabs(topics: Sequence[AnyTopic], cards: Cards, language: Language) -> dict[str, gr.Tabs]:
    """Builds group tabs with nested topic tabs, by the group's value; "" is the outer one. A single topic has no nested tabs."""
    tabs = {}
    with gr.Tabs(elem_classes="pg-groups") as tabs[""]:
        for group, members in groupby(topics, key=lambda topic: topic.group):
            inside = list(members)
            with gr.Tab(group.title.in_(language), id=group.value) as tab:
                tab.select(None, js=f"() => window.playground.opened('{group.value}', null)")
                if len(inside) == 1:
                    _tab(inside[0], cards, language, at_once=inside[0] is topics[0])
                    continue
                with gr.Tabs(elem_classes="pg-topics") as tabs[group.value]:
                    for topic in inside:
                        with gr.Tab(topic.title.in_(language), id=topic.slug) as leaf:
                            leaf.select(None, js=f"() => window.playground.opened('{group.value}', '{topic.slug}')")
                            _tab(topic, cards, language, at_once=topic is topics[0])
    return tabs


def _tab(topic: AnyTopic, cards: Cards, language: Language, *, at_once: bool) -> None:
    topic_tab.build(topic, cards(topic.slug, language), language, at_once=at_once)


def _folded(topics: Sequence[AnyTopic]) -> AnyTopic | None:
    """Returns the bench if another topic has a text for it."""
    bench = next((topic for topic in topics if topic.group is Group.BENCH), None)
    return bench if any(topic.text_field for topic in topics if topic is not bench) else None


def _draw_fold(bench: AnyTopic, language: Language) -> None:
    """Draws the bench below topics that have a text: one for the whole page, as only one topic is open at a time."""

    def draw() -> None:
        drawn_by_script("quoted", {"hint": words.FOLD_HINT.in_(language)}, elem_classes="pg-quoted")
        with gr.Row(elem_classes="pg-lab", elem_id=f"pg-lab-{FOLD}"):
            with gr.Column(elem_classes="pg-controls", min_width=0):
                widgets = controls.build(bench.settings, language, FOLD, advanced=False, hidden=bench.text_field)
                run, stop, status = topic_tab.run_buttons(language, FOLD)
            with gr.Column(elem_classes="pg-results", min_width=0):
                topic_tab.sides(FOLD)
                places = topic_tab.panel_places(bench, language, FOLD)
        view = LabView(bench, language, FOLD, widgets, status, places)
        view.connect(run, stop)
        topic_tab.follow(view)

    with (
        gr.Column(elem_id="pg-bench-fold", elem_classes="pg-bench-fold", min_width=0),
        gr.Accordion(words.FOLD.in_(language), open=False, elem_classes="pg-bench-accordion") as accordion,
    ):
        topic_tab.when_seen(draw)
    # It is at the page's end: what opens would be below the window.
    accordion.expand(None, js="() => { window.playground.unfolded(); return []; }", show_progress="hidden")


def _facts(topics: Sequence[AnyTopic], fold: AnyTopic | None, language: Language) -> dict[str, Any]:
    """Returns the data of the page's script: its words, and the fields of every place."""
    processors = words.PROCESSORS.format(count=len(os.sched_getaffinity(0)))
    texts = {
        name: getattr(words, name.upper()).in_(language)
        for name in (
            "title",
            "other_language",
            "copy_link",
            "copied",
            "theme",
            "changed",
            "starting",
            "ahead",
            "lost",
            "queue_full",
            "expired",
            "to_field",
            "elapsed",
            "sides_same",
            "sides_one",
            "sides_several",
            "find",
            "find_hint",
            "find_none",
            "runs",
            "runs_default",
            "compare",
            "compare_hint",
            "compared",
            "compared_end",
            "compare_failed",
            "was",
            "pins",
            "pins_none",
            "pins_file",
            "pins_full",
            "pin_note",
            "pin_again",
            "pin_picture",
            "pin_up",
            "pin_down",
            "pin_remove",
            "rail",
            "rail_close",
            "rail_panels",
            "present",
            "present_before",
            "present_after",
            "present_end",
            "sketch",
            "sketch_pen",
            "sketch_highlighter",
            "sketch_arrow",
            "sketch_box",
            "sketch_text",
            "sketch_eraser",
            "sketch_laser",
            "sketch_undo",
            "sketch_clear",
        )
    }
    places = {
        topic.slug: {
            "fields": list(controls.describe(topic.settings, language, topic.slug)),
            "title": topic.title.in_(language),
            "text": topic.text_field,
            "group": topic.group.value,
            "panels": [[item.name, item.title.title.in_(language)] for item in topic.panels],
            "leads": len(topic.leading),
        }
        for topic in topics
    }
    if fold is not None:
        fields = list(controls.describe(fold.settings, language, FOLD, advanced=False))
        places[FOLD] = {"fields": fields, "text": fold.text_field, "group": "", "title": words.FOLD.in_(language)}
        places[FOLD] |= {name: places[fold.slug][name] for name in ("panels", "leads")}
    return {
        "language": str(language),
        "words": texts
        | {
            "about": words.REAL_MODEL.format(device=processors).in_(language),
            "find_kinds": {kind: text.in_(language) for kind, text in words.FIND_KINDS.items()},
        },
        "places": places,
        "groups": {group.value: group.title.in_(language) for group in Group},
        "fold": FOLD,
        "bench": fold.slug if fold is not None else "",
    }


def _read(linked: links.Linked, language: Language) -> dict[str, Any]:
    """Returns what the script needs to open a link's topic and to set its controls, and what the note says."""
    if not linked.slug:
        return {"text": ""}
    if linked.topic is None:
        return {"text": words.LINK_TOPIC.format(slug=linked.slug).in_(language)}
    shown = [*linked.refused[:MOST_NAMES], *(["…"] if len(linked.refused) > MOST_NAMES else [])]
    names = ("、" if language is Language.ZH else ", ").join(shown)
    text = words.LINK_NOTE.format(count=len(linked.refused), names=names).in_(language) if linked.refused else ""
    return {"text": text, "place": linked.slug, "group": linked.topic.group.value, "values": linked.values,
            "panel": linked.panel}  # fmt: skip


def _dress(page: str, path: str) -> str:
    """Returns Gradio's document as the page of a path."""
    return document.dressed(page, Language.EN if path.rstrip("/").endswith("/en") else Language.ZH)


def serve(demo: gr.Blocks, then: Callable[[], None] = lambda: None) -> None:
    """Serves the page until the process ends: publicly on a hosted Space, else only on this machine.

    `then` is called once the server answers: what the first page needn't wait for.
    """
    launch(demo, prevent_thread_lock=True)
    then()
    demo.block_thread()


def launch(demo: gr.Blocks, **options: Any) -> Any:
    """Starts the server that `serve` describes; `options` are Gradio's."""
    hosted = "SPACE_ID" in os.environ
    if hosted:
        # uvicorn takes a client's address from X-Forwarded-For where one of these asks: the last in it that is none of these.
        os.environ.setdefault("FORWARDED_ALLOW_IPS", ",".join(PRIVATE))
    sessions = Sessions(PRESENCE.listens)
    port = os.environ.get("GRADIO_SERVER_PORT") or os.environ.get("PORT") or "7860"
    return demo.launch(
        server_name=os.environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if hosted else "127.0.0.1"),
        server_port=int(port), theme=theme.PlaygroundTheme(), css=theme.style_sheet(), head=theme.head(), share=False,
        max_file_size=1, state_session_capacity=MOST_SESSIONS, max_threads=MOST_JOBS,
        app_kwargs={"lifespan": sessions.lifespan(), "middleware": [
            # Gradio compresses files alone, not the document; event streams stay as they are.
            Middleware(GZipMiddleware, compresslevel=5),
            Middleware(Gate, is_ready=lambda: LOADING.state.ready, answers={"/estimate": estimate, "/compare": compare},
                       sessions=sessions, free_in=lambda: desk().line.free_in(), dress=_dress,
                       example=lambda call: endpoints.example(call.get("slug"), call.get("language"))),
        ]},
        run_history=False, enable_monitoring=False, ssr_mode=False, footer_links=[], show_error=False, **options,
    )  # fmt: skip
