"""Computes direct logit attribution: the share of the embedding, of each head and of each MLP in the logits of the next token.

Exact for what each part writes into the residual stream itself; what later parts make of it counts as theirs. Knows no panel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models.backbone import final_norm
from playground.models.editing import EditableModel, Kind, Place, gain, scale
from playground.models.output_head import token_logits


@dataclass(frozen=True)
class DirectAttribution:
    """Parts of a difference of logits: `heads` (layers, heads) and `mlps` (layers,) by layer, and the `embedding`.

    `total`: the difference as the model computes it. `rounding`: total − sum of all parts, which in exact arithmetic is 0: the residual
    stream is rounded to the model's number type after each addition.
    """

    embedding: float
    heads: npt.NDArray[np.float64]
    mlps: npt.NDArray[np.float64]
    total: float

    @property
    def rounding(self) -> float:
        return self.total - self.embedding - float(self.heads.sum()) - float(self.mlps.sum())


@torch.inference_mode()
def attribute(
    model: EditableModel, values: Mapping[Place, Tensor], state: Tensor, answer: int, wrong: int
) -> DirectAttribution:
    """Splits logit(answer) − logit(wrong) of a text's next token into the parts that are added up in the residual stream.

    `values` (length, size): of a pass of the text at the places that `places` names; `state` (hidden,): its last one, after the final norm.

    The final norm divides by the root mean square of the whole stream, which is frozen at its value in this pass; then the logit is
    linear in the stream. Gemma norms what attention and MLP give before adding it: a head's part is what it gives to that sum, with that
    norm's scale frozen too. Raises PlaygroundError for a model with another kind of norm, or with a cap on its logits.
    """
    lm = model.lm
    norm = final_norm(lm.module)
    final_gain = gain(norm, lm.hidden_size)
    if final_gain is None or getattr(lm.config, "final_logit_softcapping", None):
        raise _unlike(lm.config.model_type)
    layers = range(lm.layers)
    last = {place: values[place][-1].float() for place in places(lm.layers)}

    unembedding = lm.module.get_output_embeddings().weight
    direction = (unembedding[answer].float() - unembedding[wrong].float()) * final_gain
    direction = direction * scale(norm, last[Place("residual", lm.layers - 1)])
    heads = torch.stack([_heads(model, layer, last[Place("heads", layer)], direction) for layer in layers])
    mlps = torch.stack([last[Place("mlp", layer)] @ direction for layer in layers])
    logits = token_logits(lm, state, (answer, wrong), precise=True)
    return DirectAttribution(
        float(last[Place("embedding", 0)] @ direction),
        heads.double().cpu().numpy(),
        mlps.double().cpu().numpy(),
        float(logits[0] - logits[1]),
    )


def places(layers: int) -> list[Place]:
    """Returns the places whose values add up to the residual stream, and the stream after the last layer."""
    kinds: tuple[Kind, ...] = ("heads", "mlp")
    parts = [Place(kind, layer) for kind in kinds for layer in range(layers)]
    return [Place("embedding", 0), Place("residual", layers - 1), *parts]


def _heads(model: EditableModel, layer: int, outputs: Tensor, direction: Tensor) -> Tensor:
    """The parts (heads,) of one layer's heads, from their outputs (heads × head size)."""
    part = model.parts[layer]
    weight = part.mix.weight.float()
    if part.after_attention is not None:
        after = gain(part.after_attention, model.lm.hidden_size)
        if after is None:
            raise _unlike(model.lm.config.model_type)
        direction = direction * after * scale(part.after_attention, weight @ outputs)
    return ((weight.T @ direction) * outputs).view(model.lm.heads, -1).sum(-1)


def _unlike(kind: str) -> PlaygroundError:
    return PlaygroundError(
        Text(
            zh="这个模型（{kind}）的归一化不是 RMSNorm，或对 logit 做了截顶，直接 logit 归因的拆分不成立。",
            en="This model ({kind}) doesn't have RMS norms, or caps its logits, so its logits don't split into parts this way.",
        ).format(kind=kind)
    )
