"""Trains both stacks, measures them on unseen tasks, and asks the language model. Knows no panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.data.domains import DOMAINS
from playground.lab.timing import measure_in_turn
from playground.statistics.intervals import Mean, mean, share
from playground.topics.meta_learning import reviews, sines
from playground.topics.meta_learning.findings import Answer, Fit, InContext, Passes, Score, TextScore
from playground.topics.meta_learning.in_context import LETTERS, NAMES, Reader
from playground.topics.meta_learning.joint import joint_gradient
from playground.topics.meta_learning.maml import Inner, Tasks, backward_passes, copies, maml_gradient
from playground.topics.meta_learning.meta_training import (
    ANIL,
    DIVERGED,
    FOMAML,
    JOINT,
    MAML,
    METHODS,
    NONE,
    REPTILE,
    SEEN,
    TRAINED,
    Recipe,
    Stack,
)
from playground.topics.meta_learning.network import Shape, cross_entropy, initialize, predict, squared_error
from playground.topics.meta_learning.points import Points
from playground.topics.meta_learning.reptile import reptile_gradient
from playground.topics.meta_learning.reviews import Pools
from playground.topics.meta_learning.settings import Settings

# Inner steps on unseen tasks, and unseen tasks of each seed.
ADAPTATION, UNSEEN_TASKS = 10, 30
# Inner rates tried on unseen tasks, as multiples of the run's own.
MULTIPLES = (0.25, 0.5, 1.0, 1.5, 2.0)
# Query reviews of a class: of a task in training, of an unseen one, and of a task for the language model.
QUERIES, UNSEEN_QUERIES, PROMPT_QUERIES = 3, 5, 2
# The language model is given tasks of the shortest reviews, as many of each domain.
SHORTEST = 12
NEAREST = "nearest"
# What is drawn for a seed is drawn from this many seeds further on: fresh tasks in training, unseen tasks, tasks for prompts.
FRESH, UNSEEN, PROMPTED = 10_000, 20_000, 30_000


def _seeds(settings: Settings, further: int = 0) -> range:
    return range(settings.seed + further, settings.seed + further + settings.seeds)


def sine_stack(settings: Settings) -> Stack:
    """Makes the networks of sine regression."""
    start = initialize(Shape(1, settings.width, 1, reach=sines.REACH), _seeds(settings))
    return Stack(
        start, squared_error, Recipe(settings.steps, settings.inner_steps, settings.reptile_steps, settings.inner_rate)
    )


def sine_batches(settings: Settings) -> tuple[Callable[[int], Tasks], Tasks]:
    """Draws the tasks of meta-training, with as many query points as support points, and fresh ones to look at."""
    shots = settings.shots
    drawn = sines.draw(_seeds(settings), settings.steps, settings.tasks, shots, shots)
    fresh = sines.draw(_seeds(settings, FRESH), 1, SEEN, shots, sines.QUERIES)[0]
    return drawn.__getitem__, fresh


def text_stack(settings: Settings) -> Stack:
    """Makes the networks of the text tasks."""
    start = initialize(Shape(reviews.COMPONENTS, settings.width, settings.ways), _seeds(settings))
    return Stack(
        start,
        cross_entropy,
        Recipe(settings.text_steps, settings.inner_steps, settings.reptile_steps, settings.text_rate),
    )


def text_batches(settings: Settings, pools: Pools) -> tuple[Callable[[int], Tasks], Tasks]:
    """Draws the text tasks of meta-training, and fresh ones to look at."""
    shuffled = settings.labels == "shuffled"

    def draw(further: int, steps: int, tasks: int) -> list[Tasks]:
        return reviews.draw(
            pools.training, _seeds(settings, further), steps, tasks, settings.ways, settings.text_shots, QUERIES, shuffled
        )  # fmt: skip

    return draw(0, settings.text_steps, settings.tasks).__getitem__, draw(FRESH, 1, SEEN)[0]


# ---- sines


def sine_scores(settings: Settings, stack: Stack, tell: Callable[[], None]) -> dict[str, Score]:
    """Measures every method on unseen sine tasks: by step, and after one step at other rates."""
    tasks = sines.draw(_seeds(settings, UNSEEN), 1, UNSEEN_TASKS, settings.shots, sines.QUERIES, settings.unseen)[0]
    by_step, by_rate = [], []
    for parameters in stack.adapted(tasks, ADAPTATION):
        tell()
        by_step.append(stack.losses(parameters, tasks))
    for rate in rates(settings):
        *_, last = stack.adapted(tasks, 1, rate)
        by_rate.append(stack.losses(last, tasks).mean(2))
    losses = torch.stack(by_step).mean(3)
    found = {}
    for at, method in enumerate(METHODS):
        one = losses[1, at]
        steps = tuple(mean(row.numpy()) for row in losses[:, at])
        found[method] = Score(
            before=steps[0], one=steps[1], end=steps[-1],
            against=_difference(one, losses[1, METHODS.index(JOINT)], method == JOINT),
            to_maml=_difference(one, losses[1, METHODS.index(MAML)], method == MAML),
            by_step=steps,
            by_rate=tuple(mean(row[at].numpy()) for row in by_rate),
            by_seed=tuple(one.tolist()),
            diverged=any(bool((row[at] >= DIVERGED).any()) for row in by_step),
        )  # fmt: skip
    return found


def _difference(values: Tensor, others: Tensor, same: bool) -> Mean | None:
    return None if same else mean((values - others).double().numpy())


def rates(settings: Settings) -> tuple[float, ...]:
    """Returns the inner rates that are tried on unseen tasks."""
    return tuple(settings.inner_rate * multiple for multiple in MULTIPLES)


def fits(settings: Settings, stack: Stack, points: Points) -> dict[str, Fit]:
    """Measures one step on the visitor's points, on them and on each one left out of it."""
    x, y = (torch.tensor(part)[:, None] for part in zip(*points, strict=True))
    every = _same_for_all(settings, x, y, x, y)
    left = [[at for at in range(len(points)) if at != out] for out in range(len(points))]
    parts = ([x[rows] for rows in left], [y[rows] for rows in left], list(x[:, None]), list(y[:, None]))
    without = Tasks(*(torch.stack(part).expand(settings.seeds, -1, -1, -1) for part in parts))
    before, after = (stack.losses(parameters, every).mean(2) for parameters in stack.adapted(every, 1))
    *_, last = stack.adapted(without, 1)
    left_out = stack.losses(last, without).mean(2)
    return {
        method: Fit(mean(before[at].numpy()), mean(after[at].numpy()), mean(left_out[at].numpy()))
        for at, method in enumerate(METHODS)
    }


