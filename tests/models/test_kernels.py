"""Packed layers against a float computation with their dequantized weights, and their bytes."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
import torch
from torch import nn
from torch.nn import functional

from playground.compression.quantize import fake_quantize, quantize
from playground.lab.timing import Timing
from playground.models import kernels, onednn, operators, structure
from playground.models.kernels import INT4, INT8, Int4Linear, Int8Linear, PackedLinear
from playground.models.operators import operand_type

SHAPES = [(64, 64), (259, 96), (50, 40), (96, 256)]
LAYERS = [Int8Linear, Int4Linear]
DTYPES = [torch.float32, torch.bfloat16]
BOTH_WAYS = [True, False]


def weight_of(shape: tuple[int, int], dtype: torch.dtype) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1)).to(dtype)


def make(layer: type[PackedLinear], shape: tuple[int, int], dtype: torch.dtype, native: bool) -> PackedLinear:
    if native:
        return layer(weight_of(shape, dtype))  # type: ignore[arg-type]
    with (
        mock.patch.object(operators, "int8_works", return_value=False),
        mock.patch.object(operators, "int4_works", return_value=False),
        mock.patch.object(onednn, "works", return_value=False),
    ):
        return layer(weight_of(shape, dtype))  # type: ignore[arg-type]


def needs(native: bool, layer: type[PackedLinear], dtype: torch.dtype) -> None:
    works = operators.int8_works if layer is Int8Linear else operators.int4_works
    if native and not works(dtype):
        pytest.skip("this torch has no such operator")


@pytest.mark.parametrize("native", BOTH_WAYS, ids=["kernel", "unpacked"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("layer", LAYERS)
def test_against_floats_with_the_dequantized_weights(
    layer: type[PackedLinear], shape: tuple[int, int], dtype: torch.dtype, native: bool
) -> None:
    needs(native, layer, dtype)
    packed = make(layer, shape, dtype, native)
    x = torch.randn(2, 5, shape[1], generator=torch.Generator().manual_seed(2)).to(dtype)
    expected = functional.linear(x.double(), packed.dequantized().double())
    exact = {torch.float32: 1e-5, torch.bfloat16: 1.5e-2}[dtype]
    assert packed(x).shape == (2, 5, shape[0])
    assert (packed(x).double() - expected).abs().max() <= exact * expected.abs().max()


@pytest.mark.parametrize("native", BOTH_WAYS, ids=["kernel", "unpacked"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("layer", LAYERS)
def test_no_weight_errs_by_more_than_half_a_step(
    layer: type[PackedLinear], shape: tuple[int, int], dtype: torch.dtype, native: bool
) -> None:
    needs(native, layer, dtype)
    weight = weight_of(shape, dtype).float()
    scheme = INT8 if layer is Int8Linear else INT4
    rounded = quantize(weight, scheme, scale_dtype=dtype)
    step = rounded.scale.repeat_interleave(rounded.width, 1)[:, : shape[1]]
    # The offset of an int4 group is stored in the layer's dtype.
    slack = step * (8 * torch.finfo(dtype).eps if layer is Int4Linear else 1e-5)
    error = (make(layer, shape, dtype, native).dequantized() - weight).abs()
    assert (error <= step / 2 + slack).all()


@pytest.mark.parametrize("layer", LAYERS)
def test_the_scheme_is_the_one_that_is_said(layer: type[PackedLinear]) -> None:
    needs(True, layer, torch.float32)
    weight = weight_of((96, 256), torch.float32)
    expected = fake_quantize(weight, INT8 if layer is Int8Linear else INT4)
    torch.testing.assert_close(layer(weight).dequantized(), expected, rtol=1e-4, atol=1e-5)  # type: ignore[arg-type]


@pytest.mark.parametrize("layer", LAYERS)
def test_packing_in_pieces_changes_nothing(layer: type[PackedLinear]) -> None:
    weight = weight_of((300, 64), torch.float32)
    whole = layer(weight).state_dict()  # type: ignore[arg-type]
    with mock.patch.object(kernels, "_ROWS_AT_ONCE", 128):
        pieces = layer(weight).state_dict()  # type: ignore[arg-type]
    for name, tensor in whole.items():
        assert torch.equal(tensor, pieces[name]), name


@pytest.mark.parametrize("layer", LAYERS)
def test_the_last_position_of_several_sequences(layer: type[PackedLinear]) -> None:
    packed = layer(weight_of((32, 64), torch.float32))  # type: ignore[arg-type]
    x = torch.randn(3, 7, 64)
    torch.testing.assert_close(packed(x[:, -1:]), packed(x)[:, -1:])


def test_bytes_held() -> None:
    weight = weight_of((128, 256), torch.bfloat16)
    held = {layer: sum(buffer.untyped_storage().nbytes() for buffer in layer(weight).buffers()) for layer in LAYERS}
    assert held[Int8Linear] == 128 * 256 + 128 * 2
    assert held[Int4Linear] == 128 * 256 // 2 + 128 * (256 // 32) * 2 * 2


@pytest.mark.parametrize("layer", LAYERS)
def test_gradients_reach_the_input_and_the_bias_is_added(layer: type[PackedLinear]) -> None:
    linear = nn.Linear(64, 32)
    packed = layer(linear.weight.detach(), linear.bias.detach())  # type: ignore[arg-type]
    x = torch.randn(3, 64, requires_grad=True)
    packed(x).square().sum().backward()
    other = x.detach().clone().requires_grad_()
    functional.linear(other, packed.dequantized(), linear.bias.detach()).square().sum().backward()
    torch.testing.assert_close(x.grad, other.grad, rtol=1e-4, atol=1e-4)


def test_a_missing_operator_is_said() -> None:
    with mock.patch.object(operators, "int8_works", return_value=False):
        notice = kernels.notice("int8", torch.float32)
    assert notice is not None
    assert "int8" in notice.zh and "int8" in notice.en
    assert kernels.notice("simulated", torch.float32) is None


@pytest.mark.parametrize("works", [operators.int8_works, operators.int4_works])
def test_where_an_operator_is_gone_none_is_claimed(works) -> None:  # type: ignore[no-untyped-def]
    with mock.patch.object(kernels.torch.ops, "aten", object()):
        assert works.__wrapped__(torch.float32) is False


@pytest.mark.parametrize("native", BOTH_WAYS, ids=["kernel", "unpacked"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [*SHAPES, (48, 64), (128, 640)], ids=str)
@pytest.mark.parametrize("layer", LAYERS)
def test_rows_are_those_of_the_dequantized_weights(
    layer: type[PackedLinear], shape: tuple[int, int], dtype: torch.dtype, native: bool
) -> None:
    needs(native, layer, dtype)
    packed = make(layer, shape, dtype, native)
    ids = torch.randperm(shape[0], generator=torch.Generator().manual_seed(3)).view(1, -1)
    rows = packed.rows(ids)
    assert rows.dtype is dtype
    torch.testing.assert_close(
        rows, packed.dequantized().to(dtype)[ids], rtol=1e-2 if dtype.itemsize == 2 else 1e-6, atol=1e-6
    )


# ---- a large int8 matrix, in oneDNN's layout


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every int8 layer count as large."""
    if not onednn.works():
        pytest.skip("oneDNN doesn't multiply int8 exactly here")
    monkeypatch.setattr(kernels, "_LARGE", 0)


