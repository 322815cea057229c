"""The drawings in a real Chromium: text stays text, what grows grows in place, and a narrow screen leaves out what would overlap."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from io import BytesIO

import gradio as gr
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from components import panels
from components.panels import heatmap
from components.panels.drawing import NATIVE
from playground.lab import grid_panels as g
from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.codec import encode
from playground.lab.text import Text
from playground.lab.timing import UNDER_LOAD
from tests.browser.conftest import empty_page
from tests.browser.drawings import bare, show
from tests.browser.driving import barriers
from tests.components.panels import examples
from tests.components.panels.gallery import launch

HOSTILE = "<img src=x onerror=window.hacked=1>"
HOSTILE_TEXT = Text(zh=HOSTILE, en=HOSTILE)


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


def test_attributions_are_in_one_order_on_one_scale_with_opposites_marked(page: Page) -> None:
    def side(*weights: float) -> t.Attribution:
        return t.Attribution(
            "LIME",
            "x",
            0.5,
            tuple(t.Contribution(text, weight) for text, weight in zip("甲乙丙", weights, strict=True)),
        )

    bare(page)
    show(page, p.SideBySide(side(0.1, -0.4, 0.05), side(0.2, 0.1, 0.06)))
    for role in "ab":
        assert page.locator(f".pg-role-{role} .pg-attr-word").all_inner_texts() == ["乙", "甲", "丙"]
        assert page.locator(f".pg-role-{role} .pg-attr-opposite").count() == 1
    width = "role => [...document.querySelectorAll(`.pg-role-${role} .pg-attr-bar i`)].map(bar => parseFloat(bar.style.width))"
    assert page.evaluate(width, "a") == pytest.approx([50, 12.5, 6.25])
    assert page.evaluate(width, "b") == pytest.approx([12.5, 25, 7.5])


def test_an_unreliable_attribution_says_why(page: Page) -> None:
    bare(page)
    show(page, examples.attribution(1), "en")
    assert page.locator(".pg-attr-unreliable").count() == 1
    assert "R² is below 0.5" in page.locator(".pg-attr-reason").inner_text()


def test_a_fit_is_a_scale_and_only_what_is_unreliable_has_a_verdict(page: Page) -> None:
    bare(page)
    wide = page.locator(".pg-attr-fit u")
    for fit in (0.45, 0.52, 0.93):
        show(page, dataclasses.replace(examples.attribution(), fit=fit), "en")
        assert page.locator(".pg-attr-trust").inner_text().startswith(f"R² {fit}")
        assert page.locator(".pg-attr-good, .pg-attr-bad").count() == 0
        share = wide.evaluate("bar => bar.offsetWidth / bar.parentElement.offsetWidth")
        assert share == pytest.approx(fit, abs=0.02)
    reason = Text(zh="R² 低于 0.5", en="R² is below 0.5")
    show(page, dataclasses.replace(examples.attribution(), fit=0.45, reliable=False, reason=reason), "en")
    expect(page.locator(".pg-attr-bad")).to_contain_text("!")
    expect(page.locator(".pg-attr-fit")).to_contain_text("R² 0.45")
    expect(page.locator(".pg-attr-reason")).to_have_text("R² is below 0.5")
    assert wide.evaluate("bar => bar.offsetWidth / bar.parentElement.offsetWidth") == pytest.approx(0.45, abs=0.02)


def test_a_bar_whose_interval_spans_zero_is_pale(page: Page) -> None:
    bare(page)
    weights = (t.Contribution("甲", 0.3, 0.2, 0.4), t.Contribution("乙", 0.1, -0.1, 0.3), t.Contribution("丙", 0.05))
    show(page, t.Attribution("LIME", "x", 0.5, weights), "en")
    pale = "row => Number(getComputedStyle(row.querySelector('.pg-attr-bar i')).opacity) < 0.5"
    rows = page.locator(".pg-attr-row")
    assert [row.evaluate(pale) for row in rows.all()] == [False, True, False]
    expect(rows.nth(1)).to_have_attribute("aria-label", "乙: +0.100, the spread holds 0: direction uncertain")


def test_intervals_of_six_columns_fit_a_panel_and_break_only_before_their_brackets(page: Page) -> None:
    bare(page)
    rows = tuple(("first-order method", *("−2.86 [−3.94, −1.78]",) * 5) for _ in range(2))
    show(
        page,
        p.Table(("method", "before", "after one step", "after 10 steps", "minus joint training", "minus MAML"), rows),
    )
    fits = "() => { const box = document.querySelector('.pg-table-scroll'); box.style.width = '845px'; return box.scrollWidth <= box.clientWidth; }"
    assert page.evaluate(fits)
    assert page.evaluate(
        "() => [...document.querySelectorAll('.pg-whole')].every(part => part.getClientRects().length === 1)"
    )
    assert page.locator("td").nth(1).inner_text() == "−2.86 [−3.94, −1.78]"


def test_columns_of_figures_end_at_one_edge(page: Page) -> None:
    """Also those whose cells are strings; words and names stay where one begins to read."""
    bare(page)
    broken = Text(zh="坏了（> 10⁶）", en="broken (> 10⁶)")
    rows = (
        ("a", "39% [24%, 54%]", 12.5, broken, "mean"),
        ("b", "4% [1%, 7%]", 3.25, 7.0, "the best of ten"),
        ("c", None, None, 8.5, "3"),
    )
    show(page, p.Table(("name", "accuracy", "ms", "perplexity", "kind"), rows), "en")
    sides = page.eval_on_selector_all(
        "tr", "rows => rows.map(row => [...row.children].map(cell => getComputedStyle(cell).textAlign))"
    )
    assert [[side == "right" for side in row] for row in sides] == [[False, True, True, True, False]] * 4
    # One of two models is broken.
    show(page, p.Table(("name", "perplexity"), (("a", 9.5), ("b", broken))), "en")
    for cell in page.locator("td:nth-child(2)").all():
        expect(cell).to_have_css("text-align", "right")


def test_only_what_was_checked_is_called_reliable_and_small_weights_have_digits(page: Page) -> None:
    def drawn(low: float | None, high: float | None) -> t.Attribution:
        weights = (t.Contribution("甲", 0.004, low, high), t.Contribution("乙", 0.0006))
        return t.Attribution("attention", "x", 0.5, weights)

    bare(page)
    show(page, drawn(None, None), "en")
    assert page.locator(".pg-attr-good").count() == 0
    assert page.locator(".pg-attr-trust").inner_text() == "deterministic"
    assert page.locator(".pg-attr-value").all_inner_texts() == ["+0.0040", "+0.0006"]
    show(page, drawn(0.003, 0.005), "en")
    assert page.locator(".pg-attr-good").inner_text().endswith("Reliable")


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


def test_a_table_of_intervals_stays_on_the_page_and_an_interval_on_its_line(page: Page) -> None:
    figures = ("39% [24%, 54%]", "−1% [−6%, 4%]", "84% [59%, 100%]", "−84%", "–", "64%", "95%", "0.76 / 0.59")
    names = ("method", "average accuracy", "minus naive", "forgetting", "backward transfer", "forward transfer", "AAA", "just learnt", "if told the task")  # fmt: skip
    bare(page)
    show(page, p.Table(names, (("naive", *figures),)), "en")
    page.evaluate("() => { document.querySelector('.pg-panel').style.width = '846px'; }")
    beyond, heights = page.evaluate(
        """() => { const scroller = document.querySelector('.pg-table-scroll');
        return [scroller.scrollWidth - scroller.clientWidth, [...scroller.querySelectorAll('.pg-whole')].map(one => one.getClientRects().length)]; }""",
    )
    assert beyond <= 0 and heights == [1, 1, 1, 1], "an interval, or two figures with a stroke, on a line"
    assert page.locator("td").all_inner_texts()[1].split() == ["39%", "[24%,", "54%]"]


def hostile_panels() -> dict[str, p.Panel]:
    h = HOSTILE
    pieces = (h, "b", "c")
    attention = examples.attention(0, pieces, 2, 2)
    unit = (t.Unit(h, ((0, 1.0), (1, 1.0))), t.Unit(h, ((2, 1.0),)))
    token = t.Token(h, 0.5, 1, 0.4, (t.Alternative(h, 0.5),))
    attribution = t.Attribution(h, h, 0.5, (t.Contribution(h, 0.2, 0.1, 0.3), t.Contribution(h, -0.2)), 0.1, 0.9, 9, 9, 2, 0.5, h, False, HOSTILE_TEXT, (t.Perturbed(h, 0.5),), h)  # fmt: skip
    step = t.WaterfallStep(
        (h, h),
        (t.Candidate(h, True, (0,)), t.Candidate(h)),
        (t.Stage(h, h, (1.0, 2.0)), t.Stage(h, h, (0.5, None), "probability")),
        2,
    )
    nodes = (
        t.TreeNode(0, None, h, 0),
        t.TreeNode(1, 0, h, 1, 0.5, -0.7, True, True, -0.7, 1),
        t.TreeNode(2, 0, h, 1, 0.2, -1.7, False),
    )
    return {
        "tokens": t.Tokens(h, (token, token), 0, HOSTILE_TEXT), "ribbon": t.Ribbon(pieces, (t.RibbonRow(h, (1.0, None, 2.0), h),), (0,)),
        "attention": dataclasses.replace(attention, words=unit, characters=unit), "attribution": attribution,
        "waterfall": t.Waterfall((step,)), "tree": t.Tree(nodes, h),
        "passages": t.Passages((t.Passage(h, (t.Span(h, 0.5, h, "warn", HOSTILE_TEXT), t.Span(h, tone=h)), h),), h),
        "metrics": p.Metrics((p.Metric(h, h, h, h, hint=HOSTILE_TEXT), p.Metric(h, 1.0, 2.0, h))),
        "table": p.Table((h, h), ((h, 1), (None, 2.5)), (0,)), "prose": p.Prose(HOSTILE_TEXT, caveat=HOSTILE_TEXT), "code": p.Code(h, h),
        "graph_over_time": p.GraphOverTime((p.MovingNode("a", h, 0, 0, (1.0,), (1.0,), h), p.MovingNode("b", h, 1, 1, (1.0,), (1.0,), "g")), (p.MovingEdge("a", "b", (1.0,)),), (h,), (h,)),
        "graph": p.Graph((p.GraphNode("a", h, 1.0, h), p.GraphNode("b", h, 1.0, "g")), (p.GraphEdge("a", "b", 1.0, h),), True),
        "grid": g.Grid((h, h), (h,), ((1.0, None),), HOSTILE_TEXT, (g.ColumnGroup(h, 2),), texts=((h, h),), setting="x", choices=((h, None),), click=HOSTILE_TEXT, beside=p.Table((h, h), ((h, 1.0),)), beside_label=HOSTILE_TEXT),
        "lattice": p.Lattice((h, h), (p.LatticeArc(0, 1, h, -1.0, True), p.LatticeArc(0, 2, h)), HOSTILE_TEXT),
    }  # fmt: skip


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


def test_every_kind_draws_in_gradio_without_an_outside_request(page: Page) -> None:
    shown = {
        name: panel
        for name, panel in examples.every_kind().items()
        if not name.endswith("+") or name in ("tokens+", "attention+", "scatter+", "lines+")
    }
    hostile = {
        f"hostile-{name}": panel
        for name, panel in {
            "tokens": hostile_panels()["tokens"],
            "bars": p.Bars((HOSTILE,), (p.Series(HOSTILE, (1.0,)),), HOSTILE),
        }.items()
    }
    served, address = launch(shown | hostile)
    outside: list[str] = []
    page.on(
        "request",
        lambda request: not request.url.startswith((address, "data:", "blob:")) and outside.append(request.url),
    )
    try:
        page.goto(address)
        for name in shown:
            place = page.locator(f"#place-{name.replace('+', '-pair')}")
            place.locator(".pg-panel .pg-title", has_text=name.rstrip("+")).first.wait_for()
            plots = {"scatter+": 2}.get(
                name, int(name.rstrip("+") in ("bars", "lines", "scatter", "heatmap", "histogram"))
            )
            for index in range(plots):
                place.locator(".js-plotly-plot .main-svg").nth(index).wait_for(state="attached")
        page.locator("#place-hostile-bars .xtick", has_text="<img").wait_for()
        for plot in page.locator(".pg-plot").all():
            expect(plot).to_have_attribute("role", "img")
            expect(plot).to_have_attribute(
                "aria-label", re.compile(r"^面板 \S+：.*(柱状图|折线图|散点图|热图|直方图)", re.DOTALL)
            )
        assert page.locator("#place-hostile-tokens .pg-token").first.inner_text() == HOSTILE
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("document.querySelectorAll('.pg-panel img, .js-plotly-plot img').length") == 0
        assert outside == []
        page.set_viewport_size({"width": 360, "height": 780})
        page.wait_for_timeout(400)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        sides = [page.locator(f"#place-tokens-pair .pg-role-{role}").bounding_box() for role in "ab"]
        assert sides[0] and sides[1] and sides[1]["y"] > sides[0]["y"] + sides[0]["height"] - 1
    finally:
        served.close()


def test_a_result_that_grows_appears_and_is_updated_in_place(page: Page) -> None:
    """The way of a run: hidden places, then a first part, then the whole, each sent by an event."""
    whole = examples.tokens(0)
    part = dataclasses.replace(whole, tokens=whole.tokens[:2], ending=None)
    title = p.PanelTitle(Text(zh="输出", en="Output"))
    with gr.Blocks() as blocks:
        tokens = panels.make(title, t.Tokens | None, "zh")
        bars = panels.make(title, p.Bars | None, "zh")
        for name, first, second in (("one", part, None), ("two", whole, examples.BARS), ("none", None, None)):
            button = gr.Button(name)
            button.click(
                lambda first=first, second=second: [*tokens.update(first), *bars.update(second)],
                outputs=[*tokens.components, *bars.components],
                show_progress="hidden",
            )
    _, address, _ = blocks.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, head=panels.HEAD, css=panels.CSS, ssr_mode=False)  # fmt: skip
    try:
        page.goto(address)
        click = lambda name: page.get_by_role("button", name=name, exact=True).click()  # noqa: E731
        click("one")
        page.locator(".pg-caret").wait_for()
        assert page.locator(".pg-token").count() == 2 and page.locator(".js-plotly-plot").count() == 0
        page.evaluate("document.querySelector('.pg-token').dataset.kept = 'yes'")
        click("two")
        page.locator(".pg-token").nth(len(whole.tokens) - 1).wait_for()
        page.locator(".js-plotly-plot .main-svg").first.wait_for(state="attached")
        assert page.locator(".pg-token[data-kept=yes]").count() == 1
        click("none")
        page.locator(".pg-token").first.wait_for(state="hidden")
        page.locator(".js-plotly-plot").first.wait_for(state="hidden")
        click("one")
        page.locator(".pg-caret").wait_for()
    finally:
        blocks.close()


def test_a_heat_map_has_the_themes_ground(page: Page) -> None:
    """Where its scale begins it glares in neither theme, as painted, and what is written in its cells can be read."""
    values = tuple(place / 4 for place in range(5))
    panel = p.Heatmap(tuple("abcde"), ("r",), (values,), texts=(tuple("vwxyz"),))
    served, address = launch({"heatmap": panel})
    try:
        page.goto(address)
        image = page.locator(".heatmaplayer image")
        image.wait_for()
        for dark in (False, True):
            page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
            page.wait_for_timeout(300)
            inks = page.eval_on_selector_all(
                ".heatmap-label tspan", "all => all.map(one => getComputedStyle(one).fill.match(/\\d+/g).map(Number))"
            )
            page.add_style_tag(content=".heatmap-label { opacity: 0; }")
            picture = Image.open(BytesIO(image.screenshot())).convert("RGB")
            width, height = picture.size
            cells = [picture.getpixel((int(width * (place + 0.5) / 5), height // 2)) for place in range(5)]
            card = heatmap._rgb("#181b22" if dark else "#ffffff")
            assert heatmap.contrast(cells[0], card) < 1.3 and heatmap.contrast(cells[-1], card) > 6
            assert len(inks) == 5
            assert min(heatmap.contrast(tuple(ink), cell) for ink, cell in zip(inks, cells, strict=True)) >= 4.5
    finally:
        served.close()


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


def test_chinese_text_on_an_english_page_says_that_it_is(page: Page) -> None:
    bare(page)
    words = tuple(t.Contribution(text, 0.1) for text in ("演出", "show", "ショー", "12"))
    show(page, t.Attribution("LIME", "x", 0.5, words), "en")
    languages = page.eval_on_selector_all(
        ".pg-attr-word", "all => Object.fromEntries(all.map(one => [one.textContent, one.lang]))"
    )
    assert languages == {"演出": "zh-CN", "show": "", "ショー": "ja", "12": ""}


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
