"""Every panel kind has a drawing that accepts an encoded panel, and visitors' input remains text."""

from __future__ import annotations

import dataclasses
import json
import re
import warnings
from pathlib import Path

import gradio as gr
import pytest

from components import panels
from components.panels.drawing import FIGURES, NATIVE
from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.codec import KINDS, decode, encode
from playground.lab.text import Text
from playground.lab.timing import UNDER_LOAD
from tests.components.panels.drawn import EXAMPLES, TITLE, heading_of, place

ROOT = Path(__file__).parents[3]
FOLDER = Path(panels.__file__).parent


PANEL_KINDS = {kind for kind, cls in KINDS.items() if issubclass(cls, p.Panel)} - {"side_by_side"}


def test_a_native_value_is_one_text_in_which_gradio_sees_no_script() -> None:
    panel = p.Prose(Text(zh="<script>alert(1)</script>", en="<script>alert(1)</script>"))
    drawing = place(panel)
    value = drawing.update(panel)[0]["value"]
    assert decode(p.Panel, json.loads(value)["panel"]) == panel
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawing.components[0].postprocess(value)


def test_every_kind_has_one_drawing_and_an_example() -> None:
    assert NATIVE | set(FIGURES) == PANEL_KINDS
    assert not NATIVE & set(FIGURES)
    assert {name.rstrip("+") for name in EXAMPLES} == PANEL_KINDS
    registered = {
        kind for script in FOLDER.glob("*.js") for kind in re.findall(r'register\("(\w+)"', script.read_text())
    }
    assert registered >= NATIVE


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_panel_becomes_one_value_per_component(name: str, language: str) -> None:
    panel = EXAMPLES[name]
    drawing = place(panel, language)
    shown = drawing.update(decode(type(panel), encode(panel)))
    assert len(shown) == len(drawing.components) == drawing.size
    assert all(update["visible"] for update in shown)
    heading = json.loads(shown[0]["value"])
    assert heading["language"] == language
    assert heading["title"] == TITLE.title.in_(language)
    if drawing.kind in NATIVE:
        assert decode(p.Panel, heading["panel"]) == panel
    for component, update in zip(drawing.components, shown, strict=True):
        component.postprocess(update["value"])


def test_no_panel_hides_its_components() -> None:
    for panel in (EXAMPLES["tokens"], EXAMPLES["bars"], EXAMPLES["scatter+"]):
        assert {update["visible"] for update in place(panel).update(None)} == {False}


def test_a_panel_of_another_kind_is_refused() -> None:
    drawing = place(EXAMPLES["tokens"])
    for name in ("bars", "tokens+"):
        with pytest.raises(TypeError):
            drawing.update(EXAMPLES[name])


def test_the_kind_is_read_from_the_type_of_the_field() -> None:
    assert panels.kind_of(t.Tokens | None) == ("tokens", False)
    assert panels.kind_of(p.SideBySide[t.Tokens] | None) == ("tokens", True)
    assert panels.kind_of(p.Bars) == ("bars", False)
    for wrong in (int, t.Tokens | p.Bars, "nothing", p.Panel):
        with pytest.raises(TypeError):
            panels.kind_of(wrong)


def test_no_heading_leaves_title_and_hint_to_the_page() -> None:
    with gr.Blocks():
        drawing = panels.make(TITLE, p.Prose, "en", heading=False)
    value = json.loads(drawing.update(EXAMPLES["prose"])[0]["value"])
    assert value["title"] == "" and value["hint"] == ""


def test_in_a_fold_whether_a_chart_is_there_is_the_pages_to_say() -> None:
    bars = EXAMPLES["bars"]
    with gr.Blocks():
        drawing = panels.make(TITLE, p.Bars, "en", heading=False)
    [figure] = drawing.figures
    assert not figure.visible
    heading, chart = drawing.update(bars)
    assert "visible" not in heading and "visible" not in chart
    assert chart["value"] is not None


def test_caveat_and_measured_of_a_figure_and_of_either_side_reach_the_heading() -> None:
    caveat, other = Text(zh="模拟", en="Simulated"), Text(zh="近似", en="Approximated")
    one = p.Bars(("x",), (p.Series("s", (1.0,)),), caveat=caveat)
    two = p.Bars(("x",), (p.Series("s", (2.0,)),), caveat=other, measured=True)
    heading = heading_of(p.SideBySide(one, two), "en")
    assert heading["caveat"] == "Simulated Approximated"
    assert heading["measured"] is True and heading["simulated"] is False
    assert heading_of(one, "zh")["caveat"] == "模拟"
    assert heading["warning"] is False and heading["loaded"] is None
    warned = heading_of(p.SideBySide(one, dataclasses.replace(two, warning=True, loaded=UNDER_LOAD)), "en")
    assert warned["warning"] is True and warned["loaded"]["en"] == UNDER_LOAD.en


def test_scripts_build_no_markup_from_values_and_ask_no_other_host() -> None:
    assert panels.HEAD.count("<script>") == panels.HEAD.count("</script>") == 1
    for script in FOLDER.glob("*.js"):
        text = script.read_text()
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "fetch(",
            "XMLHttpRequest",
            "import(",
        ):
            assert word not in text, f"{script.name} uses {word}"
    hosts = set(re.findall(r"https?://[\w.]+", panels.HEAD + panels.CSS))
    assert hosts <= {"http://www.w3.org"}
    assert "@import" not in panels.CSS and "url(" not in panels.CSS


def test_text_is_not_made_fainter_than_the_faintest_ink() -> None:
    """The faintest ink has just the contrast that small text needs; what is switched off or hidden on purpose may be fainter."""
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", panels.CSS)
    fainter = [
        selector.strip()
        for selector, body in rules
        if re.search(r"(?<![-\w])color:|font:", body) and re.search(r"(?<![-\w])opacity: *0?\.", body)
    ]
    assert fainter == []


@pytest.mark.parametrize("theme", [":root", ".dark"])
def test_drawings_alone_have_the_page_s_colours(theme: str) -> None:
    """In an export nothing but the drawings' own style sheet is there."""
    page, own = (ROOT.joinpath("components", name).read_text() for name in ("page.css", "panels/core.css"))
    colours = dict(re.findall(r"(--pg-[\w-]+): (#[0-9a-f]+)", rule(page, theme)))
    alone = dict(
        re.findall(
            r"var\((--pg-[\w-]+), (#[0-9a-f]+)\)", rule(own, ".pg-panel" if theme == ":root" else ".dark .pg-panel")
        )
    )
    assert len(alone) > 10
    assert alone == {name: colours[name] for name in alone}


def rule(sheet: str, selector: str) -> str:
    """The first rule of a style sheet that begins with a selector."""
    return sheet[sheet.index(f"\n{selector}" if selector != ".pg-panel" else selector) :].split("}")[0]
