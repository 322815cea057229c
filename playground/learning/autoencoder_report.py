"""Measures a sparse autoencoder, and finds the texts on which each feature is strongest. Knows nothing of how it was trained."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.data.sets import translations
from playground.language.units import pieces
from playground.learning.autoencoder import Autoencoder
from playground.models.editing import EditableModel, Place
from playground.models.language_model import LanguageModel

# Texts for each feature, and the tokens before the strongest one; half as many after it.
SNIPPETS, AROUND = 4, 10
# Sentences of a language in which a feature must be active for its agreement to mean something.
LEAST_SENTENCES = 4
# Held-out windows of each language on which the loss is measured.
EVALUATED = 16


@dataclass(frozen=True)
class Window:
    """Token ids of a part of a passage, after the start token."""

    ids: tuple[int, ...]
    language: str
    source: str
    held_out: bool


def activations(
    found: Autoencoder, states: npt.NDArray[np.float16]
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.int16]]:
    """Returns the values and indices (tokens, active) of all states' features."""
    values, indices = [], []
    for at in range(0, len(states), 8192):
        some = found.encode(torch.from_numpy(states[at : at + 8192].astype(np.float32)))
        values.append(some.values.half().numpy())
        indices.append(some.indices.short().numpy())
    return np.concatenate(values), np.concatenate(indices)


def strongest_texts(
    lm: LanguageModel,
    features: int,
    cut: Sequence[Window],
    values: npt.NDArray[np.float16],
    indices: npt.NDArray[np.int16],
) -> list[list[list[Any]]]:
    """Returns for each of so many features the texts on which it is strongest, one of a window. Texts of Debian's books aren't taken: their licences
    ask for more than the project's."""
    owner = np.repeat(np.arange(len(cut)), [len(one.ids) - 1 for one in cut])
    place = np.concatenate([np.arange(1, len(one.ids)) for one in cut])
    free = np.array([one.source not in ("handbook", "reference") and not one.held_out for one in cut])[owner]
    rows, columns = np.nonzero((values > 0) & free[:, None])
    feature, strength = indices[rows, columns], values[rows, columns].astype(np.float32)
    order = np.lexsort((-strength, feature))
    found: list[list[list[Any]]] = [[] for _ in range(features)]
    seen: set[tuple[int, int]] = set()
    names: dict[int, list[str]] = {}
    for index in order:
        number, row = int(feature[index]), int(rows[index])
        texts, window = found[number], int(owner[row])
        if len(texts) == SNIPPETS or (number, window) in seen:
            continue
        seen.add((number, window))
        if window not in names:
            names[window] = ["", *pieces(lm, cut[window].ids[1:])]
        at, all_ = int(place[row]), names[window]
        texts.append([
            "".join(all_[max(1, at - AROUND) : at]), all_[at], "".join(all_[at + 1 : at + 1 + AROUND // 2]),
            round(float(strength[index]), 2), cut[window].language,
        ])  # fmt: skip
    return found


def in_both_languages(lm: LanguageModel, found: Autoencoder) -> list[float]:
    """Returns for each feature how well its activity agrees over 150 sentences and their translations: the correlation (φ) of "active in
    the Chinese sentence" with "active in the English one"; 0 for features active in fewer than LEAST_SENTENCES of a language, where a
    single pair would be full agreement."""
    active = {}
    for side, texts in enumerate(zip(*translations(), strict=True)):
        states = lm.token_states([lm.encode(text) for text in texts], found.layer + 1)
        rows = torch.zeros(len(texts), found.features, dtype=torch.bool)
        for row, state in enumerate(states):
            features = found.encode(state[1:])
            rows[row, features.indices[features.values > 0].flatten()] = True
        active[side] = rows.double()
    zh, en = (active[side] - active[side].mean(0) for side in (0, 1))
    spread = (zh.square().sum(0) * en.square().sum(0)).sqrt().clamp(min=1e-12)
    enough = (active[0].sum(0) >= LEAST_SENTENCES) & (active[1].sum(0) >= LEAST_SENTENCES)
    return [round(float(value), 3) for value in torch.where(enough, (zh * en).sum(0) / spread, 0.0)]


def loss_recovered(lm: LanguageModel, found: Autoencoder, cut: Sequence[Window]) -> dict[str, float]:
    """Returns the mean loss (nats a token) on held-out windows: as it is, with the layer's states replaced by their reconstruction, and
    by the center; and the share of the difference that the reconstruction recovers. The start token's state stays as it is."""
    model, place = EditableModel(lm), Place("residual", found.layer)

    def reconstruct(value: Tensor) -> Tensor:
        return torch.cat([value[:, :1], found.decode(found.encode(value[:, 1:])).to(value)], 1)

    def erase(value: Tensor) -> Tensor:
        return torch.cat([value[:, :1], found.center.to(value).expand_as(value[:, 1:])], 1)

    totals: collections.Counter[str] = collections.Counter()
    tokens = 0
    for one in cut:
        ids = torch.tensor([one.ids])
        tokens += len(one.ids) - 2
        for name, edits in (("plain", {}), ("reconstructed", {place: reconstruct}), ("erased", {place: erase})):
            with model.editing(edits):
                logits = model.lm.forward(ids, use_cache=False).logits[0, 1:-1].float()
            totals[name] += float(torch.nn.functional.cross_entropy(logits, ids[0, 2:], reduction="sum"))  # type: ignore[assignment]
    losses = {name: total / tokens for name, total in totals.items()}
    losses["recovered"] = (losses["erased"] - losses["reconstructed"]) / (losses["erased"] - losses["plain"])
    return {"tokens": tokens, **{name: round(value, 4) for name, value in losses.items()}}


def measure(
    found: Autoencoder, states: npt.NDArray[np.float16], cut: Sequence[Window], held: npt.NDArray[np.int64],
    values: npt.NDArray[np.float16], indices: npt.NDArray[np.int16],
) -> dict[str, Any]:  # fmt: skip
    """Returns what is measured without the model: on held-out tokens the share of variance that isn't explained (FVU; each dimension
    counts alike, and unscaled), the number of
    active features (L0); over all tokens the share of features that are never active, and each feature's share of tokens by language."""
    owner = np.repeat(np.arange(len(cut)), [len(one.ids) - 1 for one in cut])
    language = np.array([one.language for one in cut])[owner]
    x = torch.from_numpy(states[held].astype(np.float32))
    guess = found.decode(found.encode(x))

    def unexplained(rows: npt.NDArray[np.bool_], scale: Tensor) -> float:
        mine = torch.from_numpy(rows)
        left, whole = ((x[mine] - other) / scale for other in (guess[mine], found.center))
        return float(left.square().sum() / whole.square().sum())

    every = language[held] != ""
    counts = {}
    for name in ("zh", "en"):
        rows = language == name
        counts[name] = np.bincount(indices[rows][values[rows] > 0], minlength=found.features) / rows.sum()
    return {
        "fvu": {
            "all": unexplained(every, found.spread),
            **{name: unexplained(language[held] == name, found.spread) for name in ("zh", "en")},
            "unscaled": unexplained(every, torch.ones_like(found.spread)),
        },
        "l0": float((values[held] > 0).sum(1).mean()),
        "dead": float(((counts["zh"] + counts["en"]) == 0).mean()),
        "held_out_tokens": len(held),
        "density": {name: [round(float(share), 6) for share in shares] for name, shares in counts.items()},
    }
