"""What the lab of classification is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playground.lab.controls import choice, number, switch, text_box
from playground.lab.panels import Heatmap, Lines, Table, panel, undrawn
from playground.lab.shared_controls import lime_samples, seed
from playground.lab.text import Label, Text
from playground.lab.token_panels import Attribution
from playground.topics.classification.findings import Findings

NAMES: dict[str, Label] = {
    "tfidf": "TF-IDF",
    "embedding": Text(zh="平均词嵌入", en="averaged embeddings"),
    "state": Text(zh="提示状态", en="prompted states"),
    "prompt": Text(zh="少样本提示", en="few-shot prompt"),
}


def example_lines(language: str) -> str:
    """Returns the labelled lines that the lab starts with: written for this project, four of them mislabelled on purpose."""
    return Path(__file__).with_name(f"lines.{language}.tsv").read_text(encoding="utf-8").strip()


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="新文本", en="New text"), max_chars=400, lines=2,
        default=Text(zh="包裹还没到，我不想等了，把钱还我。", en="The parcel still isn't here and I'm done waiting, give me my money."),
    )  # fmt: skip
    lines: str = text_box(
        Text(zh="带标签的行", en="Labelled lines"),
        default=Text(zh=example_lines("zh"), en=example_lines("en")),
        max_chars=20_000, lines=8,
        help=Text(
            zh="一行一条：标签、制表符或逗号、文本；也可粘贴带表头的 CSV。8 到 2000 行，2 到 20 类。自带 120 行客服留言，其中 4 行故意标错。",
            en="One a line: label, tab or comma, text; or a CSV with a header. 8 to 2,000 lines, 2 to 20 classes. The 120 customer messages"
            " here include 4 labelled wrong on purpose.",
        ),
    )  # fmt: skip
    method: str = choice(
        Text(zh="细看哪种方法", en="Method to look into"), NAMES, default="state", compact=False,
        help=Text(zh="混淆矩阵、各类得分和可疑标签用它。", en="For the confusion matrix, the scores by class and the suspect labels."),
    )  # fmt: skip
    threshold: float = number(
        Text(zh="低于此概率就弃权", en="Abstain below"), default=0.6, low=0.0, high=0.99, step=0.01,
        help=Text(zh="看结果之前就定下来；看着曲线再挑，等于用测试集挑。", en="Fixed before the result is seen: picked off the curve, it would be chosen on the test lines."),
    )  # fmt: skip
    noise: float = number(
        Text(zh="另外弄错多少标签", en="Further labels to spoil"), default=0.0, low=0.0, high=0.4, step=0.05,
        help=Text(zh="随机换成别的类，看能找回多少。自己的数据请留 0。", en="Exchanged at random, to see how many are found. Keep 0 for real work."),
    )  # fmt: skip
    balanced: bool = switch(
        Text(zh="按类加权", en="Weigh classes equally"), default=False, advanced=True,
        help=Text(zh="训练时每行的权重与所在类的行数成反比；只影响三种训练的方法。",
                  en="In training a line weighs the inverse of its class's size; only for the three trained methods."),
    )  # fmt: skip
    units: str = choice(
        Text(zh="TF-IDF 的单元", en="Units of TF-IDF"),
        {"characters": Text(zh="字符 n-gram", en="character n-grams"), "words": Text(zh="词", en="words")},
        default="characters", advanced=True,
        help=Text(zh="字符：中文 1–3 个字，英文词内 2–5 个字母；词：中文用 jieba 切。",
                  en="Characters: 1–3 in Chinese, 2–5 within English words; words: Chinese is cut by jieba."),
    )  # fmt: skip
    shots: int = number(
        Text(zh="提示里每类几个示例", en="Examples of each class in the prompt"), default=3, low=1, high=8, advanced=True,
        help=Text(zh="放不下时自动减少：全部示例最多 1200 个词元。", en="Fewer where they don't fit: all together 1,200 tokens at most."),
    )  # fmt: skip
    asked: int = number(
        Text(zh="提示与学习曲线测多少行", en="Lines tested by prompt and curve"), default=20, low=20, high=300, step=20, advanced=True,
        help=Text(zh="行数更多时，按折均匀抽这么多。", en="Of more lines, as many are drawn evenly from the folds."),
    )  # fmt: skip
    folds: int = number(Text(zh="折数", en="Folds"), default=4, low=2, high=10, advanced=True)
    price: float = number(
        Text(zh="每百万词元的价格", en="Price of a million tokens"), default=0.1, low=0.0, high=100.0, slider=False, advanced=True,
        help=Text(zh="用来估算调用 API 的费用，任意货币；默认值只是示例。", en="For the cost by API, in any currency; the default is an example only."),
    )  # fmt: skip
    samples: int = lime_samples(default=32, low=32, high=512, step=32)
    seed: int = seed(
        Text(
            zh="分折、抽示例、弄错标签、打乱标签、自助法与 LIME",
            en="Folds, examples drawn, labels spoiled and shuffled, bootstrap and LIME",
        )
    )


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    scores: Table | None = panel(
        Text(zh="四种方法：交叉验证", en="Four methods, cross-validated"),
        hint=Text(
            zh="每行只由没见过它（及其重复）的模型来判；方括号是 95% 区间：准确率用 Wilson，宏 F1 用自助法，把各行当作独立",
            en="Each line is judged by a model that saw neither it nor a duplicate of it. 95% intervals: Wilson for accuracy, bootstrap for macro-F1, lines taken as independent",
        ),
    )
    curve: Lines | None = panel(
        Text(zh="学习曲线", en="Learning curve"),
        hint=Text(
            zh="横轴：每类训练几行，最右是全部；阴影：95% Wilson 区间；各方法测的是同样的行",
            en="Across: training lines a class, all of them at the right; band: 95% Wilson interval; all methods are tested on the same lines",
        ),
    )
    answers: Heatmap | None = panel(
        Text(zh="新文本判为哪一类", en="The classes of the new text"),
        hint=Text(
            zh="格中是概率；模型只在这几类里选，没有“都不是”",
            en="Cells are probabilities; there is no “none of these” to choose",
        ),
    )
    suspects: Table | None = panel(
        Text(zh="可能标错的行", en="Lines likely mislabelled"),
        hint=Text(
            zh="置信学习：别的类的概率够高，又是预测；越靠前，给定标签的概率越低。要人来看，不要自动改",
            en="Confident learning: another class is probable enough and predicted; least probable labels first. For a person to check, not to change by themselves",
        ),
    )
    confusion: Heatmap | None = panel(
        Text(zh="混淆矩阵", en="Confusion matrix"), half=True,
        hint=Text(zh="行：给定的标签；列：预测", en="Rows: the given label; columns: the prediction"),
    )  # fmt: skip
    by_class: Table | None = panel(
        Text(zh="各类得分", en="Scores by class"), half=True,
        hint=Text(
            zh="95% 区间：各类的精确率、召回率与微平均用 Wilson，F1 与其余平均用自助法",
            en="95% intervals: Wilson for precision and recall of a class and for micro, bootstrap for F1 and the other averages",
        ),
    )  # fmt: skip
    coverage: Lines | None = panel(
        Text(zh="弃权曲线", en="Abstention curve"), half=True,
        hint=Text(zh="只答最有把握的那部分：横轴是回答的比例，纵轴是其中答对的比例，阴影是 95% 区间",
                  en="Answering only the surest: share answered across, share of those right upwards, with 95% band"),
    )  # fmt: skip
    trade: Lines | None = panel(
        Text(zh="准确率与时间", en="Accuracy against time"), half=True,
        hint=Text(zh="每条竖线是一种方法：中点是准确率，两端是 95% 区间；越靠左上越好",
                  en="An upright line is a method: accuracy between the ends of its 95% interval; better towards the upper left"),
    )  # fmt: skip
    abstained: Table | None = panel(
        Text(zh="按设定的阈值弃权", en="Abstaining at the set threshold"),
        hint=Text(zh="末列是 20 句日常句子，多半不属于任何一类", en="Last column: 20 everyday sentences that are hardly of any class"),
    )  # fmt: skip
    cost: Table | None = panel(
        Text(zh="每千条文本的代价", en="Cost per 1,000 texts"),
        hint=Text(zh="秒数在这台机器上测得，训练与读示例不计", en="Seconds measured on this machine, without training and without reading the examples"),
    )  # fmt: skip
    by_words: Attribution | None = panel(
        Text(zh="LIME：TF-IDF", en="LIME: TF-IDF"),
        hint=Text(zh="这种方法的判断靠哪些词", en="Which words this method's answer rests on"),
        half=True,
    )
    by_state: Attribution | None = panel(
        Text(zh="LIME：提示状态", en="LIME: prompted states"),
        hint=Text(zh="这种方法的判断靠哪些词", en="Which words this method's answer rests on"),
        half=True,
    )
    pairs: Table | None = panel(
        Text(zh="两两比较", en="Method against method"),
        hint=Text(zh="在双方都测过的行上；p：McNemar 精确检验，经 Holm 校正；末列：单独检验这一对、功效八成", en="On the lines that both were tested on; p: McNemar's exact test, corrected by Holm; last column: for this pair alone, with a power of 80%"),
    )  # fmt: skip
    leaks: Table | None = panel(
        Text(zh="测试集泄漏的后果", en="What a leak of the test part does"),
        hint=Text(zh="TF-IDF 只留 χ² 最大的 100 个特征：在训练部分里挑，或错误地在全部数据上挑",
                  en="TF-IDF on the 100 features with the largest χ²: chosen in the training part, or wrongly on all lines"),
    )  # fmt: skip
    read: Table | None = panel(
        Text(zh="读到了什么", en="What was read"),
        hint=Text(zh="每类的行数、占比与平均长度", en="Lines, share and mean length of each class"),
    )
