"""The panels of question answering, drawn from its numbers. Knows how nothing is computed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

from playground.evaluation.answers import score_answer
from playground.lab.panels import Bars, Line, Lines, Mark, Series, Table
from playground.lab.text import Label, Text, written
from playground.lab.token_panels import Passage, Passages, Span
from playground.statistics.intervals import Share, in_brackets, wilson, with_interval
from playground.topics.question_answering.answering import MOST_TOKENS, Answer
from playground.topics.question_answering.chunking import Range, union
from playground.topics.question_answering.findings import (
    CONTRADICTED,
    KEPT,
    READINGS,
    REMOVED,
    SHUT,
    WHOLE,
    Chunk,
    Findings,
    OnTheSet,
    Reading,
)
from playground.topics.question_answering.on_the_set import Asked
from playground.topics.question_answering.prompts import CLOSED
from playground.topics.question_answering.retrieval import CUTOFFS, RETRIEVERS, Recall
from playground.topics.question_answering.set_scores import CONFIDENCE, GAIN, TOTAL
from playground.topics.question_answering.settings import RETRIEVER_NAMES
from playground.topics.question_answering.support import MOST_ALONE, MOST_WITHOUT, Sentence

READING_NAMES: dict[str, Label] = {
    KEPT: Text(zh="检索到的几块", en="the retrieved chunks"),
    WHOLE: Text(zh="整篇资料", en="the whole passage"),
    SHUT: Text(zh="不给资料（闭卷）", en="no passage (closed book)"),
    REMOVED: Text(zh="去掉最强的依据句", en="without the strongest sentence"),
    CONTRADICTED: Text(zh="把答案改成“{other}”", en="contradicted: “{other}”"),
}
SIGNAL_NAMES: dict[str, Label] = {
    CONFIDENCE: Text(zh="词元概率的几何平均", en="geometric mean of token probabilities"),
    TOTAL: Text(zh="整个答案的对数概率", en="log-probability of the whole answer"),
    GAIN: Text(zh="资料带来的增量", en="what the passage adds to it"),
}
LONGEST = 90
YES, NO = Text(zh="是", en="yes"), Text(zh="否", en="no")


def percent(share: Share | None) -> str | None:
    """Writes a count with its share and interval in percent; None where nothing was counted."""
    if share is None or not share.count:
        return None
    return f"{share.right}/{share.count} = {share.value:.0%} {in_brackets(share.low, share.high, '.0%')}"


def shorten(text: str) -> str:
    """Returns the beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


# ---- the visitor's own question


def ranking(chunks: Sequence[Chunk]) -> Table:
    """Tabulates the chunks by the rank that was asked for, with both scores and the words shared with the question."""
    order = sorted(range(len(chunks)), key=lambda at: (chunks[at].rank, at))
    rows: list[tuple[int | float | Label | None, ...]] = []
    for at in order:
        one = chunks[at]
        rows.append(
            (
                one.rank, shorten(one.text), " · ".join(one.words) or "—", f"{one.bm25:.2f}\u00a0#{one.bm25_rank}",
                f"{written(one.cosine)}\u00a0#{one.cosine_rank}", f"{one.fused:.4f}",
            )
        )  # fmt: skip
    columns: tuple[Label, ...] = (
        Text(zh="名次", en="rank"), Text(zh="块", en="chunk"), Text(zh="共有的词", en="shared words"), "BM25",
        Text(zh="余弦", en="cosine"), "RRF",
    )  # fmt: skip
    return Table(columns, tuple(rows), tuple(place for place, at in enumerate(order) if chunks[at].kept))


def answers(readings: Mapping[str, Reading], book: str, threshold: float, other: str) -> Table:
    """Tabulates each reading's answer, how confident it is, and how likely this run's answer is there; this run's
    first.
    """
    names = sorted((name for name in READINGS if name in readings), key=lambda name: name != (SHUT if book == CLOSED else KEPT))  # fmt: skip
    rows = []
    for name in names:
        one = readings[name]
        label = READING_NAMES[name]
        if name == CONTRADICTED and isinstance(label, Text):
            label = label.format(other=other)
        rows.append(
            (
                label, said(one.answer), f"{one.answer.confidence:.2f}", NO if one.withheld(threshold) else YES,
                written(one.answer.log_probability), one.answer.tokens,
                None if one.main is None else written(one.main),
            )
        )  # fmt: skip
    return Table(
        (
            Text(zh="读了什么", en="what was read"), Text(zh="答案", en="answer"), Text(zh="把握", en="confidence"),
            Text(zh="到阈值 {threshold}", en="reaches {threshold}").format(threshold=f"{threshold:.2f}"),
            Text(zh="log p", en="log p"), Text(zh="词元", en="tokens"),
            Text(zh="log p（本次答案）", en="log p (this run's answer)"),
        ),
        tuple(rows),
        (0,),
        caveat=_cut_off([one.answer for one in readings.values()]),
    )  # fmt: skip


