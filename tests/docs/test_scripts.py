from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from docs import scripts


def test_the_pages_scripts_can_be_parsed() -> None:
    assert list(scripts.complaints(scripts.ROOT / "components")) == []


def test_a_broken_script_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "good.js").write_text("const a = 1;\n")
    (tmp_path / "deeper" / "bad.js").write_text("const a = 1;\nconst a = 2;\n")
    (complaint,) = scripts.complaints(tmp_path)
    assert "deeper/bad.js:2" in complaint
    assert "SyntaxError" in complaint


def test_without_playwright_it_says_how_to_get_node(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert scripts.main() == 1
    assert "requirements-dev.txt" in capsys.readouterr().out
