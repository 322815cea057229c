"""Classifies by prompting the model with labelled examples; only labels can be generated. Knows no training.

The probability of a label is that of constrained decoding: at each token where two labels part, the probabilities of the tokens that
continue a label are taken alone and made to sum to one. Where all first tokens differ, one position per text decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from playground.lab.text import Language
from playground.models.key_values import empty_cache
from playground.models.language_model import LanguageModel, by_length
from playground.models.output_head import token_logits

if TYPE_CHECKING:
    from transformers import DynamicCache

Numbers = NDArray[np.float64]
# Texts with their labels (indices of the classes), in order.
Examples = Sequence[tuple[str, int]]
# What comes before a text, between text and label, and behind a label; and the space in front of text and label, which is part of
# their first token.
FORMS = {
    Language.ZH: ("文本：", "\n类别：", "\n\n", ""),
    Language.EN: ("Text:", "\nClass:", "\n\n", " "),
}
# Tokens that are read of an example and of a text that is asked about, and of all examples together.
LONGEST_EXAMPLE, LONGEST_ASKED, MOST_PROMPT = 48, 128, 1200
# Texts without content, whose answers say what the prompt prefers by itself (Zhao et al. 2021).
EMPTY = ("N/A", "……", "[MASK]")
# Keys and values of the prompt are copied for every text of a batch: 18 KB a token in the embedded model.
MOST_COPIED = 10_000


@dataclass(frozen=True)
class Branches:
    """The labels as a tree of tokens. `stems`: what comes before a place where labels part. `ways`: by stem, token to labels."""

    stems: tuple[tuple[int, ...], ...]
    ways: tuple[dict[int, tuple[int, ...]], ...]

    @staticmethod
    def of(labels: Sequence[Sequence[int]]) -> Branches:
        """Builds the tree from the labels' token ids, none of which is the beginning of another."""
        ways: dict[tuple[int, ...], dict[int, list[int]]] = {}
        for label, ids in enumerate(labels):
            for place, token in enumerate(ids):
                ways.setdefault(tuple(ids[:place]), {}).setdefault(token, []).append(label)
        parted = {stem: found for stem, found in ways.items() if len(found) > 1}
        return Branches(
            tuple(parted), tuple({token: tuple(own) for token, own in found.items()} for found in parted.values())
        )


@dataclass(frozen=True)
class Shown:
    """Keys and values of a prompt of `length` tokens."""

    past: DynamicCache
    length: int

    def copied(self, rows: int) -> DynamicCache:
        """Copies them for so many texts."""
        cache = empty_cache()
        for number, layer in enumerate(self.past.layers):
            assert layer.keys is not None and layer.values is not None
            cache.update(layer.keys.repeat_interleave(rows, 0), layer.values.repeat_interleave(rows, 0), number)
        return cache


class FewShot:
    """Asks one model about classes with given names, in one language's form."""

    def __init__(self, lm: LanguageModel, classes: Sequence[str], language: Language) -> None:
        self._lm, self._classes = lm, tuple(classes)
        self._before, self._ask, self._after, self._space = FORMS[language]
        # What ends an answer belongs to it: "book" isn't "book shop", whose tokens begin alike.
        self._branches = Branches.of([self._ids(f"{self._space}{name}{self._after}") for name in classes])

    def _ids(self, text: str) -> list[int]:
        return self._lm.encode(text, bos=False)

    def _question(self, text: str, most: int) -> list[int]:
        return [*self._ids(self._before), *self._ids(self._space + text)[:most], *self._ids(self._ask)]

    def _example(self, text: str, label: int) -> list[int]:
        answer = self._ids(f"{self._space}{self._classes[label]}{self._after}")
        return [*self._question(text, LONGEST_EXAMPLE), *answer]

    def prompt(self, examples: Examples) -> list[int]:
        """Returns the token ids of worked examples, (text, label) in order."""
        return [token for text, label in examples for token in self._example(text, label)]

    def read(self, examples: Examples, after: Shown | None = None) -> Shown:
        """Prefills worked examples, behind those of another prompt if there is one, which stays as it is."""
        own = self.prompt(examples)
        ids = own if after else [*self._lm.encode(""), *own]
        past = after.copied(1) if after else empty_cache()
        _, past = self._lm.extend(torch.tensor([ids]), past)
        return Shown(past, len(ids) + (after.length if after else 0))

    def written(self, examples: Examples, text: str) -> str:
        """Writes out the prompt that asks about a text."""
        return self._lm.decode([*self.prompt(examples), *self._question(text, LONGEST_ASKED)])

    def cut(self, texts: Sequence[str], most: int) -> int:
        """Counts the texts of more than `most` tokens, of which only these are read."""
        return sum(len(self._ids(self._space + text)) > most for text in texts)

    def tokens(self, texts: Sequence[str]) -> float:
        """Returns the mean number of tokens of the questions, without the worked examples."""
        return float(np.mean([len(self._question(text, LONGEST_ASKED)) for text in texts]))

    def log_probabilities(self, shown: Shown, texts: Sequence[str]) -> Numbers:
        """Returns log p (texts, classes) of every label after the examples; a text's sum to one as probabilities."""
        questions = [self._question(text, LONGEST_ASKED) for text in texts]
        reads = [[*question, *stem] for question in questions for stem in self._branches.stems]
        tokens = sorted({token for ways in self._branches.ways for token in ways})
        found = np.zeros((len(texts), len(self._classes)))
        for index, logits in self._logits_behind(shown, reads, tokens):
            text, branch = divmod(index, len(self._branches.stems))
            ways = self._branches.ways[branch]
            kept = torch.log_softmax(logits[[tokens.index(token) for token in ways]].double(), -1)
            for labels, value in zip(ways.values(), kept.tolist(), strict=True):
                found[text, list(labels)] += value
        return found

    def _logits_behind(
        self, shown: Shown, reads: Sequence[Sequence[int]], tokens: Sequence[int]
    ) -> Iterator[tuple[int, torch.Tensor]]:
        """Yields for each of the reads, in any order, its index and the logits (tokens,) behind it."""
        lm = self._lm
        for alike in by_length(reads):
            rows = max(1, MOST_COPIED // (shown.length + len(reads[alike[-1]])))
            for start in range(0, len(alike), rows):
                batch = alike[start : start + rows]
                ids, mask, positions = lm.pad_left([reads[index] for index in batch])
                seen = torch.ones(len(batch), shown.length, dtype=torch.long)
                states, _ = lm.extend(
                    ids,
                    shown.copied(len(batch)),
                    attention_mask=torch.cat([seen, mask], 1),
                    position_ids=positions + shown.length,
                )
                yield from zip(batch, token_logits(lm, states[:, -1], tokens).cpu(), strict=True)

    def classify(self, shown: Shown, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
        """Returns class probabilities (texts, classes), plain and calibrated by texts without content."""
        logs = self.log_probabilities(shown, [*texts, *EMPTY])
        own, bias = logs[: len(texts)], logs[len(texts) :].mean(0)
        return _normalized(own), _normalized(own - bias)


def most_rounds(asked: FewShot, shown: Sequence[Examples]) -> int:
    """Returns how many of the rounds the prompt has room for; one at least."""
    lengths = np.cumsum([len(asked.prompt(one)) for one in shown])
    return max(1, int((lengths <= MOST_PROMPT).sum()))


def _normalized(logs: Numbers) -> Numbers:
    shifted = np.exp(logs - logs.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True))
