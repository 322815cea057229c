"""The numbers of a run of generation: every path tried, the first noun, the mask, and what the samples agree on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from playground.generation.metrics import repeated
from playground.models.language_model import LanguageModel
from playground.topics.generation import sampling
from playground.topics.generation.exploring import Exploration, is_fragment, name_of
from playground.topics.generation.masking import Revision
from playground.topics.generation.reading import Reading, noun_tokens, shown
from playground.topics.generation.sampling import Sample


@dataclass(frozen=True)
class PathNumbers:
    """A path of tokens after the prompt. Every probability is the raw model's, step by step through kept prefixes.

    `text`: as a reader sees it, "" for an empty path. `tokens`: how many. `log_probability`: of the whole path (nats).
    `perplexity`: exp of the mean negative log-probability. `mean_entropy`: of the distributions that its tokens were
    chosen from (nats). `lowest_rank`: of its tokens, 1 is the likeliest. The last four are None for an empty path.
    """

    text: str
    tokens: int
    log_probability: float | None
    perplexity: float | None
    mean_entropy: float | None
    lowest_rank: int | None


@dataclass(frozen=True)
class Noun:
    """The first noun of prompt and current path, `text`. `first_token`, `last_token`: where it is, in tokens from 0,
    the beginning-of-text token counted. `entropy_before`, `entropy_after`: of the distribution that it was chosen from
    and of the one after it (nats).
    """

    text: str
    first_token: int
    last_token: int
    entropy_before: float
    entropy_after: float


@dataclass(frozen=True)
class Tried:
    """A token of the tree. `text`: the token, its bytes as ⟨E4 BD⟩ where it is no whole character. `rank` (1 is the
    likeliest) and `probability` (0 to 1): given all before it.
    """

    text: str
    rank: int
    probability: float


@dataclass(frozen=True)
class Answer:
    """Samples that say the same first. `text`: their first clause in small letters, "" where they say nothing.
    `samples`: their numbers, from 1.
    """

    text: str
    samples: tuple[int, ...]


@dataclass(frozen=True)
class Agreement:
    """What the samples say. `samples`: how many were drawn. `answers`: by first clause, the largest group first, of
    equal groups the one that came first.
    """

    samples: int
    answers: tuple[Answer, ...]

    @property
    def largest(self) -> Answer:
        """The largest group."""
        return self.answers[0]

    @property
    def most(self) -> int:
        """How many samples the largest group has."""
        return len(self.largest.samples)

    @property
    def share(self) -> float:
        """The largest group over all samples (0 to 1)."""
        return self.most / self.samples


@dataclass(frozen=True)
class Measured:
    """Times of this run, and what depends on other runs. `ms_to_distribution`: milliseconds from the start to the
    distribution of the next token. `tokens_to_distribution`: how many tokens went through the model for it; the others
    were cached.
    """

    ms_to_distribution: float
    tokens_to_distribution: int


@dataclass(frozen=True)
class Paths:
    """What was tried. `current`: the path from the prompt to the current node. `forced_log_probability`: the same
    path's by one forward pass over the whole text (nats), None for an empty path. `repeated_4`: share of its 4-grams
    that occurred earlier on it (0 to 1), None below four tokens. `ends`: every path to its end in the order tried, the
    current one first where it isn't among them; `current_place`: its index there. `first_tried`, `least_likely`: the
    first token tried and the one of lowest rank, None for an empty tree. `byte_tokens`: tokens of the tree that are
    bytes and no whole character.
    """

    current: PathNumbers
    forced_log_probability: float | None
    repeated_4: float | None
    ends: tuple[PathNumbers, ...]
    current_place: int
    first_tried: Tried | None
    least_likely: Tried | None
    byte_tokens: int

    @property
    def written(self) -> tuple[PathNumbers, ...]:
        """The ends whose path has tokens."""
        return tuple(path for path in self.ends if path.tokens)

    @property
    def likeliest(self) -> PathNumbers:
        """The path of highest probability. Raises ValueError where no path has tokens."""
        return max(self.written, key=lambda path: _known(path.log_probability))

    @property
    def unlikeliest(self) -> PathNumbers:
        """The path of lowest probability. Raises ValueError where no path has tokens."""
        return min(self.written, key=lambda path: _known(path.log_probability))

    @property
    def easiest(self) -> PathNumbers:
        """The path of lowest perplexity. Raises ValueError where no path has tokens."""
        return min(self.written, key=lambda path: _known(path.perplexity))

    @property
    def rounding(self) -> float | None:
        """Between the current path's two log-probabilities, step by step and in one pass (nats); None for an empty path."""
        if self.current.log_probability is None or self.forced_log_probability is None:
            return None
        return abs(self.current.log_probability - self.forced_log_probability)

    def starting(self, text: str) -> PathNumbers | None:
        """The first path that begins with `text`, spaces around both aside; None where there is none."""
        return next((path for path in self.written if path.text.strip().startswith(text.strip())), None)


