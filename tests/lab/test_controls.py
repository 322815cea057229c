from dataclasses import dataclass

import pytest

from playground.lab.controls import (
    Choice,
    GroupControl,
    Number,
    TextBox,
    choice,
    fields_of,
    group,
    number,
    switch,
    text_box,
)
from playground.lab.text import Text

LABEL = Text(zh="项", en="Item")


@dataclass(frozen=True)
class Inner:
    share: float = number(Text(zh="份", en="Share"), default=0.5, low=0.0, high=1.0)
    on: bool = switch(LABEL, default=False)


@dataclass(frozen=True)
class Middle:
    inner: Inner = group(Text(zh="内", en="Inner"), Inner, share=0.25)
    text: str = text_box(LABEL, default=Text(zh="好", en="good"))


@dataclass(frozen=True)
class Outer:
    count: int = number(LABEL, default=3, low=1, high=9)
    a: Middle = group(Text(zh="甲", en="A"), Middle, role="a", advanced=True)
    b: Inner = group(Text(zh="乙", en="B"), Inner, role="b", share=0.75)


def test_nested_controls_come_flat_in_the_order_of_their_fields() -> None:
    assert [item.path for item in fields_of(Outer)] == [
        "count",
        "a.inner.share",
        "a.inner.on",
        "a.text",
        "b.share",
        "b.on",
    ]


def test_defaults_follow_overrides_and_language() -> None:
    items = {item.path: item for item in fields_of(Outer)}
    assert [items[path].default("en") for path in ("count", "a.inner.share", "b.share", "a.text")] == [
        3,
        0.25,
        0.75,
        "good",
    ]
    assert items["a.text"].default("zh") == "好"
    assert (Outer().a.inner.share, Outer().b.share, Outer().b.on) == (0.25, 0.75, False)


def test_labels_name_the_groups_around_them() -> None:
    items = {item.path: item for item in fields_of(Outer)}
    assert items["a.inner.share"].label("en") == "A · Inner · Share"
    assert items["a.inner.share"].label("zh") == "甲 · 内 · 份"


def test_what_stands_in_an_advanced_group_is_advanced() -> None:
    items = {item.path: item for item in fields_of(Outer)}
    assert items["a.text"].advanced
    assert not items["b.on"].advanced


def test_kinds_and_types() -> None:
    items = {item.path: item for item in fields_of(Outer)}
    count, share = items["count"].control, items["b.share"].control
    assert isinstance(count, Number)
    assert isinstance(share, Number)
    assert (count.whole, count.step, share.whole) == (True, 1, False)
    assert isinstance(items["a.text"].control, TextBox)
    assert isinstance(Outer.__dataclass_fields__["b"].metadata["control"], GroupControl)
    assert items["count"].type is int


def test_a_wide_range_gets_no_slider() -> None:
    assert not number(LABEL, default=0, low=0, high=2**31 - 1).metadata["control"].slider
    assert number(LABEL, default=0, low=0, high=100).metadata["control"].slider


def test_a_default_that_is_no_option_is_refused() -> None:
    with pytest.raises(ValueError, match="int3"):
        choice(LABEL, {"int8": "int8", "int4": "int4"}, default="int3")
    assert isinstance(choice(LABEL, {"x": "x"}, default="x").metadata["control"], Choice)


def test_an_override_that_names_no_field_is_refused() -> None:
    with pytest.raises(TypeError):
        group(LABEL, Inner, colour="red")


def test_a_field_without_control_is_refused() -> None:
    @dataclass(frozen=True)
    class Bare:
        n: int = 1

    with pytest.raises(TypeError, match=r"Bare\.n"):
        list(fields_of(Bare))
