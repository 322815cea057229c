"""The real page around small honest topics that need no model; started by the browser tests as a process of its own."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components import page
from components.loading import LOADING
from playground import catalog
from playground.catalog import Entry
from playground.estimates import Estimates
from playground.lab.bench import Bench
from playground.lab.controls import ShownWhen, choice, group, number, switch, text_box
from playground.lab.cost import Work
from playground.lab.panels import (
    Bars,
    Line,
    Lines,
    Mark,
    Metric,
    Metrics,
    Placing,
    Prose,
    Series,
    SideBySide,
    Table,
    panel,
    undrawn,
)
from playground.lab.text import Language, Text
from playground.lab.topic import AnyTopic, Example, Failure, FollowUp, Group, Outcome, Prediction, Topic
from playground.lab.variant import Variant
from playground.results import ResultStore
from tests.fakes import NoModels, card_text


@dataclass(frozen=True)
class Settings:
    """One control of each kind."""

    text: str = text_box(Text(zh="文本", en="Text"), default=Text(zh="今天天气很好", en="Fine weather"), max_chars=60)
    labels: str = text_box(Text(zh="标签", en="Labels"), default="", optional=True, lines=1, max_chars=40)
    a: Variant = group(Text(zh="A", en="A"), Variant, role="a")
    b: Variant = group(Text(zh="B", en="B"), Variant, role="b", quantization="int8")
    method: str = choice(Text(zh="方法", en="Method"), {"plain": Text(zh="直接", en="plain"), "other": Text(zh="别的", en="other")},
                         default="plain", compact=False, advanced=True)  # fmt: skip
    times: int = number(Text(zh="次数", en="Times"), default=2, low=1, high=9, advanced=True)
    chosen: str = text_box(Text(zh="所选", en="Chosen"), default="", optional=True, max_chars=40, from_panel=True)
    seed: int = number(Text(zh="种子", en="Seed"), default=0, low=0, high=2**31 - 1, advanced=True)
    loud: bool = switch(Text(zh="大写", en="Loud"), default=False, advanced=True)
    volume: float = number(Text(zh="音量", en="Volume"), default=0.5, low=0.0, high=1.0, advanced=True,
                           shown_when=ShownWhen("loud", (True,)))  # fmt: skip


@dataclass(frozen=True)
class Findings:
    """`count`: characters of the text; None where nothing was counted."""

    count: int | None = None


@dataclass(frozen=True)
class Result:
    """A panel of each way of drawing: native, side by side, plotly."""

    findings: Findings | None = undrawn()
    words: Prose | None = panel(Text(zh="原文", en="Words"), hint=Text(zh="一字不改", en="as they came"))
    counts: SideBySide[Metrics] | None = panel(Text(zh="计数", en="Counts"))
    bars: Bars | None = panel(Text(zh="条形", en="Bars"), half=True)
    folded: Prose | None = panel(Text(zh="折叠", en="Folded"), hint=Text(zh="先藏着", en="hidden at first"))
    chart: Bars | None = panel(Text(zh="折叠的图", en="Folded chart"), hint=Text(zh="打开才画", en="drawn once open"))
    rows: Table | None = panel(Text(zh="表", en="Rows"), hint=Text(zh="每个字几次", en="how often each"))
    curve: Lines | None = panel(Text(zh="曲线", en="Curve"), hint=Text(zh="数到第几个字", en="counted so far"))


def count(text: str, times: int) -> float:
    """Characters, so many times."""
    return float(len(text) * times)


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Counts characters."""
    shown = settings.text.upper() if settings.loud else settings.text
    yield Result(
        words=Prose(
            Text(zh=f"{shown} {settings.labels} {settings.chosen}", en=f"{shown} {settings.labels} {settings.chosen}")
        )
    )
    bench.progress(0.5, Text(zh="数了 1 步，共 2 步", en="1 of 2 steps"))
    counts = [count(settings.text, times) for times in (1, settings.times)]
    characters = tuple(dict.fromkeys(settings.text[:8]))
    often = tuple(count(character * settings.text.count(character), settings.times) for character in characters)
    so_far = tuple(count(settings.text[:length], settings.times) for length in range(1, len(settings.text) + 1))
    yield Result(
        findings=Findings(len(settings.text)),
        counts=SideBySide(*(Metrics((Metric("n", n, digits=0),)) for n in counts), a_label="× 1", b_label=f"× {settings.times}"),
        bars=Bars(characters, (Series("n", often),)),
        folded=Prose(Text(zh="藏着", en="hidden")),
        chart=Bars(characters, (Series("n", often),)),
        rows=Table((Text(zh="字", en="character"), "n"), tuple(zip(characters, often, strict=True))),
        curve=Lines(
            (Line("n", tuple(map(float, range(1, len(so_far) + 1))), so_far),), Text(zh="第几个", en="characters"),
            marks=_placed(settings.text), placing=Placing("text", (2.0, 60.0), (0.0, 1000.0), 3),
        ),
    )  # fmt: skip


