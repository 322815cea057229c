"""Reads a text's features by the autoencoder, finds features by a word, and changes one to see the next token. Knows no panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.explanation.patching import Runs
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.learning import autoencoder
from playground.learning.autoencoder import Autoencoder
from playground.models.editing import EditableModel, Place
from playground.models.output_head import head_logits, log_probabilities
from playground.topics.mechanisms.settings import Settings

# Features of the text that are listed; agreement (φ) from which a feature answers in both languages.
LISTED, BOTH = 12, 0.5


@dataclass(frozen=True)
class Read:
    """A text's features. `activations`: (features listed, positions after the start token); `numbers`: of the features, by the sum
    of their activations over how often they are active in training; `probabilities`: of the next token before and after the change
    of feature `chosen` (vocabulary,); `here`: the share of the loss that the reconstruction recovers on the text, None where erasing
    costs nothing."""

    numbers: tuple[int, ...]
    activations: Tensor
    chosen: int
    strength: float
    before: Tensor
    after: Tensor
    here: float | None


def read(model: EditableModel, found: Autoencoder, ids: Sequence[int], runs: Runs, settings: Settings) -> Read:
    """Returns the features of the clean text `ids` and the effect of changing one. Raises PlaygroundError for a feature that doesn't exist."""
    place = Place("residual", found.layer)
    codes = found.encode(runs.values[place][0, 1:])
    total = torch.zeros(found.features).scatter_add(0, codes.indices.flatten().cpu(), codes.values.flatten().cpu())
    # Of a feature that is active nearly everywhere its activity says little about this text: rare ones come first.
    total = total * torch.log(1 / torch.from_numpy(density(found)).clamp(min=1e-6)).float()
    numbers = [int(number) for number in total.topk(min(LISTED, found.features)).indices if total[number] > 0]
    chosen = _chosen(settings, found, numbers)
    if chosen not in numbers:
        numbers = [chosen, *numbers[: LISTED - 1]]
    shown = torch.stack([found.activation(codes, number) for number in numbers])

    def edit(value: Tensor) -> Tensor:
        """The rows: as it is, with one feature multiplied, reconstructed, and erased to the mean; the start token stays."""
        start, rest = value[:, :1], value[:1, 1:]
        others = (
            found.multiplied(rest, chosen, settings.factor),
            found.decode(found.encode(rest)).to(value),
            found.center.to(value).expand_as(rest),
        )
        return torch.cat([start, torch.cat([rest, *others])], 1)

    with model.editing({place: edit}):
        states, _ = model.lm.extend(torch.tensor([list(ids)] * 4))
    after = head_logits(model.lm, states[1, -1], precise=True).cpu()
    kept, reconstructed, erased = _losses(model, states[[0, 2, 3]], ids)
    spread = erased - kept
    return Read(
        tuple(numbers), shown.cpu(), chosen, float(shown[numbers.index(chosen)].max()), runs.logits[0].softmax(-1), after.softmax(-1),
        (erased - reconstructed) / spread if spread > 0 else None,
    )  # fmt: skip


def _chosen(settings: Settings, found: Autoencoder, numbers: Sequence[int]) -> int:
    """The clicked feature, or the first of the text's."""
    if not settings.feature.strip():
        return numbers[0] if numbers else 0
    if not settings.feature.strip().isdecimal() or int(settings.feature) >= found.features:
        raise PlaygroundError(
            Text(
                zh="“特征”是 {given}，应为 0 到 {last} 的编号。",
                en="“Feature” is {given}; it must be a number from 0 to {last}.",
            ).format(given=settings.feature, last=found.features - 1),
            "feature",
        )
    return int(settings.feature)


def _losses(model: EditableModel, states: Tensor, ids: Sequence[int]) -> list[float]:
    """Returns each row's mean loss (nats a token) of the text's tokens after the first two, of states (rows, length, hidden)."""
    if len(ids) < 3:
        return [0.0] * len(states)
    found = log_probabilities(model.lm, states[:, 1:-1].flatten(0, 1), list(ids[2:]) * len(states))
    return [-float(row.double().mean()) for row in found.view(len(states), -1)]


def density(found: Autoencoder) -> npt.NDArray[np.float64]:
    """Returns each feature's share (0 to 1) of active tokens, the mean of both languages."""
    shares = found.report["density"]
    both: npt.NDArray[np.float64] = np.mean([shares["zh"], shares["en"]], axis=0)
    return both


def by_word(word: str, most: int) -> list[int]:
    """Returns the features whose strongest texts are strongest on a token that holds the word or is a part of it, two letters or a
    character at least; the surest first."""
    wanted = word.strip().lower()
    if not wanted:
        return []
    hits = []
    for number, texts in enumerate(autoencoder.snippets()):
        named = [text.token.strip().lower() for text in texts]
        count = sum(
            wanted in name or (name in wanted and len(name) >= (2 if name.isascii() else 1)) for name in named if name
        )
        if count >= 2:
            hits.append((-count, number))
    return [number for _, number in sorted(hits)[:most]]


def in_both_languages(found: Autoencoder, most: int) -> list[int]:
    """Returns the features that are active in a sentence and its translation alike, most alike first, of at least BOTH."""
    agreement = np.array(found.report["both_languages"])
    return [int(number) for number in np.argsort(-agreement, kind="stable")[:most] if agreement[number] >= BOTH]
