"""A page with the drawings alone, without Gradio."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from components import panels
from playground.lab.codec import encode
from playground.lab.panels import Panel

PLACE = '<div id="here" class="pg-panel"></div>'


def bare(page: Page, dark: bool = False, body: str = PLACE) -> Page:
    """Fills the page with the drawings' script and style, and `body`, in which a panel has a place."""
    content = f'<body class="{"dark" if dark else ""}">{body}</body>'
    page.set_content(f"<!doctype html><html><head>{panels.HEAD}<style>{panels.CSS}</style></head>{content}</html>")
    return page


def show(page: Page, panel: Panel, language: str = "zh", title: str = "标题", was: Any = None) -> None:
    """Draws a panel in its place. `was`: an earlier run's values."""
    value = {"language": language, "title": title, "hint": "", "panel": encode(panel), "was": was}
    page.evaluate("value => pgPanels.show(document.getElementById('here'), value)", value)
