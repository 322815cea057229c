"""Where every request for a run arrives: remembered, refused as too long, shared with an equal one, or computed in its turn. Knows no page.

While the line is empty, the curated settings of every topic are computed one by one, so that their first click is cached too.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from playground.estimates import Estimates
from playground.lab.bench import Cost
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language
from playground.lab.timing import Stopwatch
from playground.lab.topic import AnyTopic, Example
from playground.lab.validation import validate
from playground.line import GIVE_WAY_SECONDS, Line
from playground.results import Entry, ResultStore, key_of
from playground.running import Event, Finished, LoadModels, Run, new_id, note, where
from playground.source import fingerprint

log = logging.getLogger(__name__)

# Between two looks at whether somebody is in line, and after a visitor's run before the spare time is used.
REST_SECONDS = 1.0
NICENESS = 10
# What a click adds to a result, such as a struck word, is expected to take this long in the line.
SEQUEL_SECONDS = 1.0
# Builds the models that labs see; no topic imports it, and every number depends on it.
MODELS_MODULE = "playground.models.variants"


@dataclass(frozen=True)
class Curated:
    """Settings that the project itself chose: a topic's default (`is_default`), an example or a failure."""

    topic: AnyTopic
    settings: Any
    is_default: bool = False


def curated(topic: AnyTopic) -> tuple[Curated, ...]:
    """Returns the default, the examples and the failures of a topic in both languages, each once, the defaults first."""
    found: dict[str, Curated] = {}
    for case in (Example(topic.title, {}), *topic.examples, *topic.failures):
        for language in Language:
            settings = validate(topic.settings, case.in_(language), language)
            found.setdefault(repr(settings), Curated(topic, settings, is_default=not case.values))
    return tuple(found.values())


