"""Counts what visitors of a load test met, and compares answers with those that were computed alone. Talks to no server."""

from __future__ import annotations

import json
import re
import statistics
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.comparison import Table, seconds
from components.presence import ADDRESS_IS_FULL, API_IS_FULL, PAGE_IS_FULL, PAGES_ARE_FULL
from components.words import QUEUE_FULL
from playground.lab.codec import without_measured
from playground.line import FULL

# What a server may say to visitors that it has no place for.
_FULL = [
    re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text.in_(language))))
    for text in (ADDRESS_IS_FULL, API_IS_FULL, PAGE_IS_FULL, PAGES_ARE_FULL, QUEUE_FULL, FULL)
    for language in ("zh", "en")
]


def is_refusal(said: str) -> bool:
    """Whether a message says that every place is taken."""
    return any(pattern.search(said) for pattern in _FULL)


def difference(alone: Mapping[str, Any], under_load: Mapping[str, Any]) -> str:
    """Names the part in which an answer differs from the same run's alone, "" where none does; times measured in a run may."""
    for part in ("settings", "findings", "result"):
        first, second = (
            json.dumps(without_measured(answer.get(part)), sort_keys=True) for answer in (alone, under_load)
        )
        if first != second:
            return part
    return ""


@dataclass
class Tally:
    """Visits by kind. Safe for threads. `errors`: what must not happen, in words; `longest_errors` of them are shown."""

    laps: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    errors: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    compared: int = 0
    different: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def served(self, kind: str, lap: float) -> None:
        """Notes a visit that got its answer after `lap` seconds."""
        with self._lock:
            self.laps[kind].append(lap)

    def refuse(self, kind: str) -> None:
        """Notes a visit for which there was no place."""
        with self._lock:
            self.refused[kind] += 1

    def fail(self, kind: str, why: str) -> None:
        """Notes a visit that got something else than an answer or a refusal."""
        with self._lock:
            self.errors[kind].append(why)

    def compare(self, name: str, alone: Mapping[str, Any], under_load: Mapping[str, Any]) -> None:
        """Compares an answer with the same run's alone."""
        part = difference(alone, under_load)
        with self._lock:
            self.compared += 1
            if part:
                self.different.append(f"{name}: {part}")

    @property
    def is_clean(self) -> bool:
        """Whether nothing failed and every answer was the one that is computed alone."""
        return not self.different and not any(self.errors.values())

    def table(self, title: str) -> Table:
        """Tabulates the visits, a row for each kind."""
        rows = []
        for kind in sorted({*self.laps, *self.refused, *self.errors}):
            laps, errors = self.laps.get(kind, []), self.errors.get(kind, [])
            rows.append((
                kind, str(len(laps) + self.refused.get(kind, 0) + len(errors)), str(self.refused.get(kind, 0)), str(len(errors)),
                seconds(statistics.median(laps)) if laps else "", seconds(max(laps)) if laps else "",
            ))  # fmt: skip
        notes = f"{self.compared} answers compared with the same run's alone, {len(self.different)} differ."
        bad = [*self.different, *(f"{kind}: {why}" for kind, all_ in self.errors.items() for why in all_)]
        shown = "".join(f"\n- {line}" for line in dict.fromkeys(bad[:10]))
        return Table(
            title, ("visit", "visits", "no place", "errors", "median", "longest"), tuple(rows), notes=notes + shown
        )
