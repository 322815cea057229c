"""A tree of the tokens tried after a prompt, and its encoding in a link. Knows no model.

Written, a tree is `tag:run~run~…!current`. A run is token ids joined by dots; the first starts at the prompt's end, each later
one with the number of the node that it branches off from. Nodes are numbered in the order in which they are written, from 1;
0 is the prompt's end. `3f0a:12.7.99~1.45!4`: 12, 7 and 99 after the prompt; 45 after node 1, which is node 4 and the current
one. The tag names the prompt that the tree belongs to, so that a changed prompt starts anew; without a tag it belongs to any.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

FIELD = "tree"
MOST_NODES = 128
MOST_CHARACTERS = 1400
_WRITTEN = re.compile(
    r"(?:(?P<tag>[0-9a-f]{4}):)?(?P<runs>[0-9]{1,7}(?:[.~][0-9]{1,7})*)?(?:!(?P<current>[0-9]{1,3}))?", re.ASCII
)


@dataclass(frozen=True)
class Tree:
    """`nodes[n - 1]` is node n: the number of the node before it, and its token."""

    nodes: tuple[tuple[int, int], ...] = ()
    current: int = 0

    @property
    def full(self) -> bool:
        return len(self.nodes) >= MOST_NODES

    def parent(self, node: int) -> int | None:
        return self.nodes[node - 1][0] if node else None

    def token(self, node: int) -> int:
        return self.nodes[node - 1][1]

    def line(self, node: int) -> list[int]:
        """The nodes from the first after the prompt to `node`."""
        found: list[int] = []
        while node:
            found.append(node)
            node = self.nodes[node - 1][0]
        return found[::-1]

    def path(self, node: int) -> tuple[int, ...]:
        """The tokens from the prompt's end to `node`."""
        return tuple(self.token(at) for at in self.line(node))

    def child(self, node: int, token: int) -> int | None:
        """The node of a token after `node`, where it was tried."""
        return next((at for at, tried in enumerate(self.nodes, 1) if tried == (node, token)), None)

    @property
    def parents(self) -> frozenset[int]:
        """Nodes that have children."""
        return frozenset(parent for parent, _ in self.nodes)

    @property
    def leaves(self) -> tuple[int, ...]:
        """Nodes without children, in the order tried."""
        return tuple(node for node in range(1, len(self.nodes) + 1) if node not in self.parents)

    def at(self, node: int) -> Tree:
        """The same tree with `node` as the current one."""
        return replace(self, current=node)

    def forced(self, token: int) -> Tree:
        """Adds a token after the current node and moves to it; only moves where it was tried before. Raises ValueError when full."""
        found = self.child(self.current, token)
        if found is not None:
            return self.at(found)
        if self.full:
            raise ValueError(f"a tree holds at most {MOST_NODES} tokens")
        return Tree((*self.nodes, (self.current, token)), len(self.nodes) + 1)

    def without(self, node: int) -> Tree:
        """Removes a node and its descendants, renumbers the others and moves to its parent."""
        gone = {node}
        for at, (parent, _) in enumerate(self.nodes, 1):
            if parent in gone:
                gone.add(at)
        kept = [at for at in range(1, len(self.nodes) + 1) if at not in gone]
        number = {0: 0} | {at: place for place, at in enumerate(kept, 1)}
        return Tree(
            tuple((number[self.nodes[at - 1][0]], self.token(at)) for at in kept), number[self.parent(node) or 0]
        )


def tag_of(prompt: str) -> str:
    """Four hexadecimal characters of a checksum of the prompt: enough to notice a changed one."""
    return f"{zlib.crc32(prompt.encode('utf-8', 'replace')) & 0xFFFF:04x}"


def stem(tree: Tree, prompt: str) -> str:
    """Encodes the tree without its current node."""
    written = ""
    for node, (parent, token) in enumerate(tree.nodes, 1):
        if node == 1:
            written = str(token)
        elif parent == node - 1:
            written += f".{token}"
        else:
            written += f"~{parent}.{token}"
    return f"{tag_of(prompt)}:{written}"


def write(tree: Tree, prompt: str) -> str:
    """Encodes the tree and its current node; "" for an empty one."""
    return f"{stem(tree, prompt)}!{tree.current}" if tree.nodes else ""


def read(written: str, prompt: str, vocabulary: int) -> Tree:
    """Decodes a tree; an empty one where it was written for another prompt. Raises PlaygroundError for anything malformed."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise _refused(Text(zh="写法不对", en="it isn't written as one"))
    if found["tag"] not in (None, tag_of(prompt)):
        return Tree()
    nodes: list[tuple[int, int]] = []
    for number, run in enumerate((found["runs"] or "").split("~") if found["runs"] else []):
        parent, *tokens = [int(part) for part in (run if number else f"0.{run}").split(".")]
        if not tokens or parent > len(nodes):
            raise _refused(Text(zh="第 {n} 条分支无处可接", en="branch {n} starts from no node").format(n=number + 1))
        for token in tokens:
            if token >= vocabulary:
                raise _refused(
                    Text(zh="这个模型没有编号为 {token} 的词元", en="this model has no token {token}").format(
                        token=token
                    )
                )
            if (parent, token) in nodes:
                raise _refused(Text(zh="同一个词元接了两次", en="one token follows the same node twice"))
            nodes.append((parent, token))
            parent = len(nodes)
    if len(nodes) > MOST_NODES:
        raise _refused(
            Text(zh="有 {n} 个词元，最多 {most} 个", en="it has {n} tokens, at most {most} are taken").format(
                n=len(nodes), most=MOST_NODES
            )
        )
    current = len(nodes) if found["current"] is None else int(found["current"])
    if current > len(nodes):
        raise _refused(Text(zh="没有第 {n} 个节点", en="there is no node {n}").format(n=current))
    return Tree(tuple(nodes), current)


def _refused(why: Text) -> PlaygroundError:
    return PlaygroundError(
        Text(
            zh="“试过的路径”读不出来：{why}。请去掉链接里的 tree 再打开，或点一个示例从头开始。",
            en="“Paths tried” can't be read: {why}. Take tree out of the link, or pick an example to start anew.",
        ).format(why=why),
        FIELD,
    )
