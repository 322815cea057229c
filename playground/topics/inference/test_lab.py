"""The simulation against hand computations, the findings of runs of tiny models against plain calls and the library."""

from __future__ import annotations

import dataclasses
import functools
from itertools import pairwise
from typing import Any

import pytest
import torch
from transformers import DynamicCache

from playground.generation.prompt_lookup import Choice, Pass
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.validation import validate
from playground.lab.variant import Variant
from playground.models import variants
from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel
from playground.running import Finished, events
from playground.topics.inference import lookup, prefixes, serving
from playground.topics.inference.batching import (
    LENGTHS,
    MOST_SHORT,
    Schedule,
    continuous,
    interpolated,
    simulate,
    static,
)
from playground.topics.inference.findings import LONG_CONTEXT, Findings, find_draft_times, find_drafts
from playground.topics.inference.lab import TOPIC, run
from playground.topics.inference.request import Request, read
from playground.topics.inference.settings import Result, Settings
from tests.conftest import byte_tokenizer, tiny_gemma, tiny_llama

PREFIX, TEXT = "ab ab ab 文", "ab a"


@pytest.fixture(scope="module", params=[tiny_llama, tiny_gemma])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


@functools.cache
def finish(store: variants.VariantStore, **values: Any) -> tuple[Result, Findings]:
    settings = validate(Settings, {"prefix": PREFIX, "text": TEXT, "tokens": 6} | values, "zh")
    *_, last = events(TOPIC, settings, lambda progress: store)
    assert isinstance(last, Finished)
    return last.result, last.result.findings


def encoded(lm: LanguageModel) -> Request:
    return read(lm, PREFIX, TEXT)


# ---- the simulation, by hand


def stays(schedule: Schedule) -> list[tuple[int, int, float, float]]:
    return [(stay.request, stay.slot, round(stay.start, 6), round(stay.end, 6)) for stay in schedule.stays]


def test_static_batching_waits_for_the_longest() -> None:
    # Two slots, reading takes 1 s, a step 1 s. First group: read until 2; 4 tokens are 3 more steps, 2 tokens one. Then the rest.
    schedule = static((4, 2, 3), 2, lambda rows: 1.0, 1.0)
    assert stays(schedule) == [(0, 0, 0, 5), (1, 1, 0, 3), (2, 0, 5, 8)]
    assert schedule.throughput == pytest.approx(9 / 8)
    assert schedule.mean_latency == pytest.approx((5 + 3 + 8) / 3)
    assert schedule.idle_share == pytest.approx(1 - (5 + 3 + 3) / 16)


def test_continuous_batching_fills_a_slot_as_it_comes_free() -> None:
    # Requests 0 and 1 are read until 1 and 2. Step to 3: request 1 is done and leaves; request 2 is read until 4, while 0 stalls.
    # Steps to 5 and 6: both have 2 to write after the first step (0: 4 tokens, 1 from reading, 1 at 3, then 5 and 6).
    schedule = continuous((4, 2, 3), 2, lambda rows: 1.0, 1.0)
    assert stays(schedule) == [(0, 0, 0, 6), (1, 1, 1, 3), (2, 1, 3, 6)]
    assert schedule.throughput == pytest.approx(9 / 6)
    assert schedule.idle_share == pytest.approx(1 - (6 + 2 + 3) / 12)


def test_steps_cost_what_their_rows_do() -> None:
    step = {1: 1.0, 2: 1.5}.__getitem__
    # Padding: the static group pays for both rows to its end. Continuous pays for one row once the other has left.
    assert static((3, 2), 2, step, 0.0).seconds == pytest.approx(3.0)
    assert continuous((3, 2), 2, step, 0.0).seconds == pytest.approx(2.5)


def test_an_answer_of_one_token_leaves_after_its_reading() -> None:
    assert stays(continuous((1, 1, 2), 1, lambda rows: 1.0, 0.5)) == [
        (0, 0, 0, 0.5),
        (1, 0, 0.5, 1.0),
        (2, 0, 1.0, 2.5),
    ]
    assert stays(static((1, 1, 2), 1, lambda rows: 1.0, 0.5)) == [(0, 0, 0, 0.5), (1, 0, 0.5, 1.0), (2, 0, 1.0, 2.5)]


