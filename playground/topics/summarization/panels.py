"""The panels of summarization, drawn from summaries, scores and findings. Computes nothing but what is marked in a text."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace

from playground.evaluation.rouge import Rouge, Score
from playground.generation.panels import tokens_panel
from playground.lab.panels import Bars, Code, Graph, GraphEdge, GraphNode, Series, Table
from playground.lab.text import Label, Language, Text, joined
from playground.lab.token_panels import Passage, Passages, Span, Tokens
from playground.models.language_model import LanguageModel
from playground.topics.summarization.copying import LONG_COPY, CopiedExample, copied_stretches
from playground.topics.summarization.document import NAMES, Document, Summary
from playground.topics.summarization.extractive import Bound, Numbers, pairs
from playground.topics.summarization.fewshot import SUMMARY, Written
from playground.topics.summarization.findings import Summarized
from playground.topics.summarization.mentions import Mention, mentions
from playground.topics.summarization.on_the_set import KINDS, SetScores
from playground.topics.summarization.states import Similarity

# Fewer words in a row are shared by any two texts about one thing.
LEAST_COPIED = 4
# Of a long document's graph only the strongest edges are drawn, or nothing could be seen.
MOST_EDGES = 60
EXTRACTIVE = ("lead", "textrank", "centroid", "bound")
COPIES = Text(
    zh="它在抄，不是在概括：{share} 的词逐字取自原文，最长连抄 {longest} 个词；用得最多的是全文 {total} 句中的第 {sentence} 句。基座模型没有专门为摘要训练过，续写里概率最高的往往就是上下文里现成的句子。",
    en="It copies and doesn't summarize: {share} of its words are taken word for word from the source, at most {longest} in a row; the sentence"
    " used most is number {sentence} of {total}. A base model wasn't trained to summarize; the likeliest continuation is often a sentence already in its context.",
)
COPIES_EXAMPLE = Text(
    zh="它抄的是提示里的示例，不是你的文档：连续 {longest} 个词与“{title}”的摘要相同。示例教的是格式，小模型却把内容也当成了答案；换示例、换顺序，或改成 0 个示例试试。",
    en="It copies an example in the prompt, not your document: {longest} words in a row match the summary of “{title}”. Examples are"
    " meant to teach the format, and a small model takes their content for the answer. Try another number of examples, or none.",
)


# ---- what is marked in a summary


def summaries(
    document: Document, made: Mapping[str, Summary], marked: MutableMapping[Summary, Passage] | None = None
) -> Passages:
    """Draws all summaries so far, and the reference where there is one. `marked`: keeps what is done, so that it is
    marked once.
    """
    shown = [made[name] for name in NAMES if name in made]
    if document.reference:
        shown.append(Summary("reference", document.reference))
    known = {} if marked is None else marked
    for one in shown:
        if one not in known:
            known[one] = passage(document, one)
    caveat = Text(
        zh="名字靠规则找：中文用 jieba 的词性，英文用大写；数字按值比较。会漏、会认错，也看不出“名字对、关系错”；“四万”这种原文没有、但能推算出来的数也会被标。",
        en="Names are found by rule: jieba's parts of speech for Chinese, capitals for English; numbers are compared by value. The rules miss"
        " some, flag some wrongly, can't see a right name in a wrong relation, and mark a number that could be derived.",
    )
    return Passages(tuple(known[one] for one in shown), caveat=caveat)


def passage(document: Document, summary: Summary) -> Passage:
    """Draws one summary: unsupported names and numbers marked, and in a free text the stretches that are copied."""
    if not summary.done:
        return Passage(NAMES[summary.method], (Span(summary.text),), Text(zh="正在生成…", en="generating…"))
    length = len(document.tokens(summary.text))
    share = length / max(len(document.tokens(document.text)), 1)
    unit = Text(zh="字", en="characters") if document.unit == "character" else Text(zh="词", en="words")
    note = Text(zh="{n} {unit} · 原文的 {share}", en="{n} {unit} · {share} of the document").format(
        n=length, unit=unit, share=f"{share:.0%}"
    )
    if not summary.text:
        return Passage(NAMES[summary.method], (), Text(zh="没有生成任何内容", en="nothing was generated"))
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


def scores(document: Document, made: Mapping[str, Summary]) -> Passages:
    """Draws the document once for each method that scores sentences, tinted by score and numbered by choice."""
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
    "bound": Text(zh="看着参考摘要选出来的", en="chosen with the reference known"),
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


# ---- the model's tokens


def tokens(lm: LanguageModel, written: Written, language: Language) -> Tokens:
    """Draws what the model has generated so far, token by token."""
    return replace(tokens_panel(lm, written.continuation), prompt=SUMMARY[language])


def finished_tokens(
    lm: LanguageModel,
    written: Written,
    language: Language,
    model: Summarized,
    copied_example: CopiedExample | None,
) -> Tokens:
    """Draws the model's tokens at the end, with a word on whether it copied, and from where."""
    panel = tokens(lm, written, language)
    if copied_example is not None:
        return replace(panel, caveat=COPIES_EXAMPLE.format(longest=copied_example.longest, title=copied_example.title))
    if model.longest_copy < LONG_COPY:
        return panel
    strongest = max(range(len(model.scores)), key=lambda index: model.scores[index])
    caveat = COPIES.format(
        share=f"{model.coverage:.0%}", longest=model.longest_copy, sentence=strongest + 1, total=len(model.scores)
    )
    return replace(panel, caveat=caveat)


