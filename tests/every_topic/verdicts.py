"""What a verdict and a question must be, in both languages alike."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from playground.lab.text import Language
from playground.lab.topic import AnyTopic


def numbers(text: str) -> Counter[str]:
    """The numbers in a text, which both languages must have alike; of an n-gram's name one language may have a word."""
    plain_text = re.sub(r"\d+(?:-gram| ?元组)", "", text.replace(",", ""))
    return Counter(f"{abs(float(number)):g}" for number in re.findall(r"\d+(?:\.\d+)?", plain_text))


def check_verdict(topic: AnyTopic, settings: Any, findings: Any) -> None:
    """One sentence in each language, with the same numbers, each of which is a finding or a setting."""
    verdict = topic.verdict(settings, findings)
    # What is quoted may have sentences of its own.
    zh, en = (re.sub(r"“[^”]*”", "“”", verdict.in_(language)) for language in Language)
    assert re.fullmatch(r"[^。！？\n]+。", zh), zh
    assert re.fullmatch(r"[^\n]+[.]", en) and not re.search(r"[.!?] [A-Z]", en), en
    assert numbers(verdict.zh) == numbers(verdict.en), verdict
    known = list(values_in(findings)) + list(values_in(settings))
    quoted = " ".join(value for value in known if isinstance(value, str))
    figures = [float(value) for value in known if isinstance(value, (int, float)) and math.isfinite(value)]
    plain_text = re.sub(
        "×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda power: f"e{power[1].translate(_LOWERED)}", verdict.en.replace(",", "")
    )
    for said, exponent, percent in re.findall(r"(\d+(?:\.\d+)?)(?:e(-?\d+))?(?!-gram)(%?)", plain_text):
        power = 10.0 ** int(exponent or 0)
        value, half = float(said) * power, 0.5000001 * power * 10.0 ** -len(said.partition(".")[2])
        scales = (0.01,) if percent else (1.0, 1e3, 1e6, 1e-3, 1e-6, 1e-9, 1e9)
        found = any(abs(abs(figure) - value * scale) <= half * scale for figure in figures for scale in scales)
        assert found or said in quoted, f"{said} is no finding: {verdict.en}"


def figures(verdict: str) -> list[str]:
    """Returns what a verdict says that a panel may show: numbers, with their percent sign, and what it quotes."""
    return re.findall(r"“([^”]+)”", verdict) + re.findall(r"\d+(?:\.\d+)?%?", verdict.replace(",", ""))


def shows(panel: Any, figure: str) -> bool:
    """Returns whether a panel, as plain data, has a figure of a verdict among its numbers, as written there, or in its texts."""
    known = list(values_in(panel))
    number = figure.removesuffix("%")
    if any(isinstance(value, str) and re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d)", value) for value in known):
        return True
    if not re.fullmatch(r"\d+(?:\.\d+)?", number):
        return False
    value, half = float(number), 0.5000001 * 10.0 ** -len(number.partition(".")[2])
    scales = (0.01, 1.0) if number != figure else (1.0, 1e3, 1e6, 1e9, 1e-3)
    held = [float(one) for one in known if isinstance(one, (int, float))]
    return any(abs(abs(one) - value * scale) <= half * scale for one in held for scale in scales)


_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def values_in(data: Any) -> Iterator[Any]:
    """Every value in nested dataclasses (properties included), dictionaries and tuples."""
    if dataclasses.is_dataclass(data) and not isinstance(data, type):
        for item in dataclasses.fields(data):
            yield from values_in(getattr(data, item.name))
        for name, kind in inspect.getmembers(type(data), lambda member: isinstance(member, property)):
            if kind.fget is not None:
                with contextlib.suppress(
                    ArithmeticError, ValueError, TypeError, IndexError, StopIteration, AssertionError
                ):
                    yield from values_in(getattr(data, name))
    elif isinstance(data, dict):
        yield len(data)
        yield from data.keys()
        for value in data.values():
            yield from values_in(value)
    elif isinstance(data, (tuple, list)):
        yield len(data)
        for value in data:
            yield from values_in(value)
    elif isinstance(data, (str, int, float)) and not isinstance(data, bool):
        yield data
