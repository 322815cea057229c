"""Trains many small bilingual classifiers at once on fixed sentence vectors. Knows no language model, no data set and no panel.

One hidden layer with a shared trunk; a head shared by both languages or one for each; optionally a language tag among the
inputs. All networks of a sweep are one batch of matrix products, but they share no parameter and no random number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

BATCH = 32
RATE, DECAY = 5e-3, 1e-2
CLASSES = 2
CHINESE, ENGLISH = 0, 1


@dataclass(frozen=True)
class Examples:
    """Sentence vectors (examples, hidden), float32; labels, 0 or 1; languages, CHINESE or ENGLISH; int64 (examples,) each."""

    vectors: Tensor
    labels: Tensor
    languages: Tensor

    def of(self, language: int) -> NDArray[np.int64]:
        """Returns the indices of a language's examples."""
        return np.flatnonzero(self.languages.numpy() == language)


@dataclass(frozen=True)
class Mix:
    """One network's training: indices of the examples drawn from each language, English's share of draws (0 to 1), a seed."""

    chinese: tuple[int, ...]
    english: tuple[int, ...]
    share: float
    seed: int


def draw(mix: Mix, steps: int) -> NDArray[np.int64]:
    """Draws example indices (steps, BATCH): first the language by its share, then one of its examples, with replacement."""
    # The same seed draws the same uniform numbers under every share, so that mixes differ in the share alone.
    generator = np.random.default_rng([mix.seed, 0])
    english = generator.random((steps, BATCH)) < mix.share
    place = generator.random((steps, BATCH))
    drawn = np.zeros((steps, BATCH), np.int64)
    for chosen, pool in ((~english, mix.chinese), (english, mix.english)):
        if chosen.any():
            drawn[chosen] = np.asarray(pool)[(place[chosen] * len(pool)).astype(np.int64)]
    return drawn


class Networks(nn.Module):
    """Independent networks, one for each seed, with the same first weights for the same seed."""

    def __init__(self, seeds: Sequence[int], inputs: int, width: int, separate: bool, tag: bool) -> None:
        super().__init__()
        heads = 2 if separate else 1
        self.separate, self.tag = separate, tag
        parts: list[list[Tensor]] = []
        for seed in seeds:
            generator = torch.Generator().manual_seed(seed)
            parts.append(
                [
                    torch.randn(inputs + 2 * tag, width, generator=generator) / inputs**0.5,
                    torch.zeros(1, width),
                    torch.randn(width, heads * CLASSES, generator=generator) / width**0.5,
                    torch.zeros(1, heads * CLASSES),
                ]
            )
        self.inner, self.inner_bias, self.outer, self.outer_bias = (
            nn.Parameter(torch.stack(group)) for group in zip(*parts, strict=True)
        )

    def forward(self, vectors: Tensor, languages: Tensor) -> Tensor:
        """Returns logits (networks, examples, CLASSES) of vectors (networks, examples, hidden); languages (networks, examples)."""
        if self.tag:
            vectors = torch.cat([vectors, nn.functional.one_hot(languages, 2).to(vectors.dtype)], -1)
        hidden = torch.relu(torch.baddbmm(self.inner_bias, vectors, self.inner))
        logits = torch.baddbmm(self.outer_bias, hidden, self.outer)
        if not self.separate:
            return logits
        chinese, english = logits.chunk(2, -1)
        return torch.where(languages[..., None] == ENGLISH, english, chinese)


@dataclass(frozen=True)
class Trained:
    """Right or wrong (networks, held-out examples) of each network, and English's part of each one's draws, counted (networks,)."""

    right: NDArray[np.bool_]
    english_drawn: NDArray[np.int64]


def train(
    mixes: Sequence[Mix],
    examples: Examples,
    held_out: Examples,
    *,
    steps: int,
    width: int,
    separate: bool,
    tag: bool,
    on_step: Callable[[int], None] = lambda step: None,
) -> Trained:
    """Trains a network for each mix by AdamW on `steps` batches and tests it on all held-out examples.

    Inputs are standardized by mean and deviation of each network's own examples, every language in one. Nothing is chosen on
    `held_out`.
    """
    drawn = torch.from_numpy(np.stack([draw(mix, steps) for mix in mixes]))
    scales = [_scale(examples.vectors[[*mix.chinese, *mix.english]]) for mix in mixes]
    mean, deviation = (torch.stack(group)[:, None] for group in zip(*scales, strict=True))
    networks = Networks([mix.seed for mix in mixes], examples.vectors.shape[1], width, separate, tag)
    optimizer = torch.optim.AdamW(networks.parameters(), lr=RATE, weight_decay=DECAY)
    for step in range(steps):
        on_step(step)
        indices = drawn[:, step]
        logits = networks((examples.vectors[indices] - mean) / deviation, examples.languages[indices])
        # The sum over networks: each one's gradient is that of its own mean loss, as if it were alone.
        loss = cross_entropy(logits.flatten(0, 1), examples.labels[indices].flatten(), reduction="sum") / BATCH
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    right = []
    with torch.inference_mode():
        vectors = (held_out.vectors[None] - mean) / deviation
        languages = held_out.languages.expand(len(mixes), -1)
        right = (networks(vectors, languages).argmax(-1) == held_out.labels).numpy()
    return Trained(right, (examples.languages[drawn] == ENGLISH).sum((1, 2)).numpy())


def _scale(vectors: Tensor) -> tuple[Tensor, Tensor]:
    return vectors.mean(0), vectors.std(0) + 1e-3
