"""The numbers of a run of classification: how good each method is, from how many examples, at what cost, and which labels to doubt."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.evaluation.classification import Classified
from playground.statistics.intervals import Share

METHODS = ("tfidf", "embedding", "state", "prompt")
# Lower and upper end of an interval.
Ends = tuple[float, float]
# The number of examples a class that the question before the run asks about.
FEW = 3


@dataclass(frozen=True)
class Covered:
    """The surest lines of a method: `answered`, their share (0 to 1) of those tested, and how many of them are `right`."""

    answered: float
    right: Share


@dataclass(frozen=True)
class Answered:
    """A method that abstains below the threshold. `answered`: of the lines tested; `right`: of those answered;
    `unrelated`: how many of the everyday sentences, which belong to no class, are answered all the same.
    """

    answered: Share
    right: Share
    unrelated: Share


@dataclass(frozen=True)
class Method:
    """A method's predictions of lines that it wasn't trained on.

    `accuracy`: how many are right; `scores`: by class, averages and confusion. 95% bootstrap intervals: `f1`, of every
    class's F1; `averaged`, of precision, recall and F1 by average (macro and weighted; micro is accuracy).
    `confidence`: mean probability of the predictions. `unspoiled`: right by the labels before the run spoiled some.
    """

    accuracy: Share
    scores: Classified
    f1: tuple[Ends, ...]
    averaged: dict[str, tuple[Ends, Ends, Ends]]
    confidence: float
    unspoiled: Share

    @property
    def macro(self) -> float:
        """Macro-F1, 0 to 1."""
        return self.scores.averages["macro"].f1

    @property
    def macro_low(self) -> float:
        """Lower end of macro-F1's interval."""
        return self.averaged["macro"][2][0]

    @property
    def macro_high(self) -> float:
        """Upper end of macro-F1's interval."""
        return self.averaged["macro"][2][1]


@dataclass(frozen=True)
class Learned:
    """A method after `examples` training lines of every class (None: all there are; `lines`: that many a class on
    average). `right`: how many of the lines tested are.
    """

    examples: int | None
    lines: float
    right: Share


@dataclass(frozen=True)
class Gap:
    """`better` against `worse` on the `count` lines that both judged: `only_better`, `only_worse` are right by one of
    the two alone. `adjusted`: p-value of McNemar's exact test among all pairs (Holm). `needed`: lines that would show
    this difference with a power of 80%, None without one. `low`, `high`: 95% bootstrap interval of the difference in
    accuracy.
    """

    better: str
    worse: str
    count: int
    only_better: int
    only_worse: int
    low: float
    high: float
    adjusted: float
    needed: int | None

    @property
    def ahead(self) -> int:
        """Lines that `better` gets right more than `worse`."""
        return self.only_better - self.only_worse

    @property
    def difference(self) -> float:
        """Difference in accuracy, 0 to 1."""
        return self.ahead / self.count


@dataclass(frozen=True)
class Suspect:
    """A line whose label is likely wrong: its `number` among those pasted, its `text`, the `given` label, the
    `suggested` one, and the probability (0 to 1) of either, `given_probability` and `suggested_probability`. `others`:
    how many of the other methods that judged it also predict another label than the given one.
    """

    number: int
    text: str
    given: str
    suggested: str
    given_probability: float
    suggested_probability: float
    others: int


@dataclass(frozen=True)
class Spoiled:
    """Labels that the run spoiled: `found`, how many of them are listed as suspect; `listed`, how many of those listed
    had been spoiled.
    """

    found: Share
    listed: Share


@dataclass(frozen=True)
class Leak:
    """Accuracies of TF-IDF on 100 selected features: selected `inside` the training part, or `outside`, on all lines."""

    inside: Share
    outside: Share


@dataclass(frozen=True)
class Findings:
    """`lines`: used; `classes`: by falling size, with `sizes`; `language` (zh or en) of the lines; `folds`: of
    cross-validation. `repeated`, `single`, `cut`: lines and classes left out and texts read in part. `disputed`: lines
    whose text comes again with another label.

    `methods`: by name (METHODS), and `plain`: the few-shot prompt without calibration; the prompt is tested on `asked`
    lines. `shots`: examples of each class in the prompt, which has `prompt_tokens` tokens; `cut_examples`, `cut_asked`:
    examples and texts asked about that it has only the beginning of. `curve`: by method. `majority`: the largest class
    as the only answer. `gaps`: every two methods on the lines that both judged. `covered`, `answered`: by method.
    `suspects`: by the method looked into; `spoiled`: None where no label was. `leaks`: with the true labels and with
    shuffled ones. `text`: the new text; `answers`: its class probabilities by method. `tokens`: read for a text by
    method. `measured`: seconds for 1,000 texts by method, on this machine.
    """

    lines: int
    classes: tuple[str, ...]
    sizes: tuple[int, ...]
    language: str
    folds: int
    repeated: int
    single: tuple[str, ...]
    cut: int
    disputed: int
    methods: dict[str, Method]
    plain: Method
    asked: int
    shots: int
    prompt_tokens: int
    cut_examples: int
    cut_asked: int
    curve: dict[str, tuple[Learned, ...]]
    majority: Share
    gaps: tuple[Gap, ...]
    covered: dict[str, tuple[Covered, ...]]
    answered: dict[str, Answered]
    suspects: tuple[Suspect, ...]
    spoiled: Spoiled | None
    leaks: dict[str, Leak]
    text: str
    answers: dict[str, dict[str, float]]
    tokens: dict[str, float]
    measured: dict[str, float] = field(default_factory=dict)

    def after(self, examples: int) -> dict[str, Share]:
        """How many are right by method after so many training lines of every class; methods without that point left out."""
        return {name: one.right for name, points in self.curve.items() for one in points if one.examples == examples}

    @property
    def best(self) -> tuple[str, ...]:
        """The methods with the highest accuracy."""
        top = max(one.accuracy.value for one in self.methods.values())
        return tuple(name for name, one in self.methods.items() if one.accuracy.value == top)

    def choice(self, method: str) -> str:
        """The class that a method gives the new text."""
        found = self.answers[method]
        return max(found, key=lambda name: found[name])
