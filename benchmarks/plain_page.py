"""Serves the page's peer: plain Gradio with as many tabs and components. `plain_page.py TABS COMPONENTS`."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr

KINDS = (gr.Textbox, gr.Slider, gr.Radio, gr.Checkbox, gr.HTML)


def build(tabs: int, components: int) -> gr.Blocks:
    """Builds `tabs` with `components` in total."""
    with gr.Blocks(title="plain") as demo, gr.Tabs():
        for tab in range(tabs):
            with gr.Tab(f"Tab {tab}"):
                for place in range(components // tabs):
                    KINDS[place % len(KINDS)](label=f"Component {tab}.{place}")
                gr.Button(f"Run {tab}")
    return demo


if __name__ == "__main__":
    build(int(sys.argv[1]), int(sys.argv[2])).launch(
        server_port=int(os.environ["GRADIO_SERVER_PORT"]), ssr_mode=False, show_error=False, quiet=True
    )
