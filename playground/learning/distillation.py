"""Distils a binary classifier into a student of averaged embeddings, from the teacher's probabilities or classes and from labels.

The teacher is given only by its log-odds. Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a
Neural Network" (arXiv:1503.02531).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

Tokenize = Callable[[Sequence[str]], list[list[int]]]

BATCH = 128
# Tokens that occur only once in the training texts don't generalize.
LEAST_COUNT = 2
# Texts are truncated to this many tokens: five of six reviews are shorter.
MOST_TOKENS = 48
# Decoupled weight decay: limits overconfidence of a student with few labels.
DECAY = 2.0


@dataclass(frozen=True)
class Vocabulary:
    """Maps token ids to rows of the student's embedding table. Row 0 is padding; unknown tokens are dropped."""

    rows: dict[int, int]

    @staticmethod
    def of(texts: Sequence[Sequence[int]], least: int = LEAST_COUNT) -> Vocabulary:
        """Builds a vocabulary of the tokens that occur at least `least` times in the texts, most frequent first."""
        counts = Counter(token for text in texts for token in text)
        kept = sorted((token for token, count in counts.items() if count >= least), key=lambda t: (-counts[t], t))
        return Vocabulary({token: row for row, token in enumerate(kept, start=1)})

    def encode(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """Encodes texts as rows (texts, MOST_TOKENS), padded with 0."""
        table = torch.zeros(len(texts), MOST_TOKENS, dtype=torch.long)
        for place, text in enumerate(texts):
            known = [self.rows[token] for token in text if token in self.rows][:MOST_TOKENS]
            table[place, : len(known)] = torch.tensor(known, dtype=torch.long)
        return table


class Student(nn.Module):
    """Computes log-odds (texts,) from rows (texts, tokens): the mean token embedding, then one linear unit."""

    def __init__(self, vocabulary: int, width: int, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        table = torch.randn(vocabulary + 1, width, generator=generator) / math.sqrt(width)
        table[0] = 0
        self.embedding = nn.Embedding.from_pretrained(table, freeze=False, padding_idx=0)
        self.unit = nn.Linear(width, 1)
        with torch.no_grad():
            self.unit.weight.copy_(torch.randn(1, width, generator=generator) / math.sqrt(width))
            self.unit.bias.zero_()

    def forward(self, rows: Tensor) -> Tensor:
        # `nn.EmbeddingBag` computes the same, but its backward pass is thirty times as slow on a CPU.
        known = (rows > 0).sum(1, keepdim=True).clamp(min=1)
        log_odds: Tensor = self.unit(self.embedding(rows).sum(1) / known)[:, 0]
        return log_odds


@dataclass(frozen=True)
class Recipe:
    """Training options. `teacher_weight`: weight of the loss towards the teacher, 0 to 1; the loss towards the labels has 1 − this.
    `soft`: the teacher gives its probability for each text; else its class only, a pseudo-label. `labelled`: share of the texts,
    from the first, with a label; the teacher answers for all."""

    temperature: float = 2.0
    teacher_weight: float = 0.7
    soft: bool = True
    labelled: float = 0.1
    width: int = 32
    epochs: int = 6
    rate: float = 0.02
    seed: int = 0


def distillation_loss(
    student: Tensor, teacher: Tensor, labels: Tensor, labelled: Tensor, temperature: float, teacher_weight: float
) -> Tensor:
    """teacher_weight × T² × KL(teacher ‖ student, both at temperature T) + (1 − teacher_weight) × cross-entropy with the labels.

    All inputs are (texts,): log-odds of both, labels 0 or 1, and whether a text's label is known. The teacher's term is averaged
    over all texts, the labels' over labelled texts. T² makes the size of the teacher's gradients independent of the temperature,
    where log-odds are small against it. Infinite log-odds of the teacher are pseudo-labels: at temperature 1 its term is then
    the cross-entropy with its class.
    """
    target, logit = torch.sigmoid(teacher / temperature), student / temperature
    # KL = cross-entropy − the teacher's entropy, which has no gradient but makes equal distributions give 0.
    cross = functional.binary_cross_entropy_with_logits(logit, target, reduction="none")
    entropy = functional.binary_cross_entropy(target, target, reduction="none")
    soft = temperature**2 * (cross - entropy).mean()
    hard = functional.binary_cross_entropy_with_logits(student, labels, weight=labelled, reduction="sum")
    return teacher_weight * soft + (1 - teacher_weight) * hard / labelled.sum().clamp(min=1)


def pseudo_labels(teacher: Tensor) -> Tensor:
    """Returns the log-odds (texts,) of one who is sure of the teacher's class: ±∞."""
    return torch.where(teacher > 0, torch.inf, -torch.inf)


@dataclass(frozen=True)
class Epoch:
    """The student after `number` epochs, and the last epoch's mean loss."""

    number: int
    loss: float
    student: Student


def learn(
    rows: Tensor, teacher: Tensor, labels: Tensor, recipe: Recipe, tell: Callable[[], None] = lambda: None
) -> Iterator[Epoch]:
    """Trains a student and yields it after each epoch: always the same object. `tell` is called before every step.

    rows (texts, tokens), teacher log-odds (texts,), labels (texts,) of 0 and 1. With `teacher_weight` 0 only labelled texts are
    used, for the same number of steps, so that students of different recipes train on equally many batches. Deterministic for
    a recipe and data.
    """
    known = max(1, round(len(rows) * recipe.labelled))
    has_label = (torch.arange(len(rows)) < known).float()
    drawn = known if recipe.teacher_weight == 0 else len(rows)
    temperature = recipe.temperature if recipe.soft else 1.0
    told = teacher if recipe.soft else pseudo_labels(teacher)
    generator = torch.Generator().manual_seed(recipe.seed)
    student = Student(int(rows.max()), recipe.width, recipe.seed)
    optimizer = torch.optim.AdamW(student.parameters(), lr=recipe.rate, weight_decay=DECAY)
    steps = math.ceil(len(rows) / BATCH)
    waiting = torch.empty(0, dtype=torch.long)
    for number in range(1, recipe.epochs + 1):
        total = 0.0
        for _ in range(steps):
            tell()
            while len(waiting) < min(BATCH, drawn):
                waiting = torch.cat([waiting, torch.randperm(drawn, generator=generator)])
            batch, waiting = waiting[:BATCH], waiting[BATCH:]
            with torch.enable_grad():
                loss = distillation_loss(
                    student(rows[batch]), told[batch], labels[batch], has_label[batch],
                    temperature, recipe.teacher_weight,
                )  # fmt: skip
                optimizer.zero_grad()
                loss.backward()
            optimizer.step()
            total += float(loss.detach())
        yield Epoch(number, total / steps, student)


@torch.no_grad()
def answers(student: Student, rows: Tensor) -> Tensor:
    """Returns log-odds of positive (texts,)."""
    return student(rows)
