"""Beam search against `generate(num_beams=…)` and against exhaustive search on a tiny vocabulary."""

from __future__ import annotations

import itertools

import pytest
import torch

from playground.generation.beam import BeamSearch
from playground.generation.continuation import Continuation, Ending
from playground.generation.decode import decode
from playground.generation.settings import Decoding
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gpt2, tiny_llama, wrap


def last(lm: LanguageModel, ids: list[int], row: Decoding, max_tokens: int, **options: object) -> Continuation:
    *_, end = decode(lm, ids, [row], max_tokens=max_tokens, **options)  # type: ignore[arg-type]
    return end[0]


@pytest.mark.parametrize("beams", [2, 4, 8])
@pytest.mark.parametrize("length_penalty", [-1.0, 0.0, 1.0, 2.5])
@pytest.mark.parametrize("repetition_penalty", [1.0, 1.3])
@pytest.mark.parametrize("many_ends", [False, True])
def test_token_for_token_with_generate(
    beams: int, length_penalty: float, repetition_penalty: float, many_ends: bool
) -> None:
    for module in (tiny_llama(), tiny_llama(2), tiny_gpt2(1)):
        lm = wrap(module)
        ids = lm.encode("ab你a")
        # End tokens that occur, so that paths finish early and the length penalty decides.
        first = int(lm.logits(ids)[-1].topk(3).indices[2])
        ends = [257, first, 15, 64] if many_ends else [257]
        row = Decoding(
            strategy="beam", beams=beams, length_penalty=length_penalty, repetition_penalty=repetition_penalty
        )
        ours = last(lm, ids, row, 14, end_ids=frozenset(ends))
        theirs = module.generate(
            torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False, num_beams=beams,
            length_penalty=length_penalty, repetition_penalty=repetition_penalty, max_new_tokens=14, eos_token_id=ends,
            output_scores=True, return_dict_in_generate=True,
        )  # fmt: skip
        assert list(ours.all_ids) == theirs.sequences[0, len(ids) :].tolist()
        assert ours.score == pytest.approx(float(theirs.sequences_scores[0]), rel=1e-4)


