"""Converts continuations to panels: tokens, waterfall, beam tree; knows nothing of drawing."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence

from playground.generation.continuation import ENDINGS, Continuation, Node, parting
from playground.generation.settings import Decoding
from playground.generation.trace import waterfall_step
from playground.lab.text import Text
from playground.lab.token_panels import Alternative, Token, Tokens, Tree, TreeNode, Waterfall, WaterfallSettings
from playground.language.units import named_pieces, shown_pieces, token_name
from playground.models.language_model import LanguageModel

# Pruned branches drawn in a tree, limited for readability.
_MOST_CUT = 60


def prompt_text(lm: LanguageModel, prompt: Sequence[int]) -> str:
    """Returns the prompt's text without special tokens."""
    return lm.decode(prompt)


def tokens_panel(lm: LanguageModel, one: Continuation, other: Continuation | None = None) -> Tokens:
    """Returns a panel of a continuation's tokens with raw probabilities; the first that differs from `other`'s is marked."""
    ids = one.ids
    tokens = tuple(
        Token(
            text=piece,
            probability=step.probability,
            rank=step.rank,
            chosen_probability=step.chosen_probability,
            alternatives=tuple(Alternative(token_name(lm, token), p) for token, p in step.alternatives),
        )
        for piece, step in zip(shown_pieces(lm, ids), one.steps, strict=False)
    )
    return Tokens(
        prompt=prompt_text(lm, one.prompt),
        tokens=tokens,
        divergence=parting(one, other) if other else None,
        ending=ENDINGS[one.ending] if one.ending else None,
    )


def waterfall(
    lm: LanguageModel, one: Continuation, opened: int = 0, decoding: Decoding | None = None
) -> Waterfall | None:
    """Returns a panel of a continuation's traces; None if none were recorded. `decoding`: its settings, for a preview of others."""
    context = [*named_pieces(lm, one.prompt), *named_pieces(lm, one.all_ids)]
    steps = [
        waterfall_step(step.trace, context, lambda token: token_name(lm, token)) for step in one.steps if step.trace
    ]
    if not steps:
        return None
    named = [field.name for field in dataclasses.fields(WaterfallSettings)]
    settings = WaterfallSettings(**{name: getattr(decoding, name) for name in named}) if decoding else None
    return Waterfall(tuple(steps), min(opened, len(steps) - 1), settings)


def tree(lm: LanguageModel, one: Continuation, decoding: Decoding) -> Tree | None:
    """Returns the search tree of a finished continuation, else None. Only the most likely pruned branches are included.

    Greedy search and sampling give a single branch, with their most likely alternatives as pruned branches.
    """
    if one.ending is None:
        return None
    nodes = tuple(
        TreeNode(
            id=node.id,
            parent=node.parent,
            text=token_name(lm, node.token) if node.token is not None else "",
            step=node.step,
            probability=min(1.0, math.exp(node.log_probability)) if node.token is not None else None,
            log_probability=node.total,
            kept=node.kept,
            finished=node.finished,
            score=node.score,
            rank=node.rank,
            group=node.group,
        )
        for node in _worth_drawing(one.tree or branch(one, decoding.length_penalty))
    )
    label = Text(zh="对数概率之和 ÷ 长度^{power}", en="sum of log-probabilities ÷ length^{power}")
    if decoding.penalises and one.tree:
        label = Text(
            zh="对数概率之和（含惩罚）÷ 长度^{power}",
            en="sum of log-probabilities, penalties included ÷ length^{power}",
        )
    # One path has nothing to be ranked against.
    return Tree(nodes, label.format(power=f"{decoding.length_penalty:g}") if one.tree else "")


def _worth_drawing(nodes: Sequence[Node]) -> list[Node]:
    """Returns every kept node, and for each step the most likely pruned ones within its share of `_MOST_CUT`."""
    share = max(1, _MOST_CUT // max(node.step for node in nodes))
    parents = {node.parent for node in nodes}
    drawn: Counter[int] = Counter()
    cut = set()
    for node in sorted(
        (node for node in nodes if not node.kept and node.id not in parents), key=lambda node: -node.total
    ):
        drawn[node.step] += 1
        if drawn[node.step] > share:
            cut.add(node.id)
    return [node for node in nodes if node.id not in cut]


def branch(one: Continuation, length_penalty: float) -> tuple[Node, ...]:
    """Converts a single path to a tree: its tokens, and at each step the most likely others as pruned nodes."""
    nodes = [Node(0, None, None, 0)]
    parent, total = 0, 0.0
    for number, step in enumerate(one.steps, 1):
        before, total = total, total + step.log_probability
        last = number == len(one.steps)
        score = total / number**length_penalty if last else None
        node = Node(
            len(nodes),
            parent,
            step.token,
            number,
            step.log_probability,
            total,
            finished=last,
            score=score,
            rank=1 if last else None,
        )
        nodes.append(node)
        for token, probability in step.alternatives:
            if probability > 0:
                value = math.log(probability)
                nodes.append(Node(len(nodes), parent, token, number, value, before + value, kept=False))
        parent = node.id
    return tuple(nodes)
