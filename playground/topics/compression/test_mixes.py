"""Pruned and quantized mixes on tiny random models: sparsity as asked, cut equals masked, and every point of the grid."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
import torch

from playground.evaluation.reading import Cost
from playground.lab.variant import Variant
from playground.models import activations, structure, variants
from playground.topics.compression import lab, mixes
from playground.topics.compression.conftest import TEXT, compress, numbers, point, weights
from playground.topics.compression.mixes import Point
from playground.topics.compression.settings import METHODS, Mix, Settings

# ---- sparsity exactly as asked


@pytest.mark.parametrize("sparsity", [0.05, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("method", METHODS)
def test_the_sparsity_is_the_one_asked_for(store: variants.VariantStore, method: str, sparsity: float) -> None:
    base = store.base()
    counts = compress(store, Mix(method, sparsity), {}).counts
    total = sum(weight.numel() for weight in weights(base))
    stored = counts.mix.stored
    zeros = {
        "unstructured": sum(round(weight.numel() * sparsity) for weight in weights(base)),
        "global": round(total * sparsity),
        "wanda": sum(len(weight) * round(weight.shape[1] * sparsity) for weight in weights(base)),
        "two-four": total // 2,
    }.get(method, 0)
    assert stored - counts.mix.nonzero == zeros
    assert counts.mix.zeros == pytest.approx(zeros / stored)
    assert counts.baseline.zeros == 0, "a random baseline has none"
    if method in mixes.NEURONS:
        for block in structure.mlps(base.module):
            cut, whole = (
                structure.weight_of(lm.module.get_submodule(block.outgoing)).shape[1]
                for lm in (store.get(Variant(pruning=method, sparsity=sparsity)), base)
            )
            assert cut == whole - round(whole * sparsity)
        assert stored < total
    elif method == "layers":
        removed = min(base.layers - 1, round(base.layers * sparsity))
        assert stored == total * (base.layers - removed) // base.layers
    else:
        assert stored == total, "a mask leaves the number of parameters as it was"


# ---- cut equals masked


@pytest.mark.parametrize("by", mixes.NEURONS)
def test_neurons_removed_and_neurons_zeroed_give_the_same_distributions(store: variants.VariantStore, by: str) -> None:
    base = store.base()
    ids = base.encode(TEXT)
    masked, cut = mixes.masked_neurons(base, by, 0.4, "some text"), mixes.pruned(base, by, 0.4, "some text")
    torch.testing.assert_close(masked.logits(ids), cut.logits(ids), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(masked.logits(ids), base.logits(ids), atol=1e-3)
    assert cut.weight_bytes < base.weight_bytes <= masked.weight_bytes
    apart = (masked.logits(ids).log_softmax(-1) - cut.logits(ids).log_softmax(-1)).abs().max()
    assert mixes.largest_difference(masked.logits(ids), cut.logits(ids)) == float(apart)
    found = compress(store, Mix(by, 0.4), {}, calibration="some text")
    assert (found.neurons.by, found.neurons.share) == (by, 0.4)
    assert (found.neurons.masked_bytes, found.neurons.cut_bytes) == (masked.weight_bytes, cut.weight_bytes)
    assert found.neurons.masked.perplexity == pytest.approx(found.neurons.cut.perplexity, rel=1e-3)
    assert found.counts.masked.stored == found.counts.baseline.stored > found.counts.cut.stored
    assert found.counts.masked.nonzero == found.counts.cut.nonzero


@pytest.mark.parametrize("mix", [Mix("unstructured", 0.5), Mix("structured", 0.0), Mix("none")])
def test_a_mix_without_neurons_shows_some_removed_by_activations(store: variants.VariantStore, mix: Mix) -> None:
    neurons = compress(store, mix, {}).neurons
    assert (neurons.by, neurons.share) == (lab.SHOWN, lab.SHOWN_SPARSITY) == ("activations", 0.3)


def test_contributions_by_hand(store: variants.VariantStore) -> None:
    base = store.base()
    fired = activations.calibrate(base, TEXT)
    lost: dict[str, list[float]] = {"structured": [], "activations": []}
    for block in structure.mlps(base.module):
        outgoing = structure.weight_of(base.module.get_submodule(block.outgoing)).numpy()
        incoming = structure.weight_of(base.module.get_submodule(block.incoming[-1])).numpy()
        worth = fired[block.outgoing].squares.numpy() * (outgoing**2).sum(0)
        for by, score in (("activations", worth), ("structured", (incoming**2).sum(1) * (outgoing**2).sum(0))):
            gone = np.argsort(score)[: round(len(score) * 0.3)]
            lost[by].append(worth[gone].sum() / worth.sum())
    found = mixes.contributions_removed(base, 0.3, TEXT)
    assert found == pytest.approx({by: float(np.mean(shares)) for by, shares in lost.items()}, rel=1e-4)


def test_layers_cut_give_what_layers_that_add_nothing_give(store: variants.VariantStore) -> None:
    """A layer whose outgoing projections are zero passes its states on unchanged: the mask that a cut layer equals."""
    base = store.base()
    ids = base.encode(TEXT)
    cut = mixes.pruned(base, "layers", 0.4, "Some other text.")
    kept = {next(layer.parameters()).data_ptr() for layer in structure.layer_list(cut.module)}
    silent = structure.share(base.module)
    for layer in structure.layer_list(silent):
        if next(layer.parameters()).data_ptr() not in kept:
            for name, part in layer.named_modules():
                if name.endswith(("o_proj", "down_proj", "c_proj")):
                    bias = torch.zeros_like(part.bias) if isinstance(part.bias, torch.Tensor) else None
                    structure.set_weight(part, torch.zeros_like(structure.weight_of(part)), bias)
    expected = dataclasses.replace(base, module=silent).logits(ids)
    torch.testing.assert_close(cut.logits(ids), expected, rtol=1e-4, atol=1e-4)
    assert cut.layers == base.layers - round(base.layers * 0.4) < base.layers
    assert base.layers == len(structure.layer_list(base.module)), "the base keeps its layers"


# ---- the grid


def test_repacking_gives_the_variant_of_the_bench(store: variants.VariantStore) -> None:
    base = store.base()
    ids = base.encode(TEXT)
    for method, quantization in itertools.product(METHODS, ("int8", "int4")):
        variant = Variant(quantization, pruning=method, sparsity=0.4)
        floats = mixes.pruned(base, method, 0.4, TEXT)
        ours = mixes.repacked(floats, store.get(Variant(quantization)), quantization)
        theirs = store.get(variant, TEXT)
        assert torch.equal(ours.logits(ids), theirs.logits(ids)), variant
        assert ours.weight_bytes == theirs.weight_bytes


def test_the_front_against_every_pair() -> None:
    points = [(5.0, 1.0), (3.0, 2.0), (3.0, 2.0), (3.0, 9.0), (4.0, 2.0), (1.0, 7.0), (6.0, 1.0)]
    assert mixes.on_front(points) == [True, True, True, False, False, True, False]


@pytest.mark.parametrize("grid", ["small", "medium", "large"])
def test_every_point_of_the_grid_is_a_measured_mix(store: variants.VariantStore, grid: str) -> None:
    mix = Mix("two-four", quantization="int8")
    found = compress(store, mix, grid=grid)
    plan = mixes.plan(store.base().layers, grid)
    in_plan = "int8" in plan["two-four", 0.5]
    assert len(found.grid) == sum(map(len, plan.values()))
    assert found.measured_mixes == len(found.grid) + (not in_plan)
    assert (found.mix in found.grid) is in_plan
    ids = store.base().encode(TEXT)
    for one in (found.mix, *found.grid):
        lm = store.get(one.variant, Settings().calibration)
        assert one.held_bytes == lm.weight_bytes, one.variant
        logits = lm.logits(ids[:-1]).double().log_softmax(-1)
        loss = -logits.gather(1, torch.tensor(ids[1:])[:, None]).mean()
        assert one.cost.perplexity == pytest.approx(float(loss.exp()), rel=1e-3), one.variant
    assert found.baseline.cost == Cost(found.perplexity_at("none", 0.5) or 0.0, 0.0)
    assert found.ratio == found.mix.cost.perplexity / found.baseline.cost.perplexity


def test_a_perplexity_is_found_by_pruning_and_sparsity_in_floats_only() -> None:
    found = numbers(
        point("wanda", 0.3, 7.0),
        grid=(point("wanda", 0.5, 9.0), point("global", 0.5, 3.0, quantization="int8"), point("two-four", 0.2, 8.0)),
    ).compressed
    assert [found.perplexity_at(*at) for at in (("wanda", 0.3), ("wanda", 0.5), ("two-four", 0.5))] == [7.0, 9.0, 8.0]
    assert [found.perplexity_at(*at) for at in (("wanda", 0.4), ("global", 0.5), ("layers", 0.5))] == [None] * 3


def test_the_kl_of_the_parts_is_added_where_both_were_measured() -> None:
    def costing(divergence: float, *variant: Any, **more: Any) -> Point:
        return dataclasses.replace(point(*variant, **more), cost=Cost(9.0, divergence))

    both = costing(0.5, "wanda", 0.3, 9.0, quantization="int4")
    found = numbers(
        both,
        grid=(
            costing(0.25, "wanda", 0.3, 7.0), costing(0.125, "none", 0.0, 7.0, quantization="int4"),
            costing(2.0, "wanda", 0.5, 7.0), costing(9.0, "layers", 0.1, 7.0, quantization="int4"),
        ),
    ).compressed  # fmt: skip
    assert found.added(both.variant) == 0.375
    assert found.sums == {"wanda 0.3 int4": (0.5, 0.375)}
    for alone in (
        Variant("int4"),
        Variant(pruning="wanda", sparsity=0.3),
        Variant("int8", pruning="wanda", sparsity=0.3),
    ):
        assert found.added(alone) is None


def test_calibration_goes_to_those_that_need_it() -> None:
    blank, given = mixes.Calibration("  ", "judged"), mixes.Calibration("given", "judged")
    assert (blank.same, given.same) == (True, False)
    assert [blank.of(method).strip() for method in ("wanda", "layers", "activations")] == ["judged", "judged", ""]
    assert {given.of(method) for method in METHODS} == {"given"}


def test_a_grid_leaves_the_store_to_the_variants_of_visitors(store: variants.VariantStore) -> None:
    compress(store)
    held = {id(lm.module) for lm, _ in store._kept.values()}
    assert len(held) == 3, "int8, int4, and this mix"
