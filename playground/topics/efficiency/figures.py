"""The strip of figures and the tables of times; knows nothing of how they were measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from playground.evaluation.comparison import Comparison
from playground.lab.panels import Metric, Metrics, Table
from playground.lab.text import Label, Text, joined
from playground.lab.timing import Timing, load_notice, milliseconds_unit
from playground.models.language_model import LanguageModel
from playground.models.machine import Machine
from playground.models.operations import Parameters
from playground.topics.efficiency.measuring import Pace, Run

PARAMETERS = Text(zh="参数", en="Parameters")
NONZERO = Text(zh="非零参数", en="Non-zero")
BYTES = Text(zh="权重字节", en="Weight bytes")
OPERATIONS = Text(zh="解码每词元运算", en="Operations per token")
PERPLEXITY = Text(zh="困惑度", en="Perplexity")
BETWEEN = Text(zh="KL(A‖B) 每词元", en="KL(A‖B) per token")
PREFILL = Text(zh="预填充每词元", en="Prefill, per token")
DECODE = Text(zh="解码每词元", en="Decoding, per token")


@dataclass(frozen=True)
class Side:
    """What is known of one side so far."""

    lm: LanguageModel
    parameters: Parameters
    operations: float
    pace: Pace | None = None


def strip(a: Side, b: Side | None, comparison: Comparison | None) -> Metrics:
    """The figures known so far, A beside B."""
    context = Text(zh="读完文本后再写一个词元", en="one more token after the text")

    def both(value: Callable[[Side], float]) -> tuple[float, float | None]:
        return value(a), None if b is None else value(b)

    items = [
        Metric(PARAMETERS, *both(lambda side: side.parameters.stored / 1e6), unit="M", digits=1, better="lower", hint=Text(
            zh="权重表示的数的个数，嵌入与输出头共用，只算一次。置零不减少参数，删去神经元才减少。",
            en="Numbers that the weights stand for; embedding and head are shared and counted once. Zeroing removes none, cutting neurons does.")),
        Metric(NONZERO, *both(lambda side: side.parameters.nonzero / 1e6), unit="M", digits=1, hint=Text(
            zh="逐个数过。int8、int4 舍入到 0 的也算零。嵌入与输出头不剪。",
            en="Counted one by one; what int8 or int4 rounded to 0 is a zero too. The embedding and the head aren't pruned.")),
        Metric(BYTES, *both(lambda side: side.lm.weight_bytes / 1e6), unit="MB", digits=1, better="lower", hint=Text(
            zh="张量的存储真正占用的字节（storage().nbytes()），共用的只算一次；算子自己排列的 int8 码每个一字节。", en="Bytes that the tensors' storages hold (storage().nbytes()), shared ones once; int8 codes in a kernel's own order are a byte each.")),
        Metric(OPERATIONS, *both(lambda side: side.operations / 1e6), unit="M", digits=0, better="lower", hint=Text(
            zh="{one}：矩阵乘与注意力，一次乘加算两次运算，按形状数出。稠密算子照样乘零。", en="{one}: matrix products and attention, a multiplication and an addition are two, counted from the shapes. Dense kernels multiply zeros too.").format(one=context)),
    ]  # fmt: skip
    if comparison is not None:
        items += [
            Metric(PERPLEXITY, comparison.perplexity_a, comparison.perplexity_b, better="lower", hint=Text(
                zh="两边读同一段文本。", en="Both read the same text.")),
            Metric(BETWEEN, float(comparison.divergence.mean()), unit="nat", digits=3, better="lower", hint=Text(
                zh="两边被喂同样的词元，各位置下一词元分布之差的平均。", en="Both forced on the same tokens; how far their next-token distributions are apart on average.")),
        ]  # fmt: skip
    if a.pace is not None and b is not None and b.pace is not None:
        items += [
            _time(PREFILL, a.pace.prefill, b.pace.prefill),
            _time(DECODE, a.pace.decode, b.pace.decode),
        ]
    return Metrics(tuple(items))


def _time(label: Text, a: Run, b: Run) -> Metric:
    unit = milliseconds_unit(a.timing, b.timing)
    hint = Text(
        zh="本机、本次运行：{n} 次的中位数。A {a}，B {b}。", en="Here and now: the median of {n}. A {a}, B {b}."
    ).format(n=a.timing.repeats, a=spread(a), b=spread(b))
    # Which is better is said only where each median lies outside the other's spread.
    apart = a.timing.median < b.timing.low or a.timing.median > b.timing.high
    clear = apart and (b.timing.median < a.timing.low or b.timing.median > a.timing.high)
    better = "lower" if clear else ""
    return Metric(label, a.milliseconds, b.milliseconds, unit=unit, digits=1, better=better, hint=hint, measured=True)


def spread(run: Run) -> str:
    """Least and most milliseconds of a token."""
    return f"{run.timing.milliseconds_between(run.tokens)} ms"


def pace_table(sides: Sequence[tuple[str, Pace, str]], machine: Machine) -> Table:
    """Each side's prefill and decoding: times with their spread, and how near they come to the roof. (name, pace, number type)."""
    rows: list[tuple[float | Label | None, ...]] = []
    timings = []
    for name, pace, number_type in sides:
        kinds = {Text(zh="预填充", en="prefill"): pace.prefill, Text(zh="解码", en="decoding"): pace.decode}
        for kind, run in kinds.items():
            timings.append(run.timing)
            rows.append((
                Text(zh="{side} {kind}", en="{side} {kind}").format(side=name, kind=kind),
                run.milliseconds, run.timing.milliseconds_between(run.tokens), 1e3 / run.milliseconds,
                run.operations_per_second / 1e9, run.bytes_per_second / 1e9,
                100 * run.operations_per_second / machine.roof(run.work.intensity, number_type),
                None if run.timing.waited is None else 100 * run.timing.waited,
            ))  # fmt: skip
    how = Text(
        zh="预填充一次读 {n} 个词元，{prefills} 次的中位数；解码每次一个词元，{decodes} 次；A、B 交替。“占屋顶”是实测算力 ÷ 基线数值类型的屋顶线在该强度处的值。"
        "最后一列是被别的程序占去的处理器时间，超过 10% 即算有负载。",
        en="A prefill reads {n} tokens at once, the median of {prefills}; decoding writes one, the median of {decodes}; A and B take"
        " turns. “Of the roof”: operations per second over the roof of the baseline's number type at that intensity. The last column is processor time"
        " that went to other programs; above 10% is under load.",
    ).format(n=sides[0][1].prefill.tokens, prefills=sides[0][1].prefill.timing.repeats, decodes=sides[0][1].decode.timing.repeats)  # fmt: skip
    return Table(
        columns=(
            "",
            Text(zh="毫秒/词元", en="ms per token"),
            Text(zh="最少–最多", en="least–most"),
            Text(zh="词元/秒", en="tokens/s"),
            Text(zh="GFLOP/s", en="GFLOP/s"),
            Text(zh="读 GB/s", en="GB/s read"),
            Text(zh="占屋顶 %", en="% of the roof"),
            Text(zh="负载 %", en="load %"),
        ),
        rows=tuple(rows),
        digits=1,
        caveat=joined(load_notice(timings), how),
        measured=True,
    )


