"""Puts the four methods through one experiment on a visitor's lines: folds, learning curve, prompt, leaks, suspects. Knows no panel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from playground.data import sets
from playground.lab.bench import Bench
from playground.lab.text import Language, Text
from playground.lab.timing import Stopwatch
from playground.learning.confident import likely_mislabelled
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import Share, share
from playground.topics.classification.features import AT_ONCE, Dense, Features, Indices, TfIdf, embeddings, states
from playground.topics.classification.few_shot import LONGEST_ASKED, LONGEST_EXAMPLE, Examples, FewShot, most_rounds
from playground.topics.classification.findings import METHODS, Leak, Learned, Method, Spoiled, Suspect
from playground.topics.classification.fitting import (
    STRENGTHS,
    Classifier,
    Numbers,
    cross_validate,
    learn_from_few,
    rounds,
    select_and_validate,
    train,
)
from playground.topics.classification.judging import judge
from playground.topics.classification.pasted_lines import LabelledLines
from playground.topics.classification.settings import Settings

TRAINED = METHODS[:3]
# Training lines of every class on the learning curve, as far as the classes have them; the prompt's are fewer.
COUNTS = (1, 3, 10, 20, 50, 100, 200, 500)
DRAWS = 1
UNRELATED = 20
TIMED = 200


@dataclass(frozen=True)
class Experiment:
    """What all parts share. `labels`: trained and tested with; `unspoiled`: as pasted. `tested`: the lines of the prompt and the curve."""

    settings: Settings
    bench: Bench
    lm: LanguageModel
    lines: LabelledLines
    unspoiled: Indices
    labels: Indices
    folds: Indices
    tested: Indices
    language: Language

    @property
    def classes(self) -> int:
        return len(self.lines.classes)

    @property
    def unrelated(self) -> list[str]:
        """Everyday sentences in the language of the lines."""
        return [pair[list(Language).index(self.language)] for pair in sets.translations()[:UNRELATED]]

    def train(self, name: str, features: Features) -> Classifier:
        """Trains a method on all lines."""
        self.bench.checkpoint()
        return train(
            features.raw, features, self.labels, self.classes, STRENGTHS[name], balanced=self.settings.balanced
        )

    def validate(self, name: str, features: Features) -> Numbers:
        """Returns a trained method's probabilities (lines, classes) of lines that it wasn't trained on."""
        return cross_validate(
            features, self.labels, self.folds, self.classes, STRENGTHS[name],
            balanced=self.settings.balanced, tell=self.bench.checkpoint,
        )  # fmt: skip

    def judge(self, probabilities: Numbers, tested: Indices | None = None) -> Method:
        """Scores probabilities of all lines, or of the `tested` ones."""
        self.bench.checkpoint()
        chosen = np.arange(len(self.lines)) if tested is None else tested
        return judge(probabilities, self.labels[chosen], self.unspoiled[chosen], self.lines.classes, self.settings.seed)

    # ---- features

    def words(self) -> TfIdf:
        return TfIdf(self.lines.texts, self.settings.units, self.language)

    def embeddings(self) -> Dense:
        return Dense(embeddings(self.lm, self.lines.texts), lambda texts: embeddings(self.lm, texts))

    def states(self) -> Dense:
        """Reads the lines, with progress."""
        blocks = []
        for block in states(self.lm, self.lines.texts):
            blocks.append(block)
            done = min(len(blocks) * AT_ONCE, len(self.lines))
            self.bench.progress(
                0.05 + 0.4 * done / len(self.lines),
                Text(zh="模型读文本：{done} / {all} 行", en="the model reads the lines: {done} of {all}").format(
                    done=done, all=len(self.lines)
                ),
            )
        return Dense(np.concatenate(blocks), lambda texts: np.concatenate(list(states(self.lm, texts))))

    # ---- learning curve

    def counts(self) -> tuple[int, ...]:
        """Returns the training lines of every class on the curve: as many as half of the classes have in every training part."""
        inside = [
            np.bincount(self.labels[self.folds != fold], minlength=self.classes) for fold in np.unique(self.folds)
        ]
        most = float(np.median(np.min(inside, axis=0)))
        return tuple(count for count in COUNTS if count <= most)

    def learn(self, name: str, features: Features, whole: Numbers) -> tuple[Learned, ...]:
        """Returns a trained method's learning curve; `whole`: its probabilities after all training lines."""
        points = []
        for count in self.counts():
            rights = learn_from_few(
                features, self.labels, self.folds, self.tested, count, DRAWS, self.settings.seed, self.classes,
                STRENGTHS[name], balanced=self.settings.balanced, tell=self.bench.checkpoint,
            )  # fmt: skip
            # More draws of training lines are no more test lines: the interval is that of as many as were tested.
            points.append(Learned(count, float(count), Share.of(round(float(rights.sum())), len(rights))))
        folds = int(self.folds.max()) + 1
        lines = len(self.lines) * (folds - 1) / folds / self.classes
        right = share(whole[self.tested].argmax(1) == self.labels[self.tested])
        return (*points, Learned(None, lines, right))

    # ---- the prompt

    def shown(self, chosen: Sequence[Indices]) -> list[Examples]:
        """Returns rounds of lines as examples for the prompt."""
        return [[(self.lines.texts[index], int(self.labels[index])) for index in one] for one in chosen]

    def rounds(self, fold: int | None) -> list[Examples]:
        """Returns the prompt's examples from outside a fold, or from all lines, as many rounds as are wanted and fit."""
        every = int(self.folds.max()) + 1
        inside = np.arange(len(self.lines)) if fold is None else np.flatnonzero(self.folds != fold)
        key = (self.settings.seed, every if fold is None else fold, 0)
        return self.shown(rounds(self.labels, inside, self.settings.shots, key))

    def prompt(self, asked: FewShot) -> Prompted:
        """Asks about the tested lines, each after examples from the other folds."""
        folds = range(int(self.folds.max()) + 1)
        shown = {fold: self.rounds(fold) for fold in folds}
        most = min(most_rounds(asked, own) for own in shown.values())
        counts = sorted({1, most})
        plain = {count: np.zeros((len(self.tested), self.classes)) for count in counts}
        calibrated = {count: np.zeros((len(self.tested), self.classes)) for count in counts}
        seconds = 0.0
        for fold in folds:
            places = np.flatnonzero(self.folds[self.tested] == fold)
            texts = [self.lines.texts[index] for index in self.tested[places]]
            prefix, read = None, 0
            for turn, count in enumerate(counts):
                self.bench.progress(
                    0.5 + 0.35 * (fold + turn / len(counts)) / len(folds),
                    Text(
                        zh="提示：第 {fold} 折，每类 {count} 个示例", en="prompt: fold {fold}, {count} examples a class"
                    ).format(fold=fold + 1, count=count),
                )
                if texts:
                    prefix, read = asked.read(joined(shown[fold][read:count]), prefix), count
                    watch = Stopwatch()
                    plain[count][places], calibrated[count][places] = asked.classify(prefix, texts)
                    seconds += watch.seconds() if count == most else 0.0
        examples = {text for own in shown.values() for text, _ in joined(own[:most])}
        return Prompted(
            most, plain, calibrated, seconds / len(self.tested),
            asked.cut(sorted(examples), LONGEST_EXAMPLE), asked.cut([self.lines.texts[index] for index in self.tested], LONGEST_ASKED),
        )  # fmt: skip

    # ---- labels in doubt, and leaks

    def suspects(
        self, probabilities: Mapping[str, Numbers], method: str
    ) -> tuple[tuple[int, ...], tuple[Suspect, ...]]:
        """Returns the lines that are likely mislabelled by a method's probabilities: their indices and what is said of them."""
        judged = self.tested if method == "prompt" else np.arange(len(self.lines))
        own = probabilities[method]
        found = likely_mislabelled(self.labels[judged], own)
        indices = tuple(int(judged[place]) for place in found)
        others = [
            dict(
                zip(self.tested.tolist() if name == "prompt" else range(len(self.lines)), other.argmax(1), strict=True)
            )
            for name, other in probabilities.items()
            if name != method
        ]
        names = self.lines.classes
        return indices, tuple(
            Suspect(
                number=self.lines.numbers[index],
                text=self.lines.texts[index],
                given=names[self.labels[index]],
                suggested=names[int(own[place].argmax())],
                given_probability=float(own[place, self.labels[index]]),
                suggested_probability=float(own[place].max()),
                others=sum(int(other.get(index, self.labels[index])) != int(self.labels[index]) for other in others),
            )
            for index, place in zip(indices, found, strict=True)
        )

    def spoiled(self, listed: Sequence[int], method: str) -> Spoiled | None:
        """Counts how many of the labels that the run spoiled are among those listed; None where none was."""
        judged = self.tested if method == "prompt" else np.arange(len(self.lines))
        wrong = {int(index) for index in judged if self.labels[index] != self.unspoiled[index]}
        if not wrong:
            return None
        found = len(wrong & set(listed))
        return Spoiled(Share.of(found, len(wrong)), Share.of(found, len(listed)))

    def leaks(self, features: TfIdf) -> dict[str, Leak]:
        """Returns accuracies with features selected inside and outside the training part, of the true labels and of shuffled ones."""
        shuffled = np.random.default_rng([self.settings.seed, 3]).permutation(self.labels)

        def right(labels: Indices, leak: bool) -> Share:
            probabilities = select_and_validate(
                features, labels, self.folds, self.classes, STRENGTHS["tfidf"], leak=leak, tell=self.bench.checkpoint
            )
            return share(probabilities.argmax(1) == labels)

        return {
            name: Leak(right(labels, leak=False), right(labels, leak=True))
            for name, labels in (("true", self.labels), ("shuffled", shuffled))
        }

    def timed(self, features: Features, fitted: Classifier) -> float:
        """Returns measured seconds for 1,000 texts of a method without forward passes, from text to class."""
        texts = self.lines.texts[:TIMED]
        watch = Stopwatch()
        fitted.probabilities(features.read(texts))
        return 1000 * watch.seconds() / len(texts)


@dataclass(frozen=True)
class Prompted:
    """The prompt's class probabilities (tested lines, classes), `plain` and `calibrated`, by examples a class, `shots` at most.

    `seconds`: measured, for one text after the prompt has been read. `cut_examples`, `cut_asked`: examples and tested lines of which it has only
    the beginning.
    """

    shots: int
    plain: dict[int, Numbers]
    calibrated: dict[int, Numbers]
    seconds: float
    cut_examples: int
    cut_asked: int

    def curve(self, labels: Indices) -> Iterator[Learned]:
        """Yields the learning curve of the calibrated prompt; labels (tested lines,)."""
        for count, probabilities in self.calibrated.items():
            yield Learned(count, float(count), share(probabilities.argmax(1) == labels))


def joined(rounds: Sequence[Examples]) -> list[tuple[str, int]]:
    """Returns the examples of all rounds, in order."""
    return [example for one in rounds for example in one]
