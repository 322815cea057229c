"""Characters per token of each tokenizer on held-out lines, and how rare characters break up. Knows no panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from playground.language.trained_tokenizers import UNKNOWN, lost_characters
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import bootstrap
from playground.topics.chinese.tokens import read_tokens

# Common, traditional, extension A, extension B twice, a variant, full width, an emoji, a word of Latin letters.
PROBES = ("国", "國", "㐂", "𠮷", "𪚥", "囍", "Ａ", "１", "😀", "hello")


@dataclass(frozen=True)
class Rate:
    """`rate`: characters over tokens on `count` held-out lines, `low` to `high` its 95% interval. `lost`: share of
    characters inside [UNK] (0 to 1).
    """

    rate: float
    low: float
    high: float
    lost: float
    count: int


@dataclass(frozen=True)
class Trained:
    """A tokenizer trained in this run. `vocabulary`: its entries. `pieces`: of the visitor's text. `lost`: the text's characters in
    [UNK]."""

    vocabulary: int
    pieces: tuple[str, ...]
    lost: int


@dataclass(frozen=True)
class Fragment:
    """A probe, `text`. `code_point`: such as U+56FD, – for more than one character. `bytes`: how many in UTF-8.
    `model`: the model's tokens. `trained`: the pieces of each trained tokenizer, by its name.
    """

    text: str
    code_point: str
    bytes: int
    model: tuple[str, ...]
    trained: dict[str, tuple[str, ...]]


def rate(lines: Sequence[str], count_tokens: Callable[[str], int], lost: Callable[[str], int], seed: int) -> Rate:
    """Measures the rate over all lines together; lines are resampled."""
    rows = np.array([(len(line), count_tokens(line)) for line in lines], dtype=np.float64)

    def ratio(drawn: npt.NDArray[np.float64]) -> float:
        sums = drawn.sum(0)
        return float(sums[0] / sums[1]) if sums[1] else float("nan")

    share = sum(lost(line) for line in lines) / rows[:, 0].sum()
    return Rate(ratio(rows), *bootstrap(rows, ratio, seed), float(share), len(lines))


def describe(tokenizer: Tokenizer, text: str) -> Trained:
    """What a trained tokenizer makes of the visitor's text."""
    return Trained(tokenizer.get_vocab_size(), pieces_of(tokenizer, text), lost_characters(tokenizer, text))


def pieces_of(tokenizer: Tokenizer, text: str) -> tuple[str, ...]:
    """Returns readable pieces: [UNK] with what it swallowed, a byte-level token as text or as the bytes of a character's part."""
    coded, unknown = tokenizer.encode(text), tokenizer.token_to_id(UNKNOWN)
    found = []
    for number, token, (start, end) in zip(coded.ids, coded.tokens, coded.offsets, strict=True):
        if number == unknown:
            found.append(f"{UNKNOWN}({text[start:end]})")
        elif unknown is None:
            read = tokenizer.decode([number])
            found.append(read if "\ufffd" not in read else f"⟨{len(token)}B {text[start:end]}⟩")
        else:
            found.append(token)
    return tuple(found)


def fragments(lm: LanguageModel, trained: Mapping[str, Tokenizer], text: str) -> tuple[Fragment, ...]:
    """Breaks up the PROBES, and before them those characters of the text of which the model reads bytes (at most 6)."""
    own = dict.fromkeys(
        character for token in read_tokens(lm, text) if token.is_bytes for character in token.characters
    )
    chosen = dict.fromkeys([*list(own)[:6], *PROBES])
    return tuple(
        Fragment(
            probe,
            " ".join(f"U+{ord(character):04X}" for character in probe) if len(probe) == 1 else "–",
            len(probe.encode("utf-8")),
            tuple(token.text for token in read_tokens(lm, probe)),
            {name: pieces_of(tokenizer, probe) for name, tokenizer in trained.items()},
        )
        for probe in chosen
    )
