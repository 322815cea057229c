"""The roofline of this machine with the run's own points on it (Williams, Waterman and Patterson 2009)."""

from __future__ import annotations

from collections.abc import Sequence

from playground.lab.panels import Line, Lines, Mark
from playground.lab.text import Text
from playground.lab.timing import LOADED, UNDER_LOAD, load_notice
from playground.models.machine import Machine
from playground.topics.efficiency.measuring import Pace

KINDS = {"prefill": Text(zh="预填充", en="prefill"), "decode": Text(zh="解码", en="decode")}


def roofline(machine: Machine, sides: Sequence[tuple[str, Pace]], number_type: str) -> Lines:
    """Draws a roof for each number type (the model's own solid), and each side's prefill and decoding. Sides: ("a" or
    "b", pace).
    """
    points = [(role, kind, getattr(pace, kind)) for role, pace in sides for kind in KINDS]
    intensities = [run.work.intensity for _, _, run in points]
    ends = min(0.5, *intensities) / 2, max(2000.0, *intensities) * 2
    lines = []
    for name, peak in machine.peaks.items():
        ridge = peak / machine.bandwidth
        x = sorted({ends[0], min(max(ridge, ends[0]), ends[1]), ends[1]})
        lines.append(
            Line(
                Text(zh="{name} 屋顶", en="{name} roof").format(name=name), tuple(x),
                tuple(machine.roof(one, name) / 1e9 for one in x),
                dash="solid" if name == number_type else "dot", markers=False,
            )
        )  # fmt: skip
    for role, kind, run in points:
        title = Text(zh="{side} {kind}", en="{side} {kind}").format(side=role.upper(), kind=KINDS[kind])
        lines.append(Line(title, (run.work.intensity,), (run.operations_per_second / 1e9,), role=role))
    marks = [
        Mark(run.work.intensity, run.operations_per_second / 1e9, KINDS[kind], role)
        for role, kind, run in points
        if role == "a"
    ]
    own = Text(
        zh="本机实测（{cores} 线程）：读内存 {bandwidth} GB/s，峰值 {peaks} GFLOP/s。转折点左边，上限是带宽（访存受限）；右边，上限是峰值（计算受限）；离屋顶多远，看“占屋顶”一列。"
        "强度按“每个权重读一次、激活不计”估算。小算子的启动、归一化和 Python 的开销让点低于屋顶；留在缓存里的权重不用再读内存，又会让点升高，甚至越过斜线。",
        en="Measured here ({cores} threads): memory is read at {bandwidth} GB/s, peaks {peaks} GFLOP/s. Left of the ridge bandwidth is"
        " the limit (memory-bandwidth-bound), right of it the peak (compute-bound); “% of the roof” says how near a point comes. Intensity is estimated: each weight read once, activations ignored."
        " Overhead (launching small operations, norms, Python) puts a point below the roof; weights that stay in a cache aren't read from"
        " memory again, which raises it, even above the slope.",
    ).format(
        cores=machine.cores, bandwidth=f"{machine.bandwidth / 1e9:.0f}",
        peaks=", ".join(f"{name} {peak / 1e9:.0f}" for name, peak in machine.peaks.items()),
    )  # fmt: skip
    loaded = load_notice([run.timing for _, _, run in points])
    if loaded is None and (machine.waited or 0.0) > LOADED:
        loaded = UNDER_LOAD.format(share=f"{machine.waited:.0%}")
    return Lines(
        tuple(lines),
        x_label=Text(zh="算术强度（每读一字节做几次运算）", en="arithmetic intensity (operations per byte read)"),
        y_label="GFLOP/s",
        log_x=True,
        log_y=True,
        marks=tuple(marks),
        caveat=own,
        loaded=loaded,
        measured=True,
    )
