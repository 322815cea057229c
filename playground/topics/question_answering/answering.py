"""Answers of the model to prompts, with their log-probabilities, and log-probabilities of given answers. Knows no retriever."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from playground.generation.end_marks import tokens_before_end_marks
from playground.generation.greedy import Greedy, continue_greedily
from playground.generation.scoring import after_prefix, answer_log_probabilities
from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.topics.question_answering.prompts import FORMS, SPACE, Frame, prefix

MOST_TOKENS = 10
FULL_STOPS = (".", "。", "．")


@dataclass(frozen=True)
class Answer:
    """What the model generates to the line's end, without the punctuation that ends it: `text`.

    `log_probability`: natural, summed over the answer's tokens, without the token that ends it. `tokens`: how many.
    `cut`: whether the most tokens were generated and the last of them isn't the full stop that was taken off, so that
    it may go on. "" with no tokens: nothing was generated.
    """

    text: str
    log_probability: float
    tokens: int
    cut: bool = False

    @property
    def confidence(self) -> float:
        """The geometric mean of the tokens' probabilities, 0 to 1; 0 for no answer."""
        return math.exp(self.log_probability / self.tokens) if self.tokens else 0.0


def is_refusal(answer: str, language: Language) -> bool:
    """Whether an answer is the one that the worked example gives where the passage doesn't tell."""
    return answer.casefold().startswith(FORMS[language].refusal)


def answer(lm: LanguageModel, frame: Frame, jobs: Sequence[tuple[str, str]]) -> list[Answer]:
    """Answers (question, passage) pairs greedily, in batches of like lengths."""
    reads = [_encode(lm, frame.asked(question, passage)) for question, passage in jobs]

    def ends(token: int) -> bool:
        return token in lm.end_ids or "\n" in lm.decode([token])

    found: list[Answer] = [Answer("", 0.0, 0)] * len(jobs)
    for index, written in continue_greedily(lm, prefix(lm, frame), reads, most=MOST_TOKENS, ends=ends):
        found[index] = _answer(lm, written)
    return found


def _answer(lm: LanguageModel, written: Greedy) -> Answer:
    # A token that holds a sign of the answer and a full stop ("%.") stays whole: log p is that of the text shown.
    length = tokens_before_end_marks(lm, written.ids) or len(written.ids)
    text = lm.decode(written.ids[:length]).strip()
    # A character of which only some bytes are there yet reads as U+FFFD.
    if not any(character.isalnum() or character == "\ufffd" for character in text):
        return Answer("", 0.0, 0)
    # After a comma that was taken off it would have gone on.
    ended = lm.decode(written.ids[length:]).strip() in FULL_STOPS
    return Answer(text, sum(written.log_probabilities[:length]), length, len(written.ids) == MOST_TOKENS and not ended)


def score(lm: LanguageModel, frame: Frame, jobs: Sequence[tuple[str, str]], text: str) -> list[float]:
    """Computes the log-probability of one answer after each (question, passage), in nats, summed over its tokens."""
    reads = [_encode(lm, frame.asked(question, passage)) for question, passage in jobs]
    ids = _encode(lm, SPACE[frame.language] + text)
    return [float(value) for value in answer_log_probabilities(lm, prefix(lm, frame), reads, ids)]


def _encode(lm: LanguageModel, text: str) -> list[int]:
    return lm.encode(text, bos=False)


def score_each(lm: LanguageModel, frame: Frame, jobs: Sequence[tuple[str, str]], texts: Sequence[str]) -> list[float]:
    """Computes the log-probability of an answer of its own after each (question, passage), in nats; 0 for no answer."""
    answers = [_encode(lm, SPACE[frame.language] + text) if text else [] for text in texts]
    asked = [place for place, ids in enumerate(answers) if ids]
    found = [0.0] * len(jobs)
    if not asked:
        return found
    longest = max(len(ids) for ids in answers)
    reads = [[*_encode(lm, frame.asked(*jobs[place])), *answers[place][:-1]] for place in asked]
    for index, rows in after_prefix(lm, prefix(lm, frame), reads, longest):
        ids = torch.tensor(answers[asked[index]])
        found[asked[index]] = float(rows[-len(ids) :].gather(1, ids[:, None]).double().sum())
    return found
