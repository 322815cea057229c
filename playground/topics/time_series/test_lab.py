"""Every method against statsmodels, scikit-learn or a hand computation; leaks; a run on a tiny model; bad input."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas
import pytest
import torch
from sklearn.linear_model import Ridge
from statsmodels.tsa.api import SimpleExpSmoothing
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.stattools import acf

from playground.data.series import load_series
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.panels import merged, panels_of
from playground.lab.validation import validate
from playground.topics.time_series import cases
from playground.topics.time_series.decomposition import correlogram, decompose
from playground.topics.time_series.digits import Reader, Scale, sample, tokens_of
from playground.topics.time_series.findings import Findings, adjust, score
from playground.topics.time_series.forecast import Forecast, choose_origins, naive
from playground.topics.time_series.lab import plan, run
from playground.topics.time_series.lags import (
    Case,
    Network,
    Trained,
    Windows,
    denoise,
    least_history,
    linear,
    validated,
    with_conformal,
)
from playground.topics.time_series.settings import Result, Settings
from playground.topics.time_series.smoothing import smooth
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel

SMALL = {"series": "nile", "horizon": 4, "lags": 4, "origins": 3, "seeds": 2, "steps": 20, "samples": 4, "context": 8, "width": 4, "digits": 1}  # fmt: skip


def finish(**values: object) -> Result:
    result = None
    bench = Bench(OneModel(wrap(tiny_llama())), seconds=600)
    for new in run(validate(Settings, SMALL | values, "en"), bench):
        result = merged(result, new)
    assert result is not None
    return result


@pytest.fixture(scope="module")
def result() -> Result:
    return finish()


# ---- methods


def test_naive_repeats_a_value_or_a_season_and_widens_with_the_root() -> None:
    history = np.array([1.0, 5.0, 2.0, 6.0, 3.0, 7.0])
    plain = naive(history, 3, 1, 0.8)
    assert plain.point.tolist() == [7, 7, 7]
    sigma = math.sqrt((16 + 9 + 16 + 9 + 16) / 5)
    assert plain.high - plain.point == pytest.approx(1.2815516 * sigma * np.sqrt([1, 2, 3]), rel=1e-6)
    seasonal = naive(history, 3, 2, 0.8)
    assert seasonal.point.tolist() == [3, 7, 3]
    assert seasonal.high - seasonal.point == pytest.approx(1.2815516 * np.sqrt([1, 1, 2]), rel=1e-6)


def test_exponential_smoothing_is_statsmodels() -> None:
    values = np.array(load_series("co2").values)[:150]
    found = smooth(values, 5, 12, 0.8)
    series = pandas.Series(values)
    peer = ETSModel(
        series, error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=12, initialization_method="heuristic"
    ).fit(disp=False)  # fmt: skip
    assert found.name == "AAdA"
    np.testing.assert_allclose(found.forecast.point, peer.forecast(5), rtol=1e-6)
    nile = np.array(load_series("nile").values)
    other = SimpleExpSmoothing(nile, initialization_method="estimated").fit().forecast(2)
    level = smooth(nile, 2, 1, 0.8)
    assert level.name == "ANN"
    np.testing.assert_allclose(level.forecast.point, other, rtol=0.02)
    # A local level's interval widens with the root of 1 + (h − 1) α².
    half = level.forecast.high - level.forecast.point
    assert 1 < half[1] / half[0] < math.sqrt(2)


def test_the_linear_model_is_ridge_on_windows_before_the_origin() -> None:
    values = np.random.default_rng(0).standard_normal(60).cumsum()
    windows = Windows(values, 3, 2, differences=False)
    before = linear(windows, 50, 5, 0.8)
    changed = values.copy()
    changed[50:] += 100
    after = linear(Windows(changed, 3, 2, differences=False), 50, 5, 0.8)
    np.testing.assert_array_equal(before.point, after.point)
    np.testing.assert_array_equal(before.high, after.high)
    scaled = (values - values[:50].mean()) / values[:50].std()
    rows = range(50 - 3 - 2 + 1 - 5 - 1)
    peer = Ridge(1.0).fit([scaled[row : row + 3] for row in rows], [scaled[row + 3 : row + 5] for row in rows])
    expected = peer.predict([scaled[47:50]])[0] * values[:50].std() + values[:50].mean()
    np.testing.assert_allclose(before.point, expected)


def test_held_back_windows_share_no_target_with_those_trained_on() -> None:
    windows = Windows(np.arange(80.0), 6, 4, differences=True)
    own, held = windows.pools(60, "none", (60,), 0, 9)
    assert own.max() + 6 + 4 - 1 < held.min() + 6 and held.max() + 6 + 4 == 60
    own, held = windows.pools(60, "split", (60, 70), 0, 9)
    assert not {54, 64} & {*own, *held} and not {*own} & {*held} and {53, 55} & {*own}
    shortest = least_history(6, 4)
    windows = Windows(np.arange(200.0), 6, 4, differences=True)
    for origin, enough in ((shortest, True), (shortest - 1, False)):
        count = origin - 6 - 4 + 1
        assert (len(windows.pools(origin, "none", (), 0, validated(count))[0]) >= 8) == enough


def trained(values: np.ndarray, leak: str, **changes: object) -> np.ndarray:
    windows = Windows(values, 4, 2, differences=True)
    cases = [Case(40, seed, one) for one in ("none", leak) for seed in (0, 1)]
    *_, last = Network(windows, cases, [40], 8).train(30, lambda: None)
    assert isinstance(last, Trained)
    return np.stack([last.forecasts[case] for case in cases])


def test_without_a_leak_nothing_after_the_origin_matters_and_with_each_it_does() -> None:
    values = np.random.default_rng(1).standard_normal(60).cumsum()
    later = values.copy()
    later[42:] += 30
    for leak in ("scaling", "split", "smoothing"):
        first, second = trained(values, leak), trained(later, leak)
        np.testing.assert_array_equal(first[:2], second[:2])
        if leak != "smoothing":
            assert not np.allclose(first[2:], second[2:])
    later[40:42] += 30
    assert not np.allclose(trained(values, "smoothing")[2:], trained(later, "smoothing")[2:])
    np.testing.assert_allclose(denoise(np.array([0.0, 0, 5, 0, 0]), 2)[2], 1)
    np.testing.assert_array_equal(denoise(np.ones(6), 2), np.ones(6))


def test_a_briefly_trained_network_stays_near_the_mean_that_it_is_scaled_by() -> None:
    """Why scaling fitted on all data cheats on the climbing series of the failure: its mean holds the climb to come."""
    settings = validate(Settings, cases.FAILURES[1].in_("en"), "en")
    assert settings.leak == "scaling"
    test = plan(settings)
    windows = Windows(test.values, test.lags, test.horizon, settings.differences)
    runs = [Case(origin, 0, leak) for leak in ("none", "scaling") for origin in test.origins]
    *_, last = Network(windows, runs, test.origins, settings.width).train(settings.steps, lambda: None)
    assert isinstance(last, Trained)
    for origin in test.origins:
        honest, leaking = (last.forecasts[Case(origin, 0, leak)].mean() for leak in ("none", "scaling"))
        known, everything = test.values[:origin].mean(), test.values.mean()
        assert abs(honest - known) < 15 and abs(leaking - everything) < 15
        assert known < everything < test.values[origin:].mean()


def test_runs_of_other_seeds_and_leaks_change_nothing() -> None:
    values = np.random.default_rng(1).standard_normal(60).cumsum()
    np.testing.assert_allclose(trained(values, "scaling")[:2], trained(values, "split")[:2], rtol=1e-4)


def test_conformal_intervals_take_the_rank_that_guarantees_coverage() -> None:
    misses = np.arange(1.0, 10.0)[:, None]
    found = with_conformal(np.zeros(1), misses, 0.8)
    assert found.high[0] == 8 and found.low[0] == -8  # ⌈10 × 0.8⌉ of nine
    assert with_conformal(np.zeros(1), misses[:3], 0.95).high[0] == 3


# ---- the language model


def test_values_become_digits_and_back() -> None:
    scale = Scale.of(np.array([10.0, 20.0]), 2)
    assert (scale.low, scale.high) == (5, 25)
    assert scale.write(np.array([5.0, 15.0, 25.0, 99.0])) == ["00", "50", "99", "99"]
    assert scale.read(np.array([0, 99])).tolist() == [5, 25]


def test_bits_and_samples_are_the_whole_models_own_restricted_to_digits() -> None:
    lm = wrap(tiny_llama())
    history = np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
    found = sample(lm, [history], 2, digits=2, samples=400, calibrate=False, level=0.8, seed=3)
    reader = Reader(lm)
    text = found.written.text
    ids = lm.encode(text)
    assert ids == reader.ids(text.rstrip(",").split(","))
    logits = lm.logits(ids)[:, reader.digit_ids].double()
    place = len(ids) - 3
    expected = -torch.log_softmax(logits[place - 1], -1)[int(text[-3])] / math.log(2)
    assert found.written.bits[-3] == pytest.approx(float(expected), rel=1e-4)
    # The first sampled digit's distribution.
    shares = torch.softmax(logits[-1], -1).numpy()
    written = found.written.scale.write(found.paths[0][:, 0])
    counts = np.array([sum(number[0] == str(digit) for number in written) for digit in range(10)]) / 400
    assert np.abs(counts - shares).max() < 0.09
    assert found.temperatures == (1.0,)
    again = sample(lm, [history, history[::-1].copy()], 2, digits=2, samples=4, calibrate=True, level=0.8, seed=3)
    assert again.bits_chosen <= again.bits + 1e-9
    np.testing.assert_array_equal(
        sample(lm, [history], 2, digits=2, samples=4, calibrate=True, level=0.8, seed=3).paths[0], again.paths[0]
    )
    assert tokens_of(lm, ["12,"]) == [("1", "2", ",")]


# ---- decomposition and scores


def test_decomposition_adds_up_and_is_statsmodels() -> None:
    values = np.array(load_series("elnino").values)
    found = decompose(values, 12)
    assert found.season is not None
    np.testing.assert_allclose(found.trend + found.season + found.remainder, values)
    np.testing.assert_allclose(found.trend, STL(values, period=12, robust=True).fit().trend)
    assert decompose(values, 1).season is None
    residuals = correlogram(values, 5)
    assert residuals is not None
    np.testing.assert_allclose(residuals.values, acf(values, nlags=5)[1:])
    assert correlogram(np.ones(30), 5) is None


def test_scores_by_hand() -> None:
    actual = np.array([[1.0, 2], [3, 4]])
    forecasts = [Forecast(np.array([1.0, 4]), np.array([0.0, 3]), np.array([2.0, 5])),
                 Forecast(np.array([3.0, 4]), np.array([2.0, 3]), np.array([4.0, 5]))]  # fmt: skip
    found = score(forecasts, actual, [2.0, 1.0], 0.8, [1.0, 1.0])
    assert found.by_origin == (0.5, 0.0) and found.mase.value == 0.25 and found.mae.value == 0.5
    assert found.by_step == (0, 0.5) and (found.coverage.right, found.coverage.count) == (3, 4)
    assert found.against is not None and found.against.value == -0.75
    assert found.width == 1.5 and found.adjusted is None
    # Pinball at 0.1, 0.5 and 0.9: the second step of the first origin is 2 below the point, 1 below the low end.
    first = ((0.1 * 1 + 0.9 * 1) / 2 + (0 + 0.5 * 2) / 2 + (0.1 * 1 + 0.1 * 3) / 2) / 3 / 2
    second = (0.1 + 0 + 0.1) / 3
    assert found.pinball.value == pytest.approx((first + second) / 2)


def test_adjusted_intervals_move_by_the_quantile_of_earlier_misses() -> None:
    actual = np.array([[0.0, 0.0]] * 2 + [[0.0, 4.0]])
    low, high = np.full((3, 2), 1.0), np.full((3, 2), 3.0)
    found = adjust(low, high, actual, 0.8)
    assert found is not None and (found.before.right, found.after.right, found.after.count) == (0, 2, 2)


def test_origins_are_a_horizon_apart_where_they_fit() -> None:
    assert choose_origins(100, 10, 3, 50) == (70, 80, 90)
    assert choose_origins(100, 10, 5, 86) == (86, 87, 88, 89, 90)
    assert choose_origins(100, 10, 5, 88) == (88, 89, 90)


# ---- the run


def test_a_run_fills_every_panel_and_goes_to_json_and_back(result: Result) -> None:
    for item in panels_of(Result):
        value = getattr(result, item.name)
        assert value is not None, item.name
        assert decode(item.type, json.loads(json.dumps(encode(value)))) == value
    assert isinstance(result.findings, Findings) and "NaN" not in json.dumps(encode(result.findings))
    assert list(result.findings.scores) == ["naive", "smoothing", "linear", "network", "digits"]
    assert encode(finish()) == encode(result)


def test_the_leak_that_is_switched_on_is_the_networks(result: Result) -> None:
    leaky = finish(leak="smoothing").findings
    assert leaky is not None and result.findings is not None
    assert leaky.leaks == result.findings.leaks
    assert leaky.scores["network"] != result.findings.scores["network"]
    assert leaky.scores["linear"] == result.findings.scores["linear"]


def test_the_smallest_numbers_and_a_short_pasted_series() -> None:
    smallest = finish(horizon=1, lags=1, level=0.5, season=0).findings
    assert smallest is not None and smallest.horizon == 1
    text = "\n".join(str(math.sin(at) + at / 9) for at in range(40))
    pasted = finish(series="pasted", pasted=text, lags=36).findings
    assert pasted is not None and pasted.values == 40 and 1 <= pasted.lags < 36


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"pasted": "\n".join(map(str, range(31))), "horizon": 24}, "horizon"),
        ({"pasted": "\n".join(map(str, range(40))), "season": 30}, "season"),
        ({"pasted": "\n".join(["1"] * 45 + ["2"]), "horizon": 1}, "pasted"),
        ({"pasted": "", "horizon": 1}, "pasted"),
        ({"pasted": "1\n" * 40, "horizon": 1}, "pasted"),
    ],
)
def test_what_cannot_be_backtested_is_refused_by_field(values: dict[str, object], field: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        plan(validate(Settings, {"series": "pasted"} | values, "en"))
    assert caught.value.field == field


def test_the_network_has_one_hidden_layer_and_all_steps_as_outputs() -> None:
    windows = Windows(np.arange(60.0), 4, 3, differences=True)
    stack = Network(windows, [Case(40, 0, "none")], [40], 8)._stack
    assert stack(torch.zeros(1, 5, 4)).shape == (1, 5, 3)
    assert sum(one.numel() for one in stack.parameters()) == 4 * 8 + 8 + 8 * 3 + 3
