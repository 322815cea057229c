"""Summaries and what is measured of them: the table rows and the marked passages. Knows no model and no method."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from playground.evaluation.rouge import TOKENIZERS, Rouge, rouge
from playground.lab.panels import Table
from playground.lab.text import Label, Language, Text
from playground.lab.token_panels import Passage, Passages, Span
from playground.language.segmentation import Segment
from playground.topics.summarization.copying import Copied, copied, copied_stretches, novel
from playground.topics.summarization.mentions import Mention, mentions

# Fewer words in a row are shared by any two texts about one thing.
LEAST_COPIED = 4
NAMES: dict[str, Label] = {
    "lead": Text(zh="首句法", en="lead"),
    "textrank": "TextRank",
    "centroid": Text(zh="质心 + MMR", en="centroid + MMR"),
    "model": Text(zh="模型（少样本）", en="model, few-shot"),
    "bound": Text(zh="抽取上界", en="extractive upper bound"),
    "reference": Text(zh="参考摘要", en="reference"),
}
EXTRACTIVE = ("lead", "textrank", "centroid", "bound")


@dataclass(frozen=True)
class Document:
    """The visitor's text in sentences. `unit`: what ROUGE counts first, characters in Chinese and words in English."""

    text: str
    sentences: tuple[Segment, ...]
    language: Language
    reference: str

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


def extract(document: Document, method: str, chosen: Sequence[int], scores: Sequence[float] = ()) -> Summary:
    """The chosen sentences in the order of the text."""
    parts = [document.sentences[index].text.strip() for index in sorted(chosen)]
    gap = "" if document.language is Language.ZH else " "
    return Summary(method, gap.join(parts), tuple(chosen), tuple(float(score) for score in scores))


# ---- what is marked in a summary


def summaries_panel(document: Document, made: dict[str, Summary]) -> Passages:
    """All summaries so far, and the reference where there is one."""
    shown = [passage(document, made[name]) for name in NAMES if name in made]
    if document.reference:
        shown.append(passage(document, Summary("reference", document.reference)))
    caveat = Text(
        zh="名字靠规则找：中文用 jieba 的词性，英文用大写；数字按值比较。会漏、会认错，也看不出“名字对、关系错”；“四万”这种原文没有、但能推算出来的数也会被标。",
        en="Names are found by rule: jieba's parts of speech for Chinese, capitals for English; numbers go by value. It misses some,"
        " takes some wrongly, can't see a right name in a wrong relation, and marks a number that could be worked out.",
    )
    return Passages(tuple(shown), caveat=caveat)


def passage(document: Document, summary: Summary) -> Passage:
    """One summary: unsupported names and numbers marked, and in a free text the stretches that are copied."""
    length = len(document.tokens(summary.text))
    share = length / max(len(document.tokens(document.text)), 1)
    unit = Text(zh="字", en="words") if document.unit == "character" else Text(zh="词", en="words")
    note = Text(zh="{n} {unit} · 原文的 {share}", en="{n} {unit} · {share} of the document").format(
        n=length, unit=unit, share=f"{share:.0%}"
    )
    if not summary.done:
        return Passage(NAMES[summary.method], (Span(summary.text),), Text(zh="正在写…", en="writing…"))
    if not summary.text:
        return Passage(NAMES[summary.method], (), Text(zh="什么也没写", en="nothing was written"))
    stretches = [] if summary.method in EXTRACTIVE else copied_stretches(document.text, summary.text, LEAST_COPIED)
    bad = [one for one in mentions(summary.text, document.text) if not one.supported]
    return Passage(NAMES[summary.method], tuple(_spans(summary.text, stretches, bad)), note)


def _spans(text: str, stretches: Sequence[tuple[int, int]], bad: Sequence[Mention]) -> list[Span]:
    borders = sorted({0, len(text), *(edge for pair in stretches for edge in pair), *(edge for one in bad for edge in (one.start, one.end))})  # fmt: skip
    spans = []
    for start, end in itertools.pairwise(borders):
        piece = text[start:end]
        wrong = next((one for one in bad if one.start <= start and end <= one.end), None)
        copy = any(first <= start and end <= last for first, last in stretches)
        if wrong is not None:
            what = Text(zh="这个数", en="number") if wrong.is_number else Text(zh="这个名字", en="name")
            note = Text(zh="原文里没有{what}", en="the source lacks this {what}").format(what=what)
            spans.append(Span(piece, mark="?" if start == wrong.start else "", tone="warn", note=note))
        elif copy:
            spans.append(Span(piece, tone="b", note=Text(zh="逐字抄自原文", en="copied from the source word for word")))
        else:
            spans.append(Span(piece))
    return spans


def scores_panel(document: Document, made: dict[str, Summary]) -> Passages:
    """The document once for each method that scores sentences, tinted by score and numbered by choice."""
    shown = [
        Passage(NAMES[name], tuple(_scored(document, made[name])), SCORES[name])
        for name in ("textrank", "centroid", "lead", "bound", "model")
        if name in made and (made[name].scores or made[name].chosen)
    ]
    return Passages(tuple(shown), score_label=Text(zh="从最低分到最高分", en="from lowest to highest"))


