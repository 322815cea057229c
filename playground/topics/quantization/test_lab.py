"""The lab's findings against independent computations, on a tiny random model and on the real one."""

from __future__ import annotations

import dataclasses
import math
import statistics
from typing import Any

import pytest
import torch

from playground.evaluation.reading import Reading
from playground.lab.bench import Bench
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.panels import merged
from playground.lab.variant import Variant
from playground.models import kernels as packed_layers
from playground.models import structure, variants
from playground.models.language_model import LanguageModel
from playground.topics.quantization import kernels
from playground.topics.quantization.findings import Findings, Matrix, matrix_of, median_snr
from playground.topics.quantization.grid import MatrixOnGrid, matrix_on_grid
from playground.topics.quantization.lab import run
from playground.topics.quantization.rounding import round_model
from playground.topics.quantization.settings import Result, Settings
from playground.topics.quantization.sweep import by_bits, by_granularity
from tests.conftest import byte_tokenizer, tiny_gpt2, tiny_llama

TEXT = "Quantize 量化 this text."


@pytest.fixture(params=[tiny_llama, tiny_gpt2])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


def finish(store: variants.VariantStore, **values: Any) -> Findings:
    result: Result | None = None
    for new in run(Settings(**({"text": TEXT, "max_tokens": 4} | values)), Bench(store, seconds=600)):
        result = merged(result, new)
    assert result is not None and result.findings is not None
    return result.findings


def by_hand(weight: torch.Tensor, bits: int) -> torch.Tensor:
    """Symmetric, one scale a row."""
    scale = weight.abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
    return (weight / scale).round() * scale


def test_perplexity_and_kl_by_hand(store: variants.VariantStore) -> None:
    found = finish(store, bits=3, grid="symmetric", granularity="row")
    base = store.base()
    ids = base.encode(TEXT)
    rounded = structure.share(base.module)
    for layer in structure.projections(rounded).values():
        structure.set_weight(layer, by_hand(structure.weight_of(layer), 3))
    with torch.inference_mode():
        p, q = (
            module(input_ids=torch.tensor([ids])).logits[0, :-1].log_softmax(-1) for module in (base.module, rounded)
        )
    targets = torch.tensor(ids[1:])
    for value, log_probabilities in ((found.baseline_perplexity, p), (found.loss.perplexity, q)):
        assert value == pytest.approx(
            math.exp(torch.nn.functional.nll_loss(log_probabilities, targets).item()), rel=1e-4
        )
    expected = torch.nn.functional.kl_div(q, p, log_target=True, reduction="none").sum(-1).mean().item()
    # Cross-entropy less entropy, in float32.
    assert found.loss.divergence == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert found.tokens == len(ids)


def test_noise_by_hand(store: variants.VariantStore) -> None:
    settings = Settings(bits=4, grid="symmetric", granularity="row")
    noise = round_model(store.base(), settings.scheme, measure_noise=True).noise
    assert list(noise) == list(structure.projections(store.base().module))
    expected = []
    for name, decibels in noise.items():
        weight = structure.weight_of(store.base().module.get_submodule(name))
        error = weight - by_hand(weight, 4)
        expected.append(10 * math.log10(weight.square().sum() / error.square().sum()))
        assert decibels == pytest.approx(expected[-1], abs=0.01)
    found = finish(store, bits=4, grid="symmetric", granularity="row")
    assert found.median_snr == pytest.approx(statistics.median(expected), abs=0.01)
    assert median_snr({"a": None, "b": 20.0, "c": 30.0}) == 25.0
    assert median_snr({"a": None}) is None


def test_the_settings_are_one_point_of_every_comparison(store: variants.VariantStore) -> None:
    found = finish(store, bits=7, granularity="group", group_size="64", range_by="percentile")
    assert list(found.by_bits) == ["2", "3", "4", "5", "6", "7", "8"], (
        "these settings' bits are included, whatever they are"
    )
    assert found.by_bits["7"] == found.by_granularity["group_64"] == found.loss
    assert found.loss.bits_per_weight == pytest.approx(7 + 23 / 64, abs=0.4)
    assert (
        found.tensor_over_group
        == found.by_granularity["tensor"].perplexity / found.by_granularity["group_32"].perplexity
    )


