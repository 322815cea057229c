"""What an interviewer asks about a run of quantization: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text, joined, significant
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.quantization.findings import Findings
from playground.topics.quantization.settings import Settings, describe

# Up to this KL per token, in nats, rounding is spoken of as nearly lossless.
NEARLY_LOSSLESS = 0.05


def _tensor_against_group(settings: Settings, found: Findings) -> Outcome | None:
    """How many times the perplexity one scale per tensor gives, against one per 32 weights."""
    ratio = found.tensor_over_group
    answer = "alike" if ratio < 1.2 else "some" if ratio < 10 else "many"
    return Outcome(
        answer,
        Text(
            zh="逐张量 {t}，每组 32 个 {g}：{r} 倍",
            en="per tensor {t}, per 32 weights {g}: {r} times",
        ).format(t=significant(found.per_tensor), g=significant(found.per_32), r=significant(ratio, 3)),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="同样的位数（默认 4 位），逐张量量化的困惑度是每 32 个权重一组时的几倍？",
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


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what these settings cost, and what the granularity changes at the same bits."""
    return Text(
        zh="{scheme}：困惑度 {here}（基线 {base}），每词元 KL {kl} 奈特；同样的位数，逐张量是 {tensor}，每组 32 个是 {group}。",
        en="{scheme}: perplexity {here} (baseline {base}), KL {kl} nats per token; with the same bits one scale per tensor gives {tensor},"
        " one per 32 weights {group}.",
    ).format(
        scheme=describe(settings),
        here=significant(found.loss.perplexity),
        base=significant(found.baseline_perplexity),
        kl=f"{found.loss.divergence:.3f}",
        tensor=significant(found.per_tensor),
        group=significant(found.per_32),
    )


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = []
    if found.tensor_over_group > 2:
        asked.append(FollowUp(
            Text(zh="逐张量的困惑度是 {t}，每组 32 个是 {g}（粒度表里超过 10⁶ 的写作“坏了”）。位数一样，差在哪里？",
                 en="Perplexity is {t} per tensor and {g} per 32 weights (the table of granularities calls anything above 10⁶ broken). The bits are the same: where is the difference?").format(
                     t=significant(found.per_tensor), g=significant(found.per_32)),
            Text(zh="差在步长。最小—最大的步长由共用缩放的权重的取值范围决定：一个离群值让整个张量的步长变大，普通权重只剩很少几个可用的取值。"
                    "分组把离群值的影响限制在 32 个权重之内，代价是每组多存一个 16 位的缩放（非对称时还有零点），每权重多 0.5 到 0.75 位。",
                 en="In the step. With min-max it follows the range of the weights that share a scale: one outlier widens it for the whole"
                    " tensor, and ordinary weights keep very few usable values. A group confines the outlier to 32 weights, at the price"
                    " of a 16-bit scale each, and a zero point if asymmetric: 0.5 to 0.75 bits more per weight."),
        ))  # fmt: skip
    if settings.activations != "none":
        asked.append(FollowUp(
            Text(zh="为什么激活比权重难量化？", en="Why are activations harder to quantize than weights?"),
            Text(zh="权重固定，可以离线挑区间；激活随输入变化，而且总是那几个通道大出几十倍，每词元一个缩放隔不开通道；若按输入通道各给一个缩放，整数矩阵乘又不能在累加之后再乘回去。"
                    "SmoothQuant 把激活除以通道系数，权重乘回同一系数；LLM.int8() 让离群通道走 16 位；旋转类方法（QuaRot、SpinQuant）先把离群值摊到所有通道。",
                 en="Weights are fixed and their ranges can be chosen offline; activations follow the input, and the same few channels are"
                    " tens of times larger, which a scale per token can't isolate; and a scale per input channel couldn't be multiplied in after an integer product"
                    " has summed over the channels. SmoothQuant divides activations by a factor per channel and multiplies the weights by it; LLM.int8() keeps"
                    " outlier channels in 16 bits; rotations (QuaRot, SpinQuant) spread outliers over all channels first."),
        ))  # fmt: skip
    if settings.range_by == "least-squares" or (settings.range_by == "percentile" and settings.percentile < 100):
        asked.append(FollowUp(
            Text(zh="截断了最大的权重，为什么误差反而可能变小？", en="How can the error fall when the largest weights are clipped?"),
            Text(zh="截断让步长变小：极少数权重的误差变大，绝大多数的误差变小，平方和有一个最低点。但权重误差最小不等于损失最小，"
                    "有的离群权重正是模型所依赖的，要看困惑度和 KL，不能只看 dB。",
                 en="Clipping narrows the step: a few weights err more and most err less, and the sum of squares has a minimum. But the"
                    " least error of the weights is not the least loss: the model depends on some outliers. Look at perplexity and KL, not dB alone."),
        ))  # fmt: skip
    if settings.bits >= 7 and settings.activations == "none" and found.loss.divergence < NEARLY_LOSSLESS:
        asked.append(_why_fewer_bits(settings, found))
    if settings.bits <= 3:
        asked.append(FollowUp(
            Text(zh="位数这么低，除了就近舍入还有什么办法？", en="With so few bits, what is there beyond rounding to nearest?"),
            Text(zh="GPTQ 和 AWQ 已是 4 位的常规做法：前者逐列舍入，用输入的二阶信息让尚未舍入的列补偿误差；后者按激活放大重要通道再舍入。3 位还能靠它们加小组，2 位通常要靠向量码本（QuIP#、AQLM）或量化感知训练（QAT）。"
                    "这些方法都要数据：校准要几百条文本，QAT 要一次训练。还要与显存相同的、小一些的 4 位模型比较，后者往往更好。",
                 en="GPTQ and AWQ are routine at 4 bits already: one rounds column by column and lets the remaining columns compensate for the error, by second-order"
                    " information of the inputs; the other scales important channels up by their activations first. With small groups they still work at 3 bits; 2 bits mostly take vector codebooks (QuIP#, AQLM) or"
                    " quantization-aware training (QAT). All of these need data: calibration a few hundred texts, QAT a training run. Compare with a smaller model at 4 bits in"
                    " the same memory too, which is often better."),
        ))  # fmt: skip
    return tuple(asked)


def _why_fewer_bits(settings: Settings, found: Findings) -> FollowUp:
    answer = Text(
        zh="单条序列解码是访存受限的，瓶颈是读权重：从 8 位到 4 位（连同缩放约 4.5 位），要读的字节少四成多，同样的内存能装下约 1.8 倍的参数。"
        "Dettmers 与 Zettlemoyer（2022）发现：总位数固定时，4 位的大模型好于 8 位的小模型。",
        en="Decoding one sequence is memory-bandwidth-bound: from 8 bits to 4, about 4.5 with the scales, the bytes to read fall by more than 40%,"
        " and the same memory holds about 1.8 times the parameters. Dettmers and Zettlemoyer (2022) find that for a fixed number of bits in all, a larger model at 4 beats a smaller one at 8.",
    )
    step_ms = found.measured.step_ms
    if step_ms["int4"] < step_ms["int8"]:
        answer = joined(
            answer,
            Text(
                zh="看真实算子的表：int4 每步比 int8 更快；也看同一行的困惑度，就近舍入的 4 位并不是白得的。",
                en="The table of real kernels shows a step of int4 below one of int8; read the perplexity beside it too: 4 bits by rounding to nearest aren't free.",
            ),
        )
    question = Text(zh="既然 {n} 位几乎无损，为什么还要 4 位？", en="If {n} bits cost almost nothing, why go to 4?")
    return FollowUp(question.format(n=settings.bits), answer)
