"""Records the effect of each stage on a step's distribution, for a few tokens; knows nothing of drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.generation.distribution import condense
from playground.generation.penalties import Stage
from playground.lab import token_panels
from playground.lab.text import Text
from playground.lab.token_panels import Candidate, Distribution, WaterfallStep

MOST_CANDIDATES = 10
MOST_CONTEXT = 128
_RAW = Text(zh="原始 logit", en="raw logit")
_PROBABILITY = Text(zh="概率", en="probability")


@dataclass(frozen=True)
class Trace:
    """Values of candidates along a chain at one step. `position`: number of tokens before it.

    `values[stage][candidate]`: from the raw logit to the value before the softmax, None once truncated.
    `names[stage]`: name, formula, unit. `causes[candidate]`: positions of the tokens for which it was penalized.
    `remaining`: number of tokens that weren't truncated. `keys[stage]`: the setting that enables it, and its value (see `Stage`).
    `counts[candidate]`: its occurrences among the tokens considered. `distribution`: None unless asked for.
    """

    position: int
    chosen: int
    candidates: tuple[int, ...]
    causes: tuple[tuple[int, ...], ...]
    names: tuple[tuple[Text, str, str], ...]
    values: tuple[tuple[float | None, ...], ...]
    probabilities: tuple[float | None, ...]
    remaining: int
    keys: tuple[tuple[str, float | None], ...] = ()
    counts: tuple[int, ...] = ()
    distribution: Distribution | None = None


def trace(
    stages: Sequence[Stage],
    values: Sequence[Tensor],
    ids: Sequence[int],
    offset: int,
    chosen: int,
    also: Sequence[int] = (),
    *,
    whole: bool = False,
) -> Trace:
    """Traces a step with the `values` of its chain (see `penalties.run`).

    `ids`: the previous tokens considered, starting at `offset` of the sequence. The candidates are those of `likely`, the chosen
    token, and those of `also`. `whole`: with the distribution, from which other settings can be computed.
    """
    candidates = list(dict.fromkeys([*likely(values), chosen, *also]))
    index = torch.tensor(candidates)
    kept = [[float(value) for value in stage[index]] for stage in values]
    total = float(values[-1].logsumexp(-1))
    last = torch.tensor(kept[-1], dtype=torch.float64)
    return Trace(
        position=offset + len(ids),
        chosen=chosen,
        candidates=tuple(candidates),
        causes=tuple(_causes(stages, ids, offset, token) for token in candidates),
        names=_names(stages),
        values=tuple(tuple(None if value == -torch.inf else value for value in stage) for stage in kept),
        probabilities=tuple(
            None if value == -torch.inf else float(p) for value, p in zip(kept[-1], (last - total).exp(), strict=True)
        ),
        remaining=int((values[-1] > -torch.inf).sum()) if len(stages) else values[-1].numel(),
        keys=(("", None), *((stage.key, stage.setting) for stage in stages)),
        counts=tuple(ids.count(token) for token in candidates),
        distribution=condense(values[0], _before_sampling(stages, values), ids, candidates) if whole else None,
    )


def likely(values: Sequence[Tensor]) -> list[int]:
    """Returns the most likely tokens before and after a chain, given the `values` before and after its stages."""
    size = min(MOST_CANDIDATES // 2 if len(values) > 1 else MOST_CANDIDATES, values[0].numel())
    before = values[0].topk(size).indices.tolist()
    largest, order = values[-1].topk(size) if len(values) > 1 else (torch.empty(0), torch.empty(0))
    return list(dict.fromkeys([*before, *order[largest > -torch.inf].tolist()]))


def _before_sampling(stages: Sequence[Stage], values: Sequence[Tensor]) -> Tensor:
    """Returns the values after the penalties, the n-gram rule and the expression."""
    first = next((place for place, stage in enumerate(stages) if stage.samples), len(stages))
    return values[first]


def _names(stages: Sequence[Stage]) -> tuple[tuple[Text, str, str], ...]:
    names = [(_RAW, "x", "logit")]
    for stage in stages:
        names.append((stage.name, stage.formula, stage.unit or names[-1][2]))
    return tuple(names)


def _causes(stages: Sequence[Stage], ids: Sequence[int], offset: int, token: int) -> tuple[int, ...]:
    return tuple(sorted({offset + position for stage in stages for position in stage.causes(ids, token)}))


def waterfall_step(step: Trace, context: Sequence[str], name: Callable[[int], str]) -> WaterfallStep:
    """Converts a trace to a panel's step. `context`: the pieces of the whole sequence; `name(token)`: its readable name.

    A long context is truncated to its last pieces after an "…", to which all earlier causes are mapped.
    """
    pieces = list(context[: step.position])
    hidden = len(pieces) - MOST_CONTEXT + 1 if len(pieces) > MOST_CONTEXT else 0
    if hidden:
        pieces = ["…", *pieces[hidden:]]
    shift = max(0, hidden - 1)
    keys = step.keys or (("", None),) * len(step.names)
    stages = [
        token_panels.Stage(label, formula, values, unit, key, setting)
        for (label, formula, unit), values, (key, setting) in zip(step.names, step.values, keys, strict=True)
    ]
    stages.append(token_panels.Stage(_PROBABILITY, "softmax", step.probabilities, unit="probability"))
    counts = step.counts or (0,) * len(step.candidates)
    return WaterfallStep(
        context=tuple(pieces),
        candidates=tuple(
            Candidate(
                name(token),
                token == step.chosen,
                tuple(dict.fromkeys(max(0, at - shift) for at in causes)),
                token,
                count,
            )
            for token, causes, count in zip(step.candidates, step.causes, counts, strict=True)
        ),
        stages=tuple(stages),
        remaining=step.remaining,
        distribution=step.distribution,
    )
