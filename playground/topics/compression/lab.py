"""Any mix of pruning, sparsity and quantization on one model, and a classifier distilled into a small student.

The mixes are the bench's own variants and private copies of them; how a weight is chosen or rounded stands in `compression`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from playground.compression import prune
from playground.evaluation.perplexity import check_length
from playground.evaluation.reading import Reading, decode_step
from playground.lab.bench import Bench
from playground.lab.panels import Bars, Lines, Metrics, Scatter, Table, panel
from playground.lab.text import Label, Text
from playground.lab.topic import Group, Topic
from playground.lab.variant import Variant
from playground.learning.distillation import Student, distillation_loss
from playground.models import pruning
from playground.models.language_model import LanguageModel
from playground.models.variants import effective
from playground.topics.compression import mix_panels, mixes, student_panels, words
from playground.topics.compression.counting import count, scheme_of
from playground.topics.compression.settings import Settings
from playground.topics.compression.students import TEMPERATURES, Classroom, learning_text

# The mask and the cut are shown at the visitor's sparsity, or at this one where it would leave nothing to see.
SHOWN_SPARSITY = 0.5
# Tokens on which the mask's answers are held against the cut's.
COMPARED_TOKENS = 16
# Tokens before a timed decode step.
STEP_AFTER = 32


@dataclass(frozen=True)
class Result:
    """None: not computed yet."""

    figures: Metrics | None = panel(Text(zh="本组合", en="This mix"))
    counts: Table | None = panel(
        Text(zh="参数的三种数法", en="Parameters counted three ways"),
        hint=Text(zh="置零不改变参数个数，删去才会", en="A mask leaves the number as it was; a cut doesn't"),
    )
    speed: Bars | None = panel(Text(zh="每步多少毫秒", en="Milliseconds of a step"), half=True)
    survival: Lines | None = panel(
        Text(zh="谁更耐剪", en="Which survives"),
        hint=Text(zh="都不重新训练，权重为浮点", en="Nothing is trained again; weights in floats"), half=True,
    )  # fmt: skip
    front: Scatter | None = panel(
        Text(zh="字节与困惑度", en="Bytes against perplexity"),
        hint=Text(
            zh="左下更好；虚线是帕累托前沿：线上的组合，没有别的组合在两方面都不输给它",
            en="Lower left is better; dotted: the Pareto front, on which no other mix is as good in both",
        ),
    )  # fmt: skip
    mixes: Table | None = panel(Text(zh="网格里的每个组合", en="Every mix of the grid"), fold=True)
    learning: Lines | None = panel(
        Text(zh="蒸馏：边学边画", en="Distillation, as it learns"),
        hint=Text(zh="两个学生结构相同、步数相同", en="Two students alike, and as many steps"), half=True,
    )  # fmt: skip
    temperatures: Lines | None = panel(
        Text(zh="随温度", en="By temperature"),
        hint=Text(zh="每个温度各训练一个学生", en="A student is trained for each"),
        half=True,
    )
    students: Table | None = panel(
        Text(zh="师生对照", en="Student against teacher"),
        hint=Text(zh="在没有参与训练的文本上", en="On texts that none was fitted to"),
    )
    pace: Table | None = panel(Text(zh="判断一条要多久", en="Time of one text"), half=True)
    verdicts: Table | None = panel(
        Text(zh="逐句：师生各怎么看", en="Text by text: what each says"),
        hint=Text(zh="正面的概率：你的句子，再加分歧最大的评论", en="p(positive) of your sentence, then of the reviews they differ on most"), half=True,
    )  # fmt: skip


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    result = Result()
    for result in compress(settings, bench):
        yield result
    yield from distil(settings, bench, result)


# ---- pruning and quantization


def compress(settings: Settings, bench: Bench) -> Iterator[Result]:
    """This mix first, then what it costs to run, then the grid as it comes."""
    lm, mix = bench.lm(), settings.mix
    ids = lm.encode(settings.text)
    check_length(ids)
    reading = Reading(lm, ids)
    baseline = mixes.Point(Variant(), lm.weight_bytes, reading.baseline)
    calibration, same = settings.calibration, not settings.calibration.strip()
    if same:
        calibration = settings.text

    def figures(here: mixes.Point | None, zeros: tuple[float, float] | None) -> Metrics:
        return mix_panels.figures(mix, baseline, here, zeros, len(reading.ids), same)

    yield Result(figures=figures(None, None))
    mixed = bench.lm(mix.variant, calibration)
    here = mixes.Point(effective(mix.variant), mixed.weight_bytes, reading.cost(mixed))
    yield Result(figures=figures(here, None))
    floats = mixed
    if mix.quantization != "none":
        floats = mixes.pruned(lm, mix.pruning, mix.sparsity, calibration, bench.checkpoint)
    counted = count(floats, scheme_of(mix.variant))
    dense = count(lm, None)
    result = Result(figures=figures(here, (dense.zeros, counted.zeros)))
    yield result
    del floats
    bench.progress(0.1, Text(zh="置零与删去同样的神经元", en="zeroing and cutting the same neurons"))
    share = mix.sparsity or SHOWN_SPARSITY
    masked, cut = mixes.masked_neurons(lm, share), mixes.pruned(lm, "structured", share, calibration, bench.checkpoint)
    models: list[tuple[Label, LanguageModel]] = [
        (mix_panels.BASELINE, lm),
        (mix_panels.named(mix), mixed),
        (Text(zh="神经元置零 {share:.0%}", en="neurons zeroed, {share:.0%}").format(share=share), masked),
        (Text(zh="神经元删去 {share:.0%}", en="neurons cut, {share:.0%}").format(share=share), cut),
    ]
    counts = [dense, counted, count(masked, None), count(cut, None)]
    costs = [reading.baseline, here.cost, reading.cost(masked), reading.cost(cut)]
    result = replace(
        result,
        counts=mix_panels.count_table(
            [
                (name, one, model.weight_bytes, cost)
                for (name, model), one, cost in zip(models, counts, costs, strict=True)
            ],
            largest_difference(masked, cut, reading.ids[:COMPARED_TOKENS]),
            str(next(lm.module.parameters()).dtype).removeprefix("torch."),
        ),
    )
    yield result
    bench.progress(0.15, Text(zh="测量解码一步的时间", en="timing a decode step"))
    result = replace(
        result,
        speed=mix_panels.speed_bars([(name, decode_step(model, reading.ids[:STEP_AFTER])) for name, model in models]),
    )
    yield result
    del models, masked, cut
    plan = mixes.plan(lm.layers, settings.grid == "large")
    for points in mixes.measure_grid(bench, reading, calibration, plan, here):
        result = replace(
            result,
            survival=mix_panels.survival(points, here, reading.baseline),
            front=mix_panels.front(points, here),
            mixes=mix_panels.mix_table(points, here, mix, reading.baseline),
        )
        yield result


def largest_difference(one: LanguageModel, other: LanguageModel, ids: list[int]) -> float:
    """The largest difference between two models' log-probabilities over all positions and the whole vocabulary."""
    a, b = (model.logits(ids).log_softmax(-1) for model in (one, other))
    return float((a - b).abs().max())


