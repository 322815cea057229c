"""The panels draw the findings."""

from __future__ import annotations

from playground.lab.text import Text
from playground.statistics.intervals import Share
from playground.topics.classification import panels
from playground.topics.classification.findings import METHODS, Learned, Spoiled
from playground.topics.classification.pasted_lines import read_lines
from playground.topics.classification.test_interview import SUSPECT, by_hand, method

PASTED = "\n".join(f"{label}\ttext {n} of {label}" for n in range(8) for label in "ab")


def test_every_accuracy_has_its_interval_and_its_n() -> None:
    found = by_hand()
    drawn = panels.scores(found.methods, found.plain, found.majority, found.curve, read_lines(PASTED))
    assert len(drawn.rows) == len(METHODS) + 2 and drawn.caveat is None
    assert drawn.rows[2][1:3] == ("80% [71%, 87%]", 100) and drawn.rows[2][4] == "70% [60%, 78%]"
    assert drawn.rows[-1][1] == "60% [50%, 69%]"
    assert drawn.highlight == (0, 1, 2, 3)
    for row in panels.abstained(found).rows:
        assert "[" in str(row[2]) and row[3] == 80
    for row in panels.pairs(found.gaps).rows:
        assert row[2] == "8 [0, 10]" and row[3] == 100
    assert all(line.low and line.high for line in (*panels.curve(found.curve).lines, *panels.coverage(found).lines))


def test_what_is_left_out_is_said() -> None:
    assert panels.left_out(read_lines(PASTED)) is None
    said = panels.left_out(read_lines(PASTED + "\na\ttext 0 of a\nc\tonce\nb\ttext 0 of a\na\t" + "x" * 500))
    assert said is not None
    cut = panels.left_out(read_lines(PASTED), (2, 1))
    assert (
        cut is not None
        and "first 48 tokens of an example and 128 of a text it asks about; cut: 2 examples, 1 line" in cut.en
    )
    assert "截短了 2 个示例、1 行" in cut.zh
    for part in ("Repeated lines left out: 1.", "left out: c.", "first 400 characters are read: 1", "another label: 2"):
        assert part in said.en


def test_suspects_are_listed_to_a_limit_and_what_was_spoiled_is_counted() -> None:
    drawn = panels.suspects([SUSPECT] * 40, Spoiled(Share.of(6, 12), Share.of(6, 9)))
    assert len(drawn.rows) == panels.MOST_SUSPECTS and drawn.caveat is not None
    assert "first 30 of 40" in drawn.caveat.en and "(6/12)" in drawn.caveat.en and "(6/9)" in drawn.caveat.en
    empty = panels.suspects([], None)
    assert empty.rows == () and empty.caveat is not None and empty.caveat.en == "No line is suspect."


def test_confusion_is_coloured_by_row_and_written_as_counts() -> None:
    drawn = panels.confusion(method(80))
    assert drawn.texts == (("60", "0"), ("20", "20")) and drawn.values == ((1.0, 0.0), (0.5, 0.5))
    drawn = panels.by_class(method(80))
    rows = drawn.rows
    assert rows[1][0] == "b" and str(rows[1][2]).startswith("50% [") and rows[1][4] == 40
    # 20 of 20 guesses of b are right, 60 of 80 of a.
    assert rows[0][1] == panels.percent(Share.of(60, 80)) and rows[1][1] == panels.percent(Share.of(20, 20))
    assert [row[3][:4] for row in rows] == ["0.86", "0.67", "0.76", "0.80", "0.78"]  # type: ignore[index]
    # Each figure has its interval; the micro-average is accuracy.
    assert all("[" in str(cell) for row in rows for cell in row[1:4])
    assert rows[3][1] == rows[3][2] == panels.percent(method(80).accuracy)
    assert drawn.caveat is None


def test_a_class_that_is_never_predicted_is_said_to_count_as_precision_0() -> None:
    # 60 lines of a, 40 of b, all taken for a.
    drawn = panels.by_class(method(60))
    assert drawn.rows[1][1] == "–" and str(drawn.rows[2][1]).startswith("30% [")
    assert drawn.caveat is not None and "precision 0 in the macro" in drawn.caveat.en


def test_cost_counts_the_prompt_and_its_price() -> None:
    found = by_hand(tokens={"tfidf": 0.0, "embedding": 0.0, "state": 20.0, "prompt": 30.0})
    drawn = panels.cost(found, 2.0)
    trade = panels.trade(found)
    assert drawn.measured and trade.measured
    assert [line.name.en for line in trade.lines][3] == "few-shot prompt (n = 100)"  # type: ignore[union-attr]
    by_name = {row[0]: row for row in drawn.rows}
    assert by_name["TF-IDF"][4] == 0 and by_name["TF-IDF"][6] is None
    assert by_name[Text(zh="少样本提示", en="few-shot prompt")][3:] == ("1", 330.0, 300, 0.66)


def test_a_method_without_the_point_has_no_figure_there() -> None:
    found = by_hand(curve={"tfidf": (Learned(2, 2.0, Share.of(1, 2)),)})
    assert panels.scores(found.methods, None, found.majority, found.curve, read_lines(PASTED)).rows[0][4] == "–"


def test_a_measured_time_has_two_digits() -> None:
    found = by_hand(measured={"tfidf": 0.0593, "embedding": 9.04, "state": 112.012, "prompt": 498.795})
    assert [row[3] for row in panels.cost(found, 1.0).rows] == ["0.059", "9", "112", "499"]
