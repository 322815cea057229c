"""What is said of hand-made findings: every branch of the verdict, the prediction, every follow-up with and without its premise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.lab.text import Language
from playground.statistics.intervals import Share
from playground.topics.cross_lingual.findings import Findings, Own, Rotations
from playground.topics.cross_lingual.interview import PREDICTION, follow_ups, verdict
from playground.topics.cross_lingual.settings import Settings
from playground.topics.cross_lingual.space import EN, ZH, Space, Step
from playground.topics.cross_lingual.transfer import ROWS, LayerAccuracy, Row
from tests.every_topic.verdicts import check_verdict, numbers

SETTINGS = Settings(text="汤是冷的。 | The soup is cold.")


def of(right: int, count: int = 150) -> Share:
    return Share.of(right, count)


def step(right: int = 140, mixed: int = 120, space: Space = Space(True)) -> Step:
    return Step(
        space, of(right), of(right), of(mixed), skew=0.5, skew_low=0.3, skew_high=0.7, largest_hub=30, never=of(3),
        gained=5, lost=2, own_cosine=0.6, other_cosine=0.1, gap_low=0.45, gap_high=0.55,
    )  # fmt: skip


def row(right: int, against: tuple[float, float, float] | None = None, tested: Language = ZH) -> Row:
    return Row(tested, of(right, 100), *(against or (None, None, None)))


def at(zero_shot: int) -> LayerAccuracy:
    return LayerAccuracy(of(85, 100), of(zero_shot, 100), of(80, 100))


def made(difference: tuple[float, float, float] = (-0.05, -0.12, 0.02), **changes: Any) -> Findings:
    """Findings in which no question but that of the test set's size is raised."""
    transfer = dict.fromkeys(ROWS, row(75, difference)) | {"source": row(85, tested=EN), "baseline": row(80)}
    steps = dict.fromkeys(("raw", "removed", "rotated", "csls", "chosen"), step())
    found = Findings(
        layer=3, classifier_layer=1, chosen_layer=1, labels=80, hidden=640, zero_shot_row="removed", steps=steps,
        raw_by_layer=(of(100),) * 4, removed_by_layer=(of(140),) * 4, meeting_layer=2, raw_same=of(250, 300), same=of(40, 300),
        rotations=Rotations((10, 40), (of(138), of(141)), (of(137), of(139))), transfer=transfer, by_layer=(at(70), at(75), at(74), at(73)),
        own=(Own("汤是冷的。", ZH, "The soup is cold.", 0.7, 1, 151, EN),), confused=(), misjudged=(),
    )  # fmt: skip
    return dataclasses.replace(found, **changes)


class _TOPIC:
    verdict = staticmethod(verdict)


@pytest.mark.parametrize(
    ("difference", "zh", "en"),
    [
        ((-0.15, -0.2, -0.1), "低于中文自己训练的 0.80", "below the 0.80 of one trained on Chinese"),
        ((0.15, 0.1, 0.2), "高于中文自己训练的 0.80", "above the 0.80 of one trained on Chinese"),
        ((0.0, -0.1, 0.1), "分不出高下", "not distinguishable from the 0.80"),
        ((0.05, 0.0, 0.1), "分不出高下", "not distinguishable from the 0.80"),
    ],
)
def test_the_verdict_in_every_branch(difference: tuple[float, float, float], zh: str, en: str) -> None:
    found = made(difference)
    said = verdict(SETTINGS, found)
    assert zh in said.zh and en in said.en
    assert "第 3 层上 150 句英文有 140 句" in said.zh and "At layer 3, 140 of 150" in said.en
    check_verdict(_TOPIC, SETTINGS, found)  # type: ignore[arg-type]


def test_the_verdict_names_the_languages_of_the_settings() -> None:
    other = dataclasses.replace(SETTINGS, source="zh")
    assert "zero-shot from Chinese to English" in verdict(other, made()).en
    assert "中文标注训练的分类器在英文上" in verdict(other, made()).zh


@pytest.mark.parametrize(
    ("right", "answer"), [(84, "little"), (80, "little"), (78, "little"), (77, "some"), (70, "some"), (69, "much")]
)
def test_the_prediction_is_scored_by_the_loss(right: int, answer: str) -> None:
    rows = made().transfer | {"removed": row(right, (0.0, -0.1, 0.1))}
    outcome = PREDICTION.outcome(SETTINGS, made(transfer=rows))
    assert outcome is not None and outcome.answer == answer
    assert f"{right / 100:.2f}" in outcome.evidence.zh and numbers(outcome.evidence.zh) == numbers(outcome.evidence.en)


def asked(found: Findings, settings: Settings = SETTINGS) -> str:
    items = follow_ups(settings, found)
    for item in items:
        assert numbers(item.question.zh) == numbers(item.question.en), item.question
        assert numbers(item.answer.zh) == numbers(item.answer.en), item.answer
    return "\n".join(item.question.en for item in items)


def test_without_a_premise_only_the_size_of_the_test_set_is_asked() -> None:
    (item,) = follow_ups(SETTINGS, made())
    assert "[−0.12, 0.02]" in item.question.en and "1,300" in item.answer.en and "2,600" in item.answer.zh


def test_a_zero_shot_above_the_baseline_is_asked_about_beyond_the_interval_only() -> None:
    assert "Zero-shot has 0.75, one trained on Chinese 0.80" in asked(made((0.1, 0.02, 0.2)))
    assert "one's own" not in asked(made((0.05, 0.0, 0.1))), "the interval includes 0"
    assert "one trained on English" in asked(made((0.1, 0.02, 0.2)), dataclasses.replace(SETTINGS, source="zh"))


def test_the_means_are_asked_about_where_the_mixed_pool_gains_beyond_the_intervals() -> None:
    def found(mixed: int) -> Findings:
        steps = made().steps | {"raw": step(mixed=60, space=Space(False)), "removed": step(mixed=mixed)}
        return made(steps=steps)

    assert "go from 60 to 120" in asked(found(120))
    assert "mixed pool" not in asked(found(65)), "the intervals overlap"
    assert "mixed pool" not in asked(found(20)), "removing the means did harm"


def test_the_free_rotation_is_asked_about_where_it_does_harm() -> None:
    def found(last: int) -> Findings:
        return made(rotations=Rotations((10, 40), (of(138),) * 2, (of(137), of(last))))

    said = asked(found(40))
    assert "A free rotation from 40 pairs takes retrieval from 0.93 down to 0.27" in said
    assert "640 dimensions and 40 pairs" in follow_ups(SETTINGS, found(40))[0].answer.en
    assert "free rotation" not in asked(found(130)), "the intervals overlap"
    # Against raw vectors, where the means aren't removed.
    raw = dataclasses.replace(SETTINGS, removed=False)
    assert "from 0.67 down" in asked(found(40), raw) and "free rotation" not in asked(found(95), raw)


def test_another_layer_is_asked_about_where_the_source_chose_and_another_is_higher() -> None:
    higher = (at(70), at(75), at(90), at(73))
    assert "chose layer 1, zero-shot is highest at layer 2" in asked(made(by_layer=higher))
    assert "chose layer" not in asked(made(by_layer=higher, classifier_layer=3)), "the visitor chose"
    assert "chose layer" not in asked(made()), "the chosen layer is the highest"
