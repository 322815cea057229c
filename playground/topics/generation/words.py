"""What surrounds the step explorer: the question before the run, failures, examples, an interviewer's next questions.

Reads settings and results by their fields; computes nothing of its own.
"""

from __future__ import annotations

import math
from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Example, Failure, FollowUp, Outcome, Prediction

# Places in the strip of figures.
TOKENS, STEPWISE, FORCED, PERPLEXITY, MEAN_ENTROPY, REPEATED, VOCABULARY = 0, 2, 3, 4, 5, 6, 8
# Columns of the table of paths.
PATH_TEXT, PATH_TOKENS, PATH_LN_P, PATH_PERPLEXITY = 0, 1, 3, 4


def figure(result: Any, place: int) -> float:
    """A figure of the strip; NaN, which compares as false, where there is none."""
    value = result.figures.items[place].a
    return float("nan") if value is None else float(value)


def noun_entropies(result: Any) -> tuple[str, float, float] | None:
    """The first noun, the entropy of what it was chosen from, the entropy after it."""
    ribbon = result.entropy
    if ribbon is None or not ribbon.marks:
        return None
    first, last = ribbon.marks[0], ribbon.marks[-1]
    before, after = ribbon.rows[0].values[first - 1], ribbon.rows[0].values[last]
    return "".join(ribbon.pieces[first : last + 1]).strip(), before, after


def _rises_or_falls(result: Any) -> Outcome | None:
    found = noun_entropies(result)
    if found is None:
        return None
    noun, before, after = found
    return Outcome(
        "rises" if after > before else "falls",
        Text(
            zh="第一个名词是“{noun}”：写下它之前熵为 {before} nat，写完之后为 {after} nat。",
            en="The first noun is “{noun}”: the entropy is {before} nat before it and {after} nat after it.",
        ).format(noun=noun, before=f"{before:.2f}", after=f"{after:.2f}"),
    )


PREDICTION = Prediction(
    Text(
        zh="读完文中第一个名词，模型对下一个词元的熵，比写下这个名词之前高还是低？",
        en="Once the first noun has been read, is the model's entropy for the next token higher or lower than just before that noun?",
    ),
    _rises_or_falls,
    (("rises", Text(zh="升高", en="higher")), ("falls", Text(zh="降低", en="lower"))),
)


def path_of(result: Any, start: str) -> dict[str, float] | None:
    """The numbers of the path that begins with `start`."""
    row = next(
        (
            row
            for row in result.paths.rows
            if isinstance(row[PATH_TEXT], str) and row[PATH_TEXT].strip().startswith(start)
        ),
        None,
    )
    return None if row is None else {"ln p": row[PATH_LN_P], "perplexity": row[PATH_PERPLEXITY]}


def _copy_is_easiest(settings: Any, result: Any) -> bool:
    copied, fresh = (path_of(result, line[:8].strip()) for line in settings.forced.split("\n"))
    return copied is not None and fresh is not None and copied["perplexity"] < fresh["perplexity"] / 4


def _greedy_is_beaten(settings: Any, result: Any) -> bool:
    forced, greedy = result.paths.rows
    return forced[PATH_TOKENS] == greedy[PATH_TOKENS] == settings.steps and forced[PATH_LN_P] > greedy[PATH_LN_P] + 1


