"""The numbers of a run of cross-lingual transfer: retrieval of translations by space and layer, and transfer of a classifier."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.text import Language
from playground.statistics.intervals import Share
from playground.topics.cross_lingual.space import Step
from playground.topics.cross_lingual.transfer import LayerAccuracy, Row


@dataclass(frozen=True)
class Own:
    """A sentence of the visitor's, `text` in `language`, and the nearest one in the other language.

    `neighbour`: its text; `score`: cosine or CSLS, as set. `rank`: of its own translation, from 1, among the project's
    sentences of that language and the visitor's; None if it was given without one. `of`: how many there are.
    `mixed_language`: language of its nearest neighbour, by cosine, among sentences of both languages.
    """

    text: str
    language: Language
    neighbour: str
    score: float
    rank: int | None
    of: int
    mixed_language: Language


@dataclass(frozen=True)
class Confusion:
    """An `english` sentence whose translation, `chinese`, doesn't come first. `found`: what does instead; `rank`: the
    translation's, from 2.
    """

    english: str
    chinese: str
    found: str
    rank: int


@dataclass(frozen=True)
class Misjudged:
    """A review of the target language, `text`, that zero-shot gets wrong. `label`: 1 positive, 0 negative, as in the
    data.

    `baseline_right`: whether the baseline trained on the target gets it right.
    """

    text: str
    label: int
    baseline_right: bool


@dataclass(frozen=True)
class Rotations:
    """Share of English queries right after a rotation from the first n `pairs`, one for each n. `near`: kept near the
    identity; `free`: not.
    """

    pairs: tuple[int, ...]
    near: tuple[Share, ...]
    free: tuple[Share, ...]


@dataclass(frozen=True)
class Findings:
    """Retrieval on the project's pairs, transfer on reviews, and the visitor's own sentences.

    `layer`, `classifier_layer`: from 0, the embedding; as used. `chosen_layer`: of the least leave-one-out error on the
    source labels. `labels`: training reviews per language. `hidden`: dimensions of a vector. `steps`: by name "raw",
    "removed", "rotated" (kept near the identity), "csls" (mean removed) and "chosen", the settings'. `raw_by_layer`,
    `removed_by_layer`: share of English queries right at each layer, from 0. `meeting_layer`: the first whose interval
    reaches the best layer's, mean removed. `raw_same`, `same`: sentences whose nearest neighbour among both languages
    is of their own, raw and as set. `rotations`: by number of pairs.

    `transfer`: by name as in `transfer.ROWS`; the settings' own zero-shot row is `zero_shot_row`. `by_layer`: transfer
    at each layer, from 0. `own`: the visitor's sentences. `confused`: English sentences that find another one than
    their translation, in the space as set. `misjudged`: reviews that the zero-shot row gets wrong.
    """

    layer: int
    classifier_layer: int
    chosen_layer: int
    labels: int
    hidden: int
    zero_shot_row: str
    steps: dict[str, Step]
    raw_by_layer: tuple[Share, ...]
    removed_by_layer: tuple[Share, ...]
    meeting_layer: int
    raw_same: Share
    same: Share
    rotations: Rotations
    transfer: dict[str, Row]
    by_layer: tuple[LayerAccuracy, ...]
    own: tuple[Own, ...]
    confused: tuple[Confusion, ...]
    misjudged: tuple[Misjudged, ...]

    @property
    def chosen(self) -> Step:
        """The space of these settings."""
        return self.steps["chosen"]

    @property
    def zero_shot(self) -> Row:
        """Zero-shot transfer in the space of these settings."""
        return self.transfer[self.zero_shot_row]

    @property
    def baseline(self) -> Row:
        """The classifier trained on all labels of the target."""
        return self.transfer["baseline"]

    @property
    def loss(self) -> float:
        """Accuracy lost by crossing, 0 to 1: the baseline's less zero-shot's. Negative if zero-shot is better."""
        return self.baseline.accuracy.value - self.zero_shot.accuracy.value

    @property
    def first_own(self) -> int:
        """How many of the visitor's sentences with a translation find it first."""
        return sum(one.rank == 1 for one in self.own)

    @property
    def paired_own(self) -> int:
        """How many of the visitor's sentences were given with a translation."""
        return sum(one.rank is not None for one in self.own)
