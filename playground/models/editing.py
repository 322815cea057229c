"""Reads and replaces inner values of a transformers causal LM during its forward passes. Knows no method of explanation.

Hooks are set on a copy that shares every tensor, so the model itself stays as it is for other runs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models import structure
from playground.models.language_model import LanguageModel
from playground.models.precise import precise_model

# embedding: the residual stream before layer 0. residual: the residual stream after a layer. attention, mlp: what that part adds to the residual stream. heads: the heads' outputs
# side by side (…, heads × head size), before the projection that mixes them.
Kind = Literal["embedding", "residual", "attention", "mlp", "heads"]
Edit = Callable[[Tensor], Tensor]


class Place(NamedTuple):
    """A kind of value in a layer, counted from 0."""

    kind: Kind
    layer: int


@dataclass(frozen=True)
class Parts:
    """The modules of one layer. `after_attention`, `after_mlp`: norms between a part and the residual stream, as Gemma's; else None."""

    block: nn.Module
    attention: nn.Module
    mix: nn.Linear
    mlp: nn.Module
    after_attention: nn.Module | None
    after_mlp: nn.Module | None


def parts(module: nn.Module) -> tuple[Parts, ...]:
    """Returns the parts of every layer. Raises PlaygroundError unless each is a pre-norm layer of the Llama or Gemma shape."""
    return tuple(_parts(module, block) for block in structure.layer_list(module))


def _parts(module: nn.Module, block: nn.Module) -> Parts:
    attention, mlp = getattr(block, "self_attn", None), getattr(block, "mlp", None)
    mix = getattr(attention, "o_proj", None)
    plain = isinstance(mix, nn.Linear) and mix.bias is None and isinstance(mlp, nn.Module)
    # Llama names the norm before its MLP post_attention_layernorm; only with a norm of its own before the MLP is it Gemma's.
    sandwich = hasattr(block, "pre_feedforward_layernorm")
    if not plain or not hasattr(block, "input_layernorm"):
        raise PlaygroundError(
            Text(
                zh="这个模型（{kind}）的层不是 Llama 或 Gemma 的结构，无法分出各个头和前馈层的输出。",
                en="The layers of this model ({kind}) aren't of the Llama or Gemma form, so the outputs of heads and MLPs can't be told apart.",
            ).format(kind=module.config.model_type)
        )
    return Parts(
        block, attention, mix, mlp,  # type: ignore[arg-type]
        block.post_attention_layernorm if sandwich else None,  # type: ignore[arg-type]
        block.post_feedforward_layernorm if sandwich else None,  # type: ignore[arg-type]
    )  # fmt: skip


class EditableModel:
    """A copy of a model, sharing its tensors, whose passes can be recorded and edited. For one run: not safe between threads.

    `lm`: the copy, used like any model; its passes are edited while inside `editing`. `precise`: with layers in float32, so that what
    is computed of a text doesn't depend on its batch; the head stays as it is. Raises PlaygroundError as `parts` does.
    """

    def __init__(self, lm: LanguageModel, *, precise: bool = False) -> None:
        module = structure.share(precise_model(lm.module) if precise else lm.module)
        self.lm = dataclasses.replace(lm, module=module)
        self.parts = parts(module)
        # Hooks know the edits and not the model: its float32 layers would go with the next search for cycles only.
        self._edits: dict[Place, Edit] = {}
        after, before = functools.partial(_after, self._edits), functools.partial(_before, self._edits)
        self.parts[0].block.register_forward_pre_hook(functools.partial(before, Place("embedding", 0)))
        for layer, found in enumerate(self.parts):
            found.block.register_forward_hook(functools.partial(after, Place("residual", layer)))
            adds = {"attention": found.after_attention or found.attention, "mlp": found.after_mlp or found.mlp}
            for kind, part in adds.items():
                part.register_forward_hook(functools.partial(after, Place(kind, layer)))  # type: ignore[arg-type]
            found.mix.register_forward_pre_hook(functools.partial(before, Place("heads", layer)))

    @property
    def head_size(self) -> int:
        """Numbers in one head's output."""
        return self.parts[0].mix.in_features // self.lm.heads

    @contextlib.contextmanager
    def editing(self, edits: Mapping[Place, Edit]) -> Iterator[LanguageModel]:
        """Replaces the value at each place, (batch, length, size), by what its edit returns, in every pass inside the context."""
        before = dict(self._edits)
        self._edits.update(edits)
        try:
            yield self.lm
        finally:
            self._edits.clear()
            self._edits.update(before)

    @contextlib.contextmanager
    def recording(self, places: Iterable[Place]) -> Iterator[dict[Place, Tensor]]:
        """Yields what fills with the values (batch, length, size) at places in the last pass inside the context. In the dtype of the
        copy's layers."""
        found: dict[Place, Tensor] = {}

        def note(place: Place, value: Tensor) -> Tensor:
            found[place] = value
            return value

        with self.editing({place: functools.partial(note, place) for place in places}):
            yield found

    def record(self, ids: Tensor, places: Iterable[Place]) -> tuple[dict[Place, Tensor], Tensor]:
        """Returns the values (batch, length, size) at places in a pass of ids (batch, length), and its last hidden states after the
        final norm. In the dtype of the copy's layers."""
        with self.recording(places) as found:
            states, _ = self.lm.extend(ids)
        return found, states


def _after(edits: Mapping[Place, Edit], place: Place, module: nn.Module, inputs: Any, output: Any) -> Any:
    edit = edits.get(place)
    if edit is None:
        return None
    # Attention returns its weights beside its output.
    return (edit(output[0]), *output[1:]) if isinstance(output, tuple) else edit(output)


def _before(edits: Mapping[Place, Edit], place: Place, module: nn.Module, inputs: tuple[Tensor, ...]) -> Any:
    edit = edits.get(place)
    return None if edit is None else (edit(inputs[0]), *inputs[1:])


def gain(norm: nn.Module, size: int) -> Tensor | None:
    """Returns the gain (size,), float32, of an RMS norm: norm(x) = x / rms(x) · gain. None for a norm of another kind."""
    weight: Tensor = norm.weight  # type: ignore[assignment]
    probe = torch.linspace(-1.0, 2.0, size, device=weight.device)
    rows = torch.stack([torch.ones_like(probe), probe]) * 64
    with torch.inference_mode():
        ones, other = norm(rows).float()
    found = ones / (64 * scale(norm, rows[0]))
    return found if torch.allclose(other, rows[1] * scale(norm, rows[1]) * found, rtol=1e-3, atol=1e-3) else None


def scale(norm: nn.Module, values: Tensor) -> Tensor:
    """Returns the factor 1 / rms (…, 1) by which an RMS norm scales values (…, size), float32, before its gain."""
    epsilon: float = getattr(norm, "eps", getattr(norm, "variance_epsilon", 0.0))
    return torch.rsqrt(values.float().square().mean(-1, keepdim=True) + float(epsilon))