FAILURES: tuple[Failure, ...] = (
    Failure(
        label=Text(zh="每步都选最可能的，走进循环", en="The likeliest at every step walks into a loop"),
        values={"text": Text(zh="从前有一座山，山上有一座庙，", en="The best way to learn a language is"), "steps": 60, "samples": 0},
        expect=Text(zh="重复 4 元组占比超过 30%，困惑度却很低：路径越来越“可能”，文字越来越没用。",
                    en="Over 30% of the 4-grams are repeats while the perplexity is low: the path gets ever likelier and ever less useful."),
        seen=lambda settings, result: figure(result, REPEATED) > 0.3 and figure(result, PERPLEXITY) < 3,
    ),
    Failure(
        label=Text(zh="照抄的困惑度最低", en="Copying has the lowest perplexity"),
        values={
            "text": Text(zh="今天天气很好，我们去爬山。", en="The weather was fine and we went for a walk."),
            "forced": Text(zh="今天天气很好，我们去爬山。今天天气很好，我们去爬山。\n山顶的风很大，远处的湖像一面镜子。",
                           en="The weather was fine and we went for a walk. The weather was fine and we went for a walk.\n"
                              "At the top the wind was strong, and far below a lake lay like a mirror."),
            "steps": 0, "samples": 0,
        },
        expect=Text(zh="照抄原句的那条路径，困惑度不到另一条的四分之一。按困惑度挑文字，会挑中它。",
                    en="The path that copies the sentence has less than a quarter of the other's perplexity. Choosing text by perplexity would choose it."),
        seen=_copy_is_easiest,
    ),
    Failure(
        label=Text(zh="贪心不是最可能的路径", en="Greedy isn't the likeliest path"),
        values={
            "text": Text(zh="医生告诉他，", en="The doctor told him that"), "forced": Text(zh="他患有心脏病", en="he was not going to"),
            "steps": 5, "samples": 0,
        },
        expect=Text(zh="两条路径都是 5 个词元。每步取最可能的那条，整条的 ln p 反而低 1 以上：第一步或第二步占的便宜，后面还了回去。",
                    en="Both paths have 5 tokens. The one that takes the likeliest at each step has an ln p more than 1 lower as a whole: what it gained early it pays for later."),
        seen=_greedy_is_beaten,
    ),
    Failure(
        label=Text(zh="众口一词，却是错的", en="All agree, and all are wrong"),
        values={
            "text": Text(zh="法国的首都是巴黎。日本的首都是东京。澳大利亚的首都是", en="The capital of France is Paris. The capital of Turkey is"),
            "temperature": 0.3, "samples": 8, "length": 4, "steps": 1,
        },
        expect=Text(zh="8 条样本里至少 5 条说“悉尼”，而首都是堪培拉。一致说明模型确信，不说明它对。",
                    en="At least 5 of 8 samples say Istanbul, and the capital is Ankara. Agreement shows that the model is sure, not that it is right."),
        seen=lambda settings, result: result.answers.rows[0][0].startswith(("悉尼", "istanbul")) and result.answers.rows[0][1] >= 5,
    ),
    Failure(
        label=Text(zh="温度太高，样本谁也不同意谁", en="So hot that no two samples agree"),
        values={
            "text": Text(zh="法国的首都是巴黎。日本的首都是东京。澳大利亚的首都是", en="The capital of France is Paris. The capital of Turkey is"),
            "temperature": 2.0, "samples": 12, "length": 6, "steps": 1,
        },
        expect=Text(zh="第一个候选的概率超过一半，12 条样本里最大的一组却不到一半：不一致来自采样，不来自模型没把握。",
                    en="The first candidate has over half of the probability, yet the largest group of 12 samples is under half: they part because of how they are drawn, not because the model is unsure."),
        seen=lambda settings, result: result.answers.rows[0][1] < 6 and result.explorer.nodes[1].probability > 0.5,
    ),
)  # fmt: skip

EXAMPLES: tuple[Example, ...] = (
    Example(Text(zh="故事的开头", en="The start of a story"), {"text": Text(zh="从前有一座山，山上有一座庙，", en="Once upon a time, there was a little"), "steps": 8}),
    Example(
        Text(zh="比较几种写法", en="Several wordings compared"),
        {
            "text": Text(zh="她推开门，看见", en="She opened the door and saw"),
            "forced": Text(zh="桌上放着一封信\n一只猫坐在窗台上\n一条龙在弹钢琴", en="a letter on the table\na cat on the windowsill\na dragon playing the piano"),
            "steps": 0,
        },
    ),
    Example(
        Text(zh="样本是否一致", en="Do the samples agree?"),
        {"text": Text(zh="法国的首都是巴黎。日本的首都是东京。中国的首都是", en="The capital of France is Paris. The capital of Japan is Tokyo. The capital of China is"),
         "steps": 1, "samples": 8, "length": 6},
    ),
    Example(
        Text(zh="一个字拆成几个词元", en="A character in several tokens"),
        {"text": Text(zh="这个很难写的字念", en="A very rare Chinese character is"), "forced": Text(zh="龘", en="龘"), "steps": 0, "samples": 0},
    ),
)  # fmt: skip


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """Questions that this state of the lab raises."""
    if result.figures is None or result.paths is None or result.explorer is None:
        return ()
    asked = [_looping(result), _rounding(result), _which_is_likelier(result), _unlikely_token(result), _bytes(result)]
    asked += [_agreement(settings, result), _noun(result)]
    return tuple(item for item in asked if item is not None)


