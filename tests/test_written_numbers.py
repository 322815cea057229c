"""Numbers in sentences and cells have a true minus, as a hyphen before a digit is read as a dash, and powers of ten as in print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from playground import catalog
from playground.lab.codec import encode
from playground.lab.text import Language, Text
from tests.runs import finish, spoken

_IN_A_SENTENCE = re.compile(r"(?<![\w.,)\]}”\-–—])-\d")
_AS_CODE = re.compile(r"\d(?:\.\d+)?e[+\-−]?\d")
_AS_A_CELL = re.compile(r"-\d[\d.,]*(e[+-]?\d+)?%?( .*)?")


def strings_in(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        for item in data:
            yield from strings_in(item)
    elif isinstance(data, str):
        yield data


def without_quotes(text: str) -> str:
    """A text without what is quoted in it, which is a visitor's or a model's."""
    return re.sub(r"“[^”]*”|\"[^\"]*\"|`[^`]*`", "“”", text)


@pytest.mark.parametrize("text", ["from -0.21 to", "从 -3 到", "[-0.1, 0.2]", "-7"])
def test_a_hyphen_for_a_minus_is_found(text: str) -> None:
    assert _IN_A_SENTENCE.search(text)


@pytest.mark.parametrize("text", ["GPT-2", "2024-11-29", "3-5", "top-1", "“-1”", "−0.2", "n-1"])
def test_other_hyphens_are_none(text: str) -> None:
    assert not _IN_A_SENTENCE.search(without_quotes(text))


@pytest.mark.model
@pytest.mark.parametrize("slug", [topic.slug for topic in catalog.topics()])
def test_negative_numbers_have_a_true_minus_and_powers_of_ten_are_raised(slug: str) -> None:
    topic = catalog.find(slug)
    for language in spoken(topic.number):
        run = finish(slug, {}, language)
        findings = run.result.findings
        said: list[Text] = [topic.verdict(run.settings, findings)]
        outcome = topic.prediction.outcome(run.settings, findings)
        said += [outcome.evidence] if outcome else []
        for item in topic.followups(run.settings, findings):
            said += [item.question, item.answer]
        sentences = [without_quotes(text.in_(each)) for text in said for each in Language]
        assert not [text for text in sentences if _IN_A_SENTENCE.search(text) or _AS_CODE.search(text)]
        drawn = {name: value for name, value in encode(run.result).items() if name != "findings"}
        assert not [text for text in strings_in(drawn) if _AS_A_CELL.fullmatch(text) or _AS_CODE.fullmatch(text)]
