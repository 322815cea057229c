"""Asks the model for entities with worked examples in the prompt, freely or with spans that always occur in the text.

The model gives names, not positions: every occurrence of a name in the text is marked. Knows no probe.
"""

from __future__ import annotations

import functools
import re
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import nn

from playground.data.spans import KINDS, Span
from playground.generation.prefix_cache import Prefix, PrefixCache
from playground.lab.text import Language
from playground.language.units import token_bytes
from playground.learning.entities import units
from playground.models.language_model import LanguageModel

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# Limits that end a list: so many names of a kind, so many tokens a list.
MOST_NAMES, MOST_TOKENS = 8, 48
_LONGEST_TOKEN = 32  # bytes


@dataclass(frozen=True)
class Form:
    """How a language's prompt is written. `ask`: what comes before a kind's list; a list is names with `between`, or `none`."""

    text: str
    ask: dict[str, str]
    between: str
    none: str
    space: str
    shown: tuple[tuple[str, dict[str, tuple[str, ...]]], ...]

    def opening(self, text: str) -> str:
        return f"{self.text}{text}\n"

    def listed(self, names: Sequence[str]) -> str:
        """Writes a list as the examples have it, its line break included."""
        return self.space + (self.between + self.space).join(names or (self.none,)) + "\n"

    def example(self, number: int) -> str:
        """Writes out one worked example."""
        text, names = self.shown[number]
        return self.opening(text) + "".join(self.ask[kind] + self.listed(names[kind]) for kind in KINDS) + "\n"


FORMS = {
    Language.ZH: Form(
        "文本：", {"person": "人名：", "place": "地名：", "organisation": "机构："}, "、", "无", "",
        (
            ("李明昨天从上海飞到东京，参加三和银行的会议。", {"person": ("李明",), "place": ("上海", "东京"), "organisation": ("三和银行",)}),
            ("这道菜太咸了，下次少放点盐。", {"person": (), "place": (), "organisation": ()}),
            ("江南大学的王丽和张华在苏州开了一家书店。", {"person": ("王丽", "张华"), "place": ("苏州",), "organisation": ("江南大学",)}),
            ("环保局要求东风化工停产。", {"person": (), "place": (), "organisation": ("环保局", "东风化工")}),
        ),
    ),
    Language.EN: Form(
        "Text: ", {"person": "People:", "place": "Places:", "organisation": "Organisations:"}, ";", "none", " ",
        (
            ("John Smith flew from London to Tokyo for a meeting at Sanwa Bank.", {"person": ("John Smith",), "place": ("London", "Tokyo"), "organisation": ("Sanwa Bank",)}),
            ("The soup was too salty, so use less next time.", {"person": (), "place": (), "organisation": ()}),
            ("Mary Jones and Li Wei of Riverside University opened a bookshop in Madrid.", {"person": ("Mary Jones", "Li Wei"), "place": ("Madrid",), "organisation": ("Riverside University",)}),
            ("The Ministry of Labour closed Eastwind Chemicals.", {"person": (), "place": (), "organisation": ("Ministry of Labour", "Eastwind Chemicals")}),
        ),
    ),
}  # fmt: skip
MOST_EXAMPLES = 4


@dataclass(frozen=True)
class Answer:
    """What the model listed. `names`: (kind, name) in order. `absent`: those of them that don't occur in the text.

    `spans`: every occurrence of the others, without overlaps. `written`: the lists as generated. `log_probability`: of the
    whole answer, summed over its tokens under the unrestricted model. `limited`: lists that have as many names or tokens as a list may have.
    """

    names: tuple[tuple[str, str], ...]
    absent: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...]
    written: str
    log_probability: float
    prompt: str
    limited: int


def prompt_of(text: str, language: Language, examples: int) -> str:
    """Writes out the prompt up to the first list."""
    form = FORMS[language]
    return "".join(map(form.example, range(examples))) + form.opening(text)


# ---- what may come next


@functools.lru_cache(maxsize=2)
def _by_bytes(tokenizer: PreTrainedTokenizerBase) -> dict[bytes, int]:
    """Returns the vocabulary by its UTF-8 bytes; special tokens left out."""
    special = set(tokenizer.all_special_ids)
    ids = [token for token in range(len(tokenizer)) if token not in special]

    class Reader:
        """What `token_bytes` needs of a model: its tokenizer."""

    reader = Reader()
    reader.tokenizer = tokenizer  # type: ignore[attr-defined]
    found: dict[bytes, int] = {}
    for token, written in zip(ids, token_bytes(reader, ids), strict=True):  # type: ignore[arg-type]
        if written:
            found.setdefault(written, token)
    return found


