"""ROUGE against Google's rouge_score for the same tokens, by hand, and by brute force."""

from __future__ import annotations

import itertools
import random

import pytest
from rouge_score import rouge_scorer, tokenizers

from playground.data.sets import documents
from playground.evaluation.rouge import TOKENIZERS, longest_common_subsequence, rouge
from playground.lab.text import Language


class Splitting(tokenizers.Tokenizer):
    """Passes our tokens to rouge_score."""

    def __init__(self, unit: str) -> None:
        self.unit = unit

    def tokenize(self, text: str) -> list[str]:
        return TOKENIZERS[self.unit](text)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("unit", ["character", "word"])
def test_rouge_is_that_of_rouge_score_for_the_same_tokens(language: Language, unit: str) -> None:
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=Splitting(unit))
    for one in documents(language)[:12]:
        for text in (one.text, one.title, one.text[:40], ""):
            theirs = scorer.score(one.summary, text)
            ours = rouge(TOKENIZERS[unit](text), TOKENIZERS[unit](one.summary))
            for name, score in (("rouge1", ours.one), ("rouge2", ours.two), ("rougeL", ours.longest)):
                assert (score.precision, score.recall, score.f1) == pytest.approx(tuple(theirs[name]))


def test_the_default_tokenizer_is_rouge_scores() -> None:
    default = tokenizers.DefaultTokenizer(use_stemmer=False)
    for text in ("白沙湖 has 5,000 Swans; don't ask.", "今年约有四千八百只。", "", "ÉTÉ 2024", documents("en")[0].text):
        assert TOKENIZERS["ascii"](text) == default.tokenize(text)


def test_rouge_by_hand() -> None:
    scores = rouge("the cat sat on the mat".split(), "the cat on the red mat".split())
    assert (scores.one.precision, scores.one.recall) == (5 / 6, 5 / 6)
    assert scores.two.f1 == pytest.approx(2 / 5)  # the cat, on the
    assert scores.longest.recall == 5 / 6  # the cat on the mat


def test_longest_common_subsequence_by_brute_force() -> None:
    chance = random.Random(0)
    for _ in range(60):
        a, b = ([chance.choice("abc") for _ in range(chance.randrange(9))] for _ in range(2))
        subsequences = {picked for size in range(len(b) + 1) for picked in itertools.combinations(b, size)}
        best = max(
            size
            for size in range(len(a) + 1)
            for picked in itertools.combinations(a, size)
            if size == 0 or picked in subsequences
        )
        assert longest_common_subsequence(a, b) == best
