"""The panels of evaluation, drawn from findings; computes nothing but where a curve is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from playground.data.sets import Preference
from playground.evaluation.classification import AVERAGES, ClassScore
from playground.evaluation.overlap import LARGEST, SMOOTHINGS, TOKENIZERS
from playground.evaluation.perplexity import readable
from playground.lab.controls import UNITS
from playground.lab.panels import Code, Heatmap, Line, Lines, Mark, Prose, SideBySide, Table
from playground.lab.text import Label, Language, Text, joined
from playground.lab.token_panels import Passage, Passages, Span
from playground.language.scripts import LANGUAGE_NAMES
from playground.language.segmentation import segment
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import in_brackets, wilson, with_interval
from playground.topics.evaluation.comparing import POWER, Side
from playground.topics.evaluation.findings import METRICS, Edited, Hypothesis, Judged, Labels, value
from playground.topics.evaluation.judge import Judgement
from playground.topics.evaluation.pasted_table import SEPARATORS, Labelled
from playground.topics.evaluation.reading import Reading
from playground.topics.evaluation.systems import Systems
from playground.topics.evaluation.words import AVERAGE_NAMES, FIGURES, KIND_NAMES, METRIC_NAMES

Cell = int | float | Label | None


# ---- texts


# What is computed of one text has nothing to resample.
_ONE_TEXT = Text(
    zh="A、B 各只有一段译文，没有区间：分差说明不了哪个系统更好，要在许多段上配对检验。",
    en="There is one text each of A and B, so there is no interval: a difference doesn't show which system is better. That takes a paired test"
    " over many texts.",
)


def scores(a: Hypothesis, b: Hypothesis, language: Language) -> Table:
    """Tabulates every metric by every unit, A beside B. `language`: the one that the references are taken as."""
    columns: list[Label] = [Text(zh="指标", en="metric")]
    for name in UNITS.values():
        columns += [
            Text(zh="A · {unit}", en="A · {unit}").format(unit=name),
            Text(zh="B · {unit}", en="B · {unit}").format(unit=name),
        ]
    rows = []
    for metric in METRICS:
        cells: list[Cell] = [METRIC_NAMES[metric]]
        for unit in UNITS:
            shown = metric != "chrf" or unit == "character"
            cells += [value(side.by_unit[unit], metric) if shown else None for side in (a, b)]
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows), digits=1, caveat=joined(_ONE_TEXT, _taken_as(language)))


def _taken_as(language: Language) -> Text:
    return Text(
        zh="第一条参考视为{language}：裁判的提示、句对和“显著，却是错的”都用{language}。",
        en="The first reference is taken as {language}: the judge's prompts and pairs and “Significant, and wrong” are {language}.",
    ).format(language=LANGUAGE_NAMES[language])


def bleu_parts(a: Hypothesis, b: Hypothesis, unit: str) -> Table:
    """Tabulates the parts of BLEU by the chosen unit."""
    both = [side.by_unit[unit].bleu for side in (a, b)]
    rows: list[tuple[Cell, ...]] = [
        (
            Text(zh="{n} 元组精确率", en="{n}-gram precision").format(n=size + 1),
            *(_precision(one.matches[size], one.totals[size], one.precisions[size]) for one in both),
        )
        for size in range(LARGEST)
    ]
    rows += [
        (
            Text(zh="长度（译文 / 参考）", en="length (hypothesis / reference)"),
            *(f"{one.length} / {one.reference_length}" for one in both),
        ),
        (Text(zh="长度惩罚", en="brevity penalty"), *(f"{one.brevity_penalty:.3f}" for one in both)),
        ("BLEU", *(f"{one.score:.1f}" for one in both)),
    ]
    # The same for both; a row of it would be wider than the panel.
    signature = Text(zh="签名：{signature}。", en="Signature: {signature}.").format(signature=both[0].signature)
    return Table(
        (Text(zh="按{unit}", en="by {unit}").format(unit=UNITS[unit]), "A", "B"),
        tuple(rows),
        caveat=joined(signature, _ONE_TEXT),
    )


def _precision(matches: int, total: int, precision: float) -> Label:
    if not total:
        return "–"
    if matches:
        return f"{matches}/{total} = {precision:.1f}%"
    return Text(zh="0/{total}，平滑为 {p:.1f}%", en="0/{total}, smoothed to {p:.1f}%").format(total=total, p=precision)


def signatures(a: Hypothesis, b: Hypothesis) -> Table:
    """Tabulates BLEU by tokenizer, and by way of smoothing."""
    rows: list[tuple[Cell, ...]] = [
        (f"tok:{name}|smooth:exp", a.by_tokenizer[name].score, b.by_tokenizer[name].score) for name in TOKENIZERS
    ]
    rows += [
        (
            Text(zh="所选单元|smooth:{name}", en="chosen unit|smooth:{name}").format(name=name),
            a.smoothed[name],
            b.smoothed[name],
        )
        for name in SMOOTHINGS
    ]
    return Table((Text(zh="签名（节选）", en="signature (part)"), "A", "B"), tuple(rows), digits=1)


def matches(lm: LanguageModel, a: Hypothesis, b: Hypothesis, references: Sequence[str], unit: str) -> Passages:
    """Draws A and B, each unit tinted by the largest matching n-gram around it, and the references."""
    shown = []
    for name, side in (("A", a), ("B", b)):
        spans, sizes = [], iter(side.longest)
        for part in segment(side.text, unit, lm):
            if part.text.isspace():
                spans.append(Span(part.text))
                continue
            size = next(sizes)
            note = (
                Text(zh="{n} 元组", en="{n}-gram").format(n=size)
                if size
                else Text(zh="参考里没有", en="in no reference")
            )
            spans.append(Span(part.text, size / LARGEST if size else None, tone="" if size else "faint", note=note))
        found = side.by_unit[unit].bleu
        note = Text(zh="BLEU {score:.1f}", en="BLEU {score:.1f}").format(score=found.score)
        shown.append(Passage(Text(zh="译文 {name}", en="Hypothesis {name}").format(name=name), tuple(spans), note))
    for place, reference in enumerate(references, 1):
        shown.append(Passage(Text(zh="参考 {n}", en="Reference {n}").format(n=place), (Span(reference),)))
    return Passages(tuple(shown), Text(zh="匹配长度 ÷ 4", en="match length ÷ 4"))


def edited(edits: Sequence[Edited], done: Sequence[Text], reference: str) -> Table:
    """Tabulates each edit's scores against the unedited sentence."""
    # No exact match: an edited sentence never has one.
    metrics = ("bleu", "chrf", "rouge_l", "token_f1")
    columns = (
        Text(zh="改动", en="edit"), Text(zh="怎么改", en="how"), Text(zh="句子", en="sentence"), Text(zh="意思", en="meaning"),
        *(METRIC_NAMES[metric] for metric in metrics),
    )  # fmt: skip
    meanings: dict[bool | None, Label] = {
        True: Text(zh="没变", en="kept"), False: Text(zh="变了", en="changed"), None: Text(zh="难说", en="unclear")
    }  # fmt: skip
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            KIND_NAMES[edit.kind],
            how,
            edit.text,
            meanings[edit.keeps_meaning],
            *(value(edit.scores, metric) for metric in metrics),
        )
        for edit, how in zip(edits, done, strict=True)
    )
    caveat = Text(
        zh="一句话改一处只是例子，没有区间；许多句上的情况见“显著，却是错的”。",
        en="One edit of one sentence is an example and has no interval; for many sentences see “Significant, and wrong”.",
    )
    missing = [kind for kind in KIND_NAMES if kind not in {edit.kind for edit in edits}]
    if missing:
        names = Text(
            "、".join(KIND_NAMES[kind].zh for kind in missing), ", ".join(KIND_NAMES[kind].en for kind in missing)
        )
        left_out = Text(
            zh="这句话里做不了的改动：{names}（没有数字、没有词表里的词，或太短）。",
            en="Not possible in this sentence: {names} (no number, no word of the list, or too short).",
        ).format(names=names)
        caveat = joined(left_out, caveat)
    if not rows:
        rows = ((Text(zh="没有", en="none"), "–", reference, "–", None, None, None, None),)
    return Table(columns, rows, digits=1, caveat=caveat)


