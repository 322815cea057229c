"""What the lab of semi-supervised learning is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import ShownWhen, choice, number, switch
from playground.lab.panels import GraphOverTime, Lines, Metrics, Table, panel, undrawn
from playground.lab.shared_controls import seed, seeds
from playground.lab.text import Label, Text
from playground.topics.semi_supervised.findings import CONSISTENCY, SELF, SPREADING, Findings

NAMES: dict[str, Label] = {
    SELF: Text(zh="自训练", en="self-training"),
    SPREADING: Text(zh="标签传播", en="label spreading"),
    CONSISTENCY: Text(zh="一致性正则", en="consistency"),
}
TASKS: dict[str, Label] = {"domain": Text(zh="领域", en="domain"), "sentiment": Text(zh="情感", en="sentiment")}
CLASS_NAMES: dict[str, Text] = {
    "hotel": Text(zh="酒店", en="hotel"), "book": Text(zh="图书", en="book"), "computer": Text(zh="电脑", en="computer"),
    "negative": Text(zh="负面", en="negative"), "positive": Text(zh="正面", en="positive"),
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    method: str = choice(
        Text(zh="细看哪种方法", en="Method to look into"), NAMES, default=CONSISTENCY,
        help=Text(zh="三种都会训练；平面、类别和举例用它。", en="All three are trained; the plane, the classes and the examples are of this one."),
    )  # fmt: skip
    task: str = choice(
        Text(zh="任务", en="Task"), TASKS, default="domain",
        help=Text(
            zh="同样的点，两套标签：领域（酒店、图书、电脑；中文的按词判定）大致成团，情感不成团。",
            en="The same points under two labellings: domains (hotel, book, computer; the Chinese ones told by words) form clusters, sentiments don't.",
        ),
    )  # fmt: skip
    reviews: str = choice(
        Text(zh="评论", en="Reviews"),
        {"zh": Text(zh="中文（数千条）", en="Chinese (thousands)"), "en": Text(zh="英文（480 条）", en="English (480)")},
        default="zh",
        help=Text(
            zh="英文一共只有 480 条，留出 180 条后，有标签与无标签合计至多 300 条。",
            en="There are only 480 English ones: 180 are held out, so labelled and unlabelled ones are at most 300 together.",
        ),
    )  # fmt: skip
    labelled: int = number(
        Text(zh="有标签", en="Labelled"), default=36, low=10, high=200,
        help=Text(zh="每个种子另抽一份，各类轮流抽。", en="Drawn anew for each seed, the classes in turn."),
    )  # fmt: skip
    unlabelled: int = number(
        Text(zh="无标签", en="Unlabelled"), default=800, low=50, high=4000, step=50,
        help=Text(zh="标签都有，只是不给方法看，评测时才用。", en="They have labels, which the methods never see; they are used to judge."),
    )  # fmt: skip
    threshold: float = number(
        Text(zh="置信度阈值", en="Confidence threshold"), default=0.8, low=0.5, high=0.99, step=0.01,
        help=Text(zh="概率达到它才打伪标签；三种方法都用。", en="The probability from which a pseudo-label is made, by all three methods."),
    )  # fmt: skip
    rounds: int = number(Text(zh="轮数", en="Rounds"), default=5, low=1, high=8, advanced=True)
    noise: float = number(
        Text(zh="起始标签的错误率", en="Wrong labels at the start"), default=0.0, low=0.0, high=0.5, step=0.05, advanced=True,
        help=Text(zh="有标签的样本里，这么多的标签改成别的类。", en="This share of the labelled examples gets the label of another class."),
    )  # fmt: skip
    keep: bool = switch(
        Text(zh="伪标签一旦给出就不改", en="Pseudo-labels stay once made"), default=False, advanced=True,
        help=Text(zh="只影响自训练；关：每轮全部重打。", en="Self-training only; off: all are made anew each round."),
    )  # fmt: skip
    balanced: bool = switch(
        Text(zh="各类伪标签一样多", en="As many pseudo-labels of each class"), default=False, advanced=True,
        help=Text(
            zh="只影响自训练；每类只取最少的那一类的个数。", en="Self-training only; each class is cut to the number of the rarest."
        ),
    )  # fmt: skip
    weight: float = number(
        Text(zh="一致性损失的权重", en="Weight of the consistency loss"), default=1.0, low=0.0, high=5.0, step=0.1, advanced=True,
        shown_when=ShownWhen("method", (CONSISTENCY,)),
    )  # fmt: skip
    bought: int = number(
        Text(zh="再买多少标签", en="Labels to buy"), default=30, low=5, high=200, step=5, advanced=True,
        help=Text(zh="主动学习对比随机：从有标签的那份出发，分五次买。", en="Active learning against chance: from the labelled set, in five purchases."),
    )  # fmt: skip
    seeds: int = seeds(default=6, low=3, high=8)
    seed: int = seed()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    figures: Metrics | None = panel(
        Text(zh="数据", en="Data"),
        hint=Text(
            zh="同类邻边：近邻图上两端同类的边占多少，括号里是类别随机分布时的值",
            en="Edges within a class: of the nearest-neighbour graph; in brackets, if classes were scattered at random",
        ),
    )
    compared: Table | None = panel(
        Text(zh="各方法的准确率", en="Accuracy by method"),
        hint=Text(
            zh="各种子的平均与 95% 区间（只含抽哪些标签的波动，不含留出样本的）；“增益”按种子配对",
            en="Means over seeds with 95% intervals (of which labels were drawn, not of the held-out part); gains are paired by seed",
        ),
    )
    rounds: Lines | None = panel(
        Text(zh="逐轮的准确率", en="Accuracy by round"), half=True,
        hint=Text(zh="第 0 轮没有伪标签；色带是各种子的 95% 区间", en="Round 0 has no pseudo-label; bands are 95% intervals over seeds"),
    )  # fmt: skip
    thresholds: Lines | None = panel(
        Text(zh="伪标签的精度与覆盖率", en="Precision and coverage of pseudo-labels"), half=True,
        hint=Text(
            zh="自训练，横轴是阈值；点线：最后一轮，另两条：第一轮", en="Self-training, by threshold; dotted: last round, the other two: first"
        ),
    )  # fmt: skip
    plane: GraphOverTime | None = panel(
        Text(zh="逐轮的平面", en="The plane, round by round"),
        hint=Text(
            zh="第一个种子的一部分点；坐标用全部标签求出（方法看不到）；字是真实类别；连线：新打上伪标签的点与它最像的训练点",
            en="Some points of the first seed, placed by means of all labels (unseen by the methods); letters are true classes; edges: to the training point most like it",
        ),
    )
    noises: Lines | None = panel(
        Text(zh="起始标签有错时", en="Noisy starts"), half=True,
        hint=Text(
            zh="自训练减去只用标签，同样的错误率；低于 0 就是越学越差", en="Self-training minus labels only at the same noise; below 0 it does harm"
        ),
    )  # fmt: skip
    bought: Lines | None = panel(
        Text(zh="买标签：最没把握的，还是随机的", en="Buying labels: least sure, or at random"), half=True,
        hint=Text(zh="横轴是标签总数；点是所选方法不买标签时的准确率", en="By number of labels; the mark is the chosen method without buying"),
    )  # fmt: skip
    classes: Table | None = panel(
        Text(zh="各类的伪标签", en="Pseudo-labels by class"), half=True,
        hint=Text(zh="留出样本各类一样多，池子不是", en="Classes are equal in the held-out part, not in the pool"),
    )  # fmt: skip
    leak: Table | None = panel(
        Text(zh="用测试集挑阈值和轮数", en="Threshold and round chosen on test data"), half=True,
        hint=Text(zh="在一半留出样本上挑，在另一半上看", en="Chosen on one half of the held-out part, read on the other"),
    )  # fmt: skip
    examples: Table | None = panel(
        Text(zh="最有把握的错误", en="The surest mistakes"),
        hint=Text(zh="第一个种子最后一轮的伪标签", en="Pseudo-labels of the first seed's last round"),
    )  # fmt: skip
