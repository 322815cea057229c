"""Updates against torch's own layers and optimizer, adapters against peft, by SVD and by hand, replay counted, merges exact; a run on a tiny model."""

from __future__ import annotations

import dataclasses
import json
import math
import threading
from collections.abc import Iterator

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from scipy.stats import ttest_rel
from torch import Tensor, nn
from torch.nn import functional

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.panels import panels_of
from playground.lab.validation import validate
from playground.learning.stack import Member, Stack
from playground.learning.training import batches
from playground.topics.incremental import experiment, words
from playground.topics.incremental.corpus import CLASS, LANGUAGE, SENTIMENT, Part, Shift, choose_pools, read_shift
from playground.topics.incremental.experiment import Done, Trainer
from playground.topics.incremental.findings import Findings
from playground.topics.incremental.lab import TOPIC, run
from playground.topics.incremental.settings import Result, Settings
from playground.topics.incremental.summary import sum_of_squares, sum_up
from playground.topics.incremental.updating import (
    ADAPTER,
    BATCH,
    COLD,
    CONSTANT,
    FLOOR,
    FREE,
    HEAD,
    PEAK,
    REWARMED,
    Update,
    Updated,
    follow,
    merge,
    old_rows,
    pace,
    trained_parameters,
)
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel, finished

SMALL = {"seeds": 2, "steps": 10, "examples": 10}
INPUTS, WIDTH, OUTPUTS = 12, 8, 3


def finish(**values: object) -> Result:
    found: Result = finished(TOPIC, wrap(tiny_llama()), SMALL | values)
    return found


@pytest.fixture(scope="module")
def result() -> Result:
    return finish()


def part(classes: list[int], centre: float, seed: int) -> Part:
    drawn = torch.Generator().manual_seed(seed)
    labels = torch.tensor(classes)
    features = (
        0.5 * torch.randn(len(classes), INPUTS, generator=drawn) + 4 * functional.one_hot(labels, INPUTS) + centre
    )
    return Part(tuple(f"word{label} again{label}" for label in classes), labels, features)


def shift(fresh: bool = False) -> Shift:
    """Two old classes and a shifted third part, whose class is new or not."""
    new = [2] * 20 if fresh else [0, 1] * 10
    return Shift(
        ("hotel", "book", "computer"),
        part([0, 1] * 20, 0.0, 1),
        part(new, 1.0, 2),
        part([0, 1] * 15, 0.0, 3),
        part(new, 1.0, 4),
    )


def data(runs: int, steps: int) -> list[tuple[Tensor, Tensor]]:
    drawn = torch.Generator().manual_seed(5)
    return [
        (torch.randn(runs, 6, INPUTS, generator=drawn), torch.randint(0, OUTPUTS, (runs, 6), generator=drawn))
        for _ in range(steps)
    ]


def trained(updates: list[Update], steps: int = 12, closed: Tensor | None = None) -> tuple[dict[str, Tensor], Updated]:
    """The weights before, and the model after, training on random rows."""
    stack = Stack([Member(one.seed, WIDTH) for one in updates], INPUTS, OUTPUTS)
    before = stack.state()
    model = Updated(stack, updates)
    for _ in follow(model, iter(data(len(updates), steps)), steps, lambda: None, closed):
        pass
    return before, model


# ---- updates


