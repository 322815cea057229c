"""The real app on the session's results, with nothing computed ahead; started by the tests as a process of its own."""

from __future__ import annotations

from components import page
from components.loading import LOADING
from playground import catalog
from tests.runs import session_store


def main() -> None:
    """Serves the page as app.py does."""
    catalog.result_store = session_store
    demo = page.build()
    LOADING.start()
    page.launch(demo)


if __name__ == "__main__":
    main()
