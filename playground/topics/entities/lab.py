"""The entities of a text by a probe with two decodings, by jieba and by a prompt; and how good each is on labelled sentences.

Knows nothing of how a method finds them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from playground.data.sets import entities as labelled_sentences
from playground.data.spans import Span
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Topic
from playground.language.scripts import main_language
from playground.language.span_scores import count
from playground.learning import entities
from playground.learning.entities import TAGS, spans_of, tags_of, units, viterbi
from playground.topics.entities import cases, interview, labelled, panels
from playground.topics.entities.cost import cost
from playground.topics.entities.findings import (
    Entity,
    Findings,
    TagCounts,
    compare_paths,
    entities_of,
    score_yours,
)
from playground.topics.entities.gold import gold_spans
from playground.topics.entities.prompted import Copying, ask
from playground.topics.entities.settings import Result, Settings
from playground.topics.entities.tagged import tagged_spans


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the probe's and jieba's entities first, then the prompted ones, then the scores on labelled sentences."""
    text = settings.text
    parts = units(text)
    if not any(any(map(str.isalnum, part.text)) for part in parts):
        raise PlaygroundError(
            Text(
                zh="文本里没有字或词，只有符号，没有可标的实体。请写一句话。",
                en="The text has no letters, only symbols, so there is nothing to mark. Write a sentence.",
            ),
            "text",
        )
    gold = gold_spans(text, settings.gold)
    language = main_language(text)
    bench.progress(0.0, Text(zh="准备权重", en="preparing the weights"))
    lm = bench.lm()
    probe = entities.load()
    scores = probe.log_probabilities(lm, [text])[0]
    paths = {
        "viterbi": probe.path(scores, settings.transition_weight),
        "argmax": [int(tag) for tag in scores.argmax(1)],
    }
    spans: dict[str, list[Span]] = {name: spans_of(path, parts) for name, path in paths.items()}
    chances = {name: [_chance(scores, span, parts) for span in spans[name]] for name in paths}
    spans["jieba"] = tagged_spans(text)

    def found() -> dict[str, tuple[Entity, ...]]:
        return {name: entities_of(text, own, chances.get(name)) for name, own in spans.items()}

    yield Result(
        marked=panels.marked(text, found()),
        probabilities=panels.probabilities(parts, scores, paths["viterbi"]),
        paths=panels.paths(parts, scores, paths["viterbi"], paths["argmax"]),
        yours=panels.yours(score_yours(gold, spans)),
    )
    yield Result(
        transitions=panels.transitions(probe),
        reading=panels.reading(probe.report),
        trained=panels.trained(probe.report),
    )
    bench.progress(0.2, Text(zh="让模型按提示列出名字", en="asking the model for names"))
    # One batch, in which both lists share the weights that are read.
    copied, free = ask(lm, [(text, True), (text, False)], language, settings.examples)
    spans["copied"], spans["free"] = list(copied.spans), list(free.spans)
    yield Result(
        marked=panels.marked(text, found()),
        yours=panels.yours(score_yours(gold, spans)),
        prompts=panels.prompts(copied, free),
    )
    bench.progress(0.8, Text(zh="在本项目的 128 句上打分", en="scoring on this project's 128 sentences"))
    own_spans = {each: labelled.own_spans(lm, each, settings.transition_weight) for each in Language}
    own = {
        str(each): {
            **{
                name: labelled.scores_of(labelled_sentences(each), own, bench.checkpoint)
                for name, own in by_method.items()
            },
            **labelled.measured().get(str(each), {}),
        }
        for each, by_method in own_spans.items()
    }
    errors = {
        name: labelled.count_errors(labelled_sentences(language), own) for name, own in own_spans[language].items()
    }
    differing, forbidden = compare_paths(paths["viterbi"], paths["argmax"])
    tags = probe.report["held_out"]
    strictly = set(spans["viterbi"])
    findings = Findings(
        language=str(language),
        methods=found(),
        units=len(parts),
        differing=differing,
        illegal=forbidden,
        listed=len(free.names),
        absent=tuple(name for _, name in free.absent),
        yours=score_yours(gold, spans),
        yours_missed=entities_of(text, [span for span in gold or () if span not in strictly]),
        own=own,
        held_out=labelled.held_out(),
        errors=errors,
        tags={
            name: TagCounts(
                tags[name]["tag_accuracy"],
                tags[name]["illegal_tags"],
                tags[name]["sentences_with_illegal_tags"],
                tags[name]["units"],
            )
            for name in labelled.PROBE_METHODS
        },
        all_outside=tags["all_O_tag_accuracy"],
        by_ahead={
            str(row["ahead"]): row["f1"]
            for row in probe.report["comparison"]["rows"]
            if row["layer"] == probe.reading.layer and row["twice"] == probe.reading.twice
        },
    )
    yield Result(
        findings=findings,
        held_out=panels.held_out(findings),
        by_kind=panels.by_kind(findings),
        schemes=panels.schemes(findings),
        errors=panels.errors(errors),
        flattering=panels.flattering(findings),
    )


def _chance(scores: entities.Scores, span: Span, parts: list[entities.Unit]) -> float:
    """Returns the probability of a span: the product of its tags'."""
    path = tags_of([span], parts)
    return float(np.exp(sum(scores[place, tag] for place, tag in enumerate(path) if TAGS[tag] != "O")))


TOPIC = Topic(
    number=30,
    slug="entities",
    title=Text(zh="命名实体识别", en="Entities"),
    group=Group.UNDERSTANDING,
    settings=Settings,
    result=Result,
    leads=("marked", "yours", "held_out", "paths"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("marked", "yours", "held_out"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    asides=cases.ASIDES,
    code=(viterbi, entities.EntityProbe.path, Copying.allowed, ask, count),
)
