"""The whole page, built once for each language by one function. Finds the topics in the catalog; knows none by name."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import groupby
from typing import Any

import gradio as gr

from components import controls, endpoints, links, theme, topic_tab, words
from components.lab_view import LabView, drawn_by_script
from components.loading import LOADING, Loading
from components.runs import LONGEST_LINE, STOPS
from playground import catalog
from playground.cards import Card
from playground.lab.text import Language
from playground.lab.topic import Group, Topic

FOLD = "fold"
Cards = Callable[[str, Language], Card]


def build(topics: Sequence[Topic] | None = None, cards: Cards = catalog.card, loading: Loading = LOADING) -> gr.Blocks:
    """The app: Chinese at `/`, English at `/en`. `topics` and `cards` are the catalog's unless a test gives its own."""
    topics = catalog.topics() if topics is None else topics
    # Gradio would ask huggingface.co whether its own version is the newest.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    with gr.Blocks(title=words.TITLE.zh, analytics_enabled=False, fill_width=True) as demo:
        _page(demo, topics, cards, Language.ZH, loading)
        endpoints.publish()
        demo.unload(_left)
    with demo.route("English", "/en", show_in_navbar=False):
        _page(demo, topics, cards, Language.EN, loading)
    # Room for every place in the line, and for what is over in a moment.
    demo.queue(max_size=4 * LONGEST_LINE, default_concurrency_limit=LONGEST_LINE)
    return demo


def _left(request: gr.Request) -> None:
    """A visitor closed the page: nobody waits for their runs any more."""
    STOPS.stop(str(request.session_hash))


def _page(demo: gr.Blocks, topics: Sequence[Topic], cards: Cards, language: Language, loading: Loading) -> None:
    header = gr.HTML(
        None, html_template="<div></div>", apply_default_css=False, elem_classes="pg-header",
        js_on_load="window.playground.header(element.firstElementChild, props, watch, () => trigger('restore'))",
    )  # fmt: skip
    banner = drawn_by_script("banner", elem_classes="pg-banner")
    tabs, views = _tabs(topics, cards, language)
    fold = _fold(topics, language)
    header.value = _facts(topics, [*views, *fold], language)
    fragment = gr.Textbox(visible=False)
    note = drawn_by_script("note", elem_classes="pg-note")
    outputs = [note, *tabs, *(component for view in views for component in view.widgets.components)]

    def restore(fragment: str) -> dict[Any, Any]:
        return _restored(links.read(fragment, topics, language), views, tabs, note, language)

    async def follow() -> AsyncIterator[dict[str, Any]]:
        async for state in loading.follow(language):
            yield state

    for trigger in (header.restore, demo.load):
        trigger(restore, fragment, outputs, js="() => [window.playground.fragment()]", queue=False,
                show_progress="hidden", api_visibility="private")  # fmt: skip
    demo.load(follow, None, banner, concurrency_limit=None, show_progress="hidden", api_visibility="private")


def _tabs(topics: Sequence[Topic], cards: Cards, language: Language) -> tuple[list[gr.Tabs], list[LabView]]:
    """Group tabs with topic tabs inside; a group of one topic needs no inner tabs. The first Tabs is the outer one."""
    order = list(Group)
    tabs, views = [], []
    with gr.Tabs(elem_classes="pg-groups", elem_id="pg-groups") as outer:
        tabs.append(outer)
        in_order = sorted(topics, key=lambda topic: (order.index(topic.group), topic.number))
        for group, members in groupby(in_order, key=lambda topic: topic.group):
            inside = list(members)
            with gr.Tab(group.title.in_(language), id=group.value) as tab:
                tab.select(None, js=f"() => window.playground.opened('{group.value}', null)")
                if len(inside) == 1:
                    views.append(topic_tab.build(inside[0], cards(inside[0].slug, language), language))
                    continue
                with gr.Tabs(elem_classes="pg-topics", elem_id=f"pg-topics-{group.value}") as inner:
                    tabs.append(inner)
                    for topic in inside:
                        with gr.Tab(topic.title.in_(language), id=topic.slug) as leaf:
                            leaf.select(None, js=f"() => window.playground.opened('{group.value}', '{topic.slug}')")
                            views.append(topic_tab.build(topic, cards(topic.slug, language), language))
    return tabs, views


