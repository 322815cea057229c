from collections.abc import Callable

import pytest

from docs.check import README, complaints, project_files, topics_table


def test_the_readme_is_in_step_with_the_code() -> None:
    assert list(complaints(README.read_text(encoding="utf-8"), project_files())) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text.replace(topics_table(), topics_table().split("\n", 3)[3]), "table of topics"),
        (lambda text: text.replace("  cards.py ", "  cads.py "), "names playground/cads.py"),
        (lambda text: text.replace("  cards.py ", "  cads.py "), "lacks playground/cards.py"),
        (lambda text: text.replace("PLAYGROUND_CACHE", "PLAYGROUND_CASH"), "PLAYGROUND_CACHE is not documented"),
        (
            lambda text: text.replace("PLAYGROUND_CACHE", "PLAYGROUND_CASH"),
            "PLAYGROUND_CASH is documented, and no code",
        ),
        (lambda text: text.replace("`make bench`", "`make bensch`"), "make bensch"),
        (lambda text: text.replace("run sentiment --language en", "run sentiment --language fr"), "fr"),
        (lambda text: text.replace("run sentiment ", "run sentimental "), "sentimental"),
        (lambda text: text.replace('"b.repetition_penalty"', '"b.repetition"'), "b.repetition"),
    ],
)
def test_what_is_out_of_step_is_named(change: Callable[[str], str], complaint: str) -> None:
    readme = README.read_text(encoding="utf-8")
    assert change(readme) != readme
    assert any(complaint in found for found in complaints(change(readme), project_files()))
