"""Rounding a real model's weights: the grid on the weights, the error by layer, and what the model loses by it.

Knows nothing of how a tensor is rounded (see `compression.quantize`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from playground.compression.quantize import Quantized, Scheme, fake_quantize, levels, quantize
from playground.evaluation.perplexity import check_length
from playground.evaluation.reading import Cost, Reading
from playground.generation.decode import decode
from playground.generation.panels import tokens_panel
from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.lab.panels import (
    Heatmap,
    Histogram,
    Line,
    Lines,
    Mark,
    Metric,
    Metrics,
    Series,
    SideBySide,
    Table,
    panel,
)
from playground.lab.text import Label, Text
from playground.lab.token_panels import Tokens
from playground.lab.topic import Group, Topic
from playground.models import kernels as model_kernels
from playground.models import structure
from playground.models.language_model import LanguageModel
from playground.topics.quantization import kernels, words
from playground.topics.quantization.rounding import Rounded, round_model
from playground.topics.quantization.settings import GRANULARITIES, Settings, describe

CURVE_BITS = (2, 3, 4, 5, 6, 8)
BINS = 120
BASELINE = Text(zh="基线", en="baseline")


@dataclass(frozen=True)
class Result:
    weights: Histogram | None = panel(
        Text(zh="权重与网格", en="Weights and grid"),
        hint=Text(
            zh="一个矩阵的权重分布；竖线是能取到的值。尖刺：基线本身已经舍入过一次",
            en="One matrix's weights; the vertical lines are the values it may take. Spikes: the baseline was rounded before",
        ),
        half=True,
    )
    noise: Heatmap | None = panel(
        Text(zh="逐层误差（信噪比，dB）", en="Error by layer (SNR, dB)"),
        hint=Text(zh="越高越好；每多一位约加 6 dB", en="Higher is better; each bit adds about 6 dB"),
        half=True,
    )
    figures: Metrics | None = panel(Text(zh="这组设置", en="This setting"))
    outputs: SideBySide[Tokens] | None = panel(
        Text(zh="续写", en="Outputs"),
        hint=Text(zh="贪心；首次不同处有标记", en="Greedy; the first difference is marked"),
    )
    granularities: Table | None = panel(
        Text(zh="同样的位数，不同的缩放范围", en="The same bits, another reach of a scale"),
        hint=Text(zh="同一种网格与区间取法", en="The same grid and range"),
    )
    perplexities: Lines | None = panel(Text(zh="困惑度随位数", en="Perplexity against bits"), half=True)
    divergences: Lines | None = panel(Text(zh="KL 随位数", en="KL against bits"), half=True)
    kernels: Table | None = panel(Text(zh="真实算子：字节与速度", en="Real kernels: bytes and speed"))


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    lm = bench.lm()
    ids = lm.encode(settings.text)
    check_length(ids)
    result = Result(weights=histogram(lm, settings))
    yield result
    rounded = _rounded(lm, settings, settings.scheme, bench, measure_noise=True)
    reading = Reading(lm, ids)
    costs = {settings.scheme: reading.cost(rounded.lm)}
    result = replace(
        result, noise=noise_by_layer(lm, rounded), figures=figures(settings, reading, costs[settings.scheme], rounded)
    )
    yield result
    result = replace(result, outputs=continuations(lm, rounded.lm, ids, settings, bench))
    yield result
    bits_per_weight = {settings.scheme: rounded.bits_per_weight}
    del rounded
    reaches, curve = other_reaches(settings.scheme), [replace(settings.scheme, bits=bits) for bits in CURVE_BITS]
    todo = [scheme for scheme in dict.fromkeys([*reaches, *curve]) if scheme not in costs]
    for done, scheme in enumerate(todo):
        bench.progress(
            done / (len(todo) + 1),
            Text(zh="第 {n} 个点，共 {total} 个：{bits} 位", en="point {n} of {total}: {bits} bits").format(
                n=done + 1, total=len(todo), bits=scheme.bits
            ),
        )
        other = _rounded(lm, settings, scheme, bench)
        costs[scheme], bits_per_weight[scheme] = reading.cost(other.lm), other.bits_per_weight
        del other
        if len(costs) == len(reaches):
            result = replace(
                result, granularities=granularity_table(reaches, costs, bits_per_weight, settings, reading)
            )
            yield result
    perplexities, divergences = curves(curve, costs, settings, reading)
    result = replace(result, perplexities=perplexities, divergences=divergences)
    yield result
    bench.progress(0.9, Text(zh="测量 int8 与 int4 算子", en="measuring the int8 and int4 kernels"))
    yield replace(result, kernels=kernels.table(kernels.measure_kernels(bench, reading), lm))


def _rounded(
    lm: LanguageModel, settings: Settings, scheme: Scheme, bench: Bench, *, measure_noise: bool = False
) -> Rounded:
    def tell(done: int, total: int) -> None:
        bench.checkpoint()

    return round_model(
        lm,
        scheme,
        head=settings.head,
        activations=settings.activations,
        activation_bits=settings.activation_bits,
        tell=tell,
        measure_noise=measure_noise,
    )


# ---- the grid


def histogram(lm: LanguageModel, settings: Settings) -> Histogram:
    """A matrix's weights with the grid: in their own unit for one scale, else each in steps of its own scale."""
    layer = min(settings.layer, lm.layers)
    of_layer = list(structure.projections(lm.module).values())
    size = len(of_layer) // lm.layers
    place = {"first": 0, "up": size - 2, "down": size - 1}[settings.matrix]
    weight = structure.weight_of(of_layer[(layer - 1) * size + place])
    rounded = quantize(weight, settings.scheme)
    if settings.granularity == "tensor":
        values, label = weight.float(), Text(zh="权重", en="weight")
        grid = levels(rounded, settings.scheme)
    else:
        values, label = in_steps(weight, rounded), Text(zh="权重 ÷ 所在组的步长", en="weight ÷ the step of its group")
        grid = [float(code) for code in range(settings.scheme.lowest, settings.scheme.highest + 1)]
    counts, edges = np.histogram(values.flatten().cpu().numpy(), bins=BINS)
    return Histogram(
        edges=tuple(float(edge) for edge in edges),
        series=(
            Series(
                Text(zh="第 {n} 层", en="layer {n}").format(n=layer), tuple(float(count) for count in counts), role="a"
            ),
        ),
        x_label=label,
        grid=tuple(grid),
        log_y=settings.granularity == "tensor",
    )


