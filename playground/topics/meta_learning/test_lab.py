"""Meta-gradients against finite differences, vmap and hand computations; the stack against plain loops; a run on a tiny model."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn
from torch.func import grad, vmap
from torch.nn import functional

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode, without_measured
from playground.lab.errors import Cancelled
from playground.lab.panels import panels_of
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.topics.meta_learning import maml, reviews, sines
from playground.topics.meta_learning.experiment import Prompted, ask
from playground.topics.meta_learning.findings import Findings
from playground.topics.meta_learning.in_context import FORMS, Reader
from playground.topics.meta_learning.joint import joint_gradient
from playground.topics.meta_learning.lab import TOPIC, run
from playground.topics.meta_learning.maml import Inner, Tasks, adapt, backward_passes, copies, maml_gradient
from playground.topics.meta_learning.meta_training import (
    ANIL,
    FOMAML,
    JOINT,
    LONGEST,
    MAML,
    METHODS,
    NONE,
    Recipe,
    Stack,
)
from playground.topics.meta_learning.network import Parameters, Shape, cross_entropy, initialize, predict, squared_error
from playground.topics.meta_learning.reptile import reptile_gradient
from playground.topics.meta_learning.settings import Result, Settings
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel, finished

SMALL = {"seeds": 2, "steps": 10, "text_steps": 10, "width": 8, "tasks": 2, "prompts": 1}


def finish(**values: object) -> Result:
    found: Result = finished(TOPIC, wrap(tiny_llama()), SMALL | values)
    return found


@pytest.fixture(scope="module")
def result() -> Result:
    return finish()


# ---- the gradients


def doubles(seeds: int = 2, tasks: int = 3) -> tuple[Parameters, Tasks]:
    """Small networks and tasks in double precision."""
    start = tuple(part.double() for part in initialize(Shape(1, 4, 1, reach=2.0), range(seeds)))
    drawn = sines.draw(range(seeds), 1, tasks, 4, 5)[0]
    return start, Tasks(*(part.double() for part in drawn.parts))


def inner(steps: int, seeds: int = 2, rate: float = 0.05, body: float = 1.0, through: float = 1.0) -> Inner:
    one = torch.ones(seeds, 1, 1, 1, dtype=torch.float64)
    return Inner(steps, (*[rate * body * one] * 4, *[rate * one] * 2), through * one)


def after(parameters: Parameters, tasks: Tasks, steps: int, rate: float = 0.05, body: float = 1.0) -> Tensor:
    """The query loss after the inner loop, without any of the lab's loops: plain autograd, task by task, summed over runs."""
    total = torch.zeros((), dtype=torch.float64)
    for seed in range(len(parameters[0])):
        for task in range(tasks.count):
            own = [part[seed].clone().requires_grad_() for part in parameters]
            for _ in range(steps):
                loss = squared_error(tuple(own), tasks.support[seed, task], tasks.support_wanted[seed, task])
                found = torch.autograd.grad(loss, own)
                own = [
                    (part - rate * (body if at < 4 else 1.0) * g).detach().requires_grad_()
                    for at, (part, g) in enumerate(zip(own, found, strict=True))
                ]
            loss = squared_error(tuple(own), tasks.query[seed, task], tasks.query_wanted[seed, task])
            total = total + loss.detach() / tasks.count
    return total


@pytest.mark.parametrize(("steps", "body"), [(1, 1.0), (3, 1.0), (2, 0.0)])
def test_the_second_order_gradient_agrees_with_finite_differences(steps: int, body: float) -> None:
    start, tasks = doubles()
    found = maml_gradient(squared_error, start, tasks, inner(steps, body=body))
    first = maml_gradient(squared_error, start, tasks, inner(steps, body=body, through=0.0))
    generator = torch.Generator().manual_seed(0)
    missed = 0
    for _ in range(3):
        direction = tuple(torch.randn(part.shape, generator=generator, dtype=torch.float64) for part in start)
        up, down = (
            after(tuple(p + sign * 1e-5 * d for p, d in zip(start, direction, strict=True)), tasks, steps, body=body)
            for sign in (1, -1)
        )
        slope = float((up - down) / 2e-5)
        along, along_first = (
            float(sum((g * d).sum() for g, d in zip(own, direction, strict=True))) for own in (found, first)
        )
        assert along == pytest.approx(slope, rel=1e-6, abs=1e-8)
        missed += abs(along_first - slope) > 1e-3 * abs(slope)
    assert missed == 3  # the first order is another gradient


