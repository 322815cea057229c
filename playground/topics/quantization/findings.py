"""The numbers of a run of quantization: what rounding costs by granularity and by bits, and what the real kernels hold and take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from playground.evaluation.reading import Cost
from playground.generation.continuation import Continuation, parting
from playground.language.units import shown_pieces
from playground.models.language_model import LanguageModel
from playground.topics.quantization.grid import MatrixOnGrid
from playground.topics.quantization.kernels import KernelRun
from playground.topics.quantization.rounding import Rounded


@dataclass(frozen=True)
class Loss:
    """What the weights of one scheme cost on the text.

    `perplexity`: of the text. `divergence`: mean KL(baseline ‖ rounded), nats per token. `bits_per_weight`: if the
    matrices were packed, with 16 bits for each scale and the zero points; by formula, nothing is packed.
    """

    perplexity: float
    divergence: float
    bits_per_weight: float


@dataclass(frozen=True)
class Matrix:
    """The matrix of the histogram. `layer`: from 1. `in_steps`: weights are divided by the step of their group and
    shifted by its zero point; else they are in their own unit.

    `lowest`, `highest`: the least and the greatest weight, in that unit. `first_level`, `last_level`: the ends of the
    grid, in the same unit. `spike`: the largest ratio of a bin's count to the mean of the two bins beside it, over bins
    that hold a thousandth of the weights or more; None where no bin does.
    """

    layer: int
    in_steps: bool
    lowest: float
    highest: float
    first_level: float
    last_level: float
    spike: float | None


@dataclass(frozen=True)
class Continuations:
    """What both models, `baseline` and `rounded`, generate greedily after the text. `parting`: the first token (from 1)
    that differs, None where none does.
    """

    baseline: str
    rounded: str
    parting: int | None


@dataclass(frozen=True)
class Kernel:
    """The model on one kind of matrix product.

    `matrix_bytes`: bytes of the layers' matrices and the output head. `held_bytes`: of the whole model. `perplexity` of
    the text. `divergence`: mean KL(baseline ‖ this), nats per token.
    """

    matrix_bytes: int
    held_bytes: int
    perplexity: float
    divergence: float


@dataclass(frozen=True)
class Measured:
    """Times of this run. `step_ms`: median milliseconds of a decoding step, by kernel ("none": floats; "int8", "int4")."""

    step_ms: dict[str, float]


@dataclass(frozen=True)
class Findings:
    """One text (`tokens` tokens of it), read by the baseline and by its rounded copies.

    `baseline_perplexity`: of the text. `loss`: of the chosen settings. `median_snr`: signal to noise of the rounded
    matrices, dB, the median; None where rounding changed nothing. `matrix`: the one of the histogram. `continuations`:
    what both generate. `by_granularity`: the chosen bits and range with a scale for each "tensor", "row", "group_128",
    "group_64" or "group_32". `by_bits`: the chosen granularity and range by the number of bits. `simulated_bytes`:
    bytes of the matrices and the output head as the rounded copy holds them. `kernels`: "none" (floats), "int8" and
    "int4". `measured`: times in milliseconds.
    """

    tokens: int
    baseline_perplexity: float
    loss: Loss
    median_snr: float | None
    matrix: Matrix
    continuations: Continuations
    by_granularity: dict[str, Loss]
    by_bits: dict[str, Loss]
    simulated_bytes: int
    kernels: dict[str, Kernel]
    measured: Measured

    @property
    def per_tensor(self) -> float:
        """Perplexity with one scale per tensor."""
        return self.by_granularity["tensor"].perplexity

    @property
    def per_32(self) -> float:
        """Perplexity with one scale per 32 weights."""
        return self.by_granularity["group_32"].perplexity

    @property
    def tensor_over_group(self) -> float:
        """How many times the perplexity one scale per tensor gives, against one per 32 weights."""
        return self.per_tensor / self.per_32


def loss_of(cost: Cost, rounded: Rounded) -> Loss:
    """The loss of a rounded model that cost so much."""
    return Loss(cost.perplexity, cost.divergence, rounded.bits_per_weight)


def median_snr(noise: Mapping[str, float | None]) -> float | None:
    """The median SNR in dB of the matrices that rounding changed; None where it changed none."""
    known = [decibels for decibels in noise.values() if decibels is not None]
    return float(np.median(known)) if known else None


def matrix_of(on_grid: MatrixOnGrid) -> Matrix:
    """What the findings keep of the histogram's matrix."""
    counts, edges = on_grid.counts, on_grid.edges
    enough = sum(counts) / 1000
    spikes = [
        2 * count / max(before + after, 1)
        for before, count, after in zip(counts, counts[1:], counts[2:], strict=False)
        if count >= enough
    ]
    return Matrix(
        on_grid.layer, on_grid.in_steps, edges[0], edges[-1], on_grid.levels[0], on_grid.levels[-1],
        max(spikes, default=None),
    )  # fmt: skip


def continuations_of(lm: LanguageModel, baseline: Continuation, rounded: Continuation) -> Continuations:
    """What both generated, and where they part."""
    at = parting(baseline, rounded)
    texts = ["".join(shown_pieces(lm, one.ids)) for one in (baseline, rounded)]
    return Continuations(texts[0], texts[1], None if at is None else at + 1)


def kernels_of(runs: Mapping[str, KernelRun]) -> dict[str, Kernel]:
    """What each kernel holds and costs."""
    return {
        kind: Kernel(one.matrix_bytes, one.held_bytes, one.cost.perplexity, one.cost.divergence)
        for kind, one in runs.items()
    }


def measured_of(runs: Mapping[str, KernelRun]) -> Measured:
    """What a decoding step takes on each kernel."""
    return Measured({kind: 1e3 * one.step.median for kind, one in runs.items()})
