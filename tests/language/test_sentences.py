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
    ("我……我不知道。走吧。", ["我……我不知道。", "走吧。"]),
    ("a line\nthat goes on\n\nNext paragraph\n- item", ["a line\nthat goes on\n\n", "Next paragraph\n", "- item"]),
    ("。。开头的标点。好", ["。。开头的标点。", "好"]),
    ("🎉🎉", ["🎉🎉"]),
    ("", []),
]  # fmt: skip


# Each kind of mark that ends no sentence, or ends one without looking like it. "|" is where a sentence ends.
KINDS = {
    "items of a list": "1. Apples are rich in fibre. |They keep long.\n|2. Bananas have potassium.\n|3. Grapes.",
    "items on one line": "1. Apples are good. |2. Bananas too. |(3) Grapes.",
    "Chinese items": "1. 苹果富含膳食纤维。\n|2. 香蕉含有大量的钾。\n|3. 葡萄里有白藜芦醇。",
    "Chinese items on one line": "说明:1.先洗手.|2.再吃饭.|3.擦嘴",
    "bullets": "• one\n|• two. |Really.\n|- three\n|* four",
    "half-width Chinese": "今天天气很好!|我们一家人去公园划船.|孩子们玩得很开心?|晚上回家吃了火锅.",
    "half-width with numbers": "价格是3.5元.|8:30开会.|9:00结束.|我用iPhone 15.|他用Mate 60.|都不错.",
    "addresses in Chinese": "我在京东www.jd.com买的,质量很好.|物流也快!|用Node.js写的.|客服不错",
    "addresses": "Dr. Smith at booking.com was great, e.g. at 3 p.m. he called back.",
    "addresses with marks": "See https://example.com/a.b?c=d. |Then e-mail a.b@c.com! |OK?",
    "no space after a stop": "Hello world.|This has no space.|Node.js has none.",
    "small letters": "hello everyone. |i like this. |really good!",
    "abbreviations": "See p. 5, vol. 2, no. 7. |In Fig. 3 and Eq. (3) it is approx. 5 kg. |Ms. Lee et al. took 5 ms. |Then they left.",
    "abbreviations at the end": "He came at 3 p.m. |She left. |I live in the U.S. |Where do you live?",
    "initials": "J. K. Rowling and John F. Kennedy Jr. came. |They left.",
    "names with a mark": "Is it Yahoo! or Google? |I use Yahoo! every day.",
    "decimals and versions": "The pH is 7.4. |Python 3.11 is out. |4 people use it.",
    "who speaks": "“快跑！”他喊道。|「你好。」老王说，走吧。|“为什么？”他问。",
    "who speaks, in English": '"Why?" she asked. |He said "Stop!" and ran. |Nobody knew.',
    "quotations inside": '《你好！》是一本书。|他问“为什么？”，我没答。|"I wait. |It takes long," he says.',
    "brackets": "He said (see below.) it was ok.\n|(She agreed.) |They ate.",
    "a title on a line": "Title Without Stop\n|First sentence here. |and Mr.\nSmith left.",
    "many marks": "What?! |No way!!! |Really... |我爱你!!!!!|你呢???",
}


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_sentence_ends(kind: str) -> None:
    assert "|".join(one.text for one in sentences(KINDS[kind].replace("|", ""))) == KINDS[kind]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [one.text for one in sentences(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "字" * 5000,
        "。" * 5000,
        "\n" * 5000,
        "A. " * 3000,
        "a\nb" * 3000,
        "Mr.\n" * 2000,
        "(“" * 3000,
        "今1.今" * 3000,
        "1" * 9000,
        "\u0301。\u200d！",
    ],
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
