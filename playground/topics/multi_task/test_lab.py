"""Surgery on a plane by hand, learnt weights against their optimum, gradients and whole trainings against single networks; a tiny run."""

from __future__ import annotations

import functools
import json
import math
import threading

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.panels import panels_of
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.learning.training import batches
from playground.models.language_model import LanguageModel
from playground.topics.multi_task import experiment
from playground.topics.multi_task.findings import Findings
from playground.topics.multi_task.lab import TOPIC, run
from playground.topics.multi_task.learner import BATCH, FIXED, RATE, SPEED, SURGERY, UNCERTAINTY, Learner, Moment, Run
from playground.topics.multi_task.settings import Result, Settings
from playground.topics.multi_task.surgery import cosine, draw_order, project_conflicts
from playground.topics.multi_task.tasks import TRAINING, Task, read_corpus, tasks_of
from playground.topics.multi_task.uncertainty import coefficients, uncertainty_loss
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel, finished

SMALL = {"seeds": 2, "steps": 5, "width": 3, "first": 12, "second": 6, "third": 12}


@functools.cache
def tiny() -> LanguageModel:
    """One tiny model for all runs: the reviews' features are kept as long as it is."""
    return wrap(tiny_llama())


def finish(**values: object) -> Result:
    found: Result = finished(TOPIC, tiny(), SMALL | values)
    return found


@pytest.fixture(scope="module")
def result() -> Result:
    return finish()


# ---- surgery


def test_surgery_in_the_plane_by_hand() -> None:
    # g1 = (1, 0), g2 = (−1, 1): g1′ = (½, ½), g2′ = (0, 1). Beside it a run without conflict, whose sum stays.
    gradients = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[-1.0, 1.0], [1.0, 1.0]]])
    order = draw_order(2, [torch.Generator(), torch.Generator()])
    torch.testing.assert_close(project_conflicts(gradients, order), torch.tensor([[0.5, 1.5], [2.0, 1.0]]))
    torch.testing.assert_close(cosine(gradients), torch.tensor([[-math.sqrt(0.5)], [math.sqrt(0.5)]]))


def test_surgery_of_three_tasks_is_the_papers_loop() -> None:
    gradients = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(1))
    order = draw_order(3, [torch.Generator().manual_seed(run) for run in range(4)])
    assert all(
        sorted(order[own, of].tolist()) == [at for at in range(3) if at != own] for own in range(3) for of in range(4)
    )
    for of in range(4):
        total = np.zeros(5)
        for own in range(3):
            projected = gradients[own, of].double().numpy().copy()
            for other in order[own, of].tolist():
                against = gradients[other, of].double().numpy()
                product = float(projected @ against)
                if product < 0:
                    projected -= product / float(against @ against) * against
            total += projected
        torch.testing.assert_close(
            project_conflicts(gradients, order)[of].double(), torch.tensor(total), rtol=1e-4, atol=1e-5
        )
    assert not project_conflicts(torch.zeros(2, 1, 3), draw_order(2, [torch.Generator()])).any()


# ---- uncertainty weighting


def test_the_gradient_of_uncertainty_weighting_by_hand() -> None:
    losses = torch.tensor([[0.8, 3.0]], requires_grad=True)
    log_variance = torch.tensor([[0.4, -0.2]], requires_grad=True)
    regression = torch.tensor([False, True])
    uncertainty_loss(losses, log_variance, regression).sum().backward()
    assert losses.grad is not None and log_variance.grad is not None
    assert losses.grad[0].tolist() == pytest.approx([math.exp(-0.4), 0.5 * math.exp(0.2)])
    by_hand = [0.5 - math.exp(-0.4) * 0.8, 0.5 - 0.5 * math.exp(0.2) * 3.0]
    assert log_variance.grad[0].tolist() == pytest.approx(by_hand, rel=1e-5)
    # At the minimum e^−s = 1 / (2 c L): a loss a hundred times as small gets a hundred times the weight.
    best = torch.log(2 * torch.tensor([1.0, 0.5]) * losses.detach()).requires_grad_()
    uncertainty_loss(losses.detach(), best, regression).sum().backward()
    assert best.grad is not None and best.grad.abs().max() < 1e-6
    assert coefficients(best, regression)[0].tolist() == pytest.approx([1 / 1.6, 1 / 6.0], rel=1e-5)


