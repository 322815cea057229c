"""The visitor's lines: what is read, and what is refused with the line at fault, in both languages."""

from __future__ import annotations

import pytest

from playground.lab.errors import PlaygroundError
from playground.topics.incremental.corpus import SPOKEN, TOPICS
from playground.topics.incremental.new_lines import MOST_LINES, read_new_lines

GOOD = [
    "hotel\tquiet room",
    "hotel\tclean bath",
    "hotel\tlate check-in",
    "film\tgood plot",
    "film\tdull end",
    "film\tfine score",
]


def read(*lines: str, ends: str = "\n") -> object:
    return read_new_lines(ends.join(lines), TOPICS, SPOKEN)


def test_labels_are_known_or_new_and_every_third_is_held_out_whatever_ends_the_lines() -> None:
    found = read_new_lines(
        "\r\n".join(GOOD[:3]) + "\r" + "\n".join(GOOD[3:]) + "\nfilm\tGOOD  plot\n\n酒店\t很安静", TOPICS, SPOKEN
    )
    assert found.names == (*TOPICS, "film") and found.repeated == 1
    assert [(at, held) for at, _, held in found.rows] == [
        (0, False),
        (0, False),
        (0, True),
        (3, False),
        (3, False),
        (3, True),
        (0, False),
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([*GOOD[:5], "film, fine score"], "6"),
        ([*GOOD[:5], '"film","fine score"'], "6"),
        ([*GOOD[:5], "film\tfilm\tfine score"], "6"),
        (["\tno label", *GOOD], "1"),
        (["film\t  ", *GOOD], "1"),
        (["<img src=x onerror=alert(1)>", *GOOD], "1"),
        (["x" * 40 + "\tlong label", *GOOD], "40"),
        (["film\t" + "x" * 10_000, *GOOD], "10000"),
        ([*GOOD, "film\tquiet room"], "7"),
        ([*GOOD, "film\tonce more", "game\tonly one"], "game"),
        (GOOD[:4], "4"),
        ([f"film\tnumber {at}" for at in range(MOST_LINES + 1)], str(MOST_LINES + 1)),
        ([*GOOD, "a\tone", "b\ttwo", "c\tthree"], "3"),
    ],
)  # fmt: skip
def test_malformed_lines_are_refused_with_the_field_and_the_place(lines: list[str], said: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        read(*lines)
    assert caught.value.field == "lines"
    for language in ("zh", "en"):
        assert said in caught.value.message.in_(language)
    assert "新数据" in caught.value.message.zh and "New data" in caught.value.message.en
