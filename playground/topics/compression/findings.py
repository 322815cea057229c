"""The numbers of a run of compression: what the mix costs and saves, the grid around it, and what the student learned."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

from playground.evaluation.reading import Cost
from playground.lab.variant import Variant
from playground.learning.distillation import Student
from playground.statistics.intervals import wilson
from playground.statistics.paired import mcnemar
from playground.topics.compression.counting import Count
from playground.topics.compression.mixes import Point, on_front
from playground.topics.compression.students import Classroom

# The sparsity of a 2:4 mask, whatever a variant says.
TWO_FOUR = 0.5
# The same tokens in another order, in the language of the transfer set: only the first is praise.
REORDERED = ("便宜，不失望。", "失望，不便宜。")


@dataclass(frozen=True)
class Counts:
    """Parameters of the layers' matrices of four models: the `baseline`, the visitor's `mix`, and the baseline with the
    same neurons zeroed (`masked`) and removed (`cut`).
    """

    baseline: Count
    mix: Count
    masked: Count
    cut: Count


@dataclass(frozen=True)
class Neurons:
    """The same MLP neurons zeroed (`masked`) and removed (`cut`). `by`: the pruning that chose them, of
    `mixes.NEURONS`. `share`: of all neurons (0 to 1). `masked_bytes`, `cut_bytes`: held by the whole model.
    `largest_difference`: between the two models' log-probabilities (nats), over the first tokens and the whole
    vocabulary.
    """

    by: str
    share: float
    masked: Cost
    masked_bytes: int
    cut: Cost
    cut_bytes: int
    largest_difference: float


@dataclass(frozen=True)
class Compressed:
    """Pruning and quantization, all judged on the same text. `tokens`: of the text, that perplexity is measured on.
    `same_text`: the calibration text was blank, so pruning chose by the text that judges it.

    `baseline`, `mix`: bytes held, perplexity and KL (nats per token) of the model as it is and of the visitor's mix.
    `counts`: parameters. `neurons`: the same ones zeroed and removed. `grid`: every mix measured, this one among them
    where the plan has it. `number_type`: of the baseline's weights, such as "bfloat16". `contributions_removed`: by
    method, the share (0 to 1) that the neurons which it removes at `mixes.REMOVED[0]` contribute; see
    `mixes.contributions_removed`.
    """

    tokens: int
    same_text: bool
    baseline: Point
    mix: Point
    counts: Counts
    neurons: Neurons
    grid: tuple[Point, ...]
    number_type: str
    contributions_removed: dict[str, float]

    @property
    def ratio(self) -> float:
        """The mix's perplexity over the baseline's."""
        return self.mix.cost.perplexity / self.baseline.cost.perplexity

    @property
    def others(self) -> tuple[Point, ...]:
        """The grid without the visitor's mix."""
        return tuple(point for point in self.grid if point.variant != self.mix.variant)

    @property
    def measured_mixes(self) -> int:
        """How many different mixes were measured, the visitor's and the uncompressed one included."""
        return len(self.others) + 1

    @property
    def mix_on_front(self) -> bool:
        """Whether no other measured mix is at most as large and at most as perplexed, and better in one of the two."""
        return on_front([(point.held_bytes, point.cost.perplexity) for point in (*self.others, self.mix)])[-1]

    def cost_at(self, pruning: str, sparsity: float, quantization: str = "none") -> Cost | None:
        """What a mix costs at a sparsity (0 to 1); None where it wasn't measured."""
        for point in (self.mix, *self.grid):
            variant = point.variant
            share = TWO_FOUR if pruning == "two-four" else variant.sparsity
            if (variant.quantization, variant.pruning) == (quantization, pruning) and (
                pruning == "none" or abs(share - sparsity) < 1e-9
            ):
                return point.cost
        return None

    def perplexity_at(self, pruning: str, sparsity: float) -> float | None:
        """Perplexity of a pruning in floats at a sparsity (0 to 1); None where it wasn't measured."""
        found = self.cost_at(pruning, sparsity)
        return None if found is None else found.perplexity

    def added(self, variant: Variant) -> float | None:
        """KL of a variant's pruning alone plus KL of its quantization alone (nats per token); None for one without both, and
        where one of the two wasn't measured."""
        if variant.pruning == "none" or variant.quantization == "none":
            return None
        parts = self.cost_at(variant.pruning, variant.sparsity), self.cost_at("none", 0.0, variant.quantization)
        return None if parts[0] is None or parts[1] is None else parts[0].divergence + parts[1].divergence

    @property
    def sums(self) -> dict[str, tuple[float, float]]:
        """For each mix of pruning and quantization whose two parts were measured too: its KL, and that of the parts added."""
        found = {}
        for point in (*self.others, self.mix):
            added = self.added(point.variant)
            if added is not None:
                variant = point.variant
                found[f"{variant.pruning} {variant.sparsity:.3g} {variant.quantization}"] = point.cost.divergence, added
        return found


@dataclass(frozen=True)
class Examined:
    """A classifier on texts that it wasn't fitted to. `accuracy`, `low`, `high`: on Chinese reviews, with its 95%
    interval (Wilson); `log_loss`: mean −ln p(label) on them, in nats; `english`: accuracy on English sentences;
    `agreement`: share of the Chinese ones classified as by the teacher; shares 0 to 1. `parameters`: how many.
    `held_bytes`: of its weights.
    """

    accuracy: float
    low: float
    high: float
    log_loss: float
    english: float
    agreement: float
    parameters: int
    held_bytes: int


