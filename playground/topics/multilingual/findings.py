"""The numbers of a run: shares and accuracies of the mixes, tokens by language, the language of each layer. Knows no panel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """`value`: a mean over networks of an accuracy (0 to 1) or of a difference of two, with its 95% interval.

    `low`, `high`: bootstrap over held-out examples; `spread`: standard deviation over networks; `count`: held-out
    examples.
    """

    value: float
    low: float
    high: float
    spread: float
    count: int


@dataclass(frozen=True)
class Accuracy:
    """Held-out accuracies of the same networks on `chinese` and on `english` examples."""

    chinese: Estimate
    english: Estimate


@dataclass(frozen=True)
class MixResult:
    """A mix. `share`: English's share of draws by formula; `counted`: by count (0 to 1). `chinese_epochs`,
    `english_epochs`: draws over examples. `accuracy`: held out.

    `gain`: English accuracy minus that of the mix by size, paired; None for that mix itself.
    """

    share: float
    counted: float
    chinese_epochs: float
    english_epochs: float
    accuracy: Accuracy
    gain: Estimate | None


@dataclass(frozen=True)
class Sweep:
    """`accuracy` at one `share` of English among the draws (0 to 1)."""

    share: float
    accuracy: Accuracy


@dataclass(frozen=True)
class Amount:
    """English accuracy with `english` training examples, which are `part` (0 to 1) of all, under three mixes:
    `by_size`, `chosen` (the settings') and `equal` (half of the draws).
    """

    english: int
    part: float
    by_size: Estimate
    chosen: Estimate
    equal: Estimate


@dataclass(frozen=True)
class Design:
    """`accuracy` of the chosen mix with one design of the network. `separate`: whether each language has a head of its
    own; `tag`: whether the input tells the language.
    """

    separate: bool
    tag: bool
    accuracy: Accuracy


@dataclass(frozen=True)
class Cost:
    """Size of a text or of many: `characters`, `bytes` in UTF-8, and `tokens` without the start token.

    `pieces`: tokens that are no whole character, or lack a letter's script: bytes of characters.
    """

    characters: int
    bytes: int
    tokens: int
    pieces: int

    @property
    def per_character(self) -> float:
        """Tokens over characters."""
        return self.tokens / self.characters

    @property
    def per_byte(self) -> float:
        """Tokens over bytes."""
        return self.tokens / self.bytes


@dataclass(frozen=True)
class Tax:
    """Tokens of the same meanings in both languages: `pairs` parallel sentences. `chinese`, `english`: all sentences of
    each.

    `premium`: Chinese tokens over English tokens, `low` to `high` its 95% interval over pairs; above 1 Chinese costs
    more.
    """

    pairs: int
    chinese: Cost
    english: Cost
    premium: float
    low: float
    high: float


@dataclass(frozen=True)
class Layer:
    """Logit lens at one layer, means over positions, by script (han, latin, other, neither; each 0 to 1).

    `mass`: probability; `best`: positions whose likeliest token is of the script.
    """

    mass: dict[str, float]
    best: dict[str, float]

    @property
    def leader(self) -> str:
        """The script with more probability, Han or Latin."""
        return "han" if self.mass["han"] >= self.mass["latin"] else "latin"


@dataclass(frozen=True)
class Lens:
    """The logit lens by language on the visitor's text. `layers`: from 0 (the embedding) to the last.

    `positions`: how many were read, `cut`: whether earlier ones were left out. `vocabulary`: each script's part of all
    tokens (0 to 1). `chosen`: the last position's likeliest token at each layer. `text_is_chinese`: the language the
    text is taken for.
    """

    layers: tuple[Layer, ...]
    positions: int
    cut: bool
    vocabulary: dict[str, float]
    chosen: tuple[str, ...]
    text_is_chinese: bool

    @property
    def between(self) -> tuple[Layer, ...]:
        """The layers between the embedding and the last."""
        return self.layers[1:-1]

    @property
    def inner_layers(self) -> int:
        """How many layers are between the embedding and the last."""
        return len(self.between)

    @property
    def latin_layers(self) -> int:
        """How many layers between the embedding and the last give Latin more probability than Han."""
        return sum(layer.leader == "latin" for layer in self.between)

    @property
    def latin_peak(self) -> float:
        """The largest mean probability of Latin tokens in a layer between the embedding and the last."""
        return max((layer.mass["latin"] for layer in self.between), default=0.0)

    @property
    def han_last(self) -> float:
        """The mean probability of Han tokens in the last layer."""
        return self.layers[-1].mass["han"]

    @property
    def latin_last(self) -> float:
        """The mean probability of Latin tokens in the last layer."""
        return self.layers[-1].mass["latin"]


@dataclass(frozen=True)
class Probed:
    """Held-out accuracy of telling the language, `value` (0 to 1), `low` to `high` its 95% interval over pairs of
    sentences.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Neutrality:
    """Whether the language can be told from the mean state of a sentence, by layer from the embedding (0) on.

    `before`: linear probe on raw states; `after`: the same after subtracting each language's mean of the training part;
    `curved`: a probe with curved borders after the same subtraction. `pairs`: parallel sentences.
    """

    pairs: int
    before: tuple[Probed, ...]
    after: tuple[Probed, ...]
    curved: tuple[Probed, ...]


@dataclass(frozen=True)
class Findings:
    """All numbers of a run. `vectors_layer`: the layer of the sentence vectors that the networks are trained on.

    `mixes`: by name (by_size, chosen, equal, unimax, chinese_only, english_only). `sweep`: by rising share of English.
    `amounts`: by rising number of English examples. `designs`: shared and separate heads, each without and with a tag.
    `tax`: of parallel sentences. `own`: size of the visitor's text; `own_scripts`: its tokens by script, counts.
    `lens`: the language of each layer. `neutrality`: whether the language can be told from a layer.
    """

    vectors_layer: int
    mixes: dict[str, MixResult]
    sweep: tuple[Sweep, ...]
    amounts: tuple[Amount, ...]
    designs: tuple[Design, ...]
    tax: Tax
    own: Cost
    own_scripts: dict[str, int]
    lens: Lens
    neutrality: Neutrality

    @property
    def one_percent(self) -> Amount:
        """The learning curve's point whose English part is nearest to 1%."""
        return min(self.amounts, key=lambda item: abs(item.part - 0.01))

    def design(self, separate: bool, tag: bool) -> Accuracy:
        """The accuracy of one design."""
        return next(item.accuracy for item in self.designs if (item.separate, item.tag) == (separate, tag))
