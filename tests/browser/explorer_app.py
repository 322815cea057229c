"""The real page with the step explorer alone, on a tiny random model; started by its browser tests as a process of its own."""

from __future__ import annotations

from components import page
from components.loading import LOADING
from playground import catalog
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_llama, wrap


class Tiny:
    """The tiny model under every variant."""

    def __init__(self) -> None:
        self._lm = wrap(tiny_llama())

    def get(self, variant: object, calibration: object, on_forward: object, progress: object) -> LanguageModel:
        return self._lm.heard_by(on_forward)  # type: ignore[arg-type]

    writable = get


def main() -> None:
    """Serves the page around the one topic."""
    entries = tuple(entry for entry in catalog._entries() if entry.topic.slug == "generation")
    models = Tiny()
    catalog._entries = lambda: entries  # type: ignore[assignment]
    catalog.load_models = lambda progress: models  # type: ignore[assignment, return-value]
    LOADING._warm = lambda progress: None
    LOADING.start()
    page.launch(page.build())


if __name__ == "__main__":
    main()
