"""Plans the runs of a lab and sums up what they have learnt. Knows no language model and no panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from playground.statistics.intervals import Mean, mean
from playground.topics.continual import metrics, replay
from playground.topics.continual.findings import Answer, Corrected, Findings, Group, Log, Moved, Score, Swept
from playground.topics.continual.learner import (
    CLASS,
    DOMAIN,
    EWC,
    JOINT,
    LWF,
    NAIVE,
    OPTIMUM,
    REPLAY,
    TASK,
    Learner,
    Learnt,
    Run,
)  # fmt: skip
from playground.topics.continual.settings import Settings
from playground.topics.continual.stream import TASKS, WAYS

SCENARIOS, METHODS = (CLASS, DOMAIN, TASK), (NAIVE, EWC, REPLAY, LWF, JOINT)
LAMBDAS, MEMORIES = (10.0, 100.0, 1000.0, 10_000.0), (1.0, 3.0, 30.0)
TOP = 0.01
GROUPS = ("hidden", "hidden_bias", "out", "out_bias")

# Scenario, method, strength, and how EWC takes the Fisher information.
Cell = tuple[str, str, float, str]


def cells(settings: Settings) -> dict[str, dict[str, Cell]]:
    """Returns the cell of every score: by scenario and method."""
    strengths = {EWC: float(settings.strength), REPLAY: float(settings.memory), LWF: settings.distill}
    return {
        scenario: {method: _cell(settings, scenario, method, strengths.get(method, 0.0)) for method in METHODS}
        for scenario in SCENARIOS
    }


def _cell(settings: Settings, scenario: str, method: str, strength: float) -> Cell:
    return scenario, method, strength, settings.fisher if method == EWC else OPTIMUM


def swept(settings: Settings, method: str) -> list[Cell]:
    """Returns the strengths at which EWC or replay is tried in this run's scenario, this run's own among them."""
    fixed, own = (LAMBDAS, float(settings.strength)) if method == EWC else (MEMORIES, float(settings.memory))
    most = float(settings.examples)
    return [
        _cell(settings, settings.scenario, method, value)
        for value in sorted({*fixed, own})
        if method == EWC or value <= most or value == own
    ]


def corrected(settings: Settings) -> list[Cell]:
    """Returns the cells of EWC again with the Fisher information as it should be; none where it is."""
    return [] if settings.fisher == OPTIMUM else [(*cell[:3], OPTIMUM) for cell in swept(settings, EWC)]


def plan(settings: Settings) -> list[Run]:
    """Returns every run once, seeds within cells."""
    wanted: list[Cell] = [cell for row in cells(settings).values() for cell in row.values()]
    wanted += [*swept(settings, EWC), *swept(settings, REPLAY), *corrected(settings)]
    seeds = range(settings.seed, settings.seed + settings.seeds)
    return [
        Run(scenario, method, strength, seed, fisher)
        for scenario, method, strength, fisher in dict.fromkeys(wanted)
        for seed in seeds
    ]


def sum_up(settings: Settings, learner: Learner, learnt: Learnt) -> Findings:
    """Returns the findings of a finished training."""
    plans = cells(settings)
    places: dict[Cell, list[int]] = {}
    for at, run in enumerate(learner.runs):
        places.setdefault((run.scenario, run.method, run.strength, run.fisher), []).append(at)
    scores = {cell: _score(learner, learnt, at, places[cell[0], NAIVE, 0.0, OPTIMUM]) for cell, at in places.items()}
    own = {method: places[cell] for method, cell in plans[settings.scenario].items()}
    names = learner.stream.names
    fisher = first_fisher(learner, learnt, own[EWC])
    shares = fisher / fisher.sum(1, keepdim=True).clamp_min(1e-30)
    sizes = [learnt.first[name][0].numel() for name in GROUPS]
    count, top = fisher.shape[1], top_count(fisher.shape[1])
    distances = {method: _distances(learnt, at, fisher, top) for method, at in own.items()}
    return Findings(
        tasks=settings.tasks,
        scenario=settings.scenario,
        seeds=settings.seeds,
        count=TASKS,
        orders=tuple(tuple(tuple(names[int(one)] for one in task) for task in learner.order[at]) for at in own[NAIVE]),
        scenarios={name: {method: scores[cell] for method, cell in row.items()} for name, row in plans.items()},
        strength=float(settings.strength),
        memory=settings.memory,
        lambdas=tuple(Swept(cell[2], scores[cell]) for cell in swept(settings, EWC)),
        memories=tuple(Swept(cell[2], scores[cell]) for cell in swept(settings, REPLAY)),
        examples=settings.examples,
        held_out=WAYS * len(learner.stream.held_classes) // len(names),
        parameters=count,
        groups=tuple(
            Group(name, size, mean(part.sum(1)), size / count)
            for name, size, part in zip(
                GROUPS, sizes, np.split(shares.numpy(), np.cumsum(sizes)[:-1], axis=1), strict=True
            )
        ),
        top_share=mean(shares.topk(top, 1).values.sum(1).numpy()),
        decades=mean([_decades(row) for row in fisher]),
        moved={
            method: Moved(
                mean(important), mean(rest), None if method == NAIVE else mean(important - distances[NAIVE][0])
            )
            for method, (important, rest) in distances.items()
        },
        corrected=_corrected(settings, learner, learnt, places, scores),
        log=Log(
            mean(learnt.seen[own[NAIVE]].numpy()),
            scores[plans[settings.scenario][NAIVE]].average,
            mean(learnt.seen[own[NAIVE]].numpy() - np.array(scores[plans[settings.scenario][NAIVE]].by_seed)),
        ),
        answers={method: _answers(learner, learnt, at[0]) for method, at in own.items()},
    )


def first_fisher(learner: Learner, learnt: Learnt, at: Sequence[int]) -> torch.Tensor:
    """Returns the Fisher information after the first task of the runs `at`, which are of EWC (runs, parameters), in the order of GROUPS."""
    weighed = [place for place, run in enumerate(learner.runs) if run.method == EWC]
    return _flat({name: learnt.first_fisher[name] for name in GROUPS})[[weighed.index(one) for one in at]]


def top_count(parameters: int) -> int:
    """Returns how many of the parameters are the TOP share, at least one."""
    return max(1, round(TOP * parameters))


def _decades(fisher: torch.Tensor) -> float:
    """Powers of ten from the median of the parameters (parameters,) that have any information to the least of the top ones; 0 without any."""
    known = fisher[fisher > 0]
    if not len(known):
        return 0.0
    return float(torch.log10(fisher.topk(top_count(len(fisher))).values.clamp_min(known.min())[-1] / known.median()))


def _corrected(
    settings: Settings, learner: Learner, learnt: Learnt, places: dict[Cell, list[int]], scores: dict[Cell, Score]
) -> Corrected | None:
    """EWC as it should be beside this run's, where that makes a mistake."""
    cells = corrected(settings)
    if not cells:
        return None
    right = next(cell for cell in cells if cell[2] == float(settings.strength))
    fisher = first_fisher(learner, learnt, places[right])
    ours, theirs = (learnt.matrices[places[cell]].numpy() for cell in ((*right[:3], settings.fisher), right))

    def paired(metric: Callable[[NDArray[np.float64]], float]) -> Mean:
        return mean([metric(one) - metric(other) for one, other in zip(ours, theirs, strict=True)])

    return Corrected(
        tuple(Swept(cell[2], scores[cell]) for cell in cells),
        mean((fisher.topk(top_count(fisher.shape[1]), 1).values.sum(1) / fisher.sum(1).clamp_min(1e-30)).numpy()),
        paired(metrics.average_accuracy),
        paired(metrics.learned),
        paired(metrics.forgetting),
    )


