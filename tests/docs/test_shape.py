"""Each rule of a topic's folder finds a file that breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.shape import FILES, complaints

PANEL = "from playground.lab.panels import Table\n\n\n"


def folder(tmp_path: Path, **files: str) -> Path:
    """A topic whose files are empty but for some, without their ending."""
    made = tmp_path / "counting"
    made.mkdir()
    for name in FILES:
        (made / name).write_text("")
    for name, text in files.items():
        (made / f"{name}.py").write_text(text)
    return tmp_path


def test_empty_files_are_of_the_shape(tmp_path: Path) -> None:
    assert not list(complaints(folder(tmp_path)))


@pytest.mark.parametrize("name", sorted({*FILES} - {"lab.py"}))
def test_each_file_must_be_there(tmp_path: Path, name: str) -> None:
    topics = folder(tmp_path)
    (topics / "counting" / name).unlink()
    assert list(complaints(topics)) == [f"counting: lacks {name}"]


def test_panels_may_be_a_package(tmp_path: Path) -> None:
    topics = folder(tmp_path)
    (topics / "counting" / "panels.py").unlink()
    (topics / "counting" / "panels").mkdir()
    assert not list(complaints(topics))


@pytest.mark.parametrize(("name", "text", "said"), [
    ("interview", "from playground.lab.panels import Table\n", "imports playground.lab.panels.Table"),
    ("cases", "from playground.lab.grid_panels import Grid\n", "imports playground.lab.grid_panels.Grid"),
    ("findings", "from playground.topics.counting.panels import table\n", "imports playground.topics.counting.panels.table"),
    ("findings", "from playground.topics.counting import panels\n", "imports playground.topics.counting.panels"),
    ("lab", f"{PANEL}def most(table: Table) -> int:\n    return 1\n", "most takes a panel"),
    ("lab", f"{PANEL}def most(table: Table | None) -> int:\n    return 1\n", "most takes a panel"),
    ("measures", "def most(result: Result) -> int:\n    return 1\n", "most takes a panel"),
    ("lab", "def most(result):\n    return result.counts.rows[0]\n", "reads .rows[…]"),
    ("test_lab", "def test_most():\n    assert run().counts.columns[1:]\n", "reads .columns[…]"),
])  # fmt: skip
def test_what_reads_a_panel_is_found(tmp_path: Path, name: str, text: str, said: str) -> None:
    (found,) = complaints(folder(tmp_path, **{name: text}))
    assert found.startswith(f"counting/{name}.py:") and said in found


@pytest.mark.parametrize(("name", "text"), [
    ("panels", f"{PANEL}def most(table: Table) -> int:\n    return len(table.rows)\n"),
    ("test_panels", "def test_most():\n    assert run().counts.rows[0]\n"),
    ("lab", f"{PANEL}def most(counts: tuple[int, ...]) -> Table:\n    return Table(counts)\n"),
])  # fmt: skip
def test_a_drawing_may(tmp_path: Path, name: str, text: str) -> None:
    assert not list(complaints(folder(tmp_path, **{name: text})))


def test_what_tests_share_may_take_a_result(tmp_path: Path) -> None:
    assert not list(complaints(folder(tmp_path, conftest="def most(steps: Iterator[Result]) -> int:\n    return 1\n")))
