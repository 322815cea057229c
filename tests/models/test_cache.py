"""The cache folder is where the environment says, and a choice by measurement is made once for a machine, by all processes."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from playground.models import cache

CANDIDATES = ("float32", "bfloat16")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path / "own"))
    assert cache.cache_folder() == tmp_path / "own"
    monkeypatch.delenv("PLAYGROUND_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.cache_folder().parent == tmp_path / "xdg"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_folder().is_relative_to(Path.home() / ".cache")


def test_a_choice_is_measured_once_and_then_kept(folder: Path) -> None:
    assert cache.chosen_once("dtype", CANDIDATES, lambda: "bfloat16", 2) == "bfloat16"
    assert cache.chosen_once("dtype", CANDIDATES, lambda: pytest.fail("measured again"), 2) == "bfloat16"


def test_other_choices_and_other_machines_have_their_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.chosen_once("dtype", CANDIDATES, lambda: "bfloat16", 2)
    assert cache.chosen_once("int8-inputs", CANDIDATES, lambda: "float32", 2) == "float32"
    assert cache.chosen_once("dtype", CANDIDATES, lambda: "float32", 1) == "float32"
    monkeypatch.setattr(cache, "_processor", lambda: "another")
    assert cache.chosen_once("dtype", CANDIDATES, lambda: "float32", 2) == "float32"
    assert len(list((folder / "choices").iterdir())) == 4


def test_a_damaged_choice_is_made_anew(folder: Path) -> None:
    cache.chosen_once("dtype", CANDIDATES, lambda: "bfloat16", 2)
    (path,) = (folder / "choices").iterdir()
    path.write_bytes(b"\xff\x00nothing")
    assert cache.chosen_once("dtype", CANDIDATES, lambda: "float32", 2) == "float32"
    assert cache.chosen_once("dtype", CANDIDATES, lambda: pytest.fail("measured again"), 2) == "float32"
    assert list((folder / "choices").iterdir()) == [path]


def test_where_nothing_can_be_written_the_choice_is_this_process_s_own(folder: Path) -> None:
    folder.write_text("a file")
    assert cache.chosen_once("dtype", CANDIDATES, lambda: "bfloat16", 2) == "bfloat16"


def test_of_choices_at_the_same_time_the_first_is_right_for_all(folder: Path) -> None:
    def slow(choice: str) -> str:
        return cache.chosen_once("dtype", CANDIDATES, lambda: choice, 2)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(slow, CANDIDATES * 20))
    assert len(found) == 1
    again = "from playground.models.cache import chosen_once; print(chosen_once('dtype', ('float32', 'bfloat16'), lambda: 'none', 2))"
    printed = subprocess.run([sys.executable, "-c", again], capture_output=True, text=True, check=True).stdout
    assert {printed.strip()} == found
