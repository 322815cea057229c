"""The simulation against hand computations, the lab's panels against plain calls, and its words against its numbers."""

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
from playground.lab.errors import PlaygroundError
from playground.lab.timing import Timing
from playground.lab.validation import validate
from playground.lab.variant import Variant
from playground.models import variants
from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel
from playground.topics.inference import lookup, prefixes, serving, timeline, words
from playground.topics.inference.batching import LENGTHS, Schedule, continuous, interpolated, static
from playground.topics.inference.followups import follow_ups
from playground.topics.inference.lab import Result, run
from playground.topics.inference.request import read
from playground.topics.inference.settings import Settings
from tests.conftest import byte_tokenizer, tiny_gemma, tiny_llama

PREFIX, TEXT = "ab ab ab 文", "ab a"


@pytest.fixture(scope="module", params=[tiny_llama, tiny_gemma])
def store(request: pytest.FixtureRequest) -> variants.VariantStore:
    return variants.VariantStore(lambda progress: variants.wrap("tiny", request.param(), byte_tokenizer(), Variant()))


@functools.cache
def finish(store: variants.VariantStore, **values: Any) -> tuple[Settings, Result]:
    settings = validate(Settings, {"prefix": PREFIX, "text": TEXT, "tokens": 6} | values, "zh")
    *_, result = run(settings, Bench(store, seconds=600))
    return settings, result


def value(metrics: Any, label: Any) -> Any:
    return metrics.find(label).a


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


def test_step_times_between_the_measured() -> None:
    step = interpolated({1: 10.0, 4: 16.0, 8: 32.0})
    assert [step(rows) for rows in (1, 2, 4, 6, 8, 16)] == [10, 12, 16, 24, 32, 32]


def test_the_timeline_is_drawn_from_its_schedules() -> None:
    timings = {1: Timing.of([0.02]), 4: Timing.of([0.03])}
    both = timeline.schedules(timings, 3, 0.05)
    panel = timeline.timeline(both)
    assert len(panel.rows) == len(panel.values) == 6
    end = max(one.seconds for one in both)
    for schedule, rows in zip(both, (panel.values[:3], panel.values[3:]), strict=True):
        for slot, row in enumerate(rows):
            for place, shown in enumerate(row):
                moment = end * (place + 0.5) / len(row)
                there = [
                    stay.request + 1 for stay in schedule.stays if stay.slot == slot and stay.start <= moment < stay.end
                ]
                assert ([] if shown is None else [int(shown)]) == there
    table = timeline.account(both, timings, 0.05)
    assert panel.simulated and table.simulated
    width = end / len(panel.columns)
    for place, name in enumerate(panel.columns):
        assert not name or place * width <= float(str(name)) < (place + 1) * width
    assert end > timeline.MANY_SECONDS and sum(map(bool, panel.columns)) >= 4, "ticks are whole seconds"
    assert "模拟" in table.caveat.zh and "Simulated" in table.caveat.en  # type: ignore[union-attr]
    assert all("simulated" in row[0].en for row in table.rows)  # type: ignore[union-attr]
    assert "50 ms" in table.caveat.en and ", 8, " in table.caveat.en  # type: ignore[union-attr]


# ---- the run


def test_the_request_is_the_prefix_and_the_text(store: variants.VariantStore) -> None:
    lm = store.base()
    request = read(lm, Settings(prefix=PREFIX, text="猫 "))
    assert lm.decode(request.ids) == PREFIX + "\n猫"
    assert list(request.shared) == lm.encode(PREFIX + "\n")
    assert read(lm, Settings(prefix=" \n", text="a")).shared == (256,)


