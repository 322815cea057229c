"""What the lab of mechanisms is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number, text_box
from playground.lab.grid_panels import Grid
from playground.lab.panels import Bars, Lines, Metrics, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import seed
from playground.lab.text import Text
from playground.lab.token_panels import Tokens
from playground.topics.mechanisms.findings import Findings

CLEAN = Text(zh="中国的首都是北京，法国的首都是", en="The capital of France is the city of")
CORRUPTED = Text(zh="中国的首都是北京，日本的首都是", en="The capital of Italy is the city of")
PROMPT = Text(zh="昨晚在那家餐厅吃饭，我觉得", en="I waited an hour for my food, and when it finally came it was")
# Pairs of lines in each language; the direction is made of the odd lines and judged by the even ones.
TOWARDS = """这家餐厅的菜非常好吃，我很满意。
服务员热情又周到，让人感动。
The food here is wonderful and I am very happy.
The staff were warm, kind and helpful.
电影精彩极了，我从头笑到尾。
今天阳光明媚，心情特别好。
What a brilliant film, I enjoyed every minute.
It is a beautiful day and everything feels great."""
AWAY = """这家餐厅的菜非常难吃，我很失望。
服务员冷漠又粗鲁，让人生气。
The food here is terrible and I am very upset.
The staff were cold, rude and useless.
电影无聊极了，我从头睡到尾。
今天阴雨连绵，心情特别差。
What an awful film, I hated every minute.
It is a miserable day and everything feels wrong."""
HEAD_KINDS = {
    "previous": Text(zh="前一词元", en="previous token"),
    "duplicate": Text(zh="重复词元", en="duplicate token"),
    "induction": Text(zh="归纳", en="induction"),
    "sink": Text(zh="汇点", en="sink"),
}
PATCHED_KINDS = {
    "residual": Text(zh="残差流", en="residual"),
    "attention": Text(zh="注意力输出", en="attention"),
    "mlp": Text(zh="前馈输出", en="MLP"),
}


@dataclass(frozen=True)
class Settings:
    text: str = text_box(Text(zh="正常句", en="Clean text"), default=CLEAN, max_chars=300, lines=2)
    corrupted: str = text_box(
        Text(zh="破坏句", en="Corrupted text"), default=CORRUPTED, max_chars=300, lines=2,
        help=Text(zh="与正常句词元数相同，只换掉要紧的词。", en="As many tokens as the clean text, with only the word that matters changed."),
    )  # fmt: skip
    kind: str = choice(Text(zh="修补什么", en="What to patch"), PATCHED_KINDS, default="residual")
    head_kind: str = choice(Text(zh="消融哪类头", en="Heads to ablate"), HEAD_KINDS, default="induction")
    prompt: str = text_box(Text(zh="引导时的开头", en="Prompt to steer"), default=PROMPT, max_chars=300, lines=2)
    strength: float = number(
        Text(zh="引导强度", en="Steering strength"), default=2.0, low=-8.0, high=8.0, step=0.5,
        help=Text(zh="加上多少倍的均值差；负数反向，0 不引导。", en="How many times the difference of means is added; negative steers the other way, 0 not at all."),
    )  # fmt: skip
    search: str = text_box(
        Text(zh="按词找特征", en="Find features by a word"), default="", max_chars=30, lines=1, optional=True,
        help=Text(zh="列出最强例句正落在这个词上的特征。", en="Lists features whose strongest texts are strongest on this word."),
    )  # fmt: skip
    answer: str = text_box(
        Text(zh="正常句的答案", en="Answer of the clean text"), default="", max_chars=30, lines=1, optional=True, advanced=True,
        help=Text(zh="留空则取模型自己最可能的下一个词元。", en="Blank: the model's own likeliest next token."),
    )  # fmt: skip
    wrong: str = text_box(
        Text(zh="破坏句的答案", en="Answer of the corrupted text"),
        default="",
        max_chars=30,
        lines=1,
        optional=True,
        advanced=True,
    )
    direction: str = choice(
        Text(zh="修补方向", en="Direction"),
        {"denoise": Text(zh="去噪：正常 → 破坏", en="denoise: clean → corrupted"), "noise": Text(zh="加噪：破坏 → 正常", en="noise: corrupted → clean")},
        default="denoise", advanced=True,
    )  # fmt: skip
    head_count: int = number(Text(zh="消融几个头", en="How many heads"), default=3, low=1, high=8, advanced=True)
    ablation: str = choice(
        Text(zh="消融成", en="Ablate to"),
        {"mean": Text(zh="均值", en="mean"), "zero": Text(zh="零", en="zero")},
        default="mean", advanced=True,
    )  # fmt: skip
    towards: str = text_box(
        Text(zh="引导向（每行一句）", en="Steer towards (a sentence a line)"),
        default=TOWARDS,
        max_chars=1500,
        lines=5,
        advanced=True,
    )
    away: str = text_box(
        Text(zh="引导离开（每行一句）", en="Steer away from (a sentence a line)"),
        default=AWAY,
        max_chars=1500,
        lines=5,
        advanced=True,
    )
    depth: int = number(
        Text(zh="在多深处引导（%）", en="Depth of steering (%)"), default=50, low=5, high=95, step=5, advanced=True
    )
    factor: float = number(
        Text(zh="特征乘以", en="Multiply the feature by"), default=0.0, low=-10.0, high=20.0, step=1.0, advanced=True,
        help=Text(zh="0 消融，1 不变，大于 1 放大。", en="0 ablates, 1 changes nothing, more amplifies."),
    )  # fmt: skip
    seed: int = seed()
    cell: str = text_box(
        Text(zh="修补处", en="Place to patch"), default="", max_chars=12, lines=1, optional=True, from_panel=True
    )
    heads: str = text_box(
        Text(zh="消融的部件", en="Ablated parts"), default="", max_chars=700, lines=1, optional=True, from_panel=True
    )
    feature: str = text_box(
        Text(zh="特征", en="Feature"), default="", max_chars=12, lines=1, optional=True, from_panel=True
    )


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    summary: Metrics | None = panel(
        Text(zh="两句话的差", en="The two texts"),
        hint=Text(
            zh="模型自己在两句原文之后的答案，不套提示语；与各自的 logit 差",
            en="The model's own answers after the bare texts, without a prompt, and the logit difference after each",
        ),
    )
    patching: Grid | None = panel(
        Text(zh="激活修补：层 × 位置", en="Activation patching: layer × position"),
        hint=Text(
            zh="模型自己读原文，每一层；0 = 破坏句，1 = 正常句；点一格，旁边是修补后的输出；加亮：概率变化超过 0.05，或首选变了",
            en="The model itself on the bare texts, every layer; 0 = corrupted, 1 = clean; click a cell: its output is beside; highlighted: moved by more than 0.05, or the top token changed",
        ),
    )
    direct: Grid | None = panel(
        Text(zh="直接 logit 归因：头与前馈层", en="Direct logit attribution: heads and MLPs"),
        hint=Text(
            zh="正常句原文，最后一个位置：模型各层的部分直接写进 logit 之差多少；点一个头或前馈层，旁边是消融后的输出；加亮：概率变化超过 0.05，或首选变了",
            en="The bare clean text, last position: what the parts of the model's layers write into the difference of logits; click a head or an MLP: the output without it is beside; highlighted: moved by more than 0.05, or the top token changed",
        ),
    )
    direct_sum: Bars | None = panel(
        Text(zh="逐层相加，等于 logit 之差", en="By layer, adding up to the difference of logits"),
        hint=Text(
            zh="正常句原文：模型的嵌入、每层的头与前馈层各写多少",
            en="The bare clean text: what the model's embedding and each layer's heads and MLP write",
        ),
    )
    heads: Grid | None = panel(
        Text(zh="已知种类的头：注意力模式得分", en="Heads of known kinds: scores of their patterns"),
        hint=Text(
            zh="模型各层的头，在 2 段重复的随机词元（每遍 20 个）上测得；点一个头，旁边是正常句原文消融后的输出；加亮：概率变化超过 0.05，或首选变了",
            en="The heads of the model's layers, measured on 2 sequences of 20 random tokens, repeated; click one: the bare clean text's output without it is beside; highlighted: moved by more than 0.05, or the top token changed",
        ),
    )
    ablated: Table | None = panel(
        Text(zh="消融之后损失涨了多少", en="How much the loss rises by ablation"),
        hint=Text(
            zh="模型的损失，奈特/词元：2 段随机词元的第二遍（各 19 个），每种语言一篇文档原文的前 47 个词元；随机对照是 2 次的平均",
            en="The model's loss, nats a token: the second copy of 2 random sequences (19 tokens each), and the first 47 tokens of a bare document in each language; at random: the mean of 2 draws",
        ),
    )
    on_text: Table | None = panel(
        Text(zh="这些头在你的文本上", en="The same heads on your text"),
        hint=Text(
            zh="正常句原文，模型各层；没有重复的文本显不出归纳与重复",
            en="The bare clean text in the model's layers; a text without repeats shows neither induction nor duplicates",
        ),
    )
    steered: SideBySide[Tokens] | None = panel(
        Text(zh="引导：输出并排", en="Steering: outputs beside each other"),
        hint=Text(
            zh="模型自己续写开头原文，贪心解码", en="The model itself continues the bare prompt by greedy decoding"
        ),
    )
    steering_effect: Lines | None = panel(
        Text(zh="引导的效果：没参与造方向的句子", en="Effect, on sentences that the direction wasn't made of"),
        half=True,
        hint=Text(
            zh="模型在两类句子原文上各自的损失，随引导强度",
            en="The model's loss of either kind of bare sentence, by strength",
        ),
    )
    steering_cost: Lines | None = panel(
        Text(zh="引导的代价：中性文本的困惑度", en="Side effect: perplexity of neutral text"),
        half=True,
        hint=Text(
            zh="模型在每种语言一篇文档原文的前 47 个词元上，随引导强度",
            en="The model's, on the first 47 tokens of a bare document in each language, by strength",
        ),
    )
    autoencoder: Metrics | None = panel(
        Text(zh="稀疏自编码器：各项指标", en="The sparse autoencoder, measured"),
        hint=Text(
            zh="读的是模型一层的残差流，原文。除“你的文本”外，都在训练时留出的文本上测得；只有从不激活的份额是在全部文本上",
            en="It reads one layer of the model's residual stream on bare text. Measured on texts held out from its training; only the share never active is over all texts, and “your text” on yours",
        ),
    )
    features: Grid | None = panel(
        Text(zh="你的文本里的特征", en="Features of your text"),
        hint=Text(
            zh="模型读正常句原文时的激活值；点一行改动这个特征，旁边是改动后的输出；加亮：概率变化超过 0.05，或首选变了",
            en="Activations while the model reads the bare clean text; click a row to change its feature: the output is beside; highlighted: moved by more than 0.05, or the top token changed",
        ),
    )
    feature_texts: Table | None = panel(
        Text(zh="这些特征在哪些文本上最强", en="Texts on which these features are strongest"),
        hint=Text(
            zh="模型读这些原文；【】里是最强的词元；%：激活它的词元比例，全部文本，含训练用的；φ：在 150 对译文里是否一同激活",
            en="The model on these bare texts; the strongest token is in 【】; %: of the tokens of all texts, training included; φ: active in a sentence and its translation alike, over 150 pairs",
        ),
    )
    found_features: Table | None = panel(
        Text(
            zh="按词找到的特征，与两种语言都答的特征",
            en="Features found by the word, and those that answer in both languages",
        ),
        hint=Text(
            zh="特征编号，以及模型读原文时激活最强的例句",
            en="Their numbers, and the bare texts on which they are strongest in the model",
        ),
    )
