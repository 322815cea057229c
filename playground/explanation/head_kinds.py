"""Recognizes attention heads of known kinds by their measured pattern, on texts made for it or on any text, and measures what the loss
loses without a head or an MLP.

Previous token, duplicate token and induction (Elhage et al. 2021, Olsson et al. 2022), and the attention sink (Xiao et al. 2023). A pattern
says where a head reads from, not what it does with it: that takes the ablation. Knows no panel.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.models.editing import EditableModel, Place
from playground.models.language_model import LanguageModel
from playground.models.output_head import head_logits, log_probabilities

Floats = npt.NDArray[np.float64]
HeadKind = Literal["previous", "duplicate", "induction", "sink"]
KINDS: tuple[HeadKind, ...] = ("previous", "duplicate", "induction", "sink")
Ablation = Literal["mean", "zero"]
_ABLATED: tuple[Literal["heads", "mlp"], ...] = ("heads", "mlp")
# Kinds that a text of any length may show: "first" is the sink, "same" the token itself and its earlier copies.
TextKind = Literal["previous", "first", "same", "induction"]
# Layer and head, both from 0.
Head = tuple[int, int]
# A position, and the positions that it reads.
Reading = tuple[int, list[int]]
# Measured: two heads lie between 0.46 and 0.67 for the previous token on every text, a third on some, and no other reaches 0.4. See
# docs/decisions/heads-are-named-on-the-text.md.
NAMED_FROM = 0.4
# A text with one position that can show induction named a head that no other text did.
_LEAST_PLACES = 4


def repeated(lm: LanguageModel, length: int, rows: int, seed: int) -> list[list[int]]:
    """Returns sequences: the start token, `length` random tokens, and the same again. The tokens are letters of any script or
    characters, drawn without repeats in a sequence: of such text nothing can be predicted but by looking for the earlier copy.

    A vocabulary with fewer such tokens gives shorter sequences.
    """
    drawn = np.random.default_rng(seed)
    known: list[int] = []
    for token in drawn.permutation(lm.vocabulary)[: 64 * rows * length].tolist():
        if lm.decode([token]).strip().isalpha():
            known.append(token)
        if len(known) == rows * length:
            break
    start = lm.encode("")[:1]
    # All different where there are enough; else every row draws from all.
    apart = len(known) == rows * length
    copies = [
        known[row * length : (row + 1) * length] if apart else drawn.permutation(known)[:length].tolist()
        for row in range(rows)
    ]
    return [[*start, *copy, *copy] for copy in copies]


def patterns(attention: Floats, ids: Sequence[int]) -> dict[HeadKind, Floats | None]:
    """Returns the mean attention (layers, heads) of a text's positions that a kind of head is known for; None where no position can
    show it, as of duplicates in a text that repeats no token.

    attention: (layers, heads, length, length). previous: to the token before; sink: to the first position; duplicate: to earlier copies
    of the token itself; induction: to the tokens that followed earlier copies. The first position is nobody's duplicate or previous token:
    what goes there is the sink's.
    """
    return {kind: _mean(attention, places) if places else None for kind, places in _read(ids).items()}


def _mean(attention: Floats, places: Sequence[Reading]) -> Floats:
    """Returns the mean attention (layers, heads) of some positions to what is read there."""
    return np.asarray(np.mean([attention[:, :, at, keys].sum(-1) for at, keys in places], axis=0), np.float64)


def _read(ids: Sequence[int]) -> dict[HeadKind, list[Reading]]:
    """Returns the positions that can show a kind of head, each with the positions that such a head reads there."""
    length = len(ids)
    earlier = [[before for before in range(1, at) if ids[before] == ids[at]] for at in range(length)]
    return {
        "previous": [(at, [at - 1]) for at in range(2, length)],
        "duplicate": [(at, copies) for at, copies in enumerate(earlier) if copies],
        "induction": [
            (at, after) for at, copies in enumerate(earlier) if (after := [c + 1 for c in copies if c + 1 < at])
        ],
        "sink": [(at, [0]) for at in range(1, length)],
    }


def named(attention: Floats, ids: Sequence[int]) -> list[tuple[int, int, TextKind, float]]:
    """Returns the heads of a known kind on a text, as layer, head, kind and share: the mean attention on the kind's pattern, the largest
    of its kinds and at least `NAMED_FROM`. A kind that fewer than `_LEAST_PLACES` positions can show isn't looked for."""
    read = _read(ids)
    copies = dict(read["duplicate"])
    places: dict[TextKind, list[Reading]] = {
        "previous": read["previous"],
        "first": read["sink"],
        "same": [(at, [*copies.get(at, ()), at]) for at in range(1, len(ids))],
        "induction": read["induction"],
    }
    means = {kind: _mean(attention, where) for kind, where in places.items() if len(where) >= _LEAST_PLACES}
    heads = []
    for layer, head in np.ndindex(attention.shape[:2]):
        shares = {kind: float(mean[layer, head]) for kind, mean in means.items()}
        kind = max(shares, key=lambda kind: shares[kind], default=None)
        if kind is not None and shares[kind] >= NAMED_FROM:
            heads.append((layer, head, kind, shares[kind]))
    return heads


