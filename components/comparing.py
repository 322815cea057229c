"""Answers what an earlier run had where the current one has a value, for the page's script. Computes nothing: both results have to be
cached. Knows the catalog's contract, no topic by name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from components import links, words
from components.panels import earlier, kind_of
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
    names = {item.name for item in now.topic.panels if kind_of(item.type)[0] in earlier.KINDS}
    ours, theirs = (_cached(link, names, language) for link in (now, before))
    if ours is None or theirs is None:
        forgotten = words.COMPARE_FORGOTTEN if theirs is None else words.COMPARE_NOW_FORGOTTEN
        return _answer({}, forgotten, language)
    found = {name: earlier.was(ours[name], theirs[name], language) for name in ours if name in theirs}
    panels = {name: values for name, values in found.items() if values is not None}
    return _answer(panels, None if panels else words.COMPARE_NOTHING, language)


def _cached(link: links.Linked, names: Collection[str], language: Language) -> dict[str, Any] | None:
    """Returns the panels of a link's settings; None where they aren't cached, or the settings are none that could run."""
    topic = link.topic
    assert topic is not None
    try:
        settings = validate(topic.settings, link.values, language)
    except PlaygroundError:
        return None
    return desk().panels(topic, settings, names)


def _answer(panels: dict[str, Any], said: Text | None, language: Language) -> dict[str, Any]:
    return {"panels": panels, "said": said.in_(language) if said is not None else ""}
