"""Cards as HTML: markdown without raw HTML, folds, code listings; knows neither topics nor Gradio."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from markdown_it import MarkdownIt

# "html": False: whatever stands in a card is shown as text, never run.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def html(markdown: str) -> str:
    """Markdown as HTML."""
    return str(_MARKDOWN.render(markdown))


def inline(markdown: str) -> str:
    """One line of markdown as HTML without a paragraph around it."""
    return str(_MARKDOWN.renderInline(markdown))


def fold(title: str, body: str, *, name: str, opened: bool = False, note: str = "") -> str:
    """A fold that a keyboard opens too. `body` is HTML, `title` and `note` are text."""
    small = f" <small>{escape(note)}</small>" if note else ""
    return (
        f'<details class="pg-fold pg-fold-{escape(name)}"{" open" if opened else ""}>'
        f'<summary>{escape(title)}{small}</summary><div class="pg-fold-body pg-prose">{body}</div></details>'
    )


def questions(pairs: Iterable[tuple[str, str]]) -> str:
    """Questions that open to their answers; both are markdown."""
    return "".join(
        f'<details class="pg-question"><summary>{inline(question)}</summary><div class="pg-prose">{html(answer)}</div></details>'
        for question, answer in pairs
    )


def listing(functions: Iterable[Callable[..., Any]]) -> str:
    """The source of functions, each under the module and line that it stands in."""
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
    """Text as HTML that shows it as it is."""
    return escape(text)