def in_steps(weight: torch.Tensor, rounded: Quantized) -> torch.Tensor:
    """Where each weight lies on its group's grid: the code it would have before rounding."""
    columns = weight.shape[1]
    scale = rounded.scale.repeat_interleave(rounded.width, 1)[:, :columns]
    zero = rounded.zero.repeat_interleave(rounded.width, 1)[:, :columns]
    return weight.float() / scale + zero


def noise_by_layer(lm: LanguageModel, rounded: Rounded) -> Heatmap:
    """SNR of each matrix: one row per kind, one column per layer."""
    kinds: dict[str, list[float | None]] = {}
    for name, decibels in rounded.noise.items():
        kinds.setdefault(name.rpartition(".")[2], []).append(decibels)
    head = kinds.pop(structure.head_name(lm.module), None)
    rows = {kind: values for kind, values in kinds.items() if len(values) == lm.layers}
    note = Text(
        zh="误差按权重算，不等于模型的损失：信噪比相同的两层，对输出的影响可以差很多。",
        en="Error of the weights, not the model's loss: two layers of the same SNR may matter very differently.",
    )
    if head:
        note = Text(zh="{note} 输出层：{db} dB。", en="{note} Output head: {db} dB.").format(
            note=note, db="∞" if head[0] is None else f"{head[0]:.1f}"
        )
    return Heatmap(
        columns=tuple(str(layer + 1) for layer in range(lm.layers)),
        rows=tuple(rows),
        values=tuple(tuple(values) for values in rows.values()),
        value_label="dB",
        caveat=note,
    )


# ---- what it costs


def simulated(settings: Settings) -> Text:
    """What is computed and what isn't, for every panel of a rounded model."""
    return words.SIMULATED.format(head=words.WITH_HEAD if settings.head else words.WITHOUT_HEAD)


def figures(settings: Settings, reading: Reading, cost: Cost, rounded: Rounded) -> Metrics:
    """Baseline (A) against this setting (B)."""
    measured = Text(zh="文本的前 {n} 个词元", en="on the first {n} tokens of the text").format(n=len(reading.ids))
    known = [decibels for decibels in rounded.noise.values() if decibels is not None]
    return Metrics(
        (
            Metric(Text(zh="困惑度", en="perplexity"), reading.baseline.perplexity, cost.perplexity, better="lower", hint=measured),
            Metric(Text(zh="每词元 KL", en="KL per token"), 0.0, cost.divergence, digits=3, better="lower",
                   unit=Text(zh="奈特", en="nats"), hint=Text(zh="KL（基线 ‖ 舍入后），{where}", en="KL(baseline ‖ rounded), {where}").format(where=measured)),
            Metric(Text(zh="每权重位数", en="bits per weight"), None, rounded.bits_per_weight, better="lower",
                   hint=Text(zh="若打包存放：位数，加每组 16 位缩放（和零点）。按公式计算，未实际打包", en="If packed: the bits, and 16 for each scale (and a zero point). By formula; nothing is packed here")),
            Metric(Text(zh="信噪比中位数", en="median SNR"), None, float(np.median(known)) if known else None, unit="dB", digits=1, better="higher",
                   hint=Text(zh="各矩阵的中位数", en="The median over the matrices")),
        ),
        caveat=simulated(settings),
    )  # fmt: skip


