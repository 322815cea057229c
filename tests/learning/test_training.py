"""The loop: its batches, its order, its hooks, and that the seed decides everything."""

from __future__ import annotations

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from playground.learning.stack import Member, Stack
from playground.learning.training import accuracy, batches, cross_entropy, train


def test_every_row_of_a_pool_comes_once_an_epoch_in_an_order_of_the_runs_own_seed() -> None:
    pools = [torch.tensor([5, 6, 7, 8]), torch.arange(10)]
    drawn = torch.stack(list(batches(pools, [1, 2], 2, 10)))
    for epoch in range(5):
        assert sorted(drawn[2 * epoch : 2 * epoch + 2, 0].flatten().tolist()) == [5, 6, 7, 8]
    assert sorted(drawn[:5, 1].flatten().tolist()) == list(range(10))
    assert drawn[:5, 1].flatten().tolist() != drawn[5:, 1].flatten().tolist()


def test_equal_seeds_get_equal_batches_whoever_else_trains() -> None:
    pool = torch.arange(20)
    both = torch.stack(list(batches([pool, pool, pool], [4, 9, 4], 6, 8)))
    assert torch.equal(both[:, 0], both[:, 2])
    assert torch.equal(both[:, :1], torch.stack(list(batches([pool], [4], 6, 8))))


def test_a_small_pool_is_repeated_and_an_empty_one_refused() -> None:
    assert sorted(next(batches([torch.tensor([1, 2])], [0], 4, 1))[0].tolist()) == [1, 1, 2, 2]
    with pytest.raises(ValueError, match="pool"):
        next(batches([torch.arange(3), torch.arange(0)], [0, 1], 2, 1))


def test_labels_may_be_shared_or_a_runs_own() -> None:
    logits = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 0, 1, 2, 0])
    own = torch.stack([labels, labels.flip(0)])
    for run in range(2):
        expected = torch.nn.functional.cross_entropy(logits[run], own[run])
        torch.testing.assert_close(cross_entropy(logits, own)[run], expected)
        assert accuracy(logits, own)[run] == (logits[run].argmax(1) == own[run]).double().mean()
    torch.testing.assert_close(cross_entropy(logits, labels)[0], cross_entropy(logits, own)[0])


def test_it_finds_what_logistic_regression_finds() -> None:
    generator = torch.Generator().manual_seed(3)
    features = torch.randn(200, 4, generator=generator)
    labels = (features @ torch.tensor([1.0, -2.0, 0.5, 0.0]) + torch.randn(200, generator=generator) > 0).long()
    stack = Stack([Member(0, 0)], 4, 2)
    everything = [torch.arange(200)[None]] * 600
    for _ in train(stack, everything, lambda rows: cross_entropy(stack(features[rows]), labels[rows]), rate=0.05):
        pass
    peer = LogisticRegression(C=1e6).fit(features.numpy(), labels.numpy())
    found = torch.softmax(stack(features)[0], 1)[:, 1].detach().numpy()
    assert abs(found - peer.predict_proba(features.numpy())[:, 1]).max() < 0.01


def test_decay_is_a_runs_own() -> None:
    stack = Stack([Member(0, 3), Member(0, 3)], 4, 2)
    before = stack.state()
    nothing = lambda rows: stack(torch.zeros(1, 4)).sum((1, 2)) * 0  # noqa: E731
    for _ in train(stack, [0, 1], nothing, rate=0.1, decay=torch.tensor([0.0, 2.0])):
        pass
    torch.testing.assert_close(stack.out[0].detach(), before["out"][0])
    torch.testing.assert_close(stack.out[1].detach(), before["out"][1] * 0.8**2)


def test_the_hooks_come_before_the_step_and_can_end_it() -> None:
    stack = Stack([Member(0, 3)], 4, 2)
    heard: list[str] = []

    def zero() -> None:
        heard.append("adjust")
        for parameter in stack.parameters():
            assert parameter.grad is not None
            parameter.grad.zero_()

    before = stack.state()
    features = torch.ones(2, 4)
    steps = train(stack, range(2), lambda _: stack(features).square().mean((1, 2)), rate=0.1, optimizer="sgd", adjust=zero,
                  tell=lambda: heard.append("tell"))  # fmt: skip
    for step in steps:
        heard.append(f"step {step.number}")
        assert not stack.training
    assert heard == ["tell", "adjust", "step 1", "tell", "adjust", "step 2"]
    torch.testing.assert_close(stack.state(), before)

    class Ended(Exception):
        pass

    def end() -> None:
        raise Ended

    with pytest.raises(Ended):
        next(train(stack, range(2), lambda _: stack(features).square().mean((1, 2)), rate=0.1, tell=end))


def test_the_callers_gradient_mode_does_not_matter() -> None:
    stack = Stack([Member(0, 3)], 4, 2)
    with torch.no_grad():
        before = stack.state()
        for _ in train(stack, range(1), lambda _: stack(torch.ones(2, 4)).square().mean((1, 2)), rate=0.1):
            pass
    assert not torch.equal(stack.out_bias, before["out_bias"])
