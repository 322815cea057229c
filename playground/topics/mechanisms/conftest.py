"""A tiny model, an autoencoder made for it, and the findings of its run, for the tests of mechanisms."""

from __future__ import annotations

import pytest
import torch

from playground.lab.bench import Bench
from playground.lab.panels import merged
from playground.learning import autoencoder
from playground.learning.autoencoder import Autoencoder, Snippet
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.findings import Findings
from playground.topics.mechanisms.lab import run
from playground.topics.mechanisms.settings import Result, Settings
from tests.conftest import tiny_gemma, wrap
from tests.fakes import OneModel

SMALL = Settings(text="abc abd", corrupted="xbc abd", answer="a", wrong="b")


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return wrap(tiny_gemma())


def finish(lm: LanguageModel, settings: Settings = SMALL) -> Result:
    whole: Result | None = None
    for result in run(settings, Bench(OneModel(lm))):
        whole = merged(whole, result)
    assert whole is not None
    return whole


@pytest.fixture(scope="module")
def found(lm: LanguageModel) -> Findings:
    findings = finish(lm).findings
    assert findings is not None
    return findings


def made_autoencoder(lm: LanguageModel, size: int = 24) -> Autoencoder:
    torch.manual_seed(0)
    decoder = torch.nn.functional.normalize(torch.randn(size, lm.hidden_size), dim=1)
    report = {
        "density": {"zh": [0.1] * size, "en": [0.2] * size}, "both_languages": [0.9, 0.6, 0.4] + [0.0] * (size - 3),
        "fvu": {"all": 0.3}, "l0": 4.0, "tokens": {"sets zh": 30, "sets en": 40}, "dead": 0.0, "held_out_tokens": 7, "loss": {name: {"tokens": 958, "recovered": 0.9, "plain": 4.0, "reconstructed": 4.5} for name in ("zh", "en")},
    }  # fmt: skip
    return Autoencoder(
        2,
        4,
        torch.zeros(lm.hidden_size),
        torch.ones(lm.hidden_size),
        decoder.clone(),
        torch.zeros(size),
        decoder,
        report,
    )


@pytest.fixture
def with_autoencoder(lm: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> Autoencoder:
    made = made_autoencoder(lm)
    texts = tuple(
        (Snippet("x ", "Apple", " y", 3.0, "en"), Snippet("", "apple", "", 2.0, "en")) if number == 5 else ()
        for number in range(24)
    )
    monkeypatch.setattr(autoencoder, "of", lambda lm: made)
    monkeypatch.setattr(autoencoder, "snippets", lambda: texts)
    return made
