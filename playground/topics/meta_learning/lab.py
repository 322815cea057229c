"""Topic 19: starts that learn new tasks in a step, found by five methods, on sines and on texts; the language model learns the same texts in context."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playground.lab.bench import Bench
from playground.lab.panels import Lines
from playground.lab.shared_controls import REVIEW
from playground.lab.text import Label, Text
from playground.lab.topic import Group, Topic
from playground.language.scripts import main_language
from playground.language.sentence_vectors import readable
from playground.topics.meta_learning import cases, experiment, interview, joint, maml, panels, reptile
from playground.topics.meta_learning.cost import cost
from playground.topics.meta_learning.findings import Findings
from playground.topics.meta_learning.in_context import Reader
from playground.topics.meta_learning.maml import Tasks
from playground.topics.meta_learning.meta_training import Stack
from playground.topics.meta_learning.points import read_points
from playground.topics.meta_learning.reviews import nearest_mean, read_pools
from playground.topics.meta_learning.settings import Result, Settings


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the sines' curves while they train, what they do on unseen tasks, then the texts', and at last the language model's."""
    points = read_points(settings.points)
    lm = bench.lm()
    own = " ".join(readable(lm, settings.text, "text", REVIEW).split())
    reader = Reader(lm, main_language(own))
    roles = panels.roles(settings.a, settings.b)

    stack = experiment.sine_stack(settings)
    batches = experiment.sine_batches(settings)
    told = Text(zh="正弦：{step} / {of} 步", en="sines: step {step} of {of}")
    for drawn in _watched(stack, batches, settings.steps, bench, (0.02, 0.4), told, roles, panels.LOSS):
        yield Result(training=drawn)
    scores = experiment.sine_scores(settings, stack, bench.checkpoint)
    fits = experiment.fits(settings, stack, points)
    yield Result(
        curves=panels.curves(experiment.curves(settings, stack), settings.a, settings.b),
        yours=panels.yours(experiment.curves(settings, stack, points), roles),
    )
    measured = experiment.times(settings, stack, batches[0](0))

    bench.progress(0.5, Text(zh="把评论变成特征", en="turning reviews into features"))
    pools = read_pools(reader.lm, reader.language, settings.unseen_texts, own)
    text_stack = experiment.text_stack(settings)
    batches = experiment.text_batches(settings, pools)
    told = Text(zh="文本：{step} / {of} 步", en="texts: step {step} of {of}")
    for drawn in _watched(
        text_stack, batches, settings.text_steps, bench, (0.55, 0.75), told, roles,
        Text(zh="交叉熵（纳特）", en="cross-entropy (nats)"),
    ):  # fmt: skip
        yield Result(text_training=drawn)
    given = experiment.prompted(settings, pools, reader)
    texts = experiment.text_scores(settings, text_stack, pools, given, batches[1])

    asked = Text(zh="语言模型：第 {n} / {of} 个提示", en="language model: prompt {n} of {of}")
    of = 2 * settings.prompts
    in_context, prompt = experiment.ask(
        settings, reader, given, own, lambda n: bench.progress(0.75 + 0.25 * n / of, asked.format(n=n + 1, of=of))
    )
    found = Findings(
        seeds=settings.seeds,
        tasks=experiment.UNSEEN_TASKS,
        shots=settings.shots,
        inner_steps=settings.inner_steps,
        reptile_steps=settings.reptile_steps,
        rate=settings.inner_rate,
        unseen=settings.unseen,
        labels=settings.labels,
        unseen_texts=settings.unseen_texts,
        language=reader.language.value,
        ways=settings.ways,
        text_shots=settings.text_shots,
        scores=scores,
        rates=experiment.rates(settings),
        points=len(points),
        fits=fits,
        texts=texts,
        in_context=in_context,
        passes=experiment.passes(settings),
        measured=measured,
    )
    yield Result(
        findings=found,
        by_step=panels.by_step(found, roles),
        methods=panels.methods(found),
        fits=panels.fits(found),
        rates=panels.rates(found, roles),
        cost=panels.cost(found),
        text_by_step=panels.text_by_step(found, roles),
        texts=panels.texts(found),
        in_context=panels.in_context(found),
        answers=panels.answers(found),
        prompt=panels.prompt(prompt, reader.question(own)),
    )


def _watched(
    stack: Stack, batches: tuple[Callable[[int], Tasks], Tasks], of: int, bench: Bench, span: tuple[float, float],
    told: Text, roles: dict[str, str], label: Label,
) -> Iterator[Lines]:  # fmt: skip
    """Trains a stack, and yields its training curves each time they grow."""
    steps: list[int] = []
    losses: dict[str, list[list[float]]] = {}
    for step, found in experiment.looks(stack, batches, bench.checkpoint):
        steps.append(step)
        for method, row in found.items():
            losses.setdefault(method, []).append(row)
        bench.progress(span[0] + (span[1] - span[0]) * step / of, told.format(step=step, of=of))
        yield panels.training(steps, losses, roles, label)


TOPIC = Topic(
    number=19,
    slug="meta-learning",
    title=Text(zh="元学习", en="Meta-learning"),
    group=Group.LEARNING,
    settings=Settings,
    result=Result,
    leads=("training", "by_step", "methods", "curves"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("methods", "texts", "in_context"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(maml.adapt, maml.maml_gradient, reptile.reptile_gradient, joint.joint_gradient, maml.backward_passes, nearest_mean, Reader.probabilities),
)  # fmt: skip
