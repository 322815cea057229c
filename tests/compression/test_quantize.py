"""Rounding against torch's own fake quantization, against brute force, and against the bound of half a step."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch

from playground.compression.quantize import (
    CLIP_RATIOS,
    Scheme,
    fake_quantize,
    fake_quantize_activations,
    levels,
    quantize,
    signal_to_noise,
)

SCHEMES = [
    Scheme(bits, symmetric, granularity, 32, range_by)  # type: ignore[arg-type]
    for bits, symmetric, granularity, range_by in itertools.product(
        (2, 3, 4, 8), (True, False), ("tensor", "row", "group"), ("min-max", "percentile", "least-squares")
    )
]


def weights(rows: int = 48, columns: int = 80, seed: int = 0) -> torch.Tensor:
    """Returns normal weights with a few outliers; 80 columns are two groups of 32 and a shorter one."""
    weight = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    weight[0, 0], weight[5, -10] = 9.0, -7.0
    return weight


@pytest.mark.parametrize("scheme", SCHEMES, ids=str)
def test_both_ways_to_the_rounded_values_agree(scheme: Scheme) -> None:
    rounded = quantize(weights(), scheme)
    torch.testing.assert_close(rounded.dequantized(), fake_quantize(weights(), scheme))
    assert scheme.lowest <= rounded.codes.min() and rounded.codes.max() <= scheme.highest
    assert len(set(rounded.codes.flatten().tolist())) <= 2**scheme.bits


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("symmetric", [True, False])
def test_rows_against_torch(bits: int, symmetric: bool) -> None:
    weight, scheme = weights(), Scheme(bits, symmetric, "row")
    rounded = quantize(weight, scheme)
    expected = torch.fake_quantize_per_channel_affine(
        weight, rounded.scale[:, 0], rounded.zero[:, 0].int(), 0, scheme.lowest, scheme.highest
    )
    torch.testing.assert_close(fake_quantize(weight, scheme), expected)
    # The scale by hand.
    top, bottom = weight.amax(1), weight.amin(1)
    by_hand = torch.maximum(top, -bottom) / scheme.highest if symmetric else (top - bottom) / (2**bits - 1)
    torch.testing.assert_close(rounded.scale[:, 0], by_hand)


@pytest.mark.parametrize("granularity", ["tensor", "row", "group"])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_error_is_at_most_half_a_step(bits: int, symmetric: bool, granularity: str) -> None:
    weight = weights()
    rounded = quantize(weight, Scheme(bits, symmetric, granularity))  # type: ignore[arg-type]
    step = rounded.scale.repeat_interleave(rounded.width, 1)[:, : weight.shape[1]]
    assert ((weight - rounded.dequantized()).abs() <= step / 2 * (1 + 1e-5)).all()


def test_zero_stays_zero_under_a_zero_point() -> None:
    weight = weights().abs() + 3
    weight[:, ::3] = 0
    rounded = fake_quantize(weight, Scheme(3, False, "group"))
    assert (rounded[:, ::3] == 0).all()


def test_least_squares_takes_the_best_of_the_ranges_tried() -> None:
    weight = weights(8, 64)
    scheme = Scheme(3, True, "row", range_by="least-squares")
    best = torch.full((8,), torch.inf)
    for ratio in CLIP_RATIOS:
        scale = weight.abs().amax(1, keepdim=True) * ratio / 3
        rounded = (weight / scale).round().clamp(-3, 3) * scale
        best = torch.minimum(best, (weight - rounded).square().sum(1))
    torch.testing.assert_close((weight - fake_quantize(weight, scheme)).square().sum(1), best)
    plain = fake_quantize(weight, replace(scheme, range_by="min-max"))
    assert signal_to_noise(weight, fake_quantize(weight, scheme)) > signal_to_noise(weight, plain) + 1


def test_percentile_ends_the_range_where_it_says() -> None:
    weight = torch.arange(-100.0, 101.0).view(1, -1)
    rounded = quantize(weight, Scheme(8, True, "row", range_by="percentile", percentile=90))
    assert rounded.scale.item() * 127 == pytest.approx(weight.abs().quantile(0.9).item())


def test_activations_have_a_scale_per_token_or_one_for_all() -> None:
    x = torch.randn(2, 3, 16, generator=torch.Generator().manual_seed(1))
    x[0, 0] *= 100
    per_token, for_all = fake_quantize_activations(x, 8), fake_quantize_activations(x, 8, per_token=False)
    scale = x[1, 2].abs().max() / 127
    torch.testing.assert_close(per_token[1, 2], (x[1, 2] / scale).round() * scale)
    scale = x.abs().max() / 127
    torch.testing.assert_close(for_all, (x / scale).round() * scale)


def test_six_decibels_a_bit() -> None:
    weight = torch.rand(64, 4096, generator=torch.Generator().manual_seed(0)) - 0.5
    decibels = [signal_to_noise(weight, fake_quantize(weight, Scheme(bits, False, "tensor"))) for bits in (4, 5, 6, 7)]
    assert [b - a for a, b in itertools.pairwise(decibels)] == pytest.approx([6.02] * 3, abs=0.6)


def test_bytes_by_hand() -> None:
    assert Scheme(4, False, "group", 32).bytes_for(10, 64) == 10 * 64 / 2 + 20 * (2 + 0.5)
    assert Scheme(8, True, "row").bytes_for(10, 64) == 640 + 20
    assert Scheme(8, True, "tensor").bytes_for(10, 64) == 642


def test_levels_are_what_a_group_takes() -> None:
    scheme = Scheme(2, False, "group", 32)
    rounded = quantize(weights(), scheme)
    values = torch.tensor(levels(rounded, scheme, (3, 1)))
    assert torch.isin(rounded.dequantized()[3, 32:64], values).all()
    assert len(values) == 4
