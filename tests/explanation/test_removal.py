import itertools

import numpy as np
import pytest

from playground.explanation.attribution import Weights, attribution_panel
from playground.explanation.removal import cut, cut_at_spaces, merge
from playground.lab.text import Text
from playground.models.language_model import LanguageModel


def test_a_word_leaves_with_the_space_before_it_and_punctuation_stays() -> None:
    parts = cut("The room, very clean!", "word")
    assert parts.names == ("The", "room", "very", "clean")
    assert parts.keep([1, 1, 1, 1]) == parts.text
    assert parts.keep([1, 0, 1, 0]) == "The, very!"
    assert parts.keep([0, 0, 0, 0]) == ",!"


@pytest.mark.parametrize("text", ["房间很干净，服务差。", "a  b a\nb", "👍👍！", "你 好", "x"])
@pytest.mark.parametrize("unit", ["word", "character", "token"])
def test_every_mask_keeps_what_it_says(text: str, unit: str, tiny_lm: LanguageModel) -> None:
    parts = cut(text, unit, tiny_lm)
    assert len(parts) > 0
    assert parts.keep(np.ones(len(parts))) == text
    for mask in itertools.islice(itertools.product([0, 1], repeat=len(parts)), 64):
        kept = parts.keep(mask)
        gone = [parts.text[slice(*span)] for span, stays in zip(parts.spans, mask, strict=True) if not stays]
        # But for white space that parted a removed unit from the rest.
        assert sorted((kept + "".join(gone)).replace(" ", "").replace("\n", "")) == sorted("".join(text.split()))
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(parts.spans))


def test_a_text_with_nothing_seen_has_no_units() -> None:
    assert len(cut(" \n", "word")) == 0


def test_a_chinese_sentence_split_at_spaces_is_one_unit() -> None:
    assert len(cut_at_spaces("房间很干净，但是服务太差了。")) == 1
    parts = cut_at_spaces("The room room was clean")
    assert parts.names == ("The", "room", "room", "was", "clean")
    assert parts.keep([1, 1, 0, 1, 1]) == "The room was clean"


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("Great phone for the money.", {0}, "phone for the money."),
        ("Never again, the food was cold.", {0}, "again, the food was cold."),
        ("I can't say it isn't good.", {0, 1}, "say it isn't good."),
        ("The room was clean", {0, 2}, "room clean"),
        ("The room (very clean) is small", {2}, "The room (clean) is small"),
        ('They said "great phone" twice', {2}, 'They said "phone" twice'),
        ("They said “great phone” twice", {2}, "They said “phone” twice"),
        ('"Great" phone', {1}, '"Great"'),
        ('A "great" cheap phone', {2}, 'A "great" phone'),
        ("One line\nGreat phone", {2}, "One line\nphone"),
        ("One line\nphone", {2}, "One line"),
        ("One\nline", {0}, "line"),
        ("Two  spaces  here", {1}, "Two  here"),
        ("这个 app 好", {0}, "app 好"),
        ("房间很干净", {0}, "很干净"),
    ],
)  # fmt: skip
def test_what_is_left_is_what_somebody_would_have_typed(text: str, gone: set[int], left: str) -> None:
    parts = cut(text, "word")
    assert parts.keep([unit not in gone for unit in range(len(parts))]) == left


def test_merged_units_cover_all_of_a_long_text_and_it_is_said() -> None:
    parts = cut("I went to the shop, and the food was terrible.", "word")
    merged = merge(parts, 4)
    assert merged.names == ("I went to", "the shop, and", "the food", "was terrible")
    assert merged.keep([True] * 4) == parts.text
    assert merged.keep([False] * 4) == "."
    assert merged.note is not None and "10" in merged.note.zh and "4" in merged.note.en
    assert merge(parts, 10) is parts


def test_tokens_are_shared_out_to_the_units_that_they_spell(tiny_lm: LanguageModel) -> None:
    parts = cut("很 ok!", "word")
    shares = parts.shares(tiny_lm)
    # 很 is three byte tokens, then space, o, k, and punctuation that belongs to no unit.
    np.testing.assert_array_equal(shares, [[1, 0]] * 3 + [[0, 1]] * 3 + [[0, 0]])


def test_a_panel_of_merged_units_says_so_before_what_its_method_says() -> None:
    merged = merge(cut("I went to the shop, and the food was terrible.", "word"), 4)
    weights = Weights(np.zeros(4), 0.5, caveat=Text(zh="方法。", en="The method."))
    panel = attribution_panel("method", "target", merged, weights)
    assert panel.caveat is not None
    assert panel.caveat.en == f"{merged.note.en} The method."  # type: ignore[union-attr]
    assert len(panel.contributions) == 4
    assert attribution_panel("method", "target", merge(merged, 9), Weights(np.zeros(4), 0.5)).caveat == merged.note
