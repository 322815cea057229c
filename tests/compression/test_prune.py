"""Masks against a plain sort, sparsity counted exactly, neurons by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.compression.prune import (
    activation_importance,
    block_influence,
    kept_layers,
    kept_neurons,
    magnitude_masks,
    removed,
    sparsity_of,
    two_to_four_mask,
    wanda_mask,
    weight_importance,
)


def matrices(dtype: torch.dtype) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [
        (torch.randn(shape, generator=generator) * size).to(dtype)
        for shape, size in (((7, 9), 1), ((30, 11), 3), ((5, 5), 0.1))
    ]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.5, 0.77, 0.95, 1.0])
def test_global_magnitude_against_a_sort(sparsity: float, dtype: torch.dtype) -> None:
    weights = matrices(dtype)
    masks = magnitude_masks(weights, sparsity, "global")
    total = sum(weight.numel() for weight in weights)
    dropped = torch.cat([weight[~mask].float().abs() for weight, mask in zip(weights, masks, strict=True)])
    assert len(dropped) == round(total * sparsity)
    expected = torch.cat([weight.flatten().float().abs() for weight in weights]).sort().values[: len(dropped)]
    torch.testing.assert_close(dropped.sort().values, expected)


@pytest.mark.parametrize("sparsity", [0.0, 0.3, 0.5, 0.95])
def test_each_tensor_loses_exactly_its_share(sparsity: float) -> None:
    for weight, mask in zip(matrices(torch.float32), magnitude_masks(matrices(torch.float32), sparsity), strict=True):
        assert (~mask).sum() == removed(weight.numel(), sparsity)
        if (~mask).any():
            assert weight[~mask].abs().max() <= weight[mask].abs().min()


def test_ties_are_dropped_in_order_and_counted() -> None:
    weight = torch.tensor([[1.0, -1.0, 1.0, 2.0], [0.0, 1.0, -1.0, 1.0]])
    (mask,) = magnitude_masks([weight], 0.5)
    assert mask.tolist() == [[False, False, False, True], [False, True, True, True]]


def test_wanda_by_a_loop_over_rows() -> None:
    weight, norms = matrices(torch.float32)[1], torch.rand(11) + 0.1
    mask = wanda_mask(weight, norms, 0.5)
    for row, kept in zip(weight, mask, strict=True):
        score = row.abs() * norms
        assert set((~kept).nonzero()[:, 0].tolist()) == set(score.argsort()[: round(11 * 0.5)].tolist())
    assert not torch.equal(mask, wanda_mask(weight, torch.ones(11), 0.5))


def test_the_least_neurons_go() -> None:
    incoming = torch.tensor([[3.0, 4.0], [1.0, 0.0], [0.0, 2.0], [6.0, 8.0]])
    outgoing = torch.tensor([[1.0], [1.0], [10.0], [0.01]])
    importance = weight_importance(incoming, outgoing)
    assert importance.tolist() == pytest.approx([5, 1, 20, 0.1])
    assert kept_neurons(importance, 0.5).tolist() == [0, 2]
    assert kept_neurons(importance, 1.0).tolist() == [2]
    assert kept_neurons(importance, 0.0).tolist() == [0, 1, 2, 3]


def test_what_a_neuron_is_worth_is_what_the_output_loses_without_it() -> None:
    generator = torch.Generator().manual_seed(2)
    fired = torch.randn(50, 6, generator=generator, dtype=torch.float64) * torch.arange(1, 7) + 3
    outgoing = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    lost = []
    for neuron in range(6):
        without = fired.clone()
        without[:, neuron] = 0
        lost.append(np.linalg.norm((fired @ outgoing).numpy() - (without @ outgoing).numpy()))
    found = activation_importance(fired.norm(dim=0), outgoing)
    assert found.tolist() == pytest.approx(lost, rel=1e-5)


def test_sparsity_counts_zeros() -> None:
    assert sparsity_of([torch.tensor([0.0, 1.0]), torch.tensor([0.0, -0.0])]) == 0.75


def test_wanda_drops_the_first_of_equals_and_the_exact_number() -> None:
    weight, norms = torch.tensor([[1.0, 2.0, 2.0, 2.0, 3.0, 0.5], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]), torch.ones(6)
    assert wanda_mask(weight, norms, 0.5).tolist() == [
        [False, False, True, True, True, False],
        [False] * 3 + [True] * 3,
    ]
    coarse = (matrices(torch.float32)[1] * 2).round()
    for row, kept in zip(coarse, wanda_mask(coarse, norms.repeat(2)[:11], 0.4), strict=True):
        order = sorted(range(11), key=lambda place: (abs(float(row[place])), place))
        assert set((~kept).nonzero()[:, 0].tolist()) == set(order[: round(11 * 0.4)])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_two_of_every_four_by_a_loop(dtype: torch.dtype) -> None:
    weight = (matrices(torch.float32)[1] * 2).round().to(dtype)  # many ties; 11 columns: a rest of three
    mask = two_to_four_mask(weight)
    for row, kept in zip(weight, mask, strict=True):
        for start in (0, 4):
            order = sorted(range(4), key=lambda place: (abs(float(row[start + place])), place))
            assert [place for place in range(4) if not kept[start + place]] == sorted(order[:2])
        assert kept[8:].all()


def test_influence_is_the_turn_of_the_states() -> None:
    entering = torch.tensor([[1.0, 0.0], [2.0, 0.0]])
    assert block_influence(entering, 3 * entering) == pytest.approx(0)
    assert block_influence(entering, torch.tensor([[0.0, 1.0], [-1.0, 0.0]])) == pytest.approx(1.5)


def test_layers_of_least_influence_go() -> None:
    assert kept_layers([0.3, 0.1, 0.2, 0.9], 0.5) == [0, 3]
    assert kept_layers([0.3, 0.1, 0.2, 0.9], 1.0) == [3]
    assert kept_layers([0.1, 0.1, 0.1], 0.0) == [0, 1, 2]
