"""Patching against a plain pass with one value replaced, and the two checks that any patching must pass."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.explanation.patching import Contrast, Runs, patch_grid, patch_layers, patch_one, run_both
from playground.models.editing import EditableModel, Kind, Place
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gemma, tiny_llama, wrap

CLEAN, CORRUPTED = (256, 70, 9, 12, 70, 30, 41, 2, 3, 4, 5, 90), (256, 70, 99, 12, 70, 30, 41, 2, 3, 4, 5, 90)
CONTRAST = Contrast(CLEAN, CORRUPTED, 65, 66)


@pytest.fixture(params=["gemma", "llama"])
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return wrap(tiny_gemma() if request.param == "gemma" else tiny_llama())


def run(model: EditableModel) -> Runs:
    return run_both(model, CLEAN, CORRUPTED)


def difference(lm: LanguageModel, ids: tuple[int, ...]) -> float:
    logits = lm.logits(ids)[-1]
    return float(logits[65] - logits[66])


@pytest.mark.parametrize("kind", ["residual", "attention", "mlp"])
@pytest.mark.parametrize("direction", ["denoise", "noise"])
def test_every_cell_is_a_plain_pass_with_one_value_replaced(lm: LanguageModel, kind: Kind, direction: str) -> None:
    # By hand, with torch's own hooks on the model's own modules, without a cache and one row at a time.
    model = EditableModel(lm)
    *_, grid = patch_grid(model, CONTRAST, run(model), kind, direction)  # type: ignore[arg-type]
    assert grid.clean == pytest.approx(difference(lm, CLEAN), abs=1e-4)
    assert grid.corrupted == pytest.approx(difference(lm, CORRUPTED), abs=1e-4)
    source, target = (CLEAN, CORRUPTED) if direction == "denoise" else (CORRUPTED, CLEAN)
    gemma = hasattr(lm.module.model.layers[0], "post_feedforward_layernorm")
    for layer in range(lm.layers):
        block = lm.module.model.layers[layer]
        module = {
            "residual": block,
            "attention": block.post_attention_layernorm if gemma else block.self_attn,
            "mlp": block.post_feedforward_layernorm if gemma else block.mlp,
        }[kind]
        kept: list[torch.Tensor] = []

        def first(output: object) -> torch.Tensor:
            return output[0] if isinstance(output, tuple) else output  # type: ignore[return-value, index]

        handle = module.register_forward_hook(lambda _, __, output: kept.append(first(output).clone()))  # noqa: B023
        lm.module(torch.tensor([source]))
        handle.remove()
        for position in (2, 5, 11):

            def put(_: object, __: object, output: object) -> object:
                changed = first(output).clone()
                changed[0, position] = kept[0][0, position]  # noqa: B023
                return (changed, *output[1:]) if isinstance(output, tuple) else changed

            handle = module.register_forward_hook(put)
            logits = lm.module(torch.tensor([target])).logits[0, -1]
            handle.remove()
            assert grid.patched[layer, position] == pytest.approx(float(logits[65] - logits[66]), abs=1e-4)


def test_before_the_texts_differ_patching_changes_nothing(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    *_, grid = patch_grid(model, CONTRAST, run(model), "residual", "denoise")
    assert CONTRAST.first == 2
    np.testing.assert_array_equal(grid.patched[:, :2], grid.corrupted)
    np.testing.assert_allclose(grid.normalized[:, :2], 0)


def test_positions_come_from_the_last_one_back(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    grids = list(patch_grid(model, CONTRAST, run(model), "mlp", "denoise"))
    assert len(grids) == len(CLEAN) - 2
    assert (grids[0].patched[:, :-1] == grids[0].corrupted).all()


def test_the_whole_stream_of_any_layer_restores_the_source_and_no_patch_leaves_the_target(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    for direction, source, target in (("denoise", CLEAN, CORRUPTED), ("noise", CORRUPTED, CLEAN)):
        whole, none = patch_layers(model, CONTRAST, run(model), direction)  # type: ignore[arg-type]
        np.testing.assert_allclose(whole, difference(lm, source), atol=1e-4)
        np.testing.assert_allclose(none, difference(lm, target), atol=1e-4)


def test_one_place_has_the_cell_s_difference(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    *_, grid = patch_grid(model, CONTRAST, run(model), "attention", "denoise")
    logits = patch_one(model, CONTRAST, run(model), "denoise", Place("attention", 1), 5)
    assert logits.shape == (lm.vocabulary,)
    assert float(logits[65] - logits[66]) == pytest.approx(grid.patched[1, 5], abs=1e-4)


def test_differences_and_a_contrast_without_a_difference(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    runs = run(model)
    expected = difference(lm, CLEAN), difference(lm, CORRUPTED)
    assert runs.differences(CONTRAST) == pytest.approx(expected, abs=1e-4)
    *_, grid = patch_grid(model, Contrast(CLEAN, CORRUPTED, 65, 65), runs, "mlp", "denoise")
    assert np.isnan(grid.normalized).all()
