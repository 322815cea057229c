"""The numbers of a run of continual learning: every metric over seeds, each with its own order of tasks."""

from __future__ import annotations

from dataclasses import dataclass

from playground.statistics.intervals import Mean


@dataclass(frozen=True)
class Score:
    """A method's metrics, means over seeds, all of held-out accuracy (0 to 1); see metrics.py for the formulas.

    `average`: at the end, over tasks. `forgetting`, `backward`: over all tasks but the last. `forward`: None in the
    class scenario, where an unseen class can't be answered. `anytime`: mean over time of the accuracy on the tasks so
    far. `learned`: of each task just after it. `first`: on the first task at the end; `newest`: on the last. `dip`:
    accuracy on the first task soon after the second begins, minus that when the second is learnt: negative where it
    recovers. `told`: `average` if the task of each example were given, None outside the class scenario. `against`:
    `average` minus naive's, paired by seed, None of naive itself. `by_seed`: `average`. `matrix`: time × task. `bytes`:
    kept besides the network while the last task is learnt; `text_bytes`: the same with examples kept as text, None of
    methods that keep none.
    """

    average: Mean
    forgetting: Mean
    backward: Mean
    forward: Mean | None
    anytime: Mean
    learned: Mean
    first: Mean
    newest: Mean
    dip: Mean
    told: Mean | None
    against: Mean | None
    by_seed: tuple[float, ...]
    matrix: tuple[tuple[float, ...], ...]
    bytes: int
    text_bytes: int | None


@dataclass(frozen=True)
class Swept:
    """A method at one `strength`: λ of EWC, or examples kept of each class. `score`: its metrics there."""

    strength: float
    score: Score


@dataclass(frozen=True)
class Group:
    """Parameters of one layer, `name`. `parameters`: how many. `share`: of the Fisher information after the first task
    (0 to 1), mean over seeds; `part`: of all parameters (0 to 1).
    """

    name: str
    parameters: int
    share: Mean
    part: float


@dataclass(frozen=True)
class Moved:
    """Root mean square distance from the end of the first task to the end, means over seeds. `important`: of the 1% of
    parameters with most Fisher information; `rest`: of the others. `against`: `important` minus naive's, paired by
    seed, None of naive itself.
    """

    important: Mean
    rest: Mean
    against: Mean | None

    @property
    def ratio(self) -> float:
        """`important` over `rest`; 0 if nothing moved."""
        return self.important.value / self.rest.value if self.rest.value else 0.0


@dataclass(frozen=True)
class Corrected:
    """EWC with the Fisher information at the old optimum, by example, beside a run that takes it by a mistake.
    `lambdas`: by rising λ; `top_share`: as in Findings. `average`, `learned`, `forgetting`: those of the mistake minus
    these at the run's λ, paired by seed.
    """

    lambdas: tuple[Swept, ...]
    top_share: Mean
    average: Mean
    learned: Mean
    forgetting: Mean


@dataclass(frozen=True)
class Log:
    """Naive fine-tuning: `seen`, accuracy on the training batches, mean over all steps; `real`, average accuracy at the
    end; `gap`, their difference.
    """

    seen: Mean
    real: Mean
    gap: Mean


@dataclass(frozen=True)
class Answer:
    """The answer to the visitor's text and its `probability` (0 to 1). `name`: of a class."""

    name: str
    probability: float


@dataclass(frozen=True)
class Findings:
    """`tasks`: kinds or sentiment. `scenario`: class, domain or task. `seeds`, `count`: how many seeds, and tasks.
    `orders`: by seed, the names of each task's classes. `strength`: λ of EWC; `memory`: examples of each class that
    replay keeps.

    `scenarios`: scores by scenario and method. `lambdas`, `memories`: of this run's scenario, by rising strength.
    `examples`: training examples of each class; `held_out`: of each task. `parameters`: of one network. `groups`: of
    EWC with this run's λ. `top_share`: share of the Fisher information held by 1% of the parameters; `decades`: powers
    of ten from the median parameter that has any to the least of that 1%. `moved`, `answers`: by method; answers after
    each task. `corrected`: None where the Fisher information is taken as it should be. `log`: what the training log of
    naive fine-tuning says against the truth.
    """

    tasks: str
    scenario: str
    seeds: int
    count: int
    orders: tuple[tuple[tuple[str, ...], ...], ...]
    scenarios: dict[str, dict[str, Score]]
    strength: float
    memory: int
    lambdas: tuple[Swept, ...]
    memories: tuple[Swept, ...]
    examples: int
    held_out: int
    parameters: int
    groups: tuple[Group, ...]
    top_share: Mean
    decades: Mean
    moved: dict[str, Moved]
    corrected: Corrected | None
    log: Log
    answers: dict[str, tuple[Answer, ...]]

    @property
    def scores(self) -> dict[str, Score]:
        """Scores by method in this run's scenario."""
        return self.scenarios[self.scenario]

    @property
    def naive(self) -> Score:
        """Naive fine-tuning in this run's scenario."""
        return self.scores["naive"]

    @property
    def best(self) -> str:
        """The method with the highest average accuracy of those that don't keep all data."""
        own = {name: score for name, score in self.scores.items() if name != "joint"}
        return max(own, key=lambda name: own[name].average.value)
