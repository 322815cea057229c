"""Reads one long text in several ways, hides a needle in it, and measures loss, seconds and bytes.

Knows nothing of how a sequence is read and scored (see `reading`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from playground.evaluation.perplexity import check_length
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel
from playground.models.operations import matrices, work
from playground.models.output_head import log_probabilities
from playground.topics.long_text import (
    bounds,
    cases,
    distance,
    findings,
    interview,
    needle,
    panels,
    reading,
    splits,
    strategies,
    views,
)
from playground.topics.long_text.cost import cost
from playground.topics.long_text.findings import Findings, KeyValues, Measured
from playground.topics.long_text.needle import Quest
from playground.topics.long_text.reading import Read
from playground.topics.long_text.settings import Result, Settings, names_in
from playground.topics.long_text.strategies import Plan, Scored

STRATEGIES = ("whole", "cut", "disjoint", "overlapping")
MOST_OTHERS = 8


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields what is known without computing, then the strategies, the needle, and what only draws."""
    lm = bench.lm()
    _check_stride(settings)
    quest = quest_of(settings)
    ids = lm.encode(settings.text, bos=False)
    check_length([*reading.start_of(lm), *ids])
    need, limit = bounds.check(lm, len(ids), settings.longest + needle.extra_tokens(lm, quest))
    plan = strategies.plan(len(ids), settings.window, settings.stride)
    local, full = views.masks(lm)
    yield Result(
        size=panels.size(len(settings.text), len(ids), plan, views.window_of(lm), need, limit),
        local=panels.mask(local, views.window_of(lm), local=True),
        full=panels.mask(full, views.window_of(lm), local=False),
    )

    done = reading.read(
        lm, [*reading.start_of(lm), *ids[:-1]], tell=_share(bench, 0.0, 0.2, Text(zh="读整篇", en="reading the whole"), len(ids))
    )  # fmt: skip
    key_values = _key_values(lm, done)
    ratio = work(lm, 2 * len(ids)).operations / work(lm, len(ids)).operations
    half = findings.half_of(done.steps)
    seconds = done.steps[-1].seconds
    ahead = [(float(len(ids)), seconds), (float(2 * len(ids)), seconds * ratio)]
    looked = views.reach(lm, [*reading.start_of(lm), *ids], done.cache)
    yield Result(
        cost=panels.cost(done.steps, ahead),
        held=panels.held(key_values),
        reach=panels.reach(looked, lm.full_layers),
    )

    scored, without = _strategies(lm, ids, plan, done, bench)
    full_tokens = {
        name: strategies.tokens_of(name, len(ids), plan.window, plan.stride) for name in (*STRATEGIES, "one")
    }
    by_strategy = findings.strategies_of(scored, plan, full_tokens, settings.seed)
    bare = None if without is None else findings.without_start_of(scored["overlapping"], without, settings.seed)
    times = {name: one.seconds for name, one in scored.items() if one.seconds}
    yield Result(
        strategies=panels.strategies(by_strategy, plan, bare),
        position=panels.position(scored),
        costs=panels.costs(full_tokens, {name: one.computed for name, one in scored.items()}, times),
    )
    # The cache of the whole text isn't needed any more.
    del done

    far = distance.by_distance(
        lm, ids, plan.positions, bench.checkpoint, _part(bench, 0.4, 0.5, Text(zh="只给最近的前文", en="with the nearest tokens only"))
    )  # fmt: skip
    distances = findings.distances_of(far, scored["whole"], distance.RUN, settings.seed)
    yield Result(distance=panels.distance(distances))

    lengths = needle.lengths_of(settings.longest, settings.lengths)
    asked: tuple[needle.Asked, ...] = ()
    for asked in needle.ask_all(
        lm, settings.text, quest, lengths, settings.depths, settings.seed, bench.checkpoint,
        _part(bench, 0.5, 0.95, Text(zh="藏针、提问", en="hiding the needle and asking")),
    ):  # fmt: skip
        yield Result(needle=panels.needle_map(findings.cells_of(asked), quest.language))
    hits = findings.hits_of(asked)
    shared = needle.shared_words(quest.reworded, quest.needle)
    yield Result(found=panels.hit_table(hits, shared, len(quest.candidates)))

    bench.progress(0.95, Text(zh="按字符与按句切块", en="cutting by characters and by sentences"))
    ways = {"characters": splits.by_characters, "sentences": splits.by_sentences}
    measured = {
        name: splits.measure(lm, settings.text, way(settings.text, settings.chunk), bench.checkpoint)
        for name, way in ways.items()
    }
    cuts = {name: findings.cut_of(one, settings.seed) for name, one in measured.items()}
    difference = findings.difference_of(measured["characters"].losses, measured["sentences"].losses, settings.seed)
    start_shares = [looked.shares[layer][0] for layer in lm.full_layers if looked.shares[layer][0] is not None]
    reach, text_reach = findings.reaches(looked, lm.full_layers)
    yield Result(
        splits=panels.splits(cuts, difference),
        findings=Findings(
            characters=len(settings.text),
            tokens=len(ids),
            scored=len(plan.positions),
            complete=plan.complete,
            window=plan.window,
            stride=plan.stride,
            strategies=by_strategy,
            one_by_one=full_tokens["one"],
            without_start=bare,
            distances=distances,
            shared=shared,
            cells=findings.cells_of(asked),
            hits=hits,
            key_values=key_values,
            half_tokens=half.tokens,
            work_ratio=ratio,
            attention_share=attention_share(lm, len(ids)),
            reach=reach,
            text_reach=text_reach,
            start_share=float(np.mean([share for share in start_shares if share is not None]))
            if start_shares
            else None,
            by_characters=cuts["characters"],
            by_sentences=cuts["sentences"],
            cut_difference=difference,
            need_bytes=need.total,
            measured=Measured(seconds, half.seconds, seconds * ratio, times),
        ),
    )


