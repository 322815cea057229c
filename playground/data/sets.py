"""Reads and validates the project's small data sets in Chinese and English from JSON Lines. Knows no model.

`reviews` reads a package's corpus, and `english_sentences` and `challenge` label sentiment as 0 and 1; here a record has
named fields and a label is a word. `sets/README.md` documents the sets and the file format.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from playground.data.spans import KINDS as ENTITY_KINDS
from playground.data.spans import Labelled, Span
from playground.lab.text import Language

FOLDER = Path(__file__).with_name("sets")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Question:
    """A question about a passage. `answers`: accepted answers, best first, each copied from the passage.

    Empty: the question is unanswerable from the passage, and abstaining is correct.
    """

    id: str
    passage: str
    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A labelled text of one of several tasks. A task's labels are single words that a model could generate."""

    id: str
    task: str
    text: str
    label: str


@dataclass(frozen=True)
class Document:
    """A document with a human-written summary."""

    id: str
    title: str
    text: str
    summary: str


@dataclass(frozen=True)
class Translation:
    """A short sentence. The record with the same id in the other language's file says the same."""

    id: str
    text: str


@dataclass(frozen=True)
class Review:
    """A fragment of a review. `domain`: hotel, book or computer. `label`: positive or negative."""

    id: str
    domain: str
    text: str
    label: str


@dataclass(frozen=True)
class Pair:
    """Two sentences and how similar they are in meaning: `grade` 0 (nothing in common) to 5 (the same)."""

    id: str
    first: str
    second: str
    grade: int


@dataclass(frozen=True)
class Contrast:
    """A sentence, a paraphrase of it in other words, and the sentence with one `change` (of CHANGES) that alters its meaning.

    `reworded`: the control of the change, the sentence with about as many characters edited and the same meaning.
    """

    id: str
    change: str
    text: str
    paraphrase: str
    reworded: str
    changed: str


@dataclass(frozen=True)
class Preference:
    """Two candidates for a reference sentence: `better` says the same in other words, `worse` differs in a few words and in meaning.

    `kind`: what the worse one changes: negation, number, entity or role (who does what to whom).
    """

    id: str
    kind: str
    reference: str
    better: str
    worse: str

    @property
    def longer(self) -> bool | None:
        """Returns whether the better one has more characters than the worse; None if both have the same number."""
        return None if len(self.better) == len(self.worse) else len(self.better) > len(self.worse)


