"""The panels of Chinese text, drawn from plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from playground.lab.panels import Lattice, LatticeArc, Metric, Metrics, Table
from playground.lab.text import Label, Text
from playground.statistics.intervals import in_brackets
from playground.topics.chinese.compress import Fragment, Rate, Trained
from playground.topics.chinese.findings import MOST_CHARACTERS, Graph, Place
from playground.topics.chinese.forms import Form, Gap
from playground.topics.chinese.tokens import Token

NAMES: dict[str, Label] = {
    "character": Text(zh="按字", en="characters"),
    "jieba": Text(zh="jieba 精确", en="jieba, precise"),
    "precise": Text(zh="jieba 精确", en="jieba, precise"),
    "full": Text(zh="jieba 全模式", en="jieba, full"),
    "search": Text(zh="jieba 搜索引擎", en="jieba, search"),
    "model": Text(zh="模型的分词器", en="the model's tokenizer"),
    "bpe": Text(zh="BPE（当场训练）", en="BPE (trained here)"),
    "wordpiece": Text(zh="WordPiece（当场训练）", en="WordPiece (trained here)"),
    "unigram": Text(zh="Unigram（当场训练）", en="Unigram (trained here)"),
    "byte_bpe": Text(zh="字节级 BPE（当场训练）", en="byte-level BPE (trained here)"),
    "typed": Text(zh="原文", en="as typed"),
    "simplified": Text(zh="简体（t2s）", en="simplified (t2s)"),
    "traditional": Text(zh="繁体（s2t）", en="traditional (s2t)"),
    "full_width": Text(zh="字母数字全角", en="full-width letters and digits"),
    "nfkc": "NFKC",
}


def figures(characters: int, tokens: Sequence[Token]) -> Metrics:
    """Draws characters, tokens, byte tokens and their ratio."""
    return Metrics(
        (
            Metric(Text(zh="字符数", en="characters"), float(characters), digits=0),
            Metric(Text(zh="模型词元数", en="model tokens"), float(len(tokens)), digits=0),
            Metric(
                Text(zh="其中不成字的字节", en="of these, bytes"),
                float(sum(item.is_bytes for item in tokens)),
                digits=0,
            ),
            Metric(Text(zh="字符/词元", en="characters per token"), characters / len(tokens)),
        )
    )


def cuts(
    text: str,
    by_mode: Mapping[str, Sequence[str]],
    chosen: str,
    tokens: Sequence[Token],
    trained: Mapping[str, Trained] | None = None,
) -> Table:
    """Tabulates methods: pieces, their number, what of the text is lost. The chosen mode's row is highlighted."""
    rows: list[tuple[Label | int | None, ...]] = [
        (NAMES["character"], len([*text]), "｜".join(text), 0),
        *((NAMES[mode], len(words), "｜".join(words), 0) for mode, words in by_mode.items()),
        (NAMES["model"], len(tokens), "｜".join(token.text for token in tokens), 0),
    ]
    for name, made in (trained or {}).items():
        rows.append((NAMES[name], len(made.pieces), "｜".join(made.pieces), made.lost))
    caveat = Text(
        zh="jieba 各行不列空白；全模式与搜索引擎模式的词互相重叠。WordPiece 的 ## 表示接在前一片后面；▁ 是空格。",
        en="jieba's rows leave out blanks; words of the full and search modes overlap. ## of WordPiece: continues the piece before; ▁: a space.",
    )
    columns = (
        Text(zh="切法", en="method"),
        Text(zh="段数", en="pieces"),
        Text(zh="结果", en="result"),
        Text(zh="丢失字符", en="characters lost"),
    )
    return Table(columns, tuple(rows), (1 + list(by_mode).index(chosen),), caveat=caveat)


