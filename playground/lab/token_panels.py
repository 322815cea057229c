"""Defines panels of tokens, attention, attributions, decoding steps and passages. Data only; drawings are elsewhere.

Pieces are the readable text of each model token: a character split over several tokens is shown in full on the first
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
    """An alternative token and its probability."""

    text: str
    probability: float


@dataclass(frozen=True)
class Token:
    """One generated token. `probability`: the unmodified model's (0 to 1); `rank`: 1 is the most likely.

    `chosen_probability`: after penalties, temperature and truncation, if different.
    """

    text: str
    probability: float | None = None
    rank: int | None = None
    chosen_probability: float | None = None
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True)
class Tokens(Panel, kind="tokens"):
    """A prompt and its continuation, tokens coloured by probability.

    `divergence`: index of the first token that differs from the other side's. `ending`: the stop reason; None while
    generating.
    """

    prompt: str
    tokens: tuple[Token, ...]
    divergence: int | None = None
    ending: Text | None = None


@dataclass(frozen=True)
class RibbonRow:
    """One number per piece, or None; `role` "a" or "b" sets its colour."""

    name: Label
    values: tuple[float | None, ...]
    unit: Label = ""
    role: str = ""


@dataclass(frozen=True)
class Ribbon(Panel, kind="ribbon"):
    """Numbers per piece of a text, drawn above it. `marks`: indices to mark; `mark`: what is marked there, in a few words."""

    pieces: tuple[str, ...]
    rows: tuple[RibbonRow, ...]
    marks: tuple[int, ...] = ()
    mark: Label = ""
    diverging: bool = False


@dataclass(frozen=True)
class Struck:
    """A text without some of its units: what a click on a word shows.

    `units`: numbers of those struck out, from 0; `text`: what remains; `value`: what the model computes for it, `whole`: for the whole
    text; `predicted`: what LIME's surrogate says of it, intercept and weights of the units that stay, None where LIME didn't run.
    """

    units: tuple[int, ...]
    text: str
    whole: float
    value: float
    predicted: float | None = None


@dataclass(frozen=True)
class Unit:
    """A character or word in terms of model tokens: `shares` are (token index, share of that token, 0 to 1)."""

    text: str
    shares: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class KnownHead:
    """A head whose pattern is known by name. `kind`: "previous", "first", "same" or "induction"; `share`: its mean attention on it."""

    layer: int
    head: int
    kind: str
    share: float


@dataclass(frozen=True)
class Attention(Panel, kind="attention"):
    """All layers and heads of a prefill over `pieces` (model tokens, the first is the beginning-of-text token).

    `packed`: base64 of little-endian uint16, weight × 65535, lower triangles in row-major order:
    [layer][head][query][key ≤ query]. `full_layers`: layers with full attention; the others use a sliding window.
    `layer`, `head`: shown first (from 0); `selected`: the token shown first. `characters`, `words`: other units to display. `known`: heads
    of known kinds, those with a share of at least `known_from`; 0 if none were looked for. `strikes`: the setting that a click on a
    word changes, "" for none: it strikes out the unit `units[owners[piece]]`, -1 for a piece of none.
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
    known: tuple[KnownHead, ...] = ()
    known_from: float = 0.0
    strikes: str = ""
    units: tuple[str, ...] = ()
    owners: tuple[int, ...] = ()
    struck: Struck | None = None

    @staticmethod
    def pack(weights: npt.NDArray[np.floating]) -> str:
        """Packs weights (layers, heads, length, length) for `packed`."""
        rows, columns = np.tril_indices(weights.shape[-1])
        scaled = np.rint(np.clip(weights[:, :, rows, columns], 0, 1) * 65535)
        return base64.b64encode(scaled.astype("<u2").tobytes()).decode("ascii")

    def weights(self) -> npt.NDArray[np.float32]:
        """Unpacks the weights (layers, heads, length, length), with an error of at most 1/131070."""
        length = len(self.pieces)
        flat = np.frombuffer(base64.b64decode(self.packed), "<u2").astype(np.float32) / 65535
        full = np.zeros((self.layers, self.heads, length, length), np.float32)
        rows, columns = np.tril_indices(length)
        full[:, :, rows, columns] = flat.reshape(self.layers, self.heads, -1)
        return full


@dataclass(frozen=True)
class Contribution:
    """A unit's weight; `low` and `high`: its interval over several seeds, if there are several."""

    text: str
    weight: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Perturbed:
    """A perturbed text and the value that the model computed for it."""

    text: str
    value: float


