"""Caches keys, values and logits of computed prefixes, so that a next token costs one decode step. Knows no lab.

A prefix is keyed by the chunks that it was computed in, not by its ids alone: (prompt, (first token,), (second token,), …).
In bfloat16 the last bits of a key depend on how many tokens were computed together, so the same ids in other chunks are a
different computation. The same chunks always give the same bits, cached or computed, so entries of other visitors only
affect speed.
"""

from __future__ import annotations

import functools
import itertools
import threading
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from playground.generation.next_token import NextToken
from playground.models.key_values import empty_cache
from playground.models.language_model import LanguageModel

if TYPE_CHECKING:
    from transformers import DynamicCache

# 18 KB per token of the embedded model in bfloat16, and half a megabyte of logits per requested prefix.
MOST_BYTES = 160_000_000

Chunks = Sequence[Sequence[int]]


@dataclass(frozen=True, eq=False)
class Prefix:
    """A prefix that ends in `chunk`, with its logits. Immutable; usable after eviction.

    `layers`: keys and values of the chunk's tokens, each (1, heads, length, size), per layer. `logits` (vocabulary,), in the
    model's dtype; None if they weren't requested.
    """

    before: Prefix | None
    chunk: tuple[int, ...]
    layers: tuple[tuple[Tensor, Tensor], ...]
    logits: Tensor | None = None

    @functools.cached_property
    def ids(self) -> tuple[int, ...]:
        """All token ids of the prefix."""
        return tuple(token for prefix in self._chain() for token in prefix.chunk)

    @functools.cached_property
    def next_token(self) -> NextToken:
        """Returns the next-token distribution. Raises ValueError if the prefix has no logits."""
        if self.logits is None:
            raise ValueError("this prefix was kept without logits: ask the cache for it")
        return NextToken.of(self.logits)

    def keys_and_values(self) -> DynamicCache:
        """Copies the prefix to a transformers cache that the caller may extend.

        Every layer includes all positions. Sliding-window layers mask the older ones, so results equal those of a sliding
        cache, which couldn't be split into chunks again.
        """
        cache = empty_cache()
        chain = self._chain()
        for number in range(len(self.layers)):
            keys = torch.cat([prefix.layers[number][0] for prefix in chain], dim=-2)
            values = torch.cat([prefix.layers[number][1] for prefix in chain], dim=-2)
            cache.update(keys, values, number)
        return cache

    def _chain(self) -> list[Prefix]:
        chain: list[Prefix] = []
        prefix: Prefix | None = self
        while prefix is not None:
            chain.append(prefix)
            prefix = prefix.before
        return chain[::-1]

    @functools.cached_property
    def held_bytes(self) -> int:
        """Bytes of its own tensors, without its parent's."""
        own = [tensor for pair in self.layers for tensor in pair] + ([] if self.logits is None else [self.logits])
        return sum(tensor.nbytes for tensor in own)


@dataclass(eq=False)
class _Place:
    """A node of the cache's tree; a model's root has no prefix. `used`: larger means more recently requested."""

    parent: _Place | None = None
    prefix: Prefix | None = None
    used: int = 0
    children: dict[tuple[int, ...], _Place] = field(default_factory=dict)

    def leaves(self) -> Iterator[_Place]:
        waiting = list(self.children.values())
        while waiting:
            place = waiting.pop()
            if place.children:
                waiting += place.children.values()
            else:
                yield place


@dataclass(eq=False)
class _Kept:
    """One model's prefixes and their bytes."""

    root: _Place = field(default_factory=_Place)
    bytes: int = 0


