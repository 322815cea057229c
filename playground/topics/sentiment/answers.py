"""The panels of the sentiment topic from plain numbers; computes nothing of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from playground.data.challenge import CATEGORIES
from playground.lab.panels import Bars, Prose, Series, Table
from playground.lab.text import Label, Text
from playground.learning import sentiment
from playground.topics.sentiment.change import Change
from playground.topics.sentiment.clauses import Clause
from playground.topics.sentiment.lexicon import language_of
from playground.topics.sentiment.methods import CATEGORY_NAMES, LANGUAGE_NAMES, METHODS, accuracies, hits

ORIGINAL = Text(zh="原句", en="as typed")
OWN = Text(zh="自己输入的第二句", en="second text, as typed")

Pair = tuple[float, float]
Found = Mapping[str, npt.NDArray[np.bool_]]


def two_texts(text: str, b: Change) -> Prose:
    """A and B in full, and what was done."""
    return Prose(
        Text(zh="A：{a}\nB（{done}）：{b}", en="A: {a}\nB ({done}): {b}").format(a=text, b=b.text, done=b.done)
    )


def verdict(probability: float) -> Text:
    """The class, or undecided within the band that the probe's report measures."""
    band = sentiment.load().report["held_out"]["chinese"]["undecided"]
    if probability == 0.5:
        return Text(zh="不知道", en="can't tell")
    if band["from"] < probability < band["to"]:
        return Text(zh="难判定", en="undecided")
    return Text(zh="正面", en="positive") if probability > 0.5 else Text(zh="负面", en="negative")


def answers(found: Mapping[str, Pair], challenged: Found | None = None) -> Table:
    """One row a method; the accuracies beside the answers."""
    columns: list[Label] = [
        Text(zh="方法", en="method"), "A", Text(zh="A 判为", en="A is"), "B", Text(zh="B 判为", en="B is"),
        Text(zh="准确率（中文评论）", en="accuracy, Chinese reviews"), Text(zh="准确率（英文句）", en="accuracy, English sentences"),
    ]  # fmt: skip
    if challenged is not None:
        columns.append(Text(zh="难句答对", en="hard sentences right"))
    rows = []
    for name, (a, b) in found.items():
        measured = accuracies()[name]
        row: list[float | Label | None] = [
            METHODS[name],
            a,
            verdict(a),
            b,
            verdict(b),
            _chinese(name),
            measured["en"].words,
        ]
        if challenged is not None:
            right, of = (
                sum(part)
                for part in zip(*(hits(challenged, language)[name] for language in LANGUAGE_NAMES), strict=True)
            )
            row.append(f"{right}/{of}")
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows), caveat=_answers_caveat())


def _chinese(name: str) -> Label:
    share = accuracies()[name]["zh"].words
    return Text(zh="{share}（见过）", en="{share} (seen)").format(share=share) if name == "snownlp" else share


def _answers_caveat() -> Text:
    report = sentiment.load().report
    held_out = report["held_out"]["chinese"]
    band = held_out["undecided"]
    shares = accuracies()["probe"]
    return Text(
        zh="准确率是用原始权重在 {zh} 条留出的中文评论、{en} 句自写英文上事先量的；评论的标签按整篇给，本身有噪声。没有标为中性的数据，"
        "所以只有两类：概率在 {low} 与 {high} 之间记为“难判定”，这一段占留出评论的 {share}，探针在其中只对 {inside}，在其外对 {outside}。"
        "SnowNLP 自带的分类器训练时见过这些评论，它的中文准确率偏高。",
        en="Accuracies were measured beforehand, with the base weights, on {zh} held-out Chinese reviews and {en} English sentences written"
        " for this project; the reviews were labelled as wholes, so their labels are noisy. No data are labelled neutral, so there are two"
        " classes: a probability between {low} and {high} is called undecided. That band holds {share} of the held-out reviews; the probe"
        " is right on {inside} of them, on {outside} of the others. SnowNLP's own classifier had seen these reviews when it was trained:"
        " its accuracy in Chinese is inflated.",
    ).format(
        zh=shares["zh"].count, en=shares["en"].count, low=band["from"], high=band["to"], share=f"{band['share']:.0%}",
        inside=f"{band['accuracy_inside']:.0%}", outside=f"{band['accuracy_outside']:.0%}",
    )  # fmt: skip


def bars(found: Mapping[str, Pair]) -> Bars:
    """p(positive) by method, A and B."""
    return Bars(
        tuple(METHODS[name] for name in found),
        (
            Series("A", tuple(a for a, _ in found.values()), role="a"),
            Series("B", tuple(b for _, b in found.values()), role="b"),
        ),
        y_label=Text(zh="p（正面）", en="p(positive)"),
    )


def by_clause(rows: Sequence[Sequence[tuple[Clause, float]]], probed: npt.NDArray[np.float64]) -> list[Table]:
    """A table for each text: its clauses, what they are about, the probe's and the lexicon's probabilities."""
    columns = (
        Text(zh="分句", en="clause"),
        Text(zh="方面", en="aspect"),
        Text(zh="探针", en="probe"),
        Text(zh="词典", en="lexicon"),
        Text(zh="判为", en="is"),
    )
    tables, place = [], 0
    for row in rows:
        cells = []
        for clause, by_words in row:
            value = float(probed[place])
            cells.append((clause.text, clause.aspect or "–", value, by_words, verdict(value)))
            place += 1
        tables.append(Table(columns, tuple(cells)))
    return tables


def challenge_table(found: Found, text: str) -> Table:
    """Hits by language and category; the rows of the text's language stand out."""
    columns = (Text(zh="语言", en="language"), Text(zh="难点", en="what is hard"), *(METHODS[name] for name in found))
    rows: list[tuple[Label, ...]] = []
    highlight = []
    for language, name in LANGUAGE_NAMES.items():
        for category in (*CATEGORIES, ""):
            if language == language_of(text):
                highlight.append(len(rows))
            shown = CATEGORY_NAMES[category] if category else Text(zh="合计", en="all")
            counts = hits(found, language, category).values()
            rows.append((name, shown, *(f"{right}/{of}" for right, of in counts)))
    caveat = Text(
        zh="每格 6 句，一句就是 17 个百分点：看趋势，不要比小数。乱猜能对一半。",
        en="Six sentences a cell, so one of them is 17 points: read trends, not decimals. Guessing gets half of them.",
    )
    return Table(columns, tuple(rows), tuple(highlight), caveat=caveat)
