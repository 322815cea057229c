"""What an interviewer asks about a run of decoding: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.decoding.findings import Findings, Side
from playground.topics.decoding.settings import Settings

# From this mean log-probability of repeats on, in nats, the model is spoken of as sure of them.
SURE = -0.5


def _first_change(settings: Settings, found: Findings) -> Outcome | None:
    """The token at which B leaves A."""
    parting = found.parting
    if parting is None:
        return Outcome(
            "never", Text(zh="两侧的 {n} 个词元全都相同。", en="All {n} tokens are the same.").format(n=found.b.tokens)
        )
    at = parting.token
    answer = "1-4" if at <= 4 else "5-8" if at <= 8 else "9-16" if at <= 16 else "later"
    end = Text(zh="结束", en="the end")
    values: dict[str, object] = {
        "n": at,
        "a": end if parting.a is None else f"“{parting.a}”",
        "b": end if parting.b is None else f"“{parting.b}”",
    }
    if parting.probability is None:
        return Outcome(
            answer, Text(zh="第 {n} 个：A 是{a}，B 是{b}。", en="Token {n}: A has {a}, B has {b}.").format(**values)
        )
    return Outcome(
        answer,
        Text(
            zh="第 {n} 个：A 是{a}，B 是{b}（在原模型里排第 {rank}，概率 {p}）。",
            en="Token {n}: A has {a}, B has {b} (rank {rank} in the raw model, probability {p}).",
        ).format(**values, rank=parting.rank, p=f"{parting.probability:.3f}"),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="两侧从同一个提示出发。B 从第几个词元起与 A 不同？",
        en="Both sides start from the same prompt. At which token does B first differ from A?",
    ),
    _first_change,
    (
        ("1-4", Text(zh="第 1–4 个", en="1 to 4")),
        ("5-8", Text(zh="第 5–8 个", en="5 to 8")),
        ("9-16", Text(zh="第 9–16 个", en="9 to 16")),
        ("later", Text(zh="更晚", en="later")),
        ("never", Text(zh="始终相同", en="never")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says where the sides part, and how repetitive and how likely each is."""
    if found.parting is None:
        return Text(
            zh="两侧的 {n} 个词元全部相同：B 的设置在这个提示上没有改变任何选择。",
            en="All {n} tokens are the same: on this prompt B's settings changed no choice.",
        ).format(n=found.b.tokens)
    return Text(
        zh="首次不同在第 {n} 个词元；重复 4 元组占比 A {ra}、B {rb}，平均对数概率 A {ma}、B {mb}。",
        en="They first differ at token {n}; repeated 4-grams: A {ra}, B {rb}; mean log-probability: A {ma}, B {mb}.",
    ).format(
        n=found.parting.token,
        ra=_share(found.a.repeated_4),
        rb=_share(found.b.repeated_4),
        ma=_nats(found.a.mean_log_probability),
        mb=_nats(found.b.mean_log_probability),
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _nats(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = []
    name, looping = max((("A", found.a), ("B", found.b)), key=lambda side: side[1].repeated_4 or 0.0)
    # A loop that the settings force, such as a reward for repeating, need not be one that the model is sure of.
    sure = looping.looping_log_probability is not None and looping.looping_log_probability > SURE
    if looping.loops and sure:
        asked.append(FollowUp(
            Text(zh="{side} 侧有 {share} 的四元组是重复的，模型为什么对这些重复这么有把握？",
                 en="{share} of {side}'s 4-grams are repeats. Why is the model so sure of them?").format(
                     side=name, share=_share(looping.repeated_4)),
            Text(zh="重复过的片段就在上下文里，注意力的“归纳头”会照抄它后面的词元；实验里一句话重复得越多，再重复的概率越高（Xu 等，2022）。按最大概率选词的解码没有离开的理由。看“每个词元的对数概率”：循环处的曲线靠近 0。",
                 en="The repeated passage is in the context, and induction heads copy what followed it; in experiments, the more often a sentence is repeated, the likelier "
                    "another repeat becomes (Xu et al. 2022). A decoder that maximises probability has no reason to leave. In “log-probability per token” the curve is near 0 in the loop."),
        ))  # fmt: skip
    mean_a, mean_b = found.a.mean_log_probability, found.b.mean_log_probability
    if mean_a is not None and mean_b is not None and mean_b < mean_a - 0.3:
        asked.append(FollowUp(
            Text(zh="B 的平均对数概率（{b}）低于 A（{a}），它的文本就更差吗？",
                 en="B's mean log-probability ({b}) is below A's ({a}). Is its text worse?").format(
                     a=_nats(mean_a), b=_nats(mean_b)),
            Text(zh="不能这样推断。人写的文本在模型眼里的概率也明显低于束搜索的输出（Holtzman 等，2019）；太高意味着乏味和循环，太低意味着不连贯。要看人的偏好，或与人写文本的分布比较（如 MAUVE）。",
                 en="That doesn't follow. Text by people is also less likely under the model than beam output (Holtzman et al. 2019): too high means dull and looping, too low "
                    "incoherent. Ask people, or compare with the distribution of human text (MAUVE, for one)."),
        ))  # fmt: skip
    for side, decoding in (("A", settings.a), ("B", settings.b)):
        if decoding.repetition_penalty > 1 and decoding.count_prompt:
            asked.append(FollowUp(
                Text(zh="{side} 的重复惩罚把提示也算在内，用在“根据材料回答”时会怎样？",
                     en="{side}'s repetition penalty counts the prompt. What does that do to answering from a passage?").format(side=side),
                Text(zh="材料里的人名、数字恰恰是答案要用的词元，会被一并压低，答案容易换成近义的错词。这类任务应不计提示，或干脆不用惩罚。",
                     en="The names and figures of the passage are the very tokens that the answer needs, and they are pushed down too, so near misses win. "
                        "There, leave the prompt uncounted or use no penalty at all."),
            ))  # fmt: skip
            break
    if "beam" in (settings.a.strategy, settings.b.strategy):
        asked.append(FollowUp(
            Text(zh="束更宽，输出就一定更好吗？", en="Does a wider beam give better text?"),
            Text(zh="不一定。更宽通常更接近“概率最大的序列”（也不保证），而那往往短、空泛或重复；翻译里束宽过大质量反而下降（Koehn 与 Knowles，2017）。开放式写作用采样。",
                 en="Not necessarily. A wider beam mostly, though not always, comes nearer to the likeliest sequence, which tends to be short, bland or repetitive; in translation quality falls with very wide "
                    "beams (Koehn & Knowles 2017). For open-ended writing, sample."),
        ))  # fmt: skip
    asked += [
        _lengths(side, found_of)
        for side, found_of in (("A", found.a), ("B", found.b))
        if len(set(found_of.lengths)) > 1
    ][:1]
    held = next((one.regex for one in (settings.a, settings.b) if one.regex), "")
    if held:
        asked.append(_held_to_a_form(held))
    if "sample" in (settings.a.strategy, settings.b.strategy):
        asked.append(FollowUp(
            Text(zh="这里温度在 top-p 之前。换过来会怎样？", en="Here temperature comes before top-p. What if they were swapped?"),
            Text(zh="top-p 按概率累计，而温度改变概率：先升温（大于 1），分布变平，留下的词元变多，降温则相反；先截断，留下哪些就与温度无关，温度只改变它们之间的比例。top-k 只看名次，换序不影响它。次序因框架而异：transformers 先温度，llama.cpp 默认最后才温度，换框架时要核对。",
                 en="Top-p adds up probabilities and temperature changes them: above 1 first, and the flatter distribution keeps more tokens, below 1 fewer; truncate first, and which remain "
                    "doesn't depend on temperature, only their proportions do. Top-k looks at ranks only, so order doesn't matter to it. The order differs: transformers applies temperature first, llama.cpp by default last; "
                    "check when you change frameworks."),
        ))  # fmt: skip
    return tuple(asked)


def _lengths(name: str, side: Side) -> FollowUp:
    return FollowUp(
        Text(zh="{side} 侧完成的束有长有短（{low} 到 {high} 个词元）。把长度惩罚从 0 调到 2，排名会往哪边变？",
             en="{side}'s finished beams differ in length ({low} to {high} tokens). Which way do the ranks move when the length penalty goes from 0 to 2?").format(
                 side=name, low=min(side.lengths), high=max(side.lengths)),
        Text(zh="往长的一边。得分是负的总和除以长度的 α 次方：α 越大，长束的分母越大，得分越接近 0。α 等于 0 比的是整段的概率，短的占便宜；等于 1 比的是每个词元的平均。"
                "等长的束之间，α 怎么变名次都不变。",
             en="Towards longer ones. The score is a negative sum over length to the power α: the larger α, the larger a long beam's divisor and the nearer its score to 0. At 0 whole "
                "probabilities are compared, which favours short beams; at 1, means per token. Among beams of one length no α changes the ranks."),
    )  # fmt: skip


def _held_to_a_form(expression: str) -> FollowUp:
    shown = expression if len(expression) <= 40 else f"{expression[:40]}…"
    return FollowUp(
        Text(zh="输出必须匹配“{regex}”。它保证了什么，没有保证什么？", en="The output has to match “{regex}”. What does that guarantee, and what not?").format(regex=shown),
        Text(zh="保证写出来的都能继续匹配；若在匹配完成之前用完了词元，就只是半截。不保证内容对：屏蔽只看形式，模型不知道的日期照样会写一个。也不等于“在合法输出里按原概率取”："
                "逐步归一化会偏向开头容易、后面只剩勉强写法的路（Park 等，2024）。看原模型的概率：被迫选的词元往往很低。",
             en="That whatever is written can still be completed to a match; if the tokens run out first, it is only half of one. Not that the content is right: the mask sees form alone, "
                "and a date that the model doesn't know gets written all the same. Nor is it sampling valid outputs by their own probability: renormalising at each step favours starts "
                "that look easy and leave only awkward endings (Park et al. 2024). Check the raw model's probabilities: forced tokens are often unlikely."),
    )  # fmt: skip
