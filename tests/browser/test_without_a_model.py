"""The page of a server whose model can't be loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.servers import serve


@pytest.mark.parametrize(("language", "words"), [("zh", "模型载入失败："), ("en", "The model failed to load:")])
def test_the_page_says_so_in_its_language(page: Page, tmp_path: Path, language: str, words: str) -> None:
    with serve(
        ["app.py"], tmp_path / "log.txt", PLAYGROUND_MODEL=str(tmp_path / "no-such-model"), OMP_NUM_THREADS="1"
    ) as address:
        page.goto(address + ("en" if language == "en" else ""))
        banner = page.locator(".pg-banner-failed")
        expect(banner).to_contain_text(words)
        assert "Traceback" not in page.content()
        assert banner.bounding_box()["height"] < 120  # type: ignore[index]
