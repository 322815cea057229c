"""The lab's numbers against independent computations, on a tiny random model; the student on the real teacher's labels."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest
import torch

from playground.compression.quantize import fake_quantize
from playground.lab.bench import Bench
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.variant import Variant
from playground.learning import sentiment
from playground.learning.distillation import Vocabulary, learn
from playground.learning.teacher_labels import parts, teacher_labels
from playground.models import kernels, structure, variants
from playground.models.language_model import LanguageModel
from playground.topics.compression import lab, mixes, words
from playground.topics.compression.counting import Count, count, scheme_of
from playground.topics.compression.lab import Result
from playground.topics.compression.settings import METHODS, Mix, Settings
from tests.conftest import byte_tokenizer, tiny_gpt2, tiny_llama

TEXT = "Prune 剪枝 this text."


@pytest.fixture(params=[tiny_llama, tiny_gpt2])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


def compress(store: variants.VariantStore, mix: Mix | None = None, until: str = "", **values: Any) -> Result:
    """The compression part of a run, to its end or until a panel is there."""
    result = Result()
    for result in lab.compress(Settings(text=TEXT, mix=mix or Mix(), **values), Bench(store)):
        if until and getattr(result, until) is not None:
            break
    return result


def weights(lm: LanguageModel) -> list[torch.Tensor]:
    return [structure.weight_of(layer) for layer in structure.projections(lm.module).values()]


# ---- sparsity exactly as asked


@pytest.mark.parametrize("sparsity", [0.05, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("method", METHODS)
def test_the_sparsity_is_the_one_asked_for(store: variants.VariantStore, method: str, sparsity: float) -> None:
    base = store.base()
    result = compress(store, Mix(method, sparsity), until="counts")
    total = sum(weight.numel() for weight in weights(base))
    assert result.counts is not None and result.figures is not None
    stored, nonzero = (round(1e6 * float(one)) for one in result.counts.rows[1][1:3])  # type: ignore[arg-type]
    zeros = {
        "unstructured": sum(round(weight.numel() * sparsity) for weight in weights(base)),
        "global": round(total * sparsity),
        "wanda": sum(len(weight) * round(weight.shape[1] * sparsity) for weight in weights(base)),
        "two-four": total // 2,
    }.get(method, 0)
    assert stored - nonzero == zeros
    assert result.figures.items[3].b == pytest.approx(100 * zeros / stored)
    assert result.figures.items[3].a == 0, "a random baseline has none"
    if method == "structured":
        for block in structure.mlps(base.module):
            cut, whole = (
                structure.weight_of(lm.module.get_submodule(block.outgoing)).shape[1]
                for lm in (store.get(Variant(pruning="structured", sparsity=sparsity)), base)
            )
            assert cut == whole - round(whole * sparsity)
        assert stored < total
    elif method == "layers":
        removed = min(base.layers - 1, round(base.layers * sparsity))
        assert stored == total * (base.layers - removed) // base.layers
    else:
        assert stored == total, "a mask leaves the number of parameters as it was"


# ---- cut equals masked


def test_neurons_cut_and_neurons_zeroed_give_the_same_distributions(store: variants.VariantStore) -> None:
    base = store.base()
    ids = base.encode(TEXT)
    masked, cut = mixes.masked_neurons(base, 0.4), mixes.pruned(base, "structured", 0.4, "")
    torch.testing.assert_close(masked.logits(ids), cut.logits(ids), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(masked.logits(ids), base.logits(ids), atol=1e-3)
    assert cut.weight_bytes < base.weight_bytes == masked.weight_bytes


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


@pytest.mark.parametrize("grid", ["small", "large"])
def test_every_point_of_the_grid_is_a_measured_mix(store: variants.VariantStore, grid: str) -> None:
    mix = Mix("two-four", quantization="int8")
    result = compress(store, mix, grid=grid)
    assert result.mixes is not None and result.front is not None
    plan = mixes.plan(store.base().layers, grid == "large")
    in_plan = "int8" in plan["two-four", 0.5]
    assert len(result.mixes.rows) == sum(map(len, plan.values())) + (not in_plan) == len(result.front.points)
    (here,) = result.mixes.highlight
    lm = store.get(mix.variant)
    assert result.mixes.rows[here][1] == pytest.approx(lm.weight_bytes / 1e6)
    held = [row[1] for row in result.mixes.rows]
    assert held == sorted(held)  # type: ignore[type-var]
    front = [row for row in result.mixes.rows if row[5]]
    for smaller, larger in itertools.pairwise(front):
        assert larger[2] <= smaller[2]  # type: ignore[operator]


def test_a_grid_leaves_the_store_to_the_variants_of_visitors(store: variants.VariantStore) -> None:
    compress(store)
    held = {id(lm.module) for lm, _ in store._kept.values()}
    assert len(held) == 3, "int8, int4, and this mix"


# ---- counting


def test_counts_by_hand(store: variants.VariantStore) -> None:
    base = store.base()
    total = sum(weight.numel() for weight in weights(base))
    assert count(base, None) == Count(total, total, total)
    pruned = mixes.pruned(base, "unstructured", 0.75, "")
    found = count(pruned, None)
    assert found.nonzero == sum(int((weight != 0).sum()) for weight in weights(pruned))
    # A bitmap of one bit for each weight, 32 bits for each that isn't 0.
    assert found.effective == pytest.approx((total + 32 * found.nonzero) / 32)
    for quantization in ("int8", "int4", "simulated"):
        scheme = scheme_of(Variant(quantization, bits=3))
        assert scheme is not None
        rounded = sum(int((fake_quantize(weight, scheme) != 0).sum()) for weight in weights(pruned))
        assert count(pruned, scheme).nonzero == rounded <= found.nonzero
    dense = count(base, kernels.INT8)
    assert dense.effective == pytest.approx(sum(w.numel() + 2 * len(w) for w in weights(base)) / 4, rel=0.01)


# ---- the run around it


def test_calibration_by_the_text_itself_is_said(store: variants.VariantStore) -> None:
    for calibration, said in (("", True), ("another text", False)):
        figures = compress(store, until="counts", calibration=calibration).figures
        assert figures is not None and figures.caveat is not None
        assert ("flatters" in figures.caveat.en) is said
    blank, same = (compress(store, until="counts", calibration=text).figures for text in ("", TEXT))
    assert blank is not None and same is not None and blank.items == same.items


def test_a_text_of_one_token_names_its_field(store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LanguageModel, "encode", lambda self, text: [1])
    with pytest.raises(PlaygroundError) as caught:
        next(lab.run(Settings(text="a"), Bench(store)))
    assert caught.value.field == "text"


def test_a_run_can_be_stopped_in_the_grid(store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(store)
    steps = lab.compress(Settings(text=TEXT), bench)
    while next(steps).mixes is None:
        pass

    def stop() -> None:
        raise Cancelled

    monkeypatch.setattr(bench, "checkpoint", stop)
    with pytest.raises(Cancelled):
        next(steps)


@pytest.mark.parametrize(
    ("magnitude", "wanda", "answer"), [(30.0, 20.0, "wanda"), (20.0, 30.0, "magnitude"), (20.0, 20.5, "alike")]
)
def test_the_prediction_reads_the_curves(
    store: variants.VariantStore, magnitude: float, wanda: float, answer: str
) -> None:
    result = compress(store)
    assert result.survival is not None
    given = {METHODS["unstructured"]: magnitude, METHODS["wanda"]: wanda}
    lines = tuple(
        dataclasses.replace(
            line, y=tuple(given.get(line.name, y) if x == 0.5 else y for x, y in zip(line.x, line.y, strict=True))
        )  # type: ignore[arg-type]
        for line in result.survival.lines
    )
    changed = dataclasses.replace(result, survival=dataclasses.replace(result.survival, lines=lines))
    outcome = words.PREDICTION.outcome(changed)
    assert outcome is not None and outcome.answer == answer


# ---- the student, on the real teacher


@pytest.mark.model
def test_the_students_figures_by_hand(real_lm: LanguageModel) -> None:
    settings = Settings()
    *_, result = lab.distil(settings, Bench(variants.store()), Result())
    texts, labels = parts(), teacher_labels(sentiment.load(), real_lm)
    assert result.students is not None and result.temperatures is not None and result.pace is not None
    teacher, alone, distilled = result.students.rows
    report = sentiment.load().report["held_out"]
    assert teacher[1] == pytest.approx(report["chinese"]["accuracy"], abs=0.01)
    assert teacher[3] == pytest.approx(report["english"]["accuracy"], abs=0.02)

    # The same students again, by the parts of the library alone.
    read = {
        name: [real_lm.tokenizer.encode(item.text, add_special_tokens=False) for item in items]
        for name, items in texts.items()
    }
    truth = {name: torch.tensor([float(item.label) for item in items]) for name, items in texts.items()}
    vocabulary = Vocabulary.of(read["train"])
    rows, soft = vocabulary.encode(read["train"]), torch.from_numpy(labels.train)
    answers = torch.from_numpy(labels.held_out) > 0
    recipe = settings.distillation.recipe
    for row, one in ((alone, dataclasses.replace(recipe, soft_weight=0.0)), (distilled, recipe)):
        *_, last = learn(rows, soft, truth["train"], one)
        with torch.no_grad():
            positive = last.student(vocabulary.encode(read["held_out"])) > 0
        assert row[1] == pytest.approx(float((positive == (truth["held_out"] > 0)).float().mean()))
        assert row[4] == pytest.approx(float((positive == answers).float().mean()))
        assert row[5] == pytest.approx(((len(vocabulary.rows) + 1) * recipe.width + recipe.width + 1) / 1e6)
        assert row[6] == pytest.approx(4 * row[5])  # type: ignore[operator]
    layers = structure.layer_list(real_lm.module)[: sentiment.load().layer]
    read_by_teacher = structure.held_bytes(layers) + structure.held_bytes(real_lm.module.get_input_embeddings())
    assert teacher[6] == pytest.approx((read_by_teacher + 4 * (real_lm.hidden_size + 1)) / 1e6, rel=1e-3)
    assert result.temperatures.lines[0].x == (1.0, 2.0, 4.0, 8.0)
    assert result.pace.rows[1][4] > 5, "the student is faster by more than five times"  # type: ignore[operator]
