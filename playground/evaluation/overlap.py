"""Scores a text against references by overlap: BLEU and chrF by sacrebleu, ROUGE, token F1, exact match. Knows no model but its tokens.

BLEU and ROUGE count units that the caller chooses (characters, words or model tokens); chrF always counts characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from playground.evaluation.rouge import ngram_counts, rouge_l, rouge_n
from playground.language.segmentation import segment

if TYPE_CHECKING:
    from playground.models.language_model import LanguageModel

LARGEST = 4
# sacrebleu's own names. "exp" halves the pretended match with each order that has none; "floor" and "add-k" put in 0.1 and 1.
SMOOTHINGS = ("none", "floor", "add-k", "exp")
# Tokenizers of sacrebleu that need no download and no other package.
TOKENIZERS = ("13a", "zh", "char")
_ARTICLES = regex.compile(r"\b(?:a|an|the)\b")
_NO_CONTENT = regex.compile(r"[^\p{L}\p{N}\p{M}]+")


@dataclass(frozen=True)
class Bleu:
    """BLEU of one or more sentences: `score`, 0 to 100. `matches`, `totals`: n-grams of 1 to 4 units, clipped and all.

    `precisions`: 0 to 100, after smoothing. `brevity_penalty`: 0 to 1. `length`, `reference_length`: in units.
    `signature`: what sacrebleu asks to be reported with the score.
    """

    score: float
    matches: tuple[int, ...]
    totals: tuple[int, ...]
    precisions: tuple[float, ...]
    brevity_penalty: float
    length: int
    reference_length: int
    signature: str


@dataclass(frozen=True)
class Overlap:
    """All overlap scores of one text by one unit, each from 0 to 100. `bleu` pools the references; `chrf`, `rouge_1`,
    `rouge_2`, `rouge_l`, `exact_match` and `token_f1` are the best reference's.

    `chrf` is by characters whatever the unit. `exact_match` is 100 or 0. Those of ROUGE are F1.
    """

    bleu: Bleu
    chrf: float
    rouge_1: float
    rouge_2: float
    rouge_l: float
    exact_match: float
    token_f1: float


def units_of(text: str, unit: str, lm: LanguageModel | None = None) -> list[str]:
    """Cuts a text into units ("character", "word" or "token") without white space, punctuation included."""
    return [part.text.strip() for part in segment(text, unit, lm) if not part.text.isspace()]


def bleu(
    hypotheses: Sequence[Sequence[str]],
    references: Sequence[Sequence[Sequence[str]]],
    smoothing: str = "exp",
    *,
    corpus: bool = False,
) -> Bleu:
    """Computes BLEU of texts cut into units (Papineni et al. 2002) with sacrebleu, which gets them joined by spaces.

    `references`: for each hypothesis its references. A single sentence is scored by the orders that it has n-grams of
    ("effective order", sacrebleu's rule for sentences), a corpus by all four. Raises ValueError for numbers that differ.
    """
    if len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses, references for {len(references)}")
    metric = BLEU(tokenize="none", smooth_method=smoothing, effective_order=not corpus)
    most = max(map(len, references))
    # A stream has one reference for each sentence; sacrebleu takes None where a sentence has fewer.
    streams = [[_joined(own[place]) if place < len(own) else None for own in references] for place in range(most)]
    found = metric.corpus_score([_joined(units) for units in hypotheses], streams)  # type: ignore[arg-type]
    return _bleu(metric, found)


def bleu_by_tokenizer(text: str, references: Sequence[str], tokenizer: str) -> Bleu:
    """Computes sentence BLEU as sacrebleu does by itself, with one of its TOKENIZERS."""
    metric = BLEU(tokenize=tokenizer, effective_order=True)
    return _bleu(metric, metric.sentence_score(text, list(references)))


def _joined(units: Sequence[str]) -> str:
    return " ".join(units)


def _bleu(metric: BLEU, found: object) -> Bleu:
    return Bleu(
        float(found.score),  # type: ignore[attr-defined]
        tuple(int(count) for count in found.counts),  # type: ignore[attr-defined]
        tuple(int(count) for count in found.totals),  # type: ignore[attr-defined]
        tuple(float(value) for value in found.precisions),  # type: ignore[attr-defined]
        float(found.bp),  # type: ignore[attr-defined]
        int(found.sys_len),  # type: ignore[attr-defined]
        int(found.ref_len),  # type: ignore[attr-defined]
        str(metric.get_signature()),
    )


def chrf(text: str, references: Sequence[str]) -> float:
    """Computes chrF2 by sacrebleu, 0 to 100: characters 1 to 6, recall weighs twice (Popović 2015)."""
    return float(CHRF().sentence_score(text, list(references)).score)


def normalize(text: str) -> str:
    """Takes out case, punctuation, spaces' number and English articles, as SQuAD's script does, and the width of characters."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return " ".join(_NO_CONTENT.sub(" ", _ARTICLES.sub(" ", plain)).split())


def token_f1(units: Sequence[str], reference: Sequence[str]) -> float:
    """Computes the F1 of the bags of units, 0 to 1, as SQuAD does for words (Rajpurkar et al. 2016). Two empty texts agree."""
    if not units and not reference:
        return 1.0
    return rouge_n(units, reference, 1).f1


def overlap(text: str, references: Sequence[str], unit: str, lm: LanguageModel | None = None) -> Overlap:
    """Computes all scores of a text by one unit. BLEU and chrF mind case and punctuation; the others don't."""
    cut = units_of(text, unit, lm)
    plain = normalize(text)
    ours = units_of(plain, unit, lm)
    theirs = [units_of(normalize(reference), unit, lm) for reference in references]
    return Overlap(
        bleu=bleu([cut], [[units_of(reference, unit, lm) for reference in references]]),
        chrf=chrf(text, references),
        rouge_1=100 * max(rouge_n(ours, reference, 1).f1 for reference in theirs),
        rouge_2=100 * max(rouge_n(ours, reference, 2).f1 for reference in theirs),
        rouge_l=100 * max(rouge_l(ours, reference).f1 for reference in theirs),
        exact_match=100.0 * any(plain == normalize(reference) for reference in references),
        token_f1=100 * max(token_f1(ours, reference) for reference in theirs),
    )


def longest_matches(units: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Returns for each unit the size of the largest n-gram (0 to 4) around it that some reference has too."""
    sizes = [0] * len(units)
    for size in range(1, LARGEST + 1):
        known = {gram for reference in references for gram in ngram_counts(reference, size)}
        for start in range(len(units) - size + 1):
            if tuple(units[start : start + size]) in known:
                sizes[start : start + size] = [size] * size
    return tuple(sizes)
