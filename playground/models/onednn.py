"""Packs int8 matrices in oneDNN's layout, whose integer products are exact and read memory twice as fast as torch's operator.

A packed matrix is an opaque tensor (in, out) that torch can multiply by, and unpack as a whole. Single rows are read from
its memory, at offsets found by packing a small matrix. Knows nothing of input scales or of which layers use it.
"""

from __future__ import annotations

import ctypes
import functools
import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from playground.lab.timing import measure_in_turn

onednn = torch.ops.onednn

# Outputs after which the layout repeats: its blocks have 64, 32 or 16.
_PERIOD = 64
_CHECKED_ROWS = 100
# Code made for a processor takes about the time of a product in float32, the reference implementation 400 times as long.
_REFERENCE_SLOWDOWN = 30


def packed(codes: Tensor) -> Tensor | None:
    """Packs int8 codes (out, in) in oneDNN's layout; returns None if its rows couldn't be read back."""
    if not works(codes.device.type):
        return None
    matrix: Tensor = onednn.qlinear_prepack(codes, None)
    ids = torch.linspace(0, len(codes) - 1, min(len(codes), _CHECKED_ROWS)).long()
    try:
        return matrix if torch.equal(rows(matrix, ids), codes[ids]) else None
    except IndexError:  # the layout of this size differs from the small matrix's
        return None


def product(inputs: Tensor, matrix: Tensor, scale: Tensor) -> Tensor:
    """Multiplies int8 inputs (n, in) by a packed matrix and its row scales (out,), float32; returns (n, out), float32.

    oneDNN gets the inputs as unsigned numbers with a zero point of 128, subtracted in whole numbers: VNNI multiplies unsigned by
    signed, and on processors with AVX 10 oneDNN 3.12 has no fast code for signed by signed.
    """
    unsigned = inputs.contiguous().view(torch.uint8) ^ 128
    outputs: Tensor = onednn.qlinear_pointwise(
        unsigned, 1.0, 128, matrix, scale, None, None, 1.0, 0, torch.float32, "none", [], ""
    )
    return outputs


def unpacked(matrix: Tensor) -> Tensor:
    """Unpacks all codes (out, in)."""
    return matrix.to_dense().T


def rows(matrix: Tensor, ids: Tensor) -> Tensor:
    """Reads the codes (n, in) of output indices (n,)."""
    places, block_bytes = _order(matrix.shape[0])
    wanted = ids.numpy()
    found = _memory(matrix)[places[wanted % _PERIOD] + (wanted // _PERIOD * block_bytes)[:, None]]
    return torch.from_numpy(found)


def held_bytes(matrix: Tensor) -> int:
    """Returns the bytes of a packed matrix: the codes, and a sum per row."""
    return int(torch.ops.mkldnn._nbytes(matrix))


def address(matrix: Tensor) -> int:
    """Returns the address of a packed matrix's bytes. torch itself uses this call to save compiled models."""
    return int(torch.ops.mkldnn.data_ptr(matrix))


def _memory(matrix: Tensor) -> NDArray[np.int8]:
    """Views the bytes of a packed matrix; valid while the matrix exists."""
    return np.ctypeslib.as_array((ctypes.c_int8 * held_bytes(matrix)).from_address(address(matrix)))


@functools.cache
def _order(columns: int) -> tuple[NDArray[np.int64], int]:
    """Returns the byte offsets of one period of rows, (rows, columns), and the bytes from one period to the next.

    The layout depends on the processor and isn't documented, so it is determined by packing matrices whose codes are the
    digits, 7 bits each, of their own index.
    """
    numbers = torch.arange(1, 2 * _PERIOD * columns + 1).view(-1, columns)  # 0 is padding
    digits = math.ceil(numbers.numel().bit_length() / 7)
    found = sum(_packed_bytes((numbers >> (7 * digit)) & 127) << (7 * digit) for digit in range(digits))
    # Row sums follow the codes and may repeat a number: the first occurrence counts.
    names, firsts = np.unique(found, return_index=True)
    places = firsts[np.searchsorted(names, numbers.numpy())]
    return places[:_PERIOD], int(places[_PERIOD, 0] - places[0, 0])


def _packed_bytes(codes: Tensor) -> NDArray[np.int64]:
    """Packs codes and returns the bytes."""
    matrix = onednn.qlinear_prepack(codes.to(torch.int8), None)
    return _memory(matrix).astype(np.int64)


@functools.cache
def works(device: str = "cpu") -> bool:
    """Tests whether oneDNN multiplies int8 by int8 exactly on a device, with the largest numbers, and by code made for it.

    Processors without VNNI instructions add pairs of products in 16 bits, which overflow. Where oneDNN has no code for a processor it
    takes its reference implementation, a thousand times slower.
    """
    if device != "cpu":
        return False
    try:
        codes = torch.full((16, 64), 127, dtype=torch.int8)
        codes[1::2] = -127
        matrix = onednn.qlinear_prepack(codes, None)
        outputs = product(torch.full((2, 64), 127, dtype=torch.int8), matrix, torch.ones(16))
        exact = (outputs == codes.float().sum(-1) * 127).all()
        whole = (unpacked(matrix) == codes).all() and (rows(matrix, torch.arange(16)) == codes).all()
        return bool(exact and whole) and _slowdown() < _REFERENCE_SLOWDOWN
    except (AttributeError, IndexError, RuntimeError, NotImplementedError, TypeError):
        return False


def _slowdown() -> float:
    """Measures how many times as long an integer product takes as the same product in float32."""
    codes = torch.ones(1024, 640, dtype=torch.int8)
    matrix, weight = onednn.qlinear_prepack(codes, None), codes.float()
    inputs, scale = codes[:4], torch.ones(1024)
    times = measure_in_turn(
        {
            "integers": lambda: product(inputs, matrix, scale),
            "floats": lambda: functional.linear(inputs.float(), weight),
        }
    )
    return times["integers"].low / times["floats"].low
