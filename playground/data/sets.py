"""The project's own small sets in Chinese and English, read from JSON Lines and checked. Knows no model.

Beside it, `reviews` reads a package's corpus and `english_sentences` and `challenge` hold sentiment as 0 and 1; here a
record has named fields and a label is a word. `sets/README.md` says how the sets were made and how the files look.
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

from playground.lab.text import Language

FOLDER = Path(__file__).with_name("sets")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Question:
    """A question about a passage. `answers`: what counts as right, best first, each copied from the passage.

    No answers: the passage doesn't tell, and saying so is the right answer.
    """

    id: str
    passage: str
    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A text with its label in one of several tasks. A task's labels are single words that a model could write."""

    id: str
    task: str
    text: str
    label: str


@dataclass(frozen=True)
class Document:
    """A document with a summary that a person wrote."""

    id: str
    title: str
    text: str
    summary: str


Record = Question | Example | Document
KINDS: dict[str, type[Record]] = {"questions": Question, "examples": Example, "documents": Document}
COUNTS = {"questions": 60, "examples": 80, "documents": 40}
R = TypeVar("R", bound=Record)


@functools.cache
def questions(language: Language | str) -> tuple[Question, ...]:
    """60 questions on 20 passages, three on each in a row; a third has no answer in its passage."""
    return _load("questions", Question, language)


@functools.cache
def examples(language: Language | str) -> tuple[Example, ...]:
    """80 labelled texts; in each task every label has as many texts."""
    return _load("examples", Example, language)


@functools.cache
def documents(language: Language | str) -> tuple[Document, ...]:
    """40 documents with reference summaries."""
    return _load("documents", Document, language)


def file_of(name: str, language: Language | str) -> Path:
    """Where a set lies, by its name in `KINDS` and its language."""
    return FOLDER / f"{name}.{Language(language)}.jsonl"


def _load(name: str, kind: type[R], language: Language | str) -> tuple[R, ...]:
    return tuple(read(file_of(name, language), kind))


def read(path: Path, kind: type[R]) -> list[R]:
    """The records of a file. Raises ValueError that names file, line and field for the first thing that is wrong."""
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
                raise ValueError(f"{where}, field answers: {answer!r} doesn't stand in the passage")
    return record


def _value(value: Any, kind: str, where: str) -> Any:
    if kind == "str":
        return _text(value, where)
    if not isinstance(value, list):
        raise ValueError(f"{where}: {value!r} is no list")
    return tuple(_text(item, where) for item in value)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where}: {value!r} is no text")
    if not value or value != value.strip():
        raise ValueError(f"{where}: {value!r} is blank, or has space around it")
    return value


# ---- the sets as wholes


def complaints(name: str, language: Language | str) -> Iterator[str]:
    """What is wrong with a set as a whole: its size, its language, copies, and the balance of its kind.

    Raises ValueError, as `read` does, where a single record is at fault.
    """
    path = file_of(name, language)
    records = read(path, KINDS[name])
    if len(records) != COUNTS[name]:
        yield f"{path.name}: {len(records)} records, not {COUNTS[name]}"
    chinese = Language(language) is Language.ZH
    for number, record in enumerate(records, 1):
        for field in ("passage", "question", "text", "title", "summary"):
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
