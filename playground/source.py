"""A fingerprint of the code that a module runs: its own file, all of the project that it imports, their data, and the packages.

Read off the source by its import statements, at any depth and inside functions; nothing is imported. Knows nothing of topics.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = "playground"
# Files beside a module that aren't its data.
NO_DATA = {".py", ".pyc", ".md"}
# How often a source is parsed before an error counts.
ATTEMPTS = 20
_PARSING = threading.Lock()


@functools.cache
def fingerprint(module: str) -> str:
    """Returns a digest (hexadecimal) that changes when code, data or a package's version changes that a run of `module` may depend on."""
    digest = hashlib.sha256(sys.version.encode())
    packages: set[str] = set()
    for name, path in sorted(closure(module).items()):
        digest.update(name.encode())
        digest.update(path.read_bytes())
        packages |= {found.split(".")[0] for found in _imported(path, name)}
    for path in sorted({data for code in closure(module).values() for data in _data_beside(code)}):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    distributions = _distributions()
    for package in sorted(packages - {PROJECT}):
        for distribution in sorted(set(distributions.get(package, ()))):
            digest.update(f"{distribution} {_version(distribution)}".encode())
    return digest.hexdigest()


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    """Returns the distributions of each package that is installed; reading them takes a sixth of a second."""
    return importlib.metadata.packages_distributions()


@functools.cache
def _version(distribution: str) -> str:
    return importlib.metadata.version(distribution)


@functools.cache
def closure(module: str) -> dict[str, Path]:
    """Returns every module of the project that `module` imports, itself included, by dotted name with its file."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if path is None or name in found:
            continue
        found[name] = path
        waiting += [other for other in _imported(path, name) if other.split(".")[0] == PROJECT]
    return found


def _file_of(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


@functools.cache
def _imported(path: Path, name: str) -> tuple[str, ...]:
    """Returns the dotted names that a file imports; of `from a import b` both a and a.b, of which either may be a module."""
    return tuple(_imports(_parsed(path.read_bytes()), name))


def _parsed(source: bytes) -> ast.AST:
    """Parses one source at a time, and again where another library parses meanwhile: Python 3.11 counts how deep all threads are in one
    place, and then raises SystemError (python/cpython issue 106905)."""
    with _PARSING:
        for _ in range(ATTEMPTS):
            with contextlib.suppress(SystemError):
                return ast.parse(source)
        return ast.parse(source)


def _imports(tree: ast.AST, name: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _data_beside(path: Path) -> Iterator[Path]:
    """Files that aren't code in a module's folder, and in folders below it that are no packages."""
    for item in path.parent.iterdir():
        if item.is_file() and item.suffix not in NO_DATA:
            yield item
        elif item.is_dir() and not (item / "__init__.py").exists() and not item.name.startswith(("_", ".")):
            yield from (inner for inner in item.rglob("*") if inner.is_file() and inner.suffix not in NO_DATA)
