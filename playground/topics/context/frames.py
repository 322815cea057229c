"""How a context and a question become one prompt; knows no model's answer.

A base model continues a text and isn't trained to answer, so worked examples show it what is wanted, or the question is itself
the beginning of a sentence. Chinese has three, with which this model answers oftener than with two; English needs two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.generation.prefix_cache import Prefix, PrefixCache
from playground.lab.text import Language
from playground.language.scripts import main_language
from playground.models.language_model import LanguageModel

_SHOTS = {
    Language.ZH: "资料：张伟是一名厨师，住在南京。他每天骑车上班。\n问题：张伟住在哪里？\n答案：南京\n\n"
    "资料：桌上有一只白猫，窗外下着雨。\n问题：猫是什么颜色？\n答案：白色\n\n"
    "资料：赵敏养了三条鱼，放在书房里。\n问题：赵敏养了几条鱼？\n答案：三条\n\n",
    Language.EN: "Passage:\nA white cat sat on the table while it rained.\nQuestion: What colour was the cat?\nAnswer: white\n\n"
    "Passage:\nMr Wang rides to school on his bike.\nQuestion: How does Mr Wang get to school?\nAnswer: on his bike\n\n",
}
_PASSAGE = {Language.ZH: "资料：", Language.EN: "Passage:\n"}
_QUESTION = {Language.ZH: "问题：{question}\n答案：", Language.EN: "Question: {question}\nAnswer:"}
# Between two sentences, and before a word that is written after a colon.
SPACE = {Language.ZH: "", Language.EN: " "}


@dataclass(frozen=True)
class Frame:
    """A prompt is `before` + context + `after`, or `blank` where there is no context. All but the context is the same."""

    before: str
    after: str
    blank: str
    language: Language

    def text(self, context: str | None) -> str:
        """Returns what the model reads."""
        return self.blank if context is None else self.before + context + self.after


def frame(question: str, form: str) -> Frame:
    """Makes the frame of a question in one of the two forms, in the question's own language."""
    language = main_language(question)
    if form == "opening":
        start = question.rstrip()
        return Frame("", SPACE[language] + start, start, language)
    shots, asked = _SHOTS[language], _QUESTION[language].format(question=question.strip())
    return Frame(shots + _PASSAGE[language], "\n" + asked, shots + asked, language)


@dataclass(frozen=True)
class Reader:
    """A frame as token ids. `before`: the prefix of every context, prefilled once and in `cache`; None where there is none."""

    frame: Frame
    before: Prefix | None
    after: tuple[int, ...]
    lm: LanguageModel
    cache: PrefixCache

    def own(self, context: str) -> list[int]:
        """Encodes the context alone."""
        return self.lm.encode(context, bos=False)

    def read(self, context: str) -> list[int]:
        """Encodes what follows `before`: the context, then the question."""
        return [*self.own(context), *self.after]

    def prompt(self, context: str | None) -> list[int]:
        """Encodes a whole prompt."""
        if context is None:
            return self.lm.encode(self.frame.blank)
        return [*(self.before.ids if self.before else ()), *self.read(context)]

    def answer(self, text: str) -> list[int]:
        """Encodes an answer as it would follow the prompt."""
        space = SPACE[self.frame.language] if text[:1] not in ("", " ") else ""
        return self.lm.encode(space + text, bos=False)


def reader(lm: LanguageModel, made: Frame) -> Reader:
    """Encodes the frame and prefills its beginning."""
    start: Sequence[int] = lm.encode(made.before)
    after = tuple(lm.encode(made.after, bos=False))
    cache = PrefixCache()
    return Reader(made, cache.after(lm, [start]) if start else None, after, lm, cache)
