"""Builds mixes of pruning and quantization in private and measures them: bytes held, perplexity, Pareto front.

Knows nothing of panels. A grid's models are freed one by one, so that they don't evict other visitors' variants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from playground.compression.prune import activation_importance
from playground.evaluation.reading import Cost, Reading
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.variant import Variant
from playground.models import kernels, pruning, structure
from playground.models.activations import calibrate
from playground.models.language_model import LanguageModel
from playground.models.variants import effective

MASKS = ("unstructured", "global", "wanda")
# Prunings that remove neurons, and all that make tensors smaller.
NEURONS = ("structured", "activations")
SHRINKING = (*NEURONS, "layers")
# Prunings that go by the activations of one text alone.
BY_TEXT = ("wanda", "layers")
# The sparsities at which neurons are removed by activations in the smaller grids; by norms only the first.
REMOVED = (0.1, 0.3)
QUANTIZED = ("int8", "int4")
# The sparsities that magnitude and Wanda are compared at in the medium grid; in the small one only the last.
COMPARED = (0.3, 0.5)
# (pruning, sparsity) to the quantizations that it is measured under.
Grid = dict[tuple[str, float], tuple[str, ...]]
LARGE_SPARSITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Point:
    """A mix, `variant`, and what was measured of it. `held_bytes`: of the whole model's weights in memory. `cost`:
    perplexity and KL on the text.
    """

    variant: Variant
    held_bytes: int
    cost: Cost


@dataclass(frozen=True)
class Calibration:
    """`given`: the visitor's calibration text, perhaps blank; `judged`: the text that perplexity is measured on."""

    given: str
    judged: str

    @property
    def same(self) -> bool:
        """Whether prunings that go by one text alone have only the judged one."""
        return not self.given.strip()

    def of(self, method: str) -> str:
        """Returns the calibration text of a pruning. Neurons by activations have a set of their own, and need none."""
        return self.judged if self.same and method in BY_TEXT else self.given


def plan(layers: int, size: str) -> Grid:
    """The grid of a size: "small", "medium" or "large". `layers`: how many the model has."""
    large = size == "large"
    every, floats = ("none", *QUANTIZED), ("none",)
    mixes: Grid = {("none", 0.0): every}
    for sparsity in {"small": COMPARED[-1:], "medium": COMPARED, "large": LARGE_SPARSITIES}[size]:
        for method in MASKS if large or (size, sparsity) == ("medium", 0.5) else ("unstructured", "wanda"):
            mixes[method, sparsity] = every if large and sparsity in COMPARED else floats
    mixes["two-four", 0.5] = every if large else floats
    for sparsity in (0.05, 0.1, 0.2, 0.3, 0.5) if large else REMOVED[:1]:
        mixes["structured", sparsity] = floats
    for sparsity in (0.05, 0.1, 0.2, 0.3, 0.5) if large else REMOVED:
        mixes["activations", sparsity] = every if large else floats
    for count in range(1, min(layers, 7 if large else 2)):
        # Whole layers are cut from the packed models for nothing: no weight is packed anew.
        mixes["layers", count / layers] = every
    return mixes


def measure_grid(
    bench: Bench,
    reading: Reading,
    calibration: Calibration,
    mixes: Grid,
    known: Sequence[Point],
) -> Iterator[list[Point]]:
    """Yields the points so far after each pruning of the plan with all its quantizations. `known`: those measured before."""
    base, points = bench.lm(), []
    measured = {point.variant: point for point in known}
    total, done = sum(map(len, mixes.values())), 0
    for (method, sparsity), quantizations in mixes.items():
        floats: LanguageModel | None = None
        for quantization in quantizations:
            done += 1
            bench.progress(
                done / (total + 1),
                Text(zh="网格：第 {n} 个，共 {total} 个", en="grid: mix {n} of {total}").format(n=done, total=total),
            )
            variant = effective(Variant(quantization, pruning=method, sparsity=sparsity))
            if variant in measured:
                points.append(measured[variant])
                continue
            floats = floats or pruned(base, method, sparsity, calibration.of(method), bench.checkpoint)
            lm = floats
            if quantization != "none":
                dense = bench.lm(Variant(quantization))
                lm = repacked(floats, dense, quantization, bench.checkpoint) if method != "none" else dense
            points.append(Point(variant, lm.weight_bytes, reading.cost(lm)))
            del lm
        yield list(points)


