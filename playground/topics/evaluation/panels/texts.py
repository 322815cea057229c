"""The panels of one text each of A and B: metrics, the parts of BLEU, matches, edits, the model's reading."""

from __future__ import annotations

from collections.abc import Sequence

from playground.evaluation.overlap import LARGEST, SMOOTHINGS, TOKENIZERS
from playground.evaluation.perplexity import readable
from playground.lab.panels import Cell, Table
from playground.lab.shared_controls import UNITS
from playground.lab.text import Label, Language, Text, joined
from playground.lab.token_panels import Passage, Passages, Span
from playground.language.scripts import LANGUAGE_NAMES
from playground.language.segmentation import segment
from playground.models.language_model import LanguageModel
from playground.topics.evaluation.findings import METRICS, Edited, Hypothesis, value
from playground.topics.evaluation.reading import Reading
from playground.topics.evaluation.words import KIND_NAMES, METRIC_NAMES

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
