"""What one model's weights are in numbers: parameters, bytes, operations. Counted from tensors and shapes; knows no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.models.language_model import LanguageModel
from playground.models.operations import parameters, work


@dataclass(frozen=True)
class Counts:
    """`parameters`: numbers that the weights represent, shared ones once; `nonzero` of them aren't 0. `weight_bytes`: bytes that
    the weights' storages hold. `operations`: of one more token after the text; a multiplication and an addition are two.
    """

    parameters: int
    nonzero: int
    weight_bytes: int
    operations: float


def count(lm: LanguageModel, ids: Sequence[int], seen: dict[int, int]) -> Counts:
    """The counts of a model for a text of `ids`. `seen`: see `parameters`."""
    counted = parameters(lm.module, seen)
    return Counts(counted.stored, counted.nonzero, lm.weight_bytes, work(lm, 1, len(ids)).operations)
