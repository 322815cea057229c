"""What a run sends to the page."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from components import lab_view, words
from components.lab_view import LEAST_SECONDS, LabView, PanelPlace, _Shown, rest
from components.presence import MOST_OF_ADDRESS, PRESENCE, Places, api_owner
from playground import catalog
from playground.desk import Desk
from playground.lab.bench import Bench, Progress
from playground.lab.cost import about
from playground.lab.text import Language, Text
from playground.line import FULL, Line, LineFull
from playground.results import ResultStore
from playground.running import Finished, Partial
from tests.fakes import NoModels, Result, Settings, make_topic, run


class Drawing:
    """One component, whose value is the panel."""

    def __init__(self, component: str) -> None:
        self.components = (component,)

    def update(self, panel: Any) -> tuple[Any]:
        return (panel,)


def shown() -> _Shown:
    places = [SimpleNamespace(name=name, frame=f"frame {name}", drawing=Drawing(name)) for name in ("a", "b", "c")]
    return _Shown(SimpleNamespace(places=places, place="lab", language=Language.EN, status="status"))  # type: ignore[arg-type]


def result(**panels: Any) -> SimpleNamespace:
    return SimpleNamespace(**({"a": None, "b": None, "c": None} | panels))


class FullDesk:
    """A desk whose line is full, with or without a remembered example."""

    def __init__(self, example: Finished | None) -> None:
        self.line, self._example = Line(), example

    def events(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        raise LineFull(FULL, 16, 42.0)

    def example(self, topic: Any, language: Language) -> Finished | None:
        return self._example

    def is_remembered(self, topic: Any, settings: Any) -> bool:
        return False


@pytest.mark.parametrize("language", list(Language), ids=str)
def test_in_a_full_line_the_page_says_when_to_come_back_and_shows_the_remembered_example(
    monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    topic = make_topic()
    (kept,) = [
        event for event in catalog.events(topic, topic.settings(), models=NoModels()) if isinstance(event, Finished)
    ]  # type: ignore[arg-type]
    places = tuple(PanelPlace(name, f"frame {name}", Drawing(name)) for name in ("first", "counts"))  # type: ignore[arg-type]
    widgets = SimpleNamespace(fields=(), values=lambda raw: {})
    view = LabView(topic, language, "lab", widgets, "status", places)  # type: ignore[arg-type]
    for example in (None, kept):
        monkeypatch.setattr(lab_view, "desk", lambda example=example: FullDesk(example))
        updates: dict[Any, Any] = {}
        for update in view.run(SimpleNamespace(session_hash="s", client=SimpleNamespace(host="1.2.3.4")), False):  # type: ignore[arg-type]
            updates |= update
        said = updates["status"]
        assert said["state"] == "error"
        assert ("about 40 s" if language is Language.EN else "约 40 秒后") in said["text"]
        assert said["fresh"] == ([] if example is None else ["first", "counts"])
        assert ("example" in said["text"] or "示例" in said["text"]) == (example is not None)
        assert updates.get("first") == (example and example.result.first)


@pytest.mark.parametrize("language", list(Language), ids=str)
def test_a_click_that_gradios_queue_has_no_place_for_gets_the_example_without_one_of_its_threads(
    monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    topic = make_topic()
    *_, kept = catalog.events(topic, topic.settings(), models=NoModels())  # type: ignore[arg-type]
    assert isinstance(kept, Finished)
    places = tuple(PanelPlace(name, f"frame {name}", Drawing(name)) for name in ("first", "counts"))  # type: ignore[arg-type]
    view = LabView(topic, language, "lab", SimpleNamespace(fields=(), values=lambda raw: {}), "status", places)  # type: ignore[arg-type]
    for example in (None, kept):
        monkeypatch.setattr(lab_view, "desk", lambda example=example: FullDesk(example))
        with ThreadPoolExecutor(1) as pool:  # the browser tests leave an event loop running in this thread
            updates = pool.submit(lambda: asyncio.run(view.refused())).result()
        # An update, and no plain value: those Gradio works on in its threads.
        assert updates["status"]["__type__"] == "update"
        said = updates["status"]["value"]
        assert said["state"] == "error"
        assert words.QUEUE_FULL.format(seconds=about(0.0)).in_(language) in said["text"]
        assert said["fresh"] == ([] if example is None else ["first", "counts"])
        assert updates.get("first") == (example and example.result.first)
    assert inspect.iscoroutinefunction(view.refused)


class SayingDesk:
    """A desk whose run says these things, one after another."""

    def __init__(self, *said: Any) -> None:
        self.line, self._said = Line(), said

    def is_remembered(self, topic: Any, settings: Any) -> bool:
        return False

    def events(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        yield from self._said


def test_progress_and_the_result_that_comes_with_it_are_one_update(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update costs the server and the browser as much whether one thing in it changed or two."""
    topic = make_topic()
    *_, kept = catalog.events(topic, topic.settings(), models=NoModels())  # type: ignore[arg-type]
    assert isinstance(kept, Finished)
    one, two, three = (Progress(number / 4, Text(zh=f"第 {number} 步", en=f"step {number}")) for number in (1, 2, 3))
    # The last one is repeated, as by a lab that says nothing new for a while.
    desk = SayingDesk(one, Partial(kept.result), two, three, three, three, kept)
    monkeypatch.setattr(lab_view, "desk", lambda: desk)
    monkeypatch.setattr(lab_view, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(LabView, "_remembered", lambda *arguments: None)
    places = tuple(PanelPlace(name, f"frame {name}", Drawing(name)) for name in ("first", "counts"))  # type: ignore[arg-type]
    view = LabView(topic, Language.EN, "lab", SimpleNamespace(fields=(), values=lambda raw: {}), "status", places)  # type: ignore[arg-type]
    updates = list(view.run(SimpleNamespace(session_hash="s", client=SimpleNamespace(host="1.2.3.4")), False))  # type: ignore[arg-type]
    said = [(update["status"]["state"], update["status"]["text"], "first" in update) for update in updates]
    assert said[:-1] == [("running", "step 1", True), ("running", "step 3", False)]
    assert said[-1][0] == "done"


class AskedDesk(SayingDesk):
    """A desk that notes whose run it is asked for, and that it is asked what it depends on."""

    def __init__(self, *said: Any) -> None:
        super().__init__(*said)
        self.visitors: list[str] = []
        self.keys = 0

    def key(self, topic: Any, settings: Any) -> str:
        self.keys += 1
        return "key"

    def events(self, *arguments: Any, visitor: str, **options: Any) -> Iterator[Any]:
        self.visitors.append(visitor)
        return super().events()


def click(view: LabView, session: str) -> list[dict[Any, Any]]:
    """Clicks Run on a page of a classroom, all of which is behind one address."""
    return list(view.run(SimpleNamespace(session_hash=session, client=SimpleNamespace(host="1.2.3.4")), False))  # type: ignore[arg-type]


def counting(run: Any = None) -> LabView:
    topic = make_topic(run=run) if run else make_topic()
    return LabView(topic, Language.EN, "lab", SimpleNamespace(fields=(), values=lambda raw: {}), "status", ())  # type: ignore[arg-type]


def test_a_page_takes_turns_for_itself_and_not_for_all_behind_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class would queue behind the calls of one script."""
    desk = AskedDesk()
    monkeypatch.setattr(lab_view, "desk", lambda: desk)
    for session in ("one", "two", "one"):
        click(counting(), session)
    first, second, again = desk.visitors
    assert first == again != second
    assert api_owner("1.2.3.4") not in desk.visitors


@pytest.mark.parametrize("ready", [False, True])
def test_while_the_model_loads_nothing_is_asked_that_measures_it(monkeypatch: pytest.MonkeyPatch, ready: bool) -> None:
    desk = AskedDesk()
    monkeypatch.setattr(lab_view, "desk", lambda: desk)
    monkeypatch.setattr(lab_view, "LOADING", SimpleNamespace(state=SimpleNamespace(ready=ready)))
    click(counting(), "one")
    assert (desk.keys > 0) is ready and len(desk.visitors) == 1


def test_pupils_with_equal_settings_share_a_run_and_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    go, times = threading.Event(), []

    def waits(settings: Settings, bench: Bench) -> Iterator[Result]:
        times.append(settings)
        while not go.wait(0.01):
            bench.checkpoint()
        yield from run(settings, bench)

    places = Places()
    desk = Desk(lambda progress: NoModels(), store=ResultStore(None, 10**6))  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(lab_view, "desk", lambda: desk)
    monkeypatch.setattr(lab_view, "PLACES", places)
    monkeypatch.setattr(lab_view, "LOADING", SimpleNamespace(state=SimpleNamespace(ready=True)))
    others = [places.of_page(f"other {number}", "1.2.3.4") for number in range(MOST_OF_ADDRESS - 1)]
    for other in others:
        other.__enter__()
    view, pupils = counting(waits), ["one", "two", "three"]
    with contextlib.ExitStack() as stack:
        for pupil in pupils:
            stack.enter_context(PRESENCE.listening(pupil))
        with ThreadPoolExecutor(len(pupils)) as pool:
            answers = [pool.submit(click, view, pupil) for pupil in pupils]
            end = time.monotonic() + 20
            while places._readers.total() < len(others) + len(pupils) and time.monotonic() < end:
                time.sleep(0.01)
            go.set()
            ends = [answer.result()[-1]["status"]["state"] for answer in answers]
    assert ends == ["done"] * len(pupils) and len(times) == 1


def test_only_what_changes_is_sent_while_a_run_goes_on() -> None:
    page = shown()
    assert set(page.result(result(a=1))) == {"frame a", "a", "status"}
    assert set(page.result(result(a=1, b=2))) == {"frame b", "b", "status"}


def test_a_long_run_is_drawn_less_often_and_a_short_one_several_times_a_second() -> None:
    assert rest(0.0) == rest(2.0) == LEAST_SECONDS < 0.2
    assert rest(8.0) <= 0.5
    assert rest(60.0) == pytest.approx(3.0)


def test_the_end_of_a_run_sends_every_panel_and_hides_the_others() -> None:
    """Gradio may skip an update that another follows at once: on a busy page panels were missing in the end."""
    page = shown()
    page.result(result(a=1))
    updates = page.result(result(a=1, b=2), whole=True)
    assert (updates["a"], updates["b"]) == (1, 2)
    assert [updates[f"frame {name}"]["visible"] for name in ("a", "b", "c")] == [True, True, False]
