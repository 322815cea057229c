from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs import shape
from playground import catalog
from playground.scaffold import TOPICS, make_topic, taken_numbers

ROOT = Path(__file__).parent.parent


@pytest.fixture
def topics(tmp_path: Path) -> Path:
    """A folder with the template and nothing else."""
    shutil.copytree(TOPICS / "_template", tmp_path / "topics/_template", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "topics"


def test_a_new_topic_is_found_runs_and_passes_every_test_with_nothing_else_edited(
    tmp_path: Path, tiny_folder: Path
) -> None:
    for name in ("playground", "components", "tests", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    # Only the new topic, on a tiny model: the others are tested elsewhere.
    for folder in (tmp_path / "playground/topics").glob("[!_]*/"):
        shutil.rmtree(folder)
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    environment |= {"PLAYGROUND_MODEL": str(tiny_folder), "OMP_NUM_THREADS": "1"}

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    made = python("-m", "playground.scaffold", "two-words", "--number=17")
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "playground/topics/two_words"
    assert str(folder.relative_to(tmp_path)) in made.stdout
    assert "_template" not in "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    shaped = python("-m", "docs.shape", "two-words")
    assert shaped.returncode == 0, shaped.stdout
    (listed,) = json.loads(python("-m", "playground", "topics", "--json").stdout)
    assert (listed["slug"], listed["number"]) == ("two-words", 17)
    ran = json.loads(python("-m", "playground", "run", "two-words", "--set", "text=ab猫", "--json").stdout)
    # One token for each byte, and the start token.
    assert len(ran["findings"]["tokens"]) == len(ran["result"]["tokens"]["rows"]) == 1 + len("ab猫".encode())
    tested = python("-m", "pytest", "-q", "tests/every_topic", "playground/topics/two_words")
    assert tested.returncode == 0, tested.stdout[-3000:]
    assert "[two-words" in python("-m", "pytest", "-q", "--collect-only", "tests/every_topic").stdout


def test_the_template_and_what_is_made_of_it_are_of_the_one_shape(topics: Path) -> None:
    assert not list(shape.complaints(topics))
    make_topic("two-words", 17, topics)
    assert not list(shape.complaints(topics))
    (topics / "two_words/findings.py").unlink()
    assert list(shape.complaints(topics)) == ["two_words: lacks findings.py"]


@pytest.mark.parametrize(
    "slug", ["", "Two", "two_words", "2words", "two--words", "../two", "two words", "two-", "class"]
)
def test_what_is_no_slug_is_refused(slug: str, topics: Path) -> None:
    with pytest.raises(ValueError, match="slug"):
        make_topic(slug, topics=topics)
    assert [path.name for path in topics.iterdir()] == ["_template"]


def test_a_folder_that_exists_is_left_alone(topics: Path) -> None:
    (topics / "two_words").mkdir()
    with pytest.raises(ValueError, match="already"):
        make_topic("two-words", topics=topics)
    assert not list((topics / "two_words").iterdir())


def number_of(folder: Path) -> int:
    """The number that a topic's lab has in its source."""
    (number,) = [
        int(line.strip().removeprefix("number=").removesuffix(","))
        for line in (folder / "lab.py").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("number=")
    ]
    return number


def test_without_a_number_the_smallest_free_one_is_taken(topics: Path) -> None:
    assert number_of(make_topic("first", topics=topics)) == 1
    make_topic("third", 3, topics)
    assert number_of(make_topic("second", topics=topics)) == 2
    assert number_of(make_topic("fourth", topics=topics)) == 4
    assert taken_numbers(topics) == {1: "first", 2: "second", 3: "third", 4: "fourth"}
    for number in range(5, 31):
        make_topic(f"topic-{number}", number, topics)
    assert number_of(make_topic("own", topics=topics)) == 31


@pytest.mark.parametrize("number", [0, 30, 31, 999])
def test_a_free_number_can_be_asked_for(number: int, topics: Path) -> None:
    assert number_of(make_topic("asked", number, topics)) == number


@pytest.mark.parametrize("number", [2, 40, -1, 1000])
def test_a_number_that_is_taken_or_out_of_bounds_is_refused_with_those_that_are_free(number: int, topics: Path) -> None:
    make_topic("second", 2, topics)
    make_topic("own", 40, topics)
    with pytest.raises(
        ValueError, match=r"free are 1 3 4 .* 29 30 of the 30 questions, and 31 to 999 without 40$"
    ) as refused:
        make_topic("another", number, topics)
    assert str(number) in str(refused.value)
    assert not (topics / "another").exists()


def test_the_numbers_that_are_taken_are_those_of_the_catalog() -> None:
    assert taken_numbers() == {topic.number: topic.slug.replace("-", "_") for topic in catalog.topics()}


@pytest.mark.parametrize("arguments", [("two-words", "--number=seven"), ("two-words", "--number=1000"), ("Two",)])
def test_a_refusal_is_one_line_and_exit_code_2(arguments: tuple[str, ...]) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "playground.scaffold", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