def _looping(result: Any) -> FollowUp | None:
    share = figure(result, REPEATED)
    if not share > 0.2:
        return None
    return FollowUp(
        Text(zh="这条路径有 {share} 的四元组是重复的，困惑度却只有 {perplexity}。训练目标不就是降低困惑度吗？",
             en="{share} of this path's 4-grams are repeats, and its perplexity is only {perplexity}. Isn't low perplexity what it was trained for?",
             ).format(share=f"{share:.0%}", perplexity=f"{figure(result, PERPLEXITY):.2f}"),
        Text(zh="训练降低的是人写的文字的困惑度，不是让模型去写困惑度最低的文字。人写的每个词元平均带来一定的意外；每步都取最可能的，意外被压到几乎为零，离人的文字反而更远。"
                "循环还会自我强化：片段重复过一次，照抄它的概率就更高。",
             en="Training lowers the perplexity of text that people wrote; it never asked for the text of lowest perplexity. Human text keeps a certain surprise per "
                "token; taking the likeliest each time presses it to almost nothing and so moves away from human text. And loops feed themselves: once a passage has been "
                "repeated, copying it is likelier still."),
    )  # fmt: skip


def _rounding(result: Any) -> FollowUp | None:
    apart = abs(figure(result, STEPWISE) - figure(result, FORCED))
    if not apart >= 0.005:
        return None
    return FollowUp(
        Text(zh="逐步相加与一次前向的 ln p 差了 {apart}。是算错了吗？", en="The two ln p, step by step and in one pass, are {apart} apart. Is one of them wrong?").format(apart=f"{apart:.3f}"),
        Text(zh="不是。链式法则说二者相等，差别来自浮点：一次送进几十个词元与一次送进一个，矩阵乘法分块和求和的次序不同；bfloat16 只有 8 位有效位，logit 在 16 到 32 之间时，"
                "相邻两个可表示的数相差 0.125。把同样的权重放在 float32 里，差别降到万分之几。比较两条路径时若差距与此相当，就不该当真。",
             en="No. The chain rule says they are equal; what differs is floating point. With dozens of tokens in a pass or with one, products are blocked and summed in another "
                "order, and bfloat16 has 8 significant bits: between 16 and 32 neighbouring logits lie 0.125 apart. With the same weights in float32 the difference falls to a few "
                "ten-thousandths. Two paths that differ by no more than this are not to be told apart."),
    )  # fmt: skip


