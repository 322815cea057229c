"""Tests how the mixes are drawn: the table's order, the front, and the caveat of a calibration by the judged text."""

from __future__ import annotations

import itertools

import pytest

from playground.lab.bench import Bench
from playground.lab.timing import Timing
from playground.models import variants
from playground.topics.compression import lab, mixes
from playground.topics.compression.conftest import TEXT, compress, point
from playground.topics.compression.panels import mixes as mix_panels
from playground.topics.compression.settings import Mix, Settings


def test_the_mixes_are_listed_by_bytes_and_the_front_falls(store: variants.VariantStore) -> None:
    mix = Mix("two-four", quantization="int8")
    found = compress(store, mix)
    table = mix_panels.mix_table(found.grid, found.mix, mix, found.baseline.cost, found.added)
    scatter = mix_panels.front(found.grid, found.mix)
    assert len(table.rows) == found.measured_mixes == len(scatter.points)
    (here,) = table.highlight
    assert table.rows[here][1] == found.mix.held_bytes / 1e6
    assert bool(table.rows[here][6]) is found.mix_on_front
    held = [row[1] for row in table.rows]
    assert held == sorted(held)  # type: ignore[type-var]
    on_front = [row for row in table.rows if row[6]]
    for smaller, larger in itertools.pairwise(on_front):
        assert larger[2] <= smaller[2]  # type: ignore[operator]
    assert len(scatter.line) == len(on_front)


def test_the_curves_hold_what_was_measured_in_floats() -> None:
    points = [point("wanda", 0.5, 9.0), point("wanda", 0.5, 3.0, quantization="int8"), point("two-four", 0.5, 8.0)]
    here = point("wanda", 0.3, 7.0)
    curves = mix_panels.survival(points, here, point("none", 0.5, 5.0).cost, {"structured": 0.2, "activations": 0.01})
    assert [(line.x, line.y) for line in curves.lines] == [((0.0, 0.3, 0.5), (5.0, 7.0, 9.0)), ((0.5,), (8.0,))]
    assert [(mark.x, mark.y) for mark in curves.marks] == [(0.3, 7.0)]


@pytest.mark.parametrize(("calibration", "said"), [("", True), ("another text", False)])
def test_calibration_by_the_text_itself_is_a_caveat(store: variants.VariantStore, calibration: str, said: bool) -> None:
    first = next(lab.compress(Settings(text=TEXT, calibration=calibration), Bench(store)))  # type: ignore[arg-type]
    assert first.figures is not None and first.figures.caveat is not None
    assert ("flatters" in first.figures.caveat.en) is said


def test_the_front_marks_a_mix_that_is_beaten() -> None:
    names = [
        str(mix_panels.front([point("none", 0.5, 5.0)], point("wanda", 0.5, perplexity)).points[-1].name)
        for perplexity in (4.0, 7.0)
    ]
    assert "on the front" in names[0] and "dominated" in names[1]
    assert mixes.on_front([(1.0, 5.0), (1.0, 7.0)]) == [True, False]


@pytest.mark.parametrize(("slowest", "warns"), [(0.019, False), (0.021, True)])
def test_times_that_scatter_are_a_warning(slowest: float, warns: bool) -> None:
    bars = mix_panels.speed_bars([("a", Timing(0.010, 0.009, slowest, 5))])
    assert bars.warning is warns
    assert bars.caveat is not None and ("run again" in bars.caveat.en) is warns
