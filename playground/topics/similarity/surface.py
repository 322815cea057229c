"""Similarity of two strings by their characters: n-gram overlap, edit distance, and MinHash's estimate of the overlap. Knows no words."""

from __future__ import annotations

import functools
import hashlib
import unicodedata

import numpy as np
import numpy.typing as npt
import regex
from rapidfuzz.distance import Levenshtein

# The largest prime below 2³¹: products of two hashes stay within 64 bits.
_PRIME = (1 << 31) - 1
_NOT_CONTENT = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


@functools.lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Folds case and width (NFKC) and puts one space in place of punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return str(_NOT_CONTENT.sub(" ", folded)).strip()


def ngrams(text: str, n: int) -> frozenset[str]:
    """Returns the distinct character n-grams of the folded text; a shorter text is one gram."""
    folded = plain(text)
    return frozenset(folded[start : start + n] for start in range(max(1, len(folded) - n + 1)))


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Returns the size of the intersection over that of the union."""
    return len(a & b) / len(a | b)


def edit_similarity(a: str, b: str) -> float:
    """Returns 1 − Levenshtein distance / length of the longer text, on folded texts."""
    return Levenshtein.normalized_similarity(plain(a), plain(b))


def minhash(grams: frozenset[str], hashes: int, seed: int) -> npt.NDArray[np.uint64]:
    """Returns the least value of each of `hashes` random hash functions over the grams (Broder 1997).

    Two sets have the same least value with a probability equal to their Jaccard similarity.
    """
    generator = np.random.default_rng(seed)
    slope = generator.integers(1, _PRIME, hashes, dtype=np.uint64)
    shift = generator.integers(0, _PRIME, hashes, dtype=np.uint64)
    keys = np.array([_key(gram) for gram in sorted(grams)], dtype=np.uint64)
    mixed: npt.NDArray[np.uint64] = (keys[:, None] * slope + shift) % np.uint64(_PRIME)
    least: npt.NDArray[np.uint64] = mixed.min(0)
    return least


def _key(gram: str) -> int:
    """Returns a hash that is the same in every process, unlike `hash`."""
    return int.from_bytes(hashlib.blake2b(gram.encode(), digest_size=8).digest(), "big") % _PRIME


def estimated_jaccard(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> float:
    """Returns the share of equal entries of two signatures: an unbiased estimate of the Jaccard similarity."""
    return float((a == b).mean())
