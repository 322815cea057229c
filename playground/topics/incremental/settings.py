"""What the lab of incremental training is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number, text_box
from playground.lab.panels import Lines, Metrics, Scatter, Table, panel, undrawn
from playground.lab.shared_controls import hidden_units, review, seed, seeds
from playground.lab.text import Label, Text
from playground.topics.incremental.findings import Findings

METHODS: dict[str, Label] = {
    "new": Text(zh="只用新数据", en="new data only"),
    "replay": Text(zh="混入旧数据", en="replay of old data"),
    "again": Text(zh="新旧全部重训", en="all again from scratch"),
    "head": Text(zh="冻结，只训输出层", en="frozen, output only"),
    "adapter": Text(zh="低秩适配器", en="low-rank adapter"),
}
DATA: dict[str, Label] = {
    "language": Text(zh="换语言：中文主题，再来英文", en="a language: topics in Chinese, then in English"),
    "class": Text(zh="来新类：酒店与书，再来电脑", en="a new class: hotels and books, then computers"),
    "sentiment": Text(zh="换领域：酒店好差评，再来书评", en="a domain: good or bad, hotels, then books (Chinese)"),
}
SCHEDULES: dict[str, Label] = {
    "rewarmed": Text(zh="重新预热再衰减", en="re-warmed, then decayed"),
    "constant": Text(zh="直接用峰值，不预热不衰减", en="peak at once, no warm-up or decay"),
    "cold": Text(zh="停在上次结束的低学习率", en="the low rate at which the base ended"),
}
# Sentiment of books has 74 training examples a label.
MOST_EXAMPLES = 74


@dataclass(frozen=True)
class Settings:
    text: str = review(
        default=Text(zh="房间隔音不好，早餐倒是很丰富。", en="The keyboard feels cheap and the battery dies too fast."),
        help=Text(zh="不参与训练；看它在更新前后被判成什么。", en="Not trained on: see what it is taken for before and after the update."),
    )  # fmt: skip
    data: str = choice(Text(zh="旧数据与新数据", en="Old and new data"), DATA, default="language", compact=False)
    lines: str = text_box(
        Text(zh="新数据（可换成你自己的）", en="New data (your own, if you like)"),
        default="", max_chars=20_000, lines=4, optional=True,
        help=Text(
            zh="一行一条：标签、制表符、文本，6 到 200 行，每个标签至少 3 行。标签用已有的类（酒店、图书、电脑；差评、好评），或最多 3 个新类。留空用自带的。",
            en="One a line: label, tab, text; 6 to 200 lines, 3 or more of a label. Labels are known classes (hotel, book, computer; bad, good) or up to 3 new ones. Empty: the built-in data.",
        ),
    )  # fmt: skip
    share: float = number(
        Text(zh="回放：旧数据占一批的比例", en="Replay: old share of each batch"), default=0.1, low=0.01, high=0.9, step=0.01
    )  # fmt: skip
    rank: int = number(Text(zh="适配器的秩", en="Rank of the adapter"), default=2, low=1, high=8)
    merge: float = number(
        Text(zh="合并：底座（0）到更新后（1）", en="Merge: base (0) to tuned (1)"), default=0.5, low=0.0, high=1.5, step=0.05
    )  # fmt: skip
    schedule: str = choice(
        Text(zh="更新时的学习率", en="Learning rate of the update"), SCHEDULES, default="rewarmed", compact=False, advanced=True
    )  # fmt: skip
    rate: str = choice(
        Text(zh="峰值学习率（底座的几倍）", en="Peak rate (times the base's)"), {"0.3": "0.3", "1": "1", "3": "3"}, default="1", advanced=True
    )  # fmt: skip
    examples: int = number(
        Text(zh="每类训练条数", en="Training examples per class"), default=70, low=10, high=MOST_EXAMPLES, advanced=True,
        help=Text(zh="每个种子另抽一份；自己的新数据全用。", en="Drawn anew by each seed; your own new data are all used."),
    )  # fmt: skip
    steps: int = number(
        Text(zh="更新的步数", en="Steps of the update"), default=60, low=10, high=150, step=10, advanced=True,
        help=Text(zh="每步 32 条。", en="Of 32 examples each."),
    )  # fmt: skip
    width: int = hidden_units(default=8, low=8, high=32)
    seeds: int = seeds(default=8, low=2, high=10)
    seed: int = seed(Text(zh="初值、抽哪些样本、批次", en="Initial weights, which examples are drawn, and batches"))


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    old: Lines | None = panel(
        Text(zh="旧数据上的准确率", en="Accuracy on old data"), half=True,
        hint=Text(zh="边训练边画；色带是种子间的 95% 区间；“重训”此前已训了一轮", en="Drawn while it trains; bands are 95% intervals over seeds; “all again” has trained once before"),
    )  # fmt: skip
    new: Lines | None = panel(
        Text(zh="新数据上的准确率", en="Accuracy on new data"), half=True,
        hint=Text(zh="同样的网络、同样的步", en="The same networks at the same steps"),
    )  # fmt: skip
    methods: Table | None = panel(
        Text(zh="各种更新的结果", en="What each update did"),
        hint=Text(zh="方括号：种子间的 95% t 区间；遗忘与差是百分点；“比只用新数据”按种子配对，区间含 0 即分不出", en="In brackets: 95% t intervals over seeds; what is forgotten and differences are percentage points; “minus new only” is paired by seed, and can't be told apart where the interval holds 0"),
    )  # fmt: skip
    cost: Table | None = panel(
        Text(zh="代价", en="Cost"),
        hint=Text(zh="存下更新只要训过的数；要接着训，还得存 Adam 的两个动量", en="An update is saved as what it trained; to go on training, Adam's two moments are needed too"),
    )  # fmt: skip
    ranks: Lines | None = panel(
        Text(zh="秩与遗忘", en="Rank against forgetting"), half=True,
        hint=Text(zh="只用新数据；最右是不用适配器、全部参数都训", en="New data only; rightmost: no adapter, all parameters trained"),
    )  # fmt: skip
    shares: Lines | None = panel(
        Text(zh="回放比例", en="Replay share"), half=True,
        hint=Text(zh="总步数不变，旧数据占多少，新数据就少多少", en="The number of steps is fixed: what is old isn't new"),
    )  # fmt: skip
    merges: Lines | None = panel(
        Text(zh="底座与更新后的合并", en="Merge of base and tuned"), half=True,
        hint=Text(zh="权重 = 底座 + 系数 ×（只用新数据更新后 − 底座）；标记是本次的滑块", en="Weights = base + amount × (tuned on new only − base); the mark is this run's slider"),
    )  # fmt: skip
    drift: Scatter | None = panel(
        Text(zh="权重漂移与遗忘", en="Drift of weights against forgetting"), half=True,
        hint=Text(zh="每点一种更新，种子的平均与 95% 区间；漂移是与底座的距离除以底座的范数", en="A point is an update, mean over seeds with 95% intervals; drift is the distance from the base over its norm"),
    )  # fmt: skip
    paces: Table | None = panel(
        Text(zh="学习率怎么接上", en="How the learning rate resumes"), half=True,
        hint=Text(zh="都只用新数据，全部参数都训", en="All with new data only and all parameters trained"),
    )  # fmt: skip
    probe: Metrics | None = panel(
        Text(zh="真忘还是假忘", en="Lost, or only misread"), half=True,
        hint=Text(zh="只用新数据更新后，冻结隐层，用很少的旧样本重训输出层，旧数据的准确率", en="After the update on new data only: hidden layer frozen, output refitted with a few old examples; accuracy on old data"),
    )  # fmt: skip
    vocabulary: Table | None = panel(
        Text(zh="新词要新行", en="New words need new rows"),
        hint=Text(zh="另一个小网络：词袋，每个词一行嵌入；更新时新旧数据各半", en="Another small network: bags of words, a row of embedding each; its update is half old, half new data"),
    )  # fmt: skip
    words: Table | None = panel(
        Text(zh="新行动了多少", en="How far the new rows moved"), half=True,
        hint=Text(zh="随机初值的那组；旧数据里没有的词，只训旧数据时一动不动", en="Of those with random initial values; a word that old data lack doesn't move while only they are trained on"),
    )  # fmt: skip
    answers: Table | None = panel(
        Text(zh="你的评论，更新前后", en="Your review, before and after"), half=True,
        hint=Text(zh="第一个种子的网络，和它给的概率", en="The first seed's networks, with their probability"),
    )  # fmt: skip
    datasets: Table | None = panel(
        Text(zh="数据", en="Data"),
        hint=Text(zh="每类一行：新旧数据各有多少条", en="A row by class: how many texts of old and new data"),
    )
