"""Linear layers that hold int8 or int4 weights and multiply with torch's own CPU kernels for them.

Knows nothing of which layers of a model are replaced. Where an operator is missing (another torch, a GPU), the layer holds
the same packed bytes and unpacks them at each call: as small, not as fast; `notice` says so.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.compression.quantize import Scheme, quantize
from playground.lab.text import Text
from playground.models import onednn

GROUP_SIZE = 32
INT8 = Scheme(8, symmetric=True, granularity="row")
INT4 = Scheme(4, symmetric=False, granularity="group", group_size=GROUP_SIZE)

# torch's int8 operator reads whole vectors: with 40 bfloat16 inputs it read beyond the row, and crashed.
_COLUMN_MULTIPLE = 64
# Weights from which on a matrix lies in oneDNN's order. Of smaller ones preparing the inputs costs what reading faster gains.
_LARGE = 1 << 24
# Beyond so many rows the weights are turned to floats first: torch's operator takes every row by itself, oneDNN's leaves
# two float32 rows of outputs for each.
_FEW_ROWS = 8
_FEW_ROWS_OF_LARGE = 64
# The int4 operator takes outputs in sixteens.
_ROW_MULTIPLE = 16
# It orders codes in blocks of at most so many rows.
_BLOCK_ROWS = 64
# Rows rounded, packed or turned to floats at once, so that an output head of 262,144 rows never stands whole in floats: int4's
# operator wants 32-bit codes, 0.7 GB for such a head. Whole blocks, so the parts' codes lie as the whole's would.
_ROWS_AT_ONCE = 8192


class PackedLinear(nn.Module):
    """x (…, in) → (…, out) with weights that are kept rounded. `dequantized()`: the (out, in) weights it multiplies by, float32.

    `nonzero`: how many of the weights weren't rounded to 0.
    """

    name = ""
    nonzero = 0

    def __init__(self, shape: torch.Size, bias: Tensor | None, dtype: torch.dtype) -> None:
        super().__init__()
        self.out_features, self.in_features = shape
        self.dtype = dtype
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        # The last position of several sequences is a view with gaps, which the operators don't take.
        rows = x.reshape(-1, x.shape[-1]).to(self.dtype).contiguous()
        if torch.is_grad_enabled() and rows.requires_grad:
            y = _WithGradient.apply(rows, self)
        else:
            y = self.multiply(rows)
        y = y.view(*x.shape[:-1], -1)
        return y if self.bias is None else y + self.bias

    def multiply(self, rows: Tensor) -> Tensor:
        """rows (n, in) → (n, out), without the bias."""
        raise NotImplementedError

    def dequantized(self) -> Tensor:
        raise NotImplementedError

    def rows(self, ids: Tensor) -> Tensor:
        """Rows (…, in) of the weights, of output indices (…), in the layer's number type."""
        raise NotImplementedError

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, {self.name}"


class _WithGradient(torch.autograd.Function):
    """The kernels have no derivative of their own; that of x Wᵀ is W."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, layer: PackedLinear) -> Tensor:
        ctx.layer = layer
        return layer.multiply(rows)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        return gradient @ ctx.layer.dequantized().to(gradient.dtype), None


class Int8Linear(PackedLinear):
    """One byte a weight, one scale an output row, symmetric, rounded to nearest.

    Small matrices are kept row by row, and torch's own operator reads them. A large one, such as an output head, is kept in
    oneDNN's order, and nowhere else, where oneDNN multiplies whole numbers exactly: it reads twice as fast.
    """

    codes: Tensor
    scale: Tensor

    name = "int8"

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__(weight.shape, bias, weight.dtype)
        self._padding = -self.in_features % _COLUMN_MULTIPLE
        self._native = int8_works(weight.dtype, weight.device.type)
        codes, scales = [], []
        for part in functional.pad(weight, (0, self._padding)).split(_ROWS_AT_ONCE):
            rounded = quantize(part, INT8, scale_dtype=weight.dtype)
            codes.append(rounded.codes.to(torch.int8))
            scales.append(rounded.scale[:, 0].to(weight.dtype))
            self.nonzero += int(codes[-1].count_nonzero())
        by_row = torch.cat(codes)
        in_order = onednn.packed(by_row) if weight.numel() >= _LARGE else None
        self.in_order = in_order is not None
        self.register_buffer("codes", by_row if in_order is None else in_order)
        self.register_buffer("scale", torch.cat(scales))

    def multiply(self, rows: Tensor) -> Tensor:
        rows = functional.pad(rows, (0, self._padding)) if self._padding else rows
        if self.in_order and len(rows) <= _FEW_ROWS_OF_LARGE:
            return self._exactly(rows)
        if self._native and not self.in_order and len(rows) <= _FEW_ROWS:
            product: Tensor = torch.ops.aten._weight_int8pack_mm(rows, self.codes, self.scale)
            return product
        # Many rows share the work of turning the codes to floats.
        products = [functional.linear(rows, part.to(self.dtype)) for part in self._by_row().split(_ROWS_AT_ONCE)]
        return torch.cat(products, -1).mul_(self.scale)

    def _exactly(self, rows: Tensor) -> Tensor:
        codes, step = two_parts(rows)
        high, low = onednn.product(codes, self.codes, self.scale.float()).chunk(2)
        outputs = torch.empty(high.shape, dtype=self.dtype)
        # A row at a time stays in the processor's caches.
        for row in range(len(rows)):
            outputs[row] = high[row].add_(low[row], alpha=1 / 127).mul_(step[row])
        return outputs

    def _by_row(self) -> Tensor:
        """Codes (out, in), padded."""
        return onednn.unpacked(self.codes) if self.in_order else self.codes

    def dequantized(self) -> Tensor:
        return self._by_row()[:, : self.in_features].float() * self.scale.float()[:, None]

    def rows(self, ids: Tensor) -> Tensor:
        flat = ids.flatten()
        codes = onednn.rows(self.codes, flat) if self.in_order else self.codes[flat]
        weight = codes[:, : self.in_features].to(self.dtype) * self.scale[flat][:, None]
        return weight.view(*ids.shape, -1)


def two_parts(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Inputs (n, in) as whole numbers: int8 (2n, in), all high parts, then all low ones, and the step (n, 1) of each row.

    x ≈ (high + low / 127) × step, with an error of at most 1/32,258 of the row's largest number. One part alone would round
    the inputs to 8 bits. The products of both with int8 weights are exact, and cost what one costs while the weights must be
    fetched from memory.
    """
    largest = torch.linalg.vector_norm(rows, math.inf, -1, keepdim=True, dtype=torch.float32).clamp_min_(1e-30)
    scaled = rows * (127 / largest)
    high = scaled.round()
    low = scaled.sub_(high).mul_(127).round_()
    return torch.cat([high, low]).to(torch.int8), largest / 127


