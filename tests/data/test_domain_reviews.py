"""Both parts of the reviews: balanced, disjoint, with the domains that are asked for."""

from __future__ import annotations

from collections import Counter

import pytest

from playground.data.domain_reviews import HELD_OUT, domain_reviews
from playground.data.domains import DOMAINS
from playground.data.reviews import content, start
from playground.lab.text import Language


@pytest.mark.parametrize("language", list(Language))
def test_parts_are_disjoint_and_any_first_ones_balanced(language: Language) -> None:
    found = domain_reviews(language)
    # Twelve Chinese characters are a clause, twelve English letters two words.
    alike = start if language is Language.ZH else content
    assert not {alike(item.text) for item in found.training} & {alike(item.text) for item in found.held_out}
    for part in (found.training, found.held_out):
        assert sum(item.label for item in part[:100]) == 50


@pytest.mark.parametrize("language", list(Language))
def test_each_domain_is_large_enough_to_train_and_to_test_on(language: Language) -> None:
    for name in DOMAINS:
        found = domain_reviews(language).about(name)
        assert {item.domain for item in found.training + found.held_out} == {name}
        assert len(found.training) >= 100
        assert Counter(item.label for item in found.held_out) == {0: HELD_OUT[language], 1: HELD_OUT[language]}


def test_english_cells_are_equal() -> None:
    found = Counter((item.domain, item.label) for item in domain_reviews(Language.EN).training)
    assert set(found.values()) == {50}
