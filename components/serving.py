"""The page's one desk: every run that a visitor or an HTTP client asks for goes through it. Knows no topic, no widget."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import NoReturn

from components import words
from components.loading import LOADING
from playground import catalog
from playground.desk import Desk
from playground.lab.bench import Models
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text


def load_models(progress: Callable[[float, Text], None]) -> Models:
    """Waits until the page's model is loaded, telling `progress` in words; a lab that needs it says why it can't be."""
    for state in LOADING.wait(threading.Event()):
        progress(state.fraction, words.LOADING.format(what=state.text))
    if LOADING.state.error is not None:
        return _Missing(LOADING.state.error)
    return catalog.load_models(progress)


class _Missing:
    """Models of a server that couldn't load its model: raises the reason at each request, and loads nothing anew."""

    def __init__(self, why: Text) -> None:
        self._why = why

    def get(self, *arguments: object) -> NoReturn:
        raise PlaygroundError(self._why)

    writable = get


@functools.cache
def desk() -> Desk:
    """Returns the desk of this process, made at the first call."""
    return Desk(load_models, store=catalog.result_store(), identity=catalog.identity, estimates=catalog.estimates())


def go_ahead(*, results: bool = True) -> None:
    """Starts to do, once the model is loaded, what visitors would else wait for: what first runs need, then `results` of first clicks.

    Results are computed while nobody waits. Ends with the process.
    """
    threading.Thread(target=_go_ahead, args=(results,), name="ahead", daemon=True).start()


def _go_ahead(results: bool) -> None:
    for _ in LOADING.wait(threading.Event()):
        pass
    # A run without a model would have it loaded again, and again for each of the curated settings.
    if LOADING.state.ready:
        catalog.prepare()
        if results:
            desk().work_ahead(catalog.topics(), threading.Event())
