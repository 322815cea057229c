"""What the panels of efficiency draw: the ribbon, attention, the strip, the tables of times, the roofline."""

from __future__ import annotations

import functools
import math
from typing import Any

import pytest
import torch
from torch.nn import functional

from playground.evaluation.comparison import Comparison
from playground.evaluation.perplexity import BROKEN
from playground.lab.bench import Bench
from playground.lab.codec import encode
from playground.lab.panels import merged
from playground.lab.text import Text
from playground.lab.timing import Timing
from playground.lab.validation import validate
from playground.lab.variant import Variant
from playground.models import variants
from playground.models.machine import Machine, machine
from playground.models.operations import Work
from playground.topics.efficiency.counting import Counts
from playground.topics.efficiency.lab import run
from playground.topics.efficiency.measuring import Pace, Run
from playground.topics.efficiency.panels.figures import figures
from playground.topics.efficiency.panels.roofline import roofline
from playground.topics.efficiency.panels.times import pace_table, rows_table
from playground.topics.efficiency.settings import Result, Settings
from tests.conftest import byte_tokenizer, tiny_gemma, tiny_llama

TEXT = "Efficient 高效 text."
PARAMETERS, NONZERO = Text(zh="参数", en="Parameters"), Text(zh="非零参数", en="Non-zero")
BYTES, OPERATIONS = Text(zh="权重字节", en="Weight bytes"), Text(zh="解码每词元运算", en="Operations per token")
PREFILL, DECODE = Text(zh="预填充每词元", en="Prefill, per token"), Text(zh="解码每词元", en="Decode, per token")


@pytest.fixture(scope="module", params=[tiny_llama, tiny_gemma])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


@functools.cache
def finish(store: variants.VariantStore, **values: Any) -> tuple[Settings, Any]:
    named = {name.replace("__", "."): value for name, value in values.items()}
    settings = validate(Settings, {"text": TEXT, "max_tokens": 4} | named, "zh")
    result: Result | None = None
    for new in run(settings, Bench(store, seconds=600)):
        result = merged(result, new)
    return settings, result


def test_equal_sides_are_drawn_equal(store: variants.VariantStore) -> None:
    _, result = finish(store, b__pruning="none")
    for metric in result.figures.items:
        assert metric.b is None or metric.a == metric.b, metric.label
    assert encode(result.outputs.a) == encode(result.outputs.b)
    assert encode(result.attention.a) == encode(result.attention.b)


def test_the_ribbon_is_kl_by_token(store: variants.VariantStore) -> None:
    settings, result = finish(store)
    ids = store.base().encode(TEXT)
    with torch.inference_mode():
        p, q = (
            store.get(variant).module(torch.tensor([ids])).logits[0, :-1].double().log_softmax(-1)
            for variant in (settings.a, settings.b)
        )
    kl = functional.kl_div(q, p, log_target=True, reduction="none").sum(-1)
    (row,) = result.divergence.rows
    assert row.values[0] is None
    assert row.values[1:] == pytest.approx(kl.tolist(), abs=1e-5)


def test_attention_is_the_librarys_own(store: variants.VariantStore) -> None:
    settings, result = finish(store)
    ids = torch.tensor([store.base().encode(TEXT)])
    for drawn, variant in ((result.attention.a, settings.a), (result.attention.b, settings.b)):
        expected = torch.stack(store.get(variant).recorder(ids, output_attentions=True).attentions)[:, 0]
        torch.testing.assert_close(torch.from_numpy(drawn.weights()), expected, rtol=0, atol=1e-5)
    assert (result.attention.a.layer, result.attention.a.head) == (result.attention.b.layer, result.attention.b.head)


def test_strip_and_tables_have_the_findings_numbers(store: variants.VariantStore) -> None:
    _, result = finish(store)
    found, measured = result.findings, result.findings.measured
    for label, a, b in (
        (PARAMETERS, found.a.counts.parameters, found.b.counts.parameters),
        (NONZERO, found.a.counts.nonzero, found.b.counts.nonzero),
        (BYTES, found.a.counts.weight_bytes, found.b.counts.weight_bytes),
        (OPERATIONS, found.a.counts.operations, found.b.counts.operations),
    ):
        metric = result.figures.find(label)
        assert (metric.a, metric.b) == (a / 1e6, b / 1e6)
    for label, a, b in (
        (PREFILL, measured.a_prefill, measured.b_prefill),
        (DECODE, measured.a_decode, measured.b_decode),
    ):
        metric = result.figures.find(label)
        assert (metric.a, metric.b) == pytest.approx((a.ms, b.ms)) and metric.measured
    passes = (measured.a_prefill, measured.a_decode, measured.b_prefill, measured.b_decode)
    assert [row[1] for row in result.pace.rows] == pytest.approx([one.ms for one in passes])
    assert [row[2] for row in result.pace.rows] == [one.between for one in passes]
    assert [row[1] for row in result.rows.rows] == pytest.approx(list(measured.answers_ms.values()))
    for row, kind in zip(result.sparsity.rows, found.pruned, strict=True):
        pruned = found.pruned[kind]
        assert row[1] == pytest.approx(measured.pruned[kind].ms) and row[2] == measured.pruned[kind].between
        assert row[3] == pytest.approx(measured.pruned["none"].ms / measured.pruned[kind].ms)
        counts = pruned.counts
        assert row[4:7] == tuple(round(one / 1e6) for one in (counts.weight_bytes, counts.parameters, counts.nonzero))
        assert row[7:9] == (f"{pruned.mlp_shape[0]} × {pruned.mlp_shape[1]}", round(counts.operations / 1e6))