class Int4Linear(PackedLinear):
    """Half a byte a weight; a scale and a zero point for each group of 32 neighbours in a row, rounded to nearest.

    Inputs are padded with zeros to whole groups, outputs to sixteens, as the operator asks.
    """

    packed: Tensor
    scale_and_offset: Tensor

    name = "int4"

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__(weight.shape, bias, weight.dtype)
        self._padding = -weight.shape[1] % GROUP_SIZE
        self._native = int4_works(weight.dtype, weight.device.type)
        parts = [self._pack(part) for part in weight.split(_ROWS_AT_ONCE)]
        self.register_buffer("packed", torch.cat([codes for codes, _ in parts]))
        self.register_buffer("scale_and_offset", torch.cat([grid for _, grid in parts], 1))

    def _pack(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        padded = functional.pad(weight, (0, self._padding, 0, -len(weight) % _ROW_MULTIPLE))
        rounded = quantize(padded, INT4, scale_dtype=weight.dtype)
        groups = rounded.codes.view(*rounded.zero.shape, GROUP_SIZE)
        self.nonzero += int((groups != rounded.zero[..., None].to(groups.dtype)).sum())
        # The operator computes (code − 8) × scale + offset.
        grid = torch.stack([rounded.scale, (8 - rounded.zero) * rounded.scale], -1)
        return _pack(rounded.codes, self._native), grid.transpose(0, 1).to(weight.dtype).contiguous()

    def multiply(self, rows: Tensor) -> Tensor:
        if self._padding:
            rows = functional.pad(rows, (0, self._padding))
        if self._native:
            y: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(rows, self.packed, GROUP_SIZE, self.scale_and_offset)
        else:
            y = functional.linear(rows, self._unpacked().to(self.dtype))
        return y if y.shape[1] == self.out_features else y[:, : self.out_features]

    def dequantized(self) -> Tensor:
        if self._native:
            # What the operator makes of unit vectors is its own reading of the packed weights.
            unit = torch.eye(self.in_features + self._padding, dtype=torch.float32)
            grid = self.scale_and_offset.float()
            columns = torch.ops.aten._weight_int4pack_mm_for_cpu(unit, self.packed, GROUP_SIZE, grid)
            weight: Tensor = columns.T[: self.out_features, : self.in_features]
            return weight
        return self._unpacked()[: self.out_features, : self.in_features]

    def rows(self, ids: Tensor) -> Tensor:
        flat = ids.flatten()
        columns = self.in_features + self._padding
        if self._native:
            block = flat // _BLOCK_ROWS
            places = self._places()[flat % _BLOCK_ROWS + _BLOCK_ROWS * (block == len(self.packed) // _BLOCK_ROWS)]
            places = places + (block * _BLOCK_ROWS * columns)[:, None]
            codes = (self.packed.view(-1)[places >> 1] >> (4 * (places & 1))) & 15
        else:
            halves = self.packed[flat]
            codes = torch.stack([halves & 15, halves >> 4], -1).flatten(1)
        grid = self.scale_and_offset[:, flat].float().transpose(0, 1).repeat_interleave(GROUP_SIZE, 1)
        weight = (codes.float() - 8) * grid[..., 0] + grid[..., 1]
        return weight[:, : self.in_features].to(self.dtype).view(*ids.shape, -1)

    def _places(self) -> Tensor:
        """Where the operator's order puts each code of a whole block of rows, then of the last, shorter one."""
        columns, last = self.in_features + self._padding, len(self.packed) % _BLOCK_ROWS
        whole = _order(_BLOCK_ROWS, columns)
        return torch.cat([whole, _order(last, columns)]) if last else whole

    def _unpacked(self) -> Tensor:
        codes = torch.stack([self.packed & 15, self.packed >> 4], -1).flatten(1)
        grid = self.scale_and_offset.float().repeat_interleave(GROUP_SIZE, 0)
        return (codes.float() - 8) * grid[:, :, 0].T + grid[:, :, 1].T


class PackedEmbedding(nn.Module):
    """Token ids (…) → (…, hidden): rows of the packed output head, where the two were one tensor, so nothing is held twice.

    `factor`: what the model multiplies its embeddings by.
    """

    def __init__(self, head: PackedLinear, factor: float | Tensor) -> None:
        super().__init__()
        # In a tuple, so that the head is not a part of this module too: it has its place and its name in the model.
        self._head = (head,)
        self.factor = factor

    def forward(self, ids: Tensor) -> Tensor:
        head = self._head[0]
        return head.rows(ids) * torch.as_tensor(self.factor, dtype=head.dtype)


@functools.cache
def _order(rows: int, columns: int) -> Tensor:
    """(rows, columns): the place, in halves of a byte, where the int4 operator keeps each code of a block.

    Its order belongs to the processor and isn't documented, so it is read off: a block is packed whose codes are the digits
    of their own addresses, 16 to a digit.
    """
    address = torch.arange(rows * columns).view(rows, columns)
    found = torch.zeros(rows * columns, dtype=torch.long)
    for digit in range(math.ceil(math.log(rows * columns, 16))):
        packed = _pack((address >> (4 * digit)) & 15, native=True).flatten().long()
        found += torch.stack([packed & 15, packed >> 4], -1).flatten() << (4 * digit)
    places = torch.empty_like(found)
    places[found] = torch.arange(rows * columns)
    return places.view(rows, columns)


def _pack(codes: Tensor, native: bool) -> Tensor:
    """Two codes a byte: in the operator's own order where it exists, else neighbours in a row, the first in the low half."""
    if not native:
        pairs = codes.to(torch.uint8).view(len(codes), -1, 2)
        return pairs[:, :, 0] | (pairs[:, :, 1] << 4)
    packed: Tensor = torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes.int(), 1)
    return packed


@functools.cache
def int8_works(dtype: torch.dtype, device: str = "cpu") -> bool:
    """Whether this torch multiplies int8 weights with activations of `dtype` on a device: tried, on a small product."""
    try:
        x = torch.ones(2, 64, dtype=dtype, device=device)
        codes = torch.full((16, 64), 3, dtype=torch.int8, device=device)
        scale = torch.full((16,), 0.5, dtype=dtype, device=device)
        return bool((torch.ops.aten._weight_int8pack_mm(x, codes, scale) == 96).all())
    except (AttributeError, RuntimeError, NotImplementedError):
        return False


@functools.cache
def int4_works(dtype: torch.dtype, device: str = "cpu") -> bool:
    """Whether this torch multiplies int4 weights with activations of `dtype` on a device: tried, on a small product."""
    try:
        x = torch.ones(2, 32, dtype=dtype, device=device)
        packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(
            torch.full((16, 32), 11, dtype=torch.int32, device=device), 1
        )
        grid = torch.tensor([0.5, 0.25], dtype=dtype, device=device).expand(1, 16, 2).contiguous()
        return bool((torch.ops.aten._weight_int4pack_mm_for_cpu(x, packed, GROUP_SIZE, grid) == 56).all())
    except (AttributeError, RuntimeError, NotImplementedError):
        return False


LINEARS: dict[str, type[Int8Linear] | type[Int4Linear]] = {"int8": Int8Linear, "int4": Int4Linear}


def notice(quantization: str, dtype: torch.dtype, device: str = "cpu") -> Text | None:
    """What a visitor must know of a quantization here: None where its kernel runs, else that it is only stored small."""
    works = {"int8": int8_works, "int4": int4_works}.get(quantization)
    if works is None or works(dtype, device):
        return None
    return Text(
        zh="这里的 PyTorch 没有 {name} 的矩阵乘算子：权重仍以 {name} 存放，但每次相乘都要先展开，所以省内存而不省时间。",
        en="This PyTorch has no {name} matrix product here: weights are still stored as {name}, but unpacked at every product,"
        " so memory is saved and time is not.",
    ).format(name=quantization)
