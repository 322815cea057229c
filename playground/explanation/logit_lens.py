"""The logit lens (nostalgebraist 2020): what each layer would say if the model ended there. Knows no panel.

Intermediate states weren't trained to be read by the head; early layers read as noise on some models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from playground.explanation.values import head_logits
from playground.models.language_model import LanguageModel

_FINAL_NORMS = ("norm", "ln_f", "final_layernorm", "final_layer_norm")


@dataclass(frozen=True)
class Lens:
    """For every layer (0 is the embedding) and position: the likeliest next token, its probability, and `of`: the
    probability of the token that the whole model finds likeliest there. Each (layers + 1, positions)."""

    tokens: Tensor
    probabilities: Tensor
    of: Tensor


@torch.inference_mode()
def logit_lens(lm: LanguageModel, ids: Sequence[int], positions: Sequence[int]) -> Lens:
    """The lens at `positions` of ids; the last row is the model's own prediction."""
    states = lm.hidden_states(ids)[:, list(positions)].to(lm.device)
    norm = _final_norm(lm)
    final = torch.softmax(head_logits(lm, states[-1]), -1)
    best = final.argmax(-1)
    rows: list[tuple[Tensor, Tensor, Tensor]] = []
    for layer, state in enumerate(states):
        # transformers' last hidden state has passed the norm already.
        ready = state if layer == lm.layers else norm(state.to(lm.module.dtype))
        shares = torch.softmax(head_logits(lm, ready), -1)
        top = shares.max(-1)
        rows.append((top.indices.cpu(), top.values.cpu(), shares.gather(-1, best[:, None])[:, 0].cpu()))
    tokens, probabilities, of = (torch.stack(parts) for parts in zip(*rows, strict=True))
    return Lens(tokens, probabilities, of)


def _final_norm(lm: LanguageModel) -> nn.Module:
    base = lm.module.base_model
    for name in _FINAL_NORMS:
        norm = getattr(base, name, None)
        if isinstance(norm, nn.Module):
            return norm
    raise NotImplementedError(f"{type(base).__name__} has no final norm of a known name")
