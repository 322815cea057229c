"""That the panels draw the findings, where that is not plain."""

from __future__ import annotations

from dataclasses import replace

from playground.lab.text import Language, Text
from playground.statistics.intervals import Mean, Share, wilson
from playground.topics.zero_shot import panels
from playground.topics.zero_shot.findings import Assignments, Competition, Level
from playground.topics.zero_shot.templates import templates
from playground.topics.zero_shot.test_interview import UNLABELLED, by_hand, method
from playground.topics.zero_shot.verbalizer import Verbalizer

FIXED = templates(Verbalizer(("a", "b"), (("a",), ("b",))), Language.EN)


def test_every_accuracy_has_its_interval_and_its_n() -> None:
    table = panels.scores(by_hand().methods, ("a", "b"), 20)
    assert table.rows[0][1:4] == ("60 [50, 70]", 20, "–") and table.rows[2][3] == "0 [−10, 10]"
    assert table.rows[0][4] == "55% [34%, 74%]" and table.rows[0][5] == "65% [43%, 82%]" and table.rows[0][7] == "a 50%"
    even = panels.scores({"raw": method(0.6, Mean(-0.001, 20, -0.1, 0.1))}, ("a", "b"), 20)
    assert even.rows[0][3] == "0 [−10, 10]"
    one = Mean(0.5, 20, 0.4, 0.6)
    assert panels.levels((Level("listed", "none", {"raw": one}),), 20).rows[0][2:] == ("50 [40, 60]", 20)
    assert [row[1:] for row in panels.semantics(Assignments(one, one, one), 20).rows] == [("50 [40, 60]", 20)] * 3


def test_templates_are_counted_in_ranges_that_a_whole_accuracy_belongs_to() -> None:
    shares = tuple(Share.of(right, 10) for right in (0, 1, 9, 10, 3))
    drawn = panels.spread({"raw": replace(method(), by_template=shares)})
    assert drawn.texts == (("1", "1", "", "1", "", "", "", "", "", "2"),) and drawn.columns[3] == "30–40%"
    assert drawn.value_label == Text(zh="模板数（每个测 10 条）", en="templates (10 texts each)")


def test_the_grid_has_a_template_in_each_cell() -> None:
    raw = replace(method(), by_template=tuple(Share.of(place, 24) for place in range(24)))
    drawn = panels.grid({"raw": raw, "batch": raw}, "batch", FIXED)
    assert len(drawn.rows) == 6 and drawn.columns[4] == "Category is"
    assert drawn.texts[1][0] == "8/24" and drawn.texts[5][7] == "23/24" and drawn.values[0][1] == 1 / 24
    # The widest interval is that of 12 of 24.
    low, high = wilson(12, 24)
    assert (
        drawn.caveat is not None
        and f"n = 24 texts are right. The widest 95% interval (Wilson) of a cell spans {100 * (high - low):.0f} "
        in drawn.caveat.en
    )
    assert len(panels.grid({"raw": raw}, "raw", FIXED).rows) == 3


def test_without_labels_every_table_says_so() -> None:
    for drawn in (
        panels.scores(UNLABELLED, ("a", "b"), 20),
        panels.spread(UNLABELLED),
        panels.grid(UNLABELLED, "batch", FIXED),
        panels.levels((), 20),
        panels.semantics(None, 20),
        panels.picked(None, 20),
    ):
        assert drawn.caveat == panels.UNLABELLED


def test_texts_that_are_read_in_part_are_counted() -> None:
    assert panels.read(by_hand(), "prompt").caveat is None
    caveat = panels.read(by_hand(cut=2), "prompt").caveat
    assert (
        caveat is not None
        and "first 160 tokens are read: 2 (yours counts if" in caveat.en
        and "文本有 2 条" in caveat.zh
    )


def test_labels_come_after_what_the_model_prefers() -> None:
    table = panels.competition(Competition(((" The", 0.5), ("\n", 0.1)), (0.01, 0.02), 0.03), ("a", "b"))
    assert [row[1] for row in table.rows] == ["0.5000", "0.1000", "0.0100", "0.0200", "0.0300"]
    assert [row[0] for row in table.rows[:2]] == ["␣The", "↵"] and table.highlight == (2, 3, 4)
