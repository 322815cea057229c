"""Overlap scores against sacrebleu's own calls, rouge_score and counts by hand."""

from __future__ import annotations

import pytest
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

from playground.evaluation.overlap import (
    bleu,
    bleu_by_tokenizer,
    chrf,
    longest_matches,
    normalize,
    overlap,
    token_f1,
    units_of,
)
from playground.models.language_model import LanguageModel

A, REFERENCES = "昨天他在北京看了一本书。", ["他昨天在北京看了一本书。", "昨天他在北京读书。"]
ENGLISH, OTHERS = "The cat sat on a mat.", ["The cat sat on the mat.", "A cat was on the mat."]


def test_characters_are_what_sacrebleus_chinese_tokenizer_gives() -> None:
    found = overlap(A, REFERENCES, "character").bleu
    expected = sacrebleu.sentence_bleu(A, REFERENCES, tokenize="zh")
    assert found.score == pytest.approx(expected.score)
    assert (found.matches, found.totals) == (tuple(expected.counts), tuple(expected.totals))
    assert (found.brevity_penalty, found.length, found.reference_length) == (expected.bp, 12, 12)
    assert "tok:none" in found.signature and "version:" in found.signature


@pytest.mark.parametrize("tokenizer", ["13a", "zh", "char"])
def test_sacrebleus_own_tokenizers(tokenizer: str) -> None:
    expected = sacrebleu.sentence_bleu(ENGLISH, OTHERS, tokenize=tokenizer)
    found = bleu_by_tokenizer(ENGLISH, OTHERS, tokenizer)
    assert found.score == pytest.approx(expected.score) and f"tok:{tokenizer}" in found.signature


def test_a_corpus_is_not_the_mean_of_its_sentences_and_may_lack_references() -> None:
    texts = ["the cat sat on the mat", "hello there"]
    references = [["the cat sat on a mat", "a cat sat on the mat"], ["hello there my friend"]]
    cut = [text.split() for text in texts]
    found = bleu(cut, [[one.split() for one in own] for own in references], corpus=True)
    streams = [[own[place] if place < len(own) else None for own in references] for place in range(2)]
    assert found.score == pytest.approx(sacrebleu.corpus_bleu(texts, streams, tokenize="none").score)
    alone = [bleu([own], [[one.split() for one in refs]]).score for own, refs in zip(cut, references, strict=True)]
    assert found.score != pytest.approx(sum(alone) / 2, abs=1)
    with pytest.raises(ValueError, match="2 hypotheses"):
        bleu(cut, [[["a"]]])


def test_without_smoothing_one_missing_order_gives_zero() -> None:
    own, other = "a b c d e".split(), "a b c x e".split()
    assert bleu([own], [[other]], "none").score == 0
    assert bleu([own], [[other]], "exp").score > bleu([own], [[other]], "floor").score > 0


def test_rouge_is_googles_on_english() -> None:
    found = overlap("The cat sat on one mat", ["The cat lay on one red mat"], "word")
    expected = RougeScorer(["rouge1", "rouge2", "rougeL"]).score("cat lay on one red mat", "cat sat on one mat")
    assert found.rouge_1 == pytest.approx(100 * expected["rouge1"].fmeasure)
    assert found.rouge_2 == pytest.approx(100 * expected["rouge2"].fmeasure)
    assert found.rouge_l == pytest.approx(100 * expected["rougeL"].fmeasure)
    assert found.chrf == pytest.approx(
        sacrebleu.sentence_chrf("The cat sat on one mat", ["The cat lay on one red mat"]).score
    )


def test_exact_match_and_token_f1_by_hand() -> None:
    assert normalize("The  Cat，ＡＢＣ!") == "cat abc"
    assert overlap("the answer: 42!", ["Answer 42"], "word").exact_match == 100
    assert overlap("42.", ["24"], "word").exact_match == 0
    # Two of three and two of four: 2 × 2/3 × 2/4 ÷ (2/3 + 2/4) = 4/7.
    assert token_f1(["a", "b", "c"], ["a", "b", "d", "e"]) == pytest.approx(4 / 7)
    assert token_f1([], []) == 1.0 and token_f1([], ["a"]) == 0.0


def test_units_and_matches(tiny_lm: LanguageModel) -> None:
    assert units_of("我 爱AI。", "character") == ["我", "爱", "A", "I", "。"]
    assert units_of("我 爱AI。", "word") == ["我", "爱", "AI", "。"]
    assert units_of("爱a", "token", tiny_lm) == ["爱", "a"]
    assert longest_matches(list("abxcdea"), [list("abc"), list("zcdeq")]) == (2, 2, 0, 3, 3, 3, 1)
    assert chrf("同样", ["同样"]) == pytest.approx(100)


def test_a_text_of_nothing_but_marks_has_scores() -> None:
    found = overlap("。。！", ["好的。"], "word")
    assert found.token_f1 == 0 and 0 <= found.bleu.score < 100
