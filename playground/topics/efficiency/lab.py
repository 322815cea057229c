"""Topic 1: what quantization and pruning really buy: parameters, bytes, operations, milliseconds, and what they cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, replace

from playground.evaluation.comparison import compare, divergence_ribbon
from playground.evaluation.perplexity import check_length
from playground.explanation.attention import attention_panel
from playground.generation.continuation import Continuation
from playground.generation.decode import decode
from playground.generation.panels import tokens_panel
from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.lab.panels import Lines, Metrics, SideBySide, Table, panel
from playground.lab.text import Text
from playground.lab.timing import measure_in_turn
from playground.lab.token_panels import Attention, Ribbon, Tokens
from playground.lab.topic import Group, Topic
from playground.lab.variant import weights_in_words
from playground.models.language_model import LanguageModel
from playground.models.machine import machine
from playground.models.operations import parameters, work
from playground.topics.efficiency import words
from playground.topics.efficiency.figures import Side, pace_table, rows_table, strip
from playground.topics.efficiency.measuring import Pace, decodings, prefills, rows_at_once
from playground.topics.efficiency.roofline import roofline
from playground.topics.efficiency.settings import Settings
from playground.topics.efficiency.sparsity import pruned_models, sparsity_table


@dataclass(frozen=True)
class Result:
    """None: not computed yet."""

    figures: Metrics | None = panel(
        Text(zh="数字", en="Figures"),
        hint=Text(zh="蓝色 A，橙色 B；悬停看怎么量的", en="blue A, orange B; hover for how each was measured"),
    )
    outputs: SideBySide[Tokens] | None = panel(
        Text(zh="输出", en="Outputs"),
        hint=Text(zh="贪心；⟂ 是与另一侧的首次分歧", en="greedy; ⟂ marks where the sides part"),
    )
    divergence: Ribbon | None = panel(
        Text(zh="逐词元 KL(A‖B)", en="KL(A‖B) by token"),
        hint=Text(
            zh="两边被喂同样的词元，预测每个词元时相差多少",
            en="both forced on the same tokens: how far apart their predictions of each are",
        ),
    )
    pace: Table | None = panel(
        Text(zh="毫秒：预填充与解码", en="Milliseconds: prefill and decoding"),
        hint=Text(zh="在本机、本次运行中测得", en="measured on this machine in this run"),
    )
    roofline: Lines | None = panel(
        Text(zh="屋顶线", en="Roofline"),
        hint=Text(
            zh="斜线是读内存的上限，平线是乘法的上限；点是 A、B 的预填充与解码",
            en="the slope is what memory allows, the flat part what multiplying does; the points are A's and B's runs",
        ),
    )
    sparsity: Table | None = panel(
        Text(zh="剪掉一半，快多少", en="Half pruned: how much faster"),
        hint=Text(zh="置零不等于删去神经元", en="zeroing weights isn't removing neurons"),
    )
    rows: Table | None = panel(
        Text(zh="同时写几个回答", en="Several answers at once"),
        hint=Text(zh="吞吐与单个回答的快慢是两回事", en="throughput and the pace of one answer are two things"),
    )
    attention: SideBySide[Attention] | None = panel(
        Text(zh="注意力：A、B 与两者之差", en="Attention: A, B and their difference"),
        hint=Text(zh="点开一格看连线；下方是 A 与 B 之差", en="open a head to see its lines; below, A against B"),
    )


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Counts, reads, writes, measures; a panel as soon as it is there."""
    bench.progress(0.0, Text(zh="数 A 的参数", en="counting A's parameters"))
    base = bench.lm()
    ids = base.encode(settings.text)
    check_length(ids)
    seen: dict[int, int] = {}
    a = _side(bench.lm(settings.a, settings.text), ids, seen)
    result = Result(figures=strip(a, None, None))
    yield result
    bench.progress(0.05, Text(zh="准备 B 的权重", en="preparing B's weights"))
    b = _side(bench.lm(settings.b, settings.text), ids, seen)
    comparison = compare(base, a.lm, b.lm, ids)
    result = replace(result, figures=strip(a, b, comparison), divergence=divergence_ribbon(base, ids, comparison))
    yield result

    for outputs in _write(settings, bench, a.lm, b.lm, ids):
        result = replace(result, outputs=outputs)
        yield result

    bench.progress(0.4, Text(zh="剪掉一半权重：置零，与删神经元", en="pruning half: zeroed weights, removed neurons"))
    models = pruned_models(bench, ids, seen)
    bench.progress(0.55, Text(zh="轮流计时：预填充与解码", en="timing in turn: prefill and decoding"))
    reads = prefills([a.lm, b.lm], ids)
    writes = decodings([a.lm, b.lm, *(one.lm for one in models)], ids)
    a, b = (replace(side, pace=Pace(reads[id(side.lm.module)], writes[id(side.lm.module)])) for side in (a, b))
    assert a.pace is not None and b.pace is not None
    result = replace(result, figures=strip(a, b, comparison), sparsity=sparsity_table(models, writes))
    yield result
    bench.progress(0.7, Text(zh="测量本机：读内存与乘法的上限", en="measuring this machine: memory and multiplication"))
    facts = machine()
    number_type = str(next(base.module.parameters()).dtype).removeprefix("torch.")
    result = replace(
        result,
        pace=pace_table([("A", a.pace, number_type), ("B", b.pace, number_type)], facts),
        roofline=roofline(facts, [("a", a.pace), ("b", b.pace)], number_type),
    )
    yield result
    bench.progress(0.8, Text(zh="一批写 1、2、4、8 个回答", en="1, 2, 4 and 8 answers in a batch"))
    result = replace(result, rows=rows_table(rows_at_once(a.lm, ids)))
    yield result
    bench.progress(0.9, Text(zh="记录 {layers} 层 × {heads} 头的注意力", en="recording attention, {layers} layers × {heads} heads").format(
        layers=a.lm.layers, heads=a.lm.heads))  # fmt: skip
    yield replace(result, attention=_attention(settings, a.lm, b.lm))