def prompt(asked: str, examples: int, wanted: int) -> Code:
    """Draws the prompt, and says if examples were left out."""
    left_out = Text(
        zh="要求 {wanted} 个示例，只用了 {examples} 个：其余放不进模型的上下文，或就在你的文档里。",
        en="{examples} of {wanted} examples were used: the others don't fit the model's context, or are in your document.",
    ).format(wanted=wanted, examples=examples)
    return Code(asked, "text", caveat=left_out if examples < wanted else None)


# ---- tables


def figures(found: Mapping[str, Summarized]) -> Table:
    """Tabulates length, copying and unsupported names of each summary, the reference last."""
    return Table(
        columns=(
            Text(zh="方法", en="method"),
            # Short, so that the last column, which matters most, is in sight.
            Text(zh="长度比", en="length"),
            Text(zh="照抄比", en="copied"),
            Text(zh="最长连抄", en="longest copy"),
            Text(zh="新增一元", en="novel 1-grams"),
            Text(zh="新增二元", en="2-grams"),
            Text(zh="新增三元", en="3-grams"),
            Text(zh="名字数字", en="names, numbers"),
            Text(zh="原文没有", en="no source"),
        ),
        rows=tuple(
            (NAMES[name], one.compression, one.coverage, one.longest_copy, one.novel_1, one.novel_2, one.novel_3,
             one.mentions, one.unsupported)
            for name, one in found.items()
        ),
        digits=2,
    )  # fmt: skip


UNIT_NAMES = {"character": Text(zh="字", en="char."), "word": Text(zh="词", en="word")}


def rouge(document: Document, found: Mapping[str, Summarized], bound: Bound | None) -> Table:
    """Tabulates F1 of ROUGE-1, 2 and L: Chinese by characters and by words, English by words; last, what the default
    tokenizer gives.

    Without a reference it has no rows and says why.
    """
    units = ("character", "word") if document.language is Language.ZH else ("word",)
    columns: list[Label] = [Text(zh="方法", en="method")]
    for unit in units:
        columns += [Text(zh=f"{UNIT_NAMES[unit].zh} R-{kind}", en=f"{UNIT_NAMES[unit].en} R-{kind}") for kind in "12L"]
    columns.append(Text(zh="默认分词 R-1", en="default tokenizer R-1"))
    rows = tuple(
        (NAMES[name], *(score.f1 for unit in units for score in _kinds(one.rouge[unit])), one.rouge["ascii"].one.f1)
        for name, one in found.items()
        if one.rouge
    )
    return Table(tuple(columns), rows, caveat=_of_the_reference(bound, document))


def rouge_parts(document: Document, found: Mapping[str, Summarized]) -> Table:
    """Tabulates precision and recall behind the F1, in the language's own unit."""
    columns = [
        Text(zh=f"R-{kind} {zh}", en=f"R-{kind} {en}")
        for kind in "12L"
        for zh, en in (("精确率", "precision"), ("召回率", "recall"))
    ]
    rows = tuple(
        (NAMES[name], *(part for one in _kinds(summary.rouge[document.unit]) for part in (one.precision, one.recall)))
        for name, summary in found.items()
        if summary.rouge
    )
    return Table((Text(zh="方法", en="method"), *columns), rows, caveat=None if rows else document.given.note)


def _kinds(found: Rouge) -> tuple[Score, Score, Score]:
    return found.one, found.two, found.longest


def _of_the_reference(bound: Bound | None, document: Document) -> Text | None:
    if bound is None:
        return document.given.note
    return joined(document.given.note, _how_found(bound, document))


