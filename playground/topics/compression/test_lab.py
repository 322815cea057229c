"""Tests the lab's numbers against independent computations on tiny random models, and the students on the real teacher's labels."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Generator
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from playground.compression.quantize import fake_quantize
from playground.evaluation.reading import Cost
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.variant import Variant
from playground.learning.distillation import Vocabulary, learn
from playground.learning.teacher_labels import parts, teacher, teacher_labels
from playground.models import activations, kernels, structure, variants
from playground.models.language_model import LanguageModel
from playground.topics.compression import lab, mixes
from playground.topics.compression.counting import Count, count, scheme_of
from playground.topics.compression.findings import (
    AtTemperature,
    Compressed,
    Counts,
    Dispute,
    Distilled,
    Examined,
    Findings,
    Measured,
    Neurons,
    Paired,
    Reordered,
)
from playground.topics.compression.interview import PREDICTION, follow_ups, verdict
from playground.topics.compression.mixes import Point
from playground.topics.compression.settings import METHODS, Distillation, Mix, Result, Settings
from tests.conftest import byte_tokenizer, tiny_gpt2, tiny_llama

TEXT = "Prune 剪枝 this text."


@pytest.fixture(params=[tiny_llama, tiny_gpt2])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> variants.VariantStore:
    # A store for each test: the whole calibration set for each would take longer than the tests.
    monkeypatch.setattr(activations, "passages", lambda: ("A calibration set.", "校准集"))
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


Value = TypeVar("Value")


def returned(steps: Generator[Result, None, Value]) -> Value:
    """What half a run returns at its end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: Value = end.value
            return value


def compress(
    store: variants.VariantStore, mix: Mix | None = None, plan: mixes.Grid | None = None, **values: Any
) -> Compressed:
    """The numbers of the compression half of a run; `plan` {} leaves the grid out."""
    return returned(lab.compress(Settings(text=TEXT, mix=mix or Mix(), **values), Bench(store), plan))[0]


def weights(lm: LanguageModel) -> list[torch.Tensor]:
    return [structure.weight_of(layer) for layer in structure.projections(lm.module).values()]


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
    for point in (found.mix, *found.grid):
        lm = store.get(point.variant, Settings().calibration)
        assert point.held_bytes == lm.weight_bytes, point.variant
        logits = lm.logits(ids[:-1]).double().log_softmax(-1)
        loss = -logits.gather(1, torch.tensor(ids[1:])[:, None]).mean()
        assert point.cost.perplexity == pytest.approx(float(loss.exp()), rel=1e-3), point.variant
    assert found.baseline.cost == Cost(found.perplexity_at("none", 0.5) or 0.0, 0.0)
    assert found.ratio == found.mix.cost.perplexity / found.baseline.cost.perplexity


def point(pruning: str, sparsity: float, perplexity: float, held_bytes: int = 100, quantization: str = "none") -> Point:
    return Point(Variant(quantization, pruning=pruning, sparsity=sparsity), held_bytes, Cost(perplexity, 0.1))


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
    blank, same, other = (compress(store, plan={}, calibration=text) for text in ("", TEXT, "another text"))
    assert (blank.same_text, same.same_text, other.same_text) == (True, False, False)
    # Neurons by activations, shown beside the mix, don't need the text where it is blank.
    shown = {name: getattr(same, name) for name in ("neurons", "counts", "contributions_removed")}
    assert dataclasses.replace(blank, same_text=False, **shown) == same
    assert blank.counts.mix == same.counts.mix


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


# ---- what is said of a result

TEACHER = Examined(0.9, 0.88, 0.92, 0.3, 0.85, 1.0, 100_000_000, 200_000_000)
ALONE = Examined(0.7, 0.67, 0.73, 0.7, 0.5, 0.72, 90_000, 360_000)
PSEUDO = Examined(0.78, 0.75, 0.81, 0.6, 0.54, 0.83, 90_000, 360_000)
STUDENT = Examined(0.8, 0.77, 0.83, 0.5, 0.55, 0.84, 90_000, 360_000)
UNCLEAR, CLEAR = Paired(50, 30, 0.07), Paired(60, 30, 0.002)
TIMES = Measured(10.0, 10.0, 10.0, 6.0, 30.0, 0.1)


