"""A stack's runs against the same network alone, built of the library's own layers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from playground.learning.stack import Best, Member, Stack
from playground.learning.training import batches, cross_entropy, train


def points(count: int = 60, inputs: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    features = torch.randn(count, inputs, generator=torch.Generator().manual_seed(7))
    return features, (features[:, 0] * features[:, 1] > 0).long()


def alone(stack: Stack, run: int) -> nn.Sequential:
    """The library's network with one run's parameters."""
    units = stack.members[run].width
    first, second = nn.Linear(stack.hidden.shape[1], units), nn.Linear(units, stack.out.shape[2])
    with torch.no_grad():
        first.weight.copy_(stack.hidden[run, :, :units].T)
        first.bias.copy_(stack.hidden_bias[run, 0, :units])
        second.weight.copy_(stack.out[run, :units].T)
        second.bias.copy_(stack.out_bias[run, 0])
    return nn.Sequential(first, nn.ReLU(), second)


def test_each_run_computes_what_the_library_does() -> None:
    features, _ = points()
    stack = Stack([Member(0, 4), Member(1, 9), Member(2, 1)], 5, 3).eval()
    for run in range(3):
        torch.testing.assert_close(stack(features)[run], alone(stack, run)(features))


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_trained_together_they_are_what_each_is_alone_by_the_librarys_optimizer(decay: float) -> None:
    features, labels = points()
    members, seeds = [Member(3, 4), Member(4, 7)], [3, 4]
    stack = Stack(members, 5, 2)
    networks = [alone(stack, run) for run in range(2)]
    engines = [torch.optim.AdamW(network.parameters(), lr=0.05, weight_decay=decay) for network in networks]
    pools = [torch.arange(60), torch.arange(30)]
    drawn = list(batches(pools, seeds, 8, 40))
    for step in train(
        stack, drawn, lambda rows: cross_entropy(stack(features[rows]), labels[rows]), rate=0.05, decay=decay
    ):
        for run, (network, engine) in enumerate(zip(networks, engines, strict=True)):
            rows = drawn[step.number - 1][run]
            loss = nn.functional.cross_entropy(network(features[rows]), labels[rows])
            engine.zero_grad()
            loss.backward()
            engine.step()
            torch.testing.assert_close(step.losses[run], loss.detach(), rtol=1e-4, atol=1e-5)
    for run, network in enumerate(networks):
        torch.testing.assert_close(stack(features)[run], network(features), rtol=1e-3, atol=1e-3)


def test_a_run_does_not_depend_on_the_others() -> None:
    features, labels = points()

    def trained(members: list[Member]) -> torch.Tensor:
        stack = Stack(members, 5, 2)
        drawn = batches([torch.arange(60)] * len(members), [member.seed for member in members], 8, 30)
        for _ in train(stack, drawn, lambda rows: cross_entropy(stack(features[rows]), labels[rows]), rate=0.02):
            pass
        out: torch.Tensor = stack(features)[0]
        return out

    one = Member(5, 6, dropout=0.5)
    torch.testing.assert_close(trained([one]), trained([one, Member(6, 12, dropout=0.2), Member(7, 3)]))


def test_units_of_a_narrow_run_stay_at_zero_and_untouched() -> None:
    features, labels = points()
    stack = Stack([Member(0, 2), Member(1, 6)], 5, 2)
    for _ in train(stack, batches([torch.arange(60)] * 2, [0, 1], 8, 20), lambda rows: cross_entropy(stack(features[rows]), labels[rows]), rate=0.1):  # fmt: skip
        pass
    assert not stack.hidden[0, :, 2:].any()
    assert not stack.out[0, 2:].any()
    assert not stack.units(features)[0, :, 2:].any()


def test_dropout_is_off_when_evaluating_and_keeps_the_mean() -> None:
    features, _ = points(2000)
    stack = Stack([Member(0, 8, dropout=0.5), Member(0, 8)], 5, 2)
    stack.eval()
    torch.testing.assert_close(*stack(features))
    stack.train()
    dropped, whole = stack.units(features)
    assert 0.4 < float((dropped == 0)[whole > 0].double().mean()) < 0.6
    torch.testing.assert_close(dropped.mean(), whole.mean(), rtol=0.05, atol=0)


def test_a_linear_stack_is_a_linear_layer() -> None:
    features, _ = points()
    stack = Stack([Member(0, 0), Member(1, 0)], 5, 3)
    assert stack.linear
    for run in range(2):
        torch.testing.assert_close(stack(features)[run], features @ stack.out[run] + stack.out_bias[run])
    assert stack(torch.stack([features, features])).shape == (2, 60, 3)


def test_norms_are_those_of_all_weights_of_a_run() -> None:
    stack = Stack([Member(0, 4), Member(1, 4)], 5, 2)
    for run in range(2):
        flat = torch.cat([parameter[run].flatten() for parameter in stack.parameters()])
        torch.testing.assert_close(stack.norms()[run], flat.norm().detach())


def test_the_best_of_each_run_is_kept() -> None:
    stack = Stack([Member(0, 2), Member(1, 2)], 3, 2)
    best = Best(stack)
    for step, losses in enumerate([(3.0, 1.0), (2.0, 4.0), (5.0, 0.5), (2.0, 0.5)], start=1):
        with torch.no_grad():
            for parameter in stack.parameters():
                parameter.fill_(step)
        best.see(step, torch.tensor(losses))
    assert best.step.tolist() == [2, 3]  # an equal loss later is no better one
    assert best.loss.tolist() == [2.0, 0.5]
    stack.restore(best.state)
    assert (stack.out[0] == 2).all()
    assert (stack.out[1] == 3).all()


@pytest.mark.parametrize("members", [[], [Member(0, 0), Member(1, 4)]])
def test_no_member_and_mixed_ones_are_refused(members: list[Member]) -> None:
    with pytest.raises(ValueError, match="members"):
        Stack(members, 3, 2)
