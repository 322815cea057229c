"""The lab on a tiny model: everything is filled, deterministic, refused where it must be; scores against scikit-learn."""

from __future__ import annotations

import itertools
import json
import threading
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.panels import merged, panels_of
from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import bootstrap
from playground.statistics.paired import mcnemar
from playground.topics.classification import judging, lab
from playground.topics.classification.cases import MISLABELLED
from playground.topics.classification.few_shot import FewShot
from playground.topics.classification.findings import METHODS, Findings
from playground.topics.classification.lab import run
from playground.topics.classification.pasted_lines import read_lines
from playground.topics.classification.settings import Result, Settings, example_lines
from tests.fakes import OneModel

LINES = "\n".join(example_lines("en").splitlines()[:40])
SMALL: dict[str, Any] = {
    "text": "Where is my parcel?",
    "lines": LINES,
    "shots": 2,
    "asked": 20,
    "folds": 3,
    "samples": 32,
}


def finish(lm: LanguageModel, **values: Any) -> Result:
    last = None
    for result in run(Settings(**(SMALL | values)), Bench(OneModel(lm), seconds=600)):
        last = merged(last, result)
    assert last is not None
    return last


@pytest.fixture(scope="module")
def result(tiny_lm: LanguageModel) -> Result:
    return finish(tiny_lm)


@pytest.fixture(scope="module")
def found(result: Result) -> Findings:
    assert result.findings is not None
    return result.findings


def test_a_run_fills_every_panel_and_goes_to_json_and_back(result: Result, found: Findings) -> None:
    assert all(getattr(result, item.name) is not None for item in panels_of(Result))
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
    assert set(found.methods) == set(found.curve) == set(found.answered) == set(found.measured) == set(METHODS)
    assert len(found.gaps) == 6 and found.lines == 40 and found.asked == 20 and found.folds == 3
    for shares in found.answers.values():
        assert sum(shares.values()) == pytest.approx(1)
    assert found.methods["prompt"].accuracy.count == 20 and found.methods["state"].accuracy.count == 40
    assert [point.examples for point in found.curve["prompt"]] == [1, 2]
    assert {point.right.count for points in found.curve.values() for point in points} == {20}


def test_the_same_settings_give_the_same_findings(tiny_lm: LanguageModel, found: Findings) -> None:
    again = finish(tiny_lm).findings
    assert again is not None
    one, other = encode(found), encode(again)
    del one["measured"], other["measured"]
    assert one == other


def test_spoiled_labels_are_counted_and_scored_against_both(tiny_lm: LanguageModel) -> None:
    spoiled = finish(tiny_lm, noise=0.2).findings
    assert spoiled is not None and spoiled.spoiled is not None
    assert spoiled.spoiled.found.count == 8 and spoiled.spoiled.listed.count == len(spoiled.suspects)
    assert any(one.unspoiled != one.accuracy for one in spoiled.methods.values())


def test_the_prompt_can_be_looked_into(tiny_lm: LanguageModel) -> None:
    looked = finish(tiny_lm, method="prompt")
    assert looked.findings is not None and looked.confusion is not None
    asked = {one.number for one in looked.findings.suspects}
    assert len(asked) <= looked.findings.asked


@pytest.mark.parametrize(
    ("field", "values"),
    [("text", {"text": "😀。。"}), ("lines", {"lines": "one\ttext\none\tother"}), ("lines", {"lines": "no label"})],
)
def test_what_cannot_be_classified_is_refused_by_field(
    tiny_lm: LanguageModel, field: str, values: dict[str, Any]
) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(tiny_lm, **values)
    assert caught.value.field == field
    for language in Language:
        assert caught.value.message.in_(language).strip()


@pytest.mark.parametrize(
    "lines",
    [
        "a\tx\n" * 3 + "\n".join(f"a\tone {n}\nb\ttwo {n}" for n in range(4)),  # four of each, and repeats
        "\n".join(f"a\tone {n}" for n in range(9)) + "\nb\tsame\nb\tSAME!",  # duplicates: b is in one fold, and never both trained and tested
        "\n".join(f"c{n % 20}\t{n} {'word ' * (n % 7)}" for n in range(60)),  # twenty classes
        "\n".join(f"{'好坏'[n % 2]},{'。！'[n % 2] * (n + 1)}" for n in range(12)),  # marks alone
    ],
)  # fmt: skip
def test_odd_but_legal_lines_give_findings(tiny_lm: LanguageModel, lines: str) -> None:
    odd = finish(tiny_lm, lines=lines, folds=4, shots=6).findings
    assert odd is not None and odd.shots >= 1
    assert decode(Findings, json.loads(json.dumps(encode(odd), allow_nan=False))) == odd


def test_a_run_stops_between_two_fits(tiny_lm: LanguageModel) -> None:
    stop = threading.Event()
    stream = run(Settings(**SMALL), Bench(OneModel(tiny_lm), cancelled=stop, seconds=600))
    next(stream)
    stop.set()
    with pytest.raises(Cancelled):
        next(stream)


# ---- the prompt