@dataclass
class Copying:
    """Allows only lists of names that occur in the text, token by token: at each step those that continue a part of it.

    Works on UTF-8 bytes, because a token may be a part of a character. A name begins and ends between units (Chinese
    characters, words of other scripts). `names` holds what is finished.
    """

    text: str
    form: Form
    vocabulary: dict[bytes, int]
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._bytes = self.text.encode()
        offsets = [len(self.text[:place].encode()) for place in range(len(self.text) + 1)]
        parts = [part for part in units(self.text) if any(map(str.isalnum, part.text))]
        self._starts = sorted({offsets[part.start] for part in parts})
        self._ends = {offsets[part.end] for part in parts}
        self._none = (self.form.space + self.form.none).encode()
        self._lead = self.form.space.encode()
        self._begin()

    def _begin(self) -> None:
        # Where in the text the name may be by now, and what of the lead or of "none" is still to come.
        self._places: dict[int, int] = {}
        self._written = b""
        self._fresh = True

    def allowed(self) -> dict[int, bytes]:
        """Returns the tokens that may come next, with their bytes."""
        found: dict[int, bytes] = {}
        if self._fresh or self._written == self._lead != b"":
            # A space may be a token of its own, or belong to the first word's.
            lead = b"" if self._written else self._lead
            for start in self._starts:
                self._add(found, lead + self._bytes[start : start + _LONGEST_TOKEN], len(lead) + 1)
            if lead and lead in self.vocabulary:
                found[self.vocabulary[lead]] = lead
        for place in self._places:
            self._add(found, self._bytes[place : place + _LONGEST_TOKEN], 1)
        if not self.names:
            rest = self._rest_of_none()
            if rest:
                self._add(found, rest, 1)
        if self._may_end() or self._is_none():
            self._literal(found, b"\n")
        if self._may_end() and len(self.names) + 1 < MOST_NAMES:
            self._literal(found, self.form.between.encode())
        return found

    def _add(self, found: dict[int, bytes], following: bytes, least: int) -> None:
        for length in range(least, len(following) + 1):
            token = self.vocabulary.get(following[:length])
            if token is not None:
                found[token] = following[:length]

    def _literal(self, found: dict[int, bytes], written: bytes) -> None:
        if written in self.vocabulary:
            found[self.vocabulary[written]] = written

    def _rest_of_none(self) -> bytes:
        return self._none[len(self._written) :] if self._none.startswith(self._written) else b""

    def _is_none(self) -> bool:
        return not self.names and self._written == self._none

    def _may_end(self) -> bool:
        return any(place in self._ends for place in self._places)

    def take(self, written: bytes) -> bool:
        """Takes an allowed token's bytes; returns whether the list is finished."""
        if written in (b"\n", self.form.between.encode()) and (self._may_end() or self._is_none()):
            name = self._written[len(self._lead) :].decode() if self._may_end() else ""
            again = name in self.names
            if name and not again:
                self.names.append(name)
            self._begin()
            # A name that comes again begins a loop.
            return written == b"\n" or again
        if self._fresh or self._written == self._lead != b"":
            body = written if self._written else written[len(self._lead) :]
            if body:
                self._places = {
                    start + len(body): start for start in self._starts if self._bytes.startswith(body, start)
                }
        else:
            self._places = {
                place + len(written): start
                for place, start in self._places.items()
                if self._bytes.startswith(written, place)
            }
        self._written += written
        self._fresh = False
        return False


# ---- generating


_prefixes: weakref.WeakKeyDictionary[nn.Module, PrefixCache] = weakref.WeakKeyDictionary()


def _prefix(lm: LanguageModel, language: Language, examples: int) -> Prefix:
    """Prefills the worked examples, once for a model."""
    cache = _prefixes.setdefault(lm.module, PrefixCache())
    shown = "".join(map(FORMS[language].example, range(examples)))
    # A model without a start token and a prompt without examples: a line break, so that the prefix isn't empty.
    return cache.after(lm, [lm.encode(shown) or lm.encode("\n")])


@dataclass
class _Row:
    """One prompt's lists as they are generated, kind by kind. `copying`: only names that occur in the text."""

    text: str
    form: Form
    copying: Copying | None
    asks: list[list[int]]
    line_break: int
    end_ids: frozenset[int]
    decode: Callable[[list[int]], str]
    listed: list[list[str]] = field(default_factory=list)
    total: float = 0.0
    limited: int = 0
    _forced: list[int] = field(default_factory=list)
    _own: list[int] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return len(self.listed) == len(KINDS)

    def choose(self, scores: torch.Tensor) -> int:
        """Chooses the next token by log-probabilities (vocabulary), or the next one of what is asked."""
        if self._forced:
            return self._forced.pop(0)
        token, ended = self._copied(scores) if self.copying else self._free(scores)
        self.total += float(scores[token])
        self._own.append(token)
        if ended or len(self._own) >= MOST_TOKENS:
            self._finish(broken=token != self.line_break)
            self.limited += not ended or len(self.listed[-1]) >= MOST_NAMES
        return token

    def _copied(self, scores: torch.Tensor) -> tuple[int, bool]:
        assert self.copying is not None
        allowed = self.copying.allowed()
        if not allowed:
            return self.line_break, True
        ids = sorted(allowed)
        token = ids[int(scores[torch.tensor(ids)].argmax())]
        return token, self.copying.take(allowed[token])

    def _free(self, scores: torch.Tensor) -> tuple[int, bool]:
        token = int(scores.argmax())
        return token, token in self.end_ids or "\n" in self.decode([token])

    def _finish(self, *, broken: bool) -> None:
        if self.copying:
            names = list(self.copying.names)
            self.copying = Copying(self.text, self.form, self.copying.vocabulary)
        else:
            written = self.decode(self._own).split("\n")[0].strip()
            listed = [] if written == self.form.none else written.split(self.form.between)
            names = list(dict.fromkeys(name.strip() for name in listed if name.strip()))[:MOST_NAMES]
        self.listed.append(names)
        self._own = []
        if not self.done:
            # A list that a limit ended gets its line break here, so that the next one begins on a line of its own.
            self._forced = [self.line_break] * broken + list(self.asks[len(self.listed)])


