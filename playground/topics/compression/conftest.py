"""A store of tiny random models, the compression half of a run, and findings by hand, for the tests of compression."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import pytest
import torch

from playground.evaluation.reading import Cost
from playground.lab.bench import Bench
from playground.lab.variant import Variant
from playground.models import activations, structure, variants
from playground.models.language_model import LanguageModel
from playground.topics.compression import lab, mixes
from playground.topics.compression.counting import Count
from playground.topics.compression.findings import (
    AtTemperature,
    Compressed,
    Counts,
    Dispute,
    Distilled,
    Examined,
    Findings,
    Measured,
    Neurons,
    Paired,
    Reordered,
)
from playground.topics.compression.mixes import Point
from playground.topics.compression.settings import Mix, Result, Settings
from tests.conftest import byte_tokenizer, tiny_gpt2, tiny_llama

TEXT = "Prune 剪枝 this text."


@pytest.fixture(params=[tiny_llama, tiny_gpt2])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> variants.VariantStore:
    # A store for each test: the whole calibration set for each would take longer than the tests.
    monkeypatch.setattr(activations, "passages", lambda: ("A calibration set.", "校准集"))
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


Value = TypeVar("Value")


def returned(steps: Generator[Result, None, Value]) -> Value:
    """What half a run returns at its end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: Value = end.value
            return value


def compress(
    store: variants.VariantStore, mix: Mix | None = None, plan: mixes.Grid | None = None, **values: Any
) -> Compressed:
    """The numbers of the compression half of a run; `plan` {} leaves the grid out."""
    return returned(lab.compress(Settings(text=TEXT, mix=mix or Mix(), **values), Bench(store), plan))[0]


def weights(lm: LanguageModel) -> list[torch.Tensor]:
    return [structure.weight_of(layer) for layer in structure.projections(lm.module).values()]


def point(pruning: str, sparsity: float, perplexity: float, held_bytes: int = 100, quantization: str = "none") -> Point:
    return Point(Variant(quantization, pruning=pruning, sparsity=sparsity), held_bytes, Cost(perplexity, 0.1))


TEACHER = Examined(0.9, 0.88, 0.92, 0.3, 0.85, 1.0, 100_000_000, 200_000_000)
ALONE = Examined(0.7, 0.67, 0.73, 0.7, 0.5, 0.72, 90_000, 360_000)
PSEUDO = Examined(0.78, 0.75, 0.81, 0.6, 0.54, 0.83, 90_000, 360_000)
STUDENT = Examined(0.8, 0.77, 0.83, 0.5, 0.55, 0.84, 90_000, 360_000)
UNCLEAR, CLEAR = Paired(50, 30, 0.07), Paired(60, 30, 0.002)
TIMES = Measured(10.0, 10.0, 10.0, 6.0, 30.0, 0.1)


def numbers(
    mix: Point,
    *,
    grid: tuple[Point, ...] = (),
    counted: Count = Count(2_000_000, 1_000_000, 1_100_000.0),
    same_text: bool = False,
    teacher: Examined = TEACHER,
    alone: Examined = ALONE,
    pseudo: Examined = PSEUDO,
    student: Examined = STUDENT,
    paired: Paired = UNCLEAR,
    times: Measured = TIMES,
) -> Findings:
    """Findings by hand: a baseline of perplexity 5 that holds 100 bytes, and what is given."""
    whole = Count(2_000_000, 2_000_000, 2_000_000.0)
    baseline = point("none", 0.5, 5.0)
    neurons = Neurons("activations", 0.5, Cost(9.0, 0.5), 100, Cost(9.0, 0.5), 80, 1e-5)
    compressed = Compressed(
        20,
        same_text,
        baseline,
        mix,
        Counts(whole, counted, whole, whole),
        neurons,
        (baseline, *grid),
        "float32",
        {"structured": 0.25, "activations": 0.01},
    )
    temperatures = (AtTemperature(1.0, 0.84, 0.8), AtTemperature(2.0, 0.85, 0.81))
    distilled = Distilled(
        teacher, alone, pseudo, student, paired, 3000, 6000, 8, 0.001, 0.9, 0.8,
        Reordered(("a b", "b a"), (0.9, 0.1), (0.6, 0.6)), (Dispute("so so", 0, 0.4, 0.6),), temperatures,
    )  # fmt: skip
    return Findings(compressed, distilled, times)
