"""The numbers of a run: cuts, the word graph's paths, tokens, compression and forms."""

from __future__ import annotations

import math
from dataclasses import dataclass

from playground.language.word_graph import Arc
from playground.topics.chinese.compress import Fragment, Rate, Trained
from playground.topics.chinese.forms import Form, Gap
from playground.topics.chinese.tokens import Token

# Of each run of Chinese characters, as many are put into a graph.
MOST_CHARACTERS = 24


@dataclass(frozen=True)
class Candidate:
    """A path through the word graph, its `words` in order. `log_probability`: by jieba's frequencies (natural).
    `share`: of all paths' probability (0 to 1).

    `framed`, `bare`: the model's log-probability (natural) of the words with separators, after two examples and without
    them.
    """

    words: tuple[str, ...]
    log_probability: float
    share: float
    framed: float
    bare: float


@dataclass(frozen=True)
class Place:
    """A place where dictionary words cross, `text` from character `position` (from 1) of the visitor's text on.

    `best`: how the best path by frequency cuts it. `crossing`: the words that cross a word of that path.
    """

    position: int
    text: str
    best: tuple[str, ...]
    crossing: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """The word graph of `text`, the first characters of a run of Chinese ones. `arcs`: its words. `paths`: how many
    there are in all.

    `length`: characters of the whole run. `runs`: how many runs of Chinese characters the visitor's text has.
    `candidates`: the most probable, best first. `jieba`: what jieba cuts there, in its precise mode without the HMM.
    """

    text: str
    arcs: tuple[Arc, ...]
    paths: int
    candidates: tuple[Candidate, ...]
    jieba: tuple[str, ...]
    length: int
    runs: int

    @property
    def whole(self) -> bool:
        """Whether the graph is that of all Chinese characters of the text."""
        return self.runs == 1 and self.length == len(self.text)

    @property
    def margin(self) -> float | None:
        """Log-probability of the best path over the second best (nats), None if there is one path only."""
        return (
            self.candidates[0].log_probability - self.candidates[1].log_probability
            if len(self.candidates) > 1
            else None
        )

    @property
    def preferred(self) -> int:
        """The candidate that the model finds most probable after the examples (from 0)."""
        return max(range(len(self.candidates)), key=lambda place: self.candidates[place].framed)

    @property
    def preferred_bare(self) -> int:
        """The same without examples."""
        return max(range(len(self.candidates)), key=lambda place: self.candidates[place].bare)


@dataclass(frozen=True)
class Findings:
    """`characters`: of the text, spaces included. `tokens`: the model's, without the start token. `cuts`: by jieba's
    mode, words separated as jieba does. `without_hmm`: the precise cut without the hidden Markov model.

    `graph`: of the run of Chinese characters with most paths, None without any such character. `places`: where
    dictionary words cross, over the whole text. `trained`: tokenizers trained in this run, by name. `rates`: by
    tokenizer, on held-out lines. `fragments`: probes cut up by every tokenizer. `forms`: the text as typed and its
    other forms that differ, by name. `gap`: traditional against simplified, on held-out lines.
    """

    characters: int
    tokens: tuple[Token, ...]
    cuts: dict[str, tuple[str, ...]]
    without_hmm: tuple[str, ...]
    graph: Graph | None
    places: tuple[Place, ...]
    trained: dict[str, Trained]
    rates: dict[str, Rate]
    fragments: tuple[Fragment, ...]
    forms: dict[str, Form]
    gap: Gap

    @property
    def ambiguous(self) -> int:
        """Places of the text where dictionary words cross."""
        return len(self.places)

    @property
    def byte_tokens(self) -> int:
        """Tokens that are parts of characters."""
        return sum(token.is_bytes for token in self.tokens)

    @property
    def characters_per_token(self) -> float:
        """Characters over the model's tokens."""
        return self.characters / len(self.tokens)

    @property
    def best_trained(self) -> str:
        """The trained tokenizer with the most characters per token on held-out lines."""
        return max((name for name in self.trained), key=lambda name: self.rates[name].rate)

    def fragment(self, text: str) -> Fragment:
        """Returns a probe. Raises StopIteration if there is none."""
        return next(item for item in self.fragments if item.text == text)


def share(log_probability: float, log_total: float) -> float:
    """A path's share of the probability of all."""
    return math.exp(log_probability - log_total)