def lattice(found: Graph) -> Lattice:
    """Draws every word as an arc; those of the best path are marked. The caveat says what of the text isn't drawn."""
    borders, start = set(), 0
    for word in found.candidates[0].words:
        borders.add((start, start + len(word)))
        start += len(word)
    return Lattice(
        tuple(found.text),
        tuple(
            LatticeArc(arc.start, arc.end, arc.text, arc.log_probability, (arc.start, arc.end) in borders)
            for arc in found.arcs
        ),
        Text(zh="对数概率", en="log-probability"),
        caveat=None if found.whole else _extent(found),
    )


_OF_A_PART = Text(zh="只看“{text}”：", en="Of “{text}” only: ")


def _extent(found: Graph) -> Text:
    return Text(
        zh="全文有 {runs} 段连续的汉字，各看前 {most} 个字，这里画路径最多的一段：“{text}”（该段共 {length} 个字）。其余部分的歧义见“歧义处”。",
        en="Runs of Chinese characters in the text: {runs}. Of the first {most} characters of each, those with the most paths are drawn:"
        " “{text}”, of a run of {length}. For ambiguity in the rest see “Ambiguous places”.",
    ).format(runs=found.runs, most=MOST_CHARACTERS, text=found.text, length=found.length)


def places(found: Sequence[Place]) -> Table:
    """Tabulates the places of the text where words cross."""
    columns = (
        Text(zh="第几个字符", en="at character"),
        Text(zh="歧义片段", en="place"),
        Text(zh="最优路径的切法", en="cut of the best path"),
        Text(zh="与之交叉的词", en="words that cross it"),
    )
    rows: list[tuple[Label | int | None, ...]] = [
        (one.position, one.text, " / ".join(one.best), "、".join(one.crossing)) for one in found
    ]
    caveat = Text(
        zh="只数交集型歧义：一个词跨过最优路径上某个词的边界。一个词恰好由几个词拼成、或能再拆开的组合型歧义不算。",
        en="Only overlapping ambiguities count: a word that reaches across the border of a word of the best path. A word that is exactly"
        " several words of the path, or a part of one (a combination ambiguity), doesn't.",
    )
    return Table(columns, tuple(rows) or ((None, Text(zh="没有", en="none"), None, None),), caveat=caveat)


def paths(found: Graph) -> Table:
    """Tabulates the paths. The row that the model prefers after the examples is highlighted."""
    columns = (
        Text(zh="路径", en="path"),
        Text(zh="jieba 词频：log p", en="jieba's frequencies: log p"),
        Text(zh="占全部路径", en="share of all paths"),
        Text(zh="模型 log p（两例之后）", en="model's log p, after two examples"),
        Text(zh="模型 log p（无示例）", en="model's log p, bare"),
    )
    rows = tuple(
        (" / ".join(item.words), item.log_probability, f"{item.share:.2%}", item.framed, item.bare)
        for item in found.candidates
    )
    caveat = Text(
        zh="{extent}共 {n} 条路径。模型两列比的是同一句话用“ / ”分开的各种写法加换行的总对数概率：切得越碎，分隔符越多，和就越小；"
        "换提示或分隔符，名次可能变。它说明模型觉得哪种写法更可能，不说明模型读原文时怎样理解。高亮：两例之后模型最偏好的一行。",
        en="{extent}{n} paths in all. The model's columns compare the total log-probability of the sentence written with “ / ” between words and a"
        " line end: more words mean more separators and a lower sum, and another prompt or separator may change the order. They say which"
        " writing the model finds likelier, not how it understands the plain text. Highlighted: the model's choice after two examples.",
    ).format(n=found.paths, extent="" if found.whole else _OF_A_PART.format(text=found.text))
    return Table(columns, rows, (found.preferred,), digits=2, caveat=caveat)


