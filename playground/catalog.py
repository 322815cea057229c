"""Every topic there is, and a run of any of them; knows no topic by name and no page.

A topic is a folder of `playground/topics` with a lab.py that has a TOPIC; folders that start with _ are left out.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playground import results, running
from playground.cards import Card, read_card
from playground.desk import Desk
from playground.estimates import Estimates
from playground.lab.bench import Models, Progress
from playground.lab.codec import encode
from playground.lab.controls import Choice, FieldOf, Number, TextBox, fields_of
from playground.lab.errors import PlaygroundError
from playground.lab.panels import panels_of
from playground.lab.text import Language, Text
from playground.lab.topic import AnyTopic
from playground.lab.validation import validate
from playground.results import ResultStore
from playground.running import Event, Finished, Partial

if TYPE_CHECKING:
    from playground.models.language_model import LanguageModel

__all__ = [
    "Card",
    "Event",
    "Finished",
    "Partial",
    "Progress",
    "card",
    "describe",
    "events",
    "find",
    "load_models",
    "run",
    "topics",
]


@dataclass(frozen=True)
class Entry:
    """A topic and its folder."""

    topic: AnyTopic
    folder: Path


def discover(package: str) -> tuple[Entry, ...]:
    """Finds the topics of a package, by number. Raises ValueError for a slug or number that doesn't fit or comes twice."""
    entries: list[Entry] = []
    for root in importlib.import_module(package).__path__:
        for lab in sorted(Path(root).glob("[!_]*/lab.py")):
            topic: AnyTopic | None = getattr(importlib.import_module(f"{package}.{lab.parent.name}.lab"), "TOPIC", None)
            if topic is None:
                raise ValueError(f"{lab} has no TOPIC")
            # A Python package can't have a hyphen in its name, a slug can.
            if topic.slug.replace("-", "_") != lab.parent.name:
                raise ValueError(
                    f"{lab}: the slug is {topic.slug!r}, so the folder must be {topic.slug.replace('-', '_')!r}"
                )
            entries.append(Entry(topic, lab.parent))
    for key in ("number", "slug"):
        values = [getattr(entry.topic, key) for entry in entries]
        for value in values:
            if values.count(value) > 1:
                raise ValueError(f"two topics of {package} have the {key} {value!r}")
    return tuple(sorted(entries, key=lambda entry: entry.topic.number))


@functools.cache
def _entries() -> tuple[Entry, ...]:
    return discover("playground.topics")


def _entry(slug: str) -> Entry:
    for entry in _entries():
        if entry.topic.slug == slug:
            return entry
    raise PlaygroundError(
        Text(zh="没有名为“{slug}”的题目，现有：{slugs}。", en="There is no topic “{slug}”. There are: {slugs}.").format(
            slug=str(slug)[:80], slugs=", ".join(entry.topic.slug for entry in _entries())
        ),
        "topic",
    )


def topics() -> tuple[AnyTopic, ...]:
    """Returns every topic, by number."""
    return tuple(entry.topic for entry in _entries())


def find(slug: str) -> AnyTopic:
    """Finds a topic by slug. Raises PlaygroundError, listing what there is."""
    return _entry(slug).topic


def card(slug: str, language: Language | str) -> Card:
    """Reads a topic's card. Raises PlaygroundError for an unknown topic or language, CardError for a faulty file."""
    return read_card(_entry(slug).folder, spoken(language))


def spoken(language: Language | str) -> Language:
    """Returns the language of that name. Raises PlaygroundError for another."""
    try:
        return Language(language)
    except ValueError:
        raise PlaygroundError(
            Text(
                zh="没有语言“{name}”，可选：{names}。", en="There is no language “{name}”; choose one of: {names}."
            ).format(name=str(language)[:40], names=", ".join(Language)),
            "language",
        ) from None


def events(
    topic: AnyTopic, settings: Any, cancelled: threading.Event | None = None, models: Models | None = None
) -> Iterator[Event]:
    """Computes a run and yields it as it happens: see `running.events`. Unless given, models are those of this process."""
    return running.events(topic, settings, (lambda progress: models) if models else load_models, cancelled)


def load_base(progress: Callable[[float, Text], None]) -> LanguageModel:
    """Returns the base model of this process, loaded at the first call. Raises PlaygroundError when it can't be."""
    from playground.models.variants import store  # torch and transformers load when a model is wanted, not before

    return store().base(progress)


