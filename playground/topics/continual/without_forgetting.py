"""Learning without forgetting: distillation from the network as it was before the new task, on the new task's own inputs.

Li and Hoiem 2016 (arXiv:1606.09282), with the soft labels of Hinton et al. 2015 (arXiv:1503.02531). Knows no task and no data.
"""

from __future__ import annotations

import torch
from torch import Tensor

from playground.topics.continual.ewc import IMPOSSIBLE


def distillation(new: Tensor, old: Tensor, groups: Tensor, temperature: float) -> Tensor:
    """Returns T² · mean over rows of −Σ_y p_old(y) log p_new(y), summed over groups of answers (runs,).

    p is softmax(logits / T) within a group. `new` and `old` logits (runs, rows, outputs); `groups` (groups, runs, outputs): which
    outputs were answers to old tasks, one group for each old head; an empty group counts nothing.
    """
    total = new.new_zeros(len(new))
    for group in groups:
        among = group[:, None, :]
        soft = torch.softmax((old / temperature).masked_fill(~among, IMPOSSIBLE), -1)
        log = torch.log_softmax((new / temperature).masked_fill(~among, IMPOSSIBLE), -1)
        total = total - (soft * log.masked_fill(~among, 0.0)).sum(-1).mean(1)
    return temperature**2 * total