def numbers(
    mix: Point,
    *,
    grid: tuple[Point, ...] = (),
    counted: Count = Count(2_000_000, 1_000_000, 1_100_000.0),
    same_text: bool = False,
    teacher: Examined = TEACHER,
    alone: Examined = ALONE,
    pseudo: Examined = PSEUDO,
    student: Examined = STUDENT,
    paired: Paired = UNCLEAR,
    times: Measured = TIMES,
) -> Findings:
    """Findings by hand: a baseline of perplexity 5 that holds 100 bytes, and what is given."""
    whole = Count(2_000_000, 2_000_000, 2_000_000.0)
    baseline = point("none", 0.5, 5.0)
    neurons = Neurons("activations", 0.5, Cost(9.0, 0.5), 100, Cost(9.0, 0.5), 80, 1e-5)
    compressed = Compressed(
        20,
        same_text,
        baseline,
        mix,
        Counts(whole, counted, whole, whole),
        neurons,
        (baseline, *grid),
        "float32",
        {"structured": 0.25, "activations": 0.01},
    )
    temperatures = (AtTemperature(1.0, 0.84, 0.8), AtTemperature(2.0, 0.85, 0.81))
    distilled = Distilled(
        teacher, alone, pseudo, student, paired, 3000, 6000, 8, 0.001, 0.9, 0.8,
        Reordered(("a b", "b a"), (0.9, 0.1), (0.6, 0.6)), (Dispute("so so", 0, 0.4, 0.6),), temperatures,
    )  # fmt: skip
    return Findings(compressed, distilled, times)


def test_findings_go_to_json_and_back() -> None:
    found = numbers(point("wanda", 0.5, 7.0), grid=(point("layers", 0.1, 8.0, quantization="int4"),))
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
    assert found.measured.speedup == pytest.approx(300)


@pytest.mark.parametrize(
    ("magnitude", "wanda", "answer"),
    [(30.0, 20.0, "wanda"), (20.0, 30.0, "magnitude"), (20.0, 20.5, "alike"), (20.0, 21.5, "magnitude")],
)
def test_the_prediction_compares_the_two_at_half(magnitude: float, wanda: float, answer: str) -> None:
    found = numbers(point("wanda", 0.5, wanda), grid=(point("unstructured", 0.5, magnitude), point("wanda", 0.3, 1.0)))
    outcome = PREDICTION.outcome(Settings(), found)
    assert outcome is not None and outcome.answer == answer
    assert f"{magnitude:.4g}" in outcome.evidence.en and f"{wanda:.4g}" in outcome.evidence.zh
    assert PREDICTION.outcome(Settings(), numbers(point("wanda", 0.5, wanda))) is None


def test_the_run_answers_its_own_prediction(store: variants.VariantStore) -> None:
    found = compress(store)
    whole = dataclasses.replace(numbers(found.mix), compressed=found)
    assert PREDICTION.outcome(Settings(), whole) is not None


WANDA = point("wanda", 0.5, 7.0)
INT8 = point("none", 0.5, 5.1, held_bytes=51_200_000, quantization="int8")
VERDICTS = {
    "no bytes saved, off the front": (
        Settings(),
        numbers(WANDA),
        "Wanda 50%：困惑度 7（基线 5），占用 0.0 MB，与基线相同，不在所测 2 个组合的帕累托前沿上；"
        "学生的准确率：只有标签 70.0%，伪标签 78.0%，软标签 80.0%（教师 90.0%）。",
        "Wanda 50%: perplexity 7 (baseline 5); it takes 0.0 MB, as the baseline does, and is not on the Pareto front of the 2 mixes "
        "measured; accuracy of the students: labels only 70.0%, pseudo-labels 78.0%, soft labels 80.0% (teacher 90.0%).",
    ),
    "other bytes, on the front": (
        Settings(mix=Mix("none", quantization="int8")),
        numbers(dataclasses.replace(INT8, cost=Cost(4.9, 0.1))),
        "int8：困惑度 4.9（基线 5），占用 51.2 MB（基线 0.0 MB），在所测 2 个组合的帕累托前沿上；"
        "学生的准确率：只有标签 70.0%，伪标签 78.0%，软标签 80.0%（教师 90.0%）。",
        "int8: perplexity 4.9 (baseline 5); it takes 51.2 MB (baseline 0.0 MB) and is on the Pareto front of the 2 mixes measured; "
        "accuracy of the students: labels only 70.0%, pseudo-labels 78.0%, soft labels 80.0% (teacher 90.0%).",
    ),
    "nothing compressed, no teacher": (
        Settings(mix=Mix("wanda", 0.0), distillation=Distillation(soft_weight=0.0)),
        numbers(point("none", 0.5, 5.0)),
        "不压缩：困惑度 5（基线 5），占用 0.0 MB，与基线相同，在所测 1 个组合的帕累托前沿上；学生没有用教师，准确率 70.0%（教师 90.0%）。",
        "uncompressed: perplexity 5 (baseline 5); it takes 0.0 MB, as the baseline does, and is on the Pareto front of the 1 mixes "
        "measured; the student learned without the teacher and has an accuracy of 70.0% (teacher 90.0%).",
    ),
}


