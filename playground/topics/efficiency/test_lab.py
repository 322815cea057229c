"""The lab's findings against plain computations: bytes, KL, operations, times; its words against hand-made findings."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from typing import Any

import pytest
import torch
from torch.nn import functional

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.panels import merged
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.lab.variant import Variant
from playground.models import structure, variants
from playground.models.language_model import LanguageModel
from playground.models.machine import machine
from playground.topics.efficiency import cases, interview
from playground.topics.efficiency.counting import Counts
from playground.topics.efficiency.findings import Findings, Measured, Pass, Pruned, Side
from playground.topics.efficiency.lab import run
from playground.topics.efficiency.measuring import rows_at_once
from playground.topics.efficiency.settings import Result, Settings
from tests.conftest import byte_tokenizer, tiny_gemma, tiny_llama

TEXT = "Efficient 高效 text."


@pytest.fixture(scope="module", params=[tiny_llama, tiny_gemma])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


@functools.cache
def finish(store: variants.VariantStore, **values: Any) -> tuple[Settings, Findings]:
    named = {name.replace("__", "."): value for name, value in values.items()}
    settings = validate(Settings, {"text": TEXT, "max_tokens": 4} | named, "zh")
    result: Result | None = None
    for new in run(settings, Bench(store, seconds=600)):
        result = merged(result, new)
    assert result is not None and result.findings is not None
    return settings, result.findings


def storage_bytes(lm: LanguageModel) -> int:
    """Returns the bytes of the weights' distinct storages."""
    tensors = [*lm.module.parameters(), *lm.module.buffers()]
    # Tensors in oneDNN's order have no storage that Python may look at: a byte for each code, and a 32-bit sum of each row.
    opaque = {id(t): t.numel() + 4 * t.shape[1] for t in tensors if t.is_mkldnn}
    plain = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors if not t.is_mkldnn}
    return sum(opaque.values()) + sum(plain.values())


@pytest.mark.parametrize(
    "b", [{"quantization": "int8"}, {"quantization": "int4"}, {"pruning": "unstructured"}, {"pruning": "structured"}], ids=str
)  # fmt: skip
def test_bytes_parameters_and_kl_by_hand(store: variants.VariantStore, b: dict[str, str]) -> None:
    settings, found = finish(store, **({"b__pruning": "none"} | {f"b__{name}": value for name, value in b.items()}))
    a, changed = store.base(), store.get(settings.b)
    assert (found.a.counts.weight_bytes, found.b.counts.weight_bytes) == (storage_bytes(a), storage_bytes(changed))
    assert found.bytes_ratio == storage_bytes(a) / storage_bytes(changed)
    assert found.bytes_saved == pytest.approx(1 - storage_bytes(changed) / storage_bytes(a))
    dense = a.module.num_parameters()  # type: ignore[operator]
    assert found.a.counts.parameters == dense
    assert (found.b.counts.parameters < dense) == (settings.b.pruning == "structured")
    assert found.b.counts.nonzero <= found.b.counts.parameters
    assert found.b_zeros == pytest.approx(1 - found.b.counts.nonzero / found.b.counts.parameters)
    if settings.b.pruning == "unstructured":
        assert found.b.counts.nonzero == sum(int(one.count_nonzero()) for one in changed.module.parameters())
    ids = a.encode(TEXT)
    with torch.inference_mode():
        p, q = (lm.module(torch.tensor([ids])).logits[0, :-1].double().log_softmax(-1) for lm in (a, changed))
    kl = functional.kl_div(q, p, log_target=True, reduction="none").sum(-1)
    assert found.divergence == pytest.approx(float(kl.mean()), abs=1e-5)
    losses = [functional.nll_loss(one, torch.tensor(ids[1:])).exp().item() for one in (p, q)]
    assert (found.a.perplexity, found.b.perplexity) == pytest.approx(losses, rel=1e-4)
    assert not found.one_model


