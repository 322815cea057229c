"""A reply as it is generated. Knows nothing of how its prompt was chosen.

Keys and values are cached between turns up to where a reply begins. A reply's own are computed anew with the next message, in one
pass with it: in bfloat16 their last bits depend on how many tokens go through together, and the same settings must give the same
reply whether anything was cached or not (see `generation.prefix_cache`). It costs next to nothing: one pass reads the weights once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playground.generation.continuation import ENDINGS, Continuation
from playground.generation.decode import decode
from playground.generation.prefix_cache import shared
from playground.generation.settings import Decoding
from playground.lab.text import Text
from playground.lab.validation import clean
from playground.language.units import shown_pieces
from playground.models.language_model import LanguageModel
from playground.topics.dialogue.frames import Frame, Template


@dataclass(frozen=True)
class Said:
    """A reply so far: what a reader sees of it, its token ids, and why it ended; None while more may come."""

    text: str
    ids: tuple[int, ...]
    ending: Text | None = None


def stop_strings(written: str) -> tuple[str, ...]:
    """Parses the stop strings that a visitor wrote, separated by |, with \\n for a line break."""
    parts = (part.replace("\\n", "\n") for part in written.split("|"))
    return tuple(dict.fromkeys(part for part in parts if part))


def stops_for(written: str, frame: Frame | Template) -> tuple[str, ...]:
    """Parses the stop strings for a frame: a template's replies may have several lines, and its end token ends them."""
    stops = stop_strings(written)
    return tuple(stop for stop in stops if stop.strip()) if isinstance(frame, Template) else stops


def decoding_at(temperature: float) -> Decoding:
    """Returns greedy decoding at temperature 0, else sampling."""
    return Decoding(strategy="sample", temperature=temperature) if temperature else Decoding()


def reply(
    lm: LanguageModel,
    chunks: Sequence[Sequence[int]],
    decoding: Decoding,
    *,
    most: int,
    stops: Sequence[str],
    seed: int = 0,
    keeps: bool = True,
) -> Iterator[Said]:
    """Generates the reply to a prompt and yields it after each token. Computes what isn't cached of the prompt, and caches it.

    `keeps` False prefills the whole prompt in one pass and caches nothing.
    """
    prefix = shared().after(lm, chunks) if keeps else None
    prompt = list(itertools.chain.from_iterable(chunks))
    for (one,) in decode(lm, prompt, (decoding,), max_tokens=most, stop=stops, seed=seed, prefix=prefix):
        yield said(lm, one, stops)


def said(lm: LanguageModel, one: Continuation, stops: Sequence[str]) -> Said:
    """Returns what a reader sees: no character that isn't whole, no stop string and nothing that may become one.

    Cleaned as what a visitor types is, so that it comes back from a link as it was.
    """
    text = clean("".join(shown_pieces(lm, one.ids)))
    found = [at for at in (text.find(stop) for stop in stops) if at >= 0]
    if found:
        text = text[: min(found)]
    elif one.ending is None:
        text = text[: len(text) - _begun(text, stops)]
    # The token limit may fall inside a character.
    text = text.rstrip("\ufffd").strip() if one.ending else text.lstrip()
    return Said(text, one.all_ids, ENDINGS[one.ending] if one.ending else None)


def _begun(text: str, stops: Sequence[str]) -> int:
    """Counts the characters at the end of a text that may be the beginning of a stop string."""
    return max(
        (size for stop in stops for size in range(1, len(stop)) if text.endswith(stop[:size])),
        default=0,
    )
