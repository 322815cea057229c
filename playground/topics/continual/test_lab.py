"""Fisher information against autograd example by example, metrics by hand, methods against plain loops; a run on a tiny model."""

from __future__ import annotations

import dataclasses
import json
import math
import threading

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import sem
from scipy.stats import t as student
from torch import Tensor
from torch.nn import functional

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.panels import panels_of
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.learning.stack import Member, Stack
from playground.learning.training import batches
from playground.statistics.intervals import Mean
from playground.topics.continual import ewc, experiment, metrics, replay
from playground.topics.continual.ewc import Quadratic
from playground.topics.continual.findings import Findings
from playground.topics.continual.lab import TOPIC, run
from playground.topics.continual.learner import (
    BATCH,
    CLASS,
    DOMAIN,
    EWC,
    JOINT,
    LWF,
    NAIVE,
    RATE,
    REPLAY,
    TASK,
    Learner,
    Learnt,
    Recipe,
    Run,
)
from playground.topics.continual.settings import Result, Settings
from playground.topics.continual.stream import Stream, choose_order, read_stream
from playground.topics.continual.without_forgetting import distillation
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel, finished

SMALL = {"seeds": 2, "steps": 5, "width": 3, "examples": 10, "memory": 2}


def finish(**values: object) -> Result:
    found: Result = finished(TOPIC, wrap(tiny_llama()), SMALL | values)
    return found


@pytest.fixture(scope="module")
def result() -> Result:
    return finish()


# ---- EWC


def small_stack() -> tuple[Stack, Tensor, Tensor]:
    stack = Stack([Member(3, 4), Member(4, 4)], 5, 3)
    features = torch.randn(2, 6, 5, generator=torch.Generator().manual_seed(0))
    return stack, features, torch.tensor([[True, True, True], [True, False, True]])


def gradient(stack: Stack, row: Tensor, of: int, label: int, allowed: Tensor) -> dict[str, Tensor]:
    """The gradient of log p(label | row) of one run, by autograd."""
    parameters = {name: value.detach()[of].clone().requires_grad_() for name, value in stack.named_parameters()}
    hidden = torch.relu(row @ parameters["hidden"] + parameters["hidden_bias"][0])
    logits = (hidden @ parameters["out"] + parameters["out_bias"][0])[allowed]
    place = int(allowed[:label].sum())
    found = torch.autograd.grad(torch.log_softmax(logits, -1)[place], list(parameters.values()))
    return dict(zip(parameters, found, strict=True))


def test_fisher_information_is_the_mean_of_squared_gradients_example_by_example() -> None:
    stack, features, allowed = small_stack()
    found = ewc.fisher(stack, features, allowed)
    for of in range(2):
        expected = {name: torch.zeros_like(value[of]) for name, value in stack.state().items()}
        for row in features[of]:
            with torch.no_grad():
                logits = stack(row.expand(2, 1, 5))[of, 0].masked_fill(~allowed[of], -math.inf)
            for label in torch.nonzero(allowed[of])[:, 0].tolist():
                for name, part in gradient(stack, row, of, label, allowed[of]).items():
                    expected[name] += torch.softmax(logits, -1)[label] * part**2 / 6
        for name, part in expected.items():
            torch.testing.assert_close(found[name][of], part)
    assert not found["out"][1, :, 1].any()  # an answer that can't be given has no information


def test_the_batch_mistake_is_the_square_of_the_mean_gradient() -> None:
    stack, features, allowed = small_stack()
    labels = torch.tensor([[0, 1, 2, 0, 1, 2], [0, 2, 0, 2, 0, 2]])
    found = ewc.batch_fisher(stack, features, labels, allowed)
    for of in range(2):
        rows = [
            gradient(stack, row, of, int(label), allowed[of])
            for row, label in zip(features[of], labels[of], strict=True)
        ]
        for name, part in found.items():
            torch.testing.assert_close(part[of], torch.stack([row[name] for row in rows]).mean(0) ** 2)


def test_one_quadratic_has_the_gradient_of_the_sum_over_tasks() -> None:
    drawn = torch.Generator().manual_seed(1)
    one, two = ({"w": torch.rand(2, 3, generator=drawn)} for _ in range(2))
    first, second = ({"w": torch.randn(2, 3, generator=drawn)} for _ in range(2))
    one["w"][0, 0] = two["w"][0, 0] = 0
    joined = Quadratic(one, first).plus(Quadratic(two, second))
    weights = torch.randn(2, 3, generator=drawn, requires_grad=True)
    apart = 0.5 * (one["w"] * (weights - first["w"]) ** 2 + two["w"] * (weights - second["w"]) ** 2).sum(1)
    (expected,) = torch.autograd.grad(apart.sum(), weights)
    (found,) = torch.autograd.grad(joined.penalty({"w": weights}).sum(), weights)
    torch.testing.assert_close(found, expected)
    by_hand = Quadratic({"w": torch.tensor([[2.0, 0.0]])}, {"w": torch.tensor([[1.0, 5.0]])})
    assert by_hand.penalty({"w": torch.tensor([[4.0, 0.0]])}).tolist() == [9.0]


