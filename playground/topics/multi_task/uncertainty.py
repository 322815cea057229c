"""Uncertainty weighting: the weights of losses are learnt with the network. Knows no network and no data."""

from __future__ import annotations

import torch
from torch import Tensor


def coefficients(log_variance: Tensor, regression: Tensor) -> Tensor:
    """Returns what each task's loss is multiplied by: e^−s, half of it for a regression; s = log σ² (runs, tasks), `regression` (tasks,)."""
    return torch.exp(-log_variance) * torch.where(regression, 0.5, 1.0)


def uncertainty_loss(losses: Tensor, log_variance: Tensor, regression: Tensor) -> Tensor:
    """Returns Σ_k c_k e^−s_k L_k + s_k / 2 (runs,), of which s_k is learnt; at its minimum e^−s_k = 1 / (2 c_k L_k).

    `losses`, `log_variance` (runs, tasks). c is 1 for cross-entropy and ½ for squared error. s / 2 = log σ keeps σ from growing.
    Kendall, Gal and Cipolla 2018, Multi-Task Learning Using Uncertainty to Weigh Losses (arXiv:1705.07115).
    """
    return (coefficients(log_variance, regression) * losses + log_variance / 2).sum(1)