def _score(learner: Learner, learnt: Learnt, at: Sequence[int], naive: Sequence[int]) -> Score:
    run = learner.runs[at[0]]
    matrices = learnt.matrices[list(at)].numpy()
    before = learnt.before[list(at)].numpy()

    def over(values: Iterable[float]) -> Mean:
        return mean(list(values))

    average = np.array([metrics.average_accuracy(one) for one in matrices])
    compared = np.array([metrics.average_accuracy(one) for one in learnt.matrices[list(naive)].numpy()])
    kept = [learnt.kept[one] for one in at]
    rows, texts = _remembered(learner, run, kept)
    return Score(
        average=over(average),
        forgetting=over(metrics.forgetting(one) for one in matrices),
        backward=over(metrics.backward_transfer(one) for one in matrices),
        forward=None
        if run.scenario == CLASS
        else over(metrics.forward_transfer(one, start) for one, start in zip(matrices, before, strict=True)),
        anytime=over(metrics.anytime_accuracy(one) for one in matrices),
        learned=over(metrics.learned(one) for one in matrices),
        first=over(matrices[:, -1, 0]),
        newest=over(matrices[:, -1, -1]),
        dip=over(learnt.dip[list(at)].numpy() - matrices[:, 1, 0]),
        told=over(learnt.told[list(at)].numpy().mean(1)) if run.scenario == CLASS else None,
        against=None if run.method == NAIVE else over(average - compared),
        by_seed=tuple(map(float, average)),
        matrix=tuple(tuple(map(float, row)) for row in matrices.mean(0)),
        bytes=rows if run.method in (REPLAY, JOINT) else _network_bytes(learner, run.method),
        text_bytes=texts,
    )


