"""Series on which a method visibly fails, examples, and what the cards say of the lab."""

from __future__ import annotations

import math

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.time_series.findings import Findings, Score
from playground.topics.time_series.settings import PASTED, Settings


def _numbers(values: list[float]) -> str:
    return "\n".join(f"{value:.1f}" for value in values)


# A season of 6 and a little irregularity; then the level jumps at each of the three origins.
_CALM = [100 + 10 * math.sin(math.pi * at / 3) + 3 * math.sin(at * at) for at in range(90)]
SHIFTED = _numbers([*_CALM[:72], *(value + 80 * (at // 6 + 1) for at, value in enumerate(_CALM[72:]))])

# A climb that gets steeper, with irregular values of ±30 on it.
CLIMBING = _numbers([100 + 0.005 * at * at + 30 * math.sin(at * at) for at in range(170)])


def _split_cheats(settings: Settings, found: Findings) -> bool:
    """Whether the random split claims an error of at most 0.65 of the honest one, with an interval that excludes 0."""
    split = found.leaks["split"]
    return split.difference.side < 0 and split.claimed.value < 0.65 * found.leaks["none"].claimed.value


def _scaling_cheats(settings: Settings, found: Findings) -> bool:
    """Whether scaling fitted on all data claims 0.72 to 0.85 of the honest error, with an interval that excludes 0."""
    scaling = found.leaks["scaling"]
    return scaling.difference.side < 0 and 0.72 < scaling.claimed.value / found.leaks["none"].claimed.value < 0.85


def _walk_forecast(settings: Settings, found: Findings) -> bool:
    """Whether the leaking network seems to forecast a random walk better than its last value."""
    naive, leak = found.scores["naive"].mase.value, found.leaks["smoothing"]
    return leak.claimed.value < naive and found.scores["network"].mase.value < naive and leak.difference.value < 0


def _shift_missed(settings: Settings, found: Findings) -> bool:
    """Whether the intervals of exponential smoothing cover less than a fifth of the shifted values."""
    return found.scores["smoothing"].coverage.value < 0.2


def _level_lost(settings: Settings, found: Findings) -> bool:
    """Whether the network that sees levels is at least twice as wrong as exponential smoothing."""
    return found.scores["network"].mase.value > 2 * found.scores["smoothing"].mase.value


_SPLIT = {"series": "co2", "differences": False, "leak": "split", "samples": 4, "context": 24}
_WALK = {"series": "walk", "horizon": 1, "lags": 12, "origins": 12, "leak": "smoothing", "samples": 4, "context": 24}
_SHIFT = {"series": PASTED, "pasted": SHIFTED, "horizon": 6, "lags": 6, "origins": 3, "samples": 4, "context": 24}
_SCALING = {"series": PASTED, "pasted": CLIMBING, "lags": 12, "season": 1, "differences": False, "steps": 20, "width": 4, "leak": "scaling", "samples": 4, "context": 24}  # fmt: skip
_LEVEL = {"series": "co2", "differences": False, "samples": 4, "context": 24}

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="随机划分", en="Random split"),
        _SPLIT,
        expect=Text(
            zh="打开随机划分，网络的 MASE 降到一半左右，配对区间不含 0：训练集里有测试窗口的邻居。",
            en="With a random split the network's MASE falls to about half and the paired interval excludes 0: training holds the"
            " neighbours of the test windows.",
        ),
        seen=_split_cheats,
    ),
    Failure(
        Text(zh="用全部数据缩放", en="Scaling fitted on all data"),
        _SCALING,
        expect=Text(
            zh="序列一路上升，训练很短的小网络贴着缩放用的均值；用全部数据缩放，这个均值已含未来的上升，MASE 降低约两成，配对区间不含 0。",
            en="The series keeps climbing, and a small network trained briefly stays near the mean used for scaling. Fitted on all data, that"
            " mean already includes the later climb: MASE falls by about a fifth and the paired interval excludes 0.",
        ),
        seen=_scaling_cheats,
    ),
    Failure(
        Text(zh="预测随机游走", en="Forecasting a random walk"),
        _WALK,
        expect=Text(
            zh="先用居中的滑动平均去噪，网络的误差竟低于朴素法，而随机游走谁也预测不了。",
            en="Denoised by a centred moving average first, the network seems better than the naive forecast, though nobody can forecast"
            " a random walk.",
        ),
        seen=_walk_forecast,
    ),
    Failure(
        Text(zh="水平突变", en="Level shift"),
        _SHIFT,
        expect=Text(
            zh="水平在每个起点上突然升高，指数平滑的区间几乎全部落空：只看过去的方法都预见不了。",
            en="The level jumps at every origin and nearly all intervals of exponential smoothing miss: no method that sees only the past foresees it.",
        ),
        seen=_shift_missed,
    ),
    Failure(
        Text(zh="不减最后一个值", en="Last value not subtracted"),
        _LEVEL,
        expect=Text(
            zh="序列一直上升，网络看的是水平而不是变化，误差是指数平滑的两倍以上。",
            en="The series keeps climbing, and a network that sees levels instead of changes is more than twice as wrong as exponential"
            " smoothing.",
        ),
        seen=_level_lost,
    ),
)

_WALKING = {"series": "walk", "horizon": 6, "lags": 12, "samples": 4, "context": 24}
_PASTED_EXAMPLE = {"series": PASTED, "horizon": 6, "lags": 12, "origins": 5, "a": "seasonal", "samples": 4}
_CO2 = {"series": "co2", "a": "seasonal", "b": "linear"}

EXAMPLES = (
    Example(Text(zh="带中文表头和日期的表", en="A table with header and dates"), _PASTED_EXAMPLE),
    Example(Text(zh="周期不固定的太阳黑子", en="Sunspots, a cycle of no fixed length"), {"series": "sunspots", "a": "seasonal", "b": "network"}),
    Example(Text(zh="随机游走", en="Random walk"), _WALKING),
    Example(Text(zh="上升的二氧化碳", en="Climbing carbon dioxide"), _CO2),
    Example(Text(zh="没有季节的尼罗河", en="The Nile, without a season"), {"series": "nile", "horizon": 6, "lags": 8, "a": "naive", "b": "smoothing"}),
)  # fmt: skip


def _overlap(one: Score, other: Score) -> bool:
    return (one.mase.low or 0) <= (other.mase.high or 0) and (other.mase.low or 0) <= (one.mase.high or 0)


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“逐起点的 MASE”：默认序列上，八个起点里得第一的不止一种方法",
            en="See “MASE by origin”: on the default series more than one method comes first among the eight origins",
        ),
        {},
        lambda settings, found: found.different_winners > 1 and len(found.origins) == 8,
    ),
    Claim(
        Text(
            zh="看“各方法的误差”：默认序列上，网络与季节朴素之差的区间含 0",
            en="see “Errors by method”: on the default series the interval of network minus seasonal naive holds 0",
        ),
        {},
        lambda settings, found: found.against.side == 0 and found.baseline == "seasonal",
    ),
    Claim(
        Text(
            zh="看“泄漏让网络“好”多少”：默认序列上没有一种泄漏可靠地压低误差",
            en="See “What a leak makes the network look like”: on the default series no leak reliably lowers the error",
        ),
        {},
        lambda settings, found: all(leak.difference.side >= 0 for leak in found.leaks.values()),
    ),
    Claim(
        Text(zh="默认设置下缩放泄漏几乎不改变结果", en="At the defaults the scaling leak hardly changes the result"),
        {},
        lambda settings, found: abs(found.leaks["scaling"].difference.value) < 0.03,
    ),
    Claim(
        Text(
            zh="运行失败示例“用全部数据缩放”：序列一路上升，训练很短的小网络 MASE 降低约两成，配对区间不含 0",
            en="Run the failure “Scaling fitted on all data”: on a climbing series the MASE of a small, briefly trained network falls by about a fifth, with a paired interval that excludes 0",
        ),
        _SCALING,
        _scaling_cheats,
    ),
    Claim(
        Text(
            zh="看“各方法的误差”，默认序列上它与网络的 MASE 区间重叠",
            en="see “Errors by method”: on the default series its interval of MASE overlaps the network's",
        ),
        {},
        lambda settings, found: _overlap(found.scores["linear"], found.scores["network"]),
    ),
    Claim(
        Text(
            zh="运行失败示例“不减最后一个值”，网络的 MASE 高出好几倍",
            en="run the failure “Last value not subtracted”, where the network's MASE is several times higher",
        ),
        _LEVEL,
        _level_lost,
    ),
    Claim(
        Text(
            zh="看“残差自相关”，默认序列上季节朴素的滞后 1 自相关很高，指数平滑的低得多",
            en="see “Autocorrelation of residuals”: on the default series that of seasonal naive at lag 1 is high, that of exponential"
            " smoothing far lower",
        ),
        {},
        lambda settings, found: (
            found.residuals["seasonal"].first > 0.7
            and abs(found.residuals["smoothing"].first) < found.residuals["seasonal"].first / 2
        ),
    ),
    Claim(
        Text(
            zh="看“区间真的覆盖了多少”：名义与实际并不相等",
            en="See “Coverage of the intervals”: nominal and real coverage aren't equal",
        ),
        {},
        lambda settings, found: max(abs(one.coverage.value - found.level) for one in found.scores.values()) > 0.05,
    ),
    Claim(
        Text(
            zh="运行失败示例“水平突变”，指数平滑的区间几乎全部落空",
            en="run the failure “Level shift”, where nearly all intervals of exponential smoothing miss",
        ),
        _SHIFT,
        _shift_missed,
    ),
    Claim(
        Text(
            zh="看“语言模型读到的数字”：在这个分词器里每位数字是一个词元，逗号也是一个",
            en="See “The digits as the language model reads them”: with this tokenizer each digit is one token and so is the comma",
        ),
        {},
        lambda settings, found: found.digits.tokens_per_value == settings.digits + 1,
    ),
    Claim(
        Text(
            zh="运行失败示例“随机划分”：同样的网络，MASE 降到一半左右，配对区间不含 0",
            en="Run the failure “Random split”: the same network's MASE falls to about half, with a paired interval that excludes 0",
        ),
        _SPLIT,
        _split_cheats,
    ),
    Claim(
        Text(
            zh="运行失败示例“预测随机游走”：在居中平滑过的随机游走上，网络的误差比朴素法低",
            en="Run the failure “Forecasting a random walk”: on a random walk smoothed by a centred filter the network's error is below"
            " the naive one's",
        ),
        _WALK,
        _walk_forecast,
    ),
    Claim(
        Text(
            zh="看示例“随机游走”：不作弊时，网络的平均误差不低于朴素法",
            en="See the example “Random walk”: without cheating the network's mean error isn't below the naive one's",
        ),
        _WALKING,
        lambda settings, found: found.scores["network"].mase.value >= found.scores["naive"].mase.value,
    ),
    Claim(
        Text(
            zh="看示例“上升的二氧化碳”：语言模型与指数平滑的 MASE 之差，配对区间在 0 以上",
            en="See the example “Climbing carbon dioxide”: the paired interval of the language model's MASE minus that of exponential smoothing is above 0",
        ),
        _CO2,
        lambda settings, found: found.digits_to_smoothing.side > 0,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="本实验在 ETS(A,N,·) 与 ETS(A,Ad,·) 之间选",
            en="This lab chooses between ETS(A,N,·) and ETS(A,Ad,·)",
        ),
        "playground/topics/time_series/test_lab.py::test_exponential_smoothing_is_statsmodels",
    ),
    Pinned(
        Text(
            zh="本实验报区间两端和点预测三处弹球损失的平均",
            en="This lab reports the mean pinball loss of the interval's two ends and the point forecast",
        ),
        "playground/topics/time_series/test_lab.py::test_scores_by_hand",
    ),
    Pinned(
        Text(
            zh="三种常见的作弊，本实验都能打开",
            en="Three common ways to cheat can be switched on here",
        ),
        "playground/topics/time_series/test_lab.py::test_without_a_leak_nothing_after_the_origin_matters_and_with_each_it_does",
    ),
    Pinned(
        Text(
            zh="本实验的网络只有一个隐层，直接输出全部步数",
            en="The network here has one hidden layer and outputs all steps at once",
        ),
        "playground/topics/time_series/test_lab.py::test_the_network_has_one_hidden_layer_and_all_steps_as_outputs",
    ),
    Pinned(
        Text(
            zh="本实验的线性模型与网络用分步的分裂共形区间",
            en="Here the linear model and the network have split-conformal intervals by step",
        ),
        "playground/topics/time_series/test_lab.py::test_conformal_intervals_take_the_rank_that_guarantees_coverage",
    ),
    Pinned(
        Text(
            zh="最后一列再用较早起点的误差校准较晚的起点",
            en="The last column calibrates later origins on the errors of earlier ones",
        ),
        "playground/topics/time_series/test_lab.py::test_adjusted_intervals_move_by_the_quantile_of_earlier_misses",
    ),
    Pinned(
        Text(
            zh="这里只在十个数字里采样，逗号直接给定；温度在起点之前的数字上按似然校准",
            en="Here only the ten digits are sampled and commas are put in; the temperature is calibrated by likelihood on digits before the origin",
        ),
        "playground/topics/time_series/test_lab.py::test_bits_and_samples_are_the_whole_models_own_restricted_to_digits",
    ),
)
