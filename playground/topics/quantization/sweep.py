"""The schemes that a run compares with the chosen one: other granularities, and other bits. Knows nothing of their cost."""

from __future__ import annotations

from dataclasses import replace

from playground.compression.quantize import Scheme, with_bits

GROUP_SIZES = (128, 64, 32)
CURVE_BITS = (2, 3, 4, 5, 6, 8)


def by_granularity(scheme: Scheme) -> dict[str, Scheme]:
    """The same bits, grid and range with a scale for each tensor, row, and group of 128, 64 and 32 weights."""
    whole = {"tensor": replace(scheme, granularity="tensor"), "row": replace(scheme, granularity="row")}
    return whole | {f"group_{size}": replace(scheme, granularity="group", group_size=size) for size in GROUP_SIZES}


def by_bits(scheme: Scheme) -> dict[int, Scheme]:
    """The same granularity, grid and range with 2 to 8 bits, fewest first; the scheme's own are always among them."""
    return {bits: with_bits(scheme, bits) for bits in sorted({*CURVE_BITS, scheme.bits})}
