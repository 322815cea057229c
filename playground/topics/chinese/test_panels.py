"""The drawings: what is highlighted, which arcs are the best path's, and what a cell or a caveat says."""

from __future__ import annotations

import pytest

from playground.lab.text import Text
from playground.topics.chinese import panels
from playground.topics.chinese.compress import Fragment
from playground.topics.chinese.test_interview import PART, WHOLE, graph, made


@pytest.mark.parametrize(("mode", "row"), [("precise", 1), ("full", 2), ("search", 3)])
def test_the_chosen_mode_is_highlighted_among_the_cuts(mode: str, row: int) -> None:
    found = made(lost=2)
    table = panels.cuts("南京市猫", found.cuts, mode, found.tokens, found.trained)
    assert table.highlight == (row,)
    assert table.rows[0][1:] == (4, "南｜京｜市｜猫", 0) and table.rows[2][2] == "南京｜南京市｜猫"
    assert table.rows[4][2] == "南京｜⟨E7 8C⟩"
    assert [row[3] for row in table.rows[5:]] == [0, 2, 0, 0]
    assert len(panels.cuts("南京市猫", found.cuts, mode, found.tokens).rows) == 5


def test_only_the_best_paths_arcs_are_marked() -> None:
    drawn = panels.lattice(graph())
    assert drawn.characters == ("南", "京", "市")
    assert {arc.text for arc in drawn.arcs if arc.best} == {"南京市"}
    assert {(arc.start, arc.end, arc.value) for arc in drawn.arcs if not arc.best} == {(0, 2, -7.0), (2, 3, -6.0)}


def test_a_graph_of_a_part_says_of_which() -> None:
    assert panels.lattice(graph()).caveat is None
    drawn = panels.lattice(graph(length=30, runs=2)).caveat
    assert drawn is not None
    assert "2 段连续的汉字，各看前 24 个字" in drawn.zh and "“南京市”（该段共 30 个字）" in drawn.zh
    assert "in the text: 2. Of the first 24 characters" in drawn.en and "“南京市”, of a run of 30." in drawn.en
    paths = panels.paths(graph(runs=2)).caveat
    assert paths is not None
    assert paths.zh.startswith("只看“南京市”：共 9 条路径。") and paths.en.startswith(
        "Of “南京市” only: 9 paths in all."
    )


def test_a_row_is_a_place_and_a_text_without_any_says_so() -> None:
    assert panels.places(made().places).rows == ((1, "南京市长江大桥", "南京市 / 长江大桥", "市长"),)
    ((first, none, *_),) = panels.places(()).rows
    assert first is None and isinstance(none, Text) and (none.zh, none.en) == ("没有", "none")


def test_the_path_that_the_model_prefers_is_highlighted() -> None:
    assert panels.paths(graph()).highlight == (0,)
    table = panels.paths(graph((-9.0, -5.0)))
    assert table.highlight == (1,) and table.rows[0][2] == "90.00%"
    assert table.caveat is not None and "9 paths in all" in table.caveat.en


def test_rates_have_intervals_and_losses_and_only_trained_ones_a_vocabulary() -> None:
    found = made(lost=1)
    rows = panels.rates(found.rates, found.trained).rows
    assert [row[1] for row in rows] == [None, None, None, 600, 600, 600, 600]
    assert rows[4][2:] == (1.5, "[1.40, 1.60]", "25.0%", 200)


def test_a_cell_of_the_fragments_begins_with_the_number_of_tokens() -> None:
    rare = Fragment("𠮷", "U+20BB7", 4, ("⟨F0⟩", "⟨A0 AE⟩", "⟨B7⟩"), {"bpe": ("[UNK](𠮷)",)})
    table = panels.fragments([rare])
    assert table.rows == (("𠮷", "U+20BB7", 4, "3: ⟨F0⟩ ⟨A0 AE⟩ ⟨B7⟩", "1: [UNK](𠮷)"),)


def test_forms_are_compared_with_the_text_as_typed() -> None:
    found = made()
    table = panels.forms(found.forms, found.gap)
    assert [row[2:] for row in table.rows] == [(2, 20.0, 0.0), (3, 26.0, 6.0)]
    assert table.caveat is not None
    assert "30 行" in table.caveat.zh and "[0.20, 0.80]" in table.caveat.zh and "[−0.10, 0.30]" in table.caveat.en


def test_tokens_name_the_characters_that_their_bytes_belong_to() -> None:
    assert panels.tokens((WHOLE, PART)).rows == ((1, 7, "南京", "南京"), (2, 8, "⟨E7 8C⟩", "猫"))
    assert [item.a for item in panels.figures(4, (WHOLE, PART)).items] == [4.0, 2.0, 1.0, 2.0]
