"""Reads what `measure` wrote: how often each method is right, on texts seen in training and unseen, and how the probe is calibrated;
and what the probe's training reported of itself.

All of it was measured beforehand with the base weights.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.evaluation.calibration import Bin
from playground.learning import sentiment

FILE = Path(__file__).with_name("accuracies.json")


@dataclass(frozen=True)
class Share:
    """An `accuracy` on those of `count` texts for which a method has an answer, `answered` of them; 95% interval `low` to `high` (0 to 1)."""

    accuracy: float
    low: float
    high: float
    count: int
    answered: int

    @property
    def coverage(self) -> float:
        """Share of the texts for which there is an answer."""
        return self.answered / self.count

    @property
    def width(self) -> float:
        """Width of the interval."""
        return self.high - self.low

    @property
    def words(self) -> str:
        """The accuracy with its interval."""
        return f"{self.accuracy:.0%} [{self.low:.0%}, {self.high:.0%}]"


@dataclass(frozen=True)
class Reliability:
    """p(positive) of the probe against how often the text is positive. `bins`: of equal width, without the empty ones; in each `right`
    counts the positive texts. `error`: expected calibration error over these bins. `brier`: Brier score, with no bins."""

    bins: tuple[Bin, ...]
    error: float
    brier: float

    def at(self, probability: float) -> Bin | None:
        """Returns the bin of a probability, None where no text fell into it."""
        return next((one for one in self.bins if one.low < probability <= one.high), None)


@dataclass(frozen=True)
class Record:
    """`accuracies`: by method and language, on held-out texts. `seen`: by method, on Chinese reviews that it was fitted to.

    `reliability`: the probe's, by language, on held-out texts.
    """

    accuracies: dict[str, dict[str, Share]]
    seen: dict[str, Share]
    reliability: dict[str, Reliability]


@dataclass(frozen=True)
class Learned:
    """What the probe was trained on: `chinese` and `english` reviews, which count as much together.

    `chinese_alone`: on the English sentences, of a probe that saw no English label (frame and layer are the same). `unseen_domain`: on
    English reviews, each judged by a probe that was trained without those of its domain.
    """

    chinese: int
    english: int
    chinese_alone: Share
    unseen_domain: Share


def learned() -> Learned:
    """Reads what the probe's training has reported."""
    report = sentiment.load().report
    return Learned(
        report["sizes"]["train"],
        report["sizes"]["english_train"],
        _reported(report["chinese_alone"]["english"]),
        _reported(report["unseen_domains"]),
    )


def _reported(score: Mapping[str, Any]) -> Share:
    return Share(score["accuracy"], score["low"], score["high"], score["count"], score["count"])


@functools.cache
def record() -> Record:
    """Reads the file once."""
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return Record(
        {
            name: {language: Share(**share) for language, share in found.items()}
            for name, found in data["methods"].items()
        },
        {name: Share(**share) for name, share in data["seen"].items()},
        {language: _reliability(found) for language, found in data["reliability"].items()},
    )


def _reliability(data: Mapping[str, Any]) -> Reliability:
    return Reliability(tuple(Bin(**one) for one in data["bins"]), data["error"], data["brier"])