class Desk:
    """Serves runs. `store` None: no cache; `identity`: what numbers depend on besides code and settings, None if unknown.

    `estimates`: how long runs take here, kept beside the results.
    """

    def __init__(
        self,
        models: LoadModels,
        line: Line | None = None,
        store: ResultStore | None = None,
        identity: Callable[[], Mapping[str, str] | None] = dict,
        estimates: Estimates | None = None,
    ) -> None:
        self._models, self.line, self._store, self._identity = models, line or Line(), store, identity
        self.estimates = estimates or Estimates()
        self._lock = threading.Lock()
        self._under_way: dict[str, Run] = {}
        self._curated: dict[str, frozenset[str]] = {}

    def events(
        self,
        topic: AnyTopic,
        settings: Any,
        cancelled: threading.Event | None = None,
        *,
        anew: bool = False,
        visitor: str = "",
    ) -> Iterator[Event]:
        """Yields a run as it happens, ending with Finished: immediately if cached, unless `anew`.

        `visitor`: who asks, one of whose runs is in the line at a time. Raises PlaygroundError for a run that fails or would take too
        long, LineFull; Cancelled once `cancelled` is set.
        """
        cancelled, watch = cancelled or threading.Event(), Stopwatch()
        key = self.key(topic, settings)
        remembered = None if anew else self.remembered(topic, settings, key)
        if remembered is not None:
            note(new_id(), topic, "remembered", watch.seconds())
            yield remembered
            return
        base = None if anew else self._base_of(topic, settings)
        if base is None:
            try:
                self.estimates.check(topic, settings)
            except PlaygroundError:
                note(new_id(), topic, "refused", watch.seconds())
                raise
        run = self._join(topic, settings, key, visitor=visitor, before=base)
        yield from run.events(cancelled, joined=True)

    def remembered(self, topic: AnyTopic, settings: Any, key: str | None) -> Finished | None:
        """Returns the run of `key` as it was computed earlier; None where it wasn't, or can't be read."""
        entry = self._store.get(key) if self._store is not None and key else None
        if entry is None:
            return None
        try:
            result, cost = decode(topic.result, entry.result), decode(Cost, entry.cost)
        except (TypeError, KeyError, ValueError):
            return None
        return Finished(settings, result, cost, entry.computed, remembered=True)

    def panels(self, topic: AnyTopic, settings: Any, names: Collection[str]) -> dict[str, Any] | None:
        """Returns some panels of a cached run by name, those that it has; None where it isn't cached. Decoding all of a result takes
        longer by ten times."""
        key = self.key(topic, settings)
        entry = self._store.get(key) if self._store is not None and key else None
        if entry is None:
            return None
        try:
            found = {
                item.name: decode(item.type, entry.result[item.name]) for item in topic.panels if item.name in names
            }
        except (TypeError, KeyError, ValueError):
            return None
        return {name: panel for name, panel in found.items() if panel is not None}

    def is_remembered(self, topic: AnyTopic, settings: Any) -> bool:
        """Returns whether a run would be given at once."""
        key = self.key(topic, settings)
        return self._store is not None and key is not None and key in self._store

    def example(self, topic: AnyTopic, language: Language) -> Finished | None:
        """Returns a remembered run of the topic's default in a language, else of other curated settings; None where there is none."""
        default = validate(topic.settings, {}, language)
        for settings in (default, *(case.settings for case in curated(topic))):
            found = self.remembered(topic, settings, self.key(topic, settings))
            if found is not None:
                return found
        return None

    def key(self, topic: AnyTopic, settings: Any) -> str | None:
        """Returns the key of a run, of everything that its Result depends on; None where that isn't known."""
        identity = self._identity() if self._store is not None else None
        if identity is None:
            return None
        return key_of({
            "slug": topic.slug, "settings": encode(settings), "identity": dict(identity),
            "code": [fingerprint(module) for module in (topic.run.__module__, MODELS_MODULE)],
        })  # fmt: skip

    def _base_of(self, topic: AnyTopic, settings: Any) -> Any:
        """Returns the cached Result that these settings' clicks add to; None where there are none, or nothing is cached."""
        base = topic.base(settings)
        found = self.remembered(topic, base, self.key(topic, base)) if base != settings else None
        return None if found is None else found.result

    def is_curated(self, topic: AnyTopic, settings: Any) -> bool:
        """Returns whether the project chose these settings, so that nothing of a visitor's is in them."""
        if topic.slug not in self._curated:
            self._curated[topic.slug] = frozenset(repr(case.settings) for case in curated(topic))
        return repr(settings) in self._curated[topic.slug]

    def _join(
        self,
        topic: AnyTopic,
        settings: Any,
        key: str | None,
        spare: bool = False,
        visitor: str = "",
        before: Any = None,
    ) -> Run:
        """Joins the equal run that is under way, or starts one. `before`: see `Run`."""
        with self._lock:
            run = self._under_way.get(key) if key else None
            if run is None or not run.join():
                seconds = SEQUEL_SECONDS if before is not None else self.estimates.seconds(topic, settings)
                turn = partial(self.line.turn, seconds=seconds, owner=visitor)
                run = Run(
                    topic, settings, self._models, before=before,
                    finished=lambda finished: self._ended(topic, finished, key, whole=before is None),
                    **({"niceness": NICENESS} if spare else {"turn": turn}),
                )  # fmt: skip
                run.join()
                self._under_way = {other: one for other, one in self._under_way.items() if not one.is_over}
                if key:
                    self._under_way[key] = run
            return run

    def _ended(self, topic: AnyTopic, finished: Finished, key: str | None, *, whole: bool) -> None:
        """`whole`: whether all of the result was computed, so that its cost can be compared with the estimate."""
        if whole:
            self.estimates.learn(topic, finished.settings, finished.cost.seconds)
        self._remember(topic, finished, key)

    def _remember(self, topic: AnyTopic, finished: Finished, key: str | None) -> None:
        if self._store is None or not key:
            return
        try:
            entry = Entry(encode(finished.result), encode(finished.cost), finished.computed)
        except (TypeError, ValueError) as error:
            log.error("a result of %s is no plain data\n%s", topic.slug, where(error))
            return
        self._store.put(key, entry, on_disk=self.is_curated(topic, finished.settings))

    # ---- while the line is empty

    def work_ahead(self, topics: Sequence[AnyTopic], stopped: threading.Event) -> None:
        """Computes what isn't remembered of the curated settings, whenever the line is empty, until all are or `stopped` is set.

        A visitor who joins the line cancels the current run; it is restarted later. One that fails is skipped.
        """
        waiting = deque(in_order(topics))
        while waiting and not stopped.wait(REST_SECONDS):
            while waiting and not stopped.is_set() and self._compute_ahead(waiting[0]):
                waiting.popleft()

    def _compute_ahead(self, case: Curated) -> bool:
        """Returns whether a case is done with; False when somebody is in line."""
        key = self.key(case.topic, case.settings)
        if self._store is None or key is None or key in self._store:
            return True
        with self.line.spare() as interrupted:
            if interrupted is None:
                return False
            try:
                run = self._join(case.topic, case.settings, key, spare=True)
                for _ in run.events(interrupted, joined=True, heartbeat=GIVE_WAY_SECONDS / 4):
                    pass
            except Cancelled:
                return False
            except PlaygroundError as error:
                log.warning("%s was not computed ahead: %s", case.topic.slug, error)
        return True


def in_order(topics: Sequence[AnyTopic]) -> list[Curated]:
    """Returns the curated settings of all topics: every topic's defaults first, then the others."""
    by_topic = [curated(topic) for topic in topics]
    defaults = [case for cases in by_topic for case in cases if case.is_default]
    return defaults + [case for cases in by_topic for case in cases if not case.is_default]
