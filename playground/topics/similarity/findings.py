"""The numbers of a run of similarity: what each method says of each line, and what its scores are worth."""

from __future__ import annotations

from dataclasses import dataclass

from playground.statistics.intervals import Share
from playground.statistics.paired import Difference
from playground.topics.similarity.measures import Correlation
from playground.topics.similarity.scoring import METHODS, RAW, VECTORS, variant


@dataclass(frozen=True)
class Method:
    """One variant of a method. `scores` and `percentiles` by line: the score of the text with it, and the share (0 to
    1) of random pairs that score lower. `ranks` by line: 1 is the most similar, equal scores share the better rank.

    `random_mean`, `random_low`, `random_high`: mean, 5th and 95th percentile of the scores of random pairs.
    `paraphrase_mean`, `reworded_mean`, `changed_mean`: mean scores of the challenge set's paraphrases, reworded and
    changed sentences. `control_low`, `control_high`: 95% bootstrap interval, items resampled, of the mean of changed
    less reworded. `grades`: Spearman's ρ with the grades of the graded pairs. `changes`: by kind of change, how often
    the changed sentence scores below the paraphrase; `controlled`: below the reworded sentence, of which as many
    characters are edited.
    """

    scores: tuple[float, ...]
    percentiles: tuple[float, ...]
    ranks: tuple[int, ...]
    random_mean: float
    random_low: float
    random_high: float
    paraphrase_mean: float
    reworded_mean: float
    changed_mean: float
    control_low: float
    control_high: float
    grades: Correlation
    changes: dict[str, Share]
    controlled: dict[str, Share]

    @property
    def control_gap(self) -> float:
        """Mean score of the changed sentences less that of the reworded ones."""
        return self.changed_mean - self.reworded_mean

    @property
    def tied(self) -> int:
        """How many lines share the highest score."""
        return self.ranks.count(1)

    @property
    def all_changes(self) -> Share:
        """All kinds of change together, against the paraphrase."""
        return _together(self.changes)

    @property
    def all_controlled(self) -> Share:
        """All kinds of change together, against the reworded sentence."""
        return _together(self.controlled)


def _together(shares: dict[str, Share]) -> Share:
    return Share.of(sum(one.right for one in shares.values()), sum(one.count for one in shares.values()))


@dataclass(frozen=True)
class Alignment:
    """`words` of the text, `line_words` of the first line, and the cosine (−1 to 1) of every two: `cosines[word][word
    of the line]`.

    `cut`: whether there are more words than are kept here.
    """

    words: tuple[str, ...]
    line_words: tuple[str, ...]
    cosines: tuple[tuple[float, ...], ...]
    cut: bool = False


@dataclass(frozen=True)
class Recalled:
    """Neighbours found by a code of the vectors, `name`. `bits` per dimension; `stored`: bytes of a vector in the
    index.

    `recall`: mean share (0 to 1) of the ten true neighbours found, `low` to `high` its 95% bootstrap interval over
    queries.
    """

    name: str
    bits: float
    stored: int
    recall: float
    low: float
    high: float


@dataclass(frozen=True)
class Hubness:
    """How often a vector is among the ten nearest of another. `largest`: the most often; `never`: vectors that never
    are.

    `skewness` of the counts with its 95% bootstrap interval over the vectors from `low` to `high`, all None where the
    counts are equal.
    """

    largest: int
    never: Share
    skewness: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Overlap:
    """The n-gram Jaccard similarity of the text with a line: `exact`, and MinHash's `estimate` (both 0 to 1)."""

    exact: float
    estimate: float


@dataclass(frozen=True)
class Findings:
    """`text` and `lines`: what was compared. `language` (zh or en) of the text, in which everything is measured.

    `layer`: whose states are used, of `layers`. `centre`: whether the mean is removed in the scores that are ranked.
    `methods`: by variant (`scoring.VARIANTS`). `alignment`: word by word with the first line. `random`: how many random
    pairs; `background`: of how many sentences; `pairs`: how many graded ones. `recalled`: by code, over `vectors`
    sentences. `hubness`: by whether the mean was removed ("centred") or not ("raw"). `hubs_less`: skewness centred less
    raw, the counts of the same sentences resampled; None where one has none. `overlaps`: by line, with `hashes` hash
    functions.
    """

    text: str
    lines: tuple[str, ...]
    language: str
    layer: int
    layers: int
    centre: bool
    methods: dict[str, Method]
    alignment: Alignment
    random: int
    background: int
    pairs: int
    recalled: tuple[Recalled, ...]
    vectors: int
    hubness: dict[str, Hubness]
    hubs_less: Difference | None
    overlaps: tuple[Overlap, ...]
    hashes: int

    def of(self, method: str) -> Method:
        """The variant of a method (of `scoring.METHODS`) that the setting asks for."""
        return self.methods[variant(method, self.centre)]

    def first(self, method: str) -> int:
        """The index of the line that a method ranks first, the first of equals."""
        return self.of(method).ranks.index(1)

    @property
    def agreed(self) -> bool:
        """Whether all methods rank the same line first, alone."""
        return (
            all(self.of(method).tied == 1 for method in METHODS)
            and len({self.first(method) for method in METHODS}) == 1
        )

    @property
    def best_graded(self) -> str | None:
        """The variant with the highest correlation with the grades; None where none has one."""
        known = {name: one.grades.value for name, one in self.methods.items() if one.grades.value is not None}
        return max(known, key=lambda name: known[name]) if known else None

    def code(self, name: str) -> Recalled:
        """The neighbours found by a code, by its name."""
        return next(one for one in self.recalled if one.name == name)

    @property
    def raw_state(self) -> Method:
        """The prompted state without the mean removed."""
        return self.methods[VECTORS[1] + RAW]