def test_what_is_compared_differs_in_one_thing() -> None:
    scheme = Settings(bits=3, range_by="least-squares").scheme
    granularities = by_granularity(scheme)
    assert [(one.granularity, one.group_size) for one in granularities.values()] == [
        ("tensor", 32), ("row", 32), ("group", 128), ("group", 64), ("group", 32),
    ]  # fmt: skip
    assert list(granularities) == ["tensor", "row", "group_128", "group_64", "group_32"]
    assert {one.bits for one in granularities.values()} == {3}
    assert [dataclasses.replace(one, bits=3) for one in by_bits(scheme).values()] == [scheme] * 6
    assert all(one.bits == bits for bits, one in by_bits(scheme).items())


def test_what_is_generated_is_generates_own(store: variants.VariantStore) -> None:
    found = finish(store, bits=2, max_tokens=8)
    base = store.base()
    ids = base.encode(TEXT)
    outputs = []
    for lm in (base, round_model(base, Settings(bits=2).scheme).lm):
        out = lm.module.generate(  # type: ignore[operator]
            torch.tensor([ids]), max_new_tokens=8, do_sample=False, pad_token_id=258
        )
        outputs.append(out[0, len(ids) :].tolist())
    for text, out in zip((found.continuations.baseline, found.continuations.rounded), outputs, strict=True):
        assert text.rstrip("\ufffd") == base.decode(out).replace("<eos>", "").rstrip("\ufffd")
    differ = [at for at, (one, other) in enumerate(zip(*outputs, strict=False), 1) if one != other]
    assert found.continuations.parting == (differ[0] if differ else None)


def test_the_models_that_others_use_stay_as_they_were(store: variants.VariantStore) -> None:
    base = store.base()
    before = {name: tensor.clone() for name, tensor in base.module.state_dict().items()}
    ids = base.encode(TEXT)
    logits = base.logits(ids)
    finish(store, bits=2, activations="tensor", activation_bits=2, head=True)
    assert torch.equal(base.logits(ids), logits)
    for name, tensor in base.module.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert not any(layer._forward_pre_hooks for layer in base.module.modules())


def test_activations_are_rounded_where_they_enter_a_matrix(store: variants.VariantStore) -> None:
    base, settings = store.base(), Settings()
    fine = round_model(base, settings.scheme, activations="token", activation_bits=8).lm
    coarse = round_model(base, settings.scheme, activations="token", activation_bits=2).lm
    plain = round_model(base, settings.scheme).lm
    reading = Reading(plain, base.encode(TEXT))
    assert 0 < reading.cost(fine).divergence < reading.cost(coarse).divergence


def test_the_head_counts_when_it_is_included(store: variants.VariantStore) -> None:
    base, scheme = store.base(), Settings(bits=2).scheme
    head = structure.head_name(base.module)
    with_head = round_model(base, scheme, head=True, measure_noise=True)
    assert head in with_head.noise
    assert head not in round_model(base, scheme, measure_noise=True).noise
    weight = with_head.lm.module.get_submodule(head).weight
    assert weight.data_ptr() != base.module.get_submodule(head).weight.data_ptr()
    embedding = with_head.lm.module.get_input_embeddings().weight
    assert embedding.data_ptr() == base.module.get_input_embeddings().weight.data_ptr()


def test_the_histogram_counts_every_weight_and_its_grid_is_the_codes(store: variants.VariantStore) -> None:
    base = store.base()
    on_grid = matrix_on_grid(base, Settings(bits=3).scheme, 99, "down")
    last = list(structure.projections(base.module).values())[-1]
    assert on_grid.layer == base.layers
    assert sum(on_grid.counts) == structure.weight_of(last).numel()
    assert on_grid.in_steps and on_grid.levels == tuple(float(code) for code in range(8))
    # A zero point rounded to a whole code shifts the ends by half a step at most.
    assert -0.5 <= on_grid.edges[0] and on_grid.edges[-1] <= 7.5
    one_scale = matrix_on_grid(base, Settings(bits=3, granularity="tensor", grid="symmetric").scheme, 99, "down")
    assert not one_scale.in_steps
    assert max(one_scale.levels) == pytest.approx(structure.weight_of(last).abs().max().item())