@pytest.mark.parametrize("count", [1, 3, 64, 65, 200])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [*SHAPES, (128, 64), (300, 640)], ids=str)
def test_a_large_layer_gives_what_its_weights_give(
    large: None, shape: tuple[int, int], dtype: torch.dtype, count: int
) -> None:
    layer = Int8Linear(weight_of(shape, dtype))
    assert layer.in_order and layer.codes.is_mkldnn
    x = torch.randn(count, shape[1], generator=torch.Generator().manual_seed(2)).to(dtype)
    expected = x.double() @ layer.dequantized().double().T
    # Two-part inputs have errors of 1/32,258 of a row's maximum; bfloat16 rounds the outputs.
    exact = {torch.float32: 1e-4, torch.bfloat16: 1.5e-2}[dtype]
    assert (layer(x).double() - expected).abs().max() <= exact * expected.abs().max()
    ids = torch.tensor([[shape[0] - 1, 0, shape[0] - 1]])
    torch.testing.assert_close(layer.rows(ids), layer.dequantized().to(dtype)[ids], rtol=1e-2, atol=1e-6)


def test_a_large_layer_has_the_weights_of_one_that_is_kept_by_row(large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    weight = weight_of((300, 640), torch.bfloat16)
    in_order = Int8Linear(weight)
    monkeypatch.setattr(onednn, "packed", lambda codes: None)
    by_row = Int8Linear(weight)
    assert in_order.in_order and not by_row.in_order
    assert torch.equal(in_order.dequantized(), by_row.dequantized())
    assert in_order.nonzero == by_row.nonzero
    x = torch.randn(3, 640).to(torch.bfloat16)
    torch.testing.assert_close(in_order(x), by_row(x), rtol=2e-2, atol=0.2)


def test_two_parts_are_near_and_their_products_exact() -> None:
    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(3)) * torch.tensor([1e-6, 1, 1e3, 0, 5])[:, None]
    codes, step = kernels.two_parts(x)
    high, low = codes.chunk(2)
    error = ((high + low / 127) * step - x).abs()
    assert (error <= x.abs().amax(-1, keepdim=True) / 32_258 * 1.01).all()
    assert codes.dtype is torch.int8 and (low.abs() <= 64).all()


