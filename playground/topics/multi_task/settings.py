"""What the lab of multi-task learning is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import ShownWhen, choice, number
from playground.lab.panels import Lines, Scatter, Table, panel, undrawn
from playground.lab.shared_controls import review, seed, seeds, training_steps
from playground.lab.text import Label, Text
from playground.topics.multi_task.findings import Findings

METHODS: dict[str, Label] = {
    "alone": Text(zh="单独训练", en="alone"),
    "fixed": Text(zh="固定权重", en="fixed weights"),
    "uncertainty": Text(zh="不确定性加权", en="uncertainty weighting"),
    "surgery": Text(zh="梯度手术（PCGrad）", en="gradient surgery (PCGrad)"),
    "tuned": Text(zh="用验证集选的固定权重", en="fixed weights chosen on validation"),
}
TASKS: dict[str, Label] = {
    "sentiment": Text(zh="情感", en="sentiment"),
    "domain": Text(zh="领域", en="domain"),
    "length": Text(zh="长度", en="length"),
    "hotel": Text(zh="酒店情感", en="hotel sentiment"),
    "computer": Text(zh="电脑情感", en="computer sentiment"),
    "again": Text(zh="情感（第二个头）", en="sentiment (second head)"),
}


@dataclass(frozen=True)
class Settings:
    text: str = review(
        default=Text(zh="房间很干净，前台也热情，就是早餐种类不多。", en="房间很脏，空调坏了，服务员态度也很差。"),
        help=Text(
            zh="不参与训练；看每种训练出来的网络怎么判断它。网络只学过中文评论。",
            en="Not trained on. The networks learn Chinese reviews: English mean embeddings hardly show sentiment. The default says: dirty room, broken air conditioning, rude staff.",
        ),
    )  # fmt: skip
    tasks: str = choice(
        Text(zh="任务", en="Tasks"),
        {
            "pair": Text(zh="情感 + 领域", en="sentiment + domain"),
            "three": Text(zh="情感 + 领域 + 长度", en="sentiment + domain + length"),
            "related": Text(zh="酒店情感 + 电脑情感", en="hotel sentiment + computer sentiment"),
            "twice": Text(zh="同一个情感标签，两个头", en="the same sentiment label, two heads"),
        },
        default="pair",
        compact=False,
        help=Text(zh="每个任务一个头，共用隐层。领域三类：酒店、书、电脑；长度是回归。", en="A head for each task on a shared layer. Domains: hotel, book, computer; length is a regression."),
    )  # fmt: skip
    first: int = number(
        Text(zh="第一个任务的训练条数", en="Training reviews, first task"), default=600, low=6, high=600
    )
    second: int = number(
        Text(zh="第二个任务的训练条数", en="Training reviews, second task"), default=24, low=6, high=300,
        help=Text(zh="“两个头”时不用：两个头学同样的评论。", en="Not used with the same label twice: both heads learn the same reviews."),
    )  # fmt: skip
    share: float = number(
        Text(zh="固定权重：第二个任务占", en="Fixed weights: second task's share"), default=0.5, low=0.01, high=0.99, step=0.01,
        help=Text(zh="前两个任务的损失怎样分权重；第三个任务总占三分之一。", en="How the first two losses share their weight; a third task always has a third."),
    )  # fmt: skip
    width: int = number(Text(zh="共享单元", en="Shared units"), default=8, low=1, high=32)
    third: int = number(
        Text(zh="长度的训练条数", en="Training reviews, length"), default=600, low=6, high=600, advanced=True,
        shown_when=ShownWhen("tasks", ("three",)),
    )  # fmt: skip
    length: str = choice(
        Text(zh="长度的单位", en="Unit of length"),
        {"standard": Text(zh="标准化", en="standardized"), "characters": Text(zh="字数，不缩放", en="characters, unscaled")},
        default="standard",
        advanced=True,
        shown_when=ShownWhen("tasks", ("three",)),
    )  # fmt: skip
    decay: float = number(
        Text(zh="权重衰减", en="Weight decay"), default=0.0, low=0.0, high=30.0, step=1.0, advanced=True,
        help=Text(zh="解耦的：每步把权重乘以 1 − 0.004 × 它。", en="Decoupled: each step multiplies the weights by 1 − 0.004 × this."),
    )  # fmt: skip
    steps: int = training_steps(
        default=100, low=5, high=300, step=5,
        help=Text(zh="每步每个任务 32 条。", en="Each takes 32 reviews of every task."),
    )  # fmt: skip
    seeds: int = seeds(default=8, low=2, high=10)
    seed: int = seed(Text(zh="训练评论、初值与批次", en="Training reviews, initial weights and batches"))


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    first_curve: Lines | None = panel(
        Text(zh="第一个任务的留出成绩", en="First task, held out"), half=True,
        hint=Text(zh="边训练边画；色带是种子间的 95% 区间", en="Drawn while it trains; bands are 95% intervals over seeds"),
    )  # fmt: skip
    second_curve: Lines | None = panel(
        Text(zh="第二个任务的留出成绩", en="Second task, held out"), half=True,
        hint=Text(zh="同样的网络、同样的步数", en="The same networks and steps"),
    )  # fmt: skip
    cosine: Lines | None = panel(
        Text(zh="梯度余弦", en="Gradient cosine"), half=True,
        hint=Text(zh="每一步在共享层上量的任务梯度夹角；小于 0 为冲突", en="Between the tasks' gradients on the shared layer, measured at every step; below 0 they conflict"),
    )  # fmt: skip
    weights: Lines | None = panel(
        Text(zh="学到的权重", en="Learned weights"), half=True,
        hint=Text(zh="不确定性加权给各任务损失的系数占总和的份额", en="What uncertainty weighting multiplies each loss by, as a share of the sum"),
    )  # fmt: skip
    together: Table | None = panel(
        Text(zh="单独训练与一起训练", en="Alone against together"),
        hint=Text(zh="方括号：种子间的 95% t 区间；差按种子配对（同样的评论、初值与批次），区间含 0 即分不出",
                  en="In brackets: 95% t intervals over seeds; differences are paired by seed (same reviews, start and batches), and can't be told apart where the interval holds 0"),
    )  # fmt: skip
    plane: Scatter | None = panel(
        Text(zh="同样预算下的平面", en="The plane at equal budget"),
        hint=Text(zh="每点是同样步数的网络，种子的平均与 95% 区间；右上最好，连线是固定权重的帕累托前沿", en="Each point: networks of equal steps, mean over seeds with 95% intervals; upper right is best, the line is the Pareto front of fixed weights"),
    )  # fmt: skip
    budget: Table | None = panel(
        Text(zh="只调权重，还是用更聪明的方法", en="Just scalarize, or something cleverer"),
        hint=Text(zh="增益：与单独训练之差，各分类任务的平均", en="Gain: minus training alone, mean over the classification tasks"),
    )  # fmt: skip
    conflicts: Table | None = panel(
        Text(zh="共享层上的梯度", en="Gradients on the shared layer"),
        hint=Text(zh="全部训练步的平均；手术一行是手术之前的梯度", en="Means over all steps; of surgery, before it operates"),
    )  # fmt: skip
    answers: Table | None = panel(
        Text(zh="你的评论，各网络怎么判断", en="Your review, as each network judges it"),
        hint=Text(zh="各种子概率的平均", en="Probabilities, mean over seeds"),
    )  # fmt: skip
    data: Table | None = panel(
        Text(zh="任务与数据", en="Tasks and data"), hint=Text(zh="每个任务一行", en="A row by task")
    )
