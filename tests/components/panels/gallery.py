"""Serves a page with one drawing of every kind: `python -m tests.components.panels.gallery`. Also used by browser tests."""

from __future__ import annotations

from collections.abc import Mapping

import gradio as gr

from components import panels
from playground.lab.panels import Panel, PanelTitle, SideBySide
from playground.lab.text import Language, Text
from tests.components.panels.examples import every_kind


def hint_of(panel: Panel) -> object:
    """Returns the type of a Result's field for this panel."""
    return SideBySide[type(panel.a)] if isinstance(panel, SideBySide) else type(panel)  # type: ignore[misc]


def gallery(shown: Mapping[str, Panel], language: Language | str = "zh") -> gr.Blocks:
    """Builds a page with these panels below one another."""
    with gr.Blocks(title="panels") as page:
        for name, panel in shown.items():
            title = PanelTitle(
                Text(zh=f"面板 {name}", en=f"Panel {name}"), hint=Text(zh="怎样读它", en="how to read it")
            )
            with gr.Column(elem_id=f"place-{name.replace('+', '-pair')}", elem_classes="pg-frame"):
                panels.make(title, hint_of(panel), language, panel=panel)
    return page


def launch(
    shown: Mapping[str, Panel], language: Language | str = "zh", port: int | None = None
) -> tuple[gr.Blocks, str]:
    """Serves the gallery; returns the page and its address."""
    page = gallery(shown, language)
    _, address, _ = page.launch(
        server_name="127.0.0.1",
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        head=panels.HEAD,
        css=panels.CSS,
        ssr_mode=False,
    )
    return page, address


if __name__ == "__main__":
    launch(every_kind())[0].block_thread()
