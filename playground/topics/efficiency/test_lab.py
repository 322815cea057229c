"""The lab's numbers against plain computations: bytes, KL, attention, operations; and its words against its numbers."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import pytest
import torch
from torch.nn import functional

from playground.lab.bench import Bench
from playground.lab.codec import encode
from playground.lab.errors import PlaygroundError
from playground.lab.timing import Timing
from playground.lab.validation import validate
from playground.lab.variant import Variant
from playground.models import variants
from playground.models.language_model import LanguageModel
from playground.models.machine import Machine, machine
from playground.models.operations import Parameters, Work
from playground.topics.efficiency import lab, words
from playground.topics.efficiency.figures import (
    BETWEEN,
    BYTES,
    DECODE,
    NONZERO,
    OPERATIONS,
    PARAMETERS,
    PERPLEXITY,
    PREFILL,
    Side,
    pace_table,
    rows_table,
    strip,
)
from playground.topics.efficiency.lab import Result, run
from playground.topics.efficiency.measuring import Pace, Run
from playground.topics.efficiency.roofline import roofline
from playground.topics.efficiency.settings import Settings
from playground.topics.efficiency.sparsity import FASTER, MEDIAN
from tests.conftest import byte_tokenizer, tiny_gemma, tiny_llama

TEXT = "Efficient 高效 text."


@pytest.fixture(scope="module", params=[tiny_llama, tiny_gemma])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


@functools.cache
def finish(store: variants.VariantStore, **values: Any) -> tuple[Settings, Result]:
    named = {name.replace("__", "."): value for name, value in values.items()}
    settings = validate(Settings, {"text": TEXT, "max_tokens": 4} | named, "zh")
    *_, result = run(settings, Bench(store, seconds=600))
    return settings, result


def sides(result: Result, label: Any) -> tuple[Any, Any]:
    metric = result.figures.find(label)
    return metric.a, metric.b


def storage_bytes(lm: LanguageModel) -> int:
    """Bytes of the distinct storages that the weights lie in."""
    tensors = [*lm.module.parameters(), *lm.module.buffers()]
    # Tensors in oneDNN's order have no storage that Python may look at: a byte for each code, and a 32-bit sum of each row.
    opaque = {id(t): t.numel() + 4 * t.shape[1] for t in tensors if t.is_mkldnn}
    plain = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors if not t.is_mkldnn}
    return sum(opaque.values()) + sum(plain.values())


@pytest.mark.parametrize(
    "b", [{"quantization": "int8"}, {"quantization": "int4"}, {"pruning": "unstructured"}, {"pruning": "structured"}], ids=str
)  # fmt: skip
def test_bytes_parameters_and_kl_by_hand(store: variants.VariantStore, b: dict[str, str]) -> None:
    settings, result = finish(store, **({"b__pruning": "none"} | {f"b__{name}": value for name, value in b.items()}))
    a, changed = store.base(), store.get(settings.b)
    assert sides(result, BYTES) == (storage_bytes(a) / 1e6, storage_bytes(changed) / 1e6)
    dense = a.module.num_parameters()  # type: ignore[operator]
    stored, nonzero = sides(result, PARAMETERS)[1] * 1e6, sides(result, NONZERO)[1] * 1e6
    assert sides(result, PARAMETERS)[0] * 1e6 == pytest.approx(dense)
    assert (stored < dense) == (settings.b.pruning == "structured")
    assert nonzero <= stored
    ids = a.encode(TEXT)
    with torch.inference_mode():
        p, q = (lm.module(torch.tensor([ids])).logits[0, :-1].double().log_softmax(-1) for lm in (a, changed))
    kl = functional.kl_div(q, p, log_target=True, reduction="none").sum(-1)
    assert result.divergence is not None
    assert result.divergence.rows[0].values[0] is None
    assert result.divergence.rows[0].values[1:] == pytest.approx(kl.tolist(), abs=1e-5)
    assert sides(result, BETWEEN)[0] == pytest.approx(float(kl.mean()), abs=1e-5)
    losses = [functional.nll_loss(one, torch.tensor(ids[1:])).exp().item() for one in (p, q)]
    assert sides(result, PERPLEXITY) == pytest.approx(losses, rel=1e-4)


def test_equal_sides_are_equal_in_everything_but_nothing_is_measured_twice(store: variants.VariantStore) -> None:
    _, result = finish(store, b__pruning="none")
    for metric in result.figures.items:  # type: ignore[union-attr]
        assert metric.b is None or metric.a == metric.b, metric.label
    assert result.outputs is not None and result.attention is not None
    assert encode(result.outputs.a) == encode(result.outputs.b)
    assert encode(result.attention.a) == encode(result.attention.b)
    assert sides(result, BETWEEN)[0] == 0


def test_attention_is_the_librarys_own(store: variants.VariantStore) -> None:
    settings, result = finish(store, b__pruning="unstructured")
    assert result.attention is not None
    ids = torch.tensor([store.base().encode(TEXT)])
    for panel, variant in ((result.attention.a, settings.a), (result.attention.b, settings.b)):
        recorder = store.get(variant).recorder
        expected = torch.stack(recorder(ids, output_attentions=True).attentions)[:, 0]
        torch.testing.assert_close(torch.from_numpy(panel.weights()), expected, rtol=0, atol=1e-5)
    assert (result.attention.a.layer, result.attention.a.head) == (result.attention.b.layer, result.attention.b.head)


def test_greedy_outputs_are_generates_own(store: variants.VariantStore) -> None:
    settings, result = finish(store, max_tokens=6, b__quantization="int8", b__pruning="none")
    assert result.outputs is not None
    for panel, variant in ((result.outputs.a, settings.a), (result.outputs.b, settings.b)):
        lm = store.get(variant)
        ids = torch.tensor([lm.encode(TEXT)])
        out = lm.module.generate(ids, max_new_tokens=6, do_sample=False, pad_token_id=258)[0, ids.shape[1] :]  # type: ignore[operator]
        whole = lm.decode(out.tolist()).rstrip("\ufffd")
        assert "".join(token.text for token in panel.tokens).rstrip("\ufffd") == whole


def test_the_sparsity_table_does_not_go_by_a_and_b(store: variants.VariantStore) -> None:
    _, result = finish(store, a__quantization="int8", b__quantization="int4", b__pruning="none")
    assert result.sparsity is not None
    dense, zeroed, removed = result.sparsity.rows
    matrices = sum(m.weight.numel() for m in variants.structure.projections(store.base().module).values())  # type: ignore[operator, misc]
    assert zeroed[4] == dense[4] and zeroed[5] == dense[5] and zeroed[8] == dense[8]
    assert zeroed[6] * 1e6 <= dense[6] * 1e6 - 0.45 * matrices  # type: ignore[operator]
    assert removed[4] < dense[4] and removed[5] < dense[5] and removed[8] < dense[8]  # type: ignore[operator]
    assert zeroed[7] == dense[7] != removed[7]
    assert dense[FASTER] == 1.0
    assert zeroed[FASTER] == pytest.approx(dense[MEDIAN] / zeroed[MEDIAN])  # type: ignore[operator]


def test_a_model_whose_neurons_cannot_be_removed_lacks_that_row() -> None:
    module = tiny_llama()
    for layer in module.model.layers:
        layer.mlp = torch.nn.Sequential(torch.nn.Linear(64, 64))
    _, result = finish(variants.VariantStore(lambda progress: variants.wrap("x", module, byte_tokenizer(), Variant())))
    assert result.sparsity is not None
    assert [row[7] for row in result.sparsity.rows] == ["–", "–"]


# ---- times, by hand


def a_run(milliseconds: float, tokens: int = 1, waited: float | None = 0.0) -> Run:
    seconds = milliseconds / 1e3
    return Run(tokens, Timing(seconds, seconds / 2, seconds * 2, 5, waited), Work(2e9 * tokens, 1e9))


MACHINE = Machine(2, 50e9, {"float32": 100e9, "bfloat16": 400e9}, 0.0)


def test_the_table_of_times_by_hand() -> None:
    table = pace_table([("A", Pace(a_run(50.0, tokens=10), a_run(25.0)), "float32")], MACHINE)
    prefill, decoding = (row[1:] for row in table.rows)
    # 5 ms a token; 20 GFLOP in 50 ms are 400 GFLOP/s of the 100 that the roof allows at 20 a byte; 1 GB in 50 ms.
    assert prefill == (5.0, "2.5–10.0", *map(pytest.approx, (200.0, 400.0, 20.0, 400.0, 0.0)))
    # 2 GFLOP and 1 GB in 25 ms; the roof at 2 operations a byte is 100.
    assert decoding == (25.0, "12.5–50.0", *map(pytest.approx, (40.0, 80.0, 40.0, 80.0, 0.0)))
    assert table.measured and "负载下" not in table.caveat.zh  # type: ignore[union-attr]


@pytest.mark.parametrize(("a", "b", "better"), [(20.0, 50.0, "lower"), (20.0, 39.0, ""), (20.0, 19.0, "")])
def test_which_is_faster_is_said_only_when_it_is_clear(a: float, b: float, better: str, tiny_lm: LanguageModel) -> None:
    counts = Parameters(1, 1)
    one, other = (Side(tiny_lm, counts, 1.0, Pace(a_run(time), a_run(time))) for time in (a, b))
    metric = strip(one, other, None).find(DECODE)
    assert (metric.a, metric.b, metric.better) == (pytest.approx(a), pytest.approx(b), better)


def test_a_time_taken_under_load_says_so(tiny_lm: LanguageModel) -> None:
    sides = [Side(tiny_lm, Parameters(1, 1), 1.0, Pace(a_run(5.0), a_run(5.0, waited=waited))) for waited in (0.0, 0.3)]
    assert "load" in strip(*sides, None).find(DECODE).unit.en  # type: ignore[union-attr]
    assert strip(*sides, None).find(PREFILL).unit == "ms"
    table = pace_table([("A", Pace(a_run(5.0, waited=0.02), a_run(5.0, waited=0.4)), "float32")], MACHINE)
    assert "40%" in table.caveat.zh and "40%" in table.caveat.en  # type: ignore[union-attr]
    assert table.rows[1][-1] == pytest.approx(40.0)
    unknown = pace_table([("A", Pace(a_run(5.0, waited=None), a_run(5.0, waited=None)), "float32")], MACHINE)
    assert unknown.rows[0][-1] is None


def test_rows_at_once_by_hand() -> None:
    table = rows_table({1: Timing.of([0.02]), 4: Timing.of([0.025])})
    assert table.rows[1] == ("4", pytest.approx(25), "25.0–25.0", pytest.approx(0.8), pytest.approx(160), pytest.approx(3.2))  # fmt: skip


def test_the_roofline_has_its_ridge_and_the_runs_points() -> None:
    panel = roofline(
        MACHINE, [("a", Pace(a_run(50.0, 10), a_run(25.0))), ("b", Pace(a_run(25.0, 10), a_run(20.0)))], "float32"
    )
    roof, other, *points = panel.lines
    assert roof.dash == "solid" and other.dash == "dot"
    assert roof.x[1] == 2.0 and roof.y[1] == 100.0, "the ridge: peak over bandwidth"
    assert roof.y[0] == pytest.approx(50 * roof.x[0]) and roof.y[2] == 100.0
    assert [(line.role, line.x[0], line.y[0]) for line in points] == [
        ("a", 20.0, pytest.approx(400)), ("a", 2.0, pytest.approx(80)), ("b", 20.0, pytest.approx(800)), ("b", 2.0, pytest.approx(100)),
    ]  # fmt: skip


def test_the_runs_own_points_stand_on_this_machines_roofline(store: variants.VariantStore) -> None:
    _, result = finish(store)
    assert result.roofline is not None and result.pace is not None
    facts = machine()
    assert max(result.roofline.lines[0].y) == pytest.approx(facts.peaks["float32"] / 1e9)  # type: ignore[type-var]
    points = [line for line in result.roofline.lines if line.role]
    assert [line.y[0] for line in points] == pytest.approx([row[4] for row in result.pace.rows])
    for place, label in enumerate((PREFILL, DECODE)):
        assert sides(result, label) == pytest.approx((result.pace.rows[place][1], result.pace.rows[2 + place][1]))
        assert result.figures.find(label).measured
    ids = store.base().encode(TEXT)
    operations = sides(result, OPERATIONS)[0] * 1e6
    assert operations == pytest.approx(result.pace.rows[1][4] * result.pace.rows[1][1] * 1e6)  # type: ignore[operator]
    assert operations > 2 * store.base().module.get_output_embeddings().weight.numel() + len(ids)  # type: ignore[operator]


# ---- words


@pytest.mark.parametrize(("faster", "answer"), [(0.97, "no"), (1.3, "some"), (1.9, "much")])
def test_the_prediction_reads_the_table(store: variants.VariantStore, faster: float, answer: str) -> None:
    _, result = finish(store)
    assert result.sparsity is not None
    zeroed = list(result.sparsity.rows[1])
    zeroed[FASTER] = faster
    rows = (result.sparsity.rows[0], tuple(zeroed), *result.sparsity.rows[2:])
    changed = dataclasses.replace(result, sparsity=dataclasses.replace(result.sparsity, rows=rows))
    outcome = words.PREDICTION.outcome(changed)
    assert outcome is not None and outcome.answer == answer and f"{faster:.2f}" in outcome.evidence.en
    assert words.PREDICTION.outcome(Result()) is None


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        ({"b__pruning": "unstructured"}, "zero"),
        ({"b__pruning": "none", "b__quantization": "int4"}, "prefill"),
        ({"b__pruning": "structured"}, "neurons"),
        ({"b__pruning": "none"}, "multiplications"),
    ],
)
def test_follow_ups_go_by_the_run(store: variants.VariantStore, b: dict[str, str], expected: str) -> None:
    settings, result = finish(store, **b)
    asked = words.follow_ups(settings, result)
    assert any(expected in one.question.en for one in asked)
    assert words.follow_ups(settings, Result()) == ()


def test_a_text_of_one_token_names_its_field(store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LanguageModel, "encode", lambda self, text: [1])
    with pytest.raises(PlaygroundError) as caught:
        next(run(Settings(text="a"), Bench(store)))
    assert caught.value.field == "text"


def test_the_first_panel_comes_before_b_is_built(store: variants.VariantStore) -> None:
    steps = run(Settings(text=TEXT, b=Variant("int4", 4, "unstructured", 0.35)), Bench(store))
    first = next(steps)
    assert first.figures is not None
    assert [metric.b for metric in first.figures.items] == [None] * 4
    assert lab.TOPIC.prediction.outcome(first) is None


@pytest.mark.model
def test_the_real_models_bytes_and_parameters(real_lm: LanguageModel) -> None:
    assert storage_bytes(real_lm) == real_lm.weight_bytes
    store = variants.store()
    for quantization, share in (("int8", 0.51), ("int4", 0.33)):
        lm = store.get(Variant(quantization))
        assert storage_bytes(lm) == lm.weight_bytes
        floats = real_lm.weight_bytes / real_lm.module.get_input_embeddings().weight.element_size() * 2  # type: ignore[operator]
        assert lm.weight_bytes < share * floats
