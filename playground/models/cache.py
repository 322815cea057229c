"""The folder that outlasts the process: where it is, and what was chosen for this machine by measurement. Knows no model.

Two candidates of nearly the same speed would be chosen between anew at each start, so the same click would give other numbers
after it, and the results remembered before would be lost. So a choice is measured once for a machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

import torch


def cache_folder() -> Path:
    """Returns the folder of converted weights: `PLAYGROUND_CACHE`, else a folder in the XDG cache."""
    named = os.environ.get("PLAYGROUND_CACHE")
    if named:
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llm-interview-playground"


def chosen_once(name: str, candidates: Collection[str], choose: Callable[[], str], threads: int) -> str:
    """Returns what was chosen for `name` on this processor with so many threads, else calls `choose` and writes it down.

    Of processes that choose at the same time the first to write is right for all. Where nothing can be written, the choice is
    this process's own. A file that names no candidate is replaced.
    """
    path = cache_folder() / "choices" / _key(name, threads)
    found = _read(path, candidates)
    if found is not None:
        return found
    choice = choose()
    with contextlib.suppress(OSError):
        _write(path, choice, candidates)
    return _read(path, candidates) or choice


def _read(path: Path, candidates: Collection[str]) -> str | None:
    try:
        text = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    return text if text in candidates else None


def _write(path: Path, choice: str, candidates: Collection[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix="choosing-", delete=False, encoding="utf-8") as file:
        file.write(choice)
    try:
        if path.exists() and _read(path, candidates) is None:
            Path(file.name).replace(path)
        else:
            os.link(file.name, path)  # fails if another process was first
    finally:
        Path(file.name).unlink(missing_ok=True)


def _key(name: str, threads: int) -> str:
    machine = (name, torch.__version__, torch.backends.cpu.get_cpu_capability(), _processor(), str(threads))
    return f"{name}-{hashlib.sha256(chr(0).join(machine).encode()).hexdigest()[:16]}"


def _processor() -> str:
    """Returns the processor's model as the kernel names it; its architecture where it doesn't."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    wanted = ("vendor_id", "cpu family", "model", "model name", "stepping")
    found = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    named = {key.strip(): value.strip() for key, value in found.items()}
    return " ".join(named.get(key, "") for key in wanted).strip() or platform.machine()
