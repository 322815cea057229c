"""Variants of sentences: what each kind keeps and changes, in both languages, and the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest

from playground.lab.text import Language
from playground.language.augmentation import KINDS, augment, flip_negation
from playground.language.segmentation import content, segment

ZH, EN = Language.ZH, Language.EN
SAID = {
    ZH: "酒店的位置很好，房间也非常干净，下次还会来。",
    EN: "The room was very clean, and the staff were good to us.",
}


def words(text: str) -> Counter[str]:
    return Counter(part.text.lower() for part in content(segment(text, "word")))


@pytest.mark.parametrize("language", [ZH, EN])
def test_each_kind_changes_as_many_words_as_asked(language: Language) -> None:
    text = SAID[language]
    before = words(text)
    wanted = round(0.3 * before.total())
    deleted = words(augment(text, language, kind="delete", share=0.3, seed=1))
    assert deleted <= before and deleted.total() == before.total() - wanted
    replaced = words(augment(text, language, kind="replace", share=0.2, seed=1))
    assert (before - replaced).total() == (replaced - before).total() == round(0.2 * before.total())
    # Joined again, Chinese characters may be cut into other words.
    longer = augment(text, language, kind="insert", share=0.3, seed=1)
    assert Counter(text.lower()) <= Counter(longer.lower()) and len(longer) > len(text)
    swapped = augment(text, language, kind="swap", share=0.3, seed=1)
    assert swapped != text and Counter(swapped) == Counter(text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", [ZH, EN])
def test_the_seed_alone_decides(kind: str, language: Language) -> None:
    made = [augment(SAID[language], language, kind=kind, share=0.3, seed=seed) for seed in range(6)]
    assert made == [augment(SAID[language], language, kind=kind, share=0.3, seed=seed) for seed in range(6)]
    assert len(set(made)) > 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text", ["好", "good", "。。。", "", " ", "😀", "酒店", "x" * 2000, "<img src=x onerror=alert(1)>"]
)
def test_something_is_always_left(kind: str, text: str) -> None:
    for language in (ZH, EN):
        made = augment(text, language, kind=kind, share=1.0, seed=0)
        assert any(map(str.isalnum, made)) == any(map(str.isalnum, text))
        assert augment(text, language, kind=kind, share=0.0, seed=0) == text


def test_another_kind_or_share_is_refused() -> None:
    for kind, share in (("reverse", 0.1), ("delete", 1.1), ("delete", -0.1)):
        with pytest.raises(ValueError):
            augment("好", ZH, kind=kind, share=share, seed=0)


@pytest.mark.parametrize(
    ("language", "text", "flipped"),
    [
        (ZH, "房间不干净", "房间干净"),
        (ZH, "没有热水", "有热水"),
        (ZH, "服务很好", "服务不很好"),
        (ZH, "不过房间舒服", "不过房间不舒服"),
        (ZH, "差不多三天，不值得", "差不多三天，值得"),
        (ZH, "是不是新房，不知道", "是不是新房，知道"),
        (EN, "The room was not clean.", "The room was clean."),
        (EN, "It doesn't work.", "It does work."),
        (EN, "The room was clean.", "The room was not clean."),
        (EN, "I love it", "not I love it"),
        (EN, "!!", "!!"),
    ],
)
def test_a_negation_is_taken_out_or_put_in(language: Language, text: str, flipped: str) -> None:
    assert flip_negation(text, language) == flipped