def test_a_model_of_another_form_has_a_dash_for_its_neurons() -> None:
    module = tiny_llama()
    for layer in module.model.layers:
        layer.mlp = torch.nn.Sequential(torch.nn.Linear(64, 64))
    _, result = finish(variants.VariantStore(lambda progress: variants.wrap("x", module, byte_tokenizer(), Variant())))
    assert [row[7] for row in result.sparsity.rows] == ["–", "–"]


# ---- times, by hand


def a_run(milliseconds: float, tokens: int = 1, waited: float | None = 0.0) -> Run:
    seconds = milliseconds / 1e3
    return Run(tokens, Timing(seconds, seconds / 2, seconds * 2, 5, waited), Work(2e9 * tokens, 1e9))


MACHINE = Machine(2, 50e9, {"float32": 100e9, "bfloat16": 400e9}, 0.0)
COUNTS = Counts(1, 1, 1, 1.0)


def test_the_table_of_times_by_hand() -> None:
    table = pace_table([("A", Pace(a_run(50.0, tokens=10), a_run(25.0)), "float32")], MACHINE)
    prefill, decoding = (row[1:] for row in table.rows)
    # 5 ms a token; 20 GFLOP in 50 ms are 400 GFLOP/s of the 100 that the roof allows at 20 a byte; 1 GB in 50 ms.
    assert prefill == (5.0, "2.5–10.0", *map(pytest.approx, (200.0, 400.0, 20.0, 400.0, 0.0)))
    # 2 GFLOP and 1 GB in 25 ms; the roof at 2 operations a byte is 100.
    assert decoding == (25.0, "12.5–50.0", *map(pytest.approx, (40.0, 80.0, 40.0, 80.0, 0.0)))
    assert table.measured and table.loaded is None and "负载下" not in table.caveat.zh  # type: ignore[union-attr]


@pytest.mark.parametrize(("a", "b", "better"), [(20.0, 50.0, "lower"), (20.0, 39.0, ""), (20.0, 19.0, "")])
def test_which_is_faster_is_said_only_when_it_is_clear(a: float, b: float, better: str) -> None:
    one, other = (Pace(a_run(time), a_run(time)) for time in (a, b))
    metric = figures(COUNTS, COUNTS, None, (one, other)).find(DECODE)
    assert (metric.a, metric.b, metric.better) == (pytest.approx(a), pytest.approx(b), better)


@pytest.mark.parametrize(
    ("a", "b", "digits"), [(20.0, 2e11, 2), (2e11, 2000.0, 0), (20.0, 999.0, 2), (20.0, 1001.0, 0)]
)
def test_a_broken_side_takes_no_digits_from_the_other(a: float, b: float, digits: int) -> None:
    one, other = (torch.full((3,), -math.log(perplexity), dtype=torch.float64) for perplexity in (a, b))
    strip = figures(COUNTS, COUNTS, Comparison(one, other, torch.zeros(3), 0.0, 0.0))
    metric = strip.find(Text(zh="困惑度", en="Perplexity"))
    assert metric.digits == digits
    for value, shown in ((a, metric.a), (b, metric.b)):
        assert shown == (BROKEN if value > 1e6 else pytest.approx(value))


def test_a_time_taken_under_load_says_so() -> None:
    paces = (Pace(a_run(5.0), a_run(5.0, waited=0.0)), Pace(a_run(5.0), a_run(5.0, waited=0.3)))
    strip = figures(COUNTS, COUNTS, None, paces)
    assert "load" in strip.find(DECODE).unit.en  # type: ignore[union-attr]
    assert strip.find(PREFILL).unit == "ms"
    table = pace_table([("A", Pace(a_run(5.0, waited=0.02), a_run(5.0, waited=0.4)), "float32")], MACHINE)
    assert "40%" in table.loaded.zh and "40%" in table.loaded.en  # type: ignore[union-attr]
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


def test_the_runs_own_points_are_on_this_machines_roofline(store: variants.VariantStore) -> None:
    _, result = finish(store)
    facts = machine()
    assert max(result.roofline.lines[0].y) == pytest.approx(facts.peaks["float32"] / 1e9)
    points = [line for line in result.roofline.lines if line.role]
    assert [line.y[0] for line in points] == pytest.approx([row[4] for row in result.pace.rows])
    found = result.findings
    assert [line.x[0] for line in points] == pytest.approx(
        [found.a.prefill_intensity, found.a.decode_intensity, found.b.prefill_intensity, found.b.decode_intensity]
    )
    operations = found.a.counts.operations
    assert operations == pytest.approx(result.pace.rows[1][4] * result.pace.rows[1][1] * 1e6)
