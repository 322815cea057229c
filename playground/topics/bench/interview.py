"""What an interviewer asks about a run of the bench: before it, in one sentence after it, and next."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from playground.generation.settings import Decoding
from playground.lab.text import Text, significant
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.bench.findings import Findings
from playground.topics.bench.settings import Settings, Side

# B's perplexity over A's from which it is asked about.
WORSE = 1.3
# One token's share of the whole KL from which it counts as concentrated.
CONCENTRATED = 0.25


def _where_they_part(settings: Settings, found: Findings) -> Outcome | None:
    """The token at which A and B diverge."""
    parting = found.generated.parting
    if parting is None:
        return Outcome("never", Text(zh="两边逐词元相同", en="both sides are the same, token by token"))
    answer = "1-2" if parting.token <= 2 else "3-8" if parting.token <= 8 else "later"
    a, b = (_token(text) for text in (parting.a, parting.b))
    return Outcome(
        answer,
        Text(zh="第 {n} 个词元（{a} → {b}）", en="token {n} ({a} → {b})").format(n=parting.token, a=a, b=b),
    )


def _token(text: str | None) -> str:
    """A token in a sentence; ∅ for none."""
    return "∅" if text is None else text.strip() or "␣"


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(zh="A 与 B 从第几个词元开始不同？", en="At which token do A and B first differ?"),
    _where_they_part,
    (
        ("1-2", Text(zh="第 1–2 个", en="1st or 2nd")),
        ("3-8", Text(zh="第 3–8 个", en="3rd to 8th")),
        ("later", Text(zh="8 个以后", en="later")),
        ("never", Text(zh="不会", en="never")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says where the outputs diverge, how far B's distributions are from A's, and what the weights take."""
    generated, reading = found.generated, found.reading
    if generated.parting is not None:
        output = Text(zh="输出的首次分歧在第 {n} 个词元", en="The outputs first differ at token {n}").format(
            n=generated.parting.token
        )
    elif generated.a_tokens:
        output = Text(zh="两侧输出的 {n} 个词元全部相同", en="All {n} tokens of the outputs are the same").format(
            n=generated.a_tokens
        )
    else:
        output = Text(zh="两侧都没有生成词元", en="Neither side generated a token")
    if reading.divergence is None or reading.a.perplexity is None or reading.b.perplexity is None:
        distributions = Text(zh="原文太短，没有困惑度", en="the text is too short for a perplexity")
    else:
        distributions = Text(
            zh="困惑度 A {a}、B {b}，KL(A‖B) 每词元 {kl} 奈特",
            en="perplexity: A {a}, B {b}; KL(A‖B): {kl} nats per token",
        ).format(a=significant(reading.a.perplexity), b=significant(reading.b.perplexity), kl=_nats(reading.divergence))
    return Text(
        zh="{output}；{distributions}；权重 A {a} MB、B {b} MB。",
        en="{output}; {distributions}; weights: A {a} MB, B {b} MB.",
    ).format(
        output=output,
        distributions=distributions,
        a=f"{reading.a.weight_bytes / 1e6:.0f}",
        b=f"{reading.b.weight_bytes / 1e6:.0f}",
    )


def _nats(value: float) -> str:
    """A divergence with three decimals, or in powers of ten where those would all be zero."""
    return f"{value:.3f}" if value == 0 or value >= 0.0005 else significant(value, 1)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    return (*_of_several_changes(settings, found), *_of_weights(settings, found), *_of_lime(settings, found))


