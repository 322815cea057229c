"""The numbers of a run: accuracy by method and round, pseudo-labels by threshold, noisy starts, labels bought. Knows no panel."""

from __future__ import annotations

from dataclasses import dataclass

from playground.statistics.intervals import Mean, Share

SELF, SPREADING, CONSISTENCY = "self", "spreading", "consistency"
METHODS = (SELF, SPREADING, CONSISTENCY)


@dataclass(frozen=True)
class Method:
    """A method by round, the first without a pseudo-label, means over seeds: `accuracy` held out, and of the
    pseudo-labels `coverage` (share of the unlabelled that have one) and `precision` (share of those that are right;
    None without any).

    `gain`: accuracy after the last round minus that of labels only, paired by seed.
    """

    accuracy: tuple[Mean, ...]
    precision: tuple[Mean | None, ...]
    coverage: tuple[Mean, ...]
    gain: Mean

    @property
    def last(self) -> Mean:
        """Accuracy after the last round."""
        return self.accuracy[-1]

    @property
    def last_precision(self) -> Mean | None:
        """Precision after the last round."""
        return self.precision[-1]

    @property
    def last_coverage(self) -> Mean:
        """Coverage after the last round."""
        return self.coverage[-1]


@dataclass(frozen=True)
class AtThreshold:
    """Self-training at one `threshold` of confidence (0 to 1), means over seeds. `first_precision`, `first_coverage`:
    of its first pseudo-labels; `precision`, `coverage`: of its last ones; a precision is None without any. `gain`:
    accuracy after the last round minus labels only, paired by seed.
    """

    threshold: float
    first_precision: Mean | None
    first_coverage: Mean
    precision: Mean | None
    coverage: Mean
    gain: Mean


@dataclass(frozen=True)
class AtNoise:
    """Self-training from a start with a share of wrong labels (`noise`, 0 to 1).

    `labels_only`: accuracy without pseudo-labels; `by_round`: accuracy minus that, from round 0; `precision`: of the
    last pseudo-labels; `survived`: of those wrong in the first round, the share with the same wrong label in the last.
    """

    noise: float
    labels_only: Mean
    by_round: tuple[Mean, ...]
    precision: Mean | None
    survived: Mean | None

    @property
    def gain(self) -> Mean:
        """Accuracy after the last round minus labels only."""
        return self.by_round[-1]


@dataclass(frozen=True)
class Buying:
    """Accuracy with `labels` labels, means over seeds, one for each number. `uncertain`: bought where the model is
    least sure; `random`: at random.

    `difference`: uncertain minus random with all labels bought. `worth`: with how many labels bought at random accuracy
    first reaches that of the chosen method without buying; None if it never does.
    """

    labels: tuple[int, ...]
    uncertain: tuple[Mean, ...]
    random: tuple[Mean, ...]
    difference: Mean
    worth: int | None


@dataclass(frozen=True)
class Leak:
    """Threshold and round chosen for their accuracy on half of the held-out reviews. `claimed`: accuracy on that half;
    `honest`: on the other.

    `difference`: claimed minus honest; means over seeds, each half chosen on once.
    """

    claimed: Mean
    honest: Mean
    difference: Mean


@dataclass(frozen=True)
class ClassCount:
    """One class, shares from 0 to 1, means over seeds. `pool`: of the pool; `pseudo`: of the last pseudo-labels of the
    chosen method, None without any. `recall_before`, `recall_after`: held-out recall by labels only and after the last
    round.
    """

    pool: float
    pseudo: float | None
    recall_before: float
    recall_after: float


@dataclass(frozen=True)
class Findings:
    """`reviews`: language of the reviews; `task`: what the classes are; `classes`: class names. `labelled`,
    `unlabelled`, `held_out`: numbers of reviews; `asked`: unlabelled reviews asked for. `seeds`: draws of the labelled
    reviews.

    `labels_only`: accuracy without pseudo-labels; `characters`: the same on character n-grams, without pre-trained
    embeddings; `control`: the consistency network without its term; `all_labels`: with every label of the pool.
    `methods`: by name; `chosen`: the one looked into. `thresholds`, `noises`: of self-training, by rising value.
    `buying`: labels bought instead. `leak`: choices made on held-out reviews. `by_class`: of the chosen method, by
    class name. `purity`: share of edges of the neighbour graph within one class; `chance`: what it would be if classes
    fell at random.
    """

    reviews: str
    task: str
    classes: tuple[str, ...]
    labelled: int
    unlabelled: int
    asked: int
    held_out: int
    seeds: int
    chosen: str
    labels_only: Mean
    characters: Mean
    control: Mean
    all_labels: Share
    methods: dict[str, Method]
    thresholds: tuple[AtThreshold, ...]
    noises: tuple[AtNoise, ...]
    buying: Buying
    leak: Leak
    by_class: dict[str, ClassCount]
    purity: float
    chance: float

    @property
    def looked_into(self) -> Method:
        """The chosen method."""
        return self.methods[self.chosen]

    @property
    def bought(self) -> int:
        """How many labels are bought."""
        return self.buying.labels[-1] - self.buying.labels[0]

    @property
    def at_nine_tenths(self) -> AtThreshold:
        """Self-training at a threshold of 0.9."""
        return next(item for item in self.thresholds if item.threshold == 0.9)

    @property
    def noisiest(self) -> AtNoise:
        """Self-training from the start with the most wrong labels."""
        return self.noises[-1]

    @property
    def cleanest(self) -> AtNoise:
        """Self-training from the start with the fewest wrong labels."""
        return self.noises[0]
