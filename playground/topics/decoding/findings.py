"""The numbers of a run of decoding: what each side generated, how varied it is, and where the two part."""

from __future__ import annotations

from dataclasses import dataclass

from playground.generation.continuation import Continuation, parting
from playground.generation.metrics import distinct, mean_log_probability, ngrams, repeated
from playground.language.units import shown_pieces, token_name
from playground.models.language_model import LanguageModel

# From this share of repeated 4-grams on, a text is spoken of as a loop.
LOOPING = 0.2


@dataclass(frozen=True)
class Side:
    """One side's continuation. Every probability is the raw model's, before penalties, temperature and filters.

    `text`: what was generated. `tokens`: how many. `distinct_1`, `distinct_2`: distinct n-grams over n-grams (0 to 1),
    None where there is none. `repeated_4`: share of 4-grams that occurred earlier in the output (0 to 1).
    `mean_log_probability`: nats per token. `looping_log_probability`: the same over the tokens that end a repeated
    4-gram, None where none does. `fewest_kept`, `most_kept`: how many tokens were still possible after the filters,
    over all steps; the whole vocabulary where there are no filters, None without a step. `first_tokens`: the distinct
    first tokens of the beams that were kept, one of each group at least; () without a beam search. `scores`: of the
    ranked beams, best first, length penalty included. `lengths`: their lengths in tokens.
    """

    text: str
    tokens: int
    distinct_1: float | None
    distinct_2: float | None
    repeated_4: float | None
    mean_log_probability: float | None
    looping_log_probability: float | None
    fewest_kept: int | None
    most_kept: int | None
    first_tokens: tuple[str, ...]
    scores: tuple[float, ...]
    lengths: tuple[int, ...]

    @property
    def loops(self) -> bool:
        """Whether the text is spoken of as a loop."""
        return self.repeated_4 is not None and self.repeated_4 > LOOPING


@dataclass(frozen=True)
class Parting:
    """Where B leaves A. `token`: its number, from 1. `a`, `b`: what each side has there, None where it had ended.

    `rank` (1 is the likeliest) and `probability` (0 to 1) of B's token in the raw model; None where B had ended.
    """

    token: int
    a: str | None
    b: str | None
    rank: int | None
    probability: float | None


@dataclass(frozen=True)
class Findings:
    """`a`, `b`: both sides. `parting`: where B leaves A, None where all tokens are the same."""

    a: Side
    b: Side
    parting: Parting | None


def find(lm: LanguageModel, a: Continuation, b: Continuation) -> Findings:
    """Reads the findings off two finished continuations of one prompt."""
    return Findings(_side(lm, a), _side(lm, b), _parting(lm, a, b))


def _side(lm: LanguageModel, one: Continuation) -> Side:
    log_probabilities = [step.log_probability for step in one.steps]
    fours = ngrams(one.ids, 4)
    in_loop = [log_probabilities[at + 3] for at, four in enumerate(fours) if four in fours[:at]]
    kept = [step.trace.remaining for step in one.steps if step.trace and step.trace.remaining is not None]
    ranked = sorted((node for node in one.tree if node.rank is not None), key=lambda node: node.rank or 0)
    starts = [node.token for node in one.tree if node.step == 1 and node.kept and node.token is not None]
    return Side(
        text="".join(shown_pieces(lm, one.ids)),
        tokens=len(one.ids),
        distinct_1=distinct(one.ids, 1),
        distinct_2=distinct(one.ids, 2),
        repeated_4=repeated(one.ids, 4),
        mean_log_probability=mean_log_probability(log_probabilities),
        looping_log_probability=mean_log_probability(in_loop),
        fewest_kept=min(kept, default=None),
        most_kept=max(kept, default=None),
        first_tokens=tuple(dict.fromkeys(token_name(lm, token) for token in starts)),
        scores=tuple(node.score for node in ranked if node.score is not None),
        lengths=tuple(node.step for node in ranked),
    )


def _parting(lm: LanguageModel, a: Continuation, b: Continuation) -> Parting | None:
    at = parting(a, b)
    if at is None:
        return None
    texts = [shown_pieces(lm, one.ids)[at] if at < len(one.ids) else None for one in (a, b)]
    step = b.steps[at] if at < len(b.ids) else None
    return Parting(at + 1, texts[0], texts[1], step.rank if step else None, step.probability if step else None)
