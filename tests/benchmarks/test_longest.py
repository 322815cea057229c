"""The longest run that a topic takes, and how its checkpoints are watched. No model is asked."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from benchmarks import longest
from benchmarks.longest import grown, measure
from playground import catalog
from playground.estimates import Estimates, by_formula
from playground.lab.bench import Bench
from playground.lab.cost import Work
from playground.lab.limits import LONGEST_SECONDS
from playground.lab.text import Language
from playground.lab.validation import validate
from tests.every_topic.topics import every_topic
from tests.fakes import NoModels, Result, Settings, make_topic, run


def cost(settings: Settings) -> Work:
    return Work(seconds=0.4 * settings.times * len(settings.text) * (2 if settings.loud else 1) + len(settings.note))


def test_the_cheap_fields_are_taken_whole_and_the_dearest_is_cut_to_fit() -> None:
    topic = make_topic(cost=cost)
    values = grown(topic, Language.EN)
    settings = validate(topic.settings, values, Language.EN)
    assert settings.loud and "seed" not in values, "what adds little is there, what costs nothing isn't"
    assert LONGEST_SECONDS - 0.8 * 9 < by_formula(topic, settings) <= LONGEST_SECONDS


def test_where_everything_together_is_below_the_limit_it_is_what_costs_most() -> None:
    values = grown(make_topic(cost=lambda settings: Work(seconds=0.1 * settings.times - 0.01 * settings.share)))
    assert values == {"times": 9, "share": 0.0}


@every_topic
def test_the_longest_run_of_a_topic_is_taken_and_near_the_limit_or_the_most_there_is(slug: str) -> None:
    topic = catalog.find(slug)
    settings = validate(topic.settings, grown(topic), Language.ZH)
    Estimates().check(topic, settings)
    default = by_formula(topic, validate(topic.settings, {}, Language.ZH))
    assert default < by_formula(topic, settings) <= LONGEST_SECONDS


def test_the_longest_time_between_two_checkpoints_is_noted() -> None:
    def silent(settings: Settings, bench: Bench) -> Iterator[Result]:
        for _ in range(2):
            bench.checkpoint()
            time.sleep(0.3)
        bench.checkpoint()
        yield from run(settings, bench)

    one = measure(make_topic(run=silent), NoModels())  # type: ignore[arg-type]
    assert one.took > one.gap >= 0.3 and not one.refused
    assert one.took >= 0.6, "two of them"
    found = longest.table([one])
    assert found.rows[0][0] == "counting" and "Stop heard later than 1 s: none" in found.notes


def test_what_is_too_long_or_deaf_is_named() -> None:
    slow = longest.Longest("slow", 59.0, 75.0, 0.0, 0.2, ("Text",))
    deaf = longest.Longest("deaf", 59.0, 50.0, 0.0, 1.2, ("Steps",))
    refused = longest.Longest("refused", 59.0, 99.0, 0.0, 9.0, (), "Too few lines.")
    found = longest.table([slow, deaf, refused])
    assert found.notes.startswith("Longer than 60 s: slow. Stop heard later than 1 s: deaf.")
    assert found.rows[2][3] == "Too few lines."


@pytest.mark.parametrize("size", [0.05, 0.3])
def test_a_lap_is_cut_at_every_checkpoint(size: float) -> None:
    bench = longest.WatchedBench(NoModels())  # type: ignore[arg-type]
    for _ in range(3):
        time.sleep(size)
        bench.checkpoint()
    assert size <= bench.longest and bench.longest < 2.5 * size
