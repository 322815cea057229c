"""Scores short answers as SQuAD does: exact match and F1 against several accepted answers, or against none. Knows no model.

Rajpurkar et al. 2016 (words, the best of the accepted answers) and 2018 (an unanswerable question: right is to give no answer).
Chinese is scored by characters, as in CMRC 2018.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from playground.evaluation.overlap import token_f1

_PUNCTUATION = regex.compile(r"[\p{P}\p{S}]+")
ARTICLES = regex.compile(r"\b(?:a|an|the)\b")
_UNITS = regex.compile(r"\p{Han}|[^\p{Han}\s]+")


@dataclass(frozen=True)
class AnswerScore:
    """`exact`: whether an answer equals an accepted one after normalization. `f1`: of its units, 0 to 1, the best accepted answer's."""

    exact: bool
    f1: float


def normalize_answer(text: str) -> str:
    """Normalizes as SQuAD's script: lower case, punctuation deleted, English articles left out, single spaces.

    Unlike `overlap.normalize`, which puts a space where punctuation was: here 5:15 is one unit. Full-width forms count as their
    half-width ones, and all of Unicode's punctuation as punctuation.
    """
    plain = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text).lower())
    return " ".join(ARTICLES.sub(" ", plain).split())


def answer_units(text: str) -> list[str]:
    """Cuts a normalized answer into words, Chinese into characters."""
    return _UNITS.findall(normalize_answer(text))


def score_answer(answer: str, accepted: Sequence[str]) -> AnswerScore:
    """Scores an answer, "" for none given, against the accepted ones; none accepted: the question is unanswerable.

    Without an answer on one side, both scores are 1 if the other has none either, else 0, as in SQuAD 2.0.
    """
    ours = normalize_answer(answer)
    theirs = [normalize_answer(other) for other in accepted] or [""]
    units = _UNITS.findall(ours)
    return AnswerScore(ours in theirs, max(token_f1(units, _UNITS.findall(other)) for other in theirs))
