"""Starts servers as processes of their own for the benchmarks, and reads off the system what they hold."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playground.lab.timing import Stopwatch

ROOT = Path(__file__).parent.parent
LONGEST_START = 120.0


@dataclass(frozen=True)
class Held:
    """What a process holds: resident memory and the most so far (MB), threads, open files."""

    megabytes: float
    most_megabytes: float
    threads: int
    files: int

    @staticmethod
    def settled(process: int) -> Held:
        """Reads it once the process has been at rest for a second: a run gives its memory back after its answer."""
        at_rest(process)
        return Held.by(process)

    @staticmethod
    def by(process: int) -> Held:
        """Reads it from /proc."""
        folder = Path(f"/proc/{process}")
        found = dict(re.findall(r"^(VmRSS|VmHWM|Threads):\s+(\d+)", (folder / "status").read_text(), re.MULTILINE))
        files = sum(1 for _ in (folder / "fd").iterdir())
        return Held(int(found["VmRSS"]) / 1000, int(found["VmHWM"]) / 1000, int(found["Threads"]), files)


def at_rest(process: int) -> None:
    """Waits until a process takes less than a tenth of a processor for a second."""
    started = time.monotonic()
    while time.monotonic() - started < LONGEST_START:
        before = _processor_seconds(process)
        time.sleep(1)
        if _processor_seconds(process) - before < 0.1:
            return
    raise AssertionError("the server doesn't come to rest")


def _processor_seconds(process: int) -> float:
    """Reads how long a process has been computing, in all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A server: its address, its process, and a stopwatch started with it."""

    address: str
    process: int
    watch: Stopwatch

    def wait(self, path: str = "") -> float:
        """Waits until it answers and returns the seconds since its start."""
        while True:
            try:
                with urllib.request.urlopen(self.address + path, timeout=60) as answer:
                    answer.read()
                    return self.watch.seconds()
            except OSError:
                assert self.watch.seconds() < LONGEST_START, "the server doesn't answer"
                time.sleep(0.02)


@contextmanager
def served(*command: str, log: Path | None = None, **variables: str) -> Iterator[Served]:
    """Starts `python <command>` on a free port, yields it, and terminates it. `log`: where its output goes, None for nowhere."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"} | variables
    with Path(log or os.devnull).open("wb") as out:
        watch = Stopwatch()
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            yield Served(f"http://127.0.0.1:{port}/", process.pid, watch)
        finally:
            process.terminate()
            process.wait()
