"""Reads the native drawings' script and style sheet for the page's head from this folder."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def _joined(ending: str) -> str:
    # The core first: the kinds register with it.
    files = sorted(_FOLDER.glob(f"*{ending}"), key=lambda file: (not file.stem.startswith("core"), file.stem))
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file != _NARROW)


# Gradio, which puts the page's own class before every selector of a style sheet, drops rules for containers.
_NARROW = _FOLDER / "narrow.css"
HEAD = f"<style>{_NARROW.read_text(encoding='utf-8')}</style><script>{_joined('.js')}</script>"
CSS = _joined(".css")
