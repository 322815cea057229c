"""What an interviewer asks about a run of the bench: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.bench.findings import Findings
from playground.topics.bench.settings import Settings


def _where_they_part(settings: Settings, found: Findings) -> Outcome | None:
    """The token at which A and B part."""
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
    Text(zh="A 与 B 从第几个词元开始不同？", en="At which token do A and B part?"),
    _where_they_part,
    (
        ("1-2", Text(zh="第 1–2 个", en="1st or 2nd")),
        ("3-8", Text(zh="第 3–8 个", en="3rd to 8th")),
        ("later", Text(zh="8 个以后", en="later")),
        ("never", Text(zh="不会", en="never")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says where the outputs part, how far the distributions are apart, and what the weights take."""
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
            zh="困惑度 A {a}、B {b}，KL(A‖B) 每词元 {kl} nat",
            en="perplexity: A {a}, B {b}; KL(A‖B): {kl} nats per token",
        ).format(a=_perplexity(reading.a.perplexity), b=_perplexity(reading.b.perplexity), kl=_nats(reading.divergence))
    return Text(
        zh="{output}；{distributions}；权重 A {a} MB、B {b} MB。",
        en="{output}; {distributions}; weights: A {a} MB, B {b} MB.",
    ).format(
        output=output,
        distributions=distributions,
        a=f"{reading.a.weight_bytes / 1e6:.0f}",
        b=f"{reading.b.weight_bytes / 1e6:.0f}",
    )


def _perplexity(value: float) -> str:
    return f"{value:.2f}" if value < 1e6 else f"{value:.1e}"


def _nats(value: float) -> str:
    """A divergence with three decimals, or in powers of ten where those would all be zero."""
    return f"{value:.3f}" if value == 0 or value >= 0.0005 else f"{value:.0e}"


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Questions that this very result raises."""
    reading, asked = found.reading, []
    apart = found.generated.parting is not None
    greedy = settings.a.strategy == settings.b.strategy == "greedy"
    if not apart and greedy and reading.divergence is not None and reading.divergence > 0:
        asked.append(FollowUp(
            Text(zh="输出逐字相同，KL 却是 {kl} nat。这两件事矛盾吗？", en="The outputs are identical, yet KL is {kl} nat. Is that a contradiction?").format(kl=_nats(reading.divergence)),
            Text(zh="不矛盾。贪心解码只看最大项：只要第一名没换，其余概率怎么变都看不见。采样、更长的文本、或者两名候选接近的位置，才会把差别暴露出来。",
                 en="No. Greedy decoding sees only the largest entry: as long as the winner stays, nothing else shows. Sampling, longer texts, or places where two candidates are close bring the difference out."),
        ))  # fmt: skip
    if apart and reading.shared and reading.divergence is not None and settings.a != settings.b:
        asked.append(FollowUp(
            Text(zh="权重完全一样，输出却不同。困惑度为什么没有变？", en="The weights are the same and the outputs differ. Why is the perplexity unchanged?"),
            Text(zh="困惑度只由权重和原文决定，它在解码之前就算完了。惩罚、温度这些解码设置改的是“从分布里怎么选”，不是分布本身。",
                 en="Perplexity depends on the weights and the given text only; it is settled before any decoding setting acts. Penalties and temperature change how a token is picked from the distribution, not the model's distribution."),
        ))  # fmt: skip
    if (
        settings.b.pruning in ("unstructured", "wanda")
        and settings.b.sparsity > 0
        and settings.b.quantization == "none"
    ):
        asked.append(FollowUp(
            Text(zh="B 剪掉了 {share} 的权重，字节数为什么还是 {size} MB？", en="B lost {share} of its weights. Why does it still hold {size} MB?").format(
                share=f"{settings.b.sparsity:.0%}", size=f"{reading.b.weight_bytes / 1e6:.0f}"),
            Text(zh="零也是一个数，稠密张量照存照乘。要省字节，得用稀疏格式并有相应算子（例如 2:4 稀疏），或者改用结构化剪枝，让矩阵真的变小。",
                 en="A zero is stored and multiplied like any other number in a dense tensor. To save bytes you need a sparse format with a kernel for it (2:4, for example), or structured pruning that really shrinks the matrices."),
        ))  # fmt: skip
    if not found.explained.b.reliable:
        asked.append(FollowUp(
            Text(zh="B 的 LIME 显示“不可信”。这时该怎么办？", en="B's LIME says 'not reliable'. What now?"),
            Text(zh="先看原因：样本太少就加样本；饱和说明去掉任何词值都不动，没有东西可解释；R² 低说明词与词相互作用，线性模型不成立，应改用 Shapley 值或直接看删词后的概率。",
                 en="Read the reason first. Too few samples: take more. Saturated: no removal moves the value, so there is nothing to explain. A low R²: the words act on one another and a linear picture fails; use Shapley values, or look at the deletions themselves."),
        ))  # fmt: skip
    ratio = reading.perplexity_ratio
    if ratio is not None and ratio > 1.3:
        asked.append(FollowUp(
            Text(zh="B 的困惑度是 A 的 {ratio} 倍。你会先怀疑什么？", en="B's perplexity is {ratio} times A's. What would you suspect first?").format(
                ratio=f"{ratio:.1f}"),
            Text(zh="先把开关逐个关掉，看是哪一个造成的；再看逐词元 KL 是均匀升高还是集中在少数位置：前者像整体精度不足，后者像个别层或离群通道出了问题，可以只让那几层保留高精度。",
                 en="Turn the toggles off one by one to find which did it. Then see whether the KL per token rose everywhere or in a few places: the former looks like too little precision overall, the latter like a few layers or outlier channels, which can be kept at higher precision."),
        ))  # fmt: skip
    return tuple(asked)
