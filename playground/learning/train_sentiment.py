"""Trains the sentiment probe and writes its weights and its report: python -m playground.learning.train_sentiment

Learns from Chinese reviews and, counting as much together, the project's English ones. Template and layer are selected on the
validation reviews and on English of a domain that wasn't learnt from: the lowest layer within one standard error of the best,
for speed. So is the penalty. Held-out texts are used only for evaluation. Deterministic.

With --teacher: the teacher of `teacher_labels` instead, from Chinese reviews alone and without those that its students learn from.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from playground.data.english_sentences import english_sentences
from playground.data.reviews import NEGATIVE, POSITIVE, Labelled, reviews
from playground.data.sets import english_reviews
from playground.learning import teacher_labels
from playground.learning.sentiment import CLASSES, REPORT, WEIGHTS, Frame, SentimentProbe, fingerprint
from playground.models.language_model import LanguageModel, by_length
from playground.models.variants import store
from playground.statistics.intervals import wilson

FRAMES = {
    "one word": Frame('This sentence: "', '" means in one word: "'),
    "review": Frame("Review: ", "\nSentiment:"),
    "feeling": Frame('"', '" In one word, the feeling of this sentence is "'),
    "评论": Frame("评论：“", "”这条评论是正面的还是负面的？这条评论是"),
}
# Fractions of the model's depth: 6, 8, 10, 12, 14 and 16 of 18 layers.
DEPTHS = (1 / 3, 4 / 9, 5 / 9, 2 / 3, 7 / 9, 8 / 9)
COMPARED_ON = 1500
# Inverse strengths of the L2 penalty (scikit-learn's C) on standardized states.
STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03)
UNDECIDED = (0.35, 0.65)

States = npt.NDArray[np.float32]


def labels(items: Sequence[Labelled]) -> npt.NDArray[np.int64]:
    return np.array([item.label for item in items])


def states_at(lm: LanguageModel, frame: Frame, items: Sequence[Labelled], layers: Sequence[int]) -> dict[int, States]:
    """Returns states (items, hidden) of the prompted texts after several layers, from one forward pass each."""
    sequences = [frame.ids(lm, item.text)[0] for item in items]
    states = {layer: np.empty((len(items), lm.hidden_size), np.float32) for layer in layers}
    for batch in by_length(sequences):
        last = torch.tensor([len(sequences[index]) - 1 for index in batch])
        ids = torch.zeros(len(batch), int(last.max()) + 1, dtype=torch.long)
        for row, index in enumerate(batch):
            ids[row, : len(sequences[index])] = torch.tensor(sequences[index])
        lm.on_forward(ids.numel())
        with torch.inference_mode():
            out = lm.module.base_model(input_ids=ids.to(lm.device), use_cache=False, output_hidden_states=True)
        for layer in layers:
            states[layer][batch] = out.hidden_states[layer][torch.arange(len(batch)), last].float().cpu().numpy()
    return states


def fit(
    states: States,
    classes: npt.NDArray[np.int64],
    strength: float,
    times: npt.NDArray[np.float64] | None = None,
) -> tuple[npt.NDArray[np.float64], float]:
    """Fits logistic regression on standardized states, each counting `times` (1 if None); returns weight (hidden,) and bias in
    the original scale."""
    scaler = StandardScaler().fit(states, sample_weight=times)
    model = LogisticRegression(C=strength, max_iter=1000).fit(scaler.transform(states), classes, sample_weight=times)
    weight = model.coef_[0] / scaler.scale_
    return weight, float(model.intercept_[0] - weight @ scaler.mean_)


@dataclass(frozen=True)
class English:
    """The English reviews that are learnt from, with their states (reviews, hidden)."""

    items: tuple[Labelled, ...]
    domains: npt.NDArray[np.str_]
    states: States


def english_items() -> tuple[Labelled, ...]:
    """Returns the project's English reviews as they are learnt from."""
    return tuple(Labelled(item.text, POSITIVE if item.label == "positive" else NEGATIVE) for item in english_reviews())


def fit_both(
    states: States, classes: npt.NDArray[np.int64], english: English, strength: float, without: str | None = None
) -> tuple[npt.NDArray[np.float64], float]:
    """Fits Chinese and English together, each language counting as much as the other: English is twenty times as scarce.

    `without`: a domain of the English reviews that isn't learnt from.
    """
    kept = english.domains != without
    times = np.concatenate([np.ones(len(states)), np.full(int(kept.sum()), len(states) / int(kept.sum()))])
    both = np.concatenate([states, english.states[kept]]), np.concatenate([classes, labels(english.items)[kept]])
    return fit(*both, strength, times)


