"""The page of `fake_app` on a server with one thread for runs and one place in Gradio's queue, which two clicks fill."""

from __future__ import annotations

from components import page
from tests.browser.fake_app import TOPICS, serve

if __name__ == "__main__":
    page.MOST_JOBS = 1
    serve(TOPICS)
