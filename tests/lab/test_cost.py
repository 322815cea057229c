"""Work adds up, seconds are at a pace, and what is said of them is round."""

from __future__ import annotations

import pytest

from playground.lab.cost import REFERENCE, Pace, Work, about, learns, packed, reads, scores, tokens_of, writes


def test_work_adds_up_and_multiplies() -> None:
    assert reads(100) + 2 * scores(50, passes=3) == Work(passes=7, tokens=200, scored=100)
    assert writes(10, rows=4, prompt=7) == Work(passes=10, tokens=68, scored=40)
    assert learns(60, steps=3) == Work(passes=6, learned=60)
    assert sum([reads(1), reads(2)], Work()) == Work(passes=2, tokens=3)


def test_seconds_by_hand() -> None:
    pace = Pace(passes=0.5, tokens=0.01, scored=0.1, learned=1.0)
    assert pace.seconds_of(Work(passes=2, tokens=30, scored=4, learned=1, seconds=5)) == pytest.approx(
        1 + 0.3 + 0.4 + 1 + 5
    )
    assert REFERENCE.seconds_of(Work()) == 0


def test_the_pace_of_reference_is_that_of_the_benchmarks() -> None:
    """benchmarks/README.md, cost by the length of a text: reading, perplexity, one more token."""
    assert REFERENCE.seconds_of(reads(1024)) == pytest.approx(0.343, rel=0.2)
    assert REFERENCE.seconds_of(scores(512)) == pytest.approx(0.775, rel=0.2)
    assert REFERENCE.seconds_of(writes(64, prompt=8)) == pytest.approx(2.75, rel=0.2)
    assert REFERENCE.seconds_of(writes(64, rows=4, prompt=8)) == pytest.approx(3.29, rel=0.2)


def test_tokens_grow_with_a_text_and_more_with_chinese() -> None:
    assert tokens_of("") == 1
    assert tokens_of("天气很好") > tokens_of("good")
    assert tokens_of("a" * 40) == pytest.approx(11)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0.2, "不到 1 秒", "under 1 s"),
        (1.4, "约 1 秒", "about 1 s"),
        (6.4, "约 6 秒", "about 6 s"),
        (23.0, "约 25 秒", "about 25 s"),
        (84.0, "约 80 秒", "about 80 s"),
    ],
)
def test_seconds_are_said_roundly(seconds: float, zh: str, en: str) -> None:
    assert (about(seconds).zh, about(seconds).en) == (zh, en)


def test_packed_weights_make_a_pass_cheaper_and_a_token_of_a_long_text_dearer_as_in_the_benchmarks() -> None:
    def seconds(quantization: str, work: Work) -> float:
        return REFERENCE.seconds_of(packed(quantization, work))

    assert packed("none", reads(100)) == packed("simulated", reads(100)) == reads(100)
    assert seconds("int8", writes(64, prompt=8)) == pytest.approx(1.55, rel=0.2)
    assert seconds("int4", writes(64, prompt=8)) == pytest.approx(0.97, rel=0.2)
    assert seconds("int4", reads(1024)) == pytest.approx(1.35, rel=0.2)
    assert seconds("int8", reads(1024)) == pytest.approx(0.382, rel=0.2)
