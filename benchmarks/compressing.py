"""Measures every pruning with every quantization: bytes, prefill and decode time, perplexity and KL divergence."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch

from benchmarks.comparison import Table, take_turns
from playground.evaluation.reading import Reading, one_more_token
from playground.lab.text import Language
from playground.lab.variant import Variant
from playground.models.language_model import LanguageModel
from playground.models.variants import store

TEXTS = {
    Language.ZH: "黄河发源于青海，流经九个省区，最后在山东注入渤海。它全长约五千四百公里，是中国第二长的河流。历史上黄河多次改道，"
    "两岸的百姓一代又一代修堤治水。今天，河上建起了许多水库和电站，既能防洪，也能灌溉和发电。每年春天，上游的冰融化，河水又会涨起来。",
    Language.EN: "The Yellow River rises in Qinghai, crosses nine provinces and reaches the sea in Shandong. It is about 5,400 kilometres"
    " long and the second longest river of China. It has changed its course many times, and generations of people on its banks have"
    " built dykes against it. Today many reservoirs and power stations stand along it, which hold back floods and give water and power.",
}
PRUNINGS = (
    Variant(),
    Variant(pruning="unstructured", sparsity=0.5),
    Variant(pruning="global", sparsity=0.5),
    Variant(pruning="wanda", sparsity=0.5),
    Variant(pruning="two-four"),
    Variant(pruning="structured", sparsity=0.1),
    Variant(pruning="activations", sparsity=0.1),
    Variant(pruning="activations", sparsity=0.3),
    Variant(pruning="activations", sparsity=0.5),
    Variant(pruning="layers", sparsity=1 / 18),
)
QUANTIZATIONS = ("none", "int8", "int4")
# Tokens of the timed prefill, and before the timed decode step.
READ = 64


def named(variant: Variant) -> str:
    if variant.pruning == "two-four":
        return "2:4"
    return f"{variant.pruning} {variant.sparsity:.0%}" if variant.pruning != "none" else "not pruned"


def prefill(lm: LanguageModel, ids: list[int]) -> Callable[[], object]:
    return functools.partial(lm.forward, torch.tensor([ids]), use_cache=False, logits_to_keep=1)


def main() -> None:
    base = store().base()
    texts = {language: base.encode(text) for language, text in TEXTS.items()}
    readings = {language: Reading(base, ids) for language, ids in texts.items()}
    ids = texts[Language.EN][:READ]
    rows = []
    for pruning in PRUNINGS:
        for quantization in QUANTIZATIONS:
            variant = Variant(quantization, pruning=pruning.pruning, sparsity=pruning.sparsity)
            lm = store().get(variant, TEXTS[Language.EN] + TEXTS[Language.ZH])
            costs = {language: reading.cost(lm) for language, reading in readings.items()}
            # The base is timed again with each, so that ratios are of the same minute.
            timings = take_turns({
                "prefill": prefill(lm, ids), "base prefill": prefill(base, ids),
                "step": one_more_token(lm, ids), "base step": one_more_token(base, ids),
            }, rounds=7)  # fmt: skip
            rows.append((
                named(pruning), quantization, f"{lm.weight_bytes / 1e6:.0f}",
                f"{1e3 * timings['prefill'].median:.0f}",
                f"{timings['base prefill'].median / timings['prefill'].median:.2f}",
                f"{1e3 * timings['step'].median:.1f}",
                f"{timings['base step'].median / timings['step'].median:.2f}",
                *(figure(costs[language].perplexity) for language in texts),
                *(figure(costs[language].divergence) for language in texts),
            ))  # fmt: skip
    print(Table(
        "Pruned and quantized",
        (
            "pruning", "quantization", "MB held", f"prefill of {READ} tokens, ms", "× the base's pace", "a step, ms",
            "× the base's pace", "perplexity, Chinese", "English", "KL to the base, Chinese", "English",
        ),
        tuple(rows),
        notes=f"Median of 7; the base (first row) takes turns with each. Texts of {len(texts[Language.ZH])} and"
        f" {len(texts[Language.EN])} tokens; Wanda and layers are calibrated on both. KL in nats a token.",
    ).markdown())  # fmt: skip


def figure(value: float) -> str:
    """Formats three significant digits, without exponent below ten million."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}" if value < 1e7 else f"{value:.0e}"


if __name__ == "__main__":
    main()
