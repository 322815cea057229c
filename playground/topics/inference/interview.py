"""What an interviewer asks about a run of inference: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text, joined
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.inference.findings import Drafts, Findings, Parting
from playground.topics.inference.settings import Settings

# Per cent of the drafted tokens that were accepted: the answers' upper bounds.
BORDERS = ((20.0, "few"), (40.0, "some"), (60.0, "half"), (101.0, "most"))
# Less than this many times as fast is within what two measurements differ by.
PAYS = 1.1
# Answers at once whose caches a follow-up adds up.
ANSWERS = 64


def _accepted(settings: Settings, found: Findings) -> Outcome | None:
    """How many of the drafted tokens were accepted."""
    drafts, percent = found.drafts, found.drafts.accepted_percent
    if percent is None:
        nothing = Text(
            zh="前文里没有可抄的，一个草稿也没有。", en="The text had nothing to copy: not one token was drafted."
        )
        return Outcome("few", nothing)
    answer = next(name for border, name in BORDERS if percent < border)
    evidence = Text(
        zh="抄来 {d} 个，接受 {a} 个。即 {share}。", en="{d} drafted, {a} accepted. That is {share}."
    ).format(d=drafts.drafted, a=drafts.accepted, share=f"{percent:.0f}%")
    return Outcome(answer, evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="提示查找从前文抄来的草稿词元，有多少会被模型接受？",
        en="Of the tokens that prompt lookup drafts by copying from this text, what share will the model accept?",
    ),
    _accepted,
    (
        ("few", Text(zh="不到 20%", en="below 20%")),
        ("some", Text(zh="20% 到 40%", en="20% to 40%")),
        ("half", Text(zh="40% 到 60%", en="40% to 60%")),
        ("most", Text(zh="60% 以上", en="60% or more")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what the cache, the batch, prompt lookup and, where there is one, the reused prefix gave."""
    measured, last = found.measured, found.measured.steps[-1]
    # A batch of one has nothing to compare: the largest that was measured then stands for batching.
    rows = settings.batch if settings.batch > 1 else measured.batches[-1].rows
    said = Text(
        zh="已有 {n} 个词元时的一步，有缓存 {cached} ms，没有缓存 {uncached} ms；{rows} 个一批的吞吐是单个的 {gain} 倍；{others}。",
        en="With {n} tokens so far a step takes {cached} ms with the cache and {uncached} ms without; {rows} answers in a batch give {gain} times"
        " the throughput of one; {others}.",
    )
    others = _said_of_drafts(found.drafts, measured.drafts.speedup)
    if settings.prefix.strip():
        wait = measured.waits[0]
        others = Text(
            zh="{drafts}；首 token 时延不复用前缀 {anew} ms，复用 {reused} ms",
            en="{drafts}; time to first token is {anew} ms without reuse of the prefix and {reused} ms with it",
        ).format(drafts=others, anew=_ms(wait.anew_ms), reused=_ms(wait.reused_ms))
    return said.format(
        n=last.tokens, cached=_ms(last.cached_ms), uncached=_ms(last.uncached_ms), rows=rows,
        gain=f"{measured.gain(rows):.1f}", others=others,
    )  # fmt: skip


