"""Topic 22: forecasts by six methods from rolling origins, their intervals, and what a leak makes of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from playground.data.pasted_series import read_series
from playground.data.series import load_series
from playground.evaluation.forecasts import Array, mae, naive_scale
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import mean
from playground.topics.time_series import cases, interview, panels
from playground.topics.time_series.backtest import Backtest
from playground.topics.time_series.cost import cost
from playground.topics.time_series.decomposition import Correlogram, correlogram, decompose
from playground.topics.time_series.digits import Sampled, sample, tokens_of
from playground.topics.time_series.findings import Digits, Findings, Leak, Residual, Score, adjust, score
from playground.topics.time_series.forecast import METHODS, Forecast, choose_origins, naive
from playground.topics.time_series.lags import (
    LEAKS,
    Case,
    Network,
    Trained,
    Windows,
    least_history,
    linear,
    validated,
    with_conformal,
)
from playground.topics.time_series.settings import PASTED, Result, Settings
from playground.topics.time_series.smoothing import Smoothed, smooth

LEAST_ORIGINS = 3
MOST_RESIDUAL_LAGS = 24


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the series and its parts, then the fast methods, the network while it trains, and at last the language model."""
    test = plan(settings)
    parts = decompose(test.values, test.season)
    yield Result(read=panels.as_read(test, settings), trend=panels.trend(test, parts), parts=panels.parts(test, parts))

    forecasts = {"naive": [naive(test.values[:origin], test.horizon, 1, settings.level) for origin in test.origins]}
    if test.season > 1:
        forecasts["seasonal"] = [
            naive(test.values[:origin], test.horizon, test.season, settings.level) for origin in test.origins
        ]
    smoothed: list[Smoothed] = []
    for number, origin in enumerate(test.origins):
        told = Text(zh="指数平滑：起点 {n} / {of}", en="exponential smoothing: origin {n} of {of}")
        bench.progress(0.2 * number / len(test.origins), told.format(n=number + 1, of=len(test.origins)))
        smoothed.append(smooth(test.values[:origin], test.horizon, test.season, settings.level))
    forecasts["smoothing"] = [one.forecast for one in smoothed]
    windows = Windows(test.values, test.lags, test.horizon, settings.differences)
    held = validated(min(test.origins) - test.lags - test.horizon + 1)
    forecasts["linear"] = [linear(windows, origin, held, settings.level) for origin in test.origins]
    correlograms = _correlograms(test, smoothed[-1])
    yield Result(
        errors=panels.errors(_scores(test, forecasts, settings.level), test),
        residuals=panels.residuals(correlograms),
        forecasts=panels.forecasts(test, forecasts, settings),
    )

    seeds = tuple(settings.seed + number for number in range(settings.seeds))
    runs = [Case(origin, seed, leak) for leak in LEAKS for origin in test.origins for seed in seeds]
    trained: Trained | None = None
    for point in Network(windows, runs, test.origins, settings.width).train(settings.steps, bench.checkpoint):
        if isinstance(point, Trained):
            trained = point
            break
        words = Text(zh="同时训练 {n} 个网络", en="training {n} networks at once").format(n=len(runs))
        bench.progress(0.2 + 0.3 * point.done, words)
        yield Result(curves=panels.curves(point))
    assert trained is not None
    forecasts["network"] = [
        with_conformal(
            np.mean([trained.forecasts[Case(origin, seed, settings.leak)] for seed in seeds], axis=0),
            np.concatenate([trained.misses[Case(origin, seed, settings.leak)] for seed in seeds]),
            settings.level,
        )
        for origin in test.origins
    ]
    alone = [
        _mase(test, [trained.forecasts[Case(origin, seed, settings.leak)] for origin in test.origins]) for seed in seeds
    ]
    seeds_apart = mean([float(np.mean(one)) for one in alone])
    leaks = _leaks(test, trained, seeds)
    yield Result(
        errors=panels.errors(_scores(test, forecasts, settings.level), test, seeds_apart),
        leaks=panels.leaks(leaks, settings.leak),
        forecasts=panels.forecasts(test, forecasts, settings),
    )

    lm = bench.lm()
    sampled = _sample(lm, test, settings, bench)
    forecasts["digits"] = sampled.forecasts
    scores = _scores(test, forecasts, settings.level)
    found = Findings(
        series=settings.series,
        values=len(test.values),
        season=test.season,
        horizon=test.horizon,
        lags=test.lags,
        origins=test.origins,
        level=settings.level,
        scores=scores,
        leak=settings.leak,
        leaks=leaks,
        seeds=seeds_apart,
        stopped=float(np.mean([step for case, step in trained.stopped.items() if case.leak == settings.leak])),
        smoothing=smoothed[-1].name,
        trend_strength=parts.trend_strength,
        season_strength=parts.season_strength,
        residuals={
            name: Residual(one.values[0], len(one.values), one.p_value) for name, one in correlograms.items()
        },
        digits=Digits(
            samples=settings.samples,
            values=_context(test, settings),
            digits=settings.digits,
            temperature=float(np.mean(sampled.temperatures)),
            bits=sampled.bits,
            bits_chosen=sampled.bits_chosen,
            tokens_per_value=len(tokens_of(lm, [sampled.written.text])[0]) / _context(test, settings),
        ),
        notes=len(test.series.notes),
    )  # fmt: skip
    yield Result(
        findings=found,
        errors=panels.errors(scores, test, seeds_apart),
        coverage=panels.coverage(scores, settings.level),
        tokens=panels.tokens(sampled.written),
        formats=panels.formats(_written_ways(lm, test, sampled)),
        by_origin=panels.by_origin(found),
        by_step=panels.by_step(scores),
        forecasts=panels.forecasts(test, forecasts, settings),
    )


