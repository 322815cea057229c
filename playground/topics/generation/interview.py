"""What an interviewer asks about a run of generation: before it, in one sentence after it, and next."""

from __future__ import annotations

import math

from playground.lab.text import Text, significant
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.generation.cases import number
from playground.topics.generation.findings import Agreement, Findings, Noun, Paths
from playground.topics.generation.settings import Settings

# From this share of repeated 4-grams on, and below this perplexity, a path is spoken of as a loop.
LOOPING = 0.2
LOW_PERPLEXITY = 5.0
# Nats between the two log-probabilities of one path that a reader sees in three decimals.
VISIBLE_ROUNDING = 0.005
# Beyond this rank nobody would have picked a token from the list: it was forced.
UNLIKELY_RANK = 100


def _rises_or_falls(settings: Settings, found: Findings) -> Outcome | None:
    """Whether entropy is higher after the first noun than before it."""
    noun = found.noun
    if noun is None:
        return None
    return Outcome(
        "rises" if noun.entropy_after > noun.entropy_before else "falls",
        Text(
            zh="第一个名词是“{noun}”：写下它之前熵为 {before} 奈特，写完之后为 {after} 奈特。",
            en="The first noun is “{noun}”: the entropy is {before} nats before it and {after} nats after it.",
        ).format(noun=noun.text, before=f"{noun.entropy_before:.2f}", after=f"{noun.entropy_after:.2f}"),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="读完文中第一个名词，模型对下一个词元的熵，比写下这个名词之前高还是低？",
        en="Once the first noun has been read, is the model's entropy for the next token higher or lower than just before that noun?",
    ),
    _rises_or_falls,
    (("rises", Text(zh="升高", en="higher")), ("falls", Text(zh="降低", en="lower"))),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says how likely the current path is, how the paths compare, and how far the samples agree."""
    parts = [_current(found.paths), _compared(found.paths), _agreed(found.agreement)]
    said = [part for part in parts if part is not None]
    return Text("；".join(part.zh for part in said) + "。", "; ".join(part.en for part in said) + ".")


def _current(paths: Paths) -> Text:
    path = paths.current
    if not path.tokens:
        return Text(zh="提示之后还没有写下词元", en="No token has been written after the prompt")
    return Text(
        zh="当前路径有 {tokens}，ln p 为 {p}，困惑度 {perplexity}",
        en="The current path has {tokens}, ln p {p} and perplexity {perplexity}",
    ).format(
        tokens=_tokens(path.tokens),
        p=f"{number(path.log_probability):.2f}",
        perplexity=f"{number(path.perplexity):.2f}",
    )


def _tokens(count: int) -> Text:
    return Text(zh="{n} 个词元", en="{n:|token|tokens}").format(n=count)


def _compared(paths: Paths) -> Text | None:
    if len(paths.written) < 2:
        return None
    likeliest, easiest = paths.likeliest, paths.easiest
    values = {
        "n": len(paths.written),
        "a": _short(likeliest.text.strip()),
        "p": f"{number(likeliest.log_probability):.2f}",
        "b": _short(easiest.text.strip()),
        "perplexity": f"{number(easiest.perplexity):.2f}",
    }
    if likeliest is easiest:
        return Text(
            zh="{n} 条路径中“{a}”概率最高（ln p {p}），困惑度也最低（{perplexity}）",
            en="of {n} paths “{a}” has the highest probability (ln p {p}) and the lowest perplexity ({perplexity})",
        ).format(**values)
    return Text(
        zh="{n} 条路径中“{a}”概率最高（ln p {p}），“{b}”困惑度最低（{perplexity}）",
        en="of {n} paths “{a}” has the highest probability (ln p {p}) and “{b}” the lowest perplexity ({perplexity})",
    ).format(**values)


def _agreed(found: Agreement | None) -> Text | None:
    if found is None:
        return None
    values = {"n": found.samples, "most": found.most, "answer": _short(found.largest.text or "∅")}
    if found.samples == 1:
        return Text(zh="唯一一条样本先说“{answer}”", en="the only sample says “{answer}” first").format(**values)
    if found.most == 1:
        return Text(zh="{n} 条样本先说的话各不相同", en="no two of {n} samples say the same first").format(**values)
    if found.most == found.samples:
        return Text(zh="{n} 条样本全都先说“{answer}”", en="all {n} samples say “{answer}” first").format(**values)
    return Text(
        zh="{n} 条样本里最多有 {most} 条先说同一句话（“{answer}”）",
        en="at most {most} of {n} samples say the same first (“{answer}”)",
    ).format(**values)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this state of the lab raises."""
    asked = [
        _looping(found.paths), _rounding(found), _which_is_likelier(found.paths), _unlikely_token(found.paths),
        _bytes(found.paths), _agreement(settings, found.agreement), _noun(found.noun),
    ]  # fmt: skip
    return tuple(item for item in asked if item is not None)


