"""Defines the output of decoding: a continuation, its steps and stop reason; knows nothing of how tokens were chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from torch import Tensor

from playground.generation.largest import above, largest
from playground.generation.metrics import divergence
from playground.generation.penalties import Stage
from playground.generation.trace import Trace, trace
from playground.lab.text import Text

ALTERNATIVES = 5
# The chosen token is nearly always among this many top tokens, which cost no more than the few that are stored.
_RANKED = 64


class Ending(Enum):
    """The reason why a continuation ended."""

    END = "end"
    LENGTH = "length"
    CONTEXT = "context"
    STOP = "stop"
    MATCH = "match"


ENDINGS = {
    Ending.END: Text(zh="模型写出了结束符", en="the model wrote its end token"),
    Ending.LENGTH: Text(zh="到了词元上限", en="token limit reached"),
    Ending.CONTEXT: Text(zh="上下文窗口已满", en="context window full"),
    Ending.STOP: Text(zh="出现了停止串", en="a stop string appeared"),
    Ending.MATCH: Text(zh="已完整匹配正则", en="the expression is matched"),
}


@dataclass(frozen=True)
class Step:
    """A chosen token. `log_probability` (natural) and `rank` (1 is the most likely) are the raw model's.

    `chosen_probability`: after penalties, temperature and truncation; None without any of them.
    `alternatives`: the raw model's most likely other tokens with their probabilities.
    """

    token: int
    log_probability: float
    rank: int
    chosen_probability: float | None
    alternatives: tuple[tuple[int, float], ...]
    trace: Trace | None = None

    @property
    def probability(self) -> float:
        return math.exp(self.log_probability)


@dataclass(frozen=True)
class Node:
    """A token in a beam search's tree. `total`: the path's sum of log-probabilities, penalties included.

    `kept`: not pruned: continued or finished. `score`: `total` / length ** length_penalty of a finished path; `rank` 1 is the
    best of all groups. The root, id 0, is the end of the prompt and has no token.
    """

    id: int
    parent: int | None
    token: int | None
    step: int
    log_probability: float = 0.0
    total: float = 0.0
    kept: bool = True
    finished: bool = False
    score: float | None = None
    rank: int | None = None
    group: int = 0


@dataclass(frozen=True)
class Continuation:
    """`steps` are all chosen tokens including an end token; `ending` None: still generating.

    Beam search yields its best path so far, so any token may change until it ends; then `tree` is the whole search.
    """

    prompt: tuple[int, ...]
    steps: tuple[Step, ...] = ()
    ending: Ending | None = None
    score: float | None = None
    tree: tuple[Node, ...] = ()

    @property
    def all_ids(self) -> tuple[int, ...]:
        """The tokens after the prompt including an end token, as returned by transformers' `generate`."""
        return tuple(step.token for step in self.steps)

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens after the prompt, without the end token."""
        return self.all_ids[:-1] if self.ending is Ending.END else self.all_ids


def parting(one: Continuation, other: Continuation) -> int | None:
    """Returns the first index that differs; None if one is a prefix of the other and still generating."""
    index = divergence(one.all_ids, other.all_ids)
    if index is None or index < min(len(one.all_ids), len(other.all_ids)):
        return index
    shorter = min(one, other, key=lambda each: len(each.all_ids))
    return index if shorter.ending in (Ending.END, Ending.STOP, Ending.MATCH) else None


def step_of(
    stages: Sequence[Stage],
    values: Sequence[Tensor],
    ids: Sequence[int],
    offset: int,
    token: int,
    *,
    traced: bool,
    raw: Tensor,
    left: Tensor | None = None,
) -> Step:
    """Creates the step that chose `token`. `raw`: the model's logits; `values`: see `penalties.run`; `ids`, `offset`: see `trace`.

    `left`: the last values that weren't truncated, if known: summing over -inf is slower.
    """
    total, chosen = float(raw.logsumexp(-1)), float(raw[token])
    likeliest, order = (found.tolist() for found in largest(raw, _RANKED))
    others = [
        (other, math.exp(logit - total))
        for other, logit in zip(order[: ALTERNATIVES + 1], likeliest, strict=False)
        if other != token
    ]
    last = values[-1] if left is None else left
    return Step(
        token=token,
        log_probability=chosen - total,
        rank=1 + (sum(logit > chosen for logit in likeliest) if chosen >= likeliest[-1] else len(above(raw, chosen))),
        chosen_probability=math.exp(float(values[-1][token]) - float(last.logsumexp(-1))) if stages else None,
        alternatives=tuple(others[:ALTERNATIVES]),
        trace=trace(stages, values, ids, offset, token) if traced else None,
    )