def test_equal_sides_are_equal_in_everything_and_measured_once(store: variants.VariantStore) -> None:
    _, found = finish(store, b__pruning="none")
    assert found.one_model
    assert found.a == found.b
    assert (found.divergence, found.parting, found.bytes_ratio, found.bytes_saved) == (0, None, 1, 0)
    assert found.measured.a_decode == found.measured.b_decode and found.measured.a_prefill == found.measured.b_prefill


def test_what_is_generated_is_generates_own(store: variants.VariantStore) -> None:
    settings, found = finish(store, max_tokens=6, b__quantization="int8", b__pruning="none")
    outs = []
    for side, variant in ((found.a, settings.a), (found.b, settings.b)):
        lm = store.get(variant)
        ids = torch.tensor([lm.encode(TEXT)])
        out = lm.module.generate(ids, max_new_tokens=6, do_sample=False, pad_token_id=258)[0, ids.shape[1] :]  # type: ignore[operator]
        outs.append(out.tolist())
        assert side.text.rstrip("\ufffd") == lm.decode(outs[-1]).rstrip("\ufffd")
    differ = [at for at, (one, other) in enumerate(zip(*outs, strict=False), 1) if one != other]
    assert found.parting == (differ[0] if differ else None)


def test_what_is_pruned_does_not_go_by_a_and_b(store: variants.VariantStore) -> None:
    _, found = finish(store, a__quantization="int8", b__quantization="int4", b__pruning="none")
    assert list(found.pruned) == list(found.measured.pruned) == ["none", "unstructured", "structured"]
    dense, zeroed, removed = found.pruned.values()
    weights = sum(m.weight.numel() for m in structure.projections(store.base().module).values())  # type: ignore[operator, misc]
    assert dense.counts.weight_bytes == zeroed.counts.weight_bytes > removed.counts.weight_bytes
    assert dense.counts.parameters == zeroed.counts.parameters > removed.counts.parameters
    assert dense.counts.operations == zeroed.counts.operations > removed.counts.operations
    assert zeroed.counts.nonzero <= dense.counts.nonzero - 0.45 * weights
    outgoing = structure.weight_of(store.base().module.get_submodule(structure.mlps(store.base().module)[0].outgoing))
    assert dense.mlp_shape == zeroed.mlp_shape == tuple(outgoing.shape)
    assert removed.mlp_shape == (outgoing.shape[0], outgoing.shape[1] // 2)
    ids = torch.tensor([store.base().encode(TEXT)])
    with torch.inference_mode():
        loss = functional.cross_entropy(
            store.get(Variant(pruning="unstructured")).module(ids).logits[0, :-1], ids[0, 1:]
        )
    assert zeroed.perplexity == pytest.approx(loss.exp().item(), rel=1e-4)


def test_a_model_whose_neurons_cannot_be_removed_lacks_that_one() -> None:
    module = tiny_llama()
    for layer in module.model.layers:
        layer.mlp = torch.nn.Sequential(torch.nn.Linear(64, 64))
    _, found = finish(variants.VariantStore(lambda progress: variants.wrap("x", module, byte_tokenizer(), Variant())))
    assert [(kind, one.mlp_shape) for kind, one in found.pruned.items()] == [("none", None), ("unstructured", None)]


def test_times_and_intensities_belong_to_the_work(store: variants.VariantStore) -> None:
    _, found = finish(store)
    measured = found.measured
    for one in (
        measured.a_prefill,
        measured.a_decode,
        measured.b_prefill,
        measured.b_decode,
        *measured.pruned.values(),
    ):
        assert 0 < one.least_ms <= one.ms <= one.most_ms
    assert list(measured.answers_ms) == ["1", "2", "4", "8"]
    base = store.base()
    head = base.module.get_output_embeddings().weight  # type: ignore[operator]
    tokens = len(base.encode(TEXT))
    layers = sum(m.weight.numel() for m in structure.projections(base.module).values())  # type: ignore[operator, misc]
    # Two operations a weight, and attention, which is little for a text so short.
    products = 2 * (layers + head.numel())
    assert products < found.a.counts.operations < 1.5 * products
    assert measured.ridge == pytest.approx(machine().peaks["float32"] / machine().bandwidth)
    operations_per_second = found.a.counts.operations / (measured.a_decode.ms / 1e3)
    assert measured.bandwidth_share == pytest.approx(
        operations_per_second / found.a.decode_intensity / machine().bandwidth, rel=0.01
    )
    # A float32 weight is four bytes and takes two operations: half an operation a byte, for each token that reads it.
    assert found.a.decode_intensity == pytest.approx(0.5, rel=0.3)
    assert found.a.decode_intensity < found.a.prefill_intensity < 0.75 * tokens


# ---- the words, of hand-made findings


def a_pass(ms: float, waited: float | None = 0.0) -> Pass:
    return Pass(ms, ms / 2, ms * 2, waited)


def findings(
    *,
    decode_ms: tuple[float, float] = (50.0, 50.0),
    prefill_ms: tuple[float, float] = (4.0, 4.0),
    zeroed_ms: float = 50.0,
    b_counts: Counts = Counts(268_000_000, 218_000_000, 1_072_000_000, 5e8),
    perplexities: tuple[float, float] = (20.0, 200.0),
    divergence: float = 1.234,
    parting: int | None = 2,
    one_model: bool = False,
    waited: float | None = 0.0,
    ridge: float = 8.0,
    bandwidth_share: float = 0.6,
) -> Findings:
    a_counts = Counts(268_000_000, 268_000_000, 1_072_000_000, 5e8)
    return Findings(
        a=Side(a_counts, perplexities[0], "a", 11.6, 0.48),
        b=Side(b_counts, perplexities[1], "b", 11.6, 0.48),
        divergence=divergence,
        parting=parting,
        one_model=one_model,
        pruned={kind: Pruned(a_counts, 20.0, (640, 2048)) for kind in ("none", "unstructured", "structured")},
        measured=Measured(
            a_prefill=a_pass(prefill_ms[0]),
            a_decode=a_pass(decode_ms[0]),
            b_prefill=a_pass(prefill_ms[1], waited),
            b_decode=a_pass(decode_ms[1]),
            pruned={"none": a_pass(50.0), "unstructured": a_pass(zeroed_ms), "structured": a_pass(40.0)},
            answers_ms={"1": 50.0, "2": 51.0, "4": 52.0, "8": 55.0},
            ridge=ridge,
            bandwidth_share=bandwidth_share,
        ),
    )


TWICE_THE_BYTES = Counts(268_000_000, 218_000_000, 2_144_000_000, 5e8)
HALF_BYTES = Counts(268_000_000, 268_000_000, 536_000_000, 5e8)
NINE_TENTHS = Counts(240_000_000, 240_000_000, 964_800_000, 4e8)


def test_findings_are_json_both_ways() -> None:
    found = findings()
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found


def test_ratios_are_a_over_b() -> None:
    measured = findings(decode_ms=(60.0, 20.0), prefill_ms=(4.0, 8.0), zeroed_ms=40.0).measured
    assert (measured.decode_ratio, measured.prefill_ratio, measured.zeroed_ratio) == (3.0, 0.5, 1.25)


@pytest.mark.parametrize(("waited", "loaded"), [(None, False), (0.1, False), (0.11, True)])
def test_a_run_is_under_load_above_a_tenth(waited: float | None, loaded: bool) -> None:
    assert findings(waited=waited).measured.loaded == loaded


@pytest.mark.parametrize(
    ("zeroed", "answer"), [(51.5, "no"), (43.6, "no"), (43.4, "some"), (33.4, "some"), (33.3, "much"), (26.0, "much")]
)
def test_the_prediction_goes_by_the_zeroed_models_pace(zeroed: float, answer: str) -> None:
    outcome = interview.PREDICTION.outcome(Settings(), findings(zeroed_ms=zeroed))
    assert outcome is not None and outcome.answer == answer
    for language in Language:
        assert "50.0 ms" in outcome.evidence.in_(language) and "25.0–100.0" in outcome.evidence.in_(language)
        assert f"{zeroed:.1f} ms" in outcome.evidence.in_(language)
        assert f"{50 / zeroed:.2f}" in outcome.evidence.in_(language)


def numbers(said: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?(?:×10[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", said)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (findings(b_counts=HALF_BYTES, decode_ms=(50.0, 24.96), prefill_ms=(4.0, 6.04)),
         ["1072.0", "536.0", "50.0", "25.0", "4.0", "6.0", "20", "200", "1.234"]),
        (findings(perplexities=(20.0, 1.5e9), divergence=0.0),
         ["1072.0", "1072.0", "50.0", "50.0", "4.0", "4.0", "20", "1.5×10⁹", "0.000"]),
        (findings(perplexities=(999.96, 24077.62)), ["1072.0", "1072.0", "50.0", "50.0", "4.0", "4.0", "1000", "24", "078", "1.234"]),
        (findings(one_model=True), ["1072.0", "50.0", "20"]),
    ],
)  # fmt: skip
def test_the_verdict_has_the_numbers_of_the_run(found: Findings, expected: list[str]) -> None:
    said = interview.verdict(Settings(), found)
    assert numbers(said.zh) == numbers(said.en) == expected
    assert ("同一套权重" in said.zh) == ("the same weights" in said.en) == found.one_model
    for text, end in ((said.zh, "。"), (said.en, ".")):
        assert text.endswith(end) and text.count(f"{end} ") == 0


def settings_of(a: Variant | None = None, **b: Any) -> Settings:
    return Settings(a=a or Variant(), b=Variant(**({"pruning": "none"} | b)))


ZEROS, INT8, NEURONS = {"pruning": "unstructured"}, {"quantization": "int8"}, {"pruning": "structured"}


@pytest.mark.parametrize(
    ("settings", "found", "question", "numbers_in_it"),
    [
        (settings_of(**ZEROS), findings(decode_ms=(50.0, 39.0)), "turn zeros into time", ["19%", "1.28"]),
        (settings_of(pruning="wanda"), findings(), "turn zeros into time", ["19%", "1.00"]),
        (settings_of(**INT8), findings(decode_ms=(50.0, 25.0)), "why the difference", ["2.00", "1.00"]),
        (settings_of(**NEURONS), findings(b_counts=NINE_TENTHS), "neurons are gone", ["50%", "10%"]),
        (settings_of(pruning="activations"), findings(b_counts=NINE_TENTHS), "neurons are gone", ["50%", "10%"]),
        (settings_of(), findings(), "same bandwidth", ["0.5", "12", "8"]),
        (settings_of(), findings(parting=None), "lossless", ["1.234"]),
        (settings_of(), findings(waited=0.2), "under load", []),
        (settings_of(), findings(bandwidth_share=0.17), "still memory-bandwidth-bound", ["17%"]),
    ],
)  # fmt: skip
def test_follow_ups_are_asked_where_their_premise_holds(
    settings: Settings, found: Findings, question: str, numbers_in_it: list[str]
) -> None:
    (asked,) = [one for one in interview.follow_ups(settings, found) if question in one.question.en]
    assert all(number in asked.question.zh and number in asked.question.en for number in numbers_in_it)


@pytest.mark.parametrize(
    ("ridge", "decode", "prefill"),
    [(8.0, "memory-bandwidth-bound", "right of the ridge, compute-bound"), (12.0, "memory-bandwidth-bound", "left of the ridge too"),
     (0.3, "even decode is right", "right of the ridge, compute-bound")],
)  # fmt: skip
def test_which_phase_gains_goes_by_the_side_of_the_ridge(ridge: float, decode: str, prefill: str) -> None:
    asked = interview.follow_ups(settings_of(), findings(ridge=ridge))
    (item,) = [one for one in asked if "same bandwidth" in one.question.en]
    assert decode in item.answer.en and prefill in item.answer.en
    assert numbers(item.question.zh) == ["0.5", "12", f"{ridge:.0f}"]


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (settings_of(**ZEROS), findings(decode_ms=(50.0, 38.0))),
        (settings_of(Variant("int8"), **ZEROS), findings(b_counts=TWICE_THE_BYTES)),
        (settings_of(Variant(pruning="structured"), **NEURONS), findings(b_counts=NINE_TENTHS)),
        (settings_of(), findings(bandwidth_share=0.17, ridge=0.3)),
        (settings_of(pruning="unstructured", sparsity=0.0), findings()),
        (settings_of(pruning="unstructured", quantization="int8"), findings()),
        (settings_of(**INT8), findings(decode_ms=(50.0, 25.0), prefill_ms=(4.0, 2.0))),
        (settings_of(**INT8), findings(decode_ms=(50.0, 55.0), prefill_ms=(4.0, 8.0))),
        (settings_of(**NEURONS), findings()),
        (settings_of(pruning="layers"), findings(b_counts=NINE_TENTHS)),
        (settings_of(**NEURONS), findings(b_counts=dataclasses.replace(NINE_TENTHS, weight_bytes=500_000_000))),
        (settings_of(Variant("int8"), **NEURONS), findings(b_counts=NINE_TENTHS)),
        (settings_of(), findings(parting=None, divergence=0.0004)),
        (settings_of(), findings(waited=0.1)),
    ],
)
def test_without_a_premise_only_the_roofline_is_asked_about(settings: Settings, found: Findings) -> None:
    assert ["same bandwidth" in one.question.en for one in interview.follow_ups(settings, found)] == [True]


