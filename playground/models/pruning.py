"""Prunes a copy of a model by a method of `compression.prune`: zeroes weights, or removes neurons or layers.

Knows nothing of variants and of quantization. Every `module` here is a copy made by `structure.share`, whose shared tensors
are not modified.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from playground.compression import prune as masks
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models import structure
from playground.models.activations import ByMlp, calibrate
from playground.models.language_model import LanguageModel

Progress = Callable[[float, Text], None]

# Tokens of the calibration text used for Wanda and for layer influence.
CALIBRATION_TOKENS = 512
# Methods that go by the activations of a calibration text.
CALIBRATED = frozenset({"wanda", "layers", "activations"})


def prune(
    module: nn.Module, method: str, sparsity: float, base: LanguageModel, calibration: str, progress: Progress
) -> None:
    """Applies a method of `lab.variant.Variant.pruning` to a copy of `base`'s module. Calibration runs on `base`.

    Raises PlaygroundError if the model doesn't support the method, or if a required calibration text is blank: "activations"
    has a calibration set of its own, to which the text is added.
    """
    if method == "structured":
        remove_neurons(module, sparsity, progress)
    elif method == "activations":
        remove_neurons(module, sparsity, progress, calibrate(base, calibration))
    elif method == "layers":
        structure.keep_layers(module, masks.kept_layers(layer_influences(base, calibration), sparsity))
    elif method == "wanda":
        norms = input_norms(base, calibration)
        mask_each(module, lambda name, weight: masks.wanda_mask(weight, norms[name], sparsity), progress)
    elif method == "two-four":
        mask_each(module, lambda name, weight: masks.two_to_four_mask(weight), progress)
    elif method == "unstructured":
        mask_each(module, lambda name, weight: masks.magnitude_masks([weight], sparsity)[0], progress)
    elif method == "global":
        layers = structure.projections(module)
        progress(0.0, _pruning(0, len(layers)))
        chosen = masks.magnitude_masks([structure.weight_of(layer) for layer in layers.values()], sparsity, "global")
        by_name = dict(zip(layers, chosen, strict=True))
        mask_each(module, lambda name, weight: by_name[name], progress)
    elif method != "none":
        raise ValueError(f"no pruning is called {method!r}")


def mask_each(module: nn.Module, choose: Callable[[str, Tensor], Tensor], progress: Progress) -> None:
    """Zeroes the weights of every layer matrix where the mask `choose(name, weight)` is False.

    The embedding and the output head aren't pruned: in many models they are tied, and most of a small model's weights.
    """
    layers = structure.projections(module)
    for done, (name, layer) in enumerate(layers.items()):
        progress(done / len(layers), _pruning(done, len(layers)))
        weight = structure.weight_of(layer)
        structure.set_weight(layer, weight * choose(name, weight))


def remove_neurons(module: nn.Module, sparsity: float, progress: Progress, activations: ByMlp | None = None) -> None:
    """Removes the same share of neurons from every MLP; the matrices shrink.

    Those of smallest `activation_importance` go, or of smallest `weight_importance` without `activations`.
    """
    for block, kept in chosen_neurons(module, sparsity, progress, activations):
        for layer in map(module.get_submodule, block.incoming):
            weight = structure.weight_of(layer)
            bias = layer.bias if isinstance(layer.bias, Tensor) else None
            structure.set_weight(layer, weight[kept], None if bias is None else bias[kept])
        outgoing = module.get_submodule(block.outgoing)
        structure.set_weight(outgoing, structure.weight_of(outgoing)[:, kept])


def mask_neurons(module: nn.Module, sparsity: float, progress: Progress, activations: ByMlp | None = None) -> None:
    """Zeroes what `remove_neurons` removes: the same outputs with unchanged shapes."""
    for block, kept in chosen_neurons(module, sparsity, progress, activations):
        for layer in map(module.get_submodule, block.incoming):
            weight = structure.weight_of(layer)
            stays = torch.zeros(len(weight), dtype=weight.dtype, device=weight.device)
            stays[kept] = 1
            bias = layer.bias if isinstance(layer.bias, Tensor) else None
            structure.set_weight(layer, weight * stays[:, None], None if bias is None else bias * stays)
        outgoing = module.get_submodule(block.outgoing)
        structure.set_weight(outgoing, structure.weight_of(outgoing) * stays)


def chosen_neurons(
    module: nn.Module, sparsity: float, progress: Progress, activations: ByMlp | None
) -> list[tuple[structure.Mlp, Tensor]]:
    """Returns each MLP with the indices of its kept neurons.

    By weights, those of the gate don't count, because large ones may also close the gate.
    """
    chosen, blocks = [], structure.mlps(module)
    for done, block in enumerate(blocks):
        progress(done / len(blocks), _pruning(done, len(blocks)))
        outgoing = structure.weight_of(module.get_submodule(block.outgoing)).T
        if activations is None:
            incoming = structure.weight_of(module.get_submodule(block.incoming[-1]))
            importance = masks.weight_importance(incoming, outgoing)
        else:
            norms = activations[block.outgoing].norms.float().to(outgoing.device)
            importance = masks.activation_importance(norms, outgoing)
        chosen.append((block, masks.kept_neurons(importance, sparsity)))
    return chosen


def input_norms(lm: LanguageModel, text: str) -> dict[str, Tensor]:
    """Returns L2 norms over a text's tokens of the input features of each layer matrix, from one dense forward pass.

    The paper prunes layer by layer and measures each layer on the outputs of the pruned earlier ones; this measures all at once.
    """
    norms: dict[str, Tensor] = {}

    def note(name: str, layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        norms[name] = inputs[0].float().flatten(0, -2).norm(dim=0)

    # Hooks are set on a copy: the base's modules are shared with other runs.
    listening = structure.share(lm.module)
    for name, layer in structure.projections(listening).items():
        layer.register_forward_pre_hook(functools.partial(note, name))
    _read(lm, listening, text)
    return {name: norm.clone() for name, norm in norms.items()}


def layer_influences(lm: LanguageModel, text: str) -> list[float]:
    """Returns each layer's `block_influence` on a text, in order, from one dense forward pass."""
    influences: list[float] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> None:
        leaving = output[0] if isinstance(output, tuple) else output
        influences.append(masks.block_influence(inputs[0].flatten(0, -2), leaving.flatten(0, -2)))

    listening = structure.share(lm.module)
    for layer in structure.layer_list(listening):
        layer.register_forward_hook(note)
    _read(lm, listening, text)
    return influences


def _read(lm: LanguageModel, listening: nn.Module, text: str) -> None:
    ids = lm.encode(text)[: min(CALIBRATION_TOKENS, lm.context)]
    if not text.strip() or not ids:
        raise PlaygroundError(
            Text(
                zh="这种剪枝需要一段文本来衡量激活值，请先输入文本，或改用别的剪枝方法。",
                en="This pruning weighs by a text's activations: enter a text first, or choose another pruning.",
            )
        )
    replace(lm, module=listening).forward(torch.tensor([ids]), use_cache=False, logits_to_keep=1)


def _pruning(done: int, total: int) -> Text:
    return Text(zh="剪枝：第 {done} 个，共 {total} 个", en="pruning: {done} of {total}").format(done=done, total=total)
