"""Requests that begin alike: the wait for the first token when each reads everything, and when the shared part is kept.

Knows nothing of what is written after the first token.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache

from playground.generation.prefix_cache import Prefix, PrefixCache
from playground.lab.panels import Table
from playground.lab.text import Label, Text, joined
from playground.lab.timing import Timing, load_notice, measure_in_turn
from playground.models.language_model import LanguageModel
from playground.topics.inference.request import Request

REPEATS = 2

READ_ANEW, READ_KEPT, MS_ANEW, MS_KEPT, FASTER, SPREAD = range(1, 7)


@dataclass(frozen=True)
class Wait:
    """One request both ways: tokens read, seconds, and by how much their logits differ at most."""

    name: str
    shared: int
    own: int
    anew: Timing
    kept: Timing
    same_token: bool
    difference: float


def keep(lm: LanguageModel, request: Request) -> Prefix | None:
    """The shared part, put through the model once, in a cache of this run alone: times must not go by who was here before."""
    return PrefixCache().after(lm, [request.shared]) if request.shared else None


def waits(lm: LanguageModel, requests: Sequence[tuple[str, Request]], prefix: Prefix | None) -> tuple[Wait, ...]:
    """Every request anew and after the kept prefix, in turn. Copying the kept keys and values is part of the time."""
    logits: dict[tuple[int, bool], Tensor] = {}

    def read(number: int, reusing: bool) -> None:
        past = prefix.keys_and_values() if reusing and prefix is not None else DynamicCache()
        unread = requests[number][1].ids[past.get_seq_length() :]
        out = lm.forward(torch.tensor([unread]), past_key_values=past, use_cache=True, logits_to_keep=1)
        logits[number, reusing] = out.logits[0, -1].float().cpu()

    # A first, uncounted reading: the allocator and the kernels meet these lengths.
    lm.forward(torch.tensor([requests[0][1].ids]), use_cache=False, logits_to_keep=1)
    ways = [(number, reusing) for number in range(len(requests)) for reusing in (False, True)]
    timings = measure_in_turn({way: functools.partial(read, *way) for way in ways}, REPEATS, warm_up=0)
    found = []
    for number, (name, request) in enumerate(requests):
        anew, kept = logits[number, False], logits[number, True]
        found.append(Wait(
            name, len(request.shared) if prefix is not None else 0, len(request.own),
            timings[number, False], timings[number, True],
            bool(anew.argmax() == kept.argmax()), float((anew - kept).abs().max()),
        ))  # fmt: skip
    return tuple(found)


def prefix_table(found: Sequence[Wait], reusing: bool) -> Table:
    """A row for each request, then all in a row with the prefix read once."""
    rows: list[tuple[int | float | Label | None, ...]] = []
    for wait in found:
        spread = f"{wait.anew.milliseconds_between()} → {wait.kept.milliseconds_between()}"
        rows.append((
            _short(wait.name), wait.shared + wait.own, wait.own, 1e3 * wait.anew.median, 1e3 * wait.kept.median,
            wait.anew.median / wait.kept.median, spread,
        ))  # fmt: skip
    # Whoever comes first finds nothing kept and reads everything.
    first, later = found[0], found[1:]
    anew = sum(wait.anew.median for wait in found)
    kept = first.anew.median + sum(wait.kept.median for wait in later)
    rows.append((
        Text(zh="{n} 个依次来，前缀只算一次", en="all {n} in a row, the prefix once").format(n=len(found)),
        sum(wait.shared + wait.own for wait in found), first.shared + sum(wait.own for wait in found), 1e3 * anew, 1e3 * kept, anew / kept, "",
    ))  # fmt: skip
    return Table(
        columns=(
            Text(zh="请求", en="request"),
            Text(zh="读词元", en="tokens read"),
            Text(zh="复用后", en="with reuse"),
            Text(zh="首词元 ms", en="ms to first"),
            Text(zh="复用后 ms", en="with reuse"),
            Text(zh="倍速", en="times as fast"),
            Text(zh="最少–最多 ms", en="least–most, ms"),
        ),
        rows=tuple(rows),
        highlight=(0,) if reusing else (),
        digits=1,
        caveat=joined(load_notice([found[0].anew]), _said(found)),
        measured=True,
    )


def _short(text: str, most: int = 22) -> str:
    """The request on one line."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= most else line[: most - 1] + '…'}”"


def _said(found: Sequence[Wait]) -> Text:
    shared, worst = found[0].shared, max(wait.difference for wait in found)
    if not shared:
        return Text(zh="没有共同前缀，没有可以复用的。", en="There is no shared prefix, and nothing to reuse.")
    same = all(wait.same_token for wait in found)
    how = Text(
        zh="共同部分 {n} 个词元；{repeats} 次的中位数，两种读法交替，取回缓存的复制也算在内。", en="{n} tokens are shared; median of {repeats}, both ways in turn, copying the kept cache included.",
    ).format(n=shared, repeats=found[0].anew.repeats)  # fmt: skip
    proof = Text(
        zh="首词元{same}，logit 最多差 {d}：同样的计算，只是分两段读，末位舍入不同。",
        en="The first token is {same}; logits differ by {d} at most: the same computation in two pieces, with other last bits.",
    ).format(same=_SAME if same else _OTHER, d=f"{worst:.2g}")
    return joined(how, proof)


_SAME = Text(zh="全部相同", en="the same for all")
_OTHER = Text(zh="有不同的（近乎平手）", en="not the same for all (a near tie)")