# ---- metrics, replay, distillation


def test_metrics_by_hand() -> None:
    matrix = np.array([[0.8, 0.5, 0.4], [0.9, 0.7, 0.3], [0.6, 0.5, 1.0]])
    before = np.array([0.5, 0.4, 0.6])
    assert metrics.average_accuracy(matrix) == pytest.approx(0.7)
    assert metrics.backward_transfer(matrix) == pytest.approx((-0.2 - 0.2) / 2)
    assert metrics.forgetting(matrix) == pytest.approx((0.3 + 0.2) / 2)
    assert metrics.forward_transfer(matrix, before) == pytest.approx(((0.5 - 0.4) + (0.3 - 0.6)) / 2)
    assert metrics.anytime_accuracy(matrix) == pytest.approx((0.8 + 0.8 + 0.7) / 3)
    assert metrics.learned(matrix) == pytest.approx((0.8 + 0.7 + 1.0) / 3)


def test_a_memory_is_balanced_and_a_larger_one_contains_it() -> None:
    classes = torch.tensor([0] * 6 + [1] * 6 + [2] * 2)
    small, large = (replay.keep(classes, torch.tensor([1, 2]), count, 5) for count in (2, 4))
    assert classes[small].tolist() == [1, 1, 2, 2] and set(small.tolist()) <= set(large.tolist())
    assert len(large) == 6  # the last class has only two
    assert replay.bytes_as_features(3, 640) == 3 * 2561
    assert replay.bytes_as_text(torch.tensor([len("很好".encode()), 4])) == 12


def test_distillation_is_cross_entropy_of_softened_answers_within_each_group() -> None:
    drawn = torch.Generator().manual_seed(2)
    new, old = torch.randn(1, 4, 5, generator=drawn), torch.randn(1, 4, 5, generator=drawn)
    groups = torch.tensor([[[True, True, False, False, False]], [[False, False, True, True, False]], [[False] * 5]])
    expected = 0.0
    for columns in ([0, 1], [2, 3]):
        soft = torch.softmax(old[0][:, columns] / 2, -1)
        expected += 4 * float(functional.cross_entropy(new[0][:, columns] / 2, soft))
    assert distillation(new, old, groups, 2.0).tolist() == pytest.approx([expected], rel=1e-5)


# ---- orders and the learner


def test_orders_are_permutations_that_keep_pairs_of_sentiment() -> None:
    for seed in range(5):
        kinds, sentiment = choose_order(True, True, seed), choose_order(False, True, seed)
        assert sorted(kinds.flatten().tolist()) == sorted(sentiment.flatten().tolist()) == list(range(6))
        assert all(first % 2 == 0 and second == first + 1 for first, second in sentiment.tolist())
    assert choose_order(True, False, 3).tolist() == [[0, 1], [2, 3], [4, 5]]


def stream(held: int = 4) -> Stream:
    """Six classes of well separated rows in eight dimensions."""
    drawn = torch.Generator().manual_seed(0)
    centres = 3 * torch.eye(6, 8)
    classes, held_classes = torch.arange(6).repeat_interleave(12), torch.arange(6).repeat_interleave(held)
    return Stream(
        tuple(f"{language}-{domain}" for language in ("zh", "en") for domain in ("hotel", "book", "computer")),
        centres[classes] + 0.3 * torch.randn(72, 8, generator=drawn), classes, torch.full((72,), 10),
        centres[held_classes] + 0.3 * torch.randn(6 * held, 8, generator=drawn), held_classes, True,
    )  # fmt: skip


def learn(runs: list[Run], steps: int = 40, fisher: str = "", data: Stream | None = None) -> tuple[Learner, Learnt]:
    data = data or stream()
    orders = {run.seed: choose_order(True, True, run.seed) for run in runs}
    runs = [dataclasses.replace(run, fisher=fisher) for run in runs] if fisher else runs
    learner = Learner(data, runs, orders, Recipe(steps, 6, 2.0), data.held_features[:1])
    *_, last = learner.learn(lambda: None)
    assert isinstance(last, Learnt)
    return learner, last


