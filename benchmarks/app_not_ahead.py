"""The app as it is, but for what it computes while nobody waits: a benchmark wants the processor to itself."""

from __future__ import annotations

import functools
import gc

import app  # isort: skip  # first: it turns the collector off
from components import page

if __name__ == "__main__":
    assert not gc.isenabled(), app
    page.serve(page.build(), then=functools.partial(app.begin, results=False))
