"""Topic 20: tasks learnt one after another by five methods, what is forgotten of the earlier ones, and what remembering costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from playground.lab.bench import Bench
from playground.lab.shared_controls import REVIEW
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.language.sentence_vectors import readable
from playground.topics.continual import cases, ewc, experiment, interview, metrics, panels, replay
from playground.topics.continual.cost import cost
from playground.topics.continual.learner import Learner, Learnt, Moment, Recipe
from playground.topics.continual.settings import Result, Settings
from playground.topics.continual.stream import TASKS, choose_order, features_of, read_stream
from playground.topics.continual.without_forgetting import distillation


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the curves while everything trains, then the findings with all other panels."""
    lm = bench.lm()
    text = features_of(lm, [readable(lm, settings.text, "text", REVIEW)])
    bench.progress(0.02, Text(zh="把评论变成特征", en="turning reviews into features"))
    stream = read_stream(lm, settings.tasks, settings.examples)
    runs = experiment.plan(settings)
    orders = {one.seed: choose_order(stream.kinds, settings.order == "shuffled", one.seed) for one in runs}
    recipe = Recipe(settings.steps, settings.width, settings.temperature)
    learner = Learner(stream, runs, orders, recipe, text)
    shown = {
        method: [at for at, one in enumerate(runs) if (one.scenario, one.method, one.strength, one.fisher) == cell]
        for method, cell in experiment.cells(settings)[settings.scenario].items()
    }
    roles = {settings.b: "b", settings.a: "a"}
    steps: list[int] = []
    first: dict[str, list[list[float]]] = {method: [] for method in shown}
    so_far: dict[str, list[list[float]]] = {method: [] for method in shown}
    learnt: Learnt | None = None
    for moment in learner.learn(bench.checkpoint):
        if isinstance(moment, Learnt):
            learnt = moment
            break
        steps.append(moment.step)
        _add(moment.accuracy, shown, first, 1)
        words = Text(zh="{n} 个网络同时学任务 {task} / {of}", en="{n} networks at once, task {task} of {of}").format(
            n=len(runs), task=min(moment.learnt + 1, TASKS), of=TASKS
        )
        bench.progress(0.05 + 0.9 * moment.step / (TASKS * settings.steps), words)
        if _finished(moment, settings.steps):
            _add(moment.accuracy, shown, so_far, moment.learnt)
            yield Result(curves=panels.curves(steps, first, roles), average=panels.average(so_far, roles))
        else:
            yield Result(curves=panels.curves(steps, first, roles))
    assert learnt is not None
    found = experiment.sum_up(settings, learner, learnt)
    yield Result(
        findings=found,
        methods=panels.methods(found),
        matrix=panels.matrix(found, settings.a, settings.b),
        plane=panels.plane(found),
        sweep=panels.sweep(found),
        scenarios=panels.scenarios(found),
        fisher=panels.fisher(found, settings.fisher),
        parameters=panels.parameters(
            experiment.first_fisher(learner, learnt, shown["ewc"][:1])[0].numpy(), found, settings.fisher
        ),
        moved=panels.moved(found),
        log=panels.log(found),
        orders=panels.orders(found),
        answers=panels.answers(found),
        data=panels.data(found),
    )


def _finished(moment: Moment, steps: int) -> bool:
    return moment.step == moment.learnt * steps


def _add(
    accuracy: Tensor,
    shown: dict[str, Sequence[int]] | dict[str, list[int]],
    rows: dict[str, list[list[float]]],
    tasks: int,
) -> None:
    """Appends each method's mean accuracy on the first `tasks` tasks, a number for each seed."""
    for method, at in shown.items():
        rows[method].append(accuracy[list(at), :tasks].mean(1).tolist())


TOPIC = Topic(
    number=20,
    slug="continual",
    title=Text(zh="持续学习", en="Continual learning"),
    group=Group.LEARNING,
    settings=Settings,
    result=Result,
    leads=("curves", "average", "methods", "matrix"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("average", "methods"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(ewc.fisher, ewc.Quadratic, metrics.forgetting, metrics.backward_transfer, metrics.forward_transfer, replay.keep, distillation, Learner.learn),
)  # fmt: skip
