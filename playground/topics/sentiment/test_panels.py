"""The drawings of sentiment: they show the findings' numbers."""

from __future__ import annotations

import pytest

from playground.lab.text import Text, say
from playground.models.language_model import LanguageModel
from playground.topics.sentiment import panels
from playground.topics.sentiment.change import as_typed, change
from playground.topics.sentiment.clauses import JudgedClause
from playground.topics.sentiment.methods import CATEGORIES, LANGUAGES, METHODS, Hits

PROBABILITIES = {"probe": (0.9, 0.1), "lexicon": (0.5, 0.2), "snownlp": (0.7, 0.8)}
# A count of its own in every cell.
COUNTED = {
    language: {
        category: {"probe": Hits(row, 6), "lexicon": Hits(row + 1, 6), "snownlp": Hits(0, 6)}
        for row, category in enumerate(CATEGORIES)
    }
    for language in LANGUAGES
}


def test_answers_stand_in_their_methods_row() -> None:
    table = panels.answers(PROBABILITIES, COUNTED)
    assert [row[0] for row in table.rows] == [METHODS[name] for name in PROBABILITIES]
    assert [(row[1], row[3]) for row in table.rows] == list(PROBABILITIES.values())
    assert [say(row[2], "en") for row in table.rows] == ["positive", "can't tell", "positive"]  # type: ignore[arg-type]
    # Two languages: 2 × (0 + 1 + 2 + 3 + 4), and one more in each of ten cells.
    assert [row[-1] for row in table.rows] == ["20/60", "30/60", "0/60"]
    assert len(panels.answers(PROBABILITIES).columns) == len(table.columns) - 1
    assert "seen" in say(table.rows[2][5], "en") and "seen" not in say(table.rows[0][5], "en")  # type: ignore[arg-type]


def test_bars_have_a_series_for_each_text() -> None:
    a, b = panels.probabilities(PROBABILITIES).series
    assert (a.values, b.values) == ((0.9, 0.5, 0.7), (0.1, 0.2, 0.8))


def test_hard_sentences_by_language_and_kind_with_their_sums() -> None:
    table = panels.challenge(COUNTED, "好")
    assert len(table.rows) == 2 * (len(CATEGORIES) + 1)
    assert [row[2] for row in table.rows[:6]] == ["0/6", "1/6", "2/6", "3/6", "4/6", "10/30"]
    assert [row[3] for row in table.rows[6:]] == ["1/6", "2/6", "3/6", "4/6", "5/6", "15/30"]
    assert table.highlight == (0, 1, 2, 3, 4, 5)
    assert panels.challenge(COUNTED, "fine").highlight == (6, 7, 8, 9, 10, 11)


def test_clauses_of_both_texts() -> None:
    beside = panels.by_clause(
        [(JudgedClause("好", None, 0.9, 0.7),), (JudgedClause("坏", "room", 0.1, 0.3),)], as_typed("坏")
    )
    assert beside.a.rows[0][:4] == ("好", "–", 0.9, 0.7)
    assert beside.b.rows[0][:4] == ("坏", Text(zh="房间", en="room"), 0.1, 0.3)


def test_attention_on_equal_texts_is_equal_and_both_sides_open_one_head(tiny_lm: LanguageModel) -> None:
    equal = panels.attention(tiny_lm, "A fine day", as_typed("A fine day"))
    assert equal.a == equal.b
    other = panels.attention(tiny_lm, "A fine day", as_typed("坏"))
    assert (other.a.layer, other.a.head) == (other.b.layer, other.b.head)


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_texts_are_shown_with_what_was_done(language: str) -> None:
    shown = say(panels.two_texts("服务很好", change("服务很好", "negation")).text, language)
    assert "服务很好" in shown and "服务不好" in shown and "“很”" in shown
