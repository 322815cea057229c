"""Continuations as panels: tokens, waterfall, beam tree; knows nothing of how they are drawn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from playground.generation.continuation import ENDINGS, Continuation, Ending, Node
from playground.generation.metrics import divergence
from playground.generation.settings import Decoding
from playground.generation.trace import waterfall_step
from playground.lab.text import Text
from playground.lab.token_panels import Alternative, Token, Tokens, Tree, TreeNode, Waterfall
from playground.language.units import pieces
from playground.models.language_model import LanguageModel

_BROKEN = "\ufffd"
# A UTF-8 character has at most four bytes, so at most three tokens of it can wait for the last.
_MOST_WAITING = 3
# Cut branches drawn in a tree, so that it can still be read.
_MOST_CUT = 60


def shown_pieces(lm: LanguageModel, ids: Sequence[int]) -> list[str]:
    """What a reader sees of each token while more may come: a character that isn't whole yet is withheld."""
    seen = pieces(lm, ids)
    last = next((index for index in range(len(seen) - 1, -1, -1) if seen[index]), None)
    if last is not None and seen[last].endswith(_BROKEN) and len(seen) - last <= _MOST_WAITING:
        seen[last] = seen[last].removesuffix(_BROKEN)
    return seen


def token_name(lm: LanguageModel, token: int) -> str:
    """A token on its own: its piece, or how the tokenizer writes it when it is a part of a character."""
    piece = pieces(lm, [token])[0]
    return str(lm.tokenizer.convert_ids_to_tokens(token)) if _BROKEN in piece or not piece else piece


def prompt_text(lm: LanguageModel, prompt: Sequence[int]) -> str:
    """The prompt as it was read, without special tokens."""
    return lm.decode(prompt)


def tokens_panel(lm: LanguageModel, one: Continuation, other: Continuation | None = None) -> Tokens:
    """A continuation's tokens by the raw model's probability; the first that differs from `other`'s is marked."""
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


def parting(one: Continuation, other: Continuation) -> int | None:
    """The first token that differs; None while one is just shorter than the other because more tokens come."""
    index = divergence(one.all_ids, other.all_ids)
    if index is None or index < min(len(one.all_ids), len(other.all_ids)):
        return index
    shorter = min(one, other, key=lambda each: len(each.all_ids))
    return index if shorter.ending in (Ending.END, Ending.STOP) else None


def waterfall(lm: LanguageModel, one: Continuation, opened: int = 0) -> Waterfall | None:
    """The traces of a continuation's steps; None where none was kept."""
    context = [*pieces(lm, one.prompt), *pieces(lm, one.all_ids)]
    steps = [
        waterfall_step(step.trace, context, lambda token: token_name(lm, token)) for step in one.steps if step.trace
    ]
    return Waterfall(tuple(steps), min(opened, len(steps) - 1)) if steps else None


def tree(lm: LanguageModel, one: Continuation, decoding: Decoding) -> Tree | None:
    """The search tree of a continuation that has ended, None before. Of the cut branches the likeliest of each step are drawn.

    Greedy search and sampling are drawn as the single branch that they are, with the likeliest tokens they left.
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
    return Tree(nodes, label.format(power=f"{decoding.length_penalty:g}"))


def _worth_drawing(nodes: Sequence[Node]) -> list[Node]:
    """Every kept node, and for each step as many of its likeliest cut ones as its share of `_MOST_CUT` allows."""
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
    """A single path as a tree: its tokens, and at each step the likeliest others, cut."""
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
