"""A prompt, a tiny model and the findings of its run, for the tests of generation."""

from __future__ import annotations

import pytest

from playground.generation.prefix_cache import PrefixCache
from playground.lab.bench import Bench
from playground.lab.panels import merged
from playground.models.language_model import LanguageModel
from playground.topics.generation.exploring import Exploration
from playground.topics.generation.findings import Findings
from playground.topics.generation.lab import run
from playground.topics.generation.settings import Result, Settings
from playground.topics.generation.tree import Tree
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel

TEXT = "The park and 你"
PLAIN = Settings(text=TEXT, steps=0, samples=0)


def finish(lm: LanguageModel, settings: Settings) -> Result:
    """A run's panels and findings, merged as the worker does it."""
    result = None
    for new in run(settings, Bench(OneModel(lm))):  # type: ignore[arg-type]
        result = merged(result, new)
    assert result is not None
    return result


def found_of(lm: LanguageModel, settings: Settings) -> Findings:
    findings = finish(lm, settings).findings
    assert findings is not None
    return findings


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return wrap(tiny_llama())


def exploration(lm: LanguageModel, tree: Tree, cache: PrefixCache | None = None) -> Exploration:
    return Exploration(lm, cache or PrefixCache(), tuple(lm.encode(TEXT)), tree)
