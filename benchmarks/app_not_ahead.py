"""The app as it is, but for what it computes while nobody waits: a benchmark wants the processor to itself."""

from __future__ import annotations

from components import page
from components.loading import LOADING

if __name__ == "__main__":
    page.serve(page.build(), LOADING.start)
