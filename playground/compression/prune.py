"""Selects weights to prune: magnitude, Wanda, 2:4, whole neurons, whole layers. Masks are True for kept weights.

Pure tensor arithmetic; knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
import torch
from torch import Tensor

Scope = Literal["tensor", "global"]
# The upper half of a float32's bits is a bfloat16: sign, exponent and 7 bits of mantissa, so 32,768 magnitudes.
_HALF = 1 << 15


def removed(total: int, sparsity: float) -> int:
    """Returns how many of `total` a sparsity removes, rounded to the nearest integer."""
    return min(total, max(0, round(total * sparsity)))


def magnitude_masks(weights: Sequence[Tensor], sparsity: float, scope: Scope = "tensor") -> list[Tensor]:
    """Returns masks that prune exactly `removed(total, sparsity)` weights of smallest magnitude.

    "tensor": the same share of every tensor; "global": the smallest of all tensors together. Of equal magnitudes, common
    in a model that was quantized before, the first in order are pruned.
    """
    if scope == "tensor":
        return [_smallest_dropped([weight], removed(weight.numel(), sparsity))[0] for weight in weights]
    return _smallest_dropped(weights, removed(sum(weight.numel() for weight in weights), sparsity))


def wanda_mask(weight: Tensor, input_norms: Tensor, sparsity: float) -> Tensor:
    """Returns a mask of a weight (outputs, inputs) that prunes, in every row, the smallest |weight| × input norm.

    Sun et al. 2023, "A Simple and Effective Pruning Approach for Large Language Models" (arXiv:2306.11695): weights compete
    within their output row. `input_norms` (inputs): L2 norm of each input feature over the calibration tokens.
    """
    columns = weight.shape[1]
    drop = removed(columns, sparsity)
    if not drop:
        return torch.ones_like(weight, dtype=torch.bool)
    score = weight.to(torch.float32, copy=True).abs_().mul_(input_norms.float())
    threshold = _smallest_in_rows(score, drop - 1)
    keep = score > threshold
    missing = columns - drop - keep.sum(1)
    tied = missing.nonzero()[:, 0]
    if len(tied):
        # Of equal scores the first in order are pruned, so the row's quota is filled with the last ones.
        equal = score[tied] == threshold[tied]
        later = equal.flip(1).cumsum(1).flip(1)
        keep[tied] |= equal & (later <= missing[tied, None])
    return keep


def _smallest_in_rows(score: Tensor, place: int) -> Tensor:
    """Returns the value (rows, 1) at `place` of each row (rows, columns) in rising order."""

    # numpy's selection is vectorized, six times as fast as torch's kthvalue, and lets other threads run.
    def select(rows: Tensor) -> Tensor:
        return torch.from_numpy(np.partition(rows.numpy(), place, axis=1)[:, place : place + 1])

    threads = torch.get_num_threads()
    with ThreadPoolExecutor(threads) as pool:
        return torch.cat(list(pool.map(select, score.cpu().chunk(threads)))).to(score.device)


def two_to_four_mask(weight: Tensor) -> Tensor:
    """Returns a 2:4 mask: the two largest magnitudes of every four neighbours in a row are kept, and a shorter rest of the row.

    The pattern of NVIDIA's sparse tensor cores (Mishra et al. 2021, arXiv:2104.08378). Of equals the first are pruned.
    """
    whole = weight.shape[1] // 4 * 4
    members = weight[:, :whole].abs().unflatten(1, (-1, 4)).unbind(-1)
    keep = torch.ones_like(weight, dtype=torch.bool)
    groups = keep[:, :whole].unflatten(1, (-1, 4))
    for place, member in enumerate(members):
        greater = [
            other >= member if after > place else other > member
            for after, other in enumerate(members)
            if after != place
        ]
        groups[..., place] = sum(one.to(torch.int8) for one in greater) < 2
    return keep


def block_influence(entering: Tensor, leaving: Tensor) -> float:
    """Returns 1 − the mean cosine similarity of the states (tokens, hidden) before and after a layer.

    Men et al. 2024, "ShortGPT: Layers in Large Language Models are More Redundant Than You Expect" (arXiv:2403.03853).
    """
    return 1 - float(torch.cosine_similarity(entering.float(), leaving.float(), dim=-1).mean())


def kept_layers(influences: Sequence[float], sparsity: float) -> list[int]:
    """Returns the sorted indices of the layers to keep: those of greatest influence, at least one."""
    keep = max(1, len(influences) - removed(len(influences), sparsity))
    return sorted(sorted(range(len(influences)), key=lambda layer: -influences[layer])[:keep])


def weight_importance(incoming: Tensor, outgoing: Tensor) -> Tensor:
    """Returns ‖incoming‖ × ‖outgoing‖ (L2) of each neuron (neurons,). Both matrices have one row per neuron.

    Unlike a sum of squares, the product doesn't change if a neuron's incoming weights are doubled and its outgoing ones
    halved, which computes the same function. It knows nothing of how often and how strongly a neuron fires.
    """
    return _norms(incoming) * _norms(outgoing)


def activation_importance(norms: Tensor, outgoing: Tensor) -> Tensor:
    """Returns norm × ‖outgoing‖ (L2) of each neuron (neurons,). `norms` (neurons,): L2 norm of its activation over calibration
    tokens; `outgoing` has one row per neuron.

    What a layer's output loses, over these tokens, if the neuron is removed: Wanda's score summed over a column, as squares.
    """
    return norms.float() * _norms(outgoing)


def _norms(rows: Tensor) -> Tensor:
    """Returns the L2 norm of each row; torch's own is several times slower on a transposed matrix."""
    return rows.float().square().sum(1).sqrt()


