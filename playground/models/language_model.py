"""Wraps a causal language model for the labs: token ids, logits, hidden states and attention of texts.

Immutable and shared between runs; knows nothing of how its weights were made (see `variants`).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from playground.lab.variant import Variant
from playground.models.backbone import first_layers
from playground.models.precise import precise_layers
from playground.models.shared_start import SharedStart, read_start

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def by_length(sequences: Sequence[Sequence[int]], most_tokens: int = 2048) -> list[list[int]]:
    """Batches sequence indices by similar length, at most `most_tokens` padded tokens (or one sequence) per batch."""
    order = sorted(range(len(sequences)), key=lambda index: len(sequences[index]))
    batches: list[list[int]] = []
    for index in order:
        if batches and (len(batches[-1]) + 1) * len(sequences[index]) <= most_tokens:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _uncounted(tokens: int) -> None:
    """Ignores forward passes outside a run."""


@dataclass(frozen=True)
class LanguageModel:
    """A causal language model and its tokenizer.

    `module`: a transformers causal LM in eval mode without gradients. `recorder`: a copy that returns attentions
    (same parameters, eager attention). `on_forward(tokens)` is called before every forward pass: it counts, and raises
    to stop the run. `weight_bytes`: memory of the weights, tied tensors counted once. `base`: the module that a variant
    was derived from, None for the base itself.
    """

    name: str
    module: nn.Module
    recorder: nn.Module
    tokenizer: PreTrainedTokenizerBase
    variant: Variant
    weight_bytes: int
    on_forward: Callable[[int], None] = _uncounted
    base: nn.Module | None = None

    # ---- shape: labs read it here and assume nothing

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
        """Maximum tokens in one sequence."""
        return int(self.config.max_position_embeddings)

    @property
    def full_layers(self) -> tuple[int, ...]:
        """Layers (from 0) with full attention; the others use a sliding window."""
        kinds = getattr(self.config, "layer_types", None) or ["full_attention"] * self.layers
        return tuple(layer for layer, kind in enumerate(kinds) if kind == "full_attention")

    @property
    def end_ids(self) -> frozenset[int]:
        """End-of-text token ids."""
        declared = getattr(self.module.generation_config, "eos_token_id", None) or self.config.eos_token_id
        ids = declared if isinstance(declared, (list, tuple)) else [declared]
        return frozenset(int(token) for token in ids if token is not None)

    @property
    def device(self) -> torch.device:
        """Device of the weights. `forward` moves ids to it."""
        return next(self.module.parameters()).device

    # ---- text

    def encode(self, text: str, *, bos: bool = True) -> list[int]:
        """Returns token ids; with `bos` they start with the beginning-of-text token, if the model has one.

        Control tokens that are written out in `text`, such as "<eos>", are encoded as plain text, so that what a visitor types
        can't end a text or pose as another role. `encode_template` encodes a template's own control tokens.
        """
        ids = list(self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True))
        start = self.tokenizer.bos_token_id if bos else None
        return ids if start is None else [int(start), *ids]

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """Encodes many texts as `encode` does, without the beginning-of-text token."""
        if not texts:
            return []
        encoding = self.tokenizer(list(texts), add_special_tokens=False, split_special_tokens=True)
        return [list(ids) for ids in encoding["input_ids"]]

    def encode_with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Encodes as `encode` does, without the beginning-of-text token; also returns each token's characters [start, end)."""
        encoding = self.tokenizer(
            text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True
        )
        return list(encoding["input_ids"]), list(encoding["offset_mapping"])

    def encode_template(self, parts: Sequence[tuple[str, bool]]) -> list[int]:
        """Encodes the joined text of `parts`, (text, is the template's own): control tokens count in a template's own parts only."""
        control = {
            item.content: (token, item) for token, item in self.tokenizer.added_tokens_decoder.items() if item.special
        }
        longest_first = "|".join(re.escape(name) for name in sorted(control, key=len, reverse=True))
        ids: list[int] = []
        text, strip_start = "", False

        def encoded(text: str, *, strip_end: bool = False) -> list[int]:
            text = text.lstrip() if strip_start else text
            text = text.rstrip() if strip_end else text
            return self.encode(text, bos=False) if text else []

        for part, is_own in parts:
            for found in re.split(f"({longest_first})", part) if is_own and control else [part]:
                if not (is_own and found in control):
                    text += found
                    continue
                token, item = control[found]
                ids += [*encoded(text, strip_end=item.lstrip), token]
                text, strip_start = "", item.rstrip
        return ids + encoded(text)

    def decode(self, ids: Sequence[int]) -> str:
        """Returns the text of token ids without special tokens."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    # ---- forward passes

    @torch.inference_mode()
    def forward(self, ids: Tensor, *, recording: bool = False, **options: Any) -> Any:
        """Runs one forward pass of ids (batch, length), options as transformers' `forward`; counted, and a checkpoint.

        The output stays on the model's device.
        """
        self.on_forward(ids.numel())
        if isinstance(options.get("logits_to_keep"), int):
            # As an index, not a slice: the slice is a strided view, for which torch's bfloat16 product on CPU copies the whole
            # output head once per row (0.9 s and 0.3 GB per row with a vocabulary of 262,144, instead of 0.01 s).
            kept = options["logits_to_keep"] or ids.shape[1]
            options["logits_to_keep"] = torch.arange(max(0, ids.shape[1] - kept), ids.shape[1])
        module = self.recorder if recording else self.module
        return module(input_ids=ids.to(self.device), **self._moved(options))

    @torch.inference_mode()
    def extend(self, ids: Tensor, cache: Any = None, **options: Any) -> tuple[Tensor, Any]:
        """Returns the last hidden states (batch, length, hidden), after the final norm, of ids (batch, length) that follow those in
        `cache`, and the cache, which is extended in place; options as transformers' `forward`. Counted, and a checkpoint.

        Without the output head: with a vocabulary of 262,144 it costs more than the embedded model's layers, so that a long text
        is put through it only where a probability is asked for.
        """
        self.on_forward(ids.numel())
        base: nn.Module = self.module.base_model  # type: ignore[assignment]
        out = base(input_ids=ids.to(self.device), past_key_values=cache, use_cache=True, **self._moved(options))
        return out.last_hidden_state, out.past_key_values

    def _moved(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: value.to(self.device) if isinstance(value, Tensor) else value for name, value in options.items()}

    def logits(self, ids: Sequence[int]) -> Tensor:
        """Returns logits (length, vocabulary), float32, of one sequence."""
        out = self.forward(torch.tensor([list(ids)]), use_cache=False)
        logits: Tensor = out.logits[0].float().cpu()
        return logits

    def next_logits(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """Returns logits (batch, vocabulary), float32, after the last token of each sequence, of any lengths."""
        ids, mask, positions = self.pad_left(sequences)
        out = self.forward(ids, attention_mask=mask, position_ids=positions, use_cache=False, logits_to_keep=1)
        logits: Tensor = out.logits[:, -1].float().cpu()
        return logits

    def hidden_states(self, ids: Sequence[int]) -> Tensor:
        """Returns hidden states (layers + 1, length, hidden), float32: the embedding, then each layer's output, the last normed."""
        out = self.forward(torch.tensor([list(ids)]), use_cache=False, output_hidden_states=True, logits_to_keep=1)
        return torch.stack([state[0].float().cpu() for state in out.hidden_states])

    def attentions(self, ids: Sequence[int]) -> Tensor:
        """Returns the prefill's attention weights (layers, heads, length, length), float32; rows are queries."""
        out = self.forward(
            torch.tensor([list(ids)]), recording=True, use_cache=False, output_attentions=True, logits_to_keep=1
        )
        return torch.stack([layer[0].float().cpu() for layer in out.attentions])

    def embed(self, ids: Tensor) -> Tensor:
        """Returns the embeddings (…, hidden) of token ids (…), as the first layer reads them."""
        embedded: Tensor = self.module.get_input_embeddings()(ids.to(self.device))
        return embedded

    def last_hidden(
        self,
        sequences: Sequence[Sequence[int]],
        layer: int,
        *,
        most_tokens: int = 2048,
        precise: bool = False,
        start: Sequence[int] = (),
    ) -> Tensor:
        """Returns hidden states (sequences, hidden), float32, of each sequence's last token after `layer` (0: embedding).

        Computed in batches of similar length, without the output head and the layers above. `precise`: in float32, twice as
        slow as in bfloat16, so that a sequence's states don't depend on its batch; packed layers keep their own type. `start`:
        tokens before every sequence, read once; not with `precise`.
        """
        states = torch.empty(len(sequences), self.hidden_size)
        for batch, last, hidden in self._batches_after(sequences, layer, most_tokens, precise, start):
            states[batch] = hidden[torch.arange(len(batch)), last.to(hidden.device)].float().cpu()
        return states

    def token_states(
        self,
        sequences: Sequence[Sequence[int]],
        layer: int,
        *,
        most_tokens: int = 2048,
        precise: bool = False,
        start: Sequence[int] = (),
    ) -> list[Tensor]:
        """Returns hidden states (length, hidden), float32, of every token of each sequence after `layer`; computed as `last_hidden`."""
        states: list[Tensor] = [torch.empty(0)] * len(sequences)
        for batch, last, hidden in self._batches_after(sequences, layer, most_tokens, precise, start):
            for row, index in enumerate(batch):
                states[index] = hidden[row, : int(last[row]) + 1].float().cpu()
        return states

    def _batches_after(
        self,
        sequences: Sequence[Sequence[int]],
        layer: int,
        most_tokens: int,
        precise: bool = False,
        start: Sequence[int] = (),
    ) -> Iterator[tuple[list[int], Tensor, Tensor]]:
        """Yields indices, positions of the last tokens and hidden states after `layer` of each batch of similar length."""
        if precise and start:
            raise ValueError("precise states with a start aren't computed")
        exact = precise_layers(self.module, layer) if precise else None
        cut = first_layers(self.module, layer)
        before = self._read_start(self.module.base_model if cut is None else cut, start)  # type: ignore[arg-type]
        for batch in by_length(sequences, most_tokens):
            last = torch.tensor([len(sequences[index]) - 1 for index in batch])
            # Padded on the right: with causal attention a token never sees the padding, so no mask is needed, which is faster.
            ids = torch.zeros(len(batch), int(last.max()) + 1, dtype=torch.long)
            for row, index in enumerate(batch):
                ids[row, : len(sequences[index])] = torch.tensor(list(sequences[index]), dtype=torch.long)
            self.on_forward(ids.numel())
            with torch.inference_mode():
                if exact is not None:
                    hidden = exact(inputs_embeds=self.embed(ids).float(), use_cache=False).last_hidden_state
                elif cut is not None:
                    hidden = cut(input_ids=ids.to(self.device), **before.options(ids)).last_hidden_state
                else:
                    out = self.module.base_model(
                        input_ids=ids.to(self.device), output_hidden_states=True, **before.options(ids)
                    )
                    hidden = out.hidden_states[layer]
            yield batch, last, hidden

    def _read_start(self, base: nn.Module, start: Sequence[int]) -> SharedStart:
        """Reads the tokens before every sequence, which counts as a forward pass if there are any."""
        if start:
            self.on_forward(len(start))
        return read_start(base, torch.tensor(list(start), device=self.device))

    def hidden_batches(
        self, sequences: Sequence[Sequence[int]], *, most_tokens: int = 1024, start: Sequence[int] = ()
    ) -> Iterator[tuple[list[int], Tensor]]:
        """Yields batches of similar length: their indices, and hidden states (layers + 1, batch, longest, hidden) of one forward pass.

        Padded on the right, where states mean nothing; without the output head. In the model's dtype, on its device. `start`:
        tokens before every sequence, read once.
        """
        base: nn.Module = self.module.base_model  # type: ignore[assignment]
        before = self._read_start(base, start)
        for batch in by_length(sequences, most_tokens):
            ids = torch.zeros(len(batch), max(len(sequences[index]) for index in batch), dtype=torch.long)
            for row, index in enumerate(batch):
                ids[row, : len(sequences[index])] = torch.tensor(list(sequences[index]), dtype=torch.long)
            self.on_forward(ids.numel())
            with torch.inference_mode():
                out = base(input_ids=ids.to(self.device), output_hidden_states=True, **before.options(ids))
            yield batch, torch.stack(out.hidden_states)

    def pad_left(self, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor, Tensor]:
        """Returns ids, mask and positions, each (batch, longest), left-padded so that the last column is the last token."""
        longest = max(len(sequence) for sequence in sequences)
        pad = self.tokenizer.pad_token_id or 0
        ids = torch.full((len(sequences), longest), pad, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, sequence in enumerate(sequences):
            ids[row, longest - len(sequence) :] = torch.tensor(list(sequence), dtype=torch.long)
            mask[row, longest - len(sequence) :] = 1
        return ids, mask, (mask.cumsum(-1) - 1).clamp(min=0)

    def heard_by(self, on_forward: Callable[[int], None]) -> LanguageModel:
        """Returns the same model with its forward passes counted by another run."""
        return dataclasses.replace(self, on_forward=on_forward)
