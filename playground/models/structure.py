"""Accesses the parts of a transformers causal LM that compression changes, and copies it with shared tensors.

Knows no compression method.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models import onednn

# Names of the projections into and out of an MLP's neurons in the model families of transformers.
_MLP_NAMES = (
    (("gate_proj", "up_proj"), "down_proj"),
    (("c_fc",), "c_proj"),
    (("fc1",), "fc2"),
    (("dense_h_to_4h",), "dense_4h_to_h"),
    (("fc_in",), "fc_out"),
)
# Projections of the same input, in the order in which a layer uses their outputs.
_OF_ONE_INPUT = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))


@dataclass(frozen=True)
class Mlp:
    """Names of the projections into the neurons (one row per neuron; a gate first) and out of them (one column per neuron)."""

    incoming: tuple[str, ...]
    outgoing: str


def share(module: nn.Module) -> nn.Module:
    """Copies the modules and config, but shares the parameter and buffer tensors."""
    memo = {id(tensor): tensor for tensor in [*module.parameters(), *module.buffers()]}
    copied: nn.Module = copy.deepcopy(module, memo)
    return copied


def projections(module: nn.Module) -> dict[str, nn.Module]:
    """Returns the layers' projections by name, in order: Linear, or GPT-2's Conv1D; without the output head."""
    head = module.get_output_embeddings()
    return {name: layer for name, layer in module.named_modules() if _is_projection(layer) and layer is not head}


def of_one_input(module: nn.Module) -> list[list[nn.Module]]:
    """Returns groups of projections of the same input: queries, keys and values of a layer; gate and up of its MLP."""
    return [
        [getattr(block, name) for name in names]
        for block in module.modules()
        for names in _OF_ONE_INPUT
        if all(hasattr(block, name) for name in names)
    ]


def head_name(module: nn.Module) -> str:
    """Returns the name of the output head."""
    head = module.get_output_embeddings()
    return next(name for name, layer in module.named_modules() if layer is head)


def embedding_factor(embedding: nn.Module) -> float | Tensor | None:
    """Returns the factor on input embeddings: 1, or Gemma's `embed_scale`; None for other embeddings."""
    weight: Tensor = embedding.weight  # type: ignore[assignment]
    ids = torch.arange(4, device=weight.device)
    scale: Any = getattr(embedding, "embed_scale", 1.0)
    for factor in (1.0, scale):
        if torch.equal(embedding(ids), weight[ids] * torch.as_tensor(factor, dtype=weight.dtype)):
            return factor
    return None


def _is_projection(layer: object) -> bool:
    return isinstance(layer, nn.Linear) or _is_transposed(layer)


def _is_transposed(layer: object) -> bool:
    from transformers.pytorch_utils import Conv1D

    return isinstance(layer, Conv1D)


def weight_of(layer: nn.Module) -> Tensor:
    """Returns the weight (outputs, inputs); Conv1D stores it transposed."""
    weight: Tensor = layer.weight  # type: ignore[assignment]
    return weight.T if _is_transposed(layer) else weight


def set_weight(layer: nn.Module, weight: Tensor, bias: Tensor | None = None) -> None:
    """Replaces a layer's weight (outputs, inputs), and its bias if given; sizes may change.

    The layer must belong to a copy made by `share`; its previous tensor isn't modified.
    """
    stored = weight.T if _is_transposed(layer) else weight
    layer.weight = nn.Parameter(stored.contiguous(), requires_grad=False)
    if bias is not None:
        layer.bias = nn.Parameter(bias, requires_grad=False)
    outputs, inputs = weight.shape
    if _is_transposed(layer):
        layer.nf, layer.nx = outputs, inputs  # type: ignore[assignment]
    else:
        layer.out_features, layer.in_features = outputs, inputs  # type: ignore[assignment]


def replace(module: nn.Module, name: str, layer: nn.Module) -> None:
    """Replaces the submodule `name`."""
    parent, _, last = name.rpartition(".")
    setattr(module.get_submodule(parent), last, layer)


