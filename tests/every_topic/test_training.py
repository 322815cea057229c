"""The topics that train: curves that grow, visitors at the same time, and a shared model that stays as it was; on the tiny model."""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from playground import catalog
from playground.lab.bench import Bench
from playground.lab.panels import Lines, SideBySide, merged
from playground.lab.topic import Group
from playground.lab.validation import validate
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_llama, wrap
from tests.every_topic.topics import SLUGS, bytes_of
from tests.fakes import OneModel

# Drawings of a growing curve at least: a lab that draws at its end alone has one.
DRAWINGS = 5


@dataclass(frozen=True)
class Training:
    """A topic that trains. `live`: the panel whose curves grow; `small`: settings of a short run, `other` what another visitor has."""

    live: str
    small: dict[str, Any]
    other: dict[str, Any]


TRAININGS = {
    "overfitting": Training(
        "losses",
        {"examples": 20, "epochs": 8, "networks": 3, "a.width": 4, "b.width": 4, "b.augmentation": "delete"},
        {"corpus": "en", "noise": 0.0, "seed": 5},
    ),
    "incremental": Training(
        "old", {"seeds": 2, "steps": 20, "examples": 10}, {"data": "class", "rank": 3, "share": 0.3, "seed": 5}
    ),
    "multi-task": Training(
        "first_curve",
        {"seeds": 2, "steps": 10, "width": 3, "first": 12, "second": 6, "third": 12},
        {"tasks": "related", "seed": 5},
    ),
    "meta-learning": Training(
        "training",
        {"seeds": 2, "steps": 20, "text_steps": 10, "width": 8, "tasks": 2, "prompts": 1},
        {"labels": "fixed", "unseen": "larger", "seed": 5},
    ),
    "continual": Training(
        "curves",
        {"seeds": 2, "steps": 5, "width": 3, "examples": 10, "memory": 2},
        {"tasks": "sentiment", "scenario": "class", "seed": 5},
    ),
    "semi-supervised": Training(
        "rounds",
        {"labelled": 10, "unlabelled": 60, "rounds": 3, "seeds": 3, "bought": 5},
        {"reviews": "en", "threshold": 0.6, "seed": 5},
    ),
    "time-series": Training(
        "curves",
        {"series": "nile", "horizon": 4, "lags": 4, "origins": 3, "seeds": 2, "steps": 20, "samples": 4, "context": 8, "width": 4, "digits": 1},
        {"series": "sunspots", "leak": "scaling", "seed": 5},
    ),
}  # fmt: skip

# The scaffold's test runs in a copy that has other topics.
every_training = pytest.mark.parametrize("slug", [slug for slug in TRAININGS if slug in SLUGS])


def test_every_topic_that_trains_is_here() -> None:
    assert {topic.slug for topic in catalog.topics() if topic.group is Group.LEARNING} <= set(TRAININGS)


def drawings(slug: str, values: dict[str, Any], lm: LanguageModel) -> list[Any]:
    """What a lab yields, in order."""
    topic = catalog.find(slug)
    return list(topic.results(validate(topic.settings, values, "en"), Bench(OneModel(lm))))


def last(results: Sequence[Any]) -> str:
    return bytes_of(functools.reduce(merged, results))


@functools.cache
def alone(slug: str, other: bool = False) -> tuple[list[Any], str]:
    """A run on a model of its own, and its last state."""
    training = TRAININGS[slug]
    results = drawings(slug, training.small | (training.other if other else {}), wrap(tiny_llama()))
    return results, last(results)


def points(panel: Lines | SideBySide[Lines]) -> int:
    return sum(len(line.x) for line in panel.lines) if isinstance(panel, Lines) else points(panel.a) + points(panel.b)


@every_training
def test_curves_grow_while_it_trains(slug: str) -> None:
    results, _ = alone(slug)
    assert all(one.findings is None for one in results[:-1])
    seen = [getattr(one, TRAININGS[slug].live) for one in results[:-1]]
    counts = [points(panel) for panel in seen if panel is not None]
    assert sum(a < b for a, b in itertools.pairwise(counts)) >= DRAWINGS - 1, counts
    assert counts == sorted(counts)


@every_training
def test_visitors_of_one_topic_at_the_same_time_get_what_each_gets_alone(slug: str) -> None:
    """On one model, nothing kept of it yet: what a lab keeps as long as the model, both ask for at once."""
    training, lm, begun = TRAININGS[slug], wrap(tiny_llama()), threading.Barrier(2)

    def visit(values: dict[str, Any]) -> str:
        begun.wait(60)
        return last(drawings(slug, values, lm))

    with ThreadPoolExecutor(2) as visitors:
        together = list(visitors.map(visit, (training.small, training.small | training.other)))
    assert together == [alone(slug)[1], alone(slug, other=True)[1]]
    assert together[0] != together[1]


@every_training
def test_training_leaves_the_shared_model_as_it_was(slug: str) -> None:
    lm = wrap(tiny_llama())
    before = {name: value.clone() for name, value in lm.module.state_dict().items()}
    again = last(drawings(slug, TRAININGS[slug].small, lm))
    after = lm.module.state_dict()
    assert after.keys() == before.keys()
    assert all(after[name].equal(value) for name, value in before.items())
    assert not any(one.requires_grad or one.grad is not None for one in lm.module.parameters())
    assert not lm.module.training
    assert again == alone(slug)[1]