def _looping(paths: Paths) -> FollowUp | None:
    share, perplexity = paths.repeated_4, paths.current.perplexity
    if share is None or perplexity is None or share <= LOOPING or perplexity >= LOW_PERPLEXITY:
        return None
    return FollowUp(
        Text(zh="这条路径有 {share} 的四元组是重复的，困惑度却只有 {perplexity}。训练目标不就是降低困惑度吗？",
             en="{share} of this path's 4-grams are repeats, and its perplexity is only {perplexity}. Isn't low perplexity what it was trained for?",
             ).format(share=f"{share:.0%}", perplexity=f"{perplexity:.2f}"),
        Text(zh="训练降低的是人写的文字的困惑度，不是让模型去写困惑度最低的文字。人写的每个词元平均带有一定的自信息；循环的文字自信息低得多，离人的文字反而更远。"
                "循环还会自我强化：片段重复过一次，照抄它的概率就更高。",
             en="Training lowers the perplexity of text that people wrote; it never asked for the text of lowest perplexity. Human text keeps a certain surprisal per "
                "token; a loop's is far lower, and so farther from human text. And loops reinforce themselves: once a passage has been "
                "repeated, copying it is likelier still."),
    )  # fmt: skip


def _rounding(found: Findings) -> FollowUp | None:
    apart = found.paths.rounding
    # The answer speaks of bfloat16: in float32 so large a difference would have another cause.
    if apart is None or apart < VISIBLE_ROUNDING or found.number_type != "bfloat16":
        return None
    return FollowUp(
        Text(zh="逐步相加与一次前向的 ln p 差了 {apart}。是算错了吗？", en="The two ln p, step by step and in one pass, are {apart} apart. Is one of them wrong?").format(apart=f"{apart:.3f}"),
        Text(zh="不是。链式法则说二者相等，差别来自浮点：一次送进几十个词元与一次送进一个，矩阵乘法分块和求和的次序不同；bfloat16 只有 8 位二进制有效位，logit 在 16 到 32 之间时，"
                "相邻两个可表示的数相差 0.125。把同样的权重放在 float32 里，差别降到万分之几。比较两条路径时若差距与此相当，就不该当真。",
             en="No. The chain rule says they are equal; what differs is floating point. With dozens of tokens in a pass or with one, products are blocked and summed in another "
                "order, and bfloat16 has 8 significant bits: between 16 and 32 neighbouring logits are 0.125 apart. With the same weights in float32 the difference falls to a few "
                "ten-thousandths. A difference between two paths that is no larger than this means nothing."),
    )  # fmt: skip


