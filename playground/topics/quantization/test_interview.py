"""What is said of quantization, of findings by hand: the prediction, the verdict, every follow-up with and without its premise."""

from __future__ import annotations

import json
import math
import re

import pytest

from playground.lab.codec import decode, encode
from playground.lab.text import Language, significant
from playground.topics.quantization import interview
from playground.topics.quantization.findings import Continuations, Findings, Kernel, Loss, Matrix, Measured
from playground.topics.quantization.settings import Settings


def findings(tensor: float = 50.0, group: float = 10.0, divergence: float = 0.3, int4_ms: float = 5.0) -> Findings:
    loss = Loss(12.0, divergence, 4.625)
    return Findings(
        tokens=20,
        baseline_perplexity=9.876,
        loss=loss,
        median_snr=20.0,
        matrix=Matrix(1, True, -0.2, 15.1, 0.0, 15.0, 3.0),
        continuations=Continuations("a", "b", 1),
        by_granularity={"tensor": Loss(tensor, 1.0, 4.0), "row": loss, "group_128": loss, "group_64": loss, "group_32": Loss(group, 0.2, 4.625)},
        by_bits={"2": loss, "4": loss, "8": loss},
        simulated_bytes=400,
        kernels={kind: Kernel(400, 500, 10.0, 0.0) for kind in ("none", "int8", "int4")},
        measured=Measured({"none": 20.0, "int8": 10.0, "int4": int4_ms}),
    )  # fmt: skip


def test_findings_are_json_both_ways() -> None:
    found = findings()
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found


@pytest.mark.parametrize(
    ("tensor", "group", "answer"),
    [(11.0, 10.0, "alike"), (12.0, 10.0, "some"), (50.0, 10.0, "some"), (100.0, 10.0, "many"), (1e6, 10.0, "many")],
)
def test_the_prediction_compares_the_granularities(tensor: float, group: float, answer: str) -> None:
    outcome = interview.PREDICTION.outcome(Settings(), findings(tensor, group))
    assert outcome is not None and outcome.answer == answer
    for language in Language:
        assert significant(tensor) in outcome.evidence.in_(language)
        assert significant(tensor / group, 3) in outcome.evidence.in_(language)


@pytest.mark.parametrize(
    ("settings", "scheme"),
    [
        (Settings(), ("4 位 · 逐组 32", "4 bits · per group of 32")),
        (Settings(bits=8, granularity="tensor", activations="token"), ("8 位 · 逐张量 · A8", "8 bits · per tensor · A8")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("tensor", [10.0, 123456.0, math.exp(700)])
def test_the_verdict_has_the_numbers_of_the_run(settings: Settings, scheme: tuple[str, str], tensor: float) -> None:
    said = interview.verdict(settings, findings(tensor=tensor, divergence=0.1234))
    written = {10.0: "10", 123456.0: "123,456"}.get(tensor, "1.014×10³⁰⁴")
    expected = ["12", "9.876", "0.123", written, "10"]
    assert said.zh == (
        f"{scheme[0]}：困惑度 12（基线 9.876），每词元 KL 0.123 奈特；同样的位数，逐张量是 {written}，每组 32 个是 10。"
    )
    numbers = re.findall(r"\d[\d.,]*(?<!,)(?:×10[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", said.en.removeprefix(scheme[1]).rstrip("."))
    assert said.en.startswith(scheme[1]) and numbers == [*expected[:-1], "32", expected[-1]]


@pytest.mark.parametrize(
    ("settings", "found", "word"),
    [
        (Settings(), findings(tensor=20.1), "per tensor"),
        (Settings(activations="token"), findings(), "activations"),
        (Settings(range_by="least-squares"), findings(), "clipped"),
        (Settings(range_by="percentile", percentile=99.0), findings(), "clipped"),
        (Settings(bits=7), findings(divergence=0.01), "why go to 4"),
        (Settings(bits=3), findings(), "beyond rounding"),
    ],
)
def test_follow_ups_are_asked_where_their_premise_holds(settings: Settings, found: Findings, word: str) -> None:
    assert sum(word in one.question.en for one in interview.follow_ups(settings, found)) == 1


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (Settings(), findings(tensor=19.9)),
        (Settings(range_by="percentile", percentile=100.0), findings(tensor=19.9)),
        (Settings(bits=8), findings(tensor=19.9, divergence=0.06)),
        (Settings(bits=6), findings(tensor=19.9, divergence=0.01)),
    ],
)
def test_nothing_is_asked_without_a_premise(settings: Settings, found: Findings) -> None:
    assert interview.follow_ups(settings, found) == ()


def test_rounded_activations_are_not_nearly_lossless_weights() -> None:
    asked = interview.follow_ups(Settings(bits=8, activations="token"), findings(tensor=19.9, divergence=0.01))
    assert ["activations" in one.question.en for one in asked] == [True]


@pytest.mark.parametrize(("int4_ms", "said"), [(5.0, True), (10.0, False), (15.0, False)])
def test_int4_is_called_faster_only_where_it_was(int4_ms: float, said: bool) -> None:
    (asked,) = interview.follow_ups(Settings(bits=8), findings(tensor=19.9, divergence=0.01, int4_ms=int4_ms))
    assert ("int4 每步比 int8 更快" in asked.answer.zh) == said
    assert ("a step of int4 below one of int8" in asked.answer.en) == said
