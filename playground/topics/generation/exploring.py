"""Computes probabilities of the paths that were tried, token by token from cached prefixes. Knows trees and models, no page."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.generation.next_token import NextToken
from playground.generation.prefix_cache import Prefix, PrefixCache
from playground.lab.validation import clean
from playground.language.units import pieces, token_bytes
from playground.models.language_model import LanguageModel
from playground.topics.generation.tree import Tree

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_BROKEN = "\ufffd"
_END = "⏹"


@dataclass(frozen=True)
class Path:
    """The numbers of a path of n tokens; every tuple has n items. `entropies[k]` (nats): of the distribution that token k was
    chosen from. `ranks`: 1 is the likeliest."""

    tokens: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    ranks: tuple[int, ...]
    entropies: tuple[float, ...]

    @property
    def log_probability(self) -> float:
        """Of the whole path (nats): the sum over its tokens."""
        return math.fsum(self.log_probabilities)

    @property
    def perplexity(self) -> float | None:
        """exp of the mean negative log-probability; None for an empty path."""
        return math.exp(-self.log_probability / len(self.tokens)) if self.tokens else None


@dataclass(frozen=True)
class Exploration:
    """A tree over a prompt's token ids. Every step goes through `cache`, one token at a time, so that a path has the same numbers
    in whatever order it was explored."""

    lm: LanguageModel
    cache: PrefixCache
    prompt: tuple[int, ...]
    tree: Tree

    def _chunks(self, node: int) -> list[tuple[int, ...]]:
        return [self.prompt, *((token,) for token in self.tree.path(node))]

    def prefix(self, node: int) -> Prefix:
        """The cached prefix up to a node; computes and caches what is missing."""
        return self.cache.after(self.lm, self._chunks(node))

    def next_token(self, node: int) -> NextToken:
        """The distribution of the token after a node."""
        return self.prefix(node).next_token

    def known(self, node: int) -> bool:
        """Whether the distribution after a node is cached."""
        chunks = self._chunks(node)
        prefix, depth = self.cache.longest(self.lm, chunks)
        return depth == len(chunks) and prefix is not None and prefix.logits is not None

    def path(self, node: int) -> Path:
        """Computes the numbers of the path to a node."""
        tokens = self.tree.path(node)
        before = [self.next_token(at) for at in [0, *self.tree.line(node)][:-1]] if tokens else []
        return Path(
            tokens,
            tuple(next_token.log_probability(token) for next_token, token in zip(before, tokens, strict=True)),
            tuple(next_token.rank(token) for next_token, token in zip(before, tokens, strict=True)),
            tuple(next_token.entropy for next_token in before),
        )

    def ended(self, node: int) -> bool:
        """Whether the node's token ends the text."""
        return node > 0 and self.tree.token(node) in self.lm.end_ids

    def greedily(self) -> Exploration:
        """Adds the likeliest token after the current node and moves to it. Unchanged where the text has ended or the tree is full."""
        at = self.tree.current
        if self.ended(at):
            return self
        token = self.next_token(at).likeliest[0][0]
        if self.tree.full and self.tree.child(at, token) is None:
            return self
        return Exploration(self.lm, self.cache, self.prompt, self.tree.forced(token))

    def forced(self, tokens: Sequence[int]) -> Exploration:
        """Adds these tokens after the current node and moves to the last one. Raises ValueError where the tree has no room."""
        tree = self.tree
        for token in tokens:
            tree = tree.forced(token)
        return Exploration(self.lm, self.cache, self.prompt, tree)

    def at(self, node: int) -> Exploration:
        """The same, at another node."""
        return Exploration(self.lm, self.cache, self.prompt, self.tree.at(node))

    def text(self, node: int) -> str:
        """What a reader sees of the path to a node, without the prompt."""
        return "".join(self.written(node))

    def written(self, node: int) -> tuple[str, ...]:
        """What a reader sees of each token of the path to a node: a split character on the first of its tokens, "" on the others.
        Bytes that make no character (yet) are written as ⟨E4 BD⟩."""
        tokens = self.tree.path(node)
        seen: list[str] = []
        broken = False
        for piece, token in zip(pieces(self.lm, [*self.prompt, *tokens])[len(self.prompt) :], tokens, strict=True):
            text, data = name_of(self.lm, token)
            unseen = _BROKEN in piece or clean(piece) != piece
            broken = bool(data) and (unseen or (broken and piece == ""))
            seen.append(text if token in self.lm.end_ids else f"⟨{data}⟩" if broken else piece)
        return tuple(seen)


def name_of(lm: LanguageModel, token: int) -> tuple[str, str]:
    """A token's text on its own; or "" and its bytes in hexadecimal, where it isn't whole characters or has some that can't be
    seen (control characters, marks that turn the direction of what follows)."""
    if token in lm.end_ids:
        return _END, ""
    names = _NAMES.setdefault(lm.tokenizer, {})
    if token not in names:
        names[token] = _name(token_bytes(lm, [token])[0])
    return names[token]


def is_fragment(lm: LanguageModel, token: int) -> bool:
    """Whether a token is bytes that aren't whole characters; one that only can't be seen, such as a control character, is whole."""
    try:
        bytes.fromhex(name_of(lm, token)[1]).decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


# A tree is drawn at every click, and asking the tokenizer for each of its tokens would take longer than the model's step.
_NAMES: weakref.WeakKeyDictionary[PreTrainedTokenizerBase, dict[int, tuple[str, str]]] = weakref.WeakKeyDictionary()


def _name(data: bytes) -> tuple[str, str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "", data.hex(" ").upper()
    return (text, "") if clean(text) == text else ("", data.hex(" ").upper())


def completed(lm: LanguageModel, before: Sequence[int], token: int) -> str:
    """The character that `token` completes, begun by the tokens `before`; "" where it completes none."""
    # A UTF-8 character has at most four bytes.
    data = token_bytes(lm, [*before[-3:], token])
    joined = b"".join(data)
    start = len(joined) - len(data[-1])
    while start > 0 and joined[start] & 0xC0 == 0x80:
        start -= 1
    try:
        return "" if name_of(lm, token)[0] else joined[start:].decode("utf-8")
    except UnicodeDecodeError:
        return ""
