"""What the lab of meta-learning is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number, text_box
from playground.lab.panels import Lines, Prose, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import hidden_units, review, seed, seeds
from playground.lab.text import Label, Text
from playground.topics.meta_learning.findings import Findings

METHODS: dict[str, Label] = {
    "maml": Text(zh="MAML（二阶）", en="MAML (second order)"),
    "fomaml": Text(zh="一阶 MAML", en="first-order MAML"),
    "anil": "ANIL",
    "reptile": "Reptile",
    "joint": Text(zh="联合训练", en="joint training"),
    "none": Text(zh="随机初始化", en="random start"),
}
DEFAULT_POINTS = "-4 3\n-2.5 1\n-0.5 -3\n1.5 1.5\n3.5 2"


@dataclass(frozen=True)
class Settings:
    text: str = review(
        default=Text(zh="键盘手感不错，就是散热差了点。", en="The keyboard feels great, but the fan is loud."),
        lines=2,
        help=Text(
            zh="讲酒店、书还是电脑？它用哪种语言写，未见的文本任务就用哪种语言。",
            en="About a hotel, a book or a computer? The unseen text tasks are in the language it is written in.",
        ),
    )
    points: str = text_box(
        Text(zh="你的点", en="Your points"), default=DEFAULT_POINTS, max_chars=400, lines=5,
        help=Text(zh="每行一个“x y”或“x,y”，2 到 10 个；x 在 ±5 内，y 在 ±10 内。", en="One “x y” or “x,y” a line, 2 to 10 of them; x within ±5, y within ±10."),
    )  # fmt: skip
    inner_steps: int = number(
        Text(zh="元训练的内循环步数", en="Inner steps in meta-training"), default=1, low=1, high=4
    )
    inner_rate: float = number(
        Text(zh="内循环学习率（正弦）", en="Inner learning rate (sines)"), default=0.04, low=0.005, high=0.1, step=0.005,
        help=Text(zh="训练与适应都用它；元训练就是为这个学习率找起点。", en="In training and in use alike: meta-training finds a start for this rate."),
    )  # fmt: skip
    unseen: str = choice(
        Text(zh="未见的正弦任务", en="Unseen sine tasks"),
        {
            "same": Text(zh="同一分布", en="same distribution"),
            "larger": Text(zh="振幅更大", en="larger amplitudes"),
            "faster": Text(zh="频率加倍", en="twice the frequency"),
        },
        default="same",
        compact=False,
    )
    labels: str = choice(
        Text(zh="文本任务的标签编号", en="Label numbers of text tasks"),
        {
            "shuffled": Text(zh="每个任务打乱", en="shuffled by task"),
            "fixed": Text(zh="元训练时固定", en="fixed in meta-training"),
        },
        default="shuffled",
        compact=False,
        help=Text(
            zh="固定时同一领域永远是同一个编号，不看支持集也能答对训练任务。",
            en="Fixed: a domain always has the same number, so training tasks can be solved without the support set.",
        ),
    )
    a: str = choice(Text(zh="曲线 A", en="Curves A"), METHODS, default="maml", compact=False, advanced=True)
    b: str = choice(Text(zh="曲线 B", en="Curves B"), METHODS, default="joint", compact=False, advanced=True)
    unseen_texts: str = choice(
        Text(zh="未见的文本任务", en="Unseen text tasks"),
        {
            "language": Text(zh="元训练没见过的语言", en="in a language not meta-trained on"),
            "reviews": Text(zh="两种语言都见过，评论是新的", en="both languages seen, other reviews"),
        },
        default="language",
        compact=False,
        advanced=True,
    )
    shots: int = number(
        Text(zh="支持集：正弦几个点", en="Support points of a sine"), default=5, low=2, high=10, advanced=True
    )
    text_shots: int = number(
        Text(zh="支持集：每类几条评论", en="Support reviews per class"), default=1, low=1, high=5, advanced=True
    )
    ways: int = number(
        Text(zh="文本任务：几选一", en="Classes of a text task"), default=3, low=2, high=3, advanced=True
    )
    text_rate: float = number(
        Text(zh="内循环学习率（文本）", en="Inner learning rate (texts)"),
        default=0.5,
        low=0.05,
        high=2.0,
        advanced=True,
    )
    steps: int = number(
        Text(zh="元训练步数（正弦）", en="Meta-training steps (sines)"),
        default=80,
        low=10,
        high=200,
        step=10,
        advanced=True,
    )
    text_steps: int = number(
        Text(zh="元训练步数（文本）", en="Meta-training steps (texts)"),
        default=40,
        low=10,
        high=100,
        step=10,
        advanced=True,
    )
    tasks: int = number(Text(zh="每步几个任务", en="Tasks per step"), default=8, low=2, high=12, advanced=True)
    reptile_steps: int = number(
        Text(zh="Reptile 的内循环步数", en="Inner steps of Reptile"), default=3, low=1, high=5, advanced=True,
        help=Text(zh="只走一步时，它就是联合训练。", en="With a single one it is joint training."),
    )  # fmt: skip
    width: int = hidden_units(default=32, low=8, high=40, step=4)
    prompts: int = number(
        Text(zh="给语言模型几个任务", en="Tasks for the language model"), default=2, low=1, high=6, advanced=True
    )
    seeds: int = seeds(default=5, low=2, high=6)
    seed: int = seed(Text(zh="初值、任务与评论的抽取", en="Initial weights, tasks and the choice of reviews"))


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    training: Lines | None = panel(
        Text(zh="元训练曲线（正弦）", en="Meta-training (sines)"), half=True,
        hint=Text(zh="在新抽的训练任务上，走完内循环后的查询损失；色带是种子间的 95% 区间", en="Query loss after the inner loop on fresh training tasks; bands are 95% intervals over seeds"),
    )  # fmt: skip
    by_step: Lines | None = panel(
        Text(zh="未见任务：损失随适应步数", en="Unseen tasks: loss by adaptation step"), half=True,
        hint=Text(zh="0 是适应之前；同一批任务，色带是种子间的 95% 区间", en="0 is before adaptation; the same tasks for all, 95% intervals over seeds"),
    )  # fmt: skip
    methods: Table | None = panel(
        Text(zh="各方法在未见的正弦任务上", en="The methods on unseen sine tasks"),
        hint=Text(zh="查询集的均方误差；方括号：种子间的 95% t 区间；之差按种子（同一初值、同样的任务）配对，区间含 0 即分不出",
                  en="Mean squared error on query sets; in brackets 95% t intervals over seeds; differences are paired by seed (same start, same tasks) and can't be told apart where the interval holds 0"),
    )  # fmt: skip
    curves: SideBySide[Lines] | None = panel(
        Text(zh="一个未见任务：适应前后", en="An unseen task before and after adaptation"),
        hint=Text(zh="圆点是支持集；第一个种子的网络", en="Dots are the support set; networks of the first seed"),
    )  # fmt: skip
    yours: Lines | None = panel(
        Text(zh="你的点，每种方法走一步", en="Your points, fitted in one step"), half=True,
        hint=Text(zh="第一个种子的网络，同样的学习率；单击空白处添加一个点（同一 x 则改它的 y），单击已有的点删除它，最多 10 个；也可直接改“你的点”，然后运行",
                  en="Networks of the first seed, all at the same rate; click to add a point (at the same x: to move it), click a point to remove it, at most 10; or edit “Your points”; then run"),
    )  # fmt: skip
    fits: Table | None = panel(
        Text(zh="你的点上的误差", en="Errors on your points"), half=True,
        hint=Text(zh="均方误差，种子平均；“留一”：用其余的点走一步，测留出的那个点",
                  en="Mean squared error, over seeds; “left out”: one step on the other points, measured on the one left out"),
    )  # fmt: skip
    rates: Lines | None = panel(
        Text(zh="换一个内循环学习率", en="Another inner learning rate"), half=True,
        hint=Text(zh="起点不变，只在未见任务上换学习率走一步；竖直方向是对数", en="Same starts, one step at another rate on unseen tasks; logarithmic"),
    )  # fmt: skip
    cost: Table | None = panel(
        Text(zh="二阶比一阶贵多少", en="What the second order costs"), half=True,
        hint=Text(zh="一个外循环步；反向次数是数出来的，毫秒是本次测的", en="One outer step; passes are counted, milliseconds were measured in this run"),
    )  # fmt: skip
    text_training: Lines | None = panel(
        Text(zh="元训练曲线（文本）", en="Meta-training (texts)"), half=True,
        hint=Text(zh="在新抽的训练任务上，走完内循环后的交叉熵", en="Cross-entropy after the inner loop on fresh training tasks"),
    )  # fmt: skip
    text_by_step: Lines | None = panel(
        Text(zh="未见的文本任务：准确率随步数", en="Unseen text tasks: accuracy by step"), half=True,
        hint=Text(zh="0 步是不看支持集时的准确率", en="Step 0 is the accuracy without the support set"),
    )  # fmt: skip
    texts: Table | None = panel(
        Text(zh="各方法在未见的文本任务上", en="The methods on unseen text tasks"),
        hint=Text(zh="查询集的准确率；95% t 区间与配对差同上", en="Accuracy on query sets; 95% t intervals and paired differences as above"),
    )  # fmt: skip
    in_context: Table | None = panel(
        Text(zh="同样的任务，语言模型在上下文里学", en="The same tasks, learnt in context by the language model"),
        hint=Text(zh="同样的支持集与查询集；样本很少，所以区间很宽",
                  en="The same support and query reviews; few of them, so intervals are wide"),
    )  # fmt: skip
    answers: Table | None = panel(
        Text(zh="你的评论", en="Your review"), half=True,
        hint=Text(zh="看过第一个任务的支持集后的回答；网络取种子平均", en="Answers after the support set of the first of these tasks; networks averaged over seeds"),
    )  # fmt: skip
    prompt: Prose | None = panel(
        Text(zh="语言模型读到的提示", en="The prompt that the language model reads"),
        hint=Text(zh="第一份提示，到回答你的评论之前为止", en="The first prompt, up to the answer about your review"),
    )