def plan(settings: Settings) -> Backtest:
    """Reads the series and chooses the origins. Raises PlaygroundError if it is too short or doesn't vary before an origin."""
    series = (
        read_series(settings.pasted, settings.column) if settings.series == PASTED else load_series(settings.series)
    )
    values = np.array(series.values)
    season = settings.season or series.season
    horizon = settings.horizon
    room = len(values) - horizon - (LEAST_ORIGINS - 1)
    if 2 * season + 2 > room:
        raise PlaygroundError(
            Text(
                zh="“季节长度”是 {season}，序列只有 {n} 个值：第一个起点之前至少要有两个季节。请改小季节或预测步数，或贴更长的序列。",
                en="“Season” is {season} and the series has {n} values: two seasons are needed before the first origin. Choose a"
                " shorter season or horizon, or paste a longer series.",
            ).format(season=season, n=len(values)),
            "season",
        )
    # Lags that don't fit are cut, as the series as read says; a horizon that doesn't is refused.
    lags = next((lags for lags in range(settings.lags, 0, -1) if least_history(lags, horizon) <= room), 0)
    if not lags:
        raise PlaygroundError(
            Text(
                zh="序列有 {n} 个值，“预测步数”为 {horizon} 时至少要 {least} 个。请减少预测步数，或贴更长的序列。",
                en="The series has {n} values; with a “Horizon” of {horizon} at least {least} are needed. Choose a shorter horizon, or"
                " paste a longer series.",
            ).format(n=len(values), horizon=horizon, least=least_history(1, horizon) + horizon + LEAST_ORIGINS - 1),
            "horizon",
        )
    origins = choose_origins(len(values), horizon, settings.origins, max(least_history(lags, horizon), 2 * season + 2))
    scales = [naive_scale(values[:origin], season) for origin in origins]
    known = [scale for scale in scales if scale is not None]
    if len(known) < len(scales):
        raise PlaygroundError(
            Text(
                zh="前 {n} 个值全都相等，没有可学的东西，MASE 的分母也是 0。请换一段有变化的数据。",
                en="The first {n} values are all equal: there is nothing to learn from, and MASE would divide by 0. Paste a stretch"
                " that varies.",
            ).format(n=origins[0]),
            PASTED,
        )
    return Backtest(series, values, season, lags, horizon, origins, tuple(known))


