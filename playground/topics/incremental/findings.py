"""The numbers of one update of a trained network: accuracy on old and new data over seeds, drift, cost, merges and rows of new words."""

from __future__ import annotations

from dataclasses import dataclass

from playground.statistics.intervals import Mean


@dataclass(frozen=True)
class Cost:
    """What an update takes. `steps`: of training, those from scratch included; `trained`: parameters; `old_rows`,
    `new_rows`: read.

    `kept`: old examples that must be stored. `saved`: bytes of what was trained, in float32; `resumed`: the same with
    Adam's two moments, as a checkpoint needs to go on.
    """

    steps: int
    trained: int
    old_rows: int
    new_rows: int
    kept: int
    saved: int
    resumed: int


@dataclass(frozen=True)
class Score:
    """One update over seeds. `old`, `new`: held-out accuracy afterwards (0 to 1); `forgotten`: accuracy on old data
    before minus after.

    `against`, `gained_against`: accuracy on old, and on new data, minus that of the update with new data only, paired
    by seed, None of itself. `drift`: distance of the weights from the base over the base's norm. `rank`: of the change
    of the hidden weights, the largest over seeds. `cost`: what it takes.
    """

    old: Mean
    new: Mean
    forgotten: Mean
    against: Mean | None
    gained_against: Mean | None
    drift: Mean
    rank: int
    cost: Cost


@dataclass(frozen=True)
class Swept:
    """An update at one `value`: rank of the adapter, or share of old rows. `score`: what it gives."""

    value: float
    score: Score


@dataclass(frozen=True)
class Paced:
    """An update with new data only: `schedule` and peak `rate` (a multiple of the base's peak). `score`: what it gives."""

    schedule: str
    rate: float
    score: Score


@dataclass(frozen=True)
class Merged:
    """Base + `amount` × (tuned − base). `old`, `new`: accuracy on old and new data (0 to 1), means over seeds.

    Paired by seed: `lost`, the base's on old data minus this one's; `kept`, this one's on old data minus the tuned
    network's; `gained`, this one's on new data minus the base's.
    """

    amount: float
    old: Mean
    new: Mean
    lost: Mean
    kept: Mean
    gained: Mean


@dataclass(frozen=True)
class Probe:
    """After the update with new data only: `old` accuracy once the output alone is refitted on `examples` old rows a
    class and the new data.

    `regained`: that minus the accuracy before the refit, paired by seed. What comes back was still in the hidden units.
    """

    old: Mean
    regained: Mean
    examples: int


@dataclass(frozen=True)
class Word:
    """A new row: its word, `text`; `count`, how often the new training data have it; and how far the row `moved`
    (Euclidean, mean over seeds).
    """

    text: str
    count: int
    moved: float


@dataclass(frozen=True)
class Rows:
    """Accuracies (0 to 1) of a network of words that treats new words in one way, means over seeds. `old_before`,
    `new_before`: on old and on new data before its update; `old_after`, `new_after`: after it.

    `gain`: accuracy on new data after minus before, paired by seed. `against`: after, minus that with all new words
    unknown, None of itself.
    """

    old_before: Mean
    new_before: Mean
    old_after: Mean
    new_after: Mean
    gain: Mean
    against: Mean | None


@dataclass(frozen=True)
class Vocabulary:
    """`words`, `added`: how many rows the old vocabulary has, and how many are new. `missing`: share (0 to 1) of new
    held-out words without a row before.

    `untouched`: whether training on old data left the new rows exactly at their initial value. `treatments`: unknown,
    random, mean. `frequent`: the most frequent new words; `reserved`: how far a row that no text uses moved. `yours`:
    words of the visitor's text that have no row even afterwards.
    """

    words: int
    added: int
    missing: float
    untouched: bool
    treatments: dict[str, Rows]
    frequent: tuple[Word, ...]
    reserved: float
    yours: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """An answer to the visitor's text: class `name` and its `probability` (0 to 1)."""

    name: str
    probability: float


@dataclass(frozen=True)
class Findings:
    """`data`: language, class or sentiment; `own`: whether the visitor's lines are the new data, `repeated`: how many
    of them are left out. `seeds`: how many. `rank`: of the adapter; `share`: of old rows in a batch of replay (0 to 1).

    `names`: of the classes; `fresh`: those that the base never saw. `before_old`, `before_new`: the base's accuracies.
    `scores`: by method. `ranks`, `shares`: by rising value. `paces`: by schedule and rate. `merges`: of the update with
    new data only, by rising amount; `amount`: this run's. `probe`: what refitting the output brings back. `vocabulary`:
    rows of new words. `answers`: by method, base and merge included, of the first seed. `parameters`: of the network.
    `examples`: old training examples a seed has of each class; `new_examples`: new training examples of a seed in all.
    `held_old`, `held_new`: held-out examples of old and of new data.
    """

    data: str
    own: bool
    repeated: int
    seeds: int
    names: tuple[str, ...]
    fresh: tuple[str, ...]
    before_old: Mean
    before_new: Mean
    scores: dict[str, Score]
    rank: int
    share: float
    ranks: tuple[Swept, ...]
    shares: tuple[Swept, ...]
    paces: tuple[Paced, ...]
    merges: tuple[Merged, ...]
    amount: float
    probe: Probe
    vocabulary: Vocabulary
    answers: dict[str, Answer]
    parameters: int
    examples: int
    new_examples: int
    held_old: int
    held_new: int

    @property
    def naive(self) -> Score:
        """The update with new data only."""
        return self.scores["new"]

    @property
    def merged(self) -> Merged:
        """The merge at this run's amount."""
        return next(one for one in self.merges if one.amount == self.amount)
