import itertools

import numpy as np
import pytest

from playground.explanation.removal import cut, cut_at_spaces
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
        assert sorted(kept + "".join(gone)) == sorted(text)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(parts.spans))


def test_a_text_with_nothing_seen_has_no_units() -> None:
    assert len(cut(" \n", "word")) == 0


def test_a_chinese_sentence_split_at_spaces_is_one_unit() -> None:
    assert len(cut_at_spaces("房间很干净，但是服务太差了。")) == 1
    parts = cut_at_spaces("The room room was clean")
    assert parts.names == ("The", "room", "room", "was", "clean")
    assert parts.keep([1, 1, 0, 1, 1]) == "The room  was clean"


def test_tokens_are_shared_out_to_the_units_that_they_spell(tiny_lm: LanguageModel) -> None:
    parts = cut("很 ok!", "word")
    shares = parts.shares(tiny_lm)
    # 很 is three byte tokens, then space, o, k, and punctuation that belongs to no unit.
    np.testing.assert_array_equal(shares, [[1, 0]] * 3 + [[0, 1]] * 3 + [[0, 0]])
