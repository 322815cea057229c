"""Records the model's answers to all questions of the set, which take minutes, and its retrieval on it, into answers.json.

    python -m playground.topics.question_answering.measure

With the base weights, in both languages, with and without a worked example that refuses.
"""

from __future__ import annotations

import json

from playground.lab.text import Language
from playground.learning.sentiment import fingerprint
from playground.models.variants import store
from playground.topics.question_answering import record
from playground.topics.question_answering.on_the_set import ALL, asked, key_of, written
from playground.topics.question_answering.retrieval import read_set


def main() -> None:
    lm = store().base()
    answers, retrieval = {}, {}
    for language in Language:
        found = read_set(lm, language, lambda fraction, text: None)
        means = {name: getattr(found, name) for name in ("question_mean", "sentence_mean")}
        retrieval[str(language)] = {
            **{name: [float(f"{value:.5g}") for value in mean.tolist()] for name, mean in means.items()},
            "best": found.best,
        }
        for refusal in (False, True):
            answered = asked(lm, language, refusal, ALL)
            answers[key_of(language, refusal)] = [written(one) for one in answered]
            print(language, refusal, len(answered), flush=True)
    data = {
        "model": lm.name,
        "fingerprint": fingerprint(lm),
        "dtype": str(lm.module.dtype),
        "prompts": record.prompts_hash(),
        "retrieval": retrieval,
        "answers": answers,
    }
    record.FILE.write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