def _placed(text: str) -> tuple[Mark, ...]:
    """The lines of the text that are points."""
    found = [re.fullmatch(r"([\d.]+) ([\d.]+)", line) for line in text.splitlines()]
    return tuple(Mark(float(one[1]), float(one[2]), "") for one in found if one)


def run_slowly(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Goes on for half a minute unless it is stopped."""
    yield Result(words=Prose(Text(zh=settings.text + settings.chosen, en=settings.text + settings.chosen)))
    if settings.chosen:
        yield Result(findings=Findings())
        return
    for step in range(3000):
        bench.progress(step / 3000, Text(zh=f"第 {step // 100} 步，共 30 步", en=f"{step // 100} of 30 steps"))
        time.sleep(0.01)
    yield Result(findings=Findings(), words=Prose(Text(zh="走完了", en="went to the end")))


def run_badly(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Has a bug."""
    yield Result(words=Prose(Text(zh=settings.text, en=settings.text)))
    raise ZeroDivisionError("secret detail")


def _outcome(settings: Settings, found: Findings) -> Outcome | None:
    if found.count is None:
        return None
    return Outcome("short" if found.count < 10 else "long", _verdict(settings, found))


def _verdict(settings: Settings, found: Findings) -> Text:
    return Text(zh=f"共 {found.count} 个字", en=f"{found.count} characters")


def _followups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    return (
        FollowUp(
            Text(zh=f"为什么是“{settings.text}”？", en=f"Why “{settings.text}”?"), Text(zh="因为。", en="Because.")
        ),
    )


def cost(settings: Settings) -> Work:
    """Counts characters; the most of both controls together is too long."""
    return Work(seconds=0.15 * len(settings.text) * settings.times)


FAILURES = (
    Failure(
        Text(zh="太多次", en="Too often"),
        {"times": 9},
        Text(zh="B 是 A 的九倍", en="B is nine times A"),
        lambda settings, found: settings.times == 9,
    ),
    Failure(
        Text(zh="太长", en="Too long"),
        {"times": 8},
        Text(zh="超过 60 个字", en="more than 60 characters"),
        lambda settings, found: (found.count or 0) > 60,
    ),
)
BY_DEFAULT = Failure(Text(zh="总是", en="Always"), {}, Text(zh="有字", en="characters"), lambda *run: True)


def make(
    number: int, slug: str, group: Group, run: object, title: Text, failures: tuple[Failure[Any, Any], ...] = FAILURES
) -> AnyTopic:
    """A topic around one of the labs above."""
    return Topic(
        number=number, slug=slug, title=title, group=group, settings=Settings, result=Result, run=run,  # type: ignore[arg-type]
        prediction=Prediction(Text(zh="有多长？", en="How long?"), _outcome, options=(
            ("short", Text(zh="不到 10 个字", en="under 10")), ("long", Text(zh="10 个字以上", en="10 or more")))),
        failures=failures,
        examples=(Example(Text(zh="你好", en="Hello"), {"text": Text(zh="你好", en="hello")}),),
        cost=cost, verdict=_verdict, followups=_followups, code=(count,), leads=("words", "counts", "bars"),
        verdict_panels=("counts", "folded"),
    )  # fmt: skip


# With a term.
QUESTION = Text(zh="一段文字有几个词元？", en="How many tokens has a text?")

TOPICS = (
    make(0, "bench", Group.BENCH, run, Text(zh="工作台", en="Bench"), (BY_DEFAULT,)),
    make(1, "counting", Group.LANGUAGE, run, Text(zh="计数", en="Counting")),
    make(2, "slow", Group.LANGUAGE, run_slowly, Text(zh="缓慢", en="Slow")),
    make(3, "broken", Group.LANGUAGE, run_badly, Text(zh="坏的", en="Broken")),
)


def serve(topics: Sequence[AnyTopic]) -> None:
    """Serves the page around some topics."""
    folder = Path(tempfile.mkdtemp())
    for language in Language:
        card = card_text(language).replace("Something.", QUESTION.in_(language), 1)
        (folder / f"{language}.md").write_text(card, encoding="utf-8")
    entries = tuple(Entry(topic, folder) for topic in topics)
    catalog._entries = lambda: entries  # type: ignore[assignment]
    # In memory alone: a process that starts has seen nothing.
    catalog.result_store = lambda: ResultStore(None, 0)
    catalog.identity = dict
    catalog.estimates = Estimates
    catalog.load_models = lambda progress: NoModels()  # type: ignore[assignment, return-value]
    LOADING._warm = lambda progress: None
    LOADING.start()
    page.launch(page.build())


if __name__ == "__main__":
    serve(TOPICS)
