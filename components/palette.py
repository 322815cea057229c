"""Lists what Ctrl+K finds: topics, panels, examples, failures, follow-ups and terms, by their words in both languages and by pinyin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from components import terms
from playground.cards import Cards
from playground.lab.text import Language, Text
from playground.lab.topic import AnyTopic


def entries(topics: Sequence[AnyTopic], cards: Cards, language: Language) -> list[dict[str, Any]]:
    """Lists what can be found, topic by topic.

    Each entry has its `kind`, its topic's `place` on the page, its `title` in `language`, the words that find it besides (`find`, in
    lower case), and `at`: the name of a panel, the place of a chip or of a question among those of its topic, nothing for a topic.
    A term comes with what it means (`told`) and its topic: the one named for it, else the one whose card has it most often.
    """
    found = [entry for topic in topics for entry in _of_topic(topic, cards, language)]
    return [*found, *_of_terms(topics, cards, language)]


def _of_terms(topics: Sequence[AnyTopic], cards: Cards, language: Language) -> Iterator[dict[str, Any]]:
    counts: dict[terms.Term, Counter[str]] = {}
    for topic in topics:
        for term in terms.in_card(cards(topic.slug, language), language):
            counts.setdefault(term, Counter())[topic.slug] += 1
        for _, _, term in terms.find(topic.title.in_(language), language):
            counts.setdefault(term, Counter())[topic.slug] += 1_000
    for term, where in counts.items():
        ((slug, _),) = where.most_common(1)
        forms = [form for forms in term.forms.values() for form in forms]
        find = " ".join([*forms, *spellings(term.name.zh)]).lower()
        title = term.name.in_(language)
        yield {"kind": "term", "place": slug, "title": title, "find": find, "at": "", "told": term.told(language)}


def _of_topic(topic: AnyTopic, cards: Cards, language: Language) -> Iterator[dict[str, Any]]:
    def entry(kind: str, title: Text, at: str | int = "", more: str = "") -> dict[str, Any]:
        other = title.in_(Language.EN if language is Language.ZH else Language.ZH)
        find = " ".join([other, *spellings(title.zh), more]).strip().lower()
        return {"kind": kind, "place": topic.slug, "title": title.in_(language), "find": find, "at": at}

    yield entry("topic", topic.title, more=f"{topic.number} {topic.slug}")
    for item in topic.panels:
        yield entry("panel", item.title.title, item.name)
    chips = [("example", chip.label) for chip in topic.examples] + [("failure", chip.label) for chip in topic.failures]
    for place, (kind, label) in enumerate(chips):
        yield entry(kind, label, place)
    both = zip(cards(topic.slug, Language.ZH).followups, cards(topic.slug, Language.EN).followups, strict=True)
    for place, ((zh, _), (en, _)) in enumerate(both):
        yield entry("question", Text(zh=without_marks(zh), en=without_marks(en)), place)


def spellings(chinese: str) -> tuple[str, str]:
    """Spells Chinese text in pinyin without tones: whole ("lianghua") and by initials ("lh"); other characters stay as they are."""
    from pypinyin import lazy_pinyin  # reads its dictionary of phrases, which the page needn't wait for

    syllables = lazy_pinyin(chinese)
    return "".join(syllables), "".join(syllable[:1] for syllable in syllables)


def without_marks(markdown: str) -> str:
    """Removes the marks of emphasis, code and formulas from a line of markdown."""
    return re.sub(r"[*`$]|\[([^\]]*)\]\([^)]*\)", r"\1", markdown).strip()
