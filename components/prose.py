"""Renders cards as HTML: markdown without raw HTML, collapsible sections, code listings; knows neither topics nor Gradio."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin


def _formula(tex: str, options: dict[str, Any]) -> str:
    """Renders a formula as MathML, which browsers draw by themselves."""
    try:
        return str(convert(tex, display="block" if options["display_mode"] else "inline"))
    except Exception:  # noqa: BLE001 - whatever the library can't read is shown as it was written
        return f"<code>{escape(tex)}</code>"


# "html": False: HTML in a card is shown as text, never rendered.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_MARKDOWN.use(dollarmath_plugin, allow_space=False, allow_digits=True, double_inline=True, renderer=_formula)


def html(markdown: str) -> str:
    """Renders markdown as HTML."""
    return str(_MARKDOWN.render(markdown))


def inline(markdown: str) -> str:
    """Renders one line of markdown as HTML without a paragraph."""
    return str(_MARKDOWN.renderInline(markdown))


def fold(title: str, body: str, *, name: str, note: str = "") -> str:
    """Renders a keyboard-accessible collapsible section. `body` is HTML, `title` and `note` are text."""
    small = f" <small>{escape(note)}</small>" if note else ""
    return (
        f'<details class="pg-fold pg-fold-{escape(name)}">'
        f'<summary>{escape(title)}{small}</summary><div class="pg-fold-body pg-prose">{body}</div></details>'
    )


def questions(pairs: Iterable[tuple[str, str]]) -> str:
    """Renders questions that expand to their answers; both are markdown."""
    return "".join(
        f'<details class="pg-question"><summary>{inline(question)}</summary><div class="pg-prose">{html(answer)}</div></details>'
        for question, answer in pairs
    )


def levels(rubric: Iterable[tuple[str, Iterable[str]]]) -> str:
    """A rubric: a block for each level with what is observed at it. Levels are text, observations markdown."""
    blocks = []
    for level, observed in rubric:
        items = "".join(f"<li>{inline(item)}</li>" for item in observed)
        blocks.append(f"<section><h3>{escape(level)}</h3><ul>{items}</ul></section>")
    return f'<div class="pg-rubric">{"".join(blocks)}</div>'


def listing(functions: Iterable[Callable[..., Any]]) -> str:
    """Renders the source of functions, each with its module and line number."""
    parts = []
    for function in functions:
        function = inspect.unwrap(function)
        lines, first = inspect.getsourcelines(function)
        place = f"{function.__module__.replace('.', '/')}.py:{first}"
        parts.append(
            f'<figure class="pg-listing"><figcaption>{escape(place)}</figcaption>'
            f'<pre tabindex="0"><code>{escape(inspect.cleandoc("".join(lines)) if lines[0][:1].isspace() else "".join(lines))}</code></pre></figure>'
        )
    return "".join(parts)


def plain(text: str) -> str:
    """Escapes text for HTML."""
    return escape(text)
