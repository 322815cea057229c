"""Texts worth trying: those on which the method visibly fails, and examples; and what the cards say of them."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure
from playground.topics._template.findings import Findings
from playground.topics._template.settings import Settings


def _cut_into_bytes(settings: Settings, found: Findings) -> bool:
    """Whether a character takes more than two tokens on average."""
    return found.tokens_per_character > 2


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="生僻字", en="Rare characters"),
        values={"text": "𠜎𠜱𠝹"},
        expect=Text(
            zh="词表里没有的字按 UTF-8 字节切开，三个字占了不止六个词元。",
            en="Characters that the vocabulary lacks are cut into UTF-8 bytes: three of them take more than six tokens.",
        ),
        seen=_cut_into_bytes,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="中英混排", en="Both languages"),
        {"text": Text(zh="用 Transformer 做机器翻译。", en="The word 翻译 means translation.")},
    ),
)

CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="运行失败示例“生僻字”，看“词元”表：三个字占了不止六个词元",
            en="Run the failure “Rare characters” and look at the table of tokens: three characters take more than six",
        ),
        FAILURES[0].values,
        _cut_into_bytes,
    ),
)
