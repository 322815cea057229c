"""The model as a summarizer: worked examples in the prompt, then the visitor's document. Knows no page and no score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playground.data.sets import Document, documents
from playground.generation.continuation import Continuation
from playground.generation.decode import decode
from playground.generation.settings import Decoding
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.models.language_model import LanguageModel

ARTICLE = {Language.ZH: "文章：", Language.EN: "Article: "}
SUMMARY = {Language.ZH: "摘要：", Language.EN: "Summary:"}
# Reports with the facts in order and a summary of one sentence; one more than can be asked for, as the visitor's may be among them.
EXAMPLES = {Language.ZH: ("zh-03", "zh-09", "zh-36", "zh-12"), Language.EN: ("en-18", "en-10", "en-20", "en-33")}


@dataclass(frozen=True)
class Written:
    """What the model has generated so far. `text`: its first line."""

    continuation: Continuation
    text: str


def shots(language: Language, text: str, count: int) -> list[Document]:
    """Returns the first worked examples that aren't the visitor's own document, in a fixed order."""
    by_id = {one.id: one for one in documents(language)}
    chosen = (by_id[name] for name in EXAMPLES[language])
    return [one for one in chosen if one.text not in text and text.strip() not in one.text][:count]


def prompt(language: Language, text: str, examples: list[Document]) -> str:
    """Joins articles with their summaries and the visitor's article, whose summary is to be generated."""
    gap = "" if language is Language.ZH else " "
    worked = [f"{ARTICLE[language]}{one.text}\n{SUMMARY[language]}{gap}{one.summary}\n\n" for one in examples]
    article = " ".join(text.split())
    return f"{''.join(worked)}{ARTICLE[language]}{article}\n{SUMMARY[language]}"


def fitting_prompt(
    lm: LanguageModel, language: Language, text: str, count: int, room: int
) -> tuple[str, list[Document]]:
    """Returns the prompt and its examples: as many of `count` as leave `room` tokens in the model's context.

    Raises PlaygroundError naming the document when not even it alone fits.
    """
    examples = shots(language, text, count)
    while True:
        asked = prompt(language, text, examples)
        if len(lm.encode(asked)) + room <= lm.context:
            return asked, examples
        if not examples:
            raise PlaygroundError(
                Text(zh="“文档”超过了模型能读的 {limit} 个词元，请删短。",
                     en="“Document” is longer than the {limit} tokens that the model can read; please shorten it.").format(limit=lm.context),
                "text",
            )  # fmt: skip
        examples = examples[:-1]


def write(lm: LanguageModel, asked: str, max_tokens: int, repetition_penalty: float) -> Iterator[Written]:
    """Generates greedily to the end of the line, token by token."""
    decoding = Decoding(repetition_penalty=repetition_penalty)
    for (now,) in decode(lm, lm.encode(asked), (decoding,), max_tokens=max_tokens, stop=("\n",)):
        yield Written(now, lm.decode(now.ids).lstrip().partition("\n")[0].rstrip("\ufffd").strip())
