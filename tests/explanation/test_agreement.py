import numpy as np
import pytest
from scipy import stats

from playground.explanation.agreement import (
    Curve,
    band,
    by_weight,
    deletion,
    insertion,
    random_orders,
    rank_correlation,
)
from playground.explanation.removal import cut
from tests.explanation.linear import additive


def test_rank_correlation_is_that_of_sizes() -> None:
    a, b = [0.3, -0.2, 0.05, 0.0, 0.1], [0.5, 0.4, -0.1, 0.2, 0.15]
    assert rank_correlation(a, b) == pytest.approx(stats.pearsonr([5, 4, 2, 1, 3], [5, 4, 1, 3, 2]).statistic)
    # Of the ten pairs, three are discordant: (0.05, 0), (0.05, 0.1) not, (0, 0.1) …
    sizes = list(zip(np.abs(a), np.abs(b), strict=True))
    signs = [np.sign((x[0] - y[0]) * (x[1] - y[1])) for i, x in enumerate(sizes) for y in sizes[i + 1 :]]
    assert rank_correlation(a, b, "kendall") == pytest.approx(sum(signs) / 10)
    assert rank_correlation(a, np.negative(a)) == pytest.approx(1)


def test_without_ranks_there_is_no_correlation() -> None:
    assert rank_correlation([1, 1, 1], [1, 2, 3]) is None
    assert rank_correlation([1, 2], [1, 2]) is None


def test_curves_take_out_and_put_in_one_unit_at_a_time() -> None:
    parts = cut("good bad very room", "word")
    order = by_weight([0.3, -0.2, 0.05, 0.1])
    assert order == [0, 3, 2, 1]
    out = deletion(parts, additive, order)
    assert out.x == (0, 0.25, 0.5, 0.75, 1)
    assert out.y == pytest.approx([0.65, 0.35, 0.25, 0.2, 0.4])
    into = insertion(parts, additive, order)
    assert into.y == pytest.approx([0.4, 0.7, 0.8, 0.85, 0.65])
    assert Curve((0, 0.5, 1), (1, 0, 0)).area == pytest.approx(0.25)


def test_many_units_go_in_few_steps_that_reach_both_ends() -> None:
    parts = cut(" ".join("abcdefghijklmnopqrstuvwxyz" * 4), "word")
    curve = deletion(parts, additive, range(len(parts)), most_steps=20)
    assert len(curve.x) == 21
    assert (curve.x[0], curve.x[-1]) == (0, 1)


def test_the_right_order_falls_faster_than_random_ones() -> None:
    parts = cut("good room clean very the staff", "word")
    curves = [deletion(parts, additive, order) for order in random_orders(len(parts), 20, seed=0)]
    spread = band(curves)
    best = deletion(parts, additive, by_weight([0.3, 0.1, 0.15, 0.05, 0, 0.02]))
    assert best.area < spread.mean.area
    assert all(
        low - 1e-9 <= mean <= high + 1e-9
        for low, mean, high in zip(spread.low, spread.mean.y, spread.high, strict=True)
    )
