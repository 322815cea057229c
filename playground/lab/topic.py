"""Defines a topic: a pure function from typed controls to typed findings and panels, with its texts. Knows no page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from playground.lab.bench import Bench
from playground.lab.cost import Work
from playground.lab.panels import PanelField, merged, panels_of
from playground.lab.text import Label, Language, Text

S = TypeVar("S")  # Settings: the controls' values
F = TypeVar("F")  # Findings: named numbers of a run
F_co = TypeVar("F_co", covariant=True)


class HasFindings(Protocol[F_co]):
    """A Result: panels, and findings once computed."""

    @property
    def findings(self) -> F_co | None: ...


R = TypeVar("R", bound=HasFindings[Any])


class Group(Enum):
    """The page's group tabs, in page order."""

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
    """The answer to a Prediction: the correct choice's value or the number, and a sentence of evidence."""

    answer: str | float
    evidence: Text


@dataclass(frozen=True)
class Prediction(Generic[S, F]):
    """A question asked before the run. `outcome` computes the answer from the findings; None if these settings can't answer it.

    `options`: value to label, for a choice. Without options the guess is a number from `low` to `high`, correct when
    within `tolerance` (relative to the true value).
    """

    question: Text
    outcome: Callable[[S, F], Outcome | None]
    options: tuple[tuple[str, Label], ...] = ()
    low: float = 0.0
    high: float = 100.0
    tolerance: float = 0.25

    def right(self, guess: str | float, outcome: Outcome) -> bool:
        """Returns whether a guess is correct."""
        if self.options:
            return guess == outcome.answer
        return abs(float(guess) - float(outcome.answer)) <= self.tolerance * abs(float(outcome.answer))


@dataclass(frozen=True)
class Example:
    """A named set of values by dotted name; a Text value is resolved in the page's language."""

    label: Text
    values: Mapping[str, Any]

    def in_(self, language: Language | str) -> dict[str, Any]:
        """Returns the values in one language."""
        return {name: value.in_(language) if isinstance(value, Text) else value for name, value in self.values.items()}


@dataclass(frozen=True)
class Failure(Example, Generic[S, F]):
    """Settings under which the method visibly fails. `expect` describes the failure; `seen` checks for it: in a test, and on the page after a run."""

    expect: Text
    seen: Callable[[S, F], bool]


@dataclass(frozen=True)
class Claim(Generic[S, F]):
    """A sentence of the cards about the lab's result, with the run that shows it (a test runs it in both languages).

    `sentence`: copied from the zh and en cards. `values`: settings by dotted name, Text values by language; if equal to the
    defaults or an example, that run is reused. `holds`: whether the findings confirm the sentence.
    """

    sentence: Text
    values: Mapping[str, Any]
    holds: Callable[[S, F], bool]

    def in_(self, language: Language | str) -> dict[str, Any]:
        """Returns the values in one language."""
        return Example(self.sentence, self.values).in_(language)


@dataclass(frozen=True)
class Pinned:
    """A sentence of the cards about how the lab or the model is made, with the test that would fail if it weren't so.

    `sentence`: copied from the zh and en cards. `test`: the file, from the repository's root, "::" and the function.
    """

    sentence: Text
    test: str


@dataclass(frozen=True)
class Aside:
    """A sentence of the cards that sounds as if it spoke of the lab and doesn't. `reason`: what it speaks of."""

    sentence: Text
    reason: str


@dataclass(frozen=True)
class FollowUp:
    """A question that an interviewer would ask about this result, with its answer."""

    question: Text
    answer: Text


@dataclass(frozen=True)
class Sequel(Generic[S, R, F]):
    """What clicks on a result add to it, so that a click needn't compute everything anew.

    `base(settings)`: the settings without the clicks, equal to `settings` if there are none. `run(settings, findings, bench)`: the
    findings with the clicks, given those of the base. `draw(result, findings)`: the panels that show them, given the base's.
    """

    base: Callable[[S], S]
    run: Callable[[S, F, Bench], F]
    draw: Callable[[R, F], R]


@dataclass(frozen=True)
class Topic(Generic[S, R, F]):
    """A topic, as used by the page, API, command line and tests.

    `run` yields Results with only the new panels, and finally the findings; `running` merges them. `cost`: the work of a run by its
    settings, estimated. `verdict`: the result in one sentence. `verdict_panels`: names of the panels that show what it says. `text_field`: the setting whose text the bench section uses, "" for none.
    `seconds`: time limit of a run. `leads`: names of the three or four panels that answer the question, in page order; the others are
    folded below them. () where there are no more than four. `code`: functions whose source the page lists, most relevant first.
    `claims`, `pinned`, `asides`: what the cards say of the lab, and what shows it. `sequel`: what clicks on a result add to it. Question and answers are in zh.md and en.md beside lab.py.
    """

    number: int
    slug: str
    title: Text
    group: Group
    settings: type[S]
    result: type[R]
    run: Callable[[S, Bench], Iterator[R]]
    cost: Callable[[S], Work]
    prediction: Prediction[S, F]
    verdict: Callable[[S, F], Text]
    followups: Callable[[S, F], tuple[FollowUp, ...]]
    failures: tuple[Failure[S, F], ...]
    examples: tuple[Example, ...]
    code: tuple[Callable[..., Any], ...]
    claims: tuple[Claim[S, F], ...] = ()
    pinned: tuple[Pinned, ...] = ()
    asides: tuple[Aside, ...] = ()
    leads: tuple[str, ...] = ()
    verdict_panels: tuple[str, ...] = ()
    text_field: str = "text"
    seconds: float = 180.0
    sequel: Sequel[S, R, F] | None = None

    @property
    def leading(self) -> tuple[PanelField, ...]:
        """Returns the panels that are shown at once, in page order. Raises KeyError for a lead that is no panel."""
        panels = {item.name: item for item in panels_of(self.result)}
        return tuple(panels[name] for name in self.leads) if self.leads else tuple(panels.values())

    @property
    def folded(self) -> tuple[PanelField, ...]:
        """Returns the panels that are folded below them, in the order of the Result."""
        return tuple(item for item in panels_of(self.result) if self.leads and item.name not in self.leads)

    @property
    def panels(self) -> tuple[PanelField, ...]:
        """Returns every panel in page order."""
        return (*self.leading, *self.folded)

    def base(self, settings: S) -> S:
        """Returns the settings whose Result `sequel` adds to: the same where there is nothing to add."""
        return self.sequel.base(settings) if self.sequel else settings

    def results(self, settings: S, bench: Bench, before: R | None = None) -> Iterator[R]:
        """Yields what `run` does, then what the sequel adds. `before`: the whole Result of `base(settings)`, if it is known already."""
        base = self.base(settings)
        if self.sequel is None or base == settings:
            yield from self.run(settings, bench)
            return
        result = before
        # The base's findings aren't this run's: a reader who waits for findings gets those with the clicks.
        if before is not None:
            yield _without_findings(before)
        for new in self.run(base, bench) if before is None else ():
            result = merged(result, new)
            yield _without_findings(new)
        if result is not None and result.findings is not None:
            yield self.sequel.draw(result, self.sequel.run(settings, result.findings, bench))


def _without_findings(result: Any) -> Any:
    return replace(result, findings=None)


# A topic of any settings, results and findings, for generic code.
AnyTopic = Topic[Any, Any, Any]
