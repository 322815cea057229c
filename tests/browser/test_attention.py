"""The attention view in a real Chromium: its arithmetic equals numpy's, sides and units move together."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from components import panels
from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.codec import encode
from tests.browser.conftest import empty_page
from tests.browser.drawings import bare, show
from tests.components.panels import examples


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from empty_page(browser, width=1100, height=900)


SPLIT = (
    t.Unit("<bos>", ((0, 1.0),)),
    t.Unit("昨晚", ((1, 1.0), (2, 0.5))),
    t.Unit("的演", ((2, 0.5), (3, 1.0))),
    t.Unit("出", ((4, 1.0), (5, 0.25))),
    t.Unit("了", ((5, 0.75),)),
)


def test_unpacking_gives_the_weights_that_were_packed(page: Page) -> None:
    panel = examples.attention(3, tuple("abcdefgh"), layers=3, heads=2)
    bare(page)
    got = page.evaluate(
        """panel => { const all = pgPanels.attention.unpack(panel.packed, panel.layers, panel.heads, panel.pieces.length);
        const out = []; for (let l = 0; l < panel.layers; l++) for (let h = 0; h < panel.heads; h++) out.push([...pgPanels.attention.matrix(all, l, h)]);
        return out; }""",
        encode(panel),
    )
    expected = panel.weights().reshape(6, -1)
    np.testing.assert_allclose(np.array(got), expected, atol=1e-6)
    np.testing.assert_allclose(np.array(got).reshape(6, 8, 8).sum(-1), 1, atol=2e-4)


def test_units_sum_keys_by_share_and_average_queries_by_share(page: Page) -> None:
    weights = examples.weights(1, 1, 6, seed=5)[0, 0]
    share = np.zeros((len(SPLIT), 6))
    for row, unit in enumerate(SPLIT):
        for token, part in unit.shares:
            share[row, token] = part
    expected = (share / share.sum(1, keepdims=True)) @ weights @ share.T
    bare(page)
    got = page.evaluate(
        "([full, units]) => [...pgPanels.attention.grouped(Float32Array.from(full), 6, units)]",
        [weights.ravel().tolist(), encode(SPLIT)],
    )
    np.testing.assert_allclose(np.array(got).reshape(expected.shape), expected, atol=1e-6)
    np.testing.assert_allclose(np.array(got).reshape(expected.shape).sum(1), 1, atol=1e-5)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("mass", [0.1, 0.5, 0.7, 0.95, 1.0])
def test_the_keys_drawn_are_the_fewest_that_carry_the_mass(page: Page, mass: float, first: int) -> None:
    row = examples.weights(1, 1, 24, seed=8)[0, 0, -1]
    ordered = sorted(range(first, 24), key=lambda key: -row[key])
    total = row[first:].sum()
    fewest = next(count for count in range(1, 25) if row[ordered[:count]].sum() >= mass * total - 1e-9)
    bare(page)
    got = page.evaluate(
        "([row, mass, first]) => pgPanels.attention.carriers(row, mass, first)", [row.tolist(), mass, first]
    )
    significant = [key for key in ordered[:fewest] if row[key] > 1e-5]
    assert [key for key, _ in got] == significant


def test_a_token_that_no_unit_holds_stays_a_unit(page: Page) -> None:
    bare(page)
    units = encode((t.Unit("bc", ((1, 1.0), (2, 1.0))),))
    got = page.evaluate("units => pgPanels.attention.completed(units, ['<bos>', 'b', 'c'])", units)
    assert [unit["text"] for unit in got] == ["<bos>", "bc"]


# ---- attention as it is seen


def test_both_sides_open_the_same_head_and_token(page: Page) -> None:
    bare(page)
    show(page, p.SideBySide(examples.attention(0), examples.attention(1)))
    captions = page.locator(".pg-col .pg-att-caption b")
    assert captions.all_inner_texts() == ["第 9 层 · 第 1 头"] * 3
    page.locator(".pg-role-b .pg-map").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert captions.all_inner_texts() == ["第 10 层 · 第 2 头"] * 3
    page.locator(".pg-role-a .pg-word", has_text="安静").click()
    page.mouse.move(0, 0)
    assert page.locator(".pg-word-focus").all_inner_texts() == ["安静"] * 3


def test_the_listed_weights_are_those_of_the_head_opened(page: Page) -> None:
    panel = examples.attention(0)
    bare(page)
    show(page, panel)
    page.locator(".pg-word", has_text="安静").click()
    row = panel.weights()[8, 0, 18]
    best = 1 + int(np.argmax(row[1:]))
    first = page.locator(".pg-att-item").first.inner_text().split()
    assert first == ["1", panel.pieces[best], f"{row[best]:.3f}"]
    # Little isn't nothing.
    assert 0 < row[0] < 0.0005 and page.locator(".pg-att-sink").inner_text().endswith("<0.001")
    page.get_by_label("隐藏首词元").uncheck()
    assert page.locator(".pg-att-sink").count() == 0


def test_the_unit_is_one_state_of_the_page_and_is_remembered(page: Page) -> None:
    page.route(
        "http://panels.test/",
        lambda route: route.fulfill(
            body=f"<!doctype html><head>{panels.HEAD}</head><body></body>", content_type="text/html; charset=utf-8"
        ),
    )
    page.goto("http://panels.test/")
    two = "value => { for (const id of ['one', 'two']) { const root = document.createElement('div'); root.className = 'pg-panel'; root.id = id; document.body.append(root); pgPanels.show(root, value); } }"
    value = {"language": "zh", "title": "t", "hint": "", "panel": encode(examples.attention(0))}
    page.evaluate(two, value)
    count = lambda place: page.locator(f"#{place} .pg-word").count()  # noqa: E731
    assert count("one") == count("two") == 21
    page.locator("#one").get_by_role("radio", name="字", exact=True).click()
    assert count("one") == count("two") == 27
    assert page.locator("#two [aria-checked=true]", has_text="字").count() == 1
    page.locator("#two").get_by_role("radio", name="词", exact=True).click()
    assert count("one") == count("two") == 18
    page.reload()
    page.evaluate(two, value)
    assert count("one") == 18


@pytest.mark.parametrize(("count", "view"), [(40, "弧线"), (41, "矩阵")])
def test_past_forty_units_the_matrix_is_drawn_until_the_visitor_chooses(page: Page, count: int, view: str) -> None:
    bare(page)
    show(page, examples.attention(0, tuple(f"词{index}" for index in range(count))))
    assert page.get_by_role("radio", name=view).get_attribute("aria-checked") == "true"
    assert page.locator(".pg-matrix").is_visible() == (view == "矩阵")
    assert page.locator(".pg-words").is_visible() == (view == "弧线")
    other = "弧线" if view == "矩阵" else "矩阵"
    page.get_by_role("radio", name=other).click()
    assert page.get_by_role("radio", name=other).get_attribute("aria-checked") == "true"
    assert page.locator(".pg-matrix").is_visible() == (other == "矩阵")


def test_what_reads_a_word_is_its_column(page: Page) -> None:
    panel = examples.attention(0)
    bare(page)
    show(page, panel, "en")
    page.locator(".pg-word", has_text="不算").click()
    page.get_by_role("radio", name="read by").click()
    page.mouse.move(0, 0)
    column = panel.weights()[8, 0, :, 6]
    readers = sorted(range(1, 21), key=lambda query: -column[query])
    listed = [item.split() for item in page.locator(".pg-att-item").all_inner_texts()]
    assert [item[1] for item in listed] == [panel.pieces[query] for query in readers[: len(listed)]]
    assert [item[2] for item in listed] == [f"{column[query]:.3f}" for query in readers[: len(listed)]]
    assert page.locator(".pg-att-from").inner_text().endswith("←")
    # The first token's share is of what a word reads.
    assert page.locator(".pg-att-sink").count() == 0


@pytest.mark.parametrize(
    ("keys", "title", "mean"),
    [
        (("ArrowDown",) * 4, "Layer 9 · mean of 4 heads", (slice(8, 9), slice(0, 4))),
        (("ArrowRight",) * 18, "Mean of 18 layers · head 1", (slice(0, 18), slice(0, 1))),
        ((*("ArrowDown",) * 5, *("ArrowRight",) * 19), "Mean of all layers and heads", (slice(0, 18), slice(0, 4))),
    ],
)
def test_means_of_heads_and_layers_follow_the_heads_on_the_map(
    page: Page, keys: tuple[str, ...], title: str, mean: tuple[slice, slice]
) -> None:
    panel = examples.attention(0)
    bare(page)
    show(page, panel, "en")
    page.locator(".pg-map").focus()
    for key in keys:
        page.keyboard.press(key)
    assert page.locator(".pg-att-caption b").inner_text() == title
    assert title in (page.locator(".pg-map").get_attribute("aria-label") or "")
    row = panel.weights()[mean].mean((0, 1))[10]
    best = 1 + int(np.argmax(row[1:]))
    assert page.locator(".pg-att-item").first.inner_text().split() == ["1", panel.pieces[best], f"{row[best]:.3f}"]


def test_heads_of_known_kinds_are_named_and_gone_through(page: Page) -> None:
    bare(page)
    show(page, examples.attention(0), "en")
    caption = page.locator(".pg-att-caption")
    assert "previous token 0.71" in caption.inner_text()
    assert "≥ 0.40" in page.locator(".pg-att-kinds small").inner_text()
    kinds = page.locator(".pg-att-kind")
    assert [text.split() for text in kinds.all_inner_texts()] == [
        ["P", "previous", "token", "1"], ["F", "first", "token", "2"],
    ]  # fmt: skip
    pressed = lambda: [node.get_attribute("aria-pressed") for node in kinds.all()]  # noqa: E731
    assert pressed() == ["true", "false"]
    first = page.locator(".pg-att-kind", has_text="first token")
    for title, share in (("Layer 1 · head 2", 0.92), ("Layer 4 · head 4", 0.55), ("Layer 1 · head 2", 0.92)):
        first.focus()
        page.keyboard.press("Enter")
        assert caption.inner_text().startswith(title) and f"first token {share}" in caption.inner_text()
        assert pressed() == ["false", "true"]
    show(page, dataclasses.replace(examples.attention(0), known=()), "en")
    assert page.locator(".pg-att-kinds").inner_text().startswith("no head of a known kind")


def test_the_matrix_is_read_with_the_keyboard_and_its_scale_has_numbers(page: Page) -> None:
    panel = examples.attention(0)
    weights = panel.weights()[8, 0]
    bare(page)
    show(page, panel, "en")
    page.get_by_role("radio", name="matrix").click()
    assert page.locator(".pg-att-scale b").all_inner_texts() == ["0", "0.05", "0.25", "0.50", "1"]
    box = page.locator(".pg-matrix-box")
    box.focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(".pg-att-from").inner_text().startswith(panel.pieces[11])
    assert panel.pieces[11] in (box.get_attribute("aria-label") or "")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    said = page.locator(".pg-att-matrix [role=status]")
    assert f"{panel.pieces[11]} → {panel.pieces[10]}{weights[11, 10]:.3f}" == said.inner_text()
    assert f"{weights[11, 10]:.3f}" in page.locator(".pg-tip-on").inner_text()
    # Nothing is read above the diagonal.
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert f"{panel.pieces[11]} → {panel.pieces[11]}{weights[11, 11]:.3f}" == said.inner_text()
    page.get_by_role("radio", name="read by").click()
    box.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert f"{panel.pieces[12]} → {panel.pieces[11]}{weights[12, 11]:.3f}" == said.inner_text()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".pg-att-from").inner_text().startswith(panel.pieces[10])
    page.locator(".pg-map").focus()
    assert page.locator(".pg-tip-on").count() == 0


def test_the_keyboard_passes_units_that_share_a_token(page: Page) -> None:
    """Two characters of one token: the matrix keeps the token, so that the second one is passed by, not stuck at."""
    panel = dataclasses.replace(examples.attention(0), selected=7)
    bare(page)
    show(page, panel)
    page.get_by_role("radio", name="字", exact=True).click()
    page.get_by_role("radio", name="矩阵").click()
    page.locator(".pg-matrix-box").focus()
    seen = []
    for _ in range(8):
        page.keyboard.press("ArrowUp")
        seen.append(page.locator(".pg-att-from bdi").inner_text())
    assert seen[-1] == "<" or seen[-1].startswith("<bos>")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_columns_are_named_below_the_matrix(page: Page, language: str) -> None:
    """There is ink below the last row, under the first column and under the last."""
    bare(page)
    show(page, examples.attention(0), language)
    page.get_by_role("radio", name="矩阵" if language == "zh" else "matrix").click()
    columns = page.evaluate("""() => { const canvas = document.querySelector('.pg-matrix'); const { width, height } = canvas;
        const side = Math.round(width - 20 * 21 - 2), below = 20 * 21 + 4;
        const { data } = canvas.getContext('2d').getImageData(side, below, width - side, height - below);
        const wide = width - side; return Array.from({ length: 21 }, (_, column) => { let ink = 0;
          for (let y = 0; y < height - below; y++) for (let x = column * 20; x < column * 20 + 20 && x < wide; x++) ink += data[4 * (y * wide + x) + 3] > 60; return ink > 0; }); }""")
    assert columns == [True] * 21


def test_sides_that_read_different_texts_are_not_subtracted(page: Page) -> None:
    bare(page)
    show(page, p.SideBySide(examples.attention(0), examples.attention(1, tuple("abcde"))), "en")
    assert "different texts" in page.locator(".pg-difference").inner_text()
    assert page.locator(".pg-difference .pg-word:visible").count() == 0


def test_equal_sides_are_said_to_be_the_same(page: Page) -> None:
    bare(page)
    show(page, p.SideBySide(examples.attention(0), examples.attention(0)), "en")
    assert "the same in A and B" in page.locator(".pg-difference").inner_text()


def test_a_long_text_draws_every_word_and_head(page: Page) -> None:
    """128 tokens, 18 layers of 4 heads."""
    panel = examples.attention(0, tuple(f"词{index}" for index in range(128)))
    bare(page)
    show(page, panel)
    page.get_by_role("radio", name="弧线").click()
    assert page.locator(".pg-word").count() == 128
    inked = page.evaluate("""() => { const canvas = document.querySelector('.pg-map canvas'); const brush = canvas.getContext('2d');
        const { data } = brush.getImageData(0, 0, canvas.width, canvas.height); const seen = new Set(); for (let i = 0; i < data.length; i += 4) seen.add(data[i] * 65536 + data[i + 1] * 256 + data[i + 2]); return seen.size; }""")
    assert inked > 20
    assert json.loads(
        page.evaluate("JSON.stringify([...document.querySelectorAll('.pg-word')].every(word => word.offsetWidth > 0))")
    )


@pytest.mark.parametrize("view", ["map", "matrix"])
def test_a_larger_drawing_still_knows_what_is_under_the_pointer(page: Page, view: str) -> None:
    """In front of everybody a panel is half as large again: the same place of it names the same cell."""
    bare(page)
    show(page, examples.attention(0))
    if view == "matrix":
        page.get_by_text("矩阵", exact=True).click()
    canvas = page.locator("#here canvas").nth(0 if view == "map" else -1)

    def named() -> str:
        box = canvas.bounding_box()
        assert box
        page.mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 0.45 * box["height"])
        tip = page.locator(".pg-tip-on")
        said = tip.inner_text() if tip.count() else ""
        page.mouse.move(0, 0)
        return said

    before = named()
    assert before
    page.evaluate(
        "Object.assign(document.getElementById('here').style, { transform: 'scale(1.5)', transformOrigin: '0 0', width: '66%' })"
    )
    page.wait_for_timeout(300)
    assert named() == before
