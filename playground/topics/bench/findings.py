"""The numbers of a run of the bench: how both sides read the text, what they generated, what LIME says, and how fast they were."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from playground.evaluation.comparison import Comparison
from playground.explanation.attribution import Weights
from playground.explanation.striking import Without
from playground.generation.continuation import Continuation, parting
from playground.language.units import pieces, shown_pieces
from playground.models.language_model import LanguageModel

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Reader:
    """One side's weights on the text. `perplexity`: of the text; `to_base`: mean KL(baseline ‖ side) in nats per token;
    both None for a text of a single token. `weight_bytes`: storage that the weights hold, shared tensors counted once.
    """

    perplexity: float | None
    to_base: float | None
    weight_bytes: int


@dataclass(frozen=True)
class Largest:
    """The token of the text with the largest KL(A ‖ B). `token`: its number in the text, from 1; `text`: as it is
    shown. `divergence`: that KL in nats; `share`: of the sum over all tokens (0 to 1).
    """

    token: int
    text: str
    divergence: float
    share: float


@dataclass(frozen=True)
class Reading:
    """Both sides on the same text. `a`, `b`: each side's own figures. `divergence`: mean KL(A ‖ B) in nats per token,
    None for a text of a single token.

    `tokens`: predicted ones, all but the first. `largest`: None where A and B predict the same. `shared`: A and B have
    the same weights.
    """

    a: Reader
    b: Reader
    divergence: float | None
    shared: bool
    tokens: int = 0
    largest: Largest | None = None

    @property
    def perplexity_ratio(self) -> float | None:
        """B's perplexity over A's; None for a text of a single token."""
        if self.a.perplexity is None or self.b.perplexity is None:
            return None
        return self.b.perplexity / self.a.perplexity


@dataclass(frozen=True)
class Parting:
    """The first token that differs. `token`: its number in the continuation, from 1. `a`, `b`: what each side has
    there, None where it had ended.
    """

    token: int
    a: str | None
    b: str | None


@dataclass(frozen=True)
class Generated:
    """Both continuations. `a`, `b`: as text; `a_tokens`, `b_tokens`: their lengths in tokens, end token left out.
    `parting`: the first token that differs, None where all are the same.
    """

    a: str
    b: str
    a_tokens: int
    b_tokens: int
    parting: Parting | None


@dataclass(frozen=True)
class Lime:
    """LIME of one side. `value`: the explained probability (0 to 1) of the whole text. `weights`: one for each of the
    units.

    `low`, `high`: each weight's 95% interval over samples, empty where there is none. `fit`: weighted R² of the linear
    surrogate. `samples` drawn, `distinct` texts among them. `reliable`: nothing speaks against believing it.
    `agreement`: Spearman's ρ with leave-one-out by size (−1 to 1), None where there are no ranks. `intercept`: of the
    surrogate, its value without any unit. `struck`: the text without the units struck out, its value on this side and
    LIME's prediction of it; None where none is.
    """

    value: float
    weights: tuple[float, ...]
    fit: float | None
    samples: int
    distinct: int
    reliable: bool
    agreement: float | None
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    intercept: float | None = None
    struck: Without | None = None


@dataclass(frozen=True)
class Explained:
    """LIME of both sides. `units`: of the text, in order, the same for both. `a`, `b`: each side's weights, from the
    same samples.

    `same_target`: both explain the same number; not so where each side's own likeliest next token is explained and they
    differ.
    """

    units: tuple[str, ...]
    a: Lime
    b: Lime
    same_target: bool = True

    @property
    def separate(self) -> tuple[str, ...]:
        """The units whose intervals on A and B don't overlap."""
        sides = zip(self.units, self.a.low, self.a.high, self.b.low, self.b.high, strict=False)
        return tuple(unit for unit, a_low, a_high, b_low, b_high in sides if a_high < b_low or b_high < a_low)


@dataclass(frozen=True)
class Sinks:
    """`a`, `b`: the share (0 to 1) of each side's attention that the first token gets, over all layers, heads and later
    tokens of the text; None for a text of a single token.
    """

    a: float | None
    b: float | None


@dataclass(frozen=True)
class Measured:
    """Times of this run. `a_ms_per_token`, `b_ms_per_token`: median milliseconds of a decoding step, the prompt's step
    left out; None for fewer than two steps.

    Sides of the same weights are decoded in one batch and so have the same time.
    """

    a_ms_per_token: float | None
    b_ms_per_token: float | None


@dataclass(frozen=True)
class Findings:
    """What the bench found on both sides. `reading`: how they predict the text. `generated`: what they generate.
    `explained`: LIME of both. `measured`: times in milliseconds. `sinks`: attention on the first token.
    """

    reading: Reading
    generated: Generated
    explained: Explained
    measured: Measured
    sinks: Sinks = Sinks(None, None)


def read(a: LanguageModel, b: LanguageModel, ids: Sequence[int], compared: Comparison | None) -> Reading:
    """The figures of a text of `ids` that both sides have read. `compared` None: the text is a single token."""
    of_a, of_b = Reader(None, None, a.weight_bytes), Reader(None, None, b.weight_bytes)
    shared = a.module is b.module
    if compared is None:
        return Reading(of_a, of_b, None, shared)
    return Reading(
        replace(of_a, perplexity=compared.perplexity_a, to_base=compared.a_to_base),
        replace(of_b, perplexity=compared.perplexity_b, to_base=compared.b_to_base),
        float(compared.divergence.mean()),
        shared,
        len(compared.divergence),
        _largest(pieces(a, ids), [float(value) for value in compared.divergence]),
    )


def _largest(texts: Sequence[str], divergences: Sequence[float]) -> Largest | None:
    """`divergences`: of every token but the first."""
    most = max(divergences)
    if most <= 0:
        return None
    at = divergences.index(most) + 1
    return Largest(at + 1, texts[at], most, most / sum(divergences))


def sinks(a: Floats, b: Floats) -> Sinks:
    """The first token's share of both sides' attention, (layers, heads, length, length)."""
    return Sinks(*(float(side[:, :, 1:, 0].mean()) if side.shape[-1] > 1 else None for side in (a, b)))


def generated(a_model: LanguageModel, b_model: LanguageModel, a: Continuation, b: Continuation) -> Generated:
    """Both continuations, and where they diverge."""
    a_pieces, b_pieces = shown_pieces(a_model, a.ids), shown_pieces(b_model, b.ids)
    at = parting(a, b)
    parted = None
    if at is not None:
        parted = Parting(at + 1, *(pieces[at] if at < len(pieces) else None for pieces in (a_pieces, b_pieces)))
    return Generated("".join(a_pieces), "".join(b_pieces), len(a.ids), len(b.ids), parted)


def lime(weights: Weights, agreement: float | None) -> Lime:
    """One side's last weights. `agreement`: Spearman's ρ with leave-one-out."""
    return Lime(
        value=weights.value,
        weights=tuple(float(weight) for weight in weights.weights),
        fit=weights.fit,
        samples=weights.samples or 0,
        distinct=weights.distinct or 0,
        reliable=weights.reliable,
        agreement=agreement,
        low=() if weights.low is None else tuple(float(low) for low in weights.low),
        high=() if weights.high is None else tuple(float(high) for high in weights.high),
        intercept=weights.intercept,
    )


def measured(a_seconds: Sequence[float], b_seconds: Sequence[float]) -> Measured:
    """The median of the seconds of each side's decoding steps."""
    return Measured(_milliseconds(a_seconds), _milliseconds(b_seconds))


def _milliseconds(seconds: Sequence[float]) -> float | None:
    return 1000 * statistics.median(seconds) if seconds else None
