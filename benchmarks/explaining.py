"""LIME against the `lime` package on the same classifier; attention of 64 tokens against the library's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import jieba
import numpy as np
import numpy.typing as npt
import torch
from lime.lime_text import LimeTextExplainer
from transformers import AutoModelForCausalLM

from benchmarks.comparison import Table, against, take_turns
from playground.explanation.attention import attention_panel
from playground.explanation.lime_text import lime
from playground.explanation.removal import Removable, cut
from playground.explanation.values import Remembered
from playground.lab.codec import encode
from playground.learning import sentiment
from playground.models.embedded import FOLDER, cache_folder
from playground.models.language_model import LanguageModel
from playground.models.variants import store

REVIEW = "房间很干净服务员非常热情但是早餐真的太差了而且隔音效果不好晚上根本没法睡觉下次不会再来"
SAMPLES = 256
ATTENDED = 64
PASSAGE = (
    "The old library stood at the end of the street, and every evening a few children came to read the books that nobody else wanted. "
    * 4
)


def usual(texts: Sequence[str], lm: LanguageModel, probe: sentiment.SentimentProbe) -> npt.NDArray[np.float64]:
    """A classifier as one usually hands it to `lime`: every text by itself, through every layer."""
    states = torch.stack([lm.hidden_states(probe.prompt(lm, text)[0])[probe.layer, -1] for text in texts])
    positive = probe.probability(states).double().numpy()
    return np.stack([1 - positive, positive], axis=1)


def package(parts: Removable, classifier: Any, samples: int = SAMPLES) -> list[tuple[int, float]]:
    """The `lime` package on the same units."""

    def split(text: str) -> list[str]:
        return list(parts.names) if text == parts.text else jieba.lcut(text)

    explainer = LimeTextExplainer(split_expression=split, bow=False, random_state=0)
    explanation = explainer.explain_instance(
        parts.text, classifier, labels=(1,), num_features=len(parts), num_samples=samples
    )
    return list(explanation.as_map()[1])


def explaining(lm: LanguageModel) -> Table:
    probe = sentiment.load()
    parts = cut(REVIEW, "word")
    parts = Removable(REVIEW, parts.names[:20], parts.spans[:20]) if len(parts) > 20 else parts
    parts = cut(REVIEW[: parts.spans[-1][1]], "word")

    def value(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        return probe.probabilities(lm, texts)[:, 1]

    def run(**options: Any) -> npt.NDArray[np.float64]:
        *_, last = lime(parts, Remembered(value), samples=SAMPLES, seed=0, **options)
        return last.weights

    timings = take_turns({
        "lime package, one text at a time": lambda: package(parts, lambda texts: usual(texts, lm, probe)),
        "lime package, our classifier": lambda: package(parts, lambda texts: probe.probabilities(lm, texts)),
        "ours, all samples": lambda: run(settle=0.0),
        "ours, until the intervals settle": run,
    }, rounds=3)  # fmt: skip
    theirs = dict(package(parts, lambda texts: probe.probabilities(lm, texts)))
    mine = run(rounds=1)
    difference = max(abs(theirs[unit] - weight) for unit, weight in enumerate(mine))
    return against(
        f"LIME: {len(parts)} Chinese words, {SAMPLES} samples", timings, "lime package, one text at a time",
        goal="2 s; ten times the package's usual way, with equal weights for equal samples.",
        notes=f"With the package's own samples our weights differ from its by at most {difference:.1e}"
        f" (largest weight {np.abs(mine).max():.3f}).",
    )  # fmt: skip


def attending(lm: LanguageModel) -> Table:
    eager: Any = AutoModelForCausalLM.from_pretrained(
        cache_folder() / FOLDER, dtype=torch.bfloat16, attn_implementation="eager"
    ).eval()
    ids = lm.encode(PASSAGE)[:ATTENDED]
    text = lm.decode(ids)
    ids = lm.encode(text)

    @torch.inference_mode()
    def library() -> None:
        out = eager(torch.tensor([ids]), output_attentions=True)
        torch.stack([layer[0].float() for layer in out.attentions]).numpy()

    timings = take_turns({
        "an eager model, output_attentions=True": library,
        "ours, weights": lambda: lm.attentions(ids).numpy(),
        "ours, to the picture's JSON": lambda: json.dumps(encode(attention_panel(lm, text))),
    }, rounds=9)  # fmt: skip
    return against(
        f"Attention of {len(ids)} tokens, {lm.layers} layers, {lm.heads} heads", timings, "an eager model, output_attentions=True",
        goal="0.3 s to the picture.",
        notes=f"The peer needs a second copy of the weights; our twin shares them. The picture's JSON has "
        f"{len(json.dumps(encode(attention_panel(lm, text)))) / 1000:.0f} kB.",
    )  # fmt: skip


def main() -> None:
    lm = store().base()
    for table in (explaining(lm), attending(lm)):
        print(table.markdown())


if __name__ == "__main__":
    main()
