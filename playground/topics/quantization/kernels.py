"""The real int8 and int4 kernels beside the floats: bytes held, time of a decode step, what they cost. Knows no simulation."""

from __future__ import annotations

from dataclasses import dataclass

from playground.evaluation.reading import Cost, Reading, decode_step
from playground.lab.bench import Bench
from playground.lab.panels import Table
from playground.lab.text import Text
from playground.lab.timing import Timing
from playground.lab.variant import Variant
from playground.models import kernels, structure
from playground.models.language_model import LanguageModel

KINDS = ("none", "int8", "int4")


@dataclass(frozen=True)
class Kernel:
    """`matrix_bytes`: of the matrices that the kernel multiplies by. `held_bytes`: of the whole model."""

    kind: str
    matrix_bytes: int
    held_bytes: int
    step: Timing
    cost: Cost


def matrix_bytes(lm: LanguageModel) -> int:
    """Bytes of the layers' matrices and the output head, as they lie in memory."""
    names = [*_matrix_names(lm), structure.head_name(lm.module)]
    return sum(structure.own_bytes(lm.module.get_submodule(name)) for name in names)


def _matrix_names(lm: LanguageModel) -> list[str]:
    packed = [name for name, layer in lm.module.named_modules() if isinstance(layer, kernels.PackedLinear)]
    head = structure.head_name(lm.module)
    return [name for name in packed or structure.projections(lm.module) if name != head]


def measure_kernels(bench: Bench, reading: Reading) -> list[Kernel]:
    """Floats, int8 and int4: the very models that the bench runs."""
    measured = []
    for kind in KINDS:
        lm = bench.lm(Variant(quantization=kind))
        cost = reading.baseline if kind == "none" else reading.cost(lm)
        measured.append(Kernel(kind, matrix_bytes(lm), lm.weight_bytes, decode_step(lm, reading.ids[:32]), cost))
    return measured


def table(measured: list[Kernel], lm: LanguageModel) -> Table:
    """The measured kernels as a table."""
    floats = str(next(lm.module.parameters()).dtype).removeprefix("torch.")
    rows = tuple(
        (floats if one.kind == "none" else one.kind, one.matrix_bytes / 1e6, one.held_bytes / 1e6, one.step.median * 1e3,
         measured[0].step.median / one.step.median, one.cost.perplexity, one.cost.divergence)
        for one in measured
    )  # fmt: skip
    notices = [kernels.notice(kind, next(lm.module.parameters()).dtype, lm.device.type) for kind in kernels.LINEARS]
    how = Text(
        zh="在本机测得：每步毫秒取 5 次的中位数。int8 每行一个缩放，int4 每 32 个一组；都包含输出层；输入嵌入从打包的输出层取行（两者本是同一个张量）。",
        en="Measured on this machine: a step is the median of 5. int8 has a scale per row, int4 one per 32 weights;"
        " the output head is included; the input embedding reads its rows from the packed head, as the two are one tensor.",
    )
    missing = [notice for notice in notices if notice is not None]
    caveat = Text(" ".join([how.zh, *(one.zh for one in missing)]), " ".join([how.en, *(one.en for one in missing)]))
    return Table(
        columns=(
            Text(zh="算子", en="kernel"),
            Text(zh="矩阵 MB", en="matrices, MB"),
            Text(zh="全模型 MB", en="whole model, MB"),
            Text(zh="每步毫秒", en="ms per step"),
            Text(zh="快几倍", en="times as fast"),
            Text(zh="困惑度", en="perplexity"),
            "KL",
        ),
        rows=rows,
        digits=2,
        caveat=caveat,
        measured=True,
    )
