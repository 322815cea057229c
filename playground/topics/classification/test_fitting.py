"""Features, cross-validation and its leaks against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from playground.lab.text import Language
from playground.topics.classification import fitting
from playground.topics.classification.cases import EXAMPLES, FAILURES
from playground.topics.classification.features import Dense, TfIdf, units
from playground.topics.classification.findings import METHODS
from playground.topics.classification.fitting import cross_validate, learn_from_few, rounds, select_and_validate, train
from playground.topics.classification.measure import other_data
from playground.topics.classification.pasted_lines import deal_folds, read_lines
from playground.topics.classification.settings import example_lines

LINES = read_lines(example_lines("en"))
LABELS, FOLDS = np.array(LINES.labels), deal_folds(LINES, 5, 0)
STRENGTH = 10.0


def unread(texts: object) -> np.ndarray:
    raise AssertionError("nothing is read here")


def test_units_of_either_kind() -> None:
    assert units("The ART.", "words", Language.EN) == ["the", "art", "."]
    assert units("退款了", "characters", Language.ZH) == ["退", "款", "了", "退款", "款了", "退款了"]
    assert units("我要 退", "characters", Language.ZH)[3:5] == ["我要", "要退"]
    found = units("Art", "characters", Language.EN)
    assert found == [" a", "ar", "rt", "t ", " ar", "art", "rt ", " art", "art ", " art "]
    assert units("申请退款", "words", Language.ZH) == ["申请", "退款"]


@pytest.mark.parametrize("kind", ["words", "characters"])
def test_tfidf_is_scikit_learns_fitted_to_the_training_part(kind: str) -> None:
    # The reference never sees the test texts: neither their units nor how often those occur.
    inside, outside = np.flatnonzero(FOLDS != 0), np.flatnonzero(FOLDS == 0)
    texts = np.array(LINES.texts)
    reference = TfidfVectorizer(analyzer=lambda text: units(text, kind, Language.EN), sublinear_tf=True)
    ours = TfIdf(LINES.texts, kind, Language.EN)
    scaled = ours.fit(ours.raw[inside])
    fitted = reference.fit_transform(texts[inside])
    np.testing.assert_allclose((scaled(ours.raw[inside]) @ scaled(ours.raw[outside]).T).toarray(),
                               (fitted @ reference.transform(texts[outside]).T).toarray(), atol=1e-12)  # fmt: skip
    np.testing.assert_array_equal(ours.read(LINES.texts[:9]).toarray(), ours.raw[:9].toarray())


@pytest.mark.parametrize("balanced", [False, True])
def test_cross_validation_is_scikit_learns_pipeline(balanced: bool) -> None:
    weights = "balanced" if balanced else None
    words = TfIdf(LINES.texts, "words", Language.EN)
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer=lambda text: units(text, "words", Language.EN), sublinear_tf=True),
        LogisticRegression(C=STRENGTH, **fitting.OPTIONS, class_weight=weights),
    )
    split = PredefinedSplit(FOLDS)
    expected = cross_val_predict(pipeline, list(LINES.texts), LABELS, cv=split, method="predict_proba")
    np.testing.assert_allclose(
        cross_validate(words, LABELS, FOLDS, 4, STRENGTH, balanced=balanced), expected, atol=1e-4
    )

    vectors = np.random.default_rng(0).normal(3, 2, (len(LABELS), 12)) + np.eye(12)[LABELS]
    model = LogisticRegression(C=0.01, **fitting.OPTIONS, class_weight=weights)
    expected = cross_val_predict(
        make_pipeline(StandardScaler(), model), vectors, LABELS, cv=split, method="predict_proba"
    )
    np.testing.assert_allclose(
        cross_validate(Dense(vectors, unread), LABELS, FOLDS, 4, 0.01, balanced=balanced), expected, atol=1e-6
    )


def test_the_labels_of_the_test_part_change_nothing_of_its_probabilities() -> None:
    words = TfIdf(LINES.texts, "characters", Language.EN)
    spoiled = np.where(FOLDS == 2, (LABELS + 1) % 4, LABELS)
    for run in (
        lambda labels: cross_validate(words, labels, FOLDS, 4, STRENGTH, balanced=False),
        lambda labels: select_and_validate(words, labels, FOLDS, 4, STRENGTH, leak=False),
    ):
        np.testing.assert_array_equal(run(LABELS)[FOLDS == 2], run(spoiled)[FOLDS == 2])
    leaked = [
        select_and_validate(words, labels, FOLDS, 4, STRENGTH, leak=True)[FOLDS == 2] for labels in (LABELS, spoiled)
    ]
    assert np.abs(leaked[0] - leaked[1]).max() > 0.01


@pytest.mark.parametrize("language", Language)
def test_layer_and_penalties_were_fixed_on_other_lines_than_the_default(language: Language) -> None:
    default = set(read_lines(example_lines(language)).texts)
    chosen_on = {text for lines in other_data(language).values() for text in lines.texts}
    assert len(chosen_on) == 200 and not default & chosen_on
    # An example that has them says so.
    for example in (*EXAMPLES, *FAILURES):
        lines = example.in_(language).get("lines", "")
        if chosen_on & set(read_lines(lines).texts if lines else ()):
            assert example is FAILURES[1] or ("chosen on" in example.label.en and "定层数用过" in example.label.zh)
    # A run has one strength for each method and chooses none.
    assert set(fitting.STRENGTHS) == set(METHODS) - {"prompt"} and all(
        isinstance(strength, float) for strength in fitting.STRENGTHS.values()
    )


def test_selecting_on_all_lines_finds_what_is_not_there() -> None:
    words = TfIdf(LINES.texts, "characters", Language.EN)
    shuffled = np.random.default_rng(0).permutation(LABELS)
    inside, outside = (
        (select_and_validate(words, shuffled, FOLDS, 4, STRENGTH, leak=leak).argmax(1) == shuffled).mean()
        for leak in (False, True)
    )
    assert inside < 0.4 < outside


def test_a_single_class_in_training_is_answered_without_a_model() -> None:
    dense = Dense(np.ones((3, 2)), unread)
    fitted = train(dense.raw, dense, np.array([1, 1, 1]), 3, 1.0, balanced=False)
    assert fitted.probabilities(np.zeros((2, 2))).tolist() == [[0, 1, 0]] * 2


def test_rounds_have_one_line_of_every_class_and_begin_alike() -> None:
    labels, inside = np.array([0] * 6 + [1] * 2 + [2] * 4), np.array([0, 1, 2, 3, 6, 7, 8, 9, 10])
    many = rounds(labels, inside, 9, (1, 2))
    assert [sorted(labels[one].tolist()) for one in many] == [[0, 1, 2], [0, 1, 2], [0, 2], [0]]
    assert sorted(np.concatenate(many).tolist()) == inside.tolist()
    assert [one.tolist() for one in rounds(labels, inside, 2, (1, 2))] == [one.tolist() for one in many[:2]]


def test_a_curve_that_has_every_line_is_the_cross_validation() -> None:
    words = TfIdf(LINES.texts, "words", Language.EN)
    whole = cross_validate(words, LABELS, FOLDS, 4, STRENGTH, balanced=False).argmax(1) == LABELS
    tested = np.arange(0, len(LABELS), 3)
    few = learn_from_few(words, LABELS, FOLDS, tested, 1000, 1, 0, 4, STRENGTH, balanced=False)
    # The same lines in another order: a near tie may turn.
    assert np.abs(few - whole[tested]).sum() <= 1
    one = learn_from_few(words, LABELS, FOLDS, tested, 1, 2, 0, 4, STRENGTH, balanced=False)
    assert set(one.tolist()) <= {0.0, 0.5, 1.0} and one.mean() < few.mean()


def test_texts_without_a_unit_have_no_features_and_harm_nothing() -> None:
    assert TfIdf(["", " "], "words", Language.EN).raw.shape == (2, 1)
