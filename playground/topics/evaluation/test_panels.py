"""Panels that aren't plain: matches that join to the text, and tables that lack B or probabilities."""

from __future__ import annotations

from playground.lab.bench import Bench
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.language.scripts import main_language
from playground.statistics.intervals import with_interval
from playground.topics.evaluation.cases import EXAMPLES
from playground.topics.evaluation.lab import references_of, run
from playground.topics.evaluation.panels import labels as label_panels
from playground.topics.evaluation.panels import systems as system_panels
from playground.topics.evaluation.panels import texts as text_panels
from playground.topics.evaluation.settings import Settings
from playground.topics.evaluation.systems import score_systems
from playground.topics.evaluation.test_lab import findings_of, tiny
from tests.fakes import OneModel


def test_matches_join_to_the_text_and_deepen_with_the_n_gram() -> None:
    settings, found = findings_of(table="", text="we sat  on a hill", references="they sat on a chair")
    drawn = text_panels.matches(tiny(), found.a, found.b, references_of(settings.references), "word")
    first = drawn.passages[0]
    assert "".join(span.text for span in first.spans) == settings.text
    scores = {span.text.strip(): span.score for span in first.spans}
    assert scores["sat"] == 0.75 and scores["we"] is None and scores["hill"] is None
    assert [passage.spans[0].text for passage in drawn.passages[2:]] == ["they sat on a chair"]


def test_a_table_without_b_or_probabilities_is_drawn_with_what_it_lacks_said() -> None:
    _, found = findings_of(table="x,x\ny,x\nx,x\ny,y")
    labels = found.labels
    assert labels is not None and labels.b is None
    for panel in (
        label_panels.comparison(labels),
        label_panels.power(labels),
        label_panels.calibration(labels),
        label_panels.bins(labels, 10),
    ):
        assert panel.caveat is not None
    classes = label_panels.classes(labels).caveat
    assert classes is not None and "配对检验" not in classes.zh and "Paired tests" not in classes.en
    (only,) = {len(row) for row in label_panels.classes(labels).rows}
    assert only == 8
    assert label_panels.confusion(labels).a.values == label_panels.confusion(labels).b.values


def test_edits_that_cannot_be_made_are_named() -> None:
    _, found = findings_of(table="", references="猫")
    drawn = text_panels.edited(found.edits, [], "猫")
    assert drawn.caveat is not None and "改数字" in drawn.caveat.zh and "another number" in drawn.caveat.en


def test_the_curve_of_power_passes_through_both_marks() -> None:
    _, found = findings_of()
    assert found.labels is not None and found.labels.comparison is not None
    drawn = label_panels.power(found.labels)
    (curve,) = drawn.lines
    points = dict(zip(curve.x, curve.y, strict=True))
    for mark in drawn.marks:
        known = points[mark.x]
        assert known is not None and abs(known - mark.y) < 0.01


def test_one_text_has_no_interval_and_what_it_is_taken_as_is_said() -> None:
    settings, found = findings_of(**EXAMPLES[2].values)
    assert main_language(references_of(settings.references)[0]) is Language.ZH
    for language, zh, en in (
        (Language.ZH, "视为中文", "taken as Chinese"),
        (Language.EN, "视为英文", "taken as English"),
    ):
        said = text_panels.scores(found.a, found.b, language).caveat
        assert said is not None and zh in said.zh and en in said.en
    drawn = [text_panels.scores(found.a, found.b, Language.ZH), text_panels.bleu_parts(found.a, found.b, "word")]
    assert all(
        one.caveat is not None and "没有区间" in one.caveat.zh and "no interval" in one.caveat.en for one in drawn
    )


def test_a_run_says_the_language_of_its_first_reference() -> None:
    settings = validate(Settings, {"pairs": 4, "table": ""} | EXAMPLES[2].values, Language.EN)
    first = next(run(settings, Bench(OneModel(tiny()))))
    assert first.scores is not None and first.scores.caveat is not None and "taken as Chinese" in first.scores.caveat.en


def test_precision_recall_and_calibration_have_intervals() -> None:
    _, found = findings_of(table="x,x,x,0.9\n" * 8 + "x,y,x,0.8\n" * 2 + "y,x,y,0.6\n" * 2)
    labels = found.labels
    assert labels is not None and labels.calibration is not None
    rows = {row[0]: row for row in label_panels.classes(labels).rows}
    said = label_panels.classes(labels).caveat
    assert said is not None and "“B 比 A 好吗：配对检验”" in said.zh and "“Is B better than A? Paired tests”" in said.en
    # A predicts x ten times, right on eight, of ten that are x.
    assert rows["x"][2] == rows["x"][3] == "0.800 [0.490, 0.943]"
    assert rows["y"][2] == "0.000 [0.000, 0.658]"
    drawn = label_panels.bins(labels, 10)
    ten = next(error for error in labels.calibration.errors if error.bins == 10)
    (row,) = (row for row in drawn.rows if row[0] == "10")
    assert row[1] == with_interval(ten.equal_width, *ten.width_interval, ".3f")
    assert row[2] == with_interval(ten.equal_mass, *ten.mass_interval, ".3f")


def test_both_corpus_metrics_have_a_p_value() -> None:
    rows = system_panels.systems(score_systems(Language.EN)).rows
    assert [row[3] != "–" for row in rows[:3]] == [True, True, False]
