"""Measures on other data than the lab's default what is fixed there: layer and penalties by log-loss, and whether to calibrate the prompt.

    python -m playground.topics.classification.measure

Five-fold cross-validation on the project's topic examples (40 texts, four classes) and on 160 review fragments (two classes), in
Chinese and in English. None of them is in the lab's default lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import log_loss

from playground.data import sets
from playground.data.reviews import reviews
from playground.lab.text import Language
from playground.language.sentence_vectors import AFTER, BEFORE
from playground.models.variants import store
from playground.topics.classification.experiment import joined
from playground.topics.classification.features import Dense, Indices, TfIdf, embeddings
from playground.topics.classification.few_shot import FewShot
from playground.topics.classification.fitting import Numbers, cross_validate, rounds
from playground.topics.classification.pasted_lines import LabelledLines, deal_folds, read_lines

LAYERS = (8, 12, 16)
FOLDS, SHOTS = 5, 5
REVIEWS = 160


def other_data(language: Language) -> dict[str, LabelledLines]:
    """Returns labelled lines by name."""
    topic = [(item.label, item.text) for item in sets.examples(language) if item.task == "topic"]
    if language is Language.ZH:
        opinion = [(("差评", "好评")[item.label], item.text) for item in reviews().validation[:REVIEWS]]
    else:
        opinion = [(item.label, item.text) for item in sets.english_reviews()[:: 480 // REVIEWS]]
    return {
        name: read_lines("\n".join("\t".join(pair) for pair in pairs)) for name, pairs in {"topic": topic, "review": opinion}.items()
    }  # fmt: skip


def scores(
    features: Dense | TfIdf, lines: LabelledLines, folds: Indices, strengths: Sequence[float]
) -> dict[float, tuple[float, float]]:
    """Returns cross-validated accuracy and log-loss (nats) by strength."""
    labels, found = np.array(lines.labels), {}
    for strength in strengths:
        probabilities = cross_validate(features, labels, folds, len(lines.classes), strength, balanced=False)
        right = float((probabilities.argmax(1) == labels).mean())
        found[strength] = round(right, 3), round(float(log_loss(labels, probabilities)), 3)
    return found


def given(vectors: Numbers) -> Dense:
    """Features that are there already."""
    return Dense(vectors, lambda texts: vectors)


def main() -> None:
    lm = store().base()
    for language in Language:
        for name, lines in other_data(language).items():
            labels, folds = np.array(lines.labels), deal_folds(lines, FOLDS, 0)

            print(f"{language} {name}: {len(lines)} lines", flush=True)
            for kind in ("characters", "words"):
                found = TfIdf(lines.texts, kind, language)
                print("  tfidf", kind, scores(found, lines, folds, (1.0, 3.0, 10.0, 30.0, 100.0)), flush=True)
            print(
                "  embedding",
                scores(given(embeddings(lm, lines.texts)), lines, folds, (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)),
                flush=True,
            )
            ids = [lm.encode(f"{BEFORE}{text}{AFTER}") for text in lines.texts]
            for layer in LAYERS:
                at = given(lm.last_hidden(ids, layer).double().numpy())
                print("  state", layer, scores(at, lines, folds, (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)), flush=True)
            asked = FewShot(lm, lines.classes, language)
            guesses = np.zeros((2, len(lines)))
            for fold in range(FOLDS):
                chosen = rounds(labels, np.flatnonzero(folds != fold), SHOTS, (0, fold, 0))
                shown = [[(lines.texts[index], int(labels[index])) for index in one] for one in chosen]
                outside = np.flatnonzero(folds == fold)
                both = asked.classify(asked.read(joined(shown)), [lines.texts[index] for index in outside])
                guesses[:, outside] = [probabilities.argmax(1) for probabilities in both]
            plain, calibrated = (float((one == labels).mean()) for one in guesses)
            print(f"  few-shot: plain {plain:.3f}, calibrated {calibrated:.3f}", flush=True)


if __name__ == "__main__":
    main()
