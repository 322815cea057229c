"""Maps model tokens to readable text, characters and words; knows nothing of weights or of drawing."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playground.lab.token_panels import Unit
from playground.language.segmentation import Segment, segment
from playground.models.language_model import LanguageModel

_BROKEN = "\ufffd"
# A UTF-8 character has at most four bytes, so at most three tokens can be incomplete.
_MOST_WAITING = 3
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


@dataclass(frozen=True)
class _Character:
    """A character and its byte range [start, end), counted from the first token's first byte."""

    text: str
    start: int
    end: int


def pieces(lm: LanguageModel, ids: Sequence[int]) -> list[str]:
    """Returns each token's readable text. A character split over several tokens is assigned to the first, the others are ""."""
    tokens = token_bytes(lm, ids)
    starts = _starts(tokens)
    seen = [""] * len(tokens)
    index = 0
    for character in _characters(b"".join(tokens)):
        while starts[index + 1] <= character.start:
            index += 1
        seen[index] += character.text
    return seen


def token_name(lm: LanguageModel, token: int) -> str:
    """Returns a single token's readable text; the bytes of one that isn't whole characters, as "<0xE4><0xBD>"."""
    data = token_bytes(lm, [token])[0]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(f"<0x{byte:02X}>" for byte in data)


def shown_pieces(lm: LanguageModel, ids: Sequence[int]) -> list[str]:
    """Returns each token's readable text while generating: an incomplete character is withheld."""
    seen = pieces(lm, ids)
    last = next((index for index in range(len(seen) - 1, -1, -1) if seen[index]), None)
    if last is not None and seen[last].endswith(_BROKEN) and len(seen) - last <= _MOST_WAITING:
        seen[last] = seen[last].removesuffix(_BROKEN)
    return seen


def named_pieces(lm: LanguageModel, ids: Sequence[int]) -> list[str]:
    """Returns each token's readable text; tokens of a character that never becomes whole are named by their bytes."""
    seen = pieces(lm, ids)
    broken = False
    for index, piece in enumerate(seen):
        broken = _BROKEN in piece or (broken and not piece)
        if broken:
            seen[index] = token_name(lm, ids[index])
    return seen


def characters(lm: LanguageModel, ids: Sequence[int]) -> tuple[Unit, ...]:
    """Maps grapheme clusters to tokens. The shares of each token over all units add up to 1."""
    return _units(lm, ids, "character")


def words(lm: LanguageModel, ids: Sequence[int]) -> tuple[Unit, ...]:
    """Maps words, punctuation marks and emoji to tokens; a space belongs to the word after it."""
    return _units(lm, ids, "word")


def _units(lm: LanguageModel, ids: Sequence[int], unit: str) -> tuple[Unit, ...]:
    tokens = token_bytes(lm, ids)
    starts = _starts(tokens)
    special = set(lm.tokenizer.all_special_ids)
    units: list[Unit] = []
    first = 0
    while first < len(tokens):
        if ids[first] in special:
            units.append(Unit(tokens[first].decode("utf-8", "replace"), ((first, 1.0),)))
            first += 1
            continue
        last = first
        while last < len(tokens) and ids[last] not in special:
            last += 1
        read = list(_characters(b"".join(tokens[first:last]), starts[first]))
        text = "".join(character.text for character in read)
        for part in _with_space_before(segment(text, unit)):
            begin, end = read[part.start].start, read[part.end - 1].end
            units.append(Unit(part.text.strip(" ") or part.text, tuple(_shares(starts, first, last, begin, end))))
        first = last
    return tuple(units)


def _with_space_before(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Joins each run of spaces to the segment after it, as most tokenizers do."""
    space: Segment | None = None
    for part in segments:
        if part.text.strip(" ") == "":
            space = part if space is None else Segment(space.text + part.text, space.start, part.end, False)
        elif space is None:
            yield part
        else:
            yield Segment(space.text + part.text, space.start, part.end, part.is_content)
            space = None
    if space is not None:
        yield space


def _shares(starts: Sequence[int], first: int, last: int, begin: int, end: int) -> Iterator[tuple[int, float]]:
    """Yields the share of each token in [first, last) whose bytes are in [begin, end)."""
    for token in range(first, last):
        size = starts[token + 1] - starts[token]
        inside = min(starts[token + 1], end) - max(starts[token], begin)
        if size and inside > 0:
            yield token, inside / size


def _starts(tokens: Sequence[bytes]) -> list[int]:
    """Returns the byte offset of each token, and the end of the last one."""
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    return starts


def _characters(data: bytes, offset: int = 0) -> Iterator[_Character]:
    """Decodes the characters of UTF-8 bytes; invalid bytes become U+FFFD, as in `bytes.decode`."""
    position = 0
    while position < len(data):
        try:
            text = data[position:].decode("utf-8")
        except UnicodeDecodeError as error:
            text = data[position : position + error.start].decode("utf-8")
            broken = error.end - error.start
        else:
            broken = 0
        for character in text:
            size = len(character.encode("utf-8"))
            yield _Character(character, offset + position, offset + position + size)
            position += size
        if broken:
            yield _Character("\ufffd", offset + position, offset + position + broken)
            position += broken


def token_bytes(lm: LanguageModel, ids: Sequence[int]) -> list[bytes]:
    """Returns each token's UTF-8 bytes; those of a special token are its name."""
    special = set(lm.tokenizer.all_special_ids)
    # GPT-2, Llama 3 and Qwen map each byte to a printable character; SentencePiece stores text, with ▁ for a space.
    byte_level = b'"ByteLevel"' in bytes(lm.tokenizer.backend_tokenizer.decoder.__getstate__())
    return [
        _byte_level(written) if byte_level and token not in special else _sentence_piece(written)
        for token, written in zip(ids, lm.tokenizer.convert_ids_to_tokens(list(ids)), strict=True)
    ]


def _byte_level(written: str) -> bytes:
    return bytes(_byte_of()[character] for character in written)


def _sentence_piece(written: str) -> bytes:
    byte = _BYTE.fullmatch(written)
    return bytes([int(byte.group(1), 16)]) if byte else written.replace("▁", " ").encode("utf-8", "replace")


@functools.cache
def _byte_of() -> dict[str, int]:
    """Maps GPT-2's printable characters to the 256 bytes: printable bytes map to themselves, the others are shifted up."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    moved = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + index): byte for index, byte in enumerate(moved)}