def ask(lm: LanguageModel, jobs: Sequence[tuple[str, bool]], language: Language, examples: int) -> list[Answer]:
    """Generates the list of every kind in turn, greedily, for (text, copying) pairs in one batch. `copying`: only names in the text."""
    form = FORMS[language]
    vocabulary = _by_bytes(lm.tokenizer)

    def encode(written: str) -> list[int]:
        return lm.encode(written, bos=False)

    asks = [encode(form.ask[kind]) for kind in KINDS]
    lines = [" ".join(text.split()) for text, _ in jobs]
    rows = [
        _Row(line, form, Copying(line, form, vocabulary) if copying else None, asks, vocabulary[b"\n"], lm.end_ids, lm.decode)
        for line, (_, copying) in zip(lines, jobs, strict=True)
    ]  # fmt: skip
    prefix = _prefix(lm, language, examples)
    past = prefix.keys_and_values()
    past.batch_repeat_interleave(len(rows))
    ids, mask, positions = lm.pad_left([encode(form.opening(line)) + asks[0] for line in lines])
    before = len(prefix.ids)
    mask = torch.cat([torch.ones(len(rows), before, dtype=mask.dtype), mask], 1)
    positions = positions + before
    going = list(rows)
    while True:
        out = lm.forward(
            ids, attention_mask=mask, position_ids=positions, past_key_values=past, use_cache=True, logits_to_keep=1
        )
        scores = torch.log_softmax(out.logits[:, -1].float().cpu(), -1)
        chosen = [row.choose(one) for row, one in zip(going, scores, strict=True)]
        kept = [place for place, row in enumerate(going) if not row.done]
        if not kept:
            break
        if len(kept) < len(going):
            # A row that is finished leaves the batch: most lists are short, a few go on to the limit.
            going = [going[place] for place in kept]
            chosen = [chosen[place] for place in kept]
            past.batch_select_indices(torch.tensor(kept, device=lm.device))
            mask, positions = mask[kept], positions[kept]
        ids = torch.tensor(chosen)[:, None]
        mask = torch.cat([mask, torch.ones(len(going), 1, dtype=mask.dtype)], 1)
        positions = positions[:, -1:] + 1
    return [_answer(text, row, language, examples) for (text, _), row in zip(jobs, rows, strict=True)]


def _answer(text: str, row: _Row, language: Language, examples: int) -> Answer:
    names = tuple((kind, name) for kind, own in zip(KINDS, row.listed, strict=True) for name in own)
    present = [(kind, name) for kind, name in names if occurrences(text, name)]
    written = "".join(row.form.ask[kind] + row.form.listed(own) for kind, own in zip(KINDS, row.listed, strict=True))
    absent = tuple(pair for pair in names if pair not in present)
    return Answer(
        names,
        absent,
        tuple(locate(text, present)),
        written,
        row.total,
        prompt_of(row.text, language, examples),
        row.limited,
    )


# ---- names to positions


def occurrences(text: str, name: str) -> list[tuple[int, int]]:
    """Returns the character ranges of a name between units of the text; any white space matches any."""
    words = name.split()
    if not any(map(str.isalnum, name)):
        return []
    parts = units(text)
    starts, ends = {part.start for part in parts}, {part.end for part in parts}
    found = re.finditer(r"(?=(" + r"\s+".join(map(re.escape, words)) + "))", text)
    return [match.span(1) for match in found if match.start(1) in starts and match.end(1) in ends]


def locate(text: str, names: Sequence[tuple[str, str]]) -> list[Span]:
    """Marks every occurrence of the names. Where two overlap the longer stays, of two alike the one that was listed first."""
    found = [
        (-(end - start), number, Span(start, end, kind))
        for number, (kind, name) in enumerate(names)
        for start, end in occurrences(text, name)
    ]
    kept: list[Span] = []
    for _, _, span in sorted(found):
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return sorted(kept)
