"""What is said of a compression: the prediction, each branch of the verdict, every follow-up with and without its premise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.evaluation.reading import Cost
from playground.models import variants
from playground.topics.compression.conftest import ALONE, CLEAR, TEACHER, TIMES, compress, numbers, point
from playground.topics.compression.findings import Findings
from playground.topics.compression.interview import PREDICTION, follow_ups, verdict
from playground.topics.compression.settings import Distillation, Mix, Settings


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