@dataclass(frozen=True)
class Named:
    """A sentence with its named entities by kind, each as it is in the text, where it is once."""

    id: str
    text: str
    person: tuple[str, ...]
    place: tuple[str, ...]
    organisation: tuple[str, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """Returns the entities as character ranges, in order."""
        return tuple(
            sorted(
                Span(self.text.index(name), self.text.index(name) + len(name), kind)
                for kind in ENTITY_KINDS
                for name in getattr(self, kind)
            )
        )


CHANGES = ("negation", "number", "entity", "antonym", "role")
GRADES = range(6)
Record = Question | Example | Document | Translation | Review | Pair | Contrast | Preference | Named
KINDS: dict[str, type[Record]] = {
    "questions": Question,
    "examples": Example,
    "documents": Document,
    "translations": Translation,
    "alignment": Translation,
    "reviews": Review,
    "pairs": Pair,
    "contrasts": Contrast,
    "preferences": Preference,
    "entities": Named,
}
COUNTS = {
    "questions": 60, "examples": 80, "documents": 40, "translations": 150, "alignment": 100, "reviews": 480, "pairs": 60, "contrasts": 40,
    "preferences": 24, "entities": 64,
}  # fmt: skip
# The fields that are written in the set's language.
WORDS = (
    "passage", "question", "text", "title", "summary", "first", "second", "paraphrase", "reworded", "changed", "reference", "better", "worse",
)  # fmt: skip
R = TypeVar("R", bound=Record)


@functools.cache
def questions(language: Language | str) -> tuple[Question, ...]:
    """Returns 60 questions on 20 passages, three consecutive ones on each; a third is unanswerable."""
    return _load("questions", Question, language)


@functools.cache
def examples(language: Language | str) -> tuple[Example, ...]:
    """Returns 80 labelled texts, balanced over the labels of each task."""
    return _load("examples", Example, language)


@functools.cache
def documents(language: Language | str) -> tuple[Document, ...]:
    """Returns 40 documents with reference summaries."""
    return _load("documents", Document, language)


@functools.cache
def translations() -> tuple[tuple[str, str], ...]:
    """Returns 150 short sentences, each as (Chinese, English). No method was chosen or fitted on them."""
    return _by_id("translations")


@functools.cache
def alignment_pairs() -> tuple[tuple[str, str], ...]:
    """Returns 100 more short sentences, each as (Chinese, English), to fit rotations on; none is among `translations`."""
    return _by_id("alignment")


def _by_id(name: str) -> tuple[tuple[str, str], ...]:
    zh, en = ({record.id: record.text for record in _load(name, Translation, language)} for language in Language)
    return tuple((zh[key], en[key]) for key in zh)


@functools.cache
def english_reviews() -> tuple[Review, ...]:
    """Returns 480 English review fragments, balanced over three domains and two labels; Chinese ones are in `reviews`."""
    return _load("reviews", Review, Language.EN)


@functools.cache
def pairs(language: Language | str) -> tuple[Pair, ...]:
    """Returns 60 graded pairs of sentences, ten of each grade from 0 to 5."""
    return _load("pairs", Pair, language)


@functools.cache
def contrasts(language: Language | str) -> tuple[Contrast, ...]:
    """Returns 40 sentences with a paraphrase, a reworded and a changed sentence, eight of each kind of change."""
    return _load("contrasts", Contrast, language)


@functools.cache
def preferences(language: Language | str) -> tuple[Preference, ...]:
    """Returns 24 pairs of candidates with a reference, balanced over what the worse one changes and over which one is longer."""
    return _load("preferences", Preference, language)


@functools.cache
def entities(language: Language | str) -> tuple[Labelled, ...]:
    """Returns 64 sentences with their named entities; organisations of several words are labelled whole."""
    return tuple(Labelled(record.text, record.spans) for record in _load("entities", Named, language))


def languages_of(name: str) -> tuple[Language, ...]:
    """Returns the languages that a set has a file in."""
    return tuple(language for language in Language if file_of(name, language).exists())


def file_of(name: str, language: Language | str) -> Path:
    """Returns the path of a set, by its name in `KINDS` and its language."""
    return FOLDER / f"{name}.{Language(language)}.jsonl"


def _load(name: str, kind: type[R], language: Language | str) -> tuple[R, ...]:
    return tuple(read(file_of(name, language), kind))


def read(path: Path, kind: type[R]) -> list[R]:
    """Reads the records of a file. Raises ValueError with file, line and field of the first error."""
    records: list[R] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path.name}, line {number}"
        record = _record(line, kind, where)
        if record.id in lines:
            raise ValueError(f"{where}, field id: {record.id!r} is also that of line {lines[record.id]}")
        lines[record.id] = number
        records.append(record)
    return records


def _record(line: str, kind: type[R], where: str) -> R:
    try:
        values = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where}: no JSON: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{where}: not an object")
    fields = {item.name: str(item.type) for item in dataclasses.fields(kind)}
    for name in [*fields, *values]:
        if name not in values:
            raise ValueError(f"{where}, field {name}: missing")
        if name not in fields:
            raise ValueError(f"{where}, field {name}: {kind.__name__} has no such field")
    record = kind(**{name: _value(values[name], kind_of, f"{where}, field {name}") for name, kind_of in fields.items()})
    if isinstance(record, Question):
        for answer in record.answers:
            if answer not in record.passage:
                raise ValueError(f"{where}, field answers: {answer!r} isn't in the passage")
    if isinstance(record, Named):
        _check_names(record, where)
    return record


def _check_names(record: Named, where: str) -> None:
    for kind in ENTITY_KINDS:
        for name in getattr(record, kind):
            if record.text.count(name) != 1:
                raise ValueError(f"{where}, field {kind}: {name!r} occurs {record.text.count(name)} times in the text")
    for before, after in zip(record.spans, record.spans[1:], strict=False):
        if before.overlaps(after):
            raise ValueError(f"{where}, field {after.kind}: overlaps another entity")


def _value(value: Any, kind: str, where: str) -> Any:
    if kind == "str":
        return _text(value, where)
    if kind == "int":
        if type(value) is not int:
            raise ValueError(f"{where}: {value!r} is no whole number")
        return value
    if not isinstance(value, list):
        raise ValueError(f"{where}: {value!r} is no list")
    return tuple(_text(item, where) for item in value)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where}: {value!r} is no text")
    if not value or value != value.strip():
        raise ValueError(f"{where}: {value!r} is blank, or has space around it")
    return value


# ---- checks of whole sets


