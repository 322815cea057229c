"""Packs linear layers' weights as int8 or int4 and multiplies them with torch's CPU kernels.

Knows nothing of which layers of a model are replaced. Where an operator is missing (another torch, a GPU), the layer stores
the same packed bytes and dequantizes them at each call: as small, but not as fast; `notice` says so. On processors without
AVX-512 torch vectorizes only bfloat16 inputs: a float32 model's packed layers then multiply bfloat16 (`operators.operand_type`).
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
from playground.models import onednn, operators

GROUP_SIZE = operators.GROUP_SIZE
INT8 = Scheme(8, symmetric=True, granularity="row")
INT4 = Scheme(4, symmetric=False, granularity="group", group_size=GROUP_SIZE)

# torch's int8 operator reads full vectors: with 40 bfloat16 inputs it read past the end of the row and crashed.
_COLUMN_MULTIPLE = 64
# Matrices of at least this many weights use oneDNN's layout. For smaller ones quantizing the inputs costs what faster reads gain.
_LARGE = 1 << 24
# For more rows the weights are dequantized first: torch's operator handles each row separately, and oneDNN's produces
# two float32 output rows per input row.
_FEW_ROWS = 8
_FEW_ROWS_OF_LARGE = 64
# The int4 operator needs a multiple of 16 outputs.
_ROW_MULTIPLE = 16
# It packs codes in blocks of at most this many rows.
_BLOCK_ROWS = 64
# Rows quantized, packed or dequantized at once, so that an output head of 262,144 rows is never fully expanded: int4's
# packing takes 32-bit codes, 0.7 GB for such a head. Split at block boundaries so packed pieces match packing everything at once.
_ROWS_AT_ONCE = 8192
# Rows of int8 codes dequantized and multiplied at once: 5 MB of floats at 640 inputs fit in the caches.
_ROWS_IN_CACHE = 2048


class PackedLinear(nn.Module):
    """Multiplies x (…, in) → (…, out) by quantized weights; `dequantized()` returns them (out, in), float32.

    `dtype`: of its outputs. `operand`: dtype of inputs and scales in the product; None: `dtype`.
    `nonzero`: how many weights weren't rounded to 0.
    """

    name = ""
    nonzero = 0

    def __init__(self, shape: torch.Size, bias: Tensor | None, dtype: torch.dtype, operand: torch.dtype | None) -> None:
        super().__init__()
        self.out_features, self.in_features = shape
        self.dtype, self.operand = dtype, operand or dtype
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        # The last position of several sequences is a non-contiguous view, which the operators don't accept.
        rows = x.reshape(-1, x.shape[-1]).to(self.operand).contiguous()
        if torch.is_grad_enabled() and rows.requires_grad:
            y = _WithGradient.apply(rows, self)
        else:
            y = self.multiply(rows)
        y = y.to(self.dtype).view(*x.shape[:-1], -1)
        return y if self.bias is None else y + self.bias

    def multiply(self, rows: Tensor) -> Tensor:
        """Multiplies rows (n, in) of type `operand`; returns (n, out), without the bias, of type `operand` or `dtype`."""
        raise NotImplementedError

    def dequantized(self) -> Tensor:
        raise NotImplementedError

    def rows(self, ids: Tensor) -> Tensor:
        """Dequantizes the weight rows (…, in) of output indices (…), in the layer's dtype."""
        raise NotImplementedError

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, {self.name}"


