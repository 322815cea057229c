"""Makes the folder of a new topic from `topics/_template`; knows nothing of what a topic computes."""

from __future__ import annotations

import argparse
import ast
import keyword
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

TOPICS = Path(__file__).parent / "topics"
TEMPLATE = "_template"
# The interview has thirty questions, numbered from 1; topics beyond them have larger numbers.
LAST_QUESTION = 30
LAST_NUMBER = 999


def make_topic(slug: str, number: int | None = None, topics: Path = TOPICS) -> Path:
    """Creates the folder of a small working lab of the one shape and returns it. `number` None: the smallest free one.

    Raises ValueError for a slug or number that can't be one or is taken.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug) or keyword.iskeyword(slug):
        raise ValueError(
            f"{slug!r} is no slug: small letters and digits, words joined by hyphens, a letter first, no keyword of Python"
        )
    folder = topics / slug.replace("-", "_")
    if folder.exists():
        raise ValueError(f"{folder} exists already")
    taken = taken_numbers(topics)
    if number is None:
        number = next(free for free in range(1, LAST_NUMBER + 1) if free not in taken)
    elif not 0 <= number <= LAST_NUMBER:
        raise ValueError(f"{number} is no number from 0 to {LAST_NUMBER}; {_free(taken)}")
    elif number in taken:
        raise ValueError(f"number {number} is that of {taken[number]}; {_free(taken)}")
    shutil.copytree(topics / TEMPLATE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8").replace(f"topics.{TEMPLATE}", f"topics.{folder.name}")
        text = text.replace(f'slug="{TEMPLATE}"', f'slug="{slug}"').replace("number=999", f"number={number}")
        path.write_text(text, encoding="utf-8")
    return folder


def taken_numbers(topics: Path = TOPICS) -> dict[int, str]:
    """Maps the number of every topic to its folder's name, read from the source: nothing is imported."""
    return {number: lab.parent.name for lab in sorted(topics.glob("[!_]*/lab.py")) for number in _numbers(lab)}


def _numbers(lab: Path) -> Iterator[int]:
    """Yields the `number` of each call of Topic in a lab."""
    for node in ast.walk(ast.parse(lab.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Topic":
            for argument in node.keywords:
                if argument.arg == "number":
                    yield int(ast.literal_eval(argument.value))


def _free(taken: dict[int, str]) -> str:
    """Lists the free numbers: those of the thirty questions one by one, and the range beyond them."""
    free = [str(number) for number in range(1, LAST_QUESTION + 1) if number not in taken]
    beyond = [number for number in taken if number > LAST_QUESTION]
    larger = f"{LAST_QUESTION + 1} to {LAST_NUMBER}" + (
        f" without {' '.join(map(str, sorted(beyond)))}" if beyond else ""
    )
    return f"free are {' '.join(free) or 'none'} of the {LAST_QUESTION} questions, and {larger}"


def main() -> int:
    """Makes a topic's folder and prints it, or to stderr why there is none (exit code 2).

    `python -m playground.scaffold SLUG [--number NUMBER]`.
    """
    parser = argparse.ArgumentParser(prog="make topic", description=main.__doc__)
    parser.add_argument("slug")
    parser.add_argument("--number")
    options = parser.parse_args()
    try:
        if options.number is not None and not re.fullmatch(r"-?\d+", options.number):
            raise ValueError(f"{options.number!r} is no number; {_free(taken_numbers())}")
        folder = make_topic(options.slug, None if options.number is None else int(options.number))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(
        f"{folder.relative_to(Path.cwd())} is a working topic: CONTRIBUTING.md says what each file holds.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
