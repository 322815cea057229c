"""The desk: a run is remembered, shared or computed in its turn; curated ones alone reach the disk, and are computed ahead."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.desk import MODELS_MODULE, Curated, Desk, curated, in_order
from playground.lab.bench import Bench
from playground.lab.cost import Work
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.topic import AnyTopic, Sequel
from playground.lab.validation import validate
from playground.line import Line, LineFull
from playground.results import ResultStore
from playground.running import Finished, Partial, Waiting
from tests.fakes import Findings, NoModels, Result, Settings, make_topic, run


class Counted:
    """The counting lab; counts how often it is computed, and waits in the middle while it's told to."""

    def __init__(self) -> None:
        self.times = 0
        self.go = threading.Event()
        self.go.set()
        self.ended: list[str] = []

    def run(self, settings: Settings, bench: Bench) -> Iterator[Result]:
        self.times += 1
        first, *rest = run(settings, bench)
        yield first
        try:
            while not self.go.wait(0.005):
                bench.checkpoint()
        except Cancelled:
            self.ended.append("cancelled")
            raise
        yield from rest
        self.ended.append("whole")


def make_desk(folder: Path | None = None, identity: Any = None, **options: Any) -> Desk:
    store = ResultStore(folder, 10**6) if folder is not None else ResultStore(None, 0)
    return Desk(lambda progress: NoModels(), store=store, identity=identity or (lambda: {"weights": "w"}), **options)  # type: ignore[arg-type,return-value]


def finish(desk: Desk, topic: AnyTopic, anew: bool = False, **values: Any) -> Finished:
    *_, last = desk.events(topic, validate(topic.settings, values, "en"), anew=anew)
    assert isinstance(last, Finished)
    return last


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "did not happen within 10 s"
        time.sleep(0.005)


