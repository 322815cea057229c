"""The strip of figures, A beside B; knows nothing of how they were measured."""

from __future__ import annotations

from collections.abc import Callable

from playground.evaluation.comparison import Comparison
from playground.evaluation.perplexity import BROKEN_ABOVE, readable
from playground.lab.panels import Metric, Metrics
from playground.lab.text import Text
from playground.lab.timing import milliseconds_unit
from playground.topics.efficiency.counting import Counts
from playground.topics.efficiency.measuring import Pace, Run


def figures(
    a: Counts, b: Counts | None = None, comparison: Comparison | None = None, paces: tuple[Pace, Pace] | None = None
) -> Metrics:
    """Draws the figures known so far, A beside B."""
    context = Text(zh="读完文本后再生成一个词元", en="one more token after the text")

    def both(value: Callable[[Counts], float]) -> tuple[float, float | None]:
        return value(a), None if b is None else value(b)

    items = [
        Metric(Text(zh="参数", en="Parameters"), *both(lambda side: side.parameters / 1e6), unit="M", digits=1, better="lower", hint=Text(
            zh="权重表示的数的个数，嵌入与输出层共用，只算一次。置零不减少参数，删去神经元才减少。",
            en="Numbers that the weights represent; embedding and head are shared and counted once. Zeroing removes none, removing neurons does.")),
        Metric(Text(zh="非零参数", en="Non-zero"), *both(lambda side: side.nonzero / 1e6), unit="M", digits=1, hint=Text(
            zh="逐个数过。int8、int4 舍入到 0 的也算零。嵌入与输出层不剪。",
            en="Counted one by one; what int8 or int4 rounded to 0 is a zero too. The embedding and the head aren't pruned.")),
        Metric(Text(zh="权重字节", en="Weight bytes"), *both(lambda side: side.weight_bytes / 1e6), unit="MB", digits=1, better="lower", hint=Text(
            zh="张量的存储真正占用的字节（storage().nbytes()），共用的只算一次；算子自己排列的 int8 码每个一字节。", en="Bytes that the tensors' storages hold (storage().nbytes()), shared ones once; int8 codes in a kernel's own order are a byte each.")),
        Metric(Text(zh="解码每词元运算", en="Operations per token"), *both(lambda side: side.operations / 1e6), unit="M", digits=0, better="lower", hint=Text(
            zh="{one}：矩阵乘与注意力，一次乘加算两次运算，按形状数出。稠密算子照样乘零。", en="{one}: matrix products and attention, a multiplication and an addition are two, counted from the shapes. Dense kernels multiply zeros too.").format(one=context)),
    ]  # fmt: skip
    if comparison is not None:
        sides = comparison.perplexity_a, comparison.perplexity_b
        most = max((one for one in sides if one <= BROKEN_ABOVE), default=0.0)
        items += [
            Metric(Text(zh="困惑度", en="Perplexity"), readable(sides[0]), readable(sides[1]), digits=2 if most < 1000 else 0, better="lower", hint=Text(
                zh="两边读同一段文本。", en="Both read the same text.")),
            Metric(Text(zh="KL(A‖B) 每词元", en="KL(A‖B) per token"), float(comparison.divergence.mean()), unit=Text(zh="奈特", en="nat"), digits=3, better="lower", hint=Text(
                zh="两边读同样的词元，以 A 为参照：A 与 B 的对数概率之差按 A 的分布取期望，再对位置平均。有方向，不是距离。",
                en="Both forced along the same tokens, with A as the reference: the difference of A's and B's log-probabilities, expected under A, averaged over positions. Directed, not a distance.")),
        ]  # fmt: skip
    if paces is not None:
        of_a, of_b = paces
        items += [
            _time(Text(zh="预填充每词元", en="Prefill, per token"), of_a.prefill, of_b.prefill),
            _time(Text(zh="解码每词元", en="Decode, per token"), of_a.decode, of_b.decode),
        ]
    return Metrics(tuple(items))


def _time(label: Text, a: Run, b: Run) -> Metric:
    unit = milliseconds_unit(a.timing, b.timing)
    hint = Text(
        zh="本机、本次运行：{n} 次的中位数。A {a}，B {b}。", en="Here and now: the median of {n}. A {a}, B {b}."
    ).format(n=a.timing.repeats, a=_spread(a), b=_spread(b))
    # A better side is named only where each median is outside the other's spread.
    apart = a.timing.median < b.timing.low or a.timing.median > b.timing.high
    clear = apart and (b.timing.median < a.timing.low or b.timing.median > a.timing.high)
    better = "lower" if clear else ""
    return Metric(label, a.milliseconds, b.milliseconds, unit=unit, digits=1, better=better, hint=hint, measured=True)


def _spread(run: Run) -> str:
    """Least and most milliseconds of a token."""
    return f"{run.timing.milliseconds_between(run.tokens)} ms"