def _how_found(bound: Bound, document: Document) -> Text:
    """Whether the upper bound is exact, and what it is the best in."""
    unit = Text(zh="字", en="characters") if document.unit == "character" else Text(zh="词", en="words")
    what = Text(
        zh="上界按 ROUGE-1、2、L 的平均 F1（按{unit}）选句",
        en="The bound has the best mean F1 of ROUGE-1, 2 and L by {unit}",
    ).format(unit=unit)
    if bound.exact:
        return Text(
            zh="{what}，{n} 种组合全部试过，是精确的。", en="{what}, all {n} sets of sentences tried: it is exact."
        ).format(what=what, n=bound.tried)
    return Text(zh="{what}，组合太多，逐句贪心（试了 {n} 种），真正的上界可能更高。",
                en="{what}; there are too many sets, so it was found greedily ({n} tried), and the true bound may be higher.").format(
        what=what, n=bound.tried
    )  # fmt: skip


def graph(ranks: Numbers, similarity: Numbers) -> Graph:
    """Draws sentences by their numbers, sized by score, joined by shared words."""
    edges = sorted(pairs(similarity), key=lambda edge: -edge[2])[:MOST_EDGES]
    joined = {place for first, second, _ in edges for place in (first, second)}
    kept = [place for place in range(len(ranks)) if place in joined or len(ranks) <= 40]
    most = float(ranks.max())
    return Graph(
        nodes=tuple(
            GraphNode(str(place), Text(zh="第 {n} 句", en="no. {n}").format(n=place + 1), 1 + 3 * float(ranks[place]) / most)
            for place in kept
        ),
        edges=tuple(GraphEdge(str(first), str(second), weight) for first, second, weight in edges),
        caveat=None if edges else Text(zh="没有两句共有实词，各句同分。", en="No two sentences share a content word: all score the same."),
    )  # fmt: skip


def ranking(document: Document, made: Mapping[str, Summary]) -> Table:
    """Tabulates every sentence with its scores and its place in each choice."""

    def place(method: str, index: int) -> int | None:
        return made[method].chosen.index(index) + 1 if index in made[method].chosen else None

    rows = tuple(
        (index + 1, one.text.strip(), made["textrank"].scores[index], place("textrank", index), made["centroid"].scores[index],
         place("centroid", index), made["model"].scores[index])
        for index, one in enumerate(document.sentences)
    )  # fmt: skip
    return Table(
        (Text(zh="句", en="no."), Text(zh="原文", en="sentence"), "TextRank", Text(zh="次序", en="order"),
         Text(zh="质心余弦", en="centroid cosine"), Text(zh="MMR 次序", en="MMR order"), Text(zh="模型用到", en="used by the model")),
        rows,
    )  # fmt: skip


def states(found: Mapping[str, Similarity]) -> Table:
    """Tabulates cosines with the document: of each summary, of another document's summary and of the document's words
    in reverse.
    """
    names = NAMES | {
        "another_summary": Text(zh="另一篇文章的摘要", en="a summary of another document"),
        "reversed": Text(zh="本文的词，倒着排", en="the document's words in reverse"),
    }
    return Table(
        (Text(zh="与全文比较", en="compared with the document"), Text(zh="平均池化", en="mean-pooled"),
         Text(zh="句向量，去均值", en="sentence vectors, mean-centred")),
        tuple((names[name], one.mean_pooled, one.sentence_vector) for name, one in found.items()),
        caveat=Text(
            zh="这些数选不出也写不出摘要，只给现成的文本打分。平均池化下，另一篇文章的摘要得 {other}，本文的词倒着排得 {reverse}。",
            en="These numbers write and choose no summary: they score a text that exists already. Mean-pooled, another document's"
            " summary gets {other} and the document's words in reverse {reverse}.",
        ).format(
            other=f"{found['another_summary'].mean_pooled:.2f}", reverse=f"{found['reversed'].mean_pooled:.2f}"
        ),
    )  # fmt: skip


def on_the_set(found: SetScores) -> Bars:
    """Draws means over the set with 95% intervals, and how often TextRank beats the lead."""
    series = []
    for method, means in found.means.items():
        kinds = [means[kind] for kind in KINDS]
        series.append(
            Series(
                NAMES[method],
                tuple(one.mean for one in kinds),
                tuple(one.low for one in kinds),
                tuple(one.high for one in kinds),
            )
        )
    return Bars(
        categories=("ROUGE-1", "ROUGE-2", "ROUGE-L"),
        series=tuple(series),
        y_label="F1",
        caveat=Text(
            zh="{total} 篇自写文档，各取 {count} 句；误差线为重采样文档的 95% 区间。按 ROUGE-1，TextRank 在 {wins} 篇上胜过取前 k 句（Lead-k），{losses} 篇不如。文档太少，只够看趋势。",
            en="{total} documents written for the project, {count} sentences each; error bars are 95% intervals over resampled documents."
            " By ROUGE-1, TextRank beats the lead on {wins} and loses on {losses}. Too few documents for more than a trend.",
        ).format(total=found.documents, count=found.sentences, wins=found.wins, losses=found.losses),
    )
