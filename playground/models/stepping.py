"""Decodes token by token on a KV cache allocated once; knows nothing of how tokens are chosen.

transformers' own step spends as long between the matrix products as in them: masks, rotary tables, concatenated caches,
nested modules. For Gemma 3 this does the same arithmetic in the same order with as few operations as possible, so its
bfloat16 logits are bit-identical to the library's. Other models use the library's step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.models.adjacent import at_once
from playground.models.language_model import LanguageModel

if TYPE_CHECKING:
    from transformers import DynamicCache


class Stepping(Protocol):
    """A batch of sequences of equal length, decoded together."""

    def select(self, rows: Tensor) -> None:
        """Keeps `rows` (indices, repeats allowed), in this order."""
        ...

    def step(self, tokens: Tensor) -> Tensor:
        """Appends one token (rows,) to each row and returns logits (rows, vocabulary) in the model's dtype. Counted; a checkpoint."""
        ...

    def states(self, tokens: Tensor) -> Tensor:
        """Does what `step` does but for the output head: returns the last hidden states (rows, hidden), after the final norm.

        For callers that need the logits of a few tokens only: the head is most of a step's work.
        """
        ...


def go_on(lm: LanguageModel, cache: DynamicCache, most: int, *, grouped: bool = False) -> Stepping:
    """Returns a decoder of at most `most` tokens that continues from a prefill's `cache`. Takes ownership of `cache`.

    `grouped`: see `GemmaText`; ignored for other models.
    """
    return GemmaText(lm, cache, most, grouped=grouped) if fits(lm.module) else LibraryText(lm, cache)