def _which_is_likelier(result: Any) -> FollowUp | None:
    rows = [row for row in result.paths.rows if row[PATH_LN_P] is not None]
    if len(rows) < 2:
        return None
    likeliest = max(rows, key=lambda row: row[PATH_LN_P])
    easiest = min(rows, key=lambda row: row[PATH_PERPLEXITY])
    values = {"a": _short(likeliest[PATH_TEXT]), "b": _short(easiest[PATH_TEXT])}
    if likeliest is easiest:
        other = min((row for row in rows if row is not likeliest), key=lambda row: row[PATH_LN_P])
        ratio = likeliest[PATH_LN_P] - other[PATH_LN_P]
        return FollowUp(
            Text(zh="“{a}”与“{b}”的 ln p 差 {d}。换成概率是多少倍？这能说明前者写得更好吗？",
                 en="The ln p of “{a}” and “{b}” differ by {d}. What is that as a ratio of probabilities, and does it make the first the better text?",
                 ).format(a=values["a"], b=_short(other[PATH_TEXT]), d=f"{ratio:.2f}"),
            Text(zh="倍数是 e 的 {d} 次方，约 {times} 倍。它只说明在这个提示之后，模型更常见到这样的开头；长度不同的话，短的还天然占便宜。写得好不好，要看读的人要什么。",
                 en="e to the {d}, about {times} times. It says that after this prompt the model has met such beginnings more often, and where lengths differ the shorter one has "
                    "an advantage anyway. Whether it is better depends on what a reader wants.").format(d=f"{ratio:.2f}", times=_times(ratio)),
        )  # fmt: skip
    return FollowUp(
        Text(zh="“{a}”概率最高，“{b}”困惑度最低。到底哪条更可能？", en="“{a}” has the highest probability, “{b}” the lowest perplexity. Which is the likelier one?").format(**values),
        Text(zh="作为“接下来恰好是这一串”的事件，是前者：概率随长度只减不增，长的路径总要吃亏。困惑度除掉了长度，回答的是“平均每个词元有多好猜”。比较长度不同的候选，"
                "要么比困惑度（束搜索长度惩罚为 1 就是它），要么让它们都走到结束符再比概率。",
             en="As the event “exactly these tokens come next” it is the first: a probability only falls with length, so longer paths lose. Perplexity divides the length out and "
                "answers how easy a token is on average. To compare candidates of different lengths use perplexity (a beam search's length penalty of 1 is just that), or let "
                "all of them reach an end token and compare probabilities."),
    )  # fmt: skip


def _times(log_ratio: float) -> str:
    return f"{math.exp(log_ratio):,.0f}" if log_ratio < 14 else f"10^{log_ratio / math.log(10):.0f}"


def _short(text: Any) -> str:
    text = text if isinstance(text, str) else text.zh
    return text if len(text) <= 24 else f"{text[:11]}…{text[-11:]}"


def _unlikely_token(result: Any) -> FollowUp | None:
    forced = [node for node in result.explorer.nodes if node.rank is not None and node.rank > 100]
    if not forced:
        return None
    node = max(forced, key=lambda one: one.rank)
    return FollowUp(
        Text(zh="你强制写下了排在第 {rank} 名的“{token}”（概率 {p}）。模型怎么还能接着写？",
             en="You forced “{token}”, rank {rank} with a probability of {p}. How can the model go on from there?",
             ).format(rank=f"{node.rank:,}", token=node.text or f"⟨{node.bytes}⟩", p=f"{node.probability:.1e}"),
        Text(zh="softmax 不给任何词元零概率，所以哪条路都走得下去；模型把已写的一切当作事实，只问接下来是什么。强制前缀正是控制输出的手段：写好开头的左括号、答案的前几个字，后面就顺着来。"
                "也因此，写偏了它不会自己回头，这就是暴露偏差。",
             en="Softmax gives no token zero, so any path can be gone on with; the model takes whatever is written as given and asks only what comes next. Forcing a prefix is a way to "
                "steer: write the opening bracket or an answer's first words and the rest follows. For the same reason it doesn't turn back once astray: exposure bias."),
    )  # fmt: skip


def _bytes(result: Any) -> FollowUp | None:
    parts = [node for node in result.explorer.nodes if node.bytes]
    if not parts:
        return None
    return FollowUp(
        Text(zh="树里有 {n} 个词元只是字节，不是字。它们的概率该怎么读？", en="{n} tokens of the tree are bytes and no characters. How are their probabilities to be read?").format(n=len(parts)),
        Text(zh="一个字的概率是它几个字节的条件概率之积。首字节往往最难猜，因为许多字共用它；后面的字节范围已经很窄，概率常常接近 1。所以按词元平均的困惑度会因为这些容易的字节而显得偏低，"
                "比较分词不同的模型时要换成每个字符的比特数。",
             en="A character's probability is the product of its bytes'. The first is the hardest, as many characters share it; for those after it little choice is left and the "
                "probability is often near 1. These easy bytes make perplexity per token look low, so models that cut differently are compared by bits per character."),
    )  # fmt: skip


