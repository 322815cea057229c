"""The sentiment of two texts by several methods, what the probe's answers rest on, and how often each method is right.

Knows nothing of how a method judges.
"""

from __future__ import annotations

from collections.abc import Iterator

from playground.explanation.agreement import rank_correlation
from playground.explanation.attention import target_panel
from playground.explanation.attribution import Weights
from playground.explanation.lime_text import ROUNDS, lime
from playground.explanation.occlusion import leave_one_out
from playground.explanation.striking import strikable
from playground.explanation.values import class_target
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.topic import Group, Sequel, Topic
from playground.language.scripts import main_language
from playground.learning import sentiment
from playground.topics.sentiment import cases, interview, panels, striking
from playground.topics.sentiment.change import as_typed, change
from playground.topics.sentiment.clauses import judge_clauses
from playground.topics.sentiment.contributions import lime_rounds, shapley_values, units_of
from playground.topics.sentiment.cost import cost
from playground.topics.sentiment.findings import attend, explain, find
from playground.topics.sentiment.lexicon import hits
from playground.topics.sentiment.methods import METHODS, challenged, count_hits, count_pairs, quick, slow
from playground.topics.sentiment.prompted import ask, priors
from playground.topics.sentiment.settings import Result, Settings


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the probe's answer first, then its explanations, then the other methods and the hard sentences."""
    bench.progress(0.0, Text(zh="准备权重", en="preparing the weights"))
    lm = bench.lm(settings.weights, settings.text)
    b = as_typed(settings.other) if settings.other.strip() else change(settings.text, settings.change)
    texts = [settings.text, b.text]
    found: dict[str, tuple[float, float]] = {}
    yield Result(change=panels.two_texts(settings.text, b), leakage=panels.leakage(), learned=panels.learned_from())
    # Everything about the probe is asked through the target, which remembers: a text has one probability in all panels.
    target = class_target(lm, sentiment.load(), "positive")
    for name, values in quick(lm, texts, target.value):
        found[name] = (float(values[0]), float(values[1]))
        bench.progress(0.02 + 0.03 * len(found), _asking(len(found)))
        yield Result(answers=panels.answers(found), probabilities=panels.probabilities(found))

    yield Result(reliability=panels.reliability(texts, found["probe"]))
    parts = [units_of(text, settings.unit, lm) for text in texts]
    alone = [leave_one_out(part, target.value) for part in parts]
    yield Result(occlusion=panels.attributions(panels.LEAVE_ONE_OUT, target.label, parts, alone, b))

    def agreements(weights: list[Weights]) -> list[float | None]:
        return [rank_correlation(one.weights, other.weights) for one, other in zip(weights, alone, strict=True)]

    by_lime: list[Weights] = []
    for number, by_lime in enumerate(lime_rounds(lm, parts, target.value, settings.samples, settings.seed), 1):
        bench.progress(0.2 + 0.35 * number / ROUNDS, Text(zh="LIME：第 {n} 轮", en="LIME: round {n}").format(n=number))
        yield Result(lime=panels.attributions("LIME", target.label, parts, by_lime, b, agreements(by_lime)))

    clauses = judge_clauses(texts, target.value)
    yield Result(clauses=panels.by_clause(clauses, b))
    bench.progress(0.6, Text(zh="记录 {layers} 层 × {heads} 头的注意力", en="recording attention, {layers} layers × {heads} heads").format(
        layers=target.layer, heads=lm.heads))  # fmt: skip
    passes = [target_panel(lm, target, text) for text in texts]
    attended = [attend(weights, target.prompt(text)[1]) for text, (_, weights) in zip(texts, passes, strict=True)]
    marked = [
        strikable(panel, lm, part, target.prompt(text)[1].start, field)
        for (panel, _), part, text, field in zip(passes, parts, texts, panels.STRIKES, strict=True)
    ]
    yield Result(attention=panels.attention(marked[0], marked[1], b))

    fair: list[Weights] = []
    for side, part in enumerate(parts):
        bench.progress(
            0.65 + 0.1 * side, Text(zh="Shapley 值：{n} 个单元", en="Shapley values of {n} units").format(n=len(part))
        )
        fair.append(shapley_values(lm, part, target.value, settings.seed))
    yield Result(shapley=panels.attributions("Shapley", target.label, parts, fair, b, agreements(fair)))

    bench.progress(0.8, Text(zh="载入朴素贝叶斯与 SnowNLP", en="loading naive Bayes and SnowNLP"))
    for name, values in slow(texts):
        found[name] = (float(values[0]), float(values[1]))
        bench.progress(0.8 + 0.02 * len(found), _asking(len(found)))
        yield Result(answers=panels.answers(found), probabilities=panels.probabilities(found))
    bench.progress(0.95, Text(zh="让每种方法判断 30 个难句", en="every method judges the 30 hard sentences"))
    language = main_language(settings.text).value
    judged = challenged(lm, language)
    hard_sentences, pairs = count_hits(judged, language), count_pairs(judged, language)
    explained = [explain(*methods) for methods in zip(parts, alone, by_lime, fair, strict=True)]
    yield Result(
        findings=find(settings.text, b, found, clauses, explained, attended, priors(lm), hard_sentences, pairs),
        answers=panels.answers(found, hard_sentences),
        challenge=panels.challenge(hard_sentences, pairs),
    )


def _asking(count: int) -> Text:
    return Text(zh="第 {n} 种方法，共 {of} 种", en="method {n} of {of}").format(n=count, of=len(METHODS))


TOPIC = Topic(
    number=29,
    slug="sentiment",
    title=Text(zh="情感分析", en="Sentiment"),
    group=Group.UNDERSTANDING,
    settings=Settings,
    result=Result,
    leads=("change", "answers", "probabilities", "lime"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("answers", "probabilities"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    sequel=Sequel(striking.whole, striking.without, panels.struck),
    code=(sentiment.SentimentProbe.probabilities, ask, change, hits, lime),
)