class _WithGradient(torch.autograd.Function):
    """Adds the gradient that the kernels lack: that of x Wᵀ is W."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, layer: PackedLinear) -> Tensor:
        ctx.layer = layer
        return layer.multiply(rows)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        return gradient @ ctx.layer.dequantized().to(gradient.dtype), None


class Int8Linear(PackedLinear):
    """Stores one byte per weight and one scale per output row; symmetric, round-to-nearest.

    Small matrices are stored row-major for torch's own operator. A large one, such as an output head, is stored only in
    oneDNN's layout if oneDNN multiplies integers exactly here: reading it is twice as fast.
    """

    codes: Tensor
    scale: Tensor

    name = "int8"

    def __init__(self, weight: Tensor, bias: Tensor | None = None, operand: torch.dtype | None = None) -> None:
        super().__init__(weight.shape, bias, weight.dtype, operand)
        self._padding = -self.in_features % _COLUMN_MULTIPLE
        self._native = operators.int8_works(self.operand, weight.device.type)
        codes, scales = [], []
        for part in functional.pad(weight, (0, self._padding)).split(_ROWS_AT_ONCE):
            rounded = quantize(part, INT8, scale_dtype=self.operand)
            codes.append(rounded.codes.to(torch.int8))
            scales.append(rounded.scale[:, 0].to(self.operand))
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
        # Many rows amortize the cost of dequantizing.
        rows = rows.to(self.dtype)
        products = [functional.linear(rows, part.to(self.dtype)) for part in self._by_row().split(_ROWS_IN_CACHE)]
        return torch.cat(products, -1).mul_(self.scale)

    def _exactly(self, rows: Tensor) -> Tensor:
        codes, step = two_parts(rows)
        high, low = onednn.product(codes, self.codes, self.scale.float()).chunk(2)
        outputs = torch.empty(high.shape, dtype=self.dtype)
        # One row at a time fits in the processor's caches.
        for row in range(len(rows)):
            outputs[row] = high[row].add_(low[row], alpha=1 / 127).mul_(step[row])
        return outputs

    def _by_row(self) -> Tensor:
        """Returns codes (out, in), padded."""
        return onednn.unpacked(self.codes) if self.in_order else self.codes

    def dequantized(self) -> Tensor:
        return self._by_row()[:, : self.in_features].float() * self.scale.float()[:, None]

    def rows(self, ids: Tensor) -> Tensor:
        flat = ids.flatten()
        codes = onednn.rows(self.codes, flat) if self.in_order else self.codes[flat]
        weight = codes[:, : self.in_features].to(self.dtype) * self.scale[flat][:, None].to(self.dtype)
        return weight.view(*ids.shape, -1)


def two_parts(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Quantizes inputs (n, in) to int8 (2n, in), all high parts, then all low parts, and a step (n, 1) per row.

    x ≈ (high + low / 127) × step, with an error of at most 1/32,258 of the row's largest magnitude. One part alone would round
    the inputs to 8 bits. The products of both with int8 weights are exact, and as fast as one product while bound by
    memory bandwidth.
    """
    largest = torch.linalg.vector_norm(rows, math.inf, -1, keepdim=True, dtype=torch.float32).clamp_min_(1e-30)
    scaled = rows * (127 / largest)
    high = scaled.round()
    low = scaled.sub_(high).mul_(127).round_()
    return torch.cat([high, low]).to(torch.int8), largest / 127


