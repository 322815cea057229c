"""Defines the panel of a step explorer: next-token candidates, the tokens tried, and clicks that force a token. Data only.

A token is shown as readable text. One that is only a part of a character has no text: its `bytes` ("E4 BD") are shown
instead, never a replacement character.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.lab.panels import Panel
from playground.lab.text import Label


@dataclass(frozen=True)
class Choice:
    """A candidate for the next token. `completes`: the character whose last bytes it holds, if any.

    `value`: the panel's setting after the token is forced; None if no more tokens can be added.
    `node`: its node if it was already tried. `ends`: it is an end-of-text token.
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
    """A token that was tried. Node 0 is the end of the prompt and has no token.

    `probability` and `rank`: of the token given its parent; `log_probability` (natural) and `perplexity`: of the path from node 0.
    None until computed.
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
    """A tree of tokens tried after a prompt; the next token is appended to node `current`.

    `setting`: name of the setting that holds the tree; `stem`: its value without the current node, so that `stem!n` selects
    node n; `without`: its value without the current node's subtree. `resets`: other settings that every click writes.
    `entropy` (nats) of the next token, `rest`: total probability of the tokens that aren't listed, `others`: their number.
    `written`: readable text of each token on the path to `current`: a split character in full on its first token, "" on
    the others, and bytes of an incomplete character as ⟨E4 BD⟩.
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
