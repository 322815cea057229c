"""Quantizes a tensor to a few bits: uniform integer grids, symmetric or asymmetric, per tensor, row or group.

Pure tensor arithmetic; knows nothing of models. Notation as in Jacob et al. 2018 (arXiv:1712.05877):
value = scale × (code − zero).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Granularity = Literal["tensor", "row", "group"]
Range = Literal["min-max", "percentile", "least-squares"]

# Fractions of the min-max range tried by the least-squares search: with outliers in a tensor, a tenth may be best.
CLIP_RATIOS = tuple(float(0.9**step) for step in range(24))
# Elements processed at once: their float32 copies roughly fit in the processor's caches.
BLOCK_ELEMENTS = 1 << 21
# A tensor's percentile is computed from an evenly spaced sample of at most this many values.
PERCENTILE_SAMPLE = 1 << 20


@dataclass(frozen=True)
class Scheme:
    """A quantization scheme. `symmetric`: codes from −(2^(bits−1) − 1) to 2^(bits−1) − 1 and zero point 0, so that the range
    is symmetric; else codes from 0 to 2^bits − 1 with an integer zero point, so that 0 is represented exactly.

    One scale per `tensor`, per `row` (output), or per `group` of `group_size` neighbours in a row. `range_by`: the range
    covered: min-max, the middle `percentile` % of the values, or least squares (the tried range of least squared error).
    """

    bits: int = 8
    symmetric: bool = True
    granularity: Granularity = "row"
    group_size: int = 32
    range_by: Range = "min-max"
    percentile: float = 99.5

    @property
    def lowest(self) -> int:
        """The smallest code."""
        return -self.highest if self.symmetric else 0

    @property
    def highest(self) -> int:
        """The largest code."""
        return 2 ** (self.bits - 1) - 1 if self.symmetric else 2**self.bits - 1

    def bytes_for(self, rows: int, columns: int) -> float:
        """Returns the bytes of a packed (rows, columns) tensor: `bits` per code, 2 bytes per scale, `bits` per zero point if any."""
        groups = {"tensor": 1, "row": rows, "group": rows * math.ceil(columns / self.group_size)}[self.granularity]
        return (rows * columns * self.bits + groups * (16 + (0 if self.symmetric else self.bits))) / 8


@dataclass(frozen=True)
class Quantized:
    """A quantized tensor (rows, columns). `codes` int16; `scale`, `zero` float32 (rows or 1, groups); `width`: columns per group."""

    codes: Tensor
    scale: Tensor
    zero: Tensor
    width: int

    def dequantized(self) -> Tensor:
        """Dequantizes the codes to float32."""
        columns = self.codes.shape[1]
        scale = self.scale.repeat_interleave(self.width, 1)[:, :columns]
        zero = self.zero.repeat_interleave(self.width, 1)[:, :columns]
        return (self.codes - zero) * scale


def quantize(weight: Tensor, scheme: Scheme, scale_dtype: torch.dtype = torch.float32) -> Quantized:
    """Quantizes a tensor (rows, columns). Scales are rounded to `scale_dtype` before the codes are computed.

    If the group size doesn't divide the columns, the last group is shorter.
    """
    rows, columns = weight.shape
    width = scheme.group_size if scheme.granularity == "group" else columns
    if scheme.granularity == "tensor":
        low, high = _range(weight.reshape(1, -1), scheme)
        scale, zero = (item.view(1, 1) for item in _grid(low, high, scheme, scale_dtype))
        codes = torch.empty(rows, columns, dtype=torch.int16, device=weight.device)
        for part in _row_parts(rows, columns):
            codes[part] = _codes(weight[part].float(), scale, zero, scheme).to(torch.int16)
        return Quantized(codes, scale, zero, width)
    pieces = [_quantize_rows(weight[part], width, scheme, scale_dtype) for part in _row_parts(rows, columns)]
    codes, scale, zero = (torch.cat(items) for items in zip(*pieces, strict=True))
    return Quantized(codes, scale, zero, width)


def fake_quantize(weight: Tensor, scheme: Scheme) -> Tensor:
    """Rounds the tensor to the scheme's grid in its own dtype: `quantize(...).dequantized()` without storing codes."""
    rounded = torch.empty_like(weight)
    shared = _range(weight.reshape(1, -1), scheme) if scheme.granularity == "tensor" else None
    for part in _row_parts(*weight.shape):
        blocks = weight[part].float()
        if shared is not None:
            rounded[part] = _round(blocks, *_grid(*shared, scheme), scheme)
        elif scheme.granularity == "row":
            rounded[part] = _round(blocks, *_grid(*_range(blocks, scheme), scheme), scheme)
        else:
            for columns in _whole_and_rest(weight.shape[1], scheme.group_size):
                groups = blocks[:, columns].reshape(-1, min(scheme.group_size, columns.stop - columns.start))
                rounded[part, columns] = _round(groups, *_grid(*_range(groups, scheme), scheme), scheme).view(
                    len(blocks), -1
                )
    return rounded


def fake_quantize_activations(x: Tensor, bits: int, *, symmetric: bool = True, per_token: bool = True) -> Tensor:
    """Rounds activations (…, features) dynamically, in their own dtype: one min-max scale per token, or one for all."""
    scheme = Scheme(bits, symmetric, "row" if per_token else "tensor")
    return fake_quantize(x.reshape(-1, x.shape[-1]), scheme).view_as(x)


