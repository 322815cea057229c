"""Strikes words out of the explained text and asks for its value again. Knows no panel's drawing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from playground.explanation.striking import read_struck, strike
from playground.lab.bench import Bench
from playground.topics.explainability.attributions import NAMES, prepare
from playground.topics.explainability.settings import Result, Settings


def whole(settings: Settings) -> Settings:
    """Returns the settings of the whole text."""
    return dataclasses.replace(settings, struck="")


def without(settings: Settings, result: Result, bench: Bench) -> Iterator[Result]:
    """Yields the value without the struck words beside LIME's prediction, in the findings and in every panel of the text's words."""
    task = prepare(bench.lm(), settings)
    units = read_struck(settings.struck, task.parts)
    if not units or result.findings is None:
        return
    lime = result.findings.methods["lime"]
    struck = strike(task.parts, units, result.findings.value, task.target.value, lime.intercept, lime.weights)
    panels = {name: getattr(result, name) for name in (*NAMES, "attention")}
    yield dataclasses.replace(
        Result(findings=dataclasses.replace(result.findings, struck=struck)),
        **{name: dataclasses.replace(panel, struck=struck) for name, panel in panels.items() if panel is not None},
    )