def mean_patterns(lm: LanguageModel, sequences: Iterable[Sequence[int]]) -> dict[HeadKind, Floats | None]:
    """Returns the mean of `patterns` over texts that show a kind; one forward pass each."""
    found = [patterns(lm.attentions(ids).double().numpy(), ids) for ids in sequences]
    means: dict[HeadKind, Floats | None] = {}
    for kind in KINDS:
        shown = [one for one in (text[kind] for text in found) if one is not None]
        means[kind] = np.mean(shown, axis=0) if shown else None
    return means


def strongest(scores: Floats, count: int) -> list[Head]:
    """Returns the heads with the highest scores (layers, heads), highest first."""
    order = np.argsort(-scores, axis=None, kind="stable")[:count]
    return [(int(place) // scores.shape[1], int(place) % scores.shape[1]) for place in order]


def random_heads(layers: int, heads: int, without: Sequence[Head], count: int, seed: int) -> list[Head]:
    """Returns other heads at random, for comparison; fewer where there aren't as many."""
    others = [(layer, head) for layer in range(layers) for head in range(heads) if (layer, head) not in set(without)]
    chosen = np.random.default_rng(seed).permutation(len(others))[:count]
    return [others[index] for index in chosen]


def random_mlps(layers: int, without: Sequence[int], count: int, seed: int) -> list[int]:
    """Returns other layers' MLPs at random, for comparison; fewer where there aren't as many."""
    others = [layer for layer in range(layers) if layer not in set(without)]
    return [others[index] for index in np.random.default_rng(seed).permutation(len(others))[:count]]


@dataclass(frozen=True)
class Means:
    """The mean output of every head (layers, heads × head size) and of every MLP (layers, hidden), over the tokens after the first of
    some texts."""

    heads: Tensor
    mlps: Tensor


def mean_outputs(model: EditableModel, sequences: Sequence[Sequence[int]]) -> Means:
    """Returns the mean outputs of heads and MLPs on texts; the first position is left out, where the sink is."""
    layers, tokens = range(model.lm.layers), sum(len(ids) - 1 for ids in sequences)
    places = {kind: [Place(kind, layer) for layer in layers] for kind in _ABLATED}
    sums = {kind: torch.zeros(()) for kind in _ABLATED}
    for ids in sequences:
        found, _ = model.record(torch.tensor([list(ids)]), [*places["heads"], *places["mlp"]])
        for kind, own in places.items():
            sums[kind] = sums[kind] + torch.stack([found[place][0, 1:].float().sum(0).cpu() for place in own])
    return Means(sums["heads"] / max(tokens, 1), sums["mlp"] / max(tokens, 1))


def loss(
    model: EditableModel,
    sequences: Sequence[Sequence[int]],
    first: int,
    heads: Sequence[Head] = (),
    means: Means | None = None,
    mlps: Sequence[int] = (),
) -> float:
    """Returns the mean loss (nats a token) of sequences of equal length from position `first` on, with `heads` and the layers `mlps`
    of MLPs ablated: their outputs are replaced at every position by `means`, by zero without."""
    ids = torch.tensor([list(one) for one in sequences])
    with model.editing(ablations(model, heads, means, mlps)):
        states, _ = model.lm.extend(ids)
    found = log_probabilities(model.lm, states[:, first - 1 : -1].flatten(0, 1), ids[:, first:].flatten().tolist())
    return -float(found.double().mean())


def next_logits(
    model: EditableModel, ids: Sequence[int], heads: Sequence[Head], means: Means | None, mlps: Sequence[int] = ()
) -> Tensor:
    """Returns logits (vocabulary,), float32, of the token after ids, with heads and MLPs ablated as `loss` does."""
    with model.editing(ablations(model, heads, means, mlps)):
        states, _ = model.lm.extend(torch.tensor([list(ids)]))
    return head_logits(model.lm, states[0, -1], precise=True).cpu()


def ablations(
    model: EditableModel, heads: Sequence[Head], means: Means | None, mlps: Sequence[int] = ()
) -> Mapping[Place, functools.partial[Tensor]]:
    """Returns the edits that ablate heads and MLPs, these by their layers from 0."""
    by_layer: dict[int, list[int]] = {}
    for layer, head in heads:
        by_layer.setdefault(layer, []).append(head)
    new = torch.zeros(model.lm.layers, model.parts[0].mix.in_features) if means is None else means.heads
    of_mlps = torch.zeros(model.lm.layers, model.lm.hidden_size) if means is None else means.mlps
    edits = {
        Place("heads", layer): functools.partial(_replaced, ours, model.head_size, new[layer])
        for layer, ours in by_layer.items()
    }
    return edits | {
        Place("mlp", layer): functools.partial(_replaced, [0], model.lm.hidden_size, of_mlps[layer]) for layer in mlps
    }


def _replaced(parts: Sequence[int], size: int, new: Tensor, value: Tensor) -> Tensor:
    """Replaces some parts, each of `size` numbers, of a value (…, parts × size)."""
    changed = value.clone()
    for part in parts:
        own = slice(part * size, (part + 1) * size)
        changed[..., own] = new[own].to(changed)
    return changed
