"""Scripts of tokens against examples by hand and against Python's own Unicode names."""

from __future__ import annotations

import unicodedata

import pytest
import torch

from playground.language.scripts import SCRIPTS, Script, script_of
from playground.language.token_scripts import token_scripts, vocabulary_scripts
from playground.models.language_model import LanguageModel


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("中国", Script.HAN), (" 北京", Script.HAN), ("第3", Script.HAN), ("𠜎", Script.HAN),
        ("Paris", Script.LATIN), (" the", Script.LATIN), ("été", Script.LATIN), ("don't", Script.LATIN),
        ("a", Script.NEITHER), (" I", Script.NEITHER), ("123", Script.NEITHER), ("，", Script.NEITHER), ("", Script.NEITHER),
        ("\ufffd", Script.NEITHER), ("🙂", Script.NEITHER), ("▁", Script.NEITHER),
        ("の", Script.OTHER), ("Москва", Script.OTHER), ("T恤", Script.OTHER), ("食べる", Script.OTHER), ("한국", Script.OTHER),
    ],
)  # fmt: skip
def test_the_script_of_a_token(text: str, script: Script) -> None:
    assert script_of(text) is script


def test_pieces_of_characters_and_special_tokens_are_neither(tiny_lm: LanguageModel) -> None:
    assert token_scripts(tiny_lm, tiny_lm.encode("中")) == [Script.NEITHER] * 4


def test_rows_without_a_token_are_neither(tiny_lm: LanguageModel) -> None:
    assert vocabulary_scripts(tiny_lm).tolist() == [SCRIPTS.index(Script.NEITHER)] * tiny_lm.vocabulary


@pytest.mark.model
def test_the_vocabulary_of_the_embedded_model_by_unicode_names(real_lm: LanguageModel) -> None:
    groups = vocabulary_scripts(real_lm)
    assert len(groups) == real_lm.vocabulary
    for index, token in enumerate(
        torch.randperm(len(real_lm.tokenizer), generator=torch.Generator().manual_seed(0))[:3000].tolist()
    ):
        letters = [character for character in real_lm.decode([token]) if character.isalpha()]
        names = [unicodedata.name(letter, "").split(" ")[0] for letter in letters]
        if SCRIPTS[int(groups[token])] is Script.HAN:
            assert set(names) == {"CJK"}, (index, letters)
        if SCRIPTS[int(groups[token])] is Script.LATIN:
            assert len(letters) > 1 and all("LATIN" in unicodedata.name(letter) or letter in "ªº" for letter in letters)