def _same_for_all(settings: Settings, *parts: Tensor) -> Tasks:
    return Tasks(*(part.expand(settings.seeds, 1, *part.shape) for part in parts))


@dataclass(frozen=True)
class Drawn:
    """Curves of the first seed's networks on one task. `x` (points,); `before`, `one`, `end`: by method, values at x; `support`: points."""

    x: tuple[float, ...]
    truth: tuple[float, ...]
    before: dict[str, tuple[float, ...]]
    one: dict[str, tuple[float, ...]]
    end: dict[str, tuple[float, ...]]
    support: Points


def curves(settings: Settings, stack: Stack, points: Points | None = None) -> Drawn:
    """Computes curves before adaptation, after one step and after the last: of the visitor's points, or of an unseen sine without any."""
    x = torch.linspace(-sines.REACH, sines.REACH, 61)[:, None]
    sine = sines.chosen(settings.unseen)
    if points is None:
        generator = torch.Generator().manual_seed(settings.seed + UNSEEN)
        at = sines.REACH * (2 * torch.rand(settings.shots, 1, generator=generator) - 1)
        shown = at, sine.at(at)
    else:
        shown = tuple(torch.tensor(part)[:, None] for part in zip(*points, strict=True))  # type: ignore[assignment]
    tasks = _same_for_all(settings, *shown, x, x)
    found = []
    for parameters in stack.adapted(tasks, ADAPTATION):
        values = stack.by_method(predict(parameters, tasks.times(len(METHODS)).query))[:, 0, 0, :, 0]
        values = torch.nan_to_num(values, 0.0, DIVERGED, -DIVERGED)
        found.append({method: tuple(values[at].tolist()) for at, method in enumerate(METHODS)})
    support = tuple(zip(shown[0][:, 0].tolist(), shown[1][:, 0].tolist(), strict=True))
    return Drawn(tuple(x[:, 0].tolist()), tuple(sine.at(x)[:, 0].tolist()), found[0], found[1], found[-1], support)


