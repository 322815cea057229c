"""Constrains decoding to a regular expression: which tokens may follow what was generated; knows nothing of models or sampling.

llguidance walks the automaton of the expression over the bytes of the vocabulary's tokens, without an index for each expression,
so that a mask over 262,144 tokens takes less than a millisecond for ordinary expressions.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper
from torch import Tensor

from playground.generation.penalties import Stage
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.language.units import token_bytes
from playground.models.language_model import LanguageModel

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

NAME = Text(zh="正则约束", en="regular expression")
# Characters of the expression in a stage's formula.
_SHOWN = 40


class Constraint:
    """A regular expression that the whole generated text has to match.

    Syntax of Rust's `regex`, without look-around, back references and word boundaries. Raises PlaygroundError, which names `field`,
    for an expression that can't be used.
    """

    def __init__(self, lm: LanguageModel, expression: str, field: str) -> None:
        self.expression, self.field = expression, field
        self._vocabulary = lm.vocabulary
        self._matcher = LLMatcher(_tokenizer(lm), LLMatcher.grammar_from_regex(expression), log_level=0)
        self._raise_if_broken()

    def allowed(self, generated: Sequence[int]) -> Tensor:
        """Returns which tokens may follow `generated`, a bool (vocabulary,): an end token only where the text matches as it is."""
        self._go_to(generated)
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        self._raise_if_broken()
        return torch.from_numpy(np.unpackbits(bits, bitorder="little")[: self._vocabulary].astype(bool))

    def complete(self, generated: Sequence[int]) -> bool:
        """Returns whether `generated` matches and nothing may be added."""
        self._go_to(generated)
        return bool(self._matcher.is_stopped() and self._matcher.is_accepting())

    def stage(self, start: int) -> Stage:
        """Returns the stage that sets forbidden tokens to -inf; generated tokens begin at `start` of its ids."""

        def apply(x: Tensor, ids: Sequence[int]) -> Tensor:
            allowed = self.allowed(ids[start:]).to(x.device)
            padding = x.numel() - allowed.numel()
            return x.masked_fill(~torch.nn.functional.pad(allowed, (0, padding)), -torch.inf)

        shown = self.expression if len(self.expression) <= _SHOWN else f"{self.expression[:_SHOWN]}…"
        return Stage(NAME, f"no match of {shown} → −∞", apply, narrows=True, key="regex")

    def _go_to(self, generated: Sequence[int]) -> None:
        self._matcher.reset()
        if generated:
            self._matcher.consume_tokens([int(token) for token in generated])
        self._raise_if_broken()

    def _raise_if_broken(self) -> None:
        if not self._matcher.is_error():
            return
        raise PlaygroundError(
            Text(
                zh="“正则约束”无法使用：{reason}。请检查括号是否成对；不支持环视、反向引用和 \\b。",
                en="“Regular expression” can't be used: {reason}. Check that brackets are paired; look-around, back references and \\b aren't supported.",
            ).format(reason=_reason(self._matcher.get_error())),
            self.field,
        )


def nothing_left(constraint: Constraint | None) -> PlaygroundError:
    """Makes the error for a step at which the n-gram rule forbids every token that the expression allows."""
    return PlaygroundError(
        Text(
            zh="这一步没有可选的词元：“正则约束”允许的词元都被“禁止重复 n 元组”禁掉了。请去掉其中一个。",
            en="No token is left at this step: “No-repeat n-gram” forbids all that “Regular expression” allows. Switch one of them off.",
        ),
        constraint.field if constraint else "",
    )


def _reason(message: str) -> str:
    """Returns the parser's own reason, without its drawing of the place."""
    found = re.search(r"error: (.+)", message) or re.search(r'invalid regex "[^\n]*" \(in regex\): ([^;\n]+)', message)
    return (found.group(1) if found else message.split("\n")[0]).strip().rstrip(".")[:120]


_tokenizers: weakref.WeakKeyDictionary[PreTrainedTokenizerBase, LLTokenizer] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def _tokenizer(lm: LanguageModel) -> LLTokenizer:
    """Returns the vocabulary as llguidance holds it, made once per tokenizer: some seconds for 262,144 tokens."""
    with _lock:
        if lm.tokenizer not in _tokenizers:
            _tokenizers[lm.tokenizer] = _make_tokenizer(lm)
        return _tokenizers[lm.tokenizer]


def _make_tokenizer(lm: LanguageModel) -> LLTokenizer:
    ends = sorted(lm.end_ids)
    tokens = token_bytes(lm, range(lm.vocabulary)) if lm.vocabulary <= len(lm.tokenizer) else _padded(lm)
    added = lm.tokenizer.added_tokens_decoder.items()
    special = {*lm.tokenizer.all_special_ids, *(token for token, item in added if item.special), *ends}
    if not ends:
        # A model without an end token gets one that isn't in its vocabulary.
        ends, tokens = [len(tokens)], [*tokens, b"<end>"]
        special.add(ends[0])

    class Vocabulary:
        """What llguidance asks of a tokenizer."""

        eos_token_id, bos_token_id = ends[0], lm.tokenizer.bos_token_id

        def __init__(self) -> None:
            self.tokens, self.special_token_ids = tokens, sorted(special)

        def __call__(self, text: str | bytes) -> list[int]:
            return lm.encode(text.decode("utf-8", "replace") if isinstance(text, bytes) else text, bos=False)

    wrapper: Any = TokenizerWrapper(Vocabulary())
    return LLTokenizer(wrapper, n_vocab=len(tokens), eos_token=ends)


def _padded(lm: LanguageModel) -> list[bytes]:
    """Returns the bytes of every row of the output head, of which some models have more than tokens."""
    known = len(lm.tokenizer)
    return [*token_bytes(lm, range(known)), *(f"<row {row}>".encode() for row in range(known, lm.vocabulary))]