@pytest.mark.parametrize("values", [
    {}, {"cache": False}, {"lookup": True}, {"lookup": True, "cache": False}, {"reuse": True, "batch": 3}, {"batch": 1, "tokens": 1},
], ids=str)  # fmt: skip
def test_every_switch_leaves_the_text_alone(store: variants.VariantStore, values: dict[str, Any]) -> None:
    settings = validate(Settings, {"prefix": PREFIX, "text": TEXT, "tokens": 6, "batch": 2} | values, "en")
    lm = store.base()
    request = read(lm, settings)
    prefix = prefixes.keep(lm, request)
    first, served = serving.serve(lm, settings, request, prefix)
    ids = torch.tensor([request.ids])
    expected = lm.module.generate(ids, max_new_tokens=settings.tokens, do_sample=False, pad_token_id=258)[
        0, ids.shape[1] :
    ]  # type: ignore[operator]
    steps = [served.opening, *(step for step, _ in served.later)]
    assert [token for step in steps for token in step.tokens] == expected.tolist()
    assert first.opening == served.opening and not first.later
    reusing = settings.reuse and settings.cache
    assert served.read == len(request.ids) - (len(request.shared) if reusing else 0)
    stored = len(request.ids) + settings.tokens - 1
    assert served.held == (settings.batch * stored * KeyValueShape.of(lm).bytes_per_token if settings.cache else 0)


def test_switches_show_in_the_strip_and_on_the_curves(store: variants.VariantStore) -> None:
    _, plain = finish(store)
    _, uncached = finish(store, cache=False, batch=1)
    assert value(plain.figures, serving.HELD) > 0 == value(uncached.figures, serving.HELD)
    marks = [result.positions.marks[0] for result in (plain, uncached)]  # type: ignore[union-attr]
    assert [mark.role for mark in marks] == ["a", "b"]
    for result, line in ((plain, 0), (uncached, 1)):
        mark, curve = result.positions.marks[0], result.positions.lines[line]  # type: ignore[union-attr]
        assert (mark.x, mark.y) in zip(curve.x, curve.y, strict=True)
    assert [result.throughput.marks[0].x for result in (plain, uncached)] == [4.0, 1.0]  # type: ignore[union-attr]
    _, reused = finish(store, reuse=True)
    assert reused.prefixes.highlight == (0,) and plain.prefixes.highlight == ()  # type: ignore[union-attr]
    _, useless = finish(store, reuse=True, cache=False)
    assert "KV cache" in useless.figures.caveat.en  # type: ignore[union-attr]