def in_unseen_domains(
    states: States, classes: npt.NDArray[np.int64], english: English, strength: float
) -> npt.NDArray[np.bool_]:
    """Returns for each English review whether it is judged rightly by what was learnt without its domain."""
    right = np.zeros(len(english.items), bool)
    for domain in np.unique(english.domains):
        weight, bias = fit_both(states, classes, english, strength, without=domain)
        here = english.domains == domain
        right[here] = (english.states[here] @ weight + bias > 0) == labels(english.items)[here]
    return right


def accuracy(weight: npt.NDArray[Any], bias: float, states: States, classes: npt.NDArray[np.int64]) -> float:
    return float(((states @ weight + bias > 0) == classes).mean())


def compare(lm: LanguageModel, frames: Mapping[str, Frame] = MappingProxyType(FRAMES)) -> list[dict[str, Any]]:
    """Fits every template at every depth on part of the training reviews; returns them best first.

    Ranked by accuracy on the validation reviews and on the English ones, each judged without its domain, together.
    """
    train, validation, english = reviews().train[:COMPARED_ON], reviews().validation, english_items()
    domains = np.array([item.domain for item in english_reviews()])
    layers = sorted({max(1, round(depth * lm.layers)) for depth in DEPTHS})
    rows = []
    for name, frame in frames.items():
        items = [*train, *validation, *english]
        for layer, states in states_at(lm, frame, items, layers).items():
            parts = np.split(states, [len(train), len(train) + len(validation)])
            known = English(english, domains, parts[2])
            chinese = accuracy(*fit_both(parts[0], labels(train), known, 0.003), parts[1], labels(validation))
            foreign = float(in_unseen_domains(parts[0], labels(train), known, 0.003).mean())
            pooled = (chinese * len(validation) + foreign * len(english)) / (len(validation) + len(english))
            found = {"chinese": chinese, "english": foreign, "pooled": pooled}
            rows.append({"frame": name, "layer": layer, **{part: round(value, 4) for part, value in found.items()}})
        print(f"compared: {name}", flush=True)
    return sorted(rows, key=lambda row: -row["pooled"])


def choose(comparison: list[dict[str, Any]]) -> dict[str, Any]:
    """Selects the lowest layer within one standard error of the best, and the best template there."""
    best, count = comparison[0]["pooled"], len(reviews().validation) + len(english_reviews())
    near = [row for row in comparison if row["pooled"] >= best - math.sqrt(best * (1 - best) / count)]
    return min(near, key=lambda row: (row["layer"], -row["pooled"]))


def train(
    lm: LanguageModel,
    comparison: list[dict[str, Any]],
    most: int | None = None,
    skipped: int = 0,
    *,
    with_english: bool = True,
) -> SentimentProbe:
    """Trains a probe with the selected template and layer, including its report. `most`: limits the number of Chinese reviews;
    `skipped`: how many of the first aren't used, neither the texts nor the labels."""
    chosen = choose(comparison)
    frame, layer = FRAMES[chosen["frame"]], int(chosen["layer"])
    parts = {
        "train": reviews().train[skipped:][:most],
        "validation": reviews().validation,
        "held_out": reviews().held_out,
    }
    parts["english"] = english_sentences().held_out
    if with_english:
        parts["english_train"] = english_items()
    states = {
        name: lm.last_hidden([frame.ids(lm, item.text)[0] for item in items], layer, precise=True).numpy()
        for name, items in parts.items()
    }
    classes = {name: labels(items) for name, items in parts.items()}
    known = states["train"], classes["train"]
    alone = {strength: fit(*known, strength) for strength in STRENGTHS}
    fits, unseen = alone, dict.fromkeys(STRENGTHS, np.empty(0, bool))
    if with_english:
        domains = np.array([item.domain for item in english_reviews()])
        english = English(parts["english_train"], domains, states["english_train"])
        fits = {strength: fit_both(*known, english, strength) for strength in STRENGTHS}
        unseen = {strength: in_unseen_domains(*known, english, strength) for strength in STRENGTHS}
    validated = {
        strength: _pooled(
            accuracy(*fitted, states["validation"], classes["validation"]), len(classes["validation"]), unseen[strength]
        )
        for strength, fitted in fits.items()
    }
    strength = max(validated, key=lambda strength: (validated[strength], -strength))
    weight, bias = fits[strength]
    report: dict[str, Any] = {
        "classes": CLASSES,
        "why_two": "The reviews carry two labels; without texts labelled neutral a third class can't be learned or measured.",
        "frame": asdict(frame),
        "layer": layer,
        "model": {"name": lm.name, "fingerprint": fingerprint(lm), "layers": lm.layers, "hidden_size": lm.hidden_size},
        "skipped": skipped,
        "sizes": {name: len(items) for name, items in parts.items()},
        "seeds": "none: the split goes by a hash, the solver (L-BFGS) starts from zero",
        "strength": strength,
        "validation": {str(name): value for name, value in validated.items()},
        "held_out": {
            "chinese": score(weight, bias, states["held_out"], classes["held_out"]),
            "english": score(weight, bias, states["english"], classes["english"]),
        },
        # What the same learns from Chinese alone, and what it is right on in English of a domain that it didn't learn from.
        "chinese_alone": {
            name: score(*alone[strength], states[part], classes[part])
            for name, part in (("chinese", "held_out"), ("english", "english"))
        },
        "unseen_domains": _unseen(unseen[strength]),
        "comparison": {"reviews": min(COMPARED_ON, len(reviews().train)), "rows": comparison},
    }
    return SentimentProbe(frame, layer, torch.tensor(weight, dtype=torch.float32), bias, report["model"], report)


