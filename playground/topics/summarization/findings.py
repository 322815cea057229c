"""The numbers of a run of summarization: every summary with its length, copying, unsupported names and ROUGE, and what compares methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from playground.evaluation.rouge import TOKENIZERS, Rouge, rouge
from playground.topics.summarization.copying import CopiedExample, copies, novel
from playground.topics.summarization.document import NAMES, Document, Summary
from playground.topics.summarization.extractive import Bound
from playground.topics.summarization.mentions import mentions
from playground.topics.summarization.on_the_set import SetScores
from playground.topics.summarization.reference import Reference
from playground.topics.summarization.states import Similarity

# The methods that see no reference, so that one may be better than another.
CONTENDERS = ("lead", "textrank", "centroid", "model")


@dataclass(frozen=True)
class Summarized:
    """A summary, `text`, and what is counted of it.

    `chosen`: the sentences it consists of, from 0, in the order of choice; () for free text. `scores`: the method's
    score of every sentence of the document (for the model: the share of the sentence's word pairs that it took up), ()
    where it gives none. `compression`: its length over the document's, in the document's unit. `coverage`: share of its
    words that are copied from the document (0 to 1). `longest_copy`: words copied in a row, at most. `novel_1`,
    `novel_2`, `novel_3`: share of its word n-grams that the document lacks (0 to 1), None where it has none.
    `mentions`: names and numbers found in it; `unsupported`: those that the document lacks. `rouge`: against the
    reference, by tokenizer ("character", "word", and "ascii", the default of rouge_score); empty without a reference
    and for the reference itself.
    """

    text: str
    chosen: tuple[int, ...]
    scores: tuple[float, ...]
    compression: float
    coverage: float
    longest_copy: int
    novel_1: float | None
    novel_2: float | None
    novel_3: float | None
    mentions: int
    unsupported: int
    rouge: dict[str, Rouge]


@dataclass(frozen=True)
class Findings:
    """All summaries of one document.

    `language`: "zh" or "en". `unit`: what ROUGE counts first, "character" or "word". `sentences`: the document's, as
    they are. `summaries`: by method (keys of NAMES); "bound" and "reference" only where there is a reference. `bound`:
    how the upper bound was found, None without a reference. `reference`: whether the given one was used, see Reference.
    `copied_example`: set when the model repeated an example of its prompt. `states`: by text compared with the
    document, "another_summary" and "reversed" included. `on_the_set`: the methods that need no model, on the project's
    documents.
    """

    language: str
    unit: str
    sentences: tuple[str, ...]
    summaries: dict[str, Summarized]
    bound: Bound | None
    reference: Reference
    copied_example: CopiedExample | None
    states: dict[str, Similarity]
    on_the_set: SetScores

    def rouge_1(self, method: str) -> float | None:
        """A method's ROUGE-1 F1 in the document's unit (0 to 1), None without a reference."""
        found = self.summaries.get(method)
        return found.rouge[self.unit].one.f1 if found is not None and found.rouge else None

    @property
    def best(self) -> tuple[str, ...]:
        """The contenders with the highest ROUGE-1 F1, several where they are equal; () without a reference."""
        values = {name: value for name in CONTENDERS if (value := self.rouge_1(name)) is not None}
        return tuple(name for name, value in values.items() if value == max(values.values()))


def summarized(document: Document, made: Mapping[str, Summary]) -> dict[str, Summarized]:
    """Counts every summary made so far, in the order of NAMES, the reference last where there is one."""
    shown = [made[name] for name in NAMES if name in made]
    if document.reference:
        shown.append(Summary("reference", document.reference))
    return {summary.method: count(document, summary) for summary in shown}


def count(document: Document, summary: Summary) -> Summarized:
    """Counts length, copying, novelty and unsupported names of one summary, and its ROUGE where there is a reference."""
    found = mentions(summary.text, document.text)
    copy = copies(document.text, summary.text)
    scored = bool(document.reference) and summary.method != "reference"
    return Summarized(
        summary.text,
        summary.chosen,
        summary.scores,
        compression=len(document.tokens(summary.text)) / max(len(document.tokens(document.text)), 1),
        coverage=copy.coverage,
        longest_copy=copy.longest,
        novel_1=novel(document.text, summary.text, 1),
        novel_2=novel(document.text, summary.text, 2),
        novel_3=novel(document.text, summary.text, 3),
        mentions=len(found),
        unsupported=sum(not one.supported for one in found),
        rouge={unit: rouge(cut(summary.text), cut(document.reference)) for unit, cut in TOKENIZERS.items()}
        if scored
        else {},
    )
