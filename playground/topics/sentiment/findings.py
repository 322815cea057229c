"""The numbers of a run of sentiment: what each method says of A and of B, what the probe's answers rest on, how often each method is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from playground.explanation.agreement import rank_correlation
from playground.explanation.attribution import Weights
from playground.explanation.removal import Removable
from playground.explanation.striking import Without
from playground.topics.sentiment.change import Change
from playground.topics.sentiment.clauses import JudgedClause
from playground.topics.sentiment.judgement import judge
from playground.topics.sentiment.methods import Counted, Hits
from playground.topics.sentiment.record import Learned, Reliability, Share, learned, record


@dataclass(frozen=True)
class Explained:
    """One method's explanation of the probe's answer to one text.

    `units`: what the text is cut into, neighbours merged in a long one. `weights`: what each adds to p(positive), in
    the order of `units`. `value`: p(positive) of the text (0 to 1). `baseline`: of the text without its units, None for
    a method that doesn't ask for it. `fit`: weighted R² of LIME's linear surrogate, `intercept`: its value without any
    unit, None for other methods. `reliable`: False where the panel is grey. `agreement`: Spearman's rank correlation
    with leave-one-out (−1 to 1), None for leave-one-out itself and where there are no ranks.
    """

    units: tuple[str, ...]
    weights: tuple[float, ...]
    value: float
    baseline: float | None
    fit: float | None
    reliable: bool
    agreement: float | None
    intercept: float | None = None


@dataclass(frozen=True)
class Attended:
    """Shares (0 to 1) of the last token's attention in the probe's pass, mean over its layers and heads: to the `first`
    token, to the one `other` token that gets most (not counting itself), to the tokens of the `text` together.
    """

    first: float
    other: float
    text: float


@dataclass(frozen=True)
class Side:
    """One text, `text`. `probabilities`: p(positive) by method (0 to 1; exactly 0.5 is no answer).

    `judgements`: the class that each of these is called, a key of JUDGEMENTS. `clauses`: its first twelve clauses.
    `leave_one_out`, `lime`, `shapley`: what the probe's answer rests on, by each of these methods. `attended`: where
    its last token reads. `struck`: the probe's p(positive) of the text without the units struck out, and LIME's
    prediction of it; None where none is.
    """

    text: str
    probabilities: dict[str, float]
    judgements: dict[str, str]
    clauses: tuple[JudgedClause, ...]
    leave_one_out: Explained
    lime: Explained
    shapley: Explained
    attended: Attended
    struck: Without | None = None


@dataclass(frozen=True)
class Findings:
    """Both texts, `a` and `b`, and how often each method is right.

    `change`: how B was made of A ("negation", "intensifier" or "swap"), None where B was typed. `prior`: p(positive)
    that the prompted model gives an empty text, by language. `hard_sentences`: how many of A's language each method
    gets right, by category and method; `pairs`: of how many pairs both. Measured beforehand with the base weights:
    `accuracies` by method and language on held-out texts, `seen` by method on reviews that it was fitted to,
    `reliability` of the probe by language, `learned`: what the probe learnt from.
    """

    a: Side
    b: Side
    change: str | None
    prior: dict[str, float]
    hard_sentences: dict[str, dict[str, Hits]]
    pairs: dict[str, dict[str, Hits]]
    accuracies: dict[str, dict[str, Share]]
    seen: dict[str, Share]
    reliability: dict[str, Reliability]
    learned: Learned

    def pair(self, method: str) -> tuple[float, float]:
        """p(positive) of A and of B by a method."""
        return self.a.probabilities[method], self.b.probabilities[method]

    def flips(self, method: str) -> bool:
        """Whether a method puts A and B on opposite sides of one half; exactly one half is on neither."""
        a, b = self.pair(method)
        return min(a, b) < 0.5 < max(a, b)

    @property
    def flipping(self) -> tuple[str, ...]:
        """The methods that put A and B on opposite sides of one half."""
        return tuple(method for method in self.a.probabilities if self.flips(method))

    @property
    def opposed(self) -> bool:
        """Whether B was made of A by a change that should reverse the sentiment."""
        return self.change in ("negation", "swap") and self.a.text != self.b.text


def find(
    text: str,
    b: Change,
    probabilities: Mapping[str, tuple[float, float]],
    clauses: Sequence[tuple[JudgedClause, ...]],
    explained: Sequence[tuple[Explained, Explained, Explained]],
    attended: Sequence[Attended],
    prior: Mapping[str, float],
    hard_sentences: Counted,
    pairs: Counted,
) -> Findings:
    """Puts a run's numbers together. `explained`: of A and of B by leave-one-out, LIME and Shapley values."""
    a_side, b_side = (
        Side(
            text=(text, b.text)[side],
            probabilities={method: pair[side] for method, pair in probabilities.items()},
            judgements={method: judge(pair[side]) for method, pair in probabilities.items()},
            clauses=clauses[side],
            leave_one_out=explained[side][0],
            lime=explained[side][1],
            shapley=explained[side][2],
            attended=attended[side],
        )
        for side in (0, 1)
    )
    known = record()
    return Findings(
        a_side,
        b_side,
        b.kind,
        dict(prior),
        hard_sentences,
        pairs,
        known.accuracies,
        known.seen,
        known.reliability,
        learned(),
    )


def attend(weights: npt.NDArray[np.floating], own: range) -> Attended:
    """Averages the last token's attention over layers and heads. `own`: the positions of the text."""
    row = weights[:, :, -1].mean((0, 1)).astype(np.float64)
    others = row[1:-1]
    return Attended(float(row[0]), float(others.max()) if len(others) else 0.0, float(row[own.start : own.stop].sum()))


def explain(
    parts: Removable, alone: Weights, by_lime: Weights, fair: Weights
) -> tuple[Explained, Explained, Explained]:
    """Reads the findings off one text's weights by leave-one-out, LIME and Shapley values."""
    return (
        _explained(parts, alone, None),
        _explained(parts, by_lime, rank_correlation(by_lime.weights, alone.weights)),
        _explained(parts, fair, rank_correlation(fair.weights, alone.weights)),
    )


def _explained(parts: Removable, weights: Weights, agreement: float | None) -> Explained:
    return Explained(
        parts.names,
        tuple(float(weight) for weight in weights.weights),
        weights.value,
        weights.baseline,
        weights.fit,
        weights.reliable,
        agreement,
        weights.intercept,
    )
