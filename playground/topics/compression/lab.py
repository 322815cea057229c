"""Any mix of pruning and quantization on one model, and a classifier distilled into a small student.

Knows nothing of how a weight is chosen or rounded (see `compression`), nor of how a student learns (see `learning.distillation`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

from playground.compression import prune
from playground.evaluation.perplexity import check_length
from playground.evaluation.reading import Reading, one_more_token
from playground.lab.bench import Bench
from playground.lab.panels import Metrics
from playground.lab.text import Label, Text
from playground.lab.timing import Timing, measure_in_turn
from playground.lab.topic import Group, Topic
from playground.lab.variant import Variant
from playground.learning.distillation import Student, distillation_loss
from playground.models import pruning
from playground.models.language_model import LanguageModel
from playground.models.variants import effective
from playground.topics.compression import cases, interview, mixes
from playground.topics.compression.cost import cost
from playground.topics.compression.counting import count, scheme_of
from playground.topics.compression.findings import (
    AtTemperature,
    Compressed,
    Counts,
    Dispute,
    Distilled,
    Findings,
    Measured,
    Neurons,
    baseline_of,
    compared,
    examine,
    examine_teacher,
    reorder,
)
from playground.topics.compression.panels import mixes as mix_panels
from playground.topics.compression.panels import students as student_panels
from playground.topics.compression.settings import Result, Settings
from playground.topics.compression.students import TEMPERATURES, Classroom, learning_text

# Neurons are shown zeroed and removed at the visitor's choice and sparsity where that removes neurons, else so.
SHOWN, SHOWN_SPARSITY = "activations", 0.3
# Tokens on which the mask's log-probabilities are compared with the cut's.
COMPARED_TOKENS = 16
# Tokens before a timed decode step, and the timed steps of each model.
STEP_AFTER = 32
STEP_REPEATS = 3


@dataclass(frozen=True)
class StepTimes:
    """Seconds of one decode step: of the baseline, the mix, and the baseline with neurons zeroed and cut."""

    baseline: Timing
    mix: Timing
    masked: Timing
    cut: Timing


@dataclass(frozen=True)
class TextTimes:
    """Seconds of judging one text: by the teacher, and by the distilled student."""

    teacher: Timing
    student: Timing


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the mix and its grid, then the students, then the findings."""
    compressed, steps = yield from compress(settings, bench)
    distilled, texts = yield from distil(settings, bench)
    measured = Measured(
        ms_per_step_baseline=1e3 * steps.baseline.median,
        ms_per_step_mix=1e3 * steps.mix.median,
        ms_per_step_masked=1e3 * steps.masked.median,
        ms_per_step_cut=1e3 * steps.cut.median,
        ms_per_text_teacher=1e3 * texts.teacher.median,
        ms_per_text_student=1e3 * texts.student.median,
    )
    yield Result(findings=Findings(compressed, distilled, measured))


def compress(
    settings: Settings, bench: Bench, grid: mixes.Grid | None = None
) -> Generator[Result, None, tuple[Compressed, StepTimes]]:
    """Yields this mix first, then its parameters and its time, then the grid mix by mix; returns the numbers. `grid`: the mixes
    to measure, by the settings where None."""
    lm, mix = bench.lm(), settings.mix
    calibration = mixes.Calibration(settings.calibration, settings.text)
    ids = lm.encode(settings.text)
    check_length(ids)
    reading = Reading(lm, ids)
    baseline = baseline_of(lm.weight_bytes, reading.baseline)

    def figures(here: mixes.Point | None, zeros: tuple[float, float] | None) -> Metrics:
        return mix_panels.figures(mix, baseline, here, zeros, len(reading.ids), calibration.same)

    yield Result(figures=figures(None, None))
    mixed = bench.lm(mix.variant, calibration.of(mix.pruning))
    here = mixes.Point(effective(mix.variant), mixed.weight_bytes, reading.cost(mixed))
    yield Result(figures=figures(here, None))
    floats = mixed
    if mix.quantization != "none":
        floats = mixes.pruned(lm, mix.pruning, mix.sparsity, calibration.of(mix.pruning), bench.checkpoint)
    counted = count(floats, scheme_of(mix.variant))
    dense = count(lm, None)
    yield Result(figures=figures(here, (dense.zeros, counted.zeros)))
    del floats
    bench.progress(0.1, Text(zh="置零与删去同样的神经元", en="zeroing and removing the same neurons"))
    own = mix.pruning in mixes.NEURONS and mix.sparsity > 0
    by, share = (mix.pruning, mix.sparsity) if own else (SHOWN, SHOWN_SPARSITY)
    masked = mixes.masked_neurons(lm, by, share, calibration.of(by))
    cut = mixes.pruned(lm, by, share, calibration.of(by), bench.checkpoint)
    counts = Counts(dense, counted, count(masked, None), count(cut, None))
    of_masked, of_cut = reading.logits(masked), reading.logits(cut)
    neurons = Neurons(
        by, share, reading.cost_of(of_masked), masked.weight_bytes, reading.cost_of(of_cut), cut.weight_bytes,
        mixes.largest_difference(of_masked[:COMPARED_TOKENS], of_cut[:COMPARED_TOKENS]),
    )  # fmt: skip
    del of_masked, of_cut
    number_type = str(next(lm.module.parameters()).dtype).removeprefix("torch.")
    names: tuple[Label, ...] = mix_panels.compared_names(mix, by, share)
    yield Result(counts=mix_panels.count_table(names, baseline, here, counts, neurons, number_type))
    bench.progress(0.15, Text(zh="测量解码一步的时间", en="timing a decode step"))
    models: tuple[LanguageModel, ...] = (lm, mixed, masked, cut)
    calls = dict(enumerate(one_more_token(model, reading.ids[:STEP_AFTER]) for model in models))
    steps = StepTimes(*measure_in_turn(calls, STEP_REPEATS).values())
    del calls
    timings = (steps.baseline, steps.mix, steps.masked, steps.cut)
    yield Result(speed=mix_panels.speed_bars(list(zip(names, timings, strict=True))))
    del models, masked, cut
    if grid is None:
        grid = mixes.plan(lm.layers, settings.grid)
    removed = mixes.contributions_removed(lm, mixes.REMOVED[0], calibration.of("activations"))
    found = Compressed(len(reading.ids), calibration.same, baseline, here, counts, neurons, (), number_type, removed)
    removed_too = mixes.Point(Variant(pruning=by, sparsity=share), neurons.cut_bytes, neurons.cut)
    for points in mixes.measure_grid(bench, reading, calibration, grid, (baseline, removed_too, here)):
        found = replace(found, grid=tuple(points))
        yield Result(
            survival=mix_panels.survival(points, here, reading.baseline, removed),
            front=mix_panels.front(points, here),
            mixes=mix_panels.mix_table(points, here, mix, reading.baseline, found.added),
        )
    return found, steps


