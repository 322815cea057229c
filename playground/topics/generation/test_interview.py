"""What is said of paths and samples: each branch of the verdict, every follow-up with and without its premise, the prediction."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from playground.topics.generation.conftest import PLAIN
from playground.topics.generation.findings import Agreement, Answer, Findings, Measured, Noun, PathNumbers, Paths, Tried
from playground.topics.generation.interview import PREDICTION, follow_ups, verdict
from playground.topics.generation.settings import Settings


def path(text: str, log_probability: float, tokens: int, lowest_rank: int = 1) -> PathNumbers:
    return PathNumbers(text, tokens, log_probability, math.exp(-log_probability / tokens), 2.0, lowest_rank)


SHORT, LONG = path("a dog", -4.0, 2), path("a dog that barks", -5.0, 5)
NOTHING = PathNumbers("", 0, None, None, None, None)


def findings(
    *ends: PathNumbers,
    noun: Noun | None = None,
    answers: tuple[Answer, ...] = (),
    number_type: str = "bfloat16",
    **changes: Any,
) -> Findings:
    """Findings by hand; the last end is the current path."""
    tried = Tried("x", 1, 0.5)
    paths = Paths(ends[-1], ends[-1].log_probability, None, ends, len(ends) - 1, tried, tried, 0)
    return Findings(
        paths=dataclasses.replace(paths, **changes),
        noun=noun,
        revisions=(),
        agreement=Agreement(sum(len(one.samples) for one in answers), answers) if answers else None,
        vocabulary=259,
        number_type=number_type,
        measured=Measured(1.0, 1),
    )


VERDICTS = {
    "one path": (
        findings(SHORT),
        "当前路径有 2 个词元，ln p 为 −4.00，困惑度 7.39。",
        "The current path has 2 tokens, ln p −4.00 and perplexity 7.39.",
    ),
    "nothing written, one sample": (
        findings(NOTHING, answers=(Answer("yes", (1,)),)),
        "提示之后还没有写下词元；唯一一条样本先说“yes”。",
        "No token has been written after the prompt; the only sample says “yes” first.",
    ),
    "the likeliest path isn't the easiest": (
        findings(SHORT, LONG),
        "当前路径有 5 个词元，ln p 为 −5.00，困惑度 2.72；2 条路径中“a dog”概率最高（ln p −4.00），“a dog that barks”困惑度最低（2.72）。",
        "The current path has 5 tokens, ln p −5.00 and perplexity 2.72; of 2 paths “a dog” has the highest probability (ln p −4.00) "
        "and “a dog that barks” the lowest perplexity (2.72).",
    ),
    "the likeliest path is the easiest, samples differ": (
        findings(path("b", -9.0, 2), SHORT, answers=(Answer("x", (1,)), Answer("", (2,)))),
        "当前路径有 2 个词元，ln p 为 −4.00，困惑度 7.39；2 条路径中“a dog”概率最高（ln p −4.00），困惑度也最低（7.39）；2 条样本先说的话各不相同。",
        "The current path has 2 tokens, ln p −4.00 and perplexity 7.39; of 2 paths “a dog” has the highest probability (ln p −4.00) "
        "and the lowest perplexity (7.39); no two of 2 samples say the same first.",
    ),
    "a single token, all samples agree": (
        findings(path(" a", -1.0, 1), answers=(Answer("x", (1, 2)),)),
        "当前路径有 1 个词元，ln p 为 −1.00，困惑度 2.72；2 条样本全都先说“x”。",
        "The current path has 1 token, ln p −1.00 and perplexity 2.72; all 2 samples say “x” first.",
    ),
    "samples agree": (
        findings(SHORT, answers=(Answer("", (1, 3)), Answer("x", (2,)))),
        "当前路径有 2 个词元，ln p 为 −4.00，困惑度 7.39；3 条样本里最多有 2 条先说同一句话（“∅”）。",
        "The current path has 2 tokens, ln p −4.00 and perplexity 7.39; at most 2 of 3 samples say the same first (“∅”).",
    ),
}


@pytest.mark.parametrize(("found", "zh", "en"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict_in_each_branch(found: Findings, zh: str, en: str) -> None:
    said = verdict(PLAIN, found)
    assert (said.zh, said.en) == (zh, en)


def asked(found: Findings, settings: Settings = PLAIN) -> str:
    """All questions of a result, and their answers, in English."""
    return "\n".join(f"{item.question.en} {item.answer.en}" for item in follow_ups(settings, found))


def noun(before: float, after: float) -> Noun:
    return Noun("park", 3, 4, before, after)


LOOP = path("so so so so", -0.5, 10)
ASKED = [
    # what is asked, findings that raise it, findings that don't
    ("40% of this path's 4-grams are repeats, and its perplexity is only 1.05", findings(LOOP, repeated_4=0.4), findings(LOOP, repeated_4=0.2)),
    ("4-grams", findings(LOOP, repeated_4=0.4), findings(LOOP)),
    ("perplexity is only", findings(LOOP, repeated_4=0.4), findings(SHORT, repeated_4=0.4)),
    ("are 0.006 apart", findings(SHORT, forced_log_probability=-4.006), findings(SHORT, forced_log_probability=-4.004)),
    ("bfloat16 has 8", findings(SHORT, forced_log_probability=-4.1), findings(SHORT, number_type="float32", forced_log_probability=-4.1)),
    ("apart", findings(SHORT, forced_log_probability=-4.1), findings(NOTHING)),
    ("“a dog” and “b” differ by 5.00", findings(path("b", -9.0, 2), SHORT), findings(SHORT)),
    ("about 148 times", findings(path("b", -9.0, 2), SHORT), findings(SHORT, LONG)),
    ("about 1.3 times", findings(path("b", -4.26, 2), SHORT), findings(SHORT, LONG)),
    ("differ by", findings(path("b", -9.0, 2), SHORT), findings(SHORT, path("c", -4.0, 2))),
    ("“a dog” has the highest probability, “a dog that barks” the lowest perplexity", findings(SHORT, LONG), findings(path("b", -9.0, 2), SHORT)),
    ("You forced “zq”, rank 1,234 with a probability of 2×10⁻⁶", findings(SHORT, least_likely=Tried("zq", 1234, 2e-6)), findings(SHORT, least_likely=Tried("zq", 100, 0.01))),
    ("3 tokens of the tree are bytes", findings(SHORT, byte_tokens=3), findings(SHORT)),
    ("3 of 4 samples say “yes” first", findings(SHORT, answers=(Answer("yes", (1, 2, 3)), Answer("no", (4,)))), findings(SHORT)),
    ("error of about 0.22", findings(SHORT, answers=(Answer("yes", (1, 2, 3)), Answer("no", (4,)))), findings(SHORT, answers=(Answer("yes", (1,)),))),
    ("Of 5 samples at most 2 say the same first", findings(SHORT, answers=(Answer("a", (1, 2)), Answer("b", (3, 4)), Answer("c", (5,)))), findings(SHORT, answers=(Answer("yes", (1, 2)),))),
    ("No two of 3 samples say the same first", findings(SHORT, answers=tuple(Answer(str(n), (n,)) for n in (1, 2, 3))), findings(SHORT, answers=(Answer("yes", (1,)),))),
    ("After “park” the entropy fell from 3.00 to 1.00", findings(SHORT, noun=noun(3.0, 1.0)), findings(SHORT, noun=noun(1.0, 3.0))),
    ("After “park” the entropy rose from 1.00 to 3.00", findings(SHORT, noun=noun(1.0, 3.0)), findings(SHORT, noun=noun(3.0, 1.0))),
    ("the entropy", findings(SHORT, noun=noun(1.0, 3.0)), findings(SHORT, noun=noun(1.0, 1.001))),
]  # fmt: skip


@pytest.mark.parametrize(("words", "raises", "silent"), ASKED, ids=[words for words, _, _ in ASKED])
def test_a_follow_up_is_asked_where_its_premise_holds_and_nowhere_else(
    words: str, raises: Findings, silent: Findings
) -> None:
    assert words in asked(raises)
    assert words not in asked(silent)


def test_a_plain_result_raises_no_question() -> None:
    assert follow_ups(PLAIN, findings(SHORT)) == ()


def test_a_path_too_short_for_4_grams_and_one_sample_raise_no_question() -> None:
    for found in (findings(LOOP, repeated_4=None), findings(NOTHING, repeated_4=0.4)):
        assert "4-grams" not in asked(found)
    assert "You forced" not in asked(findings(SHORT, least_likely=None))
    assert "samples" not in asked(findings(SHORT, answers=(Answer("yes", (1,)),)))
    two = asked(findings(SHORT, answers=(Answer("yes", (1,)), Answer("no", (2,)))))
    assert "No two of 2 samples say the same first" in two and "of 2 samples say “" not in two
    assert "2 of 2 samples say “∅” first" in asked(findings(SHORT, answers=(Answer("", (1, 2)),)))


def test_large_ratios_and_long_paths_are_written_short() -> None:
    assert "about 10^16 times" in asked(findings(path("b", -40.0, 2), SHORT))
    long = path("a dog that barks at every car in the street", -4.0, 2)
    assert "“a dog that … the street” and “b”" in asked(findings(path("b", -9.0, 2), long))


@pytest.mark.parametrize(("before", "after", "answer"), [(1.0, 3.0, "rises"), (3.0, 1.0, "falls")])
def test_the_prediction_is_whether_entropy_rises_at_the_noun(before: float, after: float, answer: str) -> None:
    outcome = PREDICTION.outcome(PLAIN, findings(SHORT, noun=noun(before, after)))
    assert outcome is not None and outcome.answer == answer
