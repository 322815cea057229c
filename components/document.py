"""A page's document before Gradio's scripts run in it: its language, what a link to it shows elsewhere, and a first script."""

from __future__ import annotations

import html
import re
from pathlib import Path

from components import words
from playground.lab.text import Language

# What Gradio says of itself in every page, for other sites' previews: its own name, and pictures from another host.
_PREVIEW = re.compile(r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*')
_CHARSET = '<meta charset="utf-8" />'
FIRST = (Path(__file__).parent / "page_first.js").read_text(encoding="utf-8")


def dressed(document: str, language: Language) -> str:
    """Returns Gradio's document as this page's in a language."""
    tag = "zh-CN" if language is Language.ZH else "en"
    title, about = (html.escape(text.in_(language)) for text in (words.TITLE, words.ABOUT))
    ours = (
        f'{_CHARSET}<title>{title}</title><meta name="description" content="{about}" /><meta property="og:type" content="website" />'
        f'<meta property="og:title" content="{title}" /><meta property="og:description" content="{about}" /><script>{FIRST}</script>'
    )
    document = _PREVIEW.sub("", document.replace('lang="en"', f'lang="{tag}"', 1))
    return document.replace(_CHARSET, ours, 1)
