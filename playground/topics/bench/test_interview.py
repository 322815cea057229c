"""The bench's words against hand-made findings: the verdict, the prediction, and follow-ups with and without their premise."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from playground.lab.validation import validate
from playground.topics.bench.cases import FAILURES
from playground.topics.bench.findings import (
    Explained,
    Findings,
    Generated,
    Largest,
    Lime,
    Measured,
    Parting,
    Reader,
    Reading,
)
from playground.topics.bench.interview import PREDICTION, follow_ups, verdict
from playground.topics.bench.settings import Settings

LIME = Lime(0.9, (0.5, -0.25), 0.8, 32, 4, reliable=True, agreement=None, low=(0.4, -0.3), high=(0.6, -0.2))
MOVED = replace(LIME, weights=(0.45, 0.1), low=(0.35, 0.0), high=(0.55, 0.2))
FOUND = Findings(
    Reading(Reader(12.344, 0.0, 1_072_394_756), Reader(24.0, 0.25, 167_752_192), 0.5748, shared=False, tokens=14),
    Generated("abcd", "abxd", 4, 4, Parting(3, "c", "x")),
    Explained(("x", "y"), LIME, MOVED),
    Measured(100.0, 40.0),
)
SAME = replace(FOUND, generated=Generated("abcd", "abcd", 4, 4, None))
EQUAL = replace(SAME, reading=Reading(FOUND.reading.a, FOUND.reading.a, 0.0, shared=True))
SHARED = replace(FOUND, reading=EQUAL.reading)
SETTINGS = Settings()


@pytest.mark.parametrize(
    ("found", "zh", "en"),
    [
        (FOUND,
         "输出的首次分歧在第 3 个词元；困惑度 A 12.34、B 24，KL(A‖B) 每词元 0.575 奈特；权重 A 1072 MB、B 168 MB。",
         "The outputs first differ at token 3; perplexity: A 12.34, B 24; KL(A‖B): 0.575 nats per token; weights: A 1072 MB, B 168 MB."),
        (EQUAL,
         "两侧输出的 4 个词元全部相同；困惑度 A 12.34、B 12.34，KL(A‖B) 每词元 0.000 奈特；权重 A 1072 MB、B 1072 MB。",
         "All 4 tokens of the outputs are the same; perplexity: A 12.34, B 12.34; KL(A‖B): 0.000 nats per token; weights: A 1072 MB, B 1072 MB."),
        (replace(SAME, reading=replace(FOUND.reading, divergence=0.00031)),
         "两侧输出的 4 个词元全部相同；困惑度 A 12.34、B 24，KL(A‖B) 每词元 0.0003 奈特；权重 A 1072 MB、B 168 MB。",
         "All 4 tokens of the outputs are the same; perplexity: A 12.34, B 24; KL(A‖B): 0.0003 nats per token; weights: A 1072 MB, B 168 MB."),
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


def numbers(said: str) -> list[str]:
    return sorted(re.findall(r"\d+(?:\.\d+)?", said))


def test_a_contradiction_is_asked_of_equal_greedy_outputs_alone() -> None:
    about = "The outputs are identical, yet KL is 0.575 nats"
    assert about in asked(SAME)
    assert "KL is" not in asked(FOUND), "the outputs differ"
    assert "KL is" not in asked(EQUAL), "the distributions are equal"
    assert "KL is" not in asked(SAME, a__strategy="sample"), "the answer is about greedy search"
    assert "KL is" not in asked(replace(SAME, reading=replace(FOUND.reading, divergence=None)))


def test_the_unchanged_perplexity_is_asked_where_only_the_decoding_differs() -> None:
    about, penalty = "The weights are the same and the outputs differ", {"b__repetition_penalty": 1.2}
    assert about in asked(SHARED, **penalty)
    assert about not in asked(FOUND, **penalty)
    assert about not in asked(EQUAL, **penalty)
    assert about not in asked(SHARED), "the decoding is the same"
    assert about not in asked(replace(SHARED, reading=replace(EQUAL.reading, divergence=None)), **penalty)


def test_two_changes_at_once_are_asked_about() -> None:
    about, penalty = "A and B differ in weights and in decoding", {"b__repetition_penalty": 1.2}
    assert about in asked(FOUND, **penalty)
    assert about not in asked(FOUND), "the weights alone differ"
    assert about not in asked(SHARED, **penalty), "the decoding alone differs"
    assert about not in asked(SAME, **penalty), "the outputs are the same"


def test_the_bytes_of_zeros_are_asked_of_zeroed_floats() -> None:
    zeroed = {"b__quantization": "none", "b__pruning": "wanda", "b__sparsity": 0.5}
    about = "50% of the weights in B's layer matrices are zero. Why does it still hold 168 MB?"
    assert about in asked(FOUND, **zeroed)
    for change in ({"b__quantization": "int8"}, {"b__pruning": "structured"}, {"b__sparsity": 0.0}):
        assert "are zero" not in asked(FOUND, **(zeroed | change))


def test_a_high_perplexity_is_asked_about() -> None:
    assert "B's perplexity is 1.9 times A's, over 14 scored tokens" in asked(FOUND)
    assert "times A's" not in asked(EQUAL)
    broken = replace(FOUND, reading=replace(FOUND.reading, b=Reader(1.5e9, 18.0, 1)))
    assert "1.2×10⁸ times A's" in asked(broken)


@pytest.mark.parametrize(("share", "tokens", "expected"), [(0.25, 14, True), (0.24, 14, False), (0.5, 4, False)])
def test_a_concentrated_divergence_is_asked_about(share: float, tokens: int, expected: bool) -> None:
    reading = replace(FOUND.reading, tokens=tokens, largest=Largest(3, "x", 2.0, share))
    question = f"Token 3 (x) alone makes up {share:.0%} of all KL"
    assert (question in asked(replace(FOUND, reading=reading))) == expected


def test_a_doubtful_lime_is_asked_about_by_side() -> None:
    doubt = replace(LIME, reliable=False)
    for sides, name in (({"b": doubt}, "on B"), ({"a": doubt}, "on A"), ({"a": doubt, "b": doubt}, "on A and B")):
        said = asked(replace(FOUND, explained=replace(FOUND.explained, **sides)))
        assert f"LIME is marked “not reliable” {name}. " in said
        assert "don't overlap" not in said
    assert "not reliable" not in asked(FOUND)


def test_the_words_whose_intervals_separate_are_counted() -> None:
    assert FOUND.explained.separate == ("y",)
    about = "Of 2 units 1 have LIME intervals on A and B that don't overlap"
    assert about in asked(FOUND)
    assert about not in asked(SHARED, b__repetition_penalty=1.2), "equal weights are explained once"
    alike = replace(FOUND, explained=replace(FOUND.explained, b=FOUND.explained.a))
    assert "The LIME intervals of all 2 units overlap between A and B" in asked(alike)
    assert about.replace("1", "0") not in asked(alike)
    other = replace(FOUND, explained=replace(FOUND.explained, same_target=False))
    assert "don't overlap" not in asked(other), "two numbers can't be compared"


@pytest.mark.parametrize(("explain", "said"), [("positive", "linear probe"), ("next", "the same token")])
def test_what_the_bars_say_goes_by_what_is_explained(explain: str, said: str) -> None:
    settings = validate(Settings, {"explain": explain}, "en")
    (item,) = [item for item in follow_ups(settings, FOUND) if "don't overlap" in item.question.en]
    assert said in item.answer.en


def test_both_languages_ask_with_the_same_numbers() -> None:
    doubtful = replace(FOUND, explained=replace(FOUND.explained, b=replace(LIME, reliable=False)))
    concentrated = replace(FOUND, reading=replace(FOUND.reading, largest=Largest(3, "x", 2.0, 0.5)))
    for found in (FOUND, SAME, SHARED, doubtful, concentrated):
        for values in ({}, {"b.repetition_penalty": 1.2}, {"b.quantization": "none", "b.pruning": "wanda"}):
            for item in follow_ups(validate(Settings, values, "en"), found):
                assert numbers(item.question.zh) == numbers(item.question.en), item.question


def test_the_failures_are_seen_in_what_they_name_alone() -> None:
    loops, lost = FAILURES
    looping = replace(FOUND, generated=replace(FOUND.generated, a="我们走吧，" * 4))
    assert loops.seen(SETTINGS, looping)
    assert not loops.seen(SETTINGS, FOUND)
    assert not loops.seen(SETTINGS, replace(looping, generated=replace(looping.generated, b="我们走吧，" * 4)))
    worse = replace(FOUND, reading=replace(FOUND.reading, b=replace(FOUND.reading.b, perplexity=124.0)))
    assert lost.seen(SETTINGS, worse)
    assert not lost.seen(SETTINGS, FOUND)


def test_a_text_of_a_single_token_has_no_perplexity_to_ask_about() -> None:
    nothing = replace(FOUND.reading, a=Reader(None, None, 2), b=Reader(None, None, 1), divergence=None, tokens=0)
    assert "perplexity" not in asked(replace(FOUND, reading=nothing))
    assert "too short" in verdict(SETTINGS, replace(FOUND, reading=nothing)).en


def test_intervals_are_compared_where_both_sides_have_some_of_other_weights() -> None:
    assert "LIME intervals" in asked(FOUND)
    assert "LIME intervals" not in asked(SHARED), "the weights are the same"
    bare = replace(LIME, low=(), high=())
    assert "LIME intervals" not in asked(replace(FOUND, explained=Explained(("x", "y"), bare, bare)))
    assert "LIME intervals" not in asked(replace(FOUND, explained=Explained(("x", "y"), LIME, bare)))


@pytest.mark.parametrize(("perplexity", "written"), [(99.994, "99.99"), (12345.6, "12,346"), (2.5e6, "2.5×10⁶")])
def test_a_high_perplexity_is_written_short(perplexity: float, written: str) -> None:
    worse = replace(FOUND, reading=replace(FOUND.reading, b=replace(FOUND.reading.b, perplexity=perplexity)))
    assert f"B {written}," in verdict(SETTINGS, worse).zh.replace("，", ",")
