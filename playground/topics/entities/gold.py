"""Reads the visitor's own labels: lines of an entity and its type. Knows no method."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playground.data.spans import Span
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.topics.entities.prompted import occurrences

_KINDS = {
    "person": ("person", "people", "per", "name", "人", "人名", "人物"),
    "place": ("place", "loc", "location", "gpe", "地", "地名", "地点"),
    "organisation": ("organisation", "organization", "org", "company", "机构", "组织", "机构名", "组织机构", "公司"),
}
_KIND_OF = {alias: kind for kind, aliases in _KINDS.items() for alias in aliases}
_HEADERS = (
    ("entity", "name", "text", "mention", "实体", "名字", "文本"),
    ("type", "kind", "label", "class", "类型", "标签", "类别"),
)
# A tab, a comma, a colon, a bar, or failing those the last space. Cells may be quoted, as in CSV.
_LINE = re.compile(
    r"(?P<name>\"(?:[^\"]|\"\")*\"|.+?)\s*[\t,，:：|=]\s*(?P<kind>[^\t,，:：|=]+)|(?P<words>.+)\s+(?P<last>\S+)"
)


def parse(lines: str) -> Iterator[tuple[str, str, str]]:
    """Yields (line, entity, kind) of every line that isn't blank; a first line that names the columns is left out.

    Raises PlaygroundError naming a line it can't read.
    """
    for number, line in enumerate(line for line in lines.removeprefix("\ufeff").splitlines() if line.strip()):
        found = _LINE.fullmatch(line.strip())
        cells = (found["name"] or found["words"], found["kind"] or found["last"]) if found else ("", "")
        name, kind = map(_unquoted, cells)
        known = _KIND_OF.get(kind.lower())
        if not number and name.lower() in _HEADERS[0] and kind.lower() in _HEADERS[1]:
            continue
        if not name or known is None:
            raise PlaygroundError(
                Text(
                    zh="“你认为的实体”里这一行读不懂：{line}。请写成“实体，制表符或逗号，类型”，类型为人名、地名或机构。",
                    en="Your own labels: can't read the line {line}. Write the entity, a tab or a comma, and its type: person, place or organisation.",
                ).format(line=line.strip()[:60]),
                "gold",
            )
        yield line.strip(), name, known


def _unquoted(cell: str) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        cell = cell[1:-1].replace('""', '"').strip()
    return cell


def gold_spans(text: str, lines: str) -> tuple[Span, ...] | None:
    """Returns every occurrence of the labelled entities in order; None if there are no lines, or none is about this text.

    Raises PlaygroundError where only some of them occur, where two overlap, and where one entity has two types.
    """
    spans: dict[tuple[int, int], Span] = {}
    absent: list[str] = []
    for line, name, kind in parse(lines):
        places = list(occurrences(text, name))
        if not places:
            absent.append(line)
        for start, end in places:
            span = Span(start, end, kind)
            for other in spans.values():
                if span != other and span.overlaps(other):
                    raise PlaygroundError(
                        Text(
                            zh="“你认为的实体”里有两处重叠：{line} 与 {other}。这里的标注是平的，每个字只属于一个实体，请删去其中一个。",
                            en="Your own labels overlap: {line} and {other}. Labels here are flat, each word is in one entity at most; remove one of the two.",
                        ).format(line=line, other=text[other.start : other.end]),
                        "gold",
                    )
            spans[start, end] = span
    if absent and spans:
        raise PlaygroundError(
            Text(
                zh="“你认为的实体”里这一行不在文本中：{line}。请照文本原样写，或删去这一行。",
                en="Your own labels: this line isn't in the text: {line}. Write it as it is in the text, or remove the line.",
            ).format(line=absent[0][:60]),
            "gold",
        )
    return tuple(sorted(spans.values())) or None
