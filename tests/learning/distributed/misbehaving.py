"""Misbehaves for tests of `run_module`: hangs with a hanging child, fills memory, fails, floods its output."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any


def tell(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def main() -> int:
    job = json.loads(sys.stdin.buffer.readline())
    if job["how"] == "hang":
        child = os.fork()
        if child == 0:
            while True:
                time.sleep(60)
        tell({"pids": [os.getpid(), child], "folder": job["folder"]})
        sys.stderr.write("hanging now")
        sys.stderr.flush()
        # Ignores the lifeline, like a deadlock inside a library.
        while True:
            time.sleep(60)
    if job["how"] == "leave-a-child":
        child = os.fork()
        if child == 0:
            os.close(1)
            os.close(2)
            while True:
                time.sleep(60)
        tell({"pids": [child]})
        return 0
    if job["how"] == "fill":
        blocks = []
        while True:
            blocks.append(bytearray(1 << 24))
    if job["how"] == "flood":
        sys.stderr.write("x" * 1_000_000)
        for number in range(20_000):
            tell({"number": number})
        return 0
    sys.stderr.write("not for the visitor")
    return 3


if __name__ == "__main__":
    sys.exit(main())
