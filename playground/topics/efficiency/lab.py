"""What quantization and pruning really buy: parameters, bytes, operations, milliseconds, and what they cost.

Knows nothing of how weights are quantized or pruned (see `models.variants`).
"""

from __future__ import annotations

from collections.abc import Iterator

from playground.evaluation.comparison import compare, divergence_ribbon
from playground.evaluation.perplexity import check_length
from playground.generation.continuation import Continuation
from playground.generation.decode import decode
from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.timing import measure_in_turn
from playground.lab.topic import Group, Topic
from playground.models.language_model import LanguageModel
from playground.models.machine import machine
from playground.models.operations import parameters, work
from playground.topics.efficiency import cases, interview
from playground.topics.efficiency.cost import cost
from playground.topics.efficiency.counting import count
from playground.topics.efficiency.findings import Weights, find
from playground.topics.efficiency.measuring import Pace, decodings, prefills, rows_at_once
from playground.topics.efficiency.panels.figures import figures
from playground.topics.efficiency.panels.roofline import roofline
from playground.topics.efficiency.panels.sides import attention, outputs
from playground.topics.efficiency.panels.sparsity import sparsity_table
from playground.topics.efficiency.panels.times import pace_table, rows_table
from playground.topics.efficiency.settings import Result, Settings
from playground.topics.efficiency.sparsity import pruned_models


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Counts, reads, generates, measures; yields a panel as soon as it is there."""
    bench.progress(0.0, Text(zh="数 A 的参数", en="counting A's parameters"))
    base = bench.lm()
    ids = base.encode(settings.text)
    check_length(ids)
    seen: dict[int, int] = {}
    lm_a = bench.lm(settings.a, settings.text)
    counts_a = count(lm_a, ids, seen)
    yield Result(figures=figures(counts_a))
    bench.progress(0.05, Text(zh="准备 B 的权重", en="preparing B's weights"))
    lm_b = bench.lm(settings.b, settings.text)
    counts_b = count(lm_b, ids, seen)
    comparison = compare(base, lm_a, lm_b, ids)
    yield Result(figures=figures(counts_a, counts_b, comparison), divergence=divergence_ribbon(base, ids, comparison))

    a = b = Continuation(tuple(ids))
    for a, b in _continue(settings, bench, lm_a, lm_b, ids):
        yield Result(outputs=outputs(settings, lm_a, lm_b, a, b))

    bench.progress(0.4, Text(zh="剪掉一半权重：置零，与删神经元", en="pruning half: zeroed weights, removed neurons"))
    models = pruned_models(bench, ids, seen)
    bench.progress(0.55, Text(zh="轮流计时：预填充与解码", en="timing in turn: prefill and decode"))
    reads = prefills([lm_a, lm_b], ids)
    writes = decodings([lm_a, lm_b, *(one.lm for one in models)], ids)
    pace_a, pace_b = (Pace(reads[id(lm.module)], writes[id(lm.module)]) for lm in (lm_a, lm_b))
    yield Result(
        figures=figures(counts_a, counts_b, comparison, (pace_a, pace_b)), sparsity=sparsity_table(models, writes)
    )
    bench.progress(
        0.7, Text(zh="测量本机：内存带宽与算力的上限", en="measuring this machine: memory bandwidth and peak compute")
    )
    facts = machine()
    number_type = str(next(base.module.parameters()).dtype).removeprefix("torch.")
    yield Result(
        pace=pace_table([("A", pace_a, number_type), ("B", pace_b, number_type)], facts),
        roofline=roofline(facts, [("a", pace_a), ("b", pace_b)], number_type),
    )
    bench.progress(0.8, Text(zh="一批生成 1、2、4、8 个回答", en="1, 2, 4 and 8 answers in a batch"))
    answers = rows_at_once(lm_a, ids)
    yield Result(
        rows=rows_table(answers),
        findings=find(
            Weights(lm_a, counts_a, a, pace_a),
            Weights(lm_b, counts_b, b, pace_b),
            comparison,
            models,
            writes,
            answers,
            facts.peaks[number_type] / facts.bandwidth,
            facts.bandwidth,
        ),
    )
    bench.progress(0.9, Text(zh="记录 {layers} 层 × {heads} 头的注意力", en="recording attention, {layers} layers × {heads} heads").format(
        layers=lm_a.layers, heads=lm_a.heads))  # fmt: skip
    yield Result(attention=attention(settings, lm_a, lm_b))


def _continue(
    settings: Settings, bench: Bench, a: LanguageModel, b: LanguageModel, ids: list[int]
) -> Iterator[tuple[Continuation, Continuation]]:
    """Generates greedily with A, then with B, token by token; equal weights generate once."""
    now = [Continuation(tuple(ids)), Continuation(tuple(ids))]
    for side, lm in enumerate((a, b)):
        if side and a.module is b.module:
            yield now[0], now[0]
            break
        for number, (one,) in enumerate(decode(lm, ids, (Decoding(),), max_tokens=settings.max_tokens)):
            now[side] = one
            bench.progress(
                0.1 + 0.15 * (side + number / settings.max_tokens),
                Text(zh="{side} 续写：第 {n} 个词元", en="{side} generating: token {n}").format(
                    side="AB"[side], n=number + 1
                ),
            )
            yield now[0], now[1]


TOPIC = Topic(
    number=1,
    slug="efficiency",
    title=Text(zh="计算效率", en="Efficiency"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    leads=("figures", "outputs", "pace", "roofline"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("figures", "pace"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(work, parameters, measure_in_turn, machine, compare),
)
