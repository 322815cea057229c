"""The numbers of a run of inference: what the request took with the visitor's switches, and what each method changes.

Counts, bytes and texts are equal in equal runs; all times, and what is simulated from them, are in `Measured`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.lab.timing import Timing
from playground.language.units import shown_pieces, token_name
from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel
from playground.topics.inference.batching import Schedule, Schedules
from playground.topics.inference.lookup import Both
from playground.topics.inference.prefixes import Wait
from playground.topics.inference.serving import Served
from playground.topics.inference.step_times import Positions

# Leads of so many steps of rounding are still a near tie: a logit is the sum of many rounded numbers.
NEAR = 8
# A long context, in tokens, for which the cache is counted.
LONG_CONTEXT = 32_768


@dataclass(frozen=True)
class Parting:
    """Where prompt lookup's text leaves plain greedy's. `token`: its number, from 1. `plain`, `lookup`: each one's
    token there.

    `plain_lead`, `lookup_lead`: by how much that token's logit exceeds the runner-up's. `number_type`: what the model
    computes in, such as bfloat16. `spacing`: the distance between neighbouring numbers of that type at the size of
    plain greedy's logit.
    """

    token: int
    plain: str
    lookup: str
    plain_lead: float
    lookup_lead: float
    number_type: str
    spacing: float

    @property
    def near_tie(self) -> bool:
        """Whether rounding explains the difference."""
        return max(self.plain_lead, self.lookup_lead) <= NEAR * self.spacing


@dataclass(frozen=True)
class Drafts:
    """Prompt lookup on the request: one answer, with the cache. `text`: what it generated, `tokens`: how many.

    `passes`: forward passes after prefill, each of which verifies a draft, maybe of none. `drafted`, `accepted`:
    tokens. `parting`: None where all tokens are plain greedy's.
    """

    text: str
    tokens: int
    passes: int
    drafted: int
    accepted: int
    parting: Parting | None

    @property
    def accepted_percent(self) -> float | None:
        """Accepted tokens in per cent of the drafted ones; None without any draft."""
        return 100 * self.accepted / self.drafted if self.drafted else None

    @property
    def from_drafts_percent(self) -> float:
        """Accepted tokens in per cent of the generated ones."""
        return 100 * self.accepted / self.tokens

    @property
    def spared(self) -> int:
        """Forward passes saved against plain greedy, which takes one per token."""
        return self.tokens - self.passes


@dataclass(frozen=True)
class SharedRequest:
    """A request that begins with the shared prefix. `shared`: tokens of the prefix, its start token included; `own`: of
    the rest.

    `same_first_token`: whether prefill after the cached prefix puts the same token first as prefill of the whole.
    """

    shared: int
    own: int
    same_first_token: bool


@dataclass(frozen=True)
class KeyValueBytes:
    """Bytes of keys and values of one sequence of `tokens` tokens, `by_formula` and `held` by the library's own cache."""

    tokens: int
    by_formula: int
    held: int


@dataclass(frozen=True)
class DraftTimes:
    """Times of plain greedy and of prompt lookup, milliseconds. `plain_ms_per_pass`, `lookup_ms_per_pass`: the median
    of a pass; `plain_ms_per_token`, `lookup_ms_per_token`: per token, over all passes.
    """

    plain_ms_per_pass: float
    lookup_ms_per_pass: float
    plain_ms_per_token: float
    lookup_ms_per_token: float

    @property
    def speedup(self) -> float:
        """How many times as fast as plain greedy prompt lookup is, per token."""
        return self.plain_ms_per_token / self.lookup_ms_per_token


@dataclass(frozen=True)
class PositionStep:
    """The median milliseconds of the step after `tokens` tokens: `cached_ms` with the cache, `uncached_ms` without."""

    tokens: int
    cached_ms: float
    uncached_ms: float


@dataclass(frozen=True)
class BatchStep:
    """`step_ms`: the median milliseconds of a step that generates one token in each of `rows` answers."""

    rows: int
    step_ms: float

    @property
    def tokens_per_second(self) -> float:
        """Tokens a second of the whole batch."""
        return 1e3 * self.rows / self.step_ms


@dataclass(frozen=True)
class FirstTokenWait:
    """The median milliseconds to the first token: `anew_ms` when all tokens are prefilled, `reused_ms` when the cached
    prefix is reused.
    """

    anew_ms: float
    reused_ms: float


@dataclass(frozen=True)
class Simulated:
    """What one kind of batching gives by simulation from this run's step times. `idle_share` of the slots' time: 0 to
    1.

    `tokens_per_second`: of all requests. `mean_wait_s`: to a request's last token. `longest_short_wait_s`: until the
    last of the short answers is done. `total_s`: until everything is.
    """

    tokens_per_second: float
    mean_wait_s: float
    longest_short_wait_s: float
    idle_share: float
    total_s: float


