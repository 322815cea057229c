"""The two exceptions that a run may end with; knows nothing of where they are caught."""

from __future__ import annotations

from playground.lab.text import Text


class PlaygroundError(Exception):
    """Something the visitor can act on.

    `field` is the dotted name of the setting at fault ("b.sparsity"), or "" when no setting is.
    `message` names the field in words and says the way out.
    """

    def __init__(self, message: Text, field: str = "") -> None:
        super().__init__(message.en)
        self.message = message
        self.field = field


class Cancelled(Exception):
    """The visitor stopped the run, or left."""
