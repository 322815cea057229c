"""Activations of MLP neurons against a plain loop, on tiny models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from playground.models import activations, structure
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gemma, tiny_gpt2, tiny_llama, wrap

SEQUENCES = ([256, 1, 2, 3, 4, 5, 6, 7], [256, 9], [256, 30, 31, 32])


@pytest.fixture(params=[tiny_llama, tiny_gpt2, tiny_gemma])
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    make: Callable[[], torch.nn.Module] = request.param
    return wrap(make())


def by_hand(lm: LanguageModel, sequences: tuple[list[int], ...]) -> dict[str, np.ndarray]:
    """Returns what enters each outgoing projection, one sequence at a time, unpadded."""
    seen: dict[str, list[np.ndarray]] = {block.outgoing: [] for block in structure.mlps(lm.module)}
    handles = [
        lm.module.get_submodule(name).register_forward_pre_hook(
            lambda _, inputs, rows=rows: rows.append(inputs[0][0].numpy().copy())
        )
        for name, rows in seen.items()
    ]
    for ids in sequences:
        lm.module(torch.tensor([ids]))
    for handle in handles:
        handle.remove()
    return {name: np.concatenate(rows).astype(np.float64) for name, rows in seen.items()}


def test_padding_counts_for_nothing(lm: LanguageModel) -> None:
    found, expected = activations.measure(lm, SEQUENCES), by_hand(lm, SEQUENCES)
    assert list(found) == list(expected)
    for name, rows in expected.items():
        assert found[name].tokens == len(rows) == 14
        np.testing.assert_allclose(found[name].norms.numpy(), np.linalg.norm(rows, axis=0), rtol=1e-4, atol=1e-6)


def test_two_measurements_merge_to_that_of_all(lm: LanguageModel) -> None:
    both = activations.merged(activations.measure(lm, SEQUENCES[:1]), activations.measure(lm, SEQUENCES[1:]))
    for name, expected in activations.measure(lm, SEQUENCES).items():
        assert both[name].tokens == expected.tokens
        torch.testing.assert_close(both[name].squares, expected.squares, rtol=1e-5, atol=1e-8)


def test_the_set_is_measured_once_for_a_model_and_a_text_is_added(
    lm: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activations, "passages", lambda: ("one", "二"))
    counted: list[int] = []
    heard = lm.heard_by(counted.append)
    alone = activations.calibrate(heard)
    assert counted
    counted.clear()
    assert activations.calibrate(heard, "  ") is alone and not counted
    more = activations.calibrate(heard, "a text")
    assert counted == [len(lm.encode("a text"))]
    name = structure.mlps(lm.module)[0].outgoing
    assert more[name].tokens == alone[name].tokens + len(lm.encode("a text"))
    assert activations.calibrate(heard) is alone


def test_a_long_text_is_cut_to_what_the_model_reads() -> None:
    lm = wrap(tiny_gpt2())
    name = structure.mlps(lm.module)[0].outgoing
    before = activations.calibrate(lm)[name].tokens
    assert activations.calibrate(lm, "long " * 400)[name].tokens == before + lm.context


def test_the_set_has_both_languages_alike() -> None:
    chinese = [any("\u4e00" <= letter <= "\u9fff" for letter in passage) for passage in activations.passages()]
    assert chinese == [False] * 12 + [True] * 12
