"""Checks that no source file, tests included, is longer than 500 lines; knows nothing of what is in them.

python -m docs.lengths
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from docs.check import project_files

ROOT = Path(__file__).parent.parent
ENDINGS = (".py", ".js", ".css")
MOST_LINES = 500


def complaints(files: Iterable[str], root: Path = ROOT) -> Iterator[str]:
    """Yields a line for every source file that is too long. `files`: paths relative to `root`."""
    for file in sorted(files):
        if file.endswith(ENDINGS):
            lines = len((root / file).read_text(encoding="utf-8").splitlines())
            if lines > MOST_LINES:
                yield f"{file}: {lines} lines; split it by what it does, {MOST_LINES} are the most"


def main() -> int:
    """Prints the files that are too long; 1 when there are any."""
    found = list(complaints(project_files()))
    print("\n".join(found) or f"lengths: no source file above {MOST_LINES} lines")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