def _of_several_changes(settings: Settings, found: Findings) -> Iterator[FollowUp]:
    """What weights and decoding each did to the output."""
    reading, apart = found.reading, found.generated.parting is not None
    greedy = settings.a.strategy == settings.b.strategy == "greedy"
    one_decoding = _decoding(settings.a) == _decoding(settings.b)
    if apart and not reading.shared and not one_decoding:
        yield FollowUp(
            Text(zh="A 与 B 的权重和解码设置都不同。输出的差别该归给谁？",
                 en="A and B differ in weights and in decoding. Which of the two made the outputs differ?"),
            Text(zh="这一次运行分不出来。困惑度、KL 和字节只由权重决定，可以归给权重；输出由两者共同决定，而且会相互作用。"
                    "再跑两次：A 的权重配 B 的解码，B 的权重配 A 的解码，与这次的 A、B 一起就是 2 × 2 的对照。",
                 en="This run can't tell. Perplexity, KL and bytes depend on the weights alone and belong to them; the output depends on both, and"
                    " the two may interact. Run twice more, A's weights with B's decoding and B's weights with A's: together with this run's A and B that is a 2 × 2 design."),
        )  # fmt: skip
    if not apart and greedy and reading.divergence is not None and reading.divergence > 0:
        yield FollowUp(
            Text(zh="输出逐字相同，KL 却是 {kl} 奈特。这两件事矛盾吗？",
                 en="The outputs are identical, yet KL is {kl} nats. Is that a contradiction?").format(kl=_nats(reading.divergence)),
            Text(zh="不矛盾。贪心解码只看最大项：只要第一名没换，其余概率怎么变都看不见。采样、更长的文本、或者两个候选接近的位置，才会把差别暴露出来。",
                 en="No. Greedy decoding sees only the largest entry: as long as the winner stays the winner, nothing else shows. Sampling, longer texts, or"
                    " positions where two candidates are close bring the difference out."),
        )  # fmt: skip
    if apart and reading.shared and reading.divergence is not None and not one_decoding:
        yield FollowUp(
            Text(zh="权重完全一样，输出却不同。困惑度为什么没有变？",
                 en="The weights are the same and the outputs differ. Why is the perplexity unchanged?"),
            Text(zh="困惑度只由权重和原文决定：它量的是模型自己的分布。惩罚、温度、截断改写的是选词所用的分布，发生在模型算出 logit 之后，原文的似然不受影响。",
                 en="Perplexity depends on the weights and the given text only: it scores the model's own distribution. Penalties, temperature and truncation"
                    " rewrite the distribution that tokens are picked from, after the model has computed its logits, and the likelihood of the text stays as it was."),
        )  # fmt: skip


def _decoding(side: Side) -> dict[str, object]:
    return {item.name: getattr(side, item.name) for item in dataclasses.fields(Decoding)}


def _of_weights(settings: Settings, found: Findings) -> Iterator[FollowUp]:
    """What the weights hold and lose."""
    reading, b = found.reading, settings.b
    if b.pruning in ("unstructured", "wanda") and b.sparsity > 0 and b.quantization == "none":
        yield FollowUp(
            Text(zh="B 各层矩阵里 {share} 的权重被置零，字节数为什么还是 {size} MB？",
                 en="{share} of the weights in B's layer matrices are zero. Why does it still hold {size} MB?").format(
                     share=f"{b.sparsity:.0%}", size=f"{reading.b.weight_bytes / 1e6:.0f}"),
            Text(zh="零也是一个数，稠密张量照存照乘；嵌入与输出层也没有剪。要省字节，得换稀疏格式（如 2:4：每四个权重存两个值和两个 2 位下标）；要省时间，还得有读这种格式的算子。或者改用结构化剪枝，让矩阵真的变小。",
                 en="A zero is stored and multiplied like any other number in a dense tensor; embedding and head aren't pruned at all. Saving bytes takes a sparse"
                    " format (2:4, for example: two values of every four, each with a two-bit index), saving time also a kernel that reads it. Or prune structures, which really shrinks the matrices."),
        )  # fmt: skip
    ratio, largest = reading.perplexity_ratio, reading.largest
    if ratio is not None and ratio > WORSE:
        yield FollowUp(
            Text(zh="B 的困惑度是 A 的 {ratio} 倍，只在 {n} 个词元上计分。下结论之前还要做什么？",
                 en="B's perplexity is {ratio} times A's, over {n} scored tokens. What do you do before you conclude?").format(
                     ratio=_times(ratio), n=reading.tokens),
            Text(zh="一段文本的困惑度方差很大，几个罕见词元就能左右它。换一个语料，逐篇比较 A 与 B，用配对自助法给出区间；再看首位翻转率和任务指标。"
                    "要找原因，就把改动逐个关掉；要定位到层，就逐层换回基线权重，看 KL 回落多少，最敏感的几层留高精度。",
                 en="The perplexity of one text has a large variance: a few rare tokens can decide it. Take a corpus, compare A and B document by document"
                    " and give an interval by paired bootstrap; add the rate of top-1 flips and the task's metric. To find the cause, turn changes off one by one;"
                    " to find the layer, put the baseline's weights back layer by layer, see how much KL falls, and keep the most sensitive layers at higher precision."),
        )  # fmt: skip
    if largest is not None and largest.share >= CONCENTRATED and reading.tokens > 4:
        yield FollowUp(
            Text(zh="第 {n} 个词元（{text}）一个就占了全部 KL 的 {share}。能说是某一层坏了吗？",
                 en="Token {n} ({text}) alone makes up {share} of all KL. Is one layer to blame?").format(
                     n=largest.token, text=_token(largest.text), share=f"{largest.share:.0%}"),
            Text(zh="不能，位置指不出层：每个位置的误差都经过了所有层。KL 集中，常常只是因为那里的预测本来就对小扰动敏感，或者那个上下文少见。"
                    "要定位层就逐层消融；要看是不是偶然，就换更多文本，看同类位置是否也高。",
                 en="No: positions don't localise layers, as the error at each position has passed through all of them. KL is often concentrated just because"
                    " the prediction there is sensitive to small changes or the context is rare. Ablate layer by layer to find the layer; read more texts to see"
                    " whether such positions are high in general."),
        )  # fmt: skip


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 1e4 else significant(ratio, 2)


