"""The labelled texts are balanced, without duplicates, and evaluation texts aren't used for training."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from playground.data.challenge import CATEGORIES, challenges
from playground.data.english_sentences import english_sentences
from playground.data.reviews import LONGEST, Labelled, content, reviews

PARTS = {
    "train": reviews().train,
    "validation": reviews().validation,
    "held_out": reviews().held_out,
    "choose": english_sentences().choose,
    "english": english_sentences().held_out,
    "challenge": challenges(),
}


@pytest.mark.parametrize("name", PARTS)
def test_classes_are_balanced_and_nothing_repeats(name: str) -> None:
    counts = Counter(item.label for item in PARTS[name])
    assert counts[0] == counts[1] > 0
    assert len({content(item.text) for item in PARTS[name]}) == len(PARTS[name])


@pytest.mark.parametrize(("one", "other"), combinations(PARTS, 2))
def test_parts_share_no_text(one: str, other: str) -> None:
    assert not {content(item.text) for item in PARTS[one]} & {content(item.text) for item in PARTS[other]}


@pytest.mark.parametrize(("one", "other"), combinations(("train", "validation", "held_out"), 2))
def test_reviews_of_two_parts_never_start_alike(one: str, other: str) -> None:
    first, second = ({content(item.text)[:12] for item in PARTS[part]} for part in (one, other))
    assert not first & second


def test_sizes() -> None:
    assert (len(PARTS["validation"]), len(PARTS["held_out"])) == (800, 1000)
    assert len(PARTS["train"]) > 9000
    assert (len(PARTS["choose"]), len(PARTS["english"])) == (40, 120)
    assert max(len(item.text) for part in ("train", "validation", "held_out") for item in PARTS[part]) <= LONGEST


def test_labels_are_those_of_the_packages_files() -> None:
    by_text = {item.text: item.label for part in ("train", "held_out") for item in PARTS[part]}
    positive = sum("很不错" in text for text, label in by_text.items() if label == 1)
    negative = sum("很不错" in text for text, label in by_text.items() if label == 0)
    assert positive > 3 * negative


def test_any_first_half_of_the_training_reviews_is_balanced() -> None:
    assert sum(item.label for item in PARTS["train"][:1000]) == 500


def test_challenges_are_balanced_by_language_and_category() -> None:
    counts = Counter((item.language, item.category, item.label) for item in challenges())
    assert {category for _, category, _ in counts} == set(CATEGORIES)
    assert set(counts.values()) == {3}


@pytest.mark.parametrize("part", ["choose", "english"])
def test_english_sentences_are_english(part: str) -> None:
    def plain(item: Labelled) -> bool:
        return item.text.isascii() and len(item.text.split()) >= 2

    assert all(plain(item) for item in PARTS[part])
