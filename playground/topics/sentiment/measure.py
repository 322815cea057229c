"""Measures every method on texts that none was fitted to, and writes accuracies.json: python -m playground.topics.sentiment.measure

Chinese: the held-out reviews. English: the project's own held-out sentences. With the base weights.
"""

from __future__ import annotations

import json

from playground.data.english_sentences import english_sentences
from playground.data.reviews import reviews
from playground.learning.sentiment import fingerprint
from playground.models.variants import store
from playground.statistics.intervals import wilson
from playground.topics.sentiment.methods import ACCURACIES, METHODS, by_method, right


def main() -> None:
    lm = store().base()
    methods: dict[str, dict[str, dict[str, float]]] = {name: {} for name in METHODS}
    for language, items in (("zh", reviews().held_out), ("en", english_sentences().held_out)):
        for name, values in by_method(lm, [item.text for item in items]):
            count = int(right(values, [item.label for item in items]).sum())
            low, high = wilson(count, len(items))
            methods[name][language] = {"accuracy": count / len(items), "low": low, "high": high, "count": len(items)}
            print(language, name, f"{count / len(items):.3f}", flush=True)
    data = {"model": lm.name, "fingerprint": fingerprint(lm), "methods": methods}
    ACCURACIES.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
