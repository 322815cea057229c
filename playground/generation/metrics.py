"""Computes diversity, repetition and likelihood of a continuation. Knows only token ids and log-probabilities."""

from __future__ import annotations

from collections.abc import Sequence


def ngrams(ids: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """Returns all n-grams of `size` tokens, in order."""
    return [tuple(ids[start : start + size]) for start in range(len(ids) - size + 1)]


def distinct(ids: Sequence[int], size: int) -> float | None:
    """Returns distinct n-grams over all n-grams, from 0 to 1 (Li et al. 2016, distinct-n); None without n-grams."""
    found = ngrams(ids, size)
    return len(set(found)) / len(found) if found else None


def repeated(ids: Sequence[int], size: int) -> float | None:
    """Returns the share of n-grams that occurred earlier in the text (Welleck et al. 2020, seq-rep-n): 1 - distinct-n."""
    share = distinct(ids, size)
    return None if share is None else 1 - share


def mean_log_probability(log_probabilities: Sequence[float]) -> float | None:
    """Returns the mean over tokens, natural logarithm; exp of its negative is the perplexity of the model's own text."""
    return sum(log_probabilities) / len(log_probabilities) if log_probabilities else None


def divergence(a: Sequence[int], b: Sequence[int]) -> int | None:
    """Returns the first index at which two sequences differ, the end of the shorter one included; None if equal."""
    for index, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            return index
    return None if len(a) == len(b) else min(len(a), len(b))
