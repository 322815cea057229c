"""The panels draw the findings."""

from __future__ import annotations

import dataclasses

import numpy as np

from playground.data import sets
from playground.lab.text import Language, Text
from playground.statistics.intervals import Share
from playground.topics.similarity import panels
from playground.topics.similarity.findings import Alignment
from playground.topics.similarity.scoring import METHODS, VARIANTS
from playground.topics.similarity.test_interview import by_hand, method

ZH, EN = Language.ZH, Language.EN


def test_the_methods_side_by_side_show_the_variant_that_was_asked_for() -> None:
    methods = {name: method() for name in VARIANTS} | {"state_raw": method((0.97, 0.9))}
    for centre, shown in ((True, "0.50 · #1"), (False, "0.97 · #1")):
        drawn = panels.ranks(methods, ("a" * 40, "b"), centre, (EN, EN, EN))
        assert len(drawn.rows) == len(METHODS)
        assert drawn.texts[METHODS.index("state")][0] == shown
        assert drawn.columns == ("1 " + "a" * 25 + "…", "2 b")
        assert all(row == (0.4, 0.4) for row in drawn.values)


def test_only_what_is_known_is_drawn() -> None:
    assert len(panels.ranks({"edit": method()}, ("a", "b"), True, (EN, EN, EN)).rows) == 1


def test_the_spread_has_both_variants_of_a_vector_method_and_all_random_pairs() -> None:
    methods = {name: method() for name in VARIANTS}
    random = {name: np.linspace(0.8 if name.endswith("_raw") else -0.2, 0.95, 50) for name in VARIANTS}
    drawn = panels.spread("state", random, methods, True)
    assert [series.name for series in drawn.series] == [
        Text(zh="减去均值", en="mean removed"),
        Text(zh="原始", en="raw"),
    ]
    assert [sum(value or 0 for value in series.values) for series in drawn.series] == [50, 50]
    assert drawn.grid == (0.5, 0.2)
    assert len(panels.spread("edit", random, methods, True).series) == 1
    equal = {"edit": np.zeros(5)}
    assert (
        sum(value or 0 for value in panels.spread("edit", equal, {"edit": method((0.0,))}, True).series[0].values) == 5
    )


def test_counts_have_their_interval() -> None:
    assert panels.cell(Share.of(0, 8)) == "0/8 [0%, 32%]"
    methods = {name: method() for name in VARIANTS}
    row = panels.changes(methods).rows[0]
    assert row[1:6] == ("6/8",) * 5 and row[6] == "30/40 [60%, 86%]"
    row = panels.controlled(methods).rows[0]
    assert row[4:6] == ("6/8", "5/8") and row[6] == "29/40 [57%, 84%]"
    assert panels.levels(methods).rows[0][1:] == (0.9, 0.8, 0.5, 0.0, "−0.10 [−0.15, −0.05]")
    assert len(panels.levels({"edit": method()}).rows) == len(panels.changes({"edit": method()}).rows) == 1


def test_grades_leave_out_what_has_no_raw_variant() -> None:
    plain, raw = panels.grades({name: method(rho=None if name == "edit" else 0.5) for name in VARIANTS}, 60).series
    assert plain.values == tuple(None if name == "edit" else 0.5 for name in METHODS)
    assert raw.values == (None, None, None, None, 0.5, 0.5, 0.5)


def test_codes_say_bytes_and_ratio() -> None:
    found = by_hand(binary=0.6)
    rows = panels.codes(found).rows
    assert rows[0][1:3] == ("2560", "1×") and rows[1][1:3] == ("80", "32×")
    assert rows[1][3] == "0.60 [0.60, 0.60]"


def test_overlap_has_the_standard_error() -> None:
    ((_, exact, estimate, error),) = panels.overlap(by_hand()).rows[:1]
    assert (exact, estimate) == (0.5, 0.5)
    assert abs(float(error) - (0.25 / 128) ** 0.5) < 1e-9  # type: ignore[arg-type]


def test_a_cut_alignment_says_so() -> None:
    assert panels.alignment(Alignment(("a",), ("b",), ((0.5,),))).caveat is None
    assert panels.alignment(Alignment(("a",) * 40, ("b",), ((0.5,),) * 40, True)).caveat is not None


def test_what_the_text_and_the_lines_are_taken_as_is_said() -> None:
    same = panels.ranks({"edit": method()}, ("a", "b"), True, (EN, EN, EN)).caveat
    assert same is not None and "视为英文" in same.zh and same.en.endswith("the challenge set are English.")
    mixed = panels.ranks({"edit": method()}, ("a", "b"), True, (ZH, EN, ZH)).caveat
    assert mixed is not None
    assert "文本视为中文" in mixed.zh and "视为另一种语言的行：1；" in mixed.zh
    assert "taken as Chinese" in mixed.en and "the other language: 1;" in mixed.en


def test_where_the_sets_come_from_is_said() -> None:
    methods = {name: method() for name in VARIANTS}
    graded = panels.grades(methods, len(sets.pairs(EN))).caveat
    assert graded is not None
    assert (
        "这 60 对句子由本项目的一位作者编写并分级" in graded.zh
        and "The 60 pairs were written and graded by one" in graded.en
    )
    for table in (panels.changes(methods), panels.controlled(methods)):
        assert table.caveat is not None and len(sets.contrasts(EN)) == 40
        assert (
            "40 组句子是为本项目写的" in table.caveat.zh
            and "40 items of the challenge set were written" in table.caveat.en
        )
    said = (sets.FOLDER / "README.md").read_text(encoding="utf-8")
    assert "graded by one author" in said and said.index("Written for this project") < said.index("`contrasts`")


def test_hubs_have_intervals_and_what_the_mean_changes() -> None:
    found = by_hand()
    drawn = panels.hubs(found)
    assert [row[1:] for row in drawn.rows] == [
        ("2.00 [1.50, 2.50]", "30", "10% [6%, 17%]"), ("0.50 [0.20, 0.80]", "20", "0% [0%, 4%]"),
    ]  # fmt: skip
    assert drawn.caveat is not None and "−1.50 [−2.00, −1.00]" in drawn.caveat.zh and "−1.50 [" in drawn.caveat.en
    assert panels.hubs(dataclasses.replace(found, hubs_less=None)).caveat is None
