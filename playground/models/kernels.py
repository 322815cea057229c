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

GROUP_SIZE = 32
INT8 = Scheme(8, symmetric=True, granularity="row")
INT4 = Scheme(4, symmetric=False, granularity="group", group_size=GROUP_SIZE)

onednn = torch.ops.onednn

# torch's int8 operator reads whole vectors: with 40 bfloat16 inputs it read beyond the row, and crashed.
_COLUMN_MULTIPLE = 64
# Weights from which on a matrix lies in oneDNN's order. Smaller ones stay in the processor's caches, where its calls cost more.
_LARGE = 1 << 24
# Beyond so many rows the weights are turned to floats first: the operators take every row by itself.
_FEW_ROWS = 8
_FEW_ROWS_IN_PIECES = 64
# Rows of a head in pieces that are kept to be read as embeddings, of 640 bytes each in the embedded model.
_MOST_KNOWN_ROWS = 20_000
# The int4 operator takes outputs in sixteens.
_ROW_MULTIPLE = 16
# It orders codes in blocks of at most so many rows.
_BLOCK_ROWS = 64
# Rows packed at once: the operator wants 32-bit codes, eight times the bytes of its result, which for a whole output head
# would be 0.7 GB. Whole blocks, so the pieces' codes lie as the whole's would.
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
    pieces in oneDNN's order, and nowhere else, where oneDNN multiplies whole numbers exactly: it reads twice as fast.
    """

    codes_0: Tensor
    scale: Tensor

    name = "int8"

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__(weight.shape, bias, weight.dtype)
        self._padding = -self.in_features % _COLUMN_MULTIPLE
        self._native = int8_works(weight.dtype, weight.device.type)
        self._in_pieces = weight.numel() >= _LARGE and exact_int8_works(weight.device.type)
        pieces, scales = [], []
        for part in functional.pad(weight, (0, self._padding)).split(_ROWS_AT_ONCE):
            rounded = quantize(part, INT8, scale_dtype=weight.dtype)
            codes = rounded.codes.to(torch.int8)
            self.nonzero += int(codes.count_nonzero())
            pieces.append(onednn.qlinear_prepack(codes, None) if self._in_pieces else codes)
            scales.append(rounded.scale[:, 0].to(weight.dtype))
        kept = pieces if self._in_pieces else [torch.cat(pieces)]
        for number, piece in enumerate(kept):
            self.register_buffer(f"codes_{number}", piece)
        self._count = len(kept)
        self.register_buffer("scale", torch.cat(scales))
        self._known = _KnownRows()

    @property
    def pieces(self) -> list[Tensor]:
        """The codes: (rows, in) each, some of them in oneDNN's order."""
        return [getattr(self, f"codes_{number}") for number in range(self._count)]

    def multiply(self, rows: Tensor) -> Tensor:
        rows = functional.pad(rows, (0, self._padding)) if self._padding else rows
        if self._in_pieces and len(rows) <= _FEW_ROWS_IN_PIECES:
            return self._exactly(rows)
        if self._native and not self._in_pieces and len(rows) <= _FEW_ROWS:
            product: Tensor = torch.ops.aten._weight_int8pack_mm(rows, self.codes_0, self.scale)
            return product
        # Many rows share the work of turning the codes to floats.
        products = [functional.linear(rows, _plain(piece).to(self.dtype)) for piece in self.pieces]
        return torch.cat(products, -1).mul_(self.scale)

    def _exactly(self, rows: Tensor) -> Tensor:
        codes, step = two_parts(rows)
        scales = self.scale.float().split(_ROWS_AT_ONCE)
        products = [_whole_product(codes, piece, scale) for piece, scale in zip(self.pieces, scales, strict=True)]
        high, low = torch.cat(products, -1).chunk(2)
        return torch.add(high, low, alpha=1 / 127).mul_(step).to(self.dtype)

    def dequantized(self) -> Tensor:
        codes = torch.cat([_plain(piece) for piece in self.pieces])
        return codes[:, : self.in_features].float() * self.scale.float()[:, None]

    def rows(self, ids: Tensor) -> Tensor:
        codes = self._rows_in_pieces(ids.flatten()) if self._in_pieces else self.codes_0[ids.flatten()]
        weight = codes[:, : self.in_features].to(self.dtype) * self.scale[ids.flatten()][:, None]
        return weight.view(*ids.shape, -1)

    def _rows_in_pieces(self, ids: Tensor) -> Tensor:
        """Codes (n, in). Only a whole piece can be unpacked, so a row that was read once stays known."""
        wanted = ids.tolist()
        # Another thread may forget all rows at any time: what is known now is held here.
        known = {row: codes for row in set(wanted) if (codes := self._known.get(row)) is not None}
        missing = set(wanted) - known.keys()
        read: dict[int, Tensor] = {}
        for number in {row // _ROWS_AT_ONCE for row in missing}:
            piece = _plain(self.pieces[number])
            read |= {row: piece[row % _ROWS_AT_ONCE].clone() for row in missing if row // _ROWS_AT_ONCE == number}
        if len(self._known) + len(read) > _MOST_KNOWN_ROWS:
            self._known.clear()
        self._known.update(read)
        known |= read
        return torch.stack([known[row] for row in wanted])


class _KnownRows(dict[int, Tensor]):
    """Codes by their row. A copy of a layer that shares its weights shares these too."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _KnownRows:
        return self


def _plain(piece: Tensor) -> Tensor:
    """Codes (rows, in), whichever way they are kept: oneDNN's order can only be undone for a whole piece."""
    return piece.to_dense().T if piece.is_mkldnn else piece


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


def _whole_product(codes: Tensor, piece: Tensor, scale: Tensor) -> Tensor:
    """(n, out), float32: int8 codes (n, in) times a piece in oneDNN's order, times the scale (out,) of its rows."""
    product: Tensor = onednn.qlinear_pointwise(
        codes, 1.0, 0, piece, scale, None, None, 1.0, 0, torch.float32, "none", [], ""
    )
    return product


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
def exact_int8_works(device: str = "cpu") -> bool:
    """Whether oneDNN multiplies int8 by int8 on a device, exactly: tried, with the largest numbers there are.

    Processors without the instructions for it add pairs of products in 16 bits, which overflow.
    """
    if device != "cpu":
        return False
    try:
        codes = torch.full((16, 64), 127, dtype=torch.int8)
        codes[1::2] = -127
        piece = onednn.qlinear_prepack(codes, None)
        product = _whole_product(torch.full((2, 64), 127, dtype=torch.int8), piece, torch.ones(16))
        return bool((product == codes.float().sum(-1) * 127).all() and (_plain(piece) == codes).all())
    except (AttributeError, RuntimeError, NotImplementedError, TypeError):
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