def signal_to_noise(weight: Tensor, rounded: Tensor) -> float:
    """Returns 10 log₁₀ of the power of `weight` over that of its rounding error, in dB; infinite without error."""
    signal = weight.float().square().sum().item()
    noise = (weight.float() - rounded.float()).square().sum().item()
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal else -math.inf


def levels(quantized: Quantized, scheme: Scheme, group: tuple[int, int] = (0, 0)) -> list[float]:
    """Returns the values that one group can represent, in order."""
    scale, zero = quantized.scale[group].item(), quantized.zero[group].item()
    return [scale * (code - zero) for code in range(scheme.lowest, scheme.highest + 1)]


def _parts(length: int, step: int) -> list[slice]:
    return [slice(start, min(start + step, length)) for start in range(0, length, step)]


def _row_parts(rows: int, columns: int) -> list[slice]:
    return _parts(rows, max(1, BLOCK_ELEMENTS // max(columns, 1)))


def _whole_and_rest(columns: int, group_size: int) -> list[slice]:
    """Returns the columns of full groups, and those of a shorter last group."""
    whole = columns - columns % group_size
    return [part for part in (slice(0, whole), slice(whole, columns)) if part.stop > part.start]


def _quantize_rows(
    weight: Tensor, width: int, scheme: Scheme, scale_dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor]:
    codes, scales, zeros = [], [], []
    for columns in _whole_and_rest(weight.shape[1], width):
        groups = weight[:, columns].float().reshape(-1, min(width, columns.stop - columns.start))
        scale, zero = _grid(*_range(groups, scheme), scheme, scale_dtype)
        codes.append(_codes(groups, scale, zero, scheme).to(torch.int16).view(len(weight), -1))
        scales.append(scale.view(len(weight), -1))
        zeros.append(zero.view(len(weight), -1))
    return torch.cat(codes, 1), torch.cat(scales, 1), torch.cat(zeros, 1)


def _grid(low: Tensor, high: Tensor, scheme: Scheme, scale_dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Returns scale and zero point (blocks, 1) of the ranges. A block of zeros gets scale 1."""
    if scheme.symmetric:
        scale = torch.maximum(-low, high) / scheme.highest
    else:
        scale = (high - low) / scheme.highest
    scale = scale.to(scale_dtype).float()
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    zero = torch.zeros_like(scale) if scheme.symmetric else (-low / scale).round_().clamp_(0, scheme.highest)
    return scale, zero


def _codes(blocks: Tensor, scale: Tensor, zero: Tensor, scheme: Scheme) -> Tensor:
    return (blocks / scale).round_().add_(zero).clamp_(scheme.lowest, scheme.highest)


def _round(blocks: Tensor, scale: Tensor, zero: Tensor, scheme: Scheme) -> Tensor:
    return _codes(blocks, scale, zero, scheme).sub_(zero).mul_(scale)


def _range(blocks: Tensor, scheme: Scheme) -> tuple[Tensor, Tensor]:
    """Returns the ends (blocks, 1), float32, of the range covered by the grid; it always includes 0."""
    if scheme.range_by == "percentile":
        low, high = _percentiles(blocks, scheme)
    else:
        # Two passes are faster than torch's aminmax, which isn't vectorized along rows.
        low, high = blocks.amin(1, keepdim=True).float(), blocks.amax(1, keepdim=True).float()
    low, high = low.clamp(max=0), high.clamp(min=0)
    return _least_squares(blocks, low, high, scheme) if scheme.range_by == "least-squares" else (low, high)


def _percentiles(blocks: Tensor, scheme: Scheme) -> tuple[Tensor, Tensor]:
    stride = max(1, -(-blocks.shape[1] // PERCENTILE_SAMPLE))
    sample = blocks[:, ::stride].float()
    if scheme.symmetric:
        high = torch.quantile(sample.abs(), scheme.percentile / 100, dim=1, keepdim=True)
        return -high, high
    tail = (1 - scheme.percentile / 100) / 2
    ends = torch.quantile(sample, torch.tensor([tail, 1 - tail], device=blocks.device), dim=1, keepdim=True)
    return ends[0], ends[1]


def _least_squares(blocks: Tensor, low: Tensor, high: Tensor, scheme: Scheme) -> tuple[Tensor, Tensor]:
    best = torch.full_like(low, math.inf)
    best_low, best_high = low.clone(), high.clone()
    for ratio in CLIP_RATIOS:
        scale, zero = _grid(low * ratio, high * ratio, scheme)
        error = _squared_error(blocks, scale, zero, scheme)
        better = error < best
        best = torch.where(better, error, best)
        best_low = torch.where(better, low * ratio, best_low)
        best_high = torch.where(better, high * ratio, best_high)
    return best_low, best_high


def _squared_error(blocks: Tensor, scale: Tensor, zero: Tensor, scheme: Scheme) -> Tensor:
    error = torch.zeros_like(scale)
    for part in _parts(blocks.shape[1], BLOCK_ELEMENTS):
        piece = blocks[:, part].float()
        error += _round(piece, scale, zero, scheme).sub_(piece).square_().sum(1, keepdim=True)
    return error


def with_bits(scheme: Scheme, bits: int) -> Scheme:
    """Returns the scheme with another number of bits."""
    return dataclasses.replace(scheme, bits=bits)
