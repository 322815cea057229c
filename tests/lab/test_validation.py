import math
from dataclasses import dataclass
from typing import Any

import pytest

from playground.lab.controls import number
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.validation import clean, defaults, flatten, validate
from tests.fakes import Settings


def refusal(**values: Any) -> PlaygroundError:
    with pytest.raises(PlaygroundError) as caught:
        validate(Settings, values, "en")
    return caught.value


def test_nothing_given_is_the_defaults_in_the_language() -> None:
    assert validate(Settings, {}, "zh") == Settings()
    assert validate(Settings, {}, "en").text == "Fine weather"
    assert validate(Settings, defaults(Settings, "en"), "en") == validate(Settings, {}, "en")


def test_nested_and_dotted_names_say_the_same() -> None:
    nested = validate(Settings, {"b": {"quantization": "int4", "sparsity": 0.25}}, "zh")
    assert nested == validate(Settings, {"b.quantization": "int4", "b.sparsity": "0.25"}, "zh")
    assert (nested.b.quantization, nested.b.sparsity, nested.a.quantization) == ("int4", 0.25, "none")
    assert flatten({"a": {"x": {"y": 1}}, "b.c": 2}) == {"a.x.y": 1, "b.c": 2}


@pytest.mark.parametrize(
    ("given", "taken"), [(1, 1), (9, 9), ("4", 4), (4.0, 4), (" 4 ", 4), ("4.0", 4), ("4e0", 4), ("４", 4)]
)
def test_whole_numbers(given: Any, taken: int) -> None:
    times = validate(Settings, {"times": given}, "zh").times
    assert times == taken
    assert type(times) is int


@pytest.mark.parametrize(("given", "taken"), [(0, 0.0), (1, 1.0), ("0.25", 0.25), ("1e-1", 0.1)])
def test_fractions(given: Any, taken: float) -> None:
    share = validate(Settings, {"share": given}, "zh").share
    assert share == taken
    assert type(share) is float


@pytest.mark.parametrize(
    "given", [0, 10, 2.5, -math.inf, math.nan, "1e400", "3.0x", "", None, True, [3], "9" * 5000, 10**400, b"3"]
)
def test_numbers_that_are_refused(given: Any) -> None:
    error = refusal(times=given)
    assert error.field == "times"
    assert "Times" in error.message.en
    assert "次数" in error.message.zh
    assert len(error.message.en) < 200


@pytest.mark.parametrize("given", ["2.5", "many", None])
def test_a_whole_number_is_asked_for_by_that_name(given: Any) -> None:
    message = refusal(times=given).message
    assert "whole number" in message.en and "整数" in message.zh


def test_a_bound_that_is_passed_is_named() -> None:
    error = refusal(**{"a.sparsity": 0.96})
    assert error.field == "a.sparsity"
    assert "A · Sparsity" in error.message.en
    assert "0.95" in error.message.en
    assert "0.95" in error.message.zh


def test_a_large_bound_is_written_out() -> None:
    @dataclass(frozen=True)
    class Seeded:
        seed: int = number(Text(zh="种子", en="Seed"), default=0, low=0, high=2**31 - 1)

    with pytest.raises(PlaygroundError, match="from 0 to 2147483647"):
        validate(Seeded, {"seed": 2**31}, "en")


@pytest.mark.parametrize("given", ["int3", "INT8", "", None, 8, ["int8"]])
def test_options_that_are_refused(given: Any) -> None:
    error = refusal(**{"b.quantization": given})
    assert error.field == "b.quantization"
    assert "int4" in error.message.zh


@pytest.mark.parametrize(
    ("given", "taken"), [(True, True), ("true", True), ("ON", True), ("0", False), (" no ", False)]
)
def test_switches(given: Any, taken: bool) -> None:
    assert validate(Settings, {"loud": given}, "zh").loud is taken


@pytest.mark.parametrize("given", ["perhaps", None, 2, []])
def test_switches_that_are_refused(given: Any) -> None:
    assert refusal(loud=given).field == "loud"


@pytest.mark.parametrize("given", ["", " \n\t", "\u3000", "\x00", "\u202e", None])
def test_blank_text_is_refused_unless_optional(given: Any) -> None:
    error = refusal(text=given)
    assert error.field == "text"
    assert "empty" in error.message.en
    assert validate(Settings, {"note": given}, "zh").note.strip() == ""


def test_the_limit_of_a_text_counts_characters_and_is_kept_exactly() -> None:
    assert validate(Settings, {"text": "字" * 50}, "zh").text == "字" * 50
    assert "51" in refusal(text="字" * 51).message.zh
    # Characters removed from a text don't count.
    assert validate(Settings, {"text": "字" * 50 + "\x00"}, "zh").text == "字" * 50


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("a\x00b", "ab"), ("a\r\nb\rc", "a\nb\nc"), ("\u202eabc\u202c\u2066", "abc"), ("a\tb", "a\tb"),
        ("\ud800x", "x"), ("👩\u200d👧", "👩\u200d👧"), ("é", "é"), ("a\x1b[31m", "a[31m"),
        ("line one\x0bline two\x0cpage two", "line one\nline two\npage two"), ("a\x85b\u2028c\u2029d\x1ee", "a\nb\nc\nd\ne"),
        ("a\x1fb", "a b"),
    ],
)  # fmt: skip
def test_what_is_taken_out_of_a_text(given: str, cleaned: str) -> None:
    assert clean(given) == cleaned


@pytest.mark.parametrize("name", ["txet", "a.quantisation", "a", "__class__", "", "文本"])
def test_a_name_that_is_no_setting_is_refused(name: str) -> None:
    error = refusal(**{name: "x"})
    assert error.field == name


def test_the_nearest_name_is_offered() -> None:
    assert "a.quantization" in refusal(**{"a.quantisation": "int8"}).message.en
