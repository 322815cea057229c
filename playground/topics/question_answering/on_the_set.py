"""Answers the project's questions: with the passage, without it, without its supporting sentence, and with that contradicted.

Nothing depends on a visitor's text or threshold, so that each question is answered once for a model. All 60 take a minute; the embedded
model's answers to them are in `answers.json`, as `measure` recorded them. Knows no panel.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from playground.data.sets import Question, questions
from playground.lab.codec import decode, encode
from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.topics.question_answering import record
from playground.topics.question_answering.answering import Answer, answer, score_each
from playground.topics.question_answering.chunking import read_together, sentence_ranges, without
from playground.topics.question_answering.contradiction import contradicted, other_answer
from playground.topics.question_answering.prompts import CLOSED, OPEN, Frame

# Always these together, however many are asked for: in bfloat16 the last bits of a probability depend on the batch.
GROUP = 3
ALL = 60


@dataclass(frozen=True)
class Asked:
    """A question of the set with the model's answers. `removed`, `contradicted`: without the sentence that has the answer, and with
    `other` in the answer's place; None for an unanswerable one. `prior`: log p of the open-book answer without the passage, nats."""

    item: Question
    open: Answer
    closed: Answer
    removed: Answer | None
    contradicted: Answer | None
    other: str
    prior: float


_answered: weakref.WeakKeyDictionary[nn.Module, dict[tuple[Language, bool, int], tuple[Asked, ...]]] = (
    weakref.WeakKeyDictionary()
)


def asked(
    lm: LanguageModel, language: Language, refusal: bool, count: int, tell: Callable[[int], None] = lambda done: None
) -> tuple[Asked, ...]:
    """Answers the first `count` questions, group by group. `tell`: how many are answered."""
    known = _answered.setdefault(lm.module, {})
    found: list[Asked] = []
    for start in range(0, count, GROUP):
        tell(start)
        key = (language, refusal, start)
        if key not in known:
            known[key] = tuple(_group(lm, language, refusal, questions(language)[start : start + GROUP]))
        found += known[key]
    return tuple(found[:count])


def removed(item: Question) -> str:
    """Returns the passage without the sentences that have the best accepted answer."""
    parts = sentence_ranges(item.passage)
    kept = parts
    for part in parts:
        if item.answers[0] in part.of(item.passage):
            kept = without(kept, part)
    return read_together(item.passage, kept)


def _group(lm: LanguageModel, language: Language, refusal: bool, items: Sequence[Question]) -> list[Asked]:
    answerable = [item for item in items if item.answers]
    others = {item.id: other_answer(item.question, item.answers[0], item.passage) for item in answerable}
    jobs = [(item.question, item.passage) for item in items]
    jobs += [(item.question, removed(item)) for item in answerable]
    jobs += [(item.question, contradicted(item.passage, item.answers[0], others[item.id])) for item in answerable]
    read = answer(lm, Frame(language, OPEN, refusal), jobs)
    blank = Frame(language, CLOSED)
    closed = answer(lm, blank, [(item.question, "") for item in items])
    priors = score_each(lm, blank, [(item.question, "") for item in items], [one.text for one in read[: len(items)]])
    without_it = dict(zip([item.id for item in answerable], read[len(items) :], strict=False))
    against_it = dict(zip([item.id for item in answerable], read[len(items) + len(answerable) :], strict=True))
    return [
        Asked(item, opened, shut, without_it.get(item.id), against_it.get(item.id), others.get(item.id, ""), prior)
        for item, opened, shut, prior in zip(items, read, closed, priors, strict=False)
    ]


# ---- what was recorded


def recorded(lm: LanguageModel, language: Language, refusal: bool) -> tuple[Asked, ...]:
    """Returns the recorded answers to all questions; none where there is no record of the model."""
    answers = record.of(lm).get("answers")
    if not answers:
        return ()
    return tuple(_read(item, one) for item, one in zip(questions(language), answers[key_of(language, refusal)], strict=True))  # fmt: skip


def key_of(language: Language, refusal: bool) -> str:
    """Names one list of answers in the file."""
    return f"{language}{'+refusal' if refusal else ''}"


def written(one: Asked) -> dict[str, Any]:
    """Writes a question's answers for the file."""
    return {
        "id": one.item.id,
        **{name: encode(getattr(one, name)) for name in ("open", "closed", "removed", "contradicted")},
        "prior": one.prior,
    }


def _read(item: Question, data: Mapping[str, Any]) -> Asked:
    if data["id"] != item.id:
        raise ValueError(f"{record.FILE.name}: answers to {data['id']} where {item.id} should be")
    other = other_answer(item.question, item.answers[0], item.passage) if item.answers else ""
    removed, contradicted = (
        None if data[name] is None else decode(Answer, data[name]) for name in ("removed", "contradicted")
    )
    opened, closed = (decode(Answer, data[name]) for name in ("open", "closed"))
    return Asked(item, opened, closed, removed, contradicted, other, data["prior"])
