"""What the efficiency topic says around its numbers: the prediction, follow-ups, failures, examples. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Example, Failure, FollowUp, Outcome, Prediction
from playground.topics.efficiency.figures import (
    BETWEEN,
    BYTES,
    DECODE,
    NONZERO,
    PARAMETERS,
    PERPLEXITY,
    PREFILL,
)
from playground.topics.efficiency.sparsity import FASTER, MEDIAN, SPREAD

# Times as fast, from which a difference counts as one: less is within what two measurements of the same thing differ by.
NO_FASTER, MUCH_FASTER = 1.15, 1.5


def times_as_fast(result: Any) -> float | None:
    """Decoding of the dense model over that with 50 % unstructured sparsity."""
    return None if result.sparsity is None else float(result.sparsity.rows[1][FASTER])


def _faster(result: Any) -> Outcome | None:
    faster = times_as_fast(result)
    if faster is None:
        return None
    dense, zeroed = result.sparsity.rows[:2]
    answer = "no" if faster < NO_FASTER else "some" if faster < MUCH_FASTER else "much"
    evidence = Text(
        zh="稠密 {d:.1f} ms（{ds}），50% 置零 {z:.1f} ms（{zs}）：{r:.2f} 倍",
        en="dense {d:.1f} ms ({ds}), 50% zeroed {z:.1f} ms ({zs}): {r:.2f} times as fast",
    )
    return Outcome(
        answer,
        evidence.format(d=dense[MEDIAN], ds=dense[SPREAD], z=zeroed[MEDIAN], zs=zeroed[SPREAD], r=faster),
    )


PREDICTION = Prediction(
    Text(
        zh="各层权重按幅度置零 50%（非结构化剪枝），在这台机器上解码快几倍？",
        en="Half of the layers' weights are zeroed by magnitude (unstructured pruning). How many times as fast is decoding here?",
    ),
    _faster,
    (
        ("no", Text(zh="几乎不变（不到 1.15 倍）", en="no faster (below 1.15)")),
        ("some", Text(zh="1.15 到 1.5 倍", en="1.15 to 1.5 times")),
        ("much", Text(zh="1.5 倍以上，接近 2 倍", en="above 1.5, about twice")),
    ),
)


def value(result: Any, label: Text, side: str) -> float:
    """A figure of one side, "a" or "b"."""
    found = getattr(result.figures.find(label), side)
    return float(found)


def ratio(result: Any, label: Text) -> float:
    """A's figure over B's."""
    return value(result, label, "a") / value(result, label, "b")


def _zeros_buy_nothing(settings: Any, result: Any) -> bool:
    same_bytes = abs(ratio(result, BYTES) - 1) < 0.01
    return (
        same_bytes
        and value(result, NONZERO, "b") < 0.9 * value(result, PARAMETERS, "b")
        and ratio(result, DECODE) < 1.3
    )


FAILURES = (
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
        seen=lambda settings, result: value(result, PERPLEXITY, "b") > 10 * value(result, PERPLEXITY, "a"),
    ),
    Failure(
        label=Text(zh="稀疏度 80%", en="80% sparsity"),
        values={"b.pruning": "unstructured", "b.sparsity": 0.8},
        expect=Text(
            zh="按幅度置零 80%，每词元 KL 超过 2 奈特；字节一个没少。",
            en="With 80% zeroed by magnitude KL is above 2 nats per token, and not a byte is saved.",
        ),
        seen=lambda settings, result: value(result, BETWEEN, "a") > 2 and abs(ratio(result, BYTES) - 1) < 0.01,
    ),
)

EXAMPLES = (
    Example(Text(zh="int8：字节减半", en="int8: half the bytes"), {"b.quantization": "int8", "b.pruning": "none"}),
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


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """What an interviewer would ask on seeing this result."""
    if result.pace is None or result.roofline is None:
        return ()
    asked = []
    faster = ratio(result, DECODE)
    if settings.b.pruning in ("unstructured", "wanda") and settings.b.quantization == "none" and settings.b.sparsity:
        zeros = 1 - value(result, NONZERO, "b") / value(result, PARAMETERS, "b")
        asked.append(FollowUp(
            Text(zh="B 有 {zeros} 的参数是零，解码速度却是 A 的 {r} 倍。怎样才能让零换来时间？",
                 en="{zeros} of B's parameters are zero, yet it decodes {r} times as fast as A. What would turn zeros into time?").format(zeros=f"{zeros:.0%}", r=f"{faster:.2f}"),
            Text(zh="要么少读，要么少乘，而且得有对应的算子。2:4 稀疏每四个留两个，只存值和两位下标，GPU 的稀疏张量核能跳过一半乘法；块稀疏跳过整块；任意位置的零要存下标，"
                    "稀疏度到九成上下，稀疏格式才比稠密快。或者删去整个神经元、整层，矩阵变小，普通算子立刻受益。",
                 en="Read less or multiply less, with a kernel for it. 2:4 sparsity keeps two of four with two-bit indices, and a GPU's sparse tensor"
                    " cores skip half of the products; block sparsity skips blocks; zeros in arbitrary places need indices, and beat dense kernels"
                    " only near 90%. Or remove whole neurons or layers: matrices shrink, and ordinary kernels gain at once."),
        ))  # fmt: skip
    if settings.b.quantization in ("int8", "int4"):
        reading = ratio(result, PREFILL)
        asked.append(FollowUp(
            Text(zh="B 的解码速度是 A 的 {d} 倍，预填充是 {p} 倍。同样的权重，为什么不一样？",
                 en="B decodes {d} times as fast as A and prefills {p} times as fast. The weights are the same: why the difference?").format(d=f"{faster:.2f}", p=f"{reading:.2f}"),
            Text(zh="解码每步把全部权重读一遍，只为一个词元，时间花在读上，字节少就快。预填充一次读权重，供几十个词元用，时间花在乘上。权重变窄，"
                    "乘法的次数一次没少，还多了拆包或转换这道工序。要让预填充也快，得连激活一起量化、整批用整数乘。",
                 en="A decoding step reads all weights for a single token: its time is reading, and fewer bytes take less of it. A prefill reads them once for dozens of"
                    " tokens: its time is multiplying. Narrow weights take as many products as before, and unpacking or converting on top."
                    " A faster prefill takes integer products for the whole batch, with activations quantized too."),
        ))  # fmt: skip
    if settings.b.pruning == "structured" and settings.b.sparsity:
        saved = 1 - value(result, BYTES, "b") / value(result, BYTES, "a")
        asked.append(FollowUp(
            Text(zh="删去了 {s} 的神经元，字节只少了 {bytes}。差在哪里？",
                 en="{s} of the neurons are gone, and only {bytes} of the bytes. Where is the rest?").format(s=f"{settings.b.sparsity:.0%}", bytes=f"{saved:.0%}"),
            Text(zh="剪的只是前馈层。内置模型 2.68 亿参数里有 1.68 亿是嵌入（与输出头共用），注意力又占一份，都没有动。小模型词表大，压缩要先看嵌入；几百亿参数的模型里嵌入才微不足道。",
                 en="Only MLPs were pruned. Of the embedded model's 268 million parameters 168 are the embedding, shared with the head, and attention has its part; neither was touched."
                    " A small model with a large vocabulary must look at the embedding first; in models of tens of billions it hardly counts."),
        ))  # fmt: skip
    asked.append(_about_the_roof(result))
    if result.outputs.a.divergence is None and value(result, BETWEEN, "a") > 0:
        asked.append(FollowUp(
            Text(zh="输出一个字不差，KL 却是 {kl} 奈特。能说 B 没有损失吗？", en="The outputs are the same to the letter, and KL is {kl} nats. Is B lossless?").format(kl=f"{value(result, BETWEEN, 'a'):.3f}"),
            Text(zh="不能。贪心只看第一名有没有换。看逐词元 KL 的分布、更长的文本、真正关心的任务，再下结论。",
                 en="No. Greedy decoding only shows whether the winner changed. Look at KL token by token, at longer texts and at the task that matters."),
        ))  # fmt: skip
    if any((row[-1] or 0) > 10 for row in result.pace.rows):
        asked.append(FollowUp(
            Text(zh="这次是在负载下测的，这些毫秒还能用吗？", en="These times were taken under load. Are they of any use?"),
            Text(zh="绝对值不能引用，比值还可以：A 与 B 交替测量，负载对两边相同，又取中位数。要写进报告，就清空机器、固定线程与频率、预热，报中位数和分布，并写明机器。",
                 en="As absolute times, no; as ratios, yes: A and B took turns, so load fell on both alike, and medians were taken. For a report, clear the machine, fix threads"
                    " and clock, warm up, give median and spread, and name the machine."),
        ))  # fmt: skip
    return tuple(asked)


def _about_the_roof(result: Any) -> FollowUp:
    prefill, decoding = (line for line in result.roofline.lines if line.role == "a")
    return FollowUp(
        Text(
            zh="A 解码每读一字节只做 {d} 次运算，预填充做 {p} 次。换一块算力翻倍、带宽不变的芯片，哪个会变快？",
            en="A's decoding does {d} operations for each byte read, its prefill {p}. Which gains from a chip with twice the"
            " multiplications and the same bandwidth?",
        ).format(d=f"{decoding.x[0]:.1f}", p=f"{prefill.x[0]:.0f}"),
        Text(
            zh="看点在屋顶线转折处的哪一边。在左边的（单条解码）卡在读权重，算力翻倍没有用，要的是更少的字节、更高的带宽，或一次读供更多词元用（批处理、推测解码）；在右边的才吃得到算力。"
            "文本短时，预填充也可能还在左边。",
            en="See on which side of the ridge the point lies. To the left (one sequence decoding) the time is reading weights, and more multiplications don't help: fewer bytes do, more"
            " bandwidth does, or more tokens for each reading (batches, speculative decoding). Only what lies to the right gains. A prefill of a short text may still lie to the left.",
        ),
    )
