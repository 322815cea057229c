"""In float32 a text's states and probabilities are the same alone, in a batch and in a gradient."""

from __future__ import annotations

import copy
import gc

import numpy as np
import pytest
import torch

from playground import allocator
from playground.explanation.gradients import gradient_times_input, integrated_gradients
from playground.explanation.logit_lens import logit_lens
from playground.explanation.values import Target, class_target, next_token_target
from playground.lab.variant import Variant
from playground.learning import sentiment
from playground.models import precise
from playground.models.editing import EditableModel, Place
from playground.models.language_model import LanguageModel
from playground.models.variants import store
from tests.conftest import tiny_gpt2, tiny_llama, wrap

TEXTS = ("房间很干净，但是服务态度太差了。", "The room was clean, but the staff were rude.")
OTHERS = tuple(f"{text[: 3 * n]}" for text in TEXTS for n in range(1, 12))


def in_bfloat16(kind: str) -> LanguageModel:
    module = (tiny_llama if kind == "llama" else tiny_gpt2)(1)
    return wrap(module.to(torch.bfloat16))


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_states_equal_those_of_a_model_in_float32(kind: str) -> None:
    lm = in_bfloat16(kind)
    whole = copy.deepcopy(lm.module).float()
    ids = lm.encode("一段 text!")
    with torch.inference_mode():
        expected = whole.base_model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states
    for layer in range(lm.layers + 1):
        found = lm.last_hidden([ids], layer, precise=True)[0]
        torch.testing.assert_close(found, expected[layer][0, -1], atol=1e-5, rtol=1e-5)
    assert {parameter.dtype for parameter in lm.module.parameters()} == {torch.bfloat16}, "the model stays as it is"


def test_logits_equal_those_of_a_head_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precise, "_ROWS_AT_ONCE", 7)
    for bias in (True, False):
        head = torch.nn.Linear(16, 50, bias=bias).to(torch.bfloat16)
        states = torch.randn(3, 16)
        expected = copy.deepcopy(head).float()(states)
        torch.testing.assert_close(precise.precise_logits(head, states), expected)


def test_an_editable_model_can_be_in_float32_while_the_model_stays_as_it_is() -> None:
    lm = in_bfloat16("llama")
    whole = copy.deepcopy(lm.module).float()
    ids = torch.tensor([lm.encode("一段 text!")])
    model, place = EditableModel(lm, precise=True), Place("mlp", 0)
    values, states = model.record(ids, [place])
    kept: list[torch.Tensor] = []
    whole.model.layers[0].mlp.register_forward_hook(lambda _, __, output: kept.append(output))
    with torch.inference_mode():
        expected = whole.model(input_ids=ids).last_hidden_state
    assert states.dtype == values[place].dtype == torch.float32
    torch.testing.assert_close(states, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(values[place], kept[0], atol=1e-5, rtol=1e-5)
    # Alone and in a batch alike, which is what it is for.
    torch.testing.assert_close(model.record(ids.repeat(5, 1), [place])[1][3], states[0], atol=1e-5, rtol=1e-5)
    assert lm.extend(ids)[0].dtype == torch.bfloat16
    assert {parameter.dtype for parameter in lm.module.parameters()} == {torch.bfloat16}


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_a_whole_model_in_float32_keeps_its_other_embeddings(kind: str) -> None:
    lm = in_bfloat16(kind)
    ids = torch.tensor([lm.encode("一段 text!")])
    with torch.inference_mode():
        expected = copy.deepcopy(lm.module).float().base_model(input_ids=ids).last_hidden_state
        found = precise.precise_model(lm.module).base_model(input_ids=ids).last_hidden_state
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_a_model_in_float32_is_not_copied() -> None:
    module = tiny_llama(1).float()
    cut = precise.precise_layers(module, 1)
    assert cut is not None and {id(p) for p in cut.parameters()} <= {id(p) for p in module.parameters()}


def test_copies_live_as_long_as_their_model() -> None:
    lm = in_bfloat16("llama")
    lm.last_hidden([[1, 2]], lm.layers, precise=True)
    before = len(precise._copies)
    del lm
    gc.collect()
    assert len(precise._copies) < before


def test_copies_are_gone_after_a_run_and_made_again() -> None:
    lm = in_bfloat16("llama")
    ids = [lm.encode("一段 text!")]
    first = lm.last_hidden(ids, lm.layers, precise=True)
    assert len(precise._copies)
    allocator.give_back()
    assert not len(precise._copies)
    torch.testing.assert_close(lm.last_hidden(ids, lm.layers, precise=True), first, atol=0, rtol=0)


def test_copies_made_in_inference_mode_have_gradients() -> None:
    lm = in_bfloat16("llama")
    target = next_token_target(lm, 65)
    value = target.value(["一段 text!"])[0]
    assert gradient_times_input(lm, target, "一段 text!").value == pytest.approx(value, rel=1e-4)


@pytest.mark.model
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", ["class", "next"])
def test_one_text_has_one_value(real_lm: LanguageModel, text: str, kind: str) -> None:
    def fresh() -> Target:
        if kind == "class":
            return class_target(real_lm, sentiment.load(), "positive")
        return next_token_target(real_lm, real_lm.encode("好", bos=False)[0])

    alone = float(fresh().value([text])[0])
    among = float(fresh().value([*OTHERS, text, text + text])[len(OTHERS)])
    product = gradient_times_input(real_lm, fresh(), text).value
    integral = integrated_gradients(real_lm, fresh(), text, steps=2).value
    np.testing.assert_allclose([among, product, integral], alone, atol=2e-5, rtol=1e-4)


@pytest.mark.model
def test_the_logit_lens_ends_with_the_value_that_is_explained(real_lm: LanguageModel) -> None:
    for text in TEXTS:
        ids = real_lm.encode(text)
        lens = logit_lens(real_lm, ids, range(len(ids) - 3, len(ids)))
        value = next_token_target(real_lm, int(lens.tokens[-1, -1])).value([text])[0]
        assert lens.of[-1, -1].item() == lens.probabilities[-1, -1].item() == pytest.approx(value, abs=1e-5)


@pytest.mark.model
def test_packed_layers_keep_the_type_of_their_kernel() -> None:
    packed = store().get(Variant(quantization="int8"))
    assert precise.precise_layers(packed.module, 2) is None
