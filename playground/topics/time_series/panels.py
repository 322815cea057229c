"""Draws the panels of time series from what was computed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playground.data.series import NAMES
from playground.evaluation.forecasts import Array
from playground.lab.panels import Bars, Heatmap, Line, Lines, Mark, Prose, Series, Table
from playground.lab.text import Label, Text
from playground.lab.token_panels import Ribbon, RibbonRow
from playground.statistics.intervals import Mean, Share, in_brackets, mean, with_interval
from playground.topics.time_series.backtest import Backtest
from playground.topics.time_series.decomposition import Correlogram, Parts
from playground.topics.time_series.digits import Written
from playground.topics.time_series.findings import Findings, Leak, Score, paired
from playground.topics.time_series.forecast import Forecast
from playground.topics.time_series.lags import Progress
from playground.topics.time_series.settings import LEAKS, METHODS, Settings

STEPS: dict[str, Label] = {
    "Y": Text(zh="年", en="years"), "Q": Text(zh="季", en="quarters"), "M": Text(zh="月", en="months"), "W": Text(zh="周", en="weeks"),
    "D": Text(zh="日", en="days"), "B": Text(zh="工作日", en="business days"), "h": Text(zh="小时", en="hours"), "": Text(zh="步", en="steps"),
}  # fmt: skip
SHOWN_VALUES = 16


def as_read(test: Backtest, settings: Settings) -> Prose:
    """Says what the series is, and what was changed to make it even."""
    series = test.series
    when = f"{series.first} – {series.last}" if series.first and series.last else series.last
    apart = test.origins[1] - test.origins[0]
    said = Text(
        zh="{name}：{n} 个值（单位：{step}{when}）；季节长度 {season}；{origins} 个起点，相隔 {apart} 步，各预测 {horizon} 步；滞后 {lags} 阶{cut}。{notes}",
        en="{name}: {n} values in {step}{when}; season {season}; {origins} origins, {apart} steps apart, each forecasting {horizon} steps; {lags}"
        " lags{cut}. {notes}",
    )
    changes = [*series.notes] or [Text(zh="没有改动数据", en="the data were not changed")]
    return Prose(
        said.format(
            name=NAMES.get(settings.series, _pasted(series.column)), n=len(test.values), step=STEPS[series.step],
            when=Text(zh=f"，{when}", en=f", {when}") if when else Text(zh="，无日期", en=", without dates"), season=test.season,
            origins=len(test.origins), apart=apart, horizon=test.horizon, lags=test.lags,
            cut=Text(zh="（所要的放不下，已减少）", en=" (fewer than asked for: no more fit)") if test.lags < settings.lags else "",
            notes=Text(zh="；".join(one.zh for one in changes) + "。", en="; ".join(one.en for one in changes) + "."),
        )
    )  # fmt: skip


def _pasted(column: Label) -> Text:
    """Names the pasted series, with its column where the table has several."""
    plain = Text(zh="粘贴的数据", en="pasted data")
    if not column:
        return plain
    return Text(zh="{plain}（{column}）", en="{plain} ({column})").format(plain=plain, column=column)


def _shown(test: Backtest) -> list[int]:
    """Which origins are drawn: from the last backwards, as many as don't overlap."""
    shown = [len(test.origins) - 1]
    for index in reversed(range(len(test.origins) - 1)):
        if test.origins[shown[-1]] - test.origins[index] >= test.horizon:
            shown.append(index)
    return shown[::-1]


def forecasts(test: Backtest, found: dict[str, list[Forecast]], settings: Settings) -> Lines:
    """Draws what came, and the methods of A and B so far as they are known, each stretch from its own origin."""
    shown = _shown(test)
    begin = max(0, test.origins[shown[0]] - max(test.season, test.horizon, 6))
    lines = [
        Line(
            Text(zh="实际", en="actual"),
            _numbers(begin + 1, len(test.values)),
            _floats(test.values[begin:]),
            markers=False,
        )
    ]
    for role in ("a", "b"):
        # Without a season, seasonal naive is naive.
        name = getattr(settings, role)
        name = "naive" if name == "seasonal" and test.season == 1 else name
        if name in found:
            lines.append(_stretches(test, [(index, found[name][index]) for index in shown], METHODS[name], role))
    return Lines(
        tuple(lines),
        x_label=Text(zh="第几个值", en="number of the value"),
        marks=tuple(
            Mark(
                float(test.origins[index]),
                float(test.values[test.origins[index] - 1]),
                Text(zh="起点", en="origin") if index == shown[-1] else "",
            )
            for index in shown
        ),
    )


def _stretches(test: Backtest, found: list[tuple[int, Forecast]], name: Label, role: str) -> Line:
    """One curve of several forecasts, with a gap before each."""
    x: list[float] = []
    columns: dict[str, list[float | None]] = {"point": [], "low": [], "high": []}
    for index, forecast in found:
        if x:
            x.append(test.origins[index] + 0.5)
            for values in columns.values():
                values.append(None)
        x += [float(test.origins[index] + step + 1) for step in range(test.horizon)]
        for end, values in columns.items():
            values += map(float, getattr(forecast, end))
    point, low, high = (tuple(values) for values in columns.values())
    return Line(name, tuple(x), point, low, high, role=role, markers=test.horizon == 1)


