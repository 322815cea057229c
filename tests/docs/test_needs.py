from __future__ import annotations

import shutil
import subprocess
from types import SimpleNamespace

import pytest

from docs import needs


@pytest.mark.parametrize(
    ("programs", "fonts", "lacking", "words"),
    [
        ({"chromium", "firefox-esr", "fc-list"}, b"NotoSansCJK", [], []),
        ({"chromium", "fc-list"}, b"NotoSansCJK", [], []),
        ({"fc-list"}, b"NotoSansCJK", ["chromium"], ["Chromium", "install --yes chromium"]),
        ({"chromium", "fc-list"}, b"", ["fonts-noto-cjk"], ["Chinese font", "fonts-noto-cjk fontconfig"]),
        (set(), b"", ["chromium", "fonts-noto-cjk"], ["Chromium and a Chinese font", "chromium fonts-noto-cjk"]),
    ],
)
def test_what_is_missing_is_said_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    programs: set[str], fonts: bytes, lacking: list[str], words: list[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name in programs else None)
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: SimpleNamespace(stdout=fonts))
    assert needs.missing() == lacking
    assert needs.main() == bool(lacking)
    said = capsys.readouterr().err
    assert all(word in said for word in words)
    # Nothing ends for want of a second browser.
    assert ("firefox-esr" in said) == ("firefox-esr" not in programs)
    assert ("The browser tests need" in said) == bool(lacking)
