"""What surrounds the lab of decoding: the question before the run, failures, examples, an interviewer's next questions.

Reads settings and results by their fields; computes nothing of its own.
"""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.token_panels import Tokens
from playground.lab.topic import Example, Failure, FollowUp, Outcome, Prediction

# Places in the strip of figures.
_DISTINCT_1, _REPEATED, _MEAN = 0, 2, 3


def figure(result: Any, place: int, side: str) -> float:
    """A figure of the strip; NaN, which compares as false, where there is none."""
    value = getattr(result.figures.items[place], side)
    return float("nan") if value is None else float(value)


def written(tokens: Tokens) -> str:
    """What a side has written."""
    return "".join(token.text for token in tokens.tokens)


def _first_change(result: Any) -> Outcome | None:
    """Where B leaves A, read from the outputs."""
    if result.outputs is None or result.tree is None:
        return None
    a, b = result.outputs.a, result.outputs.b
    at = a.divergence
    if at is None:
        return Outcome(
            "never", Text(zh="两侧的 {n} 个词元全都相同。", en="All {n} tokens are the same.").format(n=len(b.tokens))
        )
    answer = "1-4" if at < 4 else "5-8" if at < 8 else "9-16" if at < 16 else "later"
    end = Text(zh="结束", en="the end")
    values = {
        "n": at + 1,
        "a": f"“{a.tokens[at].text}”" if at < len(a.tokens) else end,
        "b": f"“{b.tokens[at].text}”" if at < len(b.tokens) else end,
    }
    if at >= len(b.tokens) or b.tokens[at].probability is None:
        return Outcome(
            answer, Text(zh="第 {n} 个：A 是{a}，B 是{b}。", en="Token {n}: A has {a}, B has {b}.").format(**values)
        )
    return Outcome(
        answer,
        Text(
            zh="第 {n} 个：A 是{a}，B 是{b}（在原模型里排第 {rank}，概率 {p}）。",
            en="Token {n}: A has {a}, B has {b} (rank {rank} in the raw model, probability {p}).",
        ).format(**values, rank=b.tokens[at].rank, p=f"{b.tokens[at].probability:.3f}"),
    )


PREDICTION = Prediction(
    Text(
        zh="两侧从同一个提示出发。B 的惩罚最早会在第几个词元上改变选择？",
        en="Both sides start from the same prompt. Which is the first token that B's penalty changes?",
    ),
    _first_change,
    (
        ("1-4", Text(zh="第 1–4 个", en="1 to 4")),
        ("5-8", Text(zh="第 5–8 个", en="5 to 8")),
        ("9-16", Text(zh="第 9–16 个", en="9 to 16")),
        ("later", Text(zh="更晚", en="later")),
        ("never", Text(zh="都不变", en="none")),
    ),
)

