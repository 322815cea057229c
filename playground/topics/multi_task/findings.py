"""The numbers of a run of multi-task learning: every score over seeds, each seed with training reviews, start and batches of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from playground.statistics.intervals import Mean


def bounded(value: Mean) -> Mean:
    """Cuts an interval off where a score, or a difference of two, can't be: at −1 and 1. With few seeds Student's t goes beyond."""
    if value.low is None or value.high is None:
        return value
    return replace(value, low=max(value.low, -1.0), high=min(value.high, 1.0))


@dataclass(frozen=True)
class TaskSize:
    """A task. `name`: sentiment, domain, length, hotel, computer or again; `examples`: training reviews; `validation`,
    `held_out`: reviews there.
    """

    name: str
    examples: int
    validation: int
    held_out: int


@dataclass(frozen=True)
class Trained:
    """Networks of one method, `name`, on all tasks, means over seeds. `share`: of the second task in the first two
    tasks' weight, None if not fixed.

    By task: `scores`, held-out accuracy (0 to 1), of length the correlation r; `gains`, score minus that of a network
    that learns this task alone, paired by seed. `gain`: mean gain over the tasks measured in accuracy. `validation`:
    mean score over those tasks on the validation reviews.
    """

    name: str
    share: float | None
    scores: tuple[Mean, ...]
    gains: tuple[Mean, ...]
    gain: Mean
    validation: float


@dataclass(frozen=True)
class Pair:
    """Gradients of tasks `first` and `second` (indices) on the shared layer, over all steps, means over seeds.
    `cosine`: −1 to 1. `conflict`: share of steps at which it is negative. `ratio`: norm of the first's gradient over
    the second's.
    """

    first: int
    second: int
    cosine: Mean
    conflict: Mean
    ratio: Mean


@dataclass(frozen=True)
class Answer:
    """One head's answer to the visitor's text: `name` of the class with its `probability` (0 to 1), mean over seeds; of
    length no name, and the predicted characters as `number`.
    """

    name: str
    probability: float
    number: float | None


@dataclass(frozen=True)
class Findings:
    """`which`: tasks of the setting, pair, three, related or twice; `tasks`: their sizes. `small`: index of the task
    with fewest training reviews, the later if equal. `seeds`: how many. `steps`: of training. `width`: shared units.

    `alone`: each task's score in a network of its own. `fixed`: at this run's weight; `uncertainty`, `surgery`; `grid`:
    fixed weights by rising share, this run's among them. `tuned`: for each seed the grid's network with the highest
    validation score; `chosen`: the shares taken, by seed. `uncertainty_against`, `surgery_against`: gain minus that of
    `fixed`, paired by seed; `tuned_against`: gain of `tuned` minus that of `surgery`. `pairs`: of `fixed`;
    `pairs_uncertainty`, `pairs_surgery`: the same of the others, before surgery. `learnt`: weight of each task that
    uncertainty weighting has learnt at the end, as a share of their sum. `losses`: of uncertainty weighting on the last
    batches, by task. `answers`: by method, then task. `characters`: of the visitor's text. `runs`: networks trained.
    """

    which: str
    tasks: tuple[TaskSize, ...]
    small: int
    seeds: int
    steps: int
    width: int
    alone: tuple[Mean, ...]
    fixed: Trained
    uncertainty: Trained
    surgery: Trained
    grid: tuple[Trained, ...]
    tuned: Trained
    chosen: tuple[float, ...]
    uncertainty_against: Mean
    surgery_against: Mean
    tuned_against: Mean
    pairs: tuple[Pair, ...]
    pairs_uncertainty: tuple[Pair, ...]
    pairs_surgery: tuple[Pair, ...]
    learnt: tuple[Mean, ...]
    losses: tuple[float, ...]
    answers: dict[str, tuple[Answer, ...]]
    characters: int
    runs: int

    @property
    def share(self) -> float:
        """The second task's share of the first two tasks' weight in this run."""
        return self.fixed.share or 0.0

    @property
    def small_task(self) -> TaskSize:
        """The task with the fewest training reviews."""
        return self.tasks[self.small]

    @property
    def small_gain(self) -> Mean:
        """What the small task gains at this run's weight."""
        return self.fixed.gains[self.small]

    def beaten(self, method: Trained) -> int:
        """Returns how many fixed weights of the grid are better than a method on both of the first two tasks, by their means."""
        return sum(all(one.scores[task].value > method.scores[task].value for task in (0, 1)) for one in self.grid)