def test_a_run_without_a_cache_is_bounded_and_says_so(
    store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "UNCACHED_TOKENS", 300)
    settings, lm = Settings(prefix=PREFIX, text=TEXT, tokens=20, batch=2, cache=False), store.base()
    request = read(lm, settings)
    *_, served = serving.serve(lm, settings, request, None)
    assert served.tokens == served.cut == max(2, 300 // (2 * (len(request.ids) + 20)))
    assert str(served.cut) in serving.strip(settings, served).caveat.zh  # type: ignore[union-attr]


def test_bytes_are_the_librarys_caches(store: variants.VariantStore) -> None:
    _, result = finish(store)
    lm = store.base()
    assert result.bytes is not None and result.growth is not None
    for row in result.bytes.rows:
        assert row[1] == row[2]
        cache = DynamicCache(config=lm.config)
        lm.module(torch.zeros(1, int(row[0]), dtype=torch.long), past_key_values=cache)  # type: ignore[arg-type]
        held = sum(tensor.nbytes for layer in cache.layers for tensor in (layer.keys, layer.values))  # type: ignore[union-attr]
        assert row[2] == f"{held:,}"
    assert result.growth.lines[0].y == result.growth.lines[1].y


def test_a_kept_prefix_gives_the_logits_of_reading_everything(store: variants.VariantStore) -> None:
    lm = store.base()
    request = read(lm, Settings(prefix=PREFIX, text=TEXT))
    prefix = prefixes.keep(lm, request)
    (wait,) = prefixes.waits(lm, [(TEXT, request)], prefix)
    assert (wait.shared, wait.own, wait.same_token) == (len(request.shared), len(request.own), True)
    assert wait.difference < 1e-4
    (alone,) = prefixes.waits(lm, [(TEXT, request)], None)
    assert alone.shared == 0 and alone.difference == 0


def test_the_table_of_prefixes_by_hand() -> None:
    def wait(name: str, own: int, anew: float, kept: float) -> prefixes.Wait:
        return prefixes.Wait(name, 100, own, Timing.of([anew], 0.0), Timing.of([kept], 0.0), True, 0.25)

    table = prefixes.prefix_table([wait("a\n b", 10, 0.1, 0.02), wait("c", 20, 0.12, 0.03)], False)
    assert table.rows[0] == ("“a b”", 110, 10, 100.0, 20.0, 5.0, "100.0–100.0 → 20.0–20.0")
    # The first finds nothing kept: 100 + 30 ms against 100 + 120.
    assert table.rows[2][1:6] == (230, 130, *map(pytest.approx, (220.0, 130.0, 220 / 130)))


def test_the_lookups_figures_are_those_of_its_passes(store: variants.VariantStore) -> None:
    _, result = finish(store, tokens=12)
    assert value(result.lookup, lookup.SAME).en == "the same"
    spared, drafts = value(result.lookup, lookup.SPARED), value(result.lookup, lookup.FROM_DRAFTS)
    assert result.times is not None and result.text is not None
    assert result.times.rows[lookup.PLAIN_ROW][1] == 12.0
    assert result.times.rows[lookup.LOOKUP_ROW][1] == 12 - spared
    assert drafts == pytest.approx(100 * spared / 12), "each accepted token spares a pass"
    drafted, plain = result.text.passages
    assert "".join(span.text for span in drafted.spans) == "".join(span.text for span in plain.spans)
    assert "Proof" in result.text.caveat.en  # type: ignore[union-attr]


A, B, C, D = byte_tokenizer().convert_tokens_to_ids(["a", "b", "c", "d"])


def both_that_part(lead: float = 0.125) -> lookup.Both:
    def writing(tokens: list[int], lead: float) -> lookup.Writing:
        return lookup.Writing(
            tuple(Pass((), 0, (Choice(token, 20.0, lead),)) for token in tokens), (0.5,) * len(tokens), 0.3
        )

    return lookup.Both(writing([A, B, C], 0.0), writing([A, D, C], lead), torch.bfloat16)


def test_a_near_tie_that_turned_is_told_with_its_place_and_gap(store: variants.VariantStore) -> None:
    both, lm = both_that_part(), store.base()
    panel = lookup.text_panel(lm, read(lm, Settings(prefix="", text="x")), both)
    said = panel.caveat.en  # type: ignore[union-attr]
    assert "token 2" in said and "“b”" in said and "“d”" in said and "bfloat16" in said
    # Neighbouring bfloat16 numbers near 20 are 1/8 apart.
    assert "0.125 ahead" in said and "at that size are 0.125" in said
    assert [span.text for span in panel.passages[0].spans if span.tone == "warn"] == ["d"]
    assert [span.text for span in panel.passages[1].spans if span.tone == "warn"] == ["b"]
    assert value(lookup.figures(both), lookup.SAME).en == "parts at 2"
    wide = lookup.text_panel(lm, read(lm, Settings(prefix="", text="x")), both_that_part(lead=7.0)).caveat.en  # type: ignore[union-attr]
    assert "more than rounding" in wide and "near tie" not in wide


def test_the_table_of_times_by_hand() -> None:
    one, two = Choice(1, 1.0, 1.0), Choice(2, 1.0, 1.0)
    plain = lookup.Writing((Pass((), 0, (one,)), Pass((), 0, (two,))), (0.1, 0.3))
    drafted = lookup.Writing((Pass((1,), 1, (one, two)),), (0.25,))
    table = lookup.times_table(lookup.Both(plain, drafted, torch.float32), Timing.of([0.05]))
    assert table.rows[0][1:] == (
        2.0,
        1.0,
        *map(pytest.approx, (200.0,)),
        "100.0–300.0",
        *map(pytest.approx, (200.0, 1.0)),
    )
    # 250 ms for two tokens are 125 a token, 200 / 125 times as fast.
    assert table.rows[1][1:] == (1.0, 2.0, 250.0, "250.0–250.0", 125.0, pytest.approx(1.6))
    assert table.rows[2][3:] == (50.0, "50.0–50.0", 50.0, pytest.approx(4.0))


def test_times_under_load_say_so() -> None:
    assert "under load" in lookup.times_table(both_that_part(), None).caveat.en  # type: ignore[union-attr]
    served = serving.Served(1, (0.1, 0.2, 0.3), Pass((), 0, (Choice(1, 1.0, 1.0),)), (), 8, 4, 0.5)
    first = serving.strip(Settings(), served).items[0]
    assert first.a == pytest.approx(200.0) and "load" in first.unit.en  # type: ignore[union-attr]
    calm = serving.strip(Settings(), dataclasses.replace(served, waited=0.0)).items[0]
    assert calm.unit == "ms"


# ---- words


@pytest.mark.parametrize(("accepted", "drafted", "answer"), [(0, 10, "few"), (3, 10, "some"), (5, 10, "half"), (9, 10, "most"), (0, 0, "few")])  # fmt: skip
def test_the_prediction_reads_the_strip(accepted: int, drafted: int, answer: str) -> None:
    choices = tuple(Choice(1, 1.0, 1.0) for _ in range(accepted + 1))
    one = lookup.Writing((Pass((1,) * drafted, accepted, choices),), (0.5,))
    result = Result(lookup=lookup.figures(lookup.Both(one, one, torch.float32)))
    outcome = words.PREDICTION.outcome(result)
    assert outcome is not None and outcome.answer == answer
    assert words.PREDICTION.outcome(Result()) is None


def test_follow_ups_name_every_switch_as_it_stands(store: variants.VariantStore) -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["cache is on", "Batch size 4", "prefix is off"]),
        ({"cache": False, "batch": 1}, ["cache is off", "Batch size 1", "prefix is off"]),
        ({"reuse": True}, ["prefix is on"]),
    ]
    for values, expected in cases:
        settings, result = finish(store, **values)
        asked = " ".join(one.question.en for one in follow_ups(settings, result))
        assert all(words_ in asked for words_ in expected), asked
    settings, result = finish(store)
    slow = Timing.of([0.5])
    fast, useless = _drafting(0.3), _drafting(1.0)
    drafting = dataclasses.replace(result, lookup=lookup.figures(fast), times=lookup.times_table(fast, slow))
    lost = dataclasses.replace(result, lookup=lookup.figures(useless), times=lookup.times_table(useless, slow))
    assert any("1.00 times as fast: verifying takes 1000 ms" in one.question.en for one in follow_ups(settings, lost))
    for on, expected_word in ((True, "is on:"), (False, "is off;")):
        asked = " ".join(one.question.en for one in follow_ups(dataclasses.replace(settings, lookup=on), drafting))
        assert f"lookup {expected_word}" in asked and "50%" in asked
    parted = dataclasses.replace(result, lookup=lookup.figures(both_that_part()))
    assert any("part ways" in one.question.en for one in follow_ups(settings, parted))
    assert follow_ups(settings, Result()) == ()


def _drafting(seconds: float) -> lookup.Both:
    """Two tokens in two passes of half a second, and in one pass of so many."""
    one, other = Choice(1, 1.0, 1.0), Choice(3, 1.0, 1.0)
    plain = lookup.Writing((Pass((), 0, (one,)), Pass((), 0, (other,))), (0.5, 0.5))
    return lookup.Both(plain, lookup.Writing((Pass((1, 2), 1, (one, other)),), (seconds,)), torch.float32)


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
    request = read(real_lm, Settings())
    (wait,) = prefixes.waits(real_lm, [("", request)], prefixes.keep(real_lm, request))
    assert wait.same_token and wait.difference < 1.0
