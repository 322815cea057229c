from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from playground.scaffold import make_topic

ROOT = Path(__file__).parent.parent


def test_a_new_topic_passes_every_test_with_nothing_else_edited(tmp_path: Path, tiny_folder: Path) -> None:
    for name in ("playground", "components", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    # Only the new topic, on a tiny model: what the others compute is tested elsewhere.
    for folder in (tmp_path / "playground/topics").glob("[!_]*/"):
        shutil.rmtree(folder)
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    environment |= {"PLAYGROUND_MODEL": str(tiny_folder), "OMP_NUM_THREADS": "1"}

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    made = python("-m", "playground.scaffold", "two-words")
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "playground/topics/two_words"
    assert str(folder.relative_to(tmp_path)) in made.stdout
    assert "_template" not in "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    tested = python("-m", "pytest", "-q", "tests/test_every_topic.py", "playground/topics/two_words")
    assert tested.returncode == 0, tested.stdout[-3000:]
    assert "[two-words]" in python("-m", "pytest", "-q", "--collect-only", "tests/test_every_topic.py").stdout


@pytest.mark.parametrize("slug", ["", "Two", "two_words", "2words", "two--words", "../two", "two words", "two-"])
def test_what_is_no_slug_is_refused(slug: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="slug"):
        make_topic(slug, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "two_words").mkdir()
    with pytest.raises(ValueError, match="already"):
        make_topic("two-words", tmp_path)


def test_numbers_of_own_topics_begin_after_the_thirty_questions(tmp_path: Path) -> None:
    topics = tmp_path / "topics"
    shutil.copytree(ROOT / "playground/topics/_template", topics / "_template")
    for slug in ("first", "second"):
        make_topic(slug, topics)
    assert "number=31," in (topics / "first/lab.py").read_text()
    assert "number=32," in (topics / "second/lab.py").read_text()