def test_a_run_is_what_it_would_be_alone_and_runs_share_the_first_task() -> None:
    runs = [Run(CLASS, NAIVE, 0, 1), Run(CLASS, EWC, 50, 1), Run(CLASS, REPLAY, 3, 1), Run(CLASS, LWF, 1, 1), Run(CLASS, JOINT, 0, 1),
            Run(TASK, LWF, 1, 1), Run(DOMAIN, REPLAY, 3, 2)]  # fmt: skip
    _, together = learn(runs, steps=12)
    for at, one in enumerate(runs):
        _, alone = learn([one], steps=12)
        for name, value in alone.last.items():
            torch.testing.assert_close(together.last[name][at], value[0], rtol=1e-3, atol=1e-4)
    for value in together.first.values():
        for at in range(1, 5):
            torch.testing.assert_close(value[at], value[0])


def test_a_naive_run_is_a_plain_loop_over_the_tasks() -> None:
    """With as many rows in the batch as Adam takes, against torch's own layers; the first task only, whose batches are drawn here."""
    data, one = stream(), Run(CLASS, NAIVE, 0, 1)
    learner, learnt = learn([one], steps=6)
    start = Stack([Member(1, 6)], 8, 6)
    weights = [value.detach()[0].clone().requires_grad_() for value in start.parameters()]
    engine = torch.optim.Adam(weights, lr=RATE)
    pool = torch.nonzero((data.classes[:, None] == learner.order[0, 0]).any(1))[:, 0]
    others = torch.tensor([one for one in range(6) if one not in learner.order[0, 0].tolist()])
    for rows in batches([pool], [1000], BATCH, 6):
        hidden = torch.relu(data.features[rows[0]] @ weights[0] + weights[1])
        logits = (hidden @ weights[2] + weights[3]).index_fill(1, others, -1e9)
        engine.zero_grad()
        functional.cross_entropy(logits, data.classes[rows[0]]).backward()
        engine.step()
    for (_, found), expected in zip(learnt.first.items(), weights, strict=True):
        torch.testing.assert_close(found[0], expected.detach(), rtol=1e-4, atol=1e-5)


def test_classes_are_forgotten_without_memory_and_kept_with_all_of_it() -> None:
    runs = [Run(CLASS, method, strength, 0) for method, strength in ((NAIVE, 0), (REPLAY, 12), (JOINT, 0))] + [
        Run(TASK, NAIVE, 0, 0)
    ]
    _, learnt = learn(runs, steps=100)
    naive, kept, joint, task = learnt.matrices[:, -1, 0].tolist()
    assert naive == 0 and kept > 0.7 and joint > 0.7 and task > 0.8
    assert learnt.told[0, 0] > 0.7  # what is lost is the comparison with newer classes
    assert learnt.kept[1].tolist() and len(learnt.kept[1]) == 2 * 2 * 12 and not len(learnt.kept[0])
    assert not (learnt.matrices[0, 0, 1:] > 0).any()  # an unseen class can't be answered


def test_each_run_has_its_own_strength_and_a_strength_of_0_is_naive() -> None:
    runs = [
        Run(CLASS, NAIVE, 0, 1),
        *(Run(CLASS, method, strength, 1) for method in (EWC, LWF) for strength in (0, 1e4)),
    ]
    _, learnt = learn(runs, steps=20)
    moved = sum((learnt.last[name] - learnt.first[name]).flatten(1).square().sum(1) for name in learnt.last)
    assert isinstance(moved, Tensor)
    for at in (1, 3):
        assert float(moved[at]) == pytest.approx(float(moved[0]), rel=1e-4)
    important = learnt.first_fisher["out"][0] > learnt.first_fisher["out"][0].quantile(0.8)
    apart = (learnt.last["out"] - learnt.first["out"]).abs()
    assert apart[2][important].mean() < 0.5 * apart[0][important].mean()
    assert float((learnt.last["out"][4] - learnt.last["out"][0]).abs().max()) > 1e-3


def test_held_out_labels_do_not_reach_training() -> None:
    data = stream()
    other = dataclasses.replace(data, held_features=-data.held_features, held_classes=data.held_classes.flip(0))
    runs = [Run(CLASS, EWC, 50, 0), Run(DOMAIN, REPLAY, 2, 0)]
    expected = learn(runs, steps=8)[1].last
    for name, value in learn(runs, steps=8, data=other)[1].last.items():
        torch.testing.assert_close(value, expected[name], rtol=0, atol=0)


