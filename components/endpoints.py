"""Publishes the HTTP endpoints `run` and `topics`; everything else of the app is private. Knows no topic by name."""

from __future__ import annotations

from typing import Any

import gradio as gr

from components.serving import desk
from playground import catalog
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.running import Finished, internal_error


def topics(language: str = "zh") -> list[dict[str, Any]]:
    """Every topic with its settings: name, label, type, bounds and default of each."""
    try:
        return catalog.describe(catalog.spoken(language))
    except PlaygroundError as error:
        return [_refusal(error, language)]


def run(slug: str, settings: dict[str, Any], language: str = "zh", anew: bool = False) -> dict[str, Any]:
    """Run a topic's lab. `settings`: dotted names or nested; what is left out has its default in the language.

    The answer is {"topic", "language", "settings", "verdict", "findings", "result", "cost", "computed"}, or {"error": {"field", "message"}}.
    A result that is remembered comes at once, with the time when it was computed; `anew` computes it again.
    """
    try:
        spoken = catalog.spoken(language)
        topic = catalog.find(slug)
        for event in desk().events(topic, validate(topic.settings, settings or {}, spoken), anew=bool(anew)):
            if isinstance(event, Finished):
                return catalog.as_json(topic, event, spoken)
        raise AssertionError("a run ends with Finished or raises")
    except PlaygroundError as error:
        return _refusal(error, language)
    except Exception as error:  # noqa: BLE001 - no traceback leaves the server
        return _refusal(internal_error(error), language)


def _refusal(error: PlaygroundError, language: str) -> dict[str, Any]:
    spoken = Language(language) if language in tuple(Language) else Language.ZH
    return {"error": {"field": error.field, "message": error.message.in_(spoken)}}


def publish() -> None:
    """Adds the endpoints to the Blocks that is open."""
    gr.api(run, api_name="run", concurrency_id="model-api", concurrency_limit=4)
    gr.api(topics, api_name="topics", queue=False)
