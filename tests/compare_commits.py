"""Compares the panels of two commits byte by byte, to verify that a refactoring changes no number.

    python -m tests.compare_commits 98f7b11 HEAD [--topics bench sentiment] [--folder /tmp/panels]

Each commit is checked out into a worktree of its own and runs every topic there, on the real model, with its default (zh) and two
examples; "." is the working tree as it is. What is marked measured is left out: it may differ between two runs of one commit as
well. A commit's results are kept in `--folder`, so a second comparison runs the new one alone. Exit code 1 when any panel differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
EXAMPLES = 2

# Run in each commit, using the catalog's `run`, which both have and which returns plain data.
DRIVER = """
import json, sys
from pathlib import Path
from playground import catalog
folder, wanted = Path(sys.argv[1]), sys.argv[2:]
for topic in catalog.topics():
    if wanted and topic.slug not in wanted:
        continue
    object.__setattr__(topic, "seconds", 3600.0)  # a busy machine changes no number
    cases = [("default", "zh", {})]
    for number, example in enumerate(topic.examples[:%d], 1):
        language = ("zh", "en")[number %% 2]
        cases.append((f"example {number}", language, example.in_(language)))
    for name, language, values in cases:
        path = folder / f"{topic.slug} {name} {language}.json"
        if not path.exists():
            data = catalog.run(topic.slug, values, language)
            path.write_text(json.dumps(data, ensure_ascii=False, sort_keys=True), encoding="utf-8")
"""


def panels_of(commit: str, folder: Path, topics: list[str]) -> dict[str, dict[str, Any]]:
    """Runs a commit's topics and returns their panels by case. `commit` "." is the working tree, which is never cached."""
    with tempfile.TemporaryDirectory() as fresh:
        if commit == ".":
            return _run(ROOT, Path(fresh), topics)
        full = subprocess.check_output(["git", "rev-parse", commit], cwd=ROOT, text=True).strip()
        tree = Path(fresh) / "tree"
        subprocess.run(["git", "worktree", "add", "--detach", "--quiet", str(tree), full], cwd=ROOT, check=True)
        try:
            return _run(tree, folder / full[:12], topics)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)


def _run(tree: Path, kept: Path, topics: list[str]) -> dict[str, dict[str, Any]]:
    kept.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-c", DRIVER % EXAMPLES, str(kept), *topics], cwd=tree, check=True,
        # One thread, so that sums are added up in one order and a busy machine doesn't make threads wait for one another.
        env=os.environ | {"PYTHONPATH": str(tree), "PLAYGROUND_REMEMBER_MB": "0", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))["result"] for path in sorted(kept.glob("*.json"))}


def without_measured(data: Any) -> Any:
    """Removes everything marked measured from a result's JSON."""
    if isinstance(data, dict):
        if data.get("measured") is True:
            return {"measured": True}
        return {name: without_measured(value) for name, value in data.items()}
    return [without_measured(item) for item in data] if isinstance(data, list) else data


def main() -> int:
    """Prints one line per case: how many panels are equal, and which differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commits", nargs=2)
    parser.add_argument("--topics", nargs="*", default=[])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "panels-of-commits")
    options = parser.parse_args()
    before, after = (panels_of(commit, options.folder, options.topics) for commit in options.commits)
    different = 0
    for case in sorted(case for case in before | after if not options.topics or case.split()[0] in options.topics):
        old, new = before.get(case, {}), after.get(case, {})
        changed = sorted(
            name for name in old | new
            if json.dumps(without_measured(old.get(name)), sort_keys=True) != json.dumps(without_measured(new.get(name)), sort_keys=True)
        )  # fmt: skip
        different += bool(changed)
        sys.stdout.write(f"{case}: {len(old)} panels, {'different: ' + ', '.join(changed) if changed else 'equal'}\n")
    sys.stdout.write(f"{different} cases differ\n")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