def _said_of_drafts(drafts: Drafts, speedup: float) -> Text:
    if not drafts.drafted:
        return Text(zh="提示查找没有抄到草稿", en="prompt lookup found nothing to draft")
    if drafts.parting is None:
        text = Text(zh="文本相同", en="with the same text")
    else:
        text = Text(zh="文本从第 {n} 个词元起不同", en="with another text from token {n} on").format(
            n=drafts.parting.token
        )
    return Text(
        zh="提示查找用 {passes} 次前向生成 {tokens} 个词元，速度是普通贪心的 {speedup} 倍，{text}",
        en="prompt lookup generates {tokens:|token|tokens} in {passes:|pass|passes} at {speedup} times plain greedy's speed, {text}",
    ).format(passes=drafts.passes, tokens=drafts.tokens, speedup=f"{speedup:.2f}", text=text)


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.0f}" if milliseconds >= 10 else f"{milliseconds:.1f}"


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises: one for each switch as it is set, and those of near ties and
    of load.
    """
    asked = [
        _with_cache(settings, found) if settings.cache else _without_cache(found),
        _drafts(settings, found),
        *([_parted(found.drafts.parting)] if found.drafts.parting is not None else []),
        *(_batch(settings, found) if settings.batch > 1 else _alone(found)),
        *([_prefix(settings, found)] if settings.prefix.strip() else []),
        *([_under_load()] if found.measured.under_load else []),
    ]
    return tuple(asked)


def _without_cache(found: Findings) -> FollowUp:
    last = found.measured.steps[-1]
    return FollowUp(
        Text(
            zh="KV 缓存关着：{n} 个词元之后一步 {slow} ms，开着是 {fast} ms。为什么缓存键和值，却不缓存查询？",
            en="The KV cache is off: after {n} tokens a step takes {slow} ms, and {fast} with it. Why cache keys and values, and not queries?",
        ).format(n=last.tokens, slow=f"{last.uncached_ms:.0f}", fast=f"{last.cached_ms:.0f}"),
        Text(
            zh="因果掩码下，旧位置的键和值不随后文改变，以后每一步都要被读；旧位置的查询只在它自己那一步用过一次。没有缓存，每一步都要重算到那里为止的全部位置：提示 P 个、生成 N 个，共约 NP+N²/2 个；"
            "有缓存时约 P+N 个，代价是要存、要读的字节随长度增长。",
            en="Under a causal mask the keys and values of earlier positions never change and are read at every later step; the query of a position is used once, at its own step."
            " Without a cache each step recomputes all positions so far: about NP+N²/2 for a prompt of P tokens and N generated ones, against P+N with it, at the price of bytes to store and"
            " read that grow with length.",
        ),
    )


def _with_cache(settings: Settings, found: Findings) -> FollowUp:
    return FollowUp(
        Text(
            zh="KV 缓存开着，{rows} 个回答生成完时占 {held} MB，权重 {weights} MB。上下文长到 32K、同时 64 个回答，会发生什么？",
            en="The KV cache is on, and {rows:|answer holds|answers hold} {held} MB at the end, the weights {weights} MB. What happens at a context of 32K and 64 answers at once?",
        ).format(rows=settings.batch, held=f"{found.held_bytes / 1e6:.1f}", weights=f"{found.weight_bytes / 1e6:.0f}"),
        Text(
            zh="缓存随“词元 × 回答数”增长，权重不变。按各层所留的计（窗口层只留窗口），每条约 {one} MB，{answers} 条约 {all} GB，是权重的 {times} 倍：最先耗尽显存的是它，每步的时间也主要花在读它上，批再大仍是访存受限。"
            "对策：减少键值头（GQA、MQA）或只存低秩向量（MLA）、窗口层、缓存量化到 8 位以下（FP8、KIVI）、分页去掉碎片（PagedAttention）、共享前缀只存一份。",
            en="The cache grows with tokens × answers while the weights stay the same. Counting what each layer keeps (a window layer only its window), each answer takes about {one} MB and {answers} take {all} GB,"
            " {times} times the weights: the cache is what exhausts memory, and reading it dominates a step, which stays memory-bandwidth-bound however large the batch. Remedies: fewer key-value"
            " heads (GQA, MQA) or a low-rank vector instead (MLA), window layers, a cache in 8 bits or fewer (FP8, KIVI), paging against fragmentation (PagedAttention), shared prefixes stored once.",
        ).format(
            one=f"{found.long_context_bytes / 1e6:.0f}",
            answers=ANSWERS,
            all=f"{ANSWERS * found.long_context_bytes / 1e9:.1f}",
            times=f"{ANSWERS * found.long_context_bytes / found.weight_bytes:.0f}",
        ),
    )


def _drafts(settings: Settings, found: Findings) -> FollowUp:
    drafts, times = found.drafts, found.measured.drafts
    if not drafts.accepted:
        return _other_drafts(drafts)
    numbers = {"share": f"{drafts.accepted_percent:.0f}%", "spared": drafts.spared, "faster": f"{times.speedup:.2f}"}
    if times.speedup < PAYS:
        return FollowUp(
            Text(
                zh="提示查找接受了 {share}，省下 {spared} 次前向，速度却只有 {faster} 倍：一次验证 {b} ms，单步 {a} ms。什么时候会这样？",
                en="Prompt lookup: {share} accepted, {spared} passes saved, and yet {faster} times as fast: verifying takes {b} ms, a step {a}. When does that happen?",
            ).format(**numbers, a=f"{times.plain_ms_per_pass:.0f}", b=f"{times.lookup_ms_per_pass:.0f}"),
            Text(
                zh="加速比 = 每次前向的词元数 × 单步时间 ÷ 验证时间。投机解码赌的是多验证几个词元几乎不加时间，这只在访存受限、算力空闲时成立；float32、没有矩阵单元的处理器、大批量，几行一起就成了计算受限，或算子在几行时恰好低效；MoE 还会多读专家。先量一次前向的时间随行数怎么变，再定草稿长度；量不到好处就关掉。",
                en="Speed-up = tokens per pass × time of a step ÷ time to verify. Speculative decoding bets that a few more tokens to verify cost next to no time, which holds only while a step is"
                " memory-bandwidth-bound and compute is idle; in float32, on processors without matrix units or in a large batch a few rows are already compute-bound, or the kernel is inefficient at just"
                " that number; an MoE also reads more experts. Measure the time of a pass against the number of rows, then choose the draft's length, and turn it off where it doesn't pay.",
            ),
        )
    if not settings.lookup:
        question = Text(
            zh="提示查找关着；打开的话，接受率 {share}，省下 {spared} 次前向，速度 {faster} 倍。该不该默认打开？",
            en="Prompt lookup is off; on, {share} would be accepted, {spared} passes saved, {faster} times as fast. Should it be on by default?",
        )
    elif 2 * drafts.accepted < drafts.drafted:
        question = Text(
            zh="提示查找开着：接受率 {share}，省下 {spared} 次前向，速度 {faster} 倍。多数草稿词元被拒，为什么还不亏？",
            en="Prompt lookup is on: {share} accepted, {spared} passes saved, {faster} times as fast. Most drafted tokens are rejected; why does it still pay?",
        )
    else:
        question = Text(
            zh="提示查找开着：接受率 {share}，省下 {spared} 次前向，速度 {faster} 倍。草稿该不该再长些？",
            en="Prompt lookup is on: {share} accepted, {spared} passes saved, {faster} times as fast. Should the drafts be longer?",
        )
    answer = Text(
        zh="稠密模型一次前向无论验证 1 个还是 {most} 个词元，权重都只读一遍，解码的时间大半花在这里，所以被拒的草稿几乎不增加成本，接受的每一个省一次前向。加速比 = 每次前向的词元数 × 单步时间 ÷ 验证时间，不看接受率：草稿越长接受率越低，"
        "每次前向的词元仍可能更多。亏的情形：文本没有重复、批很大而上下文短（已是计算受限）、草稿很长。",
        en="In a dense model a pass reads all weights once whether it verifies 1 token or {most}, and that is most of a decoding step: rejected drafts cost next to nothing, and each accepted one saves"
        " a pass. Speed-up = tokens per pass × time of a step ÷ time to verify, whatever the acceptance rate: longer drafts are accepted less often and may still give more tokens per pass. It loses with"
        " text that doesn't repeat, in large batches with short contexts, which are compute-bound, and with very long drafts.",
    )
    # The drafted tokens and the model's own after them.
    return FollowUp(question.format(**numbers), answer.format(most=settings.drafted + 1))


def _other_drafts(drafts: Drafts) -> FollowUp:
    if drafts.drafted:
        question = Text(
            zh="提示查找抄来 {n} 个草稿词元，一个也没被接受。那还有别的草稿来源吗？",
            en="Prompt lookup drafted {n:|token, which was not|tokens, of which not one was} accepted. Where else could drafts come from?",
        ).format(n=drafts.drafted)
    else:
        question = Text(
            zh="提示查找一个草稿也没抄到。那还有别的草稿来源吗？",
            en="Prompt lookup found nothing to draft. Where else could drafts come from?",
        )
    return FollowUp(
        question,
        Text(
            zh="一个同词表的小模型；模型自己的前几层（LayerSkip）；额外训练的预测头（Medusa）或一层的草稿网络（EAGLE-3），或预训练自带的多词元预测头（DeepSeek-V3 的 MTP）；检索到的文档。都按接受—拒绝规则验证，分布就都不变，差别只在接受率与草稿的成本。",
            en="A small model with the same vocabulary; the model's own first layers (LayerSkip); extra heads trained to predict ahead (Medusa), a draft network of one layer (EAGLE-3), or a head from"
            " pre-training (MTP in DeepSeek-V3);"
            " retrieved documents. Verified by the accept–reject rule, all leave the distribution unchanged; they differ in acceptance rate and in the cost of a draft.",
        ),
    )


def _parted(parting: Parting) -> FollowUp:
    if not parting.near_tie:
        return FollowUp(
            Text(
                zh="提示查找与普通贪心分了岔，领先差大于舍入能解释的。该查什么？",
                en="Prompt lookup and plain greedy diverge by more than rounding explains. What do you check?",
            ),
            Text(
                zh="先用 float32 重跑：仍然分岔，就是实现有错。常见的有：缓存没有裁掉被拒的草稿，位置编号或因果掩码错了一格，窗口层裁掉了还要用的位置，验证时拿错了哪一行 logits。",
                en="Rerun in float32 first: if they still diverge, the implementation is wrong. Usual causes: rejected drafts not cropped from the cache, position ids or the causal mask off by one,"
                " a window layer that dropped positions still needed, logits read from the wrong row in verification.",
            ),
        )
    return FollowUp(
        Text(
            zh="提示查找与普通贪心分了岔，还能说“不改变输出”吗？",
            en="Prompt lookup and plain greedy diverge. Can one still say that it leaves the output unchanged?",
        ),
        Text(
            zh="数学上不改变，浮点上不逐位相同：算子没有批不变性，一次算几个位置，矩阵乘就换了分块与加法次序，末位不同，领先只有几个刻度的首选就会翻转。批大小变了也会这样，与投机解码无关。要可复现，就用批不变的算子（更慢），或固定批；要核对实现，用 float32。",
            en="Mathematically yes, in floating point not bit for bit: kernels aren't batch-invariant, so several positions at once are tiled and summed in another order, last bits differ, and an argmax"
            " that leads by a few rounding steps may flip. Another batch size does the same, speculation or not. To reproduce outputs, use batch-invariant kernels, which are slower, or fix the batch; to check an implementation, use float32.",
        ),
    )


def _batch(settings: Settings, found: Findings) -> tuple[FollowUp]:
    measured, rows = found.measured, settings.batch
    one, now = f"{measured.batch(1).step_ms:.0f}", f"{measured.batch(rows).step_ms:.0f}"
    if measured.batch(rows).step_ms > measured.batch(1).step_ms and one != now:
        question = Text(
            zh="批大小 {n}：合计吞吐是单条的 {t} 倍，每步更慢（{one} 变 {now} ms）。异步框架或更大的批，能让一个用户更快拿到答案吗？",
            en="Batch size {n}: together {t} times the throughput of one, and a step is slower ({one} ms became {now}). Does an async framework or a larger batch give one user the answer sooner?",
        )
    else:
        question = Text(
            zh="批大小 {n}：合计吞吐是单条的 {t} 倍，每步 {now} ms，单条时 {one} ms。异步框架或更大的批，能让一个用户更快拿到答案吗？",
            en="Batch size {n}: together {t} times the throughput of one; a step takes {now} ms, and {one} with a single answer. Does an async framework or a larger batch give one user the answer sooner?",
        )
    static, continuous = measured.static, measured.continuous
    if continuous.idle_share < static.idle_share and continuous.tokens_per_second > static.tokens_per_second:
        simulated = Text(
            zh="模拟里连续批处理把槽空闲从 {a}% 降到 {b}%，吞吐从 {c} 到 {d} 词元/秒：快的是整队，不是某一步。",
            en="In the simulation continuous batching takes idle slots from {a}% to {b}% and throughput from {c} to {d} tokens/s: the queue is faster, not a step.",
        )
    else:
        simulated = Text(
            zh="模拟里静态与连续批处理的槽空闲是 {a}% 与 {b}%，吞吐是 {c} 与 {d} 词元/秒：这一队请求没有从连续批处理得益。",
            en="In the simulation static and continuous batching leave {a}% and {b}% of the slots idle and give {c} and {d} tokens/s: this queue gains nothing from it.",
        )
    answer = Text(
        zh="不能。单个回答的词元要一个接一个地生成，每一步不会因为同批有别的请求而变短；异步只让等待的线程去做别的。批处理换来的是吞吐，间接缩短排队。",
        en="No. An answer's tokens are generated one after another, and no step gets shorter because others share the batch; async only lets a waiting thread do something else. Batching buys throughput, and through it a shorter queue.",
    )
    return (
        FollowUp(
            question.format(n=rows, t=f"{measured.gain(rows):.1f}", one=one, now=now),
            joined(
                answer,
                simulated.format(
                    a=f"{100 * static.idle_share:.0f}", b=f"{100 * continuous.idle_share:.0f}",
                    c=f"{static.tokens_per_second:.0f}", d=f"{continuous.tokens_per_second:.0f}",
                ),
            ),
        ),
    )  # fmt: skip


def _alone(found: Findings) -> tuple[FollowUp, ...]:
    measured, most = found.measured, found.measured.batches[-1].rows
    if measured.gain(most) <= 1:
        return ()
    ms = measured.batch(1).step_ms if measured.per_token_ms is None else measured.per_token_ms
    asked = Text(
        zh="批大小 1，每词元 {ms} ms；一批 {n} 个合计吞吐是 {t} 倍。多出来的吞吐从哪里来？",
        en="Batch size 1, {ms} ms per token; {n} in a batch give {t} times the throughput. Where does it come from?",
    )
    return (
        FollowUp(
            asked.format(ms=f"{ms:.0f}", n=most, t=f"{measured.gain(most):.1f}"),
            Text(
                zh="从空闲的算力来。单条解码读一遍权重只用一次，16 位权重的算术强度约为 1 FLOP/字节，处理器在等内存；一批 16 条读一遍用 16 次。直到变成计算受限，或各条自己的 KV 缓存（摊不薄）读得比权重还多。",
                en="From compute that was idle. One sequence uses each weight once per read, about 1 FLOP per byte of 16-bit weights, and waits for memory; 16 use it 16 times. Until the step is compute-bound, or"
                " reading each sequence's own KV cache, which no batch shares, exceeds reading the weights.",
            ),
        ),
    )


def _prefix(settings: Settings, found: Findings) -> FollowUp:
    request, wait = found.requests[0], found.measured.waits[0]
    state = Text(zh="开着", en="on") if settings.reuses else Text(zh="关着", en="off")
    return FollowUp(
        Text(
            zh="前缀复用{state}：这个请求 {all} 个词元里，复用后只需预填充 {own} 个，首 token 时延 {fast} ms，不复用 {slow} ms。这与“缓存相同请求的结果”有何不同？",
            en="Prefix reuse is {state}: with it, of {all} tokens only {own} are prefilled, and time to first token is {fast} ms instead of {slow}. How does this differ from caching the results of identical requests?",
        ).format(state=state, all=request.shared + request.own, own=request.own, slow=f"{wait.anew_ms:.0f}", fast=f"{wait.reused_ms:.0f}"),
        Text(
            zh="结果缓存要整个请求一字不差，命中就不再计算，也不再采样；前缀复用只要开头的词元相同，后文照样由模型算，每个请求有自己的回答。它不改变输出（除去末位舍入），只省预填充，不加快后面的词元。要命中，就把不变的放前面：系统提示、文档在前，时间、用户名、问题在后，因为一个词元不同，其后的键和值全都不同。",
            en="A result cache needs the whole request to be identical, and then neither computes nor samples. Prefix reuse needs only an equal beginning; the rest is computed and each request gets"
            " its own answer. It leaves outputs unchanged up to rounding, saves prefill only, and makes no later token faster. For hits, put first what doesn't change: system prompt and document before date,"
            " name and question, because after one differing token all keys and values differ.",
        ),
    )  # fmt: skip


def _under_load() -> FollowUp:
    return FollowUp(
        Text(
            zh="这次是在负载下测的，哪些结论还站得住？",
            en="This was measured under load. Which conclusions still hold?",
        ),
        Text(
            zh="次数与字节不受影响：前向次数、接受率、预填充了多少词元、KV 字节。毫秒的绝对值不能引用；交替测得的比值可信得多。",
            en="Counts and bytes do: passes, acceptance rate, tokens prefilled, KV bytes. Absolute milliseconds can't be quoted; ratios of times measured in turn are much safer.",
        ),
    )
