"""Reads how much memory a process may still take. Knows nothing of what it is for."""

from __future__ import annotations

from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
# Control groups, versions 2 and 1: a container's limit and what it uses.
_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)


def available_bytes() -> int | None:
    """Returns the bytes that can be allocated without swapping: the machine's, or a container's if fewer; None if unknown."""
    known = [_of_machine(), *(_of_container(limit, used) for limit, used in _LIMITS)]
    return min((size for size in known if size is not None), default=None)


def _of_machine() -> int | None:
    try:
        lines = _MEMINFO.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _of_container(limit: Path, used: Path) -> int | None:
    try:
        # "max" is no number: the container has no limit of its own.
        return max(0, int(limit.read_text()) - int(used.read_text()))
    except (OSError, ValueError):
        return None