class PrefixCache:
    """Caches prefixes of any number of models and evicts the least recently used. Thread-safe.

    `most_bytes` limits the total size. A model's prefixes are dropped with the model.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        # Keyed by the module, which identifies the weights: model, variant and calibration.
        self._models: weakref.WeakKeyDictionary[nn.Module, _Kept] = weakref.WeakKeyDictionary()
        self._clock = itertools.count(1)
        self._lock = threading.Lock()

    def after(self, lm: LanguageModel, chunks: Chunks) -> Prefix:
        """Returns the prefix of these chunks with logits. Missing chunks are computed one by one and cached.

        Raises ValueError for no chunks or an empty one.
        """
        path = _checked(chunks)
        prefix, depth = self._find(lm, path)
        if prefix is not None and depth == len(path):
            if prefix.logits is not None:
                return prefix
            prefix, depth = prefix.before, depth - 1
        past = prefix.keys_and_values() if prefix is not None else empty_cache()
        for number in range(depth, len(path)):
            length, ids, logits = past.get_seq_length(), torch.tensor([path[number]]), None
            if number < len(path) - 1:
                lm.extend(ids, past)
            else:
                logits = lm.forward(ids, past_key_values=past, use_cache=True, logits_to_keep=1).logits[0, -1]
            prefix = Prefix(prefix, path[number], _cut(past, length, None), logits)
            self._keep(lm, path[: number + 1], prefix)
        assert prefix is not None
        return prefix

    def keep(self, lm: LanguageModel, chunks: Chunks, past: DynamicCache) -> Prefix:
        """Caches what a decoding loop computed in exactly these chunks and returns their prefix. `past` has one row, and all
        tokens in every layer (`Prefix.keys_and_values`, or an `empty_cache()` without a config).

        Raises ValueError if the lengths differ.
        """
        path = _checked(chunks)
        total = sum(map(len, path))
        if any(layer.keys is None or tuple(layer.keys.shape[::2]) != (1, total) for layer in past.layers):
            raise ValueError(f"the keys and values aren't those of one row of {total} tokens")
        prefix, depth = self._find(lm, path)
        start = sum(map(len, path[:depth]))
        for number in range(depth, len(path)):
            end = start + len(path[number])
            prefix = Prefix(prefix, path[number], _cut(past, start, end))
            self._keep(lm, path[: number + 1], prefix)
            start = end
        assert prefix is not None
        return prefix

    def longest(self, lm: LanguageModel, chunks: Chunks) -> tuple[Prefix | None, int]:
        """Returns the longest cached prefix of these chunks and how many of them it covers, without computing anything."""
        return self._find(lm, _checked(chunks))

    def clear(self) -> None:
        """Evicts everything."""
        with self._lock:
            self._models.clear()

    @property
    def held_bytes(self) -> int:
        """Bytes of all prefixes."""
        with self._lock:
            return sum(kept.bytes for kept in self._models.values())

    def _find(self, lm: LanguageModel, path: tuple[tuple[int, ...], ...]) -> tuple[Prefix | None, int]:
        with self._lock:
            kept, depth, now = self._models.get(lm.module), 0, next(self._clock)
            if kept is None:
                return None, 0
            place = kept.root
            while depth < len(path) and (child := place.children.get(path[depth])):
                place, depth = child, depth + 1
                place.used = now
            return place.prefix, depth

    def _keep(self, lm: LanguageModel, path: tuple[tuple[int, ...], ...], prefix: Prefix) -> None:
        with self._lock:
            kept = self._models.setdefault(lm.module, _Kept())
            place, now = kept.root, next(self._clock)
            for chunk in path[:-1]:
                found = place.children.get(chunk)
                if found is None:  # evicted meanwhile: its descendants couldn't be found
                    return
                found.used, place = now, found
            old = place.children.get(path[-1])
            if old is None or old.prefix is None:
                place.children[path[-1]] = _Place(place, prefix, now)
                kept.bytes += prefix.held_bytes
            elif old.prefix.logits is None and prefix.logits is not None:
                # Longer prefixes extend the old keys and values, so those are kept.
                old.prefix, old.used = replace(old.prefix, logits=prefix.logits), now
                kept.bytes += prefix.logits.nbytes
            self._make_room()

    def _make_room(self) -> None:
        """Evicts the least recently used prefixes, longest first, until the rest fits."""
        total = sum(kept.bytes for kept in self._models.values())
        while total > self._most_bytes:
            kept, oldest = min(
                ((kept, leaf) for kept in self._models.values() for leaf in kept.root.leaves()),
                key=lambda found: found[1].used,
            )
            assert oldest.parent is not None
            assert oldest.prefix is not None
            del oldest.parent.children[oldest.prefix.chunk]
            kept.bytes -= oldest.prefix.held_bytes
            total -= oldest.prefix.held_bytes


def _checked(chunks: Chunks) -> tuple[tuple[int, ...], ...]:
    path = tuple(tuple(int(token) for token in chunk) for chunk in chunks)
    if not path or not all(path):
        raise ValueError("a prefix has at least one chunk, and no empty one")
    return path


def _cut(past: DynamicCache, start: int, end: int | None) -> tuple[tuple[Tensor, Tensor], ...]:
    """Copies the keys and values of the tokens from `start` to `end`: a view would keep the whole cache in memory."""
    cut = []
    for layer in past.layers:
        assert layer.keys is not None
        assert layer.values is not None
        cut.append((layer.keys[:, :, start:end].clone(), layer.values[:, :, start:end].clone()))
    return tuple(cut)


@functools.cache
def shared() -> PrefixCache:
    """Returns the process's cache, created at the first call."""
    return PrefixCache()
