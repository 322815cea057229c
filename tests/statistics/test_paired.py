"""Paired tests against statsmodels and scipy, and the number of examples against the exact test's power, enumerated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

from playground.statistics.paired import (
    holm,
    mcnemar,
    paired_bootstrap,
    paired_examples_needed,
    paired_power,
    unpaired_examples_needed,
)


def b_minus_a(rows: np.ndarray) -> float:
    return float((rows[:, 1] - rows[:, 0]).mean())


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 1), (3, 9), (9, 3), (7, 7), (0, 12), (40, 61)])
def test_mcnemar_is_statsmodels_exact_test(only_a: int, only_b: int) -> None:
    expected = statsmodels_mcnemar([[50, only_a], [only_b, 20]], exact=True).pvalue
    assert mcnemar(only_a, only_b) == pytest.approx(min(1.0, expected))


def test_mcnemar_without_a_disagreement() -> None:
    assert mcnemar(0, 0) == 1.0


def test_the_paired_bootstrap_is_near_scipys() -> None:
    random = np.random.default_rng(3)
    a = random.normal(size=150)
    rows = np.column_stack([a, a + random.normal(0.15, 0.8, size=150)])
    found = paired_bootstrap(rows, b_minus_a, 5, 4000)
    expected = stats.bootstrap(
        (rows[:, 0], rows[:, 1]), lambda x, y, axis: (y - x).mean(axis=axis), paired=True, method="percentile", rng=1
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.02)
    assert found.p_value == pytest.approx(stats.ttest_rel(rows[:, 1], rows[:, 0]).pvalue, abs=0.02)
    # What is common to both systems cancels: without pairing the interval is much wider.
    alone = np.percentile(
        random.choice(rows[:, 1], (2000, 150)).mean(1) - random.choice(a, (2000, 150)).mean(1), [2.5, 97.5]
    )
    assert found.high - found.low < 0.75 * (alone[1] - alone[0])


def test_a_difference_on_every_example_is_certain_but_never_p_0() -> None:
    found = paired_bootstrap(np.column_stack([np.zeros(20), np.ones(20)]), b_minus_a, 0, 500)
    assert (found.value, found.low, found.high) == (1, 1, 1)
    assert found.p_value == pytest.approx(2 / 501)
    assert paired_bootstrap(np.zeros((5, 2)), b_minus_a, 0, 100).p_value == 1
    with pytest.raises(ValueError, match="no rows"):
        paired_bootstrap([], b_minus_a, 0)


def exact_power(only_a: float, only_b: float, count: int) -> float:
    """The power of McNemar's exact test, over all numbers of disagreements and all their splits."""
    total = 0.0
    for differing in range(count + 1):
        chance = stats.binom.pmf(differing, count, only_a + only_b)
        if chance < 1e-9:
            continue
        splits = np.arange(differing + 1)
        found = np.array([mcnemar(int(split), int(differing - split)) < 0.05 for split in splits])
        total += chance * float(stats.binom.pmf(splits, differing, only_b / (only_a + only_b))[found].sum())
    return total


@pytest.mark.parametrize(("only_a", "only_b"), [(0.05, 0.15), (0.1, 0.3)])
def test_the_number_of_examples_gives_about_that_power(only_a: float, only_b: float) -> None:
    count = paired_examples_needed(only_a, only_b)
    assert count is not None
    # The exact test is conservative, so its power is a little below that of the approximation.
    assert 0.72 < exact_power(only_a, only_b, count) < 0.83
    assert paired_power(only_a, only_b, count) == pytest.approx(0.8, abs=0.01)
    assert paired_examples_needed(only_b, only_a) == count


def test_unpaired_numbers_are_statsmodels() -> None:
    for a, b in ((0.7, 0.8), (0.9, 0.5), (0.50, 0.53)):
        expected = samplesize_proportions_2indep_onetail(a - b, b, 0.8, alpha=0.05, alternative="two-sided")
        assert unpaired_examples_needed(a, b) == pytest.approx(float(expected), rel=0.02, abs=1)


def test_no_difference_needs_no_number() -> None:
    assert paired_examples_needed(0.1, 0.1) is None and unpaired_examples_needed(0.5, 0.5) is None
    assert paired_power(0, 0, 100) == 0.0
    assert paired_power(0, 1, 3) == 0.0 and paired_power(0, 1, 4) == 1.0


def test_holm_is_statsmodels() -> None:
    for values in ([0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.9], []):
        expected = multipletests(values, method="holm")[1] if values else []
        assert holm(values) == pytest.approx(tuple(expected))
