"""A causal language model as the labs use it: text to token ids, logits, hidden states, attention.

Immutable and shared between runs; knows nothing of how its weights were made (see `variants`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from playground.lab.variant import Variant
from playground.models.backbone import first_layers


def by_length(sequences: Sequence[Sequence[int]], most_tokens: int = 2048) -> list[list[int]]:
    """Indices of the sequences in batches of like lengths, each of at most `most_tokens` padded tokens (or one sequence)."""
    order = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))
    batches: list[list[int]] = []
    for index in order:
        if batches and (len(batches[-1]) + 1) * len(sequences[index]) <= most_tokens:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _uncounted(tokens: int) -> None:
    """For models used outside a run."""


@dataclass(frozen=True)
class LanguageModel:
    """`module`: a transformers causal LM in eval mode without gradients. `recorder`: its twin that returns attentions
    (same parameters, eager attention). `on_forward(tokens)` is called before every forward pass: it counts, and raises
    to stop the run. `weight_bytes`: bytes that the weights really hold, shared embedding counted once. `base`: the module
    that a variant was made of, None for the base itself.
    """

    name: str
    module: nn.Module
    recorder: nn.Module
    tokenizer: PreTrainedTokenizerBase
    variant: Variant
    weight_bytes: int
    on_forward: Callable[[int], None] = _uncounted
    base: nn.Module | None = None

    # ---- shape: labs ask, never assume

    @property
    def config(self) -> Any:
        return self.module.config

    @property
    def layers(self) -> int:
        return int(self.config.num_hidden_layers)

    @property
    def heads(self) -> int:
        """Query heads."""
        return int(self.config.num_attention_heads)

    @property
    def key_value_heads(self) -> int:
        return int(getattr(self.config, "num_key_value_heads", None) or self.heads)

    @property
    def hidden_size(self) -> int:
        return int(self.config.hidden_size)

    @property
    def vocabulary(self) -> int:
        return int(self.config.vocab_size)

    @property
    def context(self) -> int:
        """Most tokens in one sequence."""
        return int(self.config.max_position_embeddings)

    @property
    def full_layers(self) -> tuple[int, ...]:
        """Layers (from 0) that attend to every earlier token; the others see a window."""
        kinds = getattr(self.config, "layer_types", None) or ["full_attention"] * self.layers
        return tuple(layer for layer, kind in enumerate(kinds) if kind == "full_attention")

    @property
    def end_ids(self) -> frozenset[int]:
        """Token ids that end a text."""
        declared = getattr(self.module.generation_config, "eos_token_id", None) or self.config.eos_token_id
        ids = declared if isinstance(declared, (list, tuple)) else [declared]
        return frozenset(int(token) for token in ids if token is not None)

    @property
    def device(self) -> torch.device:
        """Where the weights are. Ids may stand anywhere; `forward` moves them."""
        return next(self.module.parameters()).device

    # ---- text

    def encode(self, text: str) -> list[int]:
        """Token ids with the beginning-of-text token in front, where the model has one."""
        ids = list(self.tokenizer.encode(text, add_special_tokens=False))
        start = self.tokenizer.bos_token_id
        return ids if start is None else [int(start), *ids]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, special tokens left out."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    # ---- forward passes

    @torch.inference_mode()
    def forward(self, ids: Tensor, *, recording: bool = False, **options: Any) -> Any:
        """One forward pass of ids (batch, length), options as transformers' `forward`; counted, and a checkpoint.

        What comes back stays on the model's device.
        """
        self.on_forward(ids.numel())
        if isinstance(options.get("logits_to_keep"), int):
            # As an index, not a slice: the slice is a strided view, for which torch's bfloat16 product on CPU copies the whole
            # output head once for each row (0.9 s and 0.3 GB a row with a vocabulary of 262,144, against 0.01 s).
            kept = options["logits_to_keep"] or ids.shape[1]
            options["logits_to_keep"] = torch.arange(max(0, ids.shape[1] - kept), ids.shape[1])
        module = self.recorder if recording else self.module
        return module(input_ids=ids.to(self.device), **self._moved(options))

    def _moved(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: value.to(self.device) if isinstance(value, Tensor) else value for name, value in options.items()}

    def logits(self, ids: Sequence[int]) -> Tensor:
        """Logits (length, vocabulary), float32, of one sequence."""
        out = self.forward(torch.tensor([list(ids)]), use_cache=False)
        logits: Tensor = out.logits[0].float().cpu()
        return logits

    def next_logits(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """Logits (batch, vocabulary), float32, after the last token of each sequence. Sequences may differ in length."""
        ids, mask, positions = self.pad_left(sequences)
        out = self.forward(ids, attention_mask=mask, position_ids=positions, use_cache=False, logits_to_keep=1)
        logits: Tensor = out.logits[:, -1].float().cpu()
        return logits

    def hidden_states(self, ids: Sequence[int]) -> Tensor:
        """Hidden states (layers + 1, length, hidden), float32: the embedding, then after each layer (final norm last)."""
        out = self.forward(torch.tensor([list(ids)]), use_cache=False, output_hidden_states=True, logits_to_keep=1)
        return torch.stack([state[0].float().cpu() for state in out.hidden_states])

    def attentions(self, ids: Sequence[int]) -> Tensor:
        """Attention weights (layers, heads, length, length), float32, of the prefill; rows are queries."""
        out = self.forward(
            torch.tensor([list(ids)]), recording=True, use_cache=False, output_attentions=True, logits_to_keep=1
        )
        return torch.stack([layer[0].float().cpu() for layer in out.attentions])

    def last_hidden(self, sequences: Sequence[Sequence[int]], layer: int, *, most_tokens: int = 2048) -> Tensor:
        """Hidden states (sequences, hidden), float32, of the last token of each sequence after `layer` (0: embedding).

        Computed in batches of like lengths, without the output head and without the layers above.
        """
        states = torch.empty(len(sequences), self.hidden_size)
        cut = first_layers(self.module, layer)
        for batch in by_length(sequences, most_tokens):
            last = torch.tensor([len(sequences[index]) - 1 for index in batch])
            # Padded on the right: a causal model never sees what comes after, so no mask is needed, which is faster.
            ids = torch.zeros(len(batch), int(last.max()) + 1, dtype=torch.long)
            for row, index in enumerate(batch):
                ids[row, : len(sequences[index])] = torch.tensor(list(sequences[index]), dtype=torch.long)
            self.on_forward(ids.numel())
            with torch.inference_mode():
                if cut is not None:
                    hidden = cut(input_ids=ids.to(self.device), use_cache=False).last_hidden_state
                else:
                    out = self.module.base_model(
                        input_ids=ids.to(self.device), use_cache=False, output_hidden_states=True
                    )
                    hidden = out.hidden_states[layer]
            states[batch] = hidden[torch.arange(len(batch)), last.to(hidden.device)].float().cpu()
        return states

    def pad_left(self, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor, Tensor]:
        """Ids, mask and positions, each (batch, longest), padded on the left so that the last column is the last token."""
        longest = max(len(sequence) for sequence in sequences)
        pad = self.tokenizer.pad_token_id or 0
        ids = torch.full((len(sequences), longest), pad, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, sequence in enumerate(sequences):
            ids[row, longest - len(sequence) :] = torch.tensor(list(sequence), dtype=torch.long)
            mask[row, longest - len(sequence) :] = 1
        return ids, mask, (mask.cumsum(-1) - 1).clamp(min=0)

    def heard_by(self, on_forward: Callable[[int], None]) -> LanguageModel:
        """The same model, whose forward passes are counted by another run."""
        return dataclasses.replace(self, on_forward=on_forward)
