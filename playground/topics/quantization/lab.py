"""Rounding a real model's weights: the grid on the weights, the error by layer, and what the model loses by it.

Knows nothing of how a tensor is rounded (see `compression.quantize`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playground.compression.quantize import Scheme, fake_quantize, quantize
from playground.evaluation.perplexity import check_length
from playground.evaluation.reading import Reading
from playground.generation.continuation import Continuation
from playground.generation.decode import decode
from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.models import kernels as model_kernels
from playground.models.language_model import LanguageModel
from playground.topics.quantization import cases, interview, panels, sweep
from playground.topics.quantization.cost import cost
from playground.topics.quantization.findings import (
    Findings,
    continuations_of,
    kernels_of,
    loss_of,
    matrix_of,
    measured_of,
    median_snr,
)
from playground.topics.quantization.grid import matrix_on_grid
from playground.topics.quantization.kernels import matrix_bytes, measure_kernels
from playground.topics.quantization.rounding import Rounded, round_model
from playground.topics.quantization.settings import Result, Settings


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Rounds the model as asked, then by other granularities and bits, and at last measures the real kernels."""
    lm = bench.lm()
    ids = lm.encode(settings.text)
    check_length(ids)
    matrix = matrix_on_grid(lm, settings.scheme, settings.layer, settings.matrix)
    yield Result(weights=panels.histogram(matrix))

    def rounded_by(scheme: Scheme, *, measure_noise: bool = False) -> Rounded:
        return round_model(
            lm, scheme, head=settings.head, activations=settings.activations, activation_bits=settings.activation_bits,
            checkpoint=bench.checkpoint, measure_noise=measure_noise,
        )  # fmt: skip

    rounded = rounded_by(settings.scheme, measure_noise=True)
    reading = Reading(lm, ids)
    baseline = reading.baseline.perplexity
    losses = {settings.scheme: loss_of(reading.cost(rounded.lm), rounded)}
    snr = median_snr(rounded.noise)
    yield Result(
        noise=panels.noise_by_layer(lm, rounded.noise),
        figures=panels.figures(settings, len(reading.ids), baseline, losses[settings.scheme], snr),
    )
    a, b = (_continue(one, ids, settings, bench, side) for side, one in enumerate((lm, rounded.lm)))
    yield Result(outputs=panels.outputs(settings, lm, rounded.lm, a, b))
    simulated_bytes = matrix_bytes(rounded.lm)
    # Frees the copy before the next one is made.
    del rounded

    granularities, curve = sweep.by_granularity(settings.scheme), sweep.by_bits(settings.scheme)
    todo = [scheme for scheme in dict.fromkeys([*granularities.values(), *curve.values()]) if scheme not in losses]
    for done, scheme in enumerate(todo):
        bench.progress(
            done / (len(todo) + 1),
            Text(zh="第 {n} 个点，共 {total} 个：{bits} 位", en="point {n} of {total}: {bits} bits").format(
                n=done + 1, total=len(todo), bits=scheme.bits
            ),
        )
        other = rounded_by(scheme)
        losses[scheme] = loss_of(reading.cost(other.lm), other)
        del other
        if len(losses) == len(granularities):
            by_granularity = {name: losses[one] for name, one in granularities.items()}
            yield Result(granularities=panels.granularities(settings, granularities, by_granularity, baseline))
    by_bits = {bits: losses[scheme] for bits, scheme in curve.items()}
    yield Result(
        perplexities=panels.perplexities(settings, by_bits, baseline), divergences=panels.divergences(settings, by_bits)
    )
    bench.progress(0.9, Text(zh="测量 int8 与 int4 算子", en="measuring the int8 and int4 kernels"))
    runs = measure_kernels(bench, reading)
    yield Result(
        kernels=panels.kernel_table(runs, lm),
        findings=Findings(
            tokens=len(reading.ids),
            baseline_perplexity=baseline,
            loss=losses[settings.scheme],
            median_snr=snr,
            matrix=matrix_of(matrix),
            continuations=continuations_of(lm, a, b),
            by_granularity=by_granularity,
            by_bits={str(bits): loss for bits, loss in by_bits.items()},
            simulated_bytes=simulated_bytes,
            kernels=kernels_of(runs),
            measured=measured_of(runs),
        ),
    )


def _continue(lm: LanguageModel, ids: Sequence[int], settings: Settings, bench: Bench, side: int) -> Continuation:
    """Generates greedily after the text with the baseline (side 0) or the rounded model (side 1)."""
    last = None
    for count, (now,) in enumerate(decode(lm, ids, (Decoding(),), max_tokens=settings.max_tokens)):
        last = now
        bench.progress(
            (side + count / settings.max_tokens) / 2,
            Text(zh="续写：第 {n} 个词元", en="writing: token {n}").format(n=count + 1),
        )
    assert last is not None
    return last


TOPIC = Topic(
    number=9,
    slug="quantization",
    title=Text(zh="量化", en="Quantization"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    leads=("figures", "weights", "noise", "outputs"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("figures", "granularities"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(fake_quantize, quantize, model_kernels.Int8Linear.multiply, round_model),
)
