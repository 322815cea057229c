"""What the lab of this topic is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.panels import Metrics, Table, panel, undrawn
from playground.lab.shared_controls import text
from playground.lab.text import Text
from playground.topics._template.findings import Findings


@dataclass(frozen=True)
class Settings:
    text: str = text(
        default=Text(zh="语言模型读到的不是字，而是词元。", en="A language model reads tokens, not words."),
        max_chars=500,
    )


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    figures: Metrics | None = panel(Text(zh="长度", en="Length"))
    tokens: Table | None = panel(Text(zh="词元", en="Tokens"), hint=Text(zh="一行一个词元", en="One token in a row"))
