"""Panels drawn as the page draws them, for the tests of drawings."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from components import panels
from playground.lab import panels as p
from playground.lab.text import Text
from tests.components.panels.examples import every_kind
from tests.components.panels.gallery import hint_of

TITLE = p.PanelTitle(Text(zh="标题", en="Title"), hint=Text(zh="提示", en="Hint"))
EXAMPLES = every_kind()


def place(panel: p.Panel, language: str = "zh") -> panels.Drawing:
    with gr.Blocks():
        return panels.make(TITLE, hint_of(panel), language)


def heading_of(panel: p.Panel, language: str = "zh") -> dict[str, Any]:
    """The heading of a figure as the page gets it."""
    heading: dict[str, Any] = json.loads(place(panel, language).update(panel)[0]["value"])["panel"]
    return heading
