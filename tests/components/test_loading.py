from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from components import serving
from components.loading import PAUSE_SECONDS, Loading, State
from playground import catalog
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.variant import Variant


class Lm:
    name = "tiny"


def states(loading: Loading) -> list[str]:
    async def collect() -> list[str]:
        return [state["state"] async for state in loading.follow(Language.ZH)]

    # In a separate thread: the browser tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(asyncio.wait_for(collect(), 20))).result()


def test_loading_is_followed_until_ready() -> None:
    go = threading.Event()

    def warm(progress: object) -> Lm:
        progress(0.5, Text(zh="一半", en="half"))  # type: ignore[operator]
        go.wait(20)
        return Lm()

    loading = Loading(warm)
    loading.start()
    waiting = loading.wait(threading.Event())
    seen = [next(waiting)]
    while seen[-1].fraction != 0.5:
        seen.append(next(waiting))
    assert "一半" in seen[-1].shown(Language.ZH)["text"]
    go.set()
    assert states(loading)[-1] == "ready"
    assert loading.state.name == "tiny"


def test_a_failure_is_told_in_the_language_and_tried_again() -> None:
    failing = True

    def warm(progress: object) -> Lm:
        if failing:
            raise PlaygroundError(Text(zh="磁盘已满", en="the disk is full"))
        return Lm()

    loading = Loading(warm, pause=0.0)
    loading.start()
    assert states(loading)[-1] == "failed"
    assert "磁盘已满" in loading.state.shown(Language.ZH)["text"]
    assert "the disk is full" in loading.state.shown(Language.EN)["text"]
    failing = False
    list(loading.wait(threading.Event()))
    assert loading.state.ready


def test_a_bug_in_loading_shows_no_detail() -> None:
    def warm(progress: object) -> Lm:
        raise RuntimeError("secret")

    loading = Loading(warm)
    loading.start()
    assert states(loading)[-1] == "failed"
    assert "secret" not in str(loading.state)


def test_who_waits_can_be_stopped() -> None:
    release, cancelled = threading.Event(), threading.Event()
    loading = Loading(lambda progress: release.wait(20))
    waiting = loading.wait(cancelled)
    assert isinstance(next(waiting), State)
    cancelled.set()
    with pytest.raises(Cancelled):
        list(waiting)
    release.set()


def test_a_failed_loading_begins_anew_after_a_pause_and_not_at_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    now: list[float] = [0.0]
    tries: list[object] = []

    def warm(progress: object) -> Lm:
        tries.append(now[0])
        raise PlaygroundError(Text(zh="磁盘已满", en="the disk is full"))

    loading = Loading(warm, clock=lambda: now[0])
    monkeypatch.setattr(serving, "LOADING", loading)
    monkeypatch.setattr(catalog, "load_models", lambda progress: tries.append("again"))
    for moment in (0.0, 1.0, PAUSE_SECONDS - 1.0):
        now[0] = moment
        models = serving.load_models(lambda fraction, text: None)
        for ask in (models.get, models.writable):
            with pytest.raises(PlaygroundError, match="the disk is full"):
                ask(Variant(), "", lambda tokens: None, lambda fraction, text: None)  # type: ignore[call-arg,arg-type]
    assert tries == [0.0]
    now[0] = PAUSE_SECONDS + 1.0
    serving.load_models(lambda fraction, text: None)
    assert tries == [0.0, PAUSE_SECONDS + 1.0]
