"""Turns scores of words into class probabilities: raw, normalized by length, and divided by four kinds of prior. Knows no model.

Contextual: Zhao et al. 2021. Domain: Fei et al. 2023. PMI: Holtzman et al. 2021. Batch: Zhou et al. 2023.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from playground.language.segmentation import segment
from playground.topics.zero_shot.templates import Template

Numbers = NDArray[np.float64]
CALIBRATIONS = ("contextual", "domain", "pmi", "batch")
# Inputs without content (Zhao et al. 2021).
CONTENT_FREE = ("N/A", "", "[MASK]")
# Texts of words drawn at random from the texts: they have the domain and say nothing.
DOMAIN_TEXTS = 3


def of_classes(scores: Numbers, owners: Sequence[int]) -> Numbers:
    """Sums the probabilities of each class's words: scores in nats (…, words) to (…, classes)."""
    places = np.asarray(owners)
    return np.stack([logsumexp(scores[..., places == owner], axis=-1) for owner in range(max(owners) + 1)], -1)


def log_normalized(scores: Numbers) -> Numbers:
    """Returns scores (…, classes) minus the logarithm of their sum as probabilities."""
    return np.asarray(scores - logsumexp(scores, axis=-1, keepdims=True))


def priors(content_free: Numbers, domain: Numbers, premise: Numbers, batch: Numbers) -> dict[str, Numbers]:
    """Returns the logarithm of each kind's prior (templates, classes).

    From class scores (templates, texts, classes) of inputs without content, of texts of random words, of the premise alone (templates,
    classes), and of the texts to be classified themselves, whose labels aren't used.
    """
    return {
        "contextual": _mean(content_free),
        "domain": _mean(domain),
        "pmi": log_normalized(premise),
        "batch": _mean(batch),
    }


def _mean(scores: Numbers) -> Numbers:
    """The mean of the texts' probabilities, not of their logarithms, as in the papers."""
    return np.asarray(np.log(np.exp(log_normalized(scores)).mean(1)))


def classify(
    words: Numbers, owners: Sequence[int], lengths: Sequence[int], found: dict[str, Numbers]
) -> dict[str, Numbers]:
    """Returns log class probabilities (templates, texts, classes) by method, from the words' scores (templates, texts, words).

    `found`: the log priors by calibration. A calibrated probability is the raw one over the prior, normalized over the classes.
    """
    raw = log_normalized(of_classes(words, owners))
    scored = {"raw": raw, "length": log_normalized(of_classes(words / np.asarray(lengths), owners))}
    return scored | {name: log_normalized(raw - prior[:, None]) for name, prior in found.items()}


def premise(template: Template) -> Template:
    """The template without text and options: its last line, the domain premise of PMI."""
    *_, last = [line for line in template.after.split("\n") if line.strip()] or [template.after]
    return Template("", last)


def domain_texts(texts: Sequence[str], seed: int, joiner: str) -> tuple[str, ...]:
    """Draws texts of random words of the texts, as long as those on average (Fei et al. 2023); `joiner` is between words."""
    words = [part.text for text in texts for part in segment(text, "word") if part.is_content]
    if not words:
        return tuple(texts[:DOMAIN_TEXTS])
    length = max(1, round(len(words) / len(texts)))
    random = np.random.default_rng([seed, 1])
    return tuple(
        joiner.join(words[place] for place in random.integers(0, len(words), length)) for _ in range(DOMAIN_TEXTS)
    )
