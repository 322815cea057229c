"""Computes a teacher's soft labels of reviews, for training a student. Knows no student.

The teacher is a sentiment probe that was trained on other reviews than those that it labels here: what a student learns from it
is then no label in disguise. Each text is labelled once and cached in a small file: python -m playground.learning.teacher_labels completes it, and resumes
after an interruption.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from playground.data.english_sentences import english_sentences
from playground.data.reviews import Labelled, reviews
from playground.learning.sentiment import SentimentProbe, read
from playground.models.language_model import LanguageModel
from playground.models.variants import store

FILE = Path(__file__).with_name("teacher_labels.npz")
# The teacher: written by python -m playground.learning.train_sentiment --teacher, on the `TRANSFER` reviews after
# those that its students learn from.
WEIGHTS, REPORT = (Path(__file__).with_name(f"teacher_probe.{kind}") for kind in ("npz", "json"))
# The first reviews of each part. Those missing from the file are labelled once per process.
TRANSFER, VALIDATION, HELD_OUT = 3000, 400, 1000
# Texts between two saves.
_AT_ONCE = 64
Logits = npt.NDArray[np.float32]
_KEPT: dict[str, TeacherLabels] = {}


@dataclass(frozen=True)
class TeacherLabels:
    """Log-odds of positive (texts,) for each part of the reviews and the held-out English sentences, in order."""

    train: Logits
    validation: Logits
    held_out: Logits
    english: Logits


@functools.cache
def teacher() -> SentimentProbe:
    """Returns the probe of the package that has seen no label of `parts()`. Raises PlaygroundError if its files are missing."""
    return read(WEIGHTS, REPORT)


def parts() -> dict[str, tuple[Labelled, ...]]:
    """Returns the texts to label, by part."""
    split = reviews()
    return {
        "train": split.train[:TRANSFER],
        "validation": split.validation[:VALIDATION],
        "held_out": split.held_out[:HELD_OUT],
        "english": english_sentences().held_out,
    }


def log_odds(probe: SentimentProbe, lm: LanguageModel, texts: Sequence[str]) -> Logits:
    """Returns the teacher's ln(p(positive) / p(negative)) of texts."""
    positive = np.clip(probe.probabilities(lm, texts)[:, 1], 1e-7, 1 - 1e-7)
    logits: Logits = np.log(positive / (1 - positive)).astype(np.float32)
    return logits


def origin(probe: SentimentProbe) -> str:
    """Hashes everything that the labels depend on: the texts, the probe's weights and its model."""
    digest = hashlib.sha256(probe.weight.numpy().tobytes() + str(probe.model["fingerprint"]).encode())
    split = reviews()
    # Whole parts, so that labels remain valid if more texts are labelled.
    for items in (split.train, split.validation, split.held_out, english_sentences().held_out):
        digest.update("\n".join(item.text for item in items).encode())
    return digest.hexdigest()[:16]


def teacher_labels(
    probe: SentimentProbe, lm: LanguageModel, tell: Callable[[int, int], None] = lambda done, total: None
) -> TeacherLabels:
    """Returns the labels of `parts()`: from the file if valid, the others computed now, once per process.

    A file of other texts, another probe or another model is ignored. `tell(done, total)`: progress of computed labels.
    """
    made_of = origin(probe)
    if made_of not in _KEPT:
        kept, texts = _read(FILE, made_of) or {}, parts()
        labels = {name: list(kept.get(name, ())[: len(items)]) for name, items in texts.items()}
        total = sum(len(items) - len(labels[name]) for name, items in texts.items())
        done = 0
        for name, items in texts.items():
            while len(labels[name]) < len(items):
                tell(done, total)
                now = [item.text for item in items[len(labels[name]) : len(labels[name]) + _AT_ONCE]]
                labels[name] += log_odds(probe, lm, now).tolist()
                done += len(now)
        _KEPT[made_of] = TeacherLabels(**{name: np.array(values, np.float32) for name, values in labels.items()})
    return _KEPT[made_of]


def write(probe: SentimentProbe, lm: LanguageModel, file: Path = FILE) -> None:
    """Computes every label and writes the file. Half precision: 0.004 at a log-odds of 8.

    Intermediate results are saved in another file, so that an interrupted run resumes.
    """
    partial = file.with_name(f".{file.name}")
    done = (
        _read(partial, origin(probe))
        or _read(file, origin(probe))
        or {name: np.empty(0, np.float16) for name in parts()}
    )
    for name, items in sorted(parts().items(), key=lambda part: len(part[1])):
        while len(done[name]) < len(items):
            texts = [item.text for item in items[len(done[name]) : len(done[name]) + _AT_ONCE]]
            done[name] = np.concatenate([done[name], log_odds(probe, lm, texts).astype(np.float16)])
            _save(partial, done, origin(probe))
    partial.replace(file)


def _save(file: Path, labels: dict[str, npt.NDArray[np.float16]], made_of: str) -> None:
    arrays: dict[str, Any] = {**labels, "origin": np.array(made_of)}
    temporary = file.with_name(f"{file.name}.new")
    with temporary.open("wb") as opened:
        np.savez_compressed(opened, **arrays)
    temporary.replace(file)


def _read(file: Path, made_of: str) -> dict[str, npt.NDArray[np.float16]] | None:
    """Reads the labels of a file; returns None if it is missing or of another origin."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in parts()} if str(arrays["origin"]) == made_of else None
    except OSError:
        return None


if __name__ == "__main__":
    write(teacher(), store().base())