@dataclass(frozen=True)
class Findings:
    """A state of the explorer. `paths`: what was tried. `noun`: None where none was found. `revisions`: the last tokens
    with and without the causal mask. `agreement`: None without samples. `vocabulary`: how many tokens the model knows.
    `number_type`: of its weights, such as "bfloat16". `measured`: what may differ between two equal runs.
    """

    paths: Paths
    noun: Noun | None
    revisions: tuple[Revision, ...]
    agreement: Agreement | None
    vocabulary: int
    number_type: str
    measured: Measured


def _known(value: float | None) -> float:
    assert value is not None, "a path with tokens has every number"
    return value


def path_numbers(one: Exploration, node: int) -> PathNumbers:
    """Computes the numbers of the path to a node."""
    path = one.path(node)
    if not path.tokens:
        return PathNumbers(one.text(node), 0, None, None, None, None)
    return PathNumbers(
        one.text(node), len(path.tokens), path.log_probability, path.perplexity,
        math.fsum(path.entropies) / len(path.tokens), max(path.ranks),
    )  # fmt: skip


def ends(one: Exploration) -> list[int]:
    """The nodes that end a path, in the order tried; the current node first where it isn't one of them."""
    leaves = list(one.tree.leaves)
    return leaves if one.tree.current in leaves else [one.tree.current, *leaves]


def find_noun(lm: LanguageModel, reading: Reading) -> Noun | None:
    """Finds the first noun of a text, and the entropies before and after it."""
    found = noun_tokens(lm, reading.ids)
    if found is None:
        return None
    first, last = found
    text = "".join(shown(lm, reading.ids)[first : last + 1]).strip()
    return Noun(text, first, last, reading.entropies[first - 1], reading.entropies[last])


def agreement_of(samples: Sequence[Sample]) -> Agreement | None:
    """Groups samples by what they say first; None where there are none."""
    if not samples:
        return None
    groups = sampling.answers(samples)
    return Agreement(len(samples), tuple(Answer(text, tuple(at + 1 for at in members)) for text, members in groups))


def _tried(one: Exploration, node: int) -> Tried:
    text, data = name_of(one.lm, one.tree.token(node))
    next_token = one.next_token(one.tree.parent(node) or 0)
    token = one.tree.token(node)
    probability = min(1.0, math.exp(next_token.log_probability(token)))
    return Tried(text or f"⟨{data}⟩", next_token.rank(token), probability)


def find_paths(one: Exploration, reading: Reading) -> Paths:
    """Reads the numbers of a tree whose nodes are all computed. `reading`: one pass over prompt and current path."""
    tree, leaves = one.tree, ends(one)
    tokens = tree.path(tree.current)
    tried = [_tried(one, node) for node in range(1, len(tree.nodes) + 1)]
    return Paths(
        current=path_numbers(one, tree.current),
        forced_log_probability=reading.after(len(one.prompt)) if tokens else None,
        repeated_4=repeated(tokens, 4),
        ends=tuple(path_numbers(one, leaf) for leaf in leaves),
        current_place=leaves.index(tree.current),
        first_tried=tried[0] if tried else None,
        least_likely=max(tried, key=lambda token: token.rank, default=None),
        byte_tokens=sum(1 for _, token in tree.nodes if is_fragment(one.lm, token)),
    )


def number_type(lm: LanguageModel) -> str:
    """The number type of a model's weights, such as "bfloat16"."""
    return str(next(lm.module.parameters()).dtype).removeprefix("torch.")
