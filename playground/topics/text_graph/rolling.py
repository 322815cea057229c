"""Repeats the split in time at several cuts, each asked only about the sentences up to the next. Trains nothing and knows no drawing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from playground.statistics.intervals import bootstrap_mean
from playground.topics.text_graph.dynamic_graph import snapshots
from playground.topics.text_graph.findings import Rolled
from playground.topics.text_graph.links import LEAST_LINKS, split_in_time, wins
from playground.topics.text_graph.mentions import TaggedSentence, mentioned, read
from playground.topics.text_graph.prediction import NEIGHBOURHOOD

CUTS = 4
# Of the sentences, the share that is read before the first cut: there must be a graph to predict from.
FIRST_CUT = 0.4


def bounds(count: int) -> list[int]:
    """Returns the cuts of a text of `count` sentences, evenly spaced, and its end: distinct, ascending."""
    return sorted({round(count * (FIRST_CUT + (1 - FIRST_CUT) * part / CUTS)) for part in range(CUTS + 1)} - {0})


def roll(
    parts: Sequence[TaggedSentence],
    nodes: str,
    window: int,
    decay: float,
    most: int,
    seed: int,
    checkpoint: Callable[[], None] = lambda: None,
) -> tuple[Rolled, ...]:
    """Scores the neighbourhood's methods at every cut on the new links up to the next one.

    Everything but these links is decided by the sentences before the cut: the nodes, `most` of them, and the graph with its `window` and `decay`.
    """
    ends = bounds(len(parts))
    found = []
    for cut, until in itertools.pairwise(ends):
        checkpoint()
        said = read(parts[:until], nodes, cut)
        names = tuple(word for word, _ in mentioned(said[:cut]).most_common(most))
        past = snapshots(said[:cut], names, window, decay, cut)[-1].weights
        split = split_in_time(past, snapshots(said, names, window, decay, until)[-1].weights)
        auc = {}
        if len(split.positives) >= LEAST_LINKS and len(split.negatives):
            for name, method in NEIGHBOURHOOD.items():
                won = wins(method(past), split)
                auc[name] = (float(won.mean()), *bootstrap_mean(won, seed))
        found.append(Rolled(cut, until, len(split.positives), len(split.negatives), auc))
    return tuple(found)
