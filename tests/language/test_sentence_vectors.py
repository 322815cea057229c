"""A sentence's vector and its words from one pass, against plain hidden states of each text alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

import playground.language.sentence_vectors as sentence_vectors_module
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.language.sentence_vectors import (
    AFTER,
    BEFORE,
    average_embedding,
    average_embeddings,
    kept_embeddings,
    layer_of,
    read_sentences,
    readable,
    sentence_vectors,
)
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_llama, wrap


def test_one_pass_gives_the_prompted_state_and_the_mean_of_each_words_tokens(tiny_lm: LanguageModel) -> None:
    texts = ["a cat, 狗", "Room 12!", "😀"]
    for text, read in zip(texts, read_sentences(tiny_lm, texts, 2), strict=True):
        states = tiny_lm.hidden_states(tiny_lm.encode(BEFORE + text + AFTER))[2]
        torch.testing.assert_close(read.vector, states[-1], rtol=1e-4, atol=1e-4)
        for word, state in zip(read.words, read.states, strict=True):
            # One token a byte, after the beginning of text; the tokens of a word include the space before it.
            start = 1 + len((BEFORE + text[: text.index(word)]).encode())
            spaced = start - (text[text.index(word) - 1 : text.index(word)] == " ")
            torch.testing.assert_close(state, states[spaced : start + len(word.encode())].mean(0), rtol=1e-4, atol=1e-4)
    assert [read.words for read in read_sentences(tiny_lm, texts, 2)] == [("a", "cat", "狗"), ("Room", "12"), ("😀",)]


def test_the_usual_layers_vector_is_sentence_vectors(tiny_lm: LanguageModel) -> None:
    (read,) = read_sentences(tiny_lm, ["a cat"], 3)
    torch.testing.assert_close(read.vector, sentence_vectors(tiny_lm, ["a cat"])[0], rtol=1e-4, atol=1e-4)


def test_of_many_texts_the_frames_start_is_read_once_and_their_vectors_are_the_same(tiny_lm: LanguageModel) -> None:
    texts = [f"cat {n}" + "!" * n for n in range(20)]
    counted: list[int] = []
    heard = tiny_lm.heard_by(counted.append)
    vectors = sentence_vectors(heard, texts)
    assert counted[0] == len(tiny_lm.encode(BEFORE))
    alone = torch.cat([sentence_vectors(tiny_lm, [text]) for text in texts])
    torch.testing.assert_close(vectors, alone, rtol=1e-4, atol=1e-4)
    for text, read in zip(texts, read_sentences(tiny_lm, texts, 2), strict=True):
        (expected,) = read_sentences(tiny_lm, [text], 2)
        assert read.words == expected.words
        torch.testing.assert_close(read.states, expected.states, rtol=1e-4, atol=1e-4)


def test_the_average_embedding_is_the_mean_of_the_tokens_rows(tiny_lm: LanguageModel) -> None:
    table = tiny_lm.module.get_input_embeddings().weight  # type: ignore[operator, union-attr]
    ids = tiny_lm.tokenizer.encode("ab猫", add_special_tokens=False)
    torch.testing.assert_close(average_embedding(tiny_lm, "ab猫"), table[ids].mean(0))


def test_embeddings_that_are_kept_are_those_computed_and_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lm, other = wrap(tiny_llama()), wrap(tiny_llama(seed=1))
    computed: list[str] = []

    def counted(model: LanguageModel, texts: Sequence[str]) -> Tensor:
        computed.extend(texts)
        return average_embeddings(model, texts)

    monkeypatch.setattr(sentence_vectors_module, "average_embeddings", counted)
    texts = ["ab猫", "cd", "ab猫", "e"]
    assert kept_embeddings(lm, texts).equal(average_embeddings(lm, texts))
    assert computed == ["ab猫", "cd", "e"]
    kept_embeddings(lm.heard_by(lambda tokens: None), ["e", "cd"]).zero_()
    assert kept_embeddings(lm, ["cd", "new"]).equal(average_embeddings(lm, ["cd", "new"]))
    assert computed == ["ab猫", "cd", "e", "new"]
    assert kept_embeddings(other, ["cd"]).equal(average_embeddings(other, ["cd"]))
    assert not kept_embeddings(other, ["cd"]).equal(kept_embeddings(lm, ["cd"]))
    assert kept_embeddings(lm, []).shape == (0, lm.hidden_size)
    with pytest.raises(ValueError, match="token"):
        kept_embeddings(lm, ["cd", ""])


def test_of_kept_embeddings_those_not_asked_for_longest_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    lm = wrap(tiny_llama())
    monkeypatch.setattr(sentence_vectors_module, "MOST_KEPT", 3)
    kept_embeddings(lm, ["a", "b", "c"])
    kept_embeddings(lm, ["a"])
    assert kept_embeddings(lm, ["d", "e"]).equal(average_embeddings(lm, ["d", "e"]))
    assert list(sentence_vectors_module._kept[lm.module]) == ["a", "d", "e"]
    many = [f"{number}" for number in range(9)]
    assert kept_embeddings(lm, many).equal(average_embeddings(lm, many))


def test_a_text_without_a_token_is_refused_by_its_control(tiny_lm: LanguageModel) -> None:
    label = Text(zh="你的评论", en="Your review")
    assert readable(tiny_lm, " 很好\n", "text", label) == "很好"
    with pytest.raises(PlaygroundError) as caught:
        readable(tiny_lm, " \n\u3000", "text", label)
    assert caught.value.field == "text"
    assert "“你的评论”" in caught.value.message.zh and "“Your review”" in caught.value.message.en


def test_a_sentence_is_summed_up_in_one_word_at_layer_16_of_18() -> None:
    assert (BEFORE, AFTER) == ('This sentence: "', '" means in one word: "')
    assert layer_of(wrap(tiny_llama(num_hidden_layers=18))) == 16
