"""Serves one request with the visitor's switches, then measures each way to make inference faster by itself.

Knows neither how tokens are drafted and verified (`generation.prompt_lookup`) nor how a step is computed (`models`).
"""

from __future__ import annotations

from collections.abc import Iterator

from playground.generation import prompt_lookup
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.models.key_values import KeyValueShape
from playground.topics.inference import batching, cases, findings, interview, lookup, prefixes, step_times
from playground.topics.inference.cost import cost
from playground.topics.inference.panels import drafts as draft_panels
from playground.topics.inference.panels import key_values, schedules, this_run
from playground.topics.inference.panels import prefixes as prefix_panels
from playground.topics.inference.panels import step_times as step_panels
from playground.topics.inference.request import Request, all_requests, own_ids, read
from playground.topics.inference.serving import serve
from playground.topics.inference.settings import Result, Settings


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the visitor's run, then each method's panels once they are measured."""
    bench.progress(0.0, Text(zh="读请求", en="reading the request"))
    lm = bench.lm(settings.variant)
    request = read(lm, settings.prefix, settings.text)
    prefix = prefixes.keep(lm, request)
    served = None
    for served in serve(
        lm, request, cached=settings.cache, prefix=prefix if settings.reuses else None, rows=settings.batch,
        max_tokens=settings.tokens, ngram=settings.ngram, drafted=settings.drafted if settings.lookup else 0,
    ):  # fmt: skip
        bench.progress(
            0.05,
            Text(zh="按你的设置生成 {n} 个词元", en="generating {n} tokens with your settings").format(
                n=settings.tokens
            ),
        )
        yield Result(figures=this_run.figures(settings, served))
    assert served is not None

    bench.progress(0.25, Text(zh="提示查找与普通贪心，交替生成", en="prompt lookup and plain greedy in turn"))
    both = lookup.write_both(
        lm, request, prefix, max_tokens=settings.tokens, ngram=settings.ngram, drafted=settings.drafted
    )
    drafts = findings.find_drafts(lm, both)
    yield Result(
        lookup=draft_panels.figures(drafts, findings.find_draft_times(both)),
        text=draft_panels.text(lm, request, both, drafts),
        times=draft_panels.times(both, None),
    )

    bench.progress(
        0.55, Text(zh="各个位置上的一步，有缓存与没有", en="a step at several positions, with the cache and without")
    )
    positions = step_times.over_positions(lm, request)
    held = findings.find_key_values(lm, positions.held)
    yield Result(
        positions=step_panels.positions(settings, request, positions, lm.weight_bytes),
        growth=key_values.growth(lm, held),
        bytes=key_values.table(lm, held),
    )

    bench.progress(0.75, Text(zh="一批 1 到 16 个回答", en="batches of 1 to 16 answers"))
    batches = step_times.over_batches(lm, request, settings.batch)
    yield Result(
        throughput=step_panels.throughput(settings, batches),
        latency=step_panels.latency(settings, batches),
        times=draft_panels.times(both, batches[1]),
    )

    bench.progress(0.9, Text(zh="几个请求共用前缀", en="several requests with one prefix"))
    names = all_requests(settings.prefix, settings.text)
    waits = prefixes.waits(lm, [(name, Request(request.shared, own_ids(lm, name))) for name in names], prefix)
    first_token = (waits[0].kept if settings.reuses else waits[0].anew).median
    scheduled = batching.simulate(
        {rows: timing.median for rows, timing in batches.items()}, settings.batch, first_token
    )  # fmt: skip
    yield Result(
        findings=findings.find(lm, served, drafts, held, both, positions, batches, waits, scheduled),
        prefixes=prefix_panels.first_tokens(waits, settings.reuses),
        timeline=schedules.timeline(scheduled),
        schedule=schedules.account(scheduled, batches, first_token),
    )


TOPIC = Topic(
    number=8,
    slug="inference",
    title=Text(zh="推理优化", en="Inference"),
    group=Group.EFFICIENCY,
    settings=Settings,
    result=Result,
    leads=("figures", "positions", "throughput", "latency"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("positions", "throughput", "lookup", "prefixes"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(
        prompt_lookup.draft,
        prompt_lookup.verify,
        prompt_lookup.write,
        batching.static,
        batching.continuous,
        KeyValueShape.bytes_of,
        step_times.over_positions,
        prefixes.waits,
    ),
)
