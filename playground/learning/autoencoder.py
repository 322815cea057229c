"""Splits a model's residual stream into sparse features, by a top-k sparse autoencoder (Gao et al. 2024) that the project trained.

Trained by `train_autoencoder`, on one layer of one model. Knows no page.
"""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.learning.sentiment import fingerprint
from playground.models.language_model import LanguageModel

WEIGHTS = Path(__file__).with_name("autoencoder.npz")
REPORT = Path(__file__).with_name("autoencoder.json")
SNIPPETS = Path(__file__).with_name("autoencoder_snippets.json.gz")


@dataclass(frozen=True)
class Snippet:
    """A text on which a feature was strong: `token` is the one it was strongest on, between `before` and `after`. `strength`: its
    activation there; `language`: zh or en."""

    before: str
    token: str
    after: str
    strength: float
    language: str


@dataclass(frozen=True)
class Features:
    """A position's active features: `values` and `indices`, each (…, k); unused places have the value 0."""

    values: Tensor
    indices: Tensor


@dataclass(frozen=True)
class Autoencoder:
    """x ≈ center + spread ⊙ (a · decoder), with a the `active` largest of relu((x − center) / spread · encoderᵀ + bias).

    x: the residual stream (hidden,) after `layer` (from 0). center, spread: mean and standard deviation of each dimension (hidden,): a few
    dimensions vary far more than the others, and one alone would be most of the variance. encoder, decoder: (features, hidden), float32, decoder rows of norm 1.
    `report`: sizes, sources, and what was measured on held-out texts.
    """

    layer: int
    active: int
    center: Tensor
    spread: Tensor
    encoder: Tensor
    bias: Tensor
    decoder: Tensor
    report: Mapping[str, Any]

    @property
    def features(self) -> int:
        return len(self.encoder)

    def encode(self, states: Tensor) -> Features:
        """Returns the active features of states (…, hidden)."""
        scaled = (states.float() - self.center.to(states.device)) / self.spread.to(states.device)
        found = torch.relu(scaled @ self.encoder.to(states.device).T + self.bias.to(states.device)).topk(
            self.active, -1
        )
        return Features(found.values, found.indices)

    def decode(self, found: Features) -> Tensor:
        """Returns the states (…, hidden), float32, that features stand for."""
        rows = self.decoder.to(found.values.device)[found.indices]
        return self.center.to(rows.device) + self.spread.to(rows.device) * (found.values[..., None] * rows).sum(-2)

    def activation(self, found: Features, feature: int) -> Tensor:
        """Returns one feature's activation (…), 0 where it isn't active."""
        return torch.where(found.indices == feature, found.values, 0.0).sum(-1)

    def multiplied(self, states: Tensor, feature: int, factor: float) -> Tensor:
        """Returns states with one feature's part multiplied. What the autoencoder doesn't reconstruct stays as it is, so that a factor
        of 1 changes nothing."""
        direction = (self.decoder[feature] * self.spread).to(states.device)
        part = self.activation(self.encode(states), feature)[..., None] * direction
        return states + ((factor - 1) * part).to(states.dtype)

    def fits(self, lm: LanguageModel) -> bool:
        """Returns whether it was trained on this model. The model's variants are accepted, as they share its embedding."""
        return bool(fingerprint(lm) == self.report["model"]["fingerprint"])


def dequantized(numbers: Any, scales: Any) -> Tensor:
    """Returns rows (features, hidden), float32, of int8 numbers and a scale for each row."""
    return torch.from_numpy(numbers.astype(np.float32) * scales[:, None])


def quantized(rows: Tensor) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Returns int8 numbers and a scale (float32) for each row, symmetric: the largest of a row becomes 127."""
    values = rows.numpy()
    scales = np.maximum(abs(values).max(1), 1e-12) / 127
    return np.rint(values / scales[:, None]).astype(np.int8), scales.astype(np.float32)


@functools.cache
def load() -> Autoencoder | None:
    """Returns the project's autoencoder; None where its files are missing."""
    if not (WEIGHTS.exists() and REPORT.exists()):
        return None
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    with np.load(WEIGHTS) as stored:
        return Autoencoder(
            layer=int(report["layer"]),
            active=int(report["active"]),
            center=torch.from_numpy(stored["center"]),
            spread=torch.from_numpy(stored["spread"]),
            encoder=dequantized(stored["encoder"], stored["encoder_scale"]),
            bias=torch.from_numpy(stored["bias"]),
            decoder=dequantized(stored["decoder"], stored["decoder_scale"]),
            report=report,
        )


@functools.cache
def snippets() -> tuple[tuple[Snippet, ...], ...]:
    """Returns for each feature the texts of training on which it was strongest, strongest first; () for a feature never active there."""
    with gzip.open(SNIPPETS, "rt", encoding="utf-8") as file:
        return tuple(tuple(Snippet(*one) for one in feature) for feature in json.load(file))


def of(lm: LanguageModel) -> Autoencoder | None:
    """Returns the autoencoder of a model; None if there is none for it."""
    found = load()
    return found if found is not None and found.fits(lm) else None