# ---- the stack against single networks


def made() -> tuple[Tensor, list[Task], dict[int, list[Tensor]]]:
    """Three tasks on forty rows of noise in six dimensions, the last a regression; rows of two seeds."""
    drawn = torch.Generator().manual_seed(5)
    features = torch.randn(40, 6, generator=drawn)
    rows = torch.arange(40)
    targets = (
        (features[:, 0] > 0).long(),
        (features[:, 1] > 0).long() + (features[:, 2] > 0.5).long(),
        features[:, 3] * 2,
    )
    tasks = [
        Task("sentiment", 0, 2, targets[0], ("negative", "positive"), rows[:30], rows[30:], rows[30:]),
        Task("domain", 2, 5, targets[1], ("hotel", "book", "computer"), rows[:30], rows[30:], rows[30:]),
        Task("length", 5, 6, targets[2], (), rows[:30], rows[30:], rows[30:]),
    ]
    return features, tasks, {seed: [rows[seed : seed + size] for size in (24, 9, 15)] for seed in (3, 4)}


def learn(runs: list[Run], steps: int = 6, decay: float = 0.0) -> tuple[Learner, list[Moment]]:
    features, tasks, rows = made()
    learner = Learner(features, tasks, runs, {seed: rows[seed] for seed in dict.fromkeys(run.seed for run in runs)}, 4)
    return learner, list(learner.learn(steps, decay, lambda: None))


class Single(nn.Module):
    """One network of torch's own layers, started as a run of a stack."""

    def __init__(self, learner: Learner, at: int) -> None:
        super().__init__()
        state = {name: value[at].clone() for name, value in learner.stack.state().items()}
        self.shared, self.heads = nn.Linear(6, 4), nn.Linear(4, 6)
        with torch.no_grad():
            self.shared.weight.copy_(state["hidden"].T)
            self.shared.bias.copy_(state["hidden_bias"][0])
            self.heads.weight.copy_(state["out"].T)
            self.heads.bias.copy_(state["out_bias"][0])

    def losses(self, tasks: list[Task], features: Tensor, rows: list[Tensor]) -> list[Tensor]:
        found = []
        for task, own in zip(tasks, rows, strict=True):
            logits = self.heads(torch.relu(self.shared(features[own])))[:, task.first : task.last]
            wanted = task.targets[own]
            found.append(
                functional.cross_entropy(logits, wanted) if task.classes else functional.mse_loss(logits[:, 0], wanted)
            )
        return found


EQUAL = (1 / 3, 1 / 3, 1 / 3)
RUNS = [
    Run(method, weights, seed)
    for method, weights in ((FIXED, (0.7, 0.2, 0.1)), (FIXED, (0.0, 1.0, 0.0)), (UNCERTAINTY, EQUAL), (SURGERY, EQUAL))
    for seed in (3, 4)
]  # fmt: skip


