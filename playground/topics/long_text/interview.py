"""What an interviewer asks about a run on a long text: before it, in one sentence after it, and next."""

from __future__ import annotations

import math

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.long_text.findings import Findings
from playground.topics.long_text.settings import Settings
from playground.topics.long_text.words import CONDITIONS

# Below this ratio of seconds per doubling the tokens count as about twice the time, above the other as about four times.
ABOUT_TWICE = 2.6
ABOUT_FOUR = 3.5


def _seconds_for_twice(settings: Settings, found: Findings) -> Outcome | None:
    """How many times the seconds twice the tokens take, from the whole and the chunk that ends nearest to its half; None where that
    is one chunk. Seconds are taken to grow by a power of the tokens between the two."""
    if found.half_tokens >= found.tokens:
        return None
    longer = found.tokens / found.half_tokens
    ratio = found.measured.ratio ** (math.log(2) / math.log(longer))
    answer = "two" if ratio < ABOUT_TWICE else "between" if ratio < ABOUT_FOUR else "four"
    return Outcome(
        answer,
        Text(
            zh="前 {half} 个词元 {a} 秒，全部 {all} 个 {b} 秒，折合长度每翻一倍 {ratio} 倍；按运算量，两倍长的文本是 {work} 倍",
            en="the first {half} tokens took {a} s, all {all} took {b} s, which is {ratio} times per doubling; by operations a text of twice the length takes {work} times",
        ).format(
            half=found.half_tokens, all=found.tokens, a=f"{found.measured.half:.3g}", b=f"{found.measured.whole:.3g}",
            ratio=f"{ratio:.2f}", work=f"{found.work_ratio:.2f}",
        ),
    )  # fmt: skip


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="整篇一次读完，文本长度翻倍，耗时是原来的几倍？（由本次约前一半与全文的耗时折算）",
        en="The text is read whole. By what factor does the time grow when its length doubles? (From this text: the time of about its first half against that of all of it.)",
    ),
    _seconds_for_twice,
    (
        ("two", Text(zh="约 2 倍", en="about 2")),
        ("between", Text(zh="约 3 倍", en="about 3")),
        ("four", Text(zh="约 4 倍", en="about 4")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what windows cost in perplexity and in tokens, and how often the needle was found."""
    whole, apart, over = (found.strategies[name] for name in ("whole", "disjoint", "overlapping"))
    said = Text(
        zh="整篇读的困惑度是 {whole}，{window} 词元的不相交窗口是 {apart}，步长 {stride} 的重叠窗口是 {over}（算 {factor} 倍的词元）；"
        "答案比其他候选更可能就算找到针，{count} 处里用原词提问找到 {a} 处，换词提问 {b} 处",
        en="Read whole, perplexity is {whole}; with disjoint windows of {window} tokens it is {apart}, with overlapping ones at stride {stride}"
        " {over}, for {factor} times the tokens; the needle counts as found where the answer is likelier than the other candidates: {a} of {count} with the same words, {b} with other words",
    ).format(
        whole=f"{whole.perplexity:.4g}", window=found.window, apart=f"{apart.perplexity:.4g}", stride=found.stride,
        over=f"{over.perplexity:.4g}", factor=f"{found.overlap_factor:.2f}", a=found.hits["literal"].found,
        b=found.hits["reworded"].found, count=found.hits["literal"].count,
    )  # fmt: skip
    if "distracted" in found.hits:
        hits = found.hits["distracted"]
        return Text(zh=said.zh + "，有干扰句 {c} 处。", en=said.en + ", {c} with distractors.").format(c=hits.found)
    return Text(zh=said.zh + "。", en=said.en + ".")


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = []
    apart, over = (found.strategies[name].against_whole for name in ("disjoint", "overlapping"))
    if apart is not None and over is not None and apart.low is not None and apart.low > 0 and apart.mean > over.mean:
        asked.append(FollowUp(
            Text(zh="不相交窗口每词元多 {a} 奈特，重叠窗口多 {b}。差从哪里来？",
                 en="Disjoint windows cost {a} nats per token more than the whole, overlapping ones {b}. Where does the difference come from?").format(
                     a=f"{apart.mean:.3f}", b=f"{over.mean:.3f}"),
            Text(zh="来自窗口开头的词元，它们几乎没有前文。不相交窗口里每个词元平均只有半个窗口的前文，开头的没有；重叠窗口只给末尾计分，每个词元至少有“窗口 − 步长”个词元的前文，"
                    "代价是大约“窗口 ÷ 步长”倍的计算。",
                 en="From the tokens at the start of a window, which have almost nothing before them. In a disjoint window a token has half a window before it on average, the first ones"
                    " nothing; overlapping windows score only their ends, where each token has at least window − stride tokens before it, for about window ÷ stride times the work."),
        ))  # fmt: skip
    bare = found.without_start
    if bare is not None and bare.difference.mean > 0.2:
        asked.append(FollowUp(
            Text(zh="同样的窗口去掉起始词元，困惑度从 {a} 变成 {b}。一个没有内容的词元为什么这么要紧？",
                 en="Without the start token the same windows' perplexity goes from {a} to {b}. Why does a token without content matter so much?").format(
                     a=f"{bare.perplexity_with:.4g}", b=f"{bare.perplexity_without:.4g}"),
            Text(zh="它是注意力汇点：softmax 的权重之和必为 1，没有内容要读的头就把权重放在首词元上。去掉它，这些权重就落到有内容的词元上；而且训练时几乎每段文本都以它开头。"
                    "StreamingLLM 因此在滑动的 KV 缓存里永远留着最前面几个词元。",
                 en="It is the attention sink: softmax weights must add up to 1, and a head with nothing to read puts them on the first token. Without it they fall on tokens with content;"
                    " and in training nearly every text began with it. That is why StreamingLLM always keeps the first few tokens in a rolling KV cache."),
        ))  # fmt: skip
    literal, distracted = found.hits["literal"], found.hits.get("distracted")
    if distracted is not None and literal.found > distracted.found:
        asked.append(FollowUp(
            Text(zh="没有干扰句找到 {a}/{n}，有干扰句只有 {b}/{n}。针没变，为什么找不到了？",
                 en="Without distractors it is found {a} of {n} times, with them {b} of {n}. The needle is the same: why isn't it found?").format(
                     a=literal.found, b=distracted.found, n=literal.count),
            Text(zh="干扰句与针同形：只靠“这种句子里的名字”就会选错，要把问题里的地点与正确的句子对上才行。单针测试不考这一步，所以它高估了长上下文能力；"
                    "RULER 的多键检索、真实的检索结果都像干扰句这一组。",
                 en="The distractors have the needle's form: “the name in such a sentence” may be a wrong one, and the place in the question has to be"
                    " matched with the right sentence. A single needle doesn't test that step and so overstates long-context ability; RULER's multi-key retrieval and real search results look like this condition."),
        ))  # fmt: skip
    reworded = found.hits["reworded"]
    if reworded.found > literal.found:
        asked.append(FollowUp(
            Text(zh="换词提问找到 {a}/{n}，原词提问反而只有 {b}/{n}。能说换词更容易吗？",
                 en="In other words it is found {a} of {n} times, in the needle's own words only {b} of {n}. Is rewording easier?").format(
                     a=reworded.found, b=literal.found, n=literal.count),
            Text(zh="不能。各格用的是同一根针、同一段文本，并不独立，区间又宽；换了问法，各候选的先验也跟着变，而“没有针”那一行的先验只用了原词的问题。"
                    "要用许多根不同的针，两种问法各测没有针时的先验，配对比较减去先验后的差，同时看贪心解码。大模型上一般是换词更难（NoLiMa）。",
                 en="No. The cells share one needle and one text, so they aren't independent, and the intervals are wide; another question also changes the candidates' prior,"
                    " and the row without a needle measures it for the needle's words only. Take many different needles, measure each question's prior without them, compare the two in pairs"
                    " after subtracting it, and look at greedy decoding as well. In large models other words are usually harder (NoLiMa)."),
        ))  # fmt: skip
    with_needle = [name for name in found.hits if name != "none"]
    widest = max(with_needle, key=lambda name: found.hits[name].found - found.hits[name].greedy)
    if found.hits[widest].found > found.hits[widest].greedy:
        hits = found.hits[widest]
        asked.append(FollowUp(
            Text(zh="“{name}”按概率找到 {a}/{n}，贪心解码以答案开头的只有 {b}/{n}。为什么不一样，该报哪个？",
                 en="“{name}”: by probability it is found {a} of {n} times, and greedy decoding begins with the answer {b} of {n} times. Why the difference, and which do you report?").format(
                     name=CONDITIONS[widest], a=hits.found, b=hits.greedy, n=hits.count),
            Text(zh="按概率只与列出的几个候选比；贪心解码可以选任何词元，例如提示示例里的名字。前者问模型分不分得清候选，后者问它会不会真的答出来，与选择题和问答题的差别一样。"
                    "产品要的是生成，就报后者；前者更灵敏，适合看趋势。写清用的是哪一种，基座模型还要检查示例有没有被照抄。",
                 en="By probability the answer competes with the listed candidates only; greedy decoding may choose any token, such as the name in the prompt's worked example. The first asks whether"
                    " the model can tell the candidates apart, the second whether it really answers: the difference between multiple choice and open questions. Report the second where the product"
                    " generates; the first is more sensitive and shows trends. Say which one it is, and with a base model check whether the example was copied."),
        ))  # fmt: skip
    if found.key_values.window is not None and found.tokens > found.key_values.window:
        asked.append(FollowUp(
            Text(zh="文本 {n} 个词元，超过 {w} 的窗口后 KV 字节涨得慢了，比全是全局层省 {s}。代价是什么？",
                 en="At {n} tokens, past the window of {w}, KV bytes grow more slowly: {s} less than if all layers were global. What is the price?").format(
                     n=found.tokens, w=found.key_values.window, s=f"{found.key_values.saved:.0%}"),
            Text(zh="{local}/{all} 层看不到窗口以外，远处的信息只能由少数全局层直接读，或一层层接力。训练时就这样交替，困惑度损失很小；但精确的远距离检索全压在全局层上，"
                    "全局层太少或没有足够长的训练文本时，先坏的就是它。",
                 en="{local} of {all} layers see nothing beyond the window: what is farther away is read by the few global layers, or passed on layer by layer. A model trained that way loses little"
                    " perplexity; but exact retrieval over long distances depends on the global layers alone, and is the first to fail where they are too few or were trained on short texts only.").format(
                        local=found.key_values.local_layers, all=found.key_values.layers),
        ))  # fmt: skip
    return tuple(asked)
