"""Defines the panels of a conversation: the chat, and the exact prompt string. Data only; drawings are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.lab.panels import Move, Panel
from playground.lab.text import Label, Text

# How the prompt includes an exchange.
KEPT, PART, SUMMARISED, DROPPED = "kept", "part", "summarised", "dropped"


@dataclass(frozen=True)
class Exchange:
    """A user turn and its reply. `a`, `b`: how each side's prompt includes it, one of the words above; "" for unknown.

    `resend` sends the user turn again, with a text that may be edited first (see `Chat.message_field`).
    """

    user: str
    reply: str
    a: str = ""
    b: str = ""
    resend: Move | None = None


@dataclass(frozen=True)
class Reply:
    """One side's reply to the last message. `ending`: None while it is generated; `tokens`: how many it has so far.

    `adopt` continues the conversation from this reply instead of the one it was continued from.
    """

    text: str
    label: Label
    role: str = ""
    ending: Text | None = None
    tokens: int = 0
    adopt: Move | None = None


@dataclass(frozen=True)
class Chat(Panel, kind="chat"):
    """A conversation: earlier exchanges, then the last message with one reply, or two side by side.

    `user`, `assistant`: names of the roles. `message_field`: the setting for a typed message of at most `message_chars` characters.
    `retry` samples the replies again. `then`: a move that the page makes once, after it draws this panel, unless the visitor has
    changed one of its settings since the run began; `now`: their values at that time.
    """

    exchanges: tuple[Exchange, ...]
    user: Label
    assistant: Label
    message: str = ""
    replies: tuple[Reply, ...] = ()
    resend: Move | None = None
    retry: Move | None = None
    then: Move | None = None
    now: dict[str, str] = field(default_factory=dict)
    message_field: str = "message"
    message_chars: int = 500


@dataclass(frozen=True)
class PromptPart:
    """A span of the string. `role`: frame, label, user, assistant, summary or special; `turn` counts from 1, 0 for none.

    `dropped`: truncated from the prompt, but shown in its original position. `reused`: its keys and values were cached.
    """

    text: str
    role: str
    turn: int = 0
    tokens: int = 0
    dropped: bool = False
    reused: bool = False


@dataclass(frozen=True)
class PromptString(Panel, kind="prompt_string"):
    """The prompt string: joining the `parts` that aren't dropped gives exactly this string.

    `tokens`: its length, beginning-of-text token included; `reply_tokens`: reserved for the reply; `budget`: for both.
    """

    parts: tuple[PromptPart, ...]
    tokens: int
    reply_tokens: int
    budget: int
