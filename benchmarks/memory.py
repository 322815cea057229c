"""Measures resident memory of the base and four variants, compared with deep copies of the model."""

from __future__ import annotations

import copy
import os
import subprocess
import sys

from benchmarks.comparison import Table
from benchmarks.serving import Held
from playground.lab.variant import Variant

FOUR = (
    Variant(quantization="int8"),
    Variant(quantization="int4"),
    Variant(pruning="structured", sparsity=0.5),
    Variant(quantization="simulated", bits=4),
)


def hold(way: str) -> None:
    """Builds everything in a separate process, runs each once, and prints memory before, after and at peak."""
    from playground.models.variants import store

    base = store().base()
    base.logits(base.encode("One pass."))
    before = Held.by(os.getpid()).megabytes
    if way == "variants":
        variants = [store().get(variant) for variant in FOUR]
        for lm in variants:
            lm.logits(lm.encode("One pass."))
    else:
        copies = [copy.deepcopy(base.module) for _ in FOUR]
        assert len(copies) == len(FOUR)
    held = Held.by(os.getpid())
    print(before, held.megabytes, held.most_megabytes)


def main() -> None:
    rows = []
    for way, name in (("copies", "the base and four deep copies (peer)"), ("variants", "the base and four variants")):
        code = f"from benchmarks.memory import hold; hold({way!r})"
        out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        base, after, most = map(float, out.split()[-3:])
        rows.append((name, base, after, most))
    peer = rows[0][2]
    table = Table(
        "Memory of the process, MB",
        ("", "with the base", "with all five", "at the most", "share of the peer"),
        tuple(
            (name, f"{base:.0f}", f"{after:.0f}", f"{most:.0f}", f"{after / peer:.2f}")
            for name, base, after, most in rows
        ),
        goal="3 GB with the base and four variants.",
        notes="Variants: int8, int4, half of the neurons removed, 4 bits simulated. Libraries and interpreter are counted in.",
    )
    print(table.markdown())


if __name__ == "__main__":
    main()
