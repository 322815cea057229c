"""A Result as lines of plain text, for the command line; knows panels, no topic."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from typing import Any

from playground.lab.chat_panels import Chat, PromptString
from playground.lab.codec import encode
from playground.lab.explorer_panels import Explorer
from playground.lab.grid_panels import Grid
from playground.lab.panels import (
    Bars,
    Cell,
    Code,
    Graph,
    GraphOverTime,
    Heatmap,
    Histogram,
    Lattice,
    Lines,
    Metrics,
    Panel,
    Prose,
    Scatter,
    SideBySide,
    Table,
    panels_of,
)  # fmt: skip
from playground.lab.text import Language, Text, say
from playground.lab.token_panels import (
    Attention,
    Attribution,
    Passages,
    Ribbon,
    Struck,
    Tokens,
    Tree,
    TreeNode,
    Waterfall,
)
from playground.lab.validation import flatten

_WITHOUT = Text(zh="划去 {names}：{whole} → {value}", en="without {names}: {whole} → {value}")
_PREDICTED = Text(zh="LIME 预测 {predicted}", en="LIME predicted {predicted}")
_OPENED = Text(
    zh="第 {layer} 层（共 {layers}）第 {head} 个头（共 {heads}），每个词元最关注的词元：",
    en="layer {layer} of {layers}, head {head} of {heads}; each token and the one it attends to most:",
)
_FINDINGS = Text(zh="数值", en="Findings")
_FUTURE = Text(zh="未来", en="future")


def describe_result(result: Any, language: Language) -> Iterator[str]:
    """Formats every panel that was computed, with its title, lines and caveat; then the findings by name."""
    for item in panels_of(type(result)):
        panel = getattr(result, item.name)
        if panel is not None:
            yield f"\n── {item.title.title.in_(language)} " + "─" * 20
            yield from describe_panel(panel, language)
    if result.findings is not None:
        yield f"\n── {_FINDINGS.in_(language)} " + "─" * 20
        yield from _grid([(name, _found(value)) for name, value in flatten(encode(result.findings)).items()])


def _found(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def describe_panel(panel: Panel, language: Language) -> Iterator[str]:
    """Formats one panel as lines."""
    yield from _lines(panel, language)
    for note in (panel.loaded, panel.caveat):
        if note:
            yield f"! {note.in_(language)}"


def _cell(value: Cell, language: Language, digits: int = 3) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.{digits}f}"
    return say(value, language) if isinstance(value, (Text, str)) else str(value)


def _grid(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns of equal width; a Chinese character is two columns wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()


def _width(text: str) -> int:
    return sum(2 if character > "\u2e7f" else 1 for character in text)


@functools.singledispatch
def _lines(panel: Panel, language: Language) -> Iterator[str]:
    raise TypeError(f"no plain text for {type(panel).__name__}")


@_lines.register
def _(panel: SideBySide, language: Language) -> Iterator[str]:
    for name, label, side in (("A", panel.a_label, panel.a), ("B", panel.b_label, panel.b)):
        yield f"{name} · {say(label, language)}" if label else name
        yield from ("  " + line for line in describe_panel(side, language))


@_lines.register
def _(panel: Prose, language: Language) -> Iterator[str]:
    yield from panel.text.in_(language).splitlines()


@_lines.register
def _(panel: Metrics, language: Language) -> Iterator[str]:
    yield from _grid([
        (say(item.label, language), _cell(item.a, language, item.digits),
         "" if item.b is None else _cell(item.b, language, item.digits),
         " ".join(filter(None, (say(item.unit, language), item.interval))))
        for item in panel.items
    ])  # fmt: skip


@_lines.register
def _(panel: Table, language: Language) -> Iterator[str]:
    body = [
        ("*" if index in panel.highlight else " ", *(_cell(cell, language, panel.digits) for cell in row))
        for index, row in enumerate(panel.rows)
    ]
    yield from _grid([(" ", *(say(column, language) for column in panel.columns)), *body])


@_lines.register
def _(panel: Bars, language: Language) -> Iterator[str]:
    head = ("", *(say(series.name, language) for series in panel.series))
    rows = zip(panel.categories, *(series.values for series in panel.series), strict=True)
    yield from _grid([head, *([_cell(cell, language) for cell in row] for row in rows)])


@_lines.register
def _(panel: Histogram, language: Language) -> Iterator[str]:
    for series in panel.series:
        largest = max((value or 0.0 for value in series.values), default=0.0)
        index = next((index for index, value in enumerate(series.values) if value == largest), 0)
        yield (f"{say(series.name, language)}: {len(series.values)} × [{panel.edges[0]:.4g}, {panel.edges[-1]:.4g}], "
               f"max {largest:g} @ [{panel.edges[index]:.4g}, {panel.edges[index + 1]:.4g}]")  # fmt: skip


@_lines.register
def _(panel: Lines, language: Language) -> Iterator[str]:
    for line in panel.lines:
        points = "  ".join(f"{x:g}→{_cell(y, language)}" for x, y in zip(line.x, line.y, strict=True))
        yield f"{say(line.name, language)}: {points}"
    for mark in panel.marks:
        yield f"{say(mark.name, language)}: {mark.x:g}→{mark.y:.3f}"


@_lines.register
def _(panel: Scatter, language: Language) -> Iterator[str]:
    yield from _grid(
        [
            (say(point.name, language), _place(point.x, point.x_interval), _place(point.y, point.y_interval))
            for point in panel.points
        ]
        or [("–",)]
    )


def _place(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.3f}" if interval is None else f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


@_lines.register
def _(panel: Heatmap, language: Language) -> Iterator[str]:
    head = ("", *(say(column, language) for column in panel.columns))
    rows = ((say(name, language), *(_cell(value, language) for value in row))
            for name, row in zip(panel.rows, panel.values, strict=True))  # fmt: skip
    yield from _grid([head, *rows])


@_lines.register
def _(panel: Grid, language: Language) -> Iterator[str]:
    """Formats the numbers; headings over groups of columns come before their first column, chosen cells have a star."""
    starts: dict[int, str] = {}
    at = 0
    for group in panel.groups:
        starts[at] = f"{say(group.name, language)} · "
        at += group.columns
    head = ("", *(f"{starts.get(place, '')}{say(column, language)}" for place, column in enumerate(panel.columns)))
    yield from _grid([
        head,
        *((say(name, language), *(_cell(value, language) + "*" * ((row, column) in panel.selected)
           for column, value in enumerate(panel.values[row]))) for row, name in enumerate(panel.rows)),
    ])  # fmt: skip
    if panel.beside is not None:
        yield say(panel.beside_label, language)
        yield from ("  " + line for line in describe_panel(panel.beside, language))


@_lines.register
def _(panel: Graph, language: Language) -> Iterator[str]:
    names = {node.id: say(node.name, language) for node in panel.nodes}
    arrow = "→" if panel.directed else "–"
    yield from (f"{names[edge.source]} {arrow} {names[edge.target]}  {edge.weight:.3f}" for edge in panel.edges)


@_lines.register
def _(panel: Lattice, language: Language) -> Iterator[str]:
    for arc in panel.arcs:
        value = "–" if arc.value is None else f"{arc.value:.3f}"
        yield f"{'*' if arc.best else ' '} {arc.start}→{arc.end}  {arc.text}  {value}"


@_lines.register
def _(panel: GraphOverTime, language: Language) -> Iterator[str]:
    names = {node.id: say(node.name, language) for node in panel.nodes}
    for at, (step, note) in enumerate(zip(panel.steps, panel.notes, strict=True)):
        future = f" ({_FUTURE.in_(language)})" if panel.future is not None and at >= panel.future else ""
        yield f"{say(step, language)}{future}  {say(note, language)}"
        entered = [
            names[node.id]
            for node in panel.nodes
            if node.sizes[at] is not None and (not at or node.sizes[at - 1] is None)
        ]
        if entered:
            yield f"  + {', '.join(entered)}"
        for edge in panel.edges:
            weight, before = edge.weights[at], edge.weights[at - 1] if at else None
            if weight is not None and (before is None or weight > before):
                yield f"  {names[edge.source]} – {names[edge.target]}  {weight:.3f}"


@_lines.register
def _(panel: Code, language: Language) -> Iterator[str]:
    yield from panel.text.splitlines()


@_lines.register
def _(panel: Tokens, language: Language) -> Iterator[str]:
    yield f"{panel.prompt}⟫{''.join(token.text for token in panel.tokens)}"
    if panel.ending:
        yield f"({panel.ending.in_(language)})"


@_lines.register
def _(panel: Ribbon, language: Language) -> Iterator[str]:
    rows = zip(panel.pieces, *(row.values for row in panel.rows), strict=True)
    yield from _grid([("", *(say(row.name, language) for row in panel.rows)),
                      *([_cell(cell, language) for cell in row] for row in rows)])  # fmt: skip


@_lines.register
def _(panel: Attention, language: Language) -> Iterator[str]:
    weights = panel.weights()[panel.layer, panel.head]
    yield _OPENED.format(layer=panel.layer + 1, layers=panel.layers, head=panel.head + 1, heads=panel.heads).in_(
        language
    )
    strongest = weights.argmax(-1)
    yield from _grid([
        (piece, "→", panel.pieces[key], f"{weights[query, key]:.3f}")
        for query, (piece, key) in enumerate(zip(panel.pieces, strongest, strict=True))
    ])  # fmt: skip


def _struck(struck: Struck, names: Sequence[str], language: Language) -> Iterator[str]:
    yield _WITHOUT.format(
        names=" ".join(names[unit] for unit in struck.units), whole=f"{struck.whole:.3f}", value=f"{struck.value:.3f}"
    ).in_(language)
    if struck.predicted is not None:
        yield _PREDICTED.format(predicted=f"{struck.predicted:.3f}").in_(language)


@_lines.register
def _(panel: Attribution, language: Language) -> Iterator[str]:
    facts = [f"{panel.value:.3f}"]
    if panel.fit is not None:
        facts.append(f"R² {panel.fit:.3f}")
    if panel.samples is not None:
        facts.append(f"{panel.distinct} / {panel.samples}")
    yield f"{say(panel.method, language)} · {say(panel.target, language)}: {', '.join(facts)}"
    if not panel.reliable:
        yield f"! {panel.reason.in_(language) if panel.reason else ''}"
    if panel.struck is not None:
        yield from _struck(panel.struck, [entry.text for entry in panel.contributions], language)
    yield from _grid([
        (entry.text, f"{entry.weight:+.4f}", "" if entry.low is None else f"[{entry.low:+.4f}, {entry.high:+.4f}]")
        for entry in panel.contributions
    ] or [("–",)])  # fmt: skip


@_lines.register
def _(panel: Waterfall, language: Language) -> Iterator[str]:
    step = panel.steps[panel.opened]
    yield f"{panel.opened + 1} / {len(panel.steps)}"
    yield from _grid([
        ("", *(say(stage.name, language) for stage in step.stages)),
        *((("→ " if candidate.chosen else "") + candidate.text, *(_cell(stage.values[row], language) for stage in step.stages))
          for row, candidate in enumerate(step.candidates)),
    ])  # fmt: skip


@_lines.register
def _(panel: Tree, language: Language) -> Iterator[str]:
    """Formats one line for each finished or last path, best first: its score and its text."""
    by_id = {node.id: node for node in panel.nodes}

    def path(node: TreeNode) -> str:
        return (path(by_id[node.parent]) if node.parent is not None else "") + node.text

    ranked = sorted((node for node in panel.nodes if node.rank is not None), key=lambda node: node.rank or 0)
    yield from (f"{node.rank}  {_cell(node.score, language)}  {path(node)}" for node in ranked)


@_lines.register
def _(panel: Explorer, language: Language) -> Iterator[str]:
    """Formats the text so far, the candidates for the next token, and the tree: one token per line, branches indented."""
    yield panel.prompt + "".join(panel.written)
    rows = [(f"{one.rank}", one.text or one.bytes, _cell(one.probability, language)) for one in panel.choices]
    yield from _grid(rows) if rows else ()
    depth = {0: 0}
    for node in panel.nodes:
        if node.parent is not None:
            depth[node.id] = depth[node.parent] + 1
            here = " ←" if node.id == panel.current else ""
            yield f"{'  ' * depth[node.id]}{node.text or node.bytes}  {_cell(node.probability, language)}{here}"


@_lines.register
def _(panel: Passages, language: Language) -> Iterator[str]:
    """Formats each passage below its name; a mark is in brackets before the span that it marks."""
    for passage in panel.passages:
        note = say(passage.note, language)
        yield f"{say(passage.name, language)}{f' · {note}' if note else ''}"
        text = "".join((f"[{span.mark}]" if span.mark else "") + span.text for span in passage.spans)
        yield from ("  " + line for line in text.splitlines())


@_lines.register
def _(panel: Chat, language: Language) -> Iterator[str]:
    user, assistant = say(panel.user, language), say(panel.assistant, language)
    for number, one in enumerate(panel.exchanges, 1):
        fate = " ".join(f"{side}:{state}" for side, state in (("A", one.a), ("B", one.b)) if state)
        yield f"{number} {user}: {one.user}{f'  [{fate}]' if fate else ''}"
        yield f"  {assistant}: {one.reply}"
    if panel.message:
        yield f"{len(panel.exchanges) + 1} {user}: {panel.message}"
    for reply in panel.replies:
        ending = f"  ({reply.ending.in_(language)})" if reply.ending else ""
        yield f"  {assistant}{f' {reply.role.upper()}' if reply.role else ''}: {reply.text}{ending}"


@_lines.register
def _(panel: PromptString, language: Language) -> Iterator[str]:
    """Formats the string as the model reads it; dropped parts are shown in ~~ at their place."""
    yield f"{panel.tokens} + {panel.reply_tokens} / {panel.budget}"
    text = "".join(f"~~{part.text}~~" if part.dropped else part.text for part in panel.parts)
    yield from text.split("\n")
