"""The panels of sentiment, drawn from plain numbers; computes nothing of its own but the attention that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from playground.data.challenge import CATEGORIES
from playground.explanation.attention import attention_panel
from playground.explanation.attribution import Weights, attribution_panel
from playground.explanation.removal import Removable
from playground.lab.panels import Bars, Prose, Series, SideBySide, Table
from playground.lab.text import Label, Text
from playground.lab.token_panels import Attention, Attribution
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.sentiment.change import Change
from playground.topics.sentiment.clauses import JudgedClause, aspect_names
from playground.topics.sentiment.judgement import JUDGEMENTS, judge
from playground.topics.sentiment.lexicon import language_of
from playground.topics.sentiment.methods import METHODS, Hits, accuracies

ORIGINAL = Text(zh="原句", en="as typed")
LEAVE_ONE_OUT = Text(zh="留一法", en="leave-one-out")
CATEGORY_NAMES = {
    "negation": Text(zh="否定", en="negation"),
    "intensifier": Text(zh="程度", en="intensifier"),
    "sarcasm": Text(zh="反讽", en="sarcasm"),
    "mixed": Text(zh="褒贬混合", en="mixed"),
    "swapped": Text(zh="一词之差", en="one word changed"),
}
LANGUAGE_NAMES = {"zh": Text(zh="中文", en="Chinese"), "en": Text(zh="英文", en="English")}

Pair = tuple[float, float]
Counted = Mapping[str, Mapping[str, Mapping[str, Hits]]]


def two_texts(text: str, b: Change) -> Prose:
    """A and B in full, and what was done."""
    return Prose(
        Text(zh="A：{a}\nB（{done}）：{b}", en="A: {a}\nB ({done}): {b}").format(a=text, b=b.text, done=b.done)
    )


def answers(found: Mapping[str, Pair], hard_sentences: Counted | None = None) -> Table:
    """One row a method: p(positive) of A and of B, what each is called, and the method's accuracies."""
    columns: list[Label] = [
        Text(zh="方法", en="method"), "A", Text(zh="A 判为", en="A is"), "B", Text(zh="B 判为", en="B is"),
        Text(zh="准确率（中文评论）", en="accuracy, Chinese reviews"), Text(zh="准确率（英文句）", en="accuracy, English sentences"),
    ]  # fmt: skip
    if hard_sentences is not None:
        columns.append(Text(zh="难句答对", en="hard sentences right"))
    rows = []
    for name, (a, b) in found.items():
        row: list[float | Label | None] = [
            METHODS[name],
            a,
            JUDGEMENTS[judge(a)],
            b,
            JUDGEMENTS[judge(b)],
            _chinese(name),
            accuracies()[name]["en"].words,
        ]
        if hard_sentences is not None:
            row.append(_score(count[name] for kinds in hard_sentences.values() for count in kinds.values()))
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


def probabilities(found: Mapping[str, Pair]) -> Bars:
    """p(positive) by method, A and B."""
    return Bars(
        tuple(METHODS[name] for name in found),
        (
            Series("A", tuple(a for a, _ in found.values()), role="a"),
            Series("B", tuple(b for _, b in found.values()), role="b"),
        ),
        y_label=Text(zh="p（正面）", en="p(positive)"),
    )


def attributions(
    method: Label,
    target: Label,
    parts: Sequence[Removable],
    weights: Sequence[Weights],
    b: Change,
    agreements: Sequence[float | None] | None = None,
) -> SideBySide[Attribution]:
    """One method's weights of A and of B. `agreements`: of each with leave-one-out, None for leave-one-out itself."""
    if agreements is None:
        of_a, of_b = (attribution_panel(method, target, *both) for both in zip(parts, weights, strict=True))
    else:
        of_a, of_b = (
            attribution_panel(method, target, *both, LEAVE_ONE_OUT)
            for both in zip(parts, weights, agreements, strict=True)
        )
    return SideBySide(of_a, of_b, ORIGINAL, b.done)


def by_clause(rows: Sequence[Sequence[JudgedClause]], b: Change) -> SideBySide[Table]:
    """A table for each text: its clauses, what they are about, the probe's and the lexicon's p(positive)."""
    columns = (
        Text(zh="分句", en="clause"),
        Text(zh="方面", en="aspect"),
        Text(zh="探针", en="probe"),
        Text(zh="词典", en="lexicon"),
        Text(zh="判为", en="is"),
    )
    of_a, of_b = (
        Table(
            columns,
            tuple(
                (
                    clause.text,
                    aspect_names()[clause.aspect] if clause.aspect else "–",
                    clause.probe,
                    clause.lexicon,
                    JUDGEMENTS[judge(clause.probe)],
                )
                for clause in row
            ),
        )
        for row in rows
    )
    return SideBySide(of_a, of_b, ORIGINAL, b.done)


def attention(lm: LanguageModel, text: str, b: Change) -> SideBySide[Attention]:
    """The attention of every layer and head on each text. Both sides open the same head, or two different ones are compared."""
    of_a, of_b = attention_panel(lm, text), attention_panel(lm, b.text)
    return SideBySide(of_a, replace(of_b, layer=of_a.layer, head=of_a.head), ORIGINAL, b.done)


def challenge(hard_sentences: Counted, text: str) -> Table:
    """Hits by language and category; the rows of the text's language are highlighted."""
    methods = list(hard_sentences["zh"][CATEGORIES[0]])
    columns = (Text(zh="语言", en="language"), Text(zh="难点", en="what is hard"), *(METHODS[name] for name in methods))
    rows: list[tuple[Label, ...]] = []
    highlight = []
    for language, name in LANGUAGE_NAMES.items():
        counts = hard_sentences[language]
        for category in (*CATEGORIES, ""):
            if language == language_of(text):
                highlight.append(len(rows))
            shown = CATEGORY_NAMES[category] if category else Text(zh="合计", en="all")
            chosen = [counts[category]] if category else list(counts.values())
            rows.append((name, shown, *(_score(count[method] for count in chosen) for method in methods)))
    caveat = Text(
        zh="每格 6 句，一句就是 17 个百分点：看趋势，不要比小数。乱猜能对一半。",
        en="Six sentences a cell, so one of them is 17 points: read trends, not decimals. Guessing gets half of them.",
    )
    return Table(columns, tuple(rows), tuple(highlight), caveat=caveat)


def _score(counts: Iterable[Hits]) -> str:
    total = sum(counts, Hits(0, 0))
    return f"{total.right}/{total.of}"
