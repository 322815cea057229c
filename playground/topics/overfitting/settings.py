"""What the lab of overfitting is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number, text_box
from playground.lab.panels import Bars, Lines, Metrics, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import epochs, hidden_units, seed, side
from playground.lab.text import Label, Text
from playground.topics.overfitting.findings import Findings

MOST_ENGLISH = 240
KINDS: dict[str, Label] = {
    "none": Text(zh="无", en="none"),
    "insert": Text(zh="插入词", en="insert words"),
    "replace": Text(zh="替换词", en="replace words"),
    "delete": Text(zh="删除词", en="delete words"),
    "flip": Text(zh="翻转否定（改变标签）", en="flip negation (changes the label)"),
}


@dataclass(frozen=True)
class Recipe:
    dropout: float = number(
        Text(zh="丢弃率（dropout）", en="Dropout"), default=0.0, low=0.0, high=0.9, step=0.1,
        help=Text(zh="训练时丢弃的隐藏单元比例；评估时关闭。", en="Share of hidden units dropped in training; off at evaluation."),
    )  # fmt: skip
    decay: float = number(
        Text(zh="权重衰减", en="Weight decay"), default=0.0, low=0.0, high=200.0, step=1.0,
        help=Text(
            zh="解耦的（AdamW）：每步把权重乘以 1 − 0.001 × 它。",
            en="Decoupled (AdamW): each step multiplies the weights by 1 − 0.001 × this.",
        ),
    )  # fmt: skip
    patience: int = number(
        Text(zh="早停的耐心（轮）", en="Early stopping: patience in epochs"), default=0, low=0, high=20,
        help=Text(
            zh="0：不早停，用最后的权重。否则验证损失连续这么多轮没有新低就停，用最低那一轮的权重。",
            en="0: no early stopping, the last weights are used. Else stop after so many epochs without a lower validation loss, and keep the weights of the lowest.",
        ),
    )  # fmt: skip
    augmentation: str = choice(Text(zh="数据增强", en="Augmentation"), KINDS, default="none", compact=False)
    width: int = hidden_units(default=32, low=1, high=128)


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="一句评论", en="A review"),
        default=Text(zh="酒店的位置很好，但是房间不干净，服务员也没有道歉。", en="The hotel was in a good place, but the room was not clean and the staff never said sorry."),
        max_chars=300,
        help=Text(
            zh="用来看数据增强和两边的判断；不参与训练。",
            en="To show the augmentations and what both sides make of them; not used in training.",
        ),
    )  # fmt: skip
    corpus: str = choice(
        Text(zh="训练用的评论", en="Reviews to train on"),
        {"zh": Text(zh="中文（很多）", en="Chinese (plenty)"), "en": Text(zh="英文（最多 240 条）", en="English (240 at most)")},
        default="zh",
        help=Text(
            zh="中文有 9,532 条可训练；英文一共 480 条，留出验证和测试以后最多训练 240 条。",
            en="There are 9,532 Chinese reviews to train on; of 480 English ones at most 240, the rest is for validation and held out.",
        ),
    )  # fmt: skip
    examples: int = number(Text(zh="训练样本", en="Training examples"), default=300, low=20, high=2000, step=20)
    noise: float = number(
        Text(zh="标签噪声", en="Label noise"), default=0.2, low=0.0, high=0.5, step=0.05,
        help=Text(zh="训练标签中改错的比例；验证和留出的标签不动。", en="Share of training labels made wrong; validation and held-out labels stay."),
    )  # fmt: skip
    epochs: int = epochs(default=20, low=2, high=40, advanced=False)
    a: Recipe = side("a", Recipe)
    b: Recipe = side("b", Recipe, dropout=0.5, decay=10.0, patience=4)
    share: float = number(
        Text(zh="增强改动的词的比例", en="Share of words that augmentation changes"), default=0.2, low=0.05, high=0.8, step=0.05, advanced=True
    )  # fmt: skip
    networks: int = number(
        Text(zh="每种设置训练几个网络", en="Networks per setting"), default=5, low=3, high=6, advanced=True,
        help=Text(
            zh="各用一个种子：各自的训练样本、错标签、初始权重和次序；A 与 B 同种子的配对。",
            en="Each has a seed of its own: its training examples, wrong labels, first weights and order; A and B are paired by seed.",
        ),
    )  # fmt: skip
    seed: int = seed()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    sentences: Table | None = panel(
        Text(zh="增强后的句子", en="Augmented sentences"),
        hint=Text(
            zh="你的句子和训练评论的各种变体；最后两列是训练完以后 A 与 B 判为好评的概率",
            en="Variants of your sentence and of training reviews; the last columns: the probability of praise by A and B once trained",
        ),
    )  # fmt: skip
    summary: Metrics | None = panel(
        Text(zh="A 与 B：留出评论", en="A and B: held-out reviews"),
        hint=Text(
            zh="各按自己留下的权重；方括号是对种子的 95% 区间，留出评论固定",
            en="Each by the weights it keeps; in brackets: 95% intervals over seeds, with the held-out reviews fixed",
        ),
    )  # fmt: skip
    losses: SideBySide[Lines] | None = panel(
        Text(zh="损失曲线", en="Loss curves"),
        hint=Text(
            zh="点线是验证，另一条是训练（A 实线，B 虚线），边训练边画；圆圈是验证损失平均在第几轮最低，早停时还有平均在第几轮停下",
            en="Dotted: validation; the others: training (A solid, B dashed), growing while they train. Circles: the mean epoch of the lowest validation loss, and with early stopping that of the stop",
        ),
    )  # fmt: skip
    accuracies: SideBySide[Lines] | None = panel(
        Text(zh="准确率曲线", en="Accuracy curves"),
        hint=Text(zh="点线是验证；训练准确率按给它的标签算，错标签也算", en="Dotted: validation. Training accuracy counts the labels it was given, wrong ones included"),
    )  # fmt: skip
    gap: Lines | None = panel(
        Text(zh="泛化差距", en="Generalization gap"), half=True,
        hint=Text(zh="验证损失减训练损失；色带是 95% 区间", en="Validation loss minus training loss; bands are 95% intervals"),
    )  # fmt: skip
    norms: Lines | None = panel(
        Text(zh="权重范数", en="Weight norms"), half=True,
        hint=Text(zh="全部权重的欧氏范数", en="Euclidean norm of all weights"),
    )  # fmt: skip
    stops: Table | None = panel(
        Text(zh="用哪一轮的权重", en="Which epoch's weights"),
        hint=Text(
            zh="同一次训练的四种选法；最后一种是看着测试集挑的，不能当作结果",
            en="Four choices within the same training; the last one is chosen on the test set and is no result",
        ),
    )  # fmt: skip
    noise: Lines | None = panel(
        Text(zh="真标签与打乱的标签", en="Real labels beside shuffled ones"), half=True,
        hint=Text(zh="A 的网络、同样的评论；0.5 是猜", en="A's networks on the same reviews; 0.5 is a guess"),
    )  # fmt: skip
    augmentations: Bars | None = panel(
        Text(zh="数据增强带来的变化", en="What augmentation changes"), half=True,
        hint=Text(
            zh="相对不增强，最后一轮的留出准确率变化（百分点），真标签；按种子配对的 95% 区间",
            en="Change of held-out accuracy in the last epoch against none (points), real labels; 95% intervals paired by seed",
        ),
    )  # fmt: skip
    mistakes: Table | None = panel(
        Text(zh="常见错误的代价", en="What common mistakes cost"),
        hint=Text(zh="同一次训练，差别只在怎样选权重、怎样评估", en="The same training; only the choice of weights or the evaluation differs"),
    )  # fmt: skip
