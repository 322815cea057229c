"""Runs of the real labs, each computed once in a session of tests and replayed: the page's own desk on a folder of the session's.

Every process of `pytest -n` and every server that the tests start share the folder, so that a default run that one test computed is
drawn by another in the browser.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playground import catalog
from playground.desk import Desk
from playground.lab.text import Language
from playground.lab.topic import AnyTopic
from playground.lab.validation import validate
from playground.results import Entry, ResultStore
from playground.running import Event, Finished, Partial

# Where the session's results are; set by tests/conftest.py for this process and those that it starts.
VARIABLE = "PLAYGROUND_TEST_RESULTS"
MOST_BYTES = 2_000_000_000
# A text that must stay text: it is run here at the smallest numbers, and what came out is drawn in the browser.
HOSTILE = (
    "<img src=x onerror=window.hacked=1> 很好 ${1+1} {{1+1}} </textarea><script>window.hacked=1</script> \x00\u202e%s"
)


# Set to anything, every run is due: `make test EVERY=1`.
EVERY = "PLAYGROUND_EVERY_RUN"


@functools.cache
def _commit() -> int | None:
    """The commit's id as a number, from which it is drawn what is run; None where there is no git, or where every run was asked for."""
    if os.environ.get(EVERY):
        return None
    try:
        told = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(told.stdout, 16)


def every() -> bool:
    """Returns whether all runs are asked for."""
    return _commit() is None


def due(number: int) -> bool:
    """Returns whether the case of that number is run with this commit, which draws one half of them.

    All runs of thirty topics take two slow cores two hours.
    """
    commit = _commit()
    return commit is None or (number + commit) % 2 == 0


def chosen(number: int, count: int) -> bool:
    """Returns whether case `number` of `count` is the one that this commit draws."""
    commit = _commit()
    return commit is None or (commit // 4) % count == number


def spoken(number: int) -> tuple[Language, ...]:
    """Returns the language in which the topic of that number is run with this commit; both where every run is asked for."""
    commit, languages = _commit(), tuple(Language)
    return languages if commit is None else (languages[(number + commit // 2) % 2],)


class SessionStore(ResultStore):
    """Keeps every result on disk: in a session of tests no text is a visitor's."""

    def put(self, key: str, entry: Entry, *, on_disk: bool) -> None:
        super().put(key, entry, on_disk=True)


def session_store() -> SessionStore:
    """Returns the store of this session of tests."""
    return SessionStore(Path(os.environ[VARIABLE]), MOST_BYTES)


@functools.cache
def desk() -> Desk:
    """Returns this process's desk on the session's store."""
    return Desk(catalog.load_models, store=session_store(), identity=catalog.identity)


@functools.cache
def unhurried(slug: str) -> AnyTopic:
    """Returns a topic without its time limit: how long a run takes is the machine's, and a test is never timed."""
    return dataclasses.replace(catalog.find(slug), seconds=3600.0)


def settings_of(topic: AnyTopic, values: dict[str, Any], language: Language) -> Any:
    """Returns validated settings."""
    return validate(topic.settings, values, language)


def events(slug: str, values: dict[str, Any], language: Language, *, anew: bool = False) -> Iterator[Event]:
    """Yields a run: replayed where this session has computed it, unless it is asked for `anew`."""
    topic = unhurried(slug)
    return desk().events(topic, settings_of(topic, values, language), anew=anew)


def finish(slug: str, values: dict[str, Any], language: Language, *, anew: bool = False) -> Finished:
    """Returns a run at its end."""
    *_, last = events(slug, values, language, anew=anew)
    assert isinstance(last, Finished)
    return last


@functools.cache
def _known() -> dict[tuple[str, str], Any]:
    return {}


def findings_of(slug: str, values: dict[str, Any], language: Language) -> tuple[Any, Any]:
    """Returns settings and findings of a run, which ends as soon as they are known: what only draws isn't computed."""
    topic = unhurried(slug)
    settings = settings_of(topic, values, language)
    key = (slug, repr(settings))
    if key not in _known():
        stream = desk().events(topic, settings)
        for event in stream:
            if isinstance(event, (Partial, Finished)) and event.result.findings is not None:
                _known()[key] = event.result.findings
                break
        stream.close()  # type: ignore[attr-defined]
    return settings, _known()[key]
