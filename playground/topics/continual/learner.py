"""Trains every method, strength, scenario and seed on its own order of tasks, all in one stack and one loop. Knows no text and no panel."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from playground.learning.stack import Member, Stack
from playground.learning.training import batches, train
from playground.topics.continual import ewc, replay
from playground.topics.continual.ewc import IMPOSSIBLE, Quadratic
from playground.topics.continual.stream import CLASSES, TASKS, WAYS, Stream
from playground.topics.continual.without_forgetting import distillation

CLASS, DOMAIN, TASK = "class", "domain", "task"
NAIVE, EWC, REPLAY, LWF, JOINT = "naive", "ewc", "replay", "lwf", "joint"
# How EWC takes the Fisher information: as it should, and by two mistakes.
OPTIMUM, MEAN_GRADIENT, BEFORE = "optimum", "batch", "before"
RATE, BATCH = 0.003, 16
# Held-out accuracies are taken so often within a task.
LOOKS = 5
# Seeds of the batches of new data and of memory: apart, so that the two don't march in step.
NEW, OLD = 0, 500


@dataclass(frozen=True)
class Run:
    """One network. `scenario`: CLASS, DOMAIN or TASK. `strength`: λ of EWC, weight of distillation, examples kept of each class; else 0.

    `fisher`: of EWC: OPTIMUM, at the old optimum by example, or one of two mistakes: MEAN_GRADIENT, the square of the batch's mean gradient,
    and BEFORE, taken at the parameters before the task was learnt. Runs of equal seed and scenario are the same network until the first task is learnt.
    """

    scenario: str
    method: str
    strength: float
    seed: int
    fisher: str = OPTIMUM


@dataclass(frozen=True)
class Recipe:
    """`steps` of training on each task, `width` of the hidden layer, `temperature` of distillation."""

    steps: int
    width: int
    temperature: float


@dataclass(frozen=True)
class Moment:
    """Held-out `accuracy` (runs, tasks) after `step` steps, counted over all tasks; tasks are in each run's own order.

    `learnt`: how many tasks are finished."""

    step: int
    learnt: int
    accuracy: Tensor


@dataclass(frozen=True)
class Learnt:
    """What is left at the end, of each run. `matrices` (runs, time, tasks); `before` (runs, tasks): accuracy of the untrained network.

    `dip` (runs,): accuracy on the first task at the first look into the second. `told` (runs, tasks): accuracy at the end when the task of each example is given. `seen` (runs,): accuracy on the training batches,
    mean over all steps, as a training log has it. `answers` (runs, time, outputs): probabilities for the visitor's text after each
    task. `first_fisher`: Fisher information after the first task of the EWC runs, and `first`, `last`: all runs' parameters after the
    first and the last task. `kept`: rows in each run's memory while the last task was learnt, empty without one.
    """

    matrices: Tensor
    before: Tensor
    dip: Tensor
    told: Tensor
    seen: Tensor
    answers: Tensor
    first_fisher: Mapping[str, Tensor]
    first: Mapping[str, Tensor]
    last: Mapping[str, Tensor]
    kept: tuple[Tensor, ...]


class Learner:
    """Runs on one stream. `orders`: by seed, the classes of each task (TASKS, WAYS). `text`: features of the visitor's text (1, inputs)."""

    def __init__(
        self, stream: Stream, runs: Sequence[Run], orders: Mapping[int, Tensor], recipe: Recipe, text: Tensor
    ) -> None:
        self.stream, self.runs, self.recipe, self._text = stream, tuple(runs), recipe, text
        self.order = torch.stack([orders[run.seed] for run in runs])
        count = len(runs)
        # When each class comes, and whether it is the first or the second of its task.
        self._stage_of = torch.zeros(count, CLASSES, dtype=torch.long)
        place = torch.zeros_like(self._stage_of)
        for stage, way in itertools.product(range(TASKS), range(WAYS)):
            self._stage_of.scatter_(1, self.order[:, stage, way, None], stage)
            place.scatter_(1, self.order[:, stage, way, None], way)
        self._of = {
            name: torch.tensor([run.scenario == name for run in runs])[:, None] for name in (CLASS, DOMAIN, TASK)
        }
        answer_of = torch.where(self._of[DOMAIN], place, torch.arange(CLASSES))
        self._labels, self._held_labels = answer_of[:, stream.classes], answer_of[:, stream.held_classes]
        self.stages, self._held_stages = self._stage_of[:, stream.classes], self._stage_of[:, stream.held_classes]
        self._inputs = stream.features.shape[1]
        self.stack = Stack([Member(run.seed, recipe.width) for run in runs], self._inputs, CLASSES)
        self._weighed, self._distilled = self._of_method(EWC), self._of_method(LWF)
        self._remembering = self._of_method(REPLAY, JOINT)
        self._kinds = [runs[at].fisher for at in self._weighed.tolist()]

    def _of_method(self, *methods: str) -> Tensor:
        return torch.tensor([at for at, run in enumerate(self.runs) if run.method in methods], dtype=torch.long)

    def learn(self, tell: Callable[[], None]) -> Iterator[Moment | Learnt]:
        """Yields accuracies several times a task, and at last what is left. `tell` is called before every step and may raise."""
        runs, steps = self.runs, self.recipe.steps
        every = torch.arange(len(runs))
        before = self._accuracy(self.stack, every, 0)
        matrices, answers, seen = [], [], torch.zeros(len(runs))
        first: Mapping[str, Tensor] = {}
        first_fisher: Mapping[str, Tensor] = {}
        consolidated: Quadratic | None = None
        dip: Tensor | None = None
        memory = [torch.empty(0, dtype=torch.long) for _ in runs]
        kept: tuple[Tensor, ...] = tuple(memory)
        for stage in range(TASKS):
            early = self._fisher(stage) if BEFORE in self._kinds else {}
            kept = tuple(memory)
            rights: list[Tensor] = []
            # The first task is learnt once by runs that are the same until then.
            of, back = self._distinct() if stage == 0 else (every, every)
            stack = (
                self.stack if stage else Stack([self.stack.members[at] for at in of.tolist()], self._inputs, CLASSES)
            )
            drawn = self._batches(stage, of, memory)
            loss = self._loss(stack, of, stage, consolidated, rights)
            for step in train(stack, drawn, loss, rate=RATE, tell=tell):
                if step.number * LOOKS // steps > (step.number - 1) * LOOKS // steps and step.number < steps:
                    accuracy = self._accuracy(stack, of, stage)[back]
                    dip = accuracy[:, 0] if stage == 1 and dip is None else dip
                    yield Moment(stage * steps + step.number, stage, accuracy)
            self.stack.restore({name: parameter[back] for name, parameter in stack.state().items()})
            seen += torch.stack(rights).mean(0)[back] / TASKS
            accuracy = self._accuracy(self.stack, every, stage)
            matrices.append(accuracy)
            answers.append(self._answers(stage))
            yield Moment((stage + 1) * steps, stage + 1, accuracy)
            if len(self._weighed):
                importance = self._chosen(
                    {OPTIMUM: self._fisher(stage), BEFORE: early, MEAN_GRADIENT: self._squared_mean(stage)}
                )
                new = Quadratic(importance, {name: part[self._weighed] for name, part in self.stack.state().items()})
                consolidated = new if consolidated is None else consolidated.plus(new)
                first_fisher = first_fisher or importance
            first = first or self.stack.state()
            for at in self._of_method(REPLAY).tolist():
                chosen = replay.keep(
                    self.stream.classes, self.order[at, stage], round(runs[at].strength), runs[at].seed
                )
                memory[at] = torch.cat([memory[at], chosen])
        yield Learnt(
            torch.stack(matrices, 1), before, matrices[1][:, 0] if dip is None else dip, self._accuracy(self.stack, every, TASKS - 1, told=True), seen, torch.stack(answers, 1),
            first_fisher, first, self.stack.state(), kept,
        )  # fmt: skip

    def _distinct(self) -> tuple[Tensor, Tensor]:
        """One run of each scenario and seed, and for every run which of these it is."""
        keys = [(run.scenario, run.seed) for run in self.runs]
        unique = list(dict.fromkeys(keys))
        return torch.tensor([keys.index(key) for key in unique]), torch.tensor([unique.index(key) for key in keys])

    def _batches(self, stage: int, of: Tensor, memory: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor | None]]:
        """Rows of new data (of, BATCH), and after the first task of remembered data (remembering, BATCH)."""
        steps, seeds = self.recipe.steps, [1000 * run.seed + stage for run in self.runs]
        pools = {at: self._pool(at, stage) for at in of.tolist()}
        new = batches(list(pools.values()), [seeds[at] + NEW for at in pools], BATCH, steps)
        remembering = self._remembering.tolist()
        if not stage or not remembering:
            return zip(new, itertools.repeat(None), strict=False)
        # Joint training is replay that has kept everything.
        old = [pools[at] if self.runs[at].method == JOINT else memory[at] for at in remembering]
        return zip(new, batches(old, [seeds[at] + OLD for at in remembering], BATCH, steps), strict=True)

    def _loss(
        self, stack: Stack, of: Tensor, stage: int, consolidated: Quadratic | None, rights: list[Tensor]
    ) -> Callable[[tuple[Tensor, Tensor | None]], Tensor]:
        """The losses (of,) of a batch of new rows and one of remembered rows; appends the batch's accuracies to `rights`."""
        features, allowed = self.stream.features, self._allowed(stage)
        weights = torch.tensor([run.strength for run in self.runs])
        with torch.no_grad():
            teacher = stack(features)[self._distilled] if stage and len(self._distilled) else None
        groups = self._old_answers(stage)[:, self._distilled]
        places = torch.arange(len(self._distilled))[:, None]

        def entropy(logits: Tensor, rows: Tensor, of: Tensor) -> tuple[Tensor, Tensor]:
            possible = allowed[of[:, None], self.stages[of[:, None], rows]]
            masked, labels = logits.masked_fill(~possible, IMPOSSIBLE), self._labels[of[:, None], rows]
            each = functional.cross_entropy(masked.flatten(0, 1), labels.flatten(), reduction="none").view(labels.shape)
            return each.mean(1), (masked.detach().argmax(-1) == labels).float().mean(1)

        def loss(batch: tuple[Tensor, Tensor | None]) -> Tensor:
            rows, remembered = batch
            logits = stack(features[rows])
            losses, right = entropy(logits, rows, of)
            rights.append(right)
            if remembered is not None:
                some = self._remembering
                again = torch.relu(features[remembered] @ stack.hidden[some] + stack.hidden_bias[some])
                again = again @ stack.out[some] + stack.out_bias[some]
                losses = losses.index_add(0, some, entropy(again, remembered, some)[0])
            if consolidated is not None:
                some = self._weighed
                now = {name: parameter[some] for name, parameter in stack.named_parameters()}
                losses = losses.index_add(0, some, weights[some] * consolidated.penalty(now))
            if teacher is not None:
                some = self._distilled
                held = distillation(logits[some], teacher[places, rows[some]], groups, self.recipe.temperature)
                losses = losses.index_add(0, some, weights[some] * held)
            return losses

        return loss

    def _pool(self, at: int, stage: int) -> Tensor:
        """The rows that a run trains on: those of the task, or for joint training those of all tasks so far."""
        stages = self.stages[at]
        return torch.nonzero(stages <= stage if self.runs[at].method == JOINT else stages == stage)[:, 0]

    def _members(self) -> Tensor:
        """Which classes belong to which task (runs, tasks, CLASSES)."""
        return self._stage_of[:, None, :] == torch.arange(TASKS)[None, :, None]

    def _two(self) -> Tensor:
        return (torch.arange(CLASSES) < WAYS).expand(len(self.runs), TASKS, CLASSES)

    def _allowed(self, stage: int, told: bool = False) -> Tensor:
        """Which answers an example of each task may have (runs, tasks, outputs), while task `stage` is learnt."""
        members = self._members()
        so_far = members[:, : stage + 1].any(1, keepdim=True).expand_as(members)
        apart = self._of[TASK] | (self._of[CLASS] if told else torch.zeros_like(self._of[TASK]))
        return torch.where(self._of[DOMAIN][..., None], self._two(), torch.where(apart[..., None], members, so_far))

    def _old_answers(self, stage: int) -> Tensor:
        """The groups of answers that the old network knew (tasks, runs, outputs): one, or for TASK one for each old task."""
        members, none = self._members(), torch.zeros(len(self.runs), CLASSES, dtype=torch.bool)
        groups = []
        for old in range(TASKS):
            one = members[:, :stage].any(1) if old == 0 else none
            two = self._two()[:, 0] if old == 0 else none
            own = members[:, old] if old < stage else none
            groups.append(torch.where(self._of[CLASS], one, torch.where(self._of[DOMAIN], two, own)))
        return torch.stack(groups)

    def _accuracy(self, stack: Stack, of: Tensor, stage: int, told: bool = False) -> Tensor:
        """Held-out accuracy on each task (of, tasks) of runs `of`, which are those of `stack`."""
        with torch.no_grad():
            logits = stack(self.stream.held_features)
        stages = self._held_stages[of]
        possible = self._allowed(stage, told)[of[:, None], stages]
        right = (logits.masked_fill(~possible, IMPOSSIBLE).argmax(-1) == self._held_labels[of]).double()
        ours = [(stages == task).double() for task in range(TASKS)]
        return torch.stack([(right * one).sum(1) / one.sum(1) for one in ours], 1)

    def _answers(self, stage: int) -> Tensor:
        """Probabilities for the visitor's text (runs, outputs), among the answers that an example of the newest task may have."""
        with torch.no_grad():
            logits = self.stack(self._text)[:, 0]
        return torch.softmax(logits.masked_fill(~self._allowed(stage)[:, stage], IMPOSSIBLE), -1)

    def _fisher(self, stage: int) -> dict[str, Tensor]:
        """Fisher information on a task's own rows, of the runs of EWC."""
        part, rows = self._present(stage)
        return ewc.fisher(part, self.stream.features[rows], self._allowed(stage)[self._weighed, stage])

    def _squared_mean(self, stage: int) -> dict[str, Tensor]:
        """The square of the mean gradient there, where a run takes it for the Fisher information."""
        if MEAN_GRADIENT not in self._kinds:
            return {}
        (part, rows), of = self._present(stage), self._weighed
        labels, allowed = self._labels[of[:, None], rows], self._allowed(stage)[of, stage]
        return ewc.batch_fisher(part, self.stream.features[rows], labels, allowed)

    def _present(self, stage: int) -> tuple[Stack, Tensor]:
        """The runs of EWC as they are now, and the rows of a task (runs of EWC, rows)."""
        of = self._weighed
        part = Stack([self.stack.members[at] for at in of.tolist()], self._inputs, CLASSES)
        part.restore({name: parameter[of] for name, parameter in self.stack.state().items()})
        return part, torch.stack([torch.nonzero(self.stages[at] == stage)[:, 0] for at in of.tolist()])

    def _chosen(self, found: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
        """Of each run of EWC what it takes for the Fisher information; `found`: by kind."""
        return {
            name: torch.stack([found[kind][name][at] for at, kind in enumerate(self._kinds)]) for name in found[OPTIMUM]
        }
