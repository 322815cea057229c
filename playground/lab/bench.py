"""Gives a running lab its models, data, progress reports and cancellation, and counts the run's cost.

One Bench per run, used by one thread; knows no topic and no page.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from playground.lab.errors import Cancelled, OutOfTime
from playground.lab.text import Text
from playground.lab.variant import Variant

if TYPE_CHECKING:
    from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Cost:
    """The cost of a run: wall seconds, forward passes of the language model, tokens in those passes."""

    seconds: float
    forward_passes: int
    tokens: int


@dataclass(frozen=True)
class Progress:
    """The finished `fraction` (0 to 1) and a description with figures ("12 of 20 layers")."""

    fraction: float
    text: Text


class Models(Protocol):
    """A source of variants: `playground.models.variants.VariantStore`, or a test's fake."""

    def get(
        self,
        variant: Variant,
        calibration: str,
        on_forward: Callable[[int], None],
        progress: Callable[[float, Text], None],
    ) -> LanguageModel: ...

    def writable(self, variant: Variant, on_forward: Callable[[int], None]) -> LanguageModel: ...


class Bench:
    """The bench of one run. `listener` is called with each progress report; another thread sets `cancelled` to stop the run."""

    def __init__(
        self,
        models: Models,
        *,
        listener: Callable[[Progress], None] = lambda progress: None,
        cancelled: threading.Event | None = None,
        seconds: float = 60.0,
    ) -> None:
        self._models = models
        self._listener = listener
        self._cancelled = cancelled or threading.Event()
        self._limit = seconds
        self._start = time.monotonic()
        self._forward_passes = 0
        self._tokens = 0

    def lm(self, variant: Variant | None = None, calibration: str = "") -> LanguageModel:
        """Returns the model of a variant, shared and immutable. Its forward passes are counted here and check for cancellation.

        `calibration`: the text whose activations Wanda and layer pruning use; other variants ignore it.
        """
        self.checkpoint()
        return self._models.get(variant or Variant(), calibration, self._on_forward, self.progress)

    def writable(self, variant: Variant | None = None) -> LanguageModel:
        """Returns a private copy for training, whose parameters may be changed."""
        self.checkpoint()
        return self._models.writable(variant or Variant(), self._on_forward)

    def progress(self, fraction: float, text: Text) -> None:
        """Reports progress to the visitor; also a checkpoint."""
        self.checkpoint()
        self._listener(Progress(min(max(fraction, 0.0), 1.0), text))

    def checkpoint(self) -> None:
        """Raises Cancelled if the visitor stopped the run, OutOfTime if it exceeded its time limit."""
        if self._cancelled.is_set():
            raise Cancelled
        if time.monotonic() - self._start > self._limit:
            raise OutOfTime(
                Text(
                    zh="运行超过了 {limit} 秒的时限，已停止。请缩短文本，或减少词元数、样本数。",
                    en="The run passed its limit of {limit} seconds and was stopped. Shorten the text, or ask for fewer tokens or samples.",
                ).format(limit=f"{self._limit:g}")
            )

    @property
    def cost(self) -> Cost:
        """Returns the cost of the run so far."""
        return Cost(time.monotonic() - self._start, self._forward_passes, self._tokens)

    def _on_forward(self, tokens: int) -> None:
        self.checkpoint()
        self._forward_passes += 1
        self._tokens += tokens
