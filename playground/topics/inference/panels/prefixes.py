"""The table of requests that share a prefix: time to first token, prefilled whole and after the cached prefix."""

from __future__ import annotations

from collections.abc import Sequence

from playground.lab.panels import Table
from playground.lab.text import Label, Text, joined
from playground.lab.timing import load_notice
from playground.topics.inference.prefixes import Wait


def first_tokens(found: Sequence[Wait], reusing: bool) -> Table:
    """Tabulates the requests, then all of them one after another with the prefix prefilled once."""
    rows: list[tuple[int | float | Label | None, ...]] = []
    for wait in found:
        spread = f"{wait.anew.milliseconds_between()} → {wait.kept.milliseconds_between()}"
        rows.append((
            _short(wait.name), wait.shared + wait.own, wait.own, 1e3 * wait.anew.median, 1e3 * wait.kept.median,
            wait.anew.median / wait.kept.median, spread,
        ))  # fmt: skip
    # The first request finds no cached prefix and prefills everything.
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
            Text(zh="预填充词元", en="tokens prefilled"),
            Text(zh="复用后", en="with reuse"),
            "TTFT, ms",
            Text(zh="复用后 TTFT，ms", en="TTFT with reuse, ms"),
            Text(zh="倍速", en="times as fast"),
            Text(zh="最少–最多，ms", en="min–max, ms"),
        ),
        rows=tuple(rows),
        highlight=(0,) if reusing else (),
        digits=1,
        caveat=_said(found),
        loaded=load_notice([found[0].anew]),
        measured=True,
    )


def _short(text: str, most: int = 22) -> str:
    """The request on one line."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= most else line[: most - 1] + '…'}”"


def _said(found: Sequence[Wait]) -> Text:
    shared, worst = found[0].shared, max(wait.difference for wait in found)
    if not shared:
        return Text(zh="没有共同前缀，没有可以复用的。", en="There is no shared prefix, so there is nothing to reuse.")
    same = all(wait.same_token for wait in found)
    how = Text(
        zh="共同部分 {n} 个词元；{repeats} 次的中位数，两种做法交替测量，复制缓存的时间也算在内。", en="{n} tokens are shared; median of {repeats}, both ways in turn, including the copy of the cached prefix.",
    ).format(n=shared, repeats=found[0].anew.repeats)  # fmt: skip
    proof = Text(
        zh="首选词元{same}，logit 最多差 {d}：同样的计算分两段做，末位的舍入不同。",
        en="The first token is {same}; logits differ by {d} at most: the same computation in two parts rounds differently in the last bits.",
    ).format(same=_SAME if same else _OTHER, d=f"{worst:.2g}")
    return joined(how, proof)


_SAME = Text(zh="全部相同", en="the same for all")
_OTHER = Text(zh="有不同的（近乎平手）", en="not the same for all (a near tie)")
