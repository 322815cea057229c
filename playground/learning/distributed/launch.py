"""The first of the training processes: imports torch once, forks one process for each rank, and outlives none of them.

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
# Share of the group's time after which a rank that still runs says where.
WAIT_SHARE = 0.8


def first_line() -> bytes:
    """The job. Read byte by byte up to the line's end, as what follows is the lifeline, which nothing may buffer."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(LIFELINE, 1)
        if not byte:
            break
        line += byte
    return bytes(line)


def fork(work: Callable[[], None], seconds: float) -> int:
    """A child that does `work` and ends, with 0 if it raised nothing; its process id.

    After `seconds` it says where it stands, so that the log tells where a group hung.
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
    except BaseException:  # noqa: BLE001 - the child ends here, whatever it was; its parent is told by the exit code
        traceback.print_exc()
    finally:
        os._exit(code)


def watch(children: set[int]) -> int:
    """Waits for all children: 0 when all end well. One that fails, or the lifeline's end, ends the others."""
    ended, told = os.pipe()
    os.set_blocking(told, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    failed = False
    while children:
        # A child may have ended before the handler stood: look first, wait then.
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
    """One report. Only one process at a time reports: the first rank, while the ranks run."""
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
