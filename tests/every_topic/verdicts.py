"""What a verdict and a question must be, in both languages alike."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
        half = 0.5000001 * power * 10.0 ** -len(said.partition(".")[2])
        scales = (0.01,) if percent else (1.0, 1e3, 1e6, 1e-3, 1e-6, 1e-9, 1e9)
        assert among(figures, float(said) * power, half, scales) or said in quoted, (
            f"{said} is no finding: {verdict.en}"
        )


def among(known: Iterable[float], value: float, half: float, scales: Sequence[float]) -> bool:
    """Returns whether a number is a value within ± `half`, in the units of one of the scales, whatever its sign."""
    held = list(known)
    return any(abs(abs(one) - value * scale) <= half * scale for one in held for scale in scales)


def figures(verdict: str) -> list[str]:
    """Returns what a verdict says that a panel may show: numbers, with their percent sign, and what it quotes."""
    return re.findall(r"“([^”]+)”", verdict) + re.findall(
        r"\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|%)?", verdict.replace(",", "")
    )


def shows(panel: Any, figure: str) -> bool:
    """Returns whether a panel, as plain data, has a figure of a verdict among its numbers, as written there, or in its texts.

    A whole number is a count, which a panel has exactly.
    """
    known = list(_leaves(panel))
    number, _, raised = figure.removesuffix("%").partition("×10")
    if any(isinstance(value, str) and re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d)", value) for value in known):
        return True
    if not re.fullmatch(r"\d+(?:\.\d+)?", number):
        return False
    held = [float(one) for one in known if not isinstance(one, str)]
    if figure.isdecimal():
        return among(held, float(figure), 0.0, (1.0,))
    power = 10.0 ** int(raised.translate(_LOWERED) or 0)
    half = 0.5000001 * power * 10.0 ** -len(number.partition(".")[2])
    scales = (0.01, 1.0) if figure.endswith("%") else (1.0, 1e3, 1e6, 1e9, 1e-3)
    return among(held, float(number) * power, half, scales)


def _leaves(data: Any) -> Iterator[str | int | float]:
    """The values in JSON, neither lengths nor keys."""
    if isinstance(data, (dict, list)):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _leaves(value)
    elif isinstance(data, (str, int, float)) and not isinstance(data, bool):
        yield data


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
