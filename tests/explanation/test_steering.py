"""Steering against states and losses computed plainly."""

from __future__ import annotations

import pytest
import torch

from playground.explanation.steering import difference_of_means, losses, steering
from playground.models.editing import EditableModel, Place
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gemma, wrap

TOWARDS, AWAY = [[256, 5, 9, 30], [256, 8]], [[256, 41, 7, 7, 7]]


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return wrap(tiny_gemma())


def test_the_direction_is_the_difference_of_the_sentences_means_without_their_start(lm: LanguageModel) -> None:
    found = difference_of_means(EditableModel(lm), TOWARDS, AWAY, 1)
    means = [torch.stack([lm.hidden_states(ids)[2, 1:].mean(0) for ids in side]).mean(0) for side in (TOWARDS, AWAY)]
    torch.testing.assert_close(found.vector, means[0] - means[1])
    assert found.norm == pytest.approx(float((means[0] - means[1]).norm()), rel=1e-5)


def test_losses_are_those_of_each_sequence_alone(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    made = difference_of_means(model, TOWARDS, AWAY, 1)
    for ids, found in zip([*TOWARDS, *AWAY], losses(model, [*TOWARDS, *AWAY], made, 0.0), strict=True):
        expected = torch.nn.functional.cross_entropy(lm.logits(ids)[:-1], torch.tensor(ids[1:]))
        assert found == pytest.approx(float(expected), abs=1e-5)


def test_a_strength_adds_that_many_directions_at_every_position(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    made = difference_of_means(model, TOWARDS, AWAY, 2)
    with model.editing(steering(made, 1.5)):
        found, _ = model.record(torch.tensor([AWAY[0]]), [Place("residual", 3)])
    handle = lm.module.model.layers[2].register_forward_hook(lambda _, __, output: output + 1.5 * made.vector)
    expected = lm.module(torch.tensor([AWAY[0]]), output_hidden_states=True).hidden_states[4]
    handle.remove()
    torch.testing.assert_close(found[Place("residual", 3)], expected)


def test_rows_have_strengths_of_their_own(lm: LanguageModel) -> None:
    model = EditableModel(lm)
    made = difference_of_means(model, TOWARDS, AWAY, 2)
    ids = torch.tensor([AWAY[0]])
    with model.editing(steering(made, (0.0, -2.0))):
        both, _ = model.lm.extend(ids.repeat(2, 1))
    for row, strength in enumerate((0.0, -2.0)):
        with model.editing(steering(made, strength)):
            alone, _ = model.lm.extend(ids)
        torch.testing.assert_close(both[row], alone[0])
