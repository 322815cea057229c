"""How the value falls when units are removed, and rises when they are put back, by each method's order and at random.

Knows nothing of how the orders came about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from playground.explanation.agreement import Band, Curve, band, by_weight, random_orders
from playground.explanation.attribution import Weights
from playground.explanation.removal import Removable
from playground.explanation.values import ValueFunction
from playground.topics.explainability.attributions import Task

# One curve each: those that differ in kind. All eight would be a tangle.
METHODS = ("lime", "shapley", "left_out", "integrated", "mean")
Walk = Callable[[Removable, ValueFunction, Sequence[int]], Curve]


@dataclass(frozen=True)
class Curves:
    """Curves by method, and the band of `orders` random ones."""

    methods: dict[str, Curve]
    random: Band
    orders: int


def walk_all(task: Task, found: Mapping[str, Weights], walk: Walk) -> Curves:
    """Walks (deletion or insertion) every method's order, and random orders."""
    parts, value = task.parts, task.target.value
    # Above ten units the texts of the random orders were not computed before, so fewer of them.
    orders = random_orders(len(parts), 10 if len(parts) <= 10 else 5, task.settings.seed)
    random = band([walk(parts, value, order) for order in orders])
    return Curves({name: walk(parts, value, by_weight(found[name].weights)) for name in METHODS}, random, len(orders))
