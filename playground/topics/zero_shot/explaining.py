"""What decides the label of the visitor's text, by LIME over its words. Knows nothing of accuracies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from playground.explanation.attribution import attribution_panel
from playground.explanation.lime_text import lime
from playground.explanation.removal import Removable, cut, merge
from playground.explanation.values import ValueFunction
from playground.lab.text import Language, Text
from playground.lab.token_panels import Attribution
from playground.language.scripts import main_language
from playground.topics.zero_shot.calibration import log_normalized, of_classes
from playground.topics.zero_shot.findings import Explained
from playground.topics.zero_shot.label_scores import LabelScorer
from playground.topics.zero_shot.settings import NAMES, Settings
from playground.topics.zero_shot.templates import Template, own_template
from playground.topics.zero_shot.verbalizer import Texts, Verbalizer, read_labels, read_texts

Numbers = NDArray[np.float64]
MOST_UNITS = 16
# Read for LIME: of a long text fewer samples, as many as its words need at least.
MOST_LIME_TOKENS = 2500


def read(settings: Settings) -> tuple[Verbalizer, Texts, Language, Template]:
    """Reads the labels, the texts that are scored, the language of the templates and the visitor's template."""
    labels = read_labels(settings.labels)
    chosen = sample(read_texts(settings.texts, labels.names), settings.asked, settings.seed)
    language = main_language(" ".join([settings.text, *chosen.texts]))
    return labels, chosen, language, own_template(settings.template, labels, language)


def sample(texts: Texts, count: int, seed: int) -> Texts:
    """Draws up to so many texts, from each class in turn; in the order in which they were typed."""
    random = np.random.default_rng([seed, 0])
    classes = np.array(texts.classes)
    own = [random.permutation(np.flatnonzero(classes == name)) for name in np.unique(classes)]
    turns = [int(places[turn]) for turn in range(max(map(len, own))) for places in own if turn < len(places)]
    kept = sorted(turns[:count])
    return replace(
        texts,
        texts=tuple(texts.texts[place] for place in kept),
        classes=tuple(texts.classes[place] for place in kept),
    )


def units_of(text: str) -> Removable:
    """Returns the text's words; neighbours are merged in a long text."""
    return merge(cut(text, "word"), MOST_UNITS)


def probability(
    scorer: LabelScorer, labels: Verbalizer, own: Template, shift: Sequence[float] | Numbers | None, name: str
) -> ValueFunction:
    """Returns the probability of class `name` in a template, less a log prior (classes,) if there is one, as a function of texts."""
    place = labels.names.index(name)

    def value(texts: Sequence[str]) -> Numbers:
        logs = of_classes(scorer.score(texts, [own])[0], labels.owners)
        return np.exp(log_normalized(logs if shift is None else logs - np.asarray(shift)))[:, place]

    return value


def explain(
    settings: Settings, scorer: LabelScorer, labels: Verbalizer, own: Template, shift: Numbers | None, name: str
) -> tuple[Explained, Attribution]:
    """Explains the probability of a class in the visitor's template by LIME over words; see `probability`."""
    parts = units_of(settings.text)
    fitting = MOST_LIME_TOKENS // scorer.cost([settings.text], [own])
    samples = max(min(settings.samples, fitting), 2 * len(parts) + 2)
    *_, weights = lime(parts, probability(scorer, labels, own, shift, name), samples=samples, seed=settings.seed)
    target = Text(zh="判为“{name}”的概率（{method}）", en="probability of “{name}” ({method})").format(
        name=name, method=NAMES[settings.method]
    )
    explained = Explained(
        name=name,
        value=weights.value,
        weights=tuple(float(weight) for weight in weights.weights),
        intercept=weights.intercept,
        shift=None if shift is None else tuple(float(part) for part in shift),
    )
    return explained, attribution_panel("LIME", target, parts, weights, strikes="struck")
