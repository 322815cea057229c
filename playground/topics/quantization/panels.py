"""The panels of quantization, drawn from the numbers of a run."""

from __future__ import annotations

from collections.abc import Mapping

from playground.compression.quantize import Scheme
from playground.evaluation.perplexity import readable
from playground.generation.continuation import Continuation
from playground.generation.panels import tokens_panel
from playground.lab.panels import Heatmap, Histogram, Line, Lines, Mark, Metric, Metrics, Series, SideBySide, Table
from playground.lab.text import Label, Text
from playground.lab.token_panels import Tokens
from playground.models import kernels, structure
from playground.models.language_model import LanguageModel
from playground.topics.quantization.findings import Loss
from playground.topics.quantization.grid import MatrixOnGrid
from playground.topics.quantization.kernels import KernelRun
from playground.topics.quantization.settings import GRANULARITIES, Settings, describe

BASELINE = Text(zh="基线", en="baseline")
BASELINE_NOTE = Text(
    zh="基线不是原始训练权重：它来自 Q4_K_M 文件（平均每权重 7.4 位），反量化成浮点。这里看到的是在它之上再舍入一次的代价。",
    en="The baseline isn't the trained weights: it comes from a Q4_K_M file (7.4 bits a weight on average) dequantized to floats."
    " What you see is the cost of rounding once more on top of that.",
)
WITH_HEAD = Text(zh="含输出层", en="output head included")
WITHOUT_HEAD = Text(zh="不含输出层与嵌入", en="without output head and embedding")
SIMULATED = Text(
    zh="模拟：各层矩阵舍入后仍以浮点存放（{head}），不省字节也不提速；损失是真实算出来的。基线本身是反量化成浮点的 Q4_K_M 文件。",
    en="Simulated: the layers' matrices are rounded and kept as floats ({head}), so no byte and no time is saved;"
    " the loss is really computed. The baseline is itself a Q4_K_M file dequantized to floats.",
)


def histogram(matrix: MatrixOnGrid) -> Histogram:
    """Draws a matrix's weights with the grid: in their own unit for one scale, else each in steps of its own scale."""
    return Histogram(
        edges=matrix.edges,
        series=(
            Series(
                Text(zh="第 {n} 层", en="layer {n}").format(n=matrix.layer),
                tuple(float(count) for count in matrix.counts),
                role="a",
            ),
        ),
        x_label=(
            Text(zh="权重 ÷ 所在组的步长", en="weight ÷ the step of its group")
            if matrix.in_steps
            else Text(zh="权重", en="weight")
        ),
        grid=matrix.levels,
        log_y=not matrix.in_steps,
    )


def noise_by_layer(lm: LanguageModel, noise: Mapping[str, float | None]) -> Heatmap:
    """Draws SNR of each matrix: one row per kind, one column per layer."""
    kinds: dict[str, list[float | None]] = {}
    for name, decibels in noise.items():
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


def simulated(settings: Settings) -> Text:
    """Returns what is computed and what isn't, for every panel of a rounded model."""
    return SIMULATED.format(head=WITH_HEAD if settings.head else WITHOUT_HEAD)


def figures(
    settings: Settings, tokens: int, baseline_perplexity: float, loss: Loss, median_snr: float | None
) -> Metrics:
    """Compares baseline (A) with this setting (B)."""
    measured = Text(zh="文本的前 {n} 个词元", en="on the first {n} tokens of the text").format(n=tokens)
    return Metrics(
        (
            Metric(Text(zh="困惑度", en="perplexity"), readable(baseline_perplexity), readable(loss.perplexity), better="lower", hint=measured),
            Metric(Text(zh="每词元 KL", en="KL per token"), 0.0, loss.divergence, digits=3, better="lower",
                   unit=Text(zh="奈特", en="nats"), hint=Text(zh="KL（基线 ‖ 舍入后），{where}", en="KL(baseline ‖ rounded), {where}").format(where=measured)),
            Metric(Text(zh="每权重位数", en="bits per weight"), None, loss.bits_per_weight, better="lower",
                   hint=Text(zh="若打包存放：位数，加每组 16 位缩放（和零点）。按公式计算，未实际打包", en="If packed: the bits, and 16 for each scale (and a zero point). By formula; nothing is packed here")),
            Metric(Text(zh="信噪比中位数", en="median SNR"), None, median_snr, unit="dB", digits=1, better="higher",
                   hint=Text(zh="各矩阵的中位数", en="The median over the matrices")),
        ),
        caveat=simulated(settings),
        warning=True,
    )  # fmt: skip


def outputs(
    settings: Settings, lm: LanguageModel, rounded_lm: LanguageModel, baseline: Continuation, rounded: Continuation
) -> SideBySide[Tokens]:
    """Draws both continuations, the first difference marked on both."""
    return SideBySide(
        tokens_panel(lm, baseline, rounded),
        tokens_panel(rounded_lm, rounded, baseline),
        a_label=BASELINE,
        b_label=describe(settings),
        caveat=BASELINE_NOTE,
    )


