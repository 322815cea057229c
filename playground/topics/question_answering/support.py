"""Finds what in a passage supports an answer: sentence by sentence, by what each alone and its absence do, and the matching span.

A sentence that makes the answer likely by itself is sufficient; one without which it becomes unlikely is necessary (DeYoung et al.
2020, ERASER). Knows no retriever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from playground.evaluation.answers import answer_units
from playground.evaluation.overlap import token_f1
from playground.topics.question_answering.chunking import Range, read_together, without

# Each sentence alone is a short prompt; without it, all the others are read again.
MOST_ALONE, MOST_WITHOUT = 40, 4
_UNITS = regex.compile(r"\p{Han}|(?:(?!\p{Han})[\p{L}\p{N}\p{M}])+(?:['’:.,-](?:(?!\p{Han})[\p{L}\p{N}\p{M}])+)*")


@dataclass(frozen=True)
class Span:
    """`range`: the characters of the passage that match an answer best; `f1`: their F1 with it (0 to 1)."""

    range: Range
    f1: float


@dataclass(frozen=True)
class Sentence:
    """A sentence of what was read, at `range` of the passage. `alone`: log p of the answer with it as the whole
    passage. `fall`: how far log p falls when it is removed, None where that wasn't computed. Both in nats. `span`: what
    in it matches the answer, None where nothing does.
    """

    range: Range
    alone: float
    fall: float | None
    span: Span | None


def matching_span(passage: str, sentence: Range, answer: str) -> Span | None:
    """Returns the run of words (Chinese characters) in a sentence with the highest F1 with the answer; of equal ones the first, shortest."""
    text, wanted = sentence.of(passage), answer_units(answer)
    units = list(_UNITS.finditer(text))
    best: tuple[float, int, int] | None = None
    for start in range(len(units)):
        for length in range(1, min(2 * len(wanted) + 1, len(units) - start) + 1):
            own = answer_units(text[units[start].start() : units[start + length - 1].end()])
            f1 = token_f1(own, wanted) if own else 0.0
            if f1 > 0 and (best is None or f1 > best[0]):
                best = (f1, start, length)
    if best is None:
        return None
    f1, start, length = best
    first, last = units[start], units[start + length - 1]
    return Span(Range(sentence.start + first.start(), sentence.start + last.end()), f1)


def chosen_sentences(passage: str, parts: Sequence[Range], question: str, answer: str) -> list[Range]:
    """Returns the sentences that are tried alone: where there are too many, those with most words of question and answer."""
    wanted = set(answer_units(question)) | set(answer_units(answer))
    order = sorted(range(len(parts)), key=lambda at: -len(wanted & set(answer_units(parts[at].of(passage)))))
    return [parts[at] for at in sorted(order[:MOST_ALONE])]


def support(
    passage: str, kept: Sequence[Range], parts: Sequence[Range], answer: str, score: Callable[[list[str]], list[float]]
) -> list[Sentence]:
    """Scores sentences of what was kept. `score`: log p of the answer for texts. The strongest alone are removed in turn, too."""
    own = [part.of(passage) for part in parts]
    alone = score(own) if own else []
    order = sorted(range(len(parts)), key=lambda at: -alone[at])[:MOST_WITHOUT]
    texts = [read_together(passage, without(kept, parts[at])) for at in order]
    whole, *removed = score([read_together(passage, kept), *texts]) if order else [0.0]
    falls = {at: whole - value for at, value in zip(order, removed, strict=True)}
    return [
        Sentence(part, alone[at], falls.get(at), matching_span(passage, part, answer)) for at, part in enumerate(parts)
    ]
