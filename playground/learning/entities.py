"""Finds named entities with a linear probe on the model's states and Viterbi decoding over BIO tags.

Trained by `train_entities`; knows no page. Units are Chinese characters, words of other scripts, and other characters one by one.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import regex
import torch

from playground.data.spans import KINDS, Span
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.language.segmentation import segment
from playground.learning.sentiment import fingerprint
from playground.models.backbone import first_layers
from playground.models.language_model import LanguageModel, by_length

_HAN = regex.compile(r"\p{Han}")
_POSSESSIVE = regex.compile(r"(?<=.)['’]s$")
TAGS = ("O", *(f"{place}-{kind}" for kind in KINDS for place in "BI"))
WEIGHTS = Path(__file__).with_name("entity_probe.npz")
REPORT = Path(__file__).with_name("entity_probe.json")

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Unit:
    """A unit of a text, `text[start:end]`, that gets one tag."""

    text: str
    start: int
    end: int


def units(text: str) -> list[Unit]:
    """Splits a text into units: each Chinese character, each word of another script, each other character; no spaces."""
    found: list[Unit] = []
    for part in segment(text, "word"):
        if not part.text.strip():
            continue
        if part.is_content and not _HAN.search(part.text):
            # The possessive ending is no part of a name.
            name = _POSSESSIVE.sub("", part.text)
            found.append(Unit(name, part.start, part.start + len(name)))
            if name != part.text:
                found.append(Unit(part.text[len(name) :], part.start + len(name), part.end))
            continue
        # A Chinese word is split into characters, so that no border of an entity is inside a unit.
        found += [
            Unit(piece.text, part.start + piece.start, part.start + piece.end)
            for piece in segment(part.text, "character")
        ]
    return found


def is_legal(before: int | None, tag: int) -> bool:
    """Returns whether a tag may follow another, None at the start: I only after B or I of the same kind."""
    name = TAGS[tag]
    return not name.startswith("I-") or (before is not None and TAGS[before][2:] == name[2:])


@functools.cache
def _legal() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    count = len(TAGS)
    first = np.array([is_legal(None, tag) for tag in range(count)])
    then = np.array([[is_legal(before, tag) for tag in range(count)] for before in range(count)])
    return first, then


def viterbi(scores: Scores, first: Scores, transitions: Scores) -> list[int]:
    """Returns the tag sequence with the largest sum of scores (units, tags), `first` (tags) and transitions (tags, tags).

    Sequences that BIO forbids are excluded. Viterbi 1967; time in units × tags².
    """
    if not len(scores):
        return []
    may_start, may_follow = _legal()
    best = np.where(may_start, scores[0] + first, -np.inf)
    moves = np.where(may_follow, transitions, -np.inf)
    back: list[npt.NDArray[np.intp]] = []
    for row in scores[1:]:
        through = best[:, None] + moves
        back.append(through.argmax(0))
        best = through.max(0) + row
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def illegal(path: Sequence[int]) -> list[int]:
    """Returns the places where a tag may not follow the one before it."""
    return [place for place, tag in enumerate(path) if not is_legal(path[place - 1] if place else None, tag)]


def spans_of(path: Sequence[int], parts: Sequence[Unit]) -> list[Span]:
    """Reads the entities off a tag sequence. An I that continues nothing starts an entity, as CoNLL's script reads it."""
    spans: list[Span] = []
    for place, tag in enumerate(path):
        if TAGS[tag] == "O":
            continue
        kind = TAGS[tag][2:]
        if is_legal(path[place - 1] if place else None, tag) and TAGS[tag][0] == "I":
            spans[-1] = Span(spans[-1].start, parts[place].end, kind)
        else:
            spans.append(Span(parts[place].start, parts[place].end, kind))
    return spans


