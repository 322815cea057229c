"""The numbers of a run of explainability: what every method says of each unit, how far they agree, and how they were tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.explanation.agreement import Band, Curve, rank_correlation
from playground.explanation.attribution import Weights
from playground.explanation.logit_lens import Lens
from playground.explanation.striking import Without
from playground.lab.text import Text


@dataclass(frozen=True)
class Method:
    """One method's `weights`, one for each unit. Attention's are shares of attention (0 to 1); all others are changes
    of the value.

    `low`, `high`: 95% intervals, () where the method has none. `fit`: weighted R² of a surrogate. `samples` drawn and
    `distinct` texts among them. `intercept`: of a surrogate, its value without any unit. These four are None for
    methods without. `reason`: why not to believe it, None where nothing speaks against it. `agreement`: Spearman's ρ
    with the Shapley values by size (−1 to 1), None for those themselves and where there are no ranks.
    """

    weights: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    fit: float | None
    samples: int | None
    distinct: int | None
    reason: Text | None
    agreement: float | None
    intercept: float | None = None

    @property
    def reliable(self) -> bool:
        """Whether nothing speaks against believing the weights."""
        return self.reason is None

    @property
    def heaviest(self) -> int | None:
        """The index of the unit with the largest weight by size, the first of equals; None where every weight is 0."""
        largest = max(abs(weight) for weight in self.weights)
        return None if largest == 0 else [abs(weight) for weight in self.weights].index(largest)

    @property
    def relative_spread(self) -> float | None:
        """Half of the widest interval over the largest weight by size; None without intervals or without any weight."""
        largest = max(abs(weight) for weight in self.weights)
        if not self.low or largest == 0:
            return None
        return max(high - low for low, high in zip(self.low, self.high, strict=True)) / 2 / largest


@dataclass(frozen=True)
class Areas:
    """Areas under the curves of the value over the share of units removed or put back: the mean height, on the value's
    scale.

    `methods`: by method. `random`: of the mean of the random orders; `random_low`, `random_high`: of their lowest and
    highest points.
    """

    methods: dict[str, float]
    random: float
    random_low: float
    random_high: float


@dataclass(frozen=True)
class AtSpaces:
    """LIME on the text cut at spaces and nowhere else. `features`: how many it has. `reliable`: whether they can be
    believed.
    """

    features: int
    reliable: bool


@dataclass(frozen=True)
class Features:
    """How many features a text has by each way of splitting. `spaces`: at spaces; `not_words`: at `\\W+`, lime's
    default; `words`, `characters`: in those.
    """

    spaces: int
    not_words: int
    words: int
    characters: int


@dataclass(frozen=True)
class Integral:
    """Integrated gradients. `baseline`: the value (0 to 1) of the text at the mean embedding; `gap`: sum over all
    tokens minus (value − baseline), 0 where the integral is complete.
    """

    baseline: float
    gap: float


@dataclass(frozen=True)
class Layers:
    """The logit lens at the last token, by layer from the embedding (0) to the last.

    `choices`: each layer's likeliest next token. `final`: each layer's probability (0 to 1) of the model's own
    likeliest next token. `settled`: the first layer from which on every choice is the model's own.
    """

    choices: tuple[str, ...]
    final: tuple[float, ...]
    settled: int


@dataclass(frozen=True)
class Findings:
    """What was explained, and what every method says.

    `units` of the text, in order. `token`: the next token whose probability is explained, None for a class. `value`:
    the explained probability (0 to 1) of the whole text. `layer`: the one whose state the value is computed from, of
    `layers`. `methods`: by name. `spearman`: by two names, of the sizes of their weights (−1 to 1), None where there
    are no ranks. `deletion`, `insertion`: how the value falls and rises by each method's order. `integral`: of
    integrated gradients. `perturbed`: texts that LIME put to the model. `sink`: share (0 to 1) of its attention that
    the last token of the bare text gives to the first token, over all layers and heads. `lens`: the logit lens at the
    last token. `at_spaces`: LIME where features are cut at spaces alone.

    `splits`, `chinese_splits`: numbers of features of the text, and of the Chinese sentence it is compared with.
    `struck`: the text without the units struck out, its value (0 to 1) and LIME's prediction of it; None where none is.
    """

    units: tuple[str, ...]
    token: str | None
    value: float
    layer: int
    layers: int
    methods: dict[str, Method]
    spearman: dict[str, dict[str, float | None]]
    deletion: Areas
    insertion: Areas
    integral: Integral
    perturbed: tuple[str, ...]
    sink: float
    lens: Layers
    at_spaces: AtSpaces
    splits: Features
    chinese_splits: Features
    struck: Without | None = None

    def heaviest(self, method: str) -> str | None:
        """The unit with the method's largest weight by size; None where every weight is 0."""
        index = self.methods[method].heaviest
        return None if index is None else self.units[index]


def methods(found: Mapping[str, Weights]) -> dict[str, Method]:
    """Every method's numbers, with its rank agreement with the Shapley values."""
    shapley = found["shapley"].weights
    return {
        name: Method(
            weights=tuple(float(weight) for weight in weights.weights),
            low=() if weights.low is None else tuple(float(low) for low in weights.low),
            high=() if weights.high is None else tuple(float(high) for high in weights.high),
            fit=weights.fit,
            samples=weights.samples,
            distinct=weights.distinct,
            reason=weights.reason,
            agreement=None if name == "shapley" else rank_correlation(weights.weights, shapley),
            intercept=weights.intercept,
        )
        for name, weights in found.items()
    }


def correlations(found: Mapping[str, Weights], kind: str = "spearman") -> dict[str, dict[str, float | None]]:
    """Spearman's ρ or Kendall's τ of every two methods, by size of weight."""
    return {a: {b: rank_correlation(found[a].weights, found[b].weights, kind) for b in found} for a in found}


def areas(curves: Mapping[str, Curve], random: Band) -> Areas:
    """The areas under the methods' curves and under those of random orders."""
    low, high = (Curve(random.mean.x, edge).area for edge in (random.low, random.high))
    return Areas({name: curve.area for name, curve in curves.items()}, random.mean.area, low, high)


def layers(choices: Sequence[str], lens: Lens) -> Layers:
    """The lens's last position. `choices`: the names of its tokens there, by layer."""
    tokens = lens.tokens[:, -1].tolist()
    others = [layer for layer, token in enumerate(tokens) if token != tokens[-1]]
    return Layers(tuple(choices), tuple(float(share) for share in lens.of[:, -1]), 1 + max(others, default=-1))
