import random
import sys
import threading
import unicodedata

import jieba
import pytest

from playground.language.segmentation import UNITS, content, segment
from playground.models.language_model import LanguageModel

HOSTILE = [
    "",
    " ",
    "\n\t  \u3000\u200b",
    "这家酒店的房间很干净，但是服务太差了。",
    "\u202eabc\u202c 中\u2066文\u2069",
    "👨‍👩‍👧👍🏽🇨🇳1️⃣",
    "e\u0301a\u0308 \u0301\u0301 葛\U000e0100城",
    "𠀀𪚥𠮷野家，〇々〆",
    "\ufeff\ufffd\x00\x07",
    "don't rock-n-roll 3.14 1,000 50% 12:30 GPT-4 x' -y- 'z",
    "Ａｂ１２ ﷽ นี่คือ हिन्दी 한국어 カタカナひらがな",
    "<img src=x onerror=alert(1)>",
    "a" * 3000,
    "……——！！？",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("unit", UNITS)
def test_segments_join_to_the_text(text: str, unit: str, tiny_lm: LanguageModel) -> None:
    parts = segment(text, unit, tiny_lm)
    assert "".join(part.text for part in parts) == text
    assert all(part.text and text[part.start : part.end] == part.text for part in parts)


def test_segments_join_to_random_text(tiny_lm: LanguageModel) -> None:
    dice = random.Random(0)
    for _ in range(300):
        letters = (
            chr(dice.choice([dice.randrange(0x2FF), dice.randrange(0x4E00, 0x9FFF), dice.randrange(0x10FFFF)]))
            for _ in range(40)
        )
        text = "".join(letter for letter in letters if unicodedata.category(letter) != "Cs")
        for unit in UNITS:
            assert "".join(part.text for part in segment(text, unit, tiny_lm)) == text


def test_chinese_is_cut_as_jieba_cuts_it() -> None:
    text = "南京市长江大桥在哪里"
    assert [part.text for part in segment(text, "word")] == list(jieba.cut(text))


def test_words_of_other_scripts_and_numbers_stay_whole() -> None:
    text = "It's rock-n-roll, 3.14 or 1,000 (50%) at 12:30 with GPT-4!"
    assert [part.text for part in segment(text, "word") if part.is_content] == [
        "It's", "rock-n-roll", "3.14", "or", "1,000", "50%", "at", "12:30", "with", "GPT-4"
    ]  # fmt: skip


def test_what_a_reader_sees_as_one_is_never_cut() -> None:
    assert [part.text for part in segment("👨‍👩‍👧e\u0301葛\U000e0100城", "character")] == [
        "👨‍👩‍👧",
        "e\u0301",
        "葛\U000e0100",
        "城",
    ]
    assert [part.text for part in segment("👨‍👩‍👧e\u0301!", "word")] == ["👨‍👩‍👧", "e\u0301", "!"]


def test_a_mark_stays_with_its_character_in_chinese_words_too() -> None:
    # An ideographic variation selector, as in the name of the city 葛󠄀城.
    assert [part.text for part in segment("在葛\U000e0100城", "word")] == ["在", "葛\U000e0100", "城"]


def test_content_is_letters_and_digits_or_else_whatever_is_seen() -> None:
    assert [part.text for part in content(segment("好，good 3 👍!", "word"))] == ["好", "good", "3"]
    assert [part.text for part in content(segment("👍 ！", "word"))] == ["👍", "！"]
    assert content(segment(" \n", "word")) == []


def test_bytes_of_a_character_are_one_segment(tiny_lm: LanguageModel) -> None:
    assert [part.text for part in segment("中a文", "token", tiny_lm)] == ["中", "a", "文"]


def test_a_unit_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="sentence"):
        segment("x", "sentence")
    with pytest.raises(ValueError, match="lm"):
        segment("x", "token")


def test_many_threads_load_the_dictionary_once_and_agree(capfd: pytest.CaptureFixture[str]) -> None:
    from playground.language import segmentation

    segmentation._load.cache_clear()
    found: list[list[str]] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [
            threading.Thread(target=lambda: found.append([part.text for part in segment("服务态度太差了", "word")]))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(found) == 8 and all(words == found[0] for words in found)
    assert segmentation._load.cache_info().misses == 1
    assert capfd.readouterr() == ("", "")
