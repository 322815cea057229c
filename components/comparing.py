"""Answers what an earlier run had where the current one has a value, for the page's script. Computes nothing: both results have to be
cached. Knows the catalog's contract, no topic by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components import links, words
from components.panels import earlier
from components.serving import desk
from playground import catalog
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.validation import validate


def compare(asked: Any) -> dict[str, Any]:
    """Answers {"language", "now", "earlier"}, two links of one topic, with {"panels", "said"}: by panel what `earlier.was` says, and why
    there is nothing, "" if there is something. Raises PlaygroundError for another question than that.
    """
    if not isinstance(asked, Mapping):
        raise PlaygroundError(words.NO_QUESTION)
    language = catalog.spoken(str(asked.get("language", "")))
    now, before = (links.read(str(asked.get(name, "")), catalog.topics(), language) for name in ("now", "earlier"))
    if now.topic is None or before.topic is not now.topic:
        raise PlaygroundError(words.NO_QUESTION)
    results = [_cached(link, language) for link in (now, before)]
    if None in results:
        forgotten = words.COMPARE_FORGOTTEN if results[1] is None else words.COMPARE_NOW_FORGOTTEN
        return _answer({}, forgotten, language)
    panels = {}
    for item in now.topic.panels:
        ours, theirs = (getattr(result, item.name) for result in results)
        values = earlier.was(ours, theirs, language) if ours is not None and theirs is not None else None
        if values is not None:
            panels[item.name] = values
    return _answer(panels, None if panels else words.COMPARE_NOTHING, language)


def _cached(link: links.Linked, language: Language) -> Any:
    """Returns the Result of a link's settings; None where it isn't cached, or the settings are none that could run."""
    topic = link.topic
    assert topic is not None
    try:
        settings = validate(topic.settings, link.values, language)
    except PlaygroundError:
        return None
    found = desk().remembered(topic, settings, desk().key(topic, settings))
    return None if found is None else found.result


def _answer(panels: dict[str, Any], said: Text | None, language: Language) -> dict[str, Any]:
    return {"panels": panels, "said": said.in_(language) if said is not None else ""}
