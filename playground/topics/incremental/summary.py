"""Sums up what the updates did: scores over seeds, cost, drift and the rank of the change. Knows no language model and no panel."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from playground.statistics.intervals import Mean, mean
from playground.topics.incremental import experiment
from playground.topics.incremental.experiment import BASE_STEPS, PROBE_EXAMPLES, Done, Trainer
from playground.topics.incremental.findings import (
    Answer,
    Cost,
    Findings,
    Merged,
    Paced,
    Probe,
    Rows,
    Score,
    Swept,
    Vocabulary,
    Word,
)  # fmt: skip
from playground.topics.incremental.updating import BATCH, WEIGHTS, Update, trained_parameters
from playground.topics.incremental.words import TREATMENTS, UNKNOWN, Grown, split

FLOAT = 4
FREQUENT = 6


def sum_up(trainer: Trainer, done: Done, grown: Grown) -> Findings:
    """Returns the findings of a finished training."""
    settings, shift = trainer.settings, trainer.shift
    places: dict[Update, list[int]] = {}
    for at, one in enumerate(done.updates):
        places.setdefault(replace(one, seed=settings.seed), []).append(at)
    plans = experiment.methods(settings)
    naive = places[plans["new"]]
    scores = {one: _score(trainer, done, one, at, naive) for one, at in places.items()}
    merges = tuple(
        Merged(
            amount, mean(old.numpy()), mean(new.numpy()), mean((done.base_old - old).numpy()), mean((old - done.old[naive]).numpy()),
            mean((new - done.base_new).numpy()),
        )
        for amount, (old, new) in done.merged.items()
    )  # fmt: skip
    answers = {"base": _answer(trainer, done.base_answer)}
    answers |= {name: _answer(trainer, done.answers[places[one][0]]) for name, one in plans.items()}
    answers["merge"] = _answer(trainer, done.merged_answer)
    inputs, width = done.base["hidden"].shape[1:]
    return Findings(
        data=settings.data,
        own=bool(settings.lines.strip()),
        repeated=shift.repeated,
        seeds=settings.seeds,
        names=shift.names,
        fresh=tuple(shift.names[at] for at in shift.fresh),
        before_old=mean(done.base_old.numpy()),
        before_new=mean(done.base_new.numpy()),
        scores={name: scores[one] for name, one in plans.items()},
        rank=settings.rank,
        share=settings.share,
        ranks=tuple(Swept(float(one.rank), scores[one]) for one in experiment.ranks(settings)),
        shares=tuple(Swept(one.share, scores[one]) for one in experiment.shares(settings)),
        paces=tuple(Paced(one.schedule, one.rate, scores[one]) for one in experiment.paces(settings)),
        merges=merges,
        amount=settings.merge,
        probe=Probe(
            mean(done.probed.numpy()),
            mean((done.probed - done.old[naive]).numpy()),
            min(PROBE_EXAMPLES, settings.examples),
        ),
        vocabulary=_vocabulary(grown, settings.text),
        answers=answers,
        parameters=inputs * width + width + (width + 1) * len(shift.names),
        examples=settings.examples,
        new_examples=len(trainer.new_pools[settings.seed]),
        held_old=len(shift.held_old.classes),
        held_new=len(shift.held_new.classes),
    )


def _score(trainer: Trainer, done: Done, one: Update, at: list[int], naive: list[int]) -> Score:
    old, new = done.old[at], done.new[at]
    itself = at == naive
    changes = {name: done.after[name][at] - done.base[name] for name in WEIGHTS}
    squares = sum_of_squares(changes) / sum_of_squares({name: done.base[name] for name in WEIGHTS})
    return Score(
        old=mean(old.numpy()),
        new=mean(new.numpy()),
        forgotten=mean((done.base_old - old).numpy()),
        against=None if itself else mean((old - done.old[naive]).numpy()),
        gained_against=None if itself else mean((new - done.new[naive]).numpy()),
        drift=mean(squares.sqrt().numpy()),
        rank=int(torch.linalg.matrix_rank(changes["hidden"], rtol=1e-4).max()),
        cost=_cost(trainer, done, one, at),
    )


def sum_of_squares(weights: dict[str, Tensor]) -> Tensor:
    """Returns the squared norm of each run's weights together (runs,)."""
    return torch.stack([part.double().flatten(1).square().sum(1) for part in weights.values()]).sum(0)


def _cost(trainer: Trainer, done: Done, one: Update, at: list[int]) -> Cost:
    inputs, width = done.base["hidden"].shape[1:]
    trained = trained_parameters(one, inputs, width, len(trainer.shift.names))
    old_pool = len(trainer.old_pools[one.seed])
    new_pool = len(trainer.new_pools[one.seed])
    steps = trainer.settings.steps
    # Training from scratch reads the batches of the base's steps as well, old and new by their numbers.
    scratch = BASE_STEPS * BATCH if one.again else 0
    old_part = round(scratch * old_pool / (old_pool + new_pool))
    drawn = done.drawn[at].mean(0).round().int().tolist()
    return Cost(
        steps=steps + (BASE_STEPS if one.again else 0),
        trained=trained,
        old_rows=drawn[0] + old_part,
        new_rows=drawn[1] + scratch - old_part,
        kept=old_pool if one.again or one.share else 0,
        saved=FLOAT * trained,
        resumed=3 * FLOAT * trained,
    )


def _answer(trainer: Trainer, probabilities: Tensor) -> Answer:
    likeliest = int(probabilities.argmax())
    return Answer(trainer.shift.names[likeliest], float(probabilities[likeliest]))


def _vocabulary(grown: Grown, text: str) -> Vocabulary:
    def rows(name: str) -> Rows:
        before, after = grown.new_before[name], grown.new_after[name]
        against = None if name == UNKNOWN else mean((after - grown.new_after[UNKNOWN]).numpy())
        return Rows(
            _over(grown.old_before[name]), _over(before), _over(grown.old_after[name]), _over(after),
            mean((after - before).numpy()), against,
        )  # fmt: skip

    known = {*grown.old_words, *grown.new_words}
    return Vocabulary(
        words=len(grown.old_words),
        added=len(grown.new_words),
        missing=grown.missing,
        untouched=grown.untouched,
        treatments={name: rows(name) for name in TREATMENTS},
        frequent=tuple(
            Word(word, count, float(moved))
            for word, count, moved in list(zip(grown.new_words, grown.counts, grown.moved, strict=False))[:FREQUENT]
        ),
        reserved=float(grown.moved[-1]),
        yours=tuple(dict.fromkeys(word for word in split(text) if word not in known)),
    )


def _over(values: Tensor) -> Mean:
    return mean(values.numpy())
