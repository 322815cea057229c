"""What the public endpoint answers when there is no place for another run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components import endpoints
from components.presence import ADDRESS_IS_FULL, API_IS_FULL, PAGE_IS_FULL, PAGES_ARE_FULL, api_owner, page_owner
from components.words import QUEUE_FULL
from playground import catalog
from playground.lab.text import Language
from playground.line import FULL, Line, LineFull
from playground.running import Finished
from tests.fakes import NoModels, make_topic


class FullDesk:
    """A desk whose line is full. `example`: what is remembered."""

    def __init__(self, example: Finished | None) -> None:
        self.line, self._example = Line(), example

    def events(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        raise LineFull(FULL, 16, 42.0)

    def example(self, topic: Any, language: Language) -> Finished | None:
        return self._example

    def is_remembered(self, topic: Any, settings: Any) -> bool:
        return False


@pytest.mark.parametrize("language", list(Language), ids=str)
def test_in_a_full_line_a_call_is_told_when_to_come_back_and_gets_the_remembered_example(
    monkeypatch: pytest.MonkeyPatch, language: Language
) -> None:
    topic = make_topic()
    monkeypatch.setattr(catalog, "_entries", lambda: (catalog.Entry(topic, Path()),))
    *_, kept = catalog.events(topic, topic.settings(), models=NoModels())  # type: ignore[arg-type]
    assert isinstance(kept, Finished)
    request: Any = SimpleNamespace(session_hash="s", client=SimpleNamespace(host="1.2.3.4"))
    for example in (None, kept):
        monkeypatch.setattr(endpoints, "desk", lambda example=example: FullDesk(example))
        answer = endpoints.run("counting", {"text": "mine"}, language, request=request)
        said = answer["error"]["message"]
        assert ("about 40 s" if language is Language.EN else "约 40 秒后") in said
        assert set(answer) == ({"error"} if example is None else {"error", "example"})
    assert answer["example"]["findings"] == {"count": len(topic.settings().text)}
    assert answer["example"]["language"] == language


@pytest.mark.parametrize("ready", [False, True])
def test_calls_take_turns_by_their_address_and_ask_for_nothing_that_measures_a_model_that_loads(
    monkeypatch: pytest.MonkeyPatch, ready: bool
) -> None:
    """A call's session is its own: by it, a script's calls would be as many visitors."""
    visitors: list[str] = []
    keys: list[Any] = []

    class AskedDesk(FullDesk):
        def events(self, *arguments: Any, visitor: str, **options: Any) -> Iterator[Any]:
            visitors.append(visitor)
            return super().events()

        def key(self, topic: Any, settings: Any) -> str:
            keys.append(settings)
            return "key"

    topic = make_topic()
    monkeypatch.setattr(catalog, "_entries", lambda: (catalog.Entry(topic, Path()),))
    monkeypatch.setattr(endpoints, "desk", lambda: AskedDesk(None))
    monkeypatch.setattr(endpoints, "LOADING", SimpleNamespace(state=SimpleNamespace(ready=ready)))
    for session in "ab":
        request: Any = SimpleNamespace(session_hash=session, client=SimpleNamespace(host="1.2.3.4"))
        assert "error" in endpoints.run("counting", {}, "en", request=request)
    assert visitors == [api_owner("1.2.3.4")] * 2 and page_owner("1.2.3.4") not in visitors
    assert bool(keys) is ready


def test_every_way_to_be_full_says_when() -> None:
    for message in (FULL, API_IS_FULL, ADDRESS_IS_FULL, PAGE_IS_FULL, PAGES_ARE_FULL, QUEUE_FULL):
        error = LineFull(message, 8, 5.0)
        assert "about 5 s" in error.message.en and "约 5 秒" in error.message.zh
