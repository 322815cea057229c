"""Estimates how long a run will take here, learns from runs that have ended, and refuses those that would take too long.

An estimate is the topic's own formula (its cost.py) at the reference pace, times a correction: the median ratio of truth to estimate of
the topic's last runs on this machine; of all topics' last runs where the topic has none. Knows no topic and no page.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from playground.lab.cost import REFERENCE, Work
from playground.lab.limits import LONGEST_SECONDS, refusal
from playground.lab.topic import AnyTopic
from playground.results import write_whole

# Runs that a correction is the median of: the topic's own, and those of all topics.
OWN_RUNS, ALL_RUNS = 5, 15
# A run as short as this says more of the clock than of the pace (seconds, by formula).
TOO_SHORT = 0.05
FORMAT = 1


class Estimates:
    """Estimates runs, and learns. Safe for threads. `path`: where what was learned is kept, None for nowhere: ratios, nothing of a visitor's."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        # Truth by formula, of each topic's formula as it is now, and of all in the order of their end; the newest last.
        self._own: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=OWN_RUNS))
        self._all: deque[float] = deque(maxlen=ALL_RUNS)
        self._read()

    def seconds(self, topic: AnyTopic, settings: Any) -> float:
        """Returns how long a run is expected to take on this machine, in seconds."""
        return by_formula(topic, settings) * self._correction(_formula_of(topic))

    def learn(self, topic: AnyTopic, settings: Any, seconds: float) -> None:
        """Takes note of how long a run took."""
        expected = by_formula(topic, settings)
        if expected < TOO_SHORT:
            return
        with self._lock:
            self._own[_formula_of(topic)].append(seconds / expected)
            self._all.append(seconds / expected)
            data = {
                "format": FORMAT,
                "all": list(self._all),
                "own": {name: list(own) for name, own in self._own.items()},
            }
        if self._path is not None:
            with contextlib.suppress(OSError):  # a full disk forgets
                write_whole(self._path, json.dumps(data).encode())

    def check(self, topic: AnyTopic, settings: Any) -> None:
        """Raises PlaygroundError, naming the field that costs most and the way out, for a run that would take too long.

        That is one of more than `LONGEST_SECONDS` by formula, whatever the machine; and one that this machine, at the pace of its last
        runs, would not end before the topic's time limit.
        """
        error = refusal(topic.settings, settings, lambda other: by_formula(topic, other), LONGEST_SECONDS)
        if error is None:
            pace = self._correction()
            error = refusal(topic.settings, settings, lambda other: pace * by_formula(topic, other), topic.seconds)
        if error is not None:
            raise error

    def _correction(self, formula: str = "") -> float:
        with self._lock:
            known = self._own.get(formula) or self._all
            return median(known) if known else 1.0

    def _read(self) -> None:
        """Takes up what an earlier process learned; what can't be read counts as nothing."""
        if self._path is None:
            return
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            data = json.loads(self._path.read_bytes())
            if data["format"] == FORMAT:
                own = {str(name): [float(ratio) for ratio in ratios] for name, ratios in data["own"].items()}
                self._all.extend(float(ratio) for ratio in data["all"])
                for name, ratios in own.items():
                    self._own[name].extend(ratios)


def by_formula(topic: AnyTopic, settings: Any) -> float:
    """Returns the seconds of a run at the reference pace."""
    return REFERENCE.seconds_of(topic.cost(settings))


def _formula_of(topic: AnyTopic) -> str:
    """Names a topic and its formula: what was learned of another formula says nothing of this one."""
    return f"{topic.slug} {_digest(topic.cost)}"


@functools.cache
def _digest(cost: Callable[[Any], Work]) -> str:
    return hashlib.sha256(f"{REFERENCE} {inspect.getsource(cost)}".encode()).hexdigest()[:16]