def _numbers(first: int, last: int) -> tuple[float, ...]:
    return tuple(map(float, range(first, last + 1)))


def _floats(values: Array) -> tuple[float, ...]:
    return tuple(map(float, values))


def _written(value: Mean | None, form: str = "z.2f") -> Label:
    return "–" if value is None else with_interval(value.value, value.low, value.high, form)


def _percent(share: Share) -> str:
    return f"{share.value:.0%} {in_brackets(share.low, share.high, '.0%')}"


def errors(scores: dict[str, Score], test: Backtest, seeds: Mean | None = None) -> Table:
    """Tabulates the methods, the one with the lowest MASE marked; one of single networks, whose `seeds` are averaged
    over origins; and the language model minus exponential smoothing.
    """
    best = min(scores.values(), key=lambda one: one.mase.value).mase.value
    apart = test.origins[1] - test.origins[0]
    base = METHODS["seasonal" if "seasonal" in scores else "naive"]
    smallest = min((one.mae.value for one in scores.values() if one.mae.value > 0), default=1.0)
    decimals = max(0, 2 - math.floor(math.log10(smallest)))
    alone: tuple[tuple[Label | None, ...], ...] = ()
    if seeds is not None:
        name = Text(zh="单个网络（区间：{n} 个种子）", en="a single network (interval: {n} seeds)").format(
            n=seeds.count
        )
        alone = ((name, _written(seeds), None, None, None, None),)
    if "digits" in scores:
        name = Text(
            zh="语言模型减指数平滑（按起点配对）", en="language model minus exponential smoothing (paired by origin)"
        )
        alone += ((name, _written(paired(scores["digits"], scores["smoothing"])), None, None, None, None),)
    return Table(
        columns=(
            Text(zh="方法（{n} 个起点）", en="method ({n} origins)").format(n=len(test.origins)), "MASE",
            Text(zh="与{base}之差", en="minus {base}").format(base=base), "MAE", "sMAPE", Text(zh="弹球损失", en="pinball loss"),
        ),
        rows=tuple(
            (METHODS[name], _written(one.mase), _written(one.against), f"{one.mae.value:.{decimals}f}", f"{one.smape.value:.1%}", f"{one.pinball.value:.3f}")
            for name, one in scores.items()
        )
        + alone,
        highlight=tuple(index for index, one in enumerate(scores.values()) if one.mase.value == best),
        caveat=Text(
            zh="起点相隔 {apart} 步，小于预测步数 {horizon}：测试段重叠，区间偏窄。",
            en="Origins are {apart} steps apart, fewer than the horizon of {horizon}: test windows overlap and the intervals are too narrow.",
        ).format(apart=apart, horizon=test.horizon) if apart < test.horizon else None,
        warning=apart < test.horizon,
    )  # fmt: skip


def leaks(found: dict[str, Leak], switched: str) -> Table:
    """Tabulates the leaks, the one that is switched on marked."""
    return Table(
        columns=(
            Text(zh="评估方式", en="protocol"), Text(zh="网络的 MASE", en="the network's MASE"),
            Text(zh="与无泄漏之差", en="minus without a leak"), Text(zh="结论", en="verdict"),
        ),
        rows=tuple((LEAKS[leak], _written(one.claimed), "–" if leak == "none" else _written(one.difference), _said(leak, one)) for leak, one in found.items()),
        highlight=(list(found).index(switched),),
    )  # fmt: skip


def _said(leak: str, one: Leak) -> Label:
    if leak == "none":
        return Text(zh="只用起点以前的数据", en="only data before the origin")
    if one.difference.side < 0:
        return Text(zh="虚假地变好", en="falsely better")
    if one.difference.side > 0:
        return Text(zh="反而变差", en="worse instead")
    return Text(zh="分不出", en="can't be told apart")


def curves(told: Progress) -> Lines:
    """Draws the mean over seeds of the honest runs' losses."""
    steps = tuple(map(float, told.steps))
    lines = []
    for name, losses, dash in (
        (Text(zh="训练", en="training"), told.trained, "dot"), (Text(zh="验证", en="validation"), told.validated, "solid"),
    ):  # fmt: skip
        means = [mean(row) for row in losses]
        lines.append(
            Line(
                name,
                steps,
                tuple(one.value for one in means),
                tuple(None if one.low is None else max(one.low, 0.0) for one in means),
                tuple(one.high for one in means),
                dash=dash,
                markers=False,
            )
        )
    return Lines(
        tuple(lines), x_label=Text(zh="步", en="step"), y_label=Text(zh="均方误差（标准差²）", en="squared error (sd²)")
    )


