"""Implements LIME (Ribeiro, Singh and Guestrin 2016) for texts: removes random units and fits a weighted ridge regression.

Sampling, kernel and ridge are those of the `lime` package, so equal samples give equal weights; every distinct text is
computed once. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from playground.explanation.attribution import Numbers, Weights
from playground.explanation.removal import Masks, Removable
from playground.explanation.values import Remembered, ValueFunction
from playground.lab.text import Text
from playground.lab.token_panels import Perturbed

# Two-sided 95% quantiles of Student's t for 1 to 15 degrees of freedom: one fewer than the rounds.
_T95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
ROUNDS = 8
LEAST_ROUNDS = 4


def lime(
    parts: Removable,
    value: ValueFunction,
    *,
    samples: int = 256,
    seed: int = 0,
    rounds: int = ROUNDS,
    settle: float = 0.15,
) -> Iterator[Weights]:
    """Yields weights after each round, the last the most precise. A round is `samples / rounds` samples with its own seed.

    Weights are fitted to all samples so far. `low` and `high` are 95% jackknife intervals over rounds, which estimate the
    variation between seeds. Stops early, from the fourth round on, if every interval's half-width is at most `settle` times
    the largest weight. At most `samples` texts are computed.
    """
    sizes = [len(chunk) for chunk in np.array_split(np.arange(samples), max(1, min(rounds, samples // 2)))]
    remembered = value if isinstance(value, Remembered) else Remembered(value)
    drawn: list[Masks] = []
    found: list[Numbers] = []
    texts: list[str] = []
    for number, size in enumerate(sizes):
        masks = draw(len(parts), size, seed + number)
        drawn.append(masks)
        perturbed = parts.texts(masks)
        texts += perturbed
        found.append(remembered(perturbed))
        weights = _weights(drawn, found, texts)
        yield weights
        if number + 1 >= LEAST_ROUNDS and _settled(weights, settle):
            return


def draw(units: int, samples: int, seed: int) -> Masks:
    """Samples masks (samples, units); the first keeps all. The number removed is uniform from 1 to all, and so are the units.

    The same masks in the same order as `lime.lime_text.LimeTextExplainer` with `random_state=seed`.
    """
    random = np.random.RandomState(seed)  # the generator of the `lime` package, for the same samples
    masks = np.ones((samples, units), bool)
    for row, taken in enumerate(random.randint(1, units + 1, samples - 1), start=1):
        masks[row, random.choice(range(units), taken, replace=False)] = False
    return masks


def kernel(masks: Masks) -> Numbers:
    """Returns the weight of each sample: sqrt(exp(−d² / 25²)), d = 100 × the cosine distance to the full mask."""
    kept = masks.mean(1)
    distance = 100 * (1 - np.sqrt(kept))
    return np.asarray(np.sqrt(np.exp(-(distance**2) / 25**2)))


def fit(masks: Masks, values: Numbers, ridge: float = 1.0) -> tuple[Numbers, float, float]:
    """Fits a weighted ridge regression of values on masks; returns coefficients (units,), intercept, weighted R²."""
    weights = kernel(masks)
    x, y = masks.astype(float), np.asarray(values, float)
    x_mean, y_mean = np.average(x, 0, weights), np.average(y, weights=weights)
    scaled = (x - x_mean) * weights[:, None]
    coefficients = np.linalg.solve(scaled.T @ (x - x_mean) + ridge * np.eye(x.shape[1]), scaled.T @ (y - y_mean))
    intercept = y_mean - x_mean @ coefficients
    left = np.average((y - intercept - x @ coefficients) ** 2, weights=weights)
    spread = np.average((y - y_mean) ** 2, weights=weights)
    return coefficients, float(intercept), float(1 - left / spread) if spread > 0 else 0.0


def _weights(drawn: list[Masks], found: list[Numbers], texts: list[str]) -> Weights:
    masks, values = np.concatenate(drawn), np.concatenate(found)
    coefficients, intercept, r_squared = fit(masks, values)
    low = high = None
    if len(drawn) > 1:
        half = _half_widths(drawn, found)
        low, high = coefficients - half, coefficients + half
    distinct = len(set(texts))
    return Weights(
        coefficients, float(values[0]), low, high, fit=r_squared, samples=len(masks), distinct=distinct, seeds=len(drawn),
        reason=doubt(masks, values, coefficients, low, high, r_squared), perturbed=examples(texts, values),
        intercept=intercept,
    )  # fmt: skip


def _half_widths(drawn: list[Masks], found: list[Numbers]) -> Numbers:
    count = len(drawn)
    without = np.stack([
        fit(np.concatenate(drawn[:gone] + drawn[gone + 1 :]), np.concatenate(found[:gone] + found[gone + 1 :]))[0]
        for gone in range(count)
    ])  # fmt: skip
    error = np.sqrt((count - 1) / count * ((without - without.mean(0)) ** 2).sum(0))
    return np.asarray(_T95[min(count - 1, len(_T95)) - 1] * error)


def _settled(weights: Weights, settle: float) -> bool:
    if weights.low is None or weights.high is None:
        return False
    return bool((weights.high - weights.low).max() / 2 <= settle * np.abs(weights.weights).max())


def doubt(
    masks: Masks, values: Numbers, coefficients: Numbers, low: Numbers | None, high: Numbers | None, r_squared: float
) -> Text | None:
    """Returns the first reason why the weights are unreliable, or None."""
    units = masks.shape[1]
    if units == 1:
        return Text(
            zh="整段文本只有一个单元：只能整段去掉，分不出哪个词重要。",
            en="The whole text is a single unit: it can only be removed as a whole, and no word can be told from another.",
        )
    distinct = len(np.unique(masks, axis=0))
    if distinct < min(2 * units, 2**units):
        return Text(
            zh="只有 {distinct} 个不同的样本，要定 {units} 个权重至少需要 {needed} 个。",
            en="Only {distinct} distinct samples for {units} weights; at least {needed} are needed.",
        ).format(distinct=distinct, units=units, needed=min(2 * units, 2**units))
    spread = float(values.max() - values.min())
    if spread < 0.02 * max(float(np.abs(values).max()), 1e-12):
        return Text(
            zh="饱和：怎么去词，值都在 {low} 到 {high} 之间，没有可解释的变化。",
            en="Saturated: whatever is removed, the value stays between {low} and {high}; there is no change to explain.",
        ).format(low=f"{values.min():.4g}", high=f"{values.max():.4g}")
    if r_squared < 0.5:
        return Text(
            zh="线性代理只解释了 {share} 的方差（R²）：词与词的相互作用、值的弯曲，它都表达不了。",
            en="The linear surrogate explains only {share} of the variance (R²): it can't express interactions of words or a curved value.",
        ).format(share=f"{max(r_squared, 0):.0%}")
    top = int(np.abs(coefficients).argmax())
    if low is not None and high is not None and low[top] <= 0 <= high[top]:
        return Text(
            zh="连最大的权重，其误差区间都包含 0：换一个随机种子，结论可能就变了。",
            en="Even the largest weight's interval includes 0: another seed may tell another story.",
        )
    return None


def examples(texts: list[str], values: Numbers, count: int = 12) -> tuple[Perturbed, ...]:
    """Selects perturbed texts, from the one whose value differs most from the first text's to the one that differs least."""
    known = dict(zip(texts, map(float, values), strict=True))
    whole = known.pop(texts[0])
    order = sorted(known, key=lambda text: -abs(known[text] - whole))
    places = np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)
    return tuple(Perturbed(order[place], known[order[place]]) for place in places)
