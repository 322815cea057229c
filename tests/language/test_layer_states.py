"""States of all layers from one padded batch equal those of each text alone."""

from __future__ import annotations

import pytest
import torch

from playground.language.layer_states import layer_states
from playground.language.sentence_vectors import AFTER, BEFORE, layer_of, sentence_vectors
from playground.models.language_model import LanguageModel

TEXTS = ["猫", "a longer sentence", " 两句 mixed "]


def test_states_against_single_passes(tiny_lm: LanguageModel) -> None:
    told: list[int] = []
    found = layer_states(tiny_lm, TEXTS, told.append)
    for row, text in enumerate(TEXTS):
        hidden = tiny_lm.hidden_states(tiny_lm.encode(f"{BEFORE}{text.strip()}{AFTER}"))
        start = len(tiny_lm.encode(BEFORE))
        own = hidden[:, start : start + len(text.strip().encode())]
        assert torch.allclose(found["prompt"][row], hidden[:, -1], atol=1e-4)
        assert torch.allclose(found["mean"][row], own.mean(1), atol=1e-4)
    assert told[-1] == len(TEXTS)
    assert torch.allclose(found["prompt"][:, layer_of(tiny_lm)], sentence_vectors(tiny_lm, TEXTS), atol=1e-4)


def test_a_long_text_is_truncated_and_the_prompt_stays(tiny_lm: LanguageModel) -> None:
    room = tiny_lm.context - len(tiny_lm.encode(BEFORE)) - len(AFTER)
    long = "x" * 5000
    assert torch.equal(layer_states(tiny_lm, [long])["prompt"], layer_states(tiny_lm, [long[:room]])["prompt"])


def test_a_pass_can_be_stopped(tiny_lm: LanguageModel) -> None:
    def stop(tokens: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        layer_states(tiny_lm.heard_by(stop), TEXTS)
