"""The numbers of a run of efficiency: what A and B hold, do, take and lose, and what half pruned buys here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.evaluation.comparison import Comparison
from playground.generation.continuation import Continuation, parting
from playground.lab.timing import LOADED, Timing
from playground.language.units import shown_pieces
from playground.models.language_model import LanguageModel
from playground.topics.efficiency.counting import Counts
from playground.topics.efficiency.measuring import Pace, Run
from playground.topics.efficiency.sparsity import PrunedModel, mlp_shape


@dataclass(frozen=True)
class Side:
    """One side's weights and what they do with the text.

    `counts`: parameters, bytes and operations. `perplexity`: of the text. `text`: what it generates greedily after it.
    `prefill_intensity`, `decode_intensity`: operations for each byte that must be read, of a prefill of the text and of
    a decoding step after it.
    """

    counts: Counts
    perplexity: float
    text: str
    prefill_intensity: float
    decode_intensity: float


@dataclass(frozen=True)
class Pruned:
    """The baseline half pruned, or dense.

    `counts.operations`: of a decoding step after the text. `perplexity`: of the text. `mlp_shape`: (outputs, inputs) of
    the first layer's matrix out of its neurons, one input a neuron; None where the model has another form.
    """

    counts: Counts
    perplexity: float
    mlp_shape: tuple[int, int] | None


@dataclass(frozen=True)
class Pass:
    """A timed forward pass. `ms`: median milliseconds for each of its tokens; `least_ms` and `most_ms`: the least and
    the most.

    `waited`: of the processor time asked for, the share (0 to 1) that other programs had; None where the system doesn't
    say.
    """

    ms: float
    least_ms: float
    most_ms: float
    waited: float | None

    @property
    def between(self) -> str:
        """The least and the most milliseconds, as text."""
        return f"{self.least_ms:.1f}–{self.most_ms:.1f}"


@dataclass(frozen=True)
class Measured:
    """Times of this run, and what follows from them alone.

    `a_prefill`, `a_decode`, `b_prefill`, `b_decode`: each side's prefill of the text and its decoding steps. `pruned`:
    decoding steps of the models in `Findings.pruned`, by the same keys. `answers_ms`: median milliseconds of a decoding
    step of A with "1", "2", "4" or "8" answers in one batch. `ridge`: operations per byte at which this machine's
    roofline turns, with the baseline's number type. `bandwidth_share`: bytes per second that A's decode reads over this
    machine's measured bandwidth, which what stays in a cache can raise above 1.
    """

    a_prefill: Pass
    a_decode: Pass
    b_prefill: Pass
    b_decode: Pass
    pruned: dict[str, Pass]
    answers_ms: dict[str, float]
    ridge: float
    bandwidth_share: float

    @property
    def prefill_ratio(self) -> float:
        """How many times as fast as A B's prefill is."""
        return self.a_prefill.ms / self.b_prefill.ms

    @property
    def decode_ratio(self) -> float:
        """How many times as fast as A B decodes."""
        return self.a_decode.ms / self.b_decode.ms

    @property
    def zeroed_ratio(self) -> float:
        """How many times as fast as the dense model the one with half of its weights zeroed decodes."""
        return self.pruned["none"].ms / self.pruned["unstructured"].ms

    @property
    def loaded(self) -> bool:
        """Whether other programs had so much of the processors that a time of A or B is too long."""
        passes = (self.a_prefill, self.a_decode, self.b_prefill, self.b_decode)
        return any(one.waited is not None and one.waited > LOADED for one in passes)


@dataclass(frozen=True)
class Findings:
    """`a`, `b`: both sides. `divergence`: mean KL(A ‖ B) on the text, nats per token. `parting`: the first generated
    token (from 1) that differs, None where none does. `pruned`: by "none" (dense), "unstructured" and, where the model
    can, "structured". `one_model`: both sides are the very same weights, measured once. `measured`: times in
    milliseconds.
    """

    a: Side
    b: Side
    divergence: float
    parting: int | None
    one_model: bool
    pruned: dict[str, Pruned]
    measured: Measured

    @property
    def bytes_ratio(self) -> float:
        """A's weight bytes over B's."""
        return self.a.counts.weight_bytes / self.b.counts.weight_bytes

    @property
    def b_zeros(self) -> float:
        """The share (0 to 1) of B's parameters that are 0."""
        return 1 - self.b.counts.nonzero / self.b.counts.parameters

    @property
    def bytes_saved(self) -> float:
        """The share of A's weight bytes (at most 1) that B doesn't hold; negative where B holds more."""
        return 1 - self.b.counts.weight_bytes / self.a.counts.weight_bytes


@dataclass(frozen=True)
class Weights:
    """One side as the run measured it. `lm`: its model; `counts`: parameters, bytes and operations; `continuation`:
    what it generates; `pace`: times.
    """

    lm: LanguageModel
    counts: Counts
    continuation: Continuation
    pace: Pace


def find(
    a: Weights,
    b: Weights,
    comparison: Comparison,
    models: Sequence[PrunedModel],
    decodings: Mapping[int, Run],
    answers: Mapping[int, Timing],
    ridge: float,
    bandwidth: float,
) -> Findings:
    """Reads the findings off a finished run. `decodings`: by the id of a module; `answers`: by their number in one batch; `ridge`: of
    the roofline; `bandwidth`: of this machine's memory, bytes per second.
    """
    at = parting(a.continuation, b.continuation)
    return Findings(
        a=_side(a, comparison.perplexity_a),
        b=_side(b, comparison.perplexity_b),
        divergence=float(comparison.divergence.mean()),
        parting=None if at is None else at + 1,
        one_model=a.lm.module is b.lm.module,
        pruned={one.kind: _pruned(one, decodings[id(one.lm.module)]) for one in models},
        measured=Measured(
            a_prefill=_pass(a.pace.prefill),
            a_decode=_pass(a.pace.decode),
            b_prefill=_pass(b.pace.prefill),
            b_decode=_pass(b.pace.decode),
            pruned={one.kind: _pass(decodings[id(one.lm.module)]) for one in models},
            answers_ms={str(number): 1e3 * timing.median for number, timing in answers.items()},
            ridge=ridge,
            bandwidth_share=a.pace.decode.bytes_per_second / bandwidth,
        ),
    )


def _side(one: Weights, perplexity: float) -> Side:
    text = "".join(shown_pieces(one.lm, one.continuation.ids))
    return Side(one.counts, perplexity, text, one.pace.prefill.work.intensity, one.pace.decode.work.intensity)


def _pruned(one: PrunedModel, run: Run) -> Pruned:
    counts = Counts(one.parameters.stored, one.parameters.nonzero, one.lm.weight_bytes, run.work.operations)
    return Pruned(counts, one.perplexity, mlp_shape(one.lm))


def _pass(run: Run) -> Pass:
    least, most = (1e3 * seconds / run.tokens for seconds in (run.timing.low, run.timing.high))
    return Pass(run.milliseconds, least, most, run.timing.waited)