def coverage(scores: dict[str, Score], level: float) -> Table:
    """Tabulates nominal coverage beside the real one."""
    return Table(
        columns=(
            Text(zh="名义 {level}", en="nominal {level}").format(level=f"{level:.0%}"), Text(zh="实际覆盖", en="covered"),
            Text(zh="平均宽度", en="mean width"), Text(zh="后几个起点", en="later origins"), Text(zh="按前面的起点校准后", en="calibrated on earlier ones"),
        ),
        rows=tuple(
            (
                METHODS[name], _percent(one.coverage), f"{one.width:.2f}",
                "–" if one.adjusted is None else f"{one.adjusted.before.value:.0%}",
                "–" if one.adjusted is None else _percent(one.adjusted.after),
            )
            for name, one in scores.items()
        ),
    )  # fmt: skip


def by_origin(found: Findings) -> Heatmap:
    """Draws MASE of each method at each origin, the best starred."""
    winners = found.winners
    return Heatmap(
        columns=tuple(Text(zh="第 {n} 个后", en="after {n}").format(n=origin) for origin in found.origins),
        rows=tuple(METHODS[name] for name in found.scores),
        values=tuple(one.by_origin for one in found.scores.values()),
        value_label="MASE",
        texts=tuple(
            tuple(f"{value:.2f}{'★' if winners[at] == name else ''}" for at, value in enumerate(one.by_origin))
            for name, one in found.scores.items()
        ),
        low=0.0,
    )


def by_step(scores: dict[str, Score]) -> Lines:
    """Draws a curve for each method."""
    dashes = dict(zip(METHODS, ("dot", "dash", "solid", "dash", "solid", "dot"), strict=True))
    return Lines(
        tuple(Line(METHODS[name], _numbers(1, len(one.by_step)), one.by_step, dash=dashes[name], markers=len(one.by_step) == 1) for name, one in scores.items()),
        x_label=Text(zh="向前几步", en="steps ahead"), y_label=Text(zh="误差", en="error"),
    )  # fmt: skip


def trend(test: Backtest, parts: Parts) -> Lines:
    """Draws the series with its trend, whose name says how strong it is (0 to 1)."""
    x = _numbers(1, len(test.values))
    return Lines(
        (
            Line(Text(zh="原值", en="values"), x, _floats(test.values), markers=False, dash="dot"),
            Line(Text(zh="趋势（强度 {s}）", en="trend (strength {s})").format(s=f"{parts.trend_strength:.2f}"), x, _floats(parts.trend), markers=False),
        ),
        x_label=Text(zh="第几个值", en="number of the value"),
    )  # fmt: skip


def parts(test: Backtest, found: Parts) -> Lines:
    """Draws the remainder, and the season with its strength (0 to 1) where there is one."""
    x = _numbers(1, len(test.values))
    lines = [Line(Text(zh="余项", en="remainder"), x, _floats(found.remainder), markers=False, dash="dot")]
    if found.season is not None and found.season_strength is not None:
        name = Text(zh="季节（强度 {s}）", en="season (strength {s})").format(s=f"{found.season_strength:.2f}")
        lines.insert(0, Line(name, x, _floats(found.season), markers=False))
    return Lines(tuple(lines), x_label=Text(zh="第几个值", en="number of the value"))


def residuals(found: dict[str, Correlogram]) -> Bars:
    """Draws autocorrelations by lag; the names say the bound and Ljung and Box's p-value."""
    longest = max((len(one.values) for one in found.values()), default=0)
    return Bars(
        categories=tuple(str(lag) for lag in range(1, longest + 1)),
        series=tuple(
            Series(
                Text(zh="{name}（±{bound}，Ljung–Box p {p}）", en="{name} (±{bound}, Ljung–Box p {p})").format(
                    name=METHODS[name], bound=f"{one.bound:.2f}", p="< 0.001" if one.p_value < 0.001 else f"= {one.p_value:.3f}"
                ),
                one.values + (None,) * (longest - len(one.values)),
            )
            for name, one in found.items()
        ),
        y_label=Text(zh="自相关", en="autocorrelation"),
        caveat=None if found else Text(zh="残差不变化，没有自相关可算。", en="The residuals don't vary, so they have no autocorrelation."),
    )  # fmt: skip


def tokens(written: Written) -> Ribbon:
    """Draws the last values that the model reads at the last origin, token by token."""
    last = SHOWN_VALUES * (written.scale.digits + 1)
    return Ribbon(
        written.pieces[-last:],
        (RibbonRow(Text(zh="自信息", en="surprisal"), written.bits[-last:], Text(zh="比特", en="bits")),),
    )


def formats(ways: Sequence[tuple[Text, str, tuple[str, ...]]]) -> Table:
    """Tabulates ways of writing one value, with their tokens."""
    return Table(
        (
            Text(zh="写法", en="way"),
            Text(zh="文本", en="text"),
            Text(zh="词元数", en="tokens"),
            Text(zh="词元", en="pieces"),
        ),
        tuple((way, text, len(pieces), " ｜ ".join(pieces)) for way, text, pieces in ways),
    )
