"""The smallest change of a sentence that might reverse its sentiment, by rule, in Chinese or English. Knows no model.

Rules, not grammar: the result may be clumsy, and is always shown. The functions' docstrings give the rules.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from playground.lab.text import Language, Text
from playground.language.scripts import main_language
from playground.topics.sentiment.lexicon import Word, words

CHANGES = ("negation", "intensifier", "swap")
# English verbs among the opinion words, each as it is after "do", "does" or "did" and "not".
_VERBS = {
    **{verb: f"do not {verb}" for verb in "love like enjoy recommend hate dislike regret fail work".split()},
    **{verb + "s": f"does not {verb}" for verb in "love like enjoy recommend hate dislike regret fail work".split()},
    "loved": "did not love", "liked": "did not like", "enjoyed": "did not enjoy", "recommended": "did not recommend",
    "hated": "did not hate", "disliked": "did not dislike", "regretted": "did not regret", "failed": "did not fail",
    "worked": "did not work",
}  # fmt: skip
# What a text says without each negation word; "" takes it out. Those with n't are handled by rule.
_WITHOUT = {
    "cannot": "can", "can't": "can", "cant": "can", "won't": "will", "wont": "will", "ain't": "is", "aint": "is", "none": "all",
    "nobody": "everybody", "no-one": "everyone", "nothing": "everything", "without": "with", "neither": "both", "nor": "and",
}  # fmt: skip
_HELPERS = re.compile(
    r"\b(?:(?:it|that|this|he|she|there|what)['’]s|i['’]m|(?:you|we|they)['’]re|\w+['’]ll"
    r"|is|are|was|were|am|will|would|can|could|should|must|might|may)(?![\w'’])",
    re.IGNORECASE,
)
_VOWEL = re.compile(r"(?!uni|use|one\b|eu)[aeiou]|hour|honest", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(a)n?( +)$", re.IGNORECASE)


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

    A text without an opinion word (to swap, one with an opposite, or an adjective) is negated, whatever `kind` asks for.
    """
    row = words(text)
    if kind == "negation":
        negation = next((word for word in row if word.entry and word.entry.kind == "negation"), None)
        if negation:
            return _take_out(text, negation)
        return _negate_chinese(text) if main_language(text) is Language.ZH else _negate_english(text)
    opinions = [word for word in row if word.entry and word.entry.kind == "opinion"]
    if kind == "swap":
        # A verb without an opposite can't give way to a plain adjective.
        opinions = [word for word in opinions if word.plain in antonyms()] or [
            word for word in opinions if word.plain not in _VERBS
        ]
    if not opinions:
        return change(text, "negation")
    return _swap(text, opinions[0]) if kind == "swap" else _intensify(text, opinions[0])


def _before(text: str, opinion: Word) -> Word | None:
    """Returns the word right before an opinion word, None where something is between them."""
    near = [word for word in words(text) if word.end <= opinion.start and not text[word.end : opinion.start].strip()]
    return near[-1] if near else None


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _take_out(text: str, negation: Word) -> Change:
    """Removes a negation, or replaces it by the word without it: "isn't" by "is", "nobody" by "everybody"."""
    word, written = negation.plain, negation.text
    left = _WITHOUT.get(word, re.sub(r"n'?t$", "", word) if re.search(r"\w\wn'?t$", word) else "")
    if left:
        done = _done("“{word}”去掉否定", "negation taken out of “{word}”", written)
        return Change(_put(text, negation.start, negation.end, _in_the_case_of(written, left)), done, "negation")
    start, end = negation.start, negation.end
    if text[start - 1 : start] == " ":
        start -= 1
    elif text[end : end + 1] == " ":
        end += 1
    rest = _put(text, start, end, "")
    # A text of nothing else stays as it is.
    if not rest.strip():
        rest = text
    elif negation.start == 0 and written[:1].isupper() and not written.isupper():
        rest = rest[:1].upper() + rest[1:]
    return Change(rest, _done("去掉“{word}”", "“{word}” taken out", written), "negation")


def _in_the_case_of(written: str, new: str) -> str:
    """Writes `new` in capitals, or with one, where `written` is."""
    if written.isupper() and len(written) > 1:
        return new.upper()
    return new[:1].upper() + new[1:] if written[:1].isupper() else new


