"""What an interviewer asks about a run of efficiency: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text, joined, significant
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.efficiency.findings import Findings, Side
from playground.topics.efficiency.settings import Settings

# Times as fast, from which a difference counts as one: less is within what two measurements of the same thing differ by.
NO_FASTER, MUCH_FASTER = 1.15, 1.5
# Zeros are said to buy no time below this; it leaves room for two noisy measurements.
BOUGHT_TIME = 1.3
# Below this share of the bandwidth decode is asked why it doesn't reach its limit.
FAR_FROM_THE_ROOF = 0.5


def _faster(settings: Settings, found: Findings) -> Outcome | None:
    """How many times as fast the model with half of its weights zeroed decodes."""
    faster = found.measured.zeroed_ratio
    dense, zeroed = found.measured.pruned["none"], found.measured.pruned["unstructured"]
    answer = "no" if faster < NO_FASTER else "some" if faster < MUCH_FASTER else "much"
    evidence = Text(
        zh="稠密 {d:.1f} ms（{ds}），50% 置零 {z:.1f} ms（{zs}）：{r:.2f} 倍",
        en="dense {d:.1f} ms ({ds}), 50% zeroed {z:.1f} ms ({zs}): {r:.2f} times as fast",
    )
    return Outcome(answer, evidence.format(d=dense.ms, ds=dense.between, z=zeroed.ms, zs=zeroed.between, r=faster))


PREDICTION: Prediction[Settings, Findings] = Prediction(
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


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what both sides hold, take and lose."""
    if found.one_model:
        return Text(
            zh="A 与 B 是同一套权重，各项数字相同：{bytes} MB，解码每词元 {decode} ms，困惑度 {perplexity}。",
            en="A and B are the same weights, and every number is the same: {bytes} MB, {decode} ms per token in decode, perplexity {perplexity}.",
        ).format(
            bytes=_megabytes(found.a),
            decode=f"{found.measured.a_decode.ms:.1f}",
            perplexity=significant(found.a.perplexity),
        )
    return Text(
        zh="权重字节 A {bytes_a} MB、B {bytes_b} MB；解码每词元 A {decode_a} ms、B {decode_b} ms，预填充每词元 A {prefill_a} ms、B {prefill_b} ms；"
        "困惑度 A {perplexity_a}、B {perplexity_b}，每词元 KL {kl} 奈特。",
        en="Weight bytes: A {bytes_a} MB, B {bytes_b} MB; decode, per token: A {decode_a} ms, B {decode_b} ms; prefill, per token: A {prefill_a} ms,"
        " B {prefill_b} ms; perplexity: A {perplexity_a}, B {perplexity_b}; KL {kl} nats per token.",
    ).format(
        bytes_a=_megabytes(found.a),
        bytes_b=_megabytes(found.b),
        decode_a=f"{found.measured.a_decode.ms:.1f}",
        decode_b=f"{found.measured.b_decode.ms:.1f}",
        prefill_a=f"{found.measured.a_prefill.ms:.1f}",
        prefill_b=f"{found.measured.b_prefill.ms:.1f}",
        perplexity_a=significant(found.a.perplexity),
        perplexity_b=significant(found.b.perplexity),
        kl=f"{found.divergence:.3f}",
    )