def test_gradients_and_their_cosine_are_those_of_single_networks() -> None:
    features, tasks, rows = made()
    learner = Learner(features, tasks, RUNS, rows, 4)
    drawn = [torch.stack([rows[seed][task][:7] for seed in (3, 4)]) for task in range(3)]
    losses, _, gradients = learner.gradients(drawn)
    found = cosine(gradients)
    for at in range(len(RUNS)):
        single = Single(learner, at)
        own = [part[at % 2] for part in drawn]
        flat = []
        for task, loss in enumerate(single.losses(tasks, features, own)):
            assert float(losses[at, task]) == pytest.approx(float(loss.detach()), rel=1e-5)
            weight, bias = torch.autograd.grad(loss, list(single.shared.parameters()))
            flat.append(torch.cat([weight.T.flatten(), bias]))
            torch.testing.assert_close(gradients[task, at], flat[-1], rtol=1e-4, atol=1e-6)
        expected = [functional.cosine_similarity(flat[a], flat[b], dim=0) for a, b in ((0, 1), (0, 2), (1, 2))]
        torch.testing.assert_close(found[at], torch.stack(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("at", [0, 3, 4, 7])
def test_a_run_of_the_stack_is_a_network_trained_alone(at: int) -> None:
    """With torch's own layers, optimizer and one backward pass of the weighted sum; surgery written out for each pair."""
    features, tasks, rows = made()
    learner, _ = learn(RUNS, decay=2.0)
    single, run = Single(Learner(features, tasks, RUNS, rows, 4), at), RUNS[at]
    scaled = nn.Parameter(torch.zeros(3))
    engine = torch.optim.Adam([*single.parameters(), scaled], lr=RATE)
    drawn = [batches([rows[run.seed][task]], [1000 * run.seed + task], BATCH, 6) for task in range(3)]
    surgeon = torch.Generator().manual_seed(run.seed)
    for batch in zip(*drawn, strict=True):
        losses = single.losses(tasks, features, [part[0] for part in batch])
        if run.method == UNCERTAINTY:
            s = SPEED * scaled
            total = sum(
                torch.exp(-s[task]) * loss * (0.5 if task == 2 else 1) + s[task] / 2 for task, loss in enumerate(losses)
            )
        else:
            total = sum(weight * loss for weight, loss in zip(run.weights, losses, strict=True))
        shared = list(single.shared.parameters())
        each = [
            torch.cat([part.flatten() for part in torch.autograd.grad(loss, shared, retain_graph=True)])
            for loss in losses
        ]
        engine.zero_grad()
        assert isinstance(total, Tensor)
        total.backward()
        if run.method == SURGERY:
            order = draw_order(3, [surgeon])
            merged_gradient = torch.zeros_like(each[0])
            for own in range(3):
                g = each[own]
                for other in order[own, 0].tolist():
                    if g @ each[other] < 0:
                        g = g - (g @ each[other]) / (each[other] @ each[other]) * each[other]
                merged_gradient = merged_gradient + g / 3
            weight, bias = merged_gradient.split([24, 4])
            single.shared.weight.grad, single.shared.bias.grad = weight.view(4, 6), bias
        with torch.no_grad():
            for parameter in single.parameters():
                parameter.mul_(1 - RATE * 2.0)
        engine.step()
    found = {name: value[at] for name, value in learner.stack.state().items()}
    torch.testing.assert_close(found["hidden"], single.shared.weight.detach().T, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(found["hidden_bias"][0], single.shared.bias.detach(), rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(found["out"], single.heads.weight.detach().T, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(learner.scaled_log_variance.detach()[at], scaled.detach(), rtol=1e-3, atol=1e-5)


def test_the_shared_layer_takes_the_weighted_sum_or_the_mean_after_surgery() -> None:
    features, tasks, rows = made()
    learner = Learner(features, tasks, RUNS, rows, 4)
    # No two conflict, so that surgery leaves them as they are.
    gradients = torch.rand(3, len(RUNS), 28, generator=torch.Generator().manual_seed(2))
    found = learner.combine(gradients)
    torch.testing.assert_close(found[0], 0.7 * gradients[0, 0] + 0.2 * gradients[1, 0] + 0.1 * gradients[2, 0])
    torch.testing.assert_close(found[3], gradients[1, 3])
    torch.testing.assert_close(found[4], gradients[0, 4] + gradients[1, 4] + gradients[2, 4] / 2)
    torch.testing.assert_close(found[7], gradients[:, 7].mean(0))


def test_a_task_alone_touches_no_other_head_and_runs_share_no_number() -> None:
    learner, moments = learn(RUNS)
    alone, _ = learn([RUNS[3]])
    features, tasks, rows = made()
    start = Learner(features, tasks, RUNS, rows, 4)
    torch.testing.assert_close(learner.stack.out[3, :, :2], start.stack.out[3, :, :2])
    torch.testing.assert_close(learner.stack.hidden[3], alone.stack.hidden[0], rtol=1e-4, atol=1e-6)
    assert moments[-1].step == 6 and len(moments) == 6
    with pytest.raises(ValueError, match="every seed in turn"):
        Learner(features, tasks, RUNS[:3], rows, 4)


def test_scores_and_draws() -> None:
    _, tasks, _ = made()
    rows = torch.arange(30)
    length = tasks[2].score(torch.stack([tasks[2].targets[:30] * 3 + 1] * 6, -1)[None], rows)
    assert float(length) == pytest.approx(1.0) and float(tasks[2].score(torch.ones(1, 30, 6), rows)) == 0
    right = torch.nn.functional.one_hot(tasks[0].targets[:30], 6).float()[None]
    assert float(tasks[0].score(right, rows)) == 1
    drawn = tasks[0].draw(8, 1)
    assert tasks[0].targets[drawn].tolist() == [0, 1] * 4 and torch.equal(tasks[0].draw(6, 1), drawn[:6])


# ---- the data and the run


def test_parts_are_apart_and_balanced() -> None:
    lm = tiny()
    corpus = read_corpus(lm)
    assert read_corpus(lm) is corpus
    for which, sizes in (
        ("pair", [(1300, 144, 640), (1300, 144, 240)]),
        ("related", [(600, 48, 280)] * 2),
        ("twice", [(1300, 144, 640)] * 2),
    ):
        tasks = tasks_of(corpus, which, "standard")
        assert [(len(one.pool), len(one.validation), len(one.held_out)) for one in tasks] == sizes
        for one in tasks:
            assert not set(one.pool.tolist()) & set(one.held_out.tolist()) | set(one.pool.tolist()) & set(
                one.validation.tolist()
            )
            assert len(set(torch.bincount(one.targets[one.held_out]).tolist())) == 1
    length = tasks_of(corpus, "three", "standard")[2]
    assert float(length.targets[corpus.parts == TRAINING].std()) == pytest.approx(1, abs=1e-4)
    assert float(length.targets[0]) * length.scale + length.shift == pytest.approx(float(corpus.lengths[0]), abs=1e-3)
    assert torch.equal(tasks_of(corpus, "three", "characters")[2].targets, corpus.lengths)


def test_a_run_fills_every_panel_and_goes_to_json_and_back(result: Result) -> None:
    for item in panels_of(Result):
        value = getattr(result, item.name)
        assert value is not None, item.name
        assert decode(item.type, json.loads(json.dumps(encode(value)))) == value
    found = result.findings
    assert isinstance(found, Findings) and "NaN" not in json.dumps(encode(found))
    assert encode(finish()) == encode(result)
    assert found.small == 1 and [one.examples for one in found.tasks] == [12, 6]
    assert [one.share for one in found.grid] == [0.05, 0.2, 0.5, 0.8, 0.95] and found.runs == 2 * 9
    for task in (0, 1):
        assert found.fixed.scores[task].value - found.alone[task].value == pytest.approx(found.fixed.gains[task].value)
    assert found.fixed.gain.value == pytest.approx(sum(one.value for one in found.fixed.gains) / 2)
    assert found.uncertainty_against.value == pytest.approx(found.uncertainty.gain.value - found.fixed.gain.value)
    assert all(share in [one.share for one in found.grid] for share in found.chosen)
    assert sum(one.value for one in found.learnt) == pytest.approx(1)


@pytest.mark.parametrize("tasks", ["three", "related", "twice"])
def test_every_set_of_tasks_runs(tasks: str) -> None:
    found = finish(tasks=tasks, length="characters", share=0.3).findings
    assert found is not None and found.which == tasks and found.share == 0.3 and len(found.grid) == 6
    assert len(found.pairs) == (3 if tasks == "three" else 1)
    if tasks == "twice":
        assert [one.examples for one in found.tasks] == [12, 12] and found.small == 1
    if tasks == "three":
        assert found.answers["fixed"][2].number is not None
        assert experiment.weights_of(0.3, 3) == pytest.approx((7 / 15, 3 / 15, 1 / 3))


def test_a_stopped_run_stops_and_a_text_without_tokens_is_refused() -> None:
    stopped = threading.Event()
    running = run(validate(Settings, SMALL, "en"), Bench(OneModel(tiny()), cancelled=stopped, seconds=600))
    next(running)
    stopped.set()
    with pytest.raises(Cancelled):
        list(running)
    for blank in ("", "  \n", "\u3000"):
        with pytest.raises(PlaygroundError) as caught:
            validate(Settings, {"text": blank}, Language.ZH)
        assert caught.value.field == "text"
    assert finish(text='😀🎉 <img src=x onerror=alert(1)>\r\n"x","y"').findings is not None