def reading(a: Hypothesis, b: Hypothesis, reference: Reading | None) -> Table:
    """Tabulates the model's probability of each text, shared out over tokens, words, characters and bytes."""
    sides = [a.reading, b.reading, reference]
    rows: list[tuple[Cell, ...]] = []
    named: list[tuple[Label, str]] = [
        (Text(zh="困惑度，按词元", en="perplexity by token"), "by_token"),
        (Text(zh="困惑度，按词", en="perplexity by word"), "by_word"),
        (Text(zh="困惑度，按字", en="perplexity by character"), "by_character"),
        (Text(zh="每字比特数", en="bits per character"), "bits_per_character"),
        (Text(zh="每字节比特数", en="bits per byte"), "bits_per_byte"),
        (Text(zh="整句的比特数", en="bits of the whole text"), "bits"),
        (Text(zh="词元数", en="tokens"), "tokens"),
    ]
    for label, name in named:
        rows.append((label, *(_figure(getattr(side, name) if side else None, name) for side in sides)))
    columns = (Text(zh="量", en="measure"), "A", "B", Text(zh="第一条参考", en="first reference"))
    return Table(columns, tuple(rows), digits=2)


def _figure(number: float | int | None, name: str) -> Cell:
    if number is None or name == "tokens":
        return number
    return readable(float(number))


