"""What the panels of inference show of given numbers."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from playground.generation.prompt_lookup import Choice, Pass
from playground.lab.timing import Timing
from playground.models.language_model import LanguageModel
from playground.topics.inference import batching, lookup, prefixes, serving, step_times
from playground.topics.inference.findings import find_draft_times, find_drafts, find_key_values
from playground.topics.inference.panels import drafts as draft_panels
from playground.topics.inference.panels import key_values, schedules, this_run
from playground.topics.inference.panels import prefixes as prefix_panels
from playground.topics.inference.panels import step_times as step_panels
from playground.topics.inference.request import read
from playground.topics.inference.settings import Settings
from playground.topics.inference.test_lab import both_that_part
from tests.conftest import tiny_gemma, wrap


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return wrap(tiny_gemma())


def test_the_timeline_is_drawn_from_its_schedules() -> None:
    timings = {1: Timing.of([0.02]), 4: Timing.of([0.03])}
    both = batching.simulate({rows: timing.median for rows, timing in timings.items()}, 3, 0.05)
    panel = schedules.timeline(both)
    assert len(panel.rows) == len(panel.values) == 6
    end = max(both.static.seconds, both.continuous.seconds)
    for schedule, rows in ((both.static, panel.values[:3]), (both.continuous, panel.values[3:])):
        for slot, row in enumerate(rows):
            for place, shown in enumerate(row):
                moment = end * (place + 0.5) / len(row)
                there = [
                    stay.request + 1 for stay in schedule.stays if stay.slot == slot and stay.start <= moment < stay.end
                ]
                assert ([] if shown is None else [int(shown)]) == there
    table = schedules.account(both, timings, 0.05)
    assert panel.simulated and table.simulated
    width = end / len(panel.columns)
    for place, name in enumerate(panel.columns):
        assert not name or place * width <= float(str(name)) < (place + 1) * width
    assert end > schedules.MANY_SECONDS and sum(map(bool, panel.columns)) >= 4, "ticks are whole seconds"
    assert panel.texts[0][0] == str(batching.LENGTHS[0]) and "tokens in the answer" in panel.text_label.en  # type: ignore[union-attr]
    assert "模拟" in table.caveat.zh and "Simulated" in table.caveat.en  # type: ignore[union-attr]
    assert all("simulated" in row[0].en for row in table.rows)  # type: ignore[union-attr]
    assert "50 ms" in table.caveat.en and ", 8, " in table.caveat.en  # type: ignore[union-attr]
    for row, schedule in zip(table.rows, (both.static, both.continuous), strict=True):
        assert row[1:] == pytest.approx((
            schedule.throughput, schedule.mean_latency, schedule.longest_short_wait, 100 * schedule.idle_share, schedule.seconds,
        ))  # fmt: skip


@pytest.mark.parametrize("cached", [True, False])
def test_this_runs_point_is_marked_on_the_curves(lm: LanguageModel, cached: bool) -> None:
    settings = Settings(prefix="", text="abcd", cache=cached, batch=2)
    request = read(lm, "", "abcd")
    steps = {
        (tokens, with_cache): Timing.of([tokens / 1e3 * (1 if with_cache else 2)])
        for tokens in (len(request.ids), 32)
        for with_cache in (True, False)
    }
    panel = step_panels.positions(settings, request, step_times.Positions(steps, {32: 589_824}), 536_000_000)
    assert "reads 536 MB of weights; after 32 tokens it also reads 0.6 MB" in panel.caveat.en  # type: ignore[union-attr]
    (mark,) = panel.marks
    expected = len(request.ids) * (1.0 if cached else 2.0)
    assert (mark.x, mark.y, mark.role) == (len(request.ids), pytest.approx(expected), "")
    own, other = panel.lines if cached else reversed(panel.lines)
    assert (mark.x, mark.y) in zip(own.x, own.y, strict=True) and mark.y not in other.y
    batches = {1: Timing.of([0.1]), 2: Timing.of([0.125])}
    together, each = step_panels.throughput(settings, batches), step_panels.latency(settings, batches)
    assert (together.marks[0].x, together.marks[0].y) == (2.0, pytest.approx(16.0))
    assert (each.marks[0].x, each.marks[0].y) == (2.0, pytest.approx(125.0))
    assert together.lines[0].y == pytest.approx((10.0, 16.0))


def test_the_bytes_are_written_out(lm: LanguageModel) -> None:
    found = find_key_values(lm, {100: 1_234_567})
    table, growth = key_values.table(lm, found), key_values.growth(lm, found)
    assert table.rows[0][0] == "100" and table.rows[0][2] == "1,234,567"
    assert table.rows[0][1] == f"{found[0].by_formula:,}"
    assert table.rows[0][3] == pytest.approx(1_234_567 / 100 / 1024) and "1 KiB = 1,024 bytes" in table.caveat.en  # type: ignore[union-attr]
    assert [line.y[0] for line in growth.lines[:2]] == pytest.approx([found[0].by_formula / 1e6, 1.234567])


def test_the_table_of_prefixes_by_hand() -> None:
    def wait(name: str, own: int, anew: float, kept: float) -> prefixes.Wait:
        return prefixes.Wait(name, 100, own, Timing.of([anew], 0.0), Timing.of([kept], 0.0), True, 0.25)

    waits = [wait("a\n b", 10, 0.1, 0.02), wait("c", 20, 0.12, 0.03)]
    table = prefix_panels.first_tokens(waits, False)
    assert table.rows[0] == ("“a b”", 110, 10, 100.0, 20.0, 5.0, "100.0–100.0 → 20.0–20.0")
    # The first finds nothing cached: 100 + 30 ms against 100 + 120.
    assert table.rows[2][1:6] == (230, 130, *map(pytest.approx, (220.0, 130.0, 220 / 130)))
    assert table.highlight == () and prefix_panels.first_tokens(waits, True).highlight == (0,)


def test_a_near_tie_that_turned_is_shown_with_its_place_and_gap(lm: LanguageModel) -> None:
    request, both = read(lm, "", "x"), both_that_part()
    drafts = find_drafts(lm, both)
    panel = draft_panels.text(lm, request, both, drafts)
    said = panel.caveat.en  # type: ignore[union-attr]
    assert "token 2" in said and "“b”" in said and "“d”" in said and "bfloat16" in said
    assert "0.125 ahead" in said and "at that size is 0.125" in said
    assert [span.text for span in panel.passages[0].spans if span.tone == "warn"] == ["d"]
    assert [span.text for span in panel.passages[1].spans if span.tone == "warn"] == ["b"]
    strip = draft_panels.figures(drafts, find_draft_times(both))
    assert strip.items[-1].a.en == "diverges at 2"  # type: ignore[union-attr]
    wide = both_that_part(lead=7.0)
    unexplained = draft_panels.text(lm, request, wide, find_drafts(lm, wide))
    said = unexplained.caveat.en  # type: ignore[union-attr]
    assert "more than rounding" in said and "near tie" not in said
    assert unexplained.warning and not panel.warning


def test_equal_texts_are_shown_as_proof(lm: LanguageModel) -> None:
    request, one = read(lm, "", "x"), both_that_part().plain
    both = lookup.Both(one, one, torch.float32)
    drafts = find_drafts(lm, both)
    panel = draft_panels.text(lm, request, both, drafts)
    drafted, plain = panel.passages
    assert "".join(span.text for span in drafted.spans) == "".join(span.text for span in plain.spans) == "xabc"
    assert "Proof" in panel.caveat.en and not panel.warning  # type: ignore[union-attr]
    assert draft_panels.figures(drafts, find_draft_times(both)).items[-1].a.en == "the same"  # type: ignore[union-attr]


def test_the_strip_of_drafts_by_hand(lm: LanguageModel) -> None:
    one, two = Choice(1, 1.0, 1.0), Choice(2, 1.0, 1.0)
    plain = lookup.Writing((Pass((), 0, (one,)), Pass((), 0, (two,))), (0.1, 0.3))
    drafted = lookup.Writing((Pass((1, 5), 1, (one, two)),), (0.25,))
    both = lookup.Both(plain, drafted, torch.float32)
    values = [item.a for item in draft_panels.figures(find_drafts(lm, both), find_draft_times(both)).items]
    assert values[:4] == [50.0, 50.0, 1.0, pytest.approx(1.6)]


def test_the_table_of_times_by_hand() -> None:
    one, two = Choice(1, 1.0, 1.0), Choice(2, 1.0, 1.0)
    plain = lookup.Writing((Pass((), 0, (one,)), Pass((), 0, (two,))), (0.1, 0.3))
    drafted = lookup.Writing((Pass((1,), 1, (one, two)),), (0.25,))
    table = draft_panels.times(lookup.Both(plain, drafted, torch.float32), Timing.of([0.05]))
    assert table.rows[0][1:] == (2.0, 1.0, pytest.approx(200.0), "100.0–300.0", *map(pytest.approx, (200.0, 1.0)))
    assert table.rows[1][1:] == (1.0, 2.0, 250.0, "250.0–250.0", 125.0, pytest.approx(1.6))
    assert table.rows[2][3:] == (50.0, "50.0–50.0", 50.0, pytest.approx(4.0))


def served(**changes: Any) -> serving.Served:
    """A run of one pass that took 100, then 200, then 300 ms, half of them waiting."""
    one = serving.Served(1, (0.1, 0.2, 0.3), Pass((), 0, (Choice(1, 1.0, 1.0),)), (), 8, 4, 0.5)
    return dataclasses.replace(one, **changes)


def test_times_under_load_say_so() -> None:
    assert "under load" in draft_panels.times(both_that_part(), None).loaded.en  # type: ignore[union-attr]
    first = this_run.figures(Settings(), served()).items[0]
    assert first.a == pytest.approx(200.0) and "load" in first.unit.en  # type: ignore[union-attr]
    calm = this_run.figures(Settings(), served(waited=0.0)).items[0]
    assert calm.unit == "ms"


def test_the_strip_says_what_a_switch_does_not_do() -> None:
    useless = this_run.figures(Settings(reuse=True, cache=False), served())
    assert "KV cache" in useless.caveat.en  # type: ignore[union-attr]
    assert "same text" in this_run.figures(Settings(lookup=True, batch=2), served()).caveat.en  # type: ignore[union-attr]
    assert this_run.figures(Settings(lookup=True, batch=1), served()).caveat is None
    assert "after 7 tokens" in this_run.figures(Settings(cache=False), served(cut=7)).caveat.en  # type: ignore[union-attr]
