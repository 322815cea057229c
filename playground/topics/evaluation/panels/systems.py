"""The panel of the project's pairs scored as two systems, always right and always wrong."""

from __future__ import annotations

from playground.lab.panels import Cell, Table
from playground.lab.text import Text
from playground.statistics.intervals import in_brackets, wilson
from playground.topics.evaluation.systems import Systems
from playground.topics.evaluation.words import METRIC_NAMES


def systems(found: Systems) -> Table:
    """Tabulates corpus scores of paraphrases and of wrong sentences, and how often each metric prefers the right one."""
    rows: list[tuple[Cell, ...]] = [
        (Text(zh="语料级 BLEU", en="corpus BLEU"), f"{found.better:.1f}", f"{found.worse:.1f}", _p(found.p_value)),
        (
            Text(zh="语料级 chrF", en="corpus chrF"),
            f"{found.chrf_better:.1f}",
            f"{found.chrf_worse:.1f}",
            _p(found.chrf_p_value),
        ),
        (
            Text(zh="逐句 BLEU 的平均", en="mean of sentence BLEU"),
            f"{found.mean_better:.1f}",
            f"{found.mean_worse:.1f}",
            "–",
        ),
    ]
    for metric, right in found.right.items():
        name = Text(zh="{metric}：同义的得分更高", en="{metric}: the right one scores higher").format(
            metric=METRIC_NAMES[metric]
        )
        rows.append((name, f"{right}/{found.count} {in_brackets(*wilson(right, found.count))}", "–", "–"))
    columns = (
        Text(zh="量", en="measure"),
        Text(zh="句句同义", en="always right"),
        Text(zh="句句意思错", en="always wrong"),
        "p",
    )
    caveat = Text(
        zh="这 24 对是专为难住重合指标写的，不是真实系统的错误分布。",
        en="These 24 pairs were written on purpose to defeat overlap metrics; they aren't a sample of a real system's errors.",
    )
    return Table(columns, tuple(rows), caveat=caveat)


def _p(value: float) -> str:
    return f"{value:.3f}"
