"""Viterbi against brute force, tags and units by hand, states against a plain forward pass, and what the shipped report says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from playground.data.peoples_daily import peoples_daily
from playground.data.spans import Span
from playground.lab.errors import PlaygroundError
from playground.learning import entities, train_entities
from playground.learning.entities import TAGS, Unit, illegal, is_legal, spans_of, tags_of, units, viterbi
from playground.models.language_model import LanguageModel


def parts(count: int) -> list[Unit]:
    return [Unit("x", place, place + 1) for place in range(count)]


@pytest.mark.parametrize("seed", range(4))
def test_viterbi_against_every_sequence(seed: int) -> None:
    draw = np.random.default_rng(seed)
    scores, first, moves = (
        draw.normal(size=(4, len(TAGS))),
        draw.normal(size=len(TAGS)),
        draw.normal(size=(len(TAGS),) * 2),
    )
    best, chosen = -np.inf, ()
    for path in itertools.product(range(len(TAGS)), repeat=4):
        if any(not is_legal(path[place - 1] if place else None, tag) for place, tag in enumerate(path)):
            continue
        total = scores[range(4), path].sum() + first[path[0]] + sum(moves[a, b] for a, b in itertools.pairwise(path))
        if total > best:
            best, chosen = total, path
    assert tuple(viterbi(scores, first, moves)) == chosen


def test_without_transitions_legal_tags_stay_and_a_lone_i_goes() -> None:
    zero = (np.zeros(len(TAGS)), np.zeros((len(TAGS),) * 2))
    scores = np.full((3, len(TAGS)), -9.0)
    for place, tag in enumerate(("O", "I-person", "O")):
        scores[place, TAGS.index(tag)] = -0.1
    scores[1, TAGS.index("B-person")] = -2.0
    argmax = [int(tag) for tag in scores.argmax(1)]
    assert illegal(argmax) == [1]
    assert [TAGS[tag] for tag in viterbi(scores, *zero)] == ["O", "B-person", "O"]
    assert viterbi(np.empty((0, len(TAGS))), *zero) == []


def test_tags_and_spans_are_inverse() -> None:
    spans = [Span(0, 2, "place"), Span(2, 4, "place"), Span(5, 6, "person")]
    path = tags_of(spans, parts(6))
    assert [TAGS[tag] for tag in path] == ["B-place", "I-place", "B-place", "I-place", "O", "B-person"]
    assert spans_of(path, parts(6)) == spans
    lone = [TAGS.index(tag) for tag in ("I-place", "I-person", "I-person")]
    assert illegal(lone) == [0, 1]
    assert spans_of(lone, parts(3)) == [Span(0, 1, "place"), Span(1, 3, "person")]


def test_units_of_both_scripts() -> None:
    text = "Maria’s 朋友 in São Paulo (1998年)😀"
    found = units(text)
    assert [part.text for part in found] == [
        "Maria",
        "’s",
        "朋",
        "友",
        "in",
        "São",
        "Paulo",
        "(",
        "1998",
        "年",
        ")",
        "😀",
    ]
    assert all(text[part.start : part.end] == part.text for part in found)
    assert units(" \n") == []


def test_states_are_those_of_a_plain_forward_pass(tiny_lm: LanguageModel) -> None:
    texts = ["a猫b", "Ann Lee"]
    for twice in (False, True):
        found = entities.states(tiny_lm, texts, [1, 2], twice=twice)
        for text, one in zip(texts, found, strict=True):
            own = [token for ids in entities.token_ids(tiny_lm, text, units(text)) for token in ids]
            line = tiny_lm.tokenizer.encode("\n", add_special_tokens=False)
            start = [*tiny_lm.encode(""), *([*own, *line] if twice else [])]
            plain = tiny_lm.hidden_states([*start, *own])
            lengths = np.cumsum([len(ids) for ids in entities.token_ids(tiny_lm, text, units(text))])
            for layer in (1, 2):
                expected = plain[layer][len(start) - 1 + torch.from_numpy(lengths)]
                torch.testing.assert_close(one[layer], expected, rtol=1e-4, atol=1e-4)


def test_only_the_second_copy_has_seen_what_follows(tiny_lm: LanguageModel) -> None:
    """The first unit's state is the same whatever follows when read once, and isn't when read twice."""
    once, twice = (
        [one[2][0] for one in entities.states(tiny_lm, ["王 x", "王 y"], [2], twice=repeated)]
        for repeated in (False, True)
    )
    torch.testing.assert_close(once[0], once[1], rtol=1e-4, atol=1e-4)
    assert (twice[0] - twice[1]).abs().max() > 1e-3


def test_next_states_are_appended() -> None:
    state = torch.arange(6.0).reshape(3, 2)
    assert entities.with_next(state, 1).tolist() == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 0, 0]]
    assert entities.with_next(state[:1], 2).tolist() == [[0, 1, 0, 0, 0, 0]]


def test_transitions_are_counted_with_one_added() -> None:
    o, b, i = TAGS.index("O"), TAGS.index("B-place"), TAGS.index("I-place")
    prior, first, then = (np.exp(value) for value in entities.count_transitions([[o, b, i, o], [b, o]]))
    assert prior[o] == pytest.approx((3 + 1) / (6 + len(TAGS)))
    # A sentence may start with O or with one of three B.
    assert first[o] == pytest.approx(2 / 6) and first[i] < 1e-8
    # After B-place: O, three B, and I-place; one I and one O were seen.
    assert then[b, i] == pytest.approx(2 / 7) and then[b, o] == pytest.approx(2 / 7) and then[o, i] < 1e-8


def test_the_probe_learns_what_is_linear() -> None:
    draw = np.random.default_rng(0)
    rows = torch.tensor(draw.normal(size=(300, 8)), dtype=torch.float32)
    tags = rows[:, : len(TAGS)].argmax(1).tolist()
    weight, bias = train_entities.fit(rows, tags, 1e-4)
    assert ((rows @ weight + bias).argmax(1) == torch.tensor(tags)).float().mean() > 0.97


def test_another_models_probe_is_refused(tiny_lm: LanguageModel) -> None:
    with pytest.raises(PlaygroundError, match="train_entities"):
        entities.load().log_probabilities(tiny_lm, ["x"])


def test_the_report_is_whole_and_the_selection_is_of_validation_alone() -> None:
    probe = entities.load()
    report = probe.report
    assert train_entities.choose(report["comparison"]["rows"]) == probe.reading
    assert probe.weight.shape == (report["model"]["hidden_size"] * (1 + probe.reading.ahead), len(TAGS))
    best = max(report["validation"], key=lambda row: row["f1"])["f1"]
    chosen = [row for row in report["validation"] if row["penalty"] == report["penalty"] and row["transition_weight"] == probe.transition_weight]  # fmt: skip
    assert chosen[0]["f1"] == best
    for decoding in ("viterbi", "argmax"):
        for scheme in report["held_out"][decoding]["scores"].values():
            for one in scheme.values():
                assert (
                    one["low"] <= one["f1"] <= one["high"] and one["texts"] == report["sizes"]["held_out"]["sentences"]
                )
    # What the page says of its size and penalty.
    assert report["prepared"] == len(peoples_daily().train) == 5 * report["sizes"]["train"]["sentences"]
    assert report["sizes"]["train"]["sentences"] == train_entities.TRAINED_ON == report["comparison"]["sentences"]
    assert {row["penalty"] for row in report["validation"]} == {report["penalty"]} == set(train_entities.PENALTIES)
    assert report["held_out"]["viterbi"]["illegal_tags"] == 0 < report["held_out"]["argmax"]["illegal_tags"]
    assert entities.WEIGHTS.stat().st_size < 1_000_000
