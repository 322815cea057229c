"""A graph that is built while a text is read, and the prediction of links that the text has not made yet. Knows no drawing."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.topics.text_graph import cases, interview, panels
from playground.topics.text_graph.convolution import growth, likeness_by_depth, normalised, raw, train
from playground.topics.text_graph.cost import cost
from playground.topics.text_graph.dynamic_graph import communities, layout, pagerank, ranks_over_time, snapshots
from playground.topics.text_graph.findings import Central, Findings
from playground.topics.text_graph.links import LEAST_LINKS, adamic_adar, split_at_random, split_in_time, wins
from playground.topics.text_graph.mentions import Sentence, mentioned, read, tagged_sentences
from playground.topics.text_graph.prediction import Predicted, embeddings, one_hot, predict
from playground.topics.text_graph.rolling import roll
from playground.topics.text_graph.settings import Result, Settings

Numbers = NDArray[np.float64]
MOST_DRAWN, MOST_DRAWN_OF_PAST = 40, 30
MOST_CANDIDATES, MOST_RANKED = 120, 200
MOST_STEPS = 60
DEPTHS = (0, 1, 2, 4, 8, 16, 32)


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the drawn graph first, then who is central, then the predictions method by method."""
    bench.progress(0.0, Text(zh="断句、找节点", en="splitting sentences, finding nodes"))
    parts = tagged_sentences(settings.text)
    # A single sentence is all past: it has a graph and no future.
    cut = min(max(round(settings.past * len(parts)), 1), max(1, len(parts) - 1))
    said = read(parts, settings.nodes, cut)
    counts, of_past = mentioned(said), mentioned(said[:cut])
    _check(said, len(counts))
    # Nothing that is shown of the past but its places depends on what follows.
    candidates = tuple(word for word, _ in of_past.most_common(MOST_CANDIDATES))
    past = snapshots(said[:cut], candidates, settings.window, settings.decay, cut)[-1].weights
    past_groups = communities(past, settings.seed)
    others = [word for word, _ in counts.most_common() if word not in candidates]
    ranked = (*candidates, *others[: MOST_RANKED - len(candidates)])
    static = snapshots(said, ranked, settings.window, 1.0, len(said))[-1].weights
    if not static.any():
        raise PlaygroundError(_no_links(), "text")
    of_candidates = range(min(MOST_DRAWN_OF_PAST, len(candidates)))
    newcomers = [place for place, word in enumerate(ranked) if word not in of_past]
    of_newcomers = newcomers[: MOST_DRAWN - len(of_candidates)]
    drawn = [*of_candidates, *of_newcomers]
    names = tuple(ranked[place] for place in drawn)
    step = max(settings.step, -(-len(said) // MOST_STEPS))
    bench.checkpoint()
    groups = (*past_groups[: len(of_candidates)], *(panels.NEWCOMER for _ in of_newcomers))
    yield Result(
        graph=panels.graph(
            said,
            names,
            snapshots(said, names, settings.window, settings.decay, step),
            layout(static[np.ix_(drawn, drawn)], settings.seed),
            groups,
            cut,
            panels.not_drawn(len(names), len(counts), settings.step, step),
        )
    )
    steps = snapshots(said, ranked, settings.window, settings.decay, step)
    # The later text chooses the other words that the past mentions: they have no rank at the cut.
    at_cut = snapshots(said[:cut], candidates, settings.window, settings.decay, cut)
    ranks = ranks_over_time(steps)
    bench.checkpoint()
    central = _central(
        said,
        ranked,
        np.pad(ranks_over_time(at_cut)[0], (0, len(ranked) - len(candidates))),
        ranks[-1],
        pagerank(static),
    )
    not_ranked = panels.not_ranked(len(ranked), len(counts))
    yield Result(
        ranks=panels.ranks(ranked, steps, ranks, central, cut, not_ranked),
        central=panels.central(central, not_ranked, panels.not_ranked_at_cut(len(candidates), len(of_past))),
    )
    rolling = roll(
        parts, settings.nodes, settings.window, settings.decay, MOST_CANDIDATES, settings.seed, bench.checkpoint
    )
    yield Result(rolling=panels.rolling(rolling))

    whole = snapshots(said, candidates, settings.window, settings.decay, len(said))[-1].weights
    split = split_in_time(past, whole)
    upper = np.triu(np.ones_like(past, dtype=bool), 1)
    past_links = int((upper & (past > 0)).sum())
    why = (
        "no_graph" if not past_links or past_links == upper.sum()
        else "few_links" if len(split.positives) < LEAST_LINKS or not len(split.negatives)
        else ""
    )  # fmt: skip
    bench.progress(0.1, Text(zh="节点特征", en="features of the nodes"))
    words_known = settings.features == "embeddings" and len(candidates) > 1
    features = embeddings(bench.lm(), candidates) if words_known else one_hot(len(candidates))
    in_time, at_random = Predicted({}), Predicted({})

    def heard(start: float, width: float, name: Text, epoch: int) -> None:
        bench.progress(
            start + width * epoch / settings.epochs,
            Text(zh="{name}：第 {n} 轮，共 {of} 轮", en="{name}: epoch {n} of {of}").format(
                name=name, n=epoch + 1, of=settings.epochs
            ),
        )

    if not why:
        methods = functools.partial(
            predict, features=features, words_known=words_known,
            epochs=settings.epochs, seeds=settings.seeds, seed=settings.seed, checkpoint=bench.checkpoint,
        )  # fmt: skip
        starts = {"gcn": 0.15, "raw": 0.45}
        for in_time in methods(
            split, ablation=True,
            heard=lambda name, epoch: heard(starts[name], 0.28, panels.METHODS[name], epoch),
        ):  # fmt: skip
            yield Result(
                comparison=panels.comparison(in_time.scores, {}, split), scores=panels.scores(in_time.scores, split)
            )
        hidden = split_at_random(whole, len(split.positives), settings.seed)
        *_, at_random = methods(
            hidden, ablation=False,
            heard=lambda name, epoch: heard(0.73, 0.25, panels.LEAKY, epoch),
        )  # fmt: skip
    elif why == "few_links":
        trained = train(
            past, features, epochs=settings.epochs, seeds=settings.seeds, seed=settings.seed,
            heard=lambda epoch: heard(0.15, 0.8, panels.METHODS["gcn"], epoch),
        )  # fmt: skip
        in_time = Predicted({}, trained)

    losses = in_time.trained.losses if in_time.trained else ()
    largest = _largest_component(past)
    likeness = (
        dict(
            zip(
                map(str, DEPTHS),
                likeness_by_depth(past[np.ix_(largest, largest)], features[largest], DEPTHS),
                strict=True,
            )
        )
        if len(largest) > 1
        else {}
    )
    findings = Findings(
        sentences=len(said), past=cut, nodes=len(names), links=int((np.triu(static, 1) > 0).sum()), central=central,
        candidates=len(of_past), used=len(candidates), past_links=past_links, new_links=len(split.positives), apart=len(split.negatives),
        communities=max(past_groups, default=-1) + 1, scores=in_time.scores, leaky=at_random.scores, why=why, rolling=rolling,
        loss_first=losses[0] if losses else None, loss_last=losses[-1] if losses else None, likeness=likeness,
        growth=growth(past, raw) if past_links else None,
    )  # fmt: skip
    yield Result(
        findings=findings,
        comparison=panels.comparison(in_time.scores, at_random.scores, split) if not why else None,
        scores=panels.scores(in_time.scores, split) if not why else panels.no_scores(findings),
        counts=panels.counts(findings),
        loss=panels.loss(losses) if losses else None,
        depth=panels.depth(likeness) if likeness else None,
        vectors=panels.vectors(candidates, in_time.trained.vectors[0], past_groups) if in_time.trained else None,
    )


def _central(
    said: tuple[Sentence, ...], names: tuple[str, ...], at_cut: Numbers, at_end: Numbers, static: Numbers
) -> tuple[Central, ...]:
    first = {word: number for number, sentence in reversed(list(enumerate(said, 1))) for word in sentence.words}
    found = [
        Central(name, first[name], float(at_cut[place]), float(at_end[place]), float(static[place]))
        for place, name in enumerate(names)
    ]
    return tuple(sorted(found, key=lambda node: -node.at_end))


def _largest_component(weights: Numbers) -> list[int]:
    """The nodes of the largest connected part, in order; a single node when nothing is linked."""
    left, best = set(range(len(weights))), list[int]()
    while left:
        waiting, part = [min(left)], set[int]()
        while waiting:
            node = waiting.pop()
            if node not in part:
                part.add(node)
                waiting += [int(other) for other in np.flatnonzero(weights[node])]
        left -= part
        best = max(best, sorted(part), key=len)
    return best


def _check(said: tuple[Sentence, ...], nodes: int) -> None:
    """Refuses a text with fewer than three nodes."""
    if nodes < 3:
        raise PlaygroundError(
            Text(
                zh="文本里有 {sentences} 句、{nodes} 个节点，至少要 3 个节点才能成图。请换长一些的文本（二十句以上最好）；若“节点”选的是实体，可改选关键词。",
                en="Sentences in the text: {sentences}, nodes: {nodes}; a graph needs 3 nodes. Take a longer text, best of twenty sentences or more; if the nodes are entities, try keywords.",
            ).format(sentences=len(said), nodes=nodes),
            "text",
        )


def _no_links() -> Text:
    return Text(
        zh="没有两个节点出现在同一个窗口里，图里一条边也没有。请加大共现窗口，或换每句提到多个名词的文本。",
        en="No two nodes share a window, so the graph has no edge. Widen the co-occurrence window, or take a text whose sentences mention several nouns.",
    )


TOPIC = Topic(
    number=14,
    slug="text-graph",
    title=Text(zh="动态图谱", en="Text graph"),
    group=Group.UNDERSTANDING,
    settings=Settings,
    result=Result,
    leads=("graph", "comparison", "ranks", "central"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("comparison", "central"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(snapshots, split_in_time, normalised, train, pagerank, adamic_adar, wins),
)
