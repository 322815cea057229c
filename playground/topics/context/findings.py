"""The numbers of a run of context: the answers, what each piece of a context did for them, where the fact was, what examples gave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from playground.lab.text import Language, Text
from playground.language.scripts import main_language
from playground.language.segmentation import segment
from playground.topics.context.answering import Answer
from playground.topics.context.contributions import Contributions
from playground.topics.context.few_shot import Accuracy
from playground.topics.context.position import Depths

# Where a word of the context occurs as well.
IN_ANSWER, IN_QUESTION, ELSEWHERE = "answer", "question", "elsewhere"
PLACES = {
    IN_ANSWER: Text(zh="答案里的词", en="in the answer"),
    IN_QUESTION: Text(zh="问题里的词", en="in the question"),
    ELSEWHERE: Text(zh="别的词", en="elsewhere"),
}


@dataclass(frozen=True)
class Answers:
    """The answers, by prompt: "none" (no context), "a" and "b".

    `written`: the greedy continuation of each prompt. `explained`: by side, the answer that its context is asked about:
    the typed one, or its own. `log_probabilities`: of every explained answer under every prompt, nats; first by prompt,
    then by the answer, "a" and "b" or "typed" for both.
    """

    written: dict[str, str]
    explained: dict[str, str]
    log_probabilities: dict[str, dict[str, float]]

    def log_probability(self, side: str, prompt: str) -> float:
        """Returns log p of the answer that a side is asked about under any prompt, in nats."""
        under = self.log_probabilities[prompt]
        return under["typed"] if "typed" in under else under[side]


@dataclass(frozen=True)
class Kept:
    """What a context leaves behind: its `tokens`; `key_value_bytes`, of their keys and values in all layers; and
    `divergence`, KL(with ‖ without context) of the next token in nats.
    """

    tokens: int
    key_value_bytes: int
    divergence: float


@dataclass(frozen=True)
class Piece:
    """A word (character, token) or a sentence of a context, `name`.

    `fall`: how far log p(answer) falls when it is left out, nats. `rank`: by that, from 1. `attention`: share (0 to 1)
    of the attention of the position before the answer, mean of all layers and heads. `attention_rank`: by that, from 1.
    `place`: whether the answer or the question has it as well: "answer", "question" or "elsewhere".
    """

    name: str
    fall: float
    rank: int
    attention: float
    attention_rank: int
    place: str


@dataclass(frozen=True)
class Side:
    """One context. `kept`: its tokens, their bytes and its effect. `sentences`, `words`: its pieces, those whose loss
    costs the answer most first. `units`: words of the whole context; more than `words` where there are too many to
    leave each out. `position`: its heaviest sentence by depth among distractors.
    """

    kept: Kept
    sentences: tuple[Piece, ...]
    words: tuple[Piece, ...]
    units: int
    position: Depths

    @property
    def heaviest(self) -> Piece | None:
        """The word whose loss costs the answer most."""
        return self.words[0] if self.words else None

    @property
    def most_read(self) -> Piece | None:
        """The word with the most attention."""
        return min(self.words, key=lambda word: word.attention_rank, default=None)


@dataclass(frozen=True)
class Findings:
    """`answers`: of every prompt. `a`, `b`: the contexts. `right_labels`, `random_labels`: how often a label is right
    by the number of examples in the prompt, from 0, with the examples' own labels and with random ones. `hidden_size`,
    `vocabulary`: numbers that the network gives at a position, without and with its output head.
    """

    answers: Answers
    a: Side
    b: Side
    right_labels: tuple[Accuracy, ...]
    random_labels: tuple[Accuracy, ...]
    hidden_size: int
    vocabulary: int


def answers_of(
    written: Mapping[str, Answer], explained: Mapping[str, Answer], scores: Mapping[str, Mapping[str, float]]
) -> Answers:
    """Names the answers. `scores`: log p by prompt and answer."""
    return Answers(
        {prompt: answer.text or "∅" for prompt, answer in written.items()},
        {side: answer.text for side, answer in explained.items()},
        {prompt: dict(row) for prompt, row in scores.items()},
    )


def pieces_of(found: Contributions, question: str, answer: str) -> tuple[Piece, ...]:
    """Ranks the pieces of a context by what their loss costs, most first, and by attention."""
    order = [int(at) for at in np.argsort(-found.without.weights, kind="stable")]
    read = {int(at): rank for rank, at in enumerate(np.argsort(-found.attention, kind="stable"), 1)}
    return tuple(
        Piece(
            name=found.parts.names[at],
            fall=float(found.without.weights[at]),
            rank=rank,
            attention=float(found.attention[at]),
            attention_rank=read[at],
            place=place_of(found.parts.names[at], question, answer),
        )
        for rank, at in enumerate(order, 1)
    )


def place_of(word: str, question: str, answer: str) -> str:
    """Says whether a word of the context is (part of) the answer, occurs in the question, or neither."""
    if _holds(answer, word) or _holds(word, answer):
        return IN_ANSWER
    return IN_QUESTION if _holds(question, word) else ELSEWHERE


def _holds(text: str, word: str) -> bool:
    """Whether a text has a word in it: in Chinese any run of characters, else a word of its own, with or without a possessive ending."""
    name, said = word.strip().casefold(), text.casefold()
    if main_language(name) is Language.ZH:
        return name in said
    return bool(name) and _bare(name) in {_bare(part.text) for part in segment(said, "word")}


def _bare(word: str) -> str:
    return re.sub("['’]s$", "", word)
