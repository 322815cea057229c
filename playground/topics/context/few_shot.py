"""In-context learning measured: a task's examples as a prompt, the label that the model would generate next, how often it is right.

Knows nothing of panels, nor of a visitor's text.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from playground.data.sets import Example
from playground.data.sets import examples as labelled
from playground.generation.prefix_cache import Prefix, PrefixCache
from playground.generation.scoring import after_prefix
from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import wilson

COUNTS = (0, 1, 2, 4, 8)
MOST_EXAMPLES = COUNTS[-1]
_ARROWS = {Language.ZH: "→", Language.EN: " → "}


@dataclass(frozen=True)
class Prompt:
    """Examples to learn from, in order, each with the label that it is shown with."""

    examples: tuple[Example, ...]
    labels: tuple[str, ...]

    def chunks(self, lm: LanguageModel, language: Language) -> list[list[int]]:
        """Encodes the beginning-of-text token where the model has one, then example by example; token ids."""
        start = lm.encode("")
        shown = zip(self.examples, self.labels, strict=True)
        lines = [_ids(lm, _asked(example, language) + label + "\n") for example, label in shown]
        return [start, *lines] if start else lines

    def text(self, asked: Example, language: Language) -> str:
        """Writes out the whole prompt that asks for the label of a text."""
        shown = zip(self.examples, self.labels, strict=True)
        lines = [_asked(example, language) + label + "\n" for example, label in shown]
        return "".join(lines) + _asked(asked, language).rstrip()


def _asked(example: Example, language: Language) -> str:
    return example.text + _ARROWS[language]


def _ids(lm: LanguageModel, text: str) -> list[int]:
    return list(lm.tokenizer.encode(text, add_special_tokens=False))


def label_scores(
    lm: LanguageModel, before: Prefix | None, texts: Sequence[Example], labels: Sequence[str], language: Language
) -> torch.Tensor:
    """Computes log p (texts, labels), float64, of each label after each text after the prefix, summed over its tokens.

    The prefix is prefilled once for all texts, not once for each.
    """
    # By the number of a label's tokens: labels of one token are all read off the same position.
    jobs: dict[int, dict[tuple[int, ...], list[tuple[int, int, list[int]]]]] = {}
    for row, example in enumerate(texts):
        asked = _asked(example, language)
        stem = _ids(lm, asked.rstrip())
        for column, label in enumerate(labels):
            # Together, then cut: a space between them may belong to the label's first token.
            own = _ids(lm, asked + label)[len(stem) :]
            reads = jobs.setdefault(len(own), {})
            reads.setdefault((*stem, *own[:-1]), []).append((row, column, own))
    scores = torch.zeros(len(texts), len(labels), dtype=torch.float64)
    for length, reads in jobs.items():
        wanted = list(reads.values())
        for read, log_probabilities in after_prefix(lm, before, list(reads), length):
            for row, column, own in wanted[read]:
                scores[row, column] = log_probabilities.gather(1, torch.tensor(own)[:, None]).double().sum()
    return scores


@dataclass(frozen=True)
class Accuracy:
    """How often the likeliest label was right with `examples` examples: over all draws, and each draw alone.

    `low`, `high`: 95 % interval (Wilson 1927) for as many texts as were asked about; more draws of them are no more texts.
    """

    examples: int
    share: float
    low: float
    high: float
    by_draw: tuple[float, ...]
    texts: int


def drawn(items: Sequence[Example], seed: int, draw: int) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Draws the examples to show, in order, and the texts to ask about. Of as many examples in a row as there are labels each has its own."""
    random = np.random.default_rng([seed, draw])
    labels = list(dict.fromkeys(item.label for item in items))
    by_label = {label: [item for item in items if item.label == label] for label in labels}
    for own in by_label.values():
        random.shuffle(own)  # type: ignore[arg-type]
    shown: list[Example] = []
    while len(shown) < MOST_EXAMPLES:
        shown += [by_label[labels[place]].pop() for place in random.permutation(len(labels))]
    shown = shown[:MOST_EXAMPLES]
    return tuple(shown), tuple(item for item in items if item not in shown)


