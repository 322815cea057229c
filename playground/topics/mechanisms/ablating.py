"""Scores all heads by kind, chooses some, and measures what the loss loses without them. Knows no panel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from playground.data import sets
from playground.explanation import head_kinds
from playground.explanation.head_kinds import Floats, HeadKind, Means
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.models.editing import EditableModel
from playground.topics.mechanisms.findings import Ablated, Head, Losses, OnText
from playground.topics.mechanisms.settings import Settings

# Random tokens of one copy, and sequences; draws of other heads for comparison.
LENGTH, ROWS, DRAWS = 20, 2, 2
# Tokens of a document that is running text for the losses or the means.
PLAIN_TOKENS = 48
Scores = dict[HeadKind, Floats | None]


@dataclass(frozen=True)
class Measured:
    """Scores on repeated random tokens and on the visitor's text, with the sequences that the losses are measured on."""

    repeated: Scores
    text: Scores
    copies: list[list[int]]


def score(model: EditableModel, text: Sequence[int], seed: int) -> Measured:
    """Returns the scores of all heads; one forward pass for each sequence and one for the text."""
    copies = head_kinds.repeated(model.lm, LENGTH, ROWS, seed)
    return Measured(head_kinds.mean_patterns(model.lm, copies), head_kinds.mean_patterns(model.lm, [text]), copies)


@dataclass(frozen=True)
class Chosen:
    """What is ablated: heads, and layers (from 0) of MLPs."""

    heads: list[head_kinds.Head]
    mlps: list[int]


def choose(settings: Settings, scores: Scores, layers: int, heads: int) -> Chosen:
    """Returns what to ablate: heads and MLPs that were clicked, or the strongest heads of the kind. Raises PlaygroundError for others."""
    clicked = settings.heads.replace(",", " ").split()
    if not clicked:
        own = scores[cast(HeadKind, settings.head_kind)]
        return Chosen([] if own is None else head_kinds.strongest(own, min(settings.head_count, layers * heads)), [])
    found, mlps = set(), set()
    for name in clicked:
        match = re.fullmatch(r"(\d{1,4})\.(\d{1,4}|mlp)", name)
        layer = int(match[1]) if match else 0
        head = match[2] if match else ""
        if not 1 <= layer <= layers or (head != "mlp" and not 1 <= int(head) <= heads):
            raise PlaygroundError(
                Text(
                    zh="“消融的部件”里没有“{name}”：写成“层.头”或“层.mlp”，层 1 到 {layers}，头 1 到 {heads}，例如 13.3、9.mlp。",
                    en="“Ablated parts” has no “{name}”: write layer.head or layer.mlp, layers 1 to {layers} and heads 1 to {heads}, such as 13.3 or 9.mlp.",
                ).format(name=name, layers=layers, heads=heads),
                "heads",
            )
        if head == "mlp":
            mlps.add(layer - 1)
        else:
            found.add((layer - 1, int(head) - 1))
    return Chosen(sorted(found), sorted(mlps))


def running_text(model: EditableModel, first: int, count: int) -> list[list[int]]:
    """Returns the starts of documents in both languages, of equal length."""
    texts = [document.text for language in Language for document in sets.documents(language)[first : first + count]]
    encoded = [model.lm.encode(text)[:PLAIN_TOKENS] for text in texts]
    shortest = min(map(len, encoded))
    return [ids[:shortest] for ids in encoded]


def measure_means(model: EditableModel, settings: Settings) -> Means | None:
    """Returns what takes the place of what is ablated: means over running text; None for zero."""
    return head_kinds.mean_outputs(model, running_text(model, 1, 1)) if settings.ablation == "mean" else None


def ablate(
    model: EditableModel, settings: Settings, measured: Measured, chosen: Chosen, means: Means | None, on_text: OnText
) -> Iterator[tuple[int, Ablated | None]]:
    """Yields the number of finished measurements, at last with the findings. `on_text`: what ablation does on the clean text."""
    lm = model.lm
    plain = running_text(model, 0, 1)
    yield 1, None
    whole = _losses(model, measured.copies, plain, Chosen([], []), means)
    yield 2, None
    without = _losses(model, measured.copies, plain, chosen, means)
    draws = [
        Chosen(
            head_kinds.random_heads(lm.layers, lm.heads, chosen.heads, len(chosen.heads), seed),
            head_kinds.random_mlps(lm.layers, chosen.mlps, len(chosen.mlps), seed),
        )
        for seed in range(settings.seed, settings.seed + DRAWS)
    ]
    others = []
    for done, drawn in enumerate(draws):
        yield 3 + done, None
        others.append(_losses(model, measured.copies, plain, drawn, means))
    # Without the first token of a copy: before it there is only the start token.
    unseen = head_kinds.loss(model, [ids[: len(ids) - _copy(measured.copies)] for ids in measured.copies], 2)
    best: dict[str, Head] = {}
    for kind in head_kinds.KINDS:
        scores = measured.repeated[kind]
        assert scores is not None, "repeated tokens show every kind"
        best[kind] = _head(scores, head_kinds.strongest(scores, 1)[0])
    own = measured.repeated[cast(HeadKind, settings.head_kind)]
    assert own is not None
    yield (
        3 + DRAWS,
        Ablated(
            best=best,
            chosen=tuple(_head(own, head) for head in chosen.heads),
            mlps=tuple(layer + 1 for layer in chosen.mlps),
            whole=whole,
            without=without,
            others=Losses(
                float(np.mean([one.copied for one in others])), float(np.mean([one.plain for one in others]))
            ),
            unseen=unseen,
            drawn=len(draws[0].heads) + len(draws[0].mlps),
            repeats=measured.text["duplicate"] is not None,
            on_text=on_text,
        ),
    )


def _head(scores: Floats, head: head_kinds.Head) -> Head:
    return Head(head[0] + 1, head[1] + 1, float(scores[head]))


def _losses(
    model: EditableModel,
    copies: list[list[int]],
    plain: list[list[int]],
    chosen: Chosen,
    means: Means | None,
) -> Losses:
    # From the second token of the second copy on: the first one's place is known to nobody.
    copied = head_kinds.loss(model, copies, len(copies[0]) - _copy(copies) + 1, chosen.heads, means, chosen.mlps)
    return Losses(copied, head_kinds.loss(model, plain, 1, chosen.heads, means, chosen.mlps))


def _copy(copies: list[list[int]]) -> int:
    """The length of one copy: after the start token, if there is one, half of a sequence."""
    return len(copies[0]) // 2
