"""Settings of quantization worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.quantization.findings import Findings
from playground.topics.quantization.settings import Settings

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="4 位，逐张量", en="4 bits, one scale per tensor"),
        values={"bits": 4, "granularity": "tensor", "grid": "symmetric"},
        expect=Text(
            zh="少数离群权重撑大了步长，其余权重大多落到 0：困惑度是每组 32 个时的 10 倍以上。",
            en="A few outliers widen the step, and most other weights are rounded to 0: ten times the perplexity of groups of 32, or more.",
        ),
        seen=lambda settings, found: found.tensor_over_group > 10,
    ),
    Failure(
        label=Text(zh="2 位，就近舍入", en="2 bits, round to nearest"),
        values={"bits": 2, "granularity": "group", "group_size": "32"},
        expect=Text(
            zh="每组只有四个取值，分组也救不回来：每词元 KL 超过 2 奈特。",
            en="With four values per group, grouping doesn't save it: KL exceeds 2 nats per token.",
        ),
        seen=lambda settings, found: found.loss.divergence > 2,
    ),
    Failure(
        label=Text(zh="激活 4 位，逐张量", en="4-bit activations, one scale for all"),
        values={"bits": 8, "activations": "tensor", "activation_bits": 4},
        expect=Text(
            zh="权重几乎无损（8 位），坏的是激活：最大的值往往是中位数的几十倍，其余大多被舍成 0。",
            en="The weights are nearly lossless at 8 bits; the activations aren't: the largest are often tens of times the median, and most others are rounded to 0.",
        ),
        seen=lambda settings, found: found.loss.divergence > 1,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="8 位逐通道：几乎无损", en="8 bits per channel: nearly lossless"),
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


_LOSSLESS = EXAMPLES[0].values


def _within(found: Findings, bits: int, share: float) -> bool:
    """Whether perplexity with so many bits is the baseline's but for a share."""
    return abs(found.by_bits[str(bits)].perplexity / found.baseline_perplexity - 1) < share