@pytest.mark.parametrize("slots", [1, 2, 3, 5, 16])
def test_every_schedule_is_possible_and_writes_everything(slots: int) -> None:
    def step(rows: int) -> float:
        return 0.02 + 0.001 * rows

    one, other = static(LENGTHS, slots, step, 0.1), continuous(LENGTHS, slots, step, 0.1)
    for schedule in (one, other):
        assert sorted(stay.request for stay in schedule.stays) == list(range(len(LENGTHS)))
        assert schedule.tokens == sum(LENGTHS)
        for slot in range(slots):
            own = sorted((stay.start, stay.end) for stay in schedule.stays if stay.slot == slot)
            assert all(end <= start for (_, end), (start, _) in pairwise(own)), "one at a time"
        for stay in schedule.stays:
            assert stay.end - stay.start >= 0.1 + (LENGTHS[stay.request] - 1) * step(1) - 1e-9
    if slots == 1:
        assert stays(one) == stays(other)
    elif slots < len(LENGTHS):
        assert (
            other.seconds < one.seconds and other.idle_share < one.idle_share and other.mean_latency < one.mean_latency
        )


def test_one_queue_is_simulated_both_ways() -> None:
    both = simulate({1: 0.02, 4: 0.03}, 3, 0.05)
    step = interpolated({1: 0.02, 4: 0.03})
    assert both.static == static(LENGTHS, 3, step, 0.05)
    assert both.continuous == continuous(LENGTHS, 3, step, 0.05)
    ends = [stay.end for stay in both.static.stays if LENGTHS[stay.request] <= MOST_SHORT]
    # Of the twelve answers 8, 12, 6, 10, 5 and 9 tokens are short ones.
    assert len(ends) == 6 and both.static.longest_short_wait == max(ends)


def test_step_times_between_the_measured() -> None:
    step = interpolated({1: 10.0, 4: 16.0, 8: 32.0})
    assert [step(rows) for rows in (1, 2, 4, 6, 8, 16)] == [10, 12, 16, 24, 32, 32]


# ---- the run


def test_the_request_is_the_prefix_and_the_text(store: variants.VariantStore) -> None:
    lm = store.base()
    request = read(lm, PREFIX, "猫 ")
    assert lm.decode(request.ids) == PREFIX + "\n猫"
    assert list(request.shared) == lm.encode(PREFIX + "\n")
    assert read(lm, " \n", "a").shared == (256,)


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("drafted", [0, 5])
@pytest.mark.parametrize("reusing", [True, False])
@pytest.mark.parametrize(("rows", "max_tokens"), [(2, 6), (3, 6), (1, 1)])
def test_every_way_of_serving_gives_the_text_of_generate(
    store: variants.VariantStore, cached: bool, drafted: int, reusing: bool, rows: int, max_tokens: int
) -> None:
    lm = store.base()
    request = encoded(lm)
    first, served = serving.serve(
        lm, request, cached=cached, prefix=prefixes.keep(lm, request) if reusing else None, rows=rows, max_tokens=max_tokens,
        ngram=2, drafted=drafted,
    )  # fmt: skip
    ids = torch.tensor([request.ids])
    generated = lm.module.generate(ids, max_new_tokens=max_tokens, do_sample=False, pad_token_id=258)  # type: ignore[operator]
    steps = [served.opening, *(step for step, _ in served.later)]
    assert [token for step in steps for token in step.tokens] == generated[0, ids.shape[1] :].tolist()
    assert first.opening == served.opening and not first.later
    assert served.read == len(request.ids) - (len(request.shared) if reusing and cached else 0)
    stored = len(request.ids) + max_tokens - 1
    assert served.held == (rows * stored * KeyValueShape.of(lm).bytes_per_token if cached else 0)


def test_the_switches_reach_the_run(store: variants.VariantStore) -> None:
    lm = store.base()
    request, shape = encoded(lm), KeyValueShape.of(lm)
    stored = len(request.ids) + 6 - 1
    plain, uncached, reused, useless, drafting = (
        finish(store, **values)[1]
        for values in ({}, {"cache": False}, {"reuse": True}, {"reuse": True, "cache": False}, {"lookup": True})
    )
    assert [one.held_bytes for one in (plain, reused)] == [4 * stored * shape.bytes_per_token] * 2
    assert [one.held_bytes for one in (uncached, useless)] == [0, 0]
    assert [one.prefilled for one in (plain, uncached, useless)] == [len(request.ids)] * 3
    assert reused.prefilled == len(request.own)
    assert {one.tokens for one in (plain, uncached, reused, useless, drafting)} == {6}
    assert [one.passes for one in (plain, uncached, reused, useless)] == [6] * 4
    # With the switch the visitor's own run takes the passes that prompt lookup by itself takes.
    assert drafting.passes == drafting.drafts.passes == plain.drafts.passes
    assert [finish(store, batch=rows)[1].held_bytes for rows in (1, 2)] == [
        rows * stored * shape.bytes_per_token for rows in (1, 2)
    ]