def test_the_fisher_information_of_the_wrong_place_differs() -> None:
    one = [Run(CLASS, EWC, 50, 0)]
    kinds = {kind: learn(one, fisher=kind)[1].first_fisher["out"] for kind in ("optimum", "batch", "before")}
    assert kinds["batch"].sum() < 0.5 * kinds["optimum"].sum()
    assert not torch.allclose(kinds["before"], kinds["optimum"])


def test_a_mistake_in_the_fisher_information_is_its_own_runs_alone() -> None:
    """Beside runs of another kind each has what it has alone, and its information is that of its kind."""
    runs = [Run(CLASS, EWC, 50, 0, kind) for kind in ("optimum", "batch", "before")]
    _, together = learn(runs, steps=12)
    for at, one in enumerate(runs):
        _, alone = learn([one], steps=12)
        for name in together.last:
            torch.testing.assert_close(together.last[name][at], alone.last[name][0], rtol=1e-3, atol=1e-4)
            torch.testing.assert_close(
                together.first_fisher[name][at], alone.first_fisher[name][0], rtol=1e-3, atol=1e-6
            )
    start = Stack([Member(0, 6)], 8, 6)
    data, (first, second) = stream(), choose_order(True, True, 0)[0].tolist()
    rows = data.features[(data.classes == first) | (data.classes == second)][None]
    allowed = torch.tensor([[at in (first, second) for at in range(6)]])
    for name, part in ewc.fisher(start, rows, allowed).items():
        torch.testing.assert_close(together.first_fisher[name][2], part[0])


def test_information_by_parameter_by_hand() -> None:
    fisher = torch.tensor([0.0, 1.0, 1.0, 100.0])
    assert experiment._decades(fisher) == pytest.approx(2) and experiment._decades(torch.zeros(4)) == 0


# ---- the run


def test_a_run_fills_every_panel_and_goes_to_json_and_back(result: Result) -> None:
    for item in panels_of(Result):
        value = getattr(result, item.name)
        assert value is not None, item.name
        assert decode(item.type, json.loads(json.dumps(encode(value)))) == value
    found = result.findings
    assert isinstance(found, Findings) and "NaN" not in json.dumps(encode(found))
    assert encode(finish()) == encode(result)
    assert found.parameters == 64 * 3 + 3 + 3 * 6 + 6
    assert found.scores["ewc"].bytes == 8 * found.parameters and found.scores["lwf"].bytes == 4 * found.parameters
    assert found.scores["replay"].bytes == 2 * 2 * 2 * (64 * 4 + 1)
    assert found.scores["joint"].bytes == 2 * 2 * 10 * (64 * 4 + 1)
    assert sum(group.share.value for group in found.groups) == pytest.approx(1, abs=1e-5)
    assert sum(group.parameters for group in found.groups) == found.parameters


def test_distances_and_shares_are_means_over_seeds_of_plain_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each seed's own parameters, divided by its own Fisher information; intervals by scipy."""
    given: list[tuple[Settings, Learner, Learnt]] = []
    real = experiment.sum_up

    def listen(settings: Settings, learner: Learner, learnt: Learnt) -> Findings:
        given.append((settings, learner, learnt))
        return real(settings, learner, learnt)

    monkeypatch.setattr(experiment, "sum_up", listen)
    found = finish(seeds=3).findings
    ((settings, learner, learnt),) = given
    assert found is not None
    names = ("hidden", "hidden_bias", "out", "out_bias")
    own = dict.fromkeys((NAIVE, JOINT), 0.0) | {EWC: 1000.0, REPLAY: 2.0, LWF: 1.0}

    def vector(parameters: dict[str, Tensor], at: int) -> NDArray[np.float64]:
        return np.concatenate([parameters[name][at].numpy().ravel() for name in names]).astype(np.float64)

    important: dict[str, list[float]] = {method: [] for method in own}
    rest: dict[str, list[float]] = {method: [] for method in own}
    shares: dict[str, list[float]] = {name: [] for name in names}
    weighed = [one for one in learner.runs if one.method == EWC]
    for seed in range(settings.seed, settings.seed + 3):
        place = weighed.index(Run(CLASS, EWC, own[EWC], seed))
        fisher = vector(dict(learnt.first_fisher), place)
        order = np.argsort(-fisher)
        for method, strength in own.items():
            at = learner.runs.index(Run(CLASS, method, strength, seed))
            apart = vector(dict(learnt.last), at) - vector(dict(learnt.first), at)
            # Two of 219 parameters are the top 1%.
            important[method].append(math.sqrt(sum(apart[order[:2]] ** 2) / 2))
            rest[method].append(math.sqrt(sum(apart[order[2:]] ** 2) / 217))
        for name in names:
            shares[name].append(float(learnt.first_fisher[name][place].sum()) / fisher.sum())

    def same(said: Mean | None, values: NDArray[np.float64] | list[float]) -> None:
        assert said is not None and said.count == 3
        low, high = student.interval(0.95, 2, loc=np.mean(values), scale=sem(values))
        assert (said.value, said.low, said.high) == pytest.approx((np.mean(values), low, high), rel=1e-3, abs=1e-6)

    for method, moved in found.moved.items():
        same(moved.important, important[method])
        same(moved.rest, rest[method])
        if method == NAIVE:
            assert moved.against is None
        else:
            same(moved.against, np.array(important[method]) - np.array(important[NAIVE]))
    for group in found.groups:
        same(group.share, shares[group.name])
    assert found.moved["ewc"] != found.moved["naive"] and found.parameters == 219