def times(settings: Settings, stack: Stack, tasks: Tasks) -> dict[str, float]:
    """Measures an outer step of each method alone, in milliseconds: all seeds, gradient only."""
    loss, one = squared_error, stack.of(MAML)
    rate = tuple(part[: stack.seeds] for part in stack.rates)
    head = tuple(part[stack.runs(ANIL)] for part in stack.rates)
    through = torch.ones_like(rate[0])
    calls = {
        MAML: lambda: maml_gradient(loss, one, tasks, Inner(settings.inner_steps, rate, through)),
        FOMAML: lambda: maml_gradient(loss, one, tasks, Inner(settings.inner_steps, rate)),
        ANIL: lambda: maml_gradient(loss, one, tasks, Inner(settings.inner_steps, head, through)),
        REPTILE: lambda: reptile_gradient(loss, one, tasks, Inner(settings.reptile_steps, rate)),
        JOINT: lambda: joint_gradient(loss, one, tasks),
    }
    return {name: 1000 * timing.median for name, timing in measure_in_turn(calls, 5, 1).items()}


def passes(settings: Settings) -> dict[str, Passes]:
    """Counts backward passes of an outer step by method."""
    return {name: Passes(*backward_passes(name, settings.inner_steps, settings.reptile_steps)) for name in TRAINED}


# ---- texts


@dataclass(frozen=True)
class Prompted:
    """Tasks for the language model and the networks alike. `tasks` (1, tasks, rows, …); `classes`: of each task the domain of every number;
    `support`, `query`: texts with their numbers, in the order of asking."""

    tasks: Tasks
    classes: tuple[tuple[str, ...], ...]
    support: tuple[tuple[tuple[str, int], ...], ...]
    query: tuple[tuple[tuple[str, int], ...], ...]


def prompted(settings: Settings, pools: Pools, reader: Reader) -> Prompted:
    """Draws tasks of the shortest unseen reviews; examples come in a shuffled order, which a prompt has and a support set has not."""
    shortest = [_shortest(reader, part) for part in pools.texts]
    features = torch.stack([pools.unseen[0, at, rows] for at, rows in enumerate(shortest)])[None]
    generator = torch.Generator().manual_seed(settings.seed + PROMPTED)
    chosen = reviews.choose(features, generator, settings.prompts, settings.ways, settings.text_shots + PROMPT_QUERIES)
    support, query = [], []
    for task in range(settings.prompts):
        rows = [
            [pools.texts[int(domain)][shortest[int(domain)][int(row)]] for row in own]
            for domain, own in zip(chosen.classes[task], chosen.members[task], strict=True)
        ]
        shown = [(text, number) for number, own in enumerate(rows) for text in own[: settings.text_shots]]
        support.append(tuple(shown[at] for at in torch.randperm(len(shown), generator=generator).tolist()))
        query.append(tuple((text, number) for number, own in enumerate(rows) for text in own[settings.text_shots :]))
    return Prompted(
        Tasks(*(part[None] for part in reviews.gather(features, chosen, settings.text_shots))),
        tuple(tuple(DOMAINS[int(one)] for one in row) for row in chosen.classes),
        tuple(support),
        tuple(query),
    )


def _shortest(reader: Reader, texts: Sequence[str]) -> list[int]:
    """Returns where the shortest texts are, by tokens."""
    lengths = [reader.length(text) for text in texts]
    return sorted(range(len(texts)), key=lambda at: (lengths[at], at))[:SHORTEST]


def ask(
    settings: Settings, reader: Reader, given: Prompted, own: str, tell: Callable[[int], None]
) -> tuple[InContext, str]:
    """Asks the language model about every task, with names and with letters, and returns the first prompt that it read.

    `tell` is called with the number of prompts read, before each.
    """
    right: dict[bool, list[bool]] = {True: [], False: []}
    answers: dict[bool, Answer] = {}
    names = NAMES[reader.language]
    for task, classes in enumerate(given.classes):
        for named in (True, False):
            tell(2 * task + (not named))
            words = [names[domain] for domain in classes] if named else list(LETTERS[: len(classes)])
            examples = [(text, words[number]) for text, number in given.support[task]]
            asked = [text for text, _ in given.query[task]] + [own] * (task == 0)
            found = reader.probabilities(examples, asked, words)
            right[named] += [
                int(row.argmax()) == number for row, (_, number) in zip(found, given.query[task], strict=False)
            ]
            if task == 0:
                answers[named] = Answer(classes[int(found[-1].argmax())], float(found[-1].max()))
    first = [(text, names[given.classes[0][number]]) for text, number in given.support[0]]
    pairs = list(zip(right[True], right[False], strict=True))
    found_all = InContext(
        share(right[True]), share(right[False]), pairs.count((True, False)), pairs.count((False, True)),
        answers[True], answers[False], len(given.classes), reader.tokens(first),
    )  # fmt: skip
    return found_all, reader.prompt(first)


