"""The lab against an independent reference."""

from __future__ import annotations

import json

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.models.language_model import LanguageModel
from playground.topics._template.findings import Findings
from playground.topics._template.lab import run
from playground.topics._template.settings import Settings
from tests.fakes import OneModel


def findings_of(lm: LanguageModel, text: str) -> Findings:
    """The findings of a run, whichever of its yields brings them."""
    found = [result.findings for result in run(Settings(text=text), Bench(OneModel(lm))) if result.findings]
    return found[-1]


def test_tokens_against_the_bytes_of_the_text(tiny_lm: LanguageModel) -> None:
    # The tiny model's tokenizer has one token per byte, so UTF-8 itself is the reference; its start token comes first.
    text = "ab猫"
    found = findings_of(tiny_lm, text)
    assert len(found.tokens) == 1 + len(text.encode("utf-8"))
    assert [token.text for token in found.tokens[1:]] == ["a", "b", "猫", "", ""]
    assert found.characters == 3
    assert found.tokens_per_character == 6 / 3
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
