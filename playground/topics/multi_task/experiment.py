"""Plans the runs of a lab and sums up what they have learnt. Knows no language model and no panel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.statistics.intervals import Mean, mean
from playground.topics.multi_task.findings import Answer, Findings, Pair, TaskSize, Trained
from playground.topics.multi_task.learner import FIXED, SURGERY, UNCERTAINTY, Learner, Moment, Run
from playground.topics.multi_task.settings import Settings
from playground.topics.multi_task.tasks import TWICE, Task, say_prediction

# Shares of the second task in the weight of the first two.
GRID = (0.05, 0.2, 0.5, 0.8, 0.95)
ALONE, TUNED = "alone", "tuned"

Array = NDArray[np.float64]


def shares(settings: Settings) -> tuple[float, ...]:
    """Returns the grid of fixed weights, this run's among them."""
    return tuple(sorted({*GRID, settings.share}))


def weights_of(share: float, tasks: int) -> tuple[float, ...]:
    """Returns the losses' weights, of sum 1: a third task has a third, the first two share the rest."""
    rest = 2 / tasks
    return (rest * (1 - share), rest * share, *[1 / tasks] * (tasks - 2))


def plan(settings: Settings, tasks: int) -> dict[str, list[Run]]:
    """Returns the runs by name, one of each seed: each task alone, every fixed weight, uncertainty weighting and gradient surgery."""
    equal = weights_of(0.5, tasks)
    wanted = {f"{ALONE} {task}": (FIXED, tuple(float(at == task) for at in range(tasks))) for task in range(tasks)}
    wanted |= {_name(share): (FIXED, weights_of(share, tasks)) for share in shares(settings)}
    wanted |= {UNCERTAINTY: (UNCERTAINTY, equal), SURGERY: (SURGERY, equal)}
    seeds = range(settings.seed, settings.seed + settings.seeds)
    return {name: [Run(*cell, seed) for seed in seeds] for name, cell in wanted.items()}


def _name(share: float) -> str:
    return f"{FIXED} {share:g}"


def places(plans: dict[str, list[Run]], settings: Settings) -> dict[str, list[int]]:
    """Returns the numbers of the runs by name; this run's fixed weight also as FIXED."""
    found, start = {}, 0
    for name, runs in plans.items():
        found[name] = list(range(start, start + len(runs)))
        start += len(runs)
    return found | {FIXED: found[_name(settings.share)]}


def draw_rows(settings: Settings, tasks: Sequence[Task]) -> dict[int, list[Tensor]]:
    """Returns each task's training rows by seed. The same label twice has the same rows twice."""
    counts = (settings.first, settings.first if settings.tasks == TWICE else settings.second, settings.third)
    drawn = {}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        rows = [task.draw(count, 10 * seed + at) for at, (task, count) in enumerate(zip(tasks, counts, strict=False))]
        drawn[seed] = [rows[0], rows[0]] if settings.tasks == TWICE else rows
    return drawn


def sum_up(
    settings: Settings, learner: Learner, at: dict[str, list[int]], moments: Sequence[Moment], text: Tensor
) -> Findings:
    """Returns the findings of a finished training. `text`: features of the visitor's text (1, inputs)."""
    tasks = learner.tasks
    held, valid = moments[-1].scores.numpy(), learner.scores("validation").numpy()
    alone = np.stack([held[at[f"{ALONE} {task}"], task] for task in range(len(tasks))], 1)
    accuracies = [number for number, task in enumerate(tasks) if task.classes]

    def gain_of(scores: Array) -> Array:
        return (scores - alone)[:, accuracies].mean(1)  # type: ignore[no-any-return]

    def trained(name: str, share: float | None, scores: Array, checked: Array) -> Trained:
        return Trained(
            name, share, _each(scores), _each(scores - alone), mean(gain_of(scores)), float(checked[:, accuracies].mean())
        )  # fmt: skip

    def named(name: str, share: float | None = None) -> Trained:
        return trained(name.split()[0], share, held[at[name]], valid[at[name]])

    every = shares(settings)
    cells = np.array([at[_name(share)] for share in every])
    best = valid[cells][:, :, accuracies].mean(2).argmax(0)
    tuned = cells[best, np.arange(settings.seeds)]
    gains = {name: gain_of(held[at[name]]) for name in (FIXED, UNCERTAINTY, SURGERY)}
    rows = draw_rows(settings, tasks)[settings.seed]
    sizes = [len(own) for own in rows]
    last = moments[-1]
    learnt = last.weights[at[UNCERTAINTY]].numpy()
    outputs = learner.outputs(text)
    return Findings(
        which=settings.tasks,
        tasks=tuple(TaskSize(task.name, size, len(task.validation), len(task.held_out)) for task, size in zip(tasks, sizes, strict=True)),
        small=max(range(len(tasks)), key=lambda task: (-sizes[task], task)),
        seeds=settings.seeds,
        steps=settings.steps,
        width=settings.width,
        alone=_each(alone),
        fixed=named(_name(settings.share), settings.share),
        uncertainty=named(UNCERTAINTY),
        surgery=named(SURGERY),
        grid=tuple(named(_name(share), share) for share in every),
        tuned=trained(TUNED, None, held[tuned], valid[tuned]),
        chosen=tuple(every[place] for place in best),
        uncertainty_against=mean(gains[UNCERTAINTY] - gains[FIXED]),
        surgery_against=mean(gains[SURGERY] - gains[FIXED]),
        tuned_against=mean(gain_of(held[tuned]) - gains[SURGERY]),
        pairs=_pairs(moments, at[FIXED], len(tasks)),
        pairs_uncertainty=_pairs(moments, at[UNCERTAINTY], len(tasks)),
        pairs_surgery=_pairs(moments, at[SURGERY], len(tasks)),
        learnt=_each(learnt / learnt.sum(1, keepdims=True)),
        losses=tuple(map(float, last.losses[at[UNCERTAINTY]].mean(0))),
        answers={
            ALONE: tuple(_answer(task, outputs[at[f"{ALONE} {number}"]]) for number, task in enumerate(tasks)),
            **{name: tuple(_answer(task, outputs[at[name]]) for task in tasks) for name in (FIXED, UNCERTAINTY, SURGERY)},
        },
        characters=len(settings.text.strip()),
        runs=len(learner.runs),
    )  # fmt: skip


def _each(values: Array) -> tuple[Mean, ...]:
    """Means over seeds by task of values (seeds, tasks)."""
    return tuple(mean(column) for column in values.T)


def _pairs(moments: Sequence[Moment], at: Sequence[int], tasks: int) -> tuple[Pair, ...]:
    """The gradients of runs `at` over all steps: looks weigh alike, as they are equally many steps apart but for rounding."""
    rows = list(at)
    cosines = torch.stack([moment.cosine[rows] for moment in moments]).mean(0).numpy()
    conflicts = torch.stack([moment.conflict[rows] for moment in moments]).mean(0).numpy()
    norms = torch.stack([moment.norms[rows] for moment in moments]).mean(0).clamp_min(1e-12).numpy()
    first, second = torch.triu_indices(tasks, tasks, 1).tolist()
    return tuple(
        Pair(a, b, mean(cosines[:, pair]), mean(conflicts[:, pair]), mean(norms[:, a] / norms[:, b]))
        for pair, (a, b) in enumerate(zip(first, second, strict=True))
    )


def _answer(task: Task, outputs: Tensor) -> Answer:
    name, value = say_prediction(task, outputs)
    return Answer(name, value, None) if name else Answer("", 0.0, value)
