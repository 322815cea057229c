"""The drawings in a real Chromium: text stays text, what grows grows in place, and a narrow screen leaves out what would overlap."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from components.panels.drawing import NATIVE
from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.codec import encode
from playground.lab.text import Text
from playground.lab.timing import UNDER_LOAD
from tests.browser.conftest import empty_page
from tests.browser.drawings import bare, show
from tests.browser.driving import barriers
from tests.browser.hostile import HOSTILE, HOSTILE_TEXT, hostile_panels
from tests.components.panels import examples


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from empty_page(browser, width=1100, height=900)


def test_a_text_being_written_grows_in_place(page: Page) -> None:
    bare(page)
    whole = examples.tokens(0)
    show(page, dataclasses.replace(whole, tokens=whole.tokens[:3], ending=None))
    assert page.locator(".pg-token").count() == 3
    assert page.locator(".pg-caret").is_visible()
    page.evaluate("document.querySelector('.pg-token').dataset.kept = 'yes'")
    show(page, whole)
    assert page.locator(".pg-token").count() == len(whole.tokens)
    assert page.locator(".pg-token[data-kept=yes]").count() == 1
    assert not page.locator(".pg-caret").is_visible()
    assert whole.ending is not None and whole.ending.zh in page.locator(".pg-tokens-ending").inner_text()
    show(page, dataclasses.replace(whole, tokens=whole.tokens[:2]))
    assert page.locator(".pg-token").count() == 2


def test_a_token_tells_its_probability_rank_and_alternatives_to_the_keyboard(page: Page) -> None:
    bare(page)
    token = t.Token("在", 0.25, 2, 0.5, (t.Alternative("今天", 0.5), t.Alternative("在", 0.25)))
    show(page, t.Tokens("昨晚", (token, t.Token("\n", 0.9)), divergence=0, ending=Text(zh="完", en="end")), "en")
    page.locator(".pg-token").first.focus()
    tip = page.locator(".pg-tip").inner_text()
    assert all(part in tip for part in ("0.250", "0.500", "rank", "2", "今天", "first difference"))
    page.keyboard.press("ArrowRight")
    assert "↵" in page.locator(".pg-tip").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator(".pg-tip").is_visible()


def test_the_waterfall_steps_both_sides_and_strikes_out_what_was_filtered(page: Page) -> None:
    bare(page)
    show(page, p.SideBySide(examples.waterfall(1.0), examples.waterfall(1.6)), "en")
    assert page.locator(".pg-fall-step").inner_text() == "step 2 of 5"
    before = page.locator(".pg-fall-context").all_inner_texts()
    page.get_by_role("button", name="Next").click()
    assert page.locator(".pg-fall-step").inner_text() == "step 3 of 5"
    after = page.locator(".pg-fall-context").all_inner_texts()
    assert after[0].removeprefix("A") == after[1].removeprefix("B") != before[0].removeprefix("A")
    assert page.locator("tr.pg-role-a.pg-fall-gone").count() == 3
    page.locator("th[scope=rowgroup]", has_text="演唱").focus()
    assert page.locator(".pg-fall-context.pg-role-b .pg-cause").all_inner_texts() == ["演唱"]


def test_the_tree_keeps_cut_branches_visible_and_lights_a_path(page: Page) -> None:
    bare(page)
    tree = examples.tree()
    show(page, tree)
    cut = sum(not node.kept for node in tree.nodes)
    assert page.locator(".pg-tree-node").count() == len(tree.nodes)
    assert page.locator(".pg-tree-edge.pg-tree-cut").count() == cut > 0
    best = next(node for node in tree.nodes if node.rank == 1)
    page.locator(f".pg-tree-node[data-id='{best.id}']").focus()
    assert page.locator(".pg-tree-edge.pg-on").count() == best.step
    assert f"{best.log_probability:.3f}".replace("-", "−") in page.locator(".pg-tip").inner_text()


def test_metrics_say_how_far_b_is_from_a(page: Page) -> None:
    bare(page)
    items = (
        p.Metric("ms", 30.0, 10.0, digits=1, better="lower", measured=True), p.Metric("ppl", 5.0, 5.4, better="lower"),
        p.Metric("same", 1.0, 1.0), p.Metric("none", None, None), p.Metric("word", "第 2 个"),
        p.Metric("share", 97.0, unit="%", digits=0, interval="[96, 98]"),
    )  # fmt: skip
    show(page, p.Metrics(items))
    cells = [" ".join(text.split()) for text in page.locator(".pg-strip-cell").all_inner_texts()]
    assert "×0.33 ✓" in cells[0] and "实测" in cells[0]
    assert "+0.40 ✗" in cells[1]
    assert cells[2].endswith("=") and "—" in cells[3] and "第 2 个" in cells[4]
    assert cells[5].endswith("97 % [96, 98]")


def test_a_ribbon_says_what_it_marks(page: Page) -> None:
    row = t.RibbonRow("KL", (1.0, 2.0), "nat")
    bare(page)
    show(page, t.Ribbon(("a", "b"), (row,), (1,), Text(zh="KL 最大处", en="largest KL")))
    assert page.locator(".pg-ribbon-legend").inner_text().endswith("⟂ KL 最大处")
    page.locator(".pg-ribbon-piece").nth(1).hover()
    assert "⟂ KL 最大处" in page.locator(".pg-tip").inner_text()


@pytest.mark.parametrize("dark", [False, True])
def test_a_heat_maps_numbers_keep_plotlys_contrasting_colour(page: Page, dark: bool) -> None:
    bare(page, dark)
    page.evaluate("""() => document.getElementById("here").innerHTML = `<div class="pg-plot"><div class="js-plotly-plot"><svg>
        <text class="axis" style="fill: rgb(1, 2, 3)">0</text>
        <g class="heatmap-label"><text style="fill: rgb(255, 255, 255)">9</text></g></svg></div></div>`""")
    fills = page.evaluate("[...document.querySelectorAll('#here text')].map(e => getComputedStyle(e).fill)")
    assert fills[0] != "rgb(1, 2, 3)" and fills[1] == "rgb(255, 255, 255)"


@pytest.mark.parametrize(("width", "cells", "names"), [(700, True, True), (450, False, True), (280, False, False)])
def test_a_narrow_figure_leaves_out_what_would_overlap(page: Page, width: int, cells: bool, names: bool) -> None:
    bare(page)
    page.evaluate(
        """width => document.body.insertAdjacentHTML("beforeend", `<div class="pg-frame"><div id="head" class="pg-panel"></div>
        <div class="pg-plot" style="width: ${width}px; box-sizing: content-box"><svg><g class="heatmap-label"><text>9</text></g>
        <g class="xtick"></g><g class="xtick" id="second"></g></svg></div></div>`)""",
        width,
    )
    heading = {"kind": "heading", "crowded_below": [560, 320]}
    page.evaluate(
        "panel => pgPanels.show(document.getElementById('head'), {language: 'en', title: '', hint: '', panel})", heading
    )
    shown = "name => getComputedStyle(document.querySelector(name)).display !== 'none'"
    assert page.evaluate(shown, ".heatmap-label") == cells
    assert page.evaluate(shown, "#second") == names


def test_a_caveat_and_the_measured_mark_are_shown(page: Page) -> None:
    bare(page)
    show(page, p.Prose(Text(zh="话", en="words"), caveat=Text(zh="模拟的", en="simulated"), measured=True))
    assert "模拟的" in page.locator(".pg-caveat").inner_text()
    assert page.locator(".pg-measured").inner_text() == "实测"
    show(page, p.Prose(Text(zh="话", en="words"), measured=True, simulated=True))
    assert page.locator(".pg-measured").inner_text() == "模拟"


@pytest.mark.parametrize("dark", [False, True])
def test_a_note_is_grey_and_a_warning_amber(page: Page, dark: bool) -> None:
    bare(page, dark)
    mark = page.locator(".pg-caveat-mark")
    colour = "name => getComputedStyle(document.querySelector('.pg-panel')).getPropertyValue(name).trim()"
    ink, amber = (page.evaluate(colour, name) for name in ("--ink-3", "--warn"))
    said = p.Prose(Text(zh="话", en="words"), caveat=Text(zh="三次的中位数", en="the median of three"))
    unsure = dataclasses.replace(examples.attribution(), caveat=Text(zh="拟合差", en="a poor fit"), reliable=False)
    for panel, sign, wanted, word in (
        (said, "i", ink, "说明"),
        (dataclasses.replace(said, warning=True), "!", amber, "注意"),
        (dataclasses.replace(said, simulated=True), "!", amber, "注意"),
        (unsure, "!", amber, "注意"),
        (dataclasses.replace(unsure, reliable=True), "i", ink, "说明"),
    ):
        show(page, panel)
        expect(mark).to_have_text(sign)
        expect(page.locator(".pg-caveat")).to_contain_text(word)
        painted = page.evaluate("colour => { const one = document.createElement('i'); one.style.color = colour; document.body.append(one); return getComputedStyle(one).color; }", wanted)  # fmt: skip
        expect(mark).to_have_css("color", painted)


def test_load_is_told_once_on_a_page(page: Page) -> None:
    """By the first panel that is open and has the notice; the others have it in the hint of “measured”."""
    fold = '<div class="pg-panel-fold"><button class="open"></button></div>'
    frames = "".join(f'<div class="pg-frame" id="pg-panel-x-{name}">{fold}<div class="pg-panel"></div></div>' for name in ("one", "two", "three"))  # fmt: skip
    bare(page, body=frames)
    panel = p.Prose(Text(zh="话", en="words"), measured=True, loaded=UNDER_LOAD)
    values = [dataclasses.replace(panel, loaded=None), panel, panel]
    page.evaluate(
        "values => document.querySelectorAll('.pg-panel').forEach((node, at) => pgPanels.show(node, {language: 'en', panel: values[at]}))",
        [encode(value) for value in values],
    )
    notices = page.locator(".pg-loaded")
    assert [note.is_visible() for note in notices.all()] == [True, False]
    # Which share it was is another one in each panel.
    expect(notices.first).to_contain_text("Some times of this run were taken under load")
    # A panel in a closed fold says nothing: then the next one does.
    page.evaluate("document.querySelector('#pg-panel-x-two .pg-panel-fold > button').classList.remove('open')")
    assert notices.last.is_visible()
    expect(page.locator(".pg-measured").last).to_have_attribute(
        "title", re.compile(r"just now.*\nTaken under load", re.DOTALL)
    )


@pytest.mark.parametrize("kind", hostile_panels())
@pytest.mark.parametrize("paired", [False, True])
def test_hostile_text_is_shown_as_text(page: Page, kind: str, paired: bool) -> None:
    panel = hostile_panels()[kind]
    bare(page)
    show(page, p.SideBySide(panel, panel, HOSTILE, HOSTILE_TEXT) if paired else panel, title=HOSTILE)
    for node in page.locator("[tabindex='0']:visible").all():
        node.focus()
    for node in page.locator(
        ".pg-token, .pg-attr-row, .pg-word, .pg-tree-node, .pg-graph-node, .pg-lattice-arc, .pg-span"
    ).all():
        node.hover(force=True)
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert page.evaluate("window.hacked") is None
    assert HOSTILE[:14] in page.evaluate("document.getElementById('here').textContent")


# ---- inside Gradio


CUT_OFF = """() => [...document.querySelectorAll("#here *")].filter((node) => {
    const style = getComputedStyle(node);
    const wider = node.scrollWidth > node.clientWidth + 1 && style.overflowX !== "visible" && node.clientWidth > 2;
    const higher = node.scrollHeight > node.clientHeight + 1 && style.overflowY !== "visible" && node.clientHeight > 2;
    if (style.textOverflow === "ellipsis" && wider) return !node.closest("[title], [tabindex], button");
    const scrolls = (wider && style.overflowX !== "hidden") || (higher && style.overflowY !== "hidden");
    // A canvas hides what is painted behind it.
    return scrolls && !node.querySelector(":scope > canvas") && !style.backgroundImage.includes("gradient");
}).map((node) => node.className)"""


@pytest.mark.parametrize("width", [390, 1100])
def test_what_is_cut_off_has_a_cue(page: Page, width: int) -> None:
    """A shadow where a box goes on, or a tooltip that says the rest."""
    page.set_viewport_size({"width": width, "height": 900})
    bare(page)
    scrolling = 0
    for name, panel in examples.every_kind().items():
        if (panel.a if isinstance(panel, p.SideBySide) else panel).kind not in NATIVE:
            continue
        show(page, panel)
        assert page.evaluate(CUT_OFF) == [], name
        scrolling += page.evaluate(
            "[...document.querySelectorAll('#here *')].filter(node => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX === 'auto').length"
        )
    # On a phone some do go on.
    assert scrolling or width > 390


@pytest.mark.parametrize("dark", [False, True])
def test_marks_can_be_read_on_the_fullest_tint(page: Page, dark: bool) -> None:
    bare(page, dark)
    page.evaluate(
        "document.body.style.background = getComputedStyle(document.querySelector('#here')).getPropertyValue('--paper')"
    )
    spans = [
        t.Span("text ", score, "mark", tone) for tone in ("", "a", "b", "warn", "faint") for score in (None, 0.5, 1.0)
    ]
    show(page, t.Passages((t.Passage("Passage", tuple(spans)),), "score"), "en")
    assert page.locator(".pg-span-mark").count() == len(spans)
    assert [found for found in barriers(page) if found.startswith("color-contrast")] == []
