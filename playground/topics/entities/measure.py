"""Measures what takes minutes: jieba and the prompted model on labelled sentences, into scores.json.

    python -m playground.topics.entities.measure [peoples_daily] [zh] [en] [en:free]

On the first held-out sentences of the People's Daily (jieba on all of them) and on the project's own. With the base weights.
"""

from __future__ import annotations

import json
import sys

from playground.data.peoples_daily import peoples_daily
from playground.data.sets import entities
from playground.lab.text import Language
from playground.learning.sentiment import fingerprint
from playground.models.variants import store
from playground.topics.entities.labelled import MEASURED, scores_of, written_scores
from playground.topics.entities.prompted import MOST_EXAMPLES, ask
from playground.topics.entities.tagged import tagged_spans

# Held-out sentences that the prompts are asked about, in one batch: generating takes a second for a sentence.
ASKED_ABOUT = 40


def main() -> None:
    lm = store().base()
    data = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {"sets": {}}
    data |= {"model": lm.name, "fingerprint": fingerprint(lm), "examples": MOST_EXAMPLES}
    for wanted in sys.argv[1:] or ["peoples_daily", "zh", "en"]:
        name, _, only = wanted.partition(":")
        items = peoples_daily().held_out if name == "peoples_daily" else entities(name)
        language = Language.EN if name == "en" else Language.ZH
        found = data["sets"].setdefault(name, {})
        if name == "peoples_daily":
            found["jieba"] = written_scores(scores_of(items, [tagged_spans(item.text) for item in items]))
        asked = items[:ASKED_ABOUT] if name == "peoples_daily" else items
        for method in [only] if only else ["copied", "free"]:
            answers = ask(lm, [(item.text, method == "copied") for item in asked], language, MOST_EXAMPLES)
            found[method] = written_scores(scores_of(asked, [answer.spans for answer in answers]))
            absent, names = sum(len(answer.absent) for answer in answers), sum(len(answer.names) for answer in answers)
            data.setdefault("absent", {}).setdefault(name, {})[method] = {"names": names, "absent": absent}
            print(name, method, found[method]["strict"]["all"], absent, "of", names, flush=True)
            MEASURED.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
