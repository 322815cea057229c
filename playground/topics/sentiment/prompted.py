"""Scores sentiment by prompting the model: which of two words is likelier after the text? Plain and calibrated. Knows no probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from playground.language.scripts import main_language
from playground.models.language_model import LanguageModel
from playground.models.output_head import log_normalizers, token_logits

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """The text's frame, and the words that would continue it for each class."""

    before: str
    after: str
    negative: str
    positive: str


# Chosen among five and four by calibrated accuracy on 160 reviews of the validation part and the 40 English sentences meant
# for choosing. The plain answers of some others were no better than a constant: " bad" and " good" gave " good" for every text.
QUESTIONS = {
    "zh": Question("", "\n总之很", "差", "好"),
    "en": Question("Review: ", "\nSentiment:", " negative", " positive"),
}


@dataclass(frozen=True)
class Answer:
    """p(positive), each (texts,): `raw` as the model says, `calibrated` after dividing by what it says of an empty text.

    `prior`: what it says of the empty text, by language.
    """

    raw: Numbers
    calibrated: Numbers
    prior: dict[str, float]


def ask(lm: LanguageModel, texts: Sequence[str]) -> Answer:
    """Calibrates by context (Zhao, Wallace, Feng, Klein and Singh 2021): the odds of a text over the odds of no text."""
    languages = [main_language(text) for text in texts]
    used = sorted(set(languages))
    scores = continuation_scores(lm, [*zip(texts, languages, strict=True), *(("", language) for language in used)])
    log_odds = scores[:, 1] - scores[:, 0]
    empty = dict(zip(used, log_odds[len(texts) :], strict=True))
    raw = log_odds[: len(texts)]
    shift = np.array([empty[language] for language in languages])
    return Answer(_sigmoid(raw), _sigmoid(raw - shift), {name: float(_sigmoid(odds)) for name, odds in empty.items()})


def priors(lm: LanguageModel) -> dict[str, float]:
    """Computes p(positive) of an empty text by language: what the model prefers before it has read anything."""
    scores = continuation_scores(lm, [("", language) for language in QUESTIONS])
    return {language: float(_sigmoid(row[1] - row[0])) for language, row in zip(QUESTIONS, scores, strict=True)}


def continuation_scores(lm: LanguageModel, texts: Sequence[tuple[str, str]]) -> Numbers:
    """Computes the log-probability (texts, 2) of the negative and of the positive word after each (text, language), summed over its tokens."""
    prefixes: dict[tuple[int, ...], int] = {}
    parts: list[tuple[int, int, int, int]] = []
    for row, (text, language) in enumerate(texts):
        question = QUESTIONS[language]
        prompt = lm.encode(question.before + text + question.after)
        for column, word in enumerate((question.negative, question.positive)):
            ids = lm.encode(word, bos=False)
            for place, token in enumerate(ids):
                read = tuple(prompt + ids[:place])
                parts.append((row, column, prefixes.setdefault(read, len(prefixes)), token))
    states = lm.last_hidden([list(read) for read in prefixes], lm.layers).to(lm.device)
    scores = np.zeros((len(texts), 2))
    tokens = sorted({token for *_, token in parts})
    logs = token_logits(lm, states, tokens).cpu() - log_normalizers(lm, states)[:, None]
    for row, column, prefix, token in parts:
        scores[row, column] += float(logs[prefix, tokens.index(token)])
    return scores


def _sigmoid(log_odds: npt.ArrayLike) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.asarray(log_odds, float))))
