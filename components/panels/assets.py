"""Reads the native drawings' script and style sheet for the page's head from this folder."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def _joined(ending: str) -> str:
    # The core first: the kinds register with it.
    files = sorted(_FOLDER.glob(f"*{ending}"), key=lambda file: (not file.stem.startswith("core"), file.stem))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


HEAD = f"<script>{_joined('.js')}</script>"
CSS = _joined(".css")