def complaints(name: str, language: Language | str) -> Iterator[str]:
    """Yields the errors of a whole set: size, language, duplicates and balance.

    Raises ValueError, as `read` does, if a single record is invalid.
    """
    path = file_of(name, language)
    records = read(path, KINDS[name])
    if len(records) != COUNTS[name]:
        yield f"{path.name}: {len(records)} records, not {COUNTS[name]}"
    chinese = Language(language) is Language.ZH
    for number, record in enumerate(records, 1):
        for field in WORDS:
            text = getattr(record, field, None)
            if text is not None and bool(_CHINESE.search(text)) != chinese:
                yield f"{path.name}, line {number}, field {field}: not in {Language(language).name}"
    seen: dict[tuple[str, ...], int] = {}
    for number, record in enumerate(records, 1):
        content = tuple(str(getattr(record, field.name)) for field in dataclasses.fields(record) if field.name != "id")
        if content in seen:
            yield f"{path.name}, line {number}: a copy of line {seen[content]}"
        seen.setdefault(content, number)
    yield from _of_questions(path.name, [record for record in records if isinstance(record, Question)])
    yield from _of_examples(path.name, [record for record in records if isinstance(record, Example)])
    yield from _of_documents(path.name, [record for record in records if isinstance(record, Document)])
    yield from _of_reviews(path.name, [record for record in records if isinstance(record, Review)])
    yield from _of_pairs(path.name, [record for record in records if isinstance(record, Pair)])
    yield from _of_contrasts(path.name, [record for record in records if isinstance(record, Contrast)])
    yield from _of_preferences(path.name, [record for record in records if isinstance(record, Preference)])


def _of_questions(file: str, records: Sequence[Question]) -> Iterator[str]:
    open_ones = sum(not record.answers for record in records)
    if open_ones * 3 != len(records):
        yield f"{file}: {open_ones} of {len(records)} can't be answered, not a third"


def _of_examples(file: str, records: Sequence[Example]) -> Iterator[str]:
    for task in dict.fromkeys(record.task for record in records):
        counts = Counter(record.label for record in records if record.task == task)
        if len(counts) < 2 or len(set(counts.values())) != 1:
            yield f"{file}, task {task}: labels aren't balanced: {dict(counts)}"


def _of_documents(file: str, records: Sequence[Document]) -> Iterator[str]:
    for number, record in enumerate(records, 1):
        if len(record.summary) >= len(record.text) / 2:
            yield f"{file}, line {number}, field summary: not shorter than half of the text"


def _of_reviews(file: str, records: Sequence[Review]) -> Iterator[str]:
    counts = Counter((record.domain, record.label) for record in records)
    if records and (len(counts) != 6 or len(set(counts.values())) != 1):
        yield f"{file}: domains and labels aren't balanced: {dict(counts)}"


def _of_pairs(file: str, records: Sequence[Pair]) -> Iterator[str]:
    counts = Counter(record.grade for record in records)
    if records and (set(counts) != set(GRADES) or len(set(counts.values())) != 1):
        yield f"{file}: grades 0 to 5 aren't balanced: {dict(counts)}"


def _of_contrasts(file: str, records: Sequence[Contrast]) -> Iterator[str]:
    counts = Counter(record.change for record in records)
    if records and (set(counts) != set(CHANGES) or len(set(counts.values())) != 1):
        yield f"{file}: kinds of change aren't balanced: {dict(counts)}"
    for number, record in enumerate(records, 1):
        if len({record.text, record.paraphrase, record.reworded, record.changed}) != 4:
            yield f"{file}, line {number}: two of its four sentences are the same"


def _of_preferences(file: str, records: Sequence[Preference]) -> Iterator[str]:
    counts = Counter(record.kind for record in records)
    if records and (len(counts) != 4 or len(set(counts.values())) != 1):
        yield f"{file}: kinds aren't balanced: {dict(counts)}"
    # Else a judge that prefers length would look like one that understands, or the other way round.
    for kind, count in counts.items():
        own = [record for record in records if record.kind == kind]
        longer, shorter = (sum(record.longer is way for record in own) for way in (True, False))
        if 2 * longer != count or 2 * shorter != count:
            yield f"{file}, kind {kind}: the better one should be longer in half of the pairs and shorter in the others: {longer}, {shorter}"
    for number, record in enumerate(records, 1):
        if len({record.reference, record.better, record.worse}) != 3:
            yield f"{file}, line {number}: two of the three sentences are equal"
