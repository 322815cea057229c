"""The loss against the library's, the student against its definition, and the labels it uses."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from playground.learning.distillation import (
    BATCH,
    MOST_TOKENS,
    Recipe,
    Student,
    Vocabulary,
    answers,
    distillation_loss,
    learn,
    pseudo_labels,
)
from playground.models import structure

RECIPE = Recipe(width=8, epochs=8, labelled=0.1, teacher_weight=0.8)


def two_classes(log_odds: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.zeros_like(log_odds), log_odds], 1)


def school(count: int = 600) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Returns texts of 6 out of 40 tokens; each token has a weight, and the teacher's log-odds are their sum."""
    generator = torch.Generator().manual_seed(1)
    rows = torch.randint(1, 41, (count, 6), generator=generator)
    pull = torch.linspace(-3, 3, 40)
    teacher = pull[rows - 1].sum(1)
    return rows, teacher, (teacher > 0).float()


@pytest.mark.parametrize("temperature", [1.0, 2.0, 7.0])
@pytest.mark.parametrize("teacher_weight", [0.0, 0.3, 1.0])
def test_the_loss_is_hintons_with_two_classes(temperature: float, teacher_weight: float) -> None:
    student, teacher = torch.tensor([0.3, -2.0, 1.5, 4.0]), torch.tensor([1.0, -1.0, -0.5, 30.0])
    labels, known = torch.tensor([1.0, 0.0, 1.0, 1.0]), torch.tensor([1.0, 0.0, 1.0, 0.0])
    soft = torch.nn.functional.kl_div(
        (two_classes(student) / temperature).log_softmax(1),
        (two_classes(teacher) / temperature).log_softmax(1),
        log_target=True,
        reduction="batchmean",
    )
    hard = torch.nn.functional.cross_entropy(two_classes(student)[known > 0], labels[known > 0].long())
    expected = teacher_weight * temperature**2 * soft + (1 - teacher_weight) * hard
    found = distillation_loss(student, teacher, labels, known, temperature, teacher_weight)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_pseudo_labels_are_the_teachers_classes_and_cost_cross_entropy_by_hand() -> None:
    student, teacher = np.array([0.3, -2.0, 1.5]), np.array([2.0, -0.1, -0.5])
    labels, known = np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0])
    positive = 1 / (1 + np.exp(-student))

    def cross_entropy(classes: np.ndarray) -> np.ndarray:
        return -np.log(np.where(classes == 1, positive, 1 - positive))

    towards_teacher = cross_entropy(np.array([1, 0, 0])).mean()
    towards_labels = cross_entropy(labels)[known == 1].mean()
    arrays = (torch.tensor(values) for values in (student, pseudo_labels(torch.tensor(teacher)).numpy(), labels, known))
    found = distillation_loss(*arrays, temperature=1.0, teacher_weight=0.7)
    assert float(found) == pytest.approx(0.7 * towards_teacher + 0.3 * towards_labels)


def test_a_student_of_pseudo_labels_knows_the_classes_alone() -> None:
    rows, teacher, labels = school()
    hard = replace(RECIPE, soft=False)

    def taught(recipe: Recipe, log_odds: torch.Tensor) -> torch.Tensor:
        *_, last = learn(rows, log_odds, labels, recipe)
        return answers(last.student, rows)

    # How sure the teacher is, and the temperature, change a student of probabilities and not one of classes.
    assert torch.equal(taught(hard, teacher), taught(replace(hard, temperature=7.0), 3 * teacher))
    assert not torch.equal(taught(RECIPE, teacher), taught(RECIPE, 3 * teacher))
    assert not torch.equal(taught(hard, teacher), taught(hard, -teacher))


def test_equal_answers_cost_nothing_and_no_label_is_no_error() -> None:
    log_odds, nothing = torch.tensor([0.5, -3.0, 20.0]), torch.zeros(3)
    assert distillation_loss(log_odds, log_odds, nothing, nothing, 3.0, 1.0) == pytest.approx(0, abs=1e-5)
    assert distillation_loss(log_odds, log_odds, nothing, nothing, 3.0, 0.0) == 0


def test_t_squared_keeps_the_gradient_of_small_log_odds() -> None:
    gradients = []
    for temperature in (1.0, 10.0):
        student = torch.tensor([0.02], requires_grad=True)
        one = torch.ones(1)
        distillation_loss(student, torch.tensor([0.05]), one, one, temperature, 1.0).backward()
        gradients.append(float(student.grad))  # type: ignore[arg-type]
    assert gradients[1] == pytest.approx(gradients[0], rel=0.01)


def test_a_student_is_the_mean_of_its_tokens_vectors() -> None:
    student = Student(5, 3, seed=4)
    rows = torch.tensor([[2, 5, 0, 0], [1, 1, 3, 4], [0, 0, 0, 0]])
    table = student.embedding.weight
    means = torch.stack([(table[2] + table[5]) / 2, (2 * table[1] + table[3] + table[4]) / 4, torch.zeros(3)])
    torch.testing.assert_close(student(rows), means @ student.unit.weight[0] + student.unit.bias)
    assert structure.held_bytes(student) == 4 * (6 * 3 + 3 + 1)


def test_a_vocabulary_leaves_rare_tokens_out_and_cuts_long_texts() -> None:
    vocabulary = Vocabulary.of([[7, 7, 9], [9, 7, 100]])
    assert vocabulary.rows == {7: 1, 9: 2}
    assert vocabulary.encode([[100, 9, 7]])[0].tolist() == [2, 1] + [0] * (MOST_TOKENS - 2)
    assert vocabulary.encode([[7] * 1000]).shape == (1, MOST_TOKENS)


def test_the_same_recipe_gives_the_same_student_and_another_seed_another() -> None:
    data = school()
    one, again, other = (list(learn(*data, replace(RECIPE, seed=seed)))[-1].student for seed in (0, 0, 1))
    assert torch.equal(answers(one, data[0]), answers(again, data[0]))
    assert not torch.equal(answers(one, data[0]), answers(other, data[0]))


def test_the_teacher_helps_where_labels_are_few_and_labels_are_seen_by_share_alone() -> None:
    rows, teacher, labels = school()
    fresh = school(1200)[0][600:]
    truth = torch.linspace(-3, 3, 40)[fresh - 1].sum(1) > 0

    def accuracy(recipe: Recipe, given: torch.Tensor) -> float:
        *_, last = learn(rows, teacher, given, recipe)
        return float(((answers(last.student, fresh) > 0) == truth).float().mean())

    few = replace(RECIPE, labelled=0.03, epochs=30)
    alone, distilled = accuracy(replace(few, teacher_weight=0.0), labels), accuracy(few, labels)
    assert distilled > alone + 0.1
    # Labels beyond the share are ignored: flipping them changes nothing.
    turned = torch.where(torch.arange(len(labels)) < round(0.03 * len(labels)), labels, 1 - labels)
    assert accuracy(replace(few, teacher_weight=0.0), turned) == alone
    assert accuracy(few, turned) == distilled


def test_the_loss_falls_and_every_step_tells() -> None:
    told: list[int] = []
    losses = [epoch.loss for epoch in learn(*school(), replace(RECIPE, epochs=20), lambda: told.append(1))]
    assert losses[-1] < 0.8 * losses[0]
    assert len(told) == 20 * math.ceil(600 / BATCH)