def text_scores(settings: Settings, stack: Stack, pools: Pools, given: Prompted, fresh: Tasks) -> dict[str, TextScore]:
    """Measures every method and the nearest class mean on unseen text tasks, on those of the prompts and on the visitor's review.

    `fresh`: tasks like those of training, on which the starts are measured as they are.
    """
    tasks = reviews.draw(
        pools.unseen,
        _seeds(settings, UNSEEN),
        1,
        UNSEEN_TASKS,
        settings.ways,
        settings.text_shots,
        UNSEEN_QUERIES,
        True,
    )[0]
    right = torch.stack([_right(stack, one, tasks) for one in stack.adapted(tasks, ADAPTATION)])
    without = _right(stack, copies(stack.parameters, fresh.count), fresh)
    prompts = Tasks(*(part.expand(settings.seeds, *part.shape[1:]) for part in given.tasks.parts))
    *_, adapted = stack.adapted(prompts, 1)
    on_prompts = _right(stack, adapted, prompts)
    own = pools.own.expand(len(METHODS) * settings.seeds, prompts.count, 1, -1)
    said = torch.softmax(predict(adapted, own)[:, 0, 0], -1)
    probabilities = stack.by_method(torch.nan_to_num(said, 0.0)).mean(1)
    found = {}
    for at, method in enumerate(METHODS):
        steps = tuple(mean(row.numpy()) for row in right[:, at])
        found[method] = TextScore(
            None if method == NONE else mean(without[at].numpy()),
            steps, steps[1], steps[-1],
            _difference(right[1, at], right[1, METHODS.index(JOINT)], method == JOINT),
            _difference(right[1, at], right[1, METHODS.index(MAML)], method == MAML),
            mean(on_prompts[at].numpy()),
            Answer(given.classes[0][int(probabilities[at].argmax())], float(probabilities[at].max())),
        )  # fmt: skip
    return found | {NEAREST: _nearest(settings, tasks, prompts, right, given, pools)}


def _right(stack: Stack, parameters: Sequence[Tensor], tasks: Tasks) -> Tensor:
    """Returns shares of right answers (methods, seeds) on the query sets, float64."""
    own = tasks.times(len(METHODS))
    right = predict(tuple(parameters), own.query).argmax(-1) == own.query_wanted
    return stack.by_method(right.double().mean((1, 2)))


def _nearest(
    settings: Settings, tasks: Tasks, prompts: Tasks, right: Tensor, given: Prompted, pools: Pools
) -> TextScore:
    shares = reviews.nearest_mean(tasks, settings.ways).double().mean((1, 2))
    on_prompts = reviews.nearest_mean(prompts, settings.ways).double().mean((1, 2))
    first = Tasks(*(part[:, :1] for part in given.tasks.parts))
    asked = Tasks(
        first.support, first.support_wanted, pools.own.expand(1, 1, settings.ways, -1), torch.arange(settings.ways)[None, None]
    )  # fmt: skip
    answer = int(reviews.nearest_mean(asked, settings.ways)[0, 0].int().argmax())
    one = mean(shares.numpy())
    return TextScore(
        None,
        (one,), one, one,
        mean((shares - right[1, METHODS.index(JOINT)]).numpy()), mean((shares - right[1, METHODS.index(MAML)]).numpy()),
        mean(on_prompts.numpy()), Answer(given.classes[0][answer], 1.0),
    )  # fmt: skip


def looks(
    stack: Stack, batches: tuple[Callable[[int], Tasks], Tasks], tell: Callable[[], None]
) -> Iterator[tuple[int, dict[str, list[float]]]]:
    """Trains a stack and yields after how many steps each method has which losses, by seed, on fresh training tasks."""
    batch, fresh = batches
    for look in stack.train(batch, fresh, tell):
        yield look.step, {method: look.losses[at].tolist() for at, method in enumerate(METHODS)}