@pytest.mark.parametrize(("settings", "found", "zh", "en"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict_in_each_branch(settings: Settings, found: Findings, zh: str, en: str) -> None:
    said = verdict(settings, found)
    assert (said.zh, said.en) == (zh, en)


def asked(found: Findings, settings: Settings) -> str:
    """All questions of a result, and their answers, in English."""
    return "\n".join(f"{item.question.en} {item.answer.en}" for item in follow_ups(settings, found))


def recipe(**values: Any) -> Settings:
    return Settings(distillation=Distillation(**values))


PLAIN = recipe(soft_weight=0.0, temperature=2.0)
NO_ENGLISH = dataclasses.replace(TEACHER, english=0.6)
MAGNITUDE = point("unstructured", 0.5, 8.0)
NORMS, ACTIVATIONS = point("structured", 0.1, 90.0), point("activations", 0.1, 7.0)
SLOW = "2.0 M stored, 1.0 M non-zero: why is a step no faster?"
FULL = recipe(labelled=1.0)
BOTH = point("wanda", 0.5, 7.0, quantization="int4")


def added(first: float, second: float) -> Findings:
    """A mix whose KL is 0.1, and that of its parts."""
    parts = point("wanda", 0.5, 7.0), point("none", 0.5, 7.0, quantization="int4")
    costs = (Cost(7.0, divergence) for divergence in (first, second))
    return numbers(
        BOTH, grid=tuple(dataclasses.replace(part, cost=cost) for part, cost in zip(parts, costs, strict=True))
    )


ASKED = [
    # what is asked; settings and findings that raise it; settings and findings that don't
    (SLOW, PLAIN, numbers(WANDA), PLAIN, numbers(point("structured", 0.5, 7.0))),
    (SLOW, PLAIN, numbers(point("two-four", 0.5, 7.0)), PLAIN, numbers(point("none", 0.5, 5.0))),
    (SLOW, PLAIN, numbers(point("global", 0.5, 7.0, quantization="simulated")), PLAIN, numbers(point("global", 0.5, 7.0, quantization="int8"))),
    (SLOW, PLAIN, numbers(MAGNITUDE), PLAIN, numbers(MAGNITUDE, times=dataclasses.replace(TIMES, ms_per_step_mix=9.0))),
    ("At 50%, magnitude has a perplexity of 8, Wanda of 7", PLAIN, numbers(WANDA, grid=(MAGNITUDE,)), PLAIN, numbers(WANDA, grid=(point("unstructured", 0.5, 7.3),))),
    ("Wanda does worse here", PLAIN, numbers(WANDA, grid=(point("unstructured", 0.5, 6.0),)), PLAIN, numbers(WANDA, grid=(MAGNITUDE,))),
    ("small weights on them matter", PLAIN, numbers(WANDA, grid=(MAGNITUDE,)), PLAIN, numbers(WANDA, grid=(point("unstructured", 0.5, 6.0),))),
    ("magnitude has a perplexity of 19,792", PLAIN, numbers(WANDA, grid=(point("unstructured", 0.5, 19792.24),)), PLAIN, numbers(WANDA)),
    ("a perplexity of 90 by norms, 7 by activations", PLAIN, numbers(NORMS, grid=(ACTIVATIONS,)), PLAIN, numbers(NORMS)),
    ("by norms", PLAIN, numbers(ACTIVATIONS, grid=(NORMS,)), PLAIN, numbers(ACTIVATIONS, grid=(point("structured", 0.1, 13.0),))),
    ("Perplexity is 1.4 times the baseline's", PLAIN, numbers(point("layers", 0.1, 7.0)), PLAIN, numbers(WANDA)),
    ("follows structured pruning", PLAIN, numbers(ACTIVATIONS), PLAIN, numbers(point("activations", 0.05, 5.1))),
    ("Pruned first, then quantized", PLAIN, numbers(BOTH), PLAIN, numbers(INT8)),
    ("Pruned first, then quantized", PLAIN, numbers(point("layers", 0.1, 7.0, quantization="int8")), PLAIN, numbers(point("wanda", 0.5, 7.0, quantization="simulated"))),
    ("KL of the mix is 0.100; KL of its two parts adds up to 0.110", PLAIN, added(0.07, 0.04), PLAIN, numbers(BOTH)),
    ("Here they nearly do", PLAIN, added(0.07, 0.04), PLAIN, added(0.07, 0.4)),
    ("They don't", PLAIN, added(0.01, 0.04), PLAIN, added(0.07, 0.04)),
    ("Calibration and evaluation on one text", PLAIN, numbers(WANDA, same_text=True), PLAIN, numbers(WANDA)),
    ("Calibration and evaluation on one text", PLAIN, numbers(point("layers", 0.1, 7.0), same_text=True), PLAIN, numbers(MAGNITUDE, same_text=True)),
    ("Calibration and evaluation on one text", PLAIN, numbers(WANDA, same_text=True), PLAIN, numbers(ACTIVATIONS, same_text=True)),
    ("Labels only 0.700, pseudo-labels 0.780, soft labels 0.800", recipe(), numbers(WANDA), PLAIN, numbers(WANDA)),
    ("Where does most of the gain come from", recipe(), numbers(WANDA), recipe(), numbers(WANDA, pseudo=ALONE)),
    ("a class to the 95% of the reviews without a label", recipe(labelled=0.05), numbers(WANDA), FULL, numbers(WANDA)),
    ("Soft labels 0.800, pseudo-labels 0.780 (p = 0.002)", recipe(), numbers(WANDA, paired=CLEAR), recipe(), numbers(WANDA)),
    ("beyond classes", FULL, numbers(WANDA, paired=CLEAR), FULL, numbers(WANDA, paired=CLEAR, student=ALONE)),
    ("Can one say that soft labels are better", recipe(), numbers(WANDA), recipe(), numbers(WANDA, paired=CLEAR)),
    ("Can one say that soft labels are better", FULL, numbers(WANDA), PLAIN, numbers(WANDA)),
    ("At temperature 4, why is the loss multiplied", recipe(temperature=4.0), numbers(WANDA), recipe(temperature=3.5), numbers(WANDA)),
    ("why is the loss multiplied", recipe(temperature=8.0), numbers(WANDA), recipe(temperature=8.0, soft_weight=0.0), numbers(WANDA)),
    ("why is the loss multiplied", recipe(temperature=4.0), numbers(WANDA), recipe(temperature=3.5), numbers(WANDA)),
    ("Where does most of the gain come from", recipe(), numbers(WANDA), FULL, numbers(WANDA)),
    ("Can one say that soft labels are better", recipe(), numbers(WANDA), FULL, numbers(WANDA, paired=CLEAR, student=ALONE)),
    ("and the student 0.55", recipe(), numbers(WANDA), recipe(), numbers(WANDA, teacher=NO_ENGLISH)),
    ("the teacher has 0.85 and the student 0.55", recipe(), numbers(WANDA), recipe(), numbers(WANDA, teacher=NO_ENGLISH)),
    ("the teacher has 0.85 and the student 0.55", recipe(), numbers(WANDA), PLAIN, numbers(WANDA)),
]  # fmt: skip


@pytest.mark.parametrize(("words", "settings", "raises", "other", "silent"), ASKED)
def test_a_follow_up_is_asked_where_its_premise_holds_and_nowhere_else(
    words: str, settings: Settings, raises: Findings, other: Settings, silent: Findings
) -> None:
    assert words in asked(raises, settings)
    assert words not in asked(silent, other)


def test_nothing_is_compared_with_what_was_not_measured() -> None:
    for found in (numbers(INT8, grid=(MAGNITUDE,)), numbers(WANDA, grid=())):
        assert "At 50%" not in asked(found, PLAIN)
        assert PREDICTION.outcome(PLAIN, found) is None


def test_a_plain_result_raises_no_question() -> None:
    assert follow_ups(PLAIN, numbers(INT8, teacher=NO_ENGLISH)) == ()


# ---- the student, on the real teacher


@pytest.mark.model
def test_the_students_figures_by_hand(real_lm: LanguageModel) -> None:
    settings = Settings()
    found, times = returned(lab.distil(settings, Bench(variants.store())))
    texts, labels = parts(), teacher_labels(teacher(), real_lm)
    report = teacher().report["held_out"]
    assert found.teacher.accuracy == pytest.approx(report["chinese"]["accuracy"], abs=0.01)
    assert found.teacher.english == pytest.approx(report["english"]["accuracy"], abs=0.02)
    assert found.teacher.agreement == 1

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
    right = {}
    for name, one, learned_by in (
        ("alone", found.alone, dataclasses.replace(recipe, teacher_weight=0.0)),
        ("pseudo", found.pseudo, dataclasses.replace(recipe, soft=False)),
        ("soft", found.distilled, recipe),
    ):
        *_, last = learn(rows, soft, truth["train"], learned_by)
        with torch.no_grad():
            log_odds = last.student(vocabulary.encode(read["held_out"])).double().numpy()
            positive = torch.from_numpy(log_odds) > 0
            english = last.student(vocabulary.encode(read["english"])) > 0
        assert one.accuracy == pytest.approx(float((positive == (truth["held_out"] > 0)).float().mean()))
        assert one.english == pytest.approx(float((english == (truth["english"] > 0)).float().mean()))
        assert one.agreement == pytest.approx(float((positive == answers).float().mean()))
        right[name] = (positive == (truth["held_out"] > 0)).numpy()
        sure = 1 / (1 + np.exp(-np.where(truth["held_out"] > 0, log_odds, -log_odds)))
        assert one.log_loss == pytest.approx(float(-np.log(sure).mean()), rel=1e-4)
        assert one.low < one.accuracy < one.high
        assert one.parameters == (len(vocabulary.rows) + 1) * recipe.width + recipe.width + 1
        assert one.held_bytes == 4 * one.parameters
    only = [int((right[a] & ~right[b]).sum()) for a, b in (("soft", "pseudo"), ("pseudo", "soft"))]
    assert [found.soft_against_pseudo.only_soft, found.soft_against_pseudo.only_pseudo] == only
    assert found.soft_against_pseudo.p_value == pytest.approx(binomtest(only[0], sum(only)).pvalue)
    assert found.teacher_texts == found.transfer_texts == teacher().report["sizes"]["train"]
    assert found.reordered.student[0] == pytest.approx(found.reordered.student[1], abs=1e-6)
    layers = structure.layer_list(real_lm.module)[: teacher().layer]
    read_by_teacher = structure.held_bytes(layers) + structure.held_bytes(real_lm.module.get_input_embeddings())
    assert found.teacher.held_bytes == pytest.approx(read_by_teacher + 4 * (real_lm.hidden_size + 1), rel=1e-3)
    assert [one.temperature for one in found.temperatures] == [1.0, 2.0, 8.0]
    own = next(one for one in found.temperatures if one.temperature == recipe.temperature)
    assert (own.accuracy, own.agreement) == (found.distilled.accuracy, found.distilled.agreement)
    assert found.transfer_texts == len(texts["train"]) and found.drift < 0.05
    assert all((one.teacher > 0.5) != (one.student > 0.5) for one in found.disputes) and found.disputes
    assert times.teacher.median > 5 * times.student.median, "the student is faster by more than five times"
