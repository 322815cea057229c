"""A page's document, made of the one that Gradio brings."""

from __future__ import annotations

from pathlib import Path

import gradio
import pytest

from components import words
from components.document import FIRST, dressed
from playground.lab.text import Language

GRADIOS = Path(gradio.__file__).parent / "templates" / "frontend" / "index.html"


@pytest.mark.parametrize(("language", "tag"), [(Language.ZH, "zh-CN"), (Language.EN, "en")])
def test_a_link_to_the_page_shows_its_name_elsewhere_and_nothing_of_gradios(language: Language, tag: str) -> None:
    page = dressed(GRADIOS.read_text(encoding="utf-8"), language)
    assert f'lang="{tag}"' in page[:200]
    assert page.count(f"<title>{words.TITLE.in_(language)}</title>") == 1
    assert page.count('property="og:') == 3 and f'content="{words.ABOUT.in_(language)}"' in page
    assert "twitter:" not in page and "Click to try" not in page and "githubusercontent" not in page


def test_the_first_script_runs_before_gradios() -> None:
    page = dressed(GRADIOS.read_text(encoding="utf-8"), Language.EN)
    assert page.index('charset="utf-8"') < page.index(FIRST) < page.index("gradio_config")
    # A browser looks for the character set in the first kilobyte.
    assert page.index('charset="utf-8"') < 1000


def test_what_isnt_a_page_stays_as_it_is() -> None:
    assert dressed("<p>404</p>", Language.EN) == "<p>404</p>"