def said(answer: Answer) -> str:
    """Writes an answer with a mark where it may go on, ∅ for none."""
    return f"{answer.text}…" if answer.cut else answer.text or "∅"


def _cut_off(found: Sequence[Answer]) -> Text | None:
    cut = sum(one.cut for one in found)
    if not cut:
        return None
    return Text(
        zh="以“…”结尾的 {n} 个答案到 {most} 个词元为止，可能没有说完；把握、log p 与得分都按截到的部分算。",
        en="Answers that end in “…”: {n}. They stop after {most} tokens and may be unfinished; confidence, log p and scores are of the part shown.",
    ).format(n=cut, most=MOST_TOKENS)


def passage(text: str, kept: Sequence[Range], found: Sequence[Sentence], strongest: Sentence | None) -> Passages:
    """Draws the passage: what wasn't read struck out, sentences tinted by what each alone does, the matching span in
    the strongest.
    """
    read = union(kept)
    highest = max((one.alone for one in found), default=0.0)
    span = strongest.span if strongest else None
    edges = {0, len(text)} | {edge for one in read for edge in (one.start, one.end)}
    edges |= {edge for one in found for edge in (one.range.start, one.range.end)}
    if span:
        edges |= {span.range.start, span.range.end}
    spans = []
    for start, end in itertools.pairwise(sorted(edges)):
        if not any(one.start <= start and end <= one.end for one in read):
            blank = not text[start:end].strip()
            spans.append(Span(text[start:end], tone="" if blank else "faint"))
            continue
        home = next((one for one in found if one.range.start <= start and end <= one.range.end), None)
        if home is None:
            spans.append(Span(text[start:end]))
            continue
        best = home is strongest
        matches = span is not None and span.range.start <= start and end <= span.range.end
        note = Text(zh="单凭这一句，log p(答案) = {alone}", en="this sentence alone: log p(answer) = {alone}").format(
            alone=written(home.alone)
        )
        # Relative to the strongest: e to the difference of log-probabilities, the ratio of probabilities.
        score = math.exp(home.alone - highest)
        mark = "S" if best and start == home.range.start else ""
        if matches and span is not None and start == span.range.start:
            mark = f"{mark} F1 {span.f1:.2f}".strip()
        spans.append(Span(text[start:end], score, mark, note=note))
    length = sum(len("".join(one.of(text).split())) for one in read)
    note = Text(zh="读了 {share} 的字符", en="{share} of its characters were read").format(
        share=f"{length / max(len(''.join(text.split())), 1):.0%}"
    )
    label = Text(zh="单凭它的概率，相对最强的一句", en="probability from it alone, relative to the strongest")
    return Passages((Passage(Text(zh="资料", en="Passage"), tuple(spans), note),), label)


def support(text: str, found: Sequence[Sentence]) -> Table:
    """Tabulates the sentences: sufficiency, necessity and the matching span, the strongest alone first."""
    order = sorted(found, key=lambda one: -one.alone)
    rows = tuple(
        (
            shorten(one.range.of(text)), one.alone, one.fall, one.span.range.of(text) if one.span else None,
            one.span.f1 if one.span else None,
        )
        for one in order
    )  # fmt: skip
    return Table(
        (
            Text(zh="句子", en="sentence"), Text(zh="单凭它 log p", en="log p from it alone"), Text(zh="去掉它下降", en="fall without it"),
            Text(zh="最吻合的一段", en="matching span"), "F1",
        ),
        rows,
        (0,) if rows else (),
        digits=2,
        caveat=Text(
            zh="最多单独试 {alone} 句，其中最强的 {removed} 句再逐一去掉。bfloat16 下约 0.1 奈特以内的差只是舍入。",
            en="At most {alone} sentences are tried alone, and the {removed} strongest of them removed in turn. In bfloat16 differences below about 0.1 nats are rounding.",
        ).format(alone=MOST_ALONE, removed=MOST_WITHOUT),
    )  # fmt: skip