@dataclass(frozen=True)
class Measured:
    """All times of this run. `first_token_ms`: prefill and first token; `per_token_ms`: each later token of one answer.

    `tokens_per_second`: of all answers together; it and `per_token_ms` are None where the first pass generated
    everything. `under_load`: whether other programs took so much of the processors that the times are too long.
    `drafts`: of prompt lookup and plain greedy. `steps`: by position, ascending; `batches`: by rows, ascending, from 1;
    `waits`: in the order of `Findings.requests`. `static`, `continuous`: simulated batching.
    """

    first_token_ms: float
    per_token_ms: float | None
    tokens_per_second: float | None
    under_load: bool
    drafts: DraftTimes
    steps: tuple[PositionStep, ...]
    batches: tuple[BatchStep, ...]
    waits: tuple[FirstTokenWait, ...]
    static: Simulated
    continuous: Simulated

    def batch(self, rows: int) -> BatchStep:
        """The step of so many rows. Raises StopIteration where it wasn't measured."""
        return next(step for step in self.batches if step.rows == rows)

    @property
    def gains(self) -> dict[int, float]:
        """Throughput of each measured number of rows over that of one."""
        one = self.batch(1).tokens_per_second
        return {step.rows: step.tokens_per_second / one for step in self.batches}

    def gain(self, rows: int) -> float:
        """Throughput of so many rows over that of one."""
        return self.gains[rows]


@dataclass(frozen=True)
class Findings:
    """A run. `weight_bytes`: of the weights, which every step reads. `long_context_bytes`: of the keys and values of
    one answer at `LONG_CONTEXT` tokens, by formula. `tokens`, `passes`: generated in one answer with the visitor's
    switches, and the forward passes that took.

    `prefilled`: tokens that each answer's prefill computed. `held_bytes`: keys and values of all answers at their end.
    `cut`: the tokens after which a run without a cache was stopped, None where it wasn't. `drafts`: prompt lookup on
    the request. `requests`: the visitor's own first. `key_values`: by length, ascending. `measured`: all times.
    """

    weight_bytes: int
    long_context_bytes: int
    tokens: int
    passes: int
    prefilled: int
    held_bytes: int
    cut: int | None
    drafts: Drafts
    requests: tuple[SharedRequest, ...]
    key_values: tuple[KeyValueBytes, ...]
    measured: Measured


def find_drafts(lm: LanguageModel, both: Both) -> Drafts:
    """Reads off what the drafts gave."""
    lookup = both.lookup
    text = "".join(shown_pieces(lm, lookup.tokens))
    return Drafts(
        text, len(lookup.tokens), len(lookup.passes), lookup.drafted, lookup.accepted, _parting(lm, both)
    )  # fmt: skip


def _parting(lm: LanguageModel, both: Both) -> Parting | None:
    at = both.divergence
    if at is None:
        return None
    plain, lookup = both.plain.choices[at], both.lookup.choices[at]
    return Parting(
        token=at + 1,
        plain=token_name(lm, plain.token),
        lookup=token_name(lm, lookup.token),
        plain_lead=plain.lead,
        lookup_lead=lookup.lead,
        number_type=str(both.number_type).removeprefix("torch."),
        spacing=plain.spacing(both.number_type),
    )


def find_draft_times(both: Both) -> DraftTimes:
    """Reads off the times of both ways."""
    plain, lookup = both.plain, both.lookup
    return DraftTimes(
        1e3 * plain.timing.median, 1e3 * lookup.timing.median, plain.milliseconds, lookup.milliseconds
    )  # fmt: skip


def find_key_values(lm: LanguageModel, held: Mapping[int, int]) -> tuple[KeyValueBytes, ...]:
    """Sets the formula beside the bytes that were held, by tokens."""
    shape = KeyValueShape.of(lm)
    return tuple(KeyValueBytes(tokens, shape.bytes_of(tokens), size) for tokens, size in held.items())


def find(
    lm: LanguageModel,
    served: Served,
    drafts: Drafts,
    key_values: tuple[KeyValueBytes, ...],
    both: Both,
    positions: Positions,
    batches: Mapping[int, Timing],
    waits: Sequence[Wait],
    schedules: Schedules,
) -> Findings:
    """Collects the findings once everything has run."""
    per_token = served.seconds_per_token
    measured = Measured(
        first_token_ms=1e3 * served.first_timing.median,
        per_token_ms=None if per_token is None else 1e3 * per_token,
        tokens_per_second=served.tokens_per_second if served.later else None,
        under_load=served.first_timing.loaded,
        drafts=find_draft_times(both),
        steps=tuple(
            PositionStep(tokens, 1e3 * timing.median, 1e3 * positions.steps[tokens, False].median)
            for (tokens, cached), timing in positions.steps.items()
            if cached
        ),
        batches=tuple(BatchStep(rows, 1e3 * timing.median) for rows, timing in batches.items()),
        waits=tuple(FirstTokenWait(1e3 * wait.anew.median, 1e3 * wait.kept.median) for wait in waits),
        static=_simulated(schedules.static),
        continuous=_simulated(schedules.continuous),
    )
    return Findings(
        weight_bytes=lm.weight_bytes,
        long_context_bytes=KeyValueShape.of(lm).bytes_of(LONG_CONTEXT),
        tokens=served.tokens,
        passes=served.passes,
        prefilled=served.read,
        held_bytes=served.held,
        cut=served.cut,
        drafts=drafts,
        requests=tuple(SharedRequest(wait.shared, wait.own, wait.same_token) for wait in waits),
        key_values=key_values,
        measured=measured,
    )


def _simulated(schedule: Schedule) -> Simulated:
    return Simulated(
        schedule.throughput, schedule.mean_latency, schedule.longest_short_wait, schedule.idle_share, schedule.seconds
    )
