"""The longest file that is allowed, and the first that isn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.check import project_files
from docs.lengths import complaints


def test_no_file_of_the_project_is_too_long() -> None:
    assert list(complaints(project_files())) == []


@pytest.mark.parametrize("name", ["lab.py", "deeper/test_lab.py", "page.js", "page.css"])
def test_a_source_file_has_at_most_500_lines(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("a = 1\n" * 500)
    assert list(complaints([name], tmp_path)) == []
    path.write_text("a = 1\n" * 501)
    (found,) = complaints([name], tmp_path)
    assert found.startswith(f"{name}: 501 lines")


@pytest.mark.parametrize("name", ["corpus.tsv", "en.md", "scores.json"])
def test_data_and_cards_may_be_longer(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a\n" * 501)
    assert list(complaints([name], tmp_path)) == []
