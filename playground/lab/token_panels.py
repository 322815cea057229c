"""Panels that show text as a model reads, writes and weighs it. Data only; knows nothing of how they are drawn.

Pieces are what a reader sees of each model token: a character split over several tokens stands whole on the first
of them, and the others are "" (see `language.units`).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from playground.lab.panels import Panel
from playground.lab.text import Label, Text


@dataclass(frozen=True)
class Alternative:
    """Another token that could have come, with its probability."""

    text: str
    probability: float


@dataclass(frozen=True)
class Token:
    """One generated token. `probability`: the raw model's (0 to 1); `rank`: 1 is the likeliest.

    `chosen_probability`: after every penalty, temperature and filter, where that differs.
    """

    text: str
    probability: float | None = None
    rank: int | None = None
    chosen_probability: float | None = None
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True)
class Tokens(Panel, kind="tokens"):
    """A prompt and its continuation, tokens coloured by probability.

    `divergence`: index of the first token that differs from the other side's. `ending`: why it ended; None while
    tokens still come.
    """

    prompt: str
    tokens: tuple[Token, ...]
    divergence: int | None = None
    ending: Text | None = None


@dataclass(frozen=True)
class RibbonRow:
    """One number per piece, None where there is none; `role` "a" or "b" gives a side's colour."""

    name: Label
    values: tuple[float | None, ...]
    unit: Label = ""
    role: str = ""


@dataclass(frozen=True)
class Ribbon(Panel, kind="ribbon"):
    """Numbers along a text, drawn over its pieces. `marks`: indices to mark, such as the first divergence."""

    pieces: tuple[str, ...]
    rows: tuple[RibbonRow, ...]
    marks: tuple[int, ...] = ()
    diverging: bool = False


@dataclass(frozen=True)
class Unit:
    """A character or word over model tokens: `shares` are (token index, share of that token), shares from 0 to 1."""

    text: str
    shares: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Attention(Panel, kind="attention"):
    """All layers and heads of a prefill over `pieces` (model tokens, the first is the beginning-of-text token).

    `packed`: base64 of little-endian uint16, weight × 65535, lower triangles row by row:
    [layer][head][query][key ≤ query]. `full_layers`: layers that attend to everything; the others have a window.
    `layer`, `head`: the one opened first (from 0). `characters`, `words`: the units to switch to.
    """

    pieces: tuple[str, ...]
    layers: int
    heads: int
    packed: str
    characters: tuple[Unit, ...] = ()
    words: tuple[Unit, ...] = ()
    full_layers: tuple[int, ...] = ()
    layer: int = 0
    head: int = 0
    selected: int = 0

    @staticmethod
    def pack(weights: npt.NDArray[np.floating]) -> str:
        """`packed` of weights (layers, heads, length, length)."""
        rows, columns = np.tril_indices(weights.shape[-1])
        scaled = np.rint(np.clip(weights[:, :, rows, columns], 0, 1) * 65535)
        return base64.b64encode(scaled.astype("<u2").tobytes()).decode("ascii")

    def weights(self) -> npt.NDArray[np.float32]:
        """The weights (layers, heads, length, length), to within 1/131070."""
        length = len(self.pieces)
        flat = np.frombuffer(base64.b64decode(self.packed), "<u2").astype(np.float32) / 65535
        full = np.zeros((self.layers, self.heads, length, length), np.float32)
        rows, columns = np.tril_indices(length)
        full[:, :, rows, columns] = flat.reshape(self.layers, self.heads, -1)
        return full


@dataclass(frozen=True)
class Contribution:
    """A unit's weight; `low` and `high`: its spread over seeds, where there are several."""

    text: str
    weight: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Perturbed:
    """A perturbed text really put to the model, and the value it gave."""

    text: str
    value: float


@dataclass(frozen=True)
class Attribution(Panel, kind="attribution"):
    """What each unit of a text adds to a value (a probability unless `value_label` says otherwise).

    `contributions` in the order of the text; units that take no part (spaces, punctuation) have no entry.
    `fit`: R² of a surrogate model on its samples. `reliable` False draws the grey state, with `reason`.
    `samples` asked for, `distinct` computed. `agreement`: rank correlation with `agreement_with`.
    """

    method: Label
    target: Label
    value: float
    contributions: tuple[Contribution, ...]
    baseline: float | None = None
    fit: float | None = None
    samples: int | None = None
    distinct: int | None = None
    seeds: int = 1
    agreement: float | None = None
    agreement_with: Label = ""
    reliable: bool = True
    reason: Text | None = None
    perturbed: tuple[Perturbed, ...] = ()
    value_label: Label = ""


@dataclass(frozen=True)
class Candidate:
    """A token at a step. `causes`: indices into the step's context of what made a penalty act on it."""

    text: str
    chosen: bool = False
    causes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One stage of turning logits into a choice. `values`: one per candidate, None once filtered out.

    `unit`: "logit" or "probability". `formula`: plain text, x the value before.
    """

    name: Label
    formula: str
    values: tuple[float | None, ...]
    unit: str = "logit"


@dataclass(frozen=True)
class WaterfallStep:
    """A step of generation: `context` pieces so far, candidates, stages, and how many tokens stayed in the running."""

    context: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    stages: tuple[Stage, ...]
    remaining: int | None = None


@dataclass(frozen=True)
class Waterfall(Panel, kind="waterfall"):
    """From raw logit through penalties, temperature and filters to the probability drawn from; `opened` first."""

    steps: tuple[WaterfallStep, ...]
    opened: int = 0


@dataclass(frozen=True)
class TreeNode:
    """A token of a search tree. `parent` None for the root.

    `probability`: of this token after its parent; `log_probability`: of the path (natural log). `kept` False: cut.
    `score`: the ranked one (length penalty included) of a finished or last path; `rank` 1 is the best.
    """

    id: int
    parent: int | None
    text: str
    step: int
    probability: float | None = None
    log_probability: float | None = None
    kept: bool = True
    finished: bool = False
    score: float | None = None
    rank: int | None = None
    group: int = 0


@dataclass(frozen=True)
class Tree(Panel, kind="tree"):
    """A search tree, cut branches included. `score_label`: what the rank goes by."""

    nodes: tuple[TreeNode, ...]
    score_label: Label = ""


@dataclass(frozen=True)
class Span:
    """A stretch of a passage. `score` (0 to 1) tints it; `mark`: a few characters set before it, such as a rank or "?".

    `tone`: "" plain, "a" or "b" a side's colour, "warn" what is wrong, "faint" what is left out. `note`: said on hover.
    """

    text: str
    score: float | None = None
    mark: str = ""
    tone: str = ""
    note: Label = ""


@dataclass(frozen=True)
class Passage:
    """A text in spans that are it exactly when joined; `note`: a few words beside its name."""

    name: Label
    spans: tuple[Span, ...]
    note: Label = ""


@dataclass(frozen=True)
class Passages(Panel, kind="passages"):
    """Texts beside each other with stretches of them tinted and marked. `score_label`: what the tint means."""

    passages: tuple[Passage, ...]
    score_label: Label = ""