@dataclass(frozen=True)
class Attribution(Panel, kind="attribution"):
    """The contribution of each unit of a text to a value (a probability unless `value_label` names another).

    `contributions` are in text order; ignored units (spaces, punctuation) have no entry.
    `fit`: R² of a surrogate model on its samples. `reliable` False draws it grey, with `reason`.
    `samples` requested, `distinct` computed. `agreement`: rank correlation with `agreement_with`. `intercept`: of a surrogate.
    `strikes`: the setting that a click on a word changes, "" for none; `struck`: the text without the words struck out so far.
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
    intercept: float | None = None
    strikes: str = ""
    struck: Struck | None = None


@dataclass(frozen=True)
class Candidate:
    """A candidate token of a step. `causes`: indices of the context tokens for which it was penalized.

    `token`: its id, the same on both sides, -1 if unknown. `count`: its occurrences among the tokens that penalties count.
    """

    text: str
    chosen: bool = False
    causes: tuple[int, ...] = ()
    token: int = -1
    count: int = 0


@dataclass(frozen=True)
class Stage:
    """One stage between logits and sampling. `values`: one per candidate, None once truncated.

    `unit`: "logit" or "probability". `formula`: plain text, x is the previous stage's value. `key`: which stage it is, named as
    the control that sets it, `setting`: that control's value; "" and None for one without a number of its own.
    """

    name: Label
    formula: str
    values: tuple[float | None, ...]
    unit: str = "logit"
    key: str = ""
    setting: float | None = None


@dataclass(frozen=True)
class Distribution:
    """A step's whole distribution in a few hundred numbers: enough to compute it again under other settings.

    `head`: base64 of little-endian float32, the raw logits of the likeliest tokens, of all that occurred and of the candidates, in
    the order of their ids. `counts`: base64 of uint16, how often each occurred. `banned`: base64 of uint8, 1 for what an n-gram rule
    or an expression forbids. `places`: of each candidate in the head. `tail_logits`, `tail_counts`: base64 of float32 and uint32,
    the mean logit and the number of the other tokens, which never occurred and are less likely, in narrow bins, the likeliest first.
    """

    head: str
    counts: str
    banned: str
    places: tuple[int, ...]
    tail_logits: str
    tail_counts: str


@dataclass(frozen=True)
class WaterfallSettings:
    """The settings of a run that a drawing may preview, named as the controls; see `generation.settings.Decoding`."""

    strategy: str
    repetition_penalty: float
    presence_penalty: float
    frequency_penalty: float
    temperature: float
    top_k: int
    top_p: float
    min_p: float


@dataclass(frozen=True)
class WaterfallStep:
    """A decoding step: `context` pieces, candidates, stages, and how many tokens remained after truncation.

    `distribution`: None where the step can't be computed again from it, as in a beam search.
    """

    context: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    stages: tuple[Stage, ...]
    remaining: int | None = None
    distribution: Distribution | None = None


@dataclass(frozen=True)
class Waterfall(Panel, kind="waterfall"):
    """Steps from raw logits through penalties, temperature and truncation to sampling probabilities; `opened` is shown first.

    `settings`: of the run; None if its drawing can't preview others.
    """

    steps: tuple[WaterfallStep, ...]
    opened: int = 0
    settings: WaterfallSettings | None = None


@dataclass(frozen=True)
class TreeNode:
    """A token of a search tree. `parent` None for the root.

    `probability`: of this token given its parent; `log_probability`: of the path (natural log). `kept` False: pruned.
    `score`: with length penalty, of a finished or last path; `rank` 1 is the best.
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
    """A search tree including pruned branches. `score_label`: name of the score that ranks."""

    nodes: tuple[TreeNode, ...]
    score_label: Label = ""


@dataclass(frozen=True)
class Span:
    """A span of a passage. `score` (0 to 1) tints it; `mark`: a few characters in front of it, such as a rank or "?".

    `tone`: "" plain, "a" or "b" a side's colour, "warn" an error, "faint" an omission. `note`: shown on hover.
    """

    text: str
    score: float | None = None
    mark: str = ""
    tone: str = ""
    note: Label = ""


@dataclass(frozen=True)
class Passage:
    """A text as spans, which joined give exactly the text; `note`: a few words beside its name."""

    name: Label
    spans: tuple[Span, ...]
    note: Label = ""


@dataclass(frozen=True)
class Passages(Panel, kind="passages"):
    """Texts side by side with tinted and marked spans. `score_label`: the meaning of the tint."""

    passages: tuple[Passage, ...]
    score_label: Label = ""
