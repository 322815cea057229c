"""Settings of efficiency worth a run: failures and examples."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.efficiency.findings import Findings
from playground.topics.efficiency.settings import Settings


def _zeros_buy_nothing(settings: Settings, found: Findings) -> bool:
    """Whether B has zeros and yet A's bytes and about A's pace."""
    return (
        abs(found.bytes_ratio - 1) < 0.01
        and found.b.counts.nonzero < 0.9 * found.b.counts.parameters
        and found.measured.decode_ratio < 1.3
    )


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="一半是零，字节和毫秒照旧", en="Half zeros, the same bytes and milliseconds"),
        values={"b.pruning": "unstructured", "b.sparsity": 0.5},
        expect=Text(
            zh="B 有一半的层权重是零，占的字节与 A 一样多，每词元也没有快到 1.3 倍：稠密算子把零照读照乘。",
            en="Half of B's layer weights are zeros, yet it holds as many bytes as A and a token isn't 1.3 times as fast: dense"
            " kernels read and multiply zeros too.",
        ),
        seen=_zeros_buy_nothing,
    ),
    Failure(
        label=Text(zh="真变小了，也真变傻了", en="Really smaller, and really worse"),
        values={"b.pruning": "structured", "b.sparsity": 0.5},
        expect=Text(
            zh="删去一半神经元，运算真的减少，但不再训练就没有句子可言：困惑度是 A 的 10 倍以上。",
            en="With half of the neurons gone there is really less to compute, but without training afterwards no sentence is left:"
            " ten times A's perplexity or more.",
        ),
        seen=lambda settings, found: found.b.perplexity > 10 * found.a.perplexity,
    ),
    Failure(
        label=Text(zh="稀疏度 80%", en="80% sparsity"),
        values={"b.pruning": "unstructured", "b.sparsity": 0.8},
        expect=Text(
            zh="按幅度置零 80%，每词元 KL 超过 2 奈特；字节一个没少。",
            en="With 80% zeroed by magnitude KL is above 2 nats per token, and not a byte is saved.",
        ),
        seen=lambda settings, found: found.divergence > 2 and abs(found.bytes_ratio - 1) < 0.01,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="int8：每权重一字节", en="int8: one byte a weight"), {"b.quantization": "int8", "b.pruning": "none"}
    ),
    Example(
        Text(zh="int4 对 int8", en="int4 against int8"),
        {
            "a.quantization": "int8",
            "b.quantization": "int4",
            "b.pruning": "none",
            "text": Text(
                zh="水在一个标准大气压下的沸点是一百摄氏度，冰点是零摄氏度。在高山上，气压较低，水的沸点",
                en="At sea level water boils at one hundred degrees Celsius. On a high mountain, where the pressure is lower, it",
            ),
        },
    ),
    Example(
        Text(zh="置零对删神经元，各 25%", en="25%: zeroed against removed"),
        {"a.pruning": "unstructured", "a.sparsity": 0.25, "b.pruning": "structured", "b.sparsity": 0.25},
    ),
)
