"""The 24 templates of each language, and the visitor's own. Knows no model.

Four words for what is asked × two separators × three lists of options (none, in order, reversed). Plain wordings that fit any labels,
fixed before an accuracy was seen, so that their spread is that of a user who just writes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.topics.zero_shot.verbalizer import Verbalizer

TEXT, LABELS = "{text}", "{labels}"
LISTS = ("none", "listed", "reversed")
ASKED = {Language.ZH: ("类别", "标签", "类型", "答案"), Language.EN: ("Category", "Label", "Type", "Answer")}
SEPARATORS = {Language.ZH: ("：", "是"), Language.EN: (":", " is")}
_OPTIONS = {Language.ZH: ("\n选项：", "、"), Language.EN: ("\nOptions: ", ", ")}
_HAN = regex.compile(r"\p{Han}")


@dataclass(frozen=True)
class Template:
    """What comes before and behind the text; of the 24 also which word asks, the separator and the list of options."""

    before: str
    after: str
    asked: str = ""
    separator: str = ""
    listed: str = ""

    def written(self, text: str) -> str:
        """The prompt, up to where the label begins."""
        return f"{self.before}{text}{self.after}"

    @property
    def shown(self) -> str:
        """The template on one line."""
        return self.written(TEXT).replace("\n", " ⏎ ").strip()


def in_front(word: str, language: Language) -> str:
    """Returns a label as it continues a prompt: with a space in front, which is part of its first token, unless it is Chinese."""
    return word if language is Language.ZH or _HAN.match(word) else f" {word}"


def options(labels: Verbalizer, language: Language, *, reverse: bool = False) -> str:
    """Joins the classes as an instruction lists them: by word, or “class = word” where the word isn't the class's name."""
    parts = [
        " / ".join(own) if own == (name,) else f"{name} = {' / '.join(own)}"
        for name, own in zip(labels.names, labels.words, strict=True)
    ]
    return _OPTIONS[language][1].join(parts[::-1] if reverse else parts)


def templates(labels: Verbalizer, language: Language) -> tuple[Template, ...]:
    """Returns the 24 templates, those of one list after another."""
    before, _ = _OPTIONS[language]
    lists = {
        "none": "",
        "listed": before + options(labels, language),
        "reversed": before + options(labels, language, reverse=True),
    }
    return tuple(
        Template("", f"{lists[name]}\n{asked}{separator}", asked, separator, name)
        for name in LISTS
        for separator in SEPARATORS[language]
        for asked in ASKED[language]
    )


def own_template(written: str, labels: Verbalizer, language: Language) -> Template:
    """Reads the visitor's template. Raises PlaygroundError, field `template`, that says what it must have."""
    if written.count(TEXT) != 1:
        raise PlaygroundError(
            Text(
                zh="“模板”里 {mark} 出现了 {n} 次，应恰好出现一次：它的位置放要分类的文本，例如 {mark} 换行后写“类别：”。",
                en="“Template” has {mark} {n} times; it must be there exactly once, where the text comes, for example {mark} and on the"
                " next line “Category:”.",
            ).format(mark=TEXT, n=written.count(TEXT)),
            "template",
        )
    before, after = written.strip().split(TEXT)
    if not after.strip():
        raise PlaygroundError(
            Text(
                zh="“模板”在 {mark} 后面什么也没有，模型不知道该接标签。请写上例如换行和“类别：”。",
                en="“Template” has nothing behind {mark}, so nothing asks for a label: write for example a new line and “Category:”.",
            ).format(mark=TEXT),
            "template",
        )
    names = options(labels, language)
    # A label brings its own space.
    own = Template(before.replace(LABELS, names), after.replace(LABELS, names))
    return next((one for one in templates(labels, language) if one.written(TEXT) == own.written(TEXT)), own)


def wordings(found: Sequence[Template]) -> tuple[str, ...]:
    """The words that ask, each with its separator, in the order of the first list."""
    return tuple(dict.fromkeys(f"{one.asked}{one.separator}" for one in found))