def test_a_gradient_is_that_of_vmap_over_tasks_and_nothing_through_is_the_first_order() -> None:
    start, tasks = doubles()

    def one(own: Parameters, *parts: Tensor) -> Tensor:
        def task(s: Tensor, sw: Tensor, q: Tensor, qw: Tensor) -> Tensor:
            gradients = grad(squared_error)(own, s, sw)
            return squared_error(tuple(p - 0.05 * g for p, g in zip(own, gradients, strict=True)), q, qw)

        return vmap(task)(*parts).mean()

    expected = vmap(grad(one))(start, *tasks.parts)
    for mine, theirs in zip(maml_gradient(squared_error, start, tasks, inner(1)), expected, strict=True):
        torch.testing.assert_close(mine, theirs)
    masked = maml_gradient(squared_error, start, tasks, inner(2, through=0.0))
    plain = maml_gradient(squared_error, start, tasks, Inner(2, inner(2).rates))
    for mine, theirs in zip(masked, plain, strict=True):
        torch.testing.assert_close(mine, theirs)


def bowl(parameters: Parameters, curvature: Tensor, lowest: Tensor) -> Tensor:
    """½ h (w − c)² of every run and task."""
    return 0.5 * (curvature * (parameters[0] - lowest) ** 2).sum((-1, -2))


def bowls(curvature: float, low: float, query_low: float) -> Tasks:
    def number(value: float) -> Tensor:
        return torch.full((1, 1, 1, 1), value)

    return Tasks(number(curvature), number(low), number(curvature), number(query_low))


def test_first_and_second_order_by_hand_on_a_quadratic() -> None:
    """The numbers of the card: h = 4, c = 1 and 2, θ = 0, α = 0.1."""
    start, tasks, one = (torch.zeros(1, 1, 1),), bowls(4, 1, 2), torch.ones(1, 1, 1, 1)
    assert maml_gradient(bowl, start, tasks, Inner(1, (0.1,), one))[0].item() == pytest.approx(-3.84)
    assert maml_gradient(bowl, start, tasks, Inner(1, (0.1,)))[0].item() == pytest.approx(-6.4)
    adapted = adapt(bowl, copies(start, 1), tasks.support, tasks.support_wanted, Inner(1, (0.1,)))
    assert adapted[0].item() == pytest.approx(0.4)


def test_reptile_by_hand_on_a_quadratic_and_with_one_step_it_is_joint_training() -> None:
    # Support and query rows are trained on together: a curvature of 4 + 4 around the mean of 1 and 2.
    start, tasks = (torch.zeros(1, 1, 1),), bowls(4, 1, 2)
    w = 0.0
    for _ in range(3):
        w -= 0.05 * (4 * (w - 1) + 4 * (w - 2))
    assert reptile_gradient(bowl, start, tasks, Inner(3, (0.05,)))[0].item() == pytest.approx(0.0 - w)
    network, sine = doubles()
    single = reptile_gradient(squared_error, network, sine, Inner(1, (0.05,) * 6))
    joint = joint_gradient(squared_error, network, sine)
    for mine, theirs in zip(single, joint, strict=True):
        torch.testing.assert_close(mine, 0.05 * theirs)


def test_joint_training_has_no_inner_loop() -> None:
    start, tasks = (torch.zeros(1, 1, 1),), bowls(4, 1, 2)
    assert joint_gradient(bowl, start, tasks)[0].item() == pytest.approx(4 * -1 + 4 * -2)


