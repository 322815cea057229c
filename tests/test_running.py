import contextlib
import contextvars
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from playground import running
from playground.lab.bench import Bench, Progress
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.topic import AnyTopic
from playground.lab.validation import validate
from playground.running import Finished, Partial
from tests.fakes import NoModels, Result, Settings, Slow, make_topic, run


def events(topic: AnyTopic, cancelled: threading.Event | None = None, **values: object) -> Iterator[running.Event]:
    settings = validate(topic.settings, values, Language.EN)
    return running.events(topic, settings, lambda progress: NoModels(), cancelled)  # type: ignore[arg-type,return-value]


def wait_for(condition) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "did not happen within 10 s"
        time.sleep(0.01)


def failing(error: BaseException) -> AnyTopic:
    def fail(settings: Settings, bench: Bench) -> Iterator[Result]:
        yield Result()
        raise error

    return make_topic(run=fail)


def test_ends_with_the_whole_result_and_its_settings() -> None:
    *_, last = events(make_topic(), text="a cat", times=3)
    assert isinstance(last, Finished)
    assert last.settings.text == "a cat" and last.settings.b.quantization == "int8"
    assert last.result.findings.count == 5
    assert last.result.first is not None and last.result.counts is not None, "what came earlier is kept"
    assert (last.cost.forward_passes, last.cost.tokens) == (0, 0)


def test_shows_panels_and_progress_before_the_end() -> None:
    step = threading.Event()

    def wait(settings: Settings, bench: Bench) -> Iterator[Result]:
        for result in run(settings, bench):
            yield result
            assert step.wait(10)

    stream = events(make_topic(run=wait))
    seen = next(event for event in stream if isinstance(event, Partial))
    assert seen.result.first is not None and seen.result.counts is None
    step.set()
    kinds = [type(event) for event in stream]
    assert kinds[-1] is Finished


def test_a_reader_slower_than_the_lab_gets_the_newest_result() -> None:
    step = threading.Event()

    def many(settings: Settings, bench: Bench) -> Iterator[Result]:
        assert step.wait(10)
        for number in range(1000):
            bench.progress(number / 1000, Text(zh=f"第 {number} 步", en=f"step {number}"))
            yield Result(first=None)
        yield from run(settings, bench)

    stream = events(make_topic(run=many))
    assert next(stream) == running.WORKING
    step.set()
    wait_for(lambda: not any(thread.name == "lab-counting" for thread in threading.enumerate()))
    rest = list(stream)
    assert [type(event) for event in rest] == [Progress, Partial, Finished]
    assert rest[1].result == rest[2].result != Result()  # type: ignore[union-attr]


def test_a_reader_who_comes_later_sees_what_is_known_and_the_end() -> None:
    step, cancelled = threading.Event(), threading.Event()

    def wait(settings: Settings, bench: Bench) -> Iterator[Result]:
        first, *rest = run(settings, bench)
        yield first
        assert step.wait(10)
        yield from rest

    shared = running.Run(make_topic(run=wait), Settings(), lambda progress: NoModels())  # type: ignore[arg-type,return-value]
    early = shared.events(cancelled)
    assert any(isinstance(event, Partial) for event in early)
    late = shared.events(cancelled)
    seen = next(event for event in late if isinstance(event, Partial))
    assert seen.result.first is not None
    step.set()
    assert list(early)[-1] == list(late)[-1]
    assert shared.is_over and not shared.join()


def test_closing_the_stream_stops_the_lab_even_while_it_is_silent() -> None:
    slow = Slow()
    stream = events(make_topic(run=slow.run))
    assert any(isinstance(event, Partial) for event in stream)
    assert isinstance(next(stream), Progress)  # a heartbeat, so that a page can close between two events
    stream.close()  # type: ignore[attr-defined]
    wait_for(lambda: slow.stopped == ["Cancelled"])


def test_setting_the_event_stops_the_reader_and_the_lab() -> None:
    slow, cancelled = Slow(), threading.Event()
    stream = events(make_topic(run=slow.run), cancelled)
    next(stream)
    cancelled.set()
    with pytest.raises(Cancelled):
        for _ in stream:
            pass
    wait_for(lambda: slow.stopped == ["Cancelled"])