def continuations(
    lm: LanguageModel, rounded: LanguageModel, ids: Sequence[int], settings: Settings, bench: Bench
) -> SideBySide[Tokens]:
    """What both models write on, greedily."""
    sides = []
    for side, one in enumerate((lm, rounded)):
        last = None
        for count, now in enumerate(decode(one, ids, (Decoding(),), max_tokens=settings.max_tokens)):
            last = now[0]
            bench.progress(
                (side + count / settings.max_tokens) / 2,
                Text(zh="续写：第 {n} 个词元", en="writing: token {n}").format(n=count + 1),
            )
        assert last is not None
        sides.append(last)
    a, b = sides
    return SideBySide(
        tokens_panel(lm, a, b),
        tokens_panel(rounded, b, a),
        a_label=BASELINE,
        b_label=describe(settings),
        caveat=words.BASELINE,
    )


def other_reaches(scheme: Scheme) -> list[Scheme]:
    """The same bits and range by tensor, row, and groups of 128, 64 and 32."""
    groups = [replace(scheme, granularity="group", group_size=size) for size in (128, 64, 32)]
    return [_plain(replace(scheme, granularity=one), scheme) for one in ("tensor", "row")] + groups  # type: ignore[arg-type]


def _plain(reach: Scheme, chosen: Scheme) -> Scheme:
    """The chosen scheme itself where it is meant, so that nothing is computed twice."""
    return chosen if reach.granularity == chosen.granularity else reach


def granularity_table(
    reaches: list[Scheme],
    costs: dict[Scheme, Cost],
    bits_per_weight: dict[Scheme, float],
    settings: Settings,
    reading: Reading,
) -> Table:
    """One row for each reach of a scale, this setting's highlighted; tensor first, groups of 32 last."""
    names: list[Label] = [
        Text(zh="{one} {size}", en="{one} of {size}").format(one=GRANULARITIES["group"], size=scheme.group_size)
        if scheme.granularity == "group"
        else GRANULARITIES[scheme.granularity]
        for scheme in reaches
    ]
    return Table(
        columns=(
            Text(zh="共用一个缩放", en="one scale"),
            Text(zh="每权重位数", en="bits per weight"),
            Text(zh="困惑度", en="perplexity"),
            Text(zh="对基线的倍数", en="times the baseline"),
            Text(zh="每词元 KL（奈特）", en="KL per token (nats)"),
        ),
        rows=tuple(
            (name, bits_per_weight[scheme], costs[scheme].perplexity,
             costs[scheme].perplexity / reading.baseline.perplexity, costs[scheme].divergence)
            for name, scheme in zip(names, reaches, strict=True)
        ),
        highlight=tuple(index for index, scheme in enumerate(reaches) if scheme == settings.scheme),
        caveat=simulated(settings),
    )  # fmt: skip


def curves(curve: list[Scheme], costs: dict[Scheme, Cost], settings: Settings, reading: Reading) -> tuple[Lines, Lines]:
    """Perplexity and KL by bits, everything else as set; this setting is the mark."""
    points = {scheme.bits: costs[scheme] for scheme in [*curve, settings.scheme]}
    bits = tuple(float(one) for one in sorted(points))
    ordered = [points[int(one)] for one in bits]
    here, name, label = costs[settings.scheme], Text(zh="本设置", en="this setting"), Text(zh="位数", en="bits")
    floor = Line(
        BASELINE, (bits[0], bits[-1]), (reading.baseline.perplexity,) * 2, role="a", dash="dash", markers=False
    )
    perplexities = Lines(
        (Line(Text(zh="舍入后", en="rounded"), bits, tuple(one.perplexity for one in ordered), role="b"), floor),
        x_label=label, y_label=Text(zh="困惑度", en="perplexity"), log_y=True,
        marks=(Mark(float(settings.bits), here.perplexity, name, "b"),), caveat=simulated(settings),
    )  # fmt: skip
    divergences = Lines(
        (Line(Text(zh="舍入后", en="rounded"), bits, tuple(one.divergence for one in ordered), role="b"),),
        x_label=label, y_label=Text(zh="每词元 KL（奈特）", en="KL per token (nats)"), log_y=min(one.divergence for one in ordered) > 0,
        marks=(Mark(float(settings.bits), here.divergence, name, "b"),), caveat=simulated(settings),
    )  # fmt: skip
    return perplexities, divergences


TOPIC = Topic(
    number=9,
    slug="quantization",
    title=Text(zh="量化", en="Quantization"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    run=run,
    prediction=words.PREDICTION,
    failures=words.FAILURES,
    examples=words.EXAMPLES,
    followups=words.follow_ups,
    code=(fake_quantize, quantize, model_kernels.Int8Linear.multiply, round_model),
)
