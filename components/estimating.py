"""Says how long a run would take before it is started, for the page's script. Knows the catalog's contract, no topic by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components import words
from components.loading import LOADING
from components.serving import desk
from playground import catalog
from playground.lab.cost import about
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.validation import validate


def estimate(asked: Any) -> dict[str, str]:
    """Answers {"topic", "language", "settings"} with {"text", "why"}: in words, "" for settings that are no run; `why` it would be refused.

    It computes nothing and waits for no run. Raises PlaygroundError for another question than that.
    """
    if not isinstance(asked, Mapping):
        raise PlaygroundError(words.NO_QUESTION)
    language = catalog.spoken(str(asked.get("language", "")))
    topic = catalog.find(str(asked.get("topic", "")))
    try:
        settings = validate(topic.settings, asked.get("settings") or {}, language)
    except PlaygroundError:
        return {"text": "", "why": ""}
    # What results depend on is known once the model is loaded.
    if LOADING.state.ready and desk().is_remembered(topic, settings):
        return said(words.AT_ONCE, language)
    try:
        desk().estimates.check(topic, settings)
    except PlaygroundError as error:
        return said(words.TOO_LONG, language, error.message)
    return said(about(desk().estimates.seconds(topic, settings)), language)


def said(text: Text, language: Any, why: Text | None = None) -> dict[str, str]:
    """Returns the answer in one language."""
    return {"text": text.in_(language), "why": why.in_(language) if why else ""}
