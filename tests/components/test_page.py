from __future__ import annotations

import re
from collections import Counter
from typing import Any

import gradio as gr
import pytest
import uvicorn

from components import links, page, theme
from playground.cards import Card, parse_card
from playground.lab.text import Language
from tests.browser.fake_app import TOPICS
from tests.fakes import card_text


def card(slug: str, language: Language) -> Card:
    return parse_card(card_text(language), language)


@pytest.fixture(scope="module")
def demo() -> gr.Blocks:
    return page.build(TOPICS, card)


def components(demo: gr.Blocks, path: str) -> list[dict[str, Any]]:
    ids = set(demo.config["page"][path]["components"])  # type: ignore[typeddict-item]
    return [component for component in demo.config["components"] if component["id"] in ids]


def test_both_languages_are_the_same_page(demo: gr.Blocks) -> None:
    chinese, english = (Counter(part["type"] for part in components(demo, path)) for path in ("", "en"))
    chinese.pop("api", None)
    assert chinese == english


def test_the_english_page_has_no_chinese_but_the_other_languages_name(demo: gr.Blocks) -> None:
    shown = str([part["props"] for part in components(demo, "en")]).replace("中文", "")
    assert not re.findall(r"[\u4e00-\u9fff]+", shown)


@pytest.mark.parametrize("language", list(Language), ids=str)
def test_a_link_with_20_000_unknown_settings_names_a_few(language: Language) -> None:
    fragment = "#counting?" + "&".join(f"unknown{number}=1" for number in range(20_000))
    read = page._read(links.read(fragment, TOPICS, language), language)
    assert re.findall(r"unknown\d+", read["text"]) == [f"unknown{n}" for n in range(page.MOST_NAMES)]
    assert read["text"].endswith("…") and len(read["text"]) < 250
    refused = len(links.read(fragment, TOPICS, language).refused)
    assert refused > 10_000 and str(refused) in read["text"]


def test_only_the_two_endpoints_are_public(demo: gr.Blocks) -> None:
    public = {event.api_name for event in demo.fns.values() if event.fn and event.api_visibility != "private"}
    assert public == {"run", "topics"}


def test_a_topic_more_adds_few_components(demo: gr.Blocks) -> None:
    fewer = page.build(TOPICS[:-1], card)
    assert len(components(demo, "")) - len(components(fewer, "")) < 10


def test_without_a_bench_there_is_no_fold() -> None:
    demo = page.build(TOPICS[1:], card)
    assert "pg-bench-fold" not in str(demo.config)


def test_nothing_is_loaded_from_another_host() -> None:
    style = theme.PlaygroundTheme()._get_theme_css() + theme.style_sheet()
    assert not re.findall(r"""@import|url\((?!["']?data:)""", style)
    # XML namespaces, and the only site that may receive a link's fragment, when the page is in its frame.
    addresses = set(re.findall(r"https?://[\w./-]+", style + theme.head()))
    assert addresses <= {"https://huggingface.co", "http://www.w3.org/2000/svg"}


@pytest.mark.parametrize(
    ("space", "asks", "seen"),
    [
        (True, "10.1.2.3", "203.0.113.9"),
        (True, "fd00::5", "203.0.113.9"),
        (True, "198.51.100.7", "198.51.100.7"),
        (False, "10.1.2.3", "10.1.2.3"),
    ],
)
def test_a_visitor_has_an_address_of_their_own_behind_a_space_s_proxy(
    monkeypatch: pytest.MonkeyPatch, space: bool, asks: str, seen: str
) -> None:
    """uvicorn as Gradio starts it: the first address in the header is what anybody may write."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")  # so that what the page sets is undone
    monkeypatch.delenv("FORWARDED_ALLOW_IPS")
    monkeypatch.delenv("SPACE_ID", raising=False)
    if space:
        monkeypatch.setenv("SPACE_ID", "someone/playground")
    monkeypatch.setattr(gr.Blocks, "launch", lambda demo, **options: None)
    page.launch(gr.Blocks())
    heard: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard.append(scope["client"][0])

    config = uvicorn.Config(app, log_config=None)
    config.load()
    headers = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9, 10.9.9.9" if space else b"203.0.113.9")]
    answer = config.loaded_app({"type": "http", "client": (asks, 1), "headers": headers}, None, None)  # type: ignore[arg-type]
    # By hand: where a browser's tests run in the same process, a loop runs already. Nothing here waits.
    with pytest.raises(StopIteration):
        answer.send(None)  # type: ignore[attr-defined]
    assert heard == [seen]
