"""The numbers of a run of question answering: what was retrieved, read and answered, what supports it, and how the set fared."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import regex

from playground.evaluation.answers import ARTICLES
from playground.evaluation.selective import Answered
from playground.generation.end_marks import without_end_marks
from playground.statistics.intervals import Share
from playground.topics.question_answering.answering import Answer
from playground.topics.question_answering.retrieval import RRF_K, Recall
from playground.topics.question_answering.support import Sentence

# The readings of a question, in the order that they are shown.
KEPT, WHOLE, SHUT, REMOVED, CONTRADICTED = "kept", "whole", "closed", "removed", "contradicted"
READINGS = (KEPT, WHOLE, SHUT, REMOVED, CONTRADICTED)


@dataclass(frozen=True)
class Chunk:
    """A chunk of the passage, `text`. `bm25`, `cosine`: its scores; `bm25_rank`, `cosine_rank`: its ranks by them (1 is
    best). `rank`: by the retriever that was asked for. `words`: that it shares with the question. `kept`: whether the
    model read it.
    """

    text: str
    bm25: float
    bm25_rank: int
    cosine: float
    cosine_rank: int
    rank: int
    words: tuple[str, ...]
    kept: bool

    @property
    def fused(self) -> float:
        """Reciprocal rank fusion of both ranks."""
        return 1 / (RRF_K + self.bm25_rank) + 1 / (RRF_K + self.cosine_rank)


@dataclass(frozen=True)
class Reading:
    """An `answer` under one reading. `refused`: it says that the passage doesn't tell. `main`: log p, in nats, of the
    answer that this run is about under this reading; None where it is empty.
    """

    answer: Answer
    refused: bool
    main: float | None

    def withheld(self, threshold: float) -> bool:
        """Whether it isn't given: refused, empty, or less confident than the threshold."""
        return self.refused or not self.answer.text or self.answer.confidence < threshold


@dataclass(frozen=True)
class Scored:
    """The set's answerable questions under one reading. `exact`: how many answers match exactly; `f1`: mean F1 (0 to
    1), `low` to `high` its 95% bootstrap interval.
    """

    exact: Share
    f1: float
    low: float
    high: float


@dataclass(frozen=True)
class Signal:
    """A confidence on the set. `auroc`: how often a right answer has more of it than a wrong one (0 to 1); `aurc`: area
    under risk against coverage (0 to 1). Their 95% bootstrap intervals: `auroc_low` to `auroc_high`, `aurc_low` to
    `aurc_high`. The three of AUROC are None where all answers are right, or all wrong.
    """

    auroc: float | None
    auroc_low: float | None
    auroc_high: float | None
    aurc: float
    aurc_low: float
    aurc_high: float


@dataclass(frozen=True)
class OnTheSet:
    """`count` questions of the set, of which the first `live` were answered in this run and the others beforehand;
    `agreed`: how many of the live answers are as recorded, None without a record. `scores`: by reading (kept stands for
    the whole short passage).

    Of those that are right with the passage: `still`, how many answers stay the same without the sentence; `followed`,
    how many say what the contradicted passage says; `unmoved`, how many stay the same against it; each None where none
    is right. `refused_unanswerable`, `refused_answerable`: of these questions, how many the model refuses in words.
    `signals`: by name. `curve`: risk against coverage by confidence. `at`: at the threshold; `right`: of those answered
    there; `leaked`: of the unanswerable ones, those answered; `lost`: of the answerable ones, those withheld.
    `overall`: mean F1 of all (0 to 1), where withholding is right for the unanswerable (SQuAD 2.0), `overall_low` to
    `overall_high` its 95% bootstrap interval.
    """

    count: int
    live: int
    agreed: Share | None
    scores: dict[str, Scored]
    still: Share | None
    followed: Share | None
    unmoved: Share | None
    refused_unanswerable: Share
    refused_answerable: Share
    signals: dict[str, Signal]
    curve: tuple[Answered, ...]
    at: Answered
    leaked: Share
    lost: Share
    overall: float
    overall_low: float
    overall_high: float

    @property
    def right(self) -> Share | None:
        """How many of the answered ones are right; None where none is answered."""
        return Share.of(self.at.count - self.at.wrong, self.at.count) if self.at.count else None


@dataclass(frozen=True)
class Findings:
    """`language` of the question, in which it is asked (zh or en). `book`: open or closed. `threshold`: of confidence,
    0 to 1.

    `chunks`: in the passage's order. `readings`: by name, those there are. `support`: sentences of what was kept.
    `passage`: what they are ranges of. `other`: what contradicts the answer, "" where the answer isn't in what was
    kept. `recalls`: of the retrievers. `set`: how the project's questions fared.
    """

    language: str
    book: str
    threshold: float
    passage: str
    chunks: tuple[Chunk, ...]
    readings: dict[str, Reading]
    support: tuple[Sentence, ...]
    other: str
    recalls: tuple[Recall, ...]
    set: OnTheSet

    @property
    def main(self) -> Reading:
        """The answer that this run is about."""
        return self.readings[SHUT if self.book == "closed" else KEPT]

    @property
    def given(self) -> bool:
        """Whether it is given, at the threshold."""
        return not self.main.withheld(self.threshold)

    @property
    def strongest(self) -> Sentence | None:
        """The sentence that alone makes the answer likeliest, the first of equals."""
        return max(self.support, key=lambda one: one.alone, default=None)

    @property
    def kept(self) -> int:
        """How many chunks were kept."""
        return sum(chunk.kept for chunk in self.chunks)

    def same(self, reading: str) -> bool | None:
        """Whether a reading gives this run's answer; None where there is no such reading."""
        found = self.readings.get(reading)
        return None if found is None else same_answer(found.answer.text, self.main.answer.text)

    def recall(self, retriever: str, cutoff: int) -> Recall:
        """The recall of a retriever at a cutoff."""
        return next(one for one in self.recalls if (one.retriever, one.cutoff) == (retriever, cutoff))


def same_answer(a: str, b: str) -> bool:
    """Whether two answers are equal but for case, articles, brackets, quotation marks and a final full stop, comma or the like.

    SQuAD's normalization deletes all signs: C++ would be C#, and 3.5 would be 35.
    """
    return _compared(a) == _compared(b)


# Brackets and quotation marks, the straight one among them.
_MARKS = regex.compile(r'[\p{Ps}\p{Pe}\p{Pi}\p{Pf}"]')


# The closing one is an apostrophe too, as in Anna’s.
_SINGLE_QUOTES = regex.compile(r"‘(.+?)’(?!\p{L})")


def _compared(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _SINGLE_QUOTES.sub(r"\1", plain).replace("’", "'")
    # Marks first: a full stop may be inside the quotation.
    return " ".join(ARTICLES.sub(" ", without_end_marks(_MARKS.sub("", plain))).split())