def test_a_large_layer_holds_a_byte_a_weight_and_a_sum_of_each_row(large: None) -> None:
    layer = Int8Linear(weight_of((256, 64), torch.bfloat16))
    assert structure.held_bytes(layer) == structure.own_bytes(layer) == 256 * 64 + 256 * 4 + 256 * 2
    assert structure.held_bytes(structure.share(layer), besides=layer) == 0


@pytest.mark.parametrize("rows", [1, 5, 20], ids=lambda rows: f"{rows} rows")
@pytest.mark.parametrize("layer", LAYERS)
def test_a_float32_layer_may_multiply_bfloat16(layer: type[Int8Linear] | type[Int4Linear], rows: int) -> None:
    """As on processors whose operators are fast with nothing else: outputs stay float32, inputs and scales are rounded."""
    needs(True, layer, torch.bfloat16)
    packed = layer(weight_of((96, 256), torch.float32), torch.ones(96), operand=torch.bfloat16)
    x = torch.randn(rows, 256, generator=torch.Generator().manual_seed(2))
    y = packed(x)
    assert y.dtype == torch.float32
    weight = packed.dequantized()
    assert weight.dtype == torch.float32
    expected = functional.linear(x.bfloat16().double(), weight.double(), torch.ones(96).double())
    assert (y.double() - expected).abs().max() <= 1.5e-2 * expected.abs().max()
    assert torch.equal(packed.rows(torch.tensor([3, 95])), weight[[3, 95]])
    true = weight_of((96, 256), torch.float32)
    plain = layer(true).dequantized()
    assert (weight - true).square().mean() <= 1.1 * (plain - true).square().mean(), (
        "rounded scales cost next to nothing"
    )


@pytest.mark.parametrize(("slow", "expected"), [(10.0, torch.bfloat16), (2.0, torch.float32)])
@pytest.mark.parametrize("name", ["int8", "int4"])
def test_bfloat16_is_multiplied_only_where_it_is_much_faster(
    name: str, slow: float, expected: torch.dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path))
    if not (operators.int8_works(torch.bfloat16) and operators.int4_works(torch.bfloat16)):
        pytest.skip("this torch has no such operator")

    def timed(calls: dict[torch.dtype, object], repeats: int) -> dict[torch.dtype, Timing]:
        return {kind: Timing.of([slow if kind is torch.float32 else 1.0]) for kind in calls}

    with mock.patch.object(operators, "measure_in_turn", timed):
        assert operand_type.__wrapped__(name, torch.float32) is expected
        assert operand_type.__wrapped__(name, torch.bfloat16) is torch.bfloat16
