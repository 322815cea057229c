"""What a process may still allocate, read from files of a fake system."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.models import memory


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_LIMITS", ((tmp_path / "max", tmp_path / "current"),))
    return tmp_path


def test_nothing_is_known_where_nothing_can_be_read(system: Path) -> None:
    assert memory.available_bytes() is None


def test_the_smaller_of_machine_and_container_counts(system: Path) -> None:
    (system / "meminfo").write_text("MemTotal:  4000 kB\nMemAvailable:  2000 kB\n")
    assert memory.available_bytes() == 2_048_000
    (system / "max").write_text("max\n")
    (system / "current").write_text("500\n")
    assert memory.available_bytes() == 2_048_000
    (system / "max").write_text("1500\n")
    assert memory.available_bytes() == 1000
    (system / "current").write_text("2000\n")
    assert memory.available_bytes() == 0


def test_this_machine_has_memory() -> None:
    known = memory.available_bytes()
    assert known is None or known > 0
