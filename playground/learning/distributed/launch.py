"""Launches the training processes: imports torch once, forks a process per rank, and waits for all of them.

Started as `python -m playground.learning.distributed.launch` by `processes.run_module`. Knows nothing of training.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground.lab.codec import decode, encode
from playground.lab.timing import Stopwatch
from playground.learning.distributed.job import Job

LIFELINE = 0
PR_SET_PDEATHSIG = 1
# Share of the group's time after which a running rank dumps its stack.
WAIT_SHARE = 0.8


def first_line() -> bytes:
    """Reads the job byte by byte to the end of the line: the rest of standard input is the lifeline and must not be buffered."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(LIFELINE, 1)
        if not byte:
            break
        line += byte
    return bytes(line)


def fork(work: Callable[[], None], seconds: float) -> int:
    """Forks a child that runs `work` and exits, with 0 unless it raised; returns its process id.

    After `seconds` it dumps its stack, so that the log shows where a group hung.
    """
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        faulthandler.dump_traceback_later(seconds)
        if os.getppid() == parent:
            work()
            code = 0
    except BaseException:  # noqa: BLE001 - the child must exit here; the exit code tells the parent
        traceback.print_exc()
    finally:
        os._exit(code)


def watch(children: set[int]) -> int:
    """Waits for all children; returns 0 if all succeed. Kills the others if one fails or the lifeline closes."""
    ended, told = os.pipe()
    os.set_blocking(told, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    failed = False
    while children:
        # A child may have exited before the handler was installed: check first, then wait.
        while children and (status := os.waitpid(-1, os.WNOHANG))[0]:
            children.discard(status[0])
            failed = failed or status[1] != 0
        ready = select.select([LIFELINE, ended], [], [])[0] if children and not failed else []
        if failed or LIFELINE in ready:
            for child in children:
                os.kill(child, signal.SIGKILL)
            for child in children:
                os.waitpid(child, 0)
            return 1
        if ended in ready:
            os.read(ended, 4096)
    return int(failed)


def tell(event: dict[str, Any]) -> None:
    """Writes one report. Only one process reports at a time: the first rank, while the ranks run."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def main() -> int:
    since_start = Stopwatch()
    values = json.loads(first_line())
    folder, seconds = Path(values.pop("folder")), values.pop("seconds")
    job = decode(Job, values | {"store": str(folder / "rendezvous")})
    tell({"started": os.getpid()})
    # Imported after the job is read, and once for all ranks: a fork shares it.
    from playground.learning.distributed import strategies, training

    strategies.prepare(job)

    def rank_work(rank: int) -> Callable[[], None]:
        def work() -> None:
            def progress(done: int, total: int, alone: bool) -> None:
                tell({"done": done, "total": total, "alone": alone})

            report = training.work(job, rank, progress)
            if report is not None:
                tell({"report": encode(report)})

        return work

    patience = max(1.0, WAIT_SHARE * seconds - since_start.seconds())
    return watch({fork(rank_work(rank), patience) for rank in range(job.processes)})


if __name__ == "__main__":
    sys.exit(main())
