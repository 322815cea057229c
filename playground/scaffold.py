"""Makes the folder of a new topic from `topics/_template`; knows nothing of what a topic computes."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

TOPICS = Path(__file__).parent / "topics"
TEMPLATE = "_template"
# Numbers up to this one belong to the thirty interview questions.
LAST_QUESTION = 30


def make_topic(slug: str, topics: Path = TOPICS) -> Path:
    """The new folder, a small working lab with both cards in it. Raises ValueError for a slug that can't be one."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug):
        raise ValueError(f"{slug!r} is no slug: small letters and digits, words joined by hyphens, a letter first")
    folder = topics / slug.replace("-", "_")
    if folder.exists():
        raise ValueError(f"{folder} is there already")
    shutil.copytree(topics / TEMPLATE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8").replace(f"topics.{TEMPLATE}", f"topics.{folder.name}")
        text = text.replace(f'slug="{TEMPLATE}"', f'slug="{slug}"').replace(
            "number=999", f"number={_free_number(topics)}"
        )
        path.write_text(text, encoding="utf-8")
    return folder


def _free_number(topics: Path) -> int:
    labs = (lab.read_text(encoding="utf-8") for lab in topics.glob("[!_]*/lab.py"))
    taken = [int(number) for lab in labs for number in re.findall(r"^    number=(\d+),$", lab, re.MULTILINE)]
    return max([LAST_QUESTION, *(number for number in taken if number < 999)]) + 1


def main() -> int:
    """`python -m playground.scaffold SLUG`."""
    try:
        folder = make_topic(sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{folder.relative_to(Path.cwd())} is a working topic: change its lab, its cards and its test.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
