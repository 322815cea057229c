"""Scores two “systems” on the set of preferences: one that always says the same in other words, one that always gets the meaning wrong.

Shows what a significance test of a metric is worth where the metric itself measures the wrong thing. Knows no model.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import PairedTest

from playground.data.sets import preferences
from playground.evaluation.overlap import overlap, units_of
from playground.lab.text import Language

METRICS = ("bleu", "chrf", "rouge_l", "token_f1")
RESAMPLES = 500


@dataclass(frozen=True)
class Systems:
    """The two systems on the set's sentences, corpus scores from 0 to 100. `better`, `worse`: BLEU of the paraphrases
    and of the wrong sentences; `chrf_better`, `chrf_worse`: chrF. `p_value`, `chrf_p_value`: sacrebleu's paired
    bootstrap of either. `mean_better`, `mean_worse`: means of the sentences' BLEU. `right`: by metric, on how many of
    `count` pairs the paraphrase scores higher.
    """

    better: float
    worse: float
    chrf_better: float
    chrf_worse: float
    p_value: float
    chrf_p_value: float
    mean_better: float
    mean_worse: float
    right: dict[str, int]
    count: int


@functools.cache
def score_systems(language: Language) -> Systems:
    """Scores both systems by characters (Chinese) or words (English); nothing here depends on a visitor's text."""
    pairs = preferences(language)
    unit = "character" if language is Language.ZH else "word"
    references, better, worse = (
        [" ".join(units_of(text, unit)) for text in texts]
        for texts in ([p.reference for p in pairs], [p.better for p in pairs], [p.worse for p in pairs])
    )
    _, tests = PairedTest(
        [("worse", worse), ("better", better)], {"BLEU": BLEU(tokenize="none"), "chrF2": CHRF()},
        [references], test_type="bs", n_samples=RESAMPLES,
    )()  # fmt: skip
    of_worse, of_better = tests["BLEU"]
    scores = [(overlap(p.better, [p.reference], unit), overlap(p.worse, [p.reference], unit)) for p in pairs]
    right = {
        "bleu": sum(x.bleu.score > y.bleu.score for x, y in scores),
        "chrf": sum(x.chrf > y.chrf for x, y in scores),
        "rouge_l": sum(x.rouge_l > y.rouge_l for x, y in scores),
        "token_f1": sum(x.token_f1 > y.token_f1 for x, y in scores),
    }
    return Systems(
        float(of_better.score), float(of_worse.score),
        float(tests["chrF2"][1].score), float(tests["chrF2"][0].score),
        float(of_better.p_value or 0.0), float(tests["chrF2"][1].p_value or 0.0), sum(x.bleu.score for x, _ in scores) / len(scores),
        sum(y.bleu.score for _, y in scores) / len(scores), right, len(pairs),
    )  # fmt: skip
