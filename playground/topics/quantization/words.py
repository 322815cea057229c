"""What the quantization topic says around its numbers: the prediction, follow-ups, failures, examples. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Example, Failure, FollowUp, Outcome, Prediction

BASELINE = Text(
    zh="基线不是原始训练权重：它来自 4 位文件（Q4_K_M），还原成浮点。这里看到的是在它之上再舍入一次的代价。",
    en="The baseline isn't the trained weights: it comes from a 4-bit file (Q4_K_M) turned back into floats."
    " What you see is the cost of rounding once more on top of that.",
)
WITH_HEAD = Text(zh="含输出层", en="output head included")
WITHOUT_HEAD = Text(zh="不含输出层与嵌入", en="without output head and embedding")
SIMULATED = Text(
    zh="模拟：各层矩阵舍入后仍以浮点存放（{head}），不省字节也不提速；损失是真实算出来的。基线本身是还原成浮点的 4 位文件。",
    en="Simulated: the layers' matrices are rounded and kept as floats ({head}), so no byte and no time is saved;"
    " the loss is really computed. The baseline is itself a 4-bit file turned back into floats.",
)

# Rows of the table: one scale per tensor first, groups of 32 last. Columns: perplexity third.
_PERPLEXITY = 2


def perplexities_by_reach(result: Any) -> tuple[float, float] | None:
    """Perplexity with one scale per tensor, and per 32 weights."""
    if result.granularities is None:
        return None
    rows = result.granularities.rows
    return float(rows[0][_PERPLEXITY]), float(rows[-1][_PERPLEXITY])


def _tensor_against_group(result: Any) -> Outcome | None:
    both = perplexities_by_reach(result)
    if both is None:
        return None
    tensor, group = both
    ratio = tensor / group
    answer = "alike" if ratio < 1.2 else "some" if ratio < 10 else "many"
    return Outcome(
        answer,
        Text(
            zh="整个张量 {t:.4g}，每组 32 个 {g:.4g}：{r:.3g} 倍",
            en="per tensor {t:.4g}, per 32 weights {g:.4g}: {r:.3g} times",
        ).format(t=tensor, g=group, r=ratio),
    )


PREDICTION = Prediction(
    Text(
        zh="同样的位数（默认 4 位），整个张量共用一个缩放，困惑度是每 32 个权重一个缩放时的几倍？",
        en="With the same bits (4 unless you change it), how many times the perplexity does one scale per tensor give,"
        " against one per 32 weights?",
    ),
    _tensor_against_group,
    (
        ("alike", Text(zh="不到 1.2 倍", en="less than 1.2")),
        ("some", Text(zh="1.2 到 10 倍", en="1.2 to 10")),
        ("many", Text(zh="10 倍以上", en="10 or more")),
    ),
)


def kl_here(result: Any) -> float:
    """KL per token of this setting."""
    return float(result.figures.items[1].b)


FAILURES = (
    Failure(
        label=Text(zh="4 位，整个张量一个缩放", en="4 bits, one scale per tensor"),
        values={"bits": 4, "granularity": "tensor", "grid": "symmetric"},
        expect=Text(
            zh="少数离群权重撑大了步长，其余权重大多落到 0：困惑度是每组 32 个时的 10 倍以上。",
            en="A few outliers stretch the step, and most other weights fall on 0: ten times the perplexity of groups of 32, or more.",
        ),
        seen=lambda settings, result: perplexities_by_reach(result)[0] > 10 * perplexities_by_reach(result)[1],  # type: ignore[index]
    ),
    Failure(
        label=Text(zh="2 位，四舍五入", en="2 bits, round to nearest"),
        values={"bits": 2, "granularity": "group", "group_size": "32"},
        expect=Text(
            zh="每组只有四个取值，分组也救不回来：每词元 KL 超过 2 奈特，续写不成句。",
            en="With four values a group, grouping doesn't save it: KL above 2 nats per token, and the output is no sentence.",
        ),
        seen=lambda settings, result: kl_here(result) > 2,
    ),
    Failure(
        label=Text(zh="激活 4 位，整个张量一个缩放", en="4-bit activations, one scale for all"),
        values={"bits": 8, "activations": "tensor", "activation_bits": 4},
        expect=Text(
            zh="权重几乎无损（8 位），坏的是激活：个别通道、个别词元大出几十倍，其余都被舍成 0。",
            en="The weights are nearly intact at 8 bits; it is the activations: a few channels and tokens are tens of times larger, and all others are rounded to 0.",
        ),
        seen=lambda settings, result: kl_here(result) > 1,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="8 位每行：几乎无损", en="8 bits per row: nearly lossless"),
        {"bits": 8, "granularity": "row", "grid": "symmetric"},
    ),
    Example(
        Text(zh="3 位，最小二乘", en="3 bits, least squares"),
        {
            "bits": 3,
            "range_by": "least-squares",
            "text": Text(
                zh="床前明月光，疑是地上霜。举头望明月，低头思故乡。",
                en="To be, or not to be, that is the question.",
            ),
        },
    ),
    Example(
        Text(zh="W8A8：激活也 8 位", en="W8A8: activations in 8 bits too"),
        {
            "bits": 8,
            "granularity": "row",
            "activations": "token",
            "text": Text(
                zh="水在一个标准大气压下的沸点是一百摄氏度。",
                en="Water boils at one hundred degrees Celsius at sea level.",
            ),
        },
    ),
)


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """What an interviewer would ask on seeing this result."""
    asked = []
    both = perplexities_by_reach(result)
    if both is not None and both[0] > 2 * both[1]:
        asked.append(
            FollowUp(
                Text(
                    zh="表里整个张量 {t:.4g}，每组 32 个 {g:.4g}。位数一样，差在哪里？",
                    en="The table has {t:.4g} per tensor and {g:.4g} per 32 weights. The bits are the same: where is the difference?",
                ).format(t=both[0], g=both[1]),
                Text(
                    zh="差在步长。步长由共用者中绝对值最大的权重决定：一个离群值让整个张量的步长变大，普通权重只剩两三个可用的取值。"
                    "分组把离群值的影响关在 32 个权重之内，代价是每组多存一个缩放（和零点），4 位因此变成约 4.6 位。",
                    en="In the step. It follows the largest weight among those that share it: one outlier widens it for the whole"
                    " tensor, and ordinary weights keep two or three usable values. A group confines the outlier to 32 weights,"
                    " at the price of a scale (and a zero point) each: 4 bits become about 4.6.",
                ),
            )
        )
    if settings.activations != "none":
        asked.append(
            FollowUp(
                Text(zh="为什么激活比权重难量化？", en="Why are activations harder to quantize than weights?"),
                Text(
                    zh="权重固定，可以离线挑区间；激活随输入变化，而且有几个固定通道长期大出几十倍，每词元一个缩放也隔不开通道。"
                    "SmoothQuant 把通道的幅度除到激活、乘回权重；LLM.int8() 让离群通道走浮点；旋转类方法先把能量摊平。",
                    en="Weights are fixed and their ranges can be chosen offline; activations follow the input, and a few fixed"
                    " channels are tens of times larger, which a scale per token can't isolate. SmoothQuant divides the channel's size"
                    " out of the activations and multiplies it into the weights; LLM.int8() keeps outlier channels in floats;"
                    " rotations spread the energy first.",
                ),
            )
        )
    if settings.range_by != "min-max":
        asked.append(
            FollowUp(
                Text(
                    zh="截断了最大的权重，为什么误差反而可能变小？",
                    en="How can the error fall when the largest weights are clipped?",
                ),
                Text(
                    zh="截断让步长变小：极少数权重的误差变大，绝大多数的误差变小，平方和有一个最低点。但权重误差最小不等于损失最小，"
                    "有的离群权重正是模型所倚重的，要看困惑度而不是只看 dB。",
                    en="Clipping narrows the step: a few weights err more and most err less, and the sum of squares has a minimum. But the"
                    " least error of the weights is not the least loss: some outliers are what the model leans on. Look at perplexity, not dB alone.",
                ),
            )
        )
    if settings.bits >= 7 and settings.activations == "none":
        asked.append(
            FollowUp(
                Text(
                    zh="既然 {n} 位几乎无损，为什么还要 4 位？", en="If {n} bits cost almost nothing, why go to 4?"
                ).format(n=settings.bits),
                Text(
                    zh="单条序列解码时瓶颈是读权重：字节减半，时间大致减半；同样的内存也能装下大一倍的模型。"
                    "常见的结论是：内存固定时，4 位的大模型好于 8 位的小模型。看下面真实算子的表：int4 每步比 int8 更快。",
                    en="Decoding one sequence is bound by reading weights: half the bytes take about half the time, and the same memory"
                    " holds twice the model. For a fixed memory, a larger model at 4 bits usually beats a smaller one at 8."
                    " The table of real kernels shows a step of int4 below one of int8.",
                ),
            )
        )
    if settings.bits <= 3:
        asked.append(
            FollowUp(
                Text(
                    zh="位数这么低，除了四舍五入还有什么办法？",
                    en="With so few bits, what is there beyond rounding to nearest?",
                ),
                Text(
                    zh="GPTQ 逐列舍入，用输入的二阶信息让尚未舍入的列补偿误差；AWQ 按激活放大重要通道再舍入；还可以用非均匀码本，或在训练中带着舍入（QAT）。"
                    "三者都需要少量数据，四舍五入不需要。",
                    en="GPTQ rounds column by column and lets the columns still to come make up for the error, by second-order information"
                    " of the inputs; AWQ scales important channels by activations first; there are non-uniform codebooks, and training with"
                    " the rounding in it (QAT). All need some data; rounding to nearest needs none.",
                ),
            )
        )
    return tuple(asked)
