"""What the lab of continual learning is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number
from playground.lab.panels import Bars, Heatmap, Histogram, Lines, Scatter, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import hidden_units, review, seed, seeds
from playground.lab.text import Label, Text
from playground.topics.continual.findings import Findings

METHODS: dict[str, Label] = {
    "naive": Text(zh="朴素微调", en="naive fine-tuning"),
    "ewc": "EWC",
    "replay": Text(zh="回放", en="replay"),
    "lwf": Text(zh="蒸馏（LwF）", en="distillation (LwF)"),
    "joint": Text(zh="联合训练", en="joint training"),
}
SCENARIOS: dict[str, Label] = {
    "class": Text(zh="类增量", en="class-incremental"),
    "domain": Text(zh="域增量", en="domain-incremental"),
    "task": Text(zh="任务增量", en="task-incremental"),
}
LAMBDAS = ("1", "10", "100", "1000", "10000", "100000")
# Sentiment of books has 74 training examples a label.
MOST_EXAMPLES = 74


@dataclass(frozen=True)
class Settings:
    text: str = review(
        default=Text(zh="房间很干净，前台也热情，就是早餐种类不多。", en="The room was clean and the front desk was friendly, but breakfast was poor."),
        help=Text(zh="不参与训练；看各方法学完每个任务后怎么判断它。", en="Not trained on: see what each method makes of it after every task."),
    )  # fmt: skip
    tasks: str = choice(
        Text(zh="任务", en="Tasks"),
        {
            "kinds": Text(zh="哪类评论（六类）", en="kind of review (six)"),
            "sentiment": Text(zh="好评差评，逐个领域", en="good or bad, by domain"),
        },
        default="kinds",
        compact=False,
        help=Text(
            zh="六类是三个领域乘两种语言，每个任务学两类，共三个任务。好评差评只用中文：英文的平均词向量几乎读不出情感。",
            en="Six kinds: three domains in two languages, two in each of three tasks. Good or bad is Chinese only: English mean embeddings hardly show it.",
        ),
    )
    scenario: str = choice(
        Text(zh="场景", en="Scenario"), SCENARIOS, default="class", compact=False,
        help=Text(zh="类增量：在见过的所有类里选；域增量：答案共用两个输出；任务增量：告诉模型是哪个任务。",
                  en="Class: choose among all classes seen. Domain: all tasks share two outputs. Task: the task is given."),
    )  # fmt: skip
    strength: str = choice(
        Text(zh="EWC 的 λ", en="λ of EWC"), {value: value for value in LAMBDAS}, default="1000", compact=False
    )
    memory: int = number(
        Text(zh="回放：每类保留条数", en="Replay: examples kept per class"), default=10, low=1, high=40
    )
    order: str = choice(
        Text(zh="任务顺序", en="Order of tasks"),
        {
            "shuffled": Text(zh="每个种子各自打乱", en="shuffled by seed"),
            "fixed": Text(zh="固定", en="fixed"),
        },
        default="shuffled",
    )
    a: str = choice(Text(zh="矩阵 A", en="Matrix A"), METHODS, default="naive", compact=False, advanced=True)
    b: str = choice(Text(zh="矩阵 B", en="Matrix B"), METHODS, default="replay", compact=False, advanced=True)
    fisher: str = choice(
        Text(zh="Fisher 怎么算", en="Fisher information"),
        {
            "optimum": Text(zh="在旧任务的最优点，逐样本", en="at the old optimum, by example"),
            "batch": Text(zh="错：整批平均梯度的平方", en="wrong: square of the batch's mean gradient"),
            "before": Text(zh="错：学旧任务之前就算", en="wrong: before the old task was learnt"),
        },
        default="optimum",
        compact=False,
        advanced=True,
    )
    distill: float = number(
        Text(zh="LwF 的权重", en="Weight of LwF"), default=1.0, low=0.0, high=20.0, step=0.5, advanced=True
    )
    temperature: float = number(
        Text(zh="LwF 的温度", en="Temperature of LwF"), default=2.0, low=1.0, high=5.0, step=0.5, advanced=True
    )
    examples: int = number(
        Text(zh="每类训练条数", en="Training examples per class"), default=60, low=10, high=MOST_EXAMPLES, advanced=True
    )
    steps: int = number(
        Text(zh="每个任务的训练步数", en="Training steps per task"), default=50, low=5, high=120, step=5, advanced=True,
        help=Text(zh="每步 16 条；回放与联合训练另取 16 条旧的。", en="Of 16 examples each; replay and joint training add 16 old ones."),
    )  # fmt: skip
    width: int = hidden_units(default=16, low=2, high=32)
    seeds: int = seeds(default=5, low=2, high=8)
    seed: int = seed(
        Text(zh="顺序、初值、批次与保留的样本", en="Orders, initial weights, batches and the examples kept")
    )


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    curves: Lines | None = panel(
        Text(zh="第一个任务的准确率", en="Accuracy on the first task"), half=True,
        hint=Text(zh="边训练边画；色带是种子间的 95% 区间；竖直落下之处换了任务", en="Drawn while it trains; bands are 95% intervals over seeds; a fall is where the task changes"),
    )  # fmt: skip
    average: Lines | None = panel(
        Text(zh="已学任务的平均准确率", en="Mean accuracy on the tasks so far"), half=True,
        hint=Text(zh="学完每个任务后，在见过的全部任务的留出样本上", en="After each task, on held-out examples of all tasks seen"),
    )  # fmt: skip
    methods: Table | None = panel(
        Text(zh="各方法的指标", en="The methods' metrics"),
        hint=Text(zh="方括号：种子间的 95% t 区间；与朴素之差按种子（同一顺序、同一初值）配对，区间含 0 即分不出；AAA：各时刻已学任务准确率的平均",
                  en="In brackets: 95% t intervals over seeds; differences to naive are paired by seed (same order, same start), and can't be told apart where the interval holds 0; AAA: mean over time of the accuracy on the tasks so far"),
    )  # fmt: skip
    matrix: SideBySide[Heatmap] | None = panel(
        Text(zh="准确率矩阵：任务 × 时间", en="Accuracy matrix: task × time"),
        hint=Text(zh="行：学完第几个任务；列：在第几个任务上测；种子的平均", en="Rows: after which task; columns: measured on which task; mean over seeds"),
    )  # fmt: skip
    plane: Scatter | None = panel(
        Text(zh="多占的字节与遗忘", en="Extra bytes against forgetting"), half=True,
        hint=Text(zh="除网络本身外要留的字节；左下最好；竖线：种子间的 95% 区间；连线是帕累托前沿", en="Bytes kept besides the network; lower left is best; bars: 95% intervals over seeds; the line is the Pareto front"),
    )  # fmt: skip
    sweep: Lines | None = panel(
        Text(zh="λ：稳定与可塑", en="λ: stability against plasticity"), half=True,
        hint=Text(zh="λ 太小等于朴素微调，太大学不动新任务；选了错的 Fisher 时，点划线是正确的", en="Too small a λ is naive fine-tuning, too large a one can't learn the new task; with a wrong Fisher information chosen, the dash-dot lines are the right one"),
    )  # fmt: skip
    scenarios: Table | None = panel(
        Text(zh="同样的数据，三种场景", en="The same data, three scenarios"),
        hint=Text(zh="结束时的平均准确率 / 遗忘；★ 为本次的场景", en="Average accuracy at the end / forgetting; ★ marks this run's scenario"),
    )  # fmt: skip
    fisher: Bars | None = panel(
        Text(zh="Fisher 信息在哪里", en="Where the Fisher information is"), half=True,
        hint=Text(zh="学完第一个任务后各组参数占的份额；误差线：种子间的 95% 区间", en="Shares of each parameter group after the first task; bars: 95% intervals over seeds"),
    )  # fmt: skip
    parameters: Histogram | None = panel(
        Text(zh="逐个参数的 Fisher 信息", en="Fisher information by parameter"), half=True,
        hint=Text(zh="第一个种子学完第一个任务后，每个参数计一次；竖线右边是最大的 1%", en="Each parameter of the first seed after the first task, counted once; right of the line are the top 1%"),
    )  # fmt: skip
    moved: Table | None = panel(
        Text(zh="参数移动了多远", en="How far the parameters moved"), half=True,
        hint=Text(zh="从学完第一个任务到结束的均方根距离，按第一个任务的 Fisher 分组；方括号：95% t 区间，与朴素之差按种子配对", en="Root mean square from the end of the first task to the end, by the first task's Fisher information; in brackets: 95% t intervals, differences to naive paired by seed"),
    )  # fmt: skip
    log: Table | None = panel(
        Text(zh="训练日志与真实评估", en="The training log against evaluation"), half=True,
        hint=Text(zh="同样的网络；日志只看当时的批次", en="The same networks; the log sees only the batch of the moment"),
    )  # fmt: skip
    orders: Heatmap | None = panel(
        Text(zh="换一个顺序", en="Another order"), half=True,
        hint=Text(zh="每行一个种子；全部顺序见“任务与数据”；格中：结束时的平均准确率", en="A row for each seed, whole orders under “Tasks and data”; cells: average accuracy at the end"),
    )  # fmt: skip
    answers: Table | None = panel(
        Text(zh="你的评论，学完每个任务后", en="Your review, after each task"),
        hint=Text(zh="第一个种子的网络怎么判断，括号里是概率", en="What the first seed's networks answer, with the probability"),
    )  # fmt: skip
    data: Table | None = panel(
        Text(zh="任务与数据", en="Tasks and data"), hint=Text(zh="每个种子各学哪些任务", en="The tasks of every seed")
    )
