"""Parses the page's state from a link's fragment: `#slug?a.quantization=int8&text=…`, only values that differ from defaults.

A fragment never reaches a server's log. The script writes it; this module parses and validates it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from playground.lab.controls import FieldOf, fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.lab.topic import AnyTopic
from playground.lab.validation import check

# The name of the panel that fills the window, beside the settings; no setting has it.
PANEL = "panel"
# A text of 20,000 Chinese characters, each percent-encoded as nine characters.
LONGEST_FRAGMENT = 200_000


@dataclass(frozen=True)
class Linked:
    """A parsed link: the topic (None: unknown), values by dotted name, the names of invalid values, and the panel in front ("": none)."""

    slug: str
    topic: AnyTopic | None
    values: dict[str, Any] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    panel: str = ""


def read(fragment: str, topics: Sequence[AnyTopic], language: Language) -> Linked:
    """Parses a fragment, with or without '#'. Values are validated as for a run; invalid ones are dropped."""
    slug, _, query = str(fragment)[:LONGEST_FRAGMENT].removeprefix("#").partition("?")
    topic = next((topic for topic in topics if topic.slug == slug), None)
    if topic is None:
        return Linked(slug[:40], None)
    fields = {item.path: item for item in fields_of(topic.settings)}
    values = {path: item.default(language) for path, item in fields.items()}
    refused, panel = [], ""
    names = {item.name for item in topic.panels}
    for name, given in parse_qsl(query, keep_blank_values=True):
        item = fields.get(name)
        try:
            if name == PANEL and given in names:
                panel = given
            elif item is None:
                refused.append(name[:40])
            else:
                values[name] = check(item, given, language)
        except PlaygroundError:
            assert item is not None
            refused.append(_name(item, language))
    return Linked(slug, topic, values, tuple(dict.fromkeys(refused)), panel)


def _name(item: FieldOf, language: Language) -> str:
    return item.label(language)
