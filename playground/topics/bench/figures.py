"""The strip of figures over the bench's three rows; knows nothing of how they were computed."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from playground.evaluation.comparison import Comparison
from playground.generation.continuation import Continuation
from playground.generation.panels import parting
from playground.lab.panels import Metric, Metrics
from playground.lab.text import Text

PERPLEXITY = Text(zh="困惑度", en="Perplexity")
BETWEEN = Text(zh="KL(A‖B) 每词元", en="KL(A‖B) per token")
TO_BASE = Text(zh="对基线的 KL", en="KL to the baseline")
BYTES = Text(zh="权重字节", en="Weight bytes")
PACE = Text(zh="解码每词元", en="Decoding, per token")
PARTING = Text(zh="首次分歧", en="First divergence")


@dataclass(frozen=True)
class Figures:
    """`*_seconds`: of each decoding step after the prompt's. `shared`: A and B have the same weights, so one batch."""

    reading: Comparison | None
    a_bytes: int
    b_bytes: int
    shared: bool
    a: Continuation | None = None
    b: Continuation | None = None
    a_seconds: tuple[float, ...] = ()
    b_seconds: tuple[float, ...] = ()


def strip(figures: Figures) -> Metrics:
    """The figures known so far."""
    items = []
    if figures.reading is not None:
        reading = figures.reading
        items += [
            Metric(PERPLEXITY, reading.perplexity_a, reading.perplexity_b, better="lower", hint=Text(
                zh="两边读同一段原文，平均负对数概率的指数；越低，原文越在模型意料之中。",
                en="Both read the same text: the exponential of the mean negative log-probability; lower means the text surprises the model less.")),
            Metric(BETWEEN, float(reading.divergence.mean()), unit="nat", digits=3, better="lower", hint=Text(
                zh="同一段原文上，A、B 对下一个词元的预测平均相差多少；0 表示分布完全相同。",
                en="How far apart A's and B's predictions of the next token are on average over the same text; 0 means equal distributions.")),
            Metric(TO_BASE, reading.a_to_base, reading.b_to_base, unit="nat", digits=3, better="lower", hint=Text(
                zh="KL(基线‖本侧)。基线是从 Q4_K_M 文件还原成浮点的模型，本身已有 4 位误差。",
                en="KL(baseline‖side). The baseline is the Q4_K_M file put back into floats, so it has a 4-bit error of its own.")),
        ]  # fmt: skip
    items.append(
        Metric(BYTES, figures.a_bytes / 1e6, figures.b_bytes / 1e6, unit="MB", digits=0, better="lower", hint=Text(
            zh="权重真正占用的存储，共用的只算一次；置零的权重照样占。int8、int4 压缩各层和输出头，输入嵌入从打包的输出头取行。",
            en="Storage that the weights really hold, shared ones counted once; zeros take as much as other numbers. int8 and int4 pack the layers and the output head, of which the input embedding reads its rows."))
    )  # fmt: skip
    a_pace, b_pace = _milliseconds(figures.a_seconds), _milliseconds(figures.b_seconds)
    if a_pace is not None and b_pace is not None:
        together = Text(
            zh="A、B 权重相同，放在一个批次里一起解码，所以是同一个数：每步的中位时间。",
            en="A and B have equal weights and were decoded together in one batch, so it is one figure: the median time of a step.",
        )
        apart = Text(
            zh="这次运行在本机上每步的中位时间，不含读提示的第一步。", en="Median time of a step on this machine in this run, without the first step, which reads the prompt."
        )  # fmt: skip
        items.append(Metric(PACE, a_pace, b_pace, unit="ms", digits=1, better="lower", measured=True,
                            hint=together if figures.shared else apart))  # fmt: skip
    if figures.a is not None and figures.b is not None:
        items.append(
            Metric(PARTING, parting_in_words(parting(figures.a, figures.b)), hint=Text(
                zh="两边续写里第一个不同的词元。", en="The first token of the continuations that differs."))
        )  # fmt: skip
    return Metrics(tuple(items))


def parting_in_words(index: int | None) -> Text:
    """The first divergence for a reader, counted from 1."""
    if index is None:
        return Text(zh="没有", en="none")
    return Text(zh="第 {n} 个", en="token {n}").format(n=index + 1)


def _milliseconds(seconds: tuple[float, ...]) -> float | None:
    return 1000 * statistics.median(seconds) if seconds else None