def _negate_chinese(text: str) -> Change:
    """Negates a text without a negation word: 不 replaces the intensifier before the first opinion word, or is inserted before
    that word; an opinion word that begins with 不 is swapped. Without an opinion word: 我不认为 before the whole text."""
    opinion = next((word for word in words(text) if word.entry and word.entry.kind == "opinion"), None)
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
    """Negates a text without a negation word: inserts "not" after the first form of be or modal verb; else "do not" before a verb
    of opinion; else "not" before an opinion word that begins the text; else "It is not true that" before the whole text."""
    if found := _HELPERS.search(text):
        return Change(
            _put(text, found.end(), found.end(), " NOT" if _shouted(text) else " not"),
            _done("“{word}”后加“not”", "“not” put after “{word}”", found.group()),
            "negation",
        )
    row = words(text)
    verb = next((word for word in row[1:] if word.plain in _VERBS), None)
    if verb:
        new = _VERBS[verb.plain]
        return Change(
            _put(text, verb.start, verb.end, new.upper() if verb.text.isupper() else new),
            Text(zh="“{word}”换成“{new}”", en="“{word}” replaced by “{new}”").format(word=verb.text, new=new),
            "negation",
        )
    first = row[0] if row else None
    if first and first.start == 0 and first.entry and first.entry.kind in ("opinion", "intensifier"):
        return Change(
            _put(text, 0, first.end, _in_the_case_of(first.text, "not") + " " + _uncapitalized(first.text)),
            _done("“{word}”前加“not”", "“not” put before “{word}”", first.text),
            "negation",
        )
    return Change(
        "It is not true that " + (text if re.match(r"I\b", text) else _uncapitalized(text)),
        _done("句首加“{word}”", "“{word}” put in front", "It is not true that"),
        "negation",
    )


def _uncapitalized(text: str) -> str:
    """Takes away the capital that begins a sentence; a word in capitals keeps them."""
    word = re.match(r"\w+", text)
    return text if word and word.group().isupper() and len(word.group()) > 1 else text[:1].lower() + text[1:]


def _shouted(text: str) -> bool:
    return text.isupper()


def _intensify(text: str, opinion: Word) -> Change:
    """Replaces a strong intensifier before the first opinion word by a weak one; without one inserts a strong one there."""
    chinese = main_language(text) is Language.ZH
    strong, weak = ("非常", "有点") if chinese else ("really ", "slightly ")
    before = _before(text, opinion)
    if before and before.entry and before.entry.kind == "intensifier" and before.entry.value > 1:
        done = _done("“{word}”换成“" + weak.strip() + "”", "“{word}” replaced by “" + weak.strip() + "”", before.text)
        changed = _put(text, before.start, before.end, _in_the_case_of(before.text, weak.strip()))
        return Change(_with_article(changed, before.start), done, "intensifier")
    done = _done("“{word}”前加“" + strong.strip() + "”", "“" + strong.strip() + "” put before “{word}”", opinion.text)
    if opinion.start == 0 and not chinese:
        new = _in_the_case_of(opinion.text, strong) + _uncapitalized(opinion.text)
        return Change(new + text[opinion.end :], done, "intensifier")
    return Change(_with_article(_put(text, opinion.start, opinion.start, strong), opinion.start), done, "intensifier")


def _swap(text: str, opinion: Word) -> Change:
    """Replaces the first opinion word by its opposite from the list, or by a plain word of the other sign."""
    assert opinion.entry is not None
    neutral = ("terrible", "excellent") if opinion.plain.isascii() else ("糟糕", "出色")
    new = antonyms().get(opinion.plain, neutral[opinion.entry.value < 0])
    new = _in_the_case_of(opinion.text, new)
    done = Text(zh="“{word}”换成“{new}”", en="“{word}” replaced by “{new}”").format(word=opinion.text, new=new)
    return Change(_with_article(_put(text, opinion.start, opinion.end, new), opinion.start), done, "swap")


def _with_article(text: str, start: int) -> str:
    """Makes "a" or "an" before the word at `start` agree with it."""
    article = _ARTICLE.search(text[:start])
    if not article:
        return text
    n = "n" if _VOWEL.match(text[start:]) else ""
    return (
        text[: article.start()]
        + article[1]
        + (n.upper() if article.group().strip() == "AN" else n)
        + article[2]
        + text[start:]
    )


def _done(zh: str, en: str, word: str) -> Text:
    return Text(zh, en).format(word=word)


@functools.cache
def antonyms() -> dict[str, str]:
    """Maps each word of either language to its opposite, both ways."""
    lines = Path(__file__).with_name("antonyms.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t")[1:] for line in lines if not line.startswith("#")]
    opposites: dict[str, str] = {}
    for word, opposite in [*pairs, *((second, first) for first, second in pairs)]:
        opposites.setdefault(word, opposite)
    return opposites
