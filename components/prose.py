"""Renders cards as HTML: markdown without raw HTML, collapsible sections, code listings; knows neither topics nor Gradio."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from components import terms
from playground.lab.text import Language


def _formula(tex: str, options: dict[str, Any]) -> str:
    """Renders a formula as MathML, which browsers draw by themselves."""
    try:
        return str(convert(tex, display="block" if options["display_mode"] else "inline"))
    except Exception:  # noqa: BLE001 - whatever the library can't read is shown as it was written
        return f"<code>{escape(tex)}</code>"


# "html": False: HTML in a card is shown as text, never rendered.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_MARKDOWN.use(dollarmath_plugin, allow_space=False, allow_digits=True, double_inline=True, renderer=_formula)


def _mark_terms(state: StateCore) -> None:
    """Marks each of the field's terms where it first occurs in a text whose language is given; not in code, formulas and links."""
    language, seen = state.env.get("language"), set[str]()
    if language is None:
        return
    for block in state.tokens:
        links, children = 0, []
        for token in block.children or []:
            links += token.type == "link_open"
            links -= token.type == "link_close"
            children += _marked(token, language, seen) if token.type == "text" and not links else [token]
        if block.children is not None:
            block.children = children


def _marked(token: Token, language: Language, seen: set[str]) -> list[Token]:
    """Returns a text in parts: what is between new terms, and each of them with its meaning."""
    parts, at = [], 0
    for start, end, term in terms.find(token.content, language):
        if term.name.en in seen:
            continue
        seen.add(term.name.en)
        word = Token("term", "", 0, content=token.content[start:end], meta={"told": term.told(language)})
        parts += [Token("text", "", 0, content=token.content[at:start]), word]
        at = end
    return [*parts, Token("text", "", 0, content=token.content[at:])]


def _term(tokens: list[Token], index: int, options: Any, env: Any) -> str:
    word, told = escape(tokens[index].content), escape(tokens[index].meta["told"])
    return f'<dfn class="pg-term" tabindex="0" data-told="{told}" aria-description="{told}">{word}</dfn>'


_MARKDOWN.core.ruler.push("terms", _mark_terms)
_MARKDOWN.renderer.rules["term"] = _term


def html(markdown: str, language: Language | None = None) -> str:
    """Renders markdown as HTML; with a language, the field's terms have their meaning on hover and focus."""
    return str(_MARKDOWN.render(markdown, {"language": language}))


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


def questions(pairs: Iterable[tuple[str, str]], language: Language | None = None) -> str:
    """Renders questions that expand to their answers; both are markdown. With a language, terms of the answers have their meaning."""
    return "".join(
        f'<details class="pg-question"><summary>{inline(question)}</summary><div class="pg-prose">{html(answer, language)}</div></details>'
        for question, answer in pairs
    )


def levels(rubric: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Renders a rubric: a block for each level with what is observed at it. Levels are text, observations markdown."""
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