# ---- labels


def comparison(labels: Labels) -> Table:
    """Tabulates every figure of A and B with its difference, then McNemar's test."""
    columns = (
        Text(zh="指标", en="figure"), "A", "B", Text(zh="B − A [95% 区间]", en="B − A [95% interval]"), Text(zh="p 值", en="p-value"), "Holm"
    )  # fmt: skip
    found = labels.comparison
    if found is None or labels.b is None:
        rows: tuple[tuple[Cell, ...], ...] = (
            (FIGURES["accuracy"], _with_interval(labels.a), "–", "–", "–", "–"),
            (FIGURES["macro"], _macro_interval(labels.a), "–", "–", "–", "–"),
        )
        caveat = Text(
            zh="表里没有预测 B，没有可比的。", en="The table has no prediction B, so there is nothing to compare."
        )
        return Table(columns, rows, caveat=caveat)
    shown: list[tuple[Cell, ...]] = []
    sides = {
        "accuracy": (_with_interval(labels.a), _with_interval(labels.b)),
        "macro": (_macro_interval(labels.a), _macro_interval(labels.b)),
    } | {
        name: (f"{labels.a.scores.by_class[place].f1:.3f}", f"{labels.b.scores.by_class[place].f1:.3f}")
        for place, name in enumerate(labels.classes)
    }
    for test in found.tests:
        difference = test.difference
        label = FIGURES.get(test.name) or Text(zh="F1：{name}", en="F1: {name}").format(name=test.name)
        shown.append((
            label, *sides[test.name], with_interval(difference.value, difference.low, difference.high, "+.3f"),
            f"{difference.p_value:.3f}", f"{test.adjusted:.3f}",
        ))  # fmt: skip
    shown.append((
        Text(zh="McNemar（精确）", en="McNemar (exact)"),
        Text(zh="只有 A 对：{n}", en="only A right: {n}").format(n=found.only_a),
        Text(zh="只有 B 对：{n}", en="only B right: {n}").format(n=found.only_b),
        Text(zh="都对 {x}，都错 {y}", en="both right {x}, both wrong {y}").format(x=found.both, y=found.neither),
        f"{found.p_value:.3f}", "–",
    ))  # fmt: skip
    return Table(columns, tuple(shown), (len(shown) - 1,))