def _which_is_likelier(paths: Paths) -> FollowUp | None:
    if len(paths.written) < 2:
        return None
    likeliest, easiest, other = paths.likeliest, paths.easiest, paths.unlikeliest
    values = {"a": _short(likeliest.text), "b": _short(easiest.text)}
    if likeliest is easiest:
        ratio = number(likeliest.log_probability) - number(other.log_probability)
        # Two wordings of one probability: there is no difference to ask about.
        if ratio == 0:
            return None
        return FollowUp(
            Text(zh="“{a}”与“{b}”的 ln p 差 {d}。换成概率是多少倍？这能说明前者写得更好吗？",
                 en="The ln p of “{a}” and “{b}” differ by {d}. What is that as a ratio of probabilities, and does it make the first the better text?",
                 ).format(a=values["a"], b=_short(other.text), d=f"{ratio:.2f}"),
            Text(zh="倍数是 e 的 {d} 次方，约 {times} 倍。它只说明在这个提示之后，模型认为前者更可能出现；长度不同的话，短的还天然占便宜。写得好不好，要看读的人要什么。",
                 en="e to the {d}, about {times} times. It says that the model expects the first rather than the second after this prompt, and where lengths differ the shorter one has "
                    "an advantage anyway. Whether it is better depends on what a reader wants.").format(d=f"{ratio:.2f}", times=_times(ratio)),
        )  # fmt: skip
    return FollowUp(
        Text(zh="“{a}”概率最高，“{b}”困惑度最低。到底哪条更可能？", en="“{a}” has the highest probability, “{b}” the lowest perplexity. Which is the likelier one?").format(**values),
        Text(zh="作为“接下来恰好是这一串”的事件，是前者：概率随长度只减不增，长的路径吃亏。困惑度除掉了长度，回答的是“平均每个词元有多好猜”。比较长度不同的候选，"
                "要么比困惑度（束搜索长度惩罚为 1 就是它），要么让它们都走到结束符再比概率。",
             en="As the event “exactly these tokens come next” it is the first: a probability can only fall as a path grows, which puts longer ones at a disadvantage. Perplexity divides the length out and "
                "answers how easy a token is on average. To compare candidates of different lengths use perplexity (a beam search's length penalty of 1 is just that), or let "
                "all of them reach an end token and compare probabilities."),
    )  # fmt: skip


def _times(log_ratio: float) -> str:
    if log_ratio < math.log(10):
        return f"{math.exp(log_ratio):.2g}"
    return f"{math.exp(log_ratio):,.0f}" if log_ratio < 14 else f"10^{log_ratio / math.log(10):.0f}"


def _short(text: str) -> str:
    text = text.replace("\n", "↵")
    return text if len(text) <= 24 else f"{text[:11]}…{text[-11:]}"


def _unlikely_token(paths: Paths) -> FollowUp | None:
    forced = paths.least_likely
    if forced is None or forced.rank <= UNLIKELY_RANK:
        return None
    return FollowUp(
        Text(zh="你强制写下了排在第 {rank} 名的“{token}”（概率 {p}）。模型怎么还能接着写？",
             en="You forced “{token}”, rank {rank} with a probability of {p}. How does the model continue from there?",
             ).format(rank=f"{forced.rank:,}", token=forced.text, p=significant(forced.probability, 2)),
        Text(zh="softmax 不给任何词元零概率，所以哪条路都走得下去；模型把已写的一切当作事实，只问接下来是什么。强制前缀正是控制输出的手段：写好开头的左括号、答案的前几个字，后面就顺着来。"
                "写下的收不回来：一旦写偏，后面就以训练里少见的前文为条件（暴露偏差），虽然常常还能绕回正题。",
             en="Softmax gives no token zero, so any path can be continued; the model takes whatever is written as given and predicts only what comes next. Forcing a prefix is a way to "
                "steer: write the opening bracket or an answer's first words and the rest follows. What is written can't be taken back: once astray, it "
                "conditions on a context that was rare in training (exposure bias), though it often recovers."),
    )  # fmt: skip


def _bytes(paths: Paths) -> FollowUp | None:
    if not paths.byte_tokens:
        return None
    return FollowUp(
        Text(zh="树里有 {n} 个词元只是字节，不是字。它们的概率该怎么读？", en="{n} tokens of the tree are bytes and no characters. How are their probabilities to be read?").format(n=paths.byte_tokens),
        Text(zh="一个字的概率是它几个字节的条件概率之积。首字节要与整个词表竞争，往往最难猜；之后只剩几十个合法的字节，通常容易得多。所以按词元平均的困惑度会因为这些较容易的字节而显得偏低，"
                "比较分词不同的模型时要换成每字节比特数。",
             en="A character's probability is the product of its bytes'. The first competes with the whole vocabulary and is mostly the hardest; after it only some dozens of "
                "bytes are valid, which are usually much easier. These easier bytes make perplexity per token look low, so models with different tokenizers are compared by bits per byte."),
    )  # fmt: skip