def load_models(progress: Callable[[float, Text], None]) -> Models:
    """Returns the models of this process, with the base loaded if possible: a lab that needs it reports why it isn't."""
    from playground.models.variants import store

    with contextlib.suppress(PlaygroundError):
        load_base(progress)
    return store()


def prepare() -> None:
    """Reads and builds what first runs need, which takes seconds: the Chinese dictionary with its tags, the packed weights, the activations
    by which neurons are pruned."""
    from playground.lab.variant import Variant
    from playground.language.parts_of_speech import tag_words
    from playground.models.activations import calibrate
    from playground.models.kernels import LINEARS
    from playground.models.variants import store

    tag_words("词")
    for quantization in LINEARS:
        # A model of the visitor's own may not be one that can be packed.
        with contextlib.suppress(PlaygroundError):
            store().get(Variant(quantization=quantization))
    with contextlib.suppress(PlaygroundError):
        calibrate(store().base())


@functools.cache
def desk() -> Desk:
    """Returns this process's own desk, which remembers results beside the weights; the page has one of its own."""
    return Desk(load_models, store=result_store(), identity=identity, estimates=estimates())


def estimates() -> Estimates:
    """Returns what was learned of how long runs take here, kept beside the results; in memory only where those aren't kept."""
    from playground.models.cache import cache_folder

    return Estimates(cache_folder() / "pace.json" if results.most_bytes() else None)


def result_store() -> ResultStore | None:
    """Returns the store of results beside the weights; None where `PLAYGROUND_REMEMBER_MB` is 0."""
    from playground.models.cache import cache_folder

    most = results.most_bytes()
    return ResultStore(cache_folder() / "results", most) if most else None


def identity() -> dict[str, str] | None:
    """Returns what numbers of this process depend on besides code and settings: see `models.identity`."""
    from playground.models.identity import identity

    return identity()


def run(
    slug: str, values: Mapping[str, Any], language: Language | str = Language.ZH, models: Models | None = None
) -> dict[str, Any]:
    """Computes a whole run and returns it as plain data, ready for JSON. Raises PlaygroundError."""
    topic, language = find(slug), spoken(language)
    for event in events(topic, validate(topic.settings, values, language), models=models):
        if isinstance(event, Finished):
            return as_json(topic, event, language)
    raise AssertionError("a run ends with Finished or raises")


def as_json(topic: AnyTopic, run: Finished, language: Language) -> dict[str, Any]:
    """Returns a finished run as plain data: `result` has the panels, `findings` the named numbers, `verdict` one sentence."""
    try:
        return {
            "topic": topic.slug,
            "language": str(language),
            "settings": encode(run.settings),
            "verdict": topic.verdict(run.settings, run.result.findings).in_(language),
            "findings": encode(run.result.findings),
            "result": {item.name: encode(getattr(run.result, item.name)) for item in panels_of(topic.result)},
            "cost": encode(run.cost),
            "computed": datetime.fromtimestamp(run.computed, UTC).isoformat(timespec="seconds"),
        }
    except (TypeError, ValueError) as error:
        raise running.internal_error(error) from error


def describe(language: Language | str = Language.ZH) -> list[dict[str, Any]]:
    """Describes every topic and its settings as plain data: what the page, the command line and the API accept."""
    language = spoken(language)
    return [
        {
            "number": topic.number,
            "slug": topic.slug,
            "title": topic.title.in_(language),
            "group": topic.group.value,
            "settings": [_describe_field(item, language) for item in fields_of(topic.settings)],
        }
        for topic in topics()
    ]


def _describe_field(item: FieldOf, language: Language) -> dict[str, Any]:
    control = item.control
    described: dict[str, Any] = {"name": item.path, "label": item.label(language), "default": item.default(language)}
    if isinstance(control, TextBox):
        described |= {"type": "text", "max_chars": control.max_chars, "optional": control.optional}
    elif isinstance(control, Number):
        described |= {"type": "integer" if control.whole else "number", "low": control.low, "high": control.high}
    elif isinstance(control, Choice):
        described |= {"type": "choice", "options": list(control.values)}
    else:
        described |= {"type": "switch"}
    return described