class Int4Linear(PackedLinear):
    """Stores half a byte per weight, and a scale and a zero point per group of 32 neighbours in a row; round-to-nearest.

    Inputs are zero-padded to full groups, outputs to multiples of 16, as the operator requires.
    """

    packed: Tensor
    scale_and_offset: Tensor

    name = "int4"

    def __init__(self, weight: Tensor, bias: Tensor | None = None, operand: torch.dtype | None = None) -> None:
        super().__init__(weight.shape, bias, weight.dtype, operand)
        self._padding = -weight.shape[1] % GROUP_SIZE
        self._native = operators.int4_works(self.operand, weight.device.type)
        parts = [self._pack(part) for part in weight.split(_ROWS_AT_ONCE)]
        self.register_buffer("packed", torch.cat([codes for codes, _ in parts]))
        self.register_buffer("scale_and_offset", torch.cat([grid for _, grid in parts], 1))

    def _pack(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        padded = functional.pad(weight, (0, self._padding, 0, -len(weight) % _ROW_MULTIPLE))
        rounded = quantize(padded, INT4, scale_dtype=self.operand)
        groups = rounded.codes.view(*rounded.zero.shape, GROUP_SIZE)
        self.nonzero += int((groups != rounded.zero[..., None].to(groups.dtype)).count_nonzero())
        # The operator computes (code − 8) × scale + offset.
        grid = torch.stack([rounded.scale, (8 - rounded.zero) * rounded.scale], -1)
        return operators.pack_int4(rounded.codes, self._native), grid.transpose(0, 1).to(self.operand).contiguous()

    def multiply(self, rows: Tensor) -> Tensor:
        if self._padding:
            rows = functional.pad(rows, (0, self._padding))
        if self._native:
            y: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(rows, self.packed, GROUP_SIZE, self.scale_and_offset)
        else:
            y = functional.linear(rows.to(self.dtype), self._unpacked().to(self.dtype))
        return y if y.shape[1] == self.out_features else y[:, : self.out_features]

    def dequantized(self) -> Tensor:
        if self._native:
            # Multiplying unit vectors returns the weights as the operator itself dequantizes them.
            if self.operand is not self.dtype:
                return torch.cat([self._read(ids) for ids in torch.arange(self.out_features).split(_ROWS_AT_ONCE)])
            unit = torch.eye(self.in_features + self._padding, dtype=torch.float32)
            grid = self.scale_and_offset.float()
            columns = torch.ops.aten._weight_int4pack_mm_for_cpu(unit, self.packed, GROUP_SIZE, grid)
            weight: Tensor = columns.T[: self.out_features, : self.in_features]
            return weight
        return self._unpacked()[: self.out_features, : self.in_features]

    def rows(self, ids: Tensor) -> Tensor:
        return self._read(ids.flatten()).to(self.dtype).view(*ids.shape, -1)

    def _read(self, flat: Tensor) -> Tensor:
        """Dequantizes the weight rows (n, in) of output indices (n,), float32."""
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
        return weight[:, : self.in_features]

    def _places(self) -> Tensor:
        """Returns the packed position of each code of a full block of rows, then of the last, shorter one."""
        columns, last = self.in_features + self._padding, len(self.packed) % _BLOCK_ROWS
        whole = _order(_BLOCK_ROWS, columns)
        return torch.cat([whole, _order(last, columns)]) if last else whole

    def _unpacked(self) -> Tensor:
        codes = torch.stack([self.packed & 15, self.packed >> 4], -1).flatten(1)
        grid = self.scale_and_offset.float().repeat_interleave(GROUP_SIZE, 0)
        return (codes.float() - 8) * grid[:, :, 0].T + grid[:, :, 1].T


class PackedEmbedding(nn.Module):
    """Embeds token ids (…) → (…, hidden) by rows of the packed output head, if they were tied: stored only once.

    `factor`: what the model multiplies its embeddings by.
    """

    def __init__(self, head: PackedLinear, factor: float | Tensor) -> None:
        super().__init__()
        # In a tuple, so that the head isn't registered as a submodule here too: it already is one of the model.
        self._head = (head,)
        self.factor = factor

    def forward(self, ids: Tensor) -> Tensor:
        head = self._head[0]
        return head.rows(ids) * torch.as_tensor(self.factor, dtype=head.dtype)


@functools.cache
def _order(rows: int, columns: int) -> Tensor:
    """Returns (rows, columns): the position, in half bytes, where the int4 operator stores each code of a block.

    The layout depends on the processor and isn't documented, so it is determined by packing blocks whose codes are the base-16
    digits of their own addresses.
    """
    address = torch.arange(rows * columns).view(rows, columns)
    found = torch.zeros(rows * columns, dtype=torch.long)
    for digit in range(math.ceil(math.log(rows * columns, 16))):
        packed = operators.pack_int4((address >> (4 * digit)) & 15, native=True).flatten().long()
        found += torch.stack([packed & 15, packed >> 4], -1).flatten() << (4 * digit)
    places = torch.empty_like(found)
    places[found] = torch.arange(rows * columns)
    return places.view(rows, columns)


def packed_linear(name: str, weight: Tensor, bias: Tensor | None) -> Int8Linear | Int4Linear:
    """Packs a weight (out, in) for the fastest operator that this machine has for `name`, "int8" or "int4"."""
    return LINEARS[name](weight, bias, operators.operand_type(name, weight.dtype, weight.device.type))


LINEARS: dict[str, type[Int8Linear] | type[Int4Linear]] = {"int8": Int8Linear, "int4": Int4Linear}


def notice(quantization: str, dtype: torch.dtype, device: str = "cpu") -> Text | None:
    """Returns None if a quantization's kernel runs here, else a warning that it saves memory only."""
    works = {"int8": operators.int8_works, "int4": operators.int4_works}.get(quantization)
    if works is None or works(dtype, device):
        return None
    return Text(
        zh="这里的 PyTorch 没有 {name} 的矩阵乘算子：权重仍以 {name} 存放，但每次相乘都要先展开，所以省内存而不省时间。",
        en="This PyTorch has no {name} matrix product here: weights are still stored as {name}, but unpacked at every product,"
        " so memory is saved and time is not.",
    ).format(name=quantization)
