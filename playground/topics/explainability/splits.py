"""What the features of a text are by each way of splitting it, and what LIME says when it splits at spaces."""

from __future__ import annotations

import re

from playground.explanation.attribution import Weights
from playground.explanation.lime_text import lime
from playground.explanation.removal import Removable, cut, cut_at_spaces
from playground.language.segmentation import segment
from playground.topics.explainability.attributions import Task
from playground.topics.explainability.findings import Features


def split(text: str) -> dict[str, tuple[str, ...]]:
    """The text's features by way of splitting, named as in `Features`."""
    return {
        "spaces": tuple(text.split()),
        # The default of `lime.lime_text.LimeTextExplainer`: Chinese characters are \w, so only punctuation cuts.
        "not_words": tuple(part for part in re.split(r"\W+", text) if part),
        "words": cut(text, "word").names,
        "characters": tuple(part.text for part in segment(text, "character") if part.is_content),
    }


def count(features: dict[str, tuple[str, ...]]) -> Features:
    """How many features each way of splitting gives."""
    return Features(**{way: len(found) for way, found in features.items()})


def lime_at_spaces(task: Task) -> tuple[Removable, Weights]:
    """LIME on the text cut where it has spaces and nowhere else; a text in a script without spaces is one feature."""
    parts = cut_at_spaces(task.settings.text)
    *_, last = lime(parts, task.target.value, samples=32, seed=task.settings.seed)
    return parts, last
