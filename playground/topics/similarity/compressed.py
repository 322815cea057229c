"""Neighbours by compressed vectors: how many of the true ones are found, for how many bytes; and how often a vector is a neighbour at all.

Knows no text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
NEIGHBOURS = 10
# Step of the uniform quantizer with 2^bits levels that loses least of a Gaussian, in standard deviations (Max 1960).
STEPS = {8: 0.0308, 4: 0.3352, 2: 0.9957}
# Product quantization: dimensions per part, and centroids of a part (4 bits).
PART, CENTROIDS, ROUNDS = 8, 16, 10
# Candidates that the signs find and the float vectors rank again.
RESCORED = 40


@dataclass(frozen=True)
class Code:
    """A way of storing vectors. `bits` per dimension; `stored`: bytes of one vector in the index; `vectors`: what it decodes to."""

    name: str
    bits: float
    stored: int
    vectors: Array


def codes(vectors: Array, seed: int) -> list[Code]:
    """Returns the vectors (count, hidden) as they are, rounded to 8, 4 and 2 bits, as signs, and product-quantized."""
    hidden = vectors.shape[1]
    found = [Code("float32", 32, 4 * hidden, vectors)]
    found += [Code(f"int{bits}", bits, -(-hidden * bits // 8), rounded(vectors, bits)) for bits in STEPS]
    # Signs around 0, as vector databases store them: Hamming distances order like the cosines of ±1.
    found.append(Code("binary", 1, -(-hidden // 8), np.where(vectors > 0, 1.0, -1.0)))
    parts = -(-hidden // PART)
    found.append(Code("pq", 4 * parts / hidden, -(-parts * 4 // 8), product_quantized(vectors, seed)))
    return found


def rounded(vectors: Array, bits: int) -> Array:
    """Rounds each dimension to 2^bits levels around its mean, in steps of its standard deviation over these vectors.

    Mean and step of a dimension are stored once for all vectors; decoding gives back floats.
    """
    mean, spread = vectors.mean(0), vectors.std(0)
    step = STEPS[bits] * np.where(spread > 0, spread, 1)
    largest = 2 ** (bits - 1) - 0.5
    levels = np.clip(np.floor((vectors - mean) / step) + 0.5, -largest, largest)
    return np.asarray(np.where(spread > 0, mean + levels * step, mean))


def product_quantized(vectors: Array, seed: int) -> Array:
    """Replaces each part of eight dimensions by the nearest of 16 centroids of that part (Jégou et al. 2011).

    The centroids are fitted to these very vectors by k-means, which flatters it a little.
    """
    count, hidden = vectors.shape
    padded = np.pad(vectors, ((0, 0), (0, -hidden % PART)))
    parts = padded.reshape(count, -1, PART).transpose(1, 0, 2)
    first = np.random.default_rng(seed).permutation(count)[: min(CENTROIDS, count)]
    centroids = parts[:, first].copy()
    for _ in range(ROUNDS):
        nearest = _nearest(parts, centroids)
        member = nearest[:, None, :] == np.arange(centroids.shape[1])[None, :, None]
        sizes = member.sum(2, keepdims=True)
        centroids = np.where(sizes > 0, (member @ parts) / np.maximum(sizes, 1), centroids)
    chosen = np.take_along_axis(centroids, _nearest(parts, centroids)[:, :, None], 1)
    return np.asarray(chosen.transpose(1, 0, 2).reshape(count, -1)[:, :hidden])


def _nearest(parts: Array, centroids: Array) -> npt.NDArray[np.int64]:
    """Returns the index of the nearest centroid (parts, count)."""
    distances = (centroids**2).sum(2)[:, None, :] - 2 * parts @ centroids.transpose(0, 2, 1)
    return np.asarray(distances.argmin(2))


def cosines(vectors: Array) -> Array:
    """Returns the cosine of every two vectors (count, count), −∞ with itself."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(lengths > 0, lengths, 1)
    similar: Array = unit @ unit.T
    np.fill_diagonal(similar, -np.inf)
    return similar


def nearest(similar: Array, count: int) -> npt.NDArray[np.int64]:
    """Returns the indices (rows, count) of the most similar, best first; of equals the first."""
    return np.asarray(np.argsort(-similar, axis=1, kind="stable")[:, :count])


def recall(found: npt.NDArray[np.int64], true: npt.NDArray[np.int64]) -> Array:
    """Returns the share (rows,) of each row's true neighbours that were found."""
    return np.array([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), true.tolist(), strict=True)])


def rescored(vectors: Array, signs: Array) -> npt.NDArray[np.int64]:
    """Returns the neighbours among the RESCORED best by signs, ranked again by the float vectors."""
    exact, rough = cosines(vectors), nearest(cosines(signs), RESCORED)
    order = np.argsort(-np.take_along_axis(exact, rough, 1), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(rough, order, 1)[:, :NEIGHBOURS])


def occurrences(true: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Returns how often each vector (rows,) is among the nearest neighbours of the others."""
    return np.bincount(true.ravel(), minlength=len(true))


def skewness(counts: npt.NDArray[np.int64] | Array) -> float | None:
    """Returns the third standardized moment; None where all are equal. Hubs make it large (Radovanović et al. 2010)."""
    spread = float(counts.std())
    return None if spread == 0 else float(((counts - counts.mean()) ** 3).mean()) / spread**3
