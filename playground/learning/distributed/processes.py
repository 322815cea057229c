"""Runs a Python module as a process group with limits, and always terminates all of its processes.

Knows nothing of what the module does. The module reads its job as one line of JSON from standard input and writes lines of
JSON to standard output. Standard input stays open as a lifeline: when it closes, the caller is gone.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import playground
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

log = logging.getLogger(__name__)

# Interval of the caller's checkpoints while the group writes nothing.
LOOK_SECONDS = 0.1
# Grace period after the lifeline closes; then the group is killed.
GRACE_SECONDS = 0.3
KEPT_ERRORS = 8192


@dataclass(frozen=True)
class Limits:
    """`seconds`: wall time of the whole group. `memory_bytes`: private writable memory of each process."""

    seconds: float = 60.0
    memory_bytes: int = 1 << 30


class ProcessesFailed(RuntimeError):
    """The group failed; the message is the end of its standard error."""


def run_module(
    module: str, job: Mapping[str, Any], checkpoint: Callable[[], None], limits: Limits | None = None
) -> Generator[Any, None, None]:
    """Starts `python -m module` with `job`, and yields its reports line by line.

    Adds to `job` a temporary `folder`, removed at the end, and `seconds`, its time limit. `checkpoint` is called at least
    every 0.1 s and may raise. The end of the iteration (last report, exception or closed iterator) terminates all processes
    of the group. Raises PlaygroundError past the time limit, ProcessesFailed if the module fails.
    """
    limits = limits or Limits()
    with tempfile.TemporaryDirectory(prefix="playground-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=_environment(), cwd=folder, start_new_session=True,
        )  # fmt: skip
        try:
            _limit(process.pid, limits)
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps({**job, "folder": folder, "seconds": limits.seconds}).encode() + b"\n")
                process.stdin.flush()
            errors = bytearray()
            yield from _reports(process, checkpoint, time.monotonic() + limits.seconds, limits, errors)
        finally:
            code = _end(process)
    if code != 0:
        raise ProcessesFailed(f"{module} ended with {code}: {errors.decode(errors='replace').strip()}")


def _environment() -> dict[str, str]:
    """Returns an environment with one thread per process, loopback as the only network, and this project importable."""
    root = str(Path(playground.__file__).parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    loopback = "lo" if sys.platform == "linux" else "lo0"
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "GLOO_SOCKET_IFNAME": loopback,
    }


def _limit(pid: int, limits: Limits) -> None:
    """Sets kernel limits on the group's memory and processor time, inherited by every process forked later.

    Set from outside, independent of the module's code; also limits the time if this process is killed.
    """
    if not hasattr(resource, "prlimit"):  # Linux only
        return
    seconds = int(limits.seconds) + 1
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))
        resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


def _reports(
    process: subprocess.Popen[bytes],
    checkpoint: Callable[[], None],
    deadline: float,
    limits: Limits,
    errors: bytearray,
) -> Iterator[Any]:
    """Yields lines of standard output as JSON until it closes; keeps the last part of standard error."""
    assert process.stdout is not None and process.stderr is not None
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.register(process.stderr, selectors.EVENT_READ)
        while selector.get_map():
            checkpoint()
            if time.monotonic() > deadline:
                log.error("out of time after %g s: %s", limits.seconds, errors.decode(errors="replace"))
                raise _too_long(limits)
            for key, _ in selector.select(LOOK_SECONDS):
                data = os.read(key.fd, 65536)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    errors[:] = (errors + data)[-KEPT_ERRORS:]
                else:
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        yield json.loads(line)


def _too_long(limits: Limits) -> PlaygroundError:
    return PlaygroundError(
        Text(
            zh="训练进程超过了 {limit} 秒的时限，已全部结束。请减少步数或批量。",
            en="The training processes passed their limit of {limit} seconds and were all ended. Ask for fewer steps or a smaller batch.",
        ).format(limit=f"{limits.seconds:g}")
    )


def _end(process: subprocess.Popen[bytes]) -> int:
    """Terminates the group and waits for it; returns the exit code of its first process."""
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    patience = time.monotonic() + GRACE_SECONDS
    # Waits without reaping: until reaped, the group's id can't be reused.
    while not _has_exited(process.pid) and time.monotonic() < patience:
        time.sleep(0.005)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    code = process.wait()
    process.stdout.close()
    process.stderr.close()
    return code


def _has_exited(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
