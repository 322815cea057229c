"""A topic's card: the words around its lab, read from zh.md and en.md; knows nothing of the lab itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playground.lab.text import Language

HEADINGS = {
    Language.ZH: ("问题", "三十秒回答", "深入", "常见误区", "追问", "评分标准", "参考"),
    Language.EN: (
        "Question",
        "Answer in 30 seconds",
        "In depth",
        "Common misconceptions",
        "Follow-ups",
        "Rubric",
        "References",
    ),
}
# What a candidate may show, from worst to best.
LEVELS = {
    Language.ZH: ("较差", "一般", "良好", "优秀"),
    Language.EN: ("Poor", "Mixed", "Good", "Excellent"),
}


class CardError(ValueError):
    """A card that its author has to correct: says which file and what is wrong with it."""


@dataclass(frozen=True)
class Card:
    """The parts of a card, each in markdown. `followups` are (question, answer), `rubric` (level, what is observed) from poor to excellent."""

    title: str
    question: str
    short: str
    depth: str
    wrong: str
    followups: tuple[tuple[str, str], ...]
    rubric: tuple[tuple[str, tuple[str, ...]], ...]
    references: str


# Gives the card of a slug in a language.
Cards = Callable[[str, Language], Card]


def read_card(folder: Path, language: Language) -> Card:
    """Reads the card in `folder` in one language. Raises CardError when a heading is missing, doubled, misplaced or empty."""
    path = folder / f"{language}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CardError(f"{path}: there is no such card") from None
    return parse_card(text, language, str(path))


def parse_card(text: str, language: Language, source: str = "card") -> Card:
    """Parses a card from markdown; `source` names it in errors."""
    before, sections = _split(text, 2)
    heading = re.fullmatch(r"# +(.+?)", before.strip())
    if not heading:
        raise CardError(f"{source}: must start with one line '# title', with '## {HEADINGS[language][0]}' next")
    found, expected = tuple(heading for heading, _ in sections), HEADINGS[language]
    if found != expected:
        raise CardError(f"{source}: its ## headings are {list(found)}, and must be {list(expected)}")
    bodies = [body.strip() for _, body in sections]
    for name, body in zip(expected, bodies, strict=True):
        if not body:
            raise CardError(f"{source}: nothing stands under '## {name}'")
    question, short, depth, wrong, followups, rubric, references = bodies
    asked = _followups(followups, expected[4], source)
    return Card(heading.group(1), question, short, depth, wrong, asked, _rubric(rubric, language, source), references)


def _followups(body: str, heading: str, source: str) -> tuple[tuple[str, str], ...]:
    before, pairs = _split(body, 3)
    if before.strip() or not pairs:
        raise CardError(f"{source}: under '## {heading}' each follow-up is a '### question' with its answer below")
    for question, answer in pairs:
        if not answer.strip():
            raise CardError(f"{source}: the follow-up '{question}' has no answer")
    return tuple((question, answer.strip()) for question, answer in pairs)


def _rubric(body: str, language: Language, source: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    before, levels = _split(body, 3)
    found, expected = tuple(level for level, _ in levels), LEVELS[language]
    if before.strip() or found != expected:
        raise CardError(f"{source}: the rubric's ### levels are {list(found)}, and must be {list(expected)}")
    rubric = tuple((level, tuple(re.findall(r"^- (.+)$", observed, re.MULTILINE))) for level, observed in levels)
    for level, observed in rubric:
        if len(observed) not in (2, 3):
            raise CardError(f"{source}: the rubric's '{level}' needs two or three observations, each a line '- …'")
    return rubric


def _split(text: str, level: int) -> tuple[str, list[tuple[str, str]]]:
    """Splits markdown into the text before the first heading of `level` and (heading, body) for each; fenced code is kept whole."""
    opening = re.compile(rf"#{{{level}}} +(.+?)\s*$")
    before: list[str] = []
    sections: list[tuple[str, list[str]]] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith("```")
        heading = None if fenced else opening.match(line)
        if heading:
            sections.append((heading.group(1), []))
        else:
            (sections[-1][1] if sections else before).append(line)
    return "\n".join(before), [(heading, "\n".join(body)) for heading, body in sections]
