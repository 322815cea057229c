"""The calculator's panels: memory by ZeRO stage, and the formulas with the numbers put in. Knows no process."""

from __future__ import annotations

from playground.lab.panels import Bars, Series, Table
from playground.lab.text import Label, Text, significant
from playground.learning.memory import GB, PRECISIONS, ZERO_STAGES, Cluster, Memory, optimizer_bytes_each

ZERO_PAPER = "Rajbhandari 2019, §3"
ACTIVATION_PAPER = "Korthikanti 2022, §4–5"
BY_FORMULA = Text(
    zh="按公式计算，未在 GPU 上测量；1 GB = 10⁹ 字节。不含 logits 及其梯度（词表大时各有几 GB）、通信缓冲、ZeRO-3 临时收集的层、碎片与驱动占用。参数按均匀切分计，"
    "激活按 GPT 式的层（四倍宽的前馈、GELU、dropout）计，流水线取首段。",
    en="By formula, not measured on a GPU; 1 GB = 10⁹ bytes. Excluding logits and their gradient (several GB each with a large vocabulary), communication buffers,"
    " the layer that ZeRO-3 gathers temporarily, fragmentation and the driver's own memory. Parameters count as evenly split, activations as of a GPT layer"
    " (MLP four times as wide, GELU, dropout), the first stage of a pipeline.",
)
PIPELINE_AND_ZERO = Text(
    zh="{note} 流水线与 ZeRO-2/3 很少合用：每个微批都要重新规约或收集一遍。",
    en="{note} A pipeline is rarely combined with ZeRO-2 or 3: every micro-batch would reduce or gather again.",
)
PARTS = {
    "weights": Text(zh="权重", en="weights"),
    "gradients": Text(zh="梯度", en="gradients"),
    "optimizer": Text(zh="优化器状态", en="optimizer states"),
    "activations": Text(zh="激活", en="activations"),
}


def by_stage(cluster: Cluster, every: tuple[Memory, ...], chosen: int) -> Bars:
    """Draws a bar for each stage, `every` in the order of `ZERO_STAGES`: its parts, its total in its name, a mark on
    the chosen one.
    """
    note = PIPELINE_AND_ZERO.format(note=BY_FORMULA) if cluster.pipeline > 1 and chosen >= 2 else BY_FORMULA
    return Bars(
        categories=tuple(
            ("▶ " if stage == chosen else "") + f"ZeRO-{stage} · {gigabytes(one.total)} GB"
            for stage, one in zip(ZERO_STAGES, every, strict=True)
        ),
        series=tuple(Series(label, tuple(getattr(one, part) / GB for one in every)) for part, label in PARTS.items()),
        y_label=Text(zh="每张 GPU 的 GB", en="GB on each GPU"),
        horizontal=True,
        stacked=True,
        caveat=note,
    )


def gigabytes(size: float) -> str:
    """Writes bytes as GB, three digits."""
    return f"{size / GB:,.0f}" if size >= 100 * GB else f"{size / GB:.3g}"


def formulas(cluster: Cluster, one: Memory, stage: int) -> Table:
    """Tabulates every term of the chosen stage, whose memory is `one`: formula, numbers, result, source."""
    precision = PRECISIONS[cluster.precision]
    each = optimizer_bytes_each(precision, cluster.optimizer, cluster.hidden)
    rows = [
        _states("weights", "w", precision.weights, stage >= 3, cluster, one),
        _states("gradients", "g", precision.gradients, stage >= 2, cluster, one),
        _states("optimizer", "K", each, stage >= 1, cluster, one),
        _activations(cluster, one),
        (Text(zh="合计", en="total"), "", "", one.total / GB, ""),
    ]
    return Table(
        columns=(
            Text(zh="每张 GPU", en="on each GPU"),
            Text(zh="公式（字节）", en="formula (bytes)"),
            Text(zh="代入", en="numbers put in"),
            "GB",
            Text(zh="出处", en="source"),
        ),
        rows=tuple(rows),
        digits=2,
        highlight=(len(rows) - 1,),
        caveat=Text(
            zh="Ψ 参数量，t 张量并行度，p 流水线并行度，d 数据并行度 = GPU ÷ (t·p) = {d}；w、g、K 每个参数的字节"
            "（混合精度 Adam：K = 12，即 32 位权重 4、动量 4、方差 4）；s 序列长度，b 微批量，h 隐藏维度，L 层数，a 头数，e 每个激活值的字节。"
            "e = 2 时系数即原文的 10、24 与 5；其他字节数按同样的推导推广。",
            en="Ψ parameters, t tensor and p pipeline parallel degree, d data parallel degree = GPUs ÷ (t·p) = {d}; w, g, K bytes per parameter"
            " (Adam in mixed precision: K = 12, that is 4 for the 32-bit weights, 4 momentum, 4 variance); s sequence, b micro batch,"
            " h hidden size, L layers, a heads, e bytes of an activation. With e = 2 the factors are the paper's 10, 24 and 5;"
            " other sizes follow by the same derivation.",
        ).format(d=cluster.replicas),
    )


Row = tuple[int | float | Label | None, ...]


def _states(part: str, symbol: str, each: float, split: bool, cluster: Cluster, one: Memory) -> Row:
    divided = ("Ψ ÷ (t·p) × {symbol} ÷ d" if split else "Ψ ÷ (t·p) × {symbol}").format(symbol=symbol)
    numbers = f"{significant(cluster.parameters)} ÷ {cluster.tensor * cluster.pipeline} × {each:.4g}"
    if split:
        numbers += f" ÷ {cluster.replicas}"
    return PARTS[part], divided, numbers, getattr(one, part) / GB, ZERO_PAPER


def _activations(cluster: Cluster, one: Memory) -> Row:
    e, t = PRECISIONS[cluster.precision].activations, cluster.tensor
    here = f"{cluster.sequence} × {cluster.micro_batch} × {cluster.hidden} × {cluster.layers}"
    if cluster.recompute == "layers":
        return PARTS["activations"], "s·b·h·L × e", f"{here} × {e}", one.activations / GB, ACTIVATION_PAPER
    over = "÷t" if cluster.sequence_parallel else ""
    formula, numbers = f"(4e+2){over} + 12e÷t", f"{4 * e + 2}{f'÷{t}' if over else ''} + {12 * e}÷{t}"
    if cluster.recompute == "none":
        formula += " + (2e+1)·a·s÷(h·t)"
        numbers += f" + {2 * e + 1}×{cluster.heads}×{cluster.sequence}÷({cluster.hidden}×{t})"
    return (
        PARTS["activations"],
        f"s·b·h·L × [{formula}]",
        f"{here} × [{numbers}]",
        one.activations / GB,
        ACTIVATION_PAPER,
    )
