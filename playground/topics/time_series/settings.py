"""What the lab of time series is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.data.series import NAMES as BUILT_IN
from playground.lab.controls import ShownWhen, choice, number, switch, text_box
from playground.lab.panels import Bars, Heatmap, Lines, Prose, Table, panel, undrawn
from playground.lab.shared_controls import hidden_units, seed, training_steps
from playground.lab.text import Label, Text
from playground.lab.token_panels import Ribbon
from playground.topics.time_series.findings import Findings

PASTED = "pasted"
METHODS: dict[str, Label] = {
    "naive": Text(zh="朴素", en="naive"),
    "seasonal": Text(zh="季节朴素", en="seasonal naive"),
    "smoothing": Text(zh="指数平滑", en="exponential smoothing"),
    "linear": Text(zh="线性滞后", en="linear on lags"),
    "network": Text(zh="滞后网络", en="lag network"),
    "digits": Text(zh="语言模型", en="language model"),
}
LEAKS: dict[str, Label] = {
    "none": Text(zh="无", en="none"),
    "scaling": Text(zh="用全部数据缩放", en="scaling fitted on all data"),
    "split": Text(zh="随机划分", en="random split"),
    "smoothing": Text(zh="先对全序列去噪", en="denoising the whole series first"),
}
_VISITORS = (
    "112 108 125 131 140 151 172 175 148 136 121 130 118 113 131 138 146 160 181 183 155 143 127 137 "
    "126 119 139 145 155 168 190 193 164 150 134 144 133 127 147 153 162 177 200 202 172 159 141 152 "
    "140 135 154 161 171 186 209 213 181 166 149 160 148 141 163 170 179 195 220 222 190 175 156 168"
).split()


def _table(header: str, date: str) -> str:
    rows = (date.format(year=2019 + at // 12, month=at % 12 + 1) for at in range(len(_VISITORS)))
    return "\n".join([header, *(f"{row},{value}" for row, value in zip(rows, _VISITORS, strict=True))])


DEFAULT_CSV = Text(
    zh=_table("日期,客流（千人）", "{year}年{month}月"), en=_table("date,visitors (thousands)", "{year}-{month:02d}")
)


@dataclass(frozen=True)
class Settings:
    series: str = choice(
        Text(zh="序列", en="Series"), {**BUILT_IN, PASTED: Text(zh="粘贴的数据", en="pasted data")}, default="elnino", compact=False,
    )  # fmt: skip
    pasted: str = text_box(
        Text(zh="粘贴的数据", en="Pasted data"), default=DEFAULT_CSV, max_chars=20_000, lines=6, optional=True,
        shown_when=ShownWhen("series", (PASTED,)),
        help=Text(zh="一行一个数，或从表格复制几列：可有表头、日期、缺失值。自带的例子是编的。",
                  en="One number a line, or columns copied from a spreadsheet, with a header, dates or gaps. The example is invented."),
    )  # fmt: skip
    column: str = text_box(
        Text(zh="用哪一列", en="Column"), default="", max_chars=60, lines=1, optional=True,
        shown_when=ShownWhen("series", (PASTED,)),
        help=Text(zh="列名或第几列；留空取第一列数值，行号不算。", en="Its name or number; blank takes the first column of numbers that isn't a row index."),
    )  # fmt: skip
    horizon: int = number(Text(zh="预测步数", en="Horizon"), default=12, low=1, high=24)
    lags: int = number(
        Text(zh="滞后阶数", en="Lags"), default=24, low=1, high=36,
        help=Text(zh="线性模型与网络看最近几个值。", en="How many past values the linear model and the network see."),
    )  # fmt: skip
    leak: str = choice(
        Text(zh="给网络作弊", en="Let the network cheat"), LEAKS, default="none", compact=False,
        help=Text(zh="打开一种泄漏，各面板里的网络就用它：看上去变强了吗？", en="Switch one on, and the network uses it in every panel: does it look better?"),
    )  # fmt: skip
    a: str = choice(Text(zh="画出 A", en="Drawn as A"), METHODS, default="smoothing", compact=False, advanced=True)
    b: str = choice(Text(zh="画出 B", en="Drawn as B"), METHODS, default="digits", compact=False, advanced=True)
    season: int = number(
        Text(zh="季节长度（0：自动）", en="Season (0: automatic)"), default=0, low=0, high=60, advanced=True,
        help=Text(zh="自动：内置序列已知；有日期按月 12、季 4、周内 7；否则找自相关的峰。1 表示没有季节。",
                  en="Automatic: known for the built-in series; by dates 12 months, 4 quarters, 7 days; else the peak of the"
                  " autocorrelation. 1 is no season."),
    )  # fmt: skip
    origins: int = number(Text(zh="预测起点数", en="Origins"), default=8, low=3, high=12, advanced=True)
    level: float = number(
        Text(zh="区间的名义覆盖率", en="Nominal coverage"), default=0.8, low=0.5, high=0.95, advanced=True
    )
    differences: bool = switch(
        Text(zh="减去窗口的最后一个值", en="Subtract the window's last value"), default=True, advanced=True,
        help=Text(zh="让线性模型与网络预测变化量，水平漂移也不怕。", en="The linear model and the network predict changes, whatever the level."),
    )  # fmt: skip
    seeds: int = number(Text(zh="网络的种子数", en="Seeds of the network"), default=3, low=2, high=4, advanced=True)
    width: int = hidden_units(default=32, low=4, high=48, step=4)
    steps: int = training_steps(default=160, low=20, high=400, step=20)
    samples: int = number(
        Text(zh="语言模型采样条数", en="Samples of the language model"), default=8, low=4, high=12, advanced=True
    )
    context: int = number(
        Text(zh="语言模型读几个值", en="Values the language model reads"),
        default=48,
        low=8,
        high=72,
        step=4,
        advanced=True,
    )
    digits: int = number(Text(zh="每个值写几位数字", en="Digits per value"), default=2, low=1, high=3, advanced=True)
    calibrate: bool = switch(
        Text(zh="校准采样温度", en="Calibrate the temperature"), default=True, advanced=True,
        help=Text(zh="在起点之前的数字上选似然最高的温度；关掉即为 1。", en="The likeliest one on digits before the origin; off: 1."),
    )  # fmt: skip
    seed: int = seed(
        Text(zh="网络的初值与批次、语言模型的采样", en="The network's start and batches, the language model's samples")
    )


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    forecasts: Lines | None = panel(
        Text(zh="滚动起点上的预测", en="Forecasts from rolling origins"),
        hint=Text(zh="圆圈是起点，每一段只用它之前的数据；阴影是预测区间", en="Circles are origins, and each stretch uses only data before its own; the band is the prediction interval"),
    )  # fmt: skip
    errors: Table | None = panel(
        Text(zh="各方法的误差", en="Errors by method"),
        hint=Text(zh="各起点的平均与 95% t 区间；MASE 小于 1：胜过训练段上的季节朴素；“之差”按起点配对，区间含 0 即分不出；网络一行用各种子预测的平均；最后一行是 MASE 之差",
                  en="Means over origins with 95% t intervals; MASE below 1 beats seasonal naive in sample; differences are paired by origin: where the interval holds 0 they can't be told apart; the network's row is the mean forecast of its seeds; the last row is a difference of MASE"),
    )  # fmt: skip
    leaks: Table | None = panel(
        Text(zh="泄漏让网络“好”多少", en="What a leak makes the network look like"),
        hint=Text(zh="同样的测试窗口、同样的种子，各种子单独评分再平均；之差按起点配对", en="The same test windows and seeds, each seed scored alone, then averaged; differences paired by origin"),
    )  # fmt: skip
    coverage: Table | None = panel(
        Text(zh="区间真的覆盖了多少", en="Coverage of the intervals"),
        hint=Text(zh="95% Wilson 区间；同一起点的各步彼此相关，真实的区间更宽；末两列：第三个起点起，校准前后",
                  en="95% Wilson interval; steps of one origin are dependent, so the true interval is wider; last columns: from the third origin on, before and after calibration"),
    )  # fmt: skip
    curves: Lines | None = panel(
        Text(zh="训练曲线", en="Training curves"), half=True,
        hint=Text(zh="所有起点同时训练；带：种子间的 95% 区间", en="All origins train at once; band: 95% interval over seeds"),
    )  # fmt: skip
    by_step: Lines | None = panel(
        Text(zh="误差随步数", en="Error by step ahead"), half=True,
        hint=Text(zh="各起点平均的绝对误差，除以 MASE 的分母", en="Absolute error averaged over origins, divided as MASE is"),
    )  # fmt: skip
    by_origin: Heatmap | None = panel(
        Text(zh="逐起点的 MASE", en="MASE by origin"),
        hint=Text(zh="★：该起点最好；只看一列就会选错", en="★: best of that origin; one column alone picks the wrong one"),
    )  # fmt: skip
    tokens: Ribbon | None = panel(
        Text(zh="语言模型读到的数字", en="The digits as the language model reads them"),
        hint=Text(zh="每个词元的自信息；十个数字乱猜是 3.32 比特", en="Surprisal of each token; a blind guess among ten digits costs 3.32 bits"),
    )  # fmt: skip
    trend: Lines | None = panel(
        Text(zh="分解：原值与趋势", en="Decomposition: values and trend"),
        hint=Text(zh="序列与去掉季节、噪声后的趋势", en="The series, and its trend without season and noise"),
        half=True,
    )
    parts: Lines | None = panel(
        Text(zh="分解：季节与余项", en="Decomposition: season and remainder"),
        hint=Text(zh="每个周期重复的部分与剩下的部分", en="What repeats with every period, and what is left over"),
        half=True,
    )
    residuals: Bars | None = panel(
        Text(zh="残差自相关", en="Autocorrelation of residuals"), half=True,
        hint=Text(zh="超出 ±1.96/√n 的柱子说明还有规律没用上", en="A bar beyond ±1.96/√n is structure that the method has missed"),
    )  # fmt: skip
    formats: Table | None = panel(
        Text(zh="同一个数，几种写法", en="One value, written in several ways"), half=True,
        hint=Text(zh="词元由分词器决定，写法决定长度", en="The tokenizer decides the tokens, the way of writing how many"),
    )  # fmt: skip
    read: Prose | None = panel(
        Text(zh="读到的序列", en="The series as read"),
        hint=Text(zh="读到了什么，为了等间隔改了什么", en="What was read, and what was changed to make it even"),
    )