def prompts(texts: Mapping[str, str]) -> Table:
    """Lists every prompt as the model reads it, line breaks marked."""
    return Table(
        (Text(zh="哪一种", en="which"), Text(zh="文字（↵ 为换行）", en="text (↵ is a line break)")),
        tuple(
            (_plain(name), texts[name].replace("\n", "↵ ")) for name in READINGS if name in texts
        ),
    )  # fmt: skip


def _plain(name: str) -> Label:
    if name == CONTRADICTED:
        return Text(zh="改掉答案", en="contradicted")
    return READING_NAMES[name]


# ---- the project's set


def on_the_set(found: OnTheSet) -> Table:
    """Tabulates EM and F1 under every reading, then how answers that were right follow the passage."""
    names: dict[str, Label] = {
        KEPT: Text(zh="给资料", en="with the passage"),
        SHUT: READING_NAMES[SHUT],
        REMOVED: Text(zh="去掉含答案的句子", en="without the sentence that has the answer"),
        CONTRADICTED: Text(zh="答案被改掉（仍按原答案算）", en="contradicted (scored by the original answer)"),
    }
    rows: list[tuple[int | float | Label | None, ...]] = [
        (label, percent(found.scores[name].exact), with_interval(found.scores[name].f1, found.scores[name].low, found.scores[name].high))
        for name, label in names.items()
    ]  # fmt: skip
    rows += [
        (Text(zh="原来答对的：去掉那一句，答案不变", en="of those right: unchanged without the sentence"), percent(found.still), None),
        (Text(zh="原来答对的：跟着改掉的资料走", en="of those right: follows the contradicted passage"), percent(found.followed), None),
        (Text(zh="原来答对的：资料改了，答案不变", en="of those right: unchanged against the contradicted passage"), percent(found.unmoved), None),
    ]  # fmt: skip
    count = found.scores[KEPT].exact.count
    return Table(
        (Text(zh="读法", en="reading"), Text(zh="EM 或占比", en="EM, or share"), "F1"),
        tuple(rows),
        caveat=Text(
            zh="{all} 题中有答案的 {count} 题；{source}。人名、店名都是编的，闭卷无从知道。提示里的示范个数（中文九个、英文六个）就是按这些题的 EM 选的，所以给资料的 EM 与 F1 可能偏高。F1 的区间为按题自助法。题少，只看大的差别。",
            en="The {count} answerable ones of {all} questions; {source}. Names in them are invented, so a closed book can't know. The number of worked examples in the prompt (nine in Chinese, six in English) was chosen by the EM on these very questions, so EM and F1 with the passage may be too high. F1: bootstrap over questions. A small set: read large differences only.",
        ).format(all=found.count, count=count, source=source(found)),
    )


def source(found: OnTheSet) -> Text:
    """Says which questions were answered now, and whether the others' record agrees with them."""
    if found.agreed is None:
        return Text(zh="全部为这次现答", en="all answered in this run")
    return Text(
        zh="前 {live} 题这次现答，其余为同一模型事先量得的记录（measure.py），现答的答案与记录相同的有 {same}/{live}",
        en="the first {live} answered in this run, the others recorded beforehand with the same model (measure.py); of the live answers {same}/{live} are as recorded",
    ).format(live=found.live, same=found.agreed.right)


def risk(found: Findings) -> Lines:
    """Draws risk over coverage with Wilson intervals, and this threshold."""
    curve = found.set.curve
    ends = [wilson(one.wrong, one.count) for one in curve]
    line = Line(
        Text(zh="答错的占已答的", en="wrong among those answered"),
        tuple(one.coverage for one in curve), tuple(one.risk for one in curve),
        tuple(low for low, _ in ends), tuple(high for _, high in ends),
    )  # fmt: skip
    at = found.set.at
    marks: tuple[Mark, ...] = ()
    if at.risk is not None:
        marks = (
            Mark(at.coverage, at.risk, Text(zh="阈值 {t}", en="threshold {t}").format(t=f"{found.threshold:.2f}")),
        )
    return Lines(
        (line,), x_label=Text(zh="覆盖率：答了的占全部", en="coverage: share answered"), y_label=Text(zh="风险：答错的占已答的", en="risk: wrong among answered"),
        marks=marks,
        caveat=Text(
            zh="{count} 题，色带为 95% 区间（Wilson）。左端只有几题，区间很宽。",
            en="{count} questions; band: 95% interval (Wilson). The left end rests on a few questions, so it is wide.",
        ).format(count=found.set.count),
    )  # fmt: skip


