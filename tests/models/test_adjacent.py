"""Contiguous layers against separate ones."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from playground.lab.variant import Variant
from playground.models import structure
from playground.models.adjacent import at_once, lay_together
from playground.models.kernels import Int8Linear
from playground.models.variants import VariantStore
from tests.conftest import tiny_llama, wrap


def int8_layers(outputs: tuple[int, ...] = (128, 64, 192), inputs: int = 100, bias: bool = False) -> list[Int8Linear]:
    random = torch.Generator().manual_seed(3)
    return [
        Int8Linear(torch.randn(rows, inputs, generator=random), torch.randn(rows) if bias else None) for rows in outputs
    ]


@pytest.mark.parametrize("rows", [1, 4, 30])
def test_one_product_gives_what_each_gives(rows: int) -> None:
    layers = int8_layers()
    x = torch.randn(rows, 100)
    alone = [layer(x) for layer in layers]
    lay_together(layers)
    for one, other in zip(at_once(layers)(x), alone, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)
    assert all(torch.equal(layer(x), own) for layer, own in zip(layers, alone, strict=True))


def test_it_is_one_product_and_nothing_is_held_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = int8_layers()
    before = structure.held_bytes(nn.ModuleList(layers))
    lay_together(layers)
    assert structure.held_bytes(nn.ModuleList(layers)) == before == sum(map(structure.own_bytes, layers))
    calls: list[int] = []
    multiply = Int8Linear.multiply

    def counted(self: Int8Linear, rows: Tensor) -> Tensor:
        calls.append(self.out_features)
        return multiply(self, rows)

    monkeypatch.setattr(Int8Linear, "multiply", counted)
    at_once(layers)(torch.randn(2, 100))
    assert calls == [128 + 64 + 192]
    calls.clear()
    # In another order they aren't contiguous.
    at_once(layers[::-1])(torch.randn(2, 100))
    assert calls == [192, 64, 128]


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Linear(100, 64), nn.Linear(100, 32)],
        [*int8_layers(), nn.Linear(100, 32)],
        int8_layers(bias=True),
        [*int8_layers((64,), 100), *int8_layers((64,), 128)],
    ],
)
def test_what_does_not_fit_stays_apart(layers: list[nn.Module]) -> None:
    inputs = [torch.randn(3, layer.in_features) for layer in layers]  # type: ignore[arg-type]
    before = [layer(x) for layer, x in zip(layers, inputs, strict=True)]
    lay_together(layers)
    assert all(torch.equal(layer(x), own) for layer, x, own in zip(layers, inputs, before, strict=True))
    if len({x.shape for x in inputs}) == 1:
        for one, own in zip(at_once(layers)(inputs[0]), [layer(inputs[0]) for layer in layers], strict=True):
            assert torch.equal(one, own)


def test_a_variants_projections_lie_together() -> None:
    store = VariantStore(lambda progress: wrap(tiny_llama()))
    module = store.get(Variant(quantization="int8")).module
    groups = structure.of_one_input(module)
    assert [len(group) for group in groups] == [3, 2] * module.config.num_hidden_layers
    for group in groups:
        assert len({layer.codes.untyped_storage().data_ptr() for layer in group}) == 1  # type: ignore[operator, union-attr]
