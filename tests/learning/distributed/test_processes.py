"""However a process group ends, no process survives. The processes are real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from playground.lab.codec import encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.learning.distributed import launch
from playground.learning.distributed.job import Job
from playground.learning.distributed.processes import Limits, ProcessesFailed, run_module

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MISBEHAVING = "tests.learning.distributed.misbehaving"
LAUNCHER = "playground.learning.distributed.launch"
LONG = Job(text="A text that is learnt for a long time. " * 4, steps=100_000, strategy="fsdp")


def go_on() -> None:
    """Never raises."""


def runs(pid: int) -> bool:
    """Returns whether a process runs; a zombie doesn't."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def of_session(session: int) -> list[int]:
    """Returns the running processes of a session: all that the group started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(int(folder.name))
    return found


def gone(pids: list[int]) -> bool:
    """Whether all of them have ended; a minute only ends a test that hangs, since a busy machine takes its time."""
    until = time.monotonic() + 60.0
    while any(runs(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def started(events: Any) -> dict[str, Any]:
    event: dict[str, Any] = next(events)
    assert all(runs(pid) for pid in event["pids"])
    return event


def test_closing_ends_a_group_that_hangs_with_its_child() -> None:
    events = run_module(MISBEHAVING, {"how": "hang"}, go_on)
    event = started(events)
    assert Path(event["folder"]).is_dir()
    before = time.monotonic()
    events.close()
    assert time.monotonic() - before < 1.0, "Stop stops within a second"
    assert gone(event["pids"])
    assert not Path(event["folder"]).exists()


def test_a_checkpoint_that_raises_ends_the_group() -> None:
    stopped = False

    def checkpoint() -> None:
        if stopped:
            raise Cancelled

    events = run_module(MISBEHAVING, {"how": "hang"}, checkpoint)
    event = started(events)
    stopped = True
    before = time.monotonic()
    with pytest.raises(Cancelled):
        next(events)
    assert time.monotonic() - before < 1.0
    assert gone(event["pids"])


def test_a_group_past_its_time_is_ended_with_a_message(caplog: pytest.LogCaptureFixture) -> None:
    events = run_module(MISBEHAVING, {"how": "hang"}, go_on, Limits(seconds=1.0))
    event = started(events)
    with pytest.raises(PlaygroundError) as caught:
        list(events)
    assert "1 seconds" in caught.value.message.en and "1 秒" in caught.value.message.zh
    assert "hanging now" in caplog.text, "what it said is in the log"
    assert gone(event["pids"])


def test_a_child_that_outlives_the_module_is_ended_too() -> None:
    (event,) = run_module(MISBEHAVING, {"how": "leave-a-child"}, go_on)
    assert gone(event["pids"])


def test_memory_is_bounded() -> None:
    before = time.monotonic()
    with pytest.raises(ProcessesFailed, match="MemoryError"):
        list(run_module(MISBEHAVING, {"how": "fill"}, go_on, Limits(memory_bytes=200 << 20)))
    assert time.monotonic() - before < 20


def test_what_a_failing_module_said_is_in_the_exception() -> None:
    with pytest.raises(ProcessesFailed, match=r"ended with 3: not for the visitor"):
        list(run_module(MISBEHAVING, {"how": "fail"}, go_on))


def test_much_output_arrives_whole() -> None:
    events = list(run_module(MISBEHAVING, {"how": "flood"}, go_on))
    assert [event["number"] for event in events] == list(range(20_000))


def training() -> tuple[Any, int, list[int]]:
    """Starts a long training; returns its events, its launcher and its ranks."""
    events = run_module(LAUNCHER, encode(LONG), go_on)
    launcher = int(next(events)["started"])
    while "done" not in next(events):
        pass
    ranks = [pid for pid in of_session(launcher) if pid != launcher]
    assert len(ranks) == 2
    return events, launcher, ranks


def test_a_training_whose_rank_hangs_ends_with_all_its_processes() -> None:
    events, launcher, ranks = training()
    # A stopped process doesn't respond, like one that hangs; the other waits for it inside gloo.
    os.kill(max(ranks), signal.SIGSTOP)
    time.sleep(0.3)
    before = time.monotonic()
    events.close()
    assert time.monotonic() - before < 1.0
    assert of_session(launcher) == []


def test_a_training_whose_rank_dies_fails_at_once() -> None:
    events, launcher, ranks = training()
    os.kill(max(ranks), signal.SIGKILL)
    before = time.monotonic()
    with pytest.raises(ProcessesFailed):
        list(events)
    assert time.monotonic() - before < 5.0, "nobody waits for gloo's own limit"
    assert of_session(launcher) == []


SERVER = f"""
from playground.lab.codec import encode
from playground.learning.distributed.job import Job
from playground.learning.distributed.processes import run_module
job = Job(text="A text that is learnt for a long time. " * 4, steps=100_000)
for event in run_module({LAUNCHER!r}, encode(job), lambda: None):
    print(event.get("started", ""), flush=True)
"""


def test_nothing_outlives_a_server_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        launcher = int(server.stdout.readline())
        server.stdout.readline()
        pids = of_session(launcher)
        assert len(pids) == 3
        # Hanging ranks can't notice a closed pipe.
        for rank in set(pids) - {launcher}:
            os.kill(rank, signal.SIGSTOP)
        server.kill()
    assert gone(pids)


def hang() -> None:
    time.sleep(60)


def test_a_rank_that_hangs_says_where(capfd: pytest.CaptureFixture[str]) -> None:
    rank = launch.fork(hang, 0.2)
    until, said = time.monotonic() + 10, ""
    while "in hang" not in said and time.monotonic() < until:
        time.sleep(0.05)
        said += capfd.readouterr().err
    os.kill(rank, signal.SIGKILL)
    os.waitpid(rank, 0)
    assert "in hang" in said
