"""Runs a lab in a worker thread and streams its events to its readers; cancels it when there are none. Knows no topic and no page."""

from __future__ import annotations

import contextlib
import contextvars
import logging
import os
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from playground import allocator
from playground.lab.bench import Bench, Cost, Models, Progress
from playground.lab.errors import Cancelled, OutOfTime, PlaygroundError
from playground.lab.panels import merged
from playground.lab.text import Text
from playground.lab.timing import Stopwatch
from playground.lab.topic import AnyTopic

log = logging.getLogger(__name__)

# A reader is never kept waiting longer than this, so that closing the stream takes effect while the lab is silent.
HEARTBEAT_SECONDS = 0.25
# How long past its limit a lab may go without a checkpoint before the reader gives up on it.
GRACE_SECONDS = 5.0

# Whether the log may quote an exception's message. On the command line, where a quoted text is the reader's own; never on a server.
QUOTING = contextvars.ContextVar("QUOTING", default=False)

# How the names of the threads begin that labs run in.
WORKER = "lab-"

WORKING = Progress(0.0, Text(zh="正在计算", en="Working"))


@dataclass(frozen=True)
class Waiting:
    """The run is in line; `ahead` others come first, and its turn is expected in so many `seconds`."""

    ahead: int
    seconds: float = 0.0


@dataclass(frozen=True)
class Partial:
    """What is known so far: some panels, and the findings, may still be None."""

    result: Any


@dataclass(frozen=True)
class Finished:
    """The whole Result, the settings that gave it and what it cost.

    `computed`: when, in seconds since the epoch. `remembered`: it was computed earlier, for this request's settings.
    """

    settings: Any
    result: Any
    cost: Cost
    computed: float
    remembered: bool = False


Event = Waiting | Progress | Partial | Finished
# Loads the models and reports progress; called in the worker, so it may be slow.
LoadModels = Callable[[Callable[[float, Text], None]], Models]
# Waits for a run's turn, telling how many are ahead and the expected seconds, and holds it.
TakeTurn = Callable[[threading.Event, Callable[[int, float], None]], AbstractContextManager[None]]


def at_once(cancelled: threading.Event, tell: Callable[[int, float], None]) -> AbstractContextManager[None]:
    """Returns a turn that is granted immediately."""
    return nullcontext()


def events(
    topic: AnyTopic, settings: Any, models: LoadModels, cancelled: threading.Event | None = None
) -> Iterator[Event]:
    """Runs the lab of `topic` and yields what happens, as it happens; the last event is Finished.

    Raises PlaygroundError for a run that fails; Cancelled once `cancelled` is set. Closing the iterator cancels the run. A
    reader slower than the lab gets the newest Result and progress, not every one. The time that `models` takes is not
    counted in the topic's limit.
    """
    yield from Run(topic, settings, models).events(cancelled or threading.Event())


def await_workers(seconds: float) -> None:
    """Waits, so long at most, until no lab is under way: one that was cancelled ends the processes that it has started."""
    end = time.monotonic() + seconds
    for thread in threading.enumerate():
        if thread.name.startswith(WORKER):
            thread.join(max(0.0, end - time.monotonic()))


