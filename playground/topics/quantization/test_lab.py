"""The lab's numbers against independent computations, on a tiny random model and on the real one."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch

from playground.evaluation.reading import Reading
from playground.lab.bench import Bench
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Text
from playground.lab.variant import Variant
from playground.models import kernels as packed_layers
from playground.models import structure, variants
from playground.models.language_model import LanguageModel
from playground.topics.quantization import kernels, lab
from playground.topics.quantization.lab import Result, run
from playground.topics.quantization.rounding import round_model
from playground.topics.quantization.settings import Settings
from tests.conftest import byte_tokenizer, tiny_gpt2, tiny_llama

TEXT = "Quantize 量化 this text."


@pytest.fixture(params=[tiny_llama, tiny_gpt2])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


def finish(store: variants.VariantStore, **values: Any) -> Result:
    *_, result = run(Settings(**({"text": TEXT, "max_tokens": 4} | values)), Bench(store))
    return result


def by_hand(weight: torch.Tensor, bits: int) -> torch.Tensor:
    """Symmetric, one scale a row."""
    scale = weight.abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
    return (weight / scale).round() * scale


def test_perplexity_and_kl_by_hand(store: variants.VariantStore) -> None:
    result = finish(store, bits=3, grid="symmetric", granularity="row")
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
    assert result.figures is not None
    perplexity, kl = result.figures.items[:2]
    for value, log_probabilities in ((perplexity.a, p), (perplexity.b, q)):
        assert value == pytest.approx(
            math.exp(torch.nn.functional.nll_loss(log_probabilities, targets).item()), rel=1e-4
        )
    expected = torch.nn.functional.kl_div(q, p, log_target=True, reduction="none").sum(-1).mean().item()
    assert kl.b == pytest.approx(expected, rel=1e-3)


def test_noise_by_hand(store: variants.VariantStore) -> None:
    result = finish(store, bits=4, grid="symmetric", granularity="row")
    assert result.noise is not None
    for kind, row in zip(result.noise.rows, result.noise.values, strict=True):
        names = [name for name in structure.projections(store.base().module) if name.endswith(f".{kind}")]
        for name, decibels in zip(names[: len(row)], row, strict=False):
            weight = structure.weight_of(store.base().module.get_submodule(name))
            noise = weight - by_hand(weight, 4)
            assert decibels == pytest.approx(10 * math.log10(weight.square().sum() / noise.square().sum()), abs=0.01)


def test_the_curve_the_table_and_the_figures_are_one_computation(store: variants.VariantStore) -> None:
    result = finish(store, bits=7, granularity="group", group_size="64", range_by="percentile")
    assert result.perplexities and result.divergences and result.figures and result.granularities
    curve = dict(zip(result.perplexities.lines[0].x, result.perplexities.lines[0].y, strict=True))
    assert sorted(curve) == [2, 3, 4, 5, 6, 7, 8], "this setting's bits stand on the curve, whatever they are"
    here = result.figures.items[0].b
    assert curve[7] == here == result.perplexities.marks[0].y
    assert result.divergences.marks[0].y == result.figures.items[1].b
    (row,) = result.granularities.highlight
    assert result.granularities.rows[row][2] == here
    assert result.granularities.rows[row][1] == pytest.approx(7 + 23 / 64, abs=0.4)


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
    histogram = lab.histogram(base, Settings(bits=3, matrix="down", layer=99))
    last = list(structure.projections(base.module).values())[-1]
    assert sum(histogram.series[0].values) == structure.weight_of(last).numel()  # type: ignore[arg-type]
    assert histogram.grid == tuple(float(code) for code in range(8))
    # A zero point rounded to a whole code shifts the ends by half a step at most.
    assert -0.5 <= histogram.edges[0] and histogram.edges[-1] <= 7.5
    one_scale = lab.histogram(base, Settings(bits=3, granularity="tensor", grid="symmetric", matrix="down", layer=99))
    assert max(one_scale.grid) == pytest.approx(structure.weight_of(last).abs().max().item())


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


@pytest.mark.parametrize(
    ("tensor", "group", "answer"), [(11.0, 10.0, "alike"), (50.0, 10.0, "some"), (1e6, 10.0, "many")]
)
def test_the_prediction_reads_the_table(tensor: float, group: float, answer: str, store: variants.VariantStore) -> None:
    result = finish(store)
    assert result.granularities is not None
    rows = list(result.granularities.rows)
    rows[0] = (*rows[0][:2], tensor, *rows[0][3:])
    rows[-1] = (*rows[-1][:2], group, *rows[-1][3:])
    changed = dataclasses.replace(result, granularities=dataclasses.replace(result.granularities, rows=tuple(rows)))
    outcome = lab.TOPIC.prediction.outcome(changed)
    assert outcome is not None and outcome.answer == answer


def held_by(layer: packed_layers.PackedLinear) -> torch.Tensor:
    """The weights that a packed layer multiplies by; an int4 head's row by row, which takes less than unit vectors."""
    if isinstance(layer, packed_layers.Int4Linear):
        return torch.cat([layer.rows(part) for part in torch.arange(layer.out_features).split(8192)])
    return layer.dequantized()


@pytest.mark.model
@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_a_kernel_costs_what_its_weights_cost_in_floats(kind: str, real_lm: LanguageModel) -> None:
    # The same rounded weights, multiplied as floats: what is left is the arithmetic of the kernel.
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


def test_texts_are_in_both_languages(store: variants.VariantStore) -> None:
    result = finish(store, bits=2, activations="token", range_by="least-squares")
    asked = lab.TOPIC.followups(Settings(bits=2, activations="token", range_by="least-squares"), result)
    assert len(asked) >= 3
    assert all(isinstance(one.question, Text) and isinstance(one.answer, Text) for one in asked)
