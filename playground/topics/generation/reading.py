"""Computes entropies and log-probabilities along a whole text by one forward pass (teacher forcing). Knows no tree and no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from playground.evaluation.perplexity import next_token_log_probabilities
from playground.lab.validation import clean
from playground.language.units import pieces
from playground.models.language_model import LanguageModel
from playground.topics.generation.nouns import first_noun


@dataclass(frozen=True)
class Reading:
    """One teacher-forced pass over a text. `ids`: its n token ids. `entropies` (n, nats): of the distribution after ids[i].
    `log_probabilities` (n - 1, nats): of ids[i + 1] given everything before it."""

    ids: tuple[int, ...]
    entropies: tuple[float, ...]
    log_probabilities: tuple[float, ...]

    def after(self, start: int) -> float:
        """Sums the log-probabilities of the tokens from ids[start] to the end (nats)."""
        return sum(self.log_probabilities[start - 1 :])


def read_whole(lm: LanguageModel, ids: tuple[int, ...]) -> Reading:
    """Runs the model once over `ids`, every token forced, and keeps what it says at each position."""
    entropies: list[float] = []
    log_probabilities: list[float] = []
    targets = torch.tensor([*ids[1:], 0])
    start = 0
    for part in next_token_log_probabilities(lm, ids):
        entropies += (-(part.exp() * part).sum(-1)).clamp(min=0).tolist()
        own = targets[start : start + len(part), None].to(part.device)
        log_probabilities += part.gather(1, own)[:, 0].tolist()
        start += len(part)
    return Reading(ids, tuple(entropies), tuple(log_probabilities[:-1]))


def shown(lm: LanguageModel, ids: Sequence[int]) -> tuple[str, ...]:
    """What a reader sees of each token: a split character whole on its first token and "" on the others."""
    return tuple(clean(piece).replace("\ufffd", "") for piece in pieces(lm, ids))


def noun_tokens(lm: LanguageModel, ids: Sequence[int]) -> tuple[int, int] | None:
    """Finds the first and last token index of the text's first noun; None where there is no noun, or no token before it."""
    special = set(lm.tokenizer.all_special_ids)
    texts = ["\n" if token in special else piece for piece, token in zip(shown(lm, ids), ids, strict=True)]
    noun = first_noun("".join(texts))
    if noun is None:
        return None
    held = []
    start = 0
    for index, piece in enumerate(texts):
        if start < noun.end and start + len(piece) > noun.start:
            held.append(index)
        start += len(piece)
    # The later tokens of a split character have no text of their own and belong to it all the same.
    last = held[-1]
    while last + 1 < len(texts) and texts[last + 1] == "":
        last += 1
    return (held[0], last) if held[0] > 0 else None