def _side(lm: LanguageModel, ids: list[int], seen: dict[int, int]) -> Side:
    return Side(lm, parameters(lm.module, seen), work(lm, 1, len(ids)).operations)


def _write(
    settings: Settings, bench: Bench, a: LanguageModel, b: LanguageModel, ids: list[int]
) -> Iterator[SideBySide[Tokens]]:
    """Both continuations, greedily, token by token; equal weights write once."""
    now = [Continuation(tuple(ids)), Continuation(tuple(ids))]
    labels = weights_in_words(settings.a), weights_in_words(settings.b)
    for side, lm in enumerate((a, b)):
        if side and a.module is b.module:
            now[1] = now[0]
            yield SideBySide(tokens_panel(a, now[0], now[1]), tokens_panel(b, now[1], now[0]), *labels)
            break
        for count, (one,) in enumerate(decode(lm, ids, (Decoding(),), max_tokens=settings.max_tokens)):
            now[side] = one
            bench.progress(
                0.1 + 0.15 * (side + count / settings.max_tokens),
                Text(zh="{side} 续写：第 {n} 个词元", en="{side} writing: token {n}").format(
                    side="AB"[side], n=count + 1
                ),
            )
            yield SideBySide(tokens_panel(a, now[0], now[1]), tokens_panel(b, now[1], now[0]), *labels)


def _attention(settings: Settings, a: LanguageModel, b: LanguageModel) -> SideBySide[Attention]:
    of_a = attention_panel(a, settings.text)
    of_b = of_a if a.module is b.module else attention_panel(b, settings.text)
    # Both sides open the same head, or the eye would compare two different ones.
    of_b = dataclasses.replace(of_b, layer=of_a.layer, head=of_a.head)
    return SideBySide(of_a, of_b, weights_in_words(settings.a), weights_in_words(settings.b))


TOPIC = Topic(
    number=1,
    slug="efficiency",
    title=Text(zh="计算效率", en="Efficiency"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    run=run,
    prediction=words.PREDICTION,
    failures=words.FAILURES,
    examples=words.EXAMPLES,
    followups=words.follow_ups,
    code=(work, parameters, measure_in_turn, machine, compare),
)
