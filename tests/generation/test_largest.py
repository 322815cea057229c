"""Selection against torch's."""

from __future__ import annotations

import pytest
import torch

from playground.generation.largest import above, argmax, largest


@pytest.mark.parametrize("size", [1, 255, 259, 20_000, 32_000, 262_144])
@pytest.mark.parametrize("count", [1, 6, 64, 1024])
def test_as_topk(size: int, count: int) -> None:
    values = torch.randn(size, generator=torch.Generator().manual_seed(size))
    values[size // 2 :] += 1
    values[torch.randperm(size)[: size // 3]] = -torch.inf
    found, places = largest(values, count)
    assert torch.equal(found, values.topk(min(count, size)).values)
    assert torch.equal(values[places], found)
    assert len(set(places.tolist())) == min(count, size)


def test_all_of_them_side_by_side() -> None:
    values = torch.zeros(262_144)
    values[1000:1006] = torch.tensor([3.0, 9.0, 4.0, 8.0, 5.0, 7.0])
    assert largest(values, 6)[1].tolist() == [1001, 1003, 1005, 1004, 1002, 1000]
    values[-1] = 10
    assert largest(values, 2)[1].tolist() == [262_143, 1001]


@pytest.mark.parametrize("size", [300, 262_144])
def test_equals_in_their_order_however_many(size: int) -> None:
    """Truncation sets most values to -inf, and bfloat16 rounding creates ties."""
    values = torch.full((size,), -torch.inf)
    values[[7, 100, 260, size - 1]] = torch.tensor([2.0, 3.0, 3.0, 2.0])
    found, places = largest(values, 6)
    assert found.tolist() == [3, 3, 2, 2, -torch.inf, -torch.inf]
    assert places.tolist() == [100, 260, 7, size - 1, 0, 1]
    assert largest(torch.zeros(size), 3)[1].tolist() == [0, 1, 2]


def test_the_first_of_equals() -> None:
    values = torch.tensor([1.0, 5.0, -torch.inf, 5.0, 2.0])
    assert argmax(values) == int(values.argmax()) == 1
    assert argmax(torch.full((7,), -torch.inf)) == 0


@pytest.mark.parametrize("bound", [-1.5, 0.1, 2.5, 5.0])
@pytest.mark.parametrize("size", [600, 1000, 262_144])
def test_above_a_bound(size: int, bound: float) -> None:
    values = torch.randn(size, generator=torch.Generator().manual_seed(1))
    values[[3, 500]] = torch.tensor(bound)
    values[::7] = -torch.inf
    assert torch.equal(above(values, float(values[3])), (values > bound).nonzero()[:, 0])
    assert torch.equal(above(values, float(values[3]), equal=True), (values >= values[3]).nonzero()[:, 0])