def _with_interval(side: Side) -> str:
    return with_interval(side.scores.accuracy, side.accuracy_low, side.accuracy_high, ".3f")


def _macro_interval(side: Side) -> str:
    return with_interval(side.scores.averages["macro"].f1, side.macro_low, side.macro_high, ".3f")


def power(labels: Labels) -> Lines:
    """Draws power against the number of examples, with the number there is and the number that 80% takes."""
    found = labels.comparison
    axis = Text(zh="样本数", en="examples")
    share = Text(zh="功效", en="power")
    if found is None or found.needed is None:
        caveat = Text(
            zh="没有预测 B，或 A、B 对的一样多：没有差距，也就没有“要多少条”。",
            en="No prediction B, or A and B are right equally often: without a difference no number of examples finds one.",
        )
        return Lines((Line(Text(zh="功效", en="power"), (float(labels.count),), (0.05,)),), axis, share, caveat=caveat)
    most = max(2 * found.needed, 2 * found.count)
    counts = sorted({max(4, round(most * step / 40)) for step in range(1, 41)} | {found.count, found.needed})
    curve = Line(
        Text(zh="McNemar", en="McNemar"),
        tuple(float(n) for n in counts),
        tuple(found.power(n) for n in counts),
        markers=False,
    )
    marks = (
        Mark(float(found.count), found.power_now, Text(zh="现有 {n} 条", en="{n} now").format(n=found.count)),
        Mark(float(found.needed), POWER, Text(zh="80%：{n} 条", en="80%: {n}").format(n=found.needed)),
    )
    caveat = Text(
        zh="看到的差距本身有误差，这个数只是量级。若两组样本各测各的（不配对），每组要 {n} 条。",
        en="The difference seen is itself uncertain: take the number as an order of magnitude. With two separate samples"
        " (unpaired), each would need {n}.",
    ).format(n=found.needed_unpaired)
    return Lines((curve,), axis, share, marks=marks, caveat=caveat)


