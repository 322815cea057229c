"""What the lab of quantization is asked, and what it shows; knows nothing of how it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from playground.compression.quantize import Granularity, Range, Scheme
from playground.lab.controls import ShownWhen, choice, number, switch
from playground.lab.panels import Heatmap, Histogram, Lines, Metrics, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import text, tokens_to_generate
from playground.lab.text import Label, Text
from playground.lab.token_panels import Tokens
from playground.topics.quantization.findings import Findings

GRIDS = {"symmetric": Text(zh="对称", en="symmetric"), "zero-point": Text(zh="非对称", en="asymmetric")}
GRANULARITIES = {
    "tensor": Text(zh="逐张量", en="per tensor"),
    "row": Text(zh="逐通道", en="per channel"),
    "group": Text(zh="逐组", en="per group"),
}
RANGES = {
    "min-max": Text(zh="最小—最大", en="min-max"),
    "percentile": Text(zh="百分位", en="percentile"),
    "least-squares": Text(zh="最小二乘", en="least squares"),
}
ACTIVATIONS = {
    "none": Text(zh="不量化", en="weights only"),
    "token": Text(zh="逐词元", en="per token"),
    "tensor": Text(zh="逐张量", en="per tensor"),
}
MATRICES = {
    "first": Text(zh="注意力输入（Q）", en="attention in (Q)"),
    "up": Text(zh="前馈输入", en="MLP in"),
    "down": Text(zh="前馈输出", en="MLP out"),
}


@dataclass(frozen=True)
class Settings:
    text: str = text(
        default=Text(
            zh="人工智能是计算机科学的一个分支，它研究怎样让机器像人一样学习、推理和解决问题。",
            en="Artificial intelligence is a branch of computer science that studies how machines can learn and reason.",
        ),
        max_chars=1000,
        help=Text(
            zh="前 128 个词元用来算困惑度与 KL，最后由两个模型各自续写。",
            en="The first 128 tokens give perplexity and KL; both models then continue the text.",
        ),
    )
    bits: int = number(Text(zh="位数", en="Bits"), default=4, low=2, high=8)
    grid: str = choice(
        Text(zh="网格", en="Grid"), GRIDS, default="zero-point",
        help=Text(zh="对称：零点为 0，上下对称；非对称：有零点，网格贴合最小值与最大值。",
                  en="Symmetric: around 0; asymmetric: with a zero point, the grid fits the smallest and the largest value."),
    )  # fmt: skip
    granularity: str = choice(
        Text(zh="粒度", en="Granularity"), GRANULARITIES, default="group",
        help=Text(zh="哪些权重共用一个缩放系数：整个矩阵、一个输出通道（一行），或一行里相邻的一组。",
                  en="Which weights share a scale: the whole matrix, one output channel (a row), or a group of neighbours in a row."),
    )  # fmt: skip
    group_size: str = choice(
        Text(zh="每组权重数", en="Weights in a group"), {"32": "32", "64": "64", "128": "128"}, default="32",
        shown_when=ShownWhen("granularity", ("group",)),
    )  # fmt: skip
    range_by: str = choice(
        Text(zh="区间取法", en="Range by"), RANGES, default="min-max",
        help=Text(zh="最小二乘逐个试 24 种截断，较慢。", en="Least squares tries 24 clippings and takes longer."),
    )  # fmt: skip
    percentile: float = number(
        Text(zh="保留的百分比", en="Percentage kept"), default=99.5, low=90.0, high=100.0, step=0.1,
        shown_when=ShownWhen("range_by", ("percentile",)),
    )  # fmt: skip
    activations: str = choice(
        Text(zh="激活", en="Activations"), ACTIVATIONS, default="none",
        help=Text(zh="进入每个矩阵的激活也在运行时舍入（动态量化），区间取当时的最小与最大值。",
                  en="The inputs of every matrix are rounded too, at run time (dynamic quantization), over their range of the moment."),
    )  # fmt: skip
    activation_bits: int = number(
        Text(zh="激活位数", en="Activation bits"), default=8, low=2, high=8,
        shown_when=ShownWhen("activations", ("token", "tensor")),
    )  # fmt: skip
    head: bool = switch(
        Text(zh="连同输出层", en="Output head too"), default=False, advanced=True,
        help=Text(zh="内置模型的输出层有 1.68 亿个权重，计入后每个点都要多花时间。",
                  en="The embedded model's head has 168 million weights; every point of the curves then takes longer."),
    )  # fmt: skip
    layer: int = number(
        Text(zh="直方图：第几层", en="Histogram: layer"), default=1, low=1, high=128, slider=False, advanced=True,
        help=Text(zh="超过模型层数时取最后一层。", en="Beyond the model's last layer, the last is taken."),
    )  # fmt: skip
    matrix: str = choice(Text(zh="直方图：矩阵", en="Histogram: matrix"), MATRICES, default="down", advanced=True)
    max_tokens: int = tokens_to_generate(default=12, high=64)

    @property
    def scheme(self) -> Scheme:
        """The scheme of the weights."""
        return Scheme(
            self.bits,
            self.grid == "symmetric",
            cast(Granularity, self.granularity),
            int(self.group_size),
            cast(Range, self.range_by),
            self.percentile,
        )


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    weights: Histogram | None = panel(
        Text(zh="权重与网格", en="Weights and grid"),
        hint=Text(
            zh="一个矩阵的权重分布；竖线是能取到的值。尖刺：基线本身已经舍入过一次",
            en="One matrix's weights; vertical lines are the representable values. Spikes: the baseline was rounded before",
        ),
        half=True,
    )
    noise: Heatmap | None = panel(
        Text(zh="逐层误差（信噪比，dB）", en="Error by layer (SNR, dB)"),
        hint=Text(zh="越高越好；每多一位约加 6 dB", en="Higher is better; each bit adds about 6 dB"),
        half=True,
    )
    figures: Metrics | None = panel(Text(zh="这组设置", en="This setting"))
    outputs: SideBySide[Tokens] | None = panel(
        Text(zh="续写", en="Outputs"),
        hint=Text(zh="贪心；首次不同处有标记", en="Greedy; the first difference is marked"),
    )
    granularities: Table | None = panel(
        Text(zh="同样的位数，不同的粒度", en="The same bits by granularity"),
        hint=Text(zh="网格与区间取法不变", en="Grid and range as set"),
    )
    perplexities: Lines | None = panel(
        Text(zh="困惑度随位数", en="Perplexity against bits"),
        hint=Text(zh="其余设置不变，只换位数；标记是这组设置", en="Only the bits change; the mark is this setting"),
        half=True,
    )
    divergences: Lines | None = panel(
        Text(zh="KL 随位数", en="KL against bits"),
        hint=Text(zh="其余设置不变，只换位数；标记是这组设置", en="Only the bits change; the mark is this setting"),
        half=True,
    )
    kernels: Table | None = panel(
        Text(zh="真实算子：字节与速度", en="Real kernels: bytes and speed"),
        hint=Text(
            zh="浮点与真实算子各占多少、跑多快", en="What the floats and the real kernels hold, and how fast they run"
        ),
    )


def describe(settings: Settings) -> Text:
    """Describes the settings in a few words."""
    group: Label = ""
    if settings.granularity == "group":
        group = Text(zh=" {size}", en=" of {size}").format(size=settings.group_size)
    activations = "" if settings.activations == "none" else f" · A{settings.activation_bits}"
    return Text(zh="{bits} 位 · {one}{group}{activations}", en="{bits} bits · {one}{group}{activations}").format(
        bits=settings.bits, one=GRANULARITIES[settings.granularity], group=group, activations=activations
    )
