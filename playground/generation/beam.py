"""Implements beam search with length penalty and diverse groups, and records the whole tree; knows nothing of models.

One group equals transformers' beam search (5.23, early_stopping=False): 2 candidates per beam (or 1 + end tokens, if more);
the best unfinished ones continue; a finished path scores sum of log-probabilities / length ** length_penalty; the search stops
when no running path can exceed the worst finished one at its current length. Several groups are Diverse Beam Search
(Vijayakumar et al. 2018) with Hamming diversity, which transformers has removed: the penalty affects a group's choice of
tokens at a step, but isn't included in the path's score.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from playground.generation.constraint import Constraint, nothing_left
from playground.generation.continuation import Continuation, Ending, Node, Step, step_of
from playground.generation.penalties import Stage, penalty_chain, run
from playground.generation.settings import Decoding
from playground.lab.text import Text

_LOG_SOFTMAX = Stage(
    Text(zh="对数概率", en="log-probability"),
    "x − log Σ eˣ",
    lambda x, ids: x.log_softmax(-1),
    unit="log-probability",
    key="log_probability",
)


@dataclass(frozen=True)
class _Beam:
    """An unfinished path: its tokens after the prompt, their steps, its node."""

    tokens: tuple[int, ...]
    steps: tuple[Step, ...]
    total: float
    node: int


@dataclass(frozen=True)
class _Candidate:
    """An unfinished path extended by one token. `choice`: the value that ranks it at this step."""

    choice: float
    total: float
    parent: int
    token: int


@dataclass
class _Group:
    """Beams that compete only with one another. `finished`: best first."""

    width: int
    running: list[_Beam]
    finished: list[tuple[float, _Beam]] = field(default_factory=list)
    done: bool = False


class BeamSearch:
    """Searches for one setting within a batch: see `decode.Search`."""

    def __init__(
        self,
        prompt: Sequence[int],
        decoding: Decoding,
        *,
        most: int,
        end_ids: frozenset[int],
        traced: bool = False,
        constraint: Constraint | None = None,
    ) -> None:
        self._prompt = tuple(prompt)
        self._counted_from = 0 if decoding.count_prompt else len(prompt)
        self._constraint = constraint
        held = () if constraint is None else (constraint.stage(len(prompt) - self._counted_from),)
        self._stages = (_LOG_SOFTMAX, *penalty_chain(decoding), *held)
        self._length_penalty, self._diversity = decoding.length_penalty, decoding.diversity_penalty
        self._most, self._end_ids, self._traced = most, end_ids, traced
        self._nodes = [Node(0, None, None, 0)]
        count = decoding.groups
        widths = [decoding.beams // count + (number < decoding.beams % count) for number in range(count)]
        self._groups = [_Group(width, [_Beam((), (), 0.0, 0)]) for width in widths]
        self._length = 0

    def advance(self, logits: Tensor) -> list[tuple[int, int]]:
        self._length += 1
        taken: Counter[int] = Counter()
        moves: list[tuple[int, int]] = []
        row = 0
        for number, group in enumerate(self._groups):
            if group.done:
                continue
            # At the first step every group starts from the single row of the prompt.
            rows = [0] if self._length == 1 else list(range(row, row + len(group.running)))
            row += len(group.running)
            parents = self._advance_group(number, group, logits[rows], taken)
            taken.update(beam.tokens[-1] for beam in group.running)
            if not group.done:
                moves += [(rows[parent], beam.tokens[-1]) for parent, beam in zip(parents, group.running, strict=True)]
        return moves

    def continuation(self) -> Continuation:
        finished = sorted(
            (item for group in self._groups for item in group.finished), key=lambda item: item[0], reverse=True
        )
        if not all(group.done for group in self._groups):
            running = [beam for group in self._groups if not group.done for beam in group.running]
            best = max(running, key=lambda beam: beam.total)
            return Continuation(self._prompt, best.steps)
        for rank, (_, beam) in enumerate(finished, 1):
            self._change(beam.node, rank=rank)
        score, best = finished[0]
        ending = Ending.END if best.tokens[-1] in self._end_ids else Ending.LENGTH
        if ending is Ending.LENGTH and self._constraint is not None and self._constraint.complete(best.tokens):
            ending = Ending.MATCH
        return Continuation(self._prompt, best.steps, ending, score, tuple(self._nodes))

    def candidates(self) -> list[int]:
        # Each of its paths has a step of its own, traced while it grows: which of them is shown isn't known before the end.
        return []

    def trace(self, also: Sequence[int]) -> None:
        """Adds nothing: the steps are traced already, with their own candidates."""

    def _advance_group(self, number: int, group: _Group, logits: Tensor, taken: Counter[int]) -> list[int]:
        """Extends a group by one token and returns each new beam's parent row within the group."""
        stages = self._with_diversity(taken)
        seen = [[*self._prompt, *beam.tokens][self._counted_from :] for beam in group.running]
        chains = [run(stages, row, ids) for row, ids in zip(logits, seen, strict=True)]
        totals = [values[len(self._stages)] + beam.total for values, beam in zip(chains, group.running, strict=True)]
        choices = [values[-1] + beam.total for values, beam in zip(chains, group.running, strict=True)]
        candidates = _best(choices, totals, group.width * max(2, 1 + len(self._end_ids)))
        if not candidates and not group.finished:
            raise nothing_left(self._constraint)
        last = self._length >= self._most
        going: list[_Candidate] = []
        ended: list[_Candidate] = []
        cut: list[_Candidate] = []
        for place, candidate in enumerate(candidates):
            if last or self._ends(group.running[candidate.parent], candidate.token):
                (ended if place < group.width else cut).append(candidate)
            else:
                (going if len(going) < group.width else cut).append(candidate)
        parents, group.running, old = [one.parent for one in going], [], group.running

        def grown(candidate: _Candidate, finished: bool) -> _Beam:
            parent = old[candidate.parent]
            step = step_of(stages, chains[candidate.parent], seen[candidate.parent], self._counted_from, candidate.token,
                           traced=self._traced, raw=logits[candidate.parent])  # fmt: skip
            if len(stages) == 1:
                # Without other stages the probability is the raw one, so it isn't repeated.
                step = dataclasses.replace(step, chosen_probability=None)
            score = candidate.total / self._length**self._length_penalty if finished else None
            node = self._node(
                old, candidate, number, log_probability=step.log_probability, finished=finished, score=score
            )
            return _Beam((*parent.tokens, candidate.token), (*parent.steps, step), candidate.total, node)

        group.running = [grown(candidate, False) for candidate in going]
        for candidate in ended:
            beam = grown(candidate, True)
            group.finished.append((self._nodes[beam.node].score or 0.0, beam))
        for candidate in cut:
            value = float(chains[candidate.parent][1][candidate.token])
            self._node(old, candidate, number, log_probability=value, kept=False)
        group.finished.sort(key=lambda item: item[0], reverse=True)
        for _, beam in group.finished[group.width :]:
            self._change(beam.node, kept=False)
        group.finished = group.finished[: group.width]
        group.done = not group.running or not self._can_improve(group)
        return parents

    def _ends(self, beam: _Beam, token: int) -> bool:
        if token in self._end_ids:
            return True
        return self._constraint is not None and self._constraint.complete((*beam.tokens, token))

    def _can_improve(self, group: _Group) -> bool:
        if len(group.finished) < group.width:
            return True
        best = max(beam.total for beam in group.running) / self._length**self._length_penalty
        return best > group.finished[-1][0]

    def _with_diversity(self, taken: Counter[int]) -> tuple[Stage, ...]:
        if not taken or not self._diversity:
            return self._stages
        ids = torch.tensor(list(taken), dtype=torch.long)
        counts = torch.tensor(list(taken.values()), dtype=torch.float32)
        name = Text(zh="多样性惩罚", en="diversity penalty")
        formula = f"x − {self._diversity:g} × taken by earlier groups"
        return (
            *self._stages,
            Stage(
                name, formula, lambda x, seen: x.index_put((ids,), x[ids] - self._diversity * counts), key="diversity"
            ),
        )

    def _node(self, beams: Sequence[_Beam], candidate: _Candidate, group: int, **more: Any) -> int:
        parent = beams[candidate.parent].node
        node = Node(len(self._nodes), parent, candidate.token, self._length, total=candidate.total, group=group)
        self._nodes.append(dataclasses.replace(node, **more))
        return node.id

    def _change(self, node: int, **more: Any) -> None:
        self._nodes[node] = dataclasses.replace(self._nodes[node], **more)


def _best(choices: Sequence[Tensor], totals: Sequence[Tensor], count: int) -> list[_Candidate]:
    """Returns the best `count` candidates over all beams, best first, without tokens at -inf."""
    found = []
    for parent, (choice, total) in enumerate(zip(choices, totals, strict=True)):
        values, tokens = choice.topk(min(count, choice.numel()))
        sums = total[tokens].tolist()
        found += [
            _Candidate(value, own, parent, token)
            for value, own, token in zip(values.tolist(), sums, tokens.tolist(), strict=True)
            if value > -torch.inf
        ]
    return sorted(found, key=lambda candidate: candidate.choice, reverse=True)[:count]
