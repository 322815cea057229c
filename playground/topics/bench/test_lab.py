"""The bench on a tiny random model: against plain calls of the library, and against itself with equal toggles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from scipy import stats

from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import cut
from playground.explanation.values import next_token_target
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.panels import merged
from playground.lab.validation import validate
from playground.models.language_model import LanguageModel
from playground.models.variants import VariantStore
from playground.topics.bench.cases import FAILURES
from playground.topics.bench.findings import Explained, Findings, Generated, Lime, Measured, Parting, Reader, Reading
from playground.topics.bench.interview import PREDICTION, follow_ups, verdict
from playground.topics.bench.lab import TOPIC, run
from playground.topics.bench.settings import Result, Settings

TEXT = "雨停了。The rain is over, 我们走吧"
QUICK: dict[str, Any] = {
    "text": TEXT, "explain": "next", "unit": "word", "samples": 32, "max_tokens": 8,
    "a.quantization": "none", "b.quantization": "none", "b.repetition_penalty": 1.0,
}  # fmt: skip
SIDES: list[dict[str, Any]] = [
    {},
    {"quantization": "int8"},
    {"quantization": "simulated", "bits": 3, "repetition_penalty": 1.3},
    {"pruning": "wanda", "sparsity": 0.5, "strategy": "sample", "temperature": 0.8},
    {"pruning": "structured", "sparsity": 0.25, "strategy": "beam", "beams": 3},
]


@pytest.fixture(scope="module")
def models(tiny_lm: LanguageModel) -> VariantStore:
    return VariantStore(lambda progress: tiny_lm)


def finish(models: VariantStore, **changes: Any) -> tuple[Settings, Result]:
    settings = validate(Settings, QUICK | {name.replace("__", "."): value for name, value in changes.items()}, "zh")
    result = None
    for new in run(settings, Bench(models)):
        result = merged(result, new)
    assert result is not None
    return settings, result


def find(models: VariantStore, **changes: Any) -> tuple[Settings, Findings]:
    settings, result = finish(models, **changes)
    assert result.findings is not None
    return settings, result.findings


@pytest.mark.parametrize("side", SIDES)
def test_equal_toggles_give_equal_numbers(models: VariantStore, side: dict[str, Any]) -> None:
    settings, found = find(models, **{f"{name}__{key}": value for name in "ab" for key, value in side.items()})
    assert found.reading.shared
    assert found.reading.divergence == 0
    assert found.reading.a == found.reading.b
    assert found.generated.a == found.generated.b
    assert found.explained.a == found.explained.b
    assert found.measured.a_ms_per_token == found.measured.b_ms_per_token
    outcome = PREDICTION.outcome(settings, found)
    assert outcome and outcome.answer == "never"


def test_two_runs_give_the_same_findings_but_for_their_times_and_json_both_ways(models: VariantStore) -> None:
    (_, first), (_, second) = (find(models, b__quantization="int8") for _ in range(2))
    assert first.measured.a_ms_per_token is not None
    assert replace(first, measured=second.measured) == second
    assert decode(Findings, encode(first)) == first


def test_perplexity_is_the_librarys_own_loss(models: VariantStore, tiny_lm: LanguageModel) -> None:
    _, found = find(models)
    ids = torch.tensor([tiny_lm.encode(TEXT)])
    loss = tiny_lm.module(input_ids=ids, labels=ids).loss
    assert found.reading.a.perplexity == pytest.approx(float(loss.exp()), rel=1e-4)


def test_divergence_is_that_of_plain_log_softmax(models: VariantStore, tiny_lm: LanguageModel) -> None:
    settings, found = find(models, a__quantization="int8", b__quantization="simulated", b__bits=3)
    a, b = models.get(settings.a.weights), models.get(settings.b.weights)
    ids = tiny_lm.encode(TEXT)
    of_base, of_a, of_b = (lm.logits(ids)[:-1].double().log_softmax(-1) for lm in (tiny_lm, a, b))

    def mean(of_p: torch.Tensor, of_q: torch.Tensor) -> float:
        """KL(p ‖ q), nats per token."""
        return float(torch.nn.functional.kl_div(of_q, of_p, reduction="none", log_target=True).sum(-1).mean())

    assert found.reading.divergence == pytest.approx(mean(of_a, of_b), abs=1e-5)
    assert found.reading.a.to_base == pytest.approx(mean(of_base, of_a), abs=1e-5)
    assert found.reading.b.to_base == pytest.approx(mean(of_base, of_b), abs=1e-5)
    assert found.reading.perplexity_ratio == pytest.approx(
        float((of_a.gather(1, torch.tensor(ids[1:])[:, None]) - of_b.gather(1, torch.tensor(ids[1:])[:, None])).mean().exp()),
        rel=1e-4,
    )  # fmt: skip


def test_zeroed_weights_hold_as_many_bytes_and_removed_ones_fewer(models: VariantStore) -> None:
    _, zeroed = find(models, b__pruning="unstructured", b__sparsity=0.5)
    assert zeroed.reading.a.weight_bytes == pytest.approx(zeroed.reading.b.weight_bytes, rel=1e-3)
    _, removed = find(models, b__pruning="structured", b__sparsity=0.5)
    assert removed.reading.b.weight_bytes < 0.95 * removed.reading.a.weight_bytes


def test_greedy_output_is_generates_own(models: VariantStore, tiny_lm: LanguageModel) -> None:
    _, found = find(models)
    ids = torch.tensor([tiny_lm.encode(TEXT)])
    out = tiny_lm.module.generate(ids, max_new_tokens=8, do_sample=False, pad_token_id=258)[0, ids.shape[1] :]
    # The unfinished character that a stream withholds at its end.
    assert found.generated.a.rstrip("\ufffd") == tiny_lm.decode(out.tolist()).rstrip("\ufffd")
    assert found.generated.a_tokens == sum(int(token) not in tiny_lm.end_ids for token in out)


def test_lime_explains_the_likeliest_token_and_is_compared_with_leaving_one_out(
    models: VariantStore, tiny_lm: LanguageModel
) -> None:
    _, found = find(models)
    logits = tiny_lm.module(torch.tensor([tiny_lm.encode(TEXT)])).logits[0, -1]
    lime = found.explained.a
    assert lime.value == pytest.approx(float(logits.softmax(-1).max()), abs=1e-5)
    parts = cut(TEXT, "word", tiny_lm)
    assert found.explained.units == parts.names
    alone = leave_one_out(parts, next_token_target(tiny_lm, int(logits.argmax())).value).weights
    expected = stats.spearmanr([abs(weight) for weight in lime.weights], abs(alone)).statistic
    assert lime.agreement == pytest.approx(float(expected))


def test_a_penalty_leaves_the_weights_figures_alone(models: VariantStore) -> None:
    settings, found = find(models, b__repetition_penalty=3.0, max_tokens=24)
    assert found.reading.a == found.reading.b
    assert found.reading.divergence == 0
    parting = found.generated.parting
    assert parting is not None
    assert parting.a != parting.b
    outcome = PREDICTION.outcome(settings, found)
    assert outcome
    assert outcome.answer == ("1-2" if parting.token <= 2 else "3-8" if parting.token <= 8 else "later")
    assert any("困惑度为什么没有变" in item.question.zh for item in follow_ups(settings, found))


@pytest.mark.parametrize("text", ["🙂", "🙂🙃🎉", "。。。！？", "a", "好\n\n好", "1 2 3"])
def test_odd_texts_give_a_whole_result(models: VariantStore, text: str) -> None:
    settings, result = finish(models, text=text, b__quantization="int8")
    assert result.outputs and result.attention and result.lime and result.findings
    assert verdict(settings, result.findings)


LIME = Lime(0.9, (0.5, -0.25), 0.8, 32, 4, reliable=True, agreement=None)
FOUND = Findings(
    Reading(Reader(12.344, 0.0, 1_072_394_756), Reader(24.0, 0.25, 167_752_192), 0.5748, shared=False),
    Generated("abcd", "abxd", 4, 4, Parting(3, "c", "x")),
    Explained(("x", "y"), LIME, LIME),
    Measured(100.0, 40.0),
)
SAME = replace(FOUND, generated=Generated("abcd", "abcd", 4, 4, None))
EQUAL = replace(SAME, reading=Reading(FOUND.reading.a, FOUND.reading.a, 0.0, shared=True))
SETTINGS = Settings()


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (FOUND,
         "输出的首次分歧在第 3 个词元；困惑度 A 12.34、B 24.00，KL(A‖B) 每词元 0.575 nat；权重 A 1072 MB、B 168 MB。",
         "The outputs first differ at token 3; perplexity: A 12.34, B 24.00; KL(A‖B): 0.575 nats per token; weights: A 1072 MB, B 168 MB."),
        (EQUAL,
         "两侧输出的 4 个词元全部相同；困惑度 A 12.34、B 12.34，KL(A‖B) 每词元 0.000 nat；权重 A 1072 MB、B 1072 MB。",
         "All 4 tokens of the outputs are the same; perplexity: A 12.34, B 12.34; KL(A‖B): 0.000 nats per token; weights: A 1072 MB, B 1072 MB."),
        (replace(SAME, reading=replace(FOUND.reading, divergence=0.00031)),
         "两侧输出的 4 个词元全部相同；困惑度 A 12.34、B 24.00，KL(A‖B) 每词元 3e-04 nat；权重 A 1072 MB、B 168 MB。",
         "All 4 tokens of the outputs are the same; perplexity: A 12.34, B 24.00; KL(A‖B): 3e-04 nats per token; weights: A 1072 MB, B 168 MB."),
        (replace(FOUND, generated=Generated("", "", 0, 0, None), reading=Reading(Reader(None, None, 2_000_000), Reader(None, None, 1_000_000), None, shared=False)),
         "两侧都没有生成词元；原文太短，没有困惑度；权重 A 2 MB、B 1 MB。",
         "Neither side generated a token; the text is too short for a perplexity; weights: A 2 MB, B 1 MB."),
    ],
)  # fmt: skip
def test_the_verdict_says_what_came_out(found: Findings, zh: str, en: str) -> None:
    said = verdict(SETTINGS, found)
    assert (said.zh, said.en) == (zh, en)


def test_the_prediction_names_the_place_and_both_tokens() -> None:
    for token, answer in ((1, "1-2"), (2, "1-2"), (3, "3-8"), (8, "3-8"), (9, "later")):
        parted = replace(FOUND, generated=replace(FOUND.generated, parting=Parting(token, " ", None)))
        outcome = PREDICTION.outcome(SETTINGS, parted)
        assert outcome
        assert (outcome.answer, outcome.evidence.zh) == (answer, f"第 {token} 个词元（␣ → ∅）")
    outcome = PREDICTION.outcome(SETTINGS, SAME)
    assert outcome and outcome.answer == "never"


def asked(found: Findings, **values: Any) -> str:
    """The follow-ups' questions, joined. A dotted name is written with two underscores."""
    settings = validate(Settings, {name.replace("__", "."): value for name, value in values.items()}, "en")
    return "\n".join(item.question.en for item in follow_ups(settings, found))


