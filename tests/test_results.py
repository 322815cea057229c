"""Remembered results: what is kept, where, for how long, and what a damaged entry does."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from playground import results
from playground.results import Entry, ResultStore, key_of


def entry(number: int = 1, size: int = 0) -> Entry:
    """An entry of about `size` bytes once compressed: random digits don't compress."""
    return Entry({"n": number, "filling": os.urandom(size).hex()}, {"seconds": 1.0}, 1000.0 + number)


def key(number: int) -> str:
    return key_of({"number": number})


def test_an_entry_comes_back_from_disk_in_another_store(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "when needed"
    ResultStore(folder, 10**6).put(key(1), entry(1), on_disk=True)
    assert ResultStore(folder, 10**6).get(key(1)) == entry(1)
    assert ResultStore(folder, 10**6).get(key(2)) is None
    assert [path.name for path in folder.iterdir()] == [f"{key(1)}.json.gz"], "nothing half-written beside it"


def test_what_is_for_memory_alone_never_reaches_the_disk(tmp_path: Path) -> None:
    store = ResultStore(tmp_path, 10**6)
    store.put(key(1), entry(1), on_disk=False)
    assert store.get(key(1)) == entry(1)
    assert key(1) in store
    assert not list(tmp_path.iterdir())
    assert ResultStore(tmp_path, 10**6).get(key(1)) is None


def test_the_disk_is_bounded_and_loses_what_was_used_least_recently(tmp_path: Path) -> None:
    store = ResultStore(tmp_path, 50_000)
    for number in range(4):
        store.put(key(number), entry(number, 10_000), on_disk=True)
        os.utime(tmp_path / f"{key(number)}.json.gz", (number, number))
    assert store.get(key(0)) is not None, "and counts as used now"
    store.put(key(4), entry(4, 10_000), on_disk=True)
    kept = [number for number in range(5) if ResultStore(tmp_path, 50_000).get(key(number))]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 50_000
    assert 0 in kept and 4 in kept and 1 not in kept


def test_an_entry_larger_than_the_bound_is_not_kept(tmp_path: Path) -> None:
    store = ResultStore(tmp_path, 5_000)
    store.put(key(1), entry(1), on_disk=True)
    store.put(key(2), entry(2, 10_000), on_disk=True)
    assert store.get(key(2)) is None
    assert store.get(key(1)) is not None


def test_memory_is_bounded_and_loses_what_was_used_least_recently() -> None:
    store = ResultStore(None, 10**6, memory_bytes=50_000)
    for number in range(4):
        store.put(key(number), entry(number, 10_000), on_disk=False)
        store.get(key(0))
    store.put(key(4), entry(4, 10_000), on_disk=False)
    assert [number for number in range(5) if store.get(key(number))] == [0, 2, 3, 4]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:40],
        lambda data: b"not gzip at all",
        lambda data: gzip.compress(b"[1, 2]"),
        lambda data: gzip.compress(b'{"format": 1}'),
        lambda data: gzip.compress(b"\xff\xfe"),
        lambda data: gzip.compress(
            json.dumps({**json.loads(gzip.decompress(data)), "format": results.FORMAT + 1}).encode()
        ),
        lambda data: gzip.compress(json.dumps({**json.loads(gzip.decompress(data)), "key": key(9)}).encode()),
        lambda data: gzip.compress(json.dumps({**json.loads(gzip.decompress(data)), "computed": "soon"}).encode()),
    ],
)
def test_a_damaged_or_foreign_entry_is_ignored_and_replaced(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    store = ResultStore(tmp_path, 10**6)
    store.put(key(1), entry(1), on_disk=True)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert store.get(key(1)) is None
    store.put(key(1), entry(2), on_disk=True)
    assert store.get(key(1)) == entry(2)


def test_what_a_killed_process_left_is_removed_once_it_is_old(tmp_path: Path) -> None:
    old, new = tmp_path / "a.part", tmp_path / "b.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    ResultStore(tmp_path, 10**6).put(key(1), entry(1), on_disk=True)
    assert not old.exists()
    assert new.exists(), "another process may be writing it"


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = ResultStore(tmp_path / "file" / "results", 10**6)
    store.put(key(1), entry(1), on_disk=True)
    assert store.get(key(1)) == entry(1), "in memory then"
    (tmp_path / "file").unlink()
    store.put(key(1), entry(2), on_disk=True)
    assert store.get(key(1)) == entry(2), "and the newer one once it can be written"


def test_two_processes_write_and_read_one_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from playground.results import Entry, ResultStore, key_of\n"
        "store = ResultStore(Path(sys.argv[1]), 200_000)\n"
        "import os\n"
        "for turn in range(60):\n"
        "    for number in range(6):\n"
        "        found = store.get(key_of({'number': number}))\n"
        "        assert found is None or found.result['n'] == number, found\n"
        "        store.put(key_of({'number': number}), Entry({'n': number, 'filling': os.urandom(9000).hex()}, {}, 0.0), on_disk=True)\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parent.parent)
        for _ in range(2)
    ]
    assert [process.wait(120) for process in both] == [0, 0]
    store = ResultStore(tmp_path, 200_000)
    assert all(found.result["n"] == number for number in range(6) if (found := store.get(key(number))))
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


@pytest.mark.parametrize(
    ("asked", "expected"), [("", 500_000_000), ("0", 0), ("20", 20_000_000), ("-3", 0), ("lots", 500_000_000)]
)
def test_one_variable_sets_the_bound_and_turns_it_off(
    monkeypatch: pytest.MonkeyPatch, asked: str, expected: int
) -> None:
    monkeypatch.setenv(results.VARIABLE, asked)
    assert results.most_bytes() == expected


def test_the_key_is_of_every_part_and_of_no_order() -> None:
    assert key_of({"a": 1, "b": "二"}) == key_of({"b": "二", "a": 1})
    assert key_of({"a": 1, "b": "二"}) != key_of({"a": 1, "b": "三"})
    assert key_of({"a": 1}) != key_of({"a": "1"})
