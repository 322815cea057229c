"""Holds text in the page's two languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """A language of the page, independent of the language of a visitor's text."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True)
class Text:
    """A text in both languages. A missing or blank translation raises at import."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        for language in Language:
            if not getattr(self, language).strip():
                raise ValueError(f"Text lacks its {language} part: {self!r}")

    def in_(self, language: Language | str) -> str:
        """Returns the text in one language."""
        return self.zh if Language(language) is Language.ZH else self.en

    def format(self, **values: object) -> Text:
        """Formats both languages with `values`. A value that is a Text is inserted in the matching language."""
        return Text(*(getattr(self, language).format(**_resolved(values, language)) for language in Language))


def _resolved(values: dict[str, object], language: Language) -> dict[str, object]:
    return {name: value.in_(language) if isinstance(value, Text) else value for name, value in values.items()}


def joined(*texts: Text | None) -> Text:
    """Concatenates texts, skipping None; at least one must not be None."""
    known = [text for text in texts if text is not None]
    return Text("".join(text.zh for text in known), " ".join(text.en for text in known))


# A plain string is the same in both languages: a token, a symbol, a name such as int8.
Label = Text | str


def say(label: Label, language: Language | str) -> str:
    """Returns a label in one language."""
    return label.in_(language) if isinstance(label, Text) else label
