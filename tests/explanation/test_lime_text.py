import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from lime.lime_text import LimeTextExplainer
from sklearn.linear_model import Ridge

from playground.explanation.lime_text import draw, fit, kernel, lime
from playground.explanation.removal import Removable, cut
from tests.explanation.linear import additive, interacting

ENGLISH = "good bad very the room clean staff rude good"
CHINESE = "这家酒店的房间很干净，但是服务态度太差了，早餐也不好吃。"


def spans_of(parts: Removable) -> list[str]:
    return [parts.text[start:end] for start, end in parts.spans]


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
@pytest.mark.parametrize("seed", [0, 7])
def test_equal_samples_give_the_weights_of_the_lime_package(text: str, seed: int) -> None:
    parts = cut(text, "word")
    seen: list[str] = []

    def classify(texts: Sequence[str]) -> np.ndarray:
        # The package removes what is between two borders; ours also the space that is then the first of what is left.
        texts = [one.strip() for one in texts]
        seen.extend(texts)
        values = interacting(texts)
        return np.stack([1 - values, values], 1)

    explainer = LimeTextExplainer(
        split_expression=lambda _: spans_of(parts), bow=False, mask_string="", random_state=seed
    )
    theirs = explainer.explain_instance(text, classify, labels=(1,), num_features=len(parts), num_samples=256)
    (ours,) = lime(parts, interacting, samples=256, seed=seed, rounds=1)

    assert seen == parts.texts(draw(len(parts), 256, seed))
    np.testing.assert_allclose(
        ours.weights, [dict(theirs.local_exp[1])[unit] for unit in range(len(parts))], atol=1e-12
    )
    assert ours.fit == pytest.approx(theirs.score, abs=1e-12)


def test_all_rounds_together_are_one_ridge_regression() -> None:
    parts = cut(CHINESE, "word")
    *_, last = lime(parts, interacting, samples=128, seed=3, rounds=4, settle=0)
    masks = np.concatenate([draw(len(parts), 32, 3 + number) for number in range(4)])
    distance = np.array([1 - mask.sum() / np.sqrt(mask.sum() * len(mask)) if mask.any() else 1.0 for mask in masks])
    weights = np.sqrt(np.exp(-((100 * distance) ** 2) / 25**2))
    np.testing.assert_allclose(kernel(masks), weights)
    model = Ridge(alpha=1).fit(masks, interacting(parts.texts(masks)), sample_weight=weights)
    np.testing.assert_allclose(last.weights, model.coef_, atol=1e-10)
    assert last.samples == 128
    assert last.seeds == 4


def test_each_distinct_text_is_computed_once_and_never_more_than_asked() -> None:
    parts = cut("good very bad", "word")
    computed: list[str] = []

    def value(texts: Sequence[str]) -> np.ndarray:
        computed.extend(texts)
        return interacting(texts)

    *_, last = lime(parts, value, samples=64, settle=0)
    assert len(computed) == len(set(computed)) == last.distinct <= 2**3
    assert last.samples == 64


def test_weights_come_near_the_truth_of_an_additive_value_and_intervals_shrink() -> None:
    parts = cut("good bad very room clean rude", "word")
    yields = list(lime(parts, additive, samples=2048, settle=0))
    np.testing.assert_allclose(yields[-1].weights, [0.3, -0.2, 0.05, 0.1, 0.15, -0.25], atol=0.02)
    assert yields[-1].reliable
    assert yields[-1].fit == pytest.approx(1, abs=0.01)
    assert yields[0].low is None
    widths = [(item.high - item.low).max() for item in yields[1:]]
    assert widths[-1] < widths[0] / 2


def test_intervals_hold_what_many_samples_give_about_nineteen_times_in_twenty() -> None:
    parts = cut(ENGLISH, "word")
    truth, _, _ = fit(masks := draw(len(parts), 40_000, 99), interacting(parts.texts(masks)))
    held = []
    for seed in range(0, 240, 8):
        # The ridge penalty biases a fit on few samples; the interval covers only the variance.
        *_, last = lime(parts, interacting, samples=1024, seed=seed, settle=0)
        held += list((last.low <= truth) & (truth <= last.high))
    assert 0.85 < np.mean(held) <= 1


def test_it_ends_as_soon_as_the_intervals_have_settled_and_no_sooner() -> None:
    parts = cut(ENGLISH, "word")
    yields = list(lime(parts, interacting, samples=1024, rounds=16, settle=0.1))
    settled = [(item.high - item.low).max() / 2 <= 0.1 * np.abs(item.weights).max() for item in yields[3:]]
    assert len(settled) > 1
    assert settled[-1]
    assert not any(settled[:-1])
    assert yields[-1].samples < 1024
    *_, whole = lime(parts, interacting, samples=512, settle=0)
    assert whole.samples == 512


def test_the_same_seed_gives_the_same_and_another_seed_another() -> None:
    parts = cut(CHINESE, "word")
    runs = [list(lime(parts, interacting, samples=64, seed=seed))[-1] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0].weights, runs[1].weights)
    assert not np.array_equal(runs[0].weights, runs[2].weights)


@pytest.mark.parametrize(
    ("text", "value", "samples", "word"),
    [
        ("单", interacting, 64, "单元"),
        (CHINESE, interacting, 16, "样本"),
        (CHINESE, lambda texts: np.full(len(texts), 0.999), 256, "饱和"),
        (CHINESE, lambda texts: np.array([hash_of(text) for text in texts]), 256, "R²"),
    ],
)
def test_what_can_not_be_believed_says_why(text: str, value: object, samples: int, word: str) -> None:
    *_, last = lime(cut(text, "word"), value, samples=samples)  # type: ignore[arg-type]
    assert not last.reliable
    assert last.reason is not None
    assert word in last.reason.zh


def hash_of(text: str) -> float:
    """Returns a number between 0 and 1 that no linear model of words can fit."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(text)) % 1009 / 1009


def test_perturbed_texts_are_real_with_the_values_they_got_strongest_first() -> None:
    parts = cut("very good, not bad at all", "word")
    *_, last = lime(parts, interacting, samples=64)
    possible = {parts.keep(mask) for mask in itertools.product([0, 1], repeat=len(parts))} - {parts.text}
    assert len(last.perturbed) == len({item.text for item in last.perturbed}) == 12
    assert {item.text for item in last.perturbed} <= possible
    assert [item.value for item in last.perturbed] == pytest.approx(
        list(interacting([item.text for item in last.perturbed]))
    )
    moved = [abs(item.value - last.value) for item in last.perturbed]
    assert moved == sorted(moved, reverse=True)
