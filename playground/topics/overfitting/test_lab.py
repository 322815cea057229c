"""The lab's methods and findings against independent references: by hand, brute force, plain modules; on a tiny model."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.learning.stack import Member
from playground.models.language_model import LanguageModel
from playground.topics.overfitting.corpus import corpus
from playground.topics.overfitting.findings import Findings, point, side
from playground.topics.overfitting.fitting import (
    Fitting,
    Measured,
    Reviews,
    Run,
    chosen_rows,
    shuffled,
    steps_of,
    with_noise,
)
from playground.topics.overfitting.lab import run
from playground.topics.overfitting.settings import MOST_ENGLISH, Recipe, Settings
from playground.topics.overfitting.stopping import Stop, early_stop, turn
from tests.fakes import OneModel

SMALL = Settings(
    examples=20, epochs=3, networks=3, a=Recipe(width=4), b=Recipe(width=4, dropout=0.5, decay=5.0, patience=1, augmentation="delete"), seed=7
)  # fmt: skip


def findings_of(lm: LanguageModel, settings: Settings) -> Findings:
    (found,) = [result.findings for result in run(settings, Bench(OneModel(lm))) if result.findings]
    return found


@pytest.fixture(scope="module")
def found(tiny_lm: LanguageModel) -> Findings:
    return findings_of(tiny_lm, SMALL)


# ---- the stop


@pytest.mark.parametrize(
    ("losses", "patience", "stop"),
    [
        ([0.9, 0.7, 0.6, 0.65, 0.7, 0.5], 2, Stop(5, 3)),  # by hand: the low of epoch 6 is never reached
        ([0.9, 0.7, 0.6, 0.65, 0.7, 0.5], 3, Stop(6, 6)),
        ([0.9, 0.7, 0.6, 0.65, 0.7, 0.5], 0, Stop(6, 6)),
        ([0.5, 0.5, 0.5], 2, Stop(3, 1)),  # an equal loss is no improvement
        ([0.5, 0.6], 1, Stop(2, 1)),
        ([0.6], 5, Stop(1, 1)),
    ],
)
def test_the_stop_by_hand(losses: list[float], patience: int, stop: Stop) -> None:
    assert early_stop(losses, patience) == stop


def test_the_stop_by_brute_force() -> None:
    generator = np.random.default_rng(0)
    for _ in range(200):
        losses = generator.random(generator.integers(1, 12)).round(1).tolist()
        patience = int(generator.integers(1, 5))
        # The first epoch that is at least `patience` epochs after the lowest loss up to it, else the last.
        ended = next(
            (e for e in range(len(losses)) if e - int(np.argmin(losses[: e + 1])) >= patience), len(losses) - 1
        )
        assert early_stop(losses, patience) == Stop(ended + 1, int(np.argmin(losses[: ended + 1])) + 1)
        assert turn(losses) == int(np.argmin(losses)) + 1


# ---- examples and labels


@pytest.mark.parametrize("language", Language)
def test_parts_are_balanced_and_share_no_text(language: Language) -> None:
    parts = corpus(language)
    for part in (parts.training, parts.validation, parts.held_out):
        assert [item.label for item in part] == [part[0].label, 1 - part[0].label] * (len(part) // 2)
    texts = [{item.text for item in part} for part in (parts.training, parts.validation, parts.held_out)]
    assert not (texts[0] & texts[1] or texts[0] & texts[2] or texts[1] & texts[2])
    assert len(parts.training) == (9532 if language is Language.ZH else 280)
    assert len(parts.pool(MOST_ENGLISH)) >= MOST_ENGLISH


def test_rows_noise_and_shuffling_are_counted() -> None:
    rows = chosen_rows(60, 40, 3)
    assert len(set(rows.tolist())) == 40 and (rows % 2).double().mean() == 0.5
    assert rows.tolist() == chosen_rows(60, 40, 3).tolist() != chosen_rows(60, 40, 4).tolist()
    labels = rows % 2
    assert int((with_noise(labels, 0.25, 3) != labels).sum()) == 10
    assert with_noise(labels, 0.0, 3).tolist() == labels.tolist()
    mixed = shuffled(labels, 3)
    assert mixed.sum() == labels.sum() and 0.25 < (mixed == labels).double().mean() < 0.75


def test_large_data_has_larger_batches() -> None:
    assert [steps_of(count) for count in (20, 300, 640, 2000)] == [(20, 1), (32, 10), (32, 20), (100, 20)]


# ---- training


def clouds(rows: int, seed: int = 0) -> Reviews:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(rows) % 2
    return Reviews(torch.randn(rows, 6, generator=generator) + 0.8 * labels[:, None], labels)


def fitting(members: list[Member], decays: list[float], variants: torch.Tensor | None = None) -> Fitting:
    pool = clouds(60)
    runs = []
    for member, decay in zip(members, decays, strict=True):
        rows = chosen_rows(60, 40, member.seed)
        runs.append(Run(member, decay, rows, with_noise(pool.labels[rows], 0.2, member.seed), variants))
    return Fitting(runs, pool.features, clouds(30, 1), clouds(50, 2), clouds(2, 3).features)


def trained(one: Fitting, epochs: int = 4) -> list[Measured]:
    return list(one.epochs(epochs, lambda: None))


def test_the_same_seed_gives_the_same_curve_and_neighbours_change_nothing() -> None:
    a, b = Member(5, 8), Member(6, 8, 0.5)
    together = trained(fitting([a, b], [0.0, 5.0]))
    again = trained(fitting([a, b], [0.0, 5.0]))
    alone = trained(fitting([b], [5.0]))
    for one, two, three in zip(together, again, alone, strict=True):
        assert one.validation_loss.tolist() == two.validation_loss.tolist()
        torch.testing.assert_close(one.held_out_accuracy[1], three.held_out_accuracy[0])
        torch.testing.assert_close(one.validation_loss[1], three.validation_loss[0])
        torch.testing.assert_close(one.norm[1], three.norm[0])


def test_an_epoch_against_plain_modules_and_adamw_by_the_library() -> None:
    one = fitting([Member(5, 8)], [3.0])
    plain = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
    with torch.no_grad():
        plain[0].weight.copy_(one.stack.hidden[0].T)
        plain[0].bias.copy_(one.stack.hidden_bias[0, 0])
        plain[2].weight.copy_(one.stack.out[0].T)
        plain[2].bias.copy_(one.stack.out_bias[0, 0])
    optimizer = torch.optim.AdamW(plain.parameters(), lr=1e-3, weight_decay=3.0)
    order = torch.Generator().manual_seed(5)
    drawn = torch.cat([torch.randperm(40, generator=order), torch.randperm(40, generator=order)])[:64]
    features, labels = one.pool[one.chosen[0]], one.labels[0]
    for batch in drawn.split(32):
        optimizer.zero_grad()
        nn.functional.cross_entropy(plain(features[batch]), labels[batch]).backward()
        optimizer.step()
    (measured,) = trained(one, 1)
    with torch.no_grad():
        logits = plain(one.held_out.features)
        assert measured.held_out_loss.item() == pytest.approx(
            nn.functional.cross_entropy(logits, one.held_out.labels).item(), abs=1e-5
        )
        assert measured.held_out_accuracy.item() == pytest.approx(
            (logits.argmax(1) == one.held_out.labels).double().mean().item()
        )
        assert measured.train_loss.item() == pytest.approx(
            nn.functional.cross_entropy(plain(features), labels).item(), abs=1e-5
        )
        norm = math.sqrt(sum(float(weight.square().sum()) for weight in plain.parameters()))
        assert measured.norm.item() == pytest.approx(norm, abs=1e-5)


def test_variants_are_drawn_in_training_only() -> None:
    # Variants equal to the reviews change nothing; others do, and measuring never reads them.
    same, other = clouds(60).features[None], torch.zeros(2, 60, 6)
    plain, copied, blank = (
        trained(fitting([Member(5, 8)], [0.0], variants))[-1] for variants in (None, same, other)
    )  # fmt: skip
    assert plain.train_loss.tolist() == copied.train_loss.tolist()
    assert blank.train_loss.item() > plain.train_loss.item()


def test_dropout_is_off_when_measured_and_on_when_forgotten() -> None:
    one = fitting([Member(5, 8, 0.5), Member(5, 8)], [0.0, 0.0])
    last = trained(one)[-1]
    loss, _, flipped = one.held_out_with_dropout()
    torch.testing.assert_close(loss[1], last.held_out_loss[1])
    assert flipped[1] == 0 < flipped[0] and loss[0] != last.held_out_loss[0]
    assert not one.stack.training


def test_a_side_by_hand() -> None:
    def measured(epoch: int, validation: list[float], accuracy: list[float], loss: list[float]) -> Measured:
        row = torch.tensor([1.0, 1.0, 1.0])
        v, a, held = (torch.tensor(values, dtype=torch.float64) for values in (validation, accuracy, loss))
        return Measured(epoch, row * 0.1, row, v, row, held, a, row * epoch, torch.ones(3, 1) * epoch)

    # Three runs (only the last two are this side's); validation turns at epochs 2 and 1.
    every = [
        measured(1, [9, 0.7, 0.5], [0, 0.60, 0.70], [0, 0.7, 0.6]),
        measured(2, [9, 0.6, 0.6], [0, 0.70, 0.72], [0, 0.6, 0.7]),
        measured(3, [9, 0.8, 0.7], [0, 0.65, 0.60], [0, 0.9, 0.8]),
    ]
    of = side(every, [point(item, slice(1, 3)) for item in every], slice(1, 3), 1)
    assert (of.turns, of.kept, of.ended) == ((2, 1), (2, 1), (3, 2))
    assert of.kept_at.accuracy.value == of.turned.accuracy.value == pytest.approx(0.70)
    assert of.last.accuracy.value == pytest.approx(0.625)
    assert of.peeked.accuracy.value == pytest.approx(0.71) and of.peek.value == pytest.approx(0.01)
    assert of.stop_gain.value == pytest.approx(0.075) and of.stop_loss.value == pytest.approx(-0.25)
    assert of.gap.value == pytest.approx(0.3) and of.norm.value == pytest.approx(1.5)
    interval = stats.ttest_1samp([0.05, 0.10], 0).confidence_interval(0.95)
    assert (of.stop_gain.low, of.stop_gain.high) == pytest.approx((interval.low, interval.high))


# ---- the run


def test_findings_go_to_json_and_back_and_agree(found: Findings) -> None:
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
    assert found.examples == 20 and found.wrong == 4 and found.networks == 3
    assert found.a.kept == found.a.ended == (3, 3, 3) and found.a.kept_at == found.a.last
    assert len(found.b.curves.epochs) == 3 and found.b.turned.accuracy.count == 3
    assert found.difference.value == pytest.approx(found.b.kept_at.accuracy.value - found.a.kept_at.accuracy.value)
    assert [item.kind for item in found.augmented] == ["insert", "replace", "delete", "flip"]
    for item in found.augmented:
        assert item.change.value == pytest.approx(item.accuracy.value - found.none.value)
    assert found.none == found.noise.real_held_out[-1]


def test_equal_settings_give_equal_findings_and_another_seed_others(tiny_lm: LanguageModel, found: Findings) -> None:
    assert findings_of(tiny_lm, SMALL) == found
    assert findings_of(tiny_lm, dataclasses.replace(SMALL, seed=8)) != found


def test_equal_sides_differ_in_nothing(tiny_lm: LanguageModel) -> None:
    same = findings_of(tiny_lm, dataclasses.replace(SMALL, b=SMALL.a))
    assert same.a == same.b and same.forgotten is None
    assert same.difference.value == same.difference.low == same.difference.high == 0


def test_what_is_refused_names_its_field(tiny_lm: LanguageModel) -> None:
    for text in ("？！…", "🙂🙂"):
        with pytest.raises(PlaygroundError) as caught:
            findings_of(tiny_lm, dataclasses.replace(SMALL, text=text))
        assert caught.value.field == "text"
    with pytest.raises(PlaygroundError) as caught:
        findings_of(tiny_lm, dataclasses.replace(SMALL, corpus="en", examples=MOST_ENGLISH + 20))
    assert caught.value.field == "examples" and "240" in caught.value.message.zh


def test_a_hostile_or_long_text_is_only_text(tiny_lm: LanguageModel) -> None:
    for text in ("<img src=x onerror=alert(1)> 很好", "字" * 300, "a"):
        assert findings_of(tiny_lm, dataclasses.replace(SMALL, text=text, epochs=2)).epochs == 2
