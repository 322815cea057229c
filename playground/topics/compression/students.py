"""Trains students of averaged embeddings on a teacher's answers and examines them all. The teacher is a sentiment probe that saw no
label of the students' texts.

Knows nothing of pruning and quantization.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.timing import Timing, measure
from playground.learning import sentiment
from playground.learning.distillation import Epoch, Recipe, Student, Vocabulary, answers, learn
from playground.learning.teacher_labels import log_odds, origin, parts, teacher, teacher_labels
from playground.models import structure
from playground.models.backbone import first_layers
from playground.models.language_model import LanguageModel

TEMPERATURES = (1.0, 2.0, 8.0)
# Held-out reviews that the teacher judges in this run: to compare with its stored labels; and of these, to time both.
CHECKED, TIMED = 6, 2


@dataclass(frozen=True)
class Texts:
    """The labelled texts of one part. `rows` (texts, tokens): as a student reads them. `teacher` (texts,): log-odds. `labels` (texts,):
    0 or 1."""

    rows: Tensor
    teacher: Tensor
    labels: Tensor


@dataclass(frozen=True)
class School:
    """What a student learns from and is examined on: `parts` are "train", "validation", "held_out" and "english"."""

    vocabulary: Vocabulary
    parts: dict[str, Texts]


def tokenize(lm: LanguageModel, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of texts, without the beginning-of-text token."""
    return lm.encode_all(texts)


class Classroom:
    """The teacher, its labels, and students of several recipes."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.lm = bench.lm()
        self.probe = teacher()
        self.probe.check(self.lm)
        self.school = _school(self.probe, self.lm, self._tell)

    def _tell(self, done: int, total: int) -> None:
        self._bench.progress(
            done / (total + 1),
            Text(zh="教师打软标签：{n} / {total} 条", en="teacher labels: {n} of {total} texts").format(
                n=done, total=total
            ),
        )

    def learn(self, recipe: Recipe) -> Iterator[Epoch]:
        """Trains a student by a recipe and yields it after each epoch."""
        train = self.school.parts["train"]
        return learn(train.rows, train.teacher, train.labels, recipe, self._bench.checkpoint)

    def finished(self, recipe: Recipe) -> Student:
        """Trains a student to the last epoch."""
        *_, last = self.learn(recipe)
        return last.student

    def together(self, recipe: Recipe) -> Iterator[tuple[Epoch, Epoch, Epoch]]:
        """Trains three students side by side: on labels alone, by the recipe with pseudo-labels, and with soft labels."""
        recipes = replace(recipe, teacher_weight=0.0), replace(recipe, soft=False), recipe
        return zip(*map(self.learn, recipes), strict=True)

    def right(self, log_odds: Tensor, part: str) -> int:
        """Counts the texts of a part whose log-odds (texts,) have the label's sign."""
        return int(((log_odds > 0) == (self.school.parts[part].labels > 0)).sum())

    def accuracy(self, student: Student, part: str) -> float:
        """Share (0 to 1) of a part's texts that a student judges as labelled."""
        return self.right(self.judged(student, part), part) / len(self.school.parts[part].labels)

    def teacher_accuracy(self, part: str) -> float:
        """Share (0 to 1) of a part's texts that the teacher judges as labelled."""
        return self.right(self.school.parts[part].teacher, part) / len(self.school.parts[part].labels)

    def judged(self, student: Student, part: str) -> Tensor:
        """A student's log-odds (texts,) of a part."""
        return answers(student, self.school.parts[part].rows)

    def agreement(self, student: Student, part: str = "held_out") -> float:
        """Share (0 to 1) of a part's texts to which student and teacher give the same class, right or wrong."""
        same = (self.judged(student, part) > 0) == (self.school.parts[part].teacher > 0)
        return float(same.float().mean())

    def student_of(self, student: Student, text: str) -> float:
        """p(positive) of a text, from its letters on."""
        rows = self.school.vocabulary.encode(tokenize(self.lm, [text]))
        return float(torch.sigmoid(answers(student, rows))[0])

    def teacher_of(self, text: str) -> float:
        """p(positive) of a text by the teacher, computed now."""
        return float(self.probe.probabilities(self.lm, [text])[0, 1])

    def drift(self) -> float:
        """Largest difference in p(positive) between stored labels and the teacher's answers in this run."""
        texts = [item.text for item in parts()["held_out"][:CHECKED]]
        now = torch.from_numpy(log_odds(self.probe, self.lm, texts))
        kept = self.school.parts["held_out"].teacher[:CHECKED]
        return float((torch.sigmoid(now) - torch.sigmoid(kept)).abs().max())

    def teacher_size(self) -> tuple[int, int]:
        """Parameters and bytes of what the teacher runs: the embedding, the layers up to the probe's, and the probe."""
        used = first_layers(self.lm.module, self.probe.layer) or self.lm.module
        own = self.probe.weight.numel() + 1
        return structure.parameter_count(used) + own, structure.held_bytes(used) + 4 * own

    @staticmethod
    def student_size(student: Student) -> tuple[int, int]:
        """Parameters and bytes of a student."""
        return structure.parameter_count(student), structure.held_bytes(student)

    def pace(self, call: Callable[[str], object], repeats: int = 3) -> Timing:
        """Times one text (seconds): several passes over a few held-out reviews, one by one, divided by their number."""
        texts = [item.text for item in parts()["held_out"][:TIMED]]
        timing = measure(lambda: [call(text) for text in texts], repeats)
        each = len(texts)
        return Timing(timing.median / each, timing.low / each, timing.high / each, repeats)

    def disputes(self, student: Student, most: int = 3) -> list[tuple[str, int, float, float]]:
        """Held-out reviews that the two judge most differently: text, label, p(positive) of the teacher and of the student."""
        exam = self.school.parts["held_out"]
        teacher, pupil = torch.sigmoid(exam.teacher), torch.sigmoid(self.judged(student, "held_out"))
        apart = (teacher - pupil).abs() * ((teacher > 0.5) != (pupil > 0.5))
        items = parts()["held_out"]
        chosen = apart.argsort(descending=True, stable=True)[:most].tolist()
        return [(items[i].text, items[i].label, float(teacher[i]), float(pupil[i])) for i in chosen if apart[i] > 0]


_SCHOOLS: dict[str, School] = {}


def _school(probe: sentiment.SentimentProbe, lm: LanguageModel, tell: Callable[[int, int], None]) -> School:
    """The school of a teacher, cached for the process."""
    key = origin(probe)
    if key not in _SCHOOLS:
        kept, everything = teacher_labels(probe, lm, tell), parts()
        ids = {name: tokenize(lm, [item.text for item in items]) for name, items in everything.items()}
        vocabulary = Vocabulary.of(ids["train"])
        _SCHOOLS[key] = School(
            vocabulary,
            {
                name: Texts(
                    vocabulary.encode(ids[name]),
                    torch.from_numpy(getattr(kept, name)),
                    torch.tensor([float(item.label) for item in items]),
                )
                for name, items in everything.items()
            },
        )
    return _SCHOOLS[key]


def learning_text(epoch: int, of: int) -> Text:
    """Progress in words."""
    return Text(zh="蒸馏：第 {n} 轮，共 {of} 轮", en="distilling: epoch {n} of {of}").format(n=epoch, of=of)
