"""Reptile: train on a task for a few steps, then move the start towards where that ended. Nichol, Achiam, Schulman 2018 (arXiv:1803.02999).

Knows no network, no task and no optimizer.
"""

from __future__ import annotations

import torch

from playground.topics.meta_learning.maml import Inner, Loss, Tasks, adapt, copies
from playground.topics.meta_learning.network import Parameters


def reptile_gradient(loss: Loss, parameters: Parameters, tasks: Tasks, inner: Inner) -> Parameters:
    """Returns θ − θ', mean over tasks, for every run (runs, …): where a descent goes the other way. No backward pass beyond the inner loop.

    There is no query set: support and query rows are trained on together. With one inner step this is α times the gradient of joint
    training; only from the second step on does it hold a term that makes tasks learn fast.
    """
    inputs = torch.cat([tasks.support, tasks.query], 2)
    wanted = torch.cat([tasks.support_wanted, tasks.query_wanted], 2)
    trained = adapt(loss, copies(parameters, tasks.count), inputs, wanted, inner)
    return tuple(start - end.mean(1) for start, end in zip(parameters, trained, strict=True))
