"""Sorts a model's vocabulary by script. Knows no weights and no panel."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from playground.language.scripts import SCRIPTS, Script, script_of
from playground.language.units import token_bytes
from playground.models.language_model import LanguageModel

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_known: weakref.WeakKeyDictionary[PreTrainedTokenizerBase, Tensor] = weakref.WeakKeyDictionary()


def token_scripts(lm: LanguageModel, ids: Sequence[int]) -> list[Script]:
    """Returns each token's script by its own bytes. A special token, or a token that is no whole character, is NEITHER."""
    # Reserved tokens such as <unused7> are added as special ones without being among `all_special_ids`.
    added = {token for token, item in lm.tokenizer.added_tokens_decoder.items() if item.special}
    special = added | set(lm.tokenizer.all_special_ids)
    return [
        Script.NEITHER if token in special else script_of(data.decode("utf-8", "replace"))
        for token, data in zip(ids, token_bytes(lm, ids), strict=True)
    ]


def vocabulary_scripts(lm: LanguageModel) -> Tensor:
    """Returns the script of every token, as an index into `SCRIPTS`, int64 (vocabulary,); computed once per tokenizer.

    Rows of the output head that the tokenizer has no token for are NEITHER.
    """
    found = _known.get(lm.tokenizer)
    if found is None or len(found) != lm.vocabulary:
        count = min(lm.vocabulary, len(lm.tokenizer))
        place = {script: index for index, script in enumerate(SCRIPTS)}
        found = torch.full((lm.vocabulary,), place[Script.NEITHER])
        found[:count] = torch.tensor([place[script] for script in token_scripts(lm, range(count))])
        _known[lm.tokenizer] = found
    return found