def _network_bytes(learner: Learner, method: str) -> int:
    """EWC keeps two numbers for each parameter (importance and centre), distillation one: the old network."""
    parameters = sum(parameter[0].numel() for parameter in learner.stack.parameters())
    return {EWC: 2, LWF: 1}.get(method, 0) * parameters * replay.FLOAT


def _remembered(learner: Learner, run: Run, kept: Sequence[torch.Tensor]) -> tuple[int, int | None]:
    """Bytes of the old examples as features and, mean over seeds, as text; for joint training those of all earlier tasks."""
    if run.method not in (REPLAY, JOINT):
        return 0, None
    stream = learner.stream
    if run.method == JOINT:
        kept = [torch.nonzero(learner.stages[at] < TASKS - 1)[:, 0] for at, one in enumerate(learner.runs) if one.method == JOINT and one.scenario == run.scenario]  # fmt: skip
    texts = [replay.bytes_as_text(stream.sizes[rows]) for rows in kept]
    return replay.bytes_as_features(len(kept[0]), stream.features.shape[1]), round(sum(texts) / len(texts))


def _flat(parameters: dict[str, torch.Tensor]) -> torch.Tensor:
    """All parameters of each run in one row (runs, parameters)."""
    return torch.cat([parameters[name].flatten(1) for name in GROUPS], 1)


def _distances(
    learnt: Learnt, at: Sequence[int], fisher: torch.Tensor, top: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Root mean square distances of the `top` parameters and of the rest (seeds,); `fisher` (seeds, parameters) of the same seeds."""
    squares = (_flat(dict(learnt.last)) - _flat(dict(learnt.first)))[list(at)].double() ** 2
    chosen = torch.zeros_like(squares, dtype=torch.bool).scatter_(1, fisher.topk(top, 1).indices, True)
    important, rest = (((squares * part).sum(1) / part.sum(1)).sqrt().numpy() for part in (chosen, ~chosen))
    return important, rest


def _answers(learner: Learner, learnt: Learnt, at: int) -> tuple[Answer, ...]:
    """The likeliest answer after each task; where two outputs are shared, it is named by the newest task's class."""
    found = []
    for stage in range(TASKS):
        likeliest = int(learnt.answers[at, stage].argmax())
        if learner.runs[at].scenario == DOMAIN:
            name = learner.stream.names[int(learner.order[at, stage, likeliest])]
        else:
            name = learner.stream.names[likeliest]
        found.append(Answer(name, float(learnt.answers[at, stage, likeliest])))
    return tuple(found)
