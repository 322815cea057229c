"""The fingerprint changes with every file that a module's run may depend on, and with no other."""

from __future__ import annotations

import ast
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from playground import source
from playground.source import closure, fingerprint


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small project of the same layout: a imports b, b imports c inside a function; d is imported by nobody."""
    package = tmp_path / "playground"
    (package / "data" / "sets").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "data" / "__init__.py").write_text("")
    (package / "a.py").write_text("from playground import b\nimport numpy\n")
    (package / "b.py").write_text("def load():\n    from playground.data.c import words\n    return words\n")
    (package / "data" / "c.py").write_text("words = 1\n")
    (package / "data" / "sets" / "words.tsv").write_text("one\n")
    (package / "d.py").write_text("")
    monkeypatch.setattr(source, "ROOT", tmp_path)
    caches = (fingerprint, closure, source._imported)
    for cache in caches:
        cache.cache_clear()
    yield package
    for cache in caches:
        cache.cache_clear()


def again() -> str:
    for cache in (fingerprint, closure, source._imported, source._version):
        cache.cache_clear()
    return fingerprint("playground.a")


def test_imports_are_followed_to_any_depth_and_into_functions(project: Path) -> None:
    assert set(closure("playground.a")) >= {"playground.a", "playground.b", "playground.data.c"}
    assert "playground.d" not in closure("playground.a")


@pytest.mark.parametrize("name", ["a.py", "b.py", "data/c.py", "data/sets/words.tsv"])
def test_a_change_of_what_is_imported_or_read_changes_it(project: Path, name: str) -> None:
    before = again()
    assert again() == before
    path = project / name
    path.write_text(path.read_text() + "\n# more\n")
    assert again() != before


def test_a_change_elsewhere_does_not(project: Path) -> None:
    before = again()
    (project / "d.py").write_text("changed = True\n")
    (project / "data" / "README.md").write_text("changed\n")
    shutil.copy(project / "d.py", project.parent / "outside.py")
    assert again() == before


def test_another_version_of_a_package_changes_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = again()
    real = source.importlib.metadata.version
    monkeypatch.setattr(source.importlib.metadata, "version", lambda name: "0.0" if name == "numpy" else real(name))
    assert again() != before


def test_a_topic_depends_on_its_folder_and_on_the_layers_it_uses() -> None:
    found = closure("playground.topics.decoding.lab")
    assert {"playground.generation.decode", "playground.generation.penalties", "playground.topics.decoding.findings",
            "playground.lab.bench"} <= set(found)  # fmt: skip
    assert not [name for name in found if name.startswith("playground.topics.") and ".decoding" not in name]
    assert len({fingerprint(f"playground.topics.{slug}.lab") for slug in ("decoding", "bench", "inference")}) == 3


def test_sources_are_parsed_one_at_a_time_and_again_after_a_parser_of_another_thread(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11 counts the depth of all parsing threads in one place: two first visitors at once would see an error."""
    parse, parsing, met, failing = ast.parse, threading.Semaphore(), [], [SystemError("depth mismatch")] * 3

    def slowly(code: bytes) -> ast.AST:
        if not parsing.acquire(blocking=False):
            met.append(code)
            return parse(code)
        try:
            time.sleep(0.005)
            if failing:
                raise failing.pop()
            return parse(code)
        finally:
            parsing.release()

    monkeypatch.setattr(ast, "parse", slowly)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(closure, ["playground.a", "playground.b", "playground.a", "playground.data.c"]))
    assert not met and not failing
    assert found[0] == found[2] and set(found[0]) > set(found[3])


def test_a_source_that_is_no_python_is_an_error(project: Path) -> None:
    (project / "a.py").write_text("def")
    with pytest.raises(SyntaxError):
        closure("playground.a")
