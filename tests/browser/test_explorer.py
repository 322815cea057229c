"""The step explorer in a real Chromium: what a click and a key ask for, where the focus goes, how split characters look."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from playground.lab.explorer_panels import Choice, Explorer, ExplorerNode
from tests.browser.conftest import Watched, drawings_alone
from tests.browser.drawings import show
from tests.browser.driving import control, ended, open_topic, panel, run, status
from tests.browser.hostile import HOSTILE
from tests.components.panels.examples import EXPLORER
from tests.servers import serve


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from drawings_alone(browser, "generation-explorer", width=1100, height=900)


def asked(page: Page) -> list[Any]:
    return page.evaluate("asked")  # type: ignore[no-any-return]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"))


def after_force(index: int = 1) -> Explorer:
    """The panel as it is once the candidate at `index` was forced."""
    choice = EXPLORER.choices[index]
    assert choice.value is not None
    new = ExplorerNode(6, 2, choice.text, choice.bytes, choice.probability, choice.rank, -4.0, 3.8)
    return dataclasses.replace(
        EXPLORER, nodes=(*EXPLORER.nodes, new), current=6, written=("小", "狗", choice.text), stem=choice.value.split("!")[0],
        choices=(Choice("跑", 0.3, 1, value="v1!7"), Choice("叫", 0.2, 2, value="v2!7")),
    )  # fmt: skip


def test_a_click_on_a_candidate_forces_it(page: Page) -> None:
    show(page, EXPLORER)
    page.locator("button.pg-ex-choice", has_text="在").click()
    expected = {"values": {"forced": "", "steps": 0, "tree": "1:1.2.3~1.4~0.5~2.6!6"}, "runs": True}
    assert asked(page) == [["generation", expected]]
    show(page, after_force())
    assert page.locator(".pg-ex-written").all_inner_texts() == ["小", "狗", "在"]
    assert page.locator("[role=treeitem][aria-selected=true]").get_attribute("data-node") == "6"


def test_it_works_by_keyboard_and_keeps_its_place(page: Page) -> None:
    show(page, EXPLORER)
    page.locator("button.pg-ex-choice").first.focus()
    page.keyboard.press("ArrowDown")
    assert focused(page).startswith("在, 第 2 名，概率 0.200")
    page.keyboard.press("Enter")
    assert [move["values"]["tree"] for _, move in asked(page)] == ["1:1.2.3~1.4~0.5~2.6!6"]
    page.keyboard.press("Enter")  # candidates of where the visitor was: nothing more is asked for
    assert len(asked(page)) == 1
    show(page, after_force())
    assert focused(page).startswith("跑, 第 1 名"), "the likeliest of the new candidates"
    assert "现在在“小狗在”之后" in page.locator(".pg-explorer [role=status]").inner_text()
    page.keyboard.press("Backspace")
    assert asked(page)[-1][1]["values"]["tree"] == "1:1.2.3~1.4~0.5~2.6!2"
    show(page, dataclasses.replace(after_force(), current=2, written=("小", "狗"), choices=(EXPLORER.choices[0], dataclasses.replace(EXPLORER.choices[1], node=6))))  # fmt: skip
    assert focused(page).startswith("在, 第 2 名"), "the candidate that was undone: the arrows try its neighbours"
    assert page.locator(".pg-ex-choice[tabindex='0']").count() == 1


def test_going_back_twice_needs_no_answer_in_between(page: Page) -> None:
    show(page, EXPLORER)
    page.locator("button.pg-ex-choice").first.focus()
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    assert [move["values"]["tree"][-2:] for _, move in asked(page)] == ["!1", "!0"], "and not beyond the prompt"


def test_the_tree_is_walked_by_arrows_and_entered(page: Page) -> None:
    show(page, EXPLORER)
    assert page.locator("[role=tree] [role=treeitem]").count() == len(EXPLORER.nodes)
    page.locator("[data-node='2'][role=treeitem]").focus()
    for key, label in (("ArrowLeft", "小,"), ("ArrowDown", "⟨E9 BE⟩,"), ("ArrowUp", "小,"), ("ArrowRight", "狗,"), ("ArrowDown", "猫,")):  # fmt: skip
        page.keyboard.press(key)
        assert focused(page).startswith(label), key
    page.keyboard.press("Enter")
    assert asked(page)[-1][1]["values"]["tree"] == "1:1.2.3~1.4~0.5!4"
    show(page, dataclasses.replace(EXPLORER, current=4, written=("小", "猫")))
    assert focused(page).startswith("猫,"), "who went by the tree stays in the tree"
    page.locator(".pg-ex-written").first.click()
    assert asked(page)[-1][1]["values"]["tree"] == "1:1.2.3~1.4~0.5!1"


def test_branches_stand_below_where_they_part(page: Page) -> None:
    show(page, EXPLORER)
    place = {chip.get_attribute("data-node"): chip.bounding_box() for chip in page.locator("[role=treeitem]").all()}
    assert place["1"]["y"] == place["2"]["y"] == place["3"]["y"]  # type: ignore[index]
    assert place["2"]["y"] < place["4"]["y"] < place["5"]["y"]  # type: ignore[index]
    assert place["4"]["x"] >= place["1"]["x"] + place["1"]["width"]  # type: ignore[index]
    assert place["5"]["x"] >= place["0"]["x"] + place["0"]["width"]  # type: ignore[index]
    numbers = page.locator(".pg-ex-branch:not(.pg-ex-head) .pg-ex-number").all_inner_texts()
    assert numbers == ["0.042", "2.88", "0.042", "4.88", "0.010", "99.50"]


def test_buttons_cut_and_clear(page: Page) -> None:
    show(page, EXPLORER, "en")
    page.get_by_role("button", name="Cut from here on").click()
    page.get_by_role("button", name="Clear all").click()
    assert [move["values"]["tree"] for _, move in asked(page)] == ["1:1~1.4~0.5!1", ""]
    empty = dataclasses.replace(EXPLORER, nodes=EXPLORER.nodes[:1], current=0, written=(), stem="1:", without="")
    show(page, empty, "en")
    for name in ("Back one", "To the prompt", "Cut", "Clear"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    assert not page.locator("[role=tree]").is_visible()
    expect(page.locator(".pg-ex-note")).to_have_text("Nothing was tried yet: click a candidate.")


def test_parts_of_characters_are_bytes_and_never_broken_glyphs(page: Page) -> None:
    show(page, dataclasses.replace(EXPLORER, current=5, written=("⟨E9 BE⟩",)))
    row = page.locator("button.pg-ex-choice").nth(2)
    expect(row.locator(".pg-ex-token")).to_have_text("⟨98⟩ → 龘")
    assert "字节 98" in str(row.get_attribute("aria-label"))
    assert "\ufffd" not in page.locator("#here").inner_text()


def test_a_full_tree_and_an_ended_text_say_so(page: Page) -> None:
    full = tuple(dataclasses.replace(choice, value=None) for choice in EXPLORER.choices[1:])
    show(page, dataclasses.replace(EXPLORER, choices=(EXPLORER.choices[0], *full)))
    expect(page.locator(".pg-ex-note")).to_contain_text("树已满（5 个词元）")
    expect(page.locator("button.pg-ex-choice").nth(1)).to_be_disabled()
    expect(page.locator("button.pg-ex-choice").nth(0)).to_be_enabled()
    show(page, dataclasses.replace(EXPLORER, choices=(), entropy=None))
    expect(page.locator(".pg-ex-measure")).to_contain_text("文本已结束")


def test_text_stays_text(page: Page) -> None:
    node = dataclasses.replace(EXPLORER.nodes[1], text=HOSTILE)
    panel = dataclasses.replace(
        EXPLORER, prompt=HOSTILE, nodes=(EXPLORER.nodes[0], node, *EXPLORER.nodes[2:]), written=(HOSTILE, "狗"),
        choices=(dataclasses.replace(EXPLORER.choices[0], text=HOSTILE),), note=HOSTILE,
    )  # fmt: skip
    show(page, panel)
    page.locator(".pg-ex-written").first.hover()
    assert page.locator("#here img, .pg-tip img").count() == 0
    assert page.evaluate("window.hacked") is None


# ---- the whole way: click, run, link


def written(page: Page) -> list[str]:
    return page.locator("#pg-panel-generation-explorer .pg-ex-written").all_inner_texts()


def test_a_tree_made_by_keyboard_survives_a_reload(watched: Watched, tmp_path: Path) -> None:
    page = watched.page
    with serve(["-m", "tests.browser.explorer_app"], tmp_path / "log.txt", OMP_NUM_THREADS="1") as address:
        prompt = control(page, "generation", "text").locator("textarea")
        open_topic(page, address, "generation", "en", "?steps=2&samples=0&text=I+saw+a+cat")
        expect(prompt).to_have_value("I saw a cat")
        run(page, "generation")
        assert len(written(page)) == 2
        choices = panel(page, "generation", "explorer").locator("button.pg-ex-choice")
        choices.first.focus()
        for keys, length in (
            ("ArrowDown Enter", 3),
            ("Enter", 4),
            ("Backspace", 3),
            ("Backspace", 2),
            ("ArrowDown Enter", 3),
        ):
            for key in keys.split():
                page.keyboard.press(key)
            expect(page.locator("#pg-panel-generation-explorer .pg-ex-written")).to_have_count(length)
            expect(status(page, "generation")).to_have_class("pg-status-done")
            assert page.evaluate("document.activeElement.className").startswith("pg-ex-choice")
        chips = page.locator("#pg-panel-generation-explorer [role=treeitem]")
        before = written(page), chips.all_inner_texts(), chips.and_(page.locator("[aria-selected=true]")).inner_text()
        expect(page).to_have_url(re.compile(r"[?&]tree=[0-9a-f]{4}%3A[0-9.~]+![0-9]+"))
        assert "steps=0" in page.url, "the steps that went by themselves are in the tree now"
        page.reload()
        expect(prompt).to_have_value("I saw a cat")
        ended(page, "generation")  # the page runs it again by itself
        after = written(page), chips.all_inner_texts(), chips.and_(page.locator("[aria-selected=true]")).inner_text()
        assert after == before
        assert len(before[1]) == 6, "the prompt, two steps, two tokens, a branch"
        open_topic(page, address, "generation", "en", "?text=I+saw+a+cat&tree=5..7")
        page.reload()
        expect(prompt).to_have_value("I saw a cat")
        expect(run(page, "generation", ends="error")).to_contain_text("“Paths tried” can't be read")