@torch.no_grad()
def pruned(
    base: LanguageModel, method: str, sparsity: float, calibration: str, tell: Callable[[], None] = lambda: None
) -> LanguageModel:
    """Prunes the base, in floats: a private copy that shares the tensors that aren't pruned."""
    if method == "none" or (sparsity == 0 and method != "two-four"):
        return base
    module = structure.share(base.module)
    pruning.prune(module, method, sparsity, base, calibration, lambda fraction, text: tell())
    return _around(base, module, Variant(pruning=method, sparsity=sparsity))


@torch.no_grad()
def contributions_removed(base: LanguageModel, sparsity: float, calibration: str) -> dict[str, float]:
    """By method of `NEURONS`, what the neurons that it removes contribute: the share (0 to 1) of Σ activation² × ‖column‖² over the
    calibration tokens, as the mean over the layers."""
    fired = calibrate(base, calibration)
    shares = {}
    for method in NEURONS:
        chosen = pruning.chosen_neurons(
            base.module, sparsity, lambda fraction, text: None, fired if method == "activations" else None
        )
        lost = []
        for block, kept in chosen:
            outgoing = structure.weight_of(base.module.get_submodule(block.outgoing)).T
            worth = activation_importance(fired[block.outgoing].norms.to(outgoing.device), outgoing).square()
            lost.append(1 - float(worth[kept].sum() / worth.sum()))
        shares[method] = sum(lost) / len(lost)
    return shares


@torch.no_grad()
def masked_neurons(base: LanguageModel, method: str, sparsity: float, calibration: str) -> LanguageModel:
    """Zeroes the neurons of the base that a method of `NEURONS` would remove."""
    module = structure.share(base.module)
    fired = calibrate(base, calibration) if method == "activations" else None
    pruning.mask_neurons(module, sparsity, lambda fraction, text: None, fired)
    return _around(base, module, base.variant)


@torch.no_grad()
def repacked(
    floats: LanguageModel, dense: LanguageModel, quantization: str, tell: Callable[[], None] = lambda: None
) -> LanguageModel:
    """Packs a pruned model as int8 or int4. `dense`: the unpruned packed model, whose packed head and embedding it shares.

    Where whole layers were removed, the others are the dense model's own.
    """
    module = structure.share(dense.module)
    if floats.layers != dense.layers:
        # The kept layers hold the very tensors of the base, in its order.
        assert floats.base is not None
        places = {_first_tensor(layer): place for place, layer in enumerate(structure.layer_list(floats.base))}
        structure.keep_layers(module, [places[_first_tensor(layer)] for layer in structure.layer_list(floats.module)])
    else:
        for name, layer in structure.projections(floats.module).items():
            tell()
            bias = layer.bias if isinstance(layer.bias, Tensor) else None
            structure.replace(module, name, kernels.packed_linear(quantization, structure.weight_of(layer), bias))
    return _around(floats, module, replace(floats.variant, quantization=quantization))


def _first_tensor(layer: torch.nn.Module) -> int:
    return next(layer.parameters()).data_ptr()


def _around(lm: LanguageModel, module: torch.nn.Module, variant: Variant) -> LanguageModel:
    return replace(
        lm, module=module, recorder=module, variant=variant, weight_bytes=structure.held_bytes(module),
        base=lm.base or lm.module,
    )  # fmt: skip


def on_front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Which (bytes, perplexity) no other point dominates: none is at most as large in both and smaller in one."""
    return [
        not any(
            other[0] <= point[0] and other[1] <= point[1] and other != point
            for other in points
        )
        for point in points
    ]  # fmt: skip


def largest_difference(one: Tensor, other: Tensor) -> float:
    """The largest difference (nats) between the log-probabilities of two models' logits (tokens, vocabulary)."""
    return float((one.float().log_softmax(-1) - other.float().log_softmax(-1)).abs().max())
