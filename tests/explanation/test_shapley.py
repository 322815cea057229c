import itertools
from math import factorial

import numpy as np
import pytest

from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import Removable, cut
from playground.explanation.shapley import exact, sampled, shapley
from tests.explanation.linear import NUMBERS, additive, interacting


def over_all_orders(parts: Removable) -> np.ndarray:
    """Computes the definition literally."""
    total = np.zeros(len(parts))
    for order in itertools.permutations(range(len(parts))):
        mask = np.zeros(len(parts), bool)
        before = interacting([parts.keep(mask)])[0]
        for unit in order:
            mask[unit] = True
            after = interacting([parts.keep(mask)])[0]
            total[unit] += after - before
            before = after
    return total / factorial(len(parts))


@pytest.mark.parametrize("text", ["good", "very good but bad", "very good and very bad too"])
def test_exact_equals_the_mean_over_all_orders(text: str) -> None:
    parts = cut(text, "word")
    found = exact(parts, interacting)
    np.testing.assert_allclose(found.weights, over_all_orders(parts), atol=1e-12)
    assert found.weights.sum() == pytest.approx(found.value - found.baseline, abs=1e-12)
    assert found.samples == 2 ** len(parts)


def test_sampled_comes_near_exact_within_its_intervals_and_keeps_the_sum() -> None:
    parts = cut("very good and bad but very clean room", "word")
    truth = exact(parts, interacting).weights
    found = sampled(parts, interacting, permutations=400, seed=1)
    np.testing.assert_allclose(found.weights, truth, atol=0.02)
    assert (np.abs(found.weights - truth) <= 2 * (found.high - found.weights) + 1e-9).all()
    assert found.weights.sum() == pytest.approx(found.value - found.baseline, abs=1e-12)
    few = sampled(parts, interacting, permutations=8, seed=1)
    assert (few.high - few.low).max() > (found.high - found.low).max()
    assert few.caveat is not None


def test_ten_units_are_exact_and_eleven_are_sampled() -> None:
    assert shapley(cut("a b c d e f g h i j", "word"), interacting).seeds == 1
    assert shapley(cut("a b c d e f g h i j k", "word"), interacting, permutations=4).seeds == 4


def test_an_additive_value_gives_each_word_its_own_number() -> None:
    parts = cut("good very bad room", "word")
    numbers = [NUMBERS[name] for name in parts.names]
    np.testing.assert_allclose(exact(parts, additive).weights, numbers, atol=1e-12)
    np.testing.assert_allclose(sampled(parts, additive, permutations=3).weights, numbers, atol=1e-12)
    np.testing.assert_allclose(leave_one_out(parts, additive).weights, numbers, atol=1e-12)


def test_leaving_one_out_equals_a_loop_of_single_calls() -> None:
    parts = cut("very good, not bad", "word")
    found = leave_one_out(parts, interacting)
    whole = interacting(["very good, not bad"])[0]
    alone = [
        whole - interacting([text])[0]
        for text in ("good, not bad", "very, not bad", "very good, bad", "very good, not")
    ]
    np.testing.assert_allclose(found.weights, alone)
    assert found.value == whole
    strongest = found.perturbed[0]
    assert abs(whole - strongest.value) == pytest.approx(np.abs(found.weights).max())
