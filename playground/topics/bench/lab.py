"""Topic 0, the bench: one text under two settings, and what they do to the output, the attention and the explanation."""

from __future__ import annotations

from collections.abc import Iterator

from playground.evaluation.comparison import compare, divergence_ribbon
from playground.explanation.attention import attention_panel
from playground.explanation.lime_text import ROUNDS, lime
from playground.generation.decode import decode
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.topic import Group, Sequel, Topic
from playground.topics.bench import cases, findings, interview, panels, striking
from playground.topics.bench.continuations import continue_both
from playground.topics.bench.cost import cost
from playground.topics.bench.explanations import explain_both
from playground.topics.bench.findings import Explained, Findings
from playground.topics.bench.settings import Result, Settings


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Reads, continues and explains the text on both sides, and yields each panel as soon as it is computed."""
    bench.progress(0.0, Text(zh="准备 A、B 的权重", en="preparing the weights of A and B"))
    base = bench.lm()
    a = bench.lm(settings.a.weights, settings.text)
    # Packing B's weights takes a second in a process's first run.
    yield Result(figures=panels.figures_of_a(a.weight_bytes))
    b = bench.lm(settings.b.weights, settings.text)
    ids = base.encode(settings.text)
    compared = compare(base, a, b, ids) if len(ids) > 1 else None
    reading = findings.read(a, b, ids, compared)
    yield Result(
        figures=panels.figures(reading), divergence=divergence_ribbon(base, ids, compared) if compared else None
    )

    for now in continue_both(settings, bench, a, b, ids):
        yield Result(outputs=panels.outputs(settings, a, b, now))
    generated = findings.generated(a, b, now.a, now.b)
    measured = findings.measured(now.a_seconds, now.b_seconds)
    yield Result(figures=panels.figures(reading, generated, measured))

    bench.progress(0.5, Text(zh="记录 {layers} 层 × {heads} 头的注意力", en="recording attention, {layers} layers × {heads} heads").format(
        layers=a.layers, heads=a.heads))  # fmt: skip
    attention = panels.attention(settings, a, b)
    yield Result(attention=attention)

    for number, (of_a, of_b) in enumerate(explain_both(settings, a, b)):
        bench.progress(
            0.6 + 0.4 * (number + 1) / ROUNDS,
            Text(
                zh="LIME：{samples} 个样本，其中 {distinct} 个不同", en="LIME: {samples} samples, {distinct} distinct"
            ).format(samples=of_a.weights.samples, distinct=of_a.weights.distinct),
        )
        yield Result(lime=panels.lime(settings, of_a, of_b))
    lime_a, lime_b = (findings.lime(of.weights, of.agreement) for of in (of_a, of_b))
    explained = Explained(of_a.parts.names, lime_a, lime_b, same_target=of_a.target == of_b.target)
    sinks = findings.sinks(attention.a.weights(), attention.b.weights())
    yield Result(findings=Findings(reading, generated, explained, measured, sinks))


TOPIC = Topic(
    number=0,
    slug="bench",
    title=Text(zh="工作台", en="Bench"),
    group=Group.BENCH,
    settings=Settings,
    result=Result,
    leads=("figures", "outputs", "attention", "lime"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("figures", "outputs"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    sequel=Sequel(striking.whole, striking.without, panels.struck),
    code=(run, compare, decode, attention_panel, lime),
)
