"""What a lab may touch while it runs: models, data, progress, a way to stop, and what the run has cost.

One Bench per run, used by one thread; knows no topic and no page.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Text
from playground.lab.variant import Variant

if TYPE_CHECKING:
    from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Cost:
    """What a run took: wall seconds, forward passes of the language model, tokens put through it."""

    seconds: float
    forward_passes: int
    tokens: int


@dataclass(frozen=True)
class Progress:
    """`fraction` from 0 to 1 and what is being done, in words with figures ("12 of 20 layers")."""

    fraction: float
    text: Text


class Models(Protocol):
    """Where variants come from: `playground.models.variants.VariantStore`, or a test's own."""

    def get(
        self,
        variant: Variant,
        calibration: str,
        on_forward: Callable[[int], None],
        progress: Callable[[float, Text], None],
    ) -> LanguageModel: ...

    def writable(self, variant: Variant, on_forward: Callable[[int], None]) -> LanguageModel: ...


class Bench:
    """A run's bench. `listener` hears progress; `cancelled` is set from another thread to stop the run."""

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
        """The model under a variant: shared and immutable; its forward passes count here and stop when the run must.

        `calibration`: the text by whose activations Wanda weighs weights and layers are chosen; ignored by the other variants.
        """
        self.checkpoint()
        return self._models.get(variant or Variant(), calibration, self._on_forward, self.progress)

    def writable(self, variant: Variant | None = None) -> LanguageModel:
        """A private copy for training: its parameters may be changed, and nobody else sees it."""
        self.checkpoint()
        return self._models.writable(variant or Variant(), self._on_forward)

    def progress(self, fraction: float, text: Text) -> None:
        """Tell the visitor how far the run is; also a checkpoint."""
        self.checkpoint()
        self._listener(Progress(min(max(fraction, 0.0), 1.0), text))

    def checkpoint(self) -> None:
        """Raises Cancelled when the visitor has stopped the run, PlaygroundError when its time is up."""
        if self._cancelled.is_set():
            raise Cancelled
        if time.monotonic() - self._start > self._limit:
            raise PlaygroundError(
                Text(
                    zh="运行超过了 {limit} 秒的时限，已停止。请缩短文本，或减少词元数、样本数。",
                    en="The run passed its limit of {limit} seconds and was stopped. Shorten the text, or ask for fewer tokens or samples.",
                ).format(limit=f"{self._limit:g}")
            )

    @property
    def cost(self) -> Cost:
        """What the run has taken so far."""
        return Cost(time.monotonic() - self._start, self._forward_passes, self._tokens)

    def _on_forward(self, tokens: int) -> None:
        self.checkpoint()
        self._forward_passes += 1
        self._tokens += tokens
