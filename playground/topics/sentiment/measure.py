"""Measures every method on texts that it was and wasn't fitted to, and writes accuracies.json: python -m playground.topics.sentiment.measure

Held out, Chinese: the held-out reviews; English: the project's own held-out sentences. Seen: the training reviews. Base weights.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from playground.data.english_sentences import english_sentences
from playground.data.reviews import Labelled, reviews
from playground.evaluation.calibration import brier, expected_calibration_error, reliability
from playground.learning import sentiment
from playground.learning.sentiment import fingerprint
from playground.models.variants import store
from playground.statistics.intervals import wilson
from playground.topics.sentiment import bayes
from playground.topics.sentiment.methods import METHODS, Numbers, answered, by_method, right
from playground.topics.sentiment.record import FILE, Share

# 120 English sentences fill fewer bins than 1,000 Chinese reviews.
BINS = {"zh": 10, "en": 5}


def share(values: Numbers, items: Sequence[Labelled]) -> Share:
    """Scores a method where it has an answer."""
    known = answered(values)
    count, hits = int(known.sum()), int(right(values, [item.label for item in items])[known].sum())
    low, high = wilson(hits, count)
    return Share(hits / count, low, high, len(items), count)


def calibration(values: Numbers, items: Sequence[Labelled], bins: int) -> dict[str, Any]:
    """Compares p(positive) with how often the label is positive."""
    positive = [item.label == 1 for item in items]
    return {
        "bins": [asdict(one) for one in reliability(values.tolist(), positive, bins)],
        "error": expected_calibration_error(values.tolist(), positive, bins),
        "brier": brier(values.tolist(), positive),
    }


def main() -> None:
    lm = store().base()
    methods: dict[str, dict[str, Any]] = {name: {} for name in METHODS}
    calibrations: dict[str, Any] = {}
    for language, items in (("zh", reviews().held_out), ("en", english_sentences().held_out)):
        for name, values in by_method(lm, [item.text for item in items]):
            methods[name][language] = asdict(share(values, items))
            if name == "probe":
                calibrations[language] = calibration(values, items, BINS[language])
            print(language, name, methods[name][language], flush=True)
    train = reviews().train
    texts = [item.text for item in train]
    read_before = {
        "probe": np.asarray(sentiment.load().probabilities(lm, texts)[:, 1]),
        "bayes": bayes.bayes(texts),
        "snownlp": bayes.bundled(texts),
    }
    seen = {name: asdict(share(values, train)) for name, values in read_before.items()}
    print(seen, flush=True)
    data = {
        "model": lm.name,
        "fingerprint": fingerprint(lm),
        "methods": methods,
        "seen": seen,
        "reliability": calibrations,
    }
    FILE.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