def distil(settings: Settings, bench: Bench) -> Generator[Result, None, tuple[Distilled, TextTimes]]:
    """Yields three students side by side, epoch by epoch; then all against the teacher; then one for each temperature. Returns
    the numbers."""
    room, recipe = Classroom(bench), settings.distillation.recipe
    lm_layers = room.lm.layers
    validation = room.teacher_accuracy("validation")
    taught: tuple[Student, ...] = ()
    seen: tuple[list[float], ...] = ([], [], [])
    for epochs in room.together(recipe):
        bench.progress(epochs[0].number / (recipe.epochs + 1), learning_text(epochs[0].number, recipe.epochs))
        taught = tuple(epoch.student for epoch in epochs)
        for values, student in zip(seen, taught, strict=True):
            values.append(room.accuracy(student, "validation"))
        yield Result(learning=student_panels.curves(seen, validation, recipe.epochs))
    teacher = examine_teacher(room)
    of_labels, of_classes, of_teacher = (examine(room, student) for student in taught)
    _, pseudo, distilled = taught
    paired, in_order = compared(room, distilled, pseudo), reorder(room, distilled)
    transfer_texts, drift = len(room.school.parts["train"].labels), room.drift()
    teacher_texts, layers = int(room.probe.report["sizes"]["train"]), room.probe.layer
    disputes = tuple(Dispute(*one) for one in room.disputes(distilled))
    review = room.teacher_of(settings.review), room.student_of(distilled, settings.review)
    yield Result(
        students=student_panels.comparison(
            (teacher, of_labels, of_classes, of_teacher),
            paired,
            (layers, lm_layers),
            (transfer_texts, teacher_texts),
            drift,
        ),
        verdicts=student_panels.verdicts(settings.review, *review, in_order, disputes),
    )
    own = distilled
    times = TextTimes(room.pace(room.teacher_of), room.pace(lambda text: room.student_of(own, text)))
    yield Result(pace=student_panels.pace(times.teacher, times.student))
    found = [AtTemperature(recipe.temperature, of_teacher.agreement, of_teacher.accuracy)]
    for temperature in TEMPERATURES:
        if temperature != recipe.temperature:
            bench.progress(
                len(found) / (len(TEMPERATURES) + 1),
                Text(zh="温度 {t} 的学生", en="a student at temperature {t}").format(t=f"{temperature:g}"),
            )
            student = room.finished(replace(recipe, temperature=temperature))
            found.append(AtTemperature(temperature, room.agreement(student), room.accuracy(student, "held_out")))
        yield Result(temperatures=student_panels.temperatures(found, recipe.temperature, of_classes))
    rising = tuple(sorted(found, key=lambda one: one.temperature))
    return Distilled(
        teacher, of_labels, of_classes, of_teacher, paired, transfer_texts, teacher_texts, layers, drift, *review, in_order,
        disputes, rising,
    ), times  # fmt: skip


TOPIC = Topic(
    number=11,
    slug="compression",
    title=Text(zh="模型压缩", en="Compression"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    leads=("figures", "front", "counts", "students"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("figures", "front", "students"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    asides=cases.ASIDES,
    code=(
        prune.magnitude_masks, prune.wanda_mask, prune.two_to_four_mask, prune.activation_importance, pruning.remove_neurons,
        pruning.layer_influences, distillation_loss, mixes.on_front,
    ),
)  # fmt: skip
