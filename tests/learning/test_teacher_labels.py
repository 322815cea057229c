"""Labels are the teacher's for these texts and this probe, and each text is labelled once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from playground.data.reviews import reviews
from playground.learning import sentiment, teacher_labels
from playground.models.language_model import LanguageModel


class Teacher:
    """Replaces the model: returns the length of a text, and is interrupted once at a given point."""

    def __init__(self, stop_after: int = 1 << 30) -> None:
        self.asked: list[str] = []
        self.stop_after = stop_after

    def log_odds(self, probe: object, lm: object, texts: list[str]) -> np.ndarray:
        if len(self.asked) >= self.stop_after:
            self.stop_after = 1 << 30
            raise KeyboardInterrupt
        self.asked += texts
        return np.array([len(text) / 10 for text in texts], np.float32)


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Teacher:
    teacher = Teacher()
    monkeypatch.setattr(teacher_labels, "log_odds", teacher.log_odds)
    monkeypatch.setattr(teacher_labels, "FILE", tmp_path / "labels.npz")
    monkeypatch.setattr(teacher_labels, "_KEPT", {})
    return teacher


def every_text() -> list[str]:
    return [item.text for items in teacher_labels.parts().values() for item in items]


def test_without_a_file_every_text_is_labelled_once_in_a_process(teacher: Teacher, tiny_lm: LanguageModel) -> None:
    told: list[tuple[int, int]] = []
    labels = teacher_labels.teacher_labels(sentiment.load(), tiny_lm, lambda *now: told.append(now))
    assert teacher.asked == every_text()
    for name, items in teacher_labels.parts().items():
        np.testing.assert_allclose(getattr(labels, name), [len(item.text) / 10 for item in items], rtol=1e-6)
    assert told[0] == (0, len(every_text())) and len(told) > 4
    assert teacher_labels.teacher_labels(sentiment.load(), tiny_lm) is labels
    assert len(teacher.asked) == len(every_text())


def test_a_stopped_command_goes_on_and_a_process_takes_what_the_file_has(
    teacher: Teacher, tiny_lm: LanguageModel
) -> None:
    teacher.stop_after = 400
    with pytest.raises(KeyboardInterrupt):
        teacher_labels.write(sentiment.load(), tiny_lm, teacher_labels.FILE)
    assert not teacher_labels.FILE.exists()
    done = len(teacher.asked)
    teacher_labels.write(sentiment.load(), tiny_lm, teacher_labels.FILE)
    assert sorted(teacher.asked) == sorted(every_text()), "each once"
    assert 0 < done < len(teacher.asked)
    assert [path.name for path in teacher_labels.FILE.parent.iterdir()] == ["labels.npz"]
    labels = teacher_labels.teacher_labels(sentiment.load(), tiny_lm)
    assert len(teacher.asked) == len(every_text()), "nothing anew"
    expected = [len(item.text) / 10 for item in teacher_labels.parts()["held_out"]]
    np.testing.assert_allclose(labels.held_out, expected, rtol=1e-3)


def test_a_file_of_another_probe_is_left_aside(teacher: Teacher, tiny_lm: LanguageModel) -> None:
    probe = sentiment.load()
    teacher_labels.write(probe, tiny_lm, teacher_labels.FILE)
    other = dataclasses.replace(probe, weight=probe.weight * 2)
    assert teacher_labels.origin(other) != teacher_labels.origin(probe)
    teacher_labels.teacher_labels(other, tiny_lm)
    assert len(teacher.asked) == 2 * len(every_text())


def test_the_teacher_saw_no_label_of_its_students() -> None:
    report = teacher_labels.teacher().report
    assert report["skipped"] == teacher_labels.TRANSFER == len(teacher_labels.parts()["train"])
    assert report["sizes"]["train"] == teacher_labels.TRANSFER
    learned = {item.text for item in reviews().train[report["skipped"] :][: teacher_labels.TRANSFER]}
    assert not learned & {item.text for items in teacher_labels.parts().values() for item in items}


def test_the_package_s_file_is_of_this_probe_and_these_texts() -> None:
    with np.load(teacher_labels.FILE, allow_pickle=False) as arrays:
        assert str(arrays["origin"]) == teacher_labels.origin(teacher_labels.teacher())
        truth = np.array([item.label for item in teacher_labels.parts()["english"]])
        report = teacher_labels.teacher().report["held_out"]["english"]["accuracy"]
        assert ((arrays["english"] > 0) == truth).mean() == pytest.approx(report, abs=0.02)
        assert len(arrays["train"]) >= 200


@pytest.mark.model
def test_the_file_s_labels_are_what_the_teacher_says_now(real_lm: LanguageModel) -> None:
    with np.load(teacher_labels.FILE, allow_pickle=False) as arrays:
        kept = arrays["train"][:24].astype(np.float32)
    now = teacher_labels.log_odds(
        teacher_labels.teacher(), real_lm, [item.text for item in teacher_labels.parts()["train"][:24]]
    )
    difference = np.abs(1 / (1 + np.exp(-kept)) - 1 / (1 + np.exp(-now)))
    # In bfloat16 a text's probability depends on its batch.
    assert difference.max() < 0.06