def test_a_contradiction_is_asked_of_equal_greedy_outputs_alone() -> None:
    about = "The outputs are identical, yet KL is 0.575 nat"
    assert about in asked(SAME)
    assert "KL is" not in asked(FOUND), "the outputs differ"
    assert "KL is" not in asked(EQUAL), "the distributions are equal"
    assert "KL is" not in asked(SAME, a__strategy="sample"), "the answer is about greedy search"
    assert "KL is" not in asked(replace(SAME, reading=replace(FOUND.reading, divergence=None)))


def test_the_unchanged_perplexity_is_asked_where_the_weights_are_shared() -> None:
    shared = replace(FOUND, reading=EQUAL.reading)
    about = "The weights are the same and the outputs differ"
    assert about in asked(shared)
    assert about not in asked(FOUND)
    assert about not in asked(EQUAL)
    assert about not in asked(replace(shared, reading=replace(EQUAL.reading, divergence=None)))


def test_the_bytes_of_zeros_are_asked_of_zeroed_floats() -> None:
    zeroed = {"b__quantization": "none", "b__pruning": "wanda", "b__sparsity": 0.5}
    about = "B lost 50% of its weights. Why does it still hold 168 MB?"
    assert about in asked(FOUND, **zeroed)
    for change in ({"b__quantization": "int8"}, {"b__pruning": "structured"}, {"b__sparsity": 0.0}):
        assert "of its weights" not in asked(FOUND, **(zeroed | change))


