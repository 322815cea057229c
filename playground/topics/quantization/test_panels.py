"""What the panels of quantization draw: the findings' own numbers, and what they say of the baseline."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from playground.evaluation.perplexity import BROKEN
from playground.lab.bench import Bench
from playground.lab.panels import merged
from playground.lab.text import say
from playground.lab.variant import Variant
from playground.models import structure, variants
from playground.topics.quantization import panels
from playground.topics.quantization.findings import Loss
from playground.topics.quantization.grid import matrix_on_grid
from playground.topics.quantization.lab import run
from playground.topics.quantization.rounding import round_model
from playground.topics.quantization.settings import Result, Settings
from tests.conftest import byte_tokenizer, tiny_gpt2, tiny_llama

SETTINGS = Settings(text="Quantize 量化 this text.", max_tokens=4, bits=7, group_size="64")


@pytest.fixture(scope="module", params=[tiny_llama, tiny_gpt2])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


@functools.cache
def finish(store: variants.VariantStore) -> Any:
    result: Result | None = None
    for new in run(SETTINGS, Bench(store, seconds=600)):
        result = merged(result, new)
    return result


def test_this_setting_is_marked_on_curves_and_table(store: variants.VariantStore) -> None:
    result, found = finish(store), finish(store).findings
    curve = dict(zip(result.perplexities.lines[0].x, result.perplexities.lines[0].y, strict=True))
    assert curve == {float(bits): loss.perplexity for bits, loss in found.by_bits.items()}
    assert (result.perplexities.marks[0].x, result.perplexities.marks[0].y) == (7.0, found.loss.perplexity)
    assert set(result.perplexities.lines[1].y) == {found.baseline_perplexity}
    assert result.divergences.lines[0].y == tuple(loss.divergence for loss in found.by_bits.values())
    assert result.divergences.marks[0].y == found.loss.divergence
    (row,) = result.granularities.highlight
    assert result.granularities.rows[row][1:3] == (found.loss.bits_per_weight, found.loss.perplexity)
    assert [one[2] for one in result.granularities.rows] == [loss.perplexity for loss in found.by_granularity.values()]
    assert [one[3] for one in result.granularities.rows] == pytest.approx(
        [loss.perplexity / found.baseline_perplexity for loss in found.by_granularity.values()]
    )


def test_what_is_broken_has_no_digits_in_the_table_of_granularities() -> None:
    losses = {"tensor": Loss(2e11, 9.0, 4.5), "32": Loss(20.0, 0.5, 4.5)}
    schemes = dict.fromkeys(losses, SETTINGS.scheme)
    broken, whole = panels.granularities(SETTINGS, schemes, losses, 10.0).rows
    assert broken[2] == broken[3] == BROKEN and whole[2:4] == (20.0, 2.0)


def test_the_strip_and_the_kernels_have_the_findings_numbers(store: variants.VariantStore) -> None:
    result, found = finish(store), finish(store).findings
    perplexity, divergence, bits, snr = result.figures.items
    assert (perplexity.a, perplexity.b) == (found.baseline_perplexity, found.loss.perplexity)
    assert (divergence.b, bits.b, snr.b) == (found.loss.divergence, found.loss.bits_per_weight, found.median_snr)
    assert result.kernels.measured
    for row, (kind, kernel) in zip(result.kernels.rows, found.kernels.items(), strict=True):
        assert row[0] == ("float32" if kind == "none" else kind)
        assert row[1:3] == (kernel.matrix_bytes / 1e6, kernel.held_bytes / 1e6)
        assert row[3:5] == pytest.approx(
            (found.measured.step_ms[kind], found.measured.step_ms["none"] / found.measured.step_ms[kind])
        )
        assert row[5:] == (kernel.perplexity, kernel.divergence)


def test_noise_has_a_row_for_each_kind_and_a_column_for_each_layer(store: variants.VariantStore) -> None:
    base = store.base()
    rounded = round_model(base, SETTINGS.scheme, head=True, measure_noise=True)
    heatmap = panels.noise_by_layer(base, rounded.noise)
    assert len(heatmap.columns) == base.layers
    for kind, row in zip(heatmap.rows, heatmap.values, strict=True):
        names = [name for name in structure.projections(base.module) if name.endswith(f".{say(kind, 'en')}")]
        assert row == tuple(rounded.noise[name] for name in names)
    assert heatmap.caveat is not None
    assert f"{rounded.noise[structure.head_name(base.module)]:.1f} dB" in heatmap.caveat.zh


def test_the_histogram_draws_the_matrix_as_it_was_counted(store: variants.VariantStore) -> None:
    on_grid = matrix_on_grid(store.base(), SETTINGS.scheme, 1, "down")
    drawn = panels.histogram(on_grid)
    assert drawn.series[0].values == on_grid.counts and drawn.edges == on_grid.edges and drawn.grid == on_grid.levels
    assert "步长" in say(drawn.x_label, "zh") and not drawn.log_y


def test_every_panel_of_a_rounded_model_says_what_the_baseline_is(store: variants.VariantStore) -> None:
    # The cards say that the panels do.
    result = finish(store)
    for name in ("figures", "outputs", "granularities", "perplexities", "divergences"):
        caveat = getattr(result, name).caveat
        assert "基线" in caveat.zh and "Q4_K_M 文件" in caveat.zh, name
        assert "Q4_K_M file" in caveat.en, name
