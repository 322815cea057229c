"""How the visitor's points are read, and what is refused."""

from __future__ import annotations

import pytest

from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.topics.meta_learning.points import read_points


@pytest.mark.parametrize(
    "text",
    [
        "-1 2\n0.5 -3",
        "-1,2\r\n0.5,-3\r\n",
        "−1\t2\n\n 0.5；-3 ",
        "－１，２\n.5 , -3.0",
        '"-1","2"\n"0.5","-3"',
        "(-1, 2)\n(0.5, -3)",
    ],
)
def test_points_come_in_many_forms(text: str) -> None:
    assert read_points(text) == ((-1.0, 2.0), (0.5, -3.0))


@pytest.mark.parametrize(
    "text",
    ["", "   \n", "1 2", "1 2\n3", "1 2\n1 3", "x y\n1 2", "1 2\n😀 3", "1 2 3\n4 5 6", "1 2\n3 nan", "1 2\n3 inf", "1 2\n6 0", "1 2\n2 11",
     "1 2\n<img src=x onerror=alert(1)> 3", "1 2\n3 4e400", "\n".join(f"{at / 10} 1" for at in range(11)), "9" * 400],
)  # fmt: skip
def test_what_is_no_list_of_points_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        read_points(text)
    assert caught.value.field == "points"
    assert "你的点" in caught.value.message.in_(Language.ZH) and "Your points" in caught.value.message.in_(Language.EN)
