"""Starts the app for tests as a separate process on a free port, and terminates it by its process id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serve(arguments: Sequence[str], log: Path, **environment: str) -> Iterator[str]:
    """Yields the address of `python <arguments>` once it responds. Its output is written to `log`."""
    port = free_port()
    variables = {**os.environ, "GRADIO_SERVER_PORT": str(port), "PYTHONPATH": str(ROOT), **environment}
    variables.pop("SPACE_ID", None)
    address = f"http://127.0.0.1:{port}/"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=variables, stdout=out, stderr=out)
        with ended(process):
            _await(address, process, log)
            yield address


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends a process afterwards, by force if it doesn't heed being asked."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the server did not answer:\n{log.read_text(errors='replace')[-4000:]}")