def _check_stride(settings: Settings) -> None:
    if settings.stride > settings.window:
        raise PlaygroundError(
            Text(
                zh="“步长” {stride} 大于“窗口” {window}，窗口之间会漏掉词元。请把步长减到不超过窗口。",
                en="“Stride” {stride} is larger than “Window” {window}: tokens between the windows would be left out. Reduce the stride to the window or less.",
            ).format(stride=settings.stride, window=settings.window),
            "stride",
        )


def quest_of(settings: Settings) -> Quest:
    """Returns what is hidden and asked. Raises PlaygroundError where the answer isn't in the needle or has no other candidate."""
    answer = settings.answer.strip()
    others = tuple(name for name in names_in(settings.others) if name != answer)[:MOST_OTHERS]
    if answer.lower() not in settings.needle.lower():
        raise PlaygroundError(
            Text(
                zh="“答案（针里的词）”里的“{answer}”不在针里。请填针里的一个词。",
                en="“Answer (a word of the needle)”: “{answer}” isn't in the needle. Take a word that is.",
            ).format(answer=answer),
            "answer",
        )
    if not others:
        raise PlaygroundError(
            Text(
                zh="“其他候选答案”至少要有一个与答案不同的词，用顿号或逗号隔开。",
                en="“Other candidates” needs at least one that isn't the answer; separate them by commas.",
            ),
            "others",
        )
    lines = tuple(line.strip() for line in settings.distractors.splitlines() if line.strip())
    return Quest(settings.needle.strip(), settings.literal.strip(), settings.reworded.strip(), answer, others, lines)


def _share(bench: Bench, low: float, high: float, what: Text, total: int) -> Callable[[int], None]:
    def tell(tokens: int) -> None:
        said = Text(zh="{what}：{n} / {all} 个词元", en="{what}: {n} of {all} tokens")
        bench.progress(low + (high - low) * tokens / total, said.format(what=what, n=tokens, all=total))

    return tell


def _part(bench: Bench, low: float, high: float, what: Text) -> Callable[[float], None]:
    def tell(share: float) -> None:
        said = Text(zh="{what}：{done}", en="{what}: {done}").format(what=what, done=f"{share:.0%}")
        bench.progress(low + (high - low) * share, said)

    return tell


def _strategies(
    lm: LanguageModel, ids: list[int], plan: Plan, done: Read, bench: Bench
) -> tuple[dict[str, Scored], Scored | None]:
    """Scores the plan's tokens by every strategy; and a few windows without their start token, where the model has one."""
    checkpoint = bench.checkpoint
    bench.progress(0.2, Text(zh="给整篇计分", en="scoring the whole"))
    whole = strategies.whole(lm, ids, done, plan.positions, checkpoint)
    apart = strategies.disjoint(
        lm, ids, plan.window, plan.positions, checkpoint, _part(bench, 0.25, 0.3, Text(zh="不相交窗口", en="disjoint windows"))
    )  # fmt: skip
    sliding = strategies.overlapping(
        lm, ids, plan.window, plan.blocks, checkpoint, _part(bench, 0.3, 0.38, Text(zh="重叠窗口", en="overlapping windows"))
    )  # fmt: skip
    found = {"whole": whole, "cut": strategies.cut(whole, plan.window), "disjoint": apart, "overlapping": sliding}
    blocks = plan.blocks[-strategies.WITHOUT_START :]
    if lm.tokenizer.bos_token_id is None or blocks[-1][1] - blocks[0][0] < 2:
        return found, None
    bare = strategies.overlapping(lm, ids, plan.window, blocks, checkpoint, started=False)
    return found, bare if len(bare.places) else None


def _key_values(lm: LanguageModel, done: Read) -> KeyValues:
    shape = KeyValueShape.of(lm)
    tokens = [step.tokens for step in done.steps]
    return KeyValues(
        measured={str(step.tokens): step.held for step in done.steps},
        formula={str(n): shape.bytes_of(n) for n in tokens},
        all_global={str(n): shape.bytes_per_token * n for n in tokens},
        window=shape.window,
        local_layers=shape.layers - shape.full_layers if shape.window else 0,
        layers=shape.layers,
    )


def attention_share(lm: LanguageModel, tokens: int) -> float:
    """Returns the share of attention's products in the operations of reading `tokens` tokens, by count."""
    # One token attends to itself alone: what its pass does besides is the matrices', and the head is for the last token only.
    all_of_it, one = work(lm, tokens), work(lm, 1)
    head = sum(2.0 * matrix.outputs * matrix.inputs for matrix in matrices(lm.module) if matrix.head)
    attention_of_one = 4.0 * lm.heads * KeyValueShape.of(lm).head_size * lm.layers
    linear = head + (one.operations - head - attention_of_one) * tokens
    return max(0.0, 1 - linear / all_of_it.operations)


TOPIC = Topic(
    number=3,
    slug="long-text",
    title=Text(zh="长文本", en="Long texts"),
    group=Group.LANGUAGE,
    settings=Settings,
    result=Result,
    leads=("strategies", "needle", "distance", "position"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("strategies", "found", "costs"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(
        reading.read,
        log_probabilities,
        strategies.overlapping,
        distance.by_distance,
        needle.ask_all,
        views.allowed,
        splits.by_sentences,
        KeyValueShape.bytes_of,
    ),
)
