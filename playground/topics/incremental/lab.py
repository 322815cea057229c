"""Topic 12: one update of a trained network with new data, what it forgets, what it costs, and what a merge gives back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from playground.lab.bench import Bench
from playground.lab.shared_controls import REVIEW
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.language.sentence_vectors import readable
from playground.topics.incremental import cases, experiment, interview, panels, summary, updating, words
from playground.topics.incremental.corpus import features_of, read_shift
from playground.topics.incremental.cost import cost
from playground.topics.incremental.experiment import Done, Trainer
from playground.topics.incremental.settings import Result, Settings


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the data, the curves while everything trains, then the findings with all other panels."""
    lm = bench.lm()
    text = features_of(lm, [readable(lm, settings.text, "text", REVIEW)])
    bench.progress(0.02, Text(zh="把评论变成特征", en="turning reviews into features"))
    shift = read_shift(lm, settings.data, settings.lines)
    own = bool(settings.lines.strip())
    yield Result(datasets=panels.datasets(shift, settings.examples, own))
    trainer = Trainer(settings, shift, text)
    plan = experiment.plan(settings)
    bench.progress(0.05, Text(zh="训练底座", en="training the bases"))
    shown = {
        name: [at for at, other in enumerate(plan) if updating.same(other, one)]
        for name, one in experiment.methods(settings).items()
    }
    steps: list[int] = []
    old: dict[str, list[list[float]]] = {name: [] for name in shown}
    new: dict[str, list[list[float]]] = {name: [] for name in shown}
    done: Done | None = None
    for moment in trainer.train(bench.checkpoint):
        if isinstance(moment, Done):
            done = moment
            break
        steps.append(moment.step)
        _add(moment.old, shown, old)
        _add(moment.new, shown, new)
        bench.progress(
            0.2 + 0.6 * moment.step / settings.steps,
            Text(zh="{n} 个网络同时更新，第 {step} / {of} 步", en="{n} networks at once, step {step} of {of}").format(
                n=len(plan), step=moment.step, of=settings.steps
            ),
        )
        yield Result(old=panels.curves(steps, old), new=panels.curves(steps, new))
    assert done is not None
    bench.progress(0.85, Text(zh="词表加行", en="adding rows to the vocabulary"))
    grown = words.grow(shift, settings.examples, settings.width, trainer.seeds, bench.checkpoint)
    found = summary.sum_up(trainer, done, grown)
    yield Result(
        findings=found,
        methods=panels.methods(found),
        cost=panels.cost(found),
        ranks=panels.ranks(found),
        shares=panels.shares(found),
        merges=panels.merges(found),
        drift=panels.drift(found),
        paces=panels.paces(found),
        probe=panels.probe(found),
        vocabulary=panels.vocabulary(found),
        words=panels.words(found),
        answers=panels.answers(found),
    )


def _add(accuracies: Tensor, shown: dict[str, list[int]], rows: dict[str, list[list[float]]]) -> None:
    """Appends each method's accuracies, a number for each seed."""
    for name, at in shown.items():
        rows[name].append(_chosen(accuracies, at))


def _chosen(accuracies: Tensor, at: Sequence[int]) -> list[float]:
    return [float(value) for value in accuracies[list(at)]]


TOPIC = Topic(
    number=12,
    slug="incremental",
    title=Text(zh="增量训练", en="Incremental training"),
    group=Group.LEARNING,
    settings=Settings,
    result=Result,
    leads=("old", "new", "methods", "cost"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("old", "new", "methods", "merges"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    asides=cases.ASIDES,
    code=(updating.Updated, updating.follow, updating.pace, updating.old_rows, updating.merge, Trainer.train, words.grow),
)  # fmt: skip