def _of_lime(settings: Settings, found: Findings) -> Iterator[FollowUp]:
    """What may be concluded from LIME on both sides."""
    explained = found.explained
    doubtful = [side for side, of in (("A", explained.a), ("B", explained.b)) if not of.reliable]
    if doubtful:
        sides = Text(zh="、".join(doubtful), en=" and ".join(doubtful))
        yield FollowUp(
            Text(zh="{sides} 的 LIME 标着“不可信”。这时该怎么办？", en="LIME is marked “not reliable” on {sides}. What now?").format(
                sides=sides
            ),
            Text(zh="先看原因。样本太少或区间跨 0，就加样本；只有一个单元，就换更细的单位；饱和说明怎么去词概率都几乎不动，没有变化可解释；R² 低，先把目标从概率换成对数几率"
                    "（概率在两端会压扁差别）、再加样本，仍然低就是词与词有相互作用：看交互指数，或直接看删词后的值。Shapley 值也是加性的，绕不开这一点。",
                 en="Read the reason first. Too few samples, or an interval across 0: take more. A single unit: take finer ones. Saturated: no removal moves the probability,"
                    " so there is no change to explain. A low R²: explain log-odds instead of the probability, which flattens differences near 0 and 1, and take more samples; if it stays low, words interact:"
                    " use interaction indices, or look at the deletions themselves. Shapley values are additive too and don't get around this."),
        )  # fmt: skip
    elif explained.same_target and not found.reading.shared and len(explained.a.low) == len(explained.b.low) > 0:
        all_overlap = Text(
            zh="{m} 个单位的 LIME 区间在 A、B 之间全都重叠。能说 B 的依据没变吗？",
            en="The LIME intervals of all {m} units overlap between A and B. Does B decide for the same reasons?",
        ).format(m=len(explained.units))
        yield FollowUp(
            all_overlap if not explained.separate else
            Text(zh="{m} 个单位里有 {n} 个，A、B 的 LIME 区间不重叠。能说 B 换了依据吗？",
                 en="Of {m} units {n} have LIME intervals on A and B that don't overlap. Does B decide for other reasons?").format(
                     m=len(explained.units), n=len(explained.separate)),
            _of_reasons(settings),
        )  # fmt: skip


def _of_reasons(settings: Settings) -> Text:
    """What moved bars say of the number that is explained."""
    if settings.explain == "positive":
        return Text(
            zh="不能。这里解释的不是生成的文字，而是第 12 层上一个线性探针的“正面”概率，探针在基线的状态上训练：B 的表示整体漂移，条形也会动。"
            "区间只含采样误差，词多了总会有几个碰巧不重叠；重叠也不等于没有差别。要下结论，就把那个词删掉，直接比较两边变了多少。",
            en="No. What is explained isn't the generated text but the p(positive) of a linear probe at layer 12, trained on the baseline's states: when"
            " B's representations drift as a whole, bars move too. The intervals hold sampling error only, and among many words a few come apart by chance, while"
            " overlap is no proof of equality. To conclude, delete the word and compare how much each side changes.",
        )
    return Text(
        zh="证据还不够。两边解释的是同一个词元的概率，这一点可比；但区间只含采样误差，词多了总会有几个碰巧不重叠，重叠也不等于没有差别。"
        "把那个词删掉，直接比较两边变了多少，再换几个随机种子。",
        en="The evidence isn't enough. Both sides explain the probability of the same token, so they can be compared; but the intervals hold sampling error only,"
        " among many words a few come apart by chance, and overlap is no proof of equality. Delete the word and compare how much each side changes, with more than one seed.",
    )
