"""Panels of the samples: what they say, what each two share, how long they agree. Draws no sample."""

from __future__ import annotations

import math
from collections.abc import Sequence

from playground.lab.panels import Bars, Heatmap, Series, Table
from playground.lab.text import Label, Text
from playground.language.units import shown_pieces
from playground.models.language_model import LanguageModel
from playground.topics.generation import sampling
from playground.topics.generation.findings import Agreement
from playground.topics.generation.sampling import Sample


def answer_table(found: Agreement) -> Table:
    """Tabulates the samples that say the same first, the largest group highlighted."""
    rows = tuple(
        (
            answer.text or "∅", len(answer.samples), len(answer.samples) / found.samples,
            "、".join(f"#{number}" for number in answer.samples),
        )
        for answer in found.answers
    )  # fmt: skip
    columns = (
        Text(zh="说的是", en="says"),
        Text(zh="条数", en="samples"),
        Text(zh="占比", en="share"),
        Text(zh="哪几条", en="which"),
    )
    return Table(columns, rows, highlight=(0,) if found.most > 1 else (), digits=2)


def sample_table(samples: Sequence[Sample], found: Agreement) -> Table:
    """Tabulates each sample with its probability under the raw model; those of the largest group are highlighted."""
    largest = [number - 1 for number in found.largest.samples]
    rows: tuple[tuple[int | float | Label | None, ...], ...] = tuple(
        (
            f"#{number}", sample.text.replace("\n", "↵") or "∅", len(sample.ids), sample.log_probability,
            math.exp(-sample.log_probability / len(sample.ids)) if sample.ids else None,
        )
        for number, sample in enumerate(samples, 1)
    )  # fmt: skip
    columns = (
        "",
        Text(zh="样本", en="sample"),
        Text(zh="词元", en="tokens"),
        "ln p",
        Text(zh="困惑度", en="perplexity"),
    )
    return Table(columns, rows, highlight=tuple(sorted(largest)) if found.most > 1 else (), digits=2)


def agreement_map(lm: LanguageModel, samples: Sequence[Sample]) -> Heatmap:
    """Draws how many tokens each two samples share from the start; the shared words in the cells, shortened."""
    names = tuple(f"#{number}" for number in range(1, len(samples) + 1))
    values = [[sampling.shared_tokens(one.ids, other.ids) for other in samples] for one in samples]
    texts = tuple(
        tuple(
            "" if row == column else _short("".join(shown_pieces(lm, samples[row].ids[:count])))
            for column, count in enumerate(counts)
        )
        for row, counts in enumerate(values)
    )
    shown = tuple(
        tuple(None if row == column else float(count) for column, count in enumerate(counts))
        for row, counts in enumerate(values)
    )
    return Heatmap(
        names,
        names,
        shown,
        Text(zh="相同的词元", en="tokens alike"),
        texts=texts,
        low=0.0,
        high=max([1.0, *(count for counts in shown for count in counts if count is not None)]),
    )


def _short(text: str) -> str:
    text = text.replace("\n", "↵")
    return text if len(text) <= 8 else f"{text[:7]}…"


def staying_bars(samples: Sequence[Sample]) -> Bars:
    """Draws how many samples have the first k tokens of the largest group."""
    counts = tuple(float(round(share * len(samples))) for share in sampling.agreement(samples))
    series = Series(Text(zh="最大一组", en="largest group"), counts)
    return Bars(tuple(str(k) for k in range(1, len(counts) + 1)), (series,), Text(zh="样本条数", en="samples"))
