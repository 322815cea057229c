"""The metrics of continual learning, each as its formula, from a matrix of accuracies. Knows no method and no data.

`matrix` R (tasks, tasks): R[t, i] is the accuracy on task i after training on tasks 0 … t, measured on held-out examples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def average_accuracy(matrix: Matrix) -> float:
    """Returns ACC = 1/T Σ_i R[T, i]: the mean over all tasks at the end (Lopez-Paz and Ranzato 2017, arXiv:1706.08840)."""
    return float(matrix[-1].mean())


def backward_transfer(matrix: Matrix) -> float:
    """Returns BWT = 1/(T−1) Σ_{i<T} (R[T, i] − R[i, i]): what later tasks did to earlier ones; negative is forgetting."""
    return float((matrix[-1] - matrix.diagonal())[:-1].mean())


def forward_transfer(matrix: Matrix, before: NDArray[np.float64]) -> float:
    """Returns FWT = 1/(T−1) Σ_{i>1} (R[i−1, i] − b_i): what earlier tasks brought a task not yet learnt.

    `before` b (tasks,): the accuracy of the untrained network.
    """
    return float((matrix.diagonal(1) - before[1:]).mean())


def forgetting(matrix: Matrix) -> float:
    """Returns F = 1/(T−1) Σ_{i<T} (max_{t<T} R[t, i] − R[T, i]) (Chaudhry et al. 2018, arXiv:1801.10112); at most 1, may be negative."""
    return float((matrix[:-1].max(0) - matrix[-1])[:-1].mean())


def anytime_accuracy(matrix: Matrix) -> float:
    """Returns AAA = 1/T Σ_t (1/t Σ_{i≤t} R[t, i]): the mean over time of the accuracy on the tasks seen so far.

    Taken here after each task (Caccia et al. 2022, arXiv:2104.05025).
    """
    return float(np.mean([matrix[t, : t + 1].mean() for t in range(len(matrix))]))


def learned(matrix: Matrix) -> float:
    """Returns LA = 1/T Σ_i R[i, i]: each task's accuracy just after it was learnt, a measure of plasticity (Riemer et al. 2019, arXiv:1810.11910)."""
    return float(matrix.diagonal().mean())
