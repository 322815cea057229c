"""The answer to the page about two runs: from cached results only, and a sentence where there is nothing."""

from __future__ import annotations

from typing import Any

import pytest

from components import comparing, words
from components.comparing import compare
from playground import catalog
from playground.desk import Desk
from playground.lab.errors import PlaygroundError
from playground.results import ResultStore
from tests.fakes import NoModels, make_topic

TOPIC = make_topic()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(lambda progress: NoModels(), store=ResultStore(None, 0))  # type: ignore[arg-type, return-value]
    monkeypatch.setattr(comparing, "desk", lambda: desk)
    monkeypatch.setattr(catalog, "topics", lambda: (TOPIC,))
    return desk


def run(desk: Desk, **settings: Any) -> None:
    for _ in desk.events(TOPIC, TOPIC.settings(**settings)):
        pass


def ask(now: str, earlier: str, language: str = "en") -> dict[str, Any]:
    return compare({"language": language, "now": f"#{TOPIC.slug}{now}", "earlier": f"#{TOPIC.slug}{earlier}"})


def test_the_values_of_two_cached_runs_are_compared(desk: Desk) -> None:
    run(desk, text="abc", times=2)
    run(desk, text="abcde", times=2)
    answer = ask("?text=abcde&times=2", "?text=abc&times=2")
    assert answer["said"] == "" and list(answer["panels"]) == ["counts"]
    assert "3" in str(answer["panels"]["counts"]) and "5" not in str(answer["panels"]["counts"])


def test_nothing_is_computed_for_a_comparison(desk: Desk) -> None:
    run(desk, text="abc")
    never = ask("?text=abc", "?text=never")
    assert never == {"panels": {}, "said": words.COMPARE_FORGOTTEN.en}
    assert ask("?text=never", "?text=abc", "zh")["said"] == words.COMPARE_NOW_FORGOTTEN.zh
    # A link that is no run's settings was never one.
    assert ask("?text=abc", "?text=")["said"] == words.COMPARE_FORGOTTEN.en
    assert not desk.is_remembered(TOPIC, TOPIC.settings(text="never"))


@pytest.mark.parametrize(
    "asked", [None, [], "x", {}, {"now": "#none", "earlier": "#none"}, {"now": {"a": 1}, "earlier": 5}]
)
def test_another_question_is_refused(desk: Desk, asked: Any) -> None:
    with pytest.raises(PlaygroundError):
        compare(asked)


def test_runs_of_two_topics_are_not_compared(desk: Desk) -> None:
    with pytest.raises(PlaygroundError):
        compare({"language": "en", "now": f"#{TOPIC.slug}", "earlier": "#other"})
