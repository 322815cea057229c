"""The numbers of a run of mechanisms: what patching, attribution, ablation, steering and features show. Layers and heads count from 1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One `layer` and `position` (from 1; the start token is position 1). `token`: what is read there. `effect`: the
    share restored, 0 like the corrupted text, 1 like the clean one.
    """

    layer: int
    position: int
    token: str
    effect: float


@dataclass(frozen=True)
class Patched:
    """Activation patching. `answer`, `wrong`: the likeliest next tokens that are compared; `clean`, `corrupted`:
    logit(answer) − logit(wrong) of the two texts. `first`: the first position (from 1) where the texts differ.
    `strongest`: the place with the largest effect; `chosen`: the one whose output is shown, with `chance_before` and
    `chance_after`, the answer's probability (0 to 1) in the run that was patched, before and after. `handover`: the
    first layer from which on the effect at the last position is larger than at the first differing one; None where
    there is none, or where what is patched isn't the residual stream, which alone carries all. `all_gap`: the largest
    distance (logits) from the source after patching a whole layer's residual stream; `none_gap`: from the target
    without any patch.
    """

    answer: str
    wrong: str
    clean: float
    corrupted: float
    first: int
    strongest: Place
    chosen: Place
    chance_before: float
    chance_after: float
    handover: int | None
    all_gap: float
    none_gap: float


@dataclass(frozen=True)
class Direct:
    """Direct logit attribution of the clean text, in logits. `total`: the difference of logits; `embedding`, `heads`,
    `mlps`: sums of those parts; `rounding`: total minus all parts. `layer`, `head`, `largest`: the head that writes
    most for the answer, and how much.
    """

    total: float
    embedding: float
    heads: float
    mlps: float
    rounding: float
    layer: int
    head: int
    largest: float

    @property
    def share(self) -> float:
        """The largest head's part over the total."""
        return self.largest / self.total


@dataclass(frozen=True)
class Head:
    """An attention head, by `layer` and `head`. `score`: the share (0 to 1) of its attention that follows the pattern
    of its kind.
    """

    layer: int
    head: int
    score: float


@dataclass(frozen=True)
class Losses:
    """Mean losses (nats a token). `copied`: of the second copy of repeated random tokens; `plain`: of running text in
    both languages.
    """

    copied: float
    plain: float


@dataclass(frozen=True)
class OnText:
    """What ablation does to the clean text's next token. `chance`, `chance_without`: the answer's probability (0 to 1)
    in the whole model and without the ablated parts.
    """

    chance: float
    chance_without: float


@dataclass(frozen=True)
class Ablated:
    """Heads of a kind. `best`: the strongest head of each kind on repeated random tokens. `chosen`: the heads that are
    ablated, and `mlps`, the layers whose MLP is; by both the losses become `without`; `whole`: of the whole model;
    `others`: the mean of several draws of `drawn` other heads and MLPs, as many as are ablated where there are.

    `unseen`: the loss (nats a token) of the first copy, where nothing can be copied yet. `repeats`: whether the
    visitor's text repeats a token. `on_text`: what ablation does to the clean text's next token.
    """

    best: dict[str, Head]
    chosen: tuple[Head, ...]
    whole: Losses
    without: Losses
    others: Losses
    unseen: float
    drawn: int
    repeats: bool
    on_text: OnText
    mlps: tuple[int, ...] = ()

    @property
    def parts(self) -> int:
        """How many heads and MLPs are ablated."""
        return len(self.chosen) + len(self.mlps)

    @property
    def cost(self) -> float:
        """How much the loss of the second copy rises."""
        return self.without.copied - self.whole.copied

    @property
    def others_cost(self) -> float:
        """How much it rises without other heads."""
        return self.others.copied - self.whole.copied

    @property
    def plain_cost(self) -> float:
        """How much the loss of running text rises."""
        return self.without.plain - self.whole.plain


@dataclass(frozen=True)
class Steered:
    """Steering after `layer`. `norm`: of the direction over the mean norm of states there. `margin`, `plain_margin`:
    loss of the held-out sentences to steer away from minus that of those to steer towards (nats a token), steered and
    not. `perplexity`, `plain_perplexity`: of neutral text. `text`, `plain_text`: the continuations.
    """

    layer: int
    norm: float
    margin: float
    plain_margin: float
    perplexity: float
    plain_perplexity: float
    text: str
    plain_text: str

    @property
    def effect(self) -> float:
        """How far the margin moves."""
        return self.margin - self.plain_margin

    @property
    def cost(self) -> float:
        """The perplexity of neutral text over that without steering."""
        return self.perplexity / self.plain_perplexity


@dataclass(frozen=True)
class Sparse:
    """The sparse autoencoder. `layer`, `features`, `active`: its shape; `trained_on`: the tokens of its texts that
    aren't held out. `fvu` (share of variance not explained), `l0` and `recovered` (share of the loss that the
    reconstruction recovers, by language): on texts held out from its training; `dead` (share of features never active):
    over all texts. `here`: the same share on the visitor's text, None where erasing the layer costs no loss. `chosen`:
    the number of the changed feature, `strength` its largest activation in the text; `moved`: the change of the next
    token's distribution, total variation (0 to 1). `top_before`, `top_after`: the likeliest next token. `both`: how
    many features answer a sentence and its translation alike (φ of at least 0.5). `matches`: features found by the
    word.
    """

    layer: int
    features: int
    active: int
    trained_on: int
    fvu: float
    l0: float
    dead: float
    recovered: dict[str, float]
    here: float | None
    chosen: int
    strength: float
    moved: float
    top_before: str
    top_after: str
    both: int
    matches: int


@dataclass(frozen=True)
class Findings:
    """All parts of a run. `patched`: activation patching. `direct`: direct logit attribution. `ablated`: heads taken
    out. `steered`: states moved along a direction. `sparse`: the autoencoder's features, None for a model without one.
    """

    patched: Patched
    direct: Direct
    ablated: Ablated
    steered: Steered
    sparse: Sparse | None
