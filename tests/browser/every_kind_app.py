"""The real page around one topic whose result has a panel of every kind; started by the browser tests as a process of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playground.lab.bench import Bench
from playground.lab.controls import number
from playground.lab.cost import Work
from playground.lab.panels import Metric, Metrics, Panel, panel, undrawn
from playground.lab.text import Text
from playground.lab.topic import AnyTopic, Example, Group, Outcome, Prediction, Topic
from tests.browser.fake_app import serve
from tests.components.panels.examples import every_kind
from tests.components.panels.gallery import hint_of

SLUG = "every-kind"
PANELS: dict[str, Panel] = {name.replace("+", "_pair"): panel for name, panel in every_kind().items()}
# What leads is drawn at once; the rest once it is unfolded.
LEADS = ("metrics", "attention_pair", "heatmap_pair", "lines")


@dataclass(frozen=True)
class Settings:
    """What the perplexities of the figures are multiplied by."""

    times: int = number(Text(zh="倍数", en="Times"), default=1, low=1, high=9)


@dataclass(frozen=True)
class Findings:
    """`times`: as it was set."""

    times: int


def _title(name: str) -> Any:
    return panel(Text(zh=f"面板 {name}", en=f"Panel {name}"), hint=Text(zh="怎样读它", en="how to read it"))


Result: Any = dataclasses.make_dataclass(
    "Result",
    [
        ("findings", Findings | None, undrawn()),
        *((name, hint_of(one) | None, _title(name)) for name, one in PANELS.items()),  # type: ignore[operator]
    ],
    frozen=True,
)


def run(settings: Settings, bench: Bench) -> Iterator[Any]:
    """Computes nothing."""
    metrics = PANELS["metrics"]
    assert isinstance(metrics, Metrics)
    first, *others = metrics.items
    assert isinstance(first.a, float) and isinstance(first.b, float)
    perplexity: Metric = dataclasses.replace(first, a=first.a * settings.times, b=first.b * settings.times)
    yield Result(
        findings=Findings(settings.times),
        **PANELS | {"metrics": dataclasses.replace(metrics, items=(perplexity, *others))},
    )


def _verdict(settings: Settings, found: Findings) -> Text:
    return Text(zh="{n} 倍", en="{n:|time|times}").format(n=found.times)


TOPIC: AnyTopic = Topic(
    number=0, slug=SLUG, title=Text(zh="各种面板", en="Every kind"), group=Group.LANGUAGE, settings=Settings, result=Result, run=run,
    prediction=Prediction(Text(zh="几倍？", en="How many times?"), lambda settings, found: Outcome(float(found.times), _verdict(settings, found))),
    failures=(), examples=(Example(Text(zh="三倍", en="Three times"), {"times": 3}),), cost=lambda settings: Work(seconds=0.01),
    verdict=_verdict, followups=lambda settings, found: (), code=(run,), leads=LEADS, text_field="",
)  # fmt: skip

if __name__ == "__main__":
    serve((TOPIC,))
