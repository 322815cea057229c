"""Intervals against scipy's bootstrap and Wilson interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from playground.statistics.intervals import (
    Share,
    bootstrap,
    bootstrap_mean,
    in_brackets,
    mean,
    resampled_counts,
    share,
    wilson,
    with_interval,
)


@pytest.mark.parametrize(("right", "count"), [(0, 5), (5, 5), (7, 20), (190, 200)])
def test_wilson_is_scipys(right: int, count: int) -> None:
    expected = stats.binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert wilson(right, count) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_nothing_counted_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_bootstrap_is_near_scipys_percentile_interval() -> None:
    values = np.random.default_rng(1).exponential(size=120)
    expected = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=9999, rng=2).confidence_interval
    assert bootstrap_mean(values, 3) == pytest.approx((expected.low, expected.high), abs=0.03)
    told: list[None] = []
    by_blocks = bootstrap_mean(values, 3, tell=lambda: told.append(None))
    assert bootstrap(values, lambda drawn: float(drawn.mean()), 3) == pytest.approx(by_blocks, abs=1e-12)
    assert len(told) == 10


def test_the_counts_are_those_of_the_bootstraps_resamples() -> None:
    # Each row is a power of 100, so that a resample's sum shows how often each was drawn.
    drawn: list[int] = []

    def remember(rows: np.ndarray) -> float:
        drawn.append(round(float(rows.sum())))
        return 0.0

    bootstrap([1.0, 100.0, 10_000.0], remember, 4, 50)
    counts = resampled_counts(3, 4, 50)
    assert counts.shape == (50, 3) and (counts @ [1, 100, 10_000]).tolist() == drawn


def test_rows_are_resampled_together() -> None:
    a = np.random.default_rng(0).normal(size=50)
    pairs = np.column_stack([a, a + 1])
    low, high = bootstrap(pairs, lambda rows: float((rows[:, 1] - rows[:, 0]).mean()), 0)
    assert (low, high) == pytest.approx((1, 1))


def test_without_examples_or_without_a_value() -> None:
    with pytest.raises(ValueError, match="no rows"):
        bootstrap([], np.mean, 0)
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean([], 0)
    assert all(np.isnan(bootstrap([1.0, 2.0], lambda drawn: float("nan"), 0, 10)))


def test_a_share_is_counted_and_stays_within_0_and_1() -> None:
    assert share([True, False, True]) == Share.of(2, 3)
    assert share([True, False, True]).value == 2 / 3
    for right in (0, 8):
        found = Share.of(right, 8)
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_intervals_are_written_with_a_true_minus() -> None:
    assert in_brackets(-0.104, 0.36) == "[−0.10, 0.36]"
    assert with_interval(-0.5, -1, 0.25, "+.1f") == "−0.5 [−1.0, +0.2]"
    assert with_interval(0.5, 0.25, 0.75, ".0%") == "50% [25%, 75%]"
    assert with_interval(-0.5, None, None) == "−0.50"


def test_a_mean_of_few_numbers_has_students_interval() -> None:
    numbers = [1.0, 2.0, 4.0]
    found = mean(numbers)
    peer = stats.ttest_1samp(numbers, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((peer.low, peer.high))
    assert (found.value, found.count, found.side) == (pytest.approx(7 / 3), 3, 0)
    assert mean([5.0, 5.1, 5.2]).side == 1 and mean([-5.0, -5.1]).side == -1
    assert mean([3.0]).low is None and mean([3.0]).side == 0
    with pytest.raises(ValueError):
        mean([])