@pytest.mark.parametrize(
    ("found", "seen"),
    [
        (findings(), True),
        (findings(decode_ms=(50.0, 38.0)), False),
        (findings(b_counts=HALF_BYTES), False),
        (findings(b_counts=Counts(268_000_000, 250_000_000, 1_072_000_000, 5e8)), False),
    ],
)
def test_zeros_buy_nothing_where_bytes_and_pace_stay(found: Findings, seen: bool) -> None:
    assert cases.FAILURES[0].seen(Settings(), found) == seen


# ---- the run


def test_a_text_of_one_token_names_its_field(store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LanguageModel, "encode", lambda self, text: [1])
    with pytest.raises(PlaygroundError) as caught:
        next(run(Settings(text="a"), Bench(store)))
    assert caught.value.field == "text"


def test_the_findings_come_once_and_the_first_panel_before_b_is_built(store: variants.VariantStore) -> None:
    steps = run(Settings(text=TEXT, b=Variant("int4", 4, "unstructured", 0.35)), Bench(store, seconds=600))
    first = next(steps)
    assert first.figures is not None and first.findings is None
    assert [metric.b for metric in first.figures.items] == [None] * 4
    assert len([one for one in steps if one.findings is not None]) == 1


@pytest.mark.model
def test_the_real_models_bytes_and_parameters(real_lm: LanguageModel) -> None:
    assert storage_bytes(real_lm) == real_lm.weight_bytes
    store = variants.store()
    for quantization, share in (("int8", 0.51), ("int4", 0.33)):
        lm = store.get(Variant(quantization))
        assert storage_bytes(lm) == lm.weight_bytes
        floats = real_lm.weight_bytes / real_lm.module.get_input_embeddings().weight.element_size() * 2  # type: ignore[operator]
        assert lm.weight_bytes < share * floats


@pytest.mark.model
def test_where_the_real_models_weights_are(real_lm: LanguageModel) -> None:
    sizes = {name: parameter.numel() for name, parameter in real_lm.module.named_parameters()}
    whole = sum(sizes.values())
    # The head is the embedding, which named_parameters gives once.
    assert round(100 * real_lm.module.get_output_embeddings().weight.numel() / whole) == 63
    assert round(100 * sum(size for name, size in sizes.items() if ".mlp." in name) / 2 / whole) == 13


def test_several_answers_are_one_batch(tiny_lm: LanguageModel) -> None:
    passes: list[int] = []
    rows_at_once(tiny_lm.heard_by(passes.append), tiny_lm.encode(TEXT))
    assert {1, 2, 4, 8} <= set(passes)
