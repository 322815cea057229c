"""Names the class of a probability: positive, negative, or undecided within the band that the probe's report measured.

Knows no method and no text.
"""

from __future__ import annotations

from playground.lab.text import Text
from playground.learning import sentiment

JUDGEMENTS = {
    "positive": Text(zh="正面", en="positive"),
    "negative": Text(zh="负面", en="negative"),
    "undecided": Text(zh="难判定", en="undecided"),
    "unknown": Text(zh="不知道", en="can't tell"),
}


def judge(probability: float) -> str:
    """Returns the key in JUDGEMENTS of a p(positive); exactly 0.5 is no answer."""
    band = sentiment.load().report["held_out"]["chinese"]["undecided"]
    if probability == 0.5:
        return "unknown"
    if band["from"] < probability < band["to"]:
        return "undecided"
    return "positive" if probability > 0.5 else "negative"