def test_only_a_small_network_is_trained_and_the_model_stays_as_it_is() -> None:
    model = tiny_llama()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found: Result = finished(TOPIC, wrap(model), SMALL)
    assert found.findings is not None and set(found.findings.scores) == {"naive", "ewc", "replay", "lwf", "joint"}
    assert found.findings.parameters == 64 * 3 + 3 + 3 * 6 + 6
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert all(value.grad is None for value in model.parameters())


def test_a_mistake_is_shown_beside_the_right_fisher_information(result: Result) -> None:
    assert result.findings is not None and result.findings.corrected is None
    wrong = finish(fisher="before")
    found = wrong.findings
    assert found is not None and found.corrected is not None and wrong.sweep is not None and result.sweep is not None
    # What isn't EWC is the same, and what is corrected is what the run without the mistake has.
    assert found.scores["replay"] == result.findings.scores["replay"]
    assert found.corrected.lambdas == result.findings.lambdas and found.lambdas != result.findings.lambdas
    assert found.corrected.top_share == result.findings.top_share
    right = result.findings.scores["ewc"]
    for name in ("average", "learned", "forgetting"):
        paired = getattr(found.corrected, name)
        apart = getattr(found.scores["ewc"], name).value - getattr(right, name).value
        assert paired.value == pytest.approx(apart) and paired.count == 2
    assert len(wrong.sweep.lines) == len(result.sweep.lines) + 2


@pytest.mark.parametrize("tasks", ["kinds", "sentiment"])
@pytest.mark.parametrize("scenario", ["domain", "task"])
def test_every_scenario_runs_on_both_streams(tasks: str, scenario: str) -> None:
    found = finish(tasks=tasks, scenario=scenario, strength="1").findings
    assert found is not None and found.scenario == scenario and found.naive.told is None
    assert found.scores["naive"].forward is not None and found.strength == 1
    assert all(0 <= value <= 1 for value in found.naive.by_seed)


def test_the_chosen_strengths_are_the_ones_of_the_scores(result: Result) -> None:
    found = result.findings
    assert found is not None
    assert next(one.score for one in found.lambdas if one.strength == found.strength) == found.scores["ewc"]
    assert next(one.score for one in found.memories if one.strength == found.memory) == found.scores["replay"]
    assert len(experiment.plan(validate(Settings, {}, Language.EN))) == 5 * (15 + 3 + 3)


def test_reviews_of_the_stream_are_apart_and_balanced() -> None:
    lm = wrap(tiny_llama())
    for what, held in (("kinds", 40), ("sentiment", 30)):
        data = read_stream(lm, what, 74)
        assert torch.bincount(data.classes).tolist() == [74] * 6
        assert torch.bincount(data.held_classes).tolist() == [held] * 6
        assert data.kinds == (what == "kinds")


def test_a_stopped_run_stops_and_a_text_without_tokens_is_refused() -> None:
    stopped = threading.Event()
    running = run(validate(Settings, SMALL, "en"), Bench(OneModel(wrap(tiny_llama())), cancelled=stopped, seconds=600))
    next(running)
    stopped.set()
    with pytest.raises(Cancelled):
        list(running)
    for blank in ("", "  \n", "\u3000"):
        with pytest.raises(PlaygroundError) as caught:
            validate(Settings, {"text": blank}, Language.ZH)
        assert caught.value.field == "text"
    for odd in ("😀🎉", "<img src=x onerror=alert(1)>", "a\r\nb\rc", '"x","y"'):
        assert finish(text=odd).findings is not None