def _context(test: Backtest, settings: Settings) -> int:
    """How many values the language model reads: as many at every origin."""
    return min(settings.context, test.origins[0])


def _sample(lm: LanguageModel, test: Backtest, settings: Settings, bench: Bench) -> Sampled:
    context = _context(test, settings)
    words = Text(zh="语言模型续写 {n} 串数字", en="the language model continues {n} lists of digits")
    words = words.format(n=len(test.origins) * settings.samples)
    bench.progress(0.5, words)
    return sample(
        lm, [test.values[origin - context : origin] for origin in test.origins], test.horizon, digits=settings.digits,
        samples=settings.samples, calibrate=settings.calibrate, level=settings.level, seed=settings.seed,
        tell=lambda done: bench.progress(0.5 + 0.5 * done, words),
    )  # fmt: skip


def _mase(test: Backtest, points: Sequence[Array]) -> list[float]:
    return [mae(real, point) / scale for real, point, scale in zip(test.actual, points, test.scales, strict=True)]


def _scores(test: Backtest, forecasts: dict[str, list[Forecast]], level: float) -> dict[str, Score]:
    """Scores the methods in the order of METHODS, each against the baseline."""
    baseline = "seasonal" if "seasonal" in forecasts else "naive"
    base = _mase(test, [one.point for one in forecasts[baseline]])
    return {
        name: score(forecasts[name], test.actual, test.scales, level, None if name == baseline else base)
        for name in METHODS
        if name in forecasts
    }


def _leaks(test: Backtest, trained: Trained, seeds: Sequence[int]) -> dict[str, Leak]:
    """MASE of the network by leak: the mean of its seeds' errors at each origin."""
    by_leak = {
        leak: np.mean(
            [_mase(test, [trained.forecasts[Case(origin, seed, leak)] for origin in test.origins]) for seed in seeds],
            axis=0,
        )
        for leak in LEAKS
    }
    return {leak: Leak(mean(errors), mean(errors - by_leak["none"])) for leak, errors in by_leak.items()}


def _correlograms(test: Backtest, smoothed: Smoothed) -> dict[str, Correlogram]:
    """Of the residuals in sample at the last origin."""
    history = test.values[: test.origins[-1]]
    lags = min(MOST_RESIDUAL_LAGS, max(8, 2 * test.season))
    found = {
        "seasonal" if test.season > 1 else "naive": correlogram(history[test.season :] - history[: -test.season], lags),
        "smoothing": correlogram(smoothed.residuals, lags),
    }
    return {name: one for name, one in found.items() if one is not None}


def _written_ways(lm: LanguageModel, test: Backtest, sampled: Sampled) -> list[tuple[Text, str, tuple[str, ...]]]:
    """The last value known in several ways of writing, each with its tokens."""
    value = float(test.values[test.origins[-1] - 1])
    (whole,) = sampled.written.scale.write(np.array([value]))
    ways = [
        (Text(zh="原值", en="as it is"), f"{value:.6g}"),
        (Text(zh="缩放后（本实验）", en="scaled (here)"), whole),
        (Text(zh="数字间加空格", en="spaces between digits"), " ".join(whole)),
        (Text(zh="科学记数法", en="scientific"), f"{value:.3e}"),
        (Text(zh="全角", en="full width"), "".join(chr(ord(digit) + 0xFEE0) for digit in whole)),
        (Text(zh="中文数字", en="Chinese numerals"), "".join("零一二三四五六七八九"[int(digit)] for digit in whole)),
    ]
    return [
        (way, text, pieces) for (way, text), pieces in zip(ways, tokens_of(lm, [text for _, text in ways]), strict=True)
    ]


TOPIC = Topic(
    number=22,
    slug="time-series",
    title=Text(zh="时间序列预测", en="Time series"),
    group=Group.LEARNING,
    settings=Settings,
    result=Result,
    leads=("forecasts", "errors", "leaks", "coverage"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("errors", "coverage"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    text_field="",
    code=(smooth, Network.train, sample, with_conformal, score, adjust),
)
