"""A click to a stream of events: validates, runs a lab in a worker thread, ends it when told; knows no topic and no page."""

from __future__ import annotations

import contextvars
import logging
import queue
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playground import allocator
from playground.lab.bench import Bench, Cost, Models, Progress
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.timing import Stopwatch
from playground.lab.topic import Topic
from playground.lab.validation import validate

log = logging.getLogger(__name__)

# A reader is never kept waiting longer than this, so that closing the stream takes effect while the lab is silent.
HEARTBEAT_SECONDS = 0.25
# How long past its limit a lab may go without a checkpoint before the reader gives up on it.
GRACE_SECONDS = 5.0

WORKING = Progress(0.0, Text(zh="正在计算", en="Working"))


@dataclass(frozen=True)
class Partial:
    """A Result of which some panels may still be None."""

    result: Any


@dataclass(frozen=True)
class Finished:
    """The whole Result, the settings that gave it and what it cost."""

    settings: Any
    result: Any
    cost: Cost


@dataclass(frozen=True)
class _Failed:
    error: Exception


Event = Progress | Partial | Finished
# Gives the models, and tells how far it is; called in the worker, so it may take its time.
LoadModels = Callable[[Callable[[float, Text], None]], Models]


def events(
    topic: Topic,
    values: Mapping[str, Any],
    language: Language,
    models: LoadModels,
    cancelled: threading.Event | None = None,
) -> Iterator[Event]:
    """What happens in a run of `topic`, as it happens; the last event is Finished.

    Raises PlaygroundError at the call for values that can't be taken, and from the iterator for a run that fails;
    Cancelled once `cancelled` is set. Closing the iterator cancels the run. A reader slower than the lab gets the
    newest Result and progress, not every one. The time that `models` takes is not counted in the topic's limit.
    """
    settings: Any = validate(topic.settings, values, language)
    return _read(topic, settings, models, cancelled or threading.Event())


def _read(topic: Topic, settings: Any, models: LoadModels, cancelled: threading.Event) -> Iterator[Event]:
    inbox: queue.SimpleQueue[Event | _Failed] = queue.SimpleQueue()
    deadline = _Deadline(topic.seconds)
    context = contextvars.copy_context()
    worker = threading.Thread(
        target=context.run, args=(_work, topic, settings, models, cancelled, deadline, inbox.put),
        name=f"lab-{topic.slug}", daemon=True,
    )  # fmt: skip
    progress = WORKING
    worker.start()
    try:
        while True:
            for event in _newest(inbox) or (progress,):
                if cancelled.is_set():
                    raise Cancelled
                if isinstance(event, _Failed):
                    raise event.error
                if isinstance(event, Progress):
                    progress = event
                yield event
                if isinstance(event, Finished):
                    return
            if deadline.missed():
                raise deadline.error()
    finally:
        cancelled.set()


def _newest(inbox: queue.SimpleQueue[Event | _Failed]) -> tuple[Event | _Failed, ...]:
    """What has come since the last look, older progress and older Results left out; empty when nothing came in time."""
    newest: dict[type, Event | _Failed] = {}
    try:
        event = inbox.get(timeout=HEARTBEAT_SECONDS)
        while True:
            newest.pop(type(event), None)
            newest[type(event)] = event
            event = inbox.get_nowait()
    except queue.Empty:
        return tuple(newest.values())


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
        return PlaygroundError(
            Text(
                zh="运行超过了 {limit} 秒的时限，已放弃。请缩短文本，或减少词元数、样本数。",
                en="The run passed its limit of {limit} seconds and was given up. Shorten the text, or ask for fewer tokens or samples.",
            ).format(limit=f"{self._seconds:g}")
        )


def _work(
    topic: Topic,
    settings: Any,
    models: LoadModels,
    cancelled: threading.Event,
    deadline: _Deadline,
    tell: Callable[[Event | _Failed], None],
) -> None:
    """The worker: the lab from its first line to its last, and every way that it may end."""

    def loading(fraction: float, text: Text) -> None:
        if cancelled.is_set():
            raise Cancelled
        tell(Progress(fraction, text))

    try:
        bench = Bench(models(loading), listener=tell, cancelled=cancelled, seconds=topic.seconds)
        deadline.start()
        result = None
        for result in topic.run(settings, bench):
            bench.checkpoint()
            tell(Partial(result))
        if result is None:
            raise RuntimeError(f"{topic.slug} yielded no Result")
        tell(Finished(settings, result, bench.cost))
    except (PlaygroundError, Cancelled) as error:
        tell(_Failed(error))
    except BaseException as error:  # noqa: BLE001 - any bug of a lab or a library becomes one sentence and a log entry
        tell(_Failed(internal_error(error)))
    finally:
        allocator.give_back()


def internal_error(error: BaseException) -> PlaygroundError:
    """One clear sentence for an exception that nobody foresaw; its traceback goes to the log under the same number."""
    if isinstance(error, MemoryError) or "allocate memory" in str(error) or "out of memory" in str(error).lower():
        log.error("out of memory", exc_info=error)
        return PlaygroundError(
            Text(
                zh="内存不够，这次运行已停止。请缩短文本，或减少样本数、束数后再试。",
                en="There was not enough memory and the run was stopped. Try a shorter text, or fewer samples or beams.",
            )
        )
    number = secrets.token_hex(3)
    log.error("internal error %s", number, exc_info=error)
    return PlaygroundError(
        Text(
            zh="程序内部出错（编号 {number}），这次运行没有结果，详情已写入服务器日志。其他运行不受影响。",
            en="Something went wrong inside (number {number}); this run has no result. The server's log has the details, and other runs are not affected.",
        ).format(number=number)
    )