def test_one_beam_is_greedy_search(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode("hello")
    assert (
        last(tiny_lm, ids, Decoding(strategy="beam", beams=1), 14).all_ids == last(tiny_lm, ids, Decoding(), 14).all_ids
    )


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
def test_scores_by_enumeration(length_penalty: float) -> None:
    """A beam as wide as the whole tree finds the best sequence, and scores follow the formula."""
    size, depth, end = 6, 4, 5
    module = tiny_llama(1, vocab_size=size, bos_token_id=0, eos_token_id=end, pad_token_id=4)
    lm, prompt = wrap(module), [0, 3, 1]

    def score(path: tuple[int, ...]) -> float:
        log_probabilities = lm.logits([*prompt, *path]).log_softmax(-1)
        total = sum(float(log_probabilities[len(prompt) - 1 + at, token]) for at, token in enumerate(path))
        return total / len(path) ** length_penalty

    paths = [
        path for length in range(1, depth + 1) for path in itertools.product(range(size), repeat=length)
        if end not in path[:-1] and (path[-1] == end or length == depth)
    ]  # fmt: skip
    everything = {path: score(path) for path in paths}
    best = max(everything, key=everything.__getitem__)
    ours = last(
        lm,
        prompt,
        Decoding(strategy="beam", beams=size**depth, length_penalty=length_penalty),
        depth,
        end_ids=frozenset({end}),
    )
    assert ours.all_ids == best
    for node in ours.tree:
        if node.finished:
            assert node.score == pytest.approx(everything[path_to(ours, node.id)], rel=1e-4)
    narrow = last(
        lm, prompt, Decoding(strategy="beam", beams=3, length_penalty=length_penalty), depth, end_ids=frozenset({end})
    )
    assert narrow.score == pytest.approx(everything[narrow.all_ids], rel=1e-4)


def path_to(one: Continuation, node_id: int) -> tuple[int, ...]:
    path: list[int] = []
    node = one.tree[node_id]
    while node.parent is not None:
        path.append(int(node.token or 0))
        node = one.tree[node.parent]
    return tuple(reversed(path))


def test_the_tree_keeps_cut_branches(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode("hello")
    one = last(tiny_lm, ids, Decoding(strategy="beam", beams=4), 10)
    steps = {step: [node for node in one.tree if node.step == step] for step in range(1, 11)}
    for step, nodes in steps.items():
        assert sum(node.kept for node in nodes) == 4, step
        assert sum(not node.kept for node in nodes) >= 4, step
    assert [node.id for node in one.tree] == list(range(len(one.tree)))
    (winner,) = [node for node in one.tree if node.rank == 1]
    assert path_to(one, winner.id) == one.all_ids
    assert winner.score == one.score
    ranked = sorted((node for node in one.tree if node.rank), key=lambda node: node.rank or 0)
    assert [node.score for node in ranked] == sorted(
        (node.score for node in ranked), reverse=True, key=lambda score: score or 0
    )


def test_diverse_groups_by_hand() -> None:
    """Two groups of one beam each: the second chooses the best token after penalizing the first one's."""
    logits = torch.tensor([[3.0, 2.5, 1.0, 0.0]])
    search = BeamSearch(
        [0], Decoding(strategy="beam", beams=2, beam_groups=2, diversity_penalty=0.4), most=5, end_ids=frozenset({3})
    )
    assert search.advance(logits) == [(0, 0), (0, 0)], "0.4 is less than the gap of 0.5: both take token 0"
    search = BeamSearch(
        [0], Decoding(strategy="beam", beams=2, beam_groups=2, diversity_penalty=0.6), most=5, end_ids=frozenset({3})
    )
    assert search.advance(logits) == [(0, 0), (0, 1)]
    # The path's score excludes the penalty, which only affects the choice.
    totals = {(node.group, node.token): node.total for node in search._nodes[1:] if node.kept}
    assert totals[1, 1] == pytest.approx(float(logits.log_softmax(-1)[0, 1]))
    # At the next step both rows prefer token 2; the penalty diverts the second group.
    again = torch.tensor([[0.0, 1.0, 3.0, -9.0], [0.0, 2.5, 3.0, -9.0]])
    assert search.advance(again) == [(0, 2), (1, 1)]


def test_counts_add_up_over_groups() -> None:
    logits = torch.tensor([[5.0, 4.0, 3.5, -9.0, -9.0]])
    row = Decoding(strategy="beam", beams=4, beam_groups=4, diversity_penalty=1.2)
    search = BeamSearch([0], row, most=5, end_ids=frozenset({4}))
    # Third group: 5 - 1.2 = 3.8 > 3.5 and 4 - 1.2 = 2.8. Fourth: 5 - 2.4 = 2.6, as token 0 was chosen twice.
    assert [token for _, token in search.advance(logits)] == [0, 1, 0, 2]


def test_groups_without_a_penalty_are_the_same_beam_twice(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode("hello")
    grouped = last(tiny_lm, ids, Decoding(strategy="beam", beams=6, beam_groups=2, diversity_penalty=0.0), 12)
    alone = last(tiny_lm, ids, Decoding(strategy="beam", beams=3), 12)
    assert grouped.all_ids == alone.all_ids
    assert grouped.score == pytest.approx(alone.score)
    diverse = last(tiny_lm, ids, Decoding(strategy="beam", beams=6, beam_groups=3, diversity_penalty=5.0), 12)
    first = [
        {node.token for node in diverse.tree if node.step == 1 and node.kept and node.group == group}
        for group in range(3)
    ]
    assert not first[0] & first[1] and not first[1] & first[2] and not first[0] & first[2]


def test_no_penalty_lets_a_banned_token_in() -> None:
    search = BeamSearch(
        [1, 2, 1], Decoding(strategy="beam", beams=2, no_repeat_ngram=2), most=4, end_ids=frozenset({9})
    )
    moves = search.advance(torch.tensor([[0.0, 0.0, 9.0, 1.0, 0.5]]))
    assert 2 not in [token for _, token in moves]
    assert search.continuation().ending is not Ending.END