FAILURES = (
    Failure(
        label=Text(zh="贪心陷入循环", en="Greedy search loops"),
        values={
            "text": Text(zh="从前有一座山，山上有一座庙，", en="The best way to learn a language is"),
            "max_tokens": 60,
        },
        expect=Text(
            zh="A 侧贪心反复写同样的话：重复 4 元组占比超过 30%，而平均对数概率反而更高。",
            en="A's greedy search repeats itself: over 30% of its 4-grams are repeats, and yet its mean log-probability is the higher one.",
        ),
        seen=lambda settings, result: (
            figure(result, _REPEATED, "a") > 0.3
            and figure(result, _REPEATED, "b") < figure(result, _REPEATED, "a")
            and figure(result, _MEAN, "a") > figure(result, _MEAN, "b")
        ),
    ),
    Failure(
        label=Text(zh="惩罚过强，文不成句", en="A penalty so strong that the text breaks"),
        values={
            "text": Text(
                zh="从前有一座山，山上有一座庙，", en="The capital of France is Paris. The capital of Italy is"
            ),
            "b.repetition_penalty": 3.0,
        },
        expect=Text(
            zh="B 侧的逗号、“的”等用过一次就被压到最低，选出的词元在原模型里平均对数概率比 A 低 1.5 以上。",
            en="On B's side commas and function words sink after one use; the tokens chosen lie more than 1.5 nats below A's on average.",
        ),
        seen=lambda settings, result: figure(result, _MEAN, "b") < figure(result, _MEAN, "a") - 1.5,
    ),
    Failure(
        label=Text(zh="温度过高，胡言乱语", en="A temperature so high that it babbles"),
        values={
            "text": Text(zh="今天天气很好，我们", en="It was a sunny day, and we"),
            "b.strategy": "sample",
            "b.temperature": 2.5,
            "b.repetition_penalty": 1.0,
        },
        expect=Text(
            zh="B 侧把概率摊给了二十多万个词元，所选词元的平均对数概率低于 −8。",
            en="B's probability is spread over more than 200,000 tokens; the mean log-probability of its choices is below −8.",
        ),
        seen=lambda settings, result: figure(result, _MEAN, "b") < -8,
    ),
    Failure(
        label=Text(zh="禁止 n 元组，连名字也写不出", en="A banned n-gram forbids a name"),
        values={
            "text": Text(
                zh="哈利波特去上学。哈利波特骑扫帚。哈利波特打败了伏地魔。哈利",
                en="I love New York. New York is a big city. He lives in New",
            ),
            "b.no_repeat_ngram": Text(zh="3", en="2"),
            "b.repetition_penalty": 1.0,
            "max_tokens": 12,
        },
        expect=Text(
            zh="A 侧的第一个词元是“波”；B 侧不许“哈利波”再次出现，只能写别的。",
            en="A's first token is “ York”; B may not write “New York” again and has to write something else.",
        ),
        seen=lambda settings, result: (
            written(result.outputs.a).startswith(("波", " York"))
            and not written(result.outputs.b).startswith(("波", " York"))
        ),
    ),
    Failure(
        label=Text(zh="奖励重复，一个词停不下来", en="A negative penalty: one word without end"),
        values={
            "text": Text(zh="生活的意义在于", en="Once upon a time, there was"),
            "b.repetition_penalty": 1.0,
            "b.frequency_penalty": -2.0,
        },
        expect=Text(
            zh="频率惩罚为负：写过的词元越写越占优，B 侧的不同词元不到三分之一。",
            en="With a negative frequency penalty each use makes the next likelier; under a third of B's tokens differ.",
        ),
        seen=lambda settings, result: figure(result, _DISTINCT_1, "b") < 1 / 3,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="贪心对重复惩罚", en="Greedy against a repetition penalty"),
        {"text": Text(zh="生活的意义在于", en="Once upon a time, there was a little girl")},
    ),
    Example(
        Text(zh="提示算不算“出现过”", en="Does the prompt count?"),
        {
            "text": Text(zh="苹果是红色的，香蕉是黄色的，苹果是", en="Apples are red. Bananas are yellow. Apples are"),
            "a.repetition_penalty": 1.5,
            "b.repetition_penalty": 1.5,
            "b.count_prompt": False,
        },
    ),
    Example(
        Text(zh="贪心对束搜索", en="Greedy against beam search"),
        {
            "text": Text(zh="学习一门语言最好的办法是", en="The meaning of life is"),
            "b.repetition_penalty": 1.0,
            "b.strategy": "beam",
            "b.beams": 4,
            "max_tokens": 24,
        },
    ),
    Example(
        Text(zh="多样的束", en="Diverse beams"),
        {
            "text": Text(zh="她推开门，看见", en="She opened the door and saw"),
            "a.strategy": "beam",
            "a.beams": 6,
            "b.strategy": "beam",
            "b.beams": 6,
            "b.beam_groups": 3,
            "b.diversity_penalty": 3.0,
            "b.repetition_penalty": 1.0,
            "max_tokens": 16,
        },
    ),
    Example(
        Text(zh="top-p 对 min-p（温度 1.5）", en="Top-p against min-p (temperature 1.5)"),
        {
            "text": Text(zh="她推开门，看见", en="She opened the door and saw"),
            "a.strategy": "sample",
            "a.temperature": 1.5,
            "a.top_p": 0.9,
            "b.strategy": "sample",
            "b.temperature": 1.5,
            "b.min_p": 0.1,
            "b.repetition_penalty": 1.0,
        },
    ),
)


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """Questions that this very result raises."""
    if result.figures is None:
        return ()
    asked = []
    loop = max((figure(result, _REPEATED, side), side) for side in ("a", "b"))
    if loop[0] > 0.2:
        asked.append(FollowUp(
            Text(zh="{side} 侧有 {share} 的四元组是重复的，为什么越重复模型越有把握？",
                 en="{share} of {side}'s 4-grams are repeats. Why does the model grow surer the more it repeats?").format(
                     side=loop[1].upper(), share=f"{loop[0]:.0%}"),
            Text(zh="重复过的片段就在上下文里，注意力的“归纳头”会照抄它后面的词元，于是同一句的概率一遍比一遍高；按最大概率选词的解码没有离开的理由。看“每个词元的对数概率”：进入循环后曲线贴近 0。",
                 en="The repeated passage stands in the context, and induction heads copy what followed it, so each round is likelier than the last; a decoder that maximises "
                    "probability has no reason to leave. In “log-probability per token” the curve hugs 0 once the loop begins."),
        ))  # fmt: skip
    if figure(result, _MEAN, "b") < figure(result, _MEAN, "a") - 0.3:
        asked.append(FollowUp(
            Text(zh="B 的平均对数概率（{b}）低于 A（{a}），它的文本就更差吗？",
                 en="B's mean log-probability ({b}) is below A's ({a}). Is its text worse?").format(
                     a=f"{figure(result, _MEAN, 'a'):.2f}", b=f"{figure(result, _MEAN, 'b'):.2f}"),
            Text(zh="不能这样推断。人写的文本在模型眼里的概率也明显低于束搜索的输出（Holtzman 等，2020）；太高意味着乏味和循环，太低意味着不连贯。要看人的偏好，或与人写文本的分布比较（如 MAUVE）。",
                 en="That doesn't follow. Text by people is also less likely under the model than beam output (Holtzman et al. 2020): too high means dull and looping, too low "
                    "incoherent. Ask people, or compare with the distribution of human text (MAUVE, for one)."),
        ))  # fmt: skip
    for side in ("a", "b"):
        decoding = getattr(settings, side)
        if decoding.repetition_penalty > 1 and decoding.count_prompt:
            asked.append(FollowUp(
                Text(zh="{side} 的重复惩罚把提示也算在内，用在“根据材料回答”时会怎样？",
                     en="{side}'s repetition penalty counts the prompt. What does that do to answering from a passage?").format(side=side.upper()),
                Text(zh="材料里的人名、数字恰恰是答案要用的词元，会被一并压低，答案容易换成近义的错词。这类任务应不计提示，或干脆不用惩罚。",
                     en="The names and figures of the passage are the very tokens that the answer needs, and they are pushed down too, so near misses win. "
                        "There, leave the prompt uncounted or use no penalty at all."),
            ))  # fmt: skip
            break
    if "beam" in (settings.a.strategy, settings.b.strategy):
        asked.append(FollowUp(
            Text(zh="束更宽，输出就一定更好吗？", en="Does a wider beam give better text?"),
            Text(zh="不一定。更宽只保证更接近“概率最大的序列”，而那往往短、空泛或重复；翻译里束宽过大质量反而下降（Koehn 与 Knowles，2017）。开放式写作用采样。",
                 en="Not surely. A wider beam comes nearer to the likeliest sequence, which tends to be short, bland or repetitive; in translation quality falls with very wide "
                    "beams (Koehn & Knowles 2017). For open-ended writing, sample."),
        ))  # fmt: skip
    if "sample" in (settings.a.strategy, settings.b.strategy):
        asked.append(FollowUp(
            Text(zh="为什么温度要在 top-p 之前？换过来会怎样？", en="Why does temperature come before top-p? What if they were swapped?"),
            Text(zh="top-p 按概率累计，而温度改变概率：先升温，分布变平，留下的词元变多；先过滤再升温，留下的词元不变，只是彼此更接近。top-k 只看名次，换序不影响它。各家实现的顺序不同，换框架时要核对。",
                 en="Top-p adds up probabilities and temperature changes them: heat first, and the flatter distribution keeps more tokens; filter first, and the same tokens stay but "
                    "closer together. Top-k looks at ranks only, so order doesn't matter to it. Implementations differ; check when you change frameworks."),
        ))  # fmt: skip
    return tuple(asked)