def _agreement(settings: Settings, found: Agreement | None) -> FollowUp | None:
    # A single sample agrees with nothing.
    if found is None or found.samples < 2:
        return None
    share = found.share
    values = {
        "n": found.samples,
        "count": found.most,
        "answer": _short(found.largest.text or "∅"),
        "temperature": f"{settings.temperature:g}",
    }
    if share >= 0.5 and found.most > 1:
        return FollowUp(
            Text(zh="{n} 条样本里有 {count} 条先说“{answer}”。可以把一致的比例当作正确的概率吗？",
                 en="{count} of {n} samples say “{answer}” first. Is that share the probability of being right?").format(**values),
            Text(zh="不可以直接当。它估计的是模型在温度 {temperature} 下说出这个答案的概率，是模型的确信程度；确信与正确是否相符，要在有标准答案的数据上校准。样本少时误差也大："
                 "{n} 条里的比例，标准误约 {error}。一起错的情形，见失败示例“众口一词，却是错的”。",
                 en="Not directly. It estimates how often the model says so at temperature {temperature}: its confidence. Whether confidence and correctness go together has to be "
                    "calibrated on data with known answers. Few samples are also rough: a share of {n} has a standard error of about {error}. For samples that are wrong together see the failure “All agree, and all are wrong”.",
                 ).format(**values, error=f"{math.sqrt(max(share * (1 - share), 0.01) / found.samples):.2f}"),
        )  # fmt: skip
    scattered = (
        Text(zh="{n} 条样本先说的话各不相同", en="No two of {n} samples say the same first")
        if found.most == 1
        else Text(
            zh="{n} 条样本先说的话最多只有 {count} 条相同", en="Of {n} samples at most {count} say the same first"
        )
    )
    return FollowUp(
        Text(zh="{scattered}。这说明模型不会吗？", en="{scattered}. Does that mean the model doesn't know?").format(scattered=scattered.format(**values)),
        Text(zh="要看提示问的是什么。开放式的开头本来就有许多好的写法，分散是应该的；问事实而分散，才说明没把握。还可能只是说法不同：按字面归并会低估一致，语义熵的做法是先把意思相同的答案合并再算熵。",
             en="It depends on what was asked. An open beginning has many good continuations and should scatter; a question of fact that scatters is one the model is unsure of. It may "
                "also be wording: grouping by surface form underrates agreement, which is why semantic entropy first merges answers of one meaning."),
    )  # fmt: skip


def _noun(noun: Noun | None) -> FollowUp | None:
    if noun is None:
        return None
    before, after = f"{noun.entropy_before:.2f}", f"{noun.entropy_after:.2f}"
    if before == after:
        return None
    values = {"noun": noun.text, "before": before, "after": after}
    if noun.entropy_after < noun.entropy_before:
        return FollowUp(
            Text(zh="写完“{noun}”，熵从 {before} 降到 {after}。为什么？", en="After “{noun}” the entropy fell from {before} to {after}. Why?").format(**values),
            Text(zh="名词之前是一个开放的位置：许多名词、形容词都能来。名词常常收住短语，后面常是助词、介词、标点这样的封闭类，或上文已经限定的动词，候选少，分布就尖。不过这取决于上文，"
                "换一句话就可能反过来；要下结论，得在许多句子上取平均。",
                 en="Before a noun the place is open: many nouns and adjectives fit. The noun often closes its phrase, and what follows is often from a closed class (particles, "
                    "prepositions, marks) or a verb that the context narrows down, so the distribution is peaked. It depends on what comes before, and another sentence may show the opposite; a conclusion needs an average "
                    "over many."),
        )  # fmt: skip
    return FollowUp(
        Text(zh="写完“{noun}”，熵从 {before} 升到 {after}。名词之后不是应该更好猜吗？", en="After “{noun}” the entropy rose from {before} to {after}. Shouldn't it be easier after a noun?").format(**values),
        Text(zh="不一定。若上文几乎决定了这个名词（固定搭配、刚出现过的词），它之前的熵就很低；写完它，话题可以往任何方向走，熵自然回升。熵衡量的是这个位置的选择有多开放，不是词性的固有属性。",
             en="Not always. Where the context all but settles the noun (a set phrase, a word just used), the entropy before it is low; once it is written, the text may go anywhere and "
                "entropy comes back. It measures how open the choice is at this place, and is no property of a word class."),
    )  # fmt: skip
