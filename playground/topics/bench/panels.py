"""The panels of the bench, drawn from its findings and from what they were read off."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from playground.evaluation.perplexity import readable
from playground.explanation import values
from playground.explanation.attention import attention_panel
from playground.explanation.attribution import attribution_panel
from playground.explanation.striking import drawn, strikable
from playground.generation.panels import tokens_panel
from playground.lab.panels import Metric, Metrics, Panel, SideBySide
from playground.lab.text import Text
from playground.lab.token_panels import Attention, Attribution, Tokens
from playground.models.language_model import LanguageModel
from playground.topics.bench.continuations import Continuations
from playground.topics.bench.explanations import Explanation, units_of
from playground.topics.bench.findings import Findings, Generated, Measured, Parting, Reading
from playground.topics.bench.settings import Result, Settings

NATS = Text(zh="奈特", en="nat")


def figures(reading: Reading, generated: Generated | None = None, measured: Measured | None = None) -> Metrics:
    """Draws the strip of the figures known so far."""
    items = []
    if reading.divergence is not None:
        items += [
            Metric(Text(zh="困惑度", en="Perplexity"), readable(reading.a.perplexity), readable(reading.b.perplexity), better="lower", hint=Text(
                zh="两边读同一段原文，平均负对数概率的指数；越低，原文越在模型意料之中。",
                en="Both read the same text: the exponential of the mean negative log-probability; lower means the text surprises the model less.")),
            Metric(Text(zh="KL(A‖B) 每词元", en="KL(A‖B) per token"), reading.divergence, unit=NATS, digits=3, better="lower", hint=Text(
                zh="两边读同一段原文，以 A 为参照：按 A 的分布取期望，A 与 B 的对数概率之差，再对位置取平均。有方向，KL(B‖A) 是另一个数；0 表示分布完全相同。",
                en="Both read the same text, with A as the reference: the difference of A's and B's log-probabilities, expected under A, averaged over positions. Directed: KL(B‖A) is another number; 0 means equal distributions.")),
            Metric(Text(zh="对基线的 KL", en="KL to the baseline"), reading.a.to_base, reading.b.to_base, unit=NATS, digits=3, better="lower", hint=Text(
                zh="KL(基线‖本侧)。基线是名为 Q4_K_M 的文件（实际平均每权重约 7.4 位）反量化成浮点的模型，本身已有量化误差。",
                en="KL(baseline‖side). The baseline is a file named Q4_K_M (in fact about 7.4 bits per weight on average), dequantized to floats, so it has a quantization error of its own.")),
        ]  # fmt: skip
    items.append(_held(reading.a.weight_bytes, reading.b.weight_bytes))
    if measured is not None and measured.a_ms_per_token is not None and measured.b_ms_per_token is not None:
        together = Text(
            zh="A、B 权重相同，放在一个批次里一起解码，所以两边必然是同一个数：每步的中位时间。",
            en="A and B have equal weights and were decoded together in one batch, so both sides have the same figure by construction: the median time of a step.",
        )
        apart = Text(
            zh="这次运行在本机上每步的中位时间，不含预填充那一步。", en="Median time of a step on this machine in this run, without the first one, which prefills the prompt."
        )  # fmt: skip
        items.append(
            Metric(Text(zh="解码每词元", en="Decode, per token"), measured.a_ms_per_token, measured.b_ms_per_token, unit="ms",
                   digits=1, better="lower", measured=True, hint=together if reading.shared else apart)
        )  # fmt: skip
    if generated is not None:
        items.append(
            Metric(Text(zh="首次分歧", en="First divergence"), _parting(generated.parting), hint=Text(
                zh="两边续写里第一个不同的词元。", en="The first token of the continuations that differs."))
        )  # fmt: skip
    return Metrics(tuple(items))


def figures_of_a(weight_bytes: int) -> Metrics:
    """Draws what is known before B's weights are there."""
    return Metrics((_held(weight_bytes, None),))


def _held(a: int, b: int | None) -> Metric:
    """The bytes of both sides' weights; B's may not be known yet."""
    return Metric(Text(zh="权重字节", en="Weight bytes"), a / 1e6, None if b is None else b / 1e6, unit="MB", digits=0, better="lower", hint=Text(
        zh="权重真正占用的存储，共用的只算一次；置零的权重照样占。int8、int4 压缩各层和输出层，输入嵌入从打包的输出层取行；int4 连同每组的缩放与偏移是每权重 5 位。",
        en="Storage that the weights really hold, shared ones counted once; zeros take as much as other numbers. int8 and int4 pack the layers and the output head, from which the input embedding reads its rows; with each group's scale and offset int4 is 5 bits per weight."))  # fmt: skip


def _parting(parting: Parting | None) -> Text:
    if parting is None:
        return Text(zh="没有", en="none")
    return Text(zh="第 {n} 个", en="token {n}").format(n=parting.token)


def outputs(settings: Settings, a: LanguageModel, b: LanguageModel, now: Continuations) -> SideBySide[Tokens]:
    """Draws both continuations so far, the first difference marked on both."""
    return _beside(settings, tokens_panel(a, now.a, now.b), tokens_panel(b, now.b, now.a))


def attention(settings: Settings, a: LanguageModel, b: LanguageModel) -> SideBySide[Attention]:
    """Draws the attention of both sides over the text; equal weights are recorded once."""
    of_a = strikable(
        attention_panel(a, settings.text), a, units_of(settings, a), values.read(a, settings.text)[1].start, "struck"
    )
    of_b = of_a
    if a.module is not b.module:
        of_b = replace(attention_panel(b, settings.text), strikes=of_a.strikes, units=of_a.units, owners=of_a.owners)
    # Both sides open the same head, or the eye would compare two different ones.
    return _beside(settings, of_a, replace(of_b, layer=of_a.layer, head=of_a.head))


def lime(settings: Settings, a: Explanation, b: Explanation) -> SideBySide[Attribution]:
    """Draws LIME's weights of both sides."""
    return _beside(settings, _attribution(a), _attribution(b))


def _attribution(found: Explanation) -> Attribution:
    return attribution_panel(
        "LIME",
        found.target,
        found.parts,
        found.weights,
        found.agreement,
        Text(zh="留一法", en="leave-one-out"),
        "struck",
    )


def struck(result: Result, found: Findings) -> Result:
    """Returns the panels of the text's words again, with what was struck out and what each side makes of it."""
    a, b = drawn(found.explained.a.struck), drawn(found.explained.b.struck)
    panels = {name: getattr(result, name) for name in ("lime", "attention")}
    return Result(
        findings=found,
        **{
            name: replace(both, a=replace(both.a, struck=a), b=replace(both.b, struck=b))
            for name, both in panels.items()
            if both is not None
        },
    )


P = TypeVar("P", bound=Panel)


def _beside(settings: Settings, a: P, b: P) -> SideBySide[P]:
    return SideBySide(a, b, settings.a.in_words, settings.b.in_words)
