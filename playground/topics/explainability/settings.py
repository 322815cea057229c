"""What the lab of explainability is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.explanation.striking import struck_units
from playground.lab.controls import ShownWhen, choice, number, text_box
from playground.lab.panels import Heatmap, Lines, Table, panel, undrawn
from playground.lab.shared_controls import lime_samples, seed, text, unit
from playground.lab.text import Text
from playground.lab.token_panels import Attention, Attribution
from playground.topics.explainability.findings import Findings

DEFAULT_TEXT = Text(zh="房间很干净，但是服务态度太差了。", en="The room was clean, the staff rude.")


@dataclass(frozen=True)
class Settings:
    text: str = text(default=DEFAULT_TEXT, max_chars=400)
    target: str = choice(
        Text(zh="解释什么", en="What to explain"),
        {
            "positive": Text(zh="情感：正面", en="sentiment: positive"),
            "negative": Text(zh="情感：负面", en="sentiment: negative"),
            "next": Text(zh="下一个词元", en="the next token"),
        },
        default="positive",
        help=Text(
            zh="情感由模型中间层上的逻辑回归探针判断；下一个词元由模型自己预测。",
            en="Sentiment comes from a logistic probe on a middle layer; the next token from the model itself.",
        ),
    )
    token: str = text_box(
        Text(zh="哪个词元", en="Which token"), default="", max_chars=20, lines=1, optional=True,
        shown_when=ShownWhen("target", ("next",)),
        help=Text(zh="留空则取模型认为最可能的；前面带不带空格，取更可能的一种；多于一个词元时取第一个。",
                  en="Blank: the likeliest by the model. With or without a space before it, whichever is likelier; of several tokens the first."),
    )  # fmt: skip
    unit: str = unit()
    samples: int = lime_samples(
        default=256, low=16, high=512, step=16, advanced=False,
        help=Text(zh="最多取这么多；误差区间稳定后提前停止。", en="At most; sampling ends early once the intervals have settled."),
    )  # fmt: skip
    seed: int = seed()
    permutations: int = number(
        Text(zh="Shapley 随机顺序数", en="Orders for Shapley"), default=16, low=2, high=64, advanced=True,
        help=Text(zh="超过 10 个单元时使用，每个顺序连同其反序。", en="Used above 10 units; each order together with its reverse."),
    )  # fmt: skip
    steps: int = number(
        Text(zh="积分梯度步数", en="Steps of integrated gradients"), default=16, low=4, high=128, advanced=True
    )
    struck: str = struck_units()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    attention: Attention | None = panel(
        Text(zh="注意力：全部层与头", en="Attention: all layers and heads"),
        hint=Text(zh="点一个头展开；指向一个词元看它读了谁", en="Open a head; point at a token to see what it reads"),
    )
    comparison: Heatmap | None = panel(
        Text(zh="各方法并排", en="All methods beside each other"),
        hint=Text(
            zh="每行除以该行最大绝对值；注意力没有正负",
            en="Each row divided by its largest size; attention has no sign",
        ),
    )
    lime: Attribution | None = panel(
        Text(zh="LIME", en="LIME"), half=True,
        hint=Text(zh="随机删词、重算、拟合线性模型", en="Remove words at random, compute again, fit a linear model"),
    )  # fmt: skip
    shapley: Attribution | None = panel(
        Text(zh="Shapley 值", en="Shapley values"), half=True,
        hint=Text(zh="加入该词的平均效应，遍历各种顺序", en="A word's mean effect over all orders of adding words"),
    )  # fmt: skip
    left_out: Attribution | None = panel(
        Text(zh="留一法", en="Leave-one-out"), half=True,
        hint=Text(zh="只删这一个词，值降了多少", en="How far the value falls without this one word"),
    )  # fmt: skip
    integrated: Attribution | None = panel(
        Text(zh="积分梯度", en="Integrated gradients"), half=True,
        hint=Text(zh="从平均词向量走到原文，沿途累加梯度", en="Gradients accumulated from the mean embedding to the text"),
    )  # fmt: skip
    gradient: Attribution | None = panel(
        Text(zh="梯度 × 输入", en="Gradient × input"), half=True,
        hint=Text(zh="只看原文这一点的斜率", en="The slope at the text itself, nothing more"),
    )  # fmt: skip
    head: Attribution | None = panel(
        Text(zh="注意力：一个头", en="Attention: one head"), half=True,
        hint=Text(zh="读本文最多的那个头", en="The head that reads most from the text"),
    )  # fmt: skip
    mean: Attribution | None = panel(
        Text(zh="注意力：各层平均", en="Attention: mean of layers"), half=True,
        hint=Text(zh="末位词元对各词的平均注意力", en="What the last token reads, over layers and heads"),
    )  # fmt: skip
    rollout: Attribution | None = panel(
        Text(zh="注意力：逐层累乘（rollout）", en="Attention: rollout"), half=True,
        hint=Text(zh="各头平均，计入残差，逐层相乘", en="Heads averaged, residual included, layers multiplied"),
    )  # fmt: skip
    perturbed: Table | None = panel(
        Text(zh="真实的扰动句", en="Perturbed sentences"),
        hint=Text(zh="LIME 喂给模型的就是这样的文本", en="What LIME gives to the model is text like this"),
    )
    agreement: Heatmap | None = panel(
        Text(zh="方法之间的排名一致性", en="Rank agreement between methods"),
        hint=Text(zh="Spearman ρ / Kendall τ，按权重大小", en="Spearman ρ / Kendall τ, by size of weight"),
    )
    deletion: Lines | None = panel(
        Text(zh="删除曲线", en="Deletion"), half=True,
        hint=Text(zh="先删最支持的词；降得越快越好", en="Most supporting first; the faster it falls the better"),
    )  # fmt: skip
    insertion: Lines | None = panel(
        Text(zh="插入曲线", en="Insertion"), half=True,
        hint=Text(zh="先放最支持的词；升得越快越好", en="Most supporting first; the faster it rises the better"),
    )  # fmt: skip
    lens: Heatmap | None = panel(
        Text(zh="Logit lens：每层在想什么", en="Logit lens: what each layer would say"),
        hint=Text(
            zh="格中：该层首选的下一个词元；颜色：最终首选在该层的概率",
            en="In the cell: the layer's first choice; colour: its probability of the model's final choice",
        ),
    )
    spaces: Attribution | None = panel(
        Text(zh="反例：按空格切分的 LIME", en="Counter-example: LIME split at spaces"), half=True,
        hint=Text(zh="中文句子没有空格，整句只是一个特征", en="A Chinese sentence without spaces is one feature"),
    )  # fmt: skip
    splits: Table | None = panel(
        Text(zh="切法决定特征", en="The split decides the features"), half=True,
        hint=Text(zh="本文与一句中文，各种切法", en="This text and a Chinese sentence, by each way of splitting"),
    )  # fmt: skip
