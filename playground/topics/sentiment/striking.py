"""Strikes words out of either text and asks the probe again. Knows no panel."""

from __future__ import annotations

import dataclasses

from playground.explanation.striking import read_struck, strike
from playground.explanation.values import class_target
from playground.lab.bench import Bench
from playground.learning import sentiment
from playground.topics.sentiment.contributions import units_of
from playground.topics.sentiment.findings import Findings, Side
from playground.topics.sentiment.settings import Settings


def whole(settings: Settings) -> Settings:
    """Returns the settings of the whole texts."""
    return dataclasses.replace(settings, struck="", struck_b="")


def without(settings: Settings, found: Findings, bench: Bench) -> Findings:
    """Adds p(positive) of each text without its struck words, beside LIME's prediction of it. Raises PlaygroundError for a unit
    that isn't there."""
    lm = bench.lm(settings.weights, settings.text)
    target = class_target(lm, sentiment.load(), "positive")

    def struck(side: Side, written: str, field: str) -> Side:
        parts = units_of(side.text, settings.unit, lm)
        units, lime = read_struck(written, parts, field), side.lime
        if not units:
            return side
        return dataclasses.replace(
            side, struck=strike(parts, units, side.probabilities["probe"], target.value, lime.intercept, lime.weights)
        )

    return dataclasses.replace(
        found, a=struck(found.a, settings.struck, "struck"), b=struck(found.b, settings.struck_b, "struck_b")
    )
