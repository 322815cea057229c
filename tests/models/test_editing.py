"""Editing a model's inner values against what the model itself computes, and the parts of its layers."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch import nn

from playground.lab.errors import PlaygroundError
from playground.models.editing import EditableModel, Place, gain, parts, scale
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gemma, tiny_gpt2, tiny_llama, wrap

IDS = torch.tensor([[256, 5, 9, 9, 30, 41]])


@pytest.fixture(params=["gemma", "llama"])
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return wrap(tiny_gemma() if request.param == "gemma" else tiny_llama())


def test_what_is_recorded_adds_up_to_the_residual_stream(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    kinds = ("residual", "attention", "mlp", "heads")
    places = [Place("embedding", 0), *(Place(kind, layer) for kind in kinds for layer in range(lm.layers))]  # type: ignore[arg-type]
    found, states = model.record(IDS, places)
    known = lm.module(IDS, output_hidden_states=True).hidden_states
    torch.testing.assert_close(found[Place("embedding", 0)], known[0])
    torch.testing.assert_close(states, known[-1])
    before = found[Place("embedding", 0)]
    for layer in range(lm.layers):
        before = before + found[Place("attention", layer)] + found[Place("mlp", layer)]
        torch.testing.assert_close(found[Place("residual", layer)], before)
        if layer + 1 < lm.layers:
            torch.testing.assert_close(found[Place("residual", layer)], known[layer + 1])
        assert found[Place("heads", layer)].shape[-1] == lm.heads * model.head_size


def test_an_edit_acts_in_its_context_alone_and_never_on_the_model_itself(lm: LanguageModel) -> None:
    plain = lm.logits(IDS[0].tolist())
    model = EditableModel(lm)
    edit = {Place("mlp", 1): torch.zeros_like}
    with model.editing(edit):
        changed = model.lm.logits(IDS[0].tolist())
        torch.testing.assert_close(lm.logits(IDS[0].tolist()), plain)
    assert not torch.allclose(changed, plain)
    torch.testing.assert_close(model.lm.logits(IDS[0].tolist()), plain)
    # By hand: the same model with that MLP's outgoing weights at 0.
    with torch.no_grad():
        lm.module.model.layers[1].mlp.down_proj.weight.zero_()
    torch.testing.assert_close(lm.logits(IDS[0].tolist()), changed)


def test_inner_edits_are_added_to_outer_ones(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    one, other = {Place("mlp", 0): torch.zeros_like}, {Place("attention", 1): torch.zeros_like}
    with model.editing({**one, **other}):
        both = model.lm.logits(IDS[0].tolist())
    with model.editing(one), model.editing(other):
        torch.testing.assert_close(model.lm.logits(IDS[0].tolist()), both)


def test_a_norm_is_its_scale_times_its_gain(lm: LanguageModel) -> None:
    norm = lm.module.model.norm
    with torch.no_grad():
        norm.weight.copy_(torch.linspace(-0.5, 1.5, lm.hidden_size))
    x = torch.randn(3, lm.hidden_size) * 5
    found = gain(norm, lm.hidden_size)
    assert found is not None
    torch.testing.assert_close(x * scale(norm, x) * found, norm(x), rtol=1e-4, atol=1e-4)


def test_a_layer_norm_has_no_such_gain() -> None:
    assert gain(nn.LayerNorm(16).requires_grad_(False), 16) is None


def test_a_model_of_another_form_is_refused_in_words() -> None:
    with pytest.raises(PlaygroundError) as caught:
        parts(tiny_gpt2())
    assert "gpt2" in caught.value.message.en and "gpt2" in caught.value.message.zh


def test_an_editable_model_goes_with_its_last_reference(tiny_lm: LanguageModel) -> None:
    gc.collect()
    gc.disable()
    try:
        model = EditableModel(tiny_lm)
        with model.recording([Place("mlp", 0)]):
            model.lm.extend(torch.tensor([[1, 2]]))
        module = weakref.ref(model.lm.module)
        del model
        assert module() is None, "no cycle holds its float32 layers"
    finally:
        gc.enable()