def _megabytes(side: Side) -> str:
    return f"{side.counts.weight_bytes / 1e6:.1f}"


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = []
    b, measured = settings.b, found.measured
    zeroed = b.pruning in ("unstructured", "wanda") and b.quantization == "none" and b.sparsity > 0
    # A's own numbers in fewer bytes, or fewer of them, would be another reason for its pace.
    zeroed = zeroed and abs(found.bytes_ratio - 1) < 0.01
    if zeroed and measured.decode_ratio < BOUGHT_TIME:
        asked.append(FollowUp(
            Text(zh="B 有 {zeros} 的参数是零，解码速度只是 A 的 {r} 倍。怎样才能让零换来时间？",
                 en="{zeros} of B's parameters are zero, yet it decodes only {r} times as fast as A. What would turn zeros into time?").format(
                     zeros=f"{found.b_zeros:.0%}", r=f"{measured.decode_ratio:.2f}"),
            Text(zh="要么少读，要么少乘，而且得有支持该模式的算子。2:4 稀疏每四个留两个，只存值和两位下标：16 位权重从 64 位变成 36 位，访存受限的解码最多快 16/9 倍，计算受限时稀疏张量核最多快 2 倍；"
                    "块稀疏跳过整块；任意位置的零要存下标或位图，GPU 上 Flash-LLM 这类“稀疏读、稠密算”的算子在 70% 到 90% 就有收益，通用稀疏格式要高得多。或者删去整个神经元、整层，矩阵变小，普通算子立刻受益。",
                 en="Read less or multiply less, with a kernel that supports the pattern. 2:4 sparsity keeps two of four with two-bit indices: 36 bits for 64 with 16-bit weights, at"
                    " most 16/9 times as fast in memory-bound decoding and twice where compute-bound, on sparse tensor cores. Block sparsity skips blocks. Zeros in arbitrary"
                    " places need indices or a bitmap: kernels that load sparse and compute dense (Flash-LLM) gain on GPUs at 70% to 90%, general sparse formats only far"
                    " above. Or remove whole neurons or layers: matrices shrink, and ordinary kernels gain at once."),
        ))  # fmt: skip
    faster = measured.decode_ratio > max(1.0, NO_FASTER * measured.prefill_ratio)
    if b.quantization in ("int8", "int4") and faster:
        asked.append(FollowUp(
            Text(zh="B 的解码速度是 A 的 {d} 倍，预填充是 {p} 倍。同样的权重，为什么不一样？",
                 en="B decodes {d} times as fast as A and prefills {p} times as fast. The weights are the same: why the difference?").format(
                     d=f"{measured.decode_ratio:.2f}", p=f"{measured.prefill_ratio:.2f}"),
            Text(zh="解码是访存受限的：每步把全部权重读一遍，只为一个词元，字节少就快。预填充读一遍权重供所有词元用，文本够长就变成计算受限。权重变窄，"
                    "乘法一次没少，还多了反量化。要让预填充也快，得用低精度的矩阵乘：激活也量化成 int8、FP8 或 FP4，由硬件直接相乘。",
                 en="Decode is memory-bandwidth-bound: a step reads all weights for a single token, and fewer bytes take less time. A prefill reads them once for all its"
                    " tokens and, with a text long enough, is compute-bound. Narrow weights take as many products as before, and dequantizing on top."
                    " A faster prefill takes low-precision matrix products: activations in int8, FP8 or FP4 too, multiplied by the hardware as they are."),
        ))  # fmt: skip
    a_whole = settings.a.quantization == b.quantization and settings.a.pruning not in ("structured", "activations")
    if b.pruning in ("structured", "activations") and a_whole and 0 < found.bytes_saved < b.sparsity:
        asked.append(FollowUp(
            Text(zh="删去了 {s} 的神经元，字节只少了 {bytes}。差在哪里？",
                 en="{s} of the neurons are gone, and only {bytes} of the bytes. Where is the rest?").format(
                     s=f"{b.sparsity:.0%}", bytes=f"{found.bytes_saved:.0%}"),
            Text(zh="剪的只是前馈层。内置模型 2.68 亿参数里有 1.68 亿是嵌入（与输出层共用），注意力又占一份，都没有动。词表大的小模型，压缩要先看嵌入，例如只留用得到的语言的词元；几百亿参数的模型里嵌入才微不足道。",
                 en="Only MLPs were pruned. Of the embedded model's 268 million parameters 168 million are the embedding, shared with the head, and attention has its part; neither was"
                    " touched. A small model with a large vocabulary must look at the embedding first, for instance keep the tokens of the languages in use only; in models of tens of"
                    " billions it hardly counts."),
        ))  # fmt: skip
    asked.append(_which_gains(found))
    if found.a.decode_intensity < measured.ridge and measured.bandwidth_share < FAR_FROM_THE_ROOF:
        asked.append(FollowUp(
            Text(zh="A 的解码点在转折点左边，读权重却只用到实测带宽的 {share}。还能说它访存受限吗？",
                 en="A's decode is left of the ridge, yet reads weights at only {share} of the measured bandwidth. Is it still memory-bandwidth-bound?").format(
                     share=f"{measured.bandwidth_share:.0%}"),
            Text(zh="在左边只说明上限是带宽，不说明已经碰到上限。没用满的部分是启动许多小算子、归一化、Python，以及没有跑满带宽的矩阵乘算子。做个实验来区分：换成 int8、int4，"
                    "时间若大致随字节下降，瓶颈就在读取和转换权重；若几乎不动，就是固定开销，要靠编译、CUDA graph、算子融合。再用性能分析器看各类算子的毫秒数。",
                 en="Being on the left says that bandwidth is the limit, not that it has been reached. What is missing goes to launching many small operations, norms and Python, and to"
                    " matrix kernels that don't saturate the bandwidth. Tell them apart by an experiment: with int8 and int4, if time falls about with the bytes, reading and converting weights"
                    " is the bottleneck; if it hardly moves, it is fixed overhead, which takes compilation, CUDA graphs or fused kernels. Then profile the milliseconds by kind of operation."),
        ))  # fmt: skip
    if found.parting is None and found.divergence >= 0.0005:
        asked.append(FollowUp(
            Text(zh="输出一个字不差，KL 却是 {kl} 奈特。能说 B 没有损失吗？",
                 en="The outputs are the same to the letter, and KL is {kl} nats. Is B lossless?").format(kl=f"{found.divergence:.3f}"),
            Text(zh="不能。贪心只显示最可能的词元有没有换。看逐词元 KL 的分布、首位翻转率、更长的文本、真正关心的任务，再下结论。",
                 en="No. Greedy decoding only shows whether the most likely token changed. Check KL token by token, the rate of top-1 flips, longer texts and the task that matters."),
        ))  # fmt: skip
    if measured.loaded:
        asked.append(FollowUp(
            Text(zh="这次是在负载下测的，这些毫秒还能用吗？", en="These times were taken under load. Are they of any use?"),
            Text(zh="绝对值不能引用，比值还有参考价值：A 与 B 交替测量，负载对两边大致相同，又取中位数。要写进报告，就独占机器、固定线程与频率、预热，报中位数和波动，并写明机器。",
                 en="As absolute times, no; as ratios, roughly: A and B took turns, so load fell on both about alike, and medians were taken. For a report, use a machine"
                    " of its own, fix threads and clock, warm up, give median and spread, and name the machine."),
        ))  # fmt: skip
    return tuple(asked)


