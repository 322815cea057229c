"""Measures how well translations find each other in a space: raw, mean removed, rotated, by cosine or CSLS. Knows no reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.lab.text import Language
from playground.statistics.intervals import Share, bootstrap, bootstrap_mean, share
from playground.statistics.paired import mcnemar
from playground.topics.cross_lingual.alignment import NEAR_IDENTITY, procrustes, unit
from playground.topics.cross_lingual.retrieval import csls, k_occurrence, mixed_ranks, ranks, skewness

ZH, EN = Language.ZH, Language.EN


@dataclass(frozen=True)
class Space:
    """A way to compare sentences. `removed`: whether each language's mean is. `rotation`: the map of English vectors.
    `scoring`: "cosine" or "csls".
    """

    removed: bool
    rotation: str = "none"  # "none", "near" (kept near the identity) or "free"
    scoring: str = "cosine"


@dataclass(frozen=True)
class Mapped:
    """Unit vectors of both languages in one space, and what maps more sentences into it."""

    vectors: Mapping[Language, Tensor]
    means: Mapping[Language, Tensor | None]
    rotation: Tensor | None

    def place(self, states: Tensor, language: Language) -> Tensor:
        """Maps raw states (texts, hidden) of a language to unit vectors."""
        vectors = unit(states, self.means[language])
        return vectors if self.rotation is None or language is ZH else vectors @ self.rotation


def rotation_of(pairs: Mapping[Language, Tensor], space: Space) -> Tensor | None:
    """Fits the map of English onto Chinese vectors on raw states of pairs, by language (pairs, hidden)."""
    if space.rotation == "none":
        return None
    zh, en = (unit(pairs[one], pairs[one].float().mean(0) if space.removed else None) for one in (ZH, EN))
    return procrustes(en, zh, NEAR_IDENTITY if space.rotation == "near" else 0.0)


def map_into(states: Mapping[Language, Tensor], space: Space, rotation: Tensor | None) -> Mapped:
    """Maps raw states of both languages (texts, hidden); each language's mean is that of these very texts."""
    means = {language: one.float().mean(0) if space.removed else None for language, one in states.items()}
    empty = Mapped({}, means, rotation)
    return Mapped({language: empty.place(one, language) for language, one in states.items()}, means, rotation)


def scores_of(queries: Tensor, candidates: Tensor, scoring: str) -> Tensor:
    """Scores queries against candidates, unit vectors both."""
    cosines = queries @ candidates.T
    return csls(cosines) if scoring == "csls" else cosines


@dataclass(frozen=True)
class Step:
    """How one `space` does on the project's pairs.

    `english_first`: English queries that find their Chinese translation first; `chinese_first`: the other way; `mixed`:
    English queries whose translation comes first among the sentences of both languages, by cosine. `skew`: of the
    10-occurrence of the Chinese sentences, `skew_low` to `skew_high` its bootstrap interval over them; `largest_hub`:
    the most English queries that have one sentence among their ten nearest; `never`: Chinese sentences that no query
    has there. `gained`, `lost`: English queries put right, or wrong, against the raw space. `own_cosine`,
    `other_cosine`: mean cosine of translations, and of sentences that are none; `gap_low`, `gap_high`: bootstrap
    interval of the difference, English sentences resampled.
    """

    space: Space
    english_first: Share
    chinese_first: Share
    mixed: Share
    skew: float
    skew_low: float
    skew_high: float
    largest_hub: int
    never: Share
    gained: int
    lost: int
    own_cosine: float
    other_cosine: float
    gap_low: float
    gap_high: float

    @property
    def gap(self) -> float:
        """Mean cosine of translations less that of sentences that are none."""
        return self.own_cosine - self.other_cosine

    @property
    def p_value(self) -> float:
        """McNemar's exact test of whether more queries are put right than wrong against the raw space."""
        return mcnemar(self.lost, self.gained)


def measure(mapped: Mapped, space: Space, raw_rights: npt.NDArray[np.bool_] | None, seed: int) -> Step:
    """Measures a space; `raw_rights`: English queries that the raw space gets right (None: this is it)."""
    zh, en = mapped.vectors[ZH], mapped.vectors[EN]
    cosines = en @ zh.T
    forward = scores_of(en, zh, space.scoring)
    rights = (ranks(forward) == 1).numpy()
    before = rights if raw_rights is None else raw_rights
    counts = k_occurrence(forward)
    low, high = bootstrap(counts, lambda drawn: skewness(drawn), seed, 500)
    size = len(cosines)
    own = cosines.diagonal()
    others = (cosines.sum(1) - own) / (size - 1)
    return Step(
        space,
        share(rights),
        share((ranks(scores_of(zh, en, space.scoring)) == 1).numpy()),
        share((mixed_ranks(en @ en.T, cosines) == 1).numpy()),
        skewness(counts),
        low,
        high,
        int(counts.max()),
        share(counts == 0),
        int((rights & ~before).sum()),
        int((before & ~rights).sum()),
        float(own.mean()),
        float(others.mean()),
        *bootstrap_mean(own - others, seed),
    )


def rights_of(mapped: Mapped, scoring: str) -> npt.NDArray[np.bool_]:
    """Returns which English queries find their translation first."""
    found: npt.NDArray[np.bool_] = (ranks(scores_of(mapped.vectors[EN], mapped.vectors[ZH], scoring)) == 1).numpy()
    return found


def at(states: Mapping[Language, Tensor], layer: int) -> dict[Language, Tensor]:
    """Takes one layer of states (texts, layers + 1, hidden), by language."""
    return {language: one[:, layer] for language, one in states.items()}


def by_layer(states: Mapping[Language, Tensor], removed: bool) -> list[Share]:
    """Returns per layer, from the embedding up, the share of English queries that find their translation first, by cosine."""
    layers = states[ZH].shape[1]
    space = Space(removed)
    return [share(rights_of(map_into(at(states, layer), space, None), "cosine")) for layer in range(layers)]


def by_pairs(
    states: Mapping[Language, Tensor],
    pairs: Mapping[Language, Tensor],
    counts: list[int],
    removed: bool,
    tell: Callable[[], None] = lambda: None,
) -> dict[str, list[Share]]:
    """Returns per kind of rotation, for the first n pairs of `counts`, the share of English queries right, by cosine.

    `tell` is called before each rotation.
    """
    found: dict[str, list[Share]] = {}
    for kind in ("near", "free"):
        space = Space(removed, kind)
        found[kind] = []
        for count in counts:
            tell()
            rotation = rotation_of({language: one[:count] for language, one in pairs.items()}, space)
            found[kind].append(share(rights_of(map_into(states, space, rotation), "cosine")))
    return found


def meeting_layer(curve: list[Share]) -> int:
    """Returns the first layer whose interval reaches that of the best layer: from there on translations meet."""
    best = max(curve, key=lambda one: one.right)
    return next(layer for layer, one in enumerate(curve) if one.high >= best.low)


def language_shares(mapped: Mapped) -> Share:
    """Returns how many sentences of either language have a nearest neighbour of their own language, in the mixed pool."""
    both = torch.cat([mapped.vectors[ZH], mapped.vectors[EN]])
    size = len(mapped.vectors[ZH])
    nearest = (both @ both.T).fill_diagonal_(-torch.inf).argmax(1)
    return share(((nearest < size) == (torch.arange(len(both)) < size)).numpy())
