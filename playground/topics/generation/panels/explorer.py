"""The panel of the step explorer, and what it says of a tree that belongs to another prompt. Computes no probability."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playground.lab.explorer_panels import Choice, Explorer, ExplorerNode
from playground.lab.text import Text
from playground.topics.generation import tree as trees
from playground.topics.generation.exploring import Exploration, completed, name_of
from playground.topics.generation.settings import Settings


def started_anew(settings: Settings) -> Text | None:
    """Returns a note where the link's paths belong to another prompt and aren't used; None where they do belong."""
    tag, colon, _ = settings.tree.strip().partition(":")
    if not colon or tag == trees.tag_of(settings.text):
        return None
    return Text(
        zh="提示改过了，路径从头开始；改回原来的提示，之前试过的还在。",
        en="The prompt has changed, so the paths start anew; put it back and those you tried are there again.",
    )


def explorer(one: Exploration, text: str, candidates: int, whole: bool = True, note: Text | None = None) -> Explorer:
    """Draws the tree and the candidates after its current node. `text`: the prompt as typed. Not `whole`: only the path
    to the current node has numbers yet.
    """
    lm, tree, at = one.lm, one.tree, one.tree.current
    next_token = one.next_token(at)
    ended = one.ended(at)
    listed = () if ended else next_token.likeliest[:candidates]
    ids = (*one.prompt, *tree.path(at))
    return Explorer(
        prompt=lm.decode(one.prompt),
        nodes=tuple(_nodes(one, whole)),
        current=at,
        written=one.written(at),
        choices=tuple(
            _choice(one, text, ids, token, probability, rank) for rank, (token, probability) in enumerate(listed, 1)
        ),
        entropy=None if ended else next_token.entropy,
        rest=0.0 if ended else max(0.0, 1 - math.fsum(probability for _, probability in listed)),
        others=0 if ended else lm.vocabulary - len(listed),
        setting=trees.FIELD,
        stem=trees.stem(tree, text),
        without=trees.write(tree.without(at), text) if at else "",
        resets={"forced": "", "steps": 0},
        note=note or "",
    )


def _choice(one: Exploration, text: str, ids: Sequence[int], token: int, probability: float, rank: int) -> Choice:
    tree = one.tree
    found = tree.child(tree.current, token)
    room = found is not None or not tree.full
    name, data = name_of(one.lm, token)
    return Choice(
        text=name,
        probability=probability,
        rank=rank,
        bytes=data,
        completes=completed(one.lm, ids, token) if data else "",
        value=trees.write(tree.forced(token), text) if room else None,
        node=found,
        ends=token in one.lm.end_ids,
    )


def _nodes(one: Exploration, whole: bool) -> list[ExplorerNode]:
    tree = one.tree
    way = {0, *tree.line(tree.current)}
    nodes = [ExplorerNode(0, None, "")]
    totals: dict[int, tuple[float, int]] = {0: (0.0, 0)}
    for node, (parent, token) in enumerate(tree.nodes, 1):
        name, data = name_of(one.lm, token)
        shown = ExplorerNode(node, parent, name, data, ends=token in one.lm.end_ids)
        if whole or parent in way:
            next_token = one.next_token(parent)
            log_probability = next_token.log_probability(token)
            total, count = totals[parent][0] + log_probability, totals[parent][1] + 1
            totals[node] = (total, count)
            shown = ExplorerNode(
                node, parent, name, data, min(1.0, math.exp(log_probability)), next_token.rank(token), total,
                math.exp(-total / count), token in one.lm.end_ids,
            )  # fmt: skip
        nodes.append(shown)
    return nodes
