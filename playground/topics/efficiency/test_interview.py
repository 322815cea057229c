"""What is said of efficiency, of findings by hand: ratios, the prediction, the verdict, every follow-up with and without its premise."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest

from playground.lab.codec import decode, encode
from playground.lab.text import Language
from playground.lab.variant import Variant
from playground.topics.efficiency import cases, interview
from playground.topics.efficiency.counting import Counts
from playground.topics.efficiency.findings import Findings, Measured, Pass, Pruned, Side
from playground.topics.efficiency.settings import Settings


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
