"""Builds mixes of pruning and quantization in private and measures them: bytes held, perplexity, Pareto front.

Knows nothing of panels. A grid's models are freed one by one, so that they don't evict other visitors' variants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from playground.evaluation.reading import Cost, Reading
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.variant import Variant
from playground.models import kernels, pruning, structure
from playground.models.language_model import LanguageModel
from playground.models.variants import effective

MASKS = ("unstructured", "global", "wanda")
QUANTIZED = ("int8", "int4")
# The sparsities that magnitude and Wanda are compared at.
COMPARED = (0.3, 0.5)
# (pruning, sparsity) to the quantizations that it is measured under.
Grid = dict[tuple[str, float], tuple[str, ...]]
LARGE_SPARSITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Point:
    """A mix and what was measured of it. `held_bytes`: of the whole model's weights in memory."""

    variant: Variant
    held_bytes: int
    cost: Cost


def plan(layers: int, large: bool) -> Grid:
    """The small or large grid. `layers`: how many the model has."""
    mixes: Grid = {("none", 0.0): ("none", *QUANTIZED)}
    every = ("none", *QUANTIZED)
    for sparsity in LARGE_SPARSITIES if large else COMPARED:
        for method in MASKS if large or sparsity == 0.5 else ("unstructured", "wanda"):
            mixes[method, sparsity] = every if large and sparsity in COMPARED else ("none",)
    mixes["two-four", 0.5] = every if large else ("none",)
    for sparsity in (0.05, 0.1, 0.2, 0.3, 0.5) if large else (0.05, 0.1):
        mixes["structured", sparsity] = every if large else ("none",)
    for count in range(1, min(layers, 7 if large else 2)):
        # Whole layers are cut from the packed models for nothing: no weight is packed anew.
        mixes["layers", count / layers] = every
    return mixes


def measure_grid(
    bench: Bench,
    reading: Reading,
    calibration: str,
    mixes: Grid,
    known: Point,
) -> Iterator[list[Point]]:
    """Yields the points so far after each pruning of the plan with all its quantizations. `known`: one measured before."""
    base, points = bench.lm(), []
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
            if variant == known.variant:
                points.append(known)
                continue
            floats = floats or pruned(base, method, sparsity, calibration, bench.checkpoint)
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
def masked_neurons(base: LanguageModel, sparsity: float) -> LanguageModel:
    """Zeroes the neurons of the base that structured pruning would remove."""
    module = structure.share(base.module)
    pruning.mask_neurons(module, sparsity, lambda fraction, text: None)
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


def largest_difference(one: LanguageModel, other: LanguageModel, ids: list[int]) -> float:
    """The largest difference (nats) between two models' log-probabilities over all positions and the whole vocabulary."""
    a, b = (model.logits(ids).log_softmax(-1) for model in (one, other))
    return float((a - b).abs().max())
