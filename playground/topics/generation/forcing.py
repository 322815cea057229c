"""Turns typed lines into branches of the tree, token by token. Knows no page."""

from __future__ import annotations

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.topics.generation.exploring import Exploration
from playground.topics.generation.tree import MOST_NODES

MOST_BRANCHES = 8


def with_lines(one: Exploration, forced: str) -> Exploration:
    """Adds the forced lines, each a branch from the current node, and moves to the end of the last one.

    Raises PlaygroundError for too many lines, or more tokens than a tree holds.
    """
    start = one.tree.current
    lines = [line for line in forced.split("\n") if line.strip()]
    if len(lines) > MOST_BRANCHES:
        raise PlaygroundError(
            Text(
                zh="“强制写下”有 {n} 行，最多 {most} 行。", en="“Force this text” has {n} lines; the limit is {most}."
            ).format(n=len(lines), most=MOST_BRANCHES),
            "forced",
        )
    for line in lines:
        try:
            one = one.at(start).forced(forced_tokens(one.at(start), line))
        except ValueError:
            raise PlaygroundError(
                Text(
                    zh="写下“强制写下”的文字后，树上会超过 {most} 个词元。请删短，或在面板里剪掉一些分支。",
                    en="With “Force this text” the tree would hold more than {most} tokens. Shorten it, or cut branches in the panel.",
                ).format(most=MOST_NODES),
                "forced",
            ) from None
    return one


def forced_tokens(one: Exploration, line: str) -> list[int]:
    """The token ids of a typed line; a space is put between English text and a word of Latin letters after it."""
    written = one.lm.decode([*one.prompt, *one.tree.path(one.tree.current)])
    line = line.rstrip()
    if line[0].isascii() and line[0].isalnum() and written and written[-1].isascii() and not written[-1].isspace():
        line = f" {line}"
    return one.lm.encode(line, bos=False)
