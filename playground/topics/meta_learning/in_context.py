"""The same text tasks for a language model: labelled reviews in its prompt, and the likeliest label as its answer. Knows no training.

GPT-3's few-shot prompts (Brown et al. 2020, arXiv:2005.14165). No parameter changes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.lab.text import Language
from playground.models.key_values import empty_cache
from playground.models.language_model import LanguageModel
from playground.models.output_head import token_logits

# What comes before a review, between review and label, and behind a label; and what is in front of a label, part of its first token.
FORMS = {Language.ZH: ("文本：", "\n类别：", "\n\n", ""), Language.EN: ("Text: ", "\nClass:", "\n\n", " ")}
NAMES = {
    Language.ZH: {"hotel": "酒店", "book": "书", "computer": "电脑"},
    Language.EN: {"hotel": "hotel", "book": "book", "computer": "computer"},
}
LETTERS = ("A", "B", "C")
# Of a review; what comes after is cut off.
LONGEST = 32

Examples = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Reader:
    """Asks one model in one language."""

    lm: LanguageModel
    language: Language

    def _ids(self, text: str) -> list[int]:
        return self.lm.encode(text, bos=False)

    def shortened(self, text: str) -> str:
        """Returns a review cut to LONGEST tokens, on one line."""
        line = " ".join(text.split())
        ids = self._ids(line)
        return line if len(ids) <= LONGEST else self.lm.decode(ids[:LONGEST])

    def question(self, text: str) -> str:
        """Writes out what asks about a review, up to where its label begins."""
        before, ask, _, _ = FORMS[self.language]
        return f"{before}{self.shortened(text)}{ask}"

    def _label(self, word: str) -> str:
        return f"{FORMS[self.language][3]}{word}"

    def prompt(self, examples: Examples) -> str:
        """Writes out labelled reviews, (text, label) in order."""
        behind = FORMS[self.language][2]
        return "".join(f"{self.question(text)}{self._label(word)}{behind}" for text, word in examples)

    def length(self, text: str) -> int:
        """Counts a review's tokens."""
        return len(self._ids(text))

    def tokens(self, examples: Examples) -> int:
        """Counts a prompt's tokens."""
        return len(self.lm.encode(self.prompt(examples)))

    def probabilities(self, examples: Examples, texts: Sequence[str], words: Sequence[str]) -> Tensor:
        """Returns p (texts, words) of every label behind the examples and a text, of these labels alone, float64.

        Labels are told apart by the first token in which they differ. The examples are computed once.
        """
        labels = [self._ids(self._label(word)) for word in words]
        shared = _beginning(labels)
        firsts = [ids[len(shared)] for ids in labels]
        before = self.lm.encode(self.prompt(examples))
        _, past = self.lm.extend(torch.tensor([before]), empty_cache())
        past.batch_repeat_interleave(len(texts))
        rows = [[*self._ids(self.question(text)), *shared] for text in texts]
        ids, mask, positions = self.lm.pad_left(rows)
        states, _ = self.lm.extend(
            ids,
            past,
            attention_mask=torch.cat([torch.ones(len(rows), len(before), dtype=torch.long), mask], 1),
            position_ids=positions + len(before),
        )
        return torch.softmax(token_logits(self.lm, states[:, -1], firsts).double(), -1).cpu()


def _beginning(sequences: Sequence[Sequence[int]]) -> list[int]:
    """Returns what all sequences begin with."""
    alike = itertools.takewhile(lambda same: len(set(same)) == 1, zip(*sequences, strict=False))
    return [same[0] for same in alike]