def granularities(
    settings: Settings, schemes: Mapping[str, Scheme], losses: Mapping[str, Loss], baseline_perplexity: float
) -> Table:
    """Tabulates the granularities, this setting's highlighted; per tensor first, groups of 32 last."""
    rows = []
    for key, scheme in schemes.items():
        name: Label = GRANULARITIES[scheme.granularity]
        if scheme.granularity == "group":
            name = Text(zh="{one} {size}", en="{one} of {size}").format(one=name, size=scheme.group_size)
        loss = losses[key]
        rows.append(
            (
                name,
                loss.bits_per_weight,
                readable(loss.perplexity),
                readable(loss.perplexity / baseline_perplexity),
                loss.divergence,
            )
        )
    return Table(
        columns=(
            Text(zh="粒度", en="granularity"),
            Text(zh="每权重位数", en="bits per weight"),
            Text(zh="困惑度", en="perplexity"),
            Text(zh="对基线的倍数", en="times the baseline"),
            Text(zh="每词元 KL（奈特）", en="KL per token (nats)"),
        ),
        rows=tuple(rows),
        highlight=tuple(index for index, scheme in enumerate(schemes.values()) if scheme == settings.scheme),
        caveat=simulated(settings),
        warning=True,
    )


def perplexities(settings: Settings, losses: Mapping[int, Loss], baseline_perplexity: float) -> Lines:
    """Draws perplexity by bits, everything else as set; this setting is the mark."""
    bits = tuple(float(one) for one in losses)
    floor = Line(BASELINE, (bits[0], bits[-1]), (baseline_perplexity,) * 2, role="a", dash="dash", markers=False)
    values = tuple(one.perplexity for one in losses.values())
    return _curve(
        settings,
        (Line(_ROUNDED, bits, values, role="b"), floor),
        losses[settings.bits].perplexity,
        Text(zh="困惑度", en="perplexity"),
        log_y=True,
    )


def divergences(settings: Settings, losses: Mapping[int, Loss]) -> Lines:
    """Draws KL by bits, everything else as set; this setting is the mark."""
    values = tuple(one.divergence for one in losses.values())
    return _curve(
        settings,
        (Line(_ROUNDED, tuple(float(one) for one in losses), values, role="b"),),
        losses[settings.bits].divergence,
        Text(zh="每词元 KL（奈特）", en="KL per token (nats)"),
        log_y=min(values) > 0,
    )


_ROUNDED = Text(zh="舍入后", en="rounded")


def _curve(settings: Settings, lines: tuple[Line, ...], here: float, y_label: Text, log_y: bool) -> Lines:
    return Lines(
        lines,
        x_label=Text(zh="位数", en="bits"),
        y_label=y_label,
        log_y=log_y,
        marks=(Mark(float(settings.bits), here, Text(zh="本设置", en="this setting"), "b"),),
        caveat=simulated(settings),
        warning=True,
    )


def kernel_table(runs: Mapping[str, KernelRun], lm: LanguageModel) -> Table:
    """Tabulates the floats and the real kernels, one row each."""
    dtype = next(lm.module.parameters()).dtype
    floats = str(dtype).removeprefix("torch.")
    rows = tuple(
        (floats if kind == "none" else kind, one.matrix_bytes / 1e6, one.held_bytes / 1e6, one.step.median * 1e3,
         runs["none"].step.median / one.step.median, readable(one.cost.perplexity), one.cost.divergence)
        for kind, one in runs.items()
    )  # fmt: skip
    notices = [kernels.notice(kind, dtype, lm.device.type) for kind in kernels.LINEARS]
    how = Text(
        zh="在本机测得：每步毫秒取 {n} 次的中位数。int8 每行一个 16 位缩放，int4 每 32 个一组，缩放与零点各 16 位（合 5 位）；都包含输出层（上面的面板要勾选才含）；输入嵌入从打包的输出层取行（两者本是同一个张量）。",
        en="Measured on this machine: a step is the median of {n}. int8 has a 16-bit scale per row, int4 a scale and a zero point of 16 bits per 32 weights (5 bits in all);"
        " both include the output head, which the panels above do only if you switch it on; the input embedding reads its rows from the packed head, as the two are one tensor.",
    ).format(n=runs["none"].step.repeats)
    missing = [notice for notice in notices if notice is not None]
    caveat = Text(" ".join([how.zh, *(one.zh for one in missing)]), " ".join([how.en, *(one.en for one in missing)]))
    return Table(
        columns=(
            Text(zh="算子", en="kernel"),
            Text(zh="矩阵 MB", en="matrices, MB"),
            Text(zh="全模型 MB", en="whole model, MB"),
            Text(zh="每步毫秒", en="ms per step"),
            Text(zh="快几倍", en="times as fast"),
            Text(zh="困惑度", en="perplexity"),
            "KL",
        ),
        rows=rows,
        digits=2,
        caveat=caveat,
        measured=True,
    )