def tags_of(spans: Sequence[Span], parts: Sequence[Unit]) -> list[int]:
    """Returns the BIO tag of every unit; a unit is inside an entity that it shares a character with."""
    path = [0] * len(parts)
    for span in spans:
        inside = [place for place, part in enumerate(parts) if part.start < span.end and span.start < part.end]
        for place in inside:
            path[place] = TAGS.index(("B-" if place == inside[0] else "I-") + span.kind)
    return path


def token_ids(lm: LanguageModel, text: str, parts: Sequence[Unit]) -> list[list[int]]:
    """Returns each unit's token ids, tokenized by itself with the space before it, so that no token spans two units."""
    spaced = [bool(part.start and text[part.start - 1].isspace()) for part in parts]
    return [lm.encode(" " * space + part.text, bos=False) for part, space in zip(parts, spaced, strict=True)]


@dataclass(frozen=True)
class Reading:
    """How a text is read. `twice`: two copies, of which the second is used, so that its states have seen the whole text.

    `ahead`: how many next units' states are appended to a unit's own. `layer`: 1 is the first.
    """

    layer: int
    twice: bool = False
    ahead: int = 0


def states(
    lm: LanguageModel, texts: Sequence[str], layers: Sequence[int], *, twice: bool
) -> list[dict[int, torch.Tensor]]:
    """Returns the state at the last token of every unit of every text after each layer, (units, hidden) float32.

    A causal model: a state has seen its unit and what is on its left. Raises PlaygroundError for a text longer than the context.
    """
    sequences, ends = [], []
    line = lm.encode("\n", bos=False)
    start = lm.encode("")
    for text in texts:
        own = token_ids(lm, text, units(text))
        flat = [token for ids in own for token in ids]
        before = [*start, *flat, *line] if twice else start
        # A model without a start token reads a line break first, so that no sequence is empty.
        before = before or line
        sequences.append([*before, *flat])
        ends.append(len(before) - 1 + np.cumsum([len(ids) for ids in own], dtype=np.int64))
    if max(map(len, sequences), default=0) > lm.context:
        raise PlaygroundError(
            Text(zh="文本超过了模型能读的 {limit} 个词元，请删短。", en="The text is longer than the {limit} tokens that the model can read; please shorten it.").format(limit=lm.context)
        )  # fmt: skip
    found: list[dict[int, torch.Tensor]] = [{} for _ in texts]
    cut = first_layers(lm.module, layers[0]) if len(layers) == 1 else None
    for batch in by_length(sequences):
        ids = torch.zeros(len(batch), max(len(sequences[index]) for index in batch), dtype=torch.long)
        for row, index in enumerate(batch):
            # Padded on the right: with causal attention no token sees the padding, so no mask is needed.
            ids[row, : len(sequences[index])] = torch.tensor(sequences[index])
        lm.on_forward(ids.numel())
        with torch.inference_mode():
            # The shortened model isn't asked for all states: it shares its layers, and the hooks that record them, with the whole.
            if cut is not None:
                hidden = {layers[0]: cut(input_ids=ids.to(lm.device), use_cache=False).last_hidden_state}
            else:
                out = lm.module.base_model(input_ids=ids.to(lm.device), use_cache=False, output_hidden_states=True)
                hidden = {layer: out.hidden_states[layer] for layer in layers}
        for row, index in enumerate(batch):
            for layer, state in hidden.items():
                found[index][layer] = state[row, torch.from_numpy(ends[index])].float().cpu()
    return found


def with_next(state: torch.Tensor, ahead: int) -> torch.Tensor:
    """Appends the states of the next units (units, hidden × (1 + ahead)); zeros past the end."""
    parts = [state]
    for step in range(1, ahead + 1):
        later = torch.zeros_like(state)
        later[: max(0, len(state) - step)] = state[step:]
        parts.append(later)
    return torch.cat(parts, 1)


