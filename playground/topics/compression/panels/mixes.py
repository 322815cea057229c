"""Panels of the mixes: what they hold, what they cost, which are on the Pareto front. Computes no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from playground.evaluation.perplexity import readable
from playground.evaluation.reading import Cost
from playground.lab.panels import Bars, Line, Lines, Mark, Metric, Metrics, Point, Scatter, Series, Table
from playground.lab.text import Label, Text
from playground.lab.timing import Timing
from playground.lab.variant import Variant
from playground.topics.compression import mixes
from playground.topics.compression.findings import Counts, Neurons
from playground.topics.compression.settings import METHODS, Mix, describe

GROUPS: dict[str, Label] = {**METHODS, "none": Text(zh="不剪枝", en="no pruning")}
BASELINE = Text(zh="基线", en="baseline")
HERE = Text(zh="本组合", en="this mix")
PERPLEXITY = Text(zh="困惑度", en="perplexity")
MEGABYTES = Text(zh="全模型占用 MB", en="whole model, MB")
# How neurons were chosen.
BY = {"structured": Text(zh="范数", en="norms"), "activations": Text(zh="激活", en="activations")}
FROM_FILE = Text(
    zh="基线由 Q4_K_M 文件反量化成浮点（文件名如此，实际平均每权重约 7.4 位），不是原始训练权重。",
    en="The baseline is dequantized from a file named Q4_K_M (in fact about 7.4 bits per weight on average), not the trained weights.",
)


def named(mix: Mix) -> Text:
    """Describes a visitor's mix in a few words."""
    return describe(mix.pruning, mix.sparsity, mix.quantization, mix.bits)


def name_of(point: mixes.Point) -> Text:
    """Describes a grid's mix in a few words."""
    variant = point.variant
    return describe(variant.pruning, variant.sparsity, variant.quantization, variant.bits)


def figures(
    mix: Mix,
    baseline: mixes.Point,
    here: mixes.Point | None,
    zeros: tuple[float, float] | None,
    tokens: int,
    same_text: bool,
) -> Metrics:
    """Compares baseline (A) with this mix (B); what isn't known yet is None. `zeros`: share of the layers' weights that
    are 0, of both.
    """
    where = Text(zh="文本的前 {n} 个词元", en="on the first {n} tokens of the text").format(n=tokens)
    caveats = [FROM_FILE]
    if same_text and mix.pruning in mixes.BY_TEXT:
        caveats.append(
            Text(
                zh="校准文本留空：剪枝在评测它的同一段文字上挑选，困惑度偏乐观。",
                en="No calibration text: the pruning chose by the very text that it is evaluated on, which flatters its perplexity.",
            )
        )
    if mix.quantization == "simulated":
        caveats.append(
            Text(
                zh="模拟量化：舍入后仍以浮点存放，不省字节。",
                en="Simulated quantization: rounded and kept as floats; no byte is saved.",
            )
        )
    return Metrics(
        (
            Metric(PERPLEXITY, readable(baseline.cost.perplexity), readable(here.cost.perplexity) if here else None, better="lower", hint=where),
            Metric(Text(zh="每词元 KL", en="KL per token"), 0.0, here.cost.divergence if here else None, digits=3, better="lower",
                   unit=Text(zh="奈特", en="nats"), hint=Text(zh="KL（基线 ‖ 本组合），{where}", en="KL(baseline ‖ this mix), {where}").format(where=where)),
            Metric(Text(zh="全模型占用", en="whole model"), baseline.held_bytes / 1e6, here.held_bytes / 1e6 if here else None, digits=1, better="lower", unit="MB",
                   hint=Text(zh="权重真正占用的存储，共用的只算一次", en="Memory that the weights really take, shared ones counted once")),
            Metric(Text(zh="各层矩阵中的零", en="zeros in the layers' matrices"), 100 * zeros[0] if zeros else None, 100 * zeros[1] if zeros else None, digits=2, unit="%",
                   hint=Text(zh="数出来的，舍入成的零也算（基线本来就有一些）；不含嵌入", en="Counted, including those that rounding made (the baseline has some); without the embedding")),
        ),
        caveat=Text(*(" ".join(one.in_(language) for one in caveats) for language in ("zh", "en"))),
        warning=len(caveats) > 1,
    )  # fmt: skip


