"""Span scores against nervaluate's own evaluator, the scenarios of its paper by hand, and a count of errors by hand."""

from __future__ import annotations

import random

import pytest
from nervaluate.evaluator import Evaluator

from playground.data.spans import KINDS, Span
from playground.language.span_scores import SCHEMES, count, counts, errors, f1, score
from playground.statistics.intervals import bootstrap

NAMES = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}


def random_spans(random: random.Random) -> list[Span]:
    """Spans without overlaps in a text of 24 characters."""
    found, place = [], 0
    while place < 22:
        place += random.randrange(4)
        length = random.randrange(1, 4)
        if random.random() < 0.7:
            found.append(Span(place, place + length, random.choice(KINDS)))
        place += length
    return found


def test_every_scheme_equals_nervaluates_evaluator() -> None:
    draw = random.Random(0)
    gold, predicted = ([random_spans(draw) for _ in range(40)] for _ in range(2))
    documents = [
        [[{"label": span.kind, "start": span.start, "end": span.end - 1} for span in spans] for spans in side]
        for side in (gold, predicted)
    ]
    results = Evaluator(*documents, tags=list(KINDS), loader="dict").evaluate()
    for scheme in SCHEMES:
        own, theirs = score(gold, predicted, scheme), results["overall"][NAMES[scheme]]
        assert own.f1 == pytest.approx(theirs.f1), scheme
        assert own.precision == pytest.approx(theirs.precision) and own.recall == pytest.approx(theirs.recall)
        for kind in KINDS:
            assert score(gold, predicted, scheme, kind).f1 == pytest.approx(results["entities"][kind][NAMES[scheme]].f1)


def test_the_interval_is_the_bootstraps_of_f1_over_texts() -> None:
    draw = random.Random(1)
    gold, predicted = ([random_spans(draw) for _ in range(30)] for _ in range(2))
    # Texts without any entity: some resamples of few have none.
    for own, found in ((gold, predicted), ([[], [], gold[0]], [[], [], gold[0]])):
        for scheme in SCHEMES:
            one = score(own, found, scheme)
            assert (one.low, one.high) == pytest.approx(bootstrap(counts(own, found, scheme), f1, 0))
    alone = score(gold, predicted, "strict", interval=False)
    assert alone.f1 == score(gold, predicted, "strict").f1 and alone.low is alone.high is None


@pytest.mark.parametrize(
    ("predicted", "points", "error"),
    [
        (Span(2, 5, "person"), {"strict": 1, "exact": 1, "partial": 1, "type": 1}, None),
        (Span(2, 4, "person"), {"strict": 0, "exact": 0, "partial": 0.5, "type": 1}, "border"),
        (Span(2, 5, "place"), {"strict": 0, "exact": 1, "partial": 1, "type": 0}, "type"),
        (Span(3, 6, "place"), {"strict": 0, "exact": 0, "partial": 0.5, "type": 0}, "border and type"),
        (Span(5, 7, "person"), {"strict": 0, "exact": 0, "partial": 0, "type": 0}, "invented"),
    ],
)
def test_the_scenarios_of_muc(predicted: Span, points: dict[str, float], error: str | None) -> None:
    gold = [Span(2, 5, "person")]
    assert {scheme: count(gold, [predicted], scheme)[0] for scheme in SCHEMES} == points
    names = [one.error for one in errors(gold, [predicted])]
    assert names == ([] if error is None else ["missed", "invented"] if error == "invented" else [error])


def test_what_has_no_value_is_none() -> None:
    nothing = score([[], []], [[], []], "strict")
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.low, nothing.texts) == (None, None, None, None, 2)
    missed = score([[Span(0, 1, "place")]], [[]], "strict")
    assert (missed.precision, missed.recall, missed.f1) == (None, 0, 0)
    only = score([[Span(0, 1, "place")]], [[Span(0, 1, "place")]], "strict")
    assert (only.f1, only.low, only.high) == (1, 1, 1)


def test_a_prediction_is_paired_with_the_entity_that_it_overlaps_most() -> None:
    gold = [Span(0, 2, "place"), Span(2, 8, "organisation")]
    found = errors(gold, [Span(1, 8, "organisation")])
    assert [(one.error, one.gold) for one in found] == [("border", gold[1]), ("missed", gold[0])]
