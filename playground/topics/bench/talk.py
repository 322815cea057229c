"""What the bench asks before a run, and what an interviewer would ask after it; reads the Result alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.bench.figures import BETWEEN, BYTES, PERPLEXITY

if TYPE_CHECKING:
    from playground.topics.bench.lab import Result
    from playground.topics.bench.settings import Settings


def where_they_part(result: Result) -> Outcome | None:
    """At which token A and B part, as one of the prediction's options."""
    if result.outputs is None:
        return None
    a, b = result.outputs.a, result.outputs.b
    index = a.divergence
    if index is None:
        return Outcome("never", Text(zh="两边逐词元相同", en="both sides are the same, token by token"))
    answer = "1-2" if index < 2 else "3-8" if index < 8 else "later"
    words = [tokens.tokens[index].text.strip() or "␣" if index < len(tokens.tokens) else "∅" for tokens in (a, b)]
    return Outcome(
        answer,
        Text(zh="第 {n} 个词元（{a} → {b}）", en="token {n} ({a} → {b})").format(n=index + 1, a=words[0], b=words[1]),
    )


PREDICTION = Prediction(
    Text(zh="A 与 B 从第几个词元开始不同？", en="At which token do A and B part?"),
    where_they_part,
    (
        ("1-2", Text(zh="第 1–2 个", en="1st or 2nd")),
        ("3-8", Text(zh="第 3–8 个", en="3rd to 8th")),
        ("later", Text(zh="8 个以后", en="later")),
        ("never", Text(zh="不会", en="never")),
    ),
)


def followups(settings: Settings, result: Result) -> tuple[FollowUp, ...]:
    """The questions that this run gives rise to."""
    if result.figures is None or result.outputs is None or result.lime is None or result.attention is None:
        return ()
    between = float(result.figures.find(BETWEEN).a or 0) if result.divergence else 0.0  # type: ignore[arg-type]
    asked: list[FollowUp] = []
    apart = result.outputs.a.divergence is not None
    same_weights = settings.a.weights == settings.b.weights
    if not apart and between > 0:
        asked.append(FollowUp(
            Text(zh="输出逐字相同，KL 却是 {kl} nat。这两件事矛盾吗？", en="The outputs are identical, yet KL is {kl} nat. Is that a contradiction?").format(kl=f"{between:.3f}"),
            Text(zh="不矛盾。贪心解码只看最大项：只要第一名没换，其余概率怎么变都看不见。抽样、更长的文本、或者两名候选接近的位置，才会把差别暴露出来。",
                 en="No. Greedy decoding sees only the largest entry: as long as the winner stays, nothing else shows. Sampling, longer texts, or places where two candidates are close bring the difference out."),
        ))  # fmt: skip
    if apart and same_weights and settings.a != settings.b:
        asked.append(FollowUp(
            Text(zh="权重完全一样，输出却不同。困惑度为什么没有变？", en="The weights are the same and the outputs differ. Why is the perplexity unchanged?"),
            Text(zh="困惑度只由权重和原文决定，它在解码惩罚之前就算完了。惩罚改的是“从分布里怎么选”，不是分布本身。",
                 en="Perplexity depends on the weights and the given text only; it is settled before any decoding penalty acts. The penalty changes how a token is picked from the distribution, not the model's distribution."),
        ))  # fmt: skip
    if settings.b.pruning in ("unstructured", "wanda") and settings.b.quantization == "none":
        size = result.figures.find(BYTES)
        asked.append(FollowUp(
            Text(zh="B 剪掉了 {share} 的权重，字节数为什么还是 {size} MB？", en="B lost {share} of its weights. Why does it still hold {size} MB?").format(
                share=f"{settings.b.sparsity:.0%}", size=f"{size.b:.0f}"),
            Text(zh="零也是一个数，稠密张量照存照乘。要省字节，得用稀疏格式并有相应算子（例如 2:4 稀疏），或者改用结构化剪枝，让矩阵真的变小。",
                 en="A zero is stored and multiplied like any other number in a dense tensor. To save bytes you need a sparse format with a kernel for it (2:4, for example), or structured pruning that really shrinks the matrices."),
        ))  # fmt: skip
    if not result.lime.b.reliable:
        asked.append(FollowUp(
            Text(zh="B 的 LIME 显示“不可信”。这时该怎么办？", en="B's LIME says 'not reliable'. What now?"),
            Text(zh="先看原因：样本太少就加样本；饱和说明去掉任何词值都不动，没有东西可解释；R² 低说明词与词相互作用，线性模型不成立，应改用 Shapley 值或直接看删词后的概率。",
                 en="Read the reason first. Too few samples: take more. Saturated: no removal moves the value, so there is nothing to explain. A low R²: the words act on one another and a linear picture fails; use Shapley values, or look at the deletions themselves."),
        ))  # fmt: skip
    perplexity = result.figures.find(PERPLEXITY) if result.divergence else None
    if perplexity is not None and float(perplexity.b) > 1.3 * float(perplexity.a):  # type: ignore[arg-type]
        asked.append(FollowUp(
            Text(zh="B 的困惑度是 A 的 {ratio} 倍。你会先怀疑什么？", en="B's perplexity is {ratio} times A's. What would you suspect first?").format(
                ratio=f"{float(perplexity.b) / float(perplexity.a):.1f}"),  # type: ignore[arg-type]
            Text(zh="先把开关逐个关掉，看是哪一个造成的；再看逐词元 KL 是均匀升高还是集中在少数位置：前者像整体精度不足，后者像个别层或离群通道出了问题，可以只让那几层保留高精度。",
                 en="Turn the toggles off one by one to find which did it. Then see whether the KL per token rose everywhere or in a few places: the former looks like too little precision overall, the latter like a few layers or outlier channels, which can be kept at higher precision."),
        ))  # fmt: skip
    return tuple(asked)
