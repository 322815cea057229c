"""Runs the tests of the page's state, which are written in its own language, with the node that comes with Playwright."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("playwright")
from docs.scripts import node

TESTS = sorted(Path(__file__).parent.glob("*.test.js"))


@pytest.mark.parametrize("file", TESTS, ids=[file.name for file in TESTS])
def test_the_state_of_the_page(file: Path) -> None:
    done = subprocess.run([node(), "--test", file], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"
    assert "tests 0" not in done.stdout