def classes(labels: Labels) -> Table:
    """Tabulates precision, recall and F1 by class and averaged."""
    columns = (
        Text(zh="类别", en="class"), Text(zh="样本数", en="examples"),
        *(Text(zh="{part} {side}", en="{part} {side}").format(part=part, side=side)
          for side in ("A", "B")
          for part in (Text(zh="精确率", en="precision"), Text(zh="召回率", en="recall"), Text("F1", "F1"))),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for place, name in enumerate(labels.classes):
        support = labels.a.scores.by_class[place].support
        rows.append((name, support, *_of_class(labels.a, place), *_of_class(labels.b, place)))
    for average in AVERAGES:
        own = labels.a.scores.averages[average]
        other = labels.b.scores.averages[average] if labels.b else None
        rows.append((AVERAGE_NAMES[average], own.support, *_three(own), *_three(other)))
    kappas = [side.scores.kappa if side else None for side in (labels.a, labels.b)]
    rows.append((
        Text(zh="Cohen κ", en="Cohen's κ"), labels.count, None, None, kappas[0], None, None, kappas[1],
    ))  # fmt: skip
    caveat = Text(
        zh="方括号为 95% Wilson 区间。F1、各平均与 κ 没有单列区间。",
        en="In brackets: 95% Wilson intervals. F1, averages and κ have none here.",
    )
    paired = Text(
        zh="A、B 的准确率之差与 F1 之差有区间，在“B 比 A 好吗：配对检验”里。",
        en="The differences of A and B in accuracy and F1 have intervals, in “Is B better than A? Paired tests”.",
    )
    return Table(columns, tuple(rows), caveat=joined(caveat, paired if labels.comparison else None))


def _of_class(side: Side | None, place: int) -> tuple[Cell, Cell, Cell]:
    """Precision and recall of a class with their intervals, and F1."""
    if side is None:
        return (None, None, None)
    counts, score = side.scores.confusion, side.scores.by_class[place]
    hits, predicted = counts[place][place], sum(row[place] for row in counts)
    return (
        with_interval(score.precision, *wilson(hits, predicted), ".3f") if predicted else score.precision,
        with_interval(score.recall, *wilson(hits, score.support), ".3f") if score.support else score.recall,
        score.f1,
    )


def _three(score: ClassScore | None) -> tuple[float | None, float | None, float | None]:
    return (score.precision, score.recall, score.f1) if score else (None, None, None)


def confusion(labels: Labels) -> SideBySide[Heatmap]:
    """Counts of gold against predicted classes. Without B its side is A's."""
    most = float(max(max(row) for side in (labels.a, labels.b) if side for row in side.scores.confusion))
    a, b = (
        Heatmap(
            labels.classes, labels.classes,
            tuple(tuple(float(count) for count in row) for row in side.scores.confusion),
            Text(zh="样本数", en="examples"),
            texts=tuple(tuple(str(count) for count in row) for row in side.scores.confusion), low=0.0, high=most,
        )
        for side in (labels.a, labels.b or labels.a)
    )  # fmt: skip
    predicted = Text(zh="的预测", en="as predicted")
    return SideBySide(a, b, predicted, predicted if labels.b else Text(zh="没有 B，仍为 A", en="no B: A again"))


def calibration(labels: Labels) -> Lines:
    """Draws accuracy against confidence by bin, with Wilson intervals, and the diagonal."""
    axis, share = Text(zh="A 的置信度", en="A's confidence"), Text(zh="对的比例", en="share right")
    diagonal = Line(Text(zh="完全校准", en="perfectly calibrated"), (0.0, 1.0), (0.0, 1.0), dash="dash", markers=False)
    found = labels.calibration
    if found is None:
        caveat = Text(zh="表里没有置信度一列。", en="The table has no column of confidence.")
        return Lines((diagonal,), axis, share, caveat=caveat)
    curve = Line(
        "A", tuple(group.confidence for group in found.bins), tuple(group.accuracy for group in found.bins),
        tuple(group.least for group in found.bins), tuple(group.most for group in found.bins), role="a",
    )  # fmt: skip
    caveat = Text(
        zh="带子是 95% 区间：一箱没有几条，别读得太细。",
        en="The band is a 95% interval: with few examples per bin, don't read details into it.",
    )
    return Lines((diagonal, curve), axis, share, caveat=caveat)


def bins(labels: Labels, chosen: int) -> Table:
    """Tabulates ECE by number and kind of bins."""
    columns = (
        Text(zh="箱数", en="bins"),
        Text(zh="ECE，等宽", en="ECE, equal width"),
        Text(zh="ECE，等量", en="ECE, equal mass"),
    )
    found = labels.calibration
    if found is None:
        caveat = Text(zh="表里没有置信度一列。", en="The table has no column of confidence.")
        return Table(columns, ((str(chosen), None, None),), caveat=caveat)
    rows: list[tuple[Cell, ...]] = [
        (
            str(error.bins), with_interval(error.equal_width, *error.width_interval, ".3f"),
            with_interval(error.equal_mass, *error.mass_interval, ".3f"),
        )
        for error in found.errors
    ]  # fmt: skip
    highlight = tuple(place for place, error in enumerate(found.errors) if error.bins == chosen)
    rows += [
        (Text(zh="Brier 分（不分箱）", en="Brier score (no bins)"), with_interval(found.brier, *found.brier_interval, ".3f"), None),
        (Text(zh="平均置信度", en="mean confidence"), found.confidence, None),
        (Text(zh="准确率", en="accuracy"), _with_interval(labels.a), None),
    ]  # fmt: skip
    caveat = Text(
        zh="方括号为 95% 区间，准确率用 Wilson，其余按样本重抽样。ECE 是绝对值之和，重抽样又添一份噪声，所以重抽样的 ECE 偏高，区间也偏高。",
        en="In brackets: 95% intervals, Wilson's for accuracy, bootstrap over examples for the rest. ECE sums absolute values,"
        " and resampling adds noise to them: resampled ECE is biased upwards, and the interval with it.",
    )
    return Table(columns, tuple(rows), highlight, caveat=caveat)


def table_as_read(table: Labelled) -> Prose:
    """Writes what was read of the pasted table."""
    named = Text(zh="有表头", en="with a header")
    unnamed = Text(
        zh="没有认出表头，按标准答案、A、B、置信度的次序", en="no known header: taken as gold, A, B, confidence"
    )
    return Prose(
        Text(
            zh="{rows} 行，用{separator}分隔，{header}。类别：{classes}。标签去掉了首尾空格，全角字符按半角比较；预测 B：{b}；置信度：{p}。",
            en="{rows} rows, separated by {separator}, {header}. Classes: {classes}. Labels are stripped, and full-width characters"
            " count as half-width; prediction B: {b}; confidence: {p}.",
        ).format(
            rows=len(table.gold),
            separator=SEPARATORS[table.separator],
            header=named if table.header else unnamed,
            classes=Text("、".join(table.classes), ", ".join(table.classes)),
            b=_there(table.b),
            p=_there(table.confidence),
        )
    )


def _there(column: Sequence[object]) -> Text:
    return Text(zh="有", en="yes") if column else Text(zh="无", en="no")


# ---- the set, and the judge


def systems(found: Systems) -> Table:
    """Tabulates corpus scores of paraphrases and of wrong sentences, and how often each metric prefers the right one."""
    rows: list[tuple[Cell, ...]] = [
        (Text(zh="语料级 BLEU", en="corpus BLEU"), f"{found.better:.1f}", f"{found.worse:.1f}", _p(found.p_value)),
        (
            Text(zh="语料级 chrF", en="corpus chrF"),
            f"{found.chrf_better:.1f}",
            f"{found.chrf_worse:.1f}",
            _p(found.chrf_p_value),
        ),
        (
            Text(zh="逐句 BLEU 的平均", en="mean of sentence BLEU"),
            f"{found.mean_better:.1f}",
            f"{found.mean_worse:.1f}",
            "–",
        ),
    ]
    for metric, right in found.right.items():
        name = Text(zh="{metric}：同义的得分更高", en="{metric}: the right one scores higher").format(
            metric=METRIC_NAMES[metric]
        )
        rows.append((name, f"{right}/{found.count} {in_brackets(*wilson(right, found.count))}", "–", "–"))
    columns = (
        Text(zh="量", en="measure"),
        Text(zh="句句同义", en="always right"),
        Text(zh="句句意思错", en="always wrong"),
        "p",
    )
    caveat = Text(
        zh="这 24 对是专为难住重合指标写的，不是真实系统的错误分布。",
        en="These 24 pairs were written on purpose to defeat overlap metrics; they aren't a sample of a real system's errors.",
    )
    return Table(columns, tuple(rows), caveat=caveat)


def _p(value: float) -> str:
    return f"{value:.3f}"


def judged(found: Judged) -> Table:
    """Tabulates position bias and accuracy of the judge, pairwise and pointwise, then its word on A and B."""
    n = found.count
    rows: list[tuple[Cell, ...]] = [
        (Text(zh="对调位置后改选另一句", en="changes its choice when swapped"), *_share(found.flips, n)),
        (
            Text(zh="选排在前面的", en="chooses the first place"),
            f"{found.first}/{2 * n} = {found.first_share:.0%}", in_brackets(*found.first_interval, ".0%"),
        ),
        (Text(zh="选对：对的在前", en="right, the right one first"), *_share(found.right_with_better_first, n)),
        (Text(zh="选对：对的在后", en="right, the right one second"), *_share(found.right_with_better_second, n)),
        (Text(zh="选对：两个次序都对", en="right in both orders"), *_share(found.right_in_both, n)),
        (Text(zh="选对：两个次序取平均", en="right, both orders averaged"), *_share(found.right_averaged, n)),
        (Text(zh="选对：逐个打分", en="right, each scored alone"), *_share(found.right_alone, n)),
        (Text(zh="选较长的：两个次序取平均", en="chooses the longer one, both orders averaged"), *_share(found.longer_averaged, n)),
        (Text(zh="选较长的：逐个打分", en="the longer one scores higher alone"), *_share(found.longer_alone, n)),
        (Text(zh="逐个打分时答“是”", en="says yes when scored alone"), f"{found.alone_says_yes}/{2 * n}", "–"),
        (Text(zh="你的 A 与 B", en="your A and B"), _own(found.own), "–"),
    ]  # fmt: skip
    columns = (Text(zh="量", en="measure"), Text(zh="结果", en="result"), Text(zh="95% 区间", en="95% interval"))
    caveat = Text(
        zh="2.7 亿参数的基座模型，没有经过指令微调：量的是偏差，不是推荐它当裁判。同义句一半较长、一半较短，所以只认长短只能对一半。"
        "相似度没有这样平衡：同义句的用词总比错句离原句更远，只认“哪句更不像原句”就能全对。",
        en="A base model of 270 million parameters without instruction tuning: its bias is measured, and it is not recommended as a judge. The right"
        " sentence is longer in half of the pairs and shorter in the others, so length alone gets half right. Similarity isn't balanced:"
        " the right sentence always shares fewer words with the original, so “the less similar one” would get all of them.",
    )
    return Table(columns, tuple(rows), caveat=caveat)


def _share(right: int, count: int) -> tuple[str, str]:
    return f"{right}/{count} = {right / count:.0%}", in_brackets(*wilson(right, count), ".0%")


def _own(own: Judgement) -> Text:
    first = "A" if own.x_first > 0 else "B"
    second = "B" if own.y_first > 0 else "A"
    return Text(
        zh="A 在前选 {first}，B 在前选 {second}，取平均选 {both}，逐个打分 {alone} 高",
        en="A first: {first}; B first: {second}; averaged: {both}; alone: {alone} scores higher",
    ).format(first=first, second=second, both="A" if own.both_orders > 0 else "B", alone="A" if own.alone > 0 else "B")


def pairs(found: Judged, shown: Sequence[Preference]) -> Table:
    """Tabulates the judge's log-odds on each pair of the set."""
    columns = (
        Text(zh="改的是", en="changed"), Text(zh="原句", en="sentence"), Text(zh="同义", en="right"), Text(zh="意思错", en="wrong"),
        Text(zh="选前：对的在前", en="first, right one first"), Text(zh="选前：错的在前", en="first, wrong one first"),
        Text(zh="单独：对 − 错", en="alone: right − wrong"),
    )  # fmt: skip
    rows = tuple(
        (KIND_OF_PAIR[pair.kind], pair.reference, pair.better, pair.worse, one.x_first, one.y_first, one.alone)
        for one, pair in zip(found.pairs, shown, strict=True)
    )
    return Table(columns, rows, digits=2)


KIND_OF_PAIR: dict[str, Label] = {
    "negation": Text(zh="否定", en="negation"),
    "number": Text(zh="数字", en="number"),
    "entity": Text(zh="人或物", en="entity"),
    "role": Text(zh="谁对谁", en="who does it to whom"),
}


def prompt(pairwise: str, pointwise: str) -> Code:
    """Writes out both prompts, the visitor's question last."""
    return Code(f"{pairwise}\n\n――――\n\n{pointwise}", "text")
