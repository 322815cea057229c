"""Continues one prompt on both sides, step by step, with the seconds of each step. Knows nothing of how a token is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from playground.generation.continuation import Continuation
from playground.generation.decode import decode
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.timing import Stopwatch
from playground.models.language_model import LanguageModel
from playground.topics.bench.settings import Settings


@dataclass(frozen=True)
class Continuations:
    """Both continuations so far, with the seconds of each step after the prompt's."""

    a: Continuation
    b: Continuation
    a_seconds: tuple[float, ...] = ()
    b_seconds: tuple[float, ...] = ()


def continue_both(
    settings: Settings, bench: Bench, a: LanguageModel, b: LanguageModel, ids: list[int]
) -> Iterator[Continuations]:
    """Decodes sides of equal weights as two rows of one batch, others one after the other; yields after each step."""
    now = Continuations(Continuation(tuple(ids)), Continuation(tuple(ids)))
    total = settings.max_tokens
    watch = Stopwatch()
    if a.module is b.module:
        # The same row twice would differ in its last digits: a row's place in a batch changes the order of sums.
        rows = [settings.a] if settings.a == settings.b else [settings.a, settings.b]
        for step, found in enumerate(decode(a, ids, rows, max_tokens=total, seed=settings.seed)):
            seconds = (*now.a_seconds, watch.lap()) if step else ()
            now = Continuations(found[0], found[-1], seconds, seconds)
            bench.progress(0.1 + 0.4 * step / total, _progress("A、B", "A and B", step + 1, total))
            yield now
            watch.lap()
        return
    for (of_a,) in decode(a, ids, [settings.a], max_tokens=total, seed=settings.seed):
        now = replace(now, a=of_a, a_seconds=(*now.a_seconds, watch.lap()))
        bench.progress(0.1 + 0.2 * len(now.a_seconds) / total, _progress("A", "A", len(now.a_seconds), total))
        yield now
        watch.lap()
    for (of_b,) in decode(b, ids, [settings.b], max_tokens=total, seed=settings.seed):
        now = replace(now, b=of_b, b_seconds=(*now.b_seconds, watch.lap()))
        bench.progress(0.3 + 0.2 * len(now.b_seconds) / total, _progress("B", "B", len(now.b_seconds), total))
        yield now
        watch.lap()
    # The first step prefills the whole prompt: it is no decoding step.
    yield replace(now, a_seconds=now.a_seconds[1:], b_seconds=now.b_seconds[1:])


def _progress(zh: str, en: str, step: int, total: int) -> Text:
    return Text(
        zh="{zh} 续写：第 {step} 个词元，最多 {total} 个", en="{en} generating: token {step} of at most {total}"
    ).format(zh=zh, en=en, step=step, total=total)
