"""Times, and the load by other processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from playground.lab.timing import Scheduled, Timing, load_notice, measure, measure_in_turn, milliseconds_unit


def test_median_and_spread_by_hand() -> None:
    timing = Timing.of([3.0, 1.0, 2.0, 10.0, 4.0])
    assert (timing.median, timing.low, timing.high, timing.repeats) == (3.0, 1.0, 10.0, 5)


def test_a_call_takes_its_time_and_warms_up_uncounted() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        time.sleep(0.5 if len(calls) == 1 else 0.01)

    timing = measure(call, repeats=3, warm_up=1)
    assert len(calls) == 4
    assert 0.01 <= timing.median < 0.4


def test_calls_take_turns() -> None:
    order: list[str] = []
    timings = measure_in_turn({name: lambda name=name: order.append(name) for name in "ab"}, repeats=2, warm_up=1)  # type: ignore[misc]
    assert order == list("ababab")
    assert set(timings) == {"a", "b"}


def test_the_share_waited_by_hand() -> None:
    before = Scheduled({"1": (100, 10), "2": (50, 0)})
    after = Scheduled({"1": (160, 30), "3": (20, 0)})
    assert after.waited_since(before) == pytest.approx(20 / (60 + 20 + 20))
    assert before.waited_since(before) is None
    assert Timing.of([1.0], 0.3).loaded and not Timing.of([1.0], 0.02).loaded and not Timing.of([1.0]).loaded


@pytest.mark.skipif(not Scheduled.now().threads, reason="this system doesn't tell what threads wait for")
def test_a_busy_processor_is_noticed() -> None:
    # This process and two others share one processor.
    allowed = os.sched_getaffinity(0)
    processor = {min(allowed)}
    program = f"import os\nos.sched_setaffinity(0, {processor})\nprint('on', flush=True)\nwhile True: pass"
    others = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for other in others:
            assert other.stdout is not None and other.stdout.readline() == "on\n"
        os.sched_setaffinity(0, processor)
        timing = measure(lambda: sum(range(3_000_000)), repeats=5)
        assert timing.waited is not None and timing.waited > 0.3
        assert timing.loaded
    finally:
        os.sched_setaffinity(0, allowed)
        for other in others:
            other.kill()
            other.wait()


def test_the_spread_of_a_part_of_a_call() -> None:
    timing = Timing.of([0.02, 0.01, 0.0404])
    assert timing.milliseconds_between() == "10.0–40.4"
    assert timing.milliseconds_between(10) == "1.0–4.0"


def test_times_taken_under_load_say_so_with_the_worst_share() -> None:
    calm, unknown, busy, worse = (Timing.of([0.1], waited) for waited in (0.02, None, 0.25, 0.4))
    assert load_notice([calm, unknown]) is None
    assert milliseconds_unit(calm, unknown) == "ms"
    notice = load_notice([calm, busy, worse])
    assert notice is not None and "40%" in notice.zh and "40%" in notice.en
    assert "under load" in milliseconds_unit(calm, busy).en  # type: ignore[union-attr]