def test_a_lab_that_passes_its_time_limit_is_stopped_with_a_message() -> None:
    slow = Slow()
    with pytest.raises(PlaygroundError) as caught:
        list(events(make_topic(run=slow.run, seconds=0.2)))
    assert "0.2" in caught.value.message.zh and "0.2" in caught.value.message.en
    assert slow.stopped == ["OutOfTime"]


def test_a_lab_that_reaches_no_checkpoint_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "GRACE_SECONDS", 0.1)
    release = threading.Event()

    def stuck(settings: Settings, bench: Bench) -> Iterator[Result]:
        release.wait(30)
        yield Result()

    with pytest.raises(PlaygroundError, match="given up"):
        list(events(make_topic(run=stuck, seconds=0.1)))
    release.set()


def test_loading_models_is_not_counted_in_the_time_limit() -> None:
    def load(progress: Callable[[float, Text], None]) -> NoModels:
        progress(0.5, Text(zh="载入一半", en="half loaded"))
        time.sleep(0.6)
        return NoModels()

    first, *_, last = running.events(make_topic(seconds=0.5), Settings(), load)  # type: ignore[arg-type]
    assert isinstance(first, Progress) and first.text.en == "half loaded"
    assert isinstance(last, Finished)


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("secret detail"), AssertionError("secret detail"), SystemExit("secret detail")]
)
def test_a_bug_becomes_one_sentence_and_a_log_entry(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(PlaygroundError) as caught:
        list(events(failing(error)))
    assert "secret" not in caught.value.message.en + caught.value.message.zh
    assert "Traceback" in caplog.text and "raise error" in caplog.text and type(error).__name__ in caplog.text
    assert "secret" not in caplog.text, "a message may quote what a visitor wrote"
    number = caplog.records[0].getMessage().splitlines()[0].rsplit(" ", 1)[1]
    assert number in caught.value.message.en and number in caught.value.message.zh


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried …")]
)
def test_lack_of_memory_is_said_so(error: Exception) -> None:
    with pytest.raises(PlaygroundError, match="memory"):
        list(events(failing(error)))


@pytest.mark.parametrize("yielded", [(), (Result(),)], ids=["nothing", "no findings"])
def test_a_lab_that_ends_without_findings_is_a_bug(yielded: tuple[Result, ...]) -> None:
    with pytest.raises(PlaygroundError, match="inside"):
        list(events(make_topic(run=lambda settings, bench: iter(yielded))))


def test_the_lab_sees_the_context_of_its_caller() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    seen: list[str] = []

    def look(settings: Settings, bench: Bench) -> Iterator[Result]:
        seen.append(name.get())
        yield from run(settings, bench)

    name.set("caller")
    list(events(make_topic(run=look)))
    assert seen == ["caller"]


SECRET = "a visitor's words"


def quoting(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Fails with a message that quotes the text, as int() and re do, after another one."""
    yield Result()
    try:
        int(settings.text)
    except ValueError as error:
        raise KeyError(settings.text) from error


def refusing(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Refuses the text by quoting it."""
    yield Result()
    raise PlaygroundError(Text(zh=settings.text, en=settings.text), "text")


@pytest.mark.parametrize(
    ("topic", "ending"),
    [
        (make_topic(), "finished"),
        (make_topic(run=quoting), "failed"),
        (make_topic(run=refusing), "refused"),
        (make_topic(run=Slow().run, seconds=0.2), "out of time"),
        (make_topic(run=Slow().run), "cancelled"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_log_has_a_runs_topic_ending_and_seconds_and_nothing_of_its_text(
    topic: AnyTopic, ending: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "playground.running")
    stream = events(topic, text=SECRET)
    if ending == "cancelled":
        assert any(isinstance(event, Partial) for event in stream)
        stream.close()  # type: ignore[attr-defined]
    else:
        with contextlib.suppress(PlaygroundError):
            list(stream)

    def ends() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]

    wait_for(ends)
    (line,) = ends()
    assert re.fullmatch(rf"run [0-9a-f]{{8}} of counting {ending} after \d+\.\d s", line)
    assert SECRET not in caplog.text
    if ending == "failed":
        assert "ValueError\nwhich led to\nTraceback" in caplog.text and "KeyError" in caplog.text
