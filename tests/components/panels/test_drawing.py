"""Every panel kind has a drawing that accepts an encoded panel, and visitors' input remains text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import gradio as gr
import pytest

from components import panels
from components.panels import scatter
from components.panels.drawing import FIGURES, NATIVE, OVERLAYS
from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.codec import KINDS, decode, encode
from playground.lab.text import Language, Text
from tests.components.panels.examples import every_kind
from tests.components.panels.gallery import hint_of

ROOT = Path(__file__).parents[3]
FOLDER = Path(panels.__file__).parent
TITLE = p.PanelTitle(Text(zh="标题", en="Title"), hint=Text(zh="提示", en="Hint"))
HOSTILE = "<img src=x onerror=window.hacked=1>&amp;"
PANEL_KINDS = {kind for kind, cls in KINDS.items() if issubclass(cls, p.Panel)} - {"side_by_side"}
EXAMPLES = every_kind()


def place(panel: p.Panel, language: str = "zh") -> panels.Drawing:
    with gr.Blocks():
        return panels.make(TITLE, hint_of(panel), language)


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
    heading = shown[0]["value"]
    assert json.loads(json.dumps(heading)) == heading
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
    value = drawing.update(EXAMPLES["prose"])[0]["value"]
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
    heading = place(p.SideBySide(one, two), "en").update(p.SideBySide(one, two))[0]["value"]["panel"]
    assert heading["caveat"] == "Simulated Approximated"
    assert heading["measured"] is True and heading["simulated"] is False
    assert place(one, "zh").update(one)[0]["value"]["panel"]["caveat"] == "模拟"


def test_a_label_stays_text_in_a_figure() -> None:
    """plotly interprets tags in labels, so they must be escaped."""
    panels_with_labels = (
        p.Bars((HOSTILE,), (p.Series(HOSTILE, (1.0,)),), HOSTILE),
        p.Lines((p.Line(HOSTILE, (1.0,), (1.0,)), p.Line("b", (1.0,), (1.0,))), HOSTILE, HOSTILE, marks=(p.Mark(1.0, 1.0, HOSTILE),)),
        p.Scatter((p.Point(1.0, 1.0, HOSTILE, HOSTILE), p.Point(1.0, 1.0, "x", "y")), HOSTILE, HOSTILE),
        p.Heatmap((HOSTILE,), (HOSTILE,), ((1.0,),), HOSTILE, texts=((HOSTILE,),)),
        p.Histogram((0.0, 1.0), (p.Series(HOSTILE, (1.0,)),), HOSTILE),
    )  # fmt: skip
    for panel in panels_with_labels:
        figure = json.dumps(place(panel).update(panel)[1]["value"].to_plotly_json(), default=list)
        assert "&lt;" in figure
        tags = set(re.findall(r"<(/?\w+)", figure))
        assert tags <= {"br", "b", "/b", "extra", "/extra"}, f"{panel.kind}: {tags}"


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("x", "anchor"), [(1.0, "left"), (9.9, "right")])
def test_a_marks_name_stands_where_there_is_room(log: bool, x: float, anchor: str) -> None:
    panel = p.Lines((p.Line("a", (1.0, 10.0), (1.0, 2.0)),), "x", "y", marks=(p.Mark(x, 1.0, "here"),), log_x=log)
    (name,) = [note for note in place(panel).update(panel)[1]["value"].layout.annotations if note.text == "here"]
    assert name.xanchor == anchor
    assert (name.ax < 0) == (anchor == "right")


def test_neighbours_names_are_above_and_below_in_turn() -> None:
    marks = tuple(
        p.Mark(x, y, name) for x, y, name in ((9.0, 2.0, "c"), (2.0, 2.0, "a"), (7.0, 2.0, "b"), (10.0, 1.0, "d"))
    )
    panel = p.Lines((p.Line("line", (0.0, 10.0), (1.0, 3.0)),), "x", "y", marks=marks)
    drawn = place(panel).update(panel)[1]["value"].layout.annotations
    assert {note.text: note.ay > 0 for note in drawn if note.text in "abcd"} == {
        "a": False,
        "b": True,
        "c": False,
        "d": False,
    }
    alone = p.Lines(
        (p.Line("line", (0.0, 10.0), (1.0, 3.0)),), "x", "y", marks=(p.Mark(1.0, 2.0, "a"), p.Mark(9.0, 2.0, "b"))
    )
    assert all(note.ay < 0 for note in place(alone).update(alone)[1]["value"].layout.annotations if note.text in "ab")


def test_equal_category_names_stay_apart() -> None:
    panel = p.Bars(("的", "的", "好"), (p.Series("s", (1.0, 2.0, 3.0)),))
    figure = place(panel).update(panel)[1]["value"]
    assert list(figure.data[0].x) == [0, 1, 2]
    assert list(figure.layout.xaxis.ticktext) == ["的", "的", "好"]


@pytest.mark.parametrize("kind", sorted(set(FIGURES) - set(OVERLAYS)))
def test_two_figures_are_on_one_scale(kind: str) -> None:
    panel = EXAMPLES[f"{kind}+"]
    _, a, b = (update["value"] for update in place(panel).update(panel))
    assert a.layout.xaxis.range == b.layout.xaxis.range and a.layout.yaxis.range == b.layout.yaxis.range
    if kind == "heatmap":
        assert (a.data[0].zmin, a.data[0].zmax) == (b.data[0].zmin, b.data[0].zmax)
        assert a.data[0].zmin == -a.data[0].zmax


@pytest.mark.parametrize("kind", sorted(OVERLAYS))
def test_overlaid_sides_differ_by_more_than_colour(kind: str) -> None:
    panel = EXAMPLES[f"{kind}+"]
    figure = place(panel).update(panel)[1]["value"]
    a, b = (next(trace for trace in figure.data if (trace.name or "").startswith(letter)) for letter in "AB")
    assert a.marker.color != b.marker.color
    look = (
        (lambda trace: (trace.line.dash, trace.marker.symbol))
        if kind == "lines"
        else (lambda trace: trace.marker.pattern.shape)
    )
    assert look(a) != look(b)


def test_missing_values_and_empty_panels_draw() -> None:
    none = (None, None)
    for panel in (
        p.Bars(("a", "b"), (p.Series("s", none),)), p.Bars((), ()), p.Lines(()), p.Lines((p.Line("l", (1.0, 2.0), none),), log_y=True),
        p.Scatter(()), p.Heatmap((), (), ()), p.Heatmap(("a", "b"), ("r",), (none,)), p.Histogram((0.0, 1.0, 2.0), (p.Series("s", none),)),
    ):  # fmt: skip
        place(panel).update(panel)[1]["value"].to_json()


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


def test_a_line_joins_points_and_names_them_among_many() -> None:
    points = (
        *tuple(p.Point(float(i), float(i % 5), f"n{i}", "many") for i in range(30)),
        p.Point(3.0, 9.0, "own", "one"),
    )
    chart = scatter.figure(p.Scatter(points, line=(4, 9, 20)), Language.EN)
    line, many, one = chart.data
    assert line.mode == "lines" and list(line.x) == [4.0, 9.0, 20.0]
    assert [name for name in many.text if name] == ["n4", "n9", "n20"]
    assert list(one.text) == ["own"]
    assert all(trace.text is None for trace in scatter.figure(p.Scatter(points), Language.EN).data)


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