# ---- distillation


def distil(settings: Settings, bench: Bench, result: Result) -> Iterator[Result]:
    """Two students side by side, epoch by epoch; then what they are against the teacher; then one for each temperature."""
    room, recipe = Classroom(bench), settings.distillation.recipe
    teacher = room.teacher_accuracy("validation")
    alone: Student | None = None
    distilled: Student | None = None
    seen: tuple[list[float], list[float]] = ([], [])
    for by_labels, by_teacher in room.together(recipe):
        bench.progress(by_labels.number / (recipe.epochs + 1), learning_text(by_labels.number, recipe.epochs))
        alone, distilled = by_labels.student, by_teacher.student
        for values, student in zip(seen, (alone, distilled), strict=True):
            values.append(room.accuracy(student, "validation"))
        result = replace(result, learning=student_panels.curves(*seen, teacher, recipe.epochs))
        yield result
    assert alone is not None and distilled is not None
    result = replace(
        result,
        students=student_panels.comparison(room, alone, distilled, room.drift()),
        verdicts=student_panels.verdicts(room, settings.review, distilled),
    )
    yield result
    own = distilled
    result = replace(
        result,
        pace=student_panels.pace(room.pace(room.teacher_of), room.pace(lambda text: room.student_of(own, text))),
    )
    yield result
    found = {recipe.temperature: (room.agreement(distilled), room.accuracy(distilled, "held_out"))}
    for temperature in TEMPERATURES:
        if temperature not in found:
            bench.progress(
                len(found) / (len(TEMPERATURES) + 1),
                Text(zh="温度 {t} 的学生", en="a student at temperature {t}").format(t=f"{temperature:g}"),
            )
            student = room.finished(replace(recipe, temperature=temperature))
            found[temperature] = (room.agreement(student), room.accuracy(student, "held_out"))
        result = replace(result, temperatures=student_panels.temperatures(found, recipe.temperature))
        yield result


TOPIC = Topic(
    number=11,
    slug="compression",
    title=Text(zh="模型压缩", en="Compression"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    run=run,
    prediction=words.PREDICTION,
    failures=words.FAILURES,
    examples=words.EXAMPLES,
    followups=words.follow_ups,
    code=(
        prune.magnitude_masks, prune.wanda_mask, prune.two_to_four_mask, pruning.remove_neurons, pruning.layer_influences,
        distillation_loss, mixes.on_front,
    ),
)  # fmt: skip
