"""The drawings of mechanisms against what they draw, and what their clicks set."""

from __future__ import annotations

import numpy as np
import pytest

from playground.explanation.direct_attribution import attribute
from playground.explanation.patching import patch_grid
from playground.lab.validation import validate
from playground.models.editing import EditableModel
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms import contrasts
from playground.topics.mechanisms.panels import heads, patching
from playground.topics.mechanisms.settings import Result, Settings
from playground.topics.mechanisms.test_lab import SMALL, finish
from tests.conftest import tiny_gemma, wrap


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return wrap(tiny_gemma())


@pytest.fixture(scope="module")
def result(lm: LanguageModel) -> Result:
    return finish(lm)


def test_the_map_of_patching_has_the_normalized_grid_and_marks_the_place_that_is_shown(
    lm: LanguageModel, result: Result
) -> None:
    contrast = contrasts.prepare(lm, SMALL)
    *_, grid = patch_grid(EditableModel(lm), contrast, "residual", "denoise")
    assert result.patching is not None and result.findings is not None
    np.testing.assert_allclose(np.array(result.patching.values), grid.normalized, atol=1e-6)
    assert result.patching.columns == ("<bos>", "a/x", "b", "c", "␣", "a", "b", "d")
    chosen = result.findings.patched.chosen
    assert result.patching.selected == ((chosen.layer - 1, chosen.position - 1),)


def test_a_click_on_a_cell_is_a_setting_that_shows_that_cell(lm: LanguageModel, result: Result) -> None:
    assert result.patching is not None
    setting = {result.patching.setting: result.patching.choices[2][5]}
    clicked = validate(
        Settings, {"text": SMALL.text, "corrupted": SMALL.corrupted, "answer": "a", "wrong": "b", **setting}, "en"
    )
    again = finish(lm, clicked)
    assert again.patching is not None and again.patched is not None
    assert again.patching.selected == ((2, 5),)
    assert again.patched != result.patched


def test_the_answers_come_first_in_the_table_of_the_patched_run(result: Result) -> None:
    assert result.patched is not None
    rows = result.patched.rows
    assert [row[0] for row in rows][:2] == ["a", "b"]
    assert result.patched.highlight == (0, 1)


def test_the_bars_add_up_to_the_difference(lm: LanguageModel, result: Result) -> None:
    assert result.direct_sum is not None and result.findings is not None
    total = sum(value for series in result.direct_sum.series for value in series.values if value is not None)
    assert total == pytest.approx(result.findings.direct.total, abs=1e-6)
    assert len(result.direct_sum.categories) == lm.layers + 2


def test_the_grid_of_parts_has_a_column_for_each_head_and_the_mlp(lm: LanguageModel, result: Result) -> None:
    direct = attribute(EditableModel(lm), lm.encode(SMALL.text), *(lm.encode(name, bos=False)[0] for name in "ab"))
    assert result.direct is not None
    np.testing.assert_allclose(np.array(result.direct.values)[:, :-1], direct.heads, atol=1e-6)
    np.testing.assert_allclose(np.array(result.direct.values)[:, -1], direct.mlps, atol=1e-6)
    assert all(row[-1] == "" for row in result.direct.choices), "an MLP can't be chosen"


def test_the_first_click_replaces_the_strongest_heads_and_later_ones_add_and_take_away(lm: LanguageModel) -> None:
    first = heads.toggles(lm, [(0, 0), (1, 1)], clicked=False)
    assert first[3][1] == "4.2"
    later = heads.toggles(lm, [(0, 0), (1, 1)], clicked=True)
    assert later[3][1] == "1.1 2.2 4.2"
    assert later[0][0] == "2.2"
    assert heads.toggles(lm, [(0, 0)], clicked=True)[0][0] == "1.1", "the last one stays: none would mean the strongest"


def test_every_choice_of_heads_is_one_that_the_lab_takes(lm: LanguageModel, result: Result) -> None:
    assert result.heads is not None
    assert len(result.heads.choices[0]) == len(result.heads.columns) == 4 * lm.heads
    assert sum(group.columns for group in result.heads.groups) == len(result.heads.columns)
    again = finish(lm, validate(Settings, {"text": SMALL.text, "corrupted": SMALL.corrupted, "answer": "a", "wrong": "b", "heads": result.heads.choices[4][1]}, "zh"))  # fmt: skip
    assert again.findings is not None
    assert [(head.layer, head.head) for head in again.findings.ablated.chosen] == [(5, 2)]


def test_tokens_are_named_so_that_each_column_can_be_read(lm: LanguageModel) -> None:
    # A character of three bytes has three tokens in the tiny model: it is shown on the first.
    assert patching.tokens(lm, tuple(lm.encode("a 猫"))) == ["<bos>", "a", "␣", "猫", "·", "·"]
