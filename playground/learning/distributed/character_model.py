"""Defines a small character-level transformer and its training windows. Knows nothing of processes.

Bias-free, so that no parameter has a gradient that is zero up to rounding (as a key's bias has): Adam would scale that up to a
full step, and two exact computations would diverge.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.learning.distributed.job import HEADS, LAYERS, Job


class Attention(nn.Module):
    """Computes causal attention; the number of heads is derived from the width of q, which may be a shard."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.head_size = hidden // HEADS
        self.q, self.k, self.v, self.o = (nn.Linear(hidden, hidden, bias=False) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        rows, length, _ = x.shape
        q, k, v = (part(x).view(rows, length, -1, self.head_size).transpose(1, 2) for part in (self.q, self.k, self.v))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o(mixed.transpose(1, 2).reshape(rows, length, -1))


class Mlp(nn.Module):
    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(hidden, 4 * hidden, bias=False), nn.Linear(4 * hidden, hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(functional.gelu(self.up(x)))


class Block(nn.Module):
    """Computes a pre-norm block: x + attention, then x + MLP."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.before_attention, self.before_mlp = nn.RMSNorm(hidden), nn.RMSNorm(hidden)
        self.attention, self.mlp = Attention(hidden), Mlp(hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.before_attention(x))
        return x + self.mlp(self.before_mlp(x))


class CharacterModel(nn.Module):
    """Maps character ids (windows, context) to logits (windows, context, vocabulary); a pipeline stage maps states instead."""

    def __init__(self, vocabulary: int, hidden: int, context: int) -> None:
        super().__init__()
        self.embedding: nn.Embedding | None = nn.Embedding(vocabulary, hidden)
        self.position: nn.Embedding | None = nn.Embedding(context, hidden)
        self.blocks = nn.ModuleDict({str(layer): Block(hidden) for layer in range(LAYERS)})
        self.norm: nn.Module | None = nn.RMSNorm(hidden)
        self.head: nn.Module | None = nn.Linear(hidden, vocabulary, bias=False)

    def keep_stage(self, stage: int, stages: int) -> None:
        """Keeps one of `stages` equal groups of layers, with unchanged names. `stages` must divide the number of layers."""
        size = LAYERS // stages
        for layer in range(LAYERS):
            if layer // size != stage:
                del self.blocks[str(layer)]
        if stage > 0:
            self.embedding = self.position = None
        if stage < stages - 1:
            self.norm = self.head = None

    def forward(self, x: Tensor) -> Tensor:
        if self.embedding is not None and self.position is not None:
            x = self.embedding(x) + self.position.weight[: x.shape[1]]
        for block in self.blocks.values():
            x = block(x)
        return x if self.norm is None or self.head is None else self.head(self.norm(x))


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Returns the mean cross-entropy in nats per character."""
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def build(job: Job) -> tuple[CharacterModel, Tensor]:
    """Builds the model from the job's seed, equal in every process, and the windows (number, context + 1) of its text."""
    alphabet = {character: number for number, character in enumerate(sorted(set(job.text)))}
    ids = torch.tensor([alphabet[character] for character in job.text])
    torch.manual_seed(job.seed)
    model = CharacterModel(len(alphabet), job.hidden, job.context)
    return model, ids.unfold(0, job.context + 1, 1)