def _fold(topics: Sequence[Topic], language: Language) -> list[LabView]:
    """The bench under every topic that takes a text: one for the page, as only one topic is open at a time."""
    bench = next((topic for topic in topics if topic.group is Group.BENCH), None)
    if bench is None or not any(topic.text_field for topic in topics if topic is not bench):
        return []
    with gr.Column(elem_id="pg-bench-fold", elem_classes="pg-bench-fold", min_width=0):
        with gr.Accordion(words.FOLD.in_(language), open=False, elem_classes="pg-bench-accordion"):
            drawn_by_script("quoted", {"hint": words.FOLD_HINT.in_(language)}, elem_classes="pg-quoted")
            with gr.Row(elem_classes="pg-lab", elem_id=f"pg-lab-{FOLD}"):
                with gr.Column(elem_classes="pg-controls", min_width=0):
                    widgets = controls.build(bench.settings, language, FOLD, advanced=False, hidden=bench.text_field)
                    run, stop, status = topic_tab.run_buttons(language, FOLD)
                with gr.Column(elem_classes="pg-results", min_width=0):
                    places = topic_tab.panel_places(bench, language, FOLD)
    view = LabView(bench, language, FOLD, widgets, status, places)
    view.connect(run, stop)
    topic_tab.follow(view)
    return [view]


def _facts(topics: Sequence[Topic], views: Sequence[LabView], language: Language) -> dict[str, Any]:
    """What the page's script must know."""
    processors = words.PROCESSORS.format(count=len(os.sched_getaffinity(0)))
    texts = {
        name: getattr(words, name.upper()).in_(language)
        for name in ("title", "other_language", "copy_link", "copied", "theme", "changed", "lost", "stopped", "starting")
    }
    return {
        "language": str(language),
        "words": texts | {"about": words.REAL_MODEL.format(device=processors).in_(language)},
        "places": {
            view.place: {
                "fields": list(controls.describe(view.widgets, language)),
                "text": view.topic.text_field,
                "group": view.topic.group.value,
            }
            for view in views
        },
        "fold": FOLD,
        "bench": next((topic.slug for topic in topics if topic.group is Group.BENCH), ""),
    }


def _restored(
    linked: links.Linked, views: Sequence[LabView], tabs: Sequence[gr.Tabs], note: gr.HTML, language: Language
) -> dict[Any, Any]:
    """Updates that put the page in the state of a link."""
    if not linked.slug:
        return {note: {"text": ""}}
    if linked.topic is None:
        return {note: {"text": words.LINK_TOPIC.format(slug=linked.slug).in_(language)}}
    view = next(view for view in views if view.topic is linked.topic)
    updates: dict[Any, Any] = {
        component: gr.update(value=linked.values[path]) for path, component in view.widgets.by_path.items()
    }
    group = linked.topic.group.value
    updates[tabs[0]] = gr.Tabs(selected=group)
    inner = next((inner for inner in tabs[1:] if inner.elem_id == f"pg-topics-{group}"), None)
    if inner is not None:
        updates[inner] = gr.Tabs(selected=linked.slug)
    text = ""
    if linked.refused:
        names = ("、" if language is Language.ZH else ", ").join(linked.refused)
        text = words.LINK_NOTE.format(count=len(linked.refused), names=names).in_(language)
    updates[note] = {"text": text, "place": view.place, "group": group, "values": linked.values}
    return updates


def launch(demo: gr.Blocks, **options: Any) -> Any:
    """Serves the page: to everyone on a hosted Space, else to this machine alone."""
    hosted = "SPACE_ID" in os.environ
    port = os.environ.get("GRADIO_SERVER_PORT") or os.environ.get("PORT") or "7860"
    return demo.launch(
        server_name=os.environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if hosted else "127.0.0.1"),
        server_port=int(port), theme=theme.PlaygroundTheme(), css=theme.style_sheet(), head=theme.head(), share=False,
        run_history=False, enable_monitoring=False, ssr_mode=False, footer_links=[], show_error=False, **options,
    )  # fmt: skip