def compared_names(mix: Mix, by: str, share: float) -> tuple[Label, ...]:
    """Returns the baseline, this mix, and the baseline with this share (0 to 1) of its neurons zeroed and removed.
    `by`: of `BY`.
    """
    return (
        BASELINE,
        named(mix),
        Text(zh="神经元置零 {share:.0%}（{by}）", en="neurons zeroed, {share:.0%} ({by})").format(
            share=share, by=BY[by]
        ),
        Text(zh="神经元删去 {share:.0%}（{by}）", en="neurons removed, {share:.0%} ({by})").format(
            share=share, by=BY[by]
        ),
    )


def count_table(
    names: Sequence[Label],
    baseline: mixes.Point,
    here: mixes.Point,
    counts: Counts,
    neurons: Neurons,
    number: str,
) -> Table:
    """Tabulates parameters three ways, bytes held and perplexity of the four models that `names` names. `number`: the
    number type of the weights.
    """
    rows = (
        (counts.baseline, baseline.held_bytes, baseline.cost),
        (counts.mix, here.held_bytes, here.cost),
        (counts.masked, neurons.masked_bytes, neurons.masked),
        (counts.cut, neurons.cut_bytes, neurons.cut),
    )
    return Table(
        columns=(
            Text(zh="模型", en="model"),
            Text(zh="存储的参数（百万）", en="stored (M)"),
            Text(zh="非零（百万）", en="non-zero (M)"),
            Text(zh="等效（百万）", en="effective (M)"),
            MEGABYTES,
            PERPLEXITY,
        ),
        rows=tuple(
            (
                name,
                count.stored / 1e6,
                count.nonzero / 1e6,
                count.effective / 1e6,
                held / 1e6,
                readable(cost.perplexity),
            )
            for name, (count, held, cost) in zip(names, rows, strict=True)
        ),
        highlight=(1,),
        digits=2,
        caveat=Text(
            zh="前三列只数各层矩阵，不含嵌入与输出层。“等效”是按公式推算，并未这样存放：把矩阵按两种无损格式（稠密，或位图加非零值）中更省的一种"
            "存放所需的字节，折合成多少个基线精度的权重。同样的神经元置零与删去，数学上是同一个函数；{number} 的求和次序不同，前 16 个词元上对数概率最多差 {difference}。",
            en="The first three columns count the layers' matrices, without embedding and head. “Effective” is by formula, nothing"
            " is stored that way: the bytes of the cheaper of two lossless formats (dense, or a bitmap with the non-zero values), as that"
            " many weights of the baseline's number type. Zeroing and removing the same neurons compute one function; {number} sums in"
            " another order, so log-probabilities on the first 16 tokens differ by at most {difference}.",
        ).format(difference=f"{neurons.largest_difference:.2g}", number=number),
    )


def speed_bars(rows: Sequence[tuple[Label, Timing]]) -> Bars:
    """Draws milliseconds of a decode step, with least and most."""
    timings = [timing for _, timing in rows]
    caveat = Text(
        zh="本机、本次运行：每步的中位数（{n} 次），误差线是最快与最慢。",
        en="This machine, this run: the median step of {n}; bars from the fastest to the slowest.",
    ).format(n=timings[0].repeats)
    scattered = any(timing.high > 2 * timing.median for timing in timings)
    if scattered:
        busy = Text(
            zh="计时很不齐，机器可能正忙，请重跑再比。",
            en="The times scatter widely: the machine seems busy; run again before comparing.",
        )
        caveat = Text(f"{caveat.zh}{busy.zh}", f"{caveat.en} {busy.en}")
    return Bars(
        categories=tuple(name for name, _ in rows),
        series=(
            Series(
                Text(zh="每步毫秒", en="ms per step"),
                tuple(timing.median * 1e3 for timing in timings),
                tuple(timing.low * 1e3 for timing in timings),
                tuple(timing.high * 1e3 for timing in timings),
            ),
        ),
        y_label=Text(zh="毫秒", en="ms"),
        horizontal=True,
        caveat=caveat,
        warning=scattered,
        measured=True,
    )


