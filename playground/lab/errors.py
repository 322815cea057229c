"""Defines the exceptions that a run may raise."""

from __future__ import annotations

from playground.lab.text import Text


class PlaygroundError(Exception):
    """An error that the visitor can act on.

    `field` is the dotted name of the setting at fault ("b.sparsity"), or "" when no setting is.
    `message` names the field and says how to correct it.
    """

    def __init__(self, message: Text, field: str = "") -> None:
        super().__init__(message.en)
        self.message = message
        self.field = field


class OutOfTime(PlaygroundError):
    """A run passed its time limit."""


class Cancelled(Exception):
    """The visitor stopped the run, or left."""
