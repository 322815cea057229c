"""Results that were computed once, remembered: on disk those of curated settings, in memory the others. Knows no topic and no page.

An entry is the JSON of a finished run, compressed, under the digest of everything that the run depends on. A damaged entry, or
one of another program, counts as missing and is replaced.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
VARIABLE = "PLAYGROUND_REMEMBER_MB"
DEFAULT_MEGABYTES = 500
MEMORY_BYTES = 64_000_000
# A file that a killed process left half-written is removed once it's so old (seconds).
_ABANDONED = 3600.0


def most_bytes() -> int:
    """Returns how many bytes results may take on disk: `PLAYGROUND_REMEMBER_MB` million, by default 500 million; 0 remembers nothing."""
    asked = os.environ.get(VARIABLE, "").strip()
    try:
        return int(1_000_000 * max(0.0, float(asked))) if asked else DEFAULT_MEGABYTES * 1_000_000
    except (ValueError, OverflowError):
        return DEFAULT_MEGABYTES * 1_000_000


@dataclass(frozen=True)
class Entry:
    """A finished run as plain data. `computed`: seconds since the epoch."""

    result: dict[str, Any]
    cost: dict[str, Any]
    computed: float


def key_of(parts: Mapping[str, Any]) -> str:
    """Returns the key (hexadecimal) of what a run depends on: JSON-ready `parts`, in any order."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


class ResultStore:
    """Entries by key, the least recently used dropped first. Safe for threads, and on disk for several processes.

    `folder`: where entries are written, created when the first one is; None: nowhere. `disk_bytes`, `memory_bytes`: the bounds.
    """

    def __init__(self, folder: Path | None, disk_bytes: int, memory_bytes: int = MEMORY_BYTES) -> None:
        self._folder = folder
        self._disk_bytes = disk_bytes
        self._memory_bytes = memory_bytes
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Entry | None:
        """Returns the entry of a key, and counts it as used just now; None where there is none that can be read."""
        with self._lock:
            packed = self._memory.get(key)
            if packed is not None:
                self._memory.move_to_end(key)
        if packed is not None:
            return _unpack(key, packed)
        path = self._path(key)
        if path is None:
            return None
        try:
            packed = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        entry = _unpack(key, packed)
        if entry is None:
            with contextlib.suppress(OSError):
                path.unlink()
        return entry

    def put(self, key: str, entry: Entry, *, on_disk: bool) -> None:
        """Stores an entry on disk, or in memory only, until the process ends. A full disk is no error."""
        packed = _pack(key, entry)
        path = self._path(key) if on_disk else None
        if path is None:
            self._keep(key, packed)
        elif len(packed) <= self._disk_bytes:
            try:
                write_whole(path, packed)
                with self._lock:
                    self._memory.pop(key, None)  # an older one, kept there when the disk was full
                self._shrink(path.parent)
            except OSError:
                self._keep(key, packed)

    def __contains__(self, key: str) -> bool:
        path = self._path(key)
        with self._lock:
            return key in self._memory or (path is not None and path.exists())

    def _path(self, key: str) -> Path | None:
        return self._folder / f"{key}.json.gz" if self._folder is not None and self._disk_bytes else None

    def _keep(self, key: str, packed: bytes) -> None:
        with self._lock:
            self._memory[key] = packed
            self._memory.move_to_end(key)
            held = sum(map(len, self._memory.values()))
            while held > self._memory_bytes:
                _, dropped = self._memory.popitem(last=False)
                held -= len(dropped)

    def _shrink(self, folder: Path) -> None:
        """Removes what was used least recently until the folder is within its bound."""
        entries = []
        for path in folder.iterdir():
            with contextlib.suppress(OSError):  # another process may have removed it
                stat = path.stat()
                if path.suffix == ".part":
                    if time.time() - stat.st_mtime > _ABANDONED:
                        path.unlink()
                elif path.name.endswith(".json.gz"):
                    entries.append((stat.st_mtime_ns, stat.st_size, path))
        held = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if held <= self._disk_bytes:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            held -= size


def _pack(key: str, entry: Entry) -> bytes:
    data = {
        "format": FORMAT, "key": key, "computed": entry.computed, "cost": entry.cost, "result": entry.result,
    }  # fmt: skip
    return gzip.compress(json.dumps(data, ensure_ascii=False).encode(), 5)


def _unpack(key: str, packed: bytes) -> Entry | None:
    try:
        data = json.loads(gzip.decompress(packed))
        if data["format"] != FORMAT or data["key"] != key:
            return None
        return Entry(data["result"], data["cost"], float(data["computed"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_whole(path: Path, packed: bytes) -> None:
    """Writes a file whole or not at all: beside its place, then renamed into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(packed)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
