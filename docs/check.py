"""Checks the README against the code: topics, tree, variables, commands, links. `--write` updates the table of topics."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playground import catalog, cli
from playground.cards import CardError
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.lab.validation import validate

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- topics -->\n", "<!-- end of topics -->"


def topics_table() -> str:
    """Returns the README's table of topics."""
    rows = [
        f"| {topic.number} | `{topic.slug}` | {topic.title.zh} | {topic.title.en} | {topic.group.title.zh} · {topic.group.title.en} |"
        for topic in catalog.topics()
    ]
    return "\n".join(["| | slug | 题目 | topic | group |", "|---|---|---|---|---|", *rows]) + "\n"


def complaints(readme: str, files: list[str]) -> Iterator[str]:
    """Yields the errors. `files`: every file of the project, relative to its root."""
    if topics_table() != _between(readme):
        yield "README.md: the table of topics is out of date; `.venv/bin/python -m docs.check --write` renews it"
    tree = _tree(readme)
    for path in tree:
        if not any(file == path or file.startswith(path.rstrip("/") + "/") for file in files):
            yield f"README.md: the tree names {path}, which isn't there"
    for path in _must_be_in_tree(files):
        if path not in tree:
            yield f"README.md: the tree lacks {path}"
    yield from _variables(readme, files)
    yield from _commands(readme)
    yield from _links(files)
    yield from _cards()


def _between(readme: str) -> str:
    return readme.partition(BEGIN)[2].partition(END)[0]


def _tree(readme: str) -> set[str]:
    """Returns the paths of the tree: the first word of each line, under the nearest less indented line above."""
    block = re.search(r"```tree\n(.*?)```", readme, re.DOTALL)
    paths: set[str] = set()
    above: list[tuple[int, str]] = []
    for line in block.group(1).splitlines() if block else []:
        indent = len(line) - len(line.lstrip())
        above = [(depth, path) for depth, path in above if depth < indent]
        parent = above[-1][1] if above else ""
        path = parent + line.split()[0]
        above.append((indent, path))
        paths.add(path)
    return paths


def _must_be_in_tree(files: list[str]) -> set[str]:
    """Returns top-level folders, packages and modules of playground and components."""
    found = set()
    for file in files:
        first, *rest = file.split("/")
        if rest and not first.startswith("."):
            found.add(f"{first}/")
        if first in ("playground", "components") and rest and rest[0] != "__init__.py":
            found.add(f"{first}/{rest[0]}/" if len(rest) > 1 else f"{first}/{rest[0]}")
    return {path for path in found if path.endswith(("/", ".py"))}


def _variables(readme: str, files: list[str]) -> Iterator[str]:
    name = re.compile(r"\bPLAYGROUND_[A-Z_]*[A-Z]\b")
    code = [
        ROOT / file
        for file in files
        if file.endswith(".py") and file.startswith(("playground/", "components/", "app.py"))
    ]
    used = {found for path in code for found in name.findall(path.read_text(encoding="utf-8"))}
    for variable in sorted(used ^ set(name.findall(readme))):
        yield f"README.md: {variable} is {'not documented' if variable in used else 'documented, and no code reads it'}"


def _commands(readme: str) -> Iterator[str]:
    """Checks that every command line in the README is valid."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for target in re.findall(r"\bmake ([a-z]+)", readme):
        if target not in targets:
            yield f"README.md: make {target} does nothing"
    for line in re.findall(r"^\S*python -m playground (.*)$", readme, re.MULTILINE):
        try:
            arguments = cli.parser().parse_args(shlex.split(line, comments=True))
            language = catalog.spoken(arguments.language)
            if arguments.command == "run":
                values = cli.assigned(arguments.assignments)
                validate(catalog.find(arguments.topic).settings, values, language)
        except PlaygroundError as error:
            yield f"README.md: `{line}`: {error.message.en}"
    for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL):
        for call in (node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)):
            try:
                given = [ast.literal_eval(argument) for argument in call.args]
                if len(given) == 3:
                    validate(catalog.find(given[0]).settings, given[1], catalog.spoken(given[2]))
            except PlaygroundError as error:
                yield f"README.md: `{ast.unparse(call)}`: {error.message.en}"


def _links(files: list[str]) -> Iterator[str]:
    for file in (file for file in files if file.endswith(".md")):
        text = re.sub(r"```.*?```", "", (ROOT / file).read_text(encoding="utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
            if not ((ROOT / file).parent / link).exists():
                yield f"{file}: {link} isn't there"


def _cards() -> Iterator[str]:
    for topic in catalog.topics():
        for language in Language:
            try:
                catalog.card(topic.slug, language)
            except CardError as error:
                yield str(error)


def project_files() -> list[str]:
    """Returns the project's files: those tracked by git, else all that aren't hidden."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [file for file in listed.stdout.split("\0") if file and (ROOT / file).exists()]
    return [
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts)
    ]  # fmt: skip


def main() -> int:
    """Prints the errors; returns 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew the table of topics first")
    readme = README.read_text(encoding="utf-8")
    if parser.parse_args().write:
        readme = readme.replace(BEGIN + _between(readme), BEGIN + topics_table())
        README.write_text(readme, encoding="utf-8")
    found = list(complaints(readme, project_files()))
    print("\n".join(found) or "docs: in step with the code")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
