from __future__ import annotations

import pytest

from components import links
from playground.lab.text import Language
from tests.fakes import make_topic

TOPICS = (make_topic(),)


def test_a_link_gives_defaults_and_what_it_changes() -> None:
    linked = links.read("#counting?text=%E4%BD%A0+%E5%A5%BD&times=3&b.quantization=int4&loud=true", TOPICS, Language.ZH)
    assert linked.topic is TOPICS[0]
    assert linked.refused == ()
    assert linked.values["text"] == "你 好"
    assert linked.values["times"] == 3
    assert linked.values["loud"] is True
    assert (linked.values["a.quantization"], linked.values["b.quantization"]) == ("none", "int4")


def test_defaults_are_those_of_the_pages_language() -> None:
    assert links.read("counting", TOPICS, Language.EN).values["text"] == "Fine weather"
    assert links.read("counting", TOPICS, Language.ZH).values["text"] == "今天天气很好"


def test_what_a_run_would_refuse_is_left_out_and_named() -> None:
    linked = links.read("#counting?times=99&share=nan&unit=page&text=&nothing=1&a.bits=4", TOPICS, Language.EN)
    assert linked.refused == ("Times", "Share", "Unit", "Text", "nothing")
    assert (linked.values["times"], linked.values["text"], linked.values["a.bits"]) == (2, "Fine weather", 4)


@pytest.mark.parametrize(
    "fragment", ["", "#", "#nonsense", "#nonsense?text=1", "?x", "#%00", "#" + "x" * 300_000, "#counting?" + "&" * 1000]
)
def test_any_fragment_is_read_without_an_error(fragment: str) -> None:
    linked = links.read(fragment, TOPICS, Language.ZH)
    assert (linked.topic is None) == (not fragment.startswith("#counting"))
    assert len(linked.slug) <= 40


def test_the_panel_in_front_is_no_setting() -> None:
    linked = links.read("#counting?times=3&panel=counts", TOPICS, Language.EN)
    assert (linked.panel, linked.refused, linked.values["times"]) == ("counts", (), 3)
    assert "panel" not in linked.values


def test_a_panel_that_isnt_there_is_named() -> None:
    linked = links.read("#counting?panel=<b>", TOPICS, Language.EN)
    assert (linked.panel, linked.refused) == ("", ("panel",))
