"""Topic 18: tasks that share a layer, each alone against together, under fixed weights, uncertainty weighting and gradient surgery."""

from __future__ import annotations

from collections.abc import Iterator

from playground.lab.bench import Bench
from playground.lab.shared_controls import REVIEW
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.language.sentence_vectors import readable
from playground.topics.multi_task import cases, experiment, interview, panels
from playground.topics.multi_task.cost import cost
from playground.topics.multi_task.learner import Learner, Moment
from playground.topics.multi_task.settings import Result, Settings
from playground.topics.multi_task.surgery import cosine, project_conflicts
from playground.topics.multi_task.tasks import read_corpus, tasks_of
from playground.topics.multi_task.uncertainty import uncertainty_loss


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the curves while everything trains, then the findings with all other panels."""
    lm = bench.lm()
    bench.progress(0.02, Text(zh="把评论变成特征", en="turning reviews into features"))
    corpus = read_corpus(lm)
    text = corpus.features_of(lm, [readable(lm, settings.text, "text", REVIEW)])
    tasks = tasks_of(corpus, settings.tasks, settings.length)
    plans = experiment.plan(settings, len(tasks))
    at = experiment.places(plans, settings)
    runs = [run for cell in plans.values() for run in cell]
    learner = Learner(corpus.features, tasks, runs, experiment.draw_rows(settings, tasks), settings.width)
    moments: list[Moment] = []
    for moment in learner.learn(settings.steps, settings.decay, bench.checkpoint):
        moments.append(moment)
        words = Text(zh="{n} 个网络同时训练，第 {step} / {of} 步", en="{n} networks at once, step {step} of {of}")
        bench.progress(
            0.1 + 0.85 * moment.step / settings.steps, words.format(n=len(runs), step=moment.step, of=settings.steps)
        )
        yield Result(
            first_curve=panels.curve(moments, at, tasks[0], 0),
            second_curve=panels.curve(moments, at, tasks[1], 1),
            cosine=panels.cosines(moments, at, tasks),
            weights=panels.weights(moments, at, tasks, settings.share),
        )
    found = experiment.sum_up(settings, learner, at, moments, text)
    yield Result(
        findings=found,
        together=panels.together(found),
        plane=panels.plane(found),
        budget=panels.budget(found),
        conflicts=panels.conflicts(found),
        answers=panels.answers(found, settings.text),
        data=panels.data(found),
    )


TOPIC = Topic(
    number=18,
    slug="multi-task",
    title=Text(zh="多任务学习", en="Multi-task learning"),
    group=Group.LEARNING,
    settings=Settings,
    result=Result,
    leads=("first_curve", "second_curve", "together", "plane"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("together", "budget", "conflicts"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    code=(project_conflicts, uncertainty_loss, cosine, Learner.gradients, Learner.combine, experiment.weights_of),
)
