"""Holds text in the page's two languages."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

# An exponent keeps its hyphen: 3e-04 is read as one word.
_NUMBER = re.compile(r"-[\d.,]+(?:e[+-]?\d+)?%?")


class Language(StrEnum):
    """A language of the page, independent of the language of a visitor's text."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True)
class Text:
    """A text in both languages, `zh` and `en`. A missing or blank translation raises at import."""

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
        """Formats both languages with `values`: a Text is inserted in the matching language, a number with a true minus.

        "{n:|token|tokens}" is "1 token" or "2 tokens".
        """
        return Text(
            *(_FORMATTER.vformat(getattr(self, language), (), _resolved(values, language)) for language in Language)
        )


class _Formatter(string.Formatter):
    """Formats as `str.format` does, numbers and what is written as one with a minus instead of a hyphen; counts with their noun."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("|"):
            _, one, several = format_spec.split("|")
            # A setting may be the number as a string.
            noun = one if str(value) == "1" else several
            return f"{self.format_field(value, '')} {noun}"
        written = format(value, format_spec)
        return written.replace("-", "−", 1) if _NUMBER.fullmatch(written) else written


_FORMATTER = _Formatter()


def written(value: float, form: str = "z.2f") -> str:
    """Writes a number with a true minus, and zero with no sign. `form`: a format specification."""
    shown = f"{value:{form}}"
    if shown[0] in "+-" and shown[1].isdigit() and not set(shown) & set("123456789"):
        return shown[1:]
    return f"−{shown[1:]}" if shown.startswith("-") else shown


def significant(value: float, digits: int = 4, language: Language | str | None = None) -> str:
    """Writes a number to so many significant digits, or to whole ones; from a million on, and below a ten-thousandth, as a power of ten,
    such as 5.08×10¹¹. In a language: from a million on as it counts, in Chinese by 万, 亿 and 万亿 up to 10¹⁶.

    `significant` in components/panels/core_numbers.js is the same rule: half a unit is rounded up by both.
    """
    if not math.isfinite(value):
        return written(value, "g")
    size = abs(Decimal(float(value)))
    if not size:
        return "0"
    sign = "−" if value < 0 else ""
    rounded = _rounded(size, size.adjusted() - digits + 1)
    power = rounded.adjusted()
    if -5 < power < 6:
        return sign + _plain(size, digits)
    if language is not None and Language(language) is Language.ZH and 6 <= power < 16:
        shift, unit = next((shift, unit) for shift, unit in _MYRIADS if power >= shift or shift == 4)
        return f"{sign}{_plain(size.scaleb(-shift), digits).replace(',', '')} {unit}"
    mantissa = f"{rounded.scaleb(-power).normalize():f}"
    return f"{sign}{mantissa}×10{str(power).translate(_RAISED)}"


def _rounded(size: Decimal, power: int) -> Decimal:
    """Rounds to a multiple of that power of ten, half of it up."""
    return size.quantize(Decimal(1).scaleb(power), ROUND_HALF_UP)


def _plain(size: Decimal, digits: int) -> str:
    """Writes a positive number to so many significant digits, or to whole ones, without a power of ten."""
    rounded = _rounded(size, size.adjusted() - digits + 1)
    return f"{rounded.normalize():f}" if rounded < 10**digits else f"{_rounded(size, 0):,f}"


_MYRIADS = ((12, "万亿"), (8, "亿"), (4, "万"))
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _resolved(values: Mapping[str, object], language: Language) -> dict[str, object]:
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
