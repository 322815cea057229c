"""Strikes words out of the explained text and asks for its value again. Knows no panel."""

from __future__ import annotations

import dataclasses

from playground.explanation.striking import read_struck, strike
from playground.lab.bench import Bench
from playground.topics.explainability.attributions import prepare
from playground.topics.explainability.findings import Findings
from playground.topics.explainability.settings import Settings


def whole(settings: Settings) -> Settings:
    """Returns the settings of the whole text."""
    return dataclasses.replace(settings, struck="")


def without(settings: Settings, found: Findings, bench: Bench) -> Findings:
    """Adds the value without the struck words, beside LIME's prediction of it. Raises PlaygroundError for a unit that isn't there."""
    task = prepare(bench.lm(), settings)
    units = read_struck(settings.struck, task.parts)
    if not units:
        return found
    lime = found.methods["lime"]
    struck = strike(task.parts, units, found.value, task.target.value, lime.intercept, lime.weights)
    return dataclasses.replace(found, struck=struck)
