"""The visitor's own run, by the clock: first token, further tokens, keys and values held. Knows no other run.

Every way goes through the library's forward pass, so that turning one switch changes one thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from transformers import DynamicCache

from playground.generation.prefix_cache import Prefix
from playground.generation.prompt_lookup import Pass, write
from playground.lab.panels import Metric, Metrics
from playground.lab.text import Label, Text, joined
from playground.lab.timing import Scheduled, Stopwatch, Timing, milliseconds_unit
from playground.models.key_values import held_bytes
from playground.models.language_model import LanguageModel
from playground.topics.inference.request import Request
from playground.topics.inference.settings import Settings

FIRST = Text(zh="首词元", en="First token")
PER_TOKEN = Text(zh="每词元", en="Each further token")
RATE = Text(zh="吞吐", en="Throughput")
HELD = Text(zh="KV 缓存", en="KV cache")
PASSES = Text(zh="前向次数", en="Forward passes")

FIRST_REPEATS = 2
# Tokens that a run without a cache may compute: some ten seconds on two cores.
UNCACHED_TOKENS = 24_000


@dataclass(frozen=True)
class Served:
    """A run so far. `first`: the seconds of the first pass, each time; `later`: the passes after it and their seconds."""

    rows: int
    first: tuple[float, ...]
    opening: Pass
    later: tuple[tuple[Pass, float], ...]
    held: int
    read: int
    waited: float | None
    cut: int | None = None

    @property
    def tokens(self) -> int:
        """Of one answer."""
        return len(self.opening.tokens) + sum(len(step.tokens) for step, _ in self.later)

    @property
    def passes(self) -> int:
        return 1 + len(self.later)

    @property
    def seconds_per_token(self) -> float | None:
        """Of one answer, after its first pass."""
        written = self.tokens - len(self.opening.tokens)
        return sum(seconds for _, seconds in self.later) / written if written else None

    @property
    def tokens_per_second(self) -> float:
        """Of all answers, the first pass included."""
        return (
            self.rows * self.tokens / (Timing.of(list(self.first)).median + sum(seconds for _, seconds in self.later))
        )


def fresh(settings: Settings, prefix: Prefix | None) -> DynamicCache | None:
    """The cache that a run starts with: none, an empty one, or one that holds the prefix for each row."""
    if not settings.cache:
        return None
    if prefix is None or not settings.reuse:
        return DynamicCache()
    past = prefix.keys_and_values()
    past.batch_repeat_interleave(settings.batch)
    return past


def serve(lm: LanguageModel, settings: Settings, request: Request, prefix: Prefix | None) -> Iterator[Served]:
    """Answers the request; yields after the first token and at the end, and keeps time in between."""
    most = settings.tokens
    if not settings.cache:
        most = max(2, min(most, UNCACHED_TOKENS // (settings.batch * (len(request.ids) + most))))
    before = Scheduled.now()
    first = []
    for _ in range(FIRST_REPEATS):
        past = fresh(settings, prefix)
        read = len(request.ids) - (past.get_seq_length() if past is not None else 0)
        drafted = settings.drafted if settings.lookup else 0
        steps = write(
            lm, request.ids, past, max_tokens=most, ngram=settings.ngram, drafted=drafted, rows=settings.batch
        )
        watch = Stopwatch()
        opening = next(steps)
        first.append(watch.seconds())

    def served(later: list[tuple[Pass, float]]) -> Served:
        held = held_bytes(past) if past is not None else 0
        waited = Scheduled.now().waited_since(before)
        cut = most if most < settings.tokens else None
        return Served(settings.batch, tuple(first), opening, tuple(later), held, read, waited, cut)

    yield served([])
    watch.lap()
    yield served([(step, watch.lap()) for step in steps])


def strip(settings: Settings, served: Served) -> Metrics:
    """The run in figures."""
    timing = Timing.of(list(served.first), served.waited)
    passes = Timing.of([seconds for _, seconds in served.later], served.waited) if served.later else None
    per_token, unit = served.seconds_per_token, milliseconds_unit(timing)
    rate: Label = Text(zh="词元/秒", en="tokens/s")
    return Metrics(
        (
            Metric(FIRST, 1e3 * timing.median, unit=unit, digits=0, measured=True, hint=Text(
                zh="{rows} 个请求各读 {read} 个词元，一次前向；{n} 次的中位数，{spread} ms。",
                en="{rows} request(s) of {read} tokens to read, one pass; median of {n}, {spread} ms.").format(
                    rows=served.rows, read=served.read, n=timing.repeats, spread=timing.milliseconds_between())),
            Metric(PER_TOKEN, None if per_token is None else 1e3 * per_token, unit=unit, digits=1, measured=True, hint=Text(
                zh="一个回答，首词元之后：总时间 ÷ 词元数。每次前向 {spread} ms。", en="One answer, after its first token: time over tokens. A pass took {spread} ms.").format(
                    spread=passes.milliseconds_between() if passes else "—")),
            Metric(RATE, served.tokens_per_second if served.later else None, unit=rate, digits=1, measured=True, hint=Text(
                zh="{rows} 个回答合计，含首词元。", en="{rows} answer(s) together, the first token included.").format(rows=served.rows)),
            Metric(PASSES, float(served.passes), unit=Text(zh="次，写 {n} 个词元", en="for {n} tokens").format(n=served.tokens), digits=0, hint=Text(
                zh="没有提示查找，一次前向写一个词元。", en="Without prompt lookup a pass writes one token.")),
            Metric(HELD, served.held / 1e6, unit="MB", digits=2, hint=Text(
                zh="写完时键与值张量的字节，{rows} 个回答合计；这里每层都留全部位置。不开缓存就不留。",
                en="Bytes of the key and value tensors at the end, {rows} answer(s) together; every layer keeps all places here. Without the cache nothing is kept.").format(rows=served.rows)),
        ),
        caveat=_said(settings, served),
    )  # fmt: skip


def _said(settings: Settings, served: Served) -> Text | None:
    """What a reader must know of this run's figures."""
    parts = []
    if served.cut is not None:
        parts.append(Text(
            zh="没有缓存，只写了 {n} 个词元就停：再写要重算的太多。", en="Without a cache it stops after {n} tokens: more would take too much computing.",
        ).format(n=served.cut))  # fmt: skip
    if settings.reuse and not settings.cache:
        parts.append(Text(zh="复用前缀靠的就是 KV 缓存；缓存关着，这个开关不起作用。", en="What is reused is the KV cache: with it off, reusing the prefix does nothing."))  # fmt: skip
    if settings.lookup and settings.batch > 1:
        parts.append(Text(
            zh="{n} 行是同一段文本，草稿的接受数相同；真实的一批各行长短不一，收益更小。", en="All {n} rows are the same text and accept alike; the rows of a real batch don't, and gain less.",
        ).format(n=settings.batch))  # fmt: skip
    return joined(*parts) if parts else None
