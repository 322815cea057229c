"""int8 matrices in oneDNN's own order, where products of whole numbers are exact and read memory twice as fast as torch's operator.

A matrix in this order is an opaque tensor (in, out) that torch can multiply by, and undo as a whole. Single rows are read
from its memory, at places that are read off a small matrix. Knows nothing of scales of inputs or of which layers use it.
"""

from __future__ import annotations

import ctypes
import functools
import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

onednn = torch.ops.onednn

# Outputs after which the order repeats: it has blocks of 64, 32 or 16.
_PERIOD = 64
_CHECKED_ROWS = 100


def packed(codes: Tensor) -> Tensor | None:
    """int8 codes (out, in) in oneDNN's order; None where its rows couldn't be read back, so that it's of no use."""
    if not works(codes.device.type):
        return None
    matrix: Tensor = onednn.qlinear_prepack(codes, None)
    ids = torch.linspace(0, len(codes) - 1, min(len(codes), _CHECKED_ROWS)).long()
    try:
        return matrix if torch.equal(rows(matrix, ids), codes[ids]) else None
    except IndexError:  # another order for this size than for the small matrix that it was read off
        return None


def product(inputs: Tensor, matrix: Tensor, scale: Tensor) -> Tensor:
    """(n, out), float32: int8 inputs (n, in) times a matrix in oneDNN's order, times the scale (out,), float32, of its rows."""
    outputs: Tensor = onednn.qlinear_pointwise(
        inputs, 1.0, 0, matrix, scale, None, None, 1.0, 0, torch.float32, "none", [], ""
    )
    return outputs


def unpacked(matrix: Tensor) -> Tensor:
    """The codes (out, in) again, all of them."""
    return matrix.to_dense().T


def rows(matrix: Tensor, ids: Tensor) -> Tensor:
    """The codes (n, in) of output indices (n,)."""
    places, block_bytes = _order(matrix.shape[0])
    wanted = ids.numpy()
    found = _memory(matrix)[places[wanted % _PERIOD] + (wanted // _PERIOD * block_bytes)[:, None]]
    return torch.from_numpy(found)


def held_bytes(matrix: Tensor) -> int:
    """Bytes of a matrix in oneDNN's order: the codes, and a sum of each row."""
    return int(torch.ops.mkldnn._nbytes(matrix))


def address(matrix: Tensor) -> int:
    """Where the bytes of a matrix begin. torch itself asks for it to save compiled models."""
    return int(torch.ops.mkldnn.data_ptr(matrix))


def _memory(matrix: Tensor) -> NDArray[np.int8]:
    """The bytes of a matrix, as they lie; valid while the matrix lives."""
    return np.ctypeslib.as_array((ctypes.c_int8 * held_bytes(matrix)).from_address(address(matrix)))


@functools.cache
def _order(columns: int) -> tuple[NDArray[np.int64], int]:
    """Where the codes of one period of rows lie, (rows, columns), and how many bytes further those of the next one lie.

    The order belongs to the processor and isn't documented, so it is read off: a matrix is packed whose codes are the digits
    of their own numbers, 7 bits to a digit.
    """
    numbers = torch.arange(1, 2 * _PERIOD * columns + 1).view(-1, columns)  # what is padded is 0
    digits = math.ceil(numbers.numel().bit_length() / 7)
    found = sum(_laid((numbers >> (7 * digit)) & 127) << (7 * digit) for digit in range(digits))
    # Behind the codes lie sums of the rows, in which a number may be found again: the first place counts.
    names, firsts = np.unique(found, return_index=True)
    places = firsts[np.searchsorted(names, numbers.numpy())]
    return places[:_PERIOD], int(places[_PERIOD, 0] - places[0, 0])


def _laid(codes: Tensor) -> NDArray[np.int64]:
    """The bytes of a matrix of these codes, in oneDNN's order."""
    matrix = onednn.qlinear_prepack(codes.to(torch.int8), None)
    return _memory(matrix).astype(np.int64)


@functools.cache
def works(device: str = "cpu") -> bool:
    """Whether oneDNN multiplies int8 by int8 on a device, exactly: tried, with the largest numbers there are.

    Processors without the instructions for it add pairs of products in 16 bits, which overflow.
    """
    if device != "cpu":
        return False
    try:
        codes = torch.full((16, 64), 127, dtype=torch.int8)
        codes[1::2] = -127
        matrix = onednn.qlinear_prepack(codes, None)
        outputs = product(torch.full((2, 64), 127, dtype=torch.int8), matrix, torch.ones(16))
        exact = (outputs == codes.float().sum(-1) * 127).all()
        return bool(exact and (unpacked(matrix) == codes).all() and (rows(matrix, torch.arange(16)) == codes).all())
    except (AttributeError, IndexError, RuntimeError, NotImplementedError, TypeError):
        return False