def _pooled(chinese: float, count: int, english: npt.NDArray[np.bool_]) -> float:
    """Returns the accuracy on the Chinese and the English texts together."""
    return (chinese * count + float(english.sum())) / (count + len(english))


def _unseen(right: npt.NDArray[np.bool_]) -> dict[str, Any] | None:
    if not len(right):
        return None
    low, high = wilson(int(right.sum()), len(right))
    return {"count": len(right), "accuracy": float(right.mean()), "low": low, "high": high}


def score(weight: npt.NDArray[Any], bias: float, states: States, classes: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Returns accuracy with its interval, recall per class, Brier score, and accuracy inside and outside the undecided band."""
    positive = 1 / (1 + np.exp(-(states @ weight + bias)))
    right = (positive > 0.5) == classes
    inside = (positive > UNDECIDED[0]) & (positive < UNDECIDED[1])
    low, high = wilson(int(right.sum()), len(right))
    return {
        "count": len(right),
        "accuracy": float(right.mean()),
        "low": low,
        "high": high,
        "recall": {name: float(right[classes == index].mean()) for index, name in enumerate(CLASSES)},
        "brier": float(((positive - classes) ** 2).mean()),
        "undecided": {
            "from": UNDECIDED[0],
            "to": UNDECIDED[1],
            "share": float(inside.mean()),
            "accuracy_inside": float(right[inside].mean()) if inside.any() else None,
            "accuracy_outside": float(right[~inside].mean()) if (~inside).any() else None,
        },
    }


def write(probe: SentimentProbe, folder: Path, files: tuple[Path, Path] = (WEIGHTS, REPORT)) -> None:
    """Writes weights and report to a folder, under the names of `files`, each atomically."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        weights, report = (Path(temporary) / file.name for file in files)
        np.savez(weights, weight=probe.weight.numpy(), bias=np.float64(probe.bias))
        report.write_text(json.dumps(probe.report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        for path in (weights, report):
            path.replace(folder / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compare", action="store_true", help="compare frames and layers anew (3 minutes on 2 cores)")
    parser.add_argument("--teacher", action="store_true", help="train the students' teacher, without their reviews")
    asked, lm = parser.parse_args(), store().base()
    before = teacher_labels.REPORT if asked.teacher else REPORT
    if asked.compare or not before.exists():
        comparison = compare(lm)
    else:
        comparison = json.loads(before.read_text(encoding="utf-8"))["comparison"]["rows"]
    if asked.teacher:
        # On as many labels as its students can have, so that what it knows better isn't due to more of them.
        sizes = {"most": teacher_labels.TRANSFER, "skipped": teacher_labels.TRANSFER}
        probe = train(lm, comparison, **sizes, with_english=False)
        write(probe, teacher_labels.FILE.parent, (teacher_labels.WEIGHTS, teacher_labels.REPORT))
    else:
        probe = train(lm, comparison)
        write(probe, WEIGHTS.parent)
    for language, held_out in probe.report["held_out"].items():
        print(
            f"{language}: {held_out['accuracy']:.3f} [{held_out['low']:.3f}, {held_out['high']:.3f}] of {held_out['count']}"
        )


if __name__ == "__main__":
    main()
