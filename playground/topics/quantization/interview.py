"""What an interviewer asks about a run of quantization: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text, joined
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
            zh="整个张量 {t:.4g}，每组 32 个 {g:.4g}：{r:.3g} 倍",
            en="per tensor {t:.4g}, per 32 weights {g:.4g}: {r:.3g} times",
        ).format(t=found.per_tensor, g=found.per_32, r=ratio),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
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


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what these settings cost, and what the granularity changes at the same bits."""
    return Text(
        zh="{scheme}：困惑度 {here}（基线 {base}），每词元 KL {kl} 奈特；同样的位数，整个张量一个缩放是 {tensor}，每 32 个权重一个是 {group}。",
        en="{scheme}: perplexity {here} (baseline {base}), KL {kl} nats per token; with the same bits one scale per tensor gives {tensor},"
        " one per 32 weights {group}.",
    ).format(
        scheme=describe(settings),
        here=f"{found.loss.perplexity:.4g}",
        base=f"{found.baseline_perplexity:.4g}",
        kl=f"{found.loss.divergence:.3f}",
        tensor=f"{found.per_tensor:.4g}",
        group=f"{found.per_32:.4g}",
    )


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Questions that this very result raises."""
    asked = []
    if found.tensor_over_group > 2:
        asked.append(FollowUp(
            Text(zh="表里整个张量 {t:.4g}，每组 32 个 {g:.4g}。位数一样，差在哪里？",
                 en="The table has {t:.4g} per tensor and {g:.4g} per 32 weights. The bits are the same: where is the difference?").format(
                     t=found.per_tensor, g=found.per_32),
            Text(zh="差在步长。步长由共用者中绝对值最大的权重决定：一个离群值让整个张量的步长变大，普通权重只剩两三个可用的取值。"
                    "分组把离群值的影响关在 32 个权重之内，代价是每组多存一个缩放（和零点），4 位因此变成约 4.6 位。",
                 en="In the step. It follows the largest weight among those that share it: one outlier widens it for the whole"
                    " tensor, and ordinary weights keep two or three usable values. A group confines the outlier to 32 weights,"
                    " at the price of a scale (and a zero point) each: 4 bits become about 4.6."),
        ))  # fmt: skip
    if settings.activations != "none":
        asked.append(FollowUp(
            Text(zh="为什么激活比权重难量化？", en="Why are activations harder to quantize than weights?"),
            Text(zh="权重固定，可以离线挑区间；激活随输入变化，而且有几个固定通道长期大出几十倍，每词元一个缩放也隔不开通道。"
                    "SmoothQuant 把通道的幅度除到激活、乘回权重；LLM.int8() 让离群通道走浮点；旋转类方法先把能量摊平。",
                 en="Weights are fixed and their ranges can be chosen offline; activations follow the input, and a few fixed"
                    " channels are tens of times larger, which a scale per token can't isolate. SmoothQuant divides the channel's size"
                    " out of the activations and multiplies it into the weights; LLM.int8() keeps outlier channels in floats;"
                    " rotations spread the energy first."),
        ))  # fmt: skip
    if settings.range_by == "least-squares" or (settings.range_by == "percentile" and settings.percentile < 100):
        asked.append(FollowUp(
            Text(zh="截断了最大的权重，为什么误差反而可能变小？", en="How can the error fall when the largest weights are clipped?"),
            Text(zh="截断让步长变小：极少数权重的误差变大，绝大多数的误差变小，平方和有一个最低点。但权重误差最小不等于损失最小，"
                    "有的离群权重正是模型所倚重的，要看困惑度而不是只看 dB。",
                 en="Clipping narrows the step: a few weights err more and most err less, and the sum of squares has a minimum. But the"
                    " least error of the weights is not the least loss: some outliers are what the model leans on. Look at perplexity, not dB alone."),
        ))  # fmt: skip
    if settings.bits >= 7 and settings.activations == "none" and found.loss.divergence < NEARLY_LOSSLESS:
        asked.append(_why_fewer_bits(settings, found))
    if settings.bits <= 3:
        asked.append(FollowUp(
            Text(zh="位数这么低，除了四舍五入还有什么办法？", en="With so few bits, what is there beyond rounding to nearest?"),
            Text(zh="GPTQ 逐列舍入，用输入的二阶信息让尚未舍入的列补偿误差；AWQ 按激活放大重要通道再舍入；还可以用非均匀码本，或在训练中带着舍入（QAT）。"
                    "前两种要少量校准数据，QAT 要训练数据；固定的码本（如 NF4）和四舍五入一样不需要数据。",
                 en="GPTQ rounds column by column and lets the columns still to come make up for the error, by second-order information"
                    " of the inputs; AWQ scales important channels by activations first; there are non-uniform codebooks, and training with"
                    " the rounding in it (QAT). The first two need a little calibration data and QAT training data; a fixed codebook such as"
                    " NF4 needs none, like rounding to nearest."),
        ))  # fmt: skip
    return tuple(asked)


def _why_fewer_bits(settings: Settings, found: Findings) -> FollowUp:
    answer = Text(
        zh="单条序列解码是访存受限的，瓶颈是读权重：字节减半，时间大致减半；同样的内存也能装下大一倍的模型。"
        "常见的结论是：内存固定时，4 位的大模型好于 8 位的小模型。",
        en="Decoding one sequence is memory-bandwidth-bound: half the bytes take about half the time, and the same memory"
        " holds twice the model. For a fixed memory, a larger model at 4 bits usually beats a smaller one at 8.",
    )
    step_ms = found.measured.step_ms
    if step_ms["int4"] < step_ms["int8"]:
        answer = joined(
            answer,
            Text(
                zh="看下面真实算子的表：int4 每步比 int8 更快。",
                en="The table of real kernels shows a step of int4 below one of int8.",
            ),
        )
    question = Text(zh="既然 {n} 位几乎无损，为什么还要 4 位？", en="If {n} bits cost almost nothing, why go to 4?")
    return FollowUp(question.format(n=settings.bits), answer)
