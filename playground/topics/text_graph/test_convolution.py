"""The graph convolution against torch_geometric, and what training and depth do to it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch_geometric.nn import GCNConv

from playground.topics.text_graph.conftest import some_graph
from playground.topics.text_graph.convolution import convolve, growth, likeness_by_depth, normalised, raw, train


def test_a_layer_against_torch_geometric() -> None:
    weights = torch.tensor(some_graph(), dtype=torch.float32)
    features = torch.randn((14, 6), generator=torch.Generator().manual_seed(0))
    theirs = GCNConv(6, 5)
    torch.nn.init.normal_(theirs.bias)
    index = weights.nonzero().T
    expected = theirs(features, index, weights[index[0], index[1]])
    ours = convolve(normalised(weights), features, theirs.lin.weight.T, theirs.bias)
    assert torch.allclose(ours, expected, atol=1e-5)


def test_normalisation_keeps_the_largest_eigenvalue_at_one() -> None:
    assert growth(some_graph(), normalised) == pytest.approx(1)
    assert growth(some_graph(), raw) == pytest.approx(max(abs(np.linalg.eigvals(some_graph()))))


def test_training_learns_two_groups_and_repeats_itself() -> None:
    weights = np.zeros((12, 12))
    weights[:6, :6] = weights[6:, 6:] = 1
    np.fill_diagonal(weights, 0)
    weights[0, 1] = weights[1, 0] = weights[6, 7] = weights[7, 6] = 0
    first, again = (train(weights, np.eye(12), epochs=60, seeds=2, seed=0) for _ in range(2))
    assert (first.vectors == again.vectors).all() and first.losses == again.losses
    assert first.losses[-1] < 0.8 * first.losses[0]
    assert all(scores[0, 1] > scores[0, 7] for scores in first.scores)
    assert not np.allclose(first.vectors[0], first.vectors[1]), "the seeds differ"


def test_many_layers_make_all_nodes_alike() -> None:
    weights = some_graph(10, 0.6)
    like = likeness_by_depth(weights, np.eye(10), (0, 1, 200))
    assert like[0] == pytest.approx(0) and like[1] > 0 and like[2] == pytest.approx(1, abs=1e-6)
