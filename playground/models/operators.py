"""torch's CPU operators for int8 and int4 weights: which work on this machine, with what inputs, and their order of codes.

Knows nothing of layers or models.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from playground.lab.timing import measure_in_turn
from playground.models.cache import chosen_once

# Weights that share a scale and a zero point in int4.
GROUP_SIZE = 32
# bfloat16 inputs cost a float32 model precision, so they are used only if the operator is this many times as fast.
_MUCH_FASTER = 3.0


def pack_int4(codes: Tensor, native: bool) -> Tensor:
    """Packs two codes per byte: in the operator's layout if it exists, else neighbours in a row, the first in the low half."""
    if not native:
        pairs = codes.to(torch.uint8).view(len(codes), -1, 2)
        return pairs[:, :, 0] | (pairs[:, :, 1] << 4)
    packed: Tensor = torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes.int(), 1)
    return packed


@functools.cache
def int8_works(dtype: torch.dtype, device: str = "cpu") -> bool:
    """Tests on a small product whether this torch multiplies int8 weights by activations of `dtype` on a device."""
    try:
        x = torch.ones(2, 64, dtype=dtype, device=device)
        codes = torch.full((16, 64), 3, dtype=torch.int8, device=device)
        scale = torch.full((16,), 0.5, dtype=dtype, device=device)
        return bool((torch.ops.aten._weight_int8pack_mm(x, codes, scale) == 96).all())
    except (AttributeError, RuntimeError, NotImplementedError):
        return False


@functools.cache
def int4_works(dtype: torch.dtype, device: str = "cpu") -> bool:
    """Tests on a small product whether this torch multiplies int4 weights by activations of `dtype` on a device."""
    try:
        x = torch.ones(2, 32, dtype=dtype, device=device)
        packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(
            torch.full((16, 32), 11, dtype=torch.int32, device=device), 1
        )
        grid = torch.tensor([0.5, 0.25], dtype=dtype, device=device).expand(1, 16, 2).contiguous()
        return bool((torch.ops.aten._weight_int4pack_mm_for_cpu(x, packed, GROUP_SIZE, grid) == 56).all())
    except (AttributeError, RuntimeError, NotImplementedError):
        return False


@functools.cache
def operand_type(name: str, dtype: torch.dtype, device: str = "cpu") -> torch.dtype:
    """Returns the operand dtype for packed layers of a model of `dtype`: bfloat16 if the operator is much faster with it.

    Measured on one row, the shape of a decode step, once for a machine. torch's int8 and int4 operators aren't vectorized for float32 inputs, and
    on processors with AVX-512 models are in bfloat16 anyway.
    """
    operators = {"int8": (int8_works, _int8_product), "int4": (int4_works, _int4_product)}
    works, product = operators[name]
    if device != "cpu" or dtype is not torch.float32 or not (works(dtype) and works(torch.bfloat16)):
        return dtype

    def faster() -> str:
        seconds = measure_in_turn({kind: product(kind) for kind in (dtype, torch.bfloat16)}, repeats=5)
        return "bfloat16" if seconds[torch.bfloat16].low * _MUCH_FASTER < seconds[dtype].low else "float32"

    best = chosen_once(f"{name}-inputs", ("float32", "bfloat16"), faster, torch.get_num_threads())
    return torch.bfloat16 if best == "bfloat16" else dtype


def _int8_product(dtype: torch.dtype) -> Callable[[], Tensor]:
    x, scale = torch.ones(1, 640, dtype=dtype), torch.ones(2048, dtype=dtype)
    codes = torch.ones(2048, 640, dtype=torch.int8)
    return lambda: torch.ops.aten._weight_int8pack_mm(x, codes, scale)


def _int4_product(dtype: torch.dtype) -> Callable[[], Tensor]:
    x, grid = torch.ones(1, 640, dtype=dtype), torch.ones(640 // GROUP_SIZE, 2048, 2, dtype=dtype)
    packed = pack_int4(torch.ones(2048, 640, dtype=torch.int32), native=True)
    return lambda: torch.ops.aten._weight_int4pack_mm_for_cpu(x, packed, GROUP_SIZE, grid)