def shown_labels(
    shown: Sequence[Example], labels: Sequence[str], seed: int, draw: int, *, right: bool
) -> tuple[str, ...]:
    """Labels each example: with its own label, or one at random as in Min et al. 2022, right by chance at times."""
    if right:
        return tuple(item.label for item in shown)
    random = np.random.default_rng([seed, draw, 1])
    return tuple(labels[int(place)] for place in random.integers(len(labels), size=len(shown)))


def counts(most: int) -> list[int]:
    """Lists the numbers of examples that are tried, up to `most`."""
    return [count for count in COUNTS if count < most] + [most]


def accuracies(
    lm: LanguageModel,
    items: Sequence[Example],
    language: Language,
    *,
    right: bool,
    draws: int,
    seed: int,
    most: int = MOST_EXAMPLES,
    without: Accuracy | None = None,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Accuracy]:
    """Measures accuracy by the number of examples in the prompt, with the same texts at every number. `tell(prompts done)`.

    `without`: the accuracy without examples, where it is known: no label can be wrong there.
    """
    labels = list(dict.fromkeys(item.label for item in items))
    numbers = counts(most)[1 if without else 0 :]
    hits: dict[int, list[float]] = {number: [] for number in numbers}
    texts = 0
    for draw in range(draws):
        shown, asked = drawn(items, seed, draw)
        texts = len(asked)
        truth = torch.tensor([labels.index(item.label) for item in asked])
        with_labels = shown_labels(shown, labels, seed, draw, right=right)
        for number, before in _prefixes(lm, shown, with_labels, language, numbers):
            guesses = label_scores(lm, before, asked, labels, language).argmax(1)
            hits[number].append(float((guesses == truth).double().mean()))
            tell(draw * len(numbers) + numbers.index(number) + 1)
    measured = [_accuracy(number, hits[number], texts) for number in numbers]
    return [without, *measured] if without else measured


def _prefixes(
    lm: LanguageModel, shown: Sequence[Example], labels: Sequence[str], language: Language, numbers: Sequence[int]
) -> Iterator[tuple[int, Prefix | None]]:
    """Prefills the first examples, each longer prefix on top of the one before."""
    cache = PrefixCache()
    for count in numbers:
        chunks = Prompt(tuple(shown[:count]), tuple(labels[:count])).chunks(lm, language)
        yield count, cache.after(lm, chunks) if chunks else None


def _accuracy(count: int, by_draw: Sequence[float], texts: int) -> Accuracy:
    share = float(np.mean(by_draw))
    return Accuracy(count, share, *wilson(round(share * texts), texts), tuple(by_draw), texts)


def items_of(task: str, language: Language) -> list[Example]:
    """Returns the labelled texts of a task."""
    return [item for item in labelled(language) if item.task == task]


# Keyed by the weights themselves: an entry goes when the variant does. Nothing in it depends on a visitor's text, and equal
# arguments give equal numbers, so a second run shows what the first one measured.
_measured: weakref.WeakKeyDictionary[nn.Module, dict[tuple[object, ...], list[Accuracy]]] = weakref.WeakKeyDictionary()


def curve(
    lm: LanguageModel,
    task: str,
    language: Language,
    *,
    right: bool,
    most: int,
    draws: int,
    seed: int,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Accuracy]:
    """Measures a task's curve with its own labels or random ones, once for equal arguments. Random labels need the other curve first."""
    key = (task, language, right, most, draws, seed)
    known = _measured.setdefault(lm.module, {})
    if key not in known:
        without = (
            None if right else curve(lm, task, language, right=True, most=most, draws=draws, seed=seed, tell=tell)[0]
        )
        known[key] = accuracies(
            lm, items_of(task, language), language,
            right=right, draws=draws, seed=seed, most=most, without=without, tell=tell,
        )  # fmt: skip
    return known[key]
