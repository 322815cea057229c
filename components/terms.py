"""The field's terms with a short meaning, from terms.tsv; finds them in a text. Knows no page."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playground.cards import Card
from playground.lab.text import Language, Text

_FILE = Path(__file__).with_name("terms.tsv")


@dataclass(frozen=True, eq=False)
class Term:
    """A term. `name`: as it is called; `forms`: every way it is written, by language; `others`: longer ways of writing that have a form
    in them and mean something else, after a minus in the file; `meaning`: one line without a full stop.
    """

    name: Text
    forms: dict[Language, tuple[str, ...]]
    others: dict[Language, tuple[str, ...]]
    meaning: Text

    def told(self, language: Language) -> str:
        """Returns the term in both languages and what it means in one."""
        other = self.name.in_(Language.EN if language is Language.ZH else Language.ZH)
        own = self.name.in_(language)
        names = own if other == own else f"{own} {other}"
        return f"{names}：{self.meaning.zh}" if language is Language.ZH else f"{names}: {self.meaning.en}"


@functools.cache
def terms() -> tuple[Term, ...]:
    """Returns all terms, in the file's order."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = []
    for row in rows:
        written = {language: row[language].split("|") for language in Language}
        forms = {language: tuple(form for form in own if form[0] != "-") for language, own in written.items()}
        others = {language: tuple(form[1:] for form in own if form[0] == "-") for language, own in written.items()}
        name = Text(zh=forms[Language.ZH][0], en=forms[Language.EN][0])
        found.append(Term(name, forms, others, Text(zh=row["zh_meaning"], en=row["en_meaning"])))
    return tuple(found)


def find(text: str, language: Language) -> Iterator[tuple[int, int, Term]]:
    """Yields start, end (excluded) and term of each term written in a text of a language; the longest where several begin."""
    for match in _pattern(language).finditer(text):
        term = _by_form(language).get(match.group().lower().removesuffix("s"))
        if term is not None:
            yield match.start(), match.end(), term


def in_card(card: Card, language: Language) -> Iterator[Term]:
    """Yields the terms of a card's prose, as often as they are written."""
    answers = (answer for _, answer in card.followups)
    for part in (card.short, card.depth, card.wrong, *answers):
        yield from (term for _, _, term in find(part, language))


@functools.cache
def _by_form(language: Language) -> dict[str, Term]:
    return {form.lower().removesuffix("s"): term for term in terms() for form in term.forms[language]}


@functools.cache
def _pattern(language: Language) -> re.Pattern[str]:
    written = (form for term in terms() for form in (*term.forms[language], *term.others[language]))
    forms = sorted(written, key=len, reverse=True)
    # A word of Latin letters isn't part of a longer one; in English it may be a plural.
    plural = "s?" if language is Language.EN else ""
    parts = [
        rf"(?<![A-Za-z-]){re.escape(form)}{plural}(?![A-Za-z-])" if form.isascii() else re.escape(form)
        for form in forms
    ]
    return re.compile("|".join(parts), re.IGNORECASE)