def mlps(module: nn.Module) -> list[Mlp]:
    """Returns the MLP of every layer, in order. Raises PlaygroundError if the model's MLPs have another structure."""
    found = []
    for name, block in module.named_modules():
        for incoming, outgoing in _MLP_NAMES:
            if all(_is_projection(getattr(block, part, None)) for part in (*incoming, outgoing)):
                found.append(Mlp(tuple(f"{name}.{part}" for part in incoming), f"{name}.{outgoing}"))
    if len(found) != module.config.num_hidden_layers:
        raise PlaygroundError(
            Text(
                zh="这个模型（{kind}）的前馈层结构不同，无法做结构化剪枝；可改用非结构化剪枝或 Wanda。",
                en="The MLP layers of this model ({kind}) have another form, so neurons can't be removed;"
                " use unstructured pruning or Wanda instead.",
            ).format(kind=module.config.model_type)
        )
    return found


def layer_list_name(module: nn.Module) -> str | None:
    """Returns the name of the base model's list of layers; None if it doesn't have a single list."""
    count = module.config.num_hidden_layers
    children = module.base_model.named_children()
    lists = [name for name, child in children if isinstance(child, nn.ModuleList) and len(child) == count]
    return lists[0] if len(lists) == 1 else None


def layer_list(module: nn.Module) -> nn.ModuleList:
    """Returns the layers, in order. Raises PlaygroundError if the model doesn't have a single list of them."""
    name = layer_list_name(module)
    if name is None:
        raise PlaygroundError(
            Text(
                zh="这个模型（{kind}）的层不是一个列表，无法整层删除；可改用别的剪枝方法。",
                en="The layers of this model ({kind}) aren't one list, so whole layers can't be removed; choose another pruning.",
            ).format(kind=module.config.model_type)
        )
    return getattr(module.base_model, name)


def keep_layers(module: nn.Module, kept: Sequence[int]) -> None:
    """Keeps only the layers of these indices, in order, in a copy made by `share`, and updates its config and cache indices."""
    layers, name = layer_list(module), str(layer_list_name(module))
    staying = [layers[index] for index in kept]
    for index, layer in enumerate(staying):
        for part in layer.modules():
            # The layer's index in the KV cache.
            if hasattr(part, "layer_idx"):
                part.layer_idx = index  # type: ignore[assignment]
    setattr(module.base_model, name, nn.ModuleList(staying))
    kinds = getattr(module.config, "layer_types", None)
    module.config.num_hidden_layers = len(staying)
    if kinds:
        module.config.layer_types = [kinds[index] for index in kept]


def storages(module: nn.Module) -> Iterator[tuple[int, int]]:
    """Yields (address, bytes) of every distinct storage of the module's weights."""
    seen = set()
    for tensor in [*module.parameters(), *module.buffers()]:
        if tensor.is_mkldnn:
            address, size = onednn.address(tensor), onednn.held_bytes(tensor)
        else:
            address, size = tensor.untyped_storage().data_ptr(), tensor.untyped_storage().nbytes()
        if address not in seen:
            seen.add(address)
            yield address, size


def held_bytes(module: nn.Module, besides: nn.Module | None = None) -> int:
    """Returns the bytes of the weights in memory, shared tensors once, without those shared with `besides`."""
    other = {address for address, _ in storages(besides)} if besides is not None else set()
    return sum(size for address, size in storages(module) if address not in other)


def own_bytes(layer: nn.Module) -> int:
    """Returns the bytes of a layer's tensors, even if they are views of a larger storage."""
    return sum(
        onednn.held_bytes(tensor) if tensor.is_mkldnn else tensor.nbytes
        for tensor in [*layer.parameters(), *layer.buffers()]
    )


def parameter_count(module: nn.Module) -> int:
    """Returns the number of parameters, shared ones once."""
    return sum(parameter.numel() for parameter in module.parameters())