def test_a_doubtful_lime_and_a_high_perplexity_are_asked_about() -> None:
    doubtful = replace(FOUND, explained=replace(FOUND.explained, b=replace(LIME, reliable=False)))
    assert "not reliable" in asked(doubtful)
    assert "not reliable" not in asked(FOUND)
    assert "B's perplexity is 1.9 times A's" in asked(FOUND)
    assert "times A's" not in asked(EQUAL)


def test_the_failures_are_seen_in_what_they_name_alone() -> None:
    loops, lost = FAILURES
    looping = replace(FOUND, generated=replace(FOUND.generated, a="我们走吧，" * 4))
    assert loops.seen(SETTINGS, looping)
    assert not loops.seen(SETTINGS, FOUND)
    worse = replace(FOUND, reading=replace(FOUND.reading, b=replace(FOUND.reading.b, perplexity=124.0)))
    assert lost.seen(SETTINGS, worse)
    assert not lost.seen(SETTINGS, FOUND)


@pytest.mark.model
def test_the_real_bench_explains_both_sides() -> None:
    from playground import catalog

    for event in catalog.events(TOPIC, validate(Settings, {}, "zh")):
        last = event
    found = last.result.findings  # type: ignore[union-attr]
    assert len(found.explained.a.weights) == len(found.explained.b.weights) == len(found.explained.units) >= 10
    assert found.reading.b.weight_bytes < found.reading.a.weight_bytes
