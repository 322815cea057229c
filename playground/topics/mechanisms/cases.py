"""Settings of mechanisms worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure
from playground.topics.mechanisms.findings import Findings
from playground.topics.mechanisms.settings import Settings

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="引导过头", en="Steered too far"),
        {"strength": 8.0},
        expect=Text(
            zh="方向加得太重，中性文本的困惑度翻倍不止，输出不成句。",
            en="The direction is added so strongly that the perplexity of neutral text more than doubles and the output breaks.",
        ),
        seen=lambda settings, found: found.steered.cost > 2,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="前一词元头", en="Previous-token heads"),
        {"head_kind": "previous"},
    ),
    Example(
        Text(zh="间接宾语", en="Indirect object"),
        {
            "text": Text(
                zh="When Mary and John went to the store, John gave a drink to",
                en="When Mary and John went to the store, John gave a drink to",
            ),
            "corrupted": Text(
                zh="When Mary and John went to the store, Mary gave a drink to",
                en="When Mary and John went to the store, Mary gave a drink to",
            ),
        },
    ),
)
CLAIMS: tuple[Claim[Settings, Findings], ...] = ()
