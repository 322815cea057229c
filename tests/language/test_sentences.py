"""Sentences, scripts and parts of speech: lossless, with known difficult cases."""

from __future__ import annotations

import pytest

from playground.data.sets import documents
from playground.lab.text import Language
from playground.language.parts_of_speech import content_words, tag_words
from playground.language.scripts import main_language
from playground.language.sentences import sentences

CASES = [
    ("Mr. Brown of No. 5 met Dr. J. K. Smith at 5.30 p.m. on Friday. He left.", ["Mr. Brown of No. 5 met Dr. J. K. Smith at 5.30 p.m. on Friday. ", "He left."]),
    ('"Come!" he said. It cost $3.5. "Yes." Well', ['"Come!" he said. ', "It cost $3.5. ", '"Yes." ', "Well"]),
    ("“快跑！”你好吗？！好。。。 完", ["“快跑！”", "你好吗？！", "好。。。 ", "完"]),
    ("他说：先走；再停，三点一刻回来。好", ["他说：先走；再停，三点一刻回来。", "好"]),
    ("今天……明天。", ["今天……", "明天。"]),
    ("a line\nthat goes on\n\nNext paragraph\n- item", ["a line\nthat goes on\n\n", "Next paragraph\n", "- item"]),
    ("。。开头的标点。好", ["。。开头的标点。", "好"]),
    ("🎉🎉", ["🎉🎉"]),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [one.text for one in sentences(text)] == expected


@pytest.mark.parametrize(
    "text", ["字" * 5000, "。" * 5000, "\n" * 5000, "A. " * 3000, "a\nb" * 3000, "\u0301。\u200d！"]
)
def test_nothing_is_lost_and_offsets_are_right(text: str) -> None:
    found = sentences(text)
    assert "".join(one.text for one in found) == text
    assert all(text[one.start : one.end] == one.text for one in found)


@pytest.mark.parametrize("language", list(Language))
def test_the_sets_documents_are_in_their_language_and_have_sentences(language: Language) -> None:
    for one in documents(language):
        assert main_language(one.text) is language
        assert 4 <= len(sentences(one.text)) <= 14, one.id


def test_mixed_and_empty_texts_have_a_language() -> None:
    assert main_language("用 PyTorch 训练一个模型") is Language.ZH
    assert main_language("The word 图书馆 means library") is Language.EN
    assert main_language("123 😀") is Language.EN


def test_tagged_words_are_the_text() -> None:
    text = "王建国在北京用 Python 3.11 写了 12 篇文章，\n真好！😀"
    words = tag_words(text)
    assert "".join(word.text for word in words) == text
    assert all(text[word.start : word.end] == word.text for word in words)
    tags = {word.text: word.tag for word in words}
    assert (
        tags["北京"] == "ns"
        and tags["王建国"] == "nr"
        and tags["Python"] == "eng"
        and tags["12"] == "m"
        and tags["，"] == "x"
    )


def test_content_words_leave_out_what_every_sentence_has() -> None:
    assert content_words("他的图书馆是在北京的。") == ["图书馆", "北京"]
    assert content_words("The library is in the OLD town of Oslo.") == ["library", "old", "town", "oslo"]
