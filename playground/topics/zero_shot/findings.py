"""The numbers of a run of zero-shot classification: accuracy by method over the templates, priors, what competes with the labels."""

from __future__ import annotations

from dataclasses import dataclass

from playground.explanation.striking import Without
from playground.statistics.intervals import Mean, Share

METHODS = ("raw", "length", "contextual", "domain", "pmi", "batch", "vectors")
CALIBRATED = ("contextual", "domain", "pmi", "batch")


@dataclass(frozen=True)
class Method:
    """What one method does. `votes`: in how many templates each class is the visitor's text's; `probabilities`: of its
    classes in the chosen template.

    On the labelled texts, None or empty if there are none: `accuracy`, the mean over texts of the share of templates
    that are right; `by_template`, how many texts each template gets right; `ensemble`, the templates' mean
    log-probability as one classifier; `against`, accuracy minus the raw score's, paired by text (None for raw).
    `favoured`: the class answered most often, in a share `favoured_share` of all texts and templates.
    """

    votes: tuple[int, ...]
    probabilities: tuple[float, ...]
    accuracy: Mean | None
    by_template: tuple[Share, ...]
    ensemble: Share | None
    against: Mean | None
    favoured: int
    favoured_share: float

    @property
    def lowest(self) -> float | None:
        """Accuracy in the worst template."""
        return min((one.value for one in self.by_template), default=None)

    @property
    def highest(self) -> float | None:
        """Accuracy in the best template."""
        return max((one.value for one in self.by_template), default=None)

    @property
    def gain(self) -> float | None:
        """Accuracy minus the raw score's, in percentage points."""
        return None if self.against is None else 100 * self.against.value

    @property
    def leading(self) -> tuple[int, ...]:
        """The classes with most votes."""
        return tuple(place for place, votes in enumerate(self.votes) if votes == max(self.votes))


@dataclass(frozen=True)
class Prior:
    """A prior of every class, one number for each: its `mean` over the templates, and the `least` and the `most` that a
    template gives it (0 to 1).
    """

    mean: tuple[float, ...]
    least: tuple[float, ...]
    most: tuple[float, ...]


@dataclass(frozen=True)
class Level:
    """`accuracy`: by method, averaged over texts (0 to 1), in the templates that share one `level` of a `factor`
    (asked, separator or listed).
    """

    factor: str
    level: str
    accuracy: dict[str, Mean]


@dataclass(frozen=True)
class Competition:
    """What the model itself would generate after the chosen template with the visitor's text.

    `likely`: next tokens with their probabilities, likeliest first. `labels`: the probability of each class's words'
    first tokens; `total`: of all of them, 0 to 1, a token that begins several counted once.
    """

    likely: tuple[tuple[str, float], ...]
    labels: tuple[float, ...]
    total: float


@dataclass(frozen=True)
class Assignments:
    """Accuracy of the batch-calibrated score with the words given to other classes than theirs, without another pass.

    `own`: as typed; `moved`: each class's words moved to the next class; `best`: by the best assignment of words to
    classes.
    """

    own: Mean
    moved: Mean
    best: Mean


@dataclass(frozen=True)
class Range:
    """`value`: a mean over random halves of the texts; 95% of the halves are from `low` to `high`. Shares, 0 to 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Picked:
    """The template that is best on one half of the labelled texts, by raw score, over many random halves: its accuracy
    there (`seen`), on the other half (`held_out`), and that of an average template there (`average`).
    """

    seen: Range
    held_out: Range
    average: Range


@dataclass(frozen=True)
class Explained:
    """LIME of the visitor's text. `name`: the class whose probability is explained, `value` (0 to 1) of the whole text.

    `weights`: what each word adds to it, `intercept`: the surrogate's value without any. `shift`: the log prior of
    every class that is taken off, None for raw scores. `struck`: the text without the words struck out, its probability
    and LIME's prediction of it.
    """

    name: str
    value: float
    weights: tuple[float, ...]
    intercept: float | None
    shift: tuple[float, ...] | None
    struck: Without | None = None


@dataclass(frozen=True)
class Findings:
    """`labels`: the classes, with their `words`; `language` of the templates. `texts`: how many were scored, `labelled`
    or not; `other`, `repeated`: lines left out. `cut`: texts, the visitor's among them, of which only the first 160
    tokens were read. `shares`: the classes' shares of the labelled texts.

    `templates`: as shown; `chosen`: the one looked into, `own` if it isn't among them. `tokens`: of every word. `text`:
    the visitor's. `methods`: by name (METHODS). `priors`: by calibration. `competition`: what the model itself would
    generate. `levels`, `assignments`, `picked`: None or empty without labelled texts. `explained`: LIME, which comes
    last; None until then.
    """

    labels: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    language: str
    texts: int
    labelled: bool
    other: int
    repeated: int
    cut: int
    shares: tuple[float, ...]
    templates: tuple[str, ...]
    chosen: str
    own: bool
    tokens: tuple[int, ...]
    text: str
    methods: dict[str, Method]
    priors: dict[str, Prior]
    levels: tuple[Level, ...]
    competition: Competition
    assignments: Assignments | None
    picked: Picked | None
    explained: Explained | None = None

    @property
    def better(self) -> tuple[str, ...]:
        """Calibrations whose interval of the gain over raw lies above 0, the most accurate first."""
        found = [name for name in CALIBRATED if (gain := self.methods[name].against) is not None and gain.side > 0]
        return tuple(sorted(found, key=lambda name: -_accuracy(self.methods[name])))

    @property
    def worse(self) -> tuple[str, ...]:
        """Calibrations whose interval of the gain over raw lies below 0."""
        return tuple(name for name in CALIBRATED if (gain := self.methods[name].against) is not None and gain.side < 0)

    def choice(self, method: str) -> str:
        """The class that a method gives the visitor's text in the chosen template."""
        found = self.methods[method].probabilities
        return self.labels[found.index(max(found))]


def _accuracy(method: Method) -> float:
    return method.accuracy.value if method.accuracy else 0.0