def kept_neurons(importance: Tensor, sparsity: float) -> Tensor:
    """Returns the sorted indices of the neurons to keep: those of greatest importance (neurons,), at least one."""
    keep = max(1, len(importance) - removed(len(importance), sparsity))
    return importance.argsort(descending=True, stable=True)[:keep].sort().values


def nonzeros(weight: Tensor) -> int:
    """Counts the weights that aren't 0. numpy counts without branches, which torch's processor would guess wrong in a pruned matrix."""
    return int(np.count_nonzero((weight != 0).cpu().numpy()))


def sparsity_of(weights: Sequence[Tensor]) -> float:
    """Returns the share of weights that are 0."""
    return 1 - sum(map(nonzeros, weights)) / sum(weight.numel() for weight in weights)


def _smallest_dropped(weights: Sequence[Tensor], drop: int) -> list[Tensor]:
    if not drop:
        return [torch.ones_like(weight, dtype=torch.bool) for weight in weights]
    short = all(weight.dtype == torch.bfloat16 for weight in weights)
    magnitudes = [_magnitude_bits(weight, short) for weight in weights]
    threshold, below = _threshold(magnitudes, drop)
    masks, ties = [], drop - below
    for magnitude in magnitudes:
        mask = magnitude > threshold
        equal = (magnitude == threshold).flatten().nonzero()[:, 0]
        mask.view(-1)[equal[ties:]] = True
        ties = max(0, ties - len(equal))
        masks.append(mask)
    return masks


def _magnitude_bits(weight: Tensor, short: bool) -> Tensor:
    """Maps magnitudes to integers of the same order: a float's bits without its sign, 15 or 31 of them."""
    if short:
        return weight.contiguous().view(torch.int16) & 0x7FFF
    return weight.float().contiguous().view(torch.int32) & 0x7FFFFFFF


def _threshold(magnitudes: Sequence[Tensor], count: int) -> tuple[int, int]:
    """Returns the `count`-th smallest magnitude, and how many are strictly smaller.

    A radix selection on bits, without sorting or copying all tensors at once.
    """
    short = magnitudes[0].dtype == torch.int16
    high = magnitudes if short else [part >> 16 for part in magnitudes]
    before = torch.stack([torch.bincount(part.flatten(), minlength=_HALF) for part in high]).sum(0).cumsum(0)
    bucket = int((before < count).sum())
    below = int(before[bucket - 1]) if bucket else 0
    if short:
        return bucket, below
    inside = torch.cat([part[upper == bucket] for part, upper in zip(magnitudes, high, strict=True)])
    value = inside.kthvalue(count - below).values
    return int(value), below + int((inside < value).sum())