def _rounded_before(settings: Settings, found: Findings) -> bool:
    """Whether the baseline's weights pile up on few values, as no smooth distribution does: neighbouring bins differ by half."""
    return found.matrix.spike is not None and found.matrix.spike > 1.5


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(zh="8 位、每行一个缩放，几乎无损", en="Eight bits with a scale per row cost almost nothing"),
        _LOSSLESS,
        lambda settings, found: found.loss.divergence < 0.02,
    ),
    Claim(
        Text(
            zh="4 位要按 32 到 128 个权重分组，离群值才不会毁掉整个张量",
            en="Four bits need groups of 32 to 128 weights, so that an outlier doesn't spoil a whole tensor",
        ),
        {},
        lambda settings, found: (
            found.per_tensor > 100 * found.baseline_perplexity
            and all(
                found.by_granularity[f"group_{size}"].perplexity < 2 * found.baseline_perplexity
                for size in (32, 64, 128)
            )
        ),
    ),
    Claim(
        Text(
            zh="位数够时只在基线上下摆动（文本这么短，可差一成左右），少到某一点就陡然变坏。看“困惑度随位数”，这个拐点就是要找的",
            en="with enough bits it only wavers around the baseline (by up to a tenth or so on so short a text), and below some point it breaks. Look for that knee in “Perplexity against bits”",
        ),
        {},
        lambda settings, found: (
            all(_within(found, bits, 0.15) for bits in (5, 6, 8))
            and found.by_bits["2"].perplexity > 1000 * found.baseline_perplexity
        ),
    ),
    Claim(
        Text(
            zh="再看“KL 随位数”：困惑度还看不出好坏，KL 已经一位一位地变大",
            en="then see “KL against bits”: where perplexity doesn't tell better from worse yet, KL already grows with every bit taken away",
        ),
        {},
        lambda settings, found: (
            all(_within(found, bits, 0.15) for bits in (5, 6, 8))
            and found.by_bits["5"].divergence > 2 * found.by_bits["6"].divergence > 4 * found.by_bits["8"].divergence
        ),
    ),
    Claim(
        Text(
            zh="4 位于是变成约 4.6 位。“同样的位数，不同的粒度”表里，看得到每一档换来什么",
            en="so 4 bits become about 4.6. The table “The same bits by granularity” shows what each buys",
        ),
        {},
        lambda settings, found: (
            round(found.by_granularity["group_32"].bits_per_weight, 1) == 4.6
            and sorted(found.by_granularity, key=lambda name: found.by_granularity[name].bits_per_weight)
            == sorted(found.by_granularity, key=lambda name: -found.by_granularity[name].divergence)
        ),
    ),
    Claim(
        Text(
            zh="字节真的变少，每步时间是在本机当场量的",
            en="the bytes really shrink, and the time of a step is measured on this machine",
        ),
        {},
        lambda settings, found: (
            found.kernels["none"].matrix_bytes > 1.8 * found.kernels["int8"].matrix_bytes
            and found.kernels["int8"].matrix_bytes > 1.4 * found.kernels["int4"].matrix_bytes
            and set(found.measured.step_ms) == set(found.kernels)
        ),
    ),
    Claim(
        Text(
            zh="每个词元只从打包的输出层取一行，不另存浮点",
            en="each token reads its row from the packed head and no float copy is kept",
        ),
        {},
        lambda settings, found: all(
            kernel.held_bytes - kernel.matrix_bytes < 0.01 * kernel.held_bytes for kernel in found.kernels.values()
        ),
    ),
    Claim(
        Text(
            zh="直方图里的尖刺就是痕迹。因此这里量的是“再舍入一次”的代价",
            en="The spikes of the histogram are the traces. So what is measured here is the cost of rounding once more",
        ),
        {},
        _rounded_before,
    ),
    Claim(
        Text(
            zh="这里的基线本身就是 Q4_K_M 文件反量化来的，面板上都写明了",
            en="This one is a Q4_K_M file dequantized to floats, and the panels say so",
        ),
        {},
        _rounded_before,
    ),
    Claim(
        Text(
            zh="直方图的横轴“权重 ÷ 所在组的步长”，看的就是这个码",
            en="The histogram's axis “weight ÷ the step of its group” shows that code",
        ),
        {},
        lambda settings, found: (
            found.matrix.in_steps
            and (found.matrix.first_level, found.matrix.last_level) == (0, 2**settings.bits - 1)
            and found.matrix.lowest >= found.matrix.first_level - 0.51
            and found.matrix.highest <= found.matrix.last_level + 0.51
        ),
    ),
    Claim(
        Text(
            zh="上面各面板是模拟：损失真实，速度不变",
            en="The panels above the last table simulate: their loss is real, their speed unchanged",
        ),
        {},
        lambda settings, found: (
            found.loss.divergence > 0 and found.simulated_bytes == found.kernels["none"].matrix_bytes
        ),
    ),
    Claim(
        Text(
            zh="这里 2.7 亿参数的模型在默认文本上涨了一成以上（看粒度表里“逐组 128”那一行）",
            en="with the 270 million here it rises by more than a tenth on the default text (see the row “per group of 128” of the table of granularities)",
        ),
        {},
        lambda settings, found: found.by_granularity["group_128"].perplexity > 1.1 * found.baseline_perplexity,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="嵌入占参数的 63%，所以平均 7.4 位",
            en="It is 63% of the parameters, so the average is 7.4",
        ),
        "tests/models/test_embedded.py::test_the_bits_of_the_packages_file",
    ),
    Pinned(
        Text(
            zh="这个模型的权重多在行长 640 的矩阵里，转换器只好让这些矩阵大多退到 Q5_0，让嵌入（也是输出层）退到 Q8_0（8.5 位）",
            en="Most weights of this model are in matrices with rows of 640, so most of these fell back to Q5_0, and the embedding, which is also the head, to Q8_0 (8.5 bits)",
        ),
        "tests/models/test_embedded.py::test_the_bits_of_the_packages_file",
    ),
    Pinned(
        Text(
            zh="这里一步所读的权重有 63% 是输出层",
            en="The output head, 63% of the weights that a step reads here",
        ),
        "playground/topics/efficiency/test_lab.py::test_where_the_real_models_weights_are",
    ),
)
