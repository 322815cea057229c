"""The real int8 and int4 kernels beside the floats: bytes held, time of a decode step, what they cost. Knows no simulation."""

from __future__ import annotations

from dataclasses import dataclass

from playground.evaluation.reading import Cost, Reading, decode_step
from playground.lab.bench import Bench
from playground.lab.timing import Timing
from playground.lab.variant import Variant
from playground.models import kernels, structure
from playground.models.language_model import LanguageModel

KINDS = ("none", "int8", "int4")
STEP_REPEATS = 3


@dataclass(frozen=True)
class KernelRun:
    """`matrix_bytes`: of the layers' matrices and the output head. `held_bytes`: of the whole model. `step`: a decoding step."""

    matrix_bytes: int
    held_bytes: int
    step: Timing
    cost: Cost


def matrix_bytes(lm: LanguageModel) -> int:
    """Bytes of the layers' matrices and the output head, as the model holds them."""
    names = [*_matrix_names(lm), structure.head_name(lm.module)]
    return sum(structure.own_bytes(lm.module.get_submodule(name)) for name in names)


def _matrix_names(lm: LanguageModel) -> list[str]:
    packed = [name for name, layer in lm.module.named_modules() if isinstance(layer, kernels.PackedLinear)]
    head = structure.head_name(lm.module)
    return [name for name in packed or structure.projections(lm.module) if name != head]


def measure_kernels(bench: Bench, reading: Reading) -> dict[str, KernelRun]:
    """Runs floats ("none"), int8 and int4: the very models that the bench runs."""
    measured = {}
    for kind in KINDS:
        lm = bench.lm(Variant(quantization=kind))
        cost = reading.baseline if kind == "none" else reading.cost(lm)
        measured[kind] = KernelRun(
            matrix_bytes(lm), lm.weight_bytes, decode_step(lm, reading.ids[:32], STEP_REPEATS), cost
        )
    return measured