@pytest.mark.parametrize("shots", [1, 8])
def test_the_prompts_examples_come_from_outside_the_fold_they_are_asked_about(
    tiny_lm: LanguageModel, shots: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(**(SMALL | {"shots": shots}))
    own = lab._experiment(settings, Bench(OneModel(tiny_lm), seconds=600))
    fold_of = dict(zip(own.lines.texts, own.folds.tolist(), strict=True))
    read: list[str] = []
    asked_about: list[tuple[set[str], set[str]]] = []

    def reads(self: FewShot, examples: Any, after: Any = None) -> Any:
        if after is None:
            read.clear()
        read.extend(text for text, _ in examples)
        return after or object()

    def answers(self: FewShot, shown: Any, texts: Any) -> Any:
        asked_about.append((set(read), set(texts)))
        return (np.full((len(texts), own.classes), 1 / own.classes),) * 2

    monkeypatch.setattr(FewShot, "read", reads)
    monkeypatch.setattr(FewShot, "classify", answers)
    own.prompt(FewShot(own.lm, own.lines.classes, own.language))
    assert set.union(*(texts for _, texts in asked_about)) == {own.lines.texts[index] for index in own.tested}
    for shown, texts in asked_about:
        folds = {fold_of[text] for text in texts}
        assert shown and len(folds) == 1 and not folds & {fold_of[text] for text in shown}
    # Examples from all lines would not do: they are of every fold.
    assert {fold_of[text] for one in own.rounds(None) for text, _ in one} > {0}


# ---- scores


def test_scores_are_scikit_learns_and_the_interval_holds_the_score() -> None:
    random = np.random.default_rng(0)
    labels, probabilities = random.integers(0, 3, 80), random.dirichlet([1, 1, 1], 80)
    judged = judging.judge(probabilities, labels, labels, ("x", "y", "z"), 0)
    assert judged.accuracy.value == accuracy_score(labels, probabilities.argmax(1))
    assert judged.macro == pytest.approx(f1_score(labels, probabilities.argmax(1), average="macro"))
    assert judged.macro_low < judged.macro < judged.macro_high
    # Every interval is the bootstrap's of scikit-learn's own score.
    rows = np.column_stack([labels, probabilities.argmax(1)])
    scorers = (precision_score, recall_score, f1_score)
    for place, (average, scorer) in itertools.product(range(3), (("macro", scorers), ("weighted", scorers))):

        def one(drawn: np.ndarray, average: str = average, scorer: Any = scorer[place]) -> float:
            gold, guess = drawn.astype(int).T
            return float(scorer(gold, guess, average=average, labels=[0, 1, 2], zero_division=0))

        assert judged.averaged[average][place] == pytest.approx(bootstrap(rows, one, 0, judging.RESAMPLES))

    def of_second(drawn: np.ndarray) -> float:
        gold, guess = drawn.astype(int).T
        return float(f1_score(gold, guess, average=None, labels=[0, 1, 2], zero_division=0)[1])

    assert judged.f1[1] == pytest.approx(bootstrap(rows, of_second, 0, judging.RESAMPLES))
    assert judged.confidence == pytest.approx(probabilities.max(1).mean())


def test_the_abstention_curve_by_hand() -> None:
    # Ten lines, surest first; the three least sure are wrong.
    confidence = np.linspace(0.95, 0.55, 10)
    labels = np.array([0] * 7 + [1] * 3)
    probabilities = np.column_stack([confidence, 1 - confidence])
    points = judging.cover(probabilities, labels)
    assert [(round(point.answered * 10), point.right.right) for point in points] == [
        (5, 5),
        (6, 6),
        (7, 7),
        (8, 7),
        (9, 7),
        (10, 7),
    ]
    shuffled = np.random.default_rng(0).permutation(10)
    assert judging.cover(probabilities[shuffled], labels[shuffled]) == points
    at = judging.abstain(probabilities, labels, np.array([[0.9, 0.1], [0.5, 0.5]]), 0.7)
    assert (at.answered.right, at.right.right, at.right.count, at.unrelated.right) == (6, 6, 6, 1)
    nobody = judging.abstain(probabilities, labels, probabilities, 0.99)
    assert nobody.right.count == 0 and (nobody.right.low, nobody.right.high) == (0.0, 1.0)


def test_methods_are_compared_on_the_same_lines() -> None:
    a, b, c = np.array([True] * 8 + [False] * 2), np.array([True] * 4 + [False] * 6), np.array([False] * 2 + [True] * 8)
    gaps = judging.compare({name: dict(enumerate(own.tolist())) for name, own in (("a", a), ("b", b), ("c", c))}, 0)
    assert [(gap.better, gap.worse, gap.only_better, gap.only_worse) for gap in gaps] == [
        ("a", "b", 4, 0), ("a", "c", 2, 2), ("c", "b", 6, 2),
    ]  # fmt: skip
    # Holm: the smallest of three p-values is multiplied by three.
    assert gaps[0].adjusted == pytest.approx(3 * mcnemar(4, 0))
    assert gaps[0].low <= gaps[0].difference == 0.4 <= gaps[0].high and gaps[1].needed is None
    # A method that judged some of the lines is compared on those.
    (some,) = judging.compare({"a": dict(enumerate(a.tolist())), "b": {8: True, 9: True, 0: False}}, 0)
    assert (some.better, some.count, some.only_better, some.only_worse) == ("b", 3, 2, 1)


def test_spoiling_changes_exactly_that_part_to_other_classes() -> None:
    labels = np.arange(100) % 4
    spoiled = judging.spoil(labels, 4, 0.2, 0)
    assert (spoiled != labels).sum() == 20 and set(spoiled.tolist()) <= set(range(4))
    assert (judging.spoil(labels, 4, 0.0, 0) == labels).all()


def test_tested_lines_come_evenly_from_the_folds() -> None:
    folds = np.array([0] * 50 + [1] * 50 + [2] * 10)
    chosen = judging.spread(folds, 60, 0)
    assert np.bincount(folds[chosen]).tolist() == [25, 25, 10] and (np.diff(chosen) > 0).all()
    assert judging.spread(folds, 500, 0).tolist() == list(range(110))


@pytest.mark.parametrize("language", Language)
def test_the_mislabelled_lines_are_among_the_default_ones(language: Language) -> None:
    texts = read_lines(example_lines(language)).texts
    for start in MISLABELLED[language]:
        assert sum(text.startswith(start) for text in texts) == 1
