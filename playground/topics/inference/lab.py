"""Topic 8: what makes inference faster: cache, batches, drafts, shared prefixes, each measured on the visitor's request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from playground.generation import prompt_lookup
from playground.lab.bench import Bench
from playground.lab.panels import Heatmap, Lines, Metrics, Table, panel
from playground.lab.text import Text
from playground.lab.token_panels import Passages
from playground.lab.topic import Group, Topic
from playground.models.key_values import KeyValueShape
from playground.topics.inference import batching, curves, lookup, prefixes, timeline, words
from playground.topics.inference.followups import follow_ups
from playground.topics.inference.request import Request, all_requests, own_ids, read
from playground.topics.inference.serving import serve, strip
from playground.topics.inference.settings import Settings


@dataclass(frozen=True)
class Result:
    """None: not computed yet."""

    figures: Metrics | None = panel(
        Text(zh="这次运行", en="This run"),
        hint=Text(
            zh="按左边的开关真跑一遍；悬停看怎么量的",
            en="run with the switches on the left; hover for how each was measured",
        ),
    )
    lookup: Metrics | None = panel(
        Text(zh="提示查找：抄对了多少", en="Prompt lookup: how much of the copying holds"),
        hint=Text(
            zh="不论开关，都与普通贪心比一次（一个回答，有缓存）",
            en="compared with plain greedy whatever the switch says (one answer, with the cache)",
        ),
    )
    text: Passages | None = panel(
        Text(zh="哪些词元来自草稿", en="Which tokens came from drafts"),
        hint=Text(zh="悬停看那一次前向的草稿", en="hover for the draft of that pass"),
    )
    times: Table | None = panel(Text(zh="提示查找的时间", en="Prompt lookup by the clock"))
    positions: Lines | None = panel(
        Text(
            zh="每步时间随位置：有缓存是平的，没有就往上长",
            en="A step over position: flat with the cache, growing without",
        ),
    )
    throughput: Lines | None = panel(Text(zh="批越大，吞吐越高", en="Larger batches, more tokens a second"), half=True)
    latency: Lines | None = panel(Text(zh="但每个回答等得更久", en="but each answer waits longer"), half=True)
    prefixes: Table | None = panel(
        Text(zh="复用共同前缀：首词元等多久", en="Reusing a shared prefix: the wait for the first token"),
    )
    growth: Lines | None = panel(Text(zh="KV 缓存随长度", en="The KV cache over length"), half=True)
    bytes: Table | None = panel(Text(zh="KV 字节：公式与实测", en="KV bytes: by formula and measured"), half=True)
    timeline: Heatmap | None = panel(
        Text(zh="静态与连续批处理（模拟）", en="Static and continuous batching (simulated)"),
        hint=Text(
            zh="一格一色是一个请求；上半静态，下半连续", en="a shade is a request; static above, continuous below"
        ),
    )
    schedule: Table | None = panel(Text(zh="两种批处理的账（模拟）", en="What the two give (simulated)"))


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """The visitor's run, then each method by itself; a panel as soon as it is there."""
    bench.progress(0.0, Text(zh="读请求", en="reading the request"))
    lm = bench.lm(settings.variant)
    request = read(lm, settings)
    prefix = prefixes.keep(lm, request)
    result = Result()
    for served in serve(lm, settings, request, prefix):
        bench.progress(
            0.05, Text(zh="按你的设置写 {n} 个词元", en="writing {n} tokens your way").format(n=settings.tokens)
        )
        result = replace(result, figures=strip(settings, served))
        yield result

    bench.progress(0.25, Text(zh="提示查找与普通贪心，轮流写", en="prompt lookup and plain greedy in turn"))
    both = lookup.write_both(lm, settings, request, prefix)
    result = replace(
        result,
        lookup=lookup.figures(both),
        text=lookup.text_panel(lm, request, both),
        times=lookup.times_table(both, None),
    )
    yield result

    bench.progress(
        0.55, Text(zh="各个位置上的一步，有缓存与没有", en="a step at several positions, with the cache and without")
    )
    measured = curves.over_positions(lm, request)
    result = replace(
        result,
        positions=curves.position_panel(settings, request, measured),
        growth=curves.bytes_panel(lm, measured.held),
        bytes=curves.bytes_table(lm, measured.held),
    )
    yield result

    bench.progress(0.75, Text(zh="一批 1 到 16 个回答", en="batches of 1 to 16 answers"))
    batches = curves.over_batches(lm, request, settings.batch)
    result = replace(
        result,
        throughput=curves.throughput_panel(settings, batches),
        latency=curves.latency_panel(settings, batches),
        times=lookup.times_table(both, batches[1]),
    )
    yield result

    bench.progress(0.9, Text(zh="几个请求共用前缀", en="several requests with one prefix"))
    names = all_requests(settings)
    requests = [(name, Request(request.shared, own_ids(lm, name))) for name in names]
    found = prefixes.waits(lm, requests, prefix)
    first_token = (found[0].kept if settings.reuse and settings.cache else found[0].anew).median
    schedules = timeline.schedules(batches, settings.batch, first_token)
    yield replace(
        result,
        prefixes=prefixes.prefix_table(found, settings.reuse and settings.cache),
        timeline=timeline.timeline(schedules),
        schedule=timeline.account(schedules, batches, first_token),
    )


TOPIC = Topic(
    number=8,
    slug="inference",
    title=Text(zh="推理优化", en="Inference"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    run=run,
    prediction=words.PREDICTION,
    failures=words.FAILURES,
    examples=words.EXAMPLES,
    followups=follow_ups,
    code=(
        prompt_lookup.draft,
        prompt_lookup.verify,
        prompt_lookup.write,
        batching.static,
        batching.continuous,
        KeyValueShape.bytes_of,
        curves.over_positions,
        prefixes.waits,
    ),
)