def test_a_spike_is_a_bin_far_above_its_neighbours() -> None:
    on_grid = MatrixOnGrid(2, True, (100, 100, 900, 200, 100), (0.0, 1.0, 2.0, 3.0, 4.0, 5.0), (0.0, 3.0, 6.0))
    assert matrix_of(on_grid) == Matrix(2, True, 0.0, 5.0, 0.0, 6.0, pytest.approx(900 / 150))
    # Beside two bins of 500,000 one of 40 is too small to count, whatever its neighbours.
    few = dataclasses.replace(on_grid, counts=(500_000, 500_000, 0, 40, 0))
    assert matrix_of(few).spike == pytest.approx(2.0)


def test_bytes_of_the_kernels_are_those_of_their_storages(store: variants.VariantStore) -> None:
    for variant in (Variant(), Variant("int8"), Variant("int4")):
        lm = store.get(variant)
        packed = [
            b
            for name, b in lm.module.named_buffers()
            if name.rpartition(".")[2].startswith(("codes", "scale", "packed"))
        ]
        biases = [b for name, b in lm.module.named_buffers() if name.endswith("bias")]
        if variant == Variant():
            layers = [*structure.projections(lm.module).values(), lm.module.get_output_embeddings()]
            expected = sum(p.numel() * p.element_size() for layer in layers for p in layer.parameters())
        else:
            expected = sum(b.numel() * b.element_size() for b in [*packed, *biases])
        assert kernels.matrix_bytes(lm) == expected
        assert lm.weight_bytes >= expected


def test_the_kernels_and_the_simulation_in_the_findings(store: variants.VariantStore) -> None:
    found = finish(store)
    assert list(found.kernels) == list(found.measured.step_ms) == ["none", "int8", "int4"]
    reading = Reading(store.base(), store.base().encode(TEXT))
    for kind, kernel in found.kernels.items():
        lm = store.get(Variant(kind))
        cost = reading.cost(lm)
        assert (kernel.matrix_bytes, kernel.held_bytes) == (kernels.matrix_bytes(lm), lm.weight_bytes)
        assert kernel.perplexity == pytest.approx(cost.perplexity)
        assert kernel.divergence == pytest.approx(cost.divergence, abs=1e-5)
        assert found.measured.step_ms[kind] > 0
    assert found.simulated_bytes == found.kernels["none"].matrix_bytes


def test_a_run_can_be_stopped_between_two_matrices(
    store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.base()
    bench = Bench(store)
    steps = run(Settings(text=TEXT), bench)
    next(steps)
    calls: list[int] = []

    def stop() -> None:
        calls.append(1)
        if len(calls) == 5:
            raise Cancelled

    monkeypatch.setattr(bench, "checkpoint", stop)
    with pytest.raises(Cancelled):
        next(steps)


def test_a_text_of_one_token_names_its_field(store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LanguageModel, "encode", lambda self, text: [1])
    with pytest.raises(PlaygroundError) as caught:
        next(run(Settings(text="a"), Bench(store)))
    assert caught.value.field == "text"


# ---- on the real model


def held_by(layer: packed_layers.PackedLinear) -> torch.Tensor:
    """The weights that a packed layer multiplies by; an int4 head's row by row, which takes less than unit vectors."""
    if isinstance(layer, packed_layers.Int4Linear):
        return torch.cat([layer.rows(part) for part in torch.arange(layer.out_features).split(8192)])
    return layer.dequantized()


@pytest.mark.model
@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_a_kernel_costs_what_its_weights_cost_in_floats(kind: str, real_lm: LanguageModel) -> None:
    # The same rounded weights, multiplied as floats: the difference is the kernel's arithmetic.
    lm = variants.store().get(Variant(kind))
    floats = structure.share(real_lm.module)
    packed = {name: one for name, one in lm.module.named_modules() if isinstance(one, packed_layers.PackedLinear)}
    assert len(packed) == 18 * 7 + 1, "the output head included"
    for name, one in packed.items():
        layer = floats.get_submodule(name)
        structure.set_weight(layer, held_by(one).to(structure.weight_of(layer).dtype))
    # The input embedding is the packed head's rows.
    floats.get_input_embeddings().weight = floats.get_output_embeddings().weight
    ids = real_lm.encode("人工智能研究怎样让机器学习。Machines can learn.")
    p = dataclasses.replace(real_lm, module=floats).logits(ids).log_softmax(-1)
    q = lm.logits(ids).log_softmax(-1)
    kl = (p.exp() * (p - q)).sum(-1).mean()
    assert kl < 0.02
    assert (p.argmax(-1) == q.argmax(-1)).float().mean() > 0.8
