"""A small honest topic for tests of what is around topics: it counts the characters of a text, in steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.cards import HEADINGS, LEVELS
from playground.lab.bench import Bench, Progress
from playground.lab.controls import choice, group, number, switch, text_box
from playground.lab.cost import Work
from playground.lab.errors import Cancelled
from playground.lab.panels import Metric, Metrics, Prose, SideBySide, merged, panel, undrawn
from playground.lab.text import Language, Text
from playground.lab.topic import AnyTopic, Example, Group, Outcome, Prediction, Topic
from playground.lab.validation import validate
from playground.lab.variant import Variant
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Settings:
    text: str = text_box(Text(zh="文本", en="Text"), default=Text(zh="今天天气很好", en="Fine weather"), max_chars=50)
    times: int = number(Text(zh="次数", en="Times"), default=2, low=1, high=9)
    share: float = number(Text(zh="比例", en="Share"), default=0.5, low=0.0, high=1.0)
    unit: str = choice(
        Text(zh="单位", en="Unit"), {"character": Text(zh="字", en="character"), "word": "word"}, default="character"
    )
    loud: bool = switch(Text(zh="大写", en="Loud"), default=False)
    note: str = text_box(Text(zh="备注", en="Note"), default="", optional=True)
    a: Variant = group(Text(zh="A", en="A"), Variant, role="a")
    b: Variant = group(Text(zh="B", en="B"), Variant, role="b", quantization="int8")


@dataclass(frozen=True)
class Findings:
    """`count`: units in the text."""

    count: int


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    first: Prose | None = panel(Text(zh="文本", en="Text"))
    counts: SideBySide[Metrics] | None = panel(Text(zh="计数", en="Counts"))


def finished(topic: AnyTopic, lm: LanguageModel, values: dict[str, Any], language: str = "en") -> Any:
    """Runs a topic's lab with these values on a model and returns its Result with all panels."""
    result = None
    for new in topic.results(validate(topic.settings, values, language), Bench(OneModel(lm), seconds=3600.0)):
        result = merged(result, new)
    assert result is not None
    return result


def count(text: str, unit: str) -> int:
    return len(text.split()) if unit == "word" else len(text)


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    yield Result(first=Prose(Text(zh=settings.text, en=settings.text)))
    bench.progress(0.5, Text(zh="数了一半", en="half counted"))
    n = count(settings.text, settings.unit)
    strips = [Metrics((Metric("n", float(n * times)),)) for times in (1, settings.times)]
    yield Result(findings=Findings(n), counts=SideBySide(*strips, a_label="1", b_label=str(settings.times)))


def _outcome(settings: Settings, found: Findings) -> Outcome | None:
    return Outcome(float(found.count), verdict(settings, found))


def verdict(settings: Settings, found: Findings) -> Text:
    return Text(zh=f"共 {found.count} 个", en=f"{found.count} in all")


def make_topic(**changes: object) -> AnyTopic:
    """The counting topic, with parts of it exchanged."""
    parts: dict[str, object] = dict(
        number=900,
        slug="counting",
        title=Text(zh="计数", en="Counting"),
        group=Group.LANGUAGE,
        settings=Settings,
        result=Result,
        run=run,
        cost=lambda settings: Work(seconds=0.001 * settings.times * len(settings.text)),
        prediction=Prediction(Text(zh="有多少？", en="How many?"), _outcome),
        verdict=verdict,
        followups=lambda settings, found: (),
        failures=(),
        examples=(Example(Text(zh="例", en="Example"), {"text": Text(zh="你好", en="hello")}),),
        code=(count,),
    )
    return Topic(**(parts | changes))  # type: ignore[arg-type]


class OneModel:
    """Gives a lab the same model under every variant; its passes are counted."""

    def __init__(self, lm: LanguageModel) -> None:
        self.lm = lm

    def get(self, variant: Any, calibration: Any, on_forward: Any, progress: Any) -> LanguageModel:
        return self.lm.heard_by(on_forward)

    def writable(self, variant: Any, on_forward: Any) -> LanguageModel:
        return self.lm.heard_by(on_forward)


def stop_at(said: str, run: Callable[[Any, Bench], Iterator[Any]], settings: Any, lm: LanguageModel) -> int:
    """Stops a run where its progress says `said` (in English); returns how many Results came after.

    How long the run still computed isn't measured.

    Raises AssertionError if it never says that, or goes on to its end.
    """
    stop, heard = threading.Event(), []

    def listen(progress: Progress) -> None:
        if said in progress.text.en and not stop.is_set():
            stop.set()
            heard.append(len(results))

    results: list[Any] = []
    bench = Bench(OneModel(lm), listener=listen, cancelled=stop, seconds=3600.0)
    try:
        results.extend(run(settings, bench))
    except Cancelled:
        (before,) = heard
        return len(results) - before
    raise AssertionError(f"it wasn't stopped at {said!r}")


class NoModels:
    """For labs that need no model."""

    def get(self, *arguments: object) -> object:
        raise AssertionError("this lab needs no model")

    writable = get


@dataclass
class Slow:
    """A run that yields one Result and then stays silent, looking at the bench every 10 ms, until it is stopped."""

    stopped: list[str] = field(default_factory=list)

    def run(self, settings: Settings, bench: Bench) -> Iterator[Result]:
        yield Result(first=Prose(Text(zh="一", en="one")))
        try:
            while True:
                bench.checkpoint()
                time.sleep(0.01)
        except BaseException as error:
            self.stopped.append(type(error).__name__)
            raise


def card_text(language: Language) -> str:
    """A complete card."""
    bodies = dict.fromkeys(HEADINGS[language], "Something.")
    bodies[HEADINGS[language][4]] = "### Why?\n\nBecause.\n"
    bodies[HEADINGS[language][5]] = "".join(
        f"### {level}\n\n- Says this.\n- Says **that**.\n" for level in LEVELS[language]
    )
    return "# Counting\n\n" + "\n".join(f"## {heading}\n\n{body}\n" for heading, body in bodies.items())


LAB = """
from tests.fakes import make_topic
TOPIC = make_topic(slug={slug!r}, number={number})
"""


def write_topic(package: Path, folder: str, slug: str, number: int) -> None:
    """A topic's folder in a package of topics, which is made if need be."""
    (package / folder).mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / folder / "__init__.py").touch()
    (package / folder / "lab.py").write_text(LAB.format(slug=slug, number=number))
    for language in Language:
        (package / folder / f"{language}.md").write_text(card_text(language), encoding="utf-8")
