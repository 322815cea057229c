"""The panel of a step explorer: what could come next, what was tried, and a click that forces a token. Data only.

A token is shown as what a reader sees of it. One that is only a part of a character has no text: its `bytes` ("E4 BD") are
shown instead, never a broken glyph.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.lab.panels import Panel
from playground.lab.text import Label


@dataclass(frozen=True)
class Choice:
    """A token that could come next. `completes`: the character that it finishes, where it is the last of its parts.

    `value`: what the panel's setting holds once the token is forced; None where nothing more can be added.
    `node`: the node that it leads to, where it was tried already. `ends`: it ends the text.
    """

    text: str
    probability: float
    rank: int
    bytes: str = ""
    completes: str = ""
    value: str | None = None
    node: int | None = None
    ends: bool = False


@dataclass(frozen=True)
class ExplorerNode:
    """A token that was tried. Node 0 is the prompt's end and has no token.

    `probability` and `rank`: of the token after its parent; `log_probability` (natural) and `perplexity`: of the path from the
    prompt's end to it. None while they aren't computed yet.
    """

    id: int
    parent: int | None
    text: str
    bytes: str = ""
    probability: float | None = None
    rank: int | None = None
    log_probability: float | None = None
    perplexity: float | None = None
    ends: bool = False


@dataclass(frozen=True)
class Explorer(Panel, kind="explorer"):
    """A tree of tokens tried after a prompt; `current` is where the next one would go.

    `setting`: the name of the one that holds the tree; `stem`: its value without the current node, so that node n is gone to by
    `stem!n`; `without`: its value once the current node and all below are taken out. `resets`: what every click sets besides.
    `entropy` (nats) of what comes next, `rest`: probability of all tokens that aren't listed, `others`: how many those are.
    `written`: what a reader sees of each token on the way to `current`: a split character whole on the first of its tokens and ""
    on the others, bytes that make none yet as ⟨E4 BD⟩.
    """

    prompt: str
    nodes: tuple[ExplorerNode, ...]
    current: int
    written: tuple[str, ...]
    choices: tuple[Choice, ...]
    entropy: float | None
    rest: float
    others: int
    setting: str
    stem: str
    without: str = ""
    resets: dict[str, str | int | float | bool] = field(default_factory=dict)
    note: Label = ""
