"""Builds the page and serves it, then loads the model."""

from __future__ import annotations

import gc
import logging
import os

# Modules and page stay as long as the process: to look for garbage among them takes a sixth of the start.
gc.disable()

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from components import page, serving
from components.loading import LOADING


def begin(*, results: bool = True) -> None:
    """Does what the first page needn't wait for. `results`: computes those of first clicks, too, while nobody waits."""
    # What is there by now stays: without this, each full collection stops all threads for 0.4 s.
    gc.freeze()
    gc.enable()
    LOADING.start()
    serving.go_ahead(results=results)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("playground.running").setLevel(logging.INFO)
    demo = page.build()  # a Space's development mode looks for it under this name
    page.serve(demo, then=begin)
