"""Compares LIME with the `lime` package on equal samples, and attention maps of 64 tokens with those of transformers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from lime.lime_text import LimeTextExplainer
from transformers import AutoModelForCausalLM

from benchmarks.comparison import Table, against, take_turns
from playground.explanation.attention import attention_panel
from playground.explanation.lime_text import lime
from playground.explanation.removal import Removable, cut
from playground.explanation.values import Remembered, ValueFunction
from playground.lab.codec import encode
from playground.learning import sentiment
from playground.models.cache import cache_folder
from playground.models.embedded import FOLDER
from playground.models.language_model import LanguageModel
from playground.models.variants import store

REVIEW = "房间很干净服务员非常热情但是早餐真的太差了而且隔音效果不好晚上根本没法睡觉下次不会再来"
SAMPLES = 256
TOLERANCE = 1e-9
ATTENDED = 64
PASSAGE = (
    "The old library stood at the end of the street, and every evening a few children came to read the books that nobody else wanted. "
    * 4
)
Explainer = Callable[[Removable, ValueFunction, int], npt.NDArray[np.float64]]


class Recording(Remembered):
    """Records the texts of all calls in `texts`, in order; computes each distinct text once."""

    def __init__(self, value: ValueFunction) -> None:
        super().__init__(value)
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        self.texts += texts
        return super().__call__(texts)


def package(
    parts: Removable, value: ValueFunction, samples: int = SAMPLES, mask_string: str = ""
) -> npt.NDArray[np.float64]:
    """Returns the weights (units,) of the `lime` package on the same units, with seed 0.

    By default the package replaces a removed word by the `mask_string` UNKWORDZ; with "" the texts are those of `ours`.
    """
    explainer = LimeTextExplainer(
        split_expression=lambda text: [text[start:end] for start, end in parts.spans],
        bow=False,
        mask_string=mask_string,
        random_state=0,
    )

    def classify(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        # The package leaves the space of a removed first word; what is explained is the text without it.
        positive = value([text.lstrip() for text in texts])
        return np.stack([1 - positive, positive], axis=1)

    explanation = explainer.explain_instance(
        parts.text, classify, labels=(1,), num_features=len(parts), num_samples=samples
    )
    found = dict(explanation.as_map()[1])
    return np.array([found[unit] for unit in range(len(parts))])


def ours(parts: Removable, value: ValueFunction, samples: int = SAMPLES) -> npt.NDArray[np.float64]:
    """Returns the weights (units,) of our LIME in one round with seed 0, on the samples of `package`."""
    *_, last = lime(parts, value, samples=samples, seed=0, rounds=1)
    return last.weights


def compare(parts: Removable, value: ValueFunction, peer: Explainer = package, samples: int = SAMPLES) -> str:
    """Explains the same values by `peer` and by ours; returns a sentence on how closely they agree.

    Raises ValueError if the perturbed texts differ, or the weights by more than TOLERANCE.
    """
    shared = Remembered(value)  # a bfloat16 model's value of a text depends on the texts in its batch
    theirs, mine = Recording(shared), Recording(shared)
    their_weights, my_weights = peer(parts, theirs, samples), ours(parts, mine, samples)
    equal = sum(one == other for one, other in zip(theirs.texts, mine.texts, strict=False))
    if not equal == len(theirs.texts) == len(mine.texts):
        raise ValueError(f"only {equal} of {len(theirs.texts)} perturbed texts are equal")
    difference = np.abs(their_weights - my_weights).max()
    if difference > TOLERANCE:
        raise ValueError(f"weights differ by {difference:.1e} on equal samples")
    return (
        f"Checked on equal samples: all {equal} perturbed texts ({shared.count} distinct) are equal, and the weights differ"
        f" by at most {difference:.1e} (largest weight {np.abs(my_weights).max():.3f})."
    )


def explaining(lm: LanguageModel) -> Table:
    probe = sentiment.load()
    parts = cut(REVIEW, "word")
    parts = cut(REVIEW[: parts.spans[:20][-1][1]], "word")

    def value(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        return probe.probabilities(lm, texts)[:, 1]

    def each_alone(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Scores each text by a separate forward pass through all layers, including repeated texts."""
        states = torch.stack([lm.hidden_states(probe.prompt(lm, text)[0])[probe.layer, -1] for text in texts])
        return probe.probability(states).double().numpy()

    agreement = compare(parts, value)
    usual = f"lime package: {SAMPLES} samples, one text per forward pass, all layers"
    timings = take_turns({
        usual: lambda: package(parts, each_alone),
        f"lime package: {SAMPLES} samples, our batched classifier": lambda: package(parts, Remembered(value)),
        f"ours: the same {SAMPLES} samples in the same batches": lambda: ours(parts, Remembered(value)),
        f"ours: up to {SAMPLES} samples of 8 seeds, until the intervals settle": lambda: list(
            lime(parts, Remembered(value), samples=SAMPLES)
        ),
    }, rounds=3, warm_up=0)  # fmt: skip
    return against(
        f"LIME: {len(parts)} Chinese words", timings, usual,
        goal="2 s; ten times the package's usual way, with equal weights for equal samples.",
        notes=f"{agreement} Our batched classifier computes each distinct text once, up to the probe's layer."
        " The package's default is 5,000 samples.",
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
