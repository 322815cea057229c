"""Shares of a mix against the formula by hand and against properties that any UniMax must have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from playground.learning.mixing import temperature_shares, unimax_shares


def test_temperature_shares_by_hand() -> None:
    assert temperature_shares([300, 100], 1).tolist() == pytest.approx([0.75, 0.25])
    assert temperature_shares([400, 100], 2).tolist() == pytest.approx([2 / 3, 1 / 3])
    assert temperature_shares([400, 100], math.inf).tolist() == [0.5, 0.5]
    # CC-100: English 300 GiB, Swahili 1.6, exponent 0.3.
    english, swahili = temperature_shares([300, 1.6], 1 / 0.3)
    assert english / swahili == pytest.approx(4.8, abs=0.05)


def test_an_empty_set_has_no_share() -> None:
    assert temperature_shares([5, 0, 5], math.inf).tolist() == [0.5, 0, 0.5]


def test_unimax_by_hand() -> None:
    # The small set is capped at 4 × 10 draws; the others share the remaining 960 equally.
    assert (1000 * unimax_shares([10, 10_000, 500], 1000, 4)).tolist() == pytest.approx([40, 480, 480])
    # All are capped: by size.
    assert unimax_shares([30, 10], 1000, 2).tolist() == pytest.approx([0.75, 0.25])


def test_unimax_against_water_filling_by_bisection() -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        sizes, epochs = generator.integers(1, 500, 6).astype(float), float(generator.uniform(0.5, 6))
        budget = float(generator.uniform(0.1, 0.9) * epochs * sizes.sum())
        low, high = 0.0, budget
        for _ in range(100):
            level = (low + high) / 2
            low, high = (level, high) if np.minimum(level, epochs * sizes).sum() < budget else (low, level)
        assert budget * unimax_shares(sizes, budget, epochs) == pytest.approx(np.minimum(low, epochs * sizes), rel=1e-6)


@pytest.mark.parametrize(("sizes", "temperature"), [([0, 0], 1), ([1, 2], 0.5), ([-1, 2], 1)])
def test_bad_sizes_and_temperatures_are_refused(sizes: list[float], temperature: float) -> None:
    with pytest.raises(ValueError, match="sizes"):
        temperature_shares(sizes, temperature)


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="budget"):
        unimax_shares([1, 2], 0, 1)
