"""Perplexity by strategy and by distance against single forward passes, and what reading a long text costs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from playground.lab.bench import Bench, Progress
from playground.lab.controls import fields_of
from playground.topics.long_text import bounds, distance, needle, reading, strategies
from playground.topics.long_text.conftest import SMALL, TEXT, found_of, ids_of, local_lm, naive, nothing
from playground.topics.long_text.lab import quest_of, run
from playground.topics.long_text.settings import Settings
from tests.fakes import OneModel


@pytest.mark.parametrize(("window", "stride"), [(64, 16), (40, 40), (33, 7)])
def test_every_strategy_against_a_loop_over_single_forward_passes(window: int, stride: int) -> None:
    lm, ids = local_lm(), ids_of(TEXT)[:150]
    planned = strategies.plan(len(ids), window, stride)
    assert planned.complete and planned.positions == tuple(range(150))
    done = reading.read(lm, [*reading.start_of(lm), *ids[:-1]])
    whole = strategies.whole(lm, ids, done, planned.positions, nothing)
    over = strategies.overlapping(lm, ids, window, planned.blocks, nothing)
    apart = strategies.disjoint(lm, ids, window, planned.positions, nothing)
    for place in range(0, 150, 11):
        end = min((place // stride + 1) * stride, 150)
        expected = {
            "whole": naive(lm, ids[:place], ids[place]),
            "over": naive(lm, ids[max(0, end - window) : place], ids[place]),
            "apart": naive(lm, ids[place // window * window : place], ids[place]),
        }
        assert whole.losses[place] == pytest.approx(expected["whole"], abs=1e-4)
        assert over.losses[place] == pytest.approx(expected["over"], abs=1e-4)
        assert apart.losses[place] == pytest.approx(expected["apart"], abs=1e-4)
    shortened = strategies.cut(whole, window)
    assert shortened.places == tuple(range(window)) and list(shortened.losses) == list(whole.losses[:window])
    for name, one in (("whole", whole), ("disjoint", apart), ("overlapping", over), ("cut", shortened)):
        assert one.computed == strategies.tokens_of(name, 150, window, stride), name


def test_windows_without_their_start_token_begin_with_the_text() -> None:
    lm, ids = local_lm(), ids_of(TEXT)[:80]
    bare = strategies.overlapping(lm, ids, 20, ((0, 10), (60, 70)), nothing, started=False)
    assert bare.places == (*range(1, 10), *range(60, 70)), "the first token of a text has nothing before it"
    expected = -float(lm.logits(ids[50:64])[-1].log_softmax(-1)[ids[64]])
    assert bare.losses[bare.places.index(64)] == pytest.approx(expected, abs=1e-4)


def test_tokens_are_counted_as_a_loop_over_windows_does() -> None:
    for length, window, stride in ((100, 30, 7), (10, 30, 5), (64, 16, 16)):
        ends = [min(start + stride, length) for start in range(0, length, stride)]
        assert strategies.tokens_of("overlapping", length, window, stride) == sum(
            len([*range(max(0, end - window), end)]) for end in ends
        )
        assert strategies.tokens_of("one", length, window, stride) == strategies.tokens_of(
            "overlapping", length, window, 1
        )
        assert strategies.tokens_of("disjoint", length, window, stride) == length
        assert strategies.tokens_of("cut", length, window, stride) == min(window, length)


@pytest.mark.parametrize(
    ("length", "window", "stride"), [(16_000, 2048, 1), (16_000, 2048, 1024), (16_000, 256, 64), (5, 16, 16)]
)
def test_a_long_text_is_scored_within_the_budget(length: int, window: int, stride: int) -> None:
    planned = strategies.plan(length, window, stride)
    assert 0 < len(planned.positions) <= max(strategies.MOST_SCORED, stride)
    assert len(planned.blocks) <= strategies.MOST_WINDOWS
    assert len(planned.blocks) * window <= max(strategies.MOST_COMPUTED, window)
    assert len(planned.blocks) == 1 or (planned.positions[0], planned.positions[-1]) == (0, length - 1)
    assert len(set(planned.positions)) == len(planned.positions)


def test_a_long_window_is_read_in_chunks_and_short_ones_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    lm = local_lm()
    ids = ids_of(TEXT * 20)
    sequences = [ids[:50], ids[: reading.LONGEST + 300], ids[7:90], ids[: reading.LONGEST]]
    expected = [lm.hidden_states(one)[-1] for one in sequences]
    passes: list[int] = []
    monkeypatch.setattr(reading, "AT_ONCE", 200)
    counted = dataclasses.replace(lm, on_forward=passes.append)
    for one, known in zip(reading.states_of(counted, sequences), expected, strict=True):
        torch.testing.assert_close(one, known, atol=1e-4, rtol=1e-4)
    assert max(passes) == reading.LONGEST and sum(passes) >= sum(map(len, sequences))


def test_the_longest_text_is_read_with_progress_within_the_budget() -> None:
    lm, line = local_lm(context=1 << 16, layers=3), "The harbour gate opens at nine. "
    (most,) = (item.control.max_chars for item in fields_of(Settings) if item.path == "text")  # type: ignore[attr-defined]
    assert most == 20_000
    settings = dataclasses.replace(SMALL, text=(line * most)[:most], window=2048, stride=64, chunk=2000)
    told: list[Progress] = []
    bench = Bench(OneModel(lm), listener=told.append)  # type: ignore[arg-type]
    (found,) = (new.findings for new in run(settings, bench) if new.findings)
    assert found.characters == most and found.tokens == most
    longest = settings.longest + needle.extra_tokens(lm, quest_of(settings))
    assert found.need_bytes == bounds.need(lm, most, longest).total
    assert not found.complete and 64 <= found.scored <= strategies.MOST_SCORED
    assert all(one.loss.count == found.scored for name, one in found.strategies.items() if name != "cut")
    fractions = [round(one.fraction, 9) for one in told]
    assert fractions == sorted(fractions) and fractions[-1] >= 0.95
    assert sum(f"of {found.tokens} tokens" in one.text.en for one in told) >= found.tokens // reading.CHUNK


def test_reading_in_chunks_is_reading_at_once() -> None:
    lm, ids = local_lm(), ids_of(TEXT)
    done = reading.read(lm, ids)
    assert len(ids) > 2 * reading.CHUNK
    at_once = lm.hidden_states(ids)[-1]
    torch.testing.assert_close(done.hidden, at_once, atol=1e-4, rtol=1e-4)
    assert done.steps[-1].tokens == len(ids)


def test_loss_by_distance_is_that_of_the_nearest_tokens() -> None:
    lm, ids = local_lm(), ids_of(TEXT)[:200]
    places = [*range(64, 112), *range(150, 190)]
    assert distance.runs_of(places) == [64, 80, 96, 150, 166]
    far = distance.by_distance(lm, ids, places, nothing)
    assert far.levels == (4, 16, 64) and far.starts == (64, 96, 166)
    for row, level in enumerate(far.levels):
        start = far.starts[2]
        expected = [naive(lm, ids[start - level : start + step], ids[start + step]) for step in range(distance.RUN)]
        assert far.losses[row, 2] == pytest.approx(np.mean(expected), abs=1e-4)


def test_a_text_too_short_has_no_distances() -> None:
    assert distance.choose(5, range(5)) == ((), ())
    assert found_of(dataclasses.replace(SMALL, text="Hi there.")).distances == ()
