"""Gradient surgery and the cosine between gradients of tasks. Knows no network and no data."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity


def cosine(gradients: Tensor) -> Tensor:
    """Returns the cosine between the gradients of every pair of tasks (runs, pairs), pairs as (0, 1), (0, 2), (1, 2); 0 where one is 0.

    `gradients` (tasks, runs, parameters).
    """
    first, second = torch.triu_indices(len(gradients), len(gradients), 1)
    return cosine_similarity(gradients[first], gradients[second], dim=-1, eps=1e-12).T


def project_conflicts(gradients: Tensor, order: Tensor) -> Tensor:
    """Returns Σ_i g_i′ (runs, parameters): each task's gradient with its part against each other task's gradient taken out (PCGrad).

    Where g · g_j < 0, g becomes g − (g · g_j / ‖g_j‖²) g_j, one j after another. `gradients` (tasks, runs, parameters); `order`
    (tasks, runs, tasks − 1): the other tasks of each task, in the order of projection, which is random in the paper.
    Yu et al. 2020, Gradient Surgery for Multi-Task Learning (arXiv:2001.06782).
    """
    runs = torch.arange(gradients.shape[1])
    total = torch.zeros_like(gradients[0])
    for own, others in zip(gradients, order, strict=True):
        projected = own
        for other in others.T:
            against = gradients[other, runs]
            product = (projected * against).sum(-1, keepdim=True).clamp_max(0.0)
            projected = projected - product / against.square().sum(-1, keepdim=True).clamp_min(1e-30) * against
        total = total + projected
    return total


def draw_order(tasks: int, generators: list[torch.Generator]) -> Tensor:
    """Returns a random order of the other tasks for each task and run (tasks, runs, tasks − 1); each run has its own generator."""
    orders = torch.empty(tasks, len(generators), tasks - 1, dtype=torch.long)
    for own in range(tasks):
        others = torch.tensor([task for task in range(tasks) if task != own])
        for run, generator in enumerate(generators):
            orders[own, run] = others[torch.randperm(tasks - 1, generator=generator)] if tasks > 2 else others
    return orders
