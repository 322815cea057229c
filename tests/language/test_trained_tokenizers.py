"""Tokenizers trained on the spot: deterministic, stopped at once, and each with its own way of not knowing a character."""

from __future__ import annotations

import time

import pytest

from playground.data.reviews import reviews
from playground.lab.errors import Cancelled
from playground.language.trained_tokenizers import KINDS, UNKNOWN, lost_characters, train

TEXTS = [item.text for item in reviews().train[:200]]


def nothing() -> None:
    """Never stops."""


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_texts_give_the_same_tokens(kind: str) -> None:
    lines = [item.text for item in reviews().held_out[:50]]
    one, two = (train(kind, TEXTS, 800, nothing) for _ in range(2))
    assert [one.encode(line).tokens for line in lines] == [two.encode(line).tokens for line in lines]
    assert one.get_vocab_size() >= 600


def test_what_each_loses_of_a_character_that_it_never_saw() -> None:
    # WordPiece loses the whole run up to the comma.
    text = "酒店的𪚥很好，不错"
    lost = {kind: lost_characters(train(kind, TEXTS, 2000, nothing), text) for kind in KINDS}
    assert lost == {"bpe": 1, "wordpiece": 6, "unigram": 1, "byte_bpe": 0}


def test_byte_level_pieces_join_to_the_text() -> None:
    made = train("byte_bpe", TEXTS, 800, nothing)
    for text in ("𪚥 酒店 😀", "a b，ＡＢＣ"):
        assert made.decode(made.encode(text).ids) == text


@pytest.mark.parametrize("kind", KINDS)
def test_a_stop_acts_at_once(kind: str) -> None:
    def stop() -> None:
        raise Cancelled

    started = time.monotonic()
    with pytest.raises(Cancelled):
        train(kind, TEXTS * 5, 2000, stop)
    assert time.monotonic() - started < 1


def test_a_kind_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no kind"):
        train(UNKNOWN, TEXTS, 800, nothing)


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_of_the_unknown_token_in_a_text_is_text(kind: str) -> None:
    made = train(kind, [*TEXTS, "A list [ of U N K ] letters"], 800, nothing)
    unknown = made.token_to_id(UNKNOWN)
    for text in (UNKNOWN, f"酒店{UNKNOWN}很好"):
        inside = [
            (start, end) for token, (start, end) in zip(made.encode(text).ids, made.encode(text).offsets, strict=True)
            if token != unknown or text[start:end] != UNKNOWN
        ]  # fmt: skip
        assert len(inside) >= len(UNKNOWN) - 2, "not one token for all five characters"


def test_wordpiece_is_trained_by_plain_frequency_like_bpe() -> None:
    # Of “ab” and “xy” the first is more frequent, the second more likely by count(xy) / (count(x) count(y)).
    lines = ["ab"] * 6 + ["a"] * 20 + ["b"] * 20 + ["xy"] * 5
    pieces = {
        kind: {piece.removeprefix("##") for piece in train(kind, lines, size, nothing).get_vocab()}
        for kind, size in (("bpe", 6), ("wordpiece", 10))
    }
    for kind, found in pieces.items():
        assert "ab" in found and "xy" not in found, kind
