"""The strip of the visitor's own run."""

from __future__ import annotations

from playground.lab.panels import Metric, Metrics
from playground.lab.text import Label, Text, joined
from playground.lab.timing import Timing, milliseconds_unit
from playground.topics.inference.serving import Served
from playground.topics.inference.settings import Settings


def figures(settings: Settings, served: Served) -> Metrics:
    """Draws first token, further tokens, throughput, passes and bytes."""
    timing = served.first_timing
    passes = Timing.of([seconds for _, seconds in served.later], served.waited) if served.later else None
    per_token, unit = served.seconds_per_token, milliseconds_unit(timing)
    rate: Label = Text(zh="词元/秒", en="tokens/s")
    return Metrics(
        (
            Metric(Text(zh="首 token 时延", en="Time to first token"), 1e3 * timing.median, unit=unit, digits=0, measured=True, hint=Text(
                zh="{rows} 个请求各预填充 {read} 个词元，一次前向；{n} 次的中位数，{spread} ms。",
                en="{rows:|request|requests} with {read} tokens to prefill, one pass; median of {n}, {spread} ms.").format(
                    rows=served.rows, read=served.read, n=timing.repeats, spread=timing.milliseconds_between())),
            Metric(Text(zh="每 token 时延", en="Time per output token"), None if per_token is None else 1e3 * per_token, unit=unit, digits=1, measured=True, hint=Text(
                zh="一个回答，首个词元之后：总时间 ÷ 词元数。每次前向 {spread} ms。", en="One answer, after its first token: total time ÷ tokens. A pass took {spread} ms.").format(
                    spread=passes.milliseconds_between() if passes else "—")),
            Metric(Text(zh="吞吐", en="Throughput"), served.tokens_per_second if served.later else None, unit=rate, digits=1, measured=True, hint=Text(
                zh="{rows} 个回答合计，含首个词元。", en="{rows:|answer|answers} together, including the first token.").format(rows=served.rows)),
            Metric(Text(zh="前向次数", en="Forward passes"), float(served.passes), unit=Text(zh="次，生成 {n} 个词元", en="for {n} tokens").format(n=served.tokens), digits=0, hint=Text(
                zh="没有提示查找，一次前向生成一个词元。", en="Without prompt lookup a pass generates one token.")),
            Metric(Text(zh="KV 缓存", en="KV cache"), served.held / 1e6, unit="MB", digits=2, hint=Text(
                zh="生成结束时键与值张量的字节，{rows} 个回答合计；1 MB = 10⁶ 字节。提示查找要能裁掉被拒的草稿，所以这里每层都留全部位置，窗口层也是。不开缓存就不留。",
                en="Bytes of the key and value tensors at the end, {rows:|answer|answers} together; 1 MB = 10⁶ bytes. Since rejected drafts must be cropped, every layer keeps all positions here, those with a window too. Without the cache nothing is kept.").format(rows=served.rows)),
        ),
        caveat=_said(settings, served),
    )  # fmt: skip


def _said(settings: Settings, served: Served) -> Text | None:
    """What a reader must know of this run's figures."""
    parts = []
    if served.cut is not None:
        parts.append(Text(
            zh="没有缓存，只生成了 {n} 个词元就停：再生成要重算的太多。", en="Without a cache it stops after {n} tokens: more would take too much recomputation.",
        ).format(n=served.cut))  # fmt: skip
    if settings.reuse and not settings.cache:
        parts.append(Text(zh="复用前缀靠的就是 KV 缓存；缓存关着，这个开关不起作用。", en="Prefix reuse shares the KV cache: with the cache off, the switch has no effect."))  # fmt: skip
    if settings.lookup and settings.batch > 1:
        parts.append(Text(
            zh="{n} 行是同一段文本，草稿的接受数相同；真实的一批各行长短不一，收益更小。", en="All {n} rows are the same text and accept equally many drafts; the rows of a real batch differ, so the gain is smaller.",
        ).format(n=settings.batch))  # fmt: skip
    return joined(*parts) if parts else None
