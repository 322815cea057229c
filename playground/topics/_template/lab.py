"""What the model reads: the text as tokens, and how many a character costs. Knows nothing of how tokens are found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playground.lab.bench import Bench
from playground.lab.controls import text_box
from playground.lab.panels import Metric, Metrics, Table, panel
from playground.lab.text import Text
from playground.lab.topic import Example, Failure, Group, Outcome, Prediction, Topic
from playground.language.units import pieces
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="文本", en="Text"),
        default=Text(zh="语言模型读到的不是字，而是词元。", en="A language model reads tokens, not words."),
        max_chars=500,
    )


@dataclass(frozen=True)
class Result:
    figures: Metrics | None = panel(Text(zh="长度", en="Length"))
    tokens: Table | None = panel(Text(zh="词元", en="Tokens"), hint=Text(zh="一行一个词元", en="One token in a row"))


def token_table(lm: LanguageModel, ids: list[int]) -> Table:
    """Each token's id, and what a reader sees of it."""
    rows = tuple((index, token, seen) for index, (token, seen) in enumerate(zip(ids, pieces(lm, ids), strict=True)))
    return Table((Text(zh="位置", en="position"), Text(zh="编号", en="id"), Text(zh="内容", en="content")), rows)


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    lm = bench.lm()
    ids = lm.encode(settings.text)
    figures = Metrics((
        Metric(Text(zh="字符数", en="characters"), len(settings.text), digits=0),
        Metric(Text(zh="词元数", en="tokens"), len(ids), digits=0),
        Metric(Text(zh="每字符词元数", en="tokens per character"), len(ids) / len(settings.text)),
    ))  # fmt: skip
    yield Result(figures)
    yield Result(figures, token_table(lm, ids))


def _tokens_against_characters(result: Result) -> Outcome | None:
    if result.figures is None:
        return None
    characters, tokens = (float(item.a) for item in result.figures.items[:2])  # type: ignore[arg-type]
    evidence = Text(zh="{c:g} 个字符，{t:g} 个词元", en="{c:g} characters, {t:g} tokens").format(c=characters, t=tokens)
    return Outcome("more" if tokens > characters else "fewer", evidence)


TOPIC = Topic(
    number=999,
    slug="_template",
    title=Text(zh="新题目", en="A new topic"),
    group=Group.LANGUAGE,
    settings=Settings,
    result=Result,
    run=run,
    prediction=Prediction(
        Text(zh="词元比字符多，还是不比字符多？", en="Are there more tokens than characters, or not?"),
        _tokens_against_characters,
        (("more", Text(zh="更多", en="more")), ("fewer", Text(zh="不比字符多", en="not more"))),
    ),
    failures=(
        Failure(
            label=Text(zh="生僻字", en="Rare characters"),
            values={"text": "𠜎𠜱𠝹"},
            expect=Text(
                zh="词表里没有的字按 UTF-8 字节切开，词元比字符还多。",
                en="Characters that the vocabulary lacks are cut into UTF-8 bytes: more tokens than characters.",
            ),
            seen=lambda settings, result: len(result.tokens.rows) > 2 * len(settings.text),
        ),
    ),
    examples=(
        Example(
            Text(zh="中英混排", en="Both languages"),
            {"text": Text(zh="用 Transformer 做机器翻译。", en="The word 翻译 means translation.")},
        ),
    ),
    code=(token_table,),
)
