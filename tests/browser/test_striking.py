"""Words struck out by click and by key, and the waterfall's preview, in a real Chromium: what is asked of the page, what is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from playground.generation.decode import decode
from playground.generation.panels import waterfall
from playground.generation.settings import Decoding
from playground.lab import panels as p
from playground.lab import token_panels as t
from tests.browser.conftest import drawings_alone
from tests.browser.drawings import show
from tests.browser.hostile import HOSTILE
from tests.components.panels import examples
from tests.conftest import tiny_llama, wrap

# A page's script that notes what it is asked for and holds what the controls hold.
PAGE = """() => {
    window.asked = []; window.held = {}; window.heard = [];
    window.playground = {
        move: (place, move) => asked.push(move.values), valuesOf: () => held, listen: (place, name, redraw) => heard.push(redraw),
        tune: (place, changes) => { asked.push(changes); Object.assign(held, changes); heard.forEach((redraw) => redraw()); },
        fields: () => ["a", "b"].flatMap((side) => [["temperature", 0.1, 3, 0.1], ["top_k", 0, 200, 1], ["repetition_penalty", 0.5, 3, 0.05]]
            .map(([name, low, high, step]) => ({ path: `${side}.${name}`, low, high, step }))),
    };
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    for page in drawings_alone(browser, "decoding-words", width=1100, height=900):
        page.evaluate(PAGE)
        yield page


def asked(page: Page) -> list[Any]:
    return page.evaluate("asked")  # type: ignore[no-any-return]


EXPLAINED = t.Attribution(
    "LIME", "p", 0.2, (t.Contribution("good", 0.3), t.Contribution(HOSTILE, -0.4), t.Contribution("film", 0.1)),
    intercept=0.25, strikes="struck",
)  # fmt: skip


def test_a_click_strikes_a_word_out_and_a_second_puts_it_back(page: Page) -> None:
    show(page, EXPLAINED, "en")
    words = page.locator(".pg-attr-sentence .pg-strikes")
    words.nth(1).click()
    assert asked(page) == [{"struck": f"1:{HOSTILE}"}]
    struck = t.Struck((1,), "good film", 0.2, 0.55, 0.65)
    show(page, dataclasses.replace(EXPLAINED, struck=struck), "en")
    said = page.locator(".pg-struck").inner_text()
    assert "0.200 → 0.550 (+0.350)" in said
    assert "LIME predicted 0.650 · off by 0.100" in said
    assert words.nth(1).get_attribute("aria-pressed") == "true"
    words.nth(0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert asked(page)[-1] == {"struck": f"1:{HOSTILE}|2:film"}
    words.nth(1).click()
    assert asked(page)[-1] == {"struck": ""}
    page.locator(".pg-struck button").click()
    assert asked(page)[-1] == {"struck": ""}
    assert page.evaluate("window.hacked") is None


def test_what_nothing_predicts_says_the_value_alone(page: Page) -> None:
    show(page, dataclasses.replace(EXPLAINED, struck=t.Struck((0,), "film", 0.2, 0.1)), "zh")
    assert "0.200 → 0.100 (−0.100)" in page.locator(".pg-struck").inner_text()
    assert "LIME" not in page.locator(".pg-struck").inner_text()
    show(page, dataclasses.replace(EXPLAINED, strikes=""), "zh")
    assert page.locator(".pg-struck").is_hidden()
    assert page.locator(".pg-strikes").count() == 0


def test_a_word_of_attention_strikes_the_unit_that_it_belongs_to(page: Page) -> None:
    attention = dataclasses.replace(
        examples.attention(0, ("<bos>", "un", "kind", " man"), 2, 2),
        strikes="struck", units=("unkind", "man"), owners=(-1, 0, 0, 1),
    )  # fmt: skip
    show(page, attention, "en")
    words = page.locator(".pg-words .pg-word")
    words.nth(2).click()
    words.nth(0).click(force=True)
    assert asked(page) == [{"struck": "0:unkind"}], "the beginning of the text is no unit"
    show(page, dataclasses.replace(attention, struck=t.Struck((0,), "man", 0.7, 0.6, 0.5)), "en")
    assert [words.nth(at).evaluate("node => node.classList.contains('pg-struck-out')") for at in range(4)] == [
        False, True, True, False,
    ]  # fmt: skip
    words.nth(3).focus()
    page.keyboard.press("Enter")
    assert asked(page)[-1] == {"struck": "0:unkind|1:man"}
    assert "0.700 → 0.600" in page.locator(".pg-struck").inner_text()


# ---- the waterfall's preview


@pytest.fixture(scope="module")
def both() -> p.SideBySide[t.Waterfall]:
    """A greedy row with a repetition penalty beside a sampled one, of a tiny model."""
    lm = wrap(tiny_llama())
    rows = (Decoding(repetition_penalty=1.3), Decoding(strategy="sample", temperature=0.8, top_k=20))
    *_, (a, b) = decode(lm, lm.encode("the room is clean, the room"), rows, max_tokens=3, traced=True)
    sides = [waterfall(lm, one, 0, row) for one, row in zip((a, b), rows, strict=True)]
    assert sides[0] is not None
    assert sides[1] is not None
    return p.SideBySide(sides[0], sides[1], a_label="one", b_label="two")


def test_both_sides_have_the_same_rows_and_columns(page: Page, both: p.SideBySide[t.Waterfall]) -> None:
    show(page, both, "en")
    union = {candidate.token for side in (both.a, both.b) for candidate in side.steps[0].candidates}
    assert page.locator(".pg-fall-grid tbody").count() == len(union)
    assert [candidate.token for candidate in both.a.steps[0].candidates if candidate.token not in union] == []
    heads = page.locator(".pg-fall-grid thead th:not(.pg-fall-corner)").all_inner_texts()
    assert heads == ["raw logit", "repetition penalty", "temperature", "top-k", "probability"]
    lines = page.locator(".pg-fall-grid tbody tr")
    assert lines.count() == 2 * len(union)
    assert {lines.nth(at).locator("td").count() for at in range(lines.count())} == {len(heads)}
    # At the first step both sides read the same text: every raw logit is equal, in number and in length.
    first, second = (page.locator(f".pg-fall-grid tbody tr.pg-role-{role} td:nth-of-type(1)") for role in "ab")
    assert first.all_inner_texts() == second.all_inner_texts()
    bars = [
        cells.locator("i").evaluate_all("bars => bars.map((bar) => bar.style.cssText)") for cells in (first, second)
    ]
    assert bars[0] == bars[1] != []
    assert page.locator("td.pg-differs").count() > 0


def test_of_many_candidates_the_likeliest_and_the_chosen_are_shown(page: Page) -> None:
    names = [f"w{number}" for number in range(15)]
    logits = tuple(float(-number) for number in range(15))
    step = t.WaterfallStep(
        ("a",), tuple(t.Candidate(name, name == "w13", token=number) for number, name in enumerate(names)),
        (t.Stage("raw", "x", logits), t.Stage("probability", "softmax", tuple(2.0**x for x in logits), "probability")),
    )  # fmt: skip
    show(page, t.Waterfall((step,)), "en")
    rows = page.locator(".pg-fall-grid tbody th bdi")
    assert rows.all_inner_texts() == [*names[:10], "w13"]
    page.get_by_role("button", name="all 15 candidates").click()
    assert rows.all_inner_texts() == names
    # Every logit is at most 0: bars begin at the same zero, at the right, and none has a floor of its own.
    bars = page.locator(".pg-fall-grid tbody tr td:nth-of-type(1) i").evaluate_all(
        "bars => bars.map((bar) => [parseFloat(bar.style.left), parseFloat(bar.style.width)])"
    )
    assert [left + width for left, width in bars] == pytest.approx([100.0] * 15, abs=0.02)
    assert [width for _, width in bars] == pytest.approx([100 * number / 14 for number in range(15)], abs=0.02)


def test_a_cell_says_its_own_numbers(page: Page, both: p.SideBySide[t.Waterfall]) -> None:
    show(page, both, "en")
    step = both.b.steps[0]
    names = [stage.key for stage in step.stages]
    row = 0
    raw, cooled = step.stages[0].values[row], step.stages[names.index("temperature")].values[row]
    name = step.candidates[row].text
    line = page.locator(".pg-fall-grid tbody", has=page.locator("th", has_text=name)).first.locator("tr.pg-role-b")
    line.locator("td").nth(2).focus()
    minus = str.maketrans("-", "−")
    assert page.locator(".pg-fall-formula code").inner_text() == f"{raw:.2f} / 0.8 = {cooled:.2f}".translate(minus)
    page.keyboard.press("ArrowRight")
    assert "20" in page.locator(".pg-fall-formula code").inner_text()
    assert page.locator(".pg-tip").inner_text() != ""


def test_a_drag_previews_at_once_and_tunes_the_controls_when_let_go(
    page: Page, both: p.SideBySide[t.Waterfall]
) -> None:
    show(page, both, "en")
    assert page.locator(".pg-fall-preview").count() == 0
    page.locator(".pg-fall-try summary").click()
    slider = page.get_by_label("B temperature")
    slider.evaluate("node => { node.value = '2'; node.dispatchEvent(new Event('input')); }")
    assert page.locator(".pg-fall-preview").inner_text() == "preview"
    assert "temperature 2" in page.locator(".pg-fall-told").inner_text()
    assert asked(page) == []
    slider.evaluate("node => node.dispatchEvent(new Event('change'))")
    assert asked(page) == [{"b.temperature": 2, "b.strategy": "sample"}]
    assert page.locator(".pg-fall-preview").count() == 1
    greedy = page.get_by_label("A temperature")
    greedy.evaluate(
        "node => { node.value = '0.5'; node.dispatchEvent(new Event('input')); node.dispatchEvent(new Event('change')); }"
    )
    assert asked(page)[-1] == {"a.temperature": 0.5, "a.strategy": "sample"}
    assert "sampling, temperature 0.5" in page.locator(".pg-fall-told").inner_text()
    page.get_by_role("button", name="Back to the run's settings").click()
    assert page.locator(".pg-fall-preview").count() == 0


def test_the_controls_of_the_page_preview_too(page: Page, both: p.SideBySide[t.Waterfall]) -> None:
    show(page, both, "zh")
    page.evaluate(
        "() => { Object.assign(held, {'a.repetition_penalty': 2, 'a.strategy': 'greedy'}); heard.forEach((redraw) => redraw()); }"
    )
    assert "重复惩罚 2" in page.locator(".pg-fall-told").inner_text()
    page.evaluate("() => { Object.assign(held, {'a.repetition_penalty': 1.3}); heard.forEach((redraw) => redraw()); }")
    assert page.locator(".pg-fall-told").inner_text() == ""