def test_the_same_request_is_computed_once_and_then_remembered_with_its_time(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    topic = make_topic(run=lab.run)
    before = time.time()
    first, second = finish(desk, topic, text="a cat"), finish(desk, topic, text="a cat")
    assert lab.times == 1
    assert (first.remembered, second.remembered) == (False, True)
    assert before <= second.computed == first.computed <= time.time()
    assert (second.settings, second.result, second.cost) == (first.settings, first.result, first.cost)
    assert finish(desk, topic, text="a dog").result != first.result
    assert lab.times == 2


def test_run_again_computes_anew_and_replaces_what_was_remembered(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    topic = make_topic(run=lab.run)
    first, again = finish(desk, topic), finish(desk, topic, anew=True)
    assert lab.times == 2
    assert not again.remembered
    assert again.computed > first.computed
    assert finish(desk, topic).computed == again.computed


def test_a_click_on_a_result_adds_to_what_is_remembered_and_gives_what_a_whole_run_gives(tmp_path: Path) -> None:
    lab = Counted()

    def noted(settings: Settings, found: Findings, bench: Bench) -> Findings:
        return Findings(found.count + len(settings.note))

    sequel = Sequel(
        lambda settings: dataclasses.replace(settings, note=""), noted, lambda result, found: Result(findings=found)
    )
    topic = dataclasses.replace(make_topic(run=lab.run), sequel=sequel)
    desk = make_desk(tmp_path)
    base = finish(desk, topic, text="a cat")
    clicked = finish(desk, topic, text="a cat", note="xyz")
    assert lab.times == 1, "the rest is remembered"
    assert clicked.result.findings.count == base.result.findings.count + 3
    assert (clicked.result.first, clicked.result.counts) == (base.result.first, base.result.counts)
    assert finish(desk, topic, text="a cat", note="xyz").remembered
    assert finish(desk, topic, text="a cat").result == base.result
    assert finish(make_desk(tmp_path / "other"), topic, text="a cat", note="xyz").result == clicked.result
    assert lab.times == 2
    assert finish(desk, topic, text="a cat", note="xyz", anew=True).result == clicked.result
    assert lab.times == 3


def test_curated_settings_alone_reach_the_disk(tmp_path: Path) -> None:
    lab = Counted()
    topic = make_topic(run=lab.run)
    desk = make_desk(tmp_path)
    finish(desk, topic, text="my own secret")
    assert not list(tmp_path.iterdir())
    assert finish(desk, topic, text="my own secret").remembered, "in memory, until the process ends"
    finish(desk, topic)
    finish(desk, topic, text="hello")
    assert len(list(tmp_path.iterdir())) == 2
    another = make_desk(tmp_path)
    assert finish(another, topic).remembered
    assert finish(another, topic, text="hello").remembered
    assert not finish(another, topic, text="my own secret").remembered


def test_what_a_result_depends_on_is_in_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    topic, settings = make_topic(), Settings()
    code: dict[str, str] = {}
    monkeypatch.setattr("playground.desk.fingerprint", lambda module: code.get(module, "as it was"))

    def key(
        changed: dict[str, str], identity: Callable[[], dict[str, str]], made: AnyTopic, asked: Settings
    ) -> str | None:
        code.clear()
        code.update(changed)
        return make_desk(identity=identity).key(made, asked)

    keys = {
        key(changed, identity, made, asked)
        for changed in ({}, {topic.run.__module__: "another lab"}, {MODELS_MODULE: "other models"})
        for identity in (lambda: {"weights": "w", "dtype": "float32"}, lambda: {"weights": "w", "dtype": "bfloat16"})
        for made in (topic, make_topic(slug="other"))
        for asked in (settings, Settings(text="b"))
    }
    assert len(keys) == 24
    assert make_desk(identity=lambda: None).key(topic, settings) is None


def test_some_panels_of_a_cached_run_are_given_without_running_it(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    topic = make_topic(run=lab.run)
    settings = validate(topic.settings, {"text": "a cat"}, "en")
    assert desk.panels(topic, settings, ["counts"]) is None
    result = finish(desk, topic, text="a cat").result
    assert desk.panels(topic, settings, ["counts"]) == {"counts": result.counts}
    assert desk.panels(topic, settings, ["first", "counts"]) == {"first": result.first, "counts": result.counts}
    assert lab.times == 1


def test_unknown_weights_are_never_remembered() -> None:
    lab = Counted()
    topic = make_topic(run=lab.run)
    desk = make_desk(identity=lambda: None)
    assert not finish(desk, topic).remembered
    assert not finish(desk, topic).remembered
    assert lab.times == 2


def test_a_desk_without_a_store_remembers_nothing() -> None:
    lab = Counted()
    topic = make_topic(run=lab.run)
    desk = Desk(lambda progress: NoModels())  # type: ignore[arg-type,return-value]
    assert not finish(desk, topic).remembered
    assert not finish(desk, topic).remembered


def test_a_remembered_result_of_another_shape_is_computed_again(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    topic = make_topic(run=lab.run)
    key = desk.key(topic, validate(topic.settings, {}, "en"))
    assert key
    finish(desk, topic)
    store = ResultStore(tmp_path, 10**6)
    entry = store.get(key)
    assert entry
    store.put(key, type(entry)({"counts": 3}, entry.cost, entry.computed), on_disk=True)
    assert not finish(desk, topic).remembered
    assert finish(desk, topic).remembered


def test_two_equal_requests_at_once_compute_once_and_both_see_it_happen(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    lab.go.clear()
    topic = make_topic(run=lab.run)
    settings = validate(topic.settings, {"text": "both"}, "en")
    streams = [desk.events(topic, settings) for _ in range(2)]
    for stream in streams:
        seen = next(event for event in stream if isinstance(event, Partial))
        assert seen.result.first is not None
    lab.go.set()
    ends = [list(stream)[-1] for stream in streams]
    assert lab.times == 1
    assert ends[0] == ends[1]
    assert isinstance(ends[0], Finished)


def test_one_of_two_readers_may_leave_and_the_last_ends_the_run(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    lab.go.clear()
    topic = make_topic(run=lab.run)
    settings = validate(topic.settings, {}, "en")
    first, second = desk.events(topic, settings), desk.events(topic, settings)
    next(first), next(second)
    first.close()
    time.sleep(0.05)
    assert not lab.ended
    second.close()
    wait_for(lambda: lab.ended == ["cancelled"])
    lab.go.set()
    assert not finish(desk, topic).remembered, "nothing half-computed is kept"
    assert lab.times == 2


def test_a_failed_run_is_not_remembered(tmp_path: Path) -> None:
    def fail(settings: Settings, bench: Bench) -> Iterator[Result]:
        yield Result()
        raise PlaygroundError(Text(zh="不行", en="no"), "text")

    desk, topic = make_desk(tmp_path), make_topic(run=fail)
    for _ in range(2):
        with pytest.raises(PlaygroundError, match="no"):
            finish(desk, topic)
    assert not list(tmp_path.iterdir())


def test_different_requests_take_turns_and_are_told_how_many_are_ahead(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    lab.go.clear()
    topic = make_topic(run=lab.run)
    first = desk.events(topic, validate(topic.settings, {"text": "one"}, "en"))
    next(event for event in first if isinstance(event, Partial))
    second = desk.events(topic, validate(topic.settings, {"text": "two"}, "en"))
    assert next(event for event in second if isinstance(event, Waiting)).ahead == 1
    assert lab.times == 1
    lab.go.set()
    assert isinstance(list(first)[-1], Finished)
    assert isinstance(list(second)[-1], Finished)
    assert lab.times == 2


# ---- while nobody waits


def test_curated_are_defaults_examples_and_failures_once_each_defaults_first() -> None:
    topics = [make_topic(), make_topic(slug="other")]
    found = in_order(topics)
    texts = [(case.topic.slug, case.settings.text) for case in found]
    assert texts[:4] == [("counting", "今天天气很好"), ("counting", "Fine weather"), ("other", "今天天气很好"), ("other", "Fine weather")]  # fmt: skip
    assert sorted(texts[4:]) == sorted((slug, text) for slug in ("counting", "other") for text in ("你好", "hello"))
    assert [case.is_default for case in curated(topics[0])] == [True, True, False, False]
    assert all(isinstance(case, Curated) for case in found)


def test_working_ahead_leaves_nothing_to_compute_for_a_first_click(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.desk.REST_SECONDS", 0.01)
    lab, desk = Counted(), make_desk(tmp_path)
    topic = make_topic(run=lab.run)
    desk.work_ahead([topic], threading.Event())
    assert lab.times == 4
    for language in Language:
        *_, last = desk.events(topic, validate(topic.settings, {}, language))
        assert isinstance(last, Finished) and last.remembered
    desk.work_ahead([topic], threading.Event())
    assert lab.times == 4, "what is remembered isn't computed again"


def test_working_ahead_gives_way_within_a_fifth_of_a_second_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.desk.REST_SECONDS", 0.01)
    ahead, mine = Counted(), Counted()
    ahead.go.clear()
    desk = make_desk(tmp_path)
    slow, topic = make_topic(run=ahead.run, slug="slow"), make_topic(run=mine.run)
    stopped = threading.Event()
    worker = threading.Thread(target=desk.work_ahead, args=([slow], stopped))
    worker.start()
    wait_for(lambda: ahead.times == 1)
    assert not finish(desk, topic, text="a visitor's").remembered
    # It is told to end before the visitor's run begins; on a busy machine it may be heard a little later.
    wait_for(lambda: ahead.ended == ["cancelled"])
    ahead.go.set()
    worker.join(20)
    assert not worker.is_alive()
    assert ahead.ended.count("whole") == 4
    assert all(desk.key(slow, case.settings) in (desk._store or ()) for case in curated(slow))


def test_working_ahead_stops_when_told_and_passes_over_what_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.desk.REST_SECONDS", 0.01)

    def fail(settings: Settings, bench: Bench) -> Iterator[Result]:
        yield Result()
        raise ZeroDivisionError

    lab, desk, stopped = Counted(), make_desk(tmp_path), threading.Event()
    desk.work_ahead([make_topic(run=fail, slug="broken"), make_topic(run=lab.run)], stopped)
    assert lab.times == 4
    stopped.set()
    other = Counted()
    desk.work_ahead([make_topic(run=other.run, slug="never")], stopped)
    assert other.times == 0


def test_a_visitor_who_asks_for_what_is_computed_ahead_joins_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.desk.REST_SECONDS", 0.01)
    lab, desk, stopped = Counted(), make_desk(tmp_path), threading.Event()
    lab.go.clear()
    topic = make_topic(run=lab.run)
    worker = threading.Thread(target=desk.work_ahead, args=([topic], stopped))
    worker.start()
    wait_for(lambda: lab.times == 1)
    stream = desk.events(topic, validate(topic.settings, {}, Language.ZH))
    assert isinstance(next(event for event in stream if isinstance(event, Partial)), Partial)
    lab.go.set()
    assert isinstance(list(stream)[-1], Finished)
    stopped.set()
    worker.join(20)
    assert lab.ended[0] == "whole"


# ---- what runs cost


def slow_cost(settings: Settings) -> Work:
    return Work(seconds=8.0 * settings.times)


def test_a_run_that_would_take_too_long_is_refused_before_it_begins_unless_it_is_remembered(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    cheap, dear = make_topic(run=lab.run), make_topic(run=lab.run, cost=slow_cost)
    with pytest.raises(PlaygroundError) as error:
        finish(desk, dear, times=9)
    assert error.value.field == "times"
    assert "take 7 at most" in error.value.message.en and "改成最多 7" in error.value.message.zh
    assert lab.times == 0
    finish(desk, cheap, times=9)
    assert finish(desk, dear, times=9).remembered
    assert finish(desk, dear, times=7) and lab.times == 2


def test_the_desk_learns_how_long_runs_take(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    topic = make_topic(run=lab.run, cost=slow_cost)
    settings = validate(topic.settings, {"times": 3}, "en")
    assert desk.estimates.seconds(topic, settings) == 24.0
    ended = finish(desk, topic, times=1)
    assert desk.estimates.seconds(topic, settings) == pytest.approx(3 * ended.cost.seconds)


def test_short_runs_overtake_long_ones_and_everybody_is_told_the_expected_wait(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path)
    lab.go.clear()
    topic = make_topic(run=lab.run, cost=slow_cost)

    def ask(times: int, visitor: str) -> Iterator[Any]:
        settings = validate(topic.settings, {"times": times, "text": visitor}, "en")
        return desk.events(topic, settings, visitor=visitor)

    first = ask(3, "a")
    next(event for event in first if isinstance(event, Partial))
    long, short = ask(7, "b"), ask(1, "c")
    waits = [next(event for event in stream if isinstance(event, Waiting)) for stream in (long, short)]
    assert (waits[0].ahead, waits[0].seconds) == (1, pytest.approx(24, abs=3))
    assert (waits[1].ahead, waits[1].seconds) == (1, pytest.approx(24, abs=3)), (
        "before the long one, which can wait so long"
    )
    assert next(event for event in long if isinstance(event, Waiting) and event.ahead == 2).seconds == pytest.approx(
        32, abs=3
    )
    mine = ask(2, "a")
    assert next(event for event in mine if isinstance(event, Waiting)).ahead == 3, (
        "after the others: one run of a is under way"
    )
    lab.go.set()
    ends = {
        name: list(stream)[-1].computed for name, stream in (("a", first), ("b", long), ("c", short), ("mine", mine))
    }
    assert ends["a"] < ends["c"] < min(ends["b"], ends["mine"])


def test_in_a_full_line_a_remembered_example_is_there_at_once(tmp_path: Path) -> None:
    lab, desk = Counted(), make_desk(tmp_path, line=Line(longest=1))
    topic = make_topic(run=lab.run)
    assert desk.example(topic, Language.EN) is None
    finish(desk, topic, text="hello")
    only = desk.example(topic, Language.ZH)
    assert only is not None and only.settings.text == "hello", "no default, but an example"
    finish(desk, topic)
    lab.go.clear()
    busy = desk.events(topic, validate(topic.settings, {"text": "busy"}, "en"))
    next(event for event in busy if isinstance(event, Partial))
    with pytest.raises(LineFull):
        finish(desk, topic, text="mine")
    found = desk.example(topic, Language.EN)
    assert found is not None and found.remembered and found.settings == validate(topic.settings, {}, "en")
    lab.go.set()
    list(busy)


def test_the_log_has_what_was_remembered_and_what_was_refused_before_the_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "playground.running")
    desk = make_desk()
    finish(desk, make_topic(), text="mine")
    finish(desk, make_topic(), text="mine")
    with pytest.raises(PlaygroundError):
        finish(desk, make_topic(cost=lambda settings: Work(seconds=10.0 * settings.times)), text="mine", times=9)
    wait_for(lambda: len(caplog.records) == 3)
    endings = [
        re.fullmatch(r"run [0-9a-f]{8} of counting (\w+) after \d+\.\d s", one.getMessage()) for one in caplog.records
    ]
    assert {found and found[1] for found in endings} == {"finished", "remembered", "refused"}
