"""What a run sends to the page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from components.lab_view import LEAST_SECONDS, _Shown, rest
from playground.lab.text import Language


class Drawing:
    """One component, whose value is the panel."""

    def __init__(self, component: str) -> None:
        self.components = (component,)

    def update(self, panel: Any) -> tuple[Any]:
        return (panel,)


def shown() -> _Shown:
    places = [SimpleNamespace(name=name, frame=f"frame {name}", drawing=Drawing(name)) for name in ("a", "b", "c")]
    return _Shown(SimpleNamespace(places=places, place="lab", language=Language.EN, status="status"))  # type: ignore[arg-type]


def result(**panels: Any) -> SimpleNamespace:
    return SimpleNamespace(**({"a": None, "b": None, "c": None} | panels))


def test_only_what_changes_is_sent_while_a_run_goes_on() -> None:
    page = shown()
    assert set(page.result(result(a=1))) == {"frame a", "a", "status"}
    assert set(page.result(result(a=1, b=2))) == {"frame b", "b", "status"}


def test_a_long_run_is_drawn_less_often_and_a_short_one_several_times_a_second() -> None:
    assert rest(0.0) == rest(2.0) == LEAST_SECONDS < 0.2
    assert rest(8.0) <= 0.5
    assert rest(60.0) == pytest.approx(3.0)


def test_the_end_of_a_run_sends_every_panel_and_hides_the_others() -> None:
    """Gradio may skip an update that another follows at once: on a busy page panels were missing in the end."""
    page = shown()
    page.result(result(a=1))
    updates = page.result(result(a=1, b=2), whole=True)
    assert (updates["a"], updates["b"]) == (1, 2)
    assert [updates[f"frame {name}"]["visible"] for name in ("a", "b", "c")] == [True, True, False]
