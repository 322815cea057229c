"""Measures the cost by the length of a text and by the number of generated tokens."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch

from benchmarks.comparison import Table, take_turns
from benchmarks.decoding import library, ours
from playground.data.reviews import reviews
from playground.evaluation.perplexity import perplexity
from playground.evaluation.reading import one_more_token
from playground.lab.variant import Variant
from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel
from playground.models.variants import store

LENGTHS = (32, 64, 128, 256, 512, 1024, 2048)
WRITTEN = (8, 16, 32, 64, 128, 256)


def by_length(models: dict[str, LanguageModel]) -> Table:
    base = models["none"]
    ids = base.encode("".join(item.text for item in reviews().train[:200]))
    rows = []
    for length in LENGTHS:
        text = ids[:length]
        calls: dict[str, Callable[[], object]] = {
            "perplexity": functools.partial(perplexity, base, text),
            "attention": functools.partial(base.attentions, text),
        }
        if length > 512:  # 18 layers × 4 heads × 2,048² floats are 1.2 GB
            del calls["attention"]
        for name, lm in models.items():
            calls[f"read {name}"] = functools.partial(
                lm.forward, torch.tensor([text]), use_cache=False, logits_to_keep=1
            )
            calls[f"step {name}"] = one_more_token(lm, text)
        timings = take_turns(calls, rounds=3)
        cells = [f"{1e3 * timings[name].median:.3g}" if name in timings else "" for name in (
            *(f"read {name}" for name in models), *(f"step {name}" for name in models), "perplexity", "attention",
        )]  # fmt: skip
        rows.append((str(length), *cells, f"{KeyValueShape.of(base).bytes_of(length) / 1e6:.2f}"))
    return Table(
        "Cost by the length of a text, ms",
        (
            "tokens", *(f"read, {name}" for name in models), *(f"one more token, {name}" for name in models),
            "perplexity", "attention maps", "KV cache, MB",
        ),
        tuple(rows),
        notes="Median of 3. Perplexity needs the logits after every token, reading only those after the last.",
    )  # fmt: skip


def by_tokens(models: dict[str, LanguageModel]) -> Table:
    rows = []
    for tokens in WRITTEN:
        calls: dict[str, Callable[[], object]] = {
            f"ours {name}": functools.partial(ours, lm, tokens=tokens) for name, lm in models.items()
        }
        calls["library"] = functools.partial(library, models["none"], tokens=tokens)
        timings = take_turns(calls, rounds=3)
        seconds = [timings[f"ours {name}"].median for name in models]
        peer = timings["library"].median
        rows.append((str(tokens), *(f"{value:.2f}" for value in (*seconds, peer)), f"{peer / seconds[0]:.2f}"))
    return Table(
        "Cost by the tokens written, s",
        ("tokens", *(f"ours, {name}" for name in models), "transformers.generate, none (peer)", "ours, none: times as fast"),
        tuple(rows),
        notes="Median of 3, after a prompt of 8 tokens.",
    )  # fmt: skip


def main() -> None:
    models = {name: store().get(Variant(quantization=name)) for name in ("none", "int8", "int4")}
    for table in (by_length(models), by_tokens(models)):
        print(table.markdown())


if __name__ == "__main__":
    main()
