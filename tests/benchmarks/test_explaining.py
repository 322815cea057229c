from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.explaining import compare, package
from playground.explanation.removal import Removable, cut
from playground.explanation.values import ValueFunction
from tests.explanation.linear import interacting

PARTS = cut("good bad very the room clean staff rude good", "word")


def with_other_weights(parts: Removable, value: ValueFunction, samples: int) -> npt.NDArray[np.float64]:
    return package(parts, value, samples) * 1.001


def with_fewer_samples(parts: Removable, value: ValueFunction, samples: int) -> npt.NDArray[np.float64]:
    return package(parts, value, samples // 2)


def test_both_explain_equal_texts_with_equal_weights() -> None:
    assert "all 64 perturbed texts" in compare(PARTS, interacting, samples=64)


@pytest.mark.parametrize(
    ("peer", "message"),
    [
        (partial(package, mask_string="UNKWORDZ"), "only 1 of 64 perturbed texts"),
        (with_fewer_samples, "perturbed texts"),
        (with_other_weights, "weights differ"),
    ],
)
def test_other_samples_or_weights_are_refused(peer: Callable[..., npt.NDArray[np.float64]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare(PARTS, interacting, peer, samples=64)
