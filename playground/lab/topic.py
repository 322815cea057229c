"""A topic: a pure function with typed controls and typed panels, and the words around it. Knows no page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from playground.lab.bench import Bench
from playground.lab.text import Label, Language, Text


class Group(Enum):
    """The page's group tabs, in their order."""

    BENCH = "bench"
    EFFICIENCY = "efficiency"
    GENERATION = "generation"
    LANGUAGE = "language"
    UNDERSTANDING = "understanding"
    LEARNING = "learning"
    EXPLANATION = "explanation"

    @property
    def title(self) -> Text:
        return _GROUP_TITLES[self]


_GROUP_TITLES = {
    Group.BENCH: Text(zh="工作台", en="Bench"),
    Group.EFFICIENCY: Text(zh="效率与部署", en="Efficiency"),
    Group.GENERATION: Text(zh="生成", en="Generation"),
    Group.LANGUAGE: Text(zh="中文与多语言", en="Languages"),
    Group.UNDERSTANDING: Text(zh="理解任务", en="Understanding"),
    Group.LEARNING: Text(zh="训练方法", en="Training"),
    Group.EXPLANATION: Text(zh="可解释性", en="Explanation"),
}


@dataclass(frozen=True)
class Outcome:
    """What came out, for a Prediction: the right choice's value or the number, and a sentence with the evidence."""

    answer: str | float
    evidence: Text


@dataclass(frozen=True)
class Prediction:
    """A question put before the run. `outcome` reads the truth from the Result alone; None: the run can't tell.

    `options`: value to label, for a choice. Without options a number from `low` to `high` is asked, right when it is
    within `tolerance` (a share of the true value).
    """

    question: Text
    outcome: Callable[[Any], Outcome | None]
    options: tuple[tuple[str, Label], ...] = ()
    low: float = 0.0
    high: float = 100.0
    tolerance: float = 0.25

    def right(self, guess: str | float, outcome: Outcome) -> bool:
        """Whether a guess counts as right."""
        if self.options:
            return guess == outcome.answer
        return abs(float(guess) - float(outcome.answer)) <= self.tolerance * abs(float(outcome.answer))


@dataclass(frozen=True)
class Example:
    """A named set of values by dotted name; a Text value is taken in the page's language."""

    label: Text
    values: Mapping[str, Any]

    def in_(self, language: Language | str) -> dict[str, Any]:
        return {name: value.in_(language) if isinstance(value, Text) else value for name, value in self.values.items()}


@dataclass(frozen=True)
class Failure(Example):
    """Settings under which the method visibly fails. `expect` says what must be seen; `seen` checks it (a test does)."""

    expect: Text
    seen: Callable[[Any, Any], bool]


@dataclass(frozen=True)
class FollowUp:
    """A question that an interviewer would ask on seeing this result, with its answer."""

    question: Text
    answer: Text


def no_follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """For a topic whose follow-ups all stand in its card."""
    return ()


@dataclass(frozen=True)
class Topic:
    """Everything that page, API, command line and tests need of a topic.

    `run` yields Results as panels become ready; the last one is the whole. `text_field`: the setting that the bench
    fold takes its text from, "" for none. `seconds`: the run's time limit. `code`: the real functions that the page
    lists, most telling first. The question and the answers stand in the card (zh.md, en.md) beside the lab.
    """

    number: int
    slug: str
    title: Text
    group: Group
    settings: type
    result: type
    run: Callable[[Any, Bench], Iterator[Any]]
    prediction: Prediction
    failures: tuple[Failure, ...]
    examples: tuple[Example, ...]
    followups: Callable[[Any, Any], tuple[FollowUp, ...]] = no_follow_ups
    text_field: str = "text"
    seconds: float = 180.0
    code: tuple[Callable[..., Any], ...] = field(default=())
