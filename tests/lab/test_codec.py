import json
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from playground.lab.codec import KINDS, Kinded, decode, encode
from playground.lab.panels import Bars, Metric, Metrics, Panel, Prose, Series, SideBySide, Table
from playground.lab.text import Text
from playground.lab.token_panels import Token, Tokens


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Everything:
    whole: int
    part: float
    name: str
    on: bool
    colour: Colour
    nothing: int | None
    either: int | float | str | None
    pairs: tuple[tuple[str, float], ...]
    fixed: tuple[int, str]
    table: dict[str, float]


def there_and_back(hint: Any, value: Any) -> Any:
    return decode(hint, json.loads(json.dumps(encode(value))))


def test_plain_data_come_back_as_they_were() -> None:
    value = Everything(1, 0.5, "x", True, Colour.RED, None, 3, (("a", 1.0), ("b", 2.0)), (7, "z"), {"k": 1.5})
    assert there_and_back(Everything, value) == value


@pytest.mark.parametrize("value", [3, 3.0, "3", None])
def test_a_union_keeps_the_type_of_its_value(value: Any) -> None:
    back = there_and_back(int | float | str | None, value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "panel",
    [
        Prose(Text(zh="一", en="one"), caveat=Text(zh="模拟", en="simulated")),
        Metrics((Metric("x", 1.0, None, unit="ms", measured=True), Metric(Text(zh="二", en="two"), "word"))),
        SideBySide(Tokens("a", (Token("b", 0.5, 1),)), Tokens("a", (), divergence=0), a_label=Text(zh="一", en="one")),
        Bars(("x", Text(zh="二", en="two")), (Series("s", (1.0, None), low=(0.5, None)),)),
        Table(("n",), ((1, 2.0, "x", None, Text(zh="二", en="two")),)),
    ],
)
def test_panels_come_back_by_their_kind_alone(panel: Panel) -> None:
    assert encode(panel)["kind"] == panel.kind
    assert there_and_back(Panel, panel) == panel
    assert there_and_back(type(panel) | None, panel) == panel


@pytest.mark.parametrize("value", [math.nan, math.inf, (1.0, -math.inf), {"x": math.nan}])
def test_numbers_that_json_lacks_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="nan"):
        encode(value)


def test_what_is_no_plain_data_is_refused() -> None:
    with pytest.raises(TypeError):
        encode({1, 2})
    with pytest.raises(TypeError):
        encode(encode)


@pytest.mark.parametrize(
    ("hint", "data"), [(int, "1"), (int, True), (float, "x"), (str, 1), (bool, 1), (tuple[int, int], [1]), (Prose, {})]
)
def test_data_that_do_not_fit_are_refused(hint: Any, data: Any) -> None:
    with pytest.raises((TypeError, KeyError, ValueError)):
        decode(hint, data)


# Every shape of data that JSON has. What doesn't fit must be refused: a union tries its options in turn.
SHAPES: list[Any] = [None, True, 1, 1.5, "ab", [], ["a", "b"], {}, {"a": 1.0}]


@pytest.mark.parametrize(
    "option", [int, float, str, bool, tuple[str, ...], tuple[str, str], dict[str, float], Colour, Everything]
)
@pytest.mark.parametrize("data", SHAPES)
def test_any_data_for_any_hint_come_back_equal_or_are_refused(option: Any, data: Any) -> None:
    try:
        value = decode(option, data)
    except (TypeError, KeyError, ValueError):
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    "option", [tuple[str, ...], dict[str, float], dict[str, dict[str, float]], Colour, Everything, Prose]
)
def test_none_beside_any_type_stays_none(option: Any) -> None:
    assert decode(option | None, None) is None
    assert decode(None | option, None) is None


def test_a_text_beside_a_tuple_of_texts_stays_a_text() -> None:
    assert decode(tuple[str, ...] | str, "ab") == "ab"
    assert decode(tuple[str, ...] | str, ["a", "b"]) == ("a", "b")


def test_a_kind_is_taken_once() -> None:
    assert KINDS["tokens"] is Tokens
    with pytest.raises(ValueError, match="tokens"):

        class Again(Kinded, kind="tokens"):
            pass
