"""What is said of times that were taken while other programs had the processors. Computes nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from playground.lab.text import Label, Text
from playground.lab.timing import Timing

UNDER_LOAD = Text(
    zh="在负载下测得：{share} 的处理器时间被别的程序占去，毫秒数偏大；比值比绝对值可信。",
    en="Taken under load: {share} of the processor time went to other programs, so the milliseconds are too long; trust ratios more.",
)


def ms_unit(timings: Sequence[Timing]) -> Label:
    """Milliseconds, marked where the machine was loaded."""
    return Text(zh="ms（有负载）", en="ms, under load") if any(timing.loaded for timing in timings) else "ms"


def with_load(timings: Sequence[Timing], said: Text) -> Text:
    """A caveat, after a word on the load where there was one."""
    loaded = [timing.waited or 0.0 for timing in timings if timing.loaded]
    if not loaded:
        return said
    notice = UNDER_LOAD.format(share=f"{max(loaded):.0%}")
    return Text(notice.zh + said.zh, f"{notice.en} {said.en}")
