"""Computes log p(label | prompt) of many texts under many templates in one pass a text. Knows no calibration.

What follows a text, every template's ending with every label, is put behind it as one tree of tokens: a token sees the text and its own
ancestors only, and its position is that which it has in its own prompt. So the text is computed once, not once a template and label;
speculative decoding checks its drafts in the same way (SpecInfer, Miao et al. 2023).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.lab.text import Language
from playground.models.language_model import LanguageModel, by_length
from playground.models.output_head import log_normalizers, token_logits
from playground.topics.zero_shot.templates import Template, in_front

Numbers = NDArray[np.float64]
# Of a text; what comes after is cut off.
MOST_TOKENS = 160
# Tokens of one pass: a run can be stopped between two.
MOST_PADDED = 320
# What a row of the whole vocabulary of 262,144 costs in tokens through the layers of the embedded model.
ROW_IN_TOKENS = 2


@dataclass(frozen=True)
class Tree:
    """Token sequences that share beginnings. `tokens`, `parents` (−1: the text), `depths`: by node, parents first."""

    tokens: tuple[int, ...]
    parents: tuple[int, ...]
    depths: tuple[int, ...]
    places: dict[tuple[int, ...], int]

    @staticmethod
    def of(sequences: Sequence[Sequence[int]]) -> Tree:
        """Builds the tree; `places` gives the node in which a sequence, or the beginning of one, ends."""
        places: dict[tuple[int, ...], int] = {}
        tokens: list[int] = []
        parents: list[int] = []
        depths: list[int] = []
        for sequence in sequences:
            for end in range(1, len(sequence) + 1):
                path = tuple(sequence[:end])
                if path not in places:
                    places[path] = len(tokens)
                    tokens.append(path[-1])
                    parents.append(places.get(path[:-1], -1))
                    depths.append(end - 1)
        return Tree(tuple(tokens), tuple(parents), tuple(depths), places)

    def ancestors(self) -> Tensor:
        """Returns which nodes each one sees (nodes, nodes): itself and those above it."""
        seen = torch.eye(len(self.tokens), dtype=torch.bool)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                seen[node] |= seen[parent]
        return seen


class LabelScorer:
    """Scores one set of words with one model; `language`: that of the templates. `checkpoint` may stop the run, as a forward pass may."""

    def __init__(
        self,
        lm: LanguageModel,
        words: Sequence[str],
        language: Language,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> None:
        self._lm, self._checkpoint = lm, checkpoint
        self._words = [self._ids(in_front(word, language)) for word in words]

    @property
    def lengths(self) -> tuple[int, ...]:
        """Tokens of every word."""
        return tuple(map(len, self._words))

    @property
    def first_tokens(self) -> tuple[int, ...]:
        """The id of every word's first token."""
        return tuple(ids[0] for ids in self._words)

    @property
    def exact(self) -> bool:
        """Whether scores are log-probabilities. If every word is one token they are its logits: the same up to a constant of the prompt,
        which no comparison of labels sees, and without the whole vocabulary's sum."""
        return max(self.lengths) > 1

    def _ids(self, text: str) -> list[int]:
        return self._lm.encode(text, bos=False)

    def _start(self, before: str, text: str) -> list[int]:
        # The space behind an opening is part of the text's first token.
        space = " " if before.endswith(" ") and text else ""
        return [*self._lm.encode(before.rstrip(" ")), *self._ids(space + text)[:MOST_TOKENS]] or [
            min(self._lm.end_ids, default=0)
        ]

    def cut(self, texts: Sequence[str]) -> int:
        """Counts the texts of which only the first tokens are read."""
        return sum(len(self._ids(text)) > MOST_TOKENS for text in texts)

    def shown(self, text: str) -> str:
        """Returns the part of a text that is read."""
        ids = self._ids(text)
        return text if len(ids) <= MOST_TOKENS else self._lm.decode(ids[:MOST_TOKENS])

    def cost(self, texts: Sequence[str], templates: Sequence[Template]) -> int:
        """Returns about how many tokens scoring puts through the model; a sum over the vocabulary counts as several."""
        total = 0
        for before in dict.fromkeys(template.before for template in templates):
            endings = [self._ids(template.after) for template in templates if template.before == before]
            nodes = len(Tree.of([[*ending, *word[:-1]] for ending in endings for word in self._words]).tokens)
            heads = len(endings) * len(self._stems)
            total += sum(len(self._start(before, text)) + nodes + self.exact * ROW_IN_TOKENS * heads for text in texts)
        return total

    def score(
        self, texts: Sequence[str], templates: Sequence[Template], tell: Callable[[int], None] = lambda texts: None
    ) -> Numbers:
        """Returns scores (templates, texts, words) in nats: log p(word | text in template) summed over the word's tokens, or, unless
        `exact`, its logit. `tell` is called with the number of texts after each pass."""
        found = np.zeros((len(templates), len(texts), len(self._words)))
        for before in dict.fromkeys(template.before for template in templates):
            places = [place for place, template in enumerate(templates) if template.before == before]
            endings = [self._ids(templates[place].after) for place in places]
            tree = Tree.of([[*ending, *word[:-1]] for ending in endings for word in self._words])
            rows = [self._start(before, text) for text in texts]
            for alike in by_length([range(len(row) + len(tree.tokens)) for row in rows], MOST_PADDED):
                batch = [rows[index] for index in alike]
                states = self._read(batch, tree)
                totals = self._totals(states, tree, endings) if self.exact else None
                for place, ending in zip(places, endings, strict=True):
                    found[place, alike] = self._words_behind(states, tree, ending, totals)
                tell(len(alike))
        return found

    def _read(self, rows: Sequence[Sequence[int]], tree: Tree) -> Tensor:
        """Returns last states (rows, nodes, hidden) of the tree behind each row."""
        longest, nodes = max(map(len, rows)), len(tree.tokens)
        ids, mask, positions = self._lm.pad_left(rows)
        ids = torch.cat([ids, torch.tensor(tree.tokens).expand(len(rows), nodes)], 1)
        lengths = mask.sum(1, keepdim=True)
        positions = torch.cat([positions, lengths + torch.tensor(tree.depths)], 1)
        seen = torch.zeros(len(rows), longest + nodes, longest + nodes, dtype=torch.bool)
        real = mask.bool()
        seen[:, :longest, :longest] = torch.ones(longest, longest, dtype=torch.bool).tril() & real[:, None, :]
        seen[:, longest:, :longest] = real[:, None, :]
        seen[:, longest:, longest:] = tree.ancestors()
        # Padding sees itself: attention over nothing would be NaN, which spreads.
        seen |= torch.eye(longest + nodes, dtype=torch.bool)
        states, _ = self._lm.extend(ids, None, attention_mask=seen[:, None], position_ids=positions)
        return states[:, longest:]

    @property
    def _stems(self) -> dict[tuple[int, ...], list[int]]:
        """What comes before each token of the words, to the tokens that come there."""
        found: dict[tuple[int, ...], list[int]] = {}
        for ids in self._words:
            for end in range(len(ids)):
                found.setdefault(tuple(ids[:end]), []).append(ids[end])
        return found

    @torch.inference_mode()
    def _totals(self, states: Tensor, tree: Tree, endings: Sequence[Sequence[int]]) -> dict[int, Tensor]:
        """Returns by node the logarithm (rows,) of the sum over the vocabulary, of all nodes that a word's token follows."""
        nodes = list(dict.fromkeys(tree.places[(*ending, *stem)] for ending in endings for stem in self._stems))
        wanted = states[:, nodes].flatten(0, 1)
        totals = log_normalizers(self._lm, wanted, self._checkpoint).to(states.device)
        return dict(zip(nodes, totals.view(len(states), len(nodes)).T, strict=True))

    @torch.inference_mode()
    def _words_behind(
        self, states: Tensor, tree: Tree, ending: Sequence[int], totals: dict[int, Tensor] | None
    ) -> Numbers:
        found = np.zeros((len(states), len(self._words)))
        for stem, tokens in self._stems.items():
            node = tree.places[(*ending, *stem)]
            logs = token_logits(self._lm, states[:, node], tokens)
            if totals is not None:
                logs = logs - totals[node][:, None]
            for word, ids in enumerate(self._words):
                if len(ids) > len(stem) and tuple(ids[: len(stem)]) == stem:
                    found[:, word] += logs[:, tokens.index(ids[len(stem)])].double().cpu().numpy()
        return found

    def next_tokens(
        self, text: str, template: Template, count: int
    ) -> tuple[tuple[tuple[str, float], ...], dict[int, float]]:
        """Returns the likeliest next tokens with their probabilities, and those of the words' first tokens by id; a plain pass."""
        ids = [*self._start(template.before, text), *self._ids(template.after)]
        probabilities = torch.softmax(self._lm.next_logits([ids])[0], -1)
        top = probabilities.topk(min(count, len(probabilities)))
        likely = tuple(
            (self._lm.decode([token]), value)
            for token, value in zip(top.indices.tolist(), top.values.tolist(), strict=True)
        )
        return likely, {token: float(probabilities[token]) for token in self.first_tokens}
