"""The numbers of a run of compression: what the mix costs and saves, the grid around it, and what the student learned."""

from __future__ import annotations

from dataclasses import dataclass

from playground.evaluation.reading import Cost
from playground.lab.variant import Variant
from playground.learning.distillation import Student
from playground.statistics.intervals import wilson
from playground.topics.compression.counting import Count
from playground.topics.compression.mixes import Point, on_front
from playground.topics.compression.students import Classroom

# The sparsity of a 2:4 mask, whatever a variant says.
TWO_FOUR = 0.5


@dataclass(frozen=True)
class Counts:
    """Parameters of the layers' matrices of four models: the baseline, the visitor's mix, and the baseline with the same neurons
    zeroed (`masked`) and removed (`cut`)."""

    baseline: Count
    mix: Count
    masked: Count
    cut: Count


@dataclass(frozen=True)
class Neurons:
    """The same MLP neurons zeroed (`masked`) and removed (`cut`). `share`: of all (0 to 1). `…_bytes`: held by the whole model.
    `largest_difference`: between the two models' log-probabilities (nats), over the first tokens and the whole vocabulary."""

    share: float
    masked: Cost
    masked_bytes: int
    cut: Cost
    cut_bytes: int
    largest_difference: float


@dataclass(frozen=True)
class Compressed:
    """Pruning and quantization, all judged on the same text. `tokens`: of the text, that perplexity is measured on.
    `same_text`: the calibration text was blank, so pruning chose by the text that judges it. `baseline`, `mix`: bytes held,
    perplexity and KL (nats per token) of the model as it is and of the visitor's mix. `grid`: every mix measured, this one
    among them where the plan has it. `number_type`: of the baseline's weights, such as "bfloat16".
    """

    tokens: int
    same_text: bool
    baseline: Point
    mix: Point
    counts: Counts
    neurons: Neurons
    grid: tuple[Point, ...]
    number_type: str

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

    def perplexity_at(self, pruning: str, sparsity: float) -> float | None:
        """Perplexity of a pruning in floats at a sparsity (0 to 1); None where it wasn't measured."""
        for point in (self.mix, *self.grid):
            variant = point.variant
            share = TWO_FOUR if pruning == "two-four" else variant.sparsity
            if (variant.quantization, variant.pruning) == ("none", pruning) and abs(share - sparsity) < 1e-9:
                return point.cost.perplexity
        return None


@dataclass(frozen=True)
class Examined:
    """A classifier on texts that it wasn't fitted to. `accuracy`, `low`, `high`: on Chinese reviews, with its 95 % interval
    (Wilson); `english`: on English sentences; `agreement`: share of the Chinese ones judged as by the teacher; all 0 to 1.
    `parameters`: how many. `held_bytes`: of its weights."""

    accuracy: float
    low: float
    high: float
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
    """A held-out review that the two judge differently. `label`: 1 positive, 0 negative. `teacher`, `student`: p(positive)."""

    text: str
    label: int
    teacher: float
    student: float


@dataclass(frozen=True)
class Distilled:
    """Teacher and students. `alone`: learned from labels only; `distilled`: by the visitor's recipe; both alike otherwise.
    `transfer_texts`: reviews that the students learn from. `drift`: largest difference in p(positive) between stored teacher
    labels and the teacher in this run. `review_teacher`, `review_student`: p(positive) of the visitor's sentence.
    `temperatures`: one student for each, in rising order."""

    teacher: Examined
    alone: Examined
    distilled: Examined
    transfer_texts: int
    drift: float
    review_teacher: float
    review_student: float
    disputes: tuple[Dispute, ...]
    temperatures: tuple[AtTemperature, ...]


@dataclass(frozen=True)
class Measured:
    """Times of this run, medians in milliseconds. `ms_per_step_…`: of one decode step of the baseline, the mix, and the baseline
    with neurons zeroed and cut. `ms_per_text_…`: of judging one review, from its letters on."""

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
    """Both halves of the run, and its times."""

    compressed: Compressed
    distilled: Distilled
    measured: Measured


def baseline_of(held_bytes: int, cost: Cost) -> Point:
    """The model as it is, as a point of the grid."""
    return Point(Variant(), held_bytes, cost)


def examine_teacher(room: Classroom) -> Examined:
    """Computes the teacher's numbers."""
    return _examined(
        room, room.teacher_accuracy("held_out"), room.teacher_accuracy("english"), 1.0, room.teacher_size()
    )


def examine(room: Classroom, student: Student) -> Examined:
    """Computes a student's numbers."""
    return _examined(
        room,
        room.accuracy(student, "held_out"),
        room.accuracy(student, "english"),
        room.agreement(student),
        room.student_size(student),
    )


def _examined(room: Classroom, accuracy: float, english: float, agreement: float, size: tuple[int, int]) -> Examined:
    count = len(room.school.parts["held_out"].labels)
    low, high = wilson(round(accuracy * count), count)
    return Examined(accuracy, low, high, english, agreement, *size)