def abstention(found: Findings) -> Table:
    """Tabulates what is answered at the threshold, of which kind, and how much of it is right."""
    own = found.set
    rows: list[tuple[Label | None, ...]] = [
        (Text(zh="已答题里答对的（选择性准确率）", en="right among answered (selective accuracy)"), percent(own.right)),
        (Text(zh="没有答案却答了", en="unanswerable, yet answered"), percent(own.leaked)),
        (Text(zh="有答案却没答", en="answerable, yet withheld"), percent(own.lost)),
        (Text(zh="模型自己说没有提到：无答案的题", en="refused in words: unanswerable"), percent(own.refused_unanswerable)),
        (Text(zh="模型自己说没有提到：有答案的题", en="refused in words: answerable"), percent(own.refused_answerable)),
        (Text(zh="全部题的 F1，弃权按 SQuAD 2.0 计", en="F1 of all, abstaining counted as in SQuAD 2.0"), with_interval(own.overall, own.overall_low, own.overall_high)),
    ]  # fmt: skip
    return Table((Text(zh="阈值 {t}", en="threshold {t}").format(t=f"{found.threshold:.2f}"), ""), tuple(rows))


def signals(found: OnTheSet) -> Table:
    """Tabulates how well each confidence sorts right answers from wrong ones."""
    return Table(
        (
            Text(zh="把握（n = {count}）", en="confidence (n = {count})").format(count=found.count),
            "AUROC",
            "AURC",
        ),
        tuple(
            (
                SIGNAL_NAMES[name],
                None if one.auroc is None else with_interval(one.auroc, one.auroc_low, one.auroc_high),
                with_interval(one.aurc, one.aurc_low, one.aurc_high),
            )
            for name, one in found.signals.items()
        ),
    )


def recall(found: Sequence[Recall]) -> Bars:
    """Draws recall of every retriever at every cutoff."""
    by = {(one.retriever, one.cutoff): one.share for one in found}
    return Bars(
        tuple(RETRIEVER_NAMES[name] for name in RETRIEVERS),
        tuple(
            Series(
                f"recall@{cutoff}",
                tuple(by[name, cutoff].value for name in RETRIEVERS),
                tuple(by[name, cutoff].low for name in RETRIEVERS),
                tuple(by[name, cutoff].high for name in RETRIEVERS),
            )
            for cutoff in CUTOFFS
        ),
        y_label=Text(zh="召回率", en="recall"),
        caveat=Text(
            zh="问题集全部 {count} 道有答案的题，在 20 篇资料的所有句子里找；内置模型的结果是事先量得的（measure.py）。",
            en="All {count} answerable questions of the set, searched among the sentences of its 20 passages; for the embedded model measured beforehand (measure.py).",
        ).format(count=found[0].share.count),
    )


def items(asked: Sequence[Asked]) -> Table:
    """Tabulates every question with the accepted answer and the model's."""
    rows = []
    for one in asked:
        accepted = one.item.answers[0] if one.item.answers else Text(zh="（没有答案）", en="(unanswerable)")
        right = score_answer(one.open.text, one.item.answers).exact
        rows.append(
            (
                one.item.question, accepted, said(one.open), "✓" if right else "✗", f"{one.open.confidence:.2f}",
                said(one.closed), said(one.removed) if one.removed else None,
                f"{one.other} → {said(one.contradicted)}" if one.contradicted else None,
            )
        )  # fmt: skip
    return Table(
        (
            Text(zh="问题", en="question"), Text(zh="接受的答案", en="accepted"), Text(zh="给资料", en="with the passage"), "EM",
            Text(zh="把握", en="confidence"), Text(zh="闭卷", en="closed book"), Text(zh="去掉那一句", en="without the sentence"),
            Text(zh="改成什么 → 答什么", en="contradicted → answer"),
        ),
        tuple(rows),
        caveat=_cut_off([answer for one in asked for answer in (one.open, one.closed, one.removed, one.contradicted) if answer]),
    )  # fmt: skip