SCORES: dict[str, Text] = {
    "lead": Text(zh="只看位置", en="position alone"),
    "textrank": Text(zh="PageRank", en="PageRank"),
    "centroid": Text(zh="与质心的余弦；编号为 MMR 次序", en="cosine with the centroid; numbered by MMR"),
    "model": Text(zh="该句词对出现在模型摘要里的比例", en="share of the sentence's word pairs in the model's summary"),
    "bound": Text(zh="看着参考摘要选出来的", en="chosen with the reference in sight"),
}


def _scored(document: Document, summary: Summary) -> list[Span]:
    spans = []
    for index, sentence in enumerate(document.sentences):
        mark = str(summary.chosen.index(index) + 1) if index in summary.chosen else ""
        score = summary.strengths[index] if summary.scores else None
        raw = f"{summary.scores[index]:.3f}" if summary.scores else "–"
        note = Text(zh="第 {n} 句，得分 {raw}", en="sentence {n}, score {raw}").format(n=index + 1, raw=raw)
        spans.append(Span(sentence.text, score, mark, note=note if summary.scores else ""))
    return spans


# ---- tables


def copies(source: str, summary: str) -> Copied:
    """Which of the summary's words are copied, in words whatever the language."""
    return copied(TOKENIZERS["word"](source), TOKENIZERS["word"](summary))


def figures_table(document: Document, made: dict[str, Summary]) -> Table:
    """Length, copying and unsupported names of each summary, the reference last."""
    shown = [made[name] for name in NAMES if name in made]
    if document.reference:
        shown.append(Summary("reference", document.reference))
    whole = max(len(document.tokens(document.text)), 1)
    rows = []
    for summary in shown:
        found = mentions(summary.text, document.text)
        copy = copies(document.text, summary.text)
        rows.append((
            NAMES[summary.method], len(document.tokens(summary.text)) / whole, copy.coverage, copy.longest,
            *(novel(document.text, summary.text, size) for size in (1, 2, 3)),
            len(found), sum(not one.supported for one in found),
        ))  # fmt: skip
    return Table(
        columns=(
            Text(zh="方法", en="method"),
            Text(zh="压缩率", en="compression"),
            Text(zh="抄自原文的词", en="words copied"),
            Text(zh="最长连抄（词）", en="longest copy (words)"),
            Text(zh="新 1 元组", en="novel 1-grams"),
            Text(zh="新 2 元组", en="novel 2-grams"),
            Text(zh="新 3 元组", en="novel 3-grams"),
            Text(zh="名字与数字", en="names, numbers"),
            Text(zh="原文没有的", en="not in the source"),
        ),
        rows=tuple(rows),
        digits=2,
    )


def rouge_of(document: Document, summary: Summary, unit: str) -> Rouge:
    """A summary against the reference."""
    return rouge(TOKENIZERS[unit](summary.text), TOKENIZERS[unit](document.reference))


UNIT_NAMES = {
    "character": Text(zh="字", en="char."),
    "word": Text(zh="词", en="word"),
    "ascii": Text(zh="默认", en="default"),
}


def rouge_table(document: Document, made: dict[str, Summary], caveat: Text | None = None) -> Table:
    """F1 of ROUGE-1, 2 and L: Chinese by characters and by words, English by words; last, what the default tokenizer gives."""
    units = ("character", "word") if document.language is Language.ZH else ("word",)
    columns: list[Label] = [Text(zh="方法", en="method")]
    for unit in units:
        columns += [Text(zh=f"{UNIT_NAMES[unit].zh} R-{kind}", en=f"{UNIT_NAMES[unit].en} R-{kind}") for kind in "12L"]
    columns.append(Text(zh="默认分词 R-1", en="default tokenizer R-1"))
    rows: list[tuple[Label | float, ...]] = []
    for summary in (made[name] for name in NAMES if name in made):
        values = [
            score.f1
            for unit in units
            for scores in [rouge_of(document, summary, unit)]
            for score in (scores.one, scores.two, scores.longest)
        ]
        rows.append((NAMES[summary.method], *values, rouge_of(document, summary, "ascii").one.f1))
    return Table(tuple(columns), tuple(rows), caveat=caveat)


def rouge_parts_table(document: Document, made: dict[str, Summary]) -> Table:
    """Precision and recall behind the F1, in the language's own unit."""
    rows = []
    for summary in (made[name] for name in NAMES if name in made):
        scores = rouge_of(document, summary, document.unit)
        parts = [part for one in (scores.one, scores.two, scores.longest) for part in (one.precision, one.recall)]
        rows.append((NAMES[summary.method], *parts))
    columns = [
        Text(zh=f"R-{kind} {zh}", en=f"R-{kind} {en}")
        for kind in "12L"
        for zh, en in (("精确率", "precision"), ("召回率", "recall"))
    ]
    return Table((Text(zh="方法", en="method"), *columns), tuple(rows))
