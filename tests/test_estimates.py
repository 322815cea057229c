"""Estimates are corrected by past runs, of the topic first, and outlast the process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playground.estimates import Estimates, by_formula
from playground.lab.cost import Work
from playground.lab.errors import PlaygroundError
from playground.lab.topic import AnyTopic
from playground.lab.validation import validate
from tests.fakes import Settings, make_topic


def cost(settings: Settings) -> Work:
    return Work(seconds=1.0 * settings.times)


def topic_of(**changes: Any) -> AnyTopic:
    return make_topic(**({"cost": cost} | changes))


def settings_of(topic: AnyTopic, **values: Any) -> Any:
    return validate(topic.settings, values, "en")


def test_without_a_past_run_the_formula_counts() -> None:
    topic = topic_of()
    assert by_formula(topic, settings_of(topic, times=4)) == 4.0
    assert Estimates().seconds(topic, settings_of(topic, times=4)) == 4.0


def test_a_topics_own_runs_correct_its_estimate_by_their_median() -> None:
    topic, estimates = topic_of(), Estimates()
    for times, took in ((1, 2.0), (2, 4.2), (3, 60.0)):
        estimates.learn(topic, settings_of(topic, times=times), took)
    assert estimates.seconds(topic, settings_of(topic, times=5)) == pytest.approx(5 * 2.1)
    for _ in range(5):
        estimates.learn(topic, settings_of(topic), 2.0)
    assert estimates.seconds(topic, settings_of(topic, times=5)) == pytest.approx(5.0), "the last ones alone count"


def test_a_topic_without_past_runs_is_corrected_by_those_of_others() -> None:
    known, new, estimates = topic_of(), topic_of(slug="other"), Estimates()
    estimates.learn(known, settings_of(known), 6.0)
    assert estimates.seconds(new, settings_of(new)) == pytest.approx(6.0)
    estimates.learn(new, settings_of(new), 2.0)
    assert estimates.seconds(new, settings_of(new)) == pytest.approx(2.0)
    assert estimates.seconds(known, settings_of(known)) == pytest.approx(6.0)


def test_what_was_learned_is_kept_and_nothing_of_a_visitors_is_in_it(tmp_path: Path) -> None:
    topic, path = topic_of(), tmp_path / "pace.json"
    Estimates(path).learn(topic, settings_of(topic, text="my own secret"), 6.0)
    assert Estimates(path).seconds(topic, settings_of(topic)) == pytest.approx(6.0)
    assert "secret" not in path.read_text()
    for damaged in (b"", b"[1]", b"{}", b'{"format": 1, "all": "x", "own": 3}', b"\xff"):
        path.write_bytes(damaged)
        assert Estimates(path).seconds(topic, settings_of(topic)) == 2.0


def test_what_was_learned_of_another_formula_says_nothing_of_this_one(tmp_path: Path) -> None:
    topic, path = topic_of(), tmp_path / "pace.json"
    Estimates(path).learn(topic, settings_of(topic), 6.0)
    changed = topic_of(cost=lambda settings: Work(seconds=0.5 * settings.times))
    estimates = Estimates(path)
    for _ in range(2):
        estimates.learn(topic_of(slug="third"), settings_of(topic), 2.0)
    assert estimates.seconds(topic, settings_of(topic)) == pytest.approx(6.0), "its own"
    assert estimates.seconds(changed, settings_of(changed)) == pytest.approx(1.0), "that of all runs"


def test_a_full_disk_is_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("no folder")
    topic, estimates = topic_of(), Estimates(folder / "pace.json")
    estimates.learn(topic, settings_of(topic), 6.0)
    assert estimates.seconds(topic, settings_of(topic)) == pytest.approx(6.0)


def test_a_run_of_more_than_a_minute_by_formula_is_refused_on_any_machine() -> None:
    topic, fast = topic_of(cost=lambda settings: Work(seconds=10.0 * settings.times)), Estimates()
    fast.check(topic, settings_of(topic, times=6))
    for _ in range(3):
        fast.learn(topic, settings_of(topic), 0.2)
    with pytest.raises(PlaygroundError) as error:
        fast.check(topic, settings_of(topic, times=7))
    assert error.value.field == "times"
    assert "take 6 at most" in error.value.message.en and "60 s" in error.value.message.en


def test_a_run_that_this_machine_would_not_end_in_time_is_refused_before_it_begins() -> None:
    topic, slow = topic_of(cost=lambda settings: Work(seconds=5.0 * settings.times)), Estimates()
    for _ in range(3):
        slow.learn(topic, settings_of(topic, times=1), 25.0)
    slow.check(topic, settings_of(topic, times=7))
    with pytest.raises(PlaygroundError) as error:
        slow.check(topic, settings_of(topic, times=8))
    assert "180 s" in error.value.message.en and "take 7 at most" in error.value.message.en
