import threading

import pytest

from playground.lab.bench import Bench, Progress
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Text
from playground.lab.variant import Variant
from playground.models.language_model import LanguageModel

HALF = Text(zh="一半", en="half")


class OneModel:
    """Returns one model that reports to the bench, and records the requests."""

    def __init__(self, lm: LanguageModel) -> None:
        self.lm = lm
        self.asked: list[object] = []

    def get(self, variant, calibration, on_forward, progress) -> LanguageModel:  # type: ignore[no-untyped-def]
        self.asked.append((variant, calibration))
        return self.lm.heard_by(on_forward)

    def writable(self, variant, on_forward) -> LanguageModel:  # type: ignore[no-untyped-def]
        self.asked.append(variant)
        return self.lm.heard_by(on_forward)


def test_forward_passes_and_tokens_are_counted_by_the_run_that_makes_them(tiny_lm: LanguageModel) -> None:
    first, second = Bench(OneModel(tiny_lm)), Bench(OneModel(tiny_lm))
    lm = first.lm()
    lm.logits([1, 2, 3])
    lm.next_logits([[1, 2], [3]])
    second.lm().logits([1])
    assert (first.cost.forward_passes, first.cost.tokens) == (2, 3 + 4)
    assert (second.cost.forward_passes, second.cost.tokens) == (1, 1)
    assert first.cost.seconds > 0


def test_no_variant_is_the_base(tiny_lm: LanguageModel) -> None:
    models = OneModel(tiny_lm)
    bench = Bench(models)
    bench.lm()
    bench.lm(Variant(pruning="wanda"), "a text")
    bench.writable()
    assert models.asked == [(Variant(), ""), (Variant(pruning="wanda"), "a text"), Variant()]


def test_a_cancelled_run_stops_at_its_next_step(tiny_lm: LanguageModel) -> None:
    cancelled = threading.Event()
    bench = Bench(OneModel(tiny_lm), cancelled=cancelled)
    lm = bench.lm()
    lm.logits([1])
    cancelled.set()
    steps = (bench.checkpoint, bench.lm, bench.writable, lambda: bench.progress(0.5, HALF), lambda: lm.logits([1]))
    for step in steps:
        with pytest.raises(Cancelled):
            step()
    assert bench.cost.forward_passes == 1


def test_a_run_past_its_time_is_stopped_with_the_limit_named(tiny_lm: LanguageModel) -> None:
    bench = Bench(OneModel(tiny_lm), seconds=-1)
    with pytest.raises(PlaygroundError, match="−1"):
        bench.lm()


def test_progress_is_heard_within_0_and_1(tiny_lm: LanguageModel) -> None:
    heard: list[Progress] = []
    bench = Bench(OneModel(tiny_lm), listener=heard.append)
    for fraction in (-1.0, 0.5, 3.0):
        bench.progress(fraction, HALF)
    assert heard == [Progress(0.0, HALF), Progress(0.5, HALF), Progress(1.0, HALF)]