def _agreement(settings: Any, result: Any) -> FollowUp | None:
    if result.answers is None:
        return None
    answer, count, share, _ = result.answers.rows[0]
    values = {
        "n": settings.samples,
        "count": count,
        "answer": _short(answer),
        "temperature": f"{settings.temperature:g}",
    }
    if share >= 0.5 and count > 1:
        return FollowUp(
            Text(zh="{n} 条样本里有 {count} 条先说“{answer}”。可以把一致的比例当作正确的概率吗？",
                 en="{count} of {n} samples say “{answer}” first. Is that share the probability of being right?").format(**values),
            Text(zh="不可以直接当。它估计的是模型在温度 {temperature} 下说出这个答案的概率，是模型的确信程度；确信与正确是否相符，要在有标准答案的数据上校准。样本少时误差也大："
                 "{n} 条里的比例，标准误约 {error}。一起错的情形，见“让它失败”。",
                 en="Not as it stands. It estimates how often the model says so at temperature {temperature}: its confidence. Whether confidence and correctness go together has to be "
                    "calibrated on data with known answers. Few samples are also rough: a share of {n} has a standard error of about {error}. For being wrong together see “Break it”.",
                 ).format(**values, error=f"{math.sqrt(max(share * (1 - share), 0.01) / settings.samples):.2f}"),
        )  # fmt: skip
    return FollowUp(
        Text(zh="{n} 条样本先说的话最多只有 {count} 条相同。这说明模型不会吗？", en="Of {n} samples at most {count} say the same first. Does that mean the model doesn't know?").format(**values),
        Text(zh="要看提示问的是什么。开放式的开头本来就有许多好的写法，分散是应该的；问事实而分散，才说明没把握。还可能只是说法不同：按字面归并会低估一致，语义熵的做法是先把意思相同的答案合并再算熵。",
             en="It depends on what was asked. An open beginning has many good continuations and should scatter; a question of fact that scatters is one the model is unsure of. It may "
                "also be wording: grouping by the letter underrates agreement, which is why semantic entropy first joins answers of one meaning."),
    )  # fmt: skip


def _noun(result: Any) -> FollowUp | None:
    found = noun_entropies(result)
    if found is None:
        return None
    noun, before, after = found
    values = {"noun": noun, "before": f"{before:.2f}", "after": f"{after:.2f}"}
    if after < before:
        return FollowUp(
            Text(zh="写完“{noun}”，熵从 {before} 降到 {after}。为什么？", en="After “{noun}” the entropy fell from {before} to {after}. Why?").format(**values),
            Text(zh="名词之前是一个开放的位置：许多名词、形容词都能来。名词常常收住短语，后面多是助词、动词、介词或标点这样的封闭类词，候选少，分布就尖。不过这取决于上文，"
                "换一句话就可能反过来；要下结论，得在许多句子上取平均。",
                 en="Before a noun the place is open: many nouns and adjectives fit. The noun often closes its phrase, and what follows comes from closed classes (particles, verbs, "
                    "prepositions, marks), so the distribution is peaked. It depends on what stands before, and another sentence may show the opposite; a conclusion needs an average "
                    "over many."),
        )  # fmt: skip
    return FollowUp(
        Text(zh="写完“{noun}”，熵从 {before} 升到 {after}。名词之后不是应该更好猜吗？", en="After “{noun}” the entropy rose from {before} to {after}. Shouldn't it be easier after a noun?").format(**values),
        Text(zh="不一定。若上文几乎决定了这个名词（固定搭配、刚出现过的词），它之前的熵就很低；写完它，话题可以往任何方向走，熵自然回升。熵衡量的是这个位置的选择有多开放，不是词性的固有属性。",
             en="Not always. Where the context all but settles the noun (a set phrase, a word just used), the entropy before it is low; once it stands, the text may go anywhere and "
                "entropy comes back. It measures how open the choice is at this place, and is no property of a word class."),
    )  # fmt: skip
