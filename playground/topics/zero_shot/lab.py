"""Topic 17: a text classified by labels of the visitor's own without training, under 24 templates, with five ways to remove the prior."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Sequel, Topic
from playground.topics.zero_shot import cases, interview, panels, striking
from playground.topics.zero_shot.calibration import (
    CONTENT_FREE,
    classify,
    domain_texts,
    of_classes,
    premise,
    priors,
)
from playground.topics.zero_shot.cost import cost
from playground.topics.zero_shot.embedding import vector_logs
from playground.topics.zero_shot.explaining import explain, read
from playground.topics.zero_shot.findings import Competition, Findings
from playground.topics.zero_shot.judging import assign, judge, levels, pick, prior
from playground.topics.zero_shot.label_scores import LabelScorer, Tree
from playground.topics.zero_shot.settings import Result, Settings
from playground.topics.zero_shot.templates import Template, templates
from playground.topics.zero_shot.verbalizer import Verbalizer

Numbers = NDArray[np.float64]
SHOWN_TOKENS = 8
# Tokens through the model: some minutes on a slow processor.
MOST_COST = 40_000


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the visitor's text by the raw score, then its calibrations, then accuracies on the labelled texts, and LIME last."""
    labels, chosen, language, own = read(settings)
    fixed = templates(labels, language)
    every = fixed if own in fixed else (*fixed, own)
    place = every.index(own)
    lm = bench.lm()
    scorer = LabelScorer(lm, labels.all_words, language, bench.checkpoint)
    empty = [*CONTENT_FREE, *domain_texts(chosen.texts, settings.seed, "" if language is Language.ZH else " ")]
    _afford(scorer.cost([settings.text, *empty, *chosen.texts], every))

    text = scorer.score([settings.text], every)
    mine = classify(text, labels.owners, scorer.lengths, {})
    competition = compete(settings.text, scorer, labels, own)
    yield Result(
        answers=panels.answers({name: np.exp(logs[place, 0]).tolist() for name, logs in mine.items()}, labels.names),
        competition=panels.competition(competition, labels.names),
    )

    bench.progress(0.1, Text(zh="没有内容的输入", en="inputs without content"))
    bare = scorer.score(empty, every)
    alone = _premises(scorer, every)
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        bench.progress(
            0.2 + 0.6 * min(1.0, done / len(chosen)),
            Text(zh="读过 {n} / {all} 条文本", en="{n} of {all} texts read").format(n=done, all=len(chosen)),
        )

    words = scorer.score(chosen.texts, every, tell)
    owners = labels.owners
    known = of_classes(bare, owners)
    found = priors(
        known[:, : len(CONTENT_FREE)], known[:, len(CONTENT_FREE) :], of_classes(alone, owners), of_classes(words, owners)
    )  # fmt: skip
    logs = classify(words, owners, scorer.lengths, found)
    mine = classify(text, owners, scorer.lengths, found)
    gold = np.array(chosen.classes) if chosen.labelled else None
    count = len(fixed)
    methods = {
        name: judge(logs[name][:count], mine[name][:, 0], gold, place, None if name == "raw" else logs["raw"][:count])
        for name in logs
    }
    near = vector_logs(lm, [settings.text, *chosen.texts], labels.words, settings.vectors)
    methods["vectors"] = judge(near[None, 1:], near[:1], gold, 0, logs["raw"][:count])
    fixed_logs = {name: logs[name][:count] for name in dict.fromkeys(("raw", settings.method))}
    findings = Findings(
        labels=labels.names,
        words=labels.words,
        language=str(language),
        texts=len(chosen),
        labelled=chosen.labelled,
        other=chosen.other,
        repeated=chosen.repeated,
        cut=scorer.cut([settings.text, *chosen.texts]),
        shares=() if gold is None else tuple((np.bincount(gold, minlength=len(labels)) / len(gold)).tolist()),
        templates=tuple(one.shown for one in fixed),
        chosen=own.shown,
        own=own not in fixed,
        tokens=scorer.lengths,
        text=settings.text,
        methods=methods,
        priors={name: prior(one[:count]) for name, one in found.items()},
        levels=() if gold is None else levels(fixed_logs, gold, fixed),
        competition=competition,
        assignments=None if gold is None else assign(logs["batch"][:count], gold),
        picked=None if gold is None else pick(logs["raw"][:count], gold, settings.seed),
    )
    yield Result(
        findings=findings,
        answers=panels.answers({name: one.probabilities for name, one in methods.items()}, labels.names),
        votes=panels.votes(
            {name: one.votes for name, one in methods.items() if name != "vectors"}, labels.names, count
        ),
        scores=panels.scores(methods, labels.names, len(chosen)),
        spread=panels.spread(methods),
        grid=panels.grid(methods, settings.method, fixed),
        levels=panels.levels(findings.levels, len(chosen)),
        priors=panels.priors(findings.priors, labels.names),
        semantics=panels.semantics(findings.assignments, len(chosen)),
        picked=panels.picked(findings.picked, len(chosen)),
        read=panels.read(findings, own.written(scorer.shown(settings.text))),
    )
    bench.progress(0.85, Text(zh="LIME：读扰动后的文本", en="LIME: reading perturbed texts"))
    shift = None if settings.method == "raw" else found[settings.method][place]
    explained, lime = explain(settings, scorer, labels, own, shift, findings.choice(settings.method))
    yield Result(findings=replace(findings, explained=explained), lime=lime)


def _afford(cost: int) -> None:
    if cost > MOST_COST:
        raise PlaygroundError(
            Text(
                zh="这些标签和文本要在 24 个模板下读约 {cost} 个词元，上限 {most}：请减少“测多少条文本”，或把“标签”写短。",
                en="Under 24 templates these labels and texts take about {cost} tokens; the limit is {most}. Lower “Texts to test”, or shorten"
                " “Labels”.",
            ).format(cost=cost, most=MOST_COST),
            "asked",
        )


def compete(text: str, scorer: LabelScorer, labels: Verbalizer, own: Template) -> Competition:
    """Compares the next tokens that the model itself prefers with those that begin a label; one that begins several counts once in all."""
    likely, first = scorer.next_tokens(text, own, SHOWN_TOKENS)
    begins = list(zip(scorer.first_tokens, labels.owners, strict=True))
    by_class = [{token for token, owner in begins if owner == place} for place in range(len(labels))]
    return Competition(likely, tuple(sum(first[token] for token in own) for own in by_class), sum(first.values()))


def _premises(scorer: LabelScorer, every: Sequence[Template]) -> Numbers:
    """Returns the scores (templates, words) of every template's premise, each computed once."""
    alone = [premise(one) for one in every]
    distinct = list(dict.fromkeys(alone))
    found = scorer.score([""], distinct)[:, 0]
    return np.stack([found[distinct.index(one)] for one in alone])


TOPIC = Topic(
    number=17,
    slug="zero-shot",
    title=Text(zh="零样本学习", en="Zero-shot classification"),
    group=Group.UNDERSTANDING,
    settings=Settings,
    result=Result,
    leads=("answers", "votes", "scores", "priors"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("votes", "scores"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    asides=cases.ASIDES,
    sequel=Sequel(striking.whole, striking.without, panels.struck),
    code=(LabelScorer.score, Tree.of, priors, classify, vector_logs, assign, pick),
    seconds=400.0,
)  # fmt: skip
