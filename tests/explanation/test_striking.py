"""Units struck out: which are meant, what remains, and LIME's prediction of it."""

from __future__ import annotations

import numpy as np
import pytest

from playground.explanation.lime_text import lime
from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import cut
from playground.explanation.striking import predict, read_struck, strike
from playground.explanation.values import class_target
from playground.lab.errors import PlaygroundError
from playground.learning import sentiment
from playground.models.language_model import LanguageModel

PARTS = cut("The room was clean, but noisy.", "word")


def test_numbers_with_and_without_their_text() -> None:
    assert PARTS.names == ("The", "room", "was", "clean", "but", "noisy")
    assert read_struck("", PARTS) == ()
    assert read_struck("3:clean|1", PARTS) == (1, 3)
    assert read_struck("1|1:room| 1 ", PARTS) == (1,)


def test_a_unit_of_another_text_is_left() -> None:
    assert read_struck("3:dirty|5:noisy|40:gone", PARTS) == (5,)


@pytest.mark.parametrize("written", ["6", "99", "x", "-1", "1.5", "3|six"])
def test_what_names_no_unit_is_refused_by_field(written: str) -> None:
    with pytest.raises(PlaygroundError) as refused:
        read_struck(written, PARTS, "struck_b")
    assert refused.value.field == "struck_b"


def test_the_value_is_that_of_the_text_as_it_would_be_typed() -> None:
    asked: list[str] = []

    def value(texts: object) -> np.ndarray:
        asked.extend(texts)  # type: ignore[arg-type]
        return np.array([0.25])

    struck = strike(PARTS, (3, 4), 0.75, value, None, ())
    assert asked == [struck.text] == ["The room was, noisy."]
    assert (struck.whole, struck.value, struck.predicted) == (0.75, 0.25, None)


def test_limes_prediction_of_a_linear_value_is_the_value() -> None:
    """Where the value is a sum over words, the surrogate is exact up to its ridge."""
    worth = dict(zip(PARTS.names, (0.05, 0.1, 0.0, 0.4, -0.1, -0.2), strict=True))
    value = lambda texts: np.array([0.3 + sum(worth[name] for name in worth if name in text) for text in texts])  # noqa: E731
    *_, weights = lime(PARTS, value, samples=400)
    assert weights.intercept is not None
    for units in ((3,), (0, 5), (1, 3, 4)):
        struck = strike(PARTS, units, weights.value, value, weights.intercept, tuple(weights.weights))
        assert struck.predicted == pytest.approx(struck.value, abs=0.03)
        by_hand = weights.intercept + sum(weights.weights[unit] for unit in range(6) if unit not in units)
        assert predict(weights.intercept, tuple(weights.weights), units) == pytest.approx(by_hand)


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "struck"),
    [
        ("房间很干净，但是服务态度太差了。", (2, 3)),
        ("这本书很好看，推荐给大家。", (3, 4)),
        ("The room was clean, but the staff were rude.", (5, 6)),
        ("The film is good and I enjoyed every minute.", (3, 6)),
    ],
)
def test_the_real_value_is_what_a_run_on_the_shorter_text_shows(
    real_lm: LanguageModel, text: str, struck: tuple[int, ...]
) -> None:
    """A run computes its text's value in the batch of leave-one-out; a click computes it alone."""
    parts = cut(text, "word")
    value = class_target(real_lm, sentiment.load(), "positive").value
    found = strike(parts, struck, float(value([text])[0]), value, None, ())
    shorter = class_target(real_lm, sentiment.load(), "positive")
    assert found.value == pytest.approx(leave_one_out(cut(found.text, "word"), shorter.value).value, abs=1e-4)
    assert abs(found.value - found.whole) > 0.01