def test_times_are_found_for_every_position_batch_and_request(store: variants.VariantStore) -> None:
    _, found = finish(store, batch=3)
    lm, measured = store.base(), found.measured
    here = len(encoded(lm).ids)
    assert [step.tokens for step in measured.steps] == sorted(
        {here, *(place for place in (32, 384) if place < lm.context // 2)}
    )
    assert [step.rows for step in measured.batches] == [1, 2, 3, 4, 16]
    assert len(measured.waits) == len(found.requests) == 2
    times = [
        measured.first_token_ms, measured.per_token_ms, measured.tokens_per_second,
        *(ms for step in measured.steps for ms in (step.cached_ms, step.uncached_ms)),
        *(step.step_ms for step in measured.batches), *(ms for wait in measured.waits for ms in (wait.anew_ms, wait.reused_ms)),
        measured.drafts.plain_ms_per_pass, measured.drafts.lookup_ms_per_pass, measured.static.total_s, measured.continuous.total_s,
    ]  # fmt: skip
    assert all(time is not None and time > 0 for time in times)
    four, one = measured.batch(4), measured.batch(1)
    assert four.tokens_per_second == pytest.approx(4 / (four.step_ms / 1e3))
    assert measured.gain(4) == pytest.approx(4 * one.step_ms / four.step_ms)
    assert measured.static.tokens_per_second == pytest.approx(sum(LENGTHS) / measured.static.total_s)
    assert 0 <= measured.continuous.idle_share < 1


def test_a_run_of_one_token_has_no_time_per_token(store: variants.VariantStore) -> None:
    _, found = finish(store, tokens=1, batch=1)
    assert (found.tokens, found.passes) == (1, 1)
    assert found.measured.per_token_ms is None and found.measured.tokens_per_second is None


def test_equal_runs_have_equal_findings_times_apart(store: variants.VariantStore) -> None:
    _, one = finish(store)
    finish.cache_clear()
    _, other = finish(store)
    assert one is not other and dataclasses.replace(one, measured=other.measured) == other
    assert decode(Findings, encode(finish(store)[1])) == finish(store)[1]


def test_a_run_without_a_cache_is_bounded_and_says_so(
    store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "UNCACHED_TOKENS", 300)
    request = encoded(store.base())
    result, found = finish(store, tokens=20, batch=2, cache=False)
    assert found.tokens == found.cut == max(2, 300 // (2 * (len(request.ids) + 20)))
    assert str(found.cut) in result.figures.caveat.zh  # type: ignore[union-attr]
    assert finish(store)[1].cut is None


def test_bytes_are_the_librarys_caches(store: variants.VariantStore) -> None:
    _, found = finish(store)
    lm = store.base()
    assert found.weight_bytes == lm.weight_bytes > 0
    lengths = [one.tokens for one in found.key_values]
    assert lengths == sorted(lengths) and len(encoded(lm).ids) in lengths
    for one in found.key_values:
        cache = DynamicCache(config=lm.config)
        lm.module(torch.zeros(1, one.tokens, dtype=torch.long), past_key_values=cache)  # type: ignore[arg-type]
        held = sum(tensor.nbytes for layer in cache.layers for tensor in (layer.keys, layer.values))  # type: ignore[union-attr]
        assert one.held == one.by_formula == held


def test_a_kept_prefix_gives_the_logits_of_reading_everything(store: variants.VariantStore) -> None:
    lm = store.base()
    request = encoded(lm)
    prefix = prefixes.keep(lm, request)
    (wait,) = prefixes.waits(lm, [(TEXT, request)], prefix)
    assert (wait.shared, wait.own, wait.same_token) == (len(request.shared), len(request.own), True)
    assert wait.difference < 1e-4
    (alone,) = prefixes.waits(lm, [(TEXT, request)], None)
    assert alone.shared == 0 and alone.difference == 0


def test_the_first_request_is_the_visitors(store: variants.VariantStore) -> None:
    _, found = finish(store)
    request = encoded(store.base())
    assert (found.requests[0].shared, found.requests[0].own) == (len(request.shared), len(request.own))
    assert {one.shared for one in found.requests} == {len(request.shared)}
    assert all(one.same_first_token for one in found.requests)


# ---- prompt lookup


def test_the_drafts_are_those_of_its_passes(store: variants.VariantStore) -> None:
    _, found = finish(store, tokens=12)
    lm, drafts = store.base(), found.drafts
    request = encoded(lm)
    ids = torch.tensor([request.ids])
    generated = lm.module.generate(ids, max_new_tokens=12, do_sample=False, pad_token_id=258)[0, ids.shape[1] :]  # type: ignore[operator]
    assert drafts.parting is None
    assert drafts.tokens == len(generated) and drafts.text.rstrip("\ufffd") in lm.decode(generated.tolist())
    assert drafts.spared == drafts.accepted == drafts.tokens - drafts.passes, "each accepted token saves a pass"
    assert drafts.from_drafts_percent == pytest.approx(100 * drafts.accepted / 12)
    if drafts.drafted:
        assert drafts.accepted_percent == pytest.approx(100 * drafts.accepted / drafts.drafted)


A, B, C, D = byte_tokenizer().convert_tokens_to_ids(["a", "b", "c", "d"])


def both_that_part(lead: float = 0.125) -> lookup.Both:
    """Two texts of three tokens, half a second each, that differ in the second token."""

    def writing(tokens: list[int], lead: float) -> lookup.Writing:
        return lookup.Writing(
            tuple(Pass((), 0, (Choice(token, 20.0, lead),)) for token in tokens), (0.5,) * len(tokens), 0.3
        )

    return lookup.Both(writing([A, B, C], 0.0), writing([A, D, C], lead), torch.bfloat16)


def test_a_near_tie_is_found_with_its_place_and_gap(store: variants.VariantStore) -> None:
    parting = find_drafts(store.base(), both_that_part()).parting
    assert parting is not None
    assert (parting.token, parting.plain, parting.lookup, parting.number_type) == (2, "b", "d", "bfloat16")
    # Neighbouring bfloat16 numbers near 20 are 1/8 apart.
    assert (parting.plain_lead, parting.lookup_lead, parting.spacing) == (0.0, 0.125, 0.125)
    assert parting.near_tie
    wide = find_drafts(store.base(), both_that_part(lead=7.0)).parting
    assert wide is not None and not wide.near_tie


def test_the_times_of_drafts_by_hand() -> None:
    one, two = Choice(1, 1.0, 1.0), Choice(2, 1.0, 1.0)
    plain = lookup.Writing((Pass((), 0, (one,)), Pass((), 0, (two,))), (0.1, 0.3))
    drafted = lookup.Writing((Pass((1,), 1, (one, two)),), (0.25,))
    times = find_draft_times(lookup.Both(plain, drafted, torch.float32))
    assert (times.plain_ms_per_pass, times.lookup_ms_per_pass) == pytest.approx((200.0, 250.0))
    # 250 ms for two tokens are 125 a token, 200 / 125 times as fast.
    assert (times.plain_ms_per_token, times.lookup_ms_per_token, times.speedup) == pytest.approx((200.0, 125.0, 1.6))


# ---- the stream


@pytest.mark.parametrize("field", ["prefix", "text"])
def test_a_text_too_long_names_its_field(store: variants.VariantStore, field: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        next(run(Settings(**({"prefix": "a", "text": "a"} | {field: "b" * 500})), Bench(store)))
    assert caught.value.field == field


def test_the_first_panel_comes_with_the_first_token(store: variants.VariantStore) -> None:
    bench = Bench(store)
    first = next(run(Settings(prefix=PREFIX, text=TEXT), bench))
    assert first.figures is not None and first.lookup is None
    # The prefix, then the first pass as often as its time is taken.
    assert bench.cost.forward_passes == 1 + serving.FIRST_REPEATS


@pytest.mark.model
def test_a_kept_prefix_on_the_real_model(real_lm: LanguageModel) -> None:
    request = read(real_lm, Settings().prefix, Settings().text)
    (wait,) = prefixes.waits(real_lm, [("", request)], prefixes.keep(real_lm, request))
    assert wait.same_token and wait.difference < 1.0


@pytest.mark.model
def test_the_cache_of_a_long_context_by_the_layers_of_the_real_model(real_lm: LanguageModel) -> None:
    config = real_lm.config
    per_token = 2 * config.num_key_value_heads * config.head_dim * real_lm.module.dtype.itemsize
    kept = sum(LONG_CONTEXT if kind == "full_attention" else config.sliding_window for kind in config.layer_types)
    assert KeyValueShape.of(real_lm).bytes_of(LONG_CONTEXT) == pytest.approx(kept * per_token, rel=0.001)
