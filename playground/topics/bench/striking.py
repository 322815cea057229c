"""Strikes words out of the text and asks both sides again. Knows no panel."""

from __future__ import annotations

from dataclasses import replace

from playground.explanation.striking import read_struck, strike
from playground.lab.bench import Bench
from playground.models.language_model import LanguageModel
from playground.topics.bench.explanations import target_of, units_of
from playground.topics.bench.findings import Findings, Lime
from playground.topics.bench.settings import Settings


def whole(settings: Settings) -> Settings:
    """Returns the settings of the whole text."""
    return replace(settings, struck="")


def without(settings: Settings, found: Findings, bench: Bench) -> Findings:
    """Adds each side's value without the struck words, beside LIME's prediction of it. Raises PlaygroundError for a unit that
    isn't there."""
    a, b = (bench.lm(side.weights, settings.text) for side in (settings.a, settings.b))
    parts = units_of(settings, a)
    units = read_struck(settings.struck, parts)
    if not units:
        return found

    def struck(lm: LanguageModel, lime: Lime) -> Lime:
        value = target_of(settings, lm).value
        return replace(lime, struck=strike(parts, units, lime.value, value, lime.intercept, lime.weights))

    explained = found.explained
    of_a = struck(a, explained.a)
    of_b = replace(explained.b, struck=of_a.struck) if a.module is b.module else struck(b, explained.b)
    return replace(found, explained=replace(explained, a=of_a, b=of_b))