def rates(found: Mapping[str, Rate], trained: Mapping[str, Trained]) -> Table:
    """Tabulates the tokenizers: vocabulary, characters per token with interval, share lost."""
    columns = (
        Text(zh="切法", en="method"),
        Text(zh="词表", en="vocabulary"),
        Text(zh="字符/词元", en="characters per token"),
        Text(zh="95% 区间", en="95% interval"),
        Text(zh="丢失字符", en="characters lost"),
        Text(zh="行数", en="lines"),
    )
    rows = tuple(
        (
            NAMES[name],
            trained[name].vocabulary if name in trained else None,
            item.rate,
            in_brackets(item.low, item.high),
            f"{item.lost:.1%}",
            item.count,
        )
        for name, item in found.items()
    )
    caveat = Text(
        zh="当场训练的分词器只见过同一领域的几百到两千行，留出行也是这个领域，所以可以胜过词表大得多的通用分词器；换领域就不然。"
        "一个 [UNK] 词元可以吞掉一长串字，使比值虚高。",
        en="Those trained here saw a few hundred to two thousand lines of one domain, and the held-out lines come from it too: so they may beat"
        " a general tokenizer with far more entries, and won't on other texts. One [UNK] may swallow a long run, which inflates the ratio.",
    )
    return Table(columns, rows, digits=2, caveat=caveat)


def fragments(found: Sequence[Fragment]) -> Table:
    """Tabulates characters: code point, bytes, pieces by tokenizer."""
    names = list(found[0].trained)
    columns = (
        Text(zh="字符", en="character"),
        Text(zh="码位", en="code point"),
        Text(zh="UTF-8 字节", en="UTF-8 bytes"),
        NAMES["model"],
        *(NAMES[name] for name in names),
    )
    rows: tuple[tuple[Label | int, ...], ...] = tuple(
        (
            item.text,
            item.code_point,
            item.bytes,
            _counted(item.model),
            *(_counted(item.trained[name]) for name in names),
        )
        for item in found
    )
    return Table(columns, rows)


def _counted(pieces: Sequence[str]) -> str:
    return f"{len(pieces)}: {' '.join(pieces)}"


def forms(found: Mapping[str, Form], gap: Gap) -> Table:
    """Tabulates the forms of the text; the caveat has the held-out lines."""
    columns = (
        Text(zh="形式", en="form"),
        Text(zh="文本", en="text"),
        Text(zh="模型词元数", en="model tokens"),
        Text(zh="损失（比特）", en="loss (bits)"),
        Text(zh="比原文多（比特）", en="more than as typed (bits)"),
    )
    rows = tuple(
        (NAMES[name], form.text, form.tokens, form.bits, form.bits - found["typed"].bits)
        for name, form in found.items()
    )
    caveat = Text(
        zh="一句话说明不了普遍情况。{n} 行留出评论上，繁体比简体每字平均多 {bits} 比特（95% 区间 {interval}）、"
        "多 {tokens} 个词元（{token_interval}）。OpenCC 按词转换，一简对多繁时会出错。",
        en="One sentence shows no rule. On {n} held-out reviews traditional costs {bits} bits a character more than simplified on average (95%"
        " interval {interval}) and {tokens} tokens more ({token_interval}). OpenCC converts by words and errs where one simplified"
        " character has several traditional ones.",
    ).format(
        n=gap.count, bits=f"{gap.bits:.2f}", interval=in_brackets(gap.low, gap.high),
        tokens=f"{gap.tokens:.2f}", token_interval=in_brackets(gap.tokens_low, gap.tokens_high),
    )  # fmt: skip
    return Table(columns, rows, digits=1, caveat=caveat)


def tokens(found: Sequence[Token]) -> Table:
    """Tabulates each token's number in the vocabulary, its piece or bytes, and the characters that these belong to."""
    rows = tuple((place, token.id, token.text, token.characters) for place, token in enumerate(found, 1))
    columns = (
        Text(zh="位置", en="position"),
        Text(zh="编号", en="id"),
        Text(zh="词元", en="token"),
        Text(zh="所属字符", en="belongs to"),
    )
    return Table(columns, rows)