@dataclass(frozen=True)
class AtTemperature:
    """A student distilled at `temperature`: `agreement` with the teacher and `accuracy` on held-out reviews (0 to 1)."""

    temperature: float
    agreement: float
    accuracy: float


@dataclass(frozen=True)
class Dispute:
    """A held-out review, `text`, that the two judge differently. `label`: 1 positive, 0 negative. `teacher`, `student`:
    p(positive).
    """

    text: str
    label: int
    teacher: float
    student: float


@dataclass(frozen=True)
class Paired:
    """Two students on the same held-out reviews. `only_soft`, `only_pseudo`: how many only the student of soft labels,
    only that of pseudo-labels classifies as labelled. `p_value`: of McNemar's exact test that the two are as often
    right.
    """

    only_soft: int
    only_pseudo: int
    p_value: float

    @property
    def clear(self) -> bool:
        """Whether the difference is more than chance, at 5%."""
        return self.p_value < 0.05


@dataclass(frozen=True)
class Reordered:
    """Two sentences, `texts`, of the same tokens in another order. `teacher`, `student`: p(positive) of each, by the
    teacher and by the distilled student.
    """

    texts: tuple[str, str]
    teacher: tuple[float, float]
    student: tuple[float, float]


@dataclass(frozen=True)
class Distilled:
    """`teacher` and students. `alone`: learned from labels only; `pseudo`: by the visitor's recipe from the teacher's
    classes; `distilled`: from its probabilities; all three alike otherwise. `soft_against_pseudo`: the last two, review
    by review. `transfer_texts`: how many reviews the students learn from; `teacher_texts`: how many others, whose
    labels the teacher learned from. `teacher_layers`: of the model, that the teacher runs.

    `drift`: largest difference in p(positive) between stored teacher labels and the teacher in this run.
    `review_teacher`, `review_student`: p(positive) of the visitor's sentence. `reordered`: the same tokens in two
    orders. `disputes`: held-out reviews that teacher and distilled student judge most differently, the widest apart
    first. `temperatures`: one student of soft labels for each, in rising order.
    """

    teacher: Examined
    alone: Examined
    pseudo: Examined
    distilled: Examined
    soft_against_pseudo: Paired
    transfer_texts: int
    teacher_texts: int
    teacher_layers: int
    drift: float
    review_teacher: float
    review_student: float
    reordered: Reordered
    disputes: tuple[Dispute, ...]
    temperatures: tuple[AtTemperature, ...]

    @property
    def unlabelled_gain(self) -> float:
        """What the teacher's classes add to the labels alone: accuracy of `pseudo` − `alone`."""
        return self.pseudo.accuracy - self.alone.accuracy

    @property
    def softness_gain(self) -> float:
        """What the teacher's probabilities add to its classes: accuracy of `distilled` − `pseudo`."""
        return self.distilled.accuracy - self.pseudo.accuracy


@dataclass(frozen=True)
class Measured:
    """Times of this run, medians in milliseconds. `ms_per_step_baseline`, `ms_per_step_mix`, `ms_per_step_masked`,
    `ms_per_step_cut`: of one decode step of the baseline, the mix, and the baseline with neurons zeroed and cut.
    `ms_per_text_teacher`, `ms_per_text_student`: of judging one review, from its letters on.
    """

    ms_per_step_baseline: float
    ms_per_step_mix: float
    ms_per_step_masked: float
    ms_per_step_cut: float
    ms_per_text_teacher: float
    ms_per_text_student: float

    @property
    def speedup(self) -> float:
        """How many times as fast the student judges a text."""
        return self.ms_per_text_teacher / self.ms_per_text_student


@dataclass(frozen=True)
class Findings:
    """A run. `compressed`: pruning and quantization. `distilled`: teacher and students. `measured`: times in
    milliseconds.
    """

    compressed: Compressed
    distilled: Distilled
    measured: Measured


def baseline_of(held_bytes: int, cost: Cost) -> Point:
    """The model as it is, as a point of the grid."""
    return Point(Variant(), held_bytes, cost)


def examine_teacher(room: Classroom) -> Examined:
    """Computes the teacher's numbers."""
    exam = {part: room.school.parts[part].teacher for part in ("held_out", "english")}
    return _examined(room, exam, 1.0, room.teacher_size())


def examine(room: Classroom, student: Student) -> Examined:
    """Computes a student's numbers."""
    exam = {part: room.judged(student, part) for part in ("held_out", "english")}
    return _examined(room, exam, room.agreement(student), room.student_size(student))


def _examined(room: Classroom, log_odds: dict[str, Tensor], agreement: float, size: tuple[int, int]) -> Examined:
    labels = room.school.parts["held_out"].labels
    right = room.right(log_odds["held_out"], "held_out")
    low, high = wilson(right, len(labels))
    english = room.right(log_odds["english"], "english") / len(log_odds["english"])
    log_loss = float(functional.binary_cross_entropy_with_logits(log_odds["held_out"], labels))
    return Examined(right / len(labels), low, high, log_loss, english, agreement, *size)


def compared(room: Classroom, soft: Student, pseudo: Student) -> Paired:
    """Compares two students on the held-out reviews, text by text."""
    labels = room.school.parts["held_out"].labels > 0
    a, b = ((room.judged(student, "held_out") > 0) == labels for student in (soft, pseudo))
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    return Paired(only_a, only_b, mcnemar(only_a, only_b))


def reorder(room: Classroom, student: Student) -> Reordered:
    """Has both judge the same tokens in two orders."""
    first, second = REORDERED
    return Reordered(
        REORDERED,
        (room.teacher_of(first), room.teacher_of(second)),
        (room.student_of(student, first), room.student_of(student, second)),
    )
