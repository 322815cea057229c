"""The real app on the session's results, with nothing computed ahead and no run ended for its length; started by the tests as a process
of its own."""

from __future__ import annotations

from components import page
from components.loading import LOADING
from playground import catalog
from playground.catalog import Entry
from playground.estimates import Estimates
from tests.runs import session_store, unhurried


def main() -> None:
    """Serves the page as app.py does."""
    catalog.result_store = session_store
    catalog.estimates = Estimates  # what loaded test machines take is learned for nobody
    entries = tuple(Entry(unhurried(entry.topic.slug), entry.folder) for entry in catalog._entries())
    catalog._entries = lambda: entries  # type: ignore[assignment]
    page.serve(page.build(), LOADING.start)


if __name__ == "__main__":
    main()
