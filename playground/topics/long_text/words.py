"""Names of the needle's conditions in both languages."""

from __future__ import annotations

from playground.lab.text import Text

CONDITIONS: dict[str, Text] = {
    "literal": Text(zh="原词提问", en="same words"),
    "reworded": Text(zh="换词提问", en="other words"),
    "distracted": Text(zh="原词提问，有干扰句", en="same words, distractors"),
    "none": Text(zh="没有针（先验）", en="no needle (prior)"),
}
