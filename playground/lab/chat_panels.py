"""Panels of a conversation: the chat itself, and the exact string that the model reads. Data only; knows nothing of how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.lab.panels import Move, Panel
from playground.lab.text import Label, Text

# What became of an exchange in what the model reads.
KEPT, PART, SUMMARISED, DROPPED = "kept", "part", "summarised", "dropped"


@dataclass(frozen=True)
class Exchange:
    """What a person said and the reply. `a`, `b`: what became of it on each side, one of the words above; "" for unknown.

    `resend` says the person's turn again, in words that they may change first (see `Chat.message_field`).
    """

    user: str
    reply: str
    a: str = ""
    b: str = ""
    resend: Move | None = None


@dataclass(frozen=True)
class Reply:
    """A side's reply to the last message. `ending` None while it is being written; `tokens`: how many it has so far.

    `adopt` goes on with this reply instead of the one that the conversation went on with.
    """

    text: str
    label: Label
    role: str = ""
    ending: Text | None = None
    tokens: int = 0
    adopt: Move | None = None


@dataclass(frozen=True)
class Chat(Panel, kind="chat"):
    """A conversation: earlier exchanges, then the last message with one reply or two beside each other.

    `user`, `assistant`: the names of the roles. `message_field`: the setting that takes what a person types in the drawing, `message_chars` at most.
    `retry` draws the replies anew. `then`: what the page does once, when it draws this, unless the visitor has meanwhile
    changed one of the settings that it names from `now`, what they were when the run began.
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
    """A stretch of the string. `role`: frame, label, user, assistant, summary or special; `turn` counts from 1, 0 for none.

    `dropped`: the model doesn't read it; it is shown where it would have stood. `reused`: its keys and values were kept.
    """

    text: str
    role: str
    turn: int = 0
    tokens: int = 0
    dropped: bool = False
    reused: bool = False


@dataclass(frozen=True)
class PromptString(Panel, kind="prompt_string"):
    """The string that a model reads: `parts` that aren't dropped are it exactly when joined.

    `tokens` of it, those of a beginning-of-text token included; `reply_tokens`: room kept for the reply; `budget` of both.
    """

    parts: tuple[PromptPart, ...]
    tokens: int
    reply_tokens: int
    budget: int
