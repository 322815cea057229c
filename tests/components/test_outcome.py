from __future__ import annotations

import json
import shlex
from dataclasses import make_dataclass, replace
from typing import Any

import pytest

from components import outcome
from playground.cli import main
from playground.lab.bench import Cost
from playground.lab.panels import Bars, Metric, Metrics, Panel, Series, SideBySide, Table, panel
from playground.lab.text import Language, Text
from playground.lab.token_panels import Attribution
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


METRICS = Metrics(
    (Metric("ppl", 5.16, 7.74, unit="x", digits=1), Metric("none", None), Metric("ms", 3.0, measured=True))
)
TABLE = Table(
    (Text(zh="方法", en="method"), Text(zh="步数", en="steps"), "p", "note"),
    (("one", 4, 0.25, "no figure"), (Text(zh="二", en="two"), None, "0.5 [0.4, 0.6]", "int4"), ("three", 9, "−1.5", "")),
    highlight=(1,), digits=1,
)  # fmt: skip
LIME = Attribution("LIME", Text(zh="“正面”", en="“positive”"), 0.62, (), fit=0.93)
CHART = Bars(("a",), (Series("n", (1.0,)),))


def figures_of(leads: tuple[str, ...] = (), **panels: Panel) -> list[tuple[Any, ...]]:
    """Returns the figures of a topic whose result has these panels, as (row, name, A's value, B's value, unit, decimals)."""
    kind = make_dataclass("Result", [(name, type(one), panel(Text(zh=name, en=name))) for name, one in panels.items()])
    found = outcome.figures(make_topic(result=kind, leads=leads), kind(**panels))
    json.dumps(found)
    return [tuple(one[name] for name in ("of", "label", "a", "b", "unit", "digits")) for one in found]


def test_a_runs_figures_are_those_of_the_first_strip_that_leads() -> None:
    assert figures_of(chart=CHART, table=TABLE, figures=METRICS) == [
        ("", "ppl", 5.16, 7.74, "x", 1),
        ("", "ms", 3.0, None, "", 2),
    ]
    other = Metrics((Metric("other", 1.0),))
    assert [one[1] for one in figures_of(first=METRICS, second=other)] == ["ppl", "ms"]
    sides = SideBySide(Metrics((Metric("n", 6.0, digits=0), Metric("only A", 1.0))), Metrics((Metric("n", 12.0),)))
    assert figures_of(sides=sides) == [("", "n", 6.0, 12.0, "", 0), ("", "only A", 1.0, None, "", 2)]
    assert [one["measured"] for one in outcome.figures(*alone(METRICS))] == [False, True]


def alone(one: Panel) -> tuple[Any, Any]:
    """Returns a topic with one panel, and its result."""
    kind = make_dataclass("Result", [("only", type(one), panel(Text(zh="一", en="one")))])
    return make_topic(result=kind), kind(one)


def test_without_a_strip_they_are_a_tables_the_rows_of_these_settings_first() -> None:
    two, steps = {"zh": "二", "en": "two"}, {"zh": "步数", "en": "steps"}
    assert figures_of(chart=CHART, table=TABLE, lime=LIME) == [
        (two, "p", "0.5 [0.4, 0.6]", None, "", 1),
        ("one", steps, 4, None, "", 0),
        ("one", "p", 0.25, None, "", 1),
        ("three", steps, 9, None, "", 0),
        ("three", "p", "−1.5", None, "", 1),
    ]


def test_a_row_is_named_by_the_words_that_it_begins_with_and_no_two_figures_alike() -> None:
    rows = (
        ("topic", "alone", "0.8", 1),
        ("topic", Text(zh="一起", en="together"), "0.9", 2),
        ("topic", "alone", "0.7", 3),
    )
    named = figures_of(table=Table(("task", "method", "held out", "n"), rows))
    together = {"zh": "topic · 一起", "en": "topic · together"}
    assert [(of, label, a) for of, label, a, *_ in named] == [
        ("topic · alone", "held out", "0.8"), ("topic · alone", "n", 1),
        (together, "held out", "0.9"), (together, "n", 2),
    ]  # fmt: skip
    ranked = figures_of(table=Table(("rank", "chunk", "BM25"), (("1", "a text", 0.93), ("2", "another", 0.28))))
    assert [(of, a) for of, _, a, *_ in ranked] == [("1 · a text", 0.93), ("2 · another", 0.28)]


def test_without_a_table_they_are_what_an_attribution_explains() -> None:
    target, fit = {"zh": "“正面”", "en": "“positive”"}, "LIME R²"
    assert figures_of(chart=CHART, lime=LIME) == [("", target, 0.62, None, "", 2), ("", fit, 0.93, None, "", 2)]
    assert figures_of(lime=replace(LIME, value_label="log p", fit=None))[0][1]["en"] == "log p · “positive”"
    both = SideBySide(LIME, replace(LIME, value=0.4, fit=0.8))
    assert figures_of(lime=both) == [("", target, 0.62, 0.4, "", 2), ("", fit, 0.93, 0.8, "", 2)]


def test_a_folded_strip_comes_last_and_nothing_is_no_error() -> None:
    assert figures_of(("chart", "table"), chart=CHART, table=TABLE, figures=METRICS)[0][1] == "p"
    assert [one[1] for one in figures_of(("chart",), chart=CHART, table=TABLE, figures=METRICS)] == ["ppl", "ms"]
    assert figures_of(("chart",), chart=CHART, table=TABLE) == []
    assert figures_of(table=Table(("a", "b"), ())) == []


def test_a_visitors_long_text_is_cut_in_a_figure_and_no_more_than_six_are_kept() -> None:
    long = "<b>" + "长" * 500
    rows = tuple((f"{number}{long}", number, f"{number} {long}") for number in range(9))
    found = figures_of(table=Table(("text", long, Text(zh=long, en="short")), rows))
    assert len(found) == outcome.MOST_FIGURES
    assert max(len(str(part)) for one in found for part in one[:2]) <= 2 * outcome.LONGEST_NAME
    assert found[0][0] == f"0{long}"[: outcome.LONGEST_NAME - 1] + "…"
    assert found[0][1] == long[: outcome.LONGEST_NAME - 1] + "…"
    assert len(found[1][2]) == outcome.LONGEST_NAME


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
