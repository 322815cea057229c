"""Joint training: the plain loop over tasks, with no inner loop. What many a 'meta-learning loop' is. Knows no network and no task."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.func import grad

from playground.topics.meta_learning.maml import Loss, Tasks, copies
from playground.topics.meta_learning.network import Parameters


def joint_gradient(loss: Loss, parameters: Parameters, tasks: Tasks) -> Parameters:
    """Returns ∇θ of the mean over tasks of L(θ), on support and query rows together, for every run (runs, …)."""
    inputs = torch.cat([tasks.support, tasks.query], 2)
    wanted = torch.cat([tasks.support_wanted, tasks.query_wanted], 2)

    def now(shared: Parameters) -> Tensor:
        return loss(copies(shared, tasks.count), inputs, wanted).mean(1).sum()

    found: Parameters = grad(now)(parameters)
    return found
