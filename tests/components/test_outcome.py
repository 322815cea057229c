from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from components import outcome
from playground.cli import main
from playground.lab.bench import Cost
from playground.lab.text import Language, Text
from playground.lab.topic import Failure, Outcome, Prediction
from playground.lab.validation import validate
from tests.fakes import Findings, Settings, make_topic


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (214, "214"), (999, "999"), (5_120, "5.1k"), (9_960, "10k"), (42_400, "42k"), (1_300_000, "1.3M")],
)
def test_counts_are_short(count: int, shown: str) -> None:
    assert outcome.compact(count) == shown


def test_the_cost_line() -> None:
    assert outcome.cost_line(Cost(3.14, 214, 5_120), Language.ZH) == "3.1 秒 · 前向 214 次 · 5.1k 词元"
    assert "no forward pass" in outcome.cost_line(Cost(0.2, 0, 0), Language.EN)


CHOICE = Prediction(
    Text(zh="？", en="?"),
    lambda settings, found: Outcome("x", Text(zh="证据", en="evidence")),
    (("x", "X"), ("y", "Y")),
)
NUMBER = Prediction(
    Text(zh="？", en="?"), lambda settings, found: Outcome(100.0, Text(zh="证据", en="evidence")), tolerance=0.1
)


@pytest.mark.parametrize(
    ("prediction", "guess", "right"),
    [(CHOICE, "x", True), (CHOICE, "y", False), (CHOICE, None, None), (NUMBER, "109", True), (NUMBER, "111", False),
     (NUMBER, "", None), (NUMBER, "many", False), (NUMBER, 95, True)],
)  # fmt: skip
def test_a_guess_is_scored(prediction: Prediction, guess: object, right: bool | None) -> None:
    shown = outcome.scored(prediction, guess, Settings(), Findings(3), Language.EN)
    assert (shown["right"], shown["text"]) == (right, "evidence")


def test_a_run_of_a_failures_settings_says_whether_it_was_seen() -> None:
    many = Failure(
        Text(zh="多", en="many"),
        {"text": Text(zh="三个字", en="many letters")},
        expect=Text(zh="超过 5 个", en="more than 5"),
        seen=lambda settings, found: found.count > 5,
    )
    loud = Failure(
        Text(zh="响", en="loud"), {"loud": True}, expect=Text(zh="大写", en="capitals"), seen=lambda *run: True
    )
    topic = make_topic(failures=(loud, many))
    english, chinese = (validate(Settings, many.in_(language), language) for language in (Language.EN, Language.ZH))
    assert outcome.confirmed(topic, english, Findings(12)) == {"1": True}
    assert outcome.confirmed(topic, chinese, Findings(3)) == {"1": False}
    assert outcome.confirmed(topic, replace(english, times=3), Findings(12)) == {}


def test_a_run_that_cannot_tell_scores_nothing() -> None:
    silent = replace(CHOICE, outcome=lambda settings, found: None)
    assert outcome.scored(silent, "x", Settings(), Findings(3), Language.ZH) == {"right": None, "lead": "", "text": ""}


@pytest.mark.parametrize("language", list(Language))
def test_the_command_line_gives_the_same_settings_back(language: Language) -> None:
    topic = make_topic()
    given = {
        "text": "it's “mine” $HOME\n好",
        "share": 0.25,
        "loud": True,
        "b.quantization": "none",
        "a.pruning": "wanda",
    }
    settings = validate(Settings, given, language)
    words = shlex.split(outcome.command_line(topic, settings, language))
    assert words[:5] == ["python", "-m", "playground", "run", "counting"]
    assignments = dict(words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "--set")
    assert assignments.keys() == given.keys()
    assert ("--language" in words) == (language is Language.EN)
    assert validate(Settings, assignments, language) == settings


def test_the_command_line_is_one_that_the_program_takes(capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(outcome.command_line(make_topic(slug="no-such-topic"), Settings(), Language.EN))
    assert main(words[3:]) == 2
    assert "no topic" in capsys.readouterr().err