def test_backward_passes_are_those_that_run(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [0]

    def counted(function: object) -> object:
        calls[0] += 1
        return grad(function)  # type: ignore[arg-type]

    monkeypatch.setattr(maml, "grad", counted)
    start, tasks = doubles()
    for method, through in ((MAML, 1.0), (FOMAML, 0.0)):
        calls[0] = 0
        maml_gradient(squared_error, start, tasks, inner(3, through=through))
        backward, second = backward_passes(method, 3, 5)
        assert backward - second == calls[0] == 4
    assert backward_passes("reptile", 3, 5) == (5, 0) and backward_passes("joint", 3, 5) == (1, 0)


# ---- the stack


def trained(seeds: range, steps: int = 6) -> Stack:
    stack = Stack(initialize(Shape(1, 6, 1, reach=5.0), seeds), squared_error, Recipe(steps, 1, 3, 0.03))
    drawn = sines.draw(seeds, steps, 3, 5, 5)
    *_, look = stack.train(drawn.__getitem__, sines.draw(seeds, 1, 4, 5, 5)[0], lambda: None)
    assert look.step == steps and look.losses.shape == (len(METHODS), len(seeds))
    return stack


def test_a_run_is_what_it_would_be_alone() -> None:
    both, alone = trained(range(3, 5)), trained(range(4, 5))
    for method in METHODS:
        for mine, theirs in zip(both.of(method), alone.of(method), strict=True):
            torch.testing.assert_close(mine[1], theirs[0], rtol=1e-3, atol=1e-4)


def test_joint_training_is_a_plain_loop_and_the_random_start_stays() -> None:
    stack, start = trained(range(1)), initialize(Shape(1, 6, 1, reach=5.0), [0])
    layers = [nn.Linear(1, 6), nn.Linear(6, 6), nn.Linear(6, 1)]
    with torch.no_grad():
        for at, layer in enumerate(layers):
            layer.weight.copy_(start[2 * at][0].T)
            layer.bias.copy_(start[2 * at + 1][0, 0])
    network = nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2])
    engine = torch.optim.Adam(network.parameters(), lr=Recipe(1, 1, 1, 1).outer)
    for tasks in sines.draw([0], 6, 3, 5, 5):
        x, y = (
            torch.cat(pair, 2).flatten(0, 2)
            for pair in ((tasks.support, tasks.query), (tasks.support_wanted, tasks.query_wanted))
        )
        engine.zero_grad()
        functional.mse_loss(network(x), y).backward()
        nn.utils.clip_grad_norm_(network.parameters(), LONGEST)
        engine.step()
    for at, layer in enumerate(layers):
        torch.testing.assert_close(stack.of(JOINT)[2 * at][0], layer.weight.T, rtol=1e-3, atol=1e-4)
    for mine, theirs in zip(stack.of(NONE), start, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_anil_moves_its_last_layer_alone_and_losses_that_are_no_numbers_count_as_diverged() -> None:
    stack, tasks = trained(range(2)), sines.draw(range(2), 1, 4, 5, 5)[0]
    before, after_one = list(stack.adapted(tasks, 1))
    moved = [stack.by_method((b - a).flatten(1).abs().sum(1)) for b, a in zip(before, after_one, strict=True)]
    at = METHODS.index(ANIL)
    assert not any(part[at].any() for part in moved[:4]) and all(part[at].all() for part in moved[4:])
    assert all(part[METHODS.index(MAML)].all() for part in moved)
    *_, far = stack.adapted(tasks, 8, 1e6)
    assert stack.losses(far, tasks).max() == 1000


# ---- tasks


def test_sines_are_sines_of_the_distribution() -> None:
    tasks = sines.draw([3], 2, 50, 5, 7)[1]
    assert tasks.support.shape == (1, 50, 5, 1) and tasks.query.shape == (1, 50, 7, 1)
    for at in range(5):  # a least-squares fit of sin and cos finds every point
        x, y = (
            torch.cat(pair, 2)[0, at]
            for pair in ((tasks.support, tasks.query), (tasks.support_wanted, tasks.query_wanted))
        )
        basis = torch.cat([torch.sin(x), torch.cos(x)], 1)
        found = torch.linalg.lstsq(basis, y).solution
        torch.testing.assert_close(basis @ found, y, rtol=1e-3, atol=1e-3)
        assert 0.1 <= float(found.norm()) <= 5.001
    again = sines.draw([9, 3], 2, 50, 5, 7)[1]
    torch.testing.assert_close(again.support[1], tasks.support[0])
    assert sines.draw([3], 1, 200, 5, 5, sines.LARGER)[0].query_wanted.abs().max() > 5


def test_labels_are_shuffled_or_fixed_and_no_review_is_in_both_sets() -> None:
    pools = torch.arange(2 * 3 * 20, dtype=torch.float32).view(2, 3, 20, 1)
    shuffled, fixed = (
        reviews.choose(pools, torch.Generator().manual_seed(0), 60, 3, 4, shuffled=how) for how in (True, False)
    )
    assert (fixed.classes == torch.arange(3)).all()
    assert {tuple(row) for row in shuffled.classes.tolist()} == {
        (a, b, 3 - a - b) for a in range(3) for b in range(3) if a != b
    }
    support, labels, query, asked = reviews.gather(pools, shuffled, 1)
    assert support.shape == (60, 3, 1) and query.shape == (60, 9, 1)
    for task in range(60):
        assert not {*support[task, :, 0].tolist()} & {*query[task, :, 0].tolist()}
        for value, label in zip(query[task, :, 0].tolist(), asked[task].tolist(), strict=True):
            assert int(value) // 20 % 3 == shuffled.classes[task, label]
    assert labels[0].tolist() == [0, 1, 2]


def test_nearest_means_by_hand_and_cross_entropy_of_a_library() -> None:
    support = torch.tensor([[[[0.0], [2.0], [10.0], [12.0]]]])
    tasks = Tasks(support, torch.tensor([[[0, 0, 1, 1]]]), torch.tensor([[[[5.0], [7.0]]]]), torch.tensor([[[0, 0]]]))
    assert reviews.nearest_mean(tasks, 2).tolist() == [[[True, False]]]
    network = initialize(Shape(2, 4, 3), [0])
    x, labels = torch.randn(1, 5, 2), torch.tensor([[0, 1, 2, 1, 0]])
    expected = functional.cross_entropy(predict(network, x)[0], labels[0])
    torch.testing.assert_close(cross_entropy(network, x, labels)[0], expected)


# ---- the language model


@pytest.mark.parametrize("language", list(Language))
def test_probabilities_of_labels_are_those_of_whole_prompts(language: Language) -> None:
    lm = wrap(tiny_llama())
    reader = Reader(lm, language)
    words = ["hotel", "book"]
    examples = [("good room", "hotel"), ("long story", "book")]
    before, ask, behind, space = FORMS[language]
    found = reader.probabilities(examples, ["a quiet bed", "pages"], words)
    for row, text in zip(found, ("a quiet bed", "pages"), strict=True):
        whole = (
            "".join(f"{before}{one}{ask}{space}{word}{behind}" for one, word in examples)
            + f"{before}{text}{ask}{space}"
        )
        logits = lm.next_logits([lm.encode(whole)])[0].double()
        firsts = [lm.tokenizer.encode(word, add_special_tokens=False)[0] for word in words]
        torch.testing.assert_close(row, torch.softmax(logits[firsts], -1), rtol=1e-3, atol=1e-4)
    assert reader.length(reader.shortened("word " * 100)) <= 33


class Scripted(Reader):
    """Answers without reading: with domain names the first two queries right and the last wrong, with letters the other way round."""

    def probabilities(self, examples: object, texts: Sequence[str], words: Sequence[str]) -> Tensor:
        numbers = [0, 1, 1, 0] if words[0] == "hotel" else [1, 0, 0, 0]
        return functional.one_hot(torch.tensor(numbers[: len(texts)]), len(words)).double()


def test_names_and_letters_are_paired_by_query() -> None:
    support, query = (("good room", 0), ("long story", 1)), (("bed", 0), ("pages", 1), ("lobby", 0))
    no_tasks = Tasks(*[torch.empty(1, 2, 0, 1)] * 4)
    given = Prompted(no_tasks, (("hotel", "book"),) * 2, (support,) * 2, (query,) * 2)
    found, _ = ask(Settings(), Scripted(wrap(tiny_llama()), Language.EN), given, "mine", lambda done: None)
    assert (found.named.right, found.letters.right, found.named.count) == (4, 2, 6)
    assert (found.only_named, found.only_letters) == (4, 2)
    # Four of six or more, either way: 2 × (15 + 6 + 1) / 64.
    assert found.p_value == pytest.approx(44 / 64)


# ---- the run


def test_a_run_fills_every_panel_goes_to_json_and_back_and_is_repeatable(result: Result) -> None:
    for item in panels_of(Result):
        value = getattr(result, item.name)
        assert value is not None, item.name
        assert decode(item.type, json.loads(json.dumps(encode(value)))) == value
    found = result.findings
    assert isinstance(found, Findings) and "NaN" not in json.dumps(encode(found))
    assert without_measured(encode(finish())) == without_measured(encode(result))
    assert found.in_context.named.count == 6 and found.points == 5 and len(found.scores["maml"].by_step) == 11


@pytest.mark.parametrize(
    "values",
    [
        {
            "inner_steps": 4,
            "inner_rate": 0.1,
            "unseen": "larger",
            "labels": "fixed",
            "points": "0 10\n0.001 -10",
            "text": "😀<img src=x onerror=alert(1)>",
        },
        {
            "unseen": "faster",
            "unseen_texts": "reviews",
            "ways": 2,
            "text_shots": 5,
            "text_rate": 2.0,
            "shots": 2,
            "text": "酒店",
        },
    ],
)
def test_ends_of_the_bounds_give_numbers(values: dict[str, object]) -> None:
    found = finish(**values).findings
    assert found is not None and found.ways == values.get("ways", 3)
    for one in found.scores.values():
        assert all(math.isfinite(value) and value <= 1000 for value in (one.before.value, one.one.value, one.end.value))


def test_a_stopped_run_stops() -> None:
    stopped = threading.Event()
    running = run(validate(Settings, SMALL, "en"), Bench(OneModel(wrap(tiny_llama())), cancelled=stopped, seconds=600))
    next(running)
    stopped.set()
    with pytest.raises(Cancelled):
        list(running)
