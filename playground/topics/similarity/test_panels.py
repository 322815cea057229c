"""The panels draw the findings."""

from __future__ import annotations

import numpy as np

from playground.lab.text import Text
from playground.statistics.intervals import Share
from playground.topics.similarity import panels
from playground.topics.similarity.findings import Alignment
from playground.topics.similarity.scoring import METHODS, VARIANTS
from playground.topics.similarity.test_interview import by_hand, method


def test_the_methods_side_by_side_show_the_variant_that_was_asked_for() -> None:
    methods = {name: method() for name in VARIANTS} | {"state_raw": method((0.97, 0.9))}
    for centre, shown in ((True, "0.50 · #1"), (False, "0.97 · #1")):
        drawn = panels.ranks(methods, ("a" * 40, "b"), centre)
        assert len(drawn.rows) == len(METHODS)
        assert drawn.texts[METHODS.index("state")][0] == shown
        assert drawn.columns == ("1 " + "a" * 25 + "…", "2 b")
        assert all(row == (0.4, 0.4) for row in drawn.values)


def test_only_what_is_known_is_drawn() -> None:
    assert len(panels.ranks({"edit": method()}, ("a", "b"), True).rows) == 1


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
    assert panels.levels(methods).rows[0][1:] == (0.9, 0.8, 0.5, 0.0)
    assert len(panels.levels({"edit": method()}).rows) == len(panels.changes({"edit": method()}).rows) == 1


def test_grades_leave_out_what_has_no_raw_variant() -> None:
    plain, raw = panels.grades({name: method(rho=None if name == "edit" else 0.5) for name in VARIANTS}).series
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
