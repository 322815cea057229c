"""Pruned copies of a model, on tiny models of three families."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from playground.compression import prune as masks
from playground.lab.errors import PlaygroundError
from playground.lab.variant import MORE_PRUNINGS, PRUNINGS, Variant
from playground.models import activations, pruning, structure, variants
from playground.models.language_model import LanguageModel
from tests.conftest import byte_tokenizer, tiny_gemma, tiny_gpt2, tiny_llama

TEXT = "The cat sat 在垫子上。"


@pytest.fixture(params=[tiny_llama, tiny_gpt2, tiny_gemma])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return store_of(request.param)


def store_of(make: Callable[[], torch.nn.Module]) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", make(), byte_tokenizer(), Variant()))


def weights(lm: LanguageModel) -> list[torch.Tensor]:
    return [structure.weight_of(layer) for layer in structure.projections(lm.module).values()]


@pytest.mark.parametrize("method", MORE_PRUNINGS)
def test_it_runs_step_by_step_as_at_once_and_leaves_the_base_as_it_was(
    store: variants.VariantStore, method: str
) -> None:
    base = store.base()
    ids = base.encode(TEXT)
    before, shape = base.logits(ids), (base.layers, base.full_layers)
    lm = store.get(Variant(pruning=method, sparsity=0.5), TEXT)
    logits = lm.logits(ids)
    assert not torch.allclose(logits, before, atol=1e-3)
    assert lm.attentions(ids).shape[0] == lm.layers == len(structure.layer_list(lm.module))
    cache, steps = None, []
    for token in ids:
        out = lm.forward(torch.tensor([[token]]), past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        steps.append(out.logits[0, -1].float())
    torch.testing.assert_close(torch.stack(steps), logits, rtol=1e-3, atol=1e-3)
    assert torch.equal(base.logits(ids), before) and (base.layers, base.full_layers) == shape
    assert [
        layer.self_attn.layer_idx for layer in structure.layer_list(base.module) if hasattr(layer, "self_attn")
    ] in (
        [],
        list(range(base.layers)),
    )


def test_the_layers_that_change_least_go() -> None:
    store = store_of(tiny_gemma)
    base = store.base()
    states = torch.stack(
        [state[0] for state in base.module(torch.tensor([base.encode(TEXT)]), output_hidden_states=True).hidden_states]
    )
    influences = pruning.layer_influences(base, TEXT)
    # transformers returns the states before each layer, and after the last one only the normed states.
    turns = 1 - torch.cosine_similarity(states[:-2], states[1:-1], dim=-1).mean(1)
    assert influences[:-1] == pytest.approx(turns.tolist(), abs=1e-5)
    lm = store.get(Variant(pruning="layers", sparsity=0.4), TEXT)
    kept = masks.kept_layers(influences, 0.4)
    assert len(kept) == lm.layers == 3
    assert lm.config.layer_types == [base.config.layer_types[layer] for layer in kept]
    for ours, layer in zip(structure.layer_list(lm.module), kept, strict=True):
        theirs = structure.layer_list(base.module)[layer]
        assert {p.data_ptr() for p in ours.parameters()} == {p.data_ptr() for p in theirs.parameters()}
    assert lm.weight_bytes == structure.held_bytes(lm.module) < base.weight_bytes


def test_global_magnitude_is_one_threshold_for_all(store: variants.VariantStore) -> None:
    base, lm = store.base(), store.get(Variant(pruning="global", sparsity=0.3))
    dropped = torch.cat([w[p == 0].abs().flatten() for w, p in zip(weights(base), weights(lm), strict=True)])
    kept = torch.cat([p[p != 0].abs().flatten() for p in weights(lm)])
    total = sum(weight.numel() for weight in weights(base))
    assert len(dropped) == round(total * 0.3)
    assert dropped.max() <= kept.min()


def test_two_four_goes_by_no_sparsity(store: variants.VariantStore) -> None:
    lm = store.get(Variant(pruning="two-four", sparsity=0.0))
    assert lm.module is store.get(Variant(pruning="two-four", sparsity=0.9)).module
    for weight in weights(lm):
        assert ((weight != 0).view(len(weight), -1, 4).sum(-1) == 2).all()


@pytest.mark.parametrize("by_activations", [False, True])
def test_masked_neurons_are_those_that_are_cut(store: variants.VariantStore, by_activations: bool) -> None:
    base = store.base()
    masked, cut = structure.share(base.module), structure.share(base.module)
    fired = activations.measure(base, [base.encode(TEXT)]) if by_activations else None
    pruning.mask_neurons(masked, 0.25, variants.silent, fired)
    pruning.remove_neurons(cut, 0.25, variants.silent, fired)
    for block in structure.mlps(base.module):
        for name in (*block.incoming, block.outgoing):
            zeroed, left = (structure.weight_of(module.get_submodule(name)) for module in (masked, cut))
            assert torch.equal(zeroed[zeroed.abs().sum(1) > 0][:, zeroed.abs().sum(0) > 0], left)


def test_neurons_by_activations_against_numpy(store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first MLP by hand: the neurons of least activation norm × column norm go."""
    monkeypatch.setattr(activations, "passages", lambda: ("A first passage.", "第二段，长一些的文字。"))
    base = store.base()
    lm = store.get(Variant(pruning="activations", sparsity=0.25), TEXT)
    (block, *_), (pruned, *_) = structure.mlps(base.module), structure.mlps(lm.module)
    layer, left = base.module.get_submodule(block.outgoing), lm.module.get_submodule(pruned.outgoing)
    seen: list[np.ndarray] = []
    handle = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0][0].numpy().copy()))
    for text in (*activations.passages(), TEXT):
        base.module(torch.tensor([base.encode(text)]))
    handle.remove()
    fired, weight = np.concatenate(seen), structure.weight_of(layer).numpy()
    order = np.argsort(np.linalg.norm(fired, axis=0) * np.linalg.norm(weight, axis=0))
    kept = np.sort(order[round(len(order) * 0.25) :])
    np.testing.assert_array_equal(structure.weight_of(left).numpy(), weight[:, kept])
    for name, other in zip(block.incoming, pruned.incoming, strict=True):
        rows, shrunk = base.module.get_submodule(name), lm.module.get_submodule(other)
        assert torch.equal(structure.weight_of(shrunk), structure.weight_of(rows)[kept])


def test_neurons_by_activations_need_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activations, "passages", lambda: ("A passage.", "一段文字"))
    store = store_of(tiny_llama)
    assert store.get(Variant(pruning="activations"), "").variant.pruning == "activations"


@pytest.mark.parametrize("method", sorted(pruning.CALIBRATED))
def test_what_is_calibrated_goes_by_its_text(method: str) -> None:
    store = store_of(tiny_llama)
    one, other = (store.get(Variant(pruning=method), text) for text in ("one text", "另一段"))
    assert one.module is store.get(Variant(pruning=method), "one text").module
    assert one.module is not other.module
    if method != "activations":
        with pytest.raises(PlaygroundError, match="text"):
            store.get(Variant(pruning=method), "  ")


def test_a_calibration_text_is_cut_to_what_the_model_reads() -> None:
    store_of(tiny_gpt2).get(Variant(pruning="wanda"), "long " * 400)


def test_the_offered_prunings_are_all_known() -> None:
    base = store_of(tiny_llama).base()
    for method in PRUNINGS | MORE_PRUNINGS:
        pruning.prune(structure.share(base.module), method, 0.5, base, TEXT, variants.silent)
    with pytest.raises(ValueError, match="quite-else"):
        pruning.prune(structure.share(base.module), "quite-else", 0.5, base, TEXT, variants.silent)