def front(points: Sequence[mixes.Point], here: mixes.Point) -> Scatter:
    """Draws bytes against perplexity: each pruning a group, this mix one of its own; points of the Pareto front are
    joined.
    """
    others = [point for point in points if point.variant != here.variant]
    best = mixes.on_front([(point.held_bytes, point.cost.perplexity) for point in (*others, here)])
    drawn = [
        Point(point.held_bytes / 1e6, point.cost.perplexity, name_of(point), GROUPS[point.variant.pruning])
        for point in others
    ]
    state = Text(zh="在前沿上", en="on the front") if best[-1] else Text(zh="被支配", en="dominated")
    mark = Text(zh="本组合（{state}）", en="this mix ({state})").format(state=state)
    drawn.append(Point(here.held_bytes / 1e6, here.cost.perplexity, mark, HERE))
    return Scatter(
        tuple(drawn),
        x_label=MEGABYTES,
        y_label=Text(zh="困惑度（对数轴）", en="perplexity (log)"),
        log_y=True,
        line=tuple(sorted((place for place, good in enumerate(best) if good), key=lambda place: drawn[place].x)),
    )


def mix_table(
    points: Sequence[mixes.Point],
    here: mixes.Point,
    mix: Mix,
    baseline: Cost,
    added: Callable[[Variant], float | None],
) -> Table:
    """Tabulates every mix, the smallest first; this mix highlighted. `added`: KL of a mix's parts, added."""
    listed = [*(point for point in points if point.variant != here.variant), here]
    best = mixes.on_front([(point.held_bytes, point.cost.perplexity) for point in listed])
    order = sorted(range(len(listed)), key=lambda i: (listed[i].held_bytes, listed[i].cost.perplexity))
    return Table(
        columns=(Text(zh="组合", en="mix"), "MB", PERPLEXITY, Text(zh="对基线的倍数", en="times the baseline"),
                 Text(zh="每词元 KL", en="KL per token"), Text(zh="两项 KL 之和", en="KL of its parts, added"), Text(zh="前沿", en="front")),
        rows=tuple(
            (named(mix) if listed[i] is here else name_of(listed[i]), listed[i].held_bytes / 1e6, readable(listed[i].cost.perplexity),
             listed[i].cost.perplexity / baseline.perplexity, listed[i].cost.divergence, added(listed[i].variant), "●" if best[i] else "")
            for i in order
        ),
        highlight=tuple(place for place, i in enumerate(order) if listed[i] is here),
        digits=2,
        caveat=Text(
            zh="KL 是 KL（基线 ‖ 组合），单位是奈特。“两项 KL 之和”：只剪枝的 KL 加上只量化的 KL，两项都量过才有。",
            en="KL is KL(baseline ‖ mix), in nats. Of its parts, added: KL of the pruning alone plus KL of the quantization alone, where both"
            " were measured.",
        ),
    )  # fmt: skip


def survival(points: Sequence[mixes.Point], here: mixes.Point, baseline: Cost, removed: Mapping[str, float]) -> Lines:
    """Draws perplexity against sparsity, one curve for each pruning, all in floats. `removed`: see
    `findings.Compressed`.
    """
    curves: dict[str, dict[float, float]] = {}
    for point in [*points, here]:
        variant = point.variant
        if variant.quantization == "none" and variant.pruning != "none":
            sparsity = 0.5 if variant.pruning == "two-four" else variant.sparsity
            curves.setdefault(variant.pruning, {})[sparsity] = point.cost.perplexity
    lines = []
    for method in METHODS:
        if method in curves:
            dense = {} if method == "two-four" else {0.0: baseline.perplexity}
            found = dict(sorted((dense | curves[method]).items()))
            lines.append(Line(METHODS[method], tuple(found), tuple(found.values())))
    marks: tuple[Mark, ...] = ()
    if here.variant.quantization == "none" and here.variant.pruning in curves:
        at = 0.5 if here.variant.pruning == "two-four" else here.variant.sparsity
        marks = (Mark(at, here.cost.perplexity, HERE, "b"),)
    return Lines(
        tuple(lines), x_label=Text(zh="稀疏度", en="sparsity"), y_label=Text(zh="困惑度（对数轴）", en="perplexity (log)"),
        log_y=True, marks=marks,
        caveat=Text(
            zh="删 10% 的神经元：按范数挑的占各层输出贡献（激活² × 下投影列范数² 之和，在校准集上）的 {n:.1%}，按激活挑的占 {a:.1%}。",
            en="10% of the neurons: those chosen by norms make up {n:.1%} of a layer's output contributions (sum of activation² × squared norm of"
            " the down-projection column, on the calibration set), those by activations {a:.1%}.",
        ).format(n=removed["structured"], a=removed["activations"]),
    )  # fmt: skip
