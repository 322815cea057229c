"""What a review fragment is about, by its words."""

from __future__ import annotations

from collections import Counter

import pytest

from playground.data.domains import DOMAINS, WORDS, domain
from playground.data.reviews import reviews


@pytest.mark.parametrize(("text", "about"), [
    ("房间比较宽敞明亮，上网速度也很快。", "hotel"),
    ("本书写得实在不怎样，实用性不强，趣味性太差", "book"),
    ("AMD芯片组的AHCI驱动很难装啊！没办法换VISTA", "computer"),
    ("USB接口只有两个，少了点~", "computer"),
    ("就是地毯比较脏，有待提高", None),
    ("房间太小，小的连笔记本电脑都放不下了。", None),
    ("", None),
])  # fmt: skip
def test_a_fragment_has_the_domain_whose_words_alone_it_has(text: str, about: str | None) -> None:
    assert domain(text) == about


def test_no_word_tells_of_two_domains() -> None:
    for name in DOMAINS:
        for word in WORDS[name]:
            assert domain(word) == name


def test_every_part_has_texts_of_every_domain_and_class() -> None:
    for part, least in ((reviews().train, 90), (reviews().validation, 9), (reviews().held_out, 9)):
        counts = Counter((domain(item.text), item.label) for item in part)
        assert all(counts[name, label] >= least for name in DOMAINS for label in (0, 1))
