"""What an interviewer would ask on seeing this result. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.panels import Line
from playground.lab.text import Text
from playground.lab.timing import MILLISECONDS_UNDER_LOAD
from playground.lab.topic import FollowUp
from playground.topics.inference.lookup import ACCEPTED, MS_PASS, SAME, SAME_TEXT, SPARED, figure
from playground.topics.inference.prefixes import MS_ANEW, MS_KEPT, READ_ANEW, READ_KEPT
from playground.topics.inference.serving import FIRST, HELD, PER_TOKEN
from playground.topics.inference.timeline import CONTINUOUS_ROW, IDLE, STATIC_ROW, THROUGHPUT

# Less than this many times as fast is within what two measurements differ by.
PAYS = 1.1


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """A question for each switch, as it stands."""
    if result.schedule is None or result.prefixes is None:
        return ()
    asked = [
        _without_cache(result) if not settings.cache else _with_cache(settings, result),
        _drafts(settings, result),
        *([_parted()] if result.lookup.find(SAME).a != SAME_TEXT else []),
        _batch(settings, result) if settings.batch > 1 else _alone(result),
        _prefix(settings, result),
    ]
    if result.figures.find(FIRST).unit == MILLISECONDS_UNDER_LOAD:
        asked.append(_under_load())
    return tuple(asked)


def _last(line: Line) -> tuple[str, str]:
    return f"{line.x[-1]:.0f}", f"{line.y[-1]:.0f}"


def _without_cache(result: Any) -> FollowUp:
    with_cache, without = result.positions.lines
    place, slow = _last(without)
    return FollowUp(
        Text(
            zh="KV 缓存关着：{n} 个词元之后一步 {slow} ms，开着是 {fast} ms。为什么缓存键和值，却不缓存查询？",
            en="The KV cache is off: after {n} tokens a step takes {slow} ms, and {fast} with it. Why keep keys and values, and not queries?",
        ).format(n=place, slow=slow, fast=_last(with_cache)[1]),
        Text(
            zh="因果掩码下，旧位置的键和值不随后文改变，以后每一步都要被读；旧位置的查询只在它自己那一步用过一次。没有缓存，第 n 步要重算 n 个位置，写 N 个词元共约 N²/2 个位置；"
            "有缓存时每步只算一个，代价是要存、要读的字节随长度增长。",
            en="Under a causal mask the keys and values of old places never change and are read at every later step; the query of a place is used once, at its own step."
            " Without a cache step n computes n places again, some N²/2 for N tokens; with it a step computes one, at the price of bytes to hold and read that grow with length.",
        ),
    )


def _with_cache(settings: Any, result: Any) -> FollowUp:
    held = float(result.figures.find(HELD).a)
    return FollowUp(
        Text(
            zh="KV 缓存开着，{rows} 个回答写完时占 {held} MB。上下文长到 32K、同时 64 个回答，会发生什么？",
            en="The KV cache is on, and {rows} answer(s) hold {held} MB at their end. What happens at a context of 32K and 64 answers at once?",
        ).format(rows=settings.batch, held=f"{held:.1f}"),
        Text(
            zh="缓存随“词元 × 回答数”增长，权重不变：到那时缓存比权重大得多，先爆的是它，读它也成了每步的主要时间。对策按收益排：少存头（GQA、MQA、MLA）、窗口层、"
            "缓存量化到 8 或 4 位、分页管理去掉碎片（PagedAttention）、共享前缀只存一份。",
            en="The cache grows with tokens × answers while the weights stay: by then it is much larger than they are, it is what runs out of memory, and reading it is most of a"
            " step. Remedies: fewer key-value heads (GQA, MQA, MLA), layers with windows, a cache in 8 or 4 bits, paging against fragmentation (PagedAttention), shared prefixes held once.",
        ),
    )


def _drafts(settings: Any, result: Any) -> FollowUp:
    share, spared = figure(result.lookup, ACCEPTED), figure(result.lookup, SPARED) or 0.0
    faster = result.times.rows[1][-1]
    answer = Text(
        zh="一次前向无论验证 1 个还是 6 个词元，都要把权重读一遍，解码的时间大半花在这里，所以被拒的草稿很便宜，接受的每一个省一次前向。收益看“每次前向写出几个词元”，不看接受率：草稿越长接受率越低，"
        "写出的仍可能更多。输了的情形：文本没有重复、批很大（算力已满）、草稿很长。",
        en="A pass reads all weights once whether it verifies 1 token or 6, and that reading is most of a decoding step: refused drafts are cheap, and each accepted one spares"
        " a pass. What counts is tokens a pass, not the accepted share: longer drafts are accepted less often and may still write more. It loses with text that"
        " doesn't repeat, in large batches where multiplying is the limit, and with very long drafts.",
    )
    if share is None:
        return FollowUp(
            Text(
                zh="提示查找一个草稿也没抄到。那还有别的草稿来源吗？",
                en="Prompt lookup found nothing to draft. Where else could drafts come from?",
            ),
            Text(
                zh="一个同词表的小模型；模型自己的前几层（LayerSkip）；额外训练的几个预测头（Medusa、EAGLE）；检索到的文档。验证方法都一样，分布都不变，差别只在接受率与草稿的成本。",
                en="A small model with the same vocabulary; the model's own first layers (LayerSkip); extra heads trained to predict ahead (Medusa, EAGLE); retrieved documents."
                " All are verified in the same way and leave the distribution alone; they differ in how much is accepted and what a draft costs.",
            ),
        )
    if faster < PAYS and spared:
        plain, drafting = (row[MS_PASS] for row in result.times.rows[:2])
        return FollowUp(
            Text(
                zh="提示查找接受了 {share}，省下 {spared} 次前向，速度却只有 {faster} 倍：一次验证 {b} ms，单步 {a} ms。什么时候会这样？",
                en="Prompt lookup: {share} accepted, {spared} passes spared, and yet {faster} times as fast: verifying takes {b} ms, a step {a}. When does that happen?",
            ).format(
                share=f"{share:.0f}%",
                spared=f"{spared:.0f}",
                faster=f"{faster:.2f}",
                a=f"{plain:.0f}",
                b=f"{drafting:.0f}",
            ),
            Text(
                zh="推测解码赌的是“多验证几个词元几乎不加时间”。算力有余、时间花在读权重上才成立；float32、没有矩阵加速的处理器、大批量，几行一起就受限于乘法，或算子在几行时恰好低效。先量“一次前向随行数的时间”，再定草稿长度；量不到好处就关掉。",
                en="Speculation bets that a few more tokens to verify cost next to no time. That holds while reading weights is the limit and multipliers stand idle; in float32, on processors"
                " without matrix units or in a large batch a few rows are bound by multiplying, or the kernel is poor at just that number. Measure a pass over the number of rows, then choose"
                " the draft's length, and turn it off where it doesn't pay.",
            ),
        )
    if settings.lookup:
        question = Text(
            zh="提示查找开着：接受率 {share}，省下 {spared} 次前向，速度 {faster} 倍。多数草稿被拒，为什么还不亏？",
            en="Prompt lookup is on: {share} accepted, {spared} passes spared, {faster} times as fast. Most of what is refused was computed for nothing; why does it pay?",
        )
    else:
        question = Text(
            zh="提示查找关着；打开的话，接受率 {share}，省下 {spared} 次前向，速度 {faster} 倍。该不该默认打开？",
            en="Prompt lookup is off; on, {share} would be accepted, {spared} passes spared, {faster} times as fast. Should it be on by default?",
        )
    return FollowUp(question.format(share=f"{share:.0f}%", spared=f"{spared:.0f}", faster=f"{faster:.2f}"), answer)


def _parted() -> FollowUp:
    return FollowUp(
        Text(
            zh="提示查找与普通贪心分了岔，还能说“不改变输出”吗？",
            en="Prompt lookup and plain greedy part ways. Can one still say that it leaves the output alone?",
        ),
        Text(
            zh="数学上不改变，浮点上不逐位相同：一次算几个位置，矩阵乘换了分块与加法次序，bfloat16 的末位不同，领先不到一个刻度的首选就会翻。批大小变了也会这样，与推测解码无关。要可复现，就固定批与算子，或用 float32 核对。",
            en="In mathematics it does, in floating point not bit for bit: several places at once are tiled and added up in another order, last bits of bfloat16 differ, and a winner that"
            " leads by less than a step of rounding turns. Another batch size does the same, speculation or not. To reproduce outputs, fix batch and kernels, or check in float32.",
        ),
    )


def _batch(settings: Any, result: Any) -> FollowUp:
    latency, together = result.latency.lines[0], result.throughput.lines[0]
    place = latency.x.index(float(settings.batch))
    static, continuous = (result.schedule.rows[row] for row in (STATIC_ROW, CONTINUOUS_ROW))
    return FollowUp(
        Text(
            zh="批大小 {n}：合计吞吐是单条的 {t} 倍，每步却慢了（{one} 变 {now} ms）。异步框架或更大的批，能让一个用户更快拿到答案吗？",
            en="Batch size {n}: together {t} times the throughput of one, and a step is slower ({one} ms became {now}). Does an async framework or a larger batch bring one user's answer sooner?",
        ).format(n=settings.batch, t=f"{together.y[place] / together.y[0]:.1f}", one=f"{latency.y[0]:.0f}", now=f"{latency.y[place]:.0f}"),
        Text(
            zh="不能。单个回答的词元要一个接一个地写，每一步不会因为有别人而变短；异步只让等待的线程去做别的。批处理买的是吞吐，间接缩短排队。模拟里连续批处理把槽空闲从 {a}% 降到 {b}%，吞吐从 {c} 到 {d} 词元/秒：快的是整队，不是某一步。",
            en="No. An answer's tokens come one after another, and no step is shorter for having company; async only lets the waiting thread do something else. A batch buys throughput, and so a shorter"
            " queue. In the simulation continuous batching takes idle slots from {a}% to {b}% and throughput from {c} to {d} tokens/s: the queue is faster, not a step.",
        ).format(a=f"{static[IDLE]:.0f}", b=f"{continuous[IDLE]:.0f}", c=f"{static[THROUGHPUT]:.0f}", d=f"{continuous[THROUGHPUT]:.0f}"),
    )  # fmt: skip


def _alone(result: Any) -> FollowUp:
    together, per_token = result.throughput.lines[0], result.figures.find(PER_TOKEN).a
    asked = Text(
        zh="批大小 1，每词元 {ms} ms；一批 16 个合计吞吐是 {t} 倍。多出来的吞吐从哪里来？",
        en="Batch size 1, {ms} ms a token; 16 in a batch give {t} times the throughput. Where does it come from?",
    )
    return FollowUp(
        asked.format(ms="—" if per_token is None else f"{per_token:.0f}", t=f"{together.y[-1] / together.y[0]:.1f}"),
        Text(
            zh="从闲着的算力来。单条解码每读一遍权重只用一次，处理器等内存；一批 16 条读一遍用 16 次。直到乘法成为瓶颈，或各条自己的 KV 缓存（摊不薄）读得比权重还多。",
            en="From multipliers that stood idle. One sequence uses each weight once per reading and waits for memory; 16 use it 16 times. Until multiplying is the limit, or reading each one's own KV"
            " cache, which no batch shares, exceeds reading the weights.",
        ),
    )  # fmt: skip


def _prefix(settings: Any, result: Any) -> FollowUp:
    row = result.prefixes.rows[0]
    state = Text(zh="开着", en="on") if settings.reuse and settings.cache else Text(zh="关着", en="off")
    return FollowUp(
        Text(
            zh="前缀复用{state}：这个请求 {all} 个词元里，复用后只读 {own} 个，首词元 {slow} 对 {fast} ms。这与“缓存相同请求的结果”有何不同？",
            en="Reuse of the prefix is {state}: of {all} tokens only {own} are read with it, {slow} against {fast} ms to the first token. How is this not caching the results of equal requests?",
        ).format(state=state, all=row[READ_ANEW], own=row[READ_KEPT], slow=f"{row[MS_ANEW]:.0f}", fast=f"{row[MS_KEPT]:.0f}"),
        Text(
            zh="结果缓存要整个请求一字不差，命中就不再计算，采样也没了；前缀复用只要开头的词元相同，后文照样由模型算，答案各不相同。它不改变输出，只省预填充，不加快后面的词元。要命中，就把不变的放前面：系统提示、文档在前，时间、用户名、问题在后，因为一个词元不同，其后的键和值全都不同。",
            en="A cache of results needs the whole request to be equal to the letter, and then computes nothing, sampling included. Reuse needs an equal beginning only; the rest is computed and every answer"
            " is its own. It leaves outputs alone, spares prefill, and makes no later token faster. To hit, put first what doesn't change: system prompt and document before date, name and question,"
            " for after one differing token all keys and values differ.",
        ),
    )  # fmt: skip


def _under_load() -> FollowUp:
    return FollowUp(
        Text(
            zh="这次是在负载下测的，哪些结论还站得住？",
            en="This was measured under load. Which conclusions still stand?",
        ),
        Text(
            zh="次数与字节不受影响：前向次数、接受率、读了多少词元、KV 字节。毫秒的绝对值不能引用；交替测得的比值可信得多。",
            en="Counts and bytes do: passes, accepted share, tokens read, KV bytes. Absolute milliseconds can't be quoted; ratios of times taken in turn are much safer.",
        ),
    )