class Run:
    """A lab in its own worker thread, with any number of readers; it is cancelled when the last of them leaves.

    `turn`: waits until it may compute. `finished`: hears the end of a run that succeeded, in the worker. `niceness`: added to the
    worker's (Linux), so that other work goes first. `before`: the Result that the topic's sequel adds to, if it is known already.
    """

    def __init__(
        self,
        topic: AnyTopic,
        settings: Any,
        models: LoadModels,
        turn: TakeTurn = at_once,
        finished: Callable[[Finished], None] = lambda finished: None,
        niceness: int = 0,
        before: Any = None,
    ) -> None:
        self.cancelled = threading.Event()
        self._topic, self._settings, self._models = topic, settings, models
        self._turn, self._finished, self._niceness, self._before = turn, finished, niceness, before
        self._deadline = _Deadline(topic.seconds)
        self._id = new_id()
        self._changed = threading.Condition()
        # The newest event of each kind, with its number in the order of arrival.
        self._newest: dict[type, tuple[int, Event | _Failed]] = {}
        self._told = 0
        self._readers = 0
        self._worker: threading.Thread | None = None

    @property
    def is_over(self) -> bool:
        """Returns whether the run has ended or lost its last reader, so that no reader can join."""
        return self.cancelled.is_set() or bool(self._newest.keys() & {Finished, _Failed})

    def join(self) -> bool:
        """Counts a reader in, and starts the worker with the first; False when the run is over. `events` of a joined run leaves it."""
        with self._changed:
            if self.is_over:
                return False
            self._readers += 1
            if self._worker is None:
                self._worker = threading.Thread(
                    target=contextvars.copy_context().run,
                    args=(self._work,),
                    name=f"{WORKER}{self._topic.slug}",
                    daemon=True,
                )
                self._worker.start()
            return True

    def leave(self) -> None:
        """Counts a reader out."""
        with self._changed:
            self._readers -= 1
            if not self._readers:
                self.cancelled.set()

    def events(
        self, cancelled: threading.Event, *, joined: bool = False, heartbeat: float = HEARTBEAT_SECONDS
    ) -> Iterator[Event]:
        """Yields what happens, to one reader; see the function `events`. `cancelled` is looked at every `heartbeat` seconds."""
        if not joined and not self.join():
            raise Cancelled
        heard = 0
        progress: Event = WORKING
        try:
            while True:
                news = self._since(heard, heartbeat)
                for number, event in news or [(heard, progress)]:
                    heard = number
                    if cancelled.is_set():
                        raise Cancelled
                    if isinstance(event, _Failed):
                        raise event.error
                    if isinstance(event, (Progress, Waiting)):
                        progress = event
                    yield event
                    if isinstance(event, Finished):
                        return
                if self._deadline.missed():
                    raise self._deadline.error()
        finally:
            self.leave()

    def _since(self, heard: int, seconds: float) -> list[tuple[int, Event | _Failed]]:
        """Returns the events since number `heard`, only the newest of each kind; empty after a timeout."""
        with self._changed:
            if self._told == heard:
                self._changed.wait(seconds)
            return sorted((at for at in self._newest.values() if at[0] > heard), key=lambda at: at[0])

    def _tell(self, event: Event | _Failed) -> None:
        with self._changed:
            self._told += 1
            self._newest[type(event)] = (self._told, event)
            if not isinstance(event, Waiting):
                self._newest.pop(Waiting, None)
            self._changed.notify_all()

    def _loading(self, fraction: float, text: Text) -> None:
        if self.cancelled.is_set():
            raise Cancelled
        self._tell(Progress(fraction, text))

    def _work(self) -> None:
        """Runs the lab from its first line to its last, and turns every way that it may end into an event."""
        watch, ending = Stopwatch(), "finished"
        try:
            if self._niceness:
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._niceness)
            with self._turn(self.cancelled, lambda ahead, seconds: self._tell(Waiting(ahead, seconds))):
                models = self._models(self._loading)
                finished = self._compute(models)
            self._finished(finished)
            self._tell(finished)
        except (PlaygroundError, Cancelled) as error:
            ending = (
                "cancelled"
                if isinstance(error, Cancelled)
                else "out of time"
                if isinstance(error, OutOfTime)
                else "refused"
            )
            self._tell(_Failed(error))
        except BaseException as error:  # noqa: BLE001 - any bug of a lab or a library becomes one sentence and a log entry
            ending = "failed"
            self._tell(_Failed(internal_error(error)))
        finally:
            note(self._id, self._topic, ending, watch.seconds())
            allocator.give_back()

    def _compute(self, models: Models) -> Finished:
        topic = self._topic
        bench = Bench(models, listener=self._tell, cancelled=self.cancelled, seconds=topic.seconds)
        self._deadline.start()
        result = None
        for new in topic.results(self._settings, bench, self._before):
            bench.checkpoint()
            result = merged(result, new)
            self._tell(Partial(result))
        if result is None or result.findings is None:
            raise RuntimeError(f"{topic.slug} ended without findings")
        return Finished(self._settings, result, bench.cost, time.time())


@dataclass(frozen=True)
class _Failed:
    error: Exception


class _Deadline:
    """When the reader gives up on a lab that reaches no checkpoint. Loading models before the run doesn't count."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watch: Stopwatch | None = None

    def start(self) -> None:
        self._watch = Stopwatch()

    def missed(self) -> bool:
        return self._watch is not None and self._watch.seconds() > self._seconds + GRACE_SECONDS

    def error(self) -> PlaygroundError:
        return OutOfTime(
            Text(
                zh="运行超过了 {limit} 秒的时限，已放弃。请缩短文本，或减少词元数、样本数。",
                en="The run passed its limit of {limit} seconds and was given up. Shorten the text, or ask for fewer tokens or samples.",
            ).format(limit=f"{self._seconds:g}")
        )


def new_id() -> str:
    """Returns the name of a run in the log."""
    return secrets.token_hex(4)


def note(run: str, topic: AnyTopic, ending: str, seconds: float) -> None:
    """Writes the log line of a run that has ended. Nothing of a visitor's: neither texts nor settings."""
    log.info("run %s of %s %s after %.1f s", run, topic.slug, ending, seconds)


def where(error: BaseException) -> str:
    """Returns the traceback of an exception and of those that led to it, by file, line and type: a message may quote a visitor's text."""
    parts: list[str] = []
    before: BaseException | None = error
    while before is not None:
        frames = "".join(
            f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n    {frame.line}\n'
            for frame in traceback.extract_tb(before.__traceback__)
        )
        parts.insert(0, f"Traceback (most recent call last):\n{frames}{type(before).__name__}")
        before = before.__cause__ or (None if before.__suppress_context__ else before.__context__)
    return "\nwhich led to\n".join(parts)


def _account(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).rstrip() if QUOTING.get() else where(error)


def internal_error(error: BaseException) -> PlaygroundError:
    """Describes an unexpected exception in one sentence; where it came from is logged under the same number."""
    if isinstance(error, MemoryError) or "allocate memory" in str(error) or "out of memory" in str(error).lower():
        log.error("out of memory\n%s", _account(error))
        return PlaygroundError(
            Text(
                zh="内存不够，这次运行已停止。请缩短文本，或减少样本数、束数后再试。",
                en="There was not enough memory and the run was stopped. Try a shorter text, or fewer samples or beams.",
            )
        )
    number = secrets.token_hex(3)
    log.error("internal error %s\n%s", number, _account(error))
    return PlaygroundError(
        Text(
            zh="程序内部出错（编号 {number}），这次运行没有结果，详情已写入服务器日志。其他运行不受影响。",
            en="Something went wrong inside (number {number}); this run has no result. The server's log has the details, and other runs are not affected.",
        ).format(number=number)
    )
