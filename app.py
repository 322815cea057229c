"""Builds the page, starts loading the model, and serves."""

from __future__ import annotations

import logging
import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from components import page, serving
from components.loading import LOADING

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("playground.running").setLevel(logging.INFO)
    demo = page.build()
    LOADING.start()
    serving.work_ahead()
    page.launch(demo)
