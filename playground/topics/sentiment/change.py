"""The smallest change of a sentence that might reverse its sentiment, by rule, in Chinese or English. Knows no model.

Rules, not grammar: the result may be clumsy, and is always shown. The functions' docstrings give the rules.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from playground.lab.text import Text
from playground.topics.sentiment.lexicon import Word, language_of, words

CHANGES = ("negation", "intensifier", "swap")
# English verbs and nouns among the opinion words: "not" needs "do" before the first, and nothing but "no" before the second.
_VERBS = frozenset("love like enjoy recommend hate dislike regret fail works work".split())
_HELPERS = re.compile(r"\b(?:is|are|was|were|am|will|would|can|could|should|must|might|may)\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?P<helper>is|are|was|were|does|do|did|would|could|should|has|have|had)n['’]t\b|\bcan['’]t\b|\bwon['’]t\b", re.IGNORECASE)  # fmt: skip
_SINGLE = re.compile(r" ?\b(?:not|never)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """The changed text, what was done to it in words, and the kind of change (one of CHANGES), None for a text as typed."""

    text: str
    done: Text
    kind: str | None


def as_typed(text: str) -> Change:
    """A second text that somebody typed."""
    return Change(text, Text(zh="自己输入的第二句", en="second text, as typed"), None)


def change(text: str, kind: str) -> Change:
    """Inserts or removes a negation, inserts or weakens an intensifier, or swaps an opinion word.

    A text without an opinion word is negated, whatever `kind` asks for.
    """
    if kind == "negation":
        return _negate_chinese(text) if language_of(text) == "zh" else _negate_english(text)
    opinion = next((word for word in words(text) if word.entry and word.entry.kind == "opinion"), None)
    if opinion is None:
        return change(text, "negation")
    return _swap(text, opinion) if kind == "swap" else _intensify(text, opinion)


def _before(text: str, opinion: Word) -> Word | None:
    """Returns the word right before an opinion word, None where something is between them."""
    near = [word for word in words(text) if word.end <= opinion.start and not text[word.end : opinion.start].strip()]
    return near[-1] if near else None


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _negate_chinese(text: str) -> Change:
    """Removes the first negation word. Without one: 不 replaces the intensifier before the first opinion word, or is inserted
    before that word; an opinion word that begins with 不 is swapped. Without an opinion word: 我不认为 before the whole text."""
    row = words(text)
    negation = next((word for word in row if word.entry and word.entry.kind == "negation"), None)
    if negation:
        return Change(
            _put(text, negation.start, negation.end, ""),
            _done("去掉“{word}”", "“{word}” taken out", negation.text),
            "negation",
        )
    opinion = next((word for word in row if word.entry and word.entry.kind == "opinion"), None)
    if opinion is None:
        return Change("我不认为" + text, _done("句首加“{word}”", "“{word}” put in front", "我不认为"), "negation")
    if opinion.text.startswith("不"):
        # 不错 is praise, and 错 isn't its opposite.
        return _swap(text, opinion)
    before = _before(text, opinion)
    if before and before.entry and before.entry.kind == "intensifier":
        return Change(
            _put(text, before.start, before.end, "不"),
            _done("“{word}”换成“不”", "“{word}” replaced by “不”", before.text),
            "negation",
        )
    return Change(
        _put(text, opinion.start, opinion.start, "不"),
        _done("“{word}”前加“不”", "“不” put before “{word}”", opinion.text),
        "negation",
    )


def _negate_english(text: str) -> Change:
    """Removes the first n't, not or never. Without one: inserts "not" after the first form of be or modal verb; else "do not"
    before a verb of opinion; else "It is not true that" before the whole text."""
    if found := _NEGATED.search(text):
        helper = found["helper"] or {"c": "can", "C": "Can", "w": "will", "W": "Will"}[found.group()[0]]
        return Change(
            _put(text, *found.span(), helper),
            _done("“{word}”去掉否定", "negation taken out of “{word}”", found.group()),
            "negation",
        )
    if found := _SINGLE.search(text):
        return Change(
            _put(text, *found.span(), "").strip() or text,
            _done("去掉“{word}”", "“{word}” taken out", found.group().strip()),
            "negation",
        )
    if found := _HELPERS.search(text):
        return Change(
            _put(text, found.end(), found.end(), " not"),
            _done("“{word}”后加“not”", "“not” put after “{word}”", found.group()),
            "negation",
        )
    verb = next((word for word in words(text) if word.text.lower() in _VERBS), None)
    if verb and verb.start > 0:
        return Change(
            _put(text, verb.start, verb.start, "do not "),
            _done("“{word}”前加“do not”", "“do not” put before “{word}”", verb.text),
            "negation",
        )
    lowered = text if re.match(r"I\b", text) else text[:1].lower() + text[1:]
    return Change(
        "It is not true that " + lowered,
        _done("句首加“{word}”", "“{word}” put in front", "It is not true that"),
        "negation",
    )


def _intensify(text: str, opinion: Word) -> Change:
    """Replaces a strong intensifier before the first opinion word by a weak one; without one inserts a strong one there."""
    strong, weak = ("非常", "有点") if language_of(text) == "zh" else ("really ", "slightly ")
    before = _before(text, opinion)
    if before and before.entry and before.entry.kind == "intensifier" and before.entry.value > 1:
        done = _done("“{word}”换成“" + weak.strip() + "”", "“{word}” replaced by “" + weak.strip() + "”", before.text)
        return Change(_put(text, before.start, before.end, weak.strip()), done, "intensifier")
    done = _done("“{word}”前加“" + strong.strip() + "”", "“" + strong.strip() + "” put before “{word}”", opinion.text)
    if opinion.start == 0 and opinion.text[0].isupper():
        return Change(strong.capitalize() + opinion.text.lower() + text[opinion.end :], done, "intensifier")
    return Change(_put(text, opinion.start, opinion.start, strong), done, "intensifier")


def _swap(text: str, opinion: Word) -> Change:
    """Replaces the first opinion word by its opposite from the list, or by a plain word of the other sign."""
    language = language_of(text)
    assert opinion.entry is not None
    plain = {"zh": ("糟糕", "出色"), "en": ("terrible", "excellent")}[language][opinion.entry.value < 0]
    new = antonyms(language).get(opinion.text.lower(), plain)
    if opinion.text[:1].isupper():
        new = new[:1].upper() + new[1:]
    done = Text(zh="“{word}”换成“{new}”", en="“{word}” replaced by “{new}”").format(word=opinion.text, new=new)
    return Change(_put(text, opinion.start, opinion.end, new), done, "swap")


def _done(zh: str, en: str, word: str) -> Text:
    return Text(zh, en).format(word=word)


@functools.cache
def antonyms(language: str) -> dict[str, str]:
    """Maps each word to its opposite, both ways."""
    lines = Path(__file__).with_name("antonyms.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t")[1:] for line in lines if line.startswith(language + "\t")]
    opposites: dict[str, str] = {}
    for word, opposite in [*pairs, *((second, first) for first, second in pairs)]:
        opposites.setdefault(word, opposite)
    return opposites
