"""The drawings of sentiment: they show the findings' numbers."""

from __future__ import annotations

import pytest

from playground.explanation.attention import attention_panel
from playground.lab.text import Text, say
from playground.language.scripts import LANGUAGE_NAMES
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.sentiment import panels, record
from playground.topics.sentiment.change import as_typed, change
from playground.topics.sentiment.clauses import JudgedClause
from playground.topics.sentiment.methods import CATEGORIES, METHODS, PAIRED, Hits

PROBABILITIES = {"probe": (0.9, 0.1), "lexicon": (0.5, 0.2), "snownlp": (0.7, 0.8)}
# A count of its own in every cell.
COUNTED = {
    category: {"probe": Hits(row, 6, 6), "lexicon": Hits(row + 1, 6, 5), "snownlp": Hits(0, 6, 6)}
    for row, category in enumerate(CATEGORIES)
}
PAIRS = {category: {name: Hits(1, 3, 3) for name in ("probe", "lexicon", "snownlp")} for category in PAIRED}


def test_answers_stand_in_their_methods_row() -> None:
    table = panels.answers(PROBABILITIES, COUNTED)
    assert [row[0] for row in table.rows] == [METHODS[name] for name in PROBABILITIES]
    assert [(row[1], row[3]) for row in table.rows] == list(PROBABILITIES.values())
    assert [say(row[2], "en") for row in table.rows] == ["positive", "can't tell", "positive"]  # type: ignore[arg-type]
    # 0 + 1 + 2 + 3 + 4, and one more in each of five cells.
    assert [say(row[-1], "en") for row in table.rows] == ["10/30", "15/25, 5 abstained", "0/30"]  # type: ignore[arg-type]
    assert len(panels.answers(PROBABILITIES).columns) == len(table.columns) - 1
    assert "seen" in say(table.rows[2][5], "en") and "seen" not in say(table.rows[0][5], "en")  # type: ignore[arg-type]


def test_what_does_not_always_answer_has_its_coverage_beside_its_accuracy() -> None:
    rows = panels.answers(PROBABILITIES).rows
    assert say(rows[1][5], "en") == "82% [79%, 84%], answers 70%"  # type: ignore[arg-type]
    assert "answers" not in say(rows[0][5], "en")  # type: ignore[arg-type]


def test_bars_begin_at_one_half_so_that_no_answer_has_no_bar() -> None:
    a, b = panels.probabilities(PROBABILITIES).series
    assert a.values == pytest.approx((0.4, 0.0, 0.2))
    assert b.values == pytest.approx((-0.4, -0.3, 0.3))


def test_the_texts_are_marked_where_texts_of_their_probability_are() -> None:
    known = record.record().reliability
    drawn = panels.reliability(["好", "fine"], (0.95, 0.15))
    diagonal, chinese, english = drawn.lines
    assert (diagonal.x, diagonal.y) == ((0.0, 1.0), (0.0, 1.0))
    assert chinese.y == tuple(one.right / one.count for one in known["zh"].bins)
    assert english.x == tuple(one.confidence for one in known["en"].bins)
    a, b = drawn.marks
    assert (a.x, a.y) == (0.95, next(one.accuracy for one in known["zh"].bins if one.high == 1.0))
    assert (b.x, b.y) == (0.15, next(one.accuracy for one in known["en"].bins if one.low == 0.0))


def test_leakage_is_seen_minus_unseen_and_not_told_of_what_saw_both() -> None:
    known = record.record()
    rows = {say(row[0], "en"): row for row in panels.leakage().rows}  # type: ignore[arg-type]
    points = 100 * (known.seen["bayes"].accuracy - known.accuracies["bayes"]["zh"].accuracy)
    assert rows["naive Bayes"][3] == f"{points:+.1f}"
    assert rows["SnowNLP"][3] == "–"
    assert "seen" in say(rows["SnowNLP"][2], "en")  # type: ignore[arg-type]


def test_hard_sentences_by_kind_with_pairs_and_sums() -> None:
    table = panels.challenge(COUNTED, PAIRS)
    assert [row[1] for row in table.rows] == ["0/6", "1/6", "2/6", "1/3", "3/6", "4/6", "1/3", "10/30"]
    assert [say(row[2], "en") for row in table.rows] == [  # type: ignore[arg-type]
        "1/5, 1 abstained", "2/5, 1 abstained", "3/5, 1 abstained", "1/3", "4/5, 1 abstained", "5/5, 1 abstained", "1/3",
        "15/25, 5 abstained",
    ]  # fmt: skip


def test_clauses_of_both_texts() -> None:
    beside = panels.by_clause(
        [(JudgedClause("好", None, 0.9, 0.7),), (JudgedClause("坏", "room", 0.1, 0.3),)], as_typed("坏")
    )
    assert beside.a.rows[0][:4] == ("好", "–", 0.9, 0.7)
    assert beside.b.rows[0][:4] == ("坏", Text(zh="房间", en="room"), 0.1, 0.3)


def test_both_sides_open_one_head(tiny_lm: LanguageModel) -> None:
    a, b = attention_panel(tiny_lm, "A fine day"), attention_panel(tiny_lm, "坏")
    beside = panels.attention(a, b, as_typed("坏"))
    assert beside.a == a
    assert (beside.b.layer, beside.b.head) == (a.layer, a.head)
    assert beside.b.pieces == b.pieces


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_both_texts_are_shown_with_what_was_done(language: str) -> None:
    shown = say(panels.two_texts("服务很好", change("服务很好", "negation")).text, language)
    assert "服务很好" in shown and "服务不好" in shown and "“很”" in shown


def test_what_the_probe_learnt_from_is_what_its_training_reported() -> None:
    report, known = sentiment.load().report, record.record().accuracies["probe"]["en"].accuracy
    expected = (report["chinese_alone"]["english"]["accuracy"], known, report["unseen_domains"]["accuracy"])
    assert known == report["held_out"]["english"]["accuracy"]
    assert [str(row[2]).split(" ")[0] for row in panels.learned_from().rows] == [f"{value:.0%}" for value in expected]


def test_the_table_says_how_often_the_probe_is_right_inside_the_band() -> None:
    band = sentiment.load().report["held_out"]["chinese"]["undecided"]
    said = panels.answers(PROBABILITIES).caveat
    assert said is not None
    for text in (said.zh, said.en):
        assert f"{band['accuracy_inside']:.0%}" in text and f"{band['accuracy_outside']:.0%}" in text
        assert str(band["from"]) in text and str(band["to"]) in text
