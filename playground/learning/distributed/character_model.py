"""A small character transformer and the windows of text that it learns from. Knows nothing of processes.

Bias-free, so that no parameter has a gradient that is zero but for rounding (a key's bias has): Adam would blow that
up to a full step, and two exact computations would part.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.learning.distributed.job import HEADS, LAYERS, Job


class Attention(nn.Module):
    """Causal attention; the number of heads follows from the width of q, of which a process may hold a part."""

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
    """Pre-norm: x + attention, then x + MLP."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.before_attention, self.before_mlp = nn.RMSNorm(hidden), nn.RMSNorm(hidden)
        self.attention, self.mlp = Attention(hidden), Mlp(hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.before_attention(x))
        return x + self.mlp(self.before_mlp(x))


class CharacterModel(nn.Module):
    """(windows, context) character numbers to (windows, context, vocabulary) logits; a part of it takes and gives states."""

    def __init__(self, vocabulary: int, hidden: int, context: int) -> None:
        super().__init__()
        self.embedding: nn.Embedding | None = nn.Embedding(vocabulary, hidden)
        self.position: nn.Embedding | None = nn.Embedding(context, hidden)
        self.blocks = nn.ModuleDict({str(layer): Block(hidden) for layer in range(LAYERS)})
        self.norm: nn.Module | None = nn.RMSNorm(hidden)
        self.head: nn.Module | None = nn.Linear(hidden, vocabulary, bias=False)

    def keep_stage(self, stage: int, stages: int) -> None:
        """Drops all but one of `stages` equal runs of layers; names of what is left stay. `stages` divides the layers."""
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
    """Mean cross-entropy in nats per character."""
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def build(job: Job) -> tuple[CharacterModel, Tensor]:
    """The model with the job's seed, equal in every process, and the windows (number, context + 1) of its text."""
    alphabet = {character: number for number, character in enumerate(sorted(set(job.text)))}
    ids = torch.tensor([alphabet[character] for character in job.text])
    torch.manual_seed(job.seed)
    model = CharacterModel(len(alphabet), job.hidden, job.context)
    return model, ids.unfold(0, job.context + 1, 1)
