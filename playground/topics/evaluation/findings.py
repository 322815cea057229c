"""The numbers of a run of evaluation: scores of texts, of edits, of labels, and the model as a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.evaluation.overlap import Bleu, Overlap
from playground.statistics.intervals import wilson
from playground.topics.evaluation.comparing import POWER, Calibration, Comparison, Side
from playground.topics.evaluation.judge import Judgement
from playground.topics.evaluation.reading import Reading
from playground.topics.evaluation.systems import Systems

METRICS = ("bleu", "chrf", "rouge_1", "rouge_2", "rouge_l", "exact_match", "token_f1")


def value(scores: Overlap, metric: str) -> float:
    """One of METRICS, 0 to 100."""
    return scores.bleu.score if metric == "bleu" else float(getattr(scores, metric))


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis, `text`. `by_unit`: its scores by unit. `smoothed`: BLEU by way of smoothing, `by_tokenizer`: by
    sacrebleu's tokenizer.

    `longest`: of each unit, the largest n-gram (0 to 4) around it that a reference has. `reading`: the model's
    probability of it, None where nothing of it has one.
    """

    text: str
    by_unit: dict[str, Overlap]
    smoothed: dict[str, float]
    by_tokenizer: dict[str, Bleu]
    longest: tuple[int, ...]
    reading: Reading | None


@dataclass(frozen=True)
class Edited:
    """A minimal edit of the first reference, as `text`. `kind`: moved, synonym, negation or number. `keeps_meaning`:
    None where unknown.

    `scores`: against the unedited sentence, by the unit chosen.
    """

    kind: str
    text: str
    keeps_meaning: bool | None
    scores: Overlap


@dataclass(frozen=True)
class Labels:
    """The pasted table: `count` examples of `classes`. `a`, `b`: scores of predictions A and B; `b` and `comparison`, A
    against B, are None without predictions B. `calibration`: of A, None without probabilities.
    """

    count: int
    classes: tuple[str, ...]
    a: Side
    b: Side | None
    comparison: Comparison | None
    calibration: Calibration | None


@dataclass(frozen=True)
class Judged:
    """The model as a judge. `pairs`: of the set, X being the better candidate; `own`: of A (X) and B (Y) against the
    first reference.

    `longer`: by pair, whether the better candidate is the longer one.
    """

    pairs: tuple[Judgement, ...]
    own: Judgement
    longer: tuple[bool, ...]

    @property
    def count(self) -> int:
        return len(self.pairs)

    @property
    def flips(self) -> int:
        """Pairs on which the two orders choose different candidates."""
        return sum(pair.flips for pair in self.pairs)

    @property
    def flip_share(self) -> float:
        return self.flips / self.count

    @property
    def first(self) -> int:
        """How often the first place was chosen, in two judgements of each pair."""
        return sum((pair.x_first > 0) + (pair.y_first > 0) for pair in self.pairs)

    @property
    def first_share(self) -> float:
        return self.first / (2 * self.count)

    @property
    def first_interval(self) -> tuple[float, float]:
        """95% Wilson interval for as many independent judgements as there are pairs: the two of one pair aren't independent."""
        return wilson(round(self.first_share * self.count), self.count)

    @property
    def right_with_better_first(self) -> int:
        return sum(pair.x_first > 0 for pair in self.pairs)

    @property
    def right_with_better_second(self) -> int:
        return sum(pair.y_first < 0 for pair in self.pairs)

    @property
    def right_in_both(self) -> int:
        """Pairs on which both orders choose the better one."""
        return sum(pair.x_first > 0 > pair.y_first for pair in self.pairs)

    @property
    def right_averaged(self) -> int:
        """Pairs on which the average of both orders prefers the better one."""
        return sum(pair.both_orders > 0 for pair in self.pairs)

    @property
    def right_alone(self) -> int:
        """Pairs on which the better one scores higher where each is judged by itself."""
        return sum(pair.alone > 0 for pair in self.pairs)

    @property
    def longer_averaged(self) -> int:
        """Pairs on which the average of both orders prefers the longer one."""
        return sum((pair.both_orders > 0) is longer for pair, longer in zip(self.pairs, self.longer, strict=True))

    @property
    def longer_alone(self) -> int:
        """Pairs on which the longer one scores higher where each is judged by itself."""
        return sum((pair.alone > 0) is longer for pair, longer in zip(self.pairs, self.longer, strict=True))

    @property
    def alone_says_yes(self) -> int:
        """Of the two judgements of each pair, how many say “same meaning”."""
        return sum((pair.x_alone > 0) + (pair.y_alone > 0) for pair in self.pairs)


@dataclass(frozen=True)
class Findings:
    """`unit`: character, word or token, by which the leading scores are. `references`: how many. `a`, `b`: the
    hypotheses. `edits`: those that can be made of the first reference, in a fixed order. `reference`: the model's
    probability of it, None where nothing of it has one. `labels`: None without a table. `systems`: on the set of
    preferences. `judged`: the model as a judge. `power_aimed`: the power (0 to 1) for which numbers of examples are
    given.
    """

    unit: str
    references: int
    a: Hypothesis
    b: Hypothesis
    edits: tuple[Edited, ...]
    reference: Reading | None
    labels: Labels | None
    systems: Systems
    judged: Judged
    power_aimed: float = POWER

    def score(self, side: str, metric: str = "bleu") -> float:
        """A's or B's score by the unit chosen, 0 to 100."""
        return value((self.a if side == "a" else self.b).by_unit[self.unit], metric)

    def edit(self, kind: str) -> Edited | None:
        """The edit of that kind, where it could be made."""
        return next((edit for edit in self.edits if edit.kind == kind), None)

    def inversions(self, metric: str) -> tuple[tuple[Edited, Edited], ...]:
        """Pairs of edits (meaning kept, meaning changed) of which the second scores at least as high."""
        return tuple(
            (kept, changed)
            for kept in self.edits
            for changed in self.edits
            if kept.keeps_meaning is True
            and changed.keeps_meaning is False
            and value(changed.scores, metric) >= value(kept.scores, metric)
        )

    @property
    def moved_bleu(self) -> float | None:
        """BLEU of the first reference with a word moved."""
        moved = self.edit("moved")
        return moved.scores.bleu.score if moved else None

    @property
    def bleu_a(self) -> float:
        return self.score("a")

    @property
    def bleu_b(self) -> float:
        return self.score("b")

    @property
    def disagreeing(self) -> tuple[str, ...]:
        """Metrics that order A and B the other way than BLEU does; ties are neither."""
        difference = self.bleu_b - self.bleu_a
        return tuple(
            metric for metric in METRICS if (self.score("b", metric) - self.score("a", metric)) * difference < 0
        )


def edited_of(edits: Sequence[tuple[str, str, bool | None]], scores: Sequence[Overlap]) -> tuple[Edited, ...]:
    """Joins edits (kind, text, keeps_meaning) with their scores."""
    return tuple(Edited(*edit, found) for edit, found in zip(edits, scores, strict=True))
