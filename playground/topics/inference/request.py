"""Encodes a request: the shared tokens, then its own; and the other requests that share them. Knows no settings and no panel."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.language.scripts import main_language
from playground.models.language_model import LanguageModel

MOST_PREFIX, MOST_REQUEST = 400, 200
OTHERS = {
    Language.ZH: ("问：节假日开放吗？\n答：",),
    Language.EN: ("Question: Is it open on public holidays?\nAnswer:",),
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """Token ids. `shared`: the beginning of text and the prefix on lines of its own; empty where there is neither."""

    shared: tuple[int, ...]
    own: tuple[int, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return (*self.shared, *self.own)


def read(lm: LanguageModel, prefix: str, text: str) -> Request:
    """Encodes the visitor's request. Raises PlaygroundError for what has too many tokens.

    Prefix and request are tokenized each by itself, as a server does that caches a prefix for requests that it doesn't know yet.
    """
    prefix = prefix.strip()
    shared = lm.encode(prefix + "\n" if prefix else "")
    _check(len(shared), min(MOST_PREFIX, lm.context // 3), "prefix", Text(zh="共同前缀", en="Shared prefix"))
    own = own_ids(lm, text)
    _check(len(own), min(MOST_REQUEST, lm.context // 3), "text", Text(zh="请求", en="Request"))
    return Request(tuple(shared), own)


def own_ids(lm: LanguageModel, text: str) -> tuple[int, ...]:
    """Encodes a request's own tokens. A trailing space is dropped: it would be a token of its own that words seldom follow."""
    return tuple(lm.encode(text.rstrip(" ") or text, bos=False))


def all_requests(prefix: str, text: str) -> tuple[str, ...]:
    """Lists the visitor's request, then another that has the same prefix, in the language of both."""
    return (text, *OTHERS[main_language(prefix + text)])


def _check(count: int, most: int, field: str, label: Text) -> None:
    if count > most:
        raise PlaygroundError(
            Text(
                zh="“{label}”有 {n} 个词元，最多 {limit} 个，请删短。",
                en="“{label}” has {n} tokens; the limit is {limit}. Please shorten it.",
            ).format(label=label, n=count, limit=most),
            field,
        )
