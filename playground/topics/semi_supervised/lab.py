"""Topic 21: a few labels and many texts without, by three methods; what unlabelled data gain, and when they do harm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from playground.lab.bench import Bench
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Topic
from playground.statistics.intervals import Mean, mean, share
from playground.topics.semi_supervised import cases, interview, panels
from playground.topics.semi_supervised.buying import AT_RANDOM, UNCERTAIN, buy, purchases
from playground.topics.semi_supervised.consistency import distort, match
from playground.topics.semi_supervised.cost import cost
from playground.topics.semi_supervised.findings import CONSISTENCY, SELF, SPREADING, Findings, Method
from playground.topics.semi_supervised.label_spreading import neighbour_graph, normalised, purity, spread, spread_labels
from playground.topics.semi_supervised.pool import Pool, Start, draw, embed, read_pool
from playground.topics.semi_supervised.scoring import (
    accuracies,
    at_noise,
    at_threshold,
    choose_on_test,
    compare_purchases,
    count_classes,
    score,
)
from playground.topics.semi_supervised.self_training import Round, self_train
from playground.topics.semi_supervised.settings import Result, Settings
from playground.topics.semi_supervised.softmax_regression import fit, probabilities

THRESHOLDS = (0.6, 0.8, 0.9, 0.95)
NOISES = (0.0, 0.2, 0.4)
Runs = list[list[Round]]


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields self-training round by round, then the other methods, then its thresholds, noisy starts and purchases."""
    lm, language = bench.lm(), Language(settings.reviews)
    words = Text(zh="读评论：{n} 条", en="reading reviews: {n}")
    pool = read_pool(
        lm, language, settings.task, settings.labelled + settings.unlabelled, lambda done: bench.progress(0.0, words.format(n=done))
    )  # fmt: skip
    starts = [
        draw(pool.labels, settings.labelled, settings.noise, 1000 * settings.seed + number)
        for number in range(settings.seeds)
    ]
    graph = neighbour_graph(pool.features)
    within = purity(graph, pool.labels)
    chance = float((np.bincount(pool.labels) ** 2).sum() / len(pool.labels) ** 2)
    everything = fit(pool.features, pool.labels, len(pool.classes))
    all_labels = share(probabilities(everything, pool.held_out).argmax(1) == pool.held_out_labels)
    yield Result(figures=panels.figures(pool, starts[0], within, chance, settings))

    runs: dict[str, Runs] = {}
    methods: dict[str, Method] = {}
    base: list[float] = []
    for runs[SELF] in _in_step(
        [_self_training(pool, start, settings, settings.threshold) for start in starts], bench, 0.1, 0.2
    ):
        base = base or accuracies(pool, runs[SELF], 0)
        methods[SELF] = score(pool, starts, runs[SELF], base)
        yield Result(rounds=panels.rounds(methods, mean(base), all_labels))
    before = [rounds[0].answers for rounds in runs[SELF]]

    matrix = normalised(graph)
    runs[SPREADING] = list(
        _in_step(
            [spread_labels(pool, matrix, start, threshold=settings.threshold, rounds=settings.rounds) for start in starts],
            bench, 0.2, 0.3,
        )
    )[-1]  # fmt: skip
    methods[SPREADING] = score(pool, starts, runs[SPREADING], base)
    characters = _characters(pool, starts)
    yield Result(rounds=panels.rounds(methods, mean(base), all_labels))

    told = Text(zh="改写评论：{n} 条", en="distorting reviews: {n}")
    views = distort(pool.texts, language, settings.seed, lambda done: bench.progress(0.3, told.format(n=done)))
    placed = pool.place(embed(lm, views, lambda done: bench.progress(0.4, words.format(n=done))))
    runs[CONSISTENCY] = [[rounds[0]] for rounds in runs[SELF]]
    control = mean(base)
    for trained in match(
        pool, placed, starts, threshold=settings.threshold, rounds=settings.rounds,
        weight=settings.weight, seed=settings.seed, tell=bench.checkpoint,
    ):  # fmt: skip
        for rounds, new in zip(runs[CONSISTENCY], trained.rounds, strict=True):
            rounds.append(new)
        methods[CONSISTENCY] = score(pool, starts, runs[CONSISTENCY], base)
        control = mean((trained.control == pool.held_out_labels).mean(1))
        yield Result(rounds=panels.rounds(methods, mean(base), all_labels))
    chosen = runs[settings.method]
    by_class = count_classes(pool, chosen, before)
    yield Result(
        compared=panels.compared(methods, mean(base), characters, control, all_labels, settings.method),
        plane=panels.plane(pool, starts[0], chosen[0], settings),
        classes=panels.classes(by_class),
        examples=panels.examples(pool, starts[0], chosen[0][-1]),
    )

    swept = {settings.threshold: runs[SELF]}
    for number, threshold in enumerate(THRESHOLDS):
        bench.progress(0.5 + 0.05 * number, Text(zh="阈值 {t}", en="threshold {t}").format(t=threshold))
        if threshold not in swept:
            swept[threshold] = _finish(
                [_self_training(pool, start, settings, threshold) for start in starts], bench
            )  # fmt: skip
    thresholds = tuple(at_threshold(pool, starts, swept[threshold], threshold) for threshold in sorted(swept))
    leak = choose_on_test(
        np.array(
            [
                [rounds.answers == pool.held_out_labels for threshold in sorted(swept) for rounds in swept[threshold][seed]]
                for seed in range(settings.seeds)
            ]
        )
    )  # fmt: skip
    yield Result(thresholds=panels.thresholds(thresholds), leak=panels.leak(leak))

    noises = []
    for number, noise in enumerate(sorted({*NOISES, settings.noise})):
        bench.progress(0.75 + 0.05 * number, Text(zh="起始错误率 {n}", en="noise {n}").format(n=f"{noise:.0%}"))
        noisy = starts if noise == settings.noise else [
            draw(pool.labels, settings.labelled, noise, 1000 * settings.seed + at) for at in range(settings.seeds)
        ]  # fmt: skip
        found = runs[SELF] if noise == settings.noise else _finish(
            [_self_training(pool, start, settings, settings.threshold) for start in noisy], bench
        )  # fmt: skip
        noises.append(at_noise(pool, noisy, found, noise))
    yield Result(noises=panels.noises(noises))

    bench.progress(0.95, Text(zh="买标签", en="buying labels"))
    counts = purchases(len(starts[0].rows), settings.bought, len(starts[0].rest))
    sure, random = (
        [buy(pool, start, counts, how, settings.seed + at, bench.checkpoint) for at, start in enumerate(starts)]
        for how in (UNCERTAIN, AT_RANDOM)
    )
    buying = compare_purchases(pool, counts, sure, random, methods[settings.method].last.value)
    yield Result(
        findings=Findings(
            reviews=settings.reviews,
            task=settings.task,
            classes=pool.classes,
            labelled=len(starts[0].rows),
            unlabelled=len(starts[0].rest),
            asked=settings.unlabelled,
            held_out=len(pool.held_out_labels),
            seeds=settings.seeds,
            chosen=settings.method,
            labels_only=mean(base),
            characters=characters,
            control=control,
            all_labels=all_labels,
            methods=methods,
            thresholds=thresholds,
            noises=tuple(noises),
            buying=buying,
            leak=leak,
            by_class=by_class,
            purity=within,
            chance=chance,
        ),
        bought=panels.bought(buying, methods[settings.method].last, settings.method),
    )


