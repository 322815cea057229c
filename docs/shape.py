"""Checks that every topic's folder has one shape: its files, what each may import, and that nothing reads numbers from panels.

    python -m docs.shape [slug …]

A panel is written for a reader's eyes: its labels, rows and columns may be reordered or reworded. What speaks of a result reads
findings (`playground/lab/topic.py`).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOPICS = ROOT / "playground" / "topics"
FILES = (
    "settings.py", "lab.py", "cost.py", "panels.py", "findings.py", "interview.py", "cases.py", "zh.md", "en.md", "test_lab.py",
    "test_interview.py",
)  # fmt: skip
PANEL_MODULES = (
    *(f"playground.lab.{name}" for name in ("panels", "token_panels", "chat_panels", "explorer_panels", "grid_panels")),
    "playground.generation.panels",
)
# They speak of a result and must not see a panel.
SPEAKERS = ("interview.py", "cases.py", "findings.py")
# Tests, and what those of a folder share.
TESTS = ("test_", "conftest.py")
# The parts of panels that were once read by position or by label.
PARTS = frozenset("items rows columns series lines points categories cells".split())


def complaints(topics: Path = TOPICS, only: tuple[str, ...] = ()) -> Iterator[str]:
    """Yields a line for everything in a topic's folder that isn't of the one shape."""
    for folder in sorted(path for path in topics.iterdir() if (path / "lab.py").exists()):
        if only and folder.name not in only:
            continue
        for name in FILES:
            if not (folder / name).exists() and not (name == "panels.py" and (folder / "panels").is_dir()):
                yield f"{folder.name}: lacks {name}"
        for path in sorted(folder.rglob("*.py")):
            yield from (f"{folder.name}/{path.relative_to(folder)}:{line}" for line in _file(path, folder))


def _file(path: Path, folder: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.name in SPEAKERS:
        for statement, module in imports(tree):
            if module.startswith(PANEL_MODULES) or module.startswith(f"playground.topics.{folder.name}.panels"):
                yield f"{statement.lineno} imports {module}: it may read settings and findings only"
    drawing = path.name.startswith("panels") or path.parent.name == "panels" or path.name == "test_panels.py"
    if not drawing:
        kinds = _panel_kinds(tree)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not path.name.startswith(TESTS):
                for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
                    named = {
                        part.id for part in ast.walk(argument.annotation or ast.Tuple([])) if isinstance(part, ast.Name)
                    }
                    if named & (kinds | {"Result"}):
                        yield f"{node.lineno} {node.name} takes a panel: let it take the numbers"
    if path.name != "test_panels.py":
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr in PARTS:
                yield f"{node.lineno} reads .{node.value.attr}[…] of a panel: let findings have the number"


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Yields every import of a module's syntax tree with the dotted name that it imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def _panel_kinds(tree: ast.AST) -> set[str]:
    """The names of panel classes that a module imports; helpers of those modules begin with a small letter."""
    names = {module.rsplit(".", 1)[1] for _, module in imports(tree) if module.startswith(PANEL_MODULES)}
    return {name for name in names if name[0].isupper()} - {"Panel", "PanelTitle", "Move"}


def main() -> int:
    """Prints what isn't of the shape; 1 when anything is."""
    found = list(complaints(only=tuple(name.replace("-", "_") for name in sys.argv[1:])))
    print("\n".join(found) or "topics: all of one shape")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
