"""Builds and caches variants of the base weights: immutable, shared between runs, the least recently used evicted.

A variant shares every tensor that it doesn't change. Knows nothing of its callers.
"""

from __future__ import annotations

import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from playground.compression.quantize import Scheme, fake_quantize
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.variant import Variant
from playground.models import adjacent, device, embedded, hub, kernels, pruning, structure
from playground.models.language_model import LanguageModel
from playground.models.pruning import CALIBRATED, Progress

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

OnForward = Callable[[int], None]

# With the base (0.54 GB), the libraries and the tokenizer (0.8 GB) and what topics keep, this stays below 3 GB. It fits int8 (0.27), int4 (0.17) and neurons pruned by a tenth (0.2) of the embedded model, or one simulated (0.54) and int4.
MOST_BYTES = 700_000_000


def silent(fraction: float, text: Text) -> None:
    """Ignores progress."""


def uncounted(tokens: int) -> None:
    """Ignores forward passes outside a run."""


def effective(variant: Variant) -> Variant:
    """Resets options without effect to their defaults, so that equal weights have equal keys."""
    neutral = Variant()
    if variant.quantization != "simulated":
        variant = replace(variant, bits=neutral.bits)
    if variant.pruning == "two-four":
        variant = replace(variant, sparsity=neutral.sparsity)
    elif variant.pruning == "none" or variant.sparsity == 0:
        variant = replace(variant, pruning="none", sparsity=neutral.sparsity)
    return variant


def simulated_scheme(bits: int) -> Scheme:
    """Returns the scheme of "simulated": the int4 kernel's, a scale and a zero point per group of 32, at any bits."""
    return replace(kernels.INT4, bits=bits)


class VariantStore:
    """Implements `lab.bench.Models`. `load(progress)` returns the base; `most_bytes` limits the variants' memory besides
    the tensors shared with the base (but always allows one full copy of it)."""

    def __init__(self, load: Callable[[Progress], LanguageModel], most_bytes: int = MOST_BYTES) -> None:
        self._load = load
        self._most_bytes = most_bytes
        self._base: LanguageModel | None = None
        self._kept: OrderedDict[tuple[Variant, str], tuple[LanguageModel, int]] = OrderedDict()
        self._guard = threading.Lock()
        self._building = threading.Lock()

    def base(self, progress: Progress = silent) -> LanguageModel:
        """Returns the base model, loaded at the first call; concurrent callers wait for it."""
        if self._base is None:
            with self._exclusively(progress):
                if self._base is None:
                    self._base = self._load(progress)
        return self._base

    def get(
        self, variant: Variant, calibration: str = "", on_forward: OnForward = uncounted, progress: Progress = silent
    ) -> LanguageModel:
        """Returns the model of a variant, built at the first call by one thread at a time; equal variants share their weights.

        `calibration`: the text whose activations Wanda and layer pruning use. Raises PlaygroundError if the model doesn't
        support the variant.
        """
        base, variant = self.base(progress), effective(variant)
        if variant == Variant():
            return base.heard_by(on_forward)
        key = (variant, calibration if variant.pruning in CALIBRATED else "")
        found = self._find(key)
        if found is None:
            with self._exclusively(progress):
                found = self._find(key) or self._keep(key, build(base, variant, calibration, on_forward, progress))
        return found.heard_by(on_forward)

    def writable(self, variant: Variant, on_forward: OnForward = uncounted) -> LanguageModel:
        """Returns a private copy whose parameters may be changed; the caller enables gradients.

        Raises PlaygroundError for int8 and int4, whose codes can't be trained.
        """
        if variant.quantization in kernels.LINEARS:
            raise PlaygroundError(
                Text(
                    zh="{name} 的权重是整数，不能训练；请选“无”或“模拟”。",
                    en="{name} weights are integers and can't be trained; choose none or simulated.",
                ).format(name=variant.quantization)
            )
        shared = self.get(variant, "", on_forward)
        with torch.inference_mode(False), torch.no_grad():
            return self._copied(shared).heard_by(on_forward)

    @staticmethod
    def _copied(shared: LanguageModel) -> LanguageModel:
        module = structure.share(shared.module)
        copies = {
            id(parameter): nn.Parameter(parameter.clone(), requires_grad=False) for parameter in module.parameters()
        }
        for layer in module.modules():
            for name, parameter in list(layer.named_parameters(recurse=False)):
                setattr(layer, name, copies[id(parameter)])
        return wrap(shared.name, module, shared.tokenizer, shared.variant)

    @property
    def kept_bytes(self) -> int:
        """Bytes of the cached variants besides the base's tensors."""
        with self._guard:
            return sum(size for _, size in self._kept.values())

    def _find(self, key: tuple[Variant, str]) -> LanguageModel | None:
        with self._guard:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def _keep(self, key: tuple[Variant, str], lm: LanguageModel) -> LanguageModel:
        assert self._base is not None
        size = structure.held_bytes(lm.module, besides=self._base.module)
        limit = max(self._most_bytes, self._base.weight_bytes)
        with self._guard:
            self._kept[key] = (lm, size)
            while sum(kept for _, kept in self._kept.values()) > limit:
                self._kept.popitem(last=False)
        return lm

    @contextmanager
    def _exclusively(self, progress: Progress) -> Iterator[None]:
        """Allows one load or build at a time; a waiting run can still be stopped, as `progress` is its checkpoint.

        Disables gradients, but also inference mode if the caller is in it: inference tensors can't be used in a
        backward pass, such as another run's gradient of its input.
        """
        while not self._building.acquire(timeout=0.2):
            progress(0.0, Text(zh="等待另一次运行准备好模型", en="waiting for another run to prepare its model"))
        try:
            with torch.inference_mode(False), torch.no_grad():
                yield
        finally:
            self._building.release()


