"""The panels of this topic, drawn from its findings."""

from __future__ import annotations

from playground.lab.panels import Metric, Metrics, Table
from playground.lab.text import Text
from playground.topics._template.findings import Findings


def figures(found: Findings) -> Metrics:
    """Draws characters, tokens and their ratio."""
    return Metrics(
        (
            Metric(Text(zh="字符数", en="characters"), float(found.characters), digits=0),
            Metric(Text(zh="词元数", en="tokens"), float(len(found.tokens)), digits=0),
            Metric(Text(zh="每字符词元数", en="tokens per character"), found.tokens_per_character),
        )
    )


def tokens(found: Findings) -> Table:
    """Tabulates each token's number in the vocabulary, and what a reader sees of it."""
    rows = tuple((place, token.id, token.text) for place, token in enumerate(found.tokens))
    return Table((Text(zh="位置", en="position"), Text(zh="编号", en="id"), Text(zh="内容", en="content")), rows)
