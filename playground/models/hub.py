"""Loads any causal LM of transformers from a local folder or by hub id, as set in `PLAYGROUND_MODEL`.

Knows nothing of the embedded model. Never runs a repository's code.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def load(name: str, dtype: torch.dtype) -> tuple[nn.Module, PreTrainedTokenizerBase]:
    """Returns the model (eval mode, no gradients) and tokenizer. Raises PlaygroundError if they can't be loaded."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    local = Path(name).expanduser()
    source = str(local) if local.is_dir() else name
    options = {"trust_remote_code": False, "local_files_only": local.is_dir()}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, split_special_tokens=True, **options)
        module = AutoModelForCausalLM.from_pretrained(source, dtype=dtype, **options)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise PlaygroundError(
            Text(
                zh="无法载入 PLAYGROUND_MODEL 指定的模型“{name}”：{reason}。请检查路径或名称，或去掉该变量以使用内置模型。",
                en="The model named by PLAYGROUND_MODEL, “{name}”, can't be loaded: {reason}."
                " Check the path or the name, or unset the variable to use the embedded model.",
            ).format(name=name, reason=str(error).splitlines()[0][:300] if str(error) else type(error).__name__)
        ) from error
    return module.eval().requires_grad_(False), tokenizer
