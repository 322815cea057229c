"""Publishes the HTTP endpoints `run` and `topics`; everything else of the app is private. Knows no topic by name."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import gradio as gr

from components import words
from components.loading import LOADING
from components.presence import PLACES, PRESENCE, api_owner
from components.serving import desk
from playground import catalog
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.line import LineFull
from playground.running import Finished, internal_error

# What a call that leaves arguments out has in their places, by endpoint and name, in their order.
DEFAULTS: dict[str, dict[str, Any]] = {
    "run": {"slug": "", "settings": None, "language": "zh", "anew": False},
    "topics": {"language": "zh"},
}


def topics(language: str = "zh") -> list[dict[str, Any]]:
    """Lists every topic with its settings: name, label, type, bounds and default of each."""
    try:
        return catalog.describe(catalog.spoken(language))
    except PlaygroundError as error:
        return [_refusal(error, language)]


def run(
    slug: str,
    settings: dict[str, Any],
    language: str = "zh",
    anew: bool = False,
    request: gr.Request = None,  # type: ignore[assignment]
) -> dict[str, Any]:
    """Runs a topic's lab. `settings`: dotted names or nested; what is left out has its default in the language.

    The answer is {"topic", "language", "settings", "verdict", "findings", "result", "cost", "computed"}, or {"error": {"field", "message"}};
    if only every place is taken, with the remembered run of an example as "example".
    A result that is remembered comes at once, with the time when it was computed; `anew` computes it again. A run ends once nobody
    listens for its answer.
    """
    try:
        spoken = catalog.spoken(language)
        topic = catalog.find(slug)
        checked = validate(topic.settings, {} if settings is None else settings, spoken)
        caller = str(request.session_hash)
        address = request.client.host if request.client else ""
        # What results depend on is known once the model is loaded.
        key = desk().key(topic, checked) if LOADING.state.ready else None
        place = PLACES.of_api(address, lambda: PRESENCE.is_here(caller), desk().line.free_in, key or "")
        # What is remembered is given while others compute.
        with nullcontext() if key and not anew and desk().is_remembered(topic, checked) else place:
            events = desk().events(topic, checked, anew=bool(anew), visitor=api_owner(address))
            for event in PRESENCE.while_here(caller, events):
                if isinstance(event, Finished):
                    return catalog.as_json(topic, event, spoken)
        raise AssertionError("a run ends with Finished or raises")
    except LineFull as error:
        return _refusal(error, language) | example(slug, language)
    except PlaygroundError as error:
        return _refusal(error, language)
    except Cancelled:
        return _refusal(PlaygroundError(words.LEFT), language)
    except Exception as error:  # noqa: BLE001 - no traceback leaves the server
        return _refusal(internal_error(error), language)


def example(slug: Any, language: Any) -> dict[str, Any]:
    """Returns {"example": …} beside a refusal for want of a place: a remembered run of the topic. {} where there is none."""
    try:
        spoken = catalog.spoken(language)
        topic = catalog.find(slug)
        found = desk().example(topic, spoken)
        return {} if found is None else {"example": catalog.as_json(topic, found, spoken)}
    except PlaygroundError:
        return {}


def _refusal(error: PlaygroundError, language: str) -> dict[str, Any]:
    spoken = Language(language) if language in tuple(Language) else Language.ZH
    return {"error": {"field": error.field, "message": error.message.in_(spoken)}}


def publish() -> None:
    """Adds the endpoints to the Blocks that is open."""
    # A wrong name is refused at once, even while others compute: what limits runs is their places, not Gradio's.
    gr.api(run, api_name="run", concurrency_id="model-api", concurrency_limit=None)
    gr.api(topics, api_name="topics", queue=False)
