"""A text, the findings of its run on the tiny model, and made graphs, for the tests of text graphs."""

from __future__ import annotations

import numpy as np
import pytest

from playground.lab.bench import Bench
from playground.models.language_model import LanguageModel
from playground.topics.text_graph.findings import Findings
from playground.topics.text_graph.lab import run
from playground.topics.text_graph.mentions import Sentence, read, tagged_sentences
from playground.topics.text_graph.settings import Settings
from playground.topics.text_graph.stories import FLOOD
from tests.fakes import OneModel

SETTINGS = Settings(text=FLOOD.en, epochs=10, seeds=2)


def findings_of(lm: LanguageModel, settings: Settings) -> Findings:
    return [result.findings for result in run(settings, Bench(OneModel(lm))) if result.findings][-1]


@pytest.fixture(scope="module")
def found(tiny_lm: LanguageModel) -> Findings:
    return findings_of(tiny_lm, SETTINGS)


def sentences_of(text: str, nodes: str, past: int | None = None) -> tuple[Sentence, ...]:
    parts = tagged_sentences(text)
    return read(parts, nodes, len(parts) if past is None else past)


def some_graph(count: int = 14, share: float = 0.25, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    upper = np.triu(generator.random((count, count)) * (generator.random((count, count)) < share), 1)
    return upper + upper.T
