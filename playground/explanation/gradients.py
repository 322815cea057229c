"""Computes gradient × input and integrated gradients on token embeddings. Knows no class and no word.

Needs a differentiable model: the float base model, or one whose weights are only rounded or masked.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.explanation.attribution import Numbers, Weights
from playground.explanation.removal import Removable
from playground.explanation.values import Target
from playground.lab.text import Text
from playground.models.language_model import LanguageModel
from playground.models.precise import precise_layers


@dataclass(frozen=True)
class TokenGradients:
    """An attribution per token of the text (tokens,), the value, and the baseline's value if there is a baseline."""

    weights: Numbers
    value: float
    baseline: float | None = None


def gradient_times_input(lm: LanguageModel, target: Target, text: str) -> TokenGradients:
    """Sums embedding × gradient of the target's value over dimensions, for each token of the text."""
    ids, own = target.prompt(text)
    inputs = _embed(lm, ids)
    values, gradients = _differentiate(lm, target, inputs[None])
    products = (inputs * gradients[0]).sum(-1)
    return TokenGradients(products[own.start : own.stop].double().cpu().numpy(), float(values[0]))


def integrated_gradients(
    lm: LanguageModel, target: Target, text: str, *, steps: int = 32, most_tokens: int = 1024
) -> TokenGradients:
    """Computes integrated gradients (Sundararajan, Taly and Yan 2017) from a baseline that replaces the text's tokens by
    the vocabulary's mean embedding and leaves the rest of the prompt unchanged.

    Integrates by the midpoint rule with `steps` points. The weights sum to value − baseline up to integration and rounding
    errors. A zero baseline doesn't work: layers that begin with an RMS norm are invariant to the embedding's scale, so all
    of the change would be at the path's start.
    """
    ids, own = target.prompt(text)
    inputs = _embed(lm, ids)
    start = inputs.clone()
    start[own.start : own.stop] = _mean_embedding(lm)
    difference = inputs - start
    points = (torch.arange(steps, device=inputs.device) + 0.5) / steps
    total = torch.zeros_like(difference)
    for batch in points.split(max(1, most_tokens // len(ids))):
        path = start + batch[:, None, None] * difference
        total += _differentiate(lm, target, path)[1].sum(0)
    weights = (difference * total / steps).sum(-1)
    ends = _values(lm, target, torch.stack([start, inputs]))
    return TokenGradients(weights[own.start : own.stop].double().cpu().numpy(), float(ends[1]), float(ends[0]))


def on_units(lm: LanguageModel, parts: Removable, tokens: TokenGradients) -> Weights:
    """Aggregates token attributions by unit; with a baseline, reports the gap between their sum and value − baseline."""
    weights = parts.shares(lm).T @ tokens.weights
    caveat = None
    if tokens.baseline is not None:
        caveat = Text(
            zh="完备性：全部词元（含标点）之和 {total}，值减基线 {wanted}，差 {gap}（积分步数有限，且有数值舍入）。",
            en="Completeness: all tokens, punctuation too, add up to {total}; value minus baseline is {wanted}; off by {gap}"
            " (the integral has few steps, and numbers are rounded).",
        ).format(
            total=f"{tokens.weights.sum():+.3f}",
            wanted=f"{tokens.value - tokens.baseline:+.3f}",
            gap=f"{tokens.weights.sum() - (tokens.value - tokens.baseline):+.3f}",
        )
    return Weights(weights, tokens.value, baseline=tokens.baseline, caveat=caveat)


@torch.no_grad()
def _embed(lm: LanguageModel, ids: list[int]) -> Tensor:
    return lm.embed(torch.tensor(ids)).float()


@torch.no_grad()
def _mean_embedding(lm: LanguageModel) -> Tensor:
    """Returns the mean over the vocabulary (every 16th token of a large one), scaled as the model scales its embeddings."""
    count = lm.vocabulary
    return _embed(lm, list(range(0, count, 16 if count > 16384 else 1))).mean(0)


def _values(lm: LanguageModel, target: Target, inputs: Tensor) -> Tensor:
    with torch.no_grad():
        return _score(lm, target, inputs)


def _differentiate(lm: LanguageModel, target: Target, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Returns values (batch,) and their gradients (batch, length, hidden), float32, without parameter gradients."""
    # Only `LanguageModel` itself uses inference mode, so gradients can be enabled here.
    with torch.enable_grad():
        inputs = inputs.detach().requires_grad_(True)
        values = _score(lm, target, inputs)
        (gradients,) = torch.autograd.grad(values.sum(), inputs)
    return values.detach(), gradients.float()


def _score(lm: LanguageModel, target: Target, inputs: Tensor) -> Tensor:
    lm.on_forward(inputs.shape[0] * inputs.shape[1])
    layers = precise_layers(lm.module, target.layer)
    if layers is not None:
        states = layers(inputs_embeds=inputs, use_cache=False).last_hidden_state
    else:
        kind = next(lm.module.parameters()).dtype
        out = lm.module.base_model(inputs_embeds=inputs.to(kind), use_cache=False, output_hidden_states=True)
        states = out.hidden_states[target.layer]
    return target.score(states[:, -1])
