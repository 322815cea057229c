"""The dense model and two half pruned: weights of the layers' matrices zeroed, or MLP neurons removed. Knows nothing of A and B."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.evaluation.perplexity import perplexity
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.variant import Variant
from playground.models import structure
from playground.models.language_model import LanguageModel
from playground.models.operations import Parameters, parameters

HALF = 0.5
KINDS = ("none", "unstructured", "structured")


@dataclass(frozen=True)
class PrunedModel:
    """A model half pruned by `kind`: "unstructured" weights of its layers' matrices, "structured" MLP neurons; "none": the dense one."""

    kind: str
    lm: LanguageModel
    parameters: Parameters
    perplexity: float


def pruned_models(bench: Bench, ids: Sequence[int], seen: dict[int, int]) -> list[PrunedModel]:
    """Dense, half unstructured, half structured, where the model has neurons that can be removed; in this order. `seen`: see `parameters`."""
    found = []
    for kind in KINDS:
        try:
            lm = bench.lm(Variant(pruning=kind, sparsity=HALF))
        except PlaygroundError:
            if kind != "structured":
                raise
            continue
        found.append(PrunedModel(kind, lm, parameters(lm.module, seen), perplexity(lm, ids)))
    return found


def mlp_shape(lm: LanguageModel) -> tuple[int, int] | None:
    """(outputs, inputs) of the first layer's matrix out of its neurons, one input a neuron; None where the model has another form."""
    try:
        block = structure.mlps(lm.module)[0]
    except PlaygroundError:
        return None
    outputs, inputs = structure.weight_of(lm.module.get_submodule(block.outgoing)).shape
    return outputs, inputs