@dataclass(frozen=True)
class EntityProbe:
    """p(tag) = softmax(state · weight + bias) per unit, `weight` (features, tags).

    `log_prior` (tags): of the training units. `log_first` (tags), `log_transitions` (tags, tags): counted on the training
    sentences with one added to each legal pair. `report`: training, selection, scores on held-out sentences.
    """

    reading: Reading
    weight: torch.Tensor
    bias: torch.Tensor
    log_prior: Scores
    log_first: Scores
    log_transitions: Scores
    transition_weight: float
    model: Mapping[str, Any]
    report: Mapping[str, Any]

    def log_probabilities(self, lm: LanguageModel, texts: Sequence[str]) -> list[Scores]:
        """Returns log p(tag) (units, tags) of every text.

        Raises PlaygroundError for a model that the probe wasn't trained on, and for a text longer than its context.
        """
        self.check(lm)
        read = states(lm, texts, [self.reading.layer], twice=self.reading.twice)
        return [self.of_states(one[self.reading.layer]) for one in read]

    def of_states(self, state: torch.Tensor) -> Scores:
        """Returns log p(tag) (units, tags) of one text's states (units, hidden)."""
        logits = with_next(state, self.reading.ahead) @ self.weight + self.bias
        found: Scores = torch.log_softmax(logits, -1).double().numpy()
        return found

    def path(self, log_probabilities: Scores, transition_weight: float | None = None) -> list[int]:
        """Decodes with Viterbi. A transition's score: its weight × log (p(tag | tag before) / p(tag))."""
        weight = self.transition_weight if transition_weight is None else transition_weight
        first, moves = self.log_first - self.log_prior, self.log_transitions - self.log_prior
        return viterbi(log_probabilities, weight * first, weight * moves)

    def check(self, lm: LanguageModel) -> None:
        """Raises PlaygroundError if the probe wasn't trained on this model."""
        if fingerprint(lm) != self.model["fingerprint"]:
            raise PlaygroundError(
                Text(
                    zh="实体探针是在 {trained} 上训练的，不能用于当前模型 {name}。请运行 python -m playground.learning.train_entities 为它重新训练。",
                    en="The entity probe was trained on {trained} and can't be used with the present model, {name}."
                    " Run python -m playground.learning.train_entities to train it anew.",
                ).format(trained=self.model["name"], name=lm.name)
            )


def count_transitions(paths: Sequence[Sequence[int]]) -> tuple[Scores, Scores, Scores]:
    """Counts tag sequences: log p of each tag, of each first tag, and of each tag after another; one is added to each legal pair.

    A pair that BIO forbids gets the same finite floor, log 1e-9: decoding excludes it by rule, not by its score.
    """
    may_start, may_follow = _legal()
    size = len(TAGS)
    prior, first, then = np.ones(size), may_start.astype(float), may_follow.astype(float)
    for path in paths:
        for place, tag in enumerate(path):
            prior[tag] += 1
            if place:
                then[path[place - 1], tag] += 1
            else:
                first[tag] += 1
    floor = 1e-9
    return (
        np.log(prior / prior.sum()),
        np.log(np.maximum(first / first.sum(), floor)),
        np.log(np.maximum(then / then.sum(1, keepdims=True), floor)),
    )


@functools.cache
def load() -> EntityProbe:
    """Loads the package's trained probe. Raises PlaygroundError if its files are missing."""
    try:
        report = json.loads(REPORT.read_text(encoding="utf-8"))
        with np.load(WEIGHTS, allow_pickle=False) as arrays:
            values = {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise PlaygroundError(
            Text(zh="实体探针的权重缺失，请运行 python -m playground.learning.train_entities。",
                 en="The entity probe's weights are missing; run python -m playground.learning.train_entities.")
        ) from error  # fmt: skip
    return EntityProbe(
        Reading(**report["reading"]),
        torch.from_numpy(values["weight"]).float(),
        torch.from_numpy(values["bias"]).float(),
        values["log_prior"],
        values["log_first"],
        values["log_transitions"],
        float(report["transition_weight"]),
        report["model"],
        report,
    )
