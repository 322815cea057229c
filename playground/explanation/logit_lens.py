"""Computes the logit lens (nostalgebraist 2020): the output head applied to each layer's states. Knows no panel.

Intermediate states weren't trained for the head; on some models early layers decode to noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.models.backbone import final_norm
from playground.models.language_model import LanguageModel
from playground.models.output_head import head_logits


@dataclass(frozen=True)
class Lens:
    """For every layer (0 is the embedding) and position: the most likely next token, its probability, and `of`: the
    probability of the full model's most likely token there. Each (layers + 1, positions). `mass`: the probability of each
    group of tokens (layers + 1, positions, groups), None if no groups were asked for."""

    tokens: Tensor
    probabilities: Tensor
    of: Tensor
    mass: Tensor | None = None


@torch.inference_mode()
def logit_lens(lm: LanguageModel, ids: Sequence[int], positions: Sequence[int], groups: Tensor | None = None) -> Lens:
    """Computes the lens at `positions` of ids; the last row is the model's prediction.

    `groups`: the group of every token of the vocabulary, int64 (vocabulary,), numbered from 0.
    """
    states = lm.hidden_states(ids)[:, list(positions)].to(lm.device)
    norm = final_norm(lm.module)
    final = torch.softmax(head_logits(lm, states[-1]), -1)
    best = final.argmax(-1)
    rows: list[tuple[Tensor, Tensor, Tensor]] = []
    masses: list[Tensor] = []
    members = None if groups is None else torch.nn.functional.one_hot(groups.to(final.device)).to(final.dtype)
    for layer, state in enumerate(states):
        # transformers' last hidden state is already normed.
        ready = state if layer == lm.layers else norm(state.to(lm.module.dtype))
        shares = torch.softmax(head_logits(lm, ready), -1)
        top = shares.max(-1)
        rows.append((top.indices.cpu(), top.values.cpu(), shares.gather(-1, best[:, None])[:, 0].cpu()))
        if members is not None:
            masses.append((shares @ members).cpu())
    tokens, probabilities, of = (torch.stack(parts) for parts in zip(*rows, strict=True))
    return Lens(tokens, probabilities, of, torch.stack(masses) if masses else None)
