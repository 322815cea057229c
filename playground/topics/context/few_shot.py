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

COUNTS = (0, 1, 4, 8)
MOST_EXAMPLES = COUNTS[-1]
# Texts that are asked about, as many of each label; every one costs a pass at every number of examples.
MOST_ASKED = 24
_ARROWS = {Language.ZH: "→", Language.EN: " → "}


@dataclass(frozen=True)
class Prompt:
    """Examples to learn from, in order, each with the label that it is shown with."""

    examples: tuple[Example, ...]
    labels: tuple[str, ...]

    def ids(self, lm: LanguageModel, language: Language) -> list[int]:
        """Encodes the examples, each as a line of its own; token ids."""
        shown = zip(self.examples, self.labels, strict=True)
        return [token for example, label in shown for token in _ids(lm, _asked(example, language) + label + "\n")]

    def text(self, asked: Example, language: Language) -> str:
        """Writes out the whole prompt that asks for the label of a text."""
        shown = zip(self.examples, self.labels, strict=True)
        lines = [_asked(example, language) + label + "\n" for example, label in shown]
        return "".join(lines) + _asked(asked, language).rstrip()


def _asked(example: Example, language: Language) -> str:
    return example.text + _ARROWS[language]


def _ids(lm: LanguageModel, text: str) -> list[int]:
    return lm.encode(text, bos=False)


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
    """How often the likeliest label was right with `examples` examples, 0 to 1. `share`: over all draws; `by_draw`: in
    each draw.

    `texts`: asked about, each in one draw. `low`, `high`: 95% interval of `share` (Wilson 1927) for that many texts.
    """

    examples: int
    share: float
    low: float
    high: float
    by_draw: tuple[float, ...]
    texts: int


def drawn(
    items: Sequence[Example], seed: int, draw: int, draws: int = 1, texts: int = MOST_ASKED
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Draws the examples to show, in order, and the texts to ask about. Of as many examples in a row as there are labels each has its own.

    The draws share the texts out: each is asked about in one of them, and isn't shown there. However many draws there are, as
    many texts are asked about, so that more draws hardly cost more. `texts`: so many in all, at least one of each label in a draw.
    """
    labels = list(dict.fromkeys(item.label for item in items))
    most, spare = max(texts // len(labels), draws), -(-MOST_EXAMPLES // len(labels))
    order, random = np.random.default_rng([seed]), np.random.default_rng([seed, draw])
    asked: set[Example] = set()
    others: dict[str, list[Example]] = {}
    for label in labels:
        own = [item for item in items if item.label == label]
        order.shuffle(own)
        # `spare` are left over, for a single draw to show.
        asked.update(own[spare : spare + most][draw::draws])
        others[label] = [item for item in own if item not in asked]
        random.shuffle(others[label])
    shown: list[Example] = []
    while len(shown) < MOST_EXAMPLES:
        shown += [others[labels[place]].pop() for place in random.permutation(len(labels))]
    return tuple(shown[:MOST_EXAMPLES]), tuple(item for item in items if item in asked)


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
    asked_in_all: int = MOST_ASKED,
    without: Accuracy | None = None,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Accuracy]:
    """Measures accuracy by the number of examples in the prompt, with the same texts at every number. `tell(prompts done)`.

    Each text is asked about in one draw, `asked_in_all` of them in all (see `drawn`).

    `without`: the accuracy without examples, where it is known: no label can be wrong there.
    """
    labels = list(dict.fromkeys(item.label for item in items))
    numbers = counts(most)[1 if without else 0 :]
    hits: dict[int, list[int]] = {number: [] for number in numbers}
    texts: list[int] = []
    cache = PrefixCache()
    for draw in range(draws):
        shown, asked = drawn(items, seed, draw, draws, asked_in_all)
        texts.append(len(asked))
        truth = torch.tensor([labels.index(item.label) for item in asked])
        with_labels = shown_labels(shown, labels, seed, draw, right=right)
        for number, before in _prefixes(lm, shown, with_labels, language, numbers, cache):
            guesses = label_scores(lm, before, asked, labels, language).argmax(1)
            hits[number].append(int((guesses == truth).sum()))
            tell(draw * len(numbers) + numbers.index(number) + 1)
    measured = [_accuracy(number, hits[number], texts) for number in numbers]
    return [without, *measured] if without else measured


def _prefixes(
    lm: LanguageModel,
    shown: Sequence[Example],
    labels: Sequence[str],
    language: Language,
    numbers: Sequence[int],
    cache: PrefixCache,
) -> Iterator[tuple[int, Prefix | None]]:
    """Prefills the first examples, each longer prefix on top of the one before: what is new in it in one pass."""
    start = lm.encode("")
    chunks, done = [start] if start else [], 0
    for count in numbers:
        if count > done:
            chunks.append(Prompt(tuple(shown[done:count]), tuple(labels[done:count])).ids(lm, language))
            done = count
        yield count, cache.after(lm, chunks) if chunks else None


def _accuracy(count: int, hits: Sequence[int], texts: Sequence[int]) -> Accuracy:
    right, asked = sum(hits), sum(texts)
    by_draw = tuple(some / own for some, own in zip(hits, texts, strict=True))
    return Accuracy(count, right / asked, *wilson(right, asked), by_draw, asked)


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
    texts: int,
    seed: int,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Accuracy]:
    """Measures a task's curve with its own labels or random ones, once for equal arguments. Random labels need the other curve first."""
    key = (task, language, right, most, draws, texts, seed)
    known = _measured.setdefault(lm.module, {})
    if key not in known:
        same = {"most": most, "draws": draws, "texts": texts, "seed": seed}
        without = None if right else curve(lm, task, language, right=True, tell=tell, **same)[0]
        known[key] = accuracies(
            lm, items_of(task, language), language,
            right=right, draws=draws, seed=seed, most=most, asked_in_all=texts, without=without, tell=tell,
        )  # fmt: skip
    return known[key]
