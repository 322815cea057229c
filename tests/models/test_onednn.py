"""int8 matrices in oneDNN's layout: exact products, and rows read from memory."""

from __future__ import annotations

import pytest
import torch

from playground.models import onednn

pytestmark = pytest.mark.skipif(not onednn.works(), reason="oneDNN doesn't multiply int8 exactly here")


def codes_of(rows: int, columns: int) -> torch.Tensor:
    return torch.randint(-128, 128, (rows, columns), generator=torch.Generator().manual_seed(rows)).to(torch.int8)


def packed(codes: torch.Tensor) -> torch.Tensor:
    matrix = onednn.packed(codes)
    assert matrix is not None and matrix.is_mkldnn
    return matrix


@pytest.mark.parametrize("columns", [64, 128, 192, 640, 2048])
@pytest.mark.parametrize("rows", [1, 16, 63, 64, 65, 128, 300, 1000])
def test_every_row_is_read_back(rows: int, columns: int) -> None:
    codes = codes_of(rows, columns)
    matrix = packed(codes)
    order = torch.randperm(rows, generator=torch.Generator().manual_seed(1))
    assert torch.equal(onednn.rows(matrix, order), codes[order])
    assert torch.equal(onednn.unpacked(matrix), codes)


def test_a_row_may_be_asked_for_twice_and_none_at_all() -> None:
    codes = codes_of(130, 64)
    matrix = packed(codes)
    for ids in ([129, 0, 129], []):
        asked = torch.tensor(ids, dtype=torch.long)
        assert torch.equal(onednn.rows(matrix, asked), codes[asked])


def test_products_are_exact() -> None:
    codes, inputs = codes_of(200, 640), codes_of(7, 640).clamp_(-127)
    scale = torch.rand(200) + 0.5
    whole = inputs.long() @ codes.long().T
    assert torch.equal(onednn.product(inputs, packed(codes), torch.ones(200)), whole.float())
    torch.testing.assert_close(onednn.product(inputs, packed(codes), scale), whole * scale, rtol=1e-6, atol=0)


def test_a_matrix_whose_rows_cannot_be_read_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    places, step = onednn._order(64)
    for other in ((places[::-1], step), (places, 2 * step)):
        monkeypatch.setattr(onednn, "_order", lambda columns, other=other: other)
        assert onednn.packed(codes_of(200, 64)) is None


def test_inputs_of_any_layout_are_multiplied() -> None:
    codes, inputs = codes_of(64, 128), codes_of(6, 128).clamp_(-127)
    expected = (inputs[::2].long() @ codes.long().T).float()
    assert torch.equal(onednn.product(inputs[::2], packed(codes), torch.ones(64)), expected)


def test_a_reference_implementation_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """oneDNN without code for a processor takes a thousand times as long."""
    assert onednn._slowdown() < onednn._REFERENCE_SLOWDOWN
    monkeypatch.setattr(onednn, "_slowdown", lambda: 400.0)
    assert not onednn.works.__wrapped__()


def test_no_other_device_has_it() -> None:
    assert not onednn.works("cuda")


def test_what_is_held_begins_somewhere() -> None:
    matrix = packed(codes_of(128, 64))
    assert onednn.held_bytes(matrix) == 128 * 64 + 128 * 4
    assert onednn.address(matrix) != onednn.address(packed(codes_of(128, 64)))
