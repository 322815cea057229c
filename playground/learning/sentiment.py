"""Classifies sentiment with a probe: logistic regression on the last token's hidden state of a prompted text.

Two classes, as in the data. Trained by `train_sentiment`; knows no page and no explanation method.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models.language_model import LanguageModel

CLASSES = ("negative", "positive")
WEIGHTS = Path(__file__).with_name("sentiment_probe.npz")
REPORT = Path(__file__).with_name("sentiment_probe.json")


@dataclass(frozen=True)
class Frame:
    """The prompt template around a text; the probe uses the state of its last token."""

    before: str
    after: str

    def ids(self, lm: LanguageModel, text: str) -> tuple[list[int], range]:
        """Returns the prompt's token ids, and the positions of the text's own tokens.

        The three parts are tokenized separately, so that the text's tokens don't depend on the template.
        """
        before = lm.encode(self.before)
        middle, after = (lm.encode(part, bos=False) for part in (text, self.after))
        return [*before, *middle, *after], range(len(before), len(before) + len(middle))


@dataclass(frozen=True)
class SentimentProbe:
    """p(positive) = sigmoid(state · weight + bias), state: (hidden,) of the prompt's last token after `layer` layers.

    `report`: split sizes, selection of template and layer, accuracies on held-out texts.
    """

    frame: Frame
    layer: int
    weight: Tensor
    bias: float
    model: Mapping[str, Any]
    report: Mapping[str, Any]

    @property
    def classes(self) -> tuple[str, ...]:
        """Column names of `probabilities`."""
        return CLASSES

    def prompt(self, lm: LanguageModel, text: str) -> tuple[list[int], range]:
        """Returns the prompt's token ids for a text, and the positions of the text's own tokens."""
        return self.frame.ids(lm, text)

    def probability(self, state: Tensor) -> Tensor:
        """Returns p(positive) of states (…, hidden); differentiable."""
        return torch.sigmoid(state.float() @ self.weight.to(state.device) + self.bias)

    def probabilities(self, lm: LanguageModel, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Returns class probabilities (texts, classes) under any variant of the model. Equal texts are computed once.

        Raises PlaygroundError for a model that the probe wasn't trained on, and for a text longer than its context.
        """
        self.check(lm)
        if not texts:
            return np.empty((0, len(CLASSES)))
        places: dict[str, int] = {}
        rows = [places.setdefault(text, len(places)) for text in texts]
        sequences = [self.prompt(lm, text)[0] for text in places]
        if max(map(len, sequences)) > lm.context:
            raise PlaygroundError(
                Text(zh="文本超过了模型能读的 {limit} 个词元，请删短。", en="The text is longer than the {limit} tokens that the model can read; please shorten it.").format(limit=lm.context)
            )  # fmt: skip
        positive = self.probability(lm.last_hidden(sequences, self.layer, precise=True)).double().numpy()[rows]
        return np.stack([1 - positive, positive], axis=1)

    def check(self, lm: LanguageModel) -> None:
        """Raises PlaygroundError if the probe wasn't trained on this model. Its variants are accepted, as they share its embedding."""
        if fingerprint(lm) != self.model["fingerprint"]:
            raise PlaygroundError(
                Text(
                    zh="情感探针是在 {trained} 上训练的，不能用于当前模型 {name}。请运行 python -m playground.learning.train_sentiment 为它重新训练。",
                    en="The sentiment probe was trained on {trained} and can't be used with the present model, {name}."
                    " Run python -m playground.learning.train_sentiment to train it anew.",
                ).format(trained=self.model["name"], name=lm.name)
            )


def fingerprint(lm: LanguageModel) -> str:
    """Hashes a model's shape and 64 rows of its embedding; a variant has its base's fingerprint.

    The rows are rounded to bfloat16, so that the fingerprint doesn't depend on the dtype.
    """
    embedding: Tensor = (lm.base or lm.module).get_input_embeddings().weight
    rows = torch.linspace(0, embedding.shape[0] - 1, 64).long()
    sample = embedding.detach()[rows.to(embedding.device)].to(torch.bfloat16).view(torch.int16).cpu().numpy()
    shape = f"{lm.layers}/{lm.hidden_size}/{lm.vocabulary}/"
    return hashlib.sha256(shape.encode() + sample.astype("<i2").tobytes()).hexdigest()[:16]


@functools.cache
def load() -> SentimentProbe:
    """Loads the package's trained probe. Raises PlaygroundError if its files are missing."""
    return read(WEIGHTS, REPORT)


def read(weights: Path, report: Path) -> SentimentProbe:
    """Reads a probe that `train_sentiment` wrote. Raises PlaygroundError if its files are missing."""
    try:
        told = json.loads(report.read_text(encoding="utf-8"))
        with np.load(weights, allow_pickle=False) as arrays:
            weight, bias = torch.from_numpy(arrays["weight"]), float(arrays["bias"])
    except OSError as error:
        raise PlaygroundError(
            Text(zh="情感探针的权重缺失，请运行 python -m playground.learning.train_sentiment。",
                 en="The sentiment probe's weights are missing; run python -m playground.learning.train_sentiment.")
        ) from error  # fmt: skip
    frame = Frame(told["frame"]["before"], told["frame"]["after"])
    return SentimentProbe(frame, told["layer"], weight, bias, told["model"], told)
