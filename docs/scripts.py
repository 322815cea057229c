"""Checks the syntax of the page's scripts with the node that comes with Playwright: nothing else is to be installed.

python -m docs.scripts
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
INSTALL = (
    "there is no node to check the scripts with; Playwright's wheel carries one: "
    "`.venv/bin/python -m pip install --requirement requirements-dev.txt`"
)


class NoNode(RuntimeError):
    """Raised where node is missing; the message says how to install it."""


def node() -> Path:
    """Returns Playwright's node. Raises NoNode where Playwright isn't installed."""
    found = importlib.util.find_spec("playwright")
    folder = Path(found.origin).parent / "driver" if found and found.origin else None
    for name in ("node", "node.exe"):
        if folder and (folder / name).exists():
            return folder / name
    raise NoNode(INSTALL)


def complaints(folder: Path) -> Iterator[str]:
    """Yields what node says of each script in `folder` and below that it can't parse."""
    program = node()
    for script in sorted(folder.rglob("*.js")):
        checked = subprocess.run([program, "--check", script], capture_output=True, text=True, check=False)
        if checked.returncode:
            yield checked.stderr.strip()


def main() -> int:
    """Prints what is wrong with the scripts; 1 when anything is."""
    try:
        found = list(complaints(ROOT / "components"))
    except NoNode as missing:
        found = [str(missing)]
    print("\n\n".join(found) or "scripts: node can parse them all")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