class Alone(nn.Module):
    """The same network from torch's own layers."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(INPUTS, WIDTH), nn.Linear(WIDTH, OUTPUTS)
        with torch.no_grad():
            self.first.weight.copy_(weights["hidden"].T)
            self.first.bias.copy_(weights["hidden_bias"][0])
            self.last.weight.copy_(weights["out"].T)
            self.last.bias.copy_(weights["out_bias"][0])

    def forward(self, rows: Tensor) -> Tensor:
        logits: Tensor = self.last(torch.relu(self.first(rows)))
        return logits


def adapted(alone: Alone, one: Update) -> PeftModel:
    """The network with peft's adapter on its first layer, which starts where the stack's does."""
    config = LoraConfig(r=one.rank, lora_alpha=one.rank, target_modules=["first"])
    model: PeftModel = get_peft_model(alone, config)  # type: ignore[arg-type]
    start = Updated(Stack([Member(one.seed, WIDTH)], INPUTS, OUTPUTS), [one])
    down, up = alone.first.lora_A["default"].weight, alone.first.lora_B["default"].weight  # type: ignore[index, union-attr]
    assert start.up.shape[1:] == up.T.shape and not start.up.any() and not up.any()
    # Both draw within the same bounds.
    assert max(start.down.abs().max(), down.abs().max()) <= 1 / math.sqrt(INPUTS)
    with torch.no_grad():
        down.copy_(start.down[0].T)
    return model


@pytest.mark.parametrize("at", range(4))
def test_one_run_of_a_stack_is_what_torchs_layers_optimizer_and_scheduler_and_pefts_adapter_make_of_it(at: int) -> None:
    updates = [
        Update(FREE, 1),
        Update(FREE, 2, schedule=CONSTANT, rate=3.0),
        Update(HEAD, 3),
        Update(ADAPTER, 4, rank=2),
    ]
    steps, one = 12, updates[at]
    before, model = trained(updates, steps)
    alone: nn.Module = Alone({name: value[at] for name, value in before.items()})
    if one.trains == HEAD:
        alone.first.requires_grad_(False)
    if one.rank:
        alone = adapted(alone, one)  # type: ignore[arg-type]
    free = [part for part in alone.parameters() if part.requires_grad]
    assert sum(part.numel() for part in free) == trained_parameters(one, INPUTS, WIDTH, OUTPUTS)
    engine = torch.optim.Adam(free, lr=PEAK * one.rate)
    scheduler = torch.optim.lr_scheduler.LambdaLR(engine, lambda done: pace(one.schedule, done + 1, steps))
    for rows, labels in data(len(updates), steps):
        alone.zero_grad()
        functional.cross_entropy(alone(rows[at]), labels[at]).backward()
        engine.step()
        scheduler.step()
    weights = model.merged()
    if one.rank:
        alone = alone.merge_and_unload()  # type: ignore[operator]
    with torch.no_grad():
        torch.testing.assert_close(weights["hidden"][at].T, alone.first.weight, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(weights["out"][at].T, alone.last.weight, rtol=1e-4, atol=1e-5)
        rows = data(4, 1)[0][0]
        torch.testing.assert_close(model(rows)[at], alone(rows[at]), rtol=1e-4, atol=1e-5)


def test_an_adapters_change_has_its_rank_and_it_trains_as_many_parameters_as_by_hand() -> None:
    updates = [Update(ADAPTER, 1, rank=1), Update(ADAPTER, 1, rank=3), Update(FREE, 1), Update(HEAD, 1)]
    before, model = trained(updates)
    after = model.merged()
    singular = torch.linalg.svdvals((after["hidden"] - before["hidden"]).double())
    assert ((singular > 1e-5 * singular[2, 0]).sum(1)).tolist() == [1, 3, WIDTH, 0]
    started = Updated(Stack([Member(1, WIDTH)] * 4, INPUTS, OUTPUTS), updates)
    for at, one in enumerate(updates):
        moved = sum(
            int((value[at] != old[at]).sum())
            for (_, value), (_, old) in zip(model.named_parameters(), started.named_parameters(), strict=True)
        )
        assert moved == trained_parameters(one, INPUTS, WIDTH, OUTPUTS)
    assert trained_parameters(updates[1], 640, 16, 3) == 3 * 640 + 3 * 16
    for name in ("hidden_bias", "out", "out_bias"):
        assert torch.equal(after[name][:2], before[name][:2])
    assert torch.equal(after["hidden"][3], before["hidden"][3]) and torch.equal(
        after["hidden_bias"][3], before["hidden_bias"][3]
    )


def test_outputs_that_do_not_exist_yet_stay_at_their_initial_value() -> None:
    closed = torch.tensor([[False, False, True], [False, False, False]])
    updates = [Update(FREE, 1), Update(FREE, 1)]
    stack = Stack([Member(1, WIDTH)] * 2, INPUTS, OUTPUTS)
    before = stack.state()
    rows = [(features, labels.clamp(max=1)) for features, labels in data(2, 8)]
    for _ in follow(Updated(stack, updates), iter(rows), 8, lambda: None, closed):
        pass
    assert torch.equal(stack.state()["out"][0, :, 2], before["out"][0, :, 2])
    assert not torch.equal(stack.state()["out"][1, :, 2], before["out"][1, :, 2])


def test_the_pace_by_hand() -> None:
    assert [pace(REWARMED, step, 20) for step in (1, 2)] == [0.5, 1.0]
    assert pace(REWARMED, 11, 20) == pytest.approx(FLOOR + (1 - FLOOR) / 2)
    assert pace(REWARMED, 20, 20) == pytest.approx(FLOOR)
    assert {pace(COLD, step, 9) for step in range(1, 10)} == {FLOOR}
    assert {pace(CONSTANT, step, 9) for step in range(1, 10)} == {1.0}


def test_a_merge_at_0_and_1_is_base_and_tuned_exactly() -> None:
    drawn = torch.Generator().manual_seed(0)
    base, tuned = ({"w": torch.randn(2, 5, 3, generator=drawn)} for _ in range(2))
    assert torch.equal(merge(base, tuned, 0.0)["w"], base["w"]) and torch.equal(
        merge(base, tuned, 1.0)["w"], tuned["w"]
    )
    by_hand = merge({"w": torch.tensor([1.0, 2.0])}, {"w": torch.tensor([3.0, 0.0])}, 0.25)
    assert by_hand["w"].tolist() == [1.5, 1.5]
    assert sum_of_squares({"a": torch.tensor([[3.0]]), "b": torch.tensor([[[4.0]]])}).tolist() == [25.0]


def test_a_run_trains_over_a_hundred_networks_at_once() -> None:
    """What the card says of the work of a run, beside that of a step on the language model."""
    settings = validate(Settings, {}, "en")
    assert len(experiment.plan(settings)) == 104 and (settings.steps, BATCH) == (60, 32)


# ---- replay, pools, the trainer


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.5, 0.9])
def test_a_replay_share_is_kept_to_one_row(share: float) -> None:
    for steps in (1, 7, 60):
        drawn = [old_rows(share, step) for step in range(1, steps + 1)]
        assert abs(sum(drawn) - share * BATCH * steps) < 1 and all(0 <= count <= BATCH for count in drawn)


def trainer(fresh: bool = False, **values: object) -> Trainer:
    found = shift(fresh)
    return Trainer(validate(Settings, SMALL | values, "en"), found, found.held_old.features[:1])


def last(training: Iterator[object]) -> Done:
    *_, done = training
    assert isinstance(done, Done)
    return done


def test_old_rows_of_the_batches_are_counted_by_what_they_hold() -> None:
    one = trainer(share=0.25)
    updates = tuple(experiment.methods(one.settings).values())
    drawn = torch.zeros(len(updates), 2)
    old = {tuple(row) for row in one.shift.old.features.tolist()}
    seen = torch.zeros(len(updates))
    for features, _ in one._batches(updates, 10, drawn):
        seen += torch.tensor([sum(tuple(row) in old for row in run_) for run_ in features.tolist()])
    by_method = dict(zip(experiment.methods(one.settings), seen.tolist(), strict=True))
    assert seen.tolist() == drawn[:, 0].tolist() and (drawn.sum(1) == 10 * BATCH).all()
    assert by_method["replay"] == 80 and by_method["new"] == by_method["head"] == by_method["adapter"] == 0
    assert by_method["again"] / (10 * BATCH) == pytest.approx(0.5, abs=0.03)  # as many old rows as new in its pool


def test_held_out_labels_do_not_reach_training_and_merges_end_at_base_and_tuned() -> None:
    one = trainer()
    done = last(one.train(lambda: None))
    other = dataclasses.replace(
        one.shift, held_new=dataclasses.replace(one.shift.held_new, classes=1 - one.shift.held_new.classes)
    )
    again = last(Trainer(one.settings, other, other.held_old.features[:1]).train(lambda: None))
    for name, value in done.after.items():
        assert torch.equal(value, again.after[name])
    assert torch.equal(done.merged[0.0][0], done.base_old) and torch.equal(done.merged[1.0][0], done.old[:2])
    torch.testing.assert_close(done.new[:2] + again.new[:2], torch.ones(2, dtype=torch.double))


def test_differences_of_a_merge_are_paired_by_seed_as_a_library_pairs_them() -> None:
    one = trainer(fresh=True, seeds=4, steps=20)
    done = last(one.train(lambda: None))
    found = sum_up(one, done, words.grow(one.shift, 10, WIDTH, one.seeds, lambda: None))
    tuned, merged = done.old[:4], found.merged
    old, new = done.merged[merged.amount]
    assert merged.amount == 0.5 and len(set((old - tuned).tolist())) == 4
    for mine, first, second in (
        (merged.lost, done.base_old, old),
        (merged.kept, old, tuned),
        (merged.gained, new, done.base_new),
    ):
        interval = ttest_rel(first.numpy(), second.numpy()).confidence_interval()
        assert mine.value == pytest.approx(float((first - second).mean()))
        assert (mine.low, mine.high) == pytest.approx(tuple(interval))


def test_a_new_class_can_not_be_answered_before_the_update() -> None:
    done = last(trainer(fresh=True, steps=60).train(lambda: None))
    assert not done.base_new.any() and (done.base_old > 0.8).all()
    assert (done.new[:2] > 0.9).all() and (done.old[:2] < done.base_old).all()
    assert float(done.base_answer[2]) == 0


def test_a_base_is_a_plain_loop() -> None:
    one = trainer()
    base, _ = one._bases(lambda: None)
    start = Stack([Member(0, WIDTH)], INPUTS, OUTPUTS)
    alone = Alone({name: value[0] for name, value in start.state().items()})
    engine = torch.optim.Adam(alone.parameters(), lr=PEAK)
    for number, rows in enumerate(batches([one.old_pools[0]], [0], BATCH, experiment.BASE_STEPS), start=1):
        engine.param_groups[0]["lr"] = PEAK * pace(REWARMED, number, experiment.BASE_STEPS)
        alone.zero_grad()
        functional.cross_entropy(alone(one.shift.old.features[rows[0]]), one.shift.old.classes[rows[0]]).backward()
        engine.step()
    torch.testing.assert_close(base["hidden"][0].T, alone.first.weight.detach(), rtol=1e-3, atol=1e-4)


def test_pools_are_drawn_by_class_and_seed() -> None:
    classes = torch.tensor([0] * 9 + [1] * 3)
    pool = choose_pools(classes, 4, 1)
    assert torch.bincount(classes[pool]).tolist() == [4, 3] and len(set(pool.tolist())) == 7
    assert pool.tolist() == choose_pools(classes, 4, 1).tolist() != choose_pools(classes, 4, 2).tolist()


# ---- words


def test_bags_count_words_and_send_those_without_a_row_to_row_0() -> None:
    assert words.split("Room, room… 房间很干净！") == ["room", "room", "房间", "很", "干净"]
    bags = words.count_words([["a", "b", "a", "x"], ["x"]], ("a", "b"), 4)
    assert bags.tolist() == [[0.5, 1.0, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0]]


def test_a_new_row_stays_at_its_initial_value_until_a_text_uses_it() -> None:
    grown = words.grow(shift(fresh=True), 20, WIDTH, (0, 1), lambda: None)
    assert grown.old_words == ("word0", "again0", "word1", "again1") and grown.new_words == ("word2", "again2")
    assert grown.untouched and float(grown.moved[-1]) == 0 and (grown.moved[:-1] > 0.01).all()
    assert grown.missing == 1 and grown.counts == (20, 20)
    assert not grown.new_before[words.RANDOM].any() and (grown.new_after[words.RANDOM] == 1).all()


# ---- the data and the run


@pytest.mark.parametrize(("what", "fresh"), [(LANGUAGE, ()), (CLASS, (2,)), (SENTIMENT, ())])
def test_old_and_new_data_are_apart_and_large_enough(what: str, fresh: tuple[int, ...]) -> None:
    found = read_shift(wrap(tiny_llama()), what)
    assert found.fresh == fresh
    sets = [set(one.texts) for one in (found.old, found.new, found.held_old, found.held_new)]
    assert not any(one & other for at, one in enumerate(sets) for other in sets[:at])
    assert min(torch.bincount(found.old.classes).tolist()) >= 74
    for one in (found.held_old, found.held_new):
        counts = {int(count) for count in torch.bincount(one.classes) if count}
        assert len(counts) == 1 and min(counts) >= 30


def test_a_run_fills_every_panel_goes_to_json_and_back_and_is_repeatable(result: Result) -> None:
    for item in panels_of(Result):
        value = getattr(result, item.name)
        assert value is not None, item.name
        assert decode(item.type, json.loads(json.dumps(encode(value)))) == value
    found = result.findings
    assert isinstance(found, Findings) and "NaN" not in json.dumps(encode(found))
    assert encode(finish()) == encode(result)
    assert found.parameters == 64 * 8 + 8 + 8 * 3 + 3
    adapter, again = found.scores["adapter"], found.scores["again"]
    assert adapter.rank == found.rank == 2 and adapter.cost.trained == 2 * (64 + 8)
    assert adapter.cost.saved == 4 * adapter.cost.trained and adapter.cost.resumed == 12 * adapter.cost.trained
    assert found.scores["head"].rank == 0 and again.cost.steps == 10 + experiment.BASE_STEPS
    assert again.cost.old_rows + again.cost.new_rows == BATCH * again.cost.steps
    assert found.scores["replay"].cost.old_rows == 32 and found.shares[0].score == found.naive == found.paces[0].score


def test_own_lines_replace_the_new_data_and_may_bring_a_class() -> None:
    lines = "\n".join([*(f"film\tscene {at} was fine" for at in range(6)), *(f"hotel\troom {at}" for at in range(3))])
    found = finish(lines=lines, merge=0.0).findings
    assert found is not None and found.own and found.fresh == ("film",) and found.names[-1] == "film"
    assert (found.new_examples, found.held_new) == (6, 3) and found.merged.old == found.before_old


def test_a_stopped_run_stops_and_bad_fields_are_refused_by_name() -> None:
    stopped = threading.Event()
    running = run(validate(Settings, SMALL, "en"), Bench(OneModel(wrap(tiny_llama())), cancelled=stopped, seconds=600))
    next(running)
    stopped.set()
    with pytest.raises(Cancelled):
        list(running)
    for field, values in (
        ("text", {"text": " \n"}),
        ("rank", {"rank": 0}),
        ("share", {"share": 0}),
        ("merge", {"merge": 2}),
        ("rate", {"rate": "9"}),
    ):
        with pytest.raises(PlaygroundError) as caught:
            validate(Settings, values, "zh")
        assert caught.value.field == field
    with pytest.raises(PlaygroundError) as caught:
        list(
            run(
                validate(Settings, SMALL | {"lines": "no tab here"}, "en"),
                Bench(OneModel(wrap(tiny_llama())), seconds=600),
            )
        )
    assert caught.value.field == "lines"
