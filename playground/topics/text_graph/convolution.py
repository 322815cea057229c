"""A two-layer graph convolution trained to predict links, several seeds at once; and what many layers do to features.

Kipf and Welling 2017. Knows no text and no time: it sees the weights that it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

Numbers = NDArray[np.float64]
HIDDEN, OUT = 32, 16
RATE = 0.01
# Of the links, the share hidden in each epoch: the network must predict links that it does not pass messages over.
HIDDEN_SHARE = 0.3


def normalised(weights: Tensor) -> Tensor:
    """Returns D^(−1/2) (A + I) D^(−1/2) of weights (…, nodes, nodes): with self-loops, then symmetric normalisation (Kipf and Welling 2017)."""
    looped = weights + torch.eye(weights.shape[-1], dtype=weights.dtype)
    scale = looped.sum(-1).rsqrt()
    return scale[..., :, None] * looped * scale[..., None, :]


def convolve(adjacency: Tensor, features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """One layer: each node averages the transformed features of its neighbours and its own."""
    return adjacency @ (features @ weight) + bias


@dataclass(frozen=True)
class Trained:
    """Node vectors by seed (seeds, nodes, OUT), and the loss by epoch (epochs,), the mean over the seeds."""

    vectors: Numbers
    losses: tuple[float, ...]

    @property
    def scores(self) -> list[Numbers]:
        """The dot product of each pair (nodes, nodes), by seed."""
        return [vectors @ vectors.T for vectors in self.vectors]


def train(
    weights: Numbers,
    features: Numbers,
    *,
    epochs: int,
    seeds: int,
    seed: int,
    prepare: Callable[[Tensor], Tensor] = normalised,
    heard: Callable[[int], None] = lambda epoch: None,
) -> Trained:
    """Trains on the links of `weights` (nodes, nodes) against as many pairs without a link, drawn anew in each epoch.

    In each epoch a part of the links is hidden from the messages and predicted. `features` (nodes, width). `prepare`: weights to the matrix that
    passes messages. A pair without a link yet may get one later: to leave it out of the negatives would be to look at the future.
    """
    generator = torch.Generator().manual_seed(seed)
    given = torch.tensor(weights, dtype=torch.float32)
    x = torch.tensor(features, dtype=torch.float32)
    upper = torch.triu(torch.ones_like(given), 1) > 0
    links, apart = (upper & (given > 0)).nonzero(), (upper & (given == 0)).nonzero()
    if not len(links) or not len(apart):
        raise ValueError("needs links and pairs without a link")

    def start(rows: int, columns: int) -> Tensor:
        # Glorot and Bengio 2010, as GCNConv does.
        bound = (6 / (rows + columns)) ** 0.5
        return (torch.rand((seeds, rows, columns), generator=generator) * 2 - 1).mul_(bound).requires_grad_()

    first, second = start(x.shape[1], HIDDEN), start(HIDDEN, OUT)
    biases = [torch.zeros((seeds, 1, width), requires_grad=True) for width in (HIDDEN, OUT)]
    optimizer = torch.optim.Adam([first, second, *biases], lr=RATE, weight_decay=5e-4)

    def encode(adjacency: Tensor) -> Tensor:
        return convolve(adjacency, convolve(adjacency, x, first, biases[0]).relu(), second, biases[1])

    rows = torch.arange(seeds)[:, None]
    hidden = max(1, round(HIDDEN_SHARE * len(links)))
    losses = []
    for epoch in range(epochs):
        heard(epoch)
        chosen = links[torch.rand((seeds, len(links)), generator=generator).argsort(1)[:, :hidden]]
        shown = given.repeat(seeds, 1, 1)
        shown[rows, chosen[..., 0], chosen[..., 1]] = 0
        shown[rows, chosen[..., 1], chosen[..., 0]] = 0
        against = apart[torch.randint(len(apart), (seeds, hidden), generator=generator)]
        vectors = encode(prepare(shown))
        asked = torch.cat([chosen, against], 1)
        logits = (vectors[rows, asked[..., 0]] * vectors[rows, asked[..., 1]]).sum(-1)
        targets = torch.cat([torch.ones(seeds, hidden), torch.zeros(seeds, hidden)], 1)
        # The seeds share no parameter, so the sum trains each as if alone.
        loss = binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(1).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item() / seeds)
    with torch.no_grad():
        return Trained(encode(prepare(given)).double().numpy(), tuple(losses))


def raw(weights: Tensor) -> Tensor:
    """The weights as they are: no self-loops, no normalisation. What a graph convolution should not use."""
    return weights


def likeness_by_depth(weights: Numbers, features: Numbers, depths: tuple[int, ...]) -> tuple[float, ...]:
    """Returns the mean cosine of all pairs of rows after each number of propagations by the normalised matrix, no weights learned.

    On a connected graph it tends to 1: over-smoothing (Li, Han, Wu 2018).
    """
    matrix = normalised(torch.tensor(weights)).numpy()
    found, x = [], np.asarray(features, dtype=np.float64)
    for depth in range(max(depths) + 1):
        if depth in depths:
            unit = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
            count = len(unit)
            found.append(float(((unit @ unit.T).sum() - count) / (count * (count - 1))))
        x = matrix @ x
    return tuple(found)


def growth(weights: Numbers, prepare: Callable[[Tensor], Tensor]) -> float:
    """Returns the largest eigenvalue of the matrix that passes messages: the factor that each layer multiplies features by at most."""
    return float(np.abs(np.linalg.eigvalsh(prepare(torch.tensor(weights)).numpy())).max())