def wrap(name: str, module: nn.Module, tokenizer: PreTrainedTokenizerBase, variant: Variant) -> LanguageModel:
    """Returns a LanguageModel of a module, with a copy that shares its tensors and returns attentions."""
    recorder = structure.share(module)
    recorder.set_attn_implementation("eager")
    return LanguageModel(name, module, recorder, tokenizer, variant, structure.held_bytes(module))


def build(
    base: LanguageModel, variant: Variant, calibration: str, on_forward: OnForward, progress: Progress
) -> LanguageModel:
    """Builds a variant of the base: pruned first, then quantized. Called without gradients, by one thread at a time."""
    module = structure.share(base.module)
    pruning.prune(module, variant.pruning, variant.sparsity, base.heard_by(on_forward), calibration, progress)
    if variant.quantization in kernels.LINEARS:
        pack_weights(module, variant.quantization, progress)
    elif variant.quantization == "simulated":
        round_weights(module, simulated_scheme(variant.bits), progress)
    return replace(wrap(base.name, module, base.tokenizer, variant), base=base.module)


def round_weights(module: nn.Module, scheme: Scheme, progress: Progress, head: bool = True) -> None:
    """Rounds the matrices of the layers and of the output head to a scheme's grid, stored as floats; not the embedding."""
    layers = _with_head(module) if head else structure.projections(module)
    for done, layer in enumerate(layers.values()):
        progress(done / len(layers), _quantizing(done, len(layers)))
        structure.set_weight(layer, fake_quantize(structure.weight_of(layer), scheme))


def pack_weights(module: nn.Module, quantization: str, progress: Progress) -> None:
    """Replaces the layers' matrices and the output head by packed layers.

    A tied input embedding then reads its rows from the packed head; an untied one isn't quantized.
    """
    layers = _with_head(module)
    embedding = module.get_input_embeddings()
    tied = embedding.weight is module.get_output_embeddings().weight
    for done, (name, layer) in enumerate(layers.items()):
        progress(done / len(layers), _quantizing(done, len(layers)))
        bias = layer.bias if isinstance(layer.bias, Tensor) else None
        structure.replace(module, name, kernels.packed_linear(quantization, structure.weight_of(layer), bias))
    for together in structure.of_one_input(module):
        adjacent.lay_together(together)
    factor = structure.embedding_factor(embedding)
    if tied and factor is not None:
        name = next(name for name, layer in module.named_modules() if layer is embedding)
        structure.replace(module, name, kernels.PackedEmbedding(module.get_output_embeddings(), factor))


def _with_head(module: nn.Module) -> dict[str, nn.Module]:
    return structure.projections(module) | {structure.head_name(module): module.get_output_embeddings()}


def _quantizing(done: int, total: int) -> Text:
    return Text(zh="量化：第 {done} 个矩阵，共 {total} 个", en="quantizing: matrix {done} of {total}").format(
        done=done, total=total
    )


def load_base(progress: Progress) -> LanguageModel:
    """Loads the model of `PLAYGROUND_MODEL`, else the embedded one, on the fastest device and in the fastest dtype."""
    progress(0.0, Text(zh="测量本机算力", en="measuring this machine"))
    place = device.placement()
    named = os.environ.get("PLAYGROUND_MODEL", "").strip()
    if named:
        progress(0.1, Text(zh="载入 {name}", en="loading {name}").format(name=named))
        module, tokenizer = hub.load(named, place.dtype)
    else:
        module, tokenizer = embedded.load(place.dtype, progress)
    progress(1.0, Text(zh="模型就绪", en="model ready"))
    return wrap(named or embedded.NAME, module.to(place.device), tokenizer, Variant())


@functools.cache
def store() -> VariantStore:
    """Returns the process's store, created at the first call; its base is loaded at its first use."""
    return VariantStore(load_base)


def warm(progress: Progress = silent) -> None:
    """Loads the base, after converting it if necessary, ahead of the first run."""
    store().base(progress)
