"""Strikes words out of either text and asks the probe again. Knows no panel's drawing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from playground.explanation.striking import read_struck, strike
from playground.explanation.values import class_target
from playground.lab.bench import Bench
from playground.lab.token_panels import Struck
from playground.learning import sentiment
from playground.topics.sentiment.contributions import units_of
from playground.topics.sentiment.settings import Result, Settings

# What explains the texts' words.
_PANELS = ("lime", "shapley", "occlusion", "attention")


def whole(settings: Settings) -> Settings:
    """Returns the settings of the whole texts."""
    return dataclasses.replace(settings, struck="", struck_b="")


def without(settings: Settings, result: Result, bench: Bench) -> Iterator[Result]:
    """Yields p(positive) of each text without its struck words beside LIME's prediction, in the findings and in every panel of
    the texts' words."""
    found = result.findings
    if found is None:
        return
    lm = bench.lm(settings.weights, settings.text)
    target = class_target(lm, sentiment.load(), "positive")
    struck: list[Struck | None] = []
    for side, written, field in ((found.a, settings.struck, "struck"), (found.b, settings.struck_b, "struck_b")):
        parts = units_of(side.text, settings.unit, lm)
        units = read_struck(written, parts, field)
        whole_value, lime = side.probabilities["probe"], side.lime
        struck.append(strike(parts, units, whole_value, target.value, lime.intercept, lime.weights) if units else None)
    a, b = struck
    findings = dataclasses.replace(
        found, a=dataclasses.replace(found.a, struck=a), b=dataclasses.replace(found.b, struck=b)
    )
    panels = {name: getattr(result, name) for name in _PANELS}
    yield dataclasses.replace(
        Result(findings=findings),
        **{
            name: dataclasses.replace(
                panel, a=dataclasses.replace(panel.a, struck=a), b=dataclasses.replace(panel.b, struck=b)
            )
            for name, panel in panels.items()
            if panel is not None
        },
    )