def rows_table(timings: Mapping[int, Timing]) -> Table:
    """Answers in one batch: what a step takes, what each answer waits for a token, tokens a second together."""
    one = timings[1]
    how = Text(
        zh="A 的权重，一批里同时写几个回答，{n} 次的中位数。数据并行也是这样：更多设备各答各的，总吞吐上升，单个回答的每个词元一点也不早到。",
        en="A's weights, several answers in one batch, the median of {n}. Data parallelism is of this kind: more devices answer more"
        " requests, and no token of a single answer comes any sooner.",
    ).format(n=one.repeats)
    return Table(
        columns=(
            Text(zh="同时写几个回答", en="answers at once"),
            Text(zh="每步毫秒", en="ms per step"),
            Text(zh="最少–最多", en="least–most"),
            Text(zh="单个回答快几倍", en="one answer, times as fast"),
            Text(zh="合计词元/秒", en="tokens/s together"),
            Text(zh="吞吐是几倍", en="throughput, times"),
        ),
        rows=tuple(
            (
                str(rows),
                1e3 * timing.median,
                timing.milliseconds_between(),
                one.median / timing.median,
                rows / timing.median,
                rows * one.median / timing.median,
            )
            for rows, timing in timings.items()
        ),
        digits=2,
        caveat=joined(load_notice(list(timings.values())), how),
        measured=True,
    )
