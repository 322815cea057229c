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
from playground.models.output_head import head_logits, likeliest


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

    Without groups the last row is in float32, as the value that attributions explain: one text has one value. The layers below, which
    were never trained for the head, are in the model's number type. `groups`: the group of every token of the vocabulary, int64 (vocabulary,), numbered from 0.
    """
    states = lm.hidden_states(ids)[:, list(positions)].to(lm.device)
    norm = final_norm(lm.module)
    kind: torch.dtype = lm.module.dtype  # type: ignore[assignment]
    # transformers' last hidden state is already normed.
    ready = torch.cat([norm(states[:-1].to(kind)), states[-1:].to(kind)])
    if groups is not None:
        return _with_mass(lm, ready, head_logits(lm, ready[-1]).argmax(-1).tolist(), groups)
    last = lm.token_states([ids], lm.layers, precise=True)[0][list(positions)].to(lm.device)
    shares, best = torch.softmax(head_logits(lm, last, precise=True), -1).cpu().max(-1)
    # The rows of all other layers in one product: each product reads the whole output head.
    found = likeliest(lm, ready[:-1].flatten(0, 1), best.tolist() * (len(ready) - 1))
    tokens, top, of = (values.view(len(ready) - 1, len(best)) for values in found)
    return Lens(
        *(torch.cat([below, own[None]]) for below, own in ((tokens, best), (top.exp(), shares), (of.exp(), shares)))
    )


def _with_mass(lm: LanguageModel, states: Tensor, best: Sequence[int], groups: Tensor) -> Lens:
    """Computes the lens of normed states (layers + 1, positions, hidden) from all probabilities, a layer at a time; `best`: by position."""
    members = torch.nn.functional.one_hot(groups.to(states.device)).float()
    wanted = torch.tensor(best, device=states.device)[:, None]
    rows = []
    for state in states:
        shares = torch.softmax(head_logits(lm, state), -1)
        top = shares.max(-1)
        rows.append((top.indices, top.values, shares.gather(-1, wanted)[:, 0], shares @ members))
    return Lens(*(torch.stack(parts).cpu() for parts in zip(*rows, strict=True)))
