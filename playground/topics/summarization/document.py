"""A document in sentences, and a summary of it: chosen sentences or free text. Knows no model and no method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playground.evaluation.rouge import TOKENIZERS
from playground.lab.errors import PlaygroundError
from playground.lab.text import Label, Language, Text
from playground.language.scripts import main_language
from playground.language.segmentation import Segment
from playground.language.sentences import sentences
from playground.topics.summarization.reference import Reference, read_reference

MOST_SENTENCES = 200
# Every method, in the order in which they are shown, and the reference.
NAMES: dict[str, Label] = {
    "lead": Text(zh="取前 k 句", en="Lead-k"),
    "textrank": "TextRank",
    "centroid": Text(zh="质心 + MMR", en="centroid + MMR"),
    "model": Text(zh="模型（少样本）", en="model, few-shot"),
    "bound": Text(zh="抽取上界", en="extractive upper bound"),
    "reference": Text(zh="参考摘要", en="reference"),
}


@dataclass(frozen=True)
class Document:
    """The visitor's text in sentences, and the reference as given. `unit`: what ROUGE counts first, characters in Chinese and words in English."""

    text: str
    sentences: tuple[Segment, ...]
    language: Language
    given: Reference

    @property
    def reference(self) -> str:
        """The reference summary, "" where there is none of this document."""
        return self.given.text

    @property
    def unit(self) -> str:
        return "character" if self.language is Language.ZH else "word"

    def tokens(self, text: str) -> list[str]:
        return TOKENIZERS[self.unit](text)


@dataclass(frozen=True)
class Summary:
    """A summary by a method. Of an extractive one: `chosen` in the order of choice, `scores` one for each sentence.

    `strengths`: 0 for the lowest score, 1 for the highest, for the tint. `done` False while more text comes.
    """

    method: str
    text: str
    chosen: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    done: bool = True

    @property
    def strengths(self) -> tuple[float, ...]:
        least, most = min(self.scores, default=0.0), max(self.scores, default=0.0)
        if most <= 0:
            return (0.0,) * len(self.scores)
        spread = most - least
        return tuple((score - least) / spread if spread > 1e-9 else 0.5 for score in self.scores)


def read_document(text: str, reference: str) -> Document:
    """Cuts a text into sentences. Raises PlaygroundError when it has none that says anything, or too many."""
    parts = tuple(sentences(text))
    if not any(one.is_content for one in parts):
        raise PlaygroundError(
            Text(zh="“文档”里没有文字，没有什么可以摘要；请贴一段文章，或点一个示例。",
                 en="“Document” has no words in it, so there is nothing to summarize; paste an article, or pick an example."),
            "text",
        )  # fmt: skip
    if len(parts) > MOST_SENTENCES:
        raise PlaygroundError(
            Text(zh="“文档”有 {n} 句，最多 {limit} 句，请删短。",
                 en="“Document” has {n} sentences; the limit is {limit}. Please shorten it.").format(n=len(parts), limit=MOST_SENTENCES),
            "text",
        )  # fmt: skip
    return Document(text, parts, main_language(text), read_reference(text, reference))


def extract(document: Document, method: str, chosen: Sequence[int], scores: Sequence[float] = ()) -> Summary:
    """Joins the chosen sentences in the order of the text."""
    parts = [document.sentences[index].text.strip() for index in sorted(chosen)]
    gap = "" if document.language is Language.ZH else " "
    return Summary(method, gap.join(parts), tuple(chosen), tuple(float(score) for score in scores))
