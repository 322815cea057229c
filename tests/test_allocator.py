"""Freed memory is returned to the system after a run."""

from __future__ import annotations

import contextlib
import ctypes
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground import allocator, running
from playground.lab.bench import Bench
from playground.lab.errors import Cancelled, PlaygroundError
from tests.fakes import NoModels, Result, Settings, make_topic

MEGABYTE = 1 << 20


def resident() -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found.group(1)) * 1024


@pytest.mark.skipif(sys.platform != "linux" or allocator._trim() is None, reason="no malloc_trim here")
def test_what_is_freed_is_given_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    # Small blocks, of which every hundredth is kept, prevent the heap from shrinking.
    blocks = [libc.malloc(64 * 1024) for _ in range(3200)]
    for block in blocks:
        ctypes.memset(block, 1, 64 * 1024)
    held = resident()
    for number, block in enumerate(blocks):
        if number % 100:
            libc.free(block)
    allocator.give_back()
    try:
        assert held - resident() > 150 * MEGABYTE
    finally:
        for block in blocks[::100]:
            libc.free(block)


def test_a_c_library_without_it_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator, "_trim", lambda: None)
    allocator.give_back()


@pytest.mark.parametrize("ending", [None, ValueError("a bug"), Cancelled()])
def test_every_run_ends_with_it(monkeypatch: pytest.MonkeyPatch, ending: Exception | None) -> None:
    def ends(settings: Settings, bench: Bench) -> Iterator[Result]:
        yield Result()
        if ending:
            raise ending

    given = threading.Event()
    monkeypatch.setattr(allocator, "give_back", given.set)
    stream = running.events(make_topic(run=ends), Settings(), lambda progress: NoModels())  # type: ignore[arg-type]
    with contextlib.suppress(PlaygroundError, Cancelled):
        list(stream)
    assert given.wait(5)
