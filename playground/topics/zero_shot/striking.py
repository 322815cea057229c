"""Strikes words out of the visitor's text and asks for the label's probability again. Knows no panel."""

from __future__ import annotations

from dataclasses import replace

from playground.explanation.striking import read_struck, strike
from playground.lab.bench import Bench
from playground.topics.zero_shot.explaining import probability, read, units_of
from playground.topics.zero_shot.findings import Findings
from playground.topics.zero_shot.label_scores import LabelScorer
from playground.topics.zero_shot.settings import Settings


def whole(settings: Settings) -> Settings:
    """Returns the settings of the whole text."""
    return replace(settings, struck="")


def without(settings: Settings, found: Findings, bench: Bench) -> Findings:
    """Adds the explained label's probability without the struck words, with the same prior taken off, beside LIME's prediction of
    it. Raises PlaygroundError for a unit that isn't there."""
    parts = units_of(settings.text)
    units, explained = read_struck(settings.struck, parts), found.explained
    if not units or explained is None:
        return found
    labels, _, language, own = read(settings)
    scorer = LabelScorer(bench.lm(), labels.all_words, language, bench.checkpoint)
    value = probability(scorer, labels, own, explained.shift, explained.name)
    struck = strike(parts, units, explained.value, value, explained.intercept, explained.weights)
    return replace(found, explained=replace(explained, struck=struck))
