"""The numbers of a run of meta-learning: losses and accuracies on unseen tasks, over seeds, each with its own start and tasks."""

from __future__ import annotations

from dataclasses import dataclass

from playground.statistics.intervals import Mean, Share
from playground.statistics.paired import mcnemar


@dataclass(frozen=True)
class Score:
    """A method on unseen sine tasks: mean squared errors of query sets, means over seeds.

    `before`, `one`, `end`: before adaptation, after one inner step, after the last. `against`, `to_maml`: after one
    step, minus that of joint training and of MAML, paired by seed; None of that method itself. `by_step`: from step 0.
    `by_rate`: after one step at each of the rates. `by_seed`: after one step. `diverged`: whether some loss was cut at
    1000.
    """

    before: Mean
    one: Mean
    end: Mean
    against: Mean | None
    to_maml: Mean | None
    by_step: tuple[Mean, ...]
    by_rate: tuple[Mean, ...]
    by_seed: tuple[float, ...]
    diverged: bool

    @property
    def remaining(self) -> float:
        """The loss after one step as a share of that before."""
        return self.one.value / self.before.value if self.before.value else 0.0


@dataclass(frozen=True)
class TextScore:
    """A method on unseen text tasks: shares of right answers (0 to 1), means over seeds.

    `without`: on fresh training tasks before adaptation, so without their support sets; None of what isn't trained.
    `by_step`: from step 0, before adaptation; one number for what takes no steps. `one`, `end`: after one step and
    after the last. `against`, `to_maml`: after one step, minus that of joint training and of MAML, paired by seed.
    `on_prompts`: after one step on the tasks that the language model was given. `answer`: the domain given for the
    visitor's review, and its probability.
    """

    without: Mean | None
    by_step: tuple[Mean, ...]
    one: Mean
    end: Mean
    against: Mean | None
    to_maml: Mean | None
    on_prompts: Mean
    answer: Answer


@dataclass(frozen=True)
class Answer:
    """A `domain` (hotel, book or computer) and the `probability` (0 to 1) given to it, among those of the task."""

    domain: str
    probability: float


@dataclass(frozen=True)
class Fit:
    """A method on the visitor's points, mean squared errors, means over seeds. `before`, `after`: before and after one
    step; `left_out`: of points left out.
    """

    before: Mean
    after: Mean
    left_out: Mean


@dataclass(frozen=True)
class InContext:
    """The language model with labelled reviews in its prompt. `named`: right answers where labels are the domains'
    names, `letters`: where they are letters, assigned anew in every task, of the same queries; `only_named`,
    `only_letters`: queries that are right in one of the two ways alone. `named_answer`, `letters_answer`: for the
    visitor's review. `tasks`; `tokens`: of the first prompt.
    """

    named: Share
    letters: Share
    only_named: int
    only_letters: int
    named_answer: Answer
    letters_answer: Answer
    tasks: int
    tokens: int

    @property
    def p_value(self) -> float:
        """Of no difference between names and letters, by McNemar's exact test on the same queries, which it takes as independent though those
        of a task share a prompt."""
        return mcnemar(self.only_named, self.only_letters)


@dataclass(frozen=True)
class Passes:
    """Backward passes of an outer step for each task: `backward` in all, `second` of which go through a gradient
    (products with a Hessian).
    """

    backward: int
    second: int


@dataclass(frozen=True)
class Findings:
    """All numbers of a run.

    As run: `seeds`, `tasks` (unseen sine tasks of a seed), `shots` (support points of a sine), `inner_steps`,
    `reptile_steps` (those of Reptile), `rate` (inner learning rate on sines), `unseen`, `labels`, `unseen_texts`,
    `ways` (classes of a text task), `text_shots` (support reviews of a class). `language`: of the unseen text tasks.

    `scores`: by method on sines; `texts`: on texts, `nearest` (nearest class mean of the features) among them. `rates`:
    the inner rates of `by_rate`. `fits`: the visitor's points, by method; `points`: how many. `in_context`: the
    language model with reviews in its prompt. `passes`: by method. `measured`: milliseconds of an outer step by method.
    """

    seeds: int
    tasks: int
    shots: int
    inner_steps: int
    reptile_steps: int
    rate: float
    unseen: str
    labels: str
    unseen_texts: str
    language: str
    ways: int
    text_shots: int
    scores: dict[str, Score]
    rates: tuple[float, ...]
    points: int
    fits: dict[str, Fit]
    texts: dict[str, TextScore]
    in_context: InContext
    passes: dict[str, Passes]
    measured: dict[str, float]

    @property
    def chance(self) -> float:
        """Accuracy of guessing in a text task."""
        return 1 / self.ways

    @property
    def best(self) -> str:
        """The method with the lowest loss after one step."""
        return min(self.scores, key=lambda name: self.scores[name].one.value)

    @property
    def slowdown(self) -> float:
        """Time of a second-order step over that of a first-order one; measured, so no verdict may quote it."""
        return self.measured["maml"] / self.measured["fomaml"]
