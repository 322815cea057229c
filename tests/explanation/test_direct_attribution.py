"""Direct logit attribution against the model's own logits, and each part against the stream without it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from playground.explanation.direct_attribution import DirectAttribution, attribute, places
from playground.models.editing import EditableModel, Place
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gemma, tiny_llama, wrap

IDS = (256, 70, 9, 12, 70, 30, 41)


def spread(module: torch.nn.Module) -> torch.nn.Module:
    """Norm gains away from their start, so that a norm that is left out is seen."""
    torch.manual_seed(3)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "norm" in name:
                parameter.add_(0.4 * torch.randn_like(parameter))
    return module


def split(model: EditableModel, ids: Sequence[int], answer: int, wrong: int) -> DirectAttribution:
    values, states = model.record(torch.tensor([ids]), places(model.lm.layers))
    return attribute(model, {place: value[0] for place, value in values.items()}, states[0, -1], answer, wrong)


@pytest.fixture(params=["gemma", "llama"])
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return wrap(spread(tiny_gemma() if request.param == "gemma" else tiny_llama()))


def test_the_parts_add_up_to_the_difference_of_logits(lm: LanguageModel) -> None:
    found = split(EditableModel(lm), IDS, 65, 66)
    logits = lm.logits(IDS)[-1]
    assert found.total == pytest.approx(float(logits[65] - logits[66]), abs=1e-4)
    assert found.embedding + found.heads.sum() + found.mlps.sum() == pytest.approx(found.total, abs=1e-4)
    assert found.heads.shape == (lm.layers, lm.heads) and found.mlps.shape == (lm.layers,)


def test_a_head_s_part_is_what_the_last_layer_s_sum_lacks_without_it(lm: LanguageModel) -> None:
    # In the last layer, with every scale frozen: take the head's rows out of the projection's input by hand.
    model = EditableModel(lm)
    found, last = split(model, IDS, 65, 66), lm.layers - 1
    values, _ = model.record(torch.tensor([IDS]), [Place("heads", last), Place("residual", last)])
    outputs, stream = values[Place("heads", last)][0, -1], values[Place("residual", last)][0, -1]
    part, norm = model.parts[last], lm.module.model.norm
    alone = torch.zeros_like(outputs)
    alone[model.head_size : 2 * model.head_size] = outputs[model.head_size : 2 * model.head_size]
    written = part.mix(alone)
    if part.after_attention is not None:
        whole = part.mix(outputs)
        written = written * part.after_attention(whole) / whole
    direction = lm.module.lm_head.weight[65] - lm.module.lm_head.weight[66]
    expected = float((written * norm(stream) / stream) @ direction)
    assert found.heads[last, 1] == pytest.approx(expected, abs=1e-4)


@pytest.mark.model
def test_the_parts_add_up_on_the_real_model(float_lm: LanguageModel) -> None:
    ids = float_lm.encode("The capital of France is the city of")
    paris, rome = (float_lm.encode(name, bos=False)[0] for name in (" Paris", " Rome"))
    found = split(EditableModel(float_lm), ids, paris, rome)
    logits = float_lm.logits(ids)[-1]
    assert found.total == pytest.approx(float(logits[paris] - logits[rome]), abs=1e-3)
    assert abs(found.rounding) < 1e-3