def _self_training(pool: Pool, start: Start, settings: Settings, threshold: float) -> Iterator[Round]:
    return self_train(
        pool, start, threshold=threshold, rounds=settings.rounds, keep=settings.keep, balanced=settings.balanced
    )


def _in_step(seeds: Sequence[Iterator[Round]], bench: Bench, first: float, last: float) -> Iterator[Runs]:
    """Advances every seed by a round at a time; yields the rounds so far."""
    found: Runs = [[] for _ in seeds]
    words = Text(zh="第 {n} 轮", en="round {n}")
    number = 0
    while True:
        bench.progress(first + (last - first) * number / (number + 3), words.format(n=number))
        for rounds, seed in zip(found, seeds, strict=True):
            bench.checkpoint()
            new = next(seed, None)
            if new is None:
                return
            rounds.append(new)
        if number:
            yield found
        number += 1


def _finish(seeds: Sequence[Iterator[Round]], bench: Bench) -> Runs:
    found: Runs = []
    for seed in seeds:
        found.append([])
        for new in seed:
            bench.checkpoint()
            found[-1].append(new)
    return found


def _characters(pool: Pool, starts: Sequence[Start]) -> Mean:
    """Accuracy of labels only on TF-IDF of character n-grams, whose vocabulary is the pool's: nothing pre-trained."""
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    rows = vectorizer.fit_transform(pool.texts)
    held_out = vectorizer.transform(pool.held_out_texts)
    found = []
    for start in starts:
        model = LogisticRegression(C=10.0, max_iter=200).fit(rows[start.rows], start.given)
        found.append(float((model.predict(held_out) == pool.held_out_labels).mean()))
    return mean(found)


TOPIC = Topic(
    number=21,
    slug="semi-supervised",
    title=Text(zh="半监督学习", en="Semi-supervised learning"),
    group=Group.LEARNING,
    settings=Settings,
    result=Result,
    leads=("compared", "rounds", "thresholds", "plane"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("compared", "thresholds", "bought"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    text_field="",
    code=(self_train, spread, spread_labels, match, buy, choose_on_test),
)