class LibraryText:
    """Decodes with any model, by transformers' own step."""

    def __init__(self, lm: LanguageModel, cache: DynamicCache) -> None:
        self._lm, self._cache = lm, cache

    def select(self, rows: Tensor) -> None:
        self._cache.batch_select_indices(rows.to(self._lm.device))

    def step(self, tokens: Tensor) -> Tensor:
        out = self._lm.forward(tokens[:, None], past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        logits: Tensor = out.logits[:, -1]
        return logits

    def states(self, tokens: Tensor) -> Tensor:
        hidden, self._cache = self._lm.extend(tokens[:, None], self._cache)
        return hidden[:, -1]


def fits(module: nn.Module) -> bool:
    """Returns whether `GemmaText` implements everything the model uses."""
    from transformers.models.gemma3.modeling_gemma3 import Gemma3ForCausalLM

    if not isinstance(module, Gemma3ForCausalLM):
        return False
    config = module.config
    capped = config.attn_logit_softcapping or config.final_logit_softcapping
    plain = config.hidden_activation == "gelu_pytorch_tanh" and not config.use_bidirectional_attention
    return not capped and plain and config._attn_implementation == "sdpa"


@dataclass(frozen=True)
class _Layer:
    """One layer's weights for a step. `heads_of`: queries, keys and values; `neurons_of`: gate and up.

    Norm weights are float32 and include the 1 that Gemma adds.
    """

    heads_of: Callable[[Tensor], Sequence[Tensor]]
    output: nn.Module
    neurons_of: Callable[[Tensor], Sequence[Tensor]]
    down: nn.Module
    before_attention: Tensor
    after_attention: Tensor
    before_mlp: Tensor
    after_mlp: Tensor
    heads_norm: Tensor
    window: int | None
    table: int


class GemmaText:
    """Decodes with a Gemma 3 text model. The KV cache is (2, rows, heads, positions, head size) per layer.

    `grouped`: the queries that share a key head are attended to as rows of one product, instead of one product for each. As exact,
    and in bfloat16 nine times as fast at 165 positions, but the last bits aren't the library's.
    """

    def __init__(self, lm: LanguageModel, cache: DynamicCache, most: int, *, grouped: bool = False) -> None:
        module: Any = lm.module
        config = module.config
        self._lm, self._model, self._head = lm, module.model, module.lm_head
        self._epsilon: float = config.rms_norm_eps
        self._size: int = config.head_dim
        self._query_heads: int = config.num_attention_heads
        self._key_heads: int = config.num_key_value_heads
        self._scale: float = config.query_pre_attn_scalar**-0.5
        self._asked_heads = self._key_heads if grouped else self._query_heads
        kinds = sorted(set(config.layer_types))
        self._layers = [self._parts(layer, kinds) for layer in module.model.layers]
        self._norm = 1.0 + module.model.norm.weight.float()
        self._filled = [layer.keys.shape[2] for layer in cache.layers]
        self._held = [
            _with_room(layer.keys, layer.values, most)  # type: ignore[arg-type]
            for layer in cache.layers
        ]
        seen = cache.get_seq_length()
        positions = torch.arange(seen, seen + most, device=lm.device)[None]
        self._tables = [self._rotary(positions, kind) for kind in kinds]
        self._done = 0

    def _parts(self, layer: Any, kinds: list[str]) -> _Layer:
        attention, mlp = layer.self_attn, layer.mlp
        heads = [attention.q_norm.weight] * self._query_heads + [attention.k_norm.weight] * self._key_heads
        return _Layer(
            heads_of=at_once([attention.q_proj, attention.k_proj, attention.v_proj]), output=attention.o_proj,
            neurons_of=at_once([mlp.gate_proj, mlp.up_proj]), down=mlp.down_proj,
            before_attention=1.0 + layer.input_layernorm.weight.float(),
            after_attention=1.0 + layer.post_attention_layernorm.weight.float(),
            before_mlp=1.0 + layer.pre_feedforward_layernorm.weight.float(),
            after_mlp=1.0 + layer.post_feedforward_layernorm.weight.float(),
            heads_norm=1.0 + torch.stack(heads).float(),
            window=attention.sliding_window, table=kinds.index(attention.layer_type),
        )  # fmt: skip

    def _rotary(self, positions: Tensor, kind: str) -> tuple[Tensor, Tensor]:
        """Returns cosines and sines (positions, head size), the first half of the sines negated for use with rolled heads."""
        cos, sin = self._model.rotary_emb(self._held[0], positions, kind)
        half = self._size // 2
        return cos[0], torch.cat([-sin[0, :, :half], sin[0, :, half:]], -1)

    def select(self, rows: Tensor) -> None:
        self._held = [room[:, rows] for room in self._held]

    @torch.inference_mode()
    def step(self, tokens: Tensor) -> Tensor:
        logits: Tensor = self._head(self.states(tokens))
        return logits

    @torch.inference_mode()
    def states(self, tokens: Tensor) -> Tensor:
        self._lm.on_forward(len(tokens))
        queries = self._query_heads
        rows, heads_shape = len(tokens), (len(tokens), queries + self._key_heads, self._size)
        x = self._model.embed_tokens(tokens.to(self._lm.device))
        tables = [(cos[self._done], sin[self._done]) for cos, sin in self._tables]
        for number, layer in enumerate(self._layers):
            h = self._normed(x, layer.before_attention)
            asked, keys, values = layer.heads_of(h)
            heads = self._normed_heads(torch.cat([asked, keys], -1).view(heads_shape), layer.heads_norm)
            cos, sin = tables[layer.table]
            heads = heads * cos + heads.roll(self._size // 2, -1) * sin
            room, end = self._held[number], self._filled[number]
            room[0, :, :, end] = heads[:, queries:]
            room[1, :, :, end] = values.view(rows, self._key_heads, self._size)
            self._filled[number] = end = end + 1
            first = 0 if layer.window is None else max(0, end - layer.window)
            attended = functional.scaled_dot_product_attention(
                heads[:, :queries].view(rows, self._asked_heads, -1, self._size), room[0, :, :, first:end],
                room[1, :, :, first:end], scale=self._scale, enable_gqa=True,
            )  # fmt: skip
            x = x + self._normed(layer.output(attended.reshape(rows, -1)), layer.after_attention)
            h = self._normed(x, layer.before_mlp)
            gate, up = layer.neurons_of(h)
            h = layer.down(functional.gelu(gate, approximate="tanh") * up)
            x = x + self._normed(h, layer.after_mlp)
        self._done += 1
        return self._normed(x, self._norm)

    def _normed(self, x: Tensor, weight: Tensor) -> Tensor:
        return functional.rms_norm(x.float(), x.shape[-1:], weight, self._epsilon).to(x.dtype)

    def _normed_heads(self, x: Tensor, weight: Tensor) -> Tensor:
        return (functional.rms_norm(x.float(), x.shape[-1:], None, self._epsilon) * weight).to(x.dtype)


def _with_room(keys: Tensor, values: Tensor, most: int) -> Tensor:
    rows, heads, length, size = keys.shape
    room = keys.new_empty(2, rows, heads, length + most, size)
    room[0, :, :, :length], room[1, :, :, :length] = keys, values
    return room
