"""Scores the methods on labelled sentences: live on the project's own, read from files where that would take minutes.

Knows no visitor's text.
"""

from __future__ import annotations

import functools
import json
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from playground.data.sets import entities
from playground.data.spans import KINDS, Labelled, Span
from playground.lab.text import Language
from playground.language.span_scores import ERRORS, SCHEMES, Score, errors, score
from playground.learning.entities import EntityProbe, load, spans_of, units
from playground.models.language_model import LanguageModel
from playground.topics.entities.tagged import tagged_spans

MEASURED = Path(__file__).with_name("scores.json")
PROBE_METHODS = ("viterbi", "argmax")
METHODS = (*PROBE_METHODS, "jieba", "copied", "free")

# By scheme, then by kind of entity; "all" for all kinds together.
Scores = dict[str, dict[str, Score]]


@dataclass(frozen=True)
class ErrorCount:
    """One kind of error that a method makes on the 64 sentences: `count`, how often, and the first of them.

    `example`: the sentence; `gold`, `predicted`: the two entities with their kinds, "" where there is none. All ""
    without an error.
    """

    count: int
    example: str
    gold: str
    predicted: str


def scores_of(
    items: Sequence[Labelled], found: Sequence[Sequence[Span]], checkpoint: Callable[[], None] = lambda: None
) -> Scores:
    """Scores predictions by every scheme and kind. `checkpoint`: called before each, which resamples the sentences."""
    gold = [item.spans for item in items]

    def one(scheme: str, kind: str) -> Score:
        checkpoint()
        return score(gold, found, scheme, kind)

    return {scheme: {kind or "all": one(scheme, kind) for kind in ("", *KINDS)} for scheme in SCHEMES}


def probed(
    probe: EntityProbe, log_probabilities: Sequence[npt.NDArray[np.float64]], texts: Sequence[str], weight: float
) -> dict[str, list[list[Span]]]:
    """Returns the spans of every text by Viterbi and by the likeliest tag of every unit alone."""
    parts = [units(text) for text in texts]
    decoded = {
        "viterbi": [probe.path(one, weight) for one in log_probabilities],
        "argmax": [[int(tag) for tag in one.argmax(1)] if len(one) else [] for one in log_probabilities],
    }
    return {
        name: [spans_of(path, part) for path, part in zip(paths, parts, strict=True)] for name, paths in decoded.items()
    }  # fmt: skip


# Keyed by the weights: an entry goes when the model does. Nothing in it depends on a visitor's text.
_read: weakref.WeakKeyDictionary[nn.Module, dict[Language, list[npt.NDArray[np.float64]]]] = weakref.WeakKeyDictionary()


def own_spans(lm: LanguageModel, language: Language, weight: float) -> dict[str, list[list[Span]]]:
    """Returns the spans that the probe and jieba find in the project's sentences of a language; the model reads them once."""
    texts = [item.text for item in entities(language)]
    known = _read.setdefault(lm.module, {})
    if language not in known:
        known[language] = load().log_probabilities(lm, texts)
    return {**probed(load(), known[language], texts, weight), "jieba": _by_jieba(language)}


@functools.cache
def _by_jieba(language: Language) -> list[list[Span]]:
    return [tagged_spans(item.text) for item in entities(language)]


def count_errors(items: Sequence[Labelled], found: Sequence[Sequence[Span]]) -> dict[str, ErrorCount]:
    """Counts every kind of error, with the first example of each."""
    counted: Counter[str] = Counter()
    examples: dict[str, tuple[str, str, str]] = {}
    for item, own in zip(items, found, strict=True):
        for one in errors(item.spans, own):
            counted[one.error] += 1
            gold, predicted = (
                f"{item.text[span.start : span.end]} ({span.kind})" if span else ""
                for span in (one.gold, one.predicted)
            )
            examples.setdefault(one.error, (item.text, gold, predicted))
    return {name: ErrorCount(counted[name], *examples.get(name, ("", "", ""))) for name in ERRORS}


# ---- what was measured beforehand


@functools.cache
def measured() -> dict[str, dict[str, Scores]]:
    """Returns the scores of `scores.json` by set ("peoples_daily", "zh", "en") and method."""
    data = json.loads(MEASURED.read_text(encoding="utf-8"))["sets"]
    return {name: {method: read_scores(scores) for method, scores in methods.items()} for name, methods in data.items()}


def read_scores(data: dict[str, dict[str, dict[str, Any]]]) -> Scores:
    """Reads scores back from JSON."""
    return {scheme: {kind: Score(**one) for kind, one in kinds.items()} for scheme, kinds in data.items()}


def written_scores(scores: Scores) -> dict[str, dict[str, dict[str, Any]]]:
    """Writes scores for JSON."""
    return {scheme: {kind: asdict(one) for kind, one in kinds.items()} for scheme, kinds in scores.items()}


def held_out() -> dict[str, Scores]:
    """Returns every method's scores on held-out sentences of the People's Daily."""
    report = load().report["held_out"]
    return {
        **{name: read_scores(report[name]["scores"]) for name in PROBE_METHODS},
        **measured().get("peoples_daily", {}),
    }