def _which_gains(found: Findings) -> FollowUp:
    """Which phase of A's would gain from more compute."""
    decode, prefill, ridge = found.a.decode_intensity, found.a.prefill_intensity, found.measured.ridge
    question = Text(
        zh="A 解码每读一字节做 {d} 次运算，预填充做 {p} 次，本机屋顶线的转折点在 {r}。换一块算力翻倍、带宽不变的芯片，哪个会变快？",
        en="A's decode does {d} operations per byte read, its prefill {p}, and the ridge of this machine is at {r}. Which gets faster on a chip with twice"
        " the compute and the same bandwidth?",
    ).format(d=f"{decode:.1f}", p=f"{prefill:.0f}", r=f"{ridge:.0f}")
    if prefill > ridge:
        of_prefill = Text(
            zh="这里的预填充在转折点右边，是计算受限，能从算力中受益；换了芯片转折点右移一倍，它未必还在右边。",
            en="The prefill here is right of the ridge, compute-bound, and gains; but twice the compute moves the ridge to twice the intensity, and it may"
            " no longer be right of it.",
        )
    else:
        of_prefill = Text(
            zh="这段文本太短，预填充也还在转折点左边，同样得不到好处；文本长到强度超过转折点才是计算受限。",
            en="With a text this short the prefill is left of the ridge too and gains nothing; it is compute-bound only once the text is long enough for its"
            " intensity to exceed the ridge.",
        )
    if decode < ridge:
        of_decode = Text(
            zh="单条解码在左边，访存受限，算力翻倍没有用：要的是更少的字节、更高的带宽，或读一遍权重供更多词元用（批处理、投机解码）。",
            en="Decoding one sequence is left of it, memory-bandwidth-bound, and more compute doesn't help: fewer bytes do, more bandwidth does, or more tokens"
            " per reading of the weights (batches, speculative decoding).",
        )
    else:
        of_decode = Text(
            zh="这台机器上连解码也在转折点右边，算力翻倍对它也有用。",
            en="On this machine even decode is right of the ridge and gains as well.",
        )
    return FollowUp(question, joined(of_decode, of_prefill))
