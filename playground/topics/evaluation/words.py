"""Names of metrics, edits and averages in both languages."""

from __future__ import annotations

from playground.lab.text import Label, Text

METRIC_NAMES: dict[str, Label] = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "rouge_1": "ROUGE-1",
    "rouge_2": "ROUGE-2",
    "rouge_l": "ROUGE-L",
    "exact_match": Text(zh="完全匹配", en="exact match"),
    "token_f1": Text(zh="词袋 F1", en="token F1"),
}
KIND_NAMES: dict[str, Text] = {
    "moved": Text(zh="挪动一个词", en="a word moved"),
    "synonym": Text(zh="换同义词", en="a synonym"),
    "negation": Text(zh="加或去否定", en="negation"),
    "number": Text(zh="改数字", en="another number"),
}
AVERAGE_NAMES: dict[str, Label] = {
    "macro": Text(zh="宏平均", en="macro average"),
    "micro": Text(zh="微平均", en="micro average"),
    "weighted": Text(zh="加权平均", en="weighted average"),
}
FIGURES: dict[str, Label] = {
    "accuracy": Text(zh="准确率", en="accuracy"),
    "macro": Text(zh="宏平均 F1", en="macro-F1"),
}
